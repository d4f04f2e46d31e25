"""变更申报: who reports, who confirms, what changes then and not before, and the pages."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from registry import enterprises, policy
from registry.access import Seat
from registry.models import AuditEvent, Division, Enterprise, Notification, User
from tests import build
from tiers import eligibility, firm_changes
from tiers.firm_changes import Report
from tiers.models import Application, Certification, FirmChange, MoveCheck

TODAY = date(2026, 3, 2)
OLD, NEW = "石家庄恒岳轴承科技有限公司", "石家庄新岳轴承有限公司"
Kind, Status = FirmChange.Kind, FirmChange.Status


def place(code):
    return Division.objects.get(code=code)


def proof():
    return ContentFile(build.PDF, name="通知书.pdf")


@pytest.fixture
def firm(changan):
    return build.enterprise_at(changan, name=OLD)


@pytest.fixture
def titled(firm, changan):
    factory = build.factory_at(changan, enterprise=firm, name="一厂")
    return build.title(factory, on=TODAY)


def report(firm, kind, *, by=None, **given):
    given = {"on": TODAY, "document": "通知书", "proofs": (proof(),)} | given
    by = by or build.staff_of(firm)
    return firm_changes.report(firm, Report(kind=kind, **given), by=by, at=build.DAY)


def confirm(change, **more):
    by = build.officer_of(change.authority)
    return firm_changes.confirm(change, by=by, at=build.DAY, **more)


# --- a new name -----------------------------------------------------------------------------------


def test_name_of_a_titled_firm_waits_for_its_bureau(firm, titled, changan):
    bureau = build.officer_of(changan)
    change = report(firm, Kind.RENAME, name=NEW)
    firm.refresh_from_db()
    assert (firm.name, change.status, change.authority) == (OLD, Status.PENDING, changan)
    assert [one.recipient for one in Notification.objects.filter(event="desk.change")] == [bureau]
    confirm(change)
    firm.refresh_from_db(), change.refresh_from_db()
    assert (firm.name, change.status) == (NEW, Status.CONFIRMED)
    assert firm.former_names.get().until == TODAY
    told = Notification.objects.filter(event="firm.confirmed")
    assert [one.recipient for one in told] == [build.staff_of(firm)]
    verbs = ["change.confirm", "change.report", "enterprise.rename"]
    found = AuditEvent.objects.filter(verb__in=verbs).values_list("verb", flat=True)
    assert sorted(found) == verbs


def test_name_of_a_firm_without_titles_holds_at_once(firm):
    change = report(firm, Kind.RENAME, name=NEW, proofs=())
    firm.refresh_from_db()
    assert (firm.name, change.at_once) == (NEW, True)


def test_refused_report_changes_nothing_and_says_why(firm, titled):
    change = report(firm, Kind.RENAME, name=NEW)
    by = build.officer_of(change.authority)
    with pytest.raises(ValidationError, match="请写明不予确认的原因"):
        firm_changes.refuse(change, reason=" ", by=by, at=build.DAY)
    firm_changes.refuse(change, reason="通知书不清楚", by=by, at=build.DAY)
    firm.refresh_from_db()
    assert firm.name == OLD
    assert "通知书不清楚" in Notification.objects.get(event="firm.refused").result
    with pytest.raises(ValidationError, match="已经办理过"):
        confirm(change)


def test_withdrawn_report_is_not_confirmed(firm, titled):
    change = report(firm, Kind.RENAME, name=NEW)
    firm_changes.withdraw(change, by=build.staff_of(firm), at=build.DAY)
    with pytest.raises(ValidationError, match="已经办理过"):
        confirm(change)


def test_only_the_manager_reports_and_only_the_bureau_decides(firm, titled, changan):
    editor = build.joined(firm, Seat.EDITOR)
    with pytest.raises(PermissionDenied):
        report(firm, Kind.RENAME, name=NEW, by=editor)
    change = report(firm, Kind.RENAME, name=NEW)
    others = [build.staff_of(firm), build.officer(build.authority("130104"))]
    for by in (*others, build.seated(build.officer(changan), Seat.READER)):
        with pytest.raises(PermissionDenied):
            firm_changes.confirm(change, by=by, at=build.DAY)
    assert not FirmChange.objects.visible_to(others[1]).exists()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"document": " "}, "请填写证明文件"),
        ({"proofs": ()}, "请上传证明材料"),
        ({"on": date(2026, 3, 3)}, "不能晚于今天"),
        ({"name": OLD}, "与现名不同"),
    ],
)
def test_incomplete_report_is_refused(firm, titled, given, says):
    with pytest.raises(ValidationError, match=says):
        report(firm, Kind.RENAME, **({"name": NEW} | given))


def test_same_report_waits_once(firm, titled):
    report(firm, Kind.RENAME, name=NEW)
    with pytest.raises(ValidationError, match="正在等待确认"):
        report(firm, Kind.RENAME, name="石家庄长岳轴承有限公司")


# --- places ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("there", "office"), [("130104", "130100"), ("130202", "130000"), ("110101", "130000")]
)
def test_move_goes_to_the_office_over_both_places(firm, titled, there, office):
    change = report(firm, Kind.MOVE, factory=titled.factory, division=place(there), address="新址")
    assert change.authority.code == office
    confirm(change)
    titled.factory.refresh_from_db()
    assert titled.factory.division == place(there)
    assert MoveCheck.objects.exists() == there.startswith("13")


def test_move_names_the_case_in_its_way_before_it_is_reported(firm, changan):
    factory = build.factory_at(changan, enterprise=firm)
    case = build.application_at("submitted", factory=factory)
    with pytest.raises(ValidationError, match=case.number):
        report(firm, Kind.MOVE, factory=factory, division=place("130202"), address="新址")


def test_halt_is_confirmed_and_the_issuer_told(firm, titled):
    issuer = build.officer_of(titled.issuer)
    confirm(report(firm, Kind.HALT, factory=titled.factory))
    assert [one.recipient for one in Notification.objects.filter(event="desk.halt")] == [issuer]
    titled.refresh_from_db()
    assert titled.is_in_force(TODAY)


# --- mergers and splits ---------------------------------------------------------------------------


def test_absorbed_firm_takes_titles_and_cases_along(firm, titled, changan):
    heir = build.enterprise_at(changan, name=NEW)
    case = build.application_at("submitted", factory=build.factory_at(changan, enterprise=firm))
    change = report(firm, Kind.ABSORPTION, credit_code=heir.credit_code)
    confirm(change)
    firm.refresh_from_db(), change.refresh_from_db()
    staff = User.objects.get(pk=change.by_id)
    assert (firm.closed_on, staff.enterprise) == (TODAY, heir)
    assert Certification.objects.visible_to(staff).get() == titled
    assert Application.objects.visible_to(staff).get() == case
    assert FirmChange.objects.visible_to(staff).get() == change
    assert (titled.printed_enterprise, titled.number) == (OLD, Certification.objects.get().number)


def test_firm_not_yet_known_is_entered_with_the_merger(firm, titled, changan):
    code = build.credit_code()
    change = report(firm, Kind.MERGER, credit_code=code, name=NEW, division=place("130102"))
    assert not Enterprise.objects.filter(credit_code=code).exists()
    confirm(change, move_people=False)
    heir = Enterprise.objects.get(credit_code=code)
    titled.factory.refresh_from_db()
    assert (heir.name, titled.factory.enterprise) == (NEW, heir)
    assert User.objects.get(pk=change.by_id).enterprise is None


def test_unknown_firm_needs_a_name_and_a_seat(firm, titled):
    with pytest.raises(ValidationError, match="还没有登记"):
        report(firm, Kind.MERGER, credit_code=build.credit_code())


def test_merger_across_cities_goes_to_the_province(firm, titled, tangshan):
    heir = build.enterprise_at(build.authority("130202"))
    assert report(firm, Kind.ABSORPTION, credit_code=heir.credit_code).authority.code == "130000"


def test_same_name_at_the_heir_is_asked_for_at_confirmation(firm, titled, changan):
    heir = build.enterprise_at(changan, name=NEW)
    build.factory_at(changan, enterprise=heir, name="一厂")
    change = report(firm, Kind.ABSORPTION, credit_code=heir.credit_code)
    with pytest.raises(ValidationError, match="已有工厂“一厂”"):
        confirm(change)
    firm_changes.withdraw(change, by=build.staff_of(firm), at=build.DAY)
    names = {titled.factory_id: "北厂"}
    confirm(report(firm, Kind.ABSORPTION, credit_code=heir.credit_code, names=names))
    titled.factory.refresh_from_db()
    assert (titled.factory.enterprise, titled.factory.name) == (heir, "北厂")


def test_split_takes_what_was_chosen(firm, titled, changan):
    stays = build.factory_at(changan, enterprise=firm, name="二厂")
    heir = build.enterprise_at(changan, name=NEW)
    confirm(report(firm, Kind.SPLIT_OFF, credit_code=heir.credit_code, factories=(titled.factory,)))
    titled.factory.refresh_from_db(), stays.refresh_from_db(), firm.refresh_from_db()
    assert (titled.factory.enterprise, stays.enterprise, firm.closed_on) == (heir, firm, None)


# --- pages ----------------------------------------------------------------------------------------


def sign_in(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")


def test_firm_reports_and_bureau_confirms_on_the_pages(client, firm, titled, changan):
    sign_in(client, build.staff_of(firm))
    assert "吸收合并" in client.get(reverse("tiers:change_list")).content.decode()
    heir = build.enterprise_at(changan, name=NEW)
    address = reverse("tiers:change_new", args=["absorption"])
    assert "“一厂”转入后的名称" in client.get(address).content.decode()
    files = [
        SimpleUploadedFile(name, build.PDF, "application/pdf") for name in ("甲.pdf", "乙.pdf")
    ]
    sent = {
        "credit_code": heir.credit_code, "on": "2026-03-02", "document": "注销通知书",
        "proofs": files, f"name_{titled.factory_id}": "北厂",
    }  # fmt: skip
    assert client.post(address, sent).status_code == 302
    change = FirmChange.objects.get()
    page = client.get(reverse("tiers:change", args=[change.pk])).content.decode()
    assert "一厂（改名为“北厂”）" in page
    assert "撤回变更申报" in page
    assert "确认变更" not in page
    sign_in(client, build.officer_of(changan))
    assert change.proofs.count() == 2
    assert OLD in client.get(reverse("tiers:change_list")).content.decode()
    page = client.get(reverse("tiers:change", args=[change.pk])).content.decode()
    assert "确认变更" in page
    saved = client.get(reverse("tiers:change_proof", args=[change.proofs.first().pk]))
    assert b"".join(saved.streaming_content) == build.PDF
    done = client.post(reverse("tiers:change_confirm", args=[change.pk]), {"people": "move"})
    assert done.status_code == 302
    page = client.get(reverse("registry:enterprise_detail", args=[firm.pk])).content.decode()
    assert "已注销" in page
    assert f"并入{NEW}" in page
    sign_in(client, User.objects.get(pk=change.by_id))
    assert "已确认" in client.get(reverse("tiers:change", args=[change.pk])).content.decode()


def test_refusal_without_a_reason_comes_back(client, firm, titled, changan):
    change = report(firm, Kind.RENAME, name=NEW)
    sign_in(client, build.officer_of(changan))
    address = reverse("tiers:change_refuse", args=[change.pk])
    assert client.post(address, {"reason": ""}).context["refuse"].errors["reason"]
    assert client.post(address, {"reason": "不清楚"}).status_code == 302
    page = client.get(reverse("tiers:change", args=[change.pk])).content.decode()
    assert "不予确认：不清楚" in page


def test_strangers_to_the_firm_see_neither_report_nor_proof(client, firm, titled):
    change = report(firm, Kind.RENAME, name=NEW)
    addresses = [
        reverse("tiers:change", args=[change.pk]),
        reverse("tiers:change_proof", args=[change.proofs.first().pk]),
    ]
    rival = build.staff_of(build.enterprise_at(build.authority("130102")))
    for who, status in ((rival, 404), (build.staff_of(firm), 200)):
        sign_in(client, who)
        answers = [client.get(address) for address in addresses]
        assert [answer.status_code for answer in answers] == [status, status]
        if status == 200:
            assert b"".join(answers[1].streaming_content) == build.PDF


def test_place_without_script_is_chosen_level_by_level(client, firm, titled):
    sign_in(client, build.staff_of(firm))
    address = reverse("tiers:change_new", args=["move"]) + f"?factory={titled.factory_id}"
    assert f'value="{titled.factory_id}" selected' in client.get(address).content.decode()
    sent = {"factory": titled.factory_id, "division_0": "130000", "next-level": "1"}
    assert client.post(address, sent).status_code == 200


def test_search_of_offices_finds_the_closed_firm(client, firm, titled, changan):
    heir = build.enterprise_at(changan, name=NEW)
    confirm(report(firm, Kind.ABSORPTION, credit_code=heir.credit_code))
    sign_in(client, build.officer_of(changan))
    page = client.get(reverse("registry:enterprise_list"), {"q": OLD}).content.decode()
    assert "2026-03-02 已注销" in page


def test_event_of_the_absorbed_firm_bars_its_successor(firm, titled, changan):
    enterprises.record_veto_event(
        firm, kind="safety", grade="major", happened_on=TODAY, by=build.staff_of(firm), at=build.DAY
    )
    heir = build.enterprise_at(changan, name=NEW)
    rules = policy.get("hebei-2025")
    assert eligibility.vetoes_of([heir.pk], rules, on=TODAY) == {}
    confirm(report(firm, Kind.ABSORPTION, credit_code=heir.credit_code))
    assert list(eligibility.vetoes_of([heir.pk], rules, on=TODAY)) == [heir.pk]
