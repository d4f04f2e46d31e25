"""The machine can find faults: each check names the row that was broken behind the doors.

And an act that forgets its second person, its line in the trail, or its lock is caught by the run
itself.
"""

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Value
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from registry import audit, inbox
from registry.access import business_date
from registry.audit import Verb
from registry.models import AuditEvent, Notification, User
from registry.policy import StepKind
from tests import build
from tests.machine import invariants
from tests.machine.advance import Advance
from tests.machine.base import Base, Tables
from tests.machine.world import PLACES, World
from tiers import meeting, register
from tiers.models import (
    Application,
    Ban,
    Certification,
    Decision,
    Determination,
    Meeting,
    Quota,
    Revocation,
    Suspension,
)
from tiers.models.certifications import Standing

AT = build.DAY
ON = business_date(AT)


def holds(check, *given):
    return list(check(*given)) == []


def line(verb, title, **said):
    """The data of the title's line with that verb, as somebody has changed it since."""
    found = AuditEvent.objects.get(verb=verb, target_id=title.pk)
    rewritten = {**found.data, **said}
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_auditevent SET data = %s WHERE id = %s",
            [json.dumps(rewritten), found.pk],
        )


@pytest.fixture
def city(shijiazhuang, city_officer):
    return city_officer


@pytest.fixture
def title(city, changan):
    """A title through its case, of a firm with nothing else."""
    return build.application_at("certified", where=changan).certification


# --- titles ---------------------------------------------------------------------------------------


def test_second_open_title_is_found(title):
    assert holds(invariants.two_open_titles, ON)

    title.pk, title.number, title.application = None, "HB2026B99999", None
    title.source, title.ending = Certification.Source.IMPORTED, "superseded"
    title.save()

    assert not holds(invariants.two_open_titles, ON)


def test_title_without_the_tier_below_is_found(city):
    case = build.candidate()
    below = case.factory.certifications.get()
    granted = title_of(case)
    assert holds(invariants.ungrounded_grants, below.pk)

    Certification.objects.filter(pk=below.pk).update(valid_from=ON + timedelta(days=1))
    assert not holds(invariants.ungrounded_grants, below.pk)
    Certification.objects.filter(pk=below.pk).update(valid_from=ON)
    Suspension.objects.create(
        certification=below, kind="other", reason="-", document_no="-", from_on=ON, by=city, at=AT
    )
    assert not holds(invariants.ungrounded_grants, below.pk)
    assert granted.pk > below.pk


def title_of(case: Application) -> Certification:
    """A title for the case as if it had passed every step."""
    made = build.title(case.factory, case.tier, on=ON)
    Certification.objects.filter(pk=made.pk).update(
        application=case, source=Certification.Source.APPLICATION
    )
    return made


def test_title_of_a_barred_firm_is_found(title, city):
    assert holds(invariants.gains_under_a_ban, 0, 0)

    Ban.objects.create(
        enterprise=title.factory.enterprise,
        credit_code=title.factory.enterprise.credit_code,
        authority=city.authority,
        policy=title.policy,
        ground="fraud",
        cause="弄虚作假",
        from_on=ON,
        until_on=ON,
        certification=title,
        by=city,
        at=AT,
    )

    assert len(list(invariants.gains_under_a_ban(0, 0))) == 2  # sent in, and granted


@pytest.mark.parametrize("question", ["alone", "in a set", "the public"])
def test_revoked_title_that_shows_as_valid_is_found(title, monkeypatch, question):
    Certification.objects.filter(pk=title.pk).update(
        ending=Certification.Ending.REVOKED, ends_on=ON, published_on=ON
    )
    assert holds(invariants.revoked_but_valid, ON)

    rows, everything = type(Certification.objects.all()), Certification.objects.all()
    match question:
        case "alone":
            monkeypatch.setattr(Certification, "standing_on", lambda self, on: Standing.VALID)
        case "in a set":
            monkeypatch.setattr(rows, "in_force", lambda self, on: self)
        case "the public":
            valid = everything.annotate(standing=Value("valid"))
            monkeypatch.setattr(register, "published", lambda: Listed(valid))

    assert not holds(invariants.revoked_but_valid, ON)


class Listed:
    """A register that shows everything as valid."""

    def __init__(self, rows):
        self.rows = rows

    def with_standing(self, on):
        return self.rows


