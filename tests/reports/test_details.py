"""One thing with all that its page says, as a workbook: what it holds, whose it is, its log."""

from datetime import date, datetime
from io import BytesIO

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from registry.audit import Verb
from registry.models import AuditEvent
from reports import exports
from reports.models import Export
from tests import build
from tiers.models import UpwardList

AT = build.DAY


@pytest.fixture
def things(staff, changan, city_officer, province_officer):
    """A thing of every kind that stands below one city."""
    factory = build.factory_at(changan, enterprise=staff.enterprise, name="=一厂")
    build.title(factory, on=date(2025, 10, 9))
    case = build.application_at("submitted", factory=build.factory_at(changan))
    build.nominated()
    return {
        "case": case,
        "assessment": case.assessment,
        "enterprise": factory.enterprise,
        "factory": factory,
        "round": case.round,
        "annual": build.annual_sent(build.annual_report(factory)),
        "filing": build.filed_list(),
        "summary": build.summary_of(city_officer.authority),
        "upward": UpwardList.objects.get(),
    }


def taken(key, thing, by):
    one = exports.take_out(key, thing.pk, by=by, at=AT)
    with one.file.open("rb") as kept:
        return one, openpyxl.load_workbook(BytesIO(kept.read()))


def said(sheet):
    return [cell for row in sheet.iter_rows(values_only=True) for cell in row]


def test_every_detail_goes_out_whole_to_whoever_sees_it(things, city_officer, province_officer):
    assert set(things) == set(exports.DETAILS)
    books = {}
    for key, thing in things.items():
        by = province_officer if key == "upward" else city_officer
        one, books[key] = taken(key, thing, by)

        assert (one.state, one.listing, one.title in one.name) == ("ready", f"detail/{key}", True)
        assert one.done > 0
        assert said(books[key].worksheets[-1])[1] == one.title

    assert "=一厂" in said(books["factory"].worksheets[0])  # a text, no formula
    titles = books["factory"]["称号"]
    days = [row for row in said(titles) if isinstance(row, datetime)]
    assert datetime(2025, 10, 9) in days  # noqa: DTZ001
    assert things["enterprise"].credit_code in said(books["enterprise"]["基本情况"])
    assert len(books["case"].sheetnames) > 10  # every section with its answers
    assert said(books["annual"]["经营情况和智能化投入"])[3:6] == ["主营业务收入", 12000, "万元"]
    number = things["filing"].entries.first().certification.number
    assert number in said(books["filing"].worksheets[0])
    assert "电话" in said(books["upward"].worksheets[0])


def test_detail_is_logged_and_nobody_elses(as_user, things, staff, rival_staff, city_officer):
    address = reverse("reports:detail_export", args=["factory", things["factory"].pk])
    own = as_user(staff)

    assert "导出工厂档案" in own.get(address).content.decode()
    answer = own.post(address, follow=True)
    assert b"".join(answer.streaming_content)[:2] == b"PK"
    one = Export.objects.get()
    line = AuditEvent.objects.get(verb=Verb.LIST_EXPORT)
    assert (line.data["listing"], line.data["of"]) == ("detail/factory", str(things["factory"].pk))
    assert line.data["sha256"] == one.sha256
    assert "一厂" in own.get(reverse("reports:export_list")).content.decode()
    assert as_user(rival_staff).get(address).status_code == 404
    assert as_user(rival_staff).post(address).status_code == 404
    assert as_user(staff).get(address.replace("factory", "nothing")).status_code == 404
    with pytest.raises(PermissionDenied):
        exports.take_out("filing", things["filing"].pk, by=staff, at=AT)


def test_detail_is_not_fetched_once_it_is_out_of_sight(as_user, things, staff, city_officer):
    one, _ = taken("factory", things["factory"], staff)
    client = as_user(staff)
    file = reverse("reports:export_file", args=[one.pk])
    assert b"".join(client.get(file).streaming_content)[:2] == b"PK"

    things["factory"].enterprise = build.enterprise_at(city_officer.authority.children.first())
    things["factory"].save()

    assert client.get(file).status_code == 404


def test_firm_file_is_a_document_too(as_user, things, staff):
    address = reverse("reports:firm_document", args=[things["enterprise"].pk, "docx"])

    assert as_user(staff).get(address).content[:2] == b"PK"
    assert as_user(staff).get(address.replace("docx", "pdf")).content[:4] == b"%PDF"
