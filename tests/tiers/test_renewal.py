"""Renewal of a title: the days by which it goes, what is carried over, confirmed and proved."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from assessments import assessment as self_assessment
from assessments import standard
from registry import policy
from registry.models import AuditEvent, Notification
from registry.policy import Step, StepKind, Tier
from tests import build
from tiers import (
    certification,
    chain,
    drafts,
    progress,
    quota,
    renewal,
    renewing,
    suspension,
    workflow,
)
from tiers.models import Certification, Renewal, Round
from tiers.renewal import Phase

START = date(2026, 3, 2)
LAST = date(2029, 3, 2)
OPENS = date(2028, 9, 2)
LATE = date(2029, 6, 2)
EXTRA = date(2026, 3, 20)
IN_TIME = build.moment("2028-10-10 10:00")
TODAY = IN_TIME.date()
TOO_LATE = build.on_day(LATE + timedelta(days=1))
YES_HOW = {"met": "yes", "how": "新上了一条智能产线"}


@pytest.fixture
def title(changan, city_officer):
    return build.certified(build.factory_at(changan), on=START)


@pytest.fixture
def staff(title):
    return build.staff_of(title.factory.enterprise)


@pytest.fixture
def newer_edition(title, monkeypatch):
    """From 2028 on an edition of the conditions in which one of them has other words."""
    old = standard.get("elements-2025")
    changed = build.conditions_for(Tier.BASIC)[0].id
    conditions = tuple(
        replace(one, text=f"{one.text}（新）") if one.id == changed else one
        for one in old.conditions
    )
    new = replace(old, code="elements-2028", conditions=conditions)
    monkeypatch.setattr(standard.editions, "_by_code", lambda: {old.code: old, new.code: new})
    rules = policy.get("hebei-2025")
    later = replace(rules, code="hebei-2028", standard=new.code, in_force_from=date(2028, 1, 1))
    monkeypatch.setattr(policy.editions, "_by_code", lambda: {rules.code: rules, later.code: later})
    return new


def first_condition(application):
    return next(
        key for key, line in build.lines_of(application).items() if line.row and line.row.tier
    )


def change(application, item, *, at=IN_TIME):
    """The answer to one condition, changed in the assessment of the renewal."""
    own = application.assessment
    seen = own.answers.get(item=item).version
    by = build.staff_of(application.factory.enterprise)
    saved = self_assessment.save_answers(own, {item: YES_HOW}, seen={item: seen}, by=by, at=at)
    assert (saved.errors, saved.conflicts) == ({}, ())


def prove(application, item, *, at=IN_TIME):
    by = build.staff_of(application.factory.enterprise)
    content = build.PDF + b"%% new proof\n"
    build.evidence_for(application.assessment, item, by=by, at=at, content=content)


def refusals(application, on=TODAY):
    application.refresh_from_db()
    return [one.message for one in renewal.open_points(application, on=on)]


# --- days ----------------------------------------


@pytest.mark.parametrize(
    ("day", "phase"),
    [
        (OPENS - timedelta(days=1), Phase.EARLY),
        (OPENS, Phase.OPEN),
        (LAST, Phase.OPEN),
        (LAST + timedelta(days=1), Phase.LATE),
        (LATE, Phase.LATE),
        (LATE + timedelta(days=1), Phase.OVER),
    ],
)
def test_each_day_lies_in_one_window(title, day, phase):
    days = renewal.window(title, day)

    assert (days.opens_on, days.last_day, days.late_until) == (OPENS, LAST, LATE)
    assert days.phase(day) == phase
    assert bool(renewal.refusal(title, day)) == (phase in (Phase.EARLY, Phase.OVER))


@pytest.mark.parametrize(
    ("at", "reason", "why"),
    [
        (build.on_day(OPENS - timedelta(days=1)), "", "2028-09-02 起可以申请"),
        (build.on_day(LAST + timedelta(days=1)), "", "写明没有在到期前申请的原因"),
        (TOO_LATE, "忘记了", "逾期复核也已于 2029-06-02 截止，请按批次重新申报"),
    ],
)
def test_outside_its_days_none_is_begun(title, staff, at, reason, why):
    with pytest.raises(ValidationError, match=why):
        renewing.start(title, late_reason=reason, by=staff, at=at)
    assert Renewal.objects.count() == 0


@pytest.mark.parametrize("day", [OPENS, LAST, LAST + timedelta(days=1), LATE])
def test_on_its_days_one_is_begun_without_a_round_of_the_office(title, day):
    case = build.renewal_of(title, at=build.on_day(day), late_reason="人员变动")

    assert (case.status, case.round.kind, case.tier) == ("draft", "renewal", "basic")
    assert case.round.authority.code == "130100"
    assert case.assessment.copied_from == title.application.assessment


def test_one_begun_in_time_and_sent_in_late_needs_a_reason(title, staff):
    case = build.all_the_same(build.renewal_of(title, at=build.on_day(LAST)), at=build.on_day(LAST))
    after = LAST + timedelta(days=1)

    assert refusals(case, after) == ["认定已于 2029-03-02 到期，请写明逾期原因"]
    renewing.confirm(
        case, {}, declared=False, late_reason="检修停产", by=staff, at=build.on_day(after)
    )
    assert refusals(case, after) == []


def test_one_returned_may_be_sent_in_again_after_the_last_day(title, city_officer):
    case = build.renewal_sent(title, at=build.on_day(LATE), late_reason="人员变动")
    later = build.on_day(LATE + timedelta(days=40))
    build.decide(case, workflow.Action.SEND_BACK, by=city_officer, at=later)

    assert build.submit(case, at=later).status == "in_progress"


# --- what comes of it ----------------------------------------


def test_renewed_in_time_the_new_title_starts_the_day_after(title, city_officer):
    case = build.decide(build.renewal_sent(title, at=IN_TIME), at=IN_TIME)
    title.refresh_from_db()

    assert (case.status, title.ending, title.last_day) == ("certified", "superseded", LAST)
    assert case.certification.valid_from == LAST + timedelta(days=1)
    assert case.certification.last_day == date(2032, 3, 3)


def test_renewed_late_it_starts_on_its_own_day_and_the_gap_stays(title, city_officer):
    day = date(2029, 4, 10)
    certification.expire_due(on=day, at=build.on_day(day))
    case = build.renewal_sent(title, at=build.on_day(day), late_reason="人员变动")
    build.decide(case, at=build.on_day(day))
    title.refresh_from_db()

    case.refresh_from_db()
    assert (title.ending, case.certification.valid_from) == ("expired", day)
    between = LAST + timedelta(days=1)
    assert not Certification.objects.in_force(between).filter(factory=title.factory).exists()


def test_advanced_one_goes_the_short_chain_case_by_case(title, hebei, province_officer):
    held = build.locked_assessment(title.factory, Tier.ADVANCED, at=build.on_day(EXTRA))
    advanced = build.title(title.factory, Tier.ADVANCED, on=START)
    case = build.renewal_sent(advanced, at=IN_TIME)

    assert chain.steps_for(case) == (
        Step(StepKind.RECOMMEND, "city"),
        Step(StepKind.CHECK, "province"),
        Step(StepKind.DETERMINE, "province"),
    )
    assert case.renewal.base == held
    for _ in chain.steps_for(case):
        case = build.passed(case, at=IN_TIME)
    assert case.certification.valid_from == LAST + timedelta(days=1)


def test_recommending_a_renewal_takes_no_place_of_a_round(
    title, hebei, city_officer, province_officer
):
    build.locked_assessment(title.factory, Tier.ADVANCED, at=build.on_day(EXTRA))
    advanced = build.title(title.factory, Tier.ADVANCED, on=START)
    batch = build.open_round(hebei, Tier.ADVANCED, at=IN_TIME)
    quota.allot(batch, {city_officer.authority_id: 0}, by=province_officer, at=IN_TIME)

    case = build.decide(build.renewal_sent(advanced, at=IN_TIME), by=city_officer, at=IN_TIME)

    assert case.step == StepKind.CHECK


def test_revoked_title_is_not_renewed_by_a_case_under_way(title, city_officer):
    case = build.renewal_sent(title, at=IN_TIME)
    build.revoked(title, by=city_officer, at=IN_TIME)

    with pytest.raises(ValidationError, match="已终止，不能换发"):
        build.decide(case, by=city_officer, at=IN_TIME)


def test_suspended_title_is_not_renewed(title, city_officer):
    terms = suspension.Terms("inquiry", "核实投诉", "文〔2028〕1号", IN_TIME.date())
    suspension.suspend(title, terms, by=city_officer, at=IN_TIME)
    title = Certification.objects.get(pk=title.pk)

    with pytest.raises(ValidationError, match="正在暂停，恢复后才能申请复核"):
        build.renewal_of(title, at=IN_TIME)


def test_renewed_title_is_not_renewed_twice(title, city_officer):
    build.decide(build.renewal_sent(title, at=IN_TIME), at=IN_TIME)
    title.refresh_from_db()

    with pytest.raises(ValidationError, match="已有新的同级认定"):
        build.renewal_of(title, at=IN_TIME)


def test_second_click_finds_the_first_and_another_application_bars_it(title, staff):
    first = build.renewal_of(title, at=IN_TIME)
    assert build.renewal_of(title, at=IN_TIME) == first

    build.withdraw(first, at=IN_TIME)
    batch = build.round_for(title.factory, at=IN_TIME)
    drafts.start(title.factory, batch, by=staff, at=IN_TIME)
    with pytest.raises(ValidationError, match="办结或撤回后才能申请复核"):
        build.renewal_of(title, at=IN_TIME)


def test_only_its_own_firm_begins_one(title, city_officer):
    stranger = build.staff_of(build.enterprise_at(build.authority("130102")))
    for person in (stranger, city_officer):
        with pytest.raises(PermissionDenied):
            renewing.start(title, by=person, at=IN_TIME)


def test_two_titles_share_the_standing_round_which_nobody_can_apply_in(title, changan, staff):
    other = build.certified(build.factory_at(changan), on=START)
    batches = {build.renewal_of(one, at=IN_TIME).round for one in (title, other)}

    assert len(batches) == 1
    assert list(Round.objects.batches()) == [title.application.round]
    assert [one.round for one in progress.invitations(staff, IN_TIME.date())] == [
        title.application.round
    ]
    fresh = build.factory_at(changan, enterprise=title.factory.enterprise)
    with pytest.raises(PermissionDenied):
        drafts.start(fresh, batches.pop(), by=staff, at=IN_TIME)


def test_where_titles_follow_from_honours_nobody_renews(world):
    factory = build.factory_at(build.authority("230102"))
    one = build.title(factory, Tier.ADVANCED, on=START)

    assert renewal.window(one, IN_TIME.date()) is None
    with pytest.raises(ValidationError, match="由既有称号对应取得，不受理复核申请"):
        build.renewal_of(one, at=IN_TIME)


# --- item by item ----------------------------------------


def test_everything_is_carried_over_and_asked(title):
    case = build.renewal_of(title, at=IN_TIME)
    lines = build.lines_of(case)
    conditions = {one.id for one in build.conditions_for(Tier.BASIC)}

    assert conditions <= set(lines)
    assert {key for key, line in lines.items() if line.row and line.row.tier} == conditions
    assert {"part.maturity", "part.performance"} <= set(lines)
    assert {line.state for line in lines.values()} == {"todo"}
    assert all(lines[one].files for one in conditions)
    assert refusals(case)[0].endswith("还没有确认有没有变化")


def test_what_is_the_same_is_stored_with_who_said_so(title, staff):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)
    renewing.confirm(case, {item: True}, declared=True, by=staff, at=IN_TIME)
    line = build.lines_of(case)[item]

    assert (line.state, line.mark.by, line.mark.at) == ("same", staff, IN_TIME)
    said = AuditEvent.objects.get(verb="renewal.confirm")
    assert (said.data["same"], said.data["changed"]) == ([item], [])


def test_nothing_is_called_the_same_without_the_declaration(title, staff):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)

    with pytest.raises(ValidationError, match="请勾选声明"):
        renewing.confirm(case, {item: True}, declared=False, by=staff, at=IN_TIME)
    renewing.confirm(case, {item: False}, declared=False, by=staff, at=IN_TIME)
    line = build.lines_of(case)[item]
    assert (line.state, line.lacks) == ("problem", "选了有变化，自评里还没有修改")


def test_what_has_changed_asks_for_a_proof(title, staff):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)
    change(case, item)
    line = build.lines_of(case)[item]
    assert (line.state, line.lacks) == ("problem", "有改动，还没有上传证明变化的材料")

    prove(case, item)
    line = build.lines_of(case)[item]
    assert (line.state, len(line.new_files)) == ("changed", 1)
    with pytest.raises(ValidationError, match="自评里已经改过"):
        renewing.confirm(case, {item: True}, declared=True, by=staff, at=IN_TIME)


def test_changed_after_it_was_called_the_same_it_has_changed(title, staff):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)
    renewing.confirm(case, {item: True}, declared=True, by=staff, at=IN_TIME)
    change(case, item)

    assert build.lines_of(case)[item].state == "problem"


def test_item_that_nobody_spoke_of_bars_sending_in_and_is_named(title, staff):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)
    keys = set(build.lines_of(case)) - {item}
    renewing.confirm(case, dict.fromkeys(keys, True), declared=True, by=staff, at=IN_TIME)
    self_assessment.lock(case.assessment, by=staff, at=IN_TIME)
    short = build.lines_of(case)[item].title[:20]

    with pytest.raises(ValidationError, match=f"{short}.*还没有确认有没有变化"):
        build.submit(case, at=IN_TIME)


def test_answers_of_others_and_of_no_item_are_refused(title, changan):
    case = build.renewal_of(title, at=IN_TIME)
    stranger = build.staff_of(build.enterprise_at(changan))
    own = build.staff_of(title.factory.enterprise)

    with pytest.raises(PermissionDenied):
        renewing.confirm(case, {}, declared=True, by=stranger, at=IN_TIME)
    with pytest.raises(ValidationError, match="不在复核内容里"):
        renewing.confirm(case, {"nothing": True}, declared=True, by=own, at=IN_TIME)


def test_under_a_newer_edition_only_what_it_changed_is_answered_anew(title, staff, newer_edition):
    case = build.renewal_of(title, at=IN_TIME)
    lines = build.lines_of(case)
    changed = build.conditions_for(Tier.BASIC)[0].id

    assert case.assessment.standard == newer_edition.code
    assert [key for key, line in lines.items() if line.anew] == [changed]
    with pytest.raises(ValidationError, match="条款有变化，请按新条款填写"):
        renewing.confirm(case, {changed: True}, declared=True, by=staff, at=IN_TIME)
    renewing.confirm(case, {changed: False}, declared=False, by=staff, at=IN_TIME)
    assert build.lines_of(case)[changed].state == "anew"


def test_title_without_an_assessment_is_renewed_by_a_whole_one(changan, city_officer):
    one = build.title(build.factory_at(changan), on=START)
    case = build.renewal_of(one, at=IN_TIME)

    assert (case.renewal.base, build.lines_of(case)) == (None, {})
    by = build.staff_of(one.factory.enterprise)
    build.answered(case.assessment, by=by, at=IN_TIME)
    self_assessment.lock(case.assessment, by=by, at=IN_TIME)
    case = build.decide(build.submit(case, at=IN_TIME), at=IN_TIME)
    assert case.certification.valid_from == LAST + timedelta(days=1)


# --- messages ----------------------------------------


def test_reminder_says_that_it_may_be_asked_for_and_where(title, staff):
    day = LAST - timedelta(days=180)
    certification.remind(on=day, at=build.on_day(day))
    told = Notification.objects.get(recipient=staff, event="title.expiring")

    assert told.next_step == "可以申请复核：没有变化的逐项确认，有变化的修改并附材料"
    assert told.link == f"/titles/{title.pk}/renewal/"


def test_expiry_says_until_when_it_is_still_taken(title, staff):
    day = LAST + timedelta(days=1)
    certification.expire_due(on=day, at=build.on_day(day))
    told = Notification.objects.get(recipient=staff, event="title.expired")

    assert told.next_step == "2029年6月2日 前可以逾期申请复核，须写明原因"


def test_messages_of_the_case_call_it_a_renewal(title, city_officer):
    build.renewal_sent(title, at=IN_TIME)
    told = Notification.objects.filter(recipient=city_officer, event="desk.case").latest("pk")

    assert "基础级到期复核（" in told.matter
