"""Two people at the same moment: exactly one of them decides, on both databases.

Every racer has a thread and a connection of his own, and all start at one barrier. The last test
takes the guard out and must then see what it prevents: a race that cannot be lost proves nothing.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections

from registry import enterprises
from registry.access import Seat
from registry.models import AuditEvent, Claim, Enterprise, Notification, User
from registry.policy import Tier
from reports import summaries
from reports.models import Summary
from tests import build
from tests.registry import tables
from tiers import (
    certification,
    deadlines,
    derivation,
    determination,
    drafts,
    filing,
    inspection,
    meeting,
    notice,
    proceedings,
    quota,
    reporting,
    rereview,
    revocation,
    upward,
    urging,
    workflow,
)
from tiers.models import (
    Application,
    Certification,
    Decision,
    FilingList,
    Inspection,
    Notice,
    Recommendation,
    Round,
)
from tiers.upward import lists, places
from tiers.workflow import Action

pytestmark = pytest.mark.django_db(transaction=True)

AT = build.DAY
RACERS = 10


@pytest.fixture
def race():
    """Run these calls at the same moment; returns what each came to: its result or its refusal."""
    pool = ThreadPoolExecutor(RACERS)

    def run(*calls):
        barrier = Barrier(len(calls))

        def start(call):
            barrier.wait(timeout=30)
            try:
                return call()
            except (PermissionDenied, ValidationError) as refusal:
                return refusal

        return [f.result(timeout=60) for f in [pool.submit(start, call) for call in calls]]

    yield run
    everybody = Barrier(RACERS)

    def leave():
        everybody.wait(timeout=30)
        connections.close_all()

    for left in [pool.submit(leave) for _ in range(RACERS)]:
        left.result(timeout=60)
    pool.shutdown()


def refusals(outcomes):
    return [type(o) for o in outcomes if isinstance(o, PermissionDenied | ValidationError)]


@pytest.fixture
def officers(city_officer):
    return city_officer, build.officer(city_officer.authority, name="市级丁")


@pytest.fixture
def firm(changan, officers):
    return build.enterprise_at(changan)


def decide(application, action, officer):
    case = Application.objects.get(pk=application.pk)
    return lambda: build.decide(case, action, by=officer, opinion=f"{officer.name}的意见")


ROUNDS = [
    (Action.SEND_BACK, Action.SEND_BACK),
    (Action.SEND_BACK, Action.REJECT),
    (Action.REJECT, Action.REJECT),
    (Action.COMPLETE, Action.COMPLETE),
]


def test_two_hundred_races_of_two_officers_give_two_hundred_decisions(
    race, firm, officers, changan
):
    lost = []
    for _ in range(200 // len(ROUNDS)):
        factory = build.factory_at(changan, enterprise=firm)
        case = build.draft(factory)
        for actions in ROUNDS:
            case = build.submit(case if case.is_open else build.draft(factory))
            outcomes = race(*(decide(case, a, o) for a, o in zip(actions, officers, strict=True)))
            lost += refusals(outcomes)
            made = Decision.objects.filter(application=case).exclude(step="")
            assert (
                made.count()
                == Decision.objects.filter(application=case, action=Action.SUBMIT).count()
            )
            case.refresh_from_db()
        assert case.status == "certified"

    assert lost == [PermissionDenied] * 200
    assert Decision.objects.exclude(step="").count() == 200
    assert Certification.objects.count() == 50
    assert AuditEvent.objects.filter(verb="certification.issue").count() == 50


def test_firm_and_office_at_once_leave_one_outcome(race, firm, officers, changan):
    for _ in range(10):
        case = build.application_at("submitted", factory=build.factory_at(changan, enterprise=firm))

        outcomes = race(
            lambda case=case: build.withdraw(case), decide(case, Action.COMPLETE, officers[0])
        )

        assert refusals(outcomes) == [PermissionDenied]
        case.refresh_from_db()
        titles = Certification.objects.filter(application=case).count()
        assert (case.status, titles) in (("withdrawn", 0), ("certified", 1))


def test_cases_submitted_at_once_get_different_numbers(race, firm, changan):
    for _ in range(5):
        drafts = [build.draft(build.factory_at(changan, enterprise=firm)) for _ in range(RACERS)]

        race(*(lambda draft=draft: build.submit(draft) for draft in drafts))

    numbers = sorted(Application.objects.values_list("number", flat=True))
    assert numbers == [f"JC-2026-{n:04d}" for n in range(1, 5 * RACERS + 1)]


def test_two_clicks_on_apply_open_one_draft(race, firm, changan):
    factory = build.factory_at(changan, enterprise=firm)
    batch = build.round_for(factory)
    staff = build.staff_of(firm)

    def click():
        return drafts.start(factory, batch, by=staff, at=AT)

    first, second, third = race(click, click, click)

    assert first == second == third == Application.objects.get()


def test_two_officers_collecting_share_one_draft(race, firm, officers, changan):
    titles = [
        build.title(build.factory_at(changan, enterprise=firm), on=date(2026, 3, 2))
        for _ in range(3)
    ]
    city = officers[0].authority

    lists = race(*(lambda o=o: filing.collect(city, by=o, at=AT) for o in officers))

    assert lists[0] == lists[1] == FilingList.objects.get()
    assert lists[0].entries.count() == len(titles)


def test_list_is_answered_once(race, province_officer):
    for number in range(5):
        filed = build.filed_list()
        entry = filed.entries.first()

        outcomes = race(
            lambda filed=filed: filing.acknowledge(filed, by=province_officer, at=AT),
            lambda filed=filed, entry=entry: filing.send_back(
                filed, remarks={entry.pk: "请核对"}, by=province_officer, at=AT
            ),
        )

        assert refusals(outcomes) == [PermissionDenied], number
        filed.refresh_from_db()
        published = Certification.objects.published().filter(filing_entries__filing_list=filed)
        assert (filed.status, published.count()) in (("returned", 0), ("acknowledged", 1))


def test_title_is_revoked_once(race, firm, officers, changan):
    title = build.title(build.factory_at(changan, enterprise=firm), on=date(2026, 3, 2))

    one = build.proposed(title, by=build.officer(title.issuer, name="提出人"), at=AT)
    revocation.waive(one, by=build.staff_of(firm), at=AT)
    said = {"outcome": "revoked", "reason": "造假", "document_no": "1号"}

    def revoke(officer):
        return lambda: revocation.decide(one, **said, by=officer, at=AT)

    outcomes = race(*(revoke(o) for o in officers))

    assert refusals(outcomes) == [ValidationError]
    assert AuditEvent.objects.filter(verb="certification.revoke").count() == 1


def test_three_nights_at_once_record_each_expiry_once(race, firm, changan, monkeypatch):
    monkeypatch.setattr(certification, "CHUNK", 7)
    factories = [build.factory_at(changan, enterprise=firm) for _ in range(30)]
    for factory in factories:
        build.title(factory, on=date(2025, 4, 3))
    at = build.moment("2028-04-04 01:00")

    def night():
        return certification.expire_due(on=date(2028, 4, 4), at=at)

    assert sum(race(night, night, night)) == 30
    assert AuditEvent.objects.filter(verb="certification.expire").count() == 30
    assert Notification.objects.filter(key__startswith="expired").count() == 30
    assert Certification.objects.filter(ending="expired").count() == 30


def test_summary_of_a_year_is_signed_once(race, officers, shijiazhuang):
    one = build.summary_of(shijiazhuang)
    build.prepared_summary(one, by=officers[0])
    seen = summaries.now(Summary.objects.get(pk=one.pk)).digest
    seconds = [build.officer(shijiazhuang, name=name) for name in ("市级戊", "市级己")]

    def sign(officer):
        return lambda: summaries.sign(one, seen=seen, by=officer, at=build.SUMMED)

    def write():
        return build.written_summary(one, by=officers[1], work="又改了")

    outcomes = race(*(sign(officer) for officer in seconds), write)

    one.refresh_from_db()
    signed = AuditEvent.objects.filter(verb="summary.sign").count()
    assert signed == (one.signed_at is not None)
    assert refusals(outcomes) == [ValidationError] * 2
    if signed:
        assert one.frozen["texts"] == one.texts


def test_nights_at_once_open_a_year_once_and_urge_once(race, officers, shijiazhuang):
    def night():
        opened = summaries.open_years(on=date(2027, 1, 2), at=build.SUMMED)
        return opened + 1000 * summaries.remind(on=date(2027, 4, 1), at=build.SUMMED)

    race(night, night, night)

    owed = Summary.objects.filter(due_on__isnull=False).count()
    assert Summary.objects.filter(authority=shijiazhuang).count() == 1
    assert AuditEvent.objects.filter(verb="summary.open").count() == Summary.objects.count()
    assert Summary.objects.filter(reminded=30).count() == owed
    assert Notification.objects.filter(key__startswith="summary:").count() >= len(officers)
    assert night() == 0


def test_three_nights_at_once_remind_once(race, firm, changan, monkeypatch):
    monkeypatch.setattr(certification, "CHUNK", 3)
    for _ in range(10):
        build.title(build.factory_at(changan, enterprise=firm), on=date(2025, 4, 3))

    def night():
        return certification.remind(on=date(2028, 3, 4), at=build.moment("2028-03-04 01:00"))

    race(night, night, night)
    assert Notification.objects.filter(key__startswith="expiry").count() == 10
    assert night() == 0


def test_two_nights_give_each_tier_once(race, world):
    for _ in range(6):
        factory = build.factory_at(build.authority("230102"))
        build.honour_of(factory, "provincial-smart-factory")

    granted = race(*[lambda: derivation.derive(on=AT.date(), at=AT)] * RACERS)

    assert sorted(granted) == [0] * (RACERS - 1) + [6]
    assert Certification.objects.count() == 6


def test_honour_lost_while_the_night_runs_leaves_no_title(race, world):
    honour = build.honour_of(
        build.factory_at(build.authority("230102")), "provincial-smart-factory"
    )
    province = build.officer_of(build.authority("230000"))

    race(
        lambda: derivation.derive(on=AT.date(), at=AT),
        lambda: derivation.lose_honour(
            honour, reason="停产", document_no="8号", withdrawn_on=AT.date(), by=province, at=AT
        ),
    )

    assert Certification.objects.in_force(AT.date()).count() == 0


# --- the register ---------------------------------------------------------------------------------


def sign_up(code, place, username):
    person = enterprises.Person(
        username=username, password=build.PASSWORD, name="张三", phone="13800000000"
    )
    return lambda: enterprises.sign_up(
        person, credit_code=code, name="石家庄同时机械有限公司", seat=place, at=AT
    )


def test_two_people_naming_one_new_firm_enter_it_once(race, county_officer):
    place = build.place_of(county_officer.authority)
    for _ in range(5):
        code = build.credit_code()
        before = Enterprise.objects.count()

        race(*(sign_up(code, place, f"{code[-4:]}-{n}") for n in range(RACERS)))

        assert Enterprise.objects.count() == before + 1
        assert Claim.objects.filter(enterprise__credit_code=code).count() == RACERS


def test_two_clicks_on_sign_up_open_one_account(race, county_officer):
    place, code = build.place_of(county_officer.authority), build.credit_code()
    click = sign_up(code, place, "one-person")

    outcomes = race(click, click)

    assert refusals(outcomes) == [ValidationError]
    assert User.objects.filter(username="one-person").count() == 1


def test_person_is_confirmed_or_refused_once(race, firm, county_officer):
    for _ in range(5):
        claim = build.claim_by(firm)

        outcomes = race(
            lambda claim=claim: enterprises.confirm(claim, by=county_officer, at=AT),
            lambda claim=claim: enterprises.refuse(claim, reason="不符", by=county_officer, at=AT),
        )

        assert refusals(outcomes) == [ValidationError]


def test_two_clicks_add_one_factory(race, firm, changan):
    staff = build.staff_of(firm)

    def click():
        return enterprises.add_factory(
            firm, name="一号工厂", division=build.place_of(changan), by=staff, at=AT
        )

    outcomes = race(click, click, click)

    assert refusals(outcomes) == [ValidationError, ValidationError]
    assert firm.factories.count() == 1


def test_three_nights_at_once_report_each_overdue_case_once(race, firm, officers, monkeypatch):
    monkeypatch.setattr(deadlines, "CHUNK", 3)
    for _ in range(8):
        build.application_at("submitted", factory=build.factory_at(firm.authority, enterprise=firm))
    at = build.moment("2026-04-20 00:05")

    def night():
        return deadlines.report_overdue(on=at.date(), at=at)

    assert sum(race(night, night, night)) == 8
    assert AuditEvent.objects.filter(verb="application.overdue").count() == 8
    told = Notification.objects.filter(event="desk.overdue")
    assert told.filter(recipient__in=officers).count() == told.count() == 16


def test_three_nights_at_once_count_a_new_table_once(race, firm, officers):
    for _ in range(4):
        factory = build.factory_at(firm.authority, enterprise=firm)
        build.application_at("submitted", factory=factory, at=build.moment("2026-12-21 10:00"))
    at = build.moment("2026-12-22 00:05")
    deadlines.recount(on=at.date(), at=at)
    tables.load(tables.TABLE_2027.replace("2027-01-03,放假", "2027-01-08,放假"))

    def night():
        return deadlines.recount(on=at.date(), at=at)

    assert sorted(race(night, night, night)) == [0, 0, 4]
    assert AuditEvent.objects.filter(verb="application.redate").count() == 4
    assert Notification.objects.filter(event="desk.redated").count() == len(officers)


def test_three_reminders_at_once_become_one(race, firm, officers, changan):
    case = build.application_at("submitted", factory=build.factory_at(changan, enterprise=firm))
    above = build.officer(build.authority("130000"))

    outcomes = race(*[lambda: urging.urge(case, note="", by=above, at=AT)] * RACERS)

    assert refusals(outcomes) == [ValidationError] * (RACERS - 1)
    assert case.urgings.count() == 1


def test_ten_recommendations_for_three_places_take_exactly_three(race, firm, officers, changan):
    province = build.officer(build.authority("130000"))
    batch = build.open_round(build.authority("130000"), Tier.ADVANCED)
    quota.allot(batch, {officers[0].authority_id: 3}, by=province, at=AT)
    cases = [build.candidate(factory=build.factory_at(changan, enterprise=firm)) for _ in range(10)]

    outcomes = race(*(decide(case, Action.COMPLETE, officers[0]) for case in cases))

    full = [o for o in outcomes if isinstance(o, ValidationError)]
    assert len(full) == 7
    assert Recommendation.objects.standing().count() == 3
    holders = Recommendation.objects.values_list("application__number", flat=True)
    assert all(number in refusal.messages[0] for refusal in full for number in holders)


def test_two_people_with_one_code_are_one_colleague(race, firm):
    for number in range(5):
        _, code = build.invited(firm)
        before = User.objects.filter(enterprise=firm).count()

        outcomes = race(
            *(
                lambda n=n, code=code: enterprises.join_anew(
                    build.person(username=f"same-code-{n}"), code, at=AT
                )
                for n in (2 * number, 2 * number + 1)
            )
        )

        assert refusals(outcomes) == [ValidationError]
        assert User.objects.filter(enterprise=firm).count() == before + 1


def test_two_managers_going_at_once_leave_one(race, firm):
    first = build.staff_of(firm)
    for _ in range(5):
        second = build.joined(firm, Seat.MANAGER)

        outcomes = race(
            lambda first=first: enterprises.release(first, by=first, at=AT),
            lambda second=second: enterprises.change_seat(
                second, Seat.EDITOR, by=User.objects.get(pk=second.pk), at=AT
            ),
        )

        assert refusals(outcomes) == [ValidationError]
        first = enterprises.managers_of(firm).get()
        if first.pk == second.pk:
            continue
        enterprises.release(User.objects.get(pk=second.pk), by=first, at=AT)


@pytest.fixture
def table(batch, arrive, second):
    """A round before its meeting, with two cases that were named and found fit."""
    for case in arrive(2):
        build.inspected(case)
    build.prepared(batch)
    return batch


def test_ten_confirmations_at_once_are_one(race, table, second):
    seen = meeting.table(table).digest

    outcomes = race(*[lambda: meeting.confirm(table, seen=seen, by=second, at=AT)] * RACERS)

    assert refusals(outcomes) == [ValidationError] * (RACERS - 1)
    assert AuditEvent.objects.filter(verb="meeting.confirm").count() == 1


def test_ten_releases_at_once_decide_each_case_once(race, table, second):
    build.confirmed(table, by=second)
    seen = meeting.table(table).digest

    outcomes = race(*[lambda: proceedings.release(table, seen=seen, by=second, at=AT)] * RACERS)

    assert refusals(outcomes) == [ValidationError] * (RACERS - 1)
    assert Decision.objects.filter(step="meet").count() == 2
    assert AuditEvent.objects.filter(verb="meeting.release").count() == 1


def test_ten_issuers_of_a_re_review_give_each_title_once(race, world):
    honours = [build.holder() for _ in range(2)]
    for one in honours:
        build.locked_assessment(one.factory, Tier.ADVANCED)
    campaign, late = build.campaign(), build.moment("2026-04-02 09:00")
    build.found(campaign, honours, at=late)
    first = build.officer_of(campaign.authority)
    seen = rereview.table(campaign, on=late.date()).digest
    rereview.confirm(campaign, seen=seen, by=build.colleague_of(first), at=late)

    def determine():
        return rereview.determine(campaign, document_no="9号", seen=seen, by=first, at=late)

    outcomes = race(*[determine] * RACERS)

    assert refusals(outcomes) == [ValidationError] * (RACERS - 1)
    assert Certification.objects.count() == 2
    assert AuditEvent.objects.filter(verb="rereview.determine").count() == 1


def test_two_draws_at_once_cover_each_case_once(race, batch, arrive, second):
    arrive(4)

    outcomes = race(*[lambda: inspection.draw(batch, by=second, at=AT)] * 2)

    assert refusals(outcomes) == [ValidationError]
    assert Inspection.objects.count() == 2


@pytest.fixture
def office(hebei, officers):
    """Two officers of the province; the city's two recommend."""
    return tuple(build.officer(hebei, name=name) for name in ("省级甲", "省级乙"))


