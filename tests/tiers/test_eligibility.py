"""What stands in the way of an application: each problem, the day it begins and the day it ends."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from assessments import assessment as self_assessment
from registry import enterprises, policy
from registry.models import Succession
from registry.policy import Tier
from tests import build
from tiers import bans, drafts, eligibility, workflow
from tiers.models import Application, Certification
from tiers.workflow import Action


@pytest.fixture
def factory(changan, city_officer):
    return build.factory_at(changan)


def found(application, *, on=date(2026, 3, 2), confirmed=True):
    application = Application.objects.get(pk=application.pk)
    by = build.staff_of(application.factory.enterprise)
    return eligibility.problems(application, by=by, on=on, confirmed=confirmed)


def codes(application, **given):
    return [(p.code, p.blocking) for p in found(application, **given)]


def test_nothing_stands_in_the_way_of_a_sound_draft(factory):
    assert found(build.draft(factory)) == []


def test_every_problem_says_what_to_do(factory):
    application = drafts.start(
        factory,
        build.round_for(factory),
        by=build.staff_of(factory.enterprise),
        at=build.DAY,
    )

    assert [p.message for p in found(application, confirmed=False)] == [
        "主管部门还没有确认您是本企业经办人，确认后即可提交；填写内容都会保留",
        "还没有选用自评，请先完成工厂自评并锁定",
    ]


# --- the person -----------------------------------------------------------------------------------


def test_unconfirmed_person_cannot_submit(factory):
    application = build.draft(factory)

    assert codes(application, confirmed=False) == [("unconfirmed", True)]


# --- the round ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 1), [("round_not_open", True)]),
        (date(2026, 3, 2), []),
        (date(2026, 3, 31), []),
        (date(2026, 4, 1), [("round_closed", True)]),
    ],
)
def test_round_takes_applications_from_its_first_to_its_last_day(
    factory, shijiazhuang, day, expected
):
    build.open_round(shijiazhuang, opens_on=date(2026, 3, 2), closes_on=date(2026, 3, 31))

    assert codes(build.draft(factory), on=day) == expected


def test_round_is_open_until_midnight_of_its_last_day(factory, shijiazhuang):
    build.open_round(shijiazhuang, closes_on=date(2026, 3, 31))
    first, second = build.draft(factory), build.draft(build.factory_at(factory.authority))

    sent = build.submit(first, at=build.moment("2026-03-31 23:59:59"))
    with pytest.raises(ValidationError, match="已于 2026-03-31 24:00 截止"):
        build.submit(second, at=build.moment("2026-04-01 00:00:00"))

    assert sent.status == "in_progress"


def test_returned_application_may_come_back_after_the_round(factory, shijiazhuang):
    build.open_round(shijiazhuang, closes_on=date(2026, 3, 31))
    application = build.application_at("returned", factory=factory)

    assert codes(application, on=date(2026, 5, 1)) == []
    back = build.submit(application, at=build.moment("2026-05-01 09:00"))
    assert (back.status, back.submissions) == ("in_progress", 2)


def test_draft_does_not_follow_its_factory_out_of_the_round(factory, tangshan):
    application = build.draft(factory)
    build.moved(factory, build.place_of(tangshan.children.first()))

    assert codes(application) == [("round_elsewhere", True)]


# --- the assessment -------------------------------------------------------------------------------


def test_assessment_below_the_tier_names_every_gap(factory):
    by = build.staff_of(factory.enterprise)
    assessment = build.open_assessment(factory)
    answers = build.answers_for(Tier.BASIC)
    gaps = {"basic.req.1": "no", "basic.production.1": {"met": "no", "how": ""}, "perf.1": {}}
    self_assessment.save_answers(assessment, {**answers, **gaps}, seen={}, by=by, at=build.DAY)
    assessment = self_assessment.lock(assessment, by=by, at=build.DAY)
    application = drafts.start(
        factory, build.round_for(factory), assessment=assessment, by=by, at=build.DAY
    )

    assert codes(application) == [
        ("gate.basic.no", True),
        ("gate.condition.unmet", True),
        ("gate.condition.no_evidence", True),
        ("gate.condition.no_evidence", True),
        ("gate.performance.missing", True),
    ]


def test_assessment_for_a_higher_tier_serves_the_lower(factory):
    build.locked_assessment(factory, Tier.ADVANCED)

    assert codes(build.draft(factory)) == []


def test_foreign_or_open_assessment_cannot_carry_an_application(factory, changan):
    by = build.staff_of(factory.enterprise)
    foreign = build.locked_assessment(build.factory_at(changan))
    unlocked = build.open_assessment(factory)

    for assessment in (foreign, unlocked):
        with pytest.raises(ValidationError, match="请选择这座工厂已锁定的自评"):
            drafts.start(
                factory, build.round_for(factory), assessment=assessment, by=by, at=build.DAY
            )
    application = build.draft_without_assessment(factory)
    for assessment in (foreign, unlocked):
        with pytest.raises(ValidationError, match="请选择这座工厂已锁定的自评"):
            drafts.choose_assessment(application, assessment, by=by, at=build.DAY)


# --- events on record -----------------------------------------------------------------------------


def happened(enterprise, on, kind="safety", grade="larger"):
    return enterprises.record_veto_event(
        enterprise,
        kind=kind,
        grade=grade,
        happened_on=on,
        by=build.staff_of(enterprise),
        at=build.moment("2030-01-01 09:00"),
    )


@pytest.mark.parametrize(
    ("event", "last_barred"),
    [
        (date(2023, 3, 3), date(2026, 3, 3)),
        (date(2024, 2, 29), date(2027, 2, 28)),
        (date(2025, 2, 28), date(2028, 2, 28)),
        (date(2025, 12, 31), date(2028, 12, 31)),
    ],
)
def test_event_bars_for_three_years_and_says_until_when(factory, event, last_barred):
    application = build.draft(factory)
    happened(factory.enterprise, event)

    assert eligibility.vetoes(application, on=event - timedelta(days=1)) == []
    for day in (event, last_barred):
        assert [p.message for p in eligibility.vetoes(application, on=day)] == [
            f"{event} 发生较大安全生产事故，3 年内不能申报（至 {last_barred} 止，含当日）"
        ]
    assert eligibility.vetoes(application, on=last_barred + timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("kind", "grade", "bars"),
    [
        ("safety", "general", False),
        ("safety", "larger", True),
        ("safety", "extraordinary", True),
        ("safety", "", True),
        ("environment", "general", False),
        ("environment", "major", True),
    ],
)
def test_grade_decides_whether_an_event_bars(factory, kind, grade, bars):
    application = build.draft(factory)
    happened(factory.enterprise, date(2026, 1, 10), kind, grade)

    assert codes(application) == ([("veto", True)] if bars else [])


def test_event_of_another_firm_bars_nobody(factory, rival_staff):
    happened(rival_staff.enterprise, date(2026, 1, 10))

    assert codes(build.draft(factory)) == []


def test_event_after_submission_stops_the_determination(factory, city_officer):
    application = build.application_at("submitted", factory=factory)
    happened(factory.enterprise, date(2026, 3, 5))

    with pytest.raises(ValidationError, match="3 年内不能申报"):
        build.decide(application, at=build.moment("2026-03-06 09:00"))

    application.refresh_from_db()
    assert application.status == "in_progress"
    assert not Certification.objects.exists()


# --- bans -----------------------------------------------------------------------------------------


def test_ground_without_years_bars_nobody(factory, city_officer):
    assert barred_for(factory, "closed", city_officer) is None

    assert ("ban", True) not in codes(build.draft(factory))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 2, 28), []),
        (date(2026, 3, 1), [("ban", True)]),
        (date(2029, 3, 1), [("ban", True)]),
        (date(2029, 3, 2), []),
    ],
)
def test_ban_runs_on_its_days(factory, city_officer, day, expected):
    barred_for(factory, "fraud", city_officer)
    application = build.draft(factory)

    again = eligibility.at_determination(application, on=day)

    assert [(p.code, p.blocking) for p in again if p.code == "ban"] == expected
    assert [code for code in codes(application, on=day) if code[0] == "ban"] == expected


def test_ban_falls_on_all_factories_of_the_firm_and_on_no_other(factory, city_officer):
    barred_for(factory, "fraud", city_officer)
    sister = build.factory_at(factory.authority, enterprise=factory.enterprise)

    assert codes(build.draft(sister)) == [("ban", True)]
    assert codes(build.draft(build.factory_at(factory.authority))) == []


def test_ban_follows_the_successor_firm(factory, city_officer):
    barred_for(factory, "fraud", city_officer)
    heir = build.factory_at(factory.authority)
    deed = enterprises.Deed(
        kind=Succession.Kind.ABSORPTION, on=date(2026, 3, 2), document="准予注销登记通知书第7号"
    )
    old = factory.enterprise
    enterprises.succeed(old, heir.enterprise, deed, by=city_officer, at=build.DAY)

    stands = [p for p in found(build.draft(heir)) if p.code == "ban"]

    assert [p.message for p in stands] == [
        f"2026-03-01 原企业“{old.name}”被撤销认定，2029-03-01 止（含当日）不能再次申报"
        "（依据《河北省智能工厂梯度培育行动工作方案（2025-2027年）》）"
    ]


def test_lifted_ban_bars_no_longer(factory, city_officer):
    ban = barred_for(factory, "fraud", city_officer)
    with transaction.atomic():
        bans.lift([ban], reason="复核撤销原决定", document_no="1号", by=city_officer, at=build.DAY)

    assert ("ban", True) not in codes(build.draft(factory))
    assert ban.runs_on(date(2026, 3, 1)) is True


def barred_for(factory, ground, officer):
    title = build.title(factory, on=date(2025, 9, 1))
    cause = bans.Cause(ground, "被撤销认定", "石工信〔2026〕9号", certification=title)
    with transaction.atomic():
        return bans.put(
            factory.enterprise,
            policy.get("hebei-2025"),
            cause,
            from_on=date(2026, 3, 1),
            by=officer,
            at=build.moment("2026-03-01 10:00"),
        )


# --- titles it holds or needs ---------------------------------------------------------------------


def advanced_draft(factory, hebei):
    build.open_round(hebei, Tier.ADVANCED)
    build.locked_assessment(factory, Tier.ADVANCED)
    return build.draft(factory, Tier.ADVANCED)


@pytest.mark.parametrize(
    ("determined", "expected"),
    [
        (None, [("prerequisite", True)]),
        (date(2026, 3, 2), []),
        (date(2025, 4, 3), []),
    ],
)
def test_advanced_tier_asks_for_the_basic_title(factory, hebei, determined, expected):
    if determined:
        build.title(factory, on=determined)

    assert codes(advanced_draft(factory, hebei)) == expected


def test_basic_title_must_be_in_force_on_the_day(factory, hebei):
    build.title(factory, on=date(2025, 4, 3))
    application = advanced_draft(factory, hebei)

    last = date(2028, 4, 3)
    assert codes(application, on=last) == []
    assert codes(application, on=last + timedelta(days=1)) == [("prerequisite", True)]


def test_basic_title_of_a_sister_factory_does_not_count(factory, hebei):
    build.title(
        build.factory_at(factory.authority, enterprise=factory.enterprise), on=date(2026, 3, 2)
    )

    assert codes(advanced_draft(factory, hebei)) == [("prerequisite", True)]


def test_title_in_force_is_a_hint_and_not_a_bar(factory):
    build.title(factory, on=date(2025, 4, 3))
    application = build.draft(factory)

    assert [(p.message, p.blocking) for p in found(application)] == [
        ("这座工厂已是基础级，有效期至 2028-04-03；再次认定后从次日起算", False)
    ]
    assert build.submit(application).status == "in_progress"


# --- one at a time --------------------------------------------------------------------------------


def test_second_start_finds_the_draft(factory):
    first = build.draft(factory)

    assert build.draft(factory) == first


@pytest.mark.parametrize("stage", ["submitted", "returned"])
def test_second_application_while_one_is_open_is_refused(factory, stage):
    application = build.application_at(stage, factory=factory)

    with pytest.raises(ValidationError, match=f"在办（{application.number}）"):
        build.draft(factory)


@pytest.mark.parametrize("stage", ["rejected", "withdrawn", "certified"])
def test_closed_application_leaves_the_way_free(factory, stage):
    build.application_at(stage, factory=factory)

    assert build.draft(factory).status == "draft"


def test_open_applications_for_different_tiers_stand_side_by_side(factory, hebei):
    build.application_at("submitted", factory=factory)

    assert advanced_draft(factory, hebei).status == "draft"


def test_submission_reports_every_problem_at_once(factory):
    application = build.draft(factory)
    happened(factory.enterprise, date(2026, 1, 10))

    with pytest.raises(ValidationError) as caught:
        workflow.act(
            application,
            Action.SUBMIT,
            by=build.staff_of(factory.enterprise),
            at=build.DAY,
            declared_by=" ",
        )

    assert [e.code for e in caught.value.error_list] == ["veto", "declared_by"]
