"""Correcting an entry of a list that is with its filer: what may change, what follows, who may."""

from dataclasses import replace
from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from registry.models import AuditEvent, Division, Notification
from tests import build
from tiers import correction, filing
from tiers.earlier import Earlier, add_earlier
from tiers.models import Certification

AT = build.DAY
NOON = build.moment("2026-03-02 12:00")


@pytest.fixture
def drafted(city_officer, province_officer):
    return build.draft_list()


@pytest.fixture
def determined(changan, city_officer, province_officer):
    """A list with a factory that the city determined on the portal."""
    build.certified(build.factory_at(changan))
    return filing.collect(city_officer.authority, by=city_officer, at=AT)


@pytest.fixture
def imported(drafted, city_officer):
    """The entry of a factory that was determined before the portal existed."""
    row = Earlier(
        credit_code=build.credit_code(),
        enterprise_name="石家庄早期精密有限公司",
        factory_name="第一工厂",
        division=Division.objects.get(code="130102"),
        decided_on=date(2025, 9, 1),
        document_no="石工信〔2025〕77号",
        maturity_level=2,
        assessed_on=date(2025, 6, 30),
    )
    return add_earlier(drafted, [row], by=city_officer, at=AT)[0]


def correct(entry, by, at=AT, **changed):
    given = replace(correction.stated(entry.certification), **changed)
    entry = correction.correct(entry, given, by=by, at=at)
    return entry, Certification.objects.get(pk=entry.certification_id)


def returned(drafted, entry, city_officer, province_officer):
    filed = filing.file(drafted, document_no="石工信〔2026〕20号", by=city_officer, at=AT)
    remarks = {entry.pk: "请核对认定日期"}
    return filing.send_back(filed, remarks=remarks, by=province_officer, at=AT)


# --- what follows ---------------------------------------------------------------------------------


def test_date_is_corrected_and_the_last_day_follows(imported, city_officer):
    _, title = correct(imported, city_officer, decided_on=date(2025, 8, 28))

    assert (title.valid_from, title.last_day, title.ends_on) == (
        date(2025, 8, 28),
        date(2028, 8, 28),
        date(2028, 8, 29),
    )


def test_last_day_of_the_document_counts_and_can_be_taken_away(imported, city_officer):
    entry, title = correct(imported, city_officer, last_day=date(2027, 8, 31))
    assert (title.ends_on, correction.stated(title).last_day) == (
        date(2027, 9, 1),
        date(2027, 8, 31),
    )

    entry.certification = title
    _, title = correct(entry, city_officer, last_day=None)
    assert (title.last_day, correction.stated(title).last_day) == (date(2028, 9, 1), None)


def test_papers_are_corrected_with_number_level_and_assessment(imported, city_officer):
    before = imported.certification.number

    _, title = correct(
        imported,
        city_officer,
        document_no=" 石工信〔2025〕78号 ",
        maturity_level=3,
        assessed_on=date(2025, 7, 1),
    )

    assert (title.document_no, title.basis, title.maturity_level, title.assessed_on) == (
        "石工信〔2025〕78号",
        "石工信〔2025〕78号",
        3,
        date(2025, 7, 1),
    )
    assert title.number == before


def test_names_are_taken_anew_from_the_register(imported, city_officer):
    build.renamed(imported.certification.factory, "一号工厂")

    _, title = correct(imported, city_officer, document_no="石工信〔2025〕78号")

    assert title.printed_factory == "一号工厂"


def test_trail_and_firm_learn_what_was_corrected(imported, city_officer):
    staff = build.staff_of(imported.certification.factory.enterprise)

    _, title = correct(imported, city_officer, document_no="石工信〔2025〕78号")

    on_list = AuditEvent.objects.get(verb="filing.correct")
    assert on_list.data["changes"] == [["认定文号", "石工信〔2025〕77号", "石工信〔2025〕78号"]]
    on_title = AuditEvent.objects.get(verb="certification.correct")
    assert (on_title.target_id, on_title.data["last_day"]) == (str(title.pk), "2028-09-01")
    assert Notification.objects.filter(recipient=staff).latest("pk").result == (
        "信息已更正：认定文号由“石工信〔2025〕77号”改为“石工信〔2025〕78号”"
    )


def test_nothing_changed_writes_nothing(imported, city_officer):
    with pytest.raises(ValidationError, match="没有改动"):
        correct(imported, city_officer)

    assert not AuditEvent.objects.filter(verb__endswith=".correct").exists()


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"decided_on": date(2026, 3, 3)}, "认定日期不能晚于今天"),
        ({"decided_on": date(2025, 4, 2), "assessed_on": date(2025, 4, 1)}, "早于本省规则施行日"),
        ({"assessed_on": date(2025, 9, 2)}, "认定日期早于自评时间"),
        ({"maturity_level": 1}, "成熟度 1 级，基础级要求不低于 2 级"),
        ({"maturity_level": None}, "请填写成熟度等级和自评日期"),
        ({"document_no": " "}, "请填写认定文号"),
        ({"last_day": date(2025, 9, 1)}, "到期日期应晚于认定日期"),
    ],
)
def test_what_no_document_can_state_is_refused(imported, city_officer, changed, said):
    with pytest.raises(ValidationError, match=said):
        correct(imported, city_officer, **changed)


def test_date_cannot_reach_into_an_older_title(changan, city_officer):
    factory = build.factory_at(changan)
    older = build.title(factory, on=date(2025, 4, 3))
    later = build.title(factory, on=date(2028, 5, 8))
    june, assessed = build.on_day(date(2028, 6, 1)), date(2028, 3, 1)
    drafted = filing.collect(city_officer.authority, by=city_officer, at=june)
    entry = drafted.entries.get(certification=later)

    with pytest.raises(ValidationError, match=f"这一天还有同级认定 {older.number}"):
        correct(entry, city_officer, at=june, decided_on=date(2028, 4, 3), assessed_on=assessed)

    _, title = correct(
        entry, city_officer, at=june, decided_on=date(2028, 4, 4), assessed_on=assessed
    )
    assert title.valid_from == older.ends_on


