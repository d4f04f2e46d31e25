"""Titles and time: the arithmetic of terms, renewal, revocation, and what the night records."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from registry import policy
from registry.access import business_date
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import certification, filing
from tiers.models import Certification

PREPARED = date(2025, 4, 3)


@pytest.fixture
def factory(changan, city_officer):
    return build.factory_at(changan)


def dates(title):
    return title.valid_from, title.last_day, title.ends_on


def told(user, key):
    found = Notification.objects.filter(recipient=user, key__startswith=key)
    return [str(message) for message in found.order_by("pk")]


def verbs(title):
    return list(
        AuditEvent.objects.filter(target_type="tiers.certification", target_id=str(title.pk))
        .order_by("pk")
        .values_list("verb", flat=True)
    )


# --- issue and its arithmetic ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "last_day"),
    [
        (date(2025, 4, 3), date(2028, 4, 3)),
        (date(2028, 2, 29), date(2031, 2, 28)),
        (date(2025, 12, 31), date(2028, 12, 31)),
        (date(2026, 1, 1), date(2029, 1, 1)),
        (date(2027, 2, 28), date(2030, 2, 28)),
        (date(2025, 2, 28) + timedelta(days=365), date(2029, 2, 28)),
    ],
)
def test_term_ends_on_the_corresponding_day(factory, start, last_day):
    title = build.title(factory, on=start)

    assert dates(title) == (start, last_day, last_day + timedelta(days=1))
    assert [title.is_in_force(last_day + timedelta(days=n)) for n in (-1, 0, 1)] == [
        True,
        True,
        False,
    ]
    assert not title.is_in_force(start - timedelta(days=1))


def test_queryset_and_row_agree_about_every_day_around_the_edges(factory):
    title = build.title(factory, on=date(2025, 4, 3))
    edges = (date(2025, 4, 3), date(2028, 4, 3))
    days = [edge + timedelta(days=n) for edge in edges for n in (-1, 0, 1)]

    by_query = [Certification.objects.in_force(day).exists() for day in days]

    assert by_query == [title.is_in_force(day) for day in days]
    assert by_query == [False, True, True, True, True, False]


def test_tier_without_term_never_ends(factory):
    build.title(factory, on=PREPARED)
    title = build.title(factory, Tier.EXCELLENT, on=date(2026, 3, 2))

    assert dates(title) == (date(2026, 3, 2), None, None)
    assert title.is_in_force(date(2999, 12, 31))


@pytest.mark.parametrize(
    ("second", "day"),
    [
        ("2026-03-02 15:59:59", date(2026, 3, 2)),
        ("2026-03-02 16:00:00", date(2026, 3, 3)),
        ("2026-03-02 16:00:01", date(2026, 3, 3)),
        ("2025-12-31 15:59:59", date(2025, 12, 31)),
        ("2025-12-31 16:00:00", date(2026, 1, 1)),
    ],
)
def test_business_day_turns_at_midnight_in_shanghai(second, day):
    assert business_date(datetime.fromisoformat(second).replace(tzinfo=UTC)) == day


@pytest.mark.parametrize(
    ("second", "day"),
    [
        ("2025-12-31 23:59:59", date(2025, 12, 31)),
        ("2026-01-01 00:00:00", date(2026, 1, 1)),
        ("2026-01-01 00:00:01", date(2026, 1, 1)),
    ],
)
def test_title_counts_from_the_shanghai_day_of_its_decision(factory, second, day):
    application = build.application_at(
        "submitted", factory=factory, at=build.moment("2025-12-30 09:00")
    )

    build.decide(application, at=build.moment(second))

    title = application.certification
    assert title.valid_from == day
    assert title.number.startswith(f"HB{day.year}B")


def test_naive_moment_is_refused():
    with pytest.raises(ValueError, match="aware"):
        business_date(datetime(2026, 3, 2, 9))  # noqa: DTZ001


def test_title_keeps_what_was_printed(factory, city_officer):
    title = build.certified(factory, on=date(2026, 3, 2))

    assert (title.printed_enterprise, title.printed_factory, title.printed_credit_code) == (
        factory.enterprise.name,
        factory.name,
        factory.enterprise.credit_code,
    )
    assert (title.issuer, title.document_no[:3], title.maturity_level, title.assessed_on) == (
        city_officer.authority,
        "石工信",
        2,
        date(2026, 3, 2),
    )
    assert (title.must_file, title.published_on, title.source) == (True, None, "application")
    assert verbs(title) == ["certification.issue"]


def test_numbers_of_a_year_follow_each_other(changan):
    titles = [build.title(build.factory_at(changan), on=date(2026, 3, day)) for day in (2, 3, 4)]

    assert [t.number for t in titles] == ["HB2026B00001", "HB2026B00002", "HB2026B00003"]


# --- renewal --------------------------------------------------------------------------------------


def renewed(factory, on):
    return build.certified(factory, on=on)


def test_renewal_before_the_end_starts_the_day_after(factory):
    old = build.title(factory, on=date(2025, 4, 3))

    new = renewed(factory, date(2028, 1, 10))

    old.refresh_from_db()
    assert (old.ending, old.ends_on) == ("superseded", date(2028, 4, 4))
    assert dates(new) == (date(2028, 4, 4), date(2031, 4, 4), date(2031, 4, 5))


def test_renewal_leaves_exactly_one_title_in_force_each_day(factory):
    build.title(factory, on=date(2025, 4, 3))
    renewed(factory, date(2028, 1, 10))

    for day in (date(2028, 1, 9), date(2028, 4, 3), date(2028, 4, 4), date(2031, 4, 4)):
        assert Certification.objects.in_force(day).count() == 1
    assert Certification.objects.in_force(date(2031, 4, 5)).count() == 0


def test_renewal_on_the_last_day_still_follows_on(factory):
    build.title(factory, on=date(2025, 4, 3))

    assert renewed(factory, date(2028, 4, 3)).valid_from == date(2028, 4, 4)


def test_decision_after_the_end_counts_from_its_own_day(factory):
    old = build.title(factory, on=date(2025, 4, 3))

    new = renewed(factory, date(2028, 4, 4))

    old.refresh_from_db()
    assert (old.ending, old.ends_on) == ("expired", date(2028, 4, 4))
    assert new.valid_from == date(2028, 4, 4)
    assert verbs(old) == ["certification.issue", "certification.expire"]


def test_night_after_a_late_decision_records_nothing_twice(factory):
    build.title(factory, on=date(2025, 4, 3))
    renewed(factory, date(2028, 4, 10))

    assert certification.expire_due(on=date(2028, 4, 10), at=build.moment("2028-04-10 01:00")) == 0


def test_second_renewal_while_one_waits_is_refused(factory, city_officer):
    build.title(factory, on=date(2025, 4, 3))
    renewed(factory, date(2028, 1, 10))

    with pytest.raises(ValidationError, match="自 2028-04-04 起生效"):
        renewed(factory, date(2028, 2, 1))


@pytest.mark.parametrize("day", [date(2025, 4, 3), date(2025, 5, 1), date(2028, 4, 3)])
def test_papers_cannot_enter_a_running_title_again(factory, day):
    build.title(factory, on=date(2025, 4, 3))

    with pytest.raises(ValidationError, match="不能重复认定"):
        build.title(factory, on=day)


def test_two_open_titles_of_one_tier_are_impossible(factory):
    title = build.title(factory, on=date(2025, 4, 3))
    title.pk, title.number = None, "HB2025B99999"

    with pytest.raises(IntegrityError), transaction.atomic():
        title.save()


def test_case_keeps_the_edition_of_its_round(factory, monkeypatch):
    """A later edition with another term, in force before the decision, changes nothing for it."""
    application = build.application_at(
        "submitted", factory=factory, at=build.moment("2026-03-02 09:00")
    )
    data = policy.editions.read(policy.editions.FOLDER / "hebei-2025.toml")
    later = {**data, "in_force_from": date(2026, 3, 3)}
    later["tiers"] = {**data["tiers"], "basic": {**data["tiers"]["basic"], "term_years": 5}}
    editions = {
        "hebei-2025": policy.build("hebei-2025", data),
        "hebei-2026": policy.build("hebei-2026", later),
    }
    monkeypatch.setattr(policy.editions, "_by_code", lambda: editions)

    build.decide(application, at=build.moment("2026-03-05 09:00"))

    title = application.certification
    assert (title.policy, title.last_day) == ("hebei-2025", date(2029, 3, 5))
    assert policy.current("130000", date(2026, 3, 5)).code == "hebei-2026"


# --- revocation -----------------------------------------------------------------------------------


def revoke(title, by, at="2026-06-01 10:00", **given):
    details = {"reason": "发生重大安全事故", "document_no": "石工信〔2026〕50号", **given}
    return build.revoked(title, by=by, at=build.moment(at), **details)


def test_revoked_title_is_over_from_that_day(factory, city_officer):
    title = build.certified(factory, on=date(2026, 3, 2))

    revoke(title, city_officer)

    title.refresh_from_db()
    assert (title.ending, title.ends_on, title.last_day) == (
        "revoked",
        date(2026, 6, 1),
        date(2029, 3, 2),
    )
    assert (title.ending_reason, title.ending_document_no) == (
        "发生重大安全事故",
        "石工信〔2026〕50号",
    )
    assert (title.is_in_force(date(2026, 5, 31)), title.is_in_force(date(2026, 6, 1))) == (
        True,
        False,
    )
    assert verbs(title) == ["certification.issue", "certification.revoke"]
    assert told(build.staff_of(factory.enterprise), "revoked") == [
        f"{factory.name}的基础级认定：已撤销：发生重大安全事故"
    ]


def test_only_the_issuer_revokes(
    factory, city_officer, county_officer, province_officer, other_city_officer, administrator
):
    title = build.certified(factory, on=date(2026, 3, 2))
    staff = build.staff_of(factory.enterprise)

    for person in (county_officer, province_officer, other_city_officer, staff, administrator):
        with pytest.raises(PermissionDenied):
            revoke(title, person)

    title.refresh_from_db()
    assert title.ending == ""


@pytest.mark.parametrize("missing", ["reason", "document_no"])
def test_revocation_needs_reason_and_document(factory, city_officer, missing):
    title = build.certified(factory, on=date(2026, 3, 2))

    with pytest.raises(ValidationError, match=r"请填写决定"):
        revoke(title, city_officer, **{missing: "  "})


def test_revocation_happens_once(factory, city_officer):
    title = build.certified(factory, on=date(2026, 3, 2))
    revoke(title, city_officer)

    with pytest.raises(ValidationError, match="已不在有效期内"):
        revoke(title, city_officer, at="2026-06-02 10:00")

    title.refresh_from_db()
    assert title.ends_on == date(2026, 6, 1)


def test_ended_title_cannot_be_revoked_even_if_no_night_ran(factory, city_officer):
    title = build.title(factory, on=date(2025, 4, 3))

    with pytest.raises(ValidationError, match="已不在有效期内"):
        revoke(title, city_officer, at="2028-04-04 00:00")


def test_revoking_takes_the_renewal_that_waits_with_it(factory, city_officer):
    old = build.title(factory, on=date(2025, 4, 3))
    new = renewed(factory, date(2028, 1, 10))

    revoke(old, city_officer, at="2028-02-01 10:00")

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.ending, old.ends_on) == ("revoked", date(2028, 2, 1))
    assert (new.ending, new.ends_on) == ("revoked", date(2028, 4, 4))
    assert Certification.objects.in_force(date(2028, 2, 1)).count() == 0
    assert Certification.objects.in_force(date(2028, 4, 4)).count() == 0


def test_renewal_that_waits_can_be_revoked_alone(factory, city_officer):
    old = build.title(factory, on=date(2025, 4, 3))
    new = renewed(factory, date(2028, 1, 10))

    revoke(new, city_officer, at="2028-02-01 10:00")

    old.refresh_from_db()
    new.refresh_from_db()
    assert (old.ending, new.ending, new.ends_on) == ("superseded", "revoked", date(2028, 4, 4))
    assert [c.pk for c in Certification.objects.in_force(date(2028, 2, 1))] == [old.pk]


def test_issuer_still_revokes_after_the_factory_moved_away(
    factory, city_officer, other_city_officer, tangshan
):
    title = build.certified(factory, on=date(2026, 3, 2))
    build.moved(factory, build.place_of(tangshan))

    assert Certification.objects.visible_to(city_officer).get() == title
    assert Certification.objects.visible_to(other_city_officer).get() == title
    with pytest.raises(PermissionDenied):
        revoke(title, other_city_officer)
    assert revoke(title, city_officer).ending == "revoked"


# --- the night ------------------------------------------------------------------------------------


def night(on, at=None):
    return certification.expire_due(on=on, at=at or build.on_day(on, 1))


def test_expiry_is_recorded_on_the_first_day_after(factory):
    title = build.certified(factory, on=date(2025, 4, 3))

    counts = [night(date(2028, 4, day)) for day in (3, 4, 4, 5)]

    title.refresh_from_db()
    assert counts == [0, 1, 0, 0]
    assert (title.ending, title.ends_on) == ("expired", date(2028, 4, 4))
    assert verbs(title) == ["certification.issue", "certification.expire"]
    assert AuditEvent.objects.get(verb="certification.expire").data == certification.replay(title)
    assert told(build.staff_of(factory.enterprise), "expired") == [
        f"{factory.name}的基础级认定：已于 2028年4月3日 到期"
    ]


def test_late_night_records_the_true_end(changan):
    titles = [
        build.title(build.factory_at(changan), on=date(2025, 4, 3) + timedelta(days=n))
        for n in range(5)
    ]

    assert night(date(2029, 1, 1)) == 5
    for n, title in enumerate(titles):
        title.refresh_from_db()
        assert title.ends_on == date(2028, 4, 4) + timedelta(days=n)
        assert business_date(title.ended_at) == date(2029, 1, 1)


def test_recording_changes_no_answer(changan, city_officer):
    for n in range(3):
        build.title(build.factory_at(changan), on=date(2025, 4, 3) + timedelta(days=n))
    revoke(build.title(build.factory_at(changan), on=date(2025, 4, 3)), city_officer)
    days = [date(2025, 4, 2) + timedelta(days=n) for n in range(0, 1200, 1)]

    def answers():
        rows = list(Certification.objects.order_by("pk"))
        return [[r.pk for r in rows if r.is_in_force(day)] for day in days]

    before = answers()
    assert night(date(2028, 4, 30)) == 3

    assert answers() == before
    assert [Certification.objects.in_force(d).count() for d in days[::40]] == [
        len(found) for found in before[::40]
    ]


def test_expired_title_is_never_shown_valid_when_no_night_ran(factory):
    title = build.certified(factory, on=date(2025, 4, 3))

    assert title.ending == ""
    assert not title.is_in_force(date(2028, 4, 4))
    assert Certification.objects.in_force(date(2028, 4, 4)).count() == 0
    assert Certification.objects.ended(date(2028, 4, 4)).get() == title


def test_night_works_in_chunks(changan, monkeypatch):
    monkeypatch.setattr(certification, "CHUNK", 2)
    for _ in range(5):
        build.title(build.factory_at(changan), on=date(2025, 4, 3))

    assert night(date(2028, 4, 4)) == 5
    assert AuditEvent.objects.filter(verb="certification.expire").count() == 5


def test_night_costs_the_same_for_one_and_for_many(changan, django_assert_num_queries):
    def due(count):
        for _ in range(count):
            factory = build.factory_at(changan)
            build.title(factory, on=date(2025, 4, 3))

    for count in (1, 6):
        due(count)
        with django_assert_num_queries(10):
            assert night(date(2028, 4, 4)) == count


# --- reminders ------------------------------------------------------------------------------------


def remind(on):
    return certification.remind(on=on, at=build.on_day(on, 1))


def test_reminders_come_at_their_four_days_once(factory):
    title = build.certified(factory, on=date(2025, 4, 3))
    left = {step: title.last_day - timedelta(days=step) for step in (180, 90, 30, 7)}

    nights = (200, 181, 180, 179, 91, 90, 89, 31, 30, 29, 8, 7, 6, 1, 0, -1, -2)
    for day in (title.last_day - timedelta(days=n) for n in nights):
        assert remind(day) == (1 if day in left.values() else 0)

    texts = told(build.staff_of(factory.enterprise), "expiry")
    assert [text.split("还有 ")[1].split(" 天")[0] for text in texts] == ["180", "90", "30", "7"]


@pytest.mark.parametrize(
    ("first_night", "days"),
    [(170, "170"), (60, "60"), (29, "29"), (8, "8"), (7, "7"), (0, "0")],
)
def test_after_an_outage_only_the_nearest_missed_reminder_comes(factory, first_night, days):
    title = build.certified(factory, on=date(2025, 4, 3))
    day = title.last_day - timedelta(days=first_night)

    assert (remind(day), remind(day)) == (1, 0)

    texts = told(build.staff_of(factory.enterprise), "expiry")
    assert [text.split("还有 ")[1].split(" 天")[0] for text in texts] == [days]


def test_ended_and_renewed_titles_are_not_reminded(factory, changan, city_officer):
    build.title(factory, on=date(2025, 4, 3))
    renewed(factory, date(2028, 1, 10))
    revoked = build.title(build.factory_at(changan), on=date(2025, 4, 3))
    revoke(revoked, city_officer)

    assert remind(date(2028, 3, 4)) == 0
    assert remind(date(2028, 4, 4)) == 0


def test_title_that_stands_on_a_list_is_public_only_once_acknowledged(city_officer):
    filed = build.filed_list()
    title = filed.entries.get().certification

    assert Certification.objects.published().count() == 0
    filing.acknowledge(filed, by=build.officer_of(filed.recipient), at=build.DAY)
    assert Certification.objects.published().get() == title
