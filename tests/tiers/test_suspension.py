"""Suspension and restoration: what a title is on any day, who may, what follows from it."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError

from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import certification, eligibility, register, suspension
from tiers.models import Certification, Standing, Suspension

START = date(2026, 3, 2)
AT = build.moment("2026-06-01 10:00")
TODAY = AT.date()


@pytest.fixture
def title(changan, city_officer):
    return build.title(build.factory_at(changan), on=START)


def terms(from_on=TODAY, until_on=None, **given):
    known = {"kind": "inquiry", "reason": "核实投诉", "document_no": "石工信〔2026〕60号", **given}
    return suspension.Terms(from_on=from_on, until_on=until_on, **known)


def suspend(title, by, at=AT, **given):
    return suspension.suspend(title, terms(**given), by=by, at=at)


def restore(title, by, day=date(2026, 7, 1)):
    return suspension.restore(
        title, reason="已查清", document_no="石工信〔2026〕70号", by=by, at=build.on_day(day)
    )


def course(title, days):
    title = Certification.objects.get(pk=title.pk)
    return [str(title.standing_on(day)) for day in days]


def test_every_day_before_during_and_after_is_answered(title, city_officer):
    suspend(title, city_officer, from_on=date(2026, 6, 3), until_on=date(2026, 6, 30))
    edges = (date(2026, 6, 3), date(2026, 6, 30))
    days = [edge + timedelta(days=n) for edge in edges for n in (-1, 0, 1)]

    assert course(title, days) == [
        "valid", "suspended", "suspended", "suspended", "suspended", "valid",
    ]  # fmt: skip
    for day in [*days, START - timedelta(days=1), date(2029, 3, 3)]:
        one = Certification.objects.with_standing(day).get()
        assert one.standing == one.standing_on(day)
        assert Certification.objects.in_force(day).exists() == one.is_in_force(day)
        suspended = one.standing_on(day) == Standing.SUSPENDED
        assert Certification.objects.suspended(day).exists() == suspended


def test_open_one_runs_until_it_is_lifted_and_its_days_stay(title, city_officer):
    suspend(title, city_officer)
    restore(title, city_officer)

    days = (date(2026, 5, 31), TODAY, date(2026, 6, 30), date(2026, 7, 1))
    assert course(title, days) == ["valid", "suspended", "suspended", "valid"]


def test_one_lifted_before_its_first_day_never_ran(title, city_officer):
    suspend(title, city_officer, from_on=date(2026, 8, 1))
    restore(title, city_officer)

    assert course(title, [date(2026, 8, 1), date(2026, 9, 1)]) == ["valid", "valid"]


def test_revocation_shows_through_a_suspension(title, city_officer):
    suspend(title, city_officer)
    build.revoked(
        title,
        reason="造假",
        document_no="1号",
        by=city_officer,
        at=build.moment("2026-06-20 10:00"),
    )

    assert course(title, [date(2026, 6, 19), date(2026, 6, 20)]) == ["suspended", "revoked"]
    title.refresh_from_db()
    assert not suspension.may_restore(title, city_officer, on=date(2026, 6, 21))


def test_overlap_and_impossible_days_are_refused(title, city_officer):
    suspend(title, city_officer, from_on=date(2026, 6, 10), until_on=date(2026, 6, 20))

    for given, field in (
        ({"from_on": date(2026, 5, 31)}, "from_on"),
        ({"from_on": date(2029, 3, 3)}, "from_on"),
        ({"from_on": date(2026, 6, 20)}, "from_on"),
        ({"from_on": TODAY}, "from_on"),
        ({"from_on": date(2026, 7, 2), "until_on": date(2026, 7, 1)}, "until_on"),
        ({"from_on": date(2026, 7, 2), "kind": "mood"}, "kind"),
        ({"from_on": date(2026, 7, 2), "reason": " "}, "reason"),
    ):
        with pytest.raises(ValidationError) as refusal:
            suspend(title, city_officer, **given)
        assert list(refusal.value.message_dict) == [field]
    assert Suspension.objects.count() == 1
    suspend(title, city_officer, until_on=date(2026, 6, 9))


def test_only_the_issuer_suspends_and_restores(
    title, city_officer, county_officer, province_officer, other_city_officer
):
    for stranger in (county_officer, province_officer, other_city_officer):
        with pytest.raises(PermissionDenied):
            suspend(title, stranger)
    suspend(title, city_officer)
    for stranger in (county_officer, province_officer, other_city_officer):
        with pytest.raises(PermissionDenied):
            restore(title, stranger)
    with pytest.raises(ValidationError):
        suspension.restore(title, reason="", document_no="", by=city_officer, at=AT)


def test_second_restoration_finds_nothing_to_do(title, city_officer):
    suspend(title, city_officer)
    restore(title, city_officer)

    with pytest.raises(ValidationError, match="没有在暂停"):
        restore(title, city_officer)


def test_suspended_title_meets_no_prerequisite_and_says_so(title, city_officer):
    case = build.draft(title.factory, Tier.ADVANCED)
    suspend(title, city_officer)

    found = eligibility.prerequisite(case, on=TODAY)
    assert [p.message for p in found] == ["这座工厂的基础级认定正在暂停，恢复后才能申报先进级"]
    restore(title, city_officer)
    assert eligibility.prerequisite(case, on=date(2026, 7, 1)) == []


def test_suspended_title_is_not_renewed_by_the_way(title, city_officer):
    case = build.draft(title.factory)
    suspend(title, city_officer)

    found = eligibility.problems(case, by=None, on=TODAY, confirmed=True)
    assert ("standing_title", True) in [(p.code, p.blocking) for p in found]
    with pytest.raises(ValidationError, match="正在暂停"):
        build.title(title.factory, on=TODAY)


def test_renewal_to_come_is_suspended_and_restored_with_its_title(changan, city_officer):
    old = build.title(build.factory_at(changan), on=date(2025, 4, 3))
    new = build.certified(old.factory, on=date(2028, 3, 1))
    at = build.moment("2028-03-10 10:00")
    suspend(old, city_officer, at=at, from_on=at.date())

    assert course(new, [date(2028, 4, 4)]) == ["suspended"]
    restore(old, city_officer, day=date(2028, 3, 20))
    assert course(new, [date(2028, 4, 4)]) == ["valid"]


def test_firm_is_told_once_of_each(title, city_officer):
    staff = build.staff_of(title.factory.enterprise)
    suspend(title, city_officer)
    restore(title, city_officer)

    told = Notification.objects.filter(recipient=staff, event__startswith="title.").order_by("pk")
    assert [one.event for one in told] == ["title.suspended", "title.restored"]


def test_trail_rebuilds_the_suspensions(title, city_officer, changan):
    other = build.title(build.factory_at(changan), on=START)
    suspend(title, city_officer, until_on=date(2026, 6, 9))
    suspend(title, city_officer, from_on=date(2026, 8, 1))
    suspend(other, city_officer)
    restore(other, city_officer)
    rebuilt = {}
    verbs = ("certification.suspend", "certification.restore")
    for line in AuditEvent.objects.filter(verb__in=verbs).order_by("pk"):
        said = line.data
        rebuilt[said["suspension"]] = (
            int(line.target_id),
            said["suspended_from"],
            said["suspended_to"],
        )

    assert rebuilt == {
        one.pk: (one.certification_id, str(one.from_on), str(one.ends_on or ""))
        for one in Suspension.objects.all()
    }


def test_public_page_says_class_and_dates_and_neither_reason_nor_person(client, hebei):
    filed = build.acknowledged_list()
    title = filed.entries.get().certification
    by = build.officer_of(title.issuer)
    suspend(title, by, until_on=date(2026, 6, 30))

    with time_machine.travel(AT, tick=False):
        text = client.get(f"/register/{title.factory_id}/").content.decode()
        row = client.get(f"/api/v1/register/{title.number}/").json()
        later = client.get(f"/register/{title.factory_id}/?on=2026-07-01").content.decode()

    assert "认定暂停" in text
    assert "正在调查核实" in text
    assert "2026年6月30日" in text
    assert "核实投诉" not in text
    assert by.name not in text
    assert row["status"] == "suspended"
    assert row["suspensions"] == [
        {
            "kind": "inquiry",
            "kind_label": "正在调查核实",
            "from_on": "2026-06-01",
            "last_day": "2026-06-30",
            "document_no": "石工信〔2026〕60号",
        }
    ]
    assert "基础级认定有效" in later
    assert register.tier_counts(TODAY)[Tier.BASIC] == 0
    assert register.tier_counts(date(2026, 7, 1))[Tier.BASIC] == 1


def test_office_suspends_and_restores_on_its_pages(as_user, city_officer, title):
    client, form = as_user(city_officer), {"kind": "halted", "reason": "停产", "document_no": "8号"}
    with time_machine.travel(AT, tick=False):
        client.post(f"/titles/{title.pk}/suspend/", {**form, "from_on": "2026-06-01"})
        shown = client.get(f"/titles/{title.pk}/").content.decode()
        listed = client.get("/titles/?tab=suspended").context["list"].page.rows
        again = client.get(f"/titles/{title.pk}/suspend/")
        client.post(f"/titles/{title.pk}/restore/", {"reason": "复产", "document_no": "9号"})
        after = client.get(f"/titles/{title.pk}/").content.decode()

    assert "停产停业" in shown
    assert "恢复认定" in shown
    assert [one.pk for one in listed] == [title.pk]
    assert again.status_code == 403
    assert "暂停认定" in after
    assert Suspension.objects.get().ends_on == TODAY


def test_reminder_reaches_the_holder_of_a_suspended_title_too(title, city_officer):
    at = build.moment("2028-09-03 10:00")
    suspend(title, city_officer, at=at, from_on=at.date())

    assert certification.remind(on=at.date(), at=at) == 1
    told = Notification.objects.get(event="title.expiring")
    assert told.result == "还有 180 天到期"