def test_case_is_not_determined_before_it_was_submitted(changan, city_officer, province_officer):
    factory = build.factory_at(changan)
    build.locked_assessment(factory, at=build.moment("2026-02-20 10:00"))
    build.application_at("certified", factory=factory)
    (entry,) = filing.collect(city_officer.authority, by=city_officer, at=AT).entries.all()

    with pytest.raises(ValidationError, match="早于申报提交日 2026-03-02"):
        correct(entry, city_officer, decided_on=date(2026, 3, 1))


def test_case_keeps_the_level_of_its_self_assessment(determined, city_officer):
    entry = determined.entries.get()
    level = entry.certification.maturity_level

    _, title = correct(entry, city_officer, document_no="石工信〔2026〕9号", maturity_level=5)

    assert (title.document_no, title.maturity_level) == ("石工信〔2026〕9号", level)
    assert "maturity_level" not in correction.correctable(title)


def test_renewal_that_follows_on_keeps_its_first_day(changan, city_officer):
    factory = build.factory_at(changan)
    build.title(factory, on=date(2025, 4, 3))

    renewal = build.certified(factory, on=date(2028, 1, 10))

    assert correction.correctable(renewal) == ("document_no", "last_day")


def test_filed_list_struck_entry_and_ended_title_are_not_corrected(
    drafted, imported, city_officer, province_officer
):
    stranger, (other, _) = build.officer(build.authority("130200")), drafted.entries.order_by("pk")
    for person in (stranger, province_officer):
        with pytest.raises(PermissionDenied):
            correct(imported, person, document_no="x")
    filing.strike(other, reason="另报", by=city_officer, at=AT)
    with pytest.raises(ValidationError, match="已移出清单"):
        correct(other, city_officer, document_no="x")
    build.revoked(
        imported.certification, reason="材料不实", document_no="9号", by=city_officer, at=AT
    )
    with pytest.raises(ValidationError, match="已终止"):
        correct(imported, city_officer, document_no="x")
    filing.strike(imported, reason="已撤销", by=city_officer, at=AT)
    filing.keep(other, by=city_officer, at=AT)
    filing.file(drafted, document_no="1号", by=city_officer, at=AT)
    with pytest.raises(PermissionDenied):
        correct(other, city_officer, document_no="x")


# --- over HTTP: sent back, corrected, filed again -------------------------------------------------


def test_list_is_sent_back_corrected_and_filed_again(
    as_user, drafted, imported, city_officer, province_officer
):
    returned(drafted, imported, city_officer, province_officer)
    page = reverse("tiers:filing_list", args=[drafted.pk])
    form = reverse("tiers:filing_correct", args=[drafted.pk, imported.pk])

    with time_machine.travel(NOON, tick=False):
        city = as_user(city_officer)
        assert form in city.get(page).content.decode()
        asked = city.get(form).content.decode()
        sent = city.post(
            form,
            {
                "decided_on": "2025-08-28",
                "document_no": "石工信〔2025〕77号",
                "maturity_level": "2",
                "assessed_on": "2025-06-30",
                "last_day": "",
            },
        )
        mended = city.get(page).content.decode()
        province = as_user(province_officer)
        seen_meanwhile = province.get(page).content.decode()
        filing.file(drafted, document_no="石工信〔2026〕21号", by=city_officer, at=NOON)
        answer = province.get(page)

    assert "请核对认定日期" in asked
    assert sent.url == page
    for text in (mended, answer.content.decode()):
        assert ">2025-09-01</del> 改为 <ins" in text
        assert ">2028-09-01</del> 改为 <ins" in text
        assert ">2025-08-28</ins>" in text
        assert "请核对认定日期" in text
    assert "2025-08-28" not in seen_meanwhile
    (row,) = [r for r in answer.context["form"].rows if r["entry"] == imported]
    assert row["mended"].remark == "请核对认定日期"
    assert row["entry"].remark == ""


def test_entry_that_was_not_touched_says_so(drafted, imported, city_officer, province_officer):
    back = returned(drafted, imported, city_officer, province_officer)
    filing.file(back, document_no="石工信〔2026〕21号", by=city_officer, at=NOON)
    late = back.entries.get(pk=imported.pk)

    assert filing.mended(late, as_filed=True) == filing.Mended("请核对认定日期", [], added=False)


def test_faulty_form_keeps_what_was_typed(as_user, determined, city_officer):
    entry = determined.entries.get()
    form = reverse("tiers:filing_correct", args=[determined.pk, entry.pk])

    with time_machine.travel(NOON, tick=False):
        answer = as_user(city_officer).post(
            form, {"decided_on": "2026-03-09", "document_no": "新文号", "last_day": ""}
        )

    assert answer.context["form"].non_field_errors() == ["认定日期不能晚于今天"]
    assert 'value="新文号"' in answer.content.decode()


def test_correcting_is_closed_once_filed_and_to_others(
    as_user, drafted, city_officer, other_city_officer, province_officer
):
    entry = drafted.entries.get()
    form = reverse("tiers:filing_correct", args=[drafted.pk, entry.pk])

    before = as_user(other_city_officer).get(form).status_code
    filing.file(drafted, document_no="1号", by=city_officer, at=AT)

    assert (before, as_user(city_officer).get(form).status_code) == (404, 403)
    assert as_user(province_officer).get(form).status_code == 403