@pytest.fixture
def shown(notice_chain, office):
    """A notice of two cases that may be closed."""
    batch, _ = (build.at_notice().round for _ in range(2))
    return build.published_notice(batch, office, at=AT)


AFTER = build.moment("2026-03-10 09:00")


def test_ten_closings_at_once_move_each_case_once(race, shown, office):
    outcomes = race(
        *[
            lambda by=by: proceedings.close_notice(shown, by=by, at=AFTER)
            for by in office * (RACERS // 2)
        ]
    )

    assert refusals(outcomes) == [ValidationError] * (RACERS - 1)
    assert Decision.objects.filter(step="publicise").count() == 2
    assert AuditEvent.objects.filter(verb="notice.close").count() == 1


@pytest.fixture
def listed(list_chain, office):
    """A list of two cases that two people put their names to."""
    batch, _ = (build.decide(build.candidate()).round for _ in range(2))
    build.drawn_up(batch)
    build.agreed(batch)
    return batch


def issuing(batch, by):
    seen = determination.table(batch, on=AT.date()).digest
    return lambda: proceedings.issue(batch, seen=seen, by=by, at=AT)


def test_ten_issues_at_once_give_each_title_once(race, listed, office):
    outcomes = race(*(issuing(listed, by) for by in office * (RACERS // 2)))

    assert refusals(outcomes) == [ValidationError] * (RACERS - 1)
    assert Certification.objects.filter(tier=Tier.ADVANCED).count() == 2
    assert Notification.objects.filter(event="title.issued").count() == 2
    assert AuditEvent.objects.filter(verb="determination.issue").count() == 1


def test_case_withdrawn_during_the_issue_is_out_with_all_or_in_with_all(race, listed, office):
    case = listed.applications.order_by("pk").first()

    outcomes = race(lambda: build.withdraw(case), issuing(listed, office[0]))

    assert len(refusals(outcomes)) == 1
    case.refresh_from_db()
    titles = Certification.objects.filter(tier=Tier.ADVANCED).count()
    assert (case.status, titles) in (("withdrawn", 0), ("certified", 2))


@pytest.fixture
def selection(second):
    """A round for a national tier with one place, and a list of one case that may take it."""
    batch = build.open_round(build.authority("130000"), Tier.EXCELLENT)
    build.at_selection()
    build.national_places(batch, 1)
    build.listed(batch, build.NOMINATION)
    return batch


def test_ten_confirmations_of_a_list_report_each_case_once(race, selection, second):
    seen = upward.table(selection, build.NOMINATION).digest

    outcomes = race(
        *[lambda: reporting.confirm(selection, build.NOMINATION, seen=seen, by=second, at=AT)]
        * RACERS
    )

    assert refusals(outcomes) == [ValidationError] * (RACERS - 1)
    assert upward.places_of(selection).used == 1
    assert Decision.objects.filter(step="select").count() == 1


def test_places_withdrawn_at_the_same_moment_are_never_exceeded(race, selection, second):
    seen = upward.table(selection, build.NOMINATION).digest

    outcomes = race(
        lambda: reporting.confirm(selection, build.NOMINATION, seen=seen, by=second, at=AT),
        lambda: build.national_places(selection, 0),
    )

    now = upward.places_of(selection)
    assert refusals(outcomes) == [ValidationError]
    assert (now.quota.places, now.used) in ((1, 1), (0, 0))


# --- the same without the guard -------------------------------------------------------------------


def unguarded(application, by):
    """``workflow.locked`` without its lock."""
    return (
        Application.objects.visible_to(by)
        .select_related("round", "factory__enterprise", "factory__authority", "assessment")
        .get(pk=application.pk)
    )


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite lets one writer in at a time, with or without the row lock",
)
def test_without_the_guard_two_decisions_are_found(race, firm, officers, changan, monkeypatch):
    case = build.application_at("submitted", factory=build.factory_at(changan, enterprise=firm))
    monkeypatch.setattr(workflow, "locked", unguarded)
    doubles = 0

    for _ in range(200):
        race(*(decide(case, Action.SEND_BACK, officer) for officer in officers))
        case.refresh_from_db()
        decided = case.decisions.exclude(step="").count()
        doubles = decided - case.submissions
        if doubles:
            break
        case = build.submit(case)

    assert doubles > 0


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite lets one writer in at a time, with or without the row lock",
)
def test_without_the_guard_a_place_is_given_twice(race, firm, officers, changan, monkeypatch):
    province = build.officer(build.authority("130000"))
    batch = build.open_round(build.authority("130000"), Tier.ADVANCED)
    quota.allot(batch, {officers[0].authority_id: 1}, by=province, at=AT)
    monkeypatch.setattr(quota, "_locked", lambda pk: Round.objects.get(pk=pk))
    held = 0

    for _ in range(60):
        cases = [
            build.candidate(factory=build.factory_at(changan, enterprise=firm)) for _ in range(2)
        ]
        race(*(decide(case, Action.COMPLETE, officers[0]) for case in cases))
        held = Recommendation.objects.standing().count()
        if held > 1:
            break
        for one in Recommendation.objects.standing():
            build.withdraw(one.application)

    assert held > 1


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite lets one writer in at a time, with or without the row lock",
)
def test_without_the_guard_a_table_is_confirmed_twice(race, table, second, monkeypatch):
    seen, met = meeting.table(table).digest, Barrier(2)
    held_back = meeting._unready

    def slowly(*args, **more):
        met.wait(timeout=30)  # both have read the table before either writes
        return held_back(*args, **more)

    monkeypatch.setattr(meeting, "_locked", lambda batch, by: batch)
    monkeypatch.setattr(meeting, "_unready", slowly)
    race(*[lambda: meeting.confirm(table, seen=seen, by=second, at=AT)] * 2)

    assert AuditEvent.objects.filter(verb="meeting.confirm").count() == 2


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite lets one writer in at a time, with or without the row lock",
)
def test_without_the_guard_a_notice_is_closed_twice(race, shown, office, monkeypatch):
    """Of two cases that are gone, so that no lock of a case stands in for the notice's own."""
    for entry in shown.entries.select_related("application__factory__enterprise"):
        build.withdraw(entry.application)
    met = Barrier(2)

    def at_once(one):
        found = Notice.objects.select_related("round__authority", "authority").get(pk=one.pk)
        met.wait(timeout=30)  # both have read it before either writes
        return found

    monkeypatch.setattr(notice, "_locked", at_once)
    race(*(lambda by=by: proceedings.close_notice(shown, by=by, at=AFTER) for by in office))

    assert AuditEvent.objects.filter(verb="notice.close").count() == 2


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite lets one writer in at a time, with or without the row lock",
)
def test_without_the_guard_a_withdrawn_case_gets_its_title(race, list_chain, office, monkeypatch):
    case = build.decide(build.candidate())
    build.drawn_up(case.round)
    build.agreed(case.round)
    issue, met = issuing(case.round, office[0]), Barrier(2)

    def at_once(application, by):
        found = unguarded(application, by)
        met.wait(timeout=30)  # both have read it before either writes
        return found

    monkeypatch.setattr(workflow, "locked", at_once)
    race(lambda: build.withdraw(case), issue)

    assert case.decisions.filter(action=Action.WITHDRAW).count() == 1
    assert Certification.objects.filter(application=case).count() == 1


@pytest.mark.postgres
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="SQLite lets one writer in at a time, with or without the row lock",
)
def test_without_the_guard_a_national_place_is_exceeded(race, selection, second, monkeypatch):
    seen, met = upward.table(selection, build.NOMINATION).digest, Barrier(2)
    counted = places.places_of

    def slowly(batch):
        found = counted(batch)
        met.wait(timeout=30)  # both have counted before either writes
        return found

    monkeypatch.setattr(places, "locked", lambda batch, by: batch)
    monkeypatch.setattr(lists, "locked", lambda batch, by: batch)
    monkeypatch.setattr(places, "places_of", slowly)
    monkeypatch.setattr(lists, "places_of", slowly)
    race(
        lambda: reporting.confirm(selection, build.NOMINATION, seen=seen, by=second, at=AT),
        lambda: build.national_places(selection, 0),
    )

    now = counted(selection)
    assert now.used > now.quota.places