@pytest.mark.parametrize(
    "change",
    [
        {"ends_on": date(2031, 1, 1), "last_day": date(2030, 12, 31)},
        {"document_no": "文〔2020〕1号"},
        {"published_on": ON},
        {"ending": "revoked"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_row_changed_behind_the_trail_is_found(title, change):
    assert holds(invariants.untold_titles)

    Certification.objects.filter(pk=title.pk).update(**change)

    assert not holds(invariants.untold_titles)


def test_line_changed_or_missing_is_found(title):
    line("certification.issue", title, document_no="文〔2020〕1号")
    assert not holds(invariants.untold_titles)

    build.title(title.factory, "advanced", on=ON)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM registry_auditevent WHERE verb = 'certification.issue'")

    assert len(list(invariants.untold_titles())) == 2


# --- who decides ----------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["office", "person", "stand-in"])
def test_decision_by_somebody_else_is_found(title, city, other_city_officer, change):
    assert holds(invariants.unauthorised_decisions, 0)

    decided = Decision.objects.filter(application=title.application, action="complete")
    decided.update(
        **{
            "office": {"authority": other_city_officer.authority, "by": other_city_officer},
            "person": {"by": other_city_officer},
            "stand-in": {"on_behalf_of": city, "by": other_city_officer},
        }[change]
    )

    assert not holds(invariants.unauthorised_decisions, 0)


def test_decision_by_who_recommended_is_found(city):
    case = build.at_step(StepKind.CONSULT)
    assert holds(invariants.biased_decisions, 0)

    Decision.objects.filter(application=case, step=StepKind.CHECK).update(by=city)

    assert not holds(invariants.biased_decisions, 0)


def test_meeting_confirmed_by_who_prepared_it_is_found(city):
    case = build.at_step(StepKind.MEET)
    build.met(case.round)
    assert holds(invariants.meetings_of_one)
    held = Meeting.objects.get()

    held.preparers.add(held.confirmed_by)
    assert not holds(invariants.meetings_of_one)
    held.preparers.remove(held.confirmed_by)
    Meeting.objects.update(confirmed_by=city)

    assert not holds(invariants.meetings_of_one)


def test_list_confirmed_by_who_prepared_it_is_found(city):
    case = build.at_step(StepKind.DETERMINE)
    build.determined(case)
    assert holds(invariants.lists_of_one)
    held = Determination.objects.get()

    held.preparers.add(held.confirmed_by)
    assert not holds(invariants.lists_of_one)
    held.preparers.remove(held.confirmed_by)
    Determination.objects.update(issued_by=city)

    assert not holds(invariants.lists_of_one)


def test_notice_by_one_person_and_objection_by_an_involved_one_are_found(city):
    case = build.at_step(StepKind.PUBLICISE)
    office = build.officer_of(case.round.authority)
    other = build.colleague_of(office)
    shown = build.published_notice(case.round, (office, other))
    one = build.handled(build.objection(shown, case), build.officer(office.authority))
    assert holds(invariants.notices_of_one)

    one.handled_by = office
    one.save()
    shown.published_by = office
    shown.save()

    assert len(list(invariants.notices_of_one())) == 2


def test_revocation_that_lost_its_ban_or_its_time_is_found(title, city):
    build.revoked(title)
    assert holds(invariants.revocations_of_one)

    Revocation.objects.update(waived_at=None)
    assert not holds(invariants.revocations_of_one)
    Revocation.objects.update(waived_at=AT)
    Ban.objects.all().delete()

    assert not holds(invariants.revocations_of_one)


# --- places and messages --------------------------------------------------------------------------


def test_place_too_many_is_found(city):
    case = build.at_step(StepKind.CHECK)
    Quota.objects.create(round=case.round, authority=city.authority, places=1)
    assert holds(invariants.exceeded_quotas)

    Quota.objects.update(places=0)

    assert not holds(invariants.exceeded_quotas)


@pytest.mark.parametrize(
    "link", ["/applications/987654321/", "/no-such-page/"], ids=["no row", "no page"]
)
def test_message_of_nothing_is_found(city, link):
    said = build.message("退回补正", link=link)
    inbox.send([city], said, key="one", at=AT)

    assert not holds(invariants.faulty_messages, 0)


def test_message_told_twice_is_found(title):
    last = Notification.objects.latest("pk")
    assert holds(invariants.faulty_messages, 0)

    last.pk, last.key = None, "again"
    last.save()

    assert not holds(invariants.faulty_messages, 0)


# --- the run itself -------------------------------------------------------------------------------


@pytest.fixture
def small(world, monkeypatch):
    """A world with one case, which waits for its meeting."""
    build.at_step(StepKind.MEET)
    province = build.authority("130000")
    build.colleague_of(build.officer_of(province))
    cities = [build.authority(code) for code in PLACES]
    for city in cities:
        build.officer_of(city)
    made = World(province, cities, list(User.objects.filter(authority=province)))
    monkeypatch.setattr(Base, "world", made, raising=False)


def around_the_door(self, who):
    """The meeting confirmed by who prepared it, with everything but the question who he is."""
    batch = self.batch
    now = meeting.table(batch)

    def act(at):
        if now.meeting is None:
            raise PermissionDenied
        held, by = now.meeting, now.meeting.preparers.first()
        held.confirmed_by, held.confirmed_at, held.digest = by, at, now.digest
        held.save()
        audit.record(Verb.MEETING_CONFIRM, held, by=by, at=at, path=batch.authority.path)

    self.do(Verb.MEETING_CONFIRM, act)


class OneIsEnough(Advance):
    confirm_meeting = around_the_door


def test_run_finds_a_meeting_of_one(small):
    with pytest.raises(AssertionError, match="confirmed by one who prepared it"):
        run_state_machine_as_test(
            OneIsEnough,
            settings=settings(
                max_examples=50,
                stateful_step_count=10,
                deadline=None,
                database=None,
                phases=(Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )


@pytest.fixture
def machine(small):
    one = Advance()
    yield one
    one.teardown()


def test_act_without_a_line_is_caught(machine):
    def act(at):
        Application.objects.update(due_on=ON)

    with pytest.raises(AssertionError, match=r"application\.submit wrote \[\]"):
        machine.do(Verb.APPLICATION_SUBMIT, act)


def test_row_without_a_line_of_its_own_is_caught(machine):
    def act(at):
        Application.objects.update(due_on=ON)
        batch = machine.batch
        with transaction.atomic():
            audit.record(Verb.ROUND_CLOSE, batch, by=None, at=at)

    with pytest.raises(AssertionError, match="changed without a line"):
        machine.do(Verb.ROUND_CLOSE, act)


def test_refusal_that_leaves_traces_is_caught(machine):
    def act(at):
        Application.objects.update(due_on=ON)
        raise PermissionDenied

    with pytest.raises(AssertionError, match="left traces"):
        machine.do(Verb.APPLICATION_SUBMIT, act)


def test_version_that_falls_is_caught(machine):
    machine.prepare_meeting(0, 0, 0)
    machine.versions_only_rise()
    Meeting.objects.update(version=0)
    machine.tables = Tables()

    with pytest.raises(AssertionError, match="version fell"):
        machine.versions_only_rise()
