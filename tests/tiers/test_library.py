"""The cultivation library: put in, worked on, handed over, left; its night and its numbers."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from assessments import assessment as self_assessment
from config import nightly
from registry.access import Seat
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import library
from tiers.models import Candidate, CandidateStep, Stage

AT = build.DAY
TODAY = AT.date()


@pytest.fixture
def factory(staff, changan, county_officer):
    return build.factory_at(changan, enterprise=staff.enterprise, name="一号工厂")


@pytest.fixture
def one(factory, county_officer):
    return build.in_library(factory, by=county_officer, next_contact_on=TODAY + timedelta(days=3))


def fresh(candidate, on=TODAY):
    return Candidate.objects.with_stage(on).get(pk=candidate.pk)


def test_firm_is_told_whom_to_ask_and_reads_no_notes(one, staff, county_officer):
    build.noted(one, content="设备联网率低")

    told = Notification.objects.get(recipient=staff, event="case.library")
    assert told.result == "已列入石家庄市长安区工业和信息化局的培育库，目标：2027年达到基础级"
    assert "县级甲" in told.next_step
    assert CandidateStep.objects.visible_to(staff).count() == 0
    assert CandidateStep.objects.visible_to(county_officer).count() == 1
    seen = AuditEvent.objects.visible_to(staff).filter(verb__startswith="library.")
    assert [line.verb for line in seen] == ["library.enter"]


def test_factory_stands_in_one_library_at_a_time(one, factory, city_officer):
    with pytest.raises(ValidationError, match="已在石家庄市长安区工业和信息化局的培育库中"):
        build.in_library(factory, by=city_officer)


def test_holder_of_the_tier_is_not_put_in_for_it(factory, county_officer, city_officer):
    build.title(factory, on=date(2025, 9, 1))

    with pytest.raises(ValidationError, match="已是基础级"):
        build.in_library(factory, by=county_officer)
    assert build.in_library(factory, Tier.ADVANCED, by=county_officer).is_standing


def test_only_an_acting_officer_of_the_place_puts_in(
    factory, county_officer, other_city_officer, province_officer, staff
):
    aim = library.Aim(Tier.BASIC, 2027, owner=county_officer)
    build.seated(county_officer, Seat.READER)

    for user in (other_city_officer, province_officer, staff, county_officer):
        with pytest.raises(PermissionDenied):
            library.enter(factory, aim, by=user, at=AT)


def test_several_are_put_in_each_for_itself(one, factory, changan, county_officer):
    free = build.factory_at(changan, name="二号工厂")
    aim = library.Aim(Tier.BASIC, 2027, owner=county_officer)

    done = library.enter_all(
        [factory, free], aim, source=Candidate.Source.HAND, by=county_officer, at=AT
    )

    assert [bool(row.candidate) for row in done] == [False, True]
    assert "已在" in done[0].refusal


def test_owner_is_a_colleague_who_can_act(factory, county_officer, changan, city_officer):
    reader = build.seated(build.officer(changan), Seat.READER)

    for owner in (None, reader, city_officer):
        with pytest.raises(ValidationError, match="请选择本部门能办理业务的同事"):
            build.in_library(factory, by=county_officer, owner=owner)


def test_note_replaces_the_day_agreed_before(one):
    build.noted(one, next_step="看方案", next_contact_on=TODAY + timedelta(days=30))
    assert fresh(one).next_contact_on == date(2026, 4, 1)

    build.noted(one)
    assert fresh(one).next_contact_on is None


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ({"done_on": date(2026, 3, 3)}, "不能晚于今天"),
        ({"next_contact_on": date(2026, 3, 1)}, "不能早于今天"),
        ({"content": " "}, "请写明做了什么"),
    ],
)
def test_note_that_cannot_be_is_refused(one, words, refusal):
    with pytest.raises(ValidationError, match=refusal):
        build.noted(one, **words)


def test_office_above_reads_and_does_not_write(one, city_officer):
    assert Candidate.objects.visible_to(city_officer).get() == one
    assert not library.may_work(one, city_officer)
    with pytest.raises(PermissionDenied):
        build.noted(one, by=city_officer)


def test_change_over_a_colleagues_change_is_refused(one, county_officer):
    aim = library.Aim(Tier.ADVANCED, 2028, owner=county_officer)
    library.change(one, aim, seen=0, by=county_officer, at=AT)

    with pytest.raises(ValidationError, match="同事刚刚修改过"):
        library.change(one, aim, seen=0, by=county_officer, at=AT)
    assert (fresh(one).tier, fresh(one).year) == ("advanced", 2028)


def test_dropped_candidate_stays_on_record_and_may_come_again(one, factory, county_officer, staff):
    library.drop(one, reason="企业暂停技改", by=county_officer, at=AT)

    assert Candidate.objects.standing().count() == 0
    told = Notification.objects.filter(recipient=staff, event="case.library").latest("pk")
    assert told.result.endswith("原因：企业暂停技改")
    with pytest.raises(ValidationError, match="已移出"):
        build.noted(one, by=county_officer)
    assert build.in_library(factory, by=county_officer).pk != one.pk


def test_handed_over_work_is_told_to_who_takes_it(one, changan, county_officer):
    colleague = build.officer(changan, name="县级乙")

    library.hand_over([one], colleague, by=county_officer, at=AT)

    assert fresh(one).owner == colleague
    assert Notification.objects.filter(recipient=colleague, event="desk.library").count() == 1


# --- how far it is -------------------------------------------------------------


def test_stage_follows_what_firm_and_offices_do(one, factory, city_officer):
    assert fresh(one).stage == Stage.ENTERED
    build.locked_assessment(factory)
    assert fresh(one).stage == Stage.CLOSED
    case = build.application_at("submitted", factory=factory)
    assert fresh(one).stage == Stage.APPLIED
    case = build.decide(case, at=AT)
    assert case.status == "certified"
    assert fresh(one).stage == Stage.TITLED


def test_gap_names_what_the_target_still_asks(factory, county_officer):
    build.locked_assessment(factory)

    assert library.gap_of(factory, Tier.BASIC, TODAY).is_closed
    gap = library.gap_of(factory, Tier.ADVANCED, TODAY)
    assert {one.code for one in gap.missed} == {"condition.unanswered"}


def test_gaps_of_many_cost_what_one_costs(
    changan, county_officer, django_assert_num_queries, django_assert_max_num_queries
):
    factories = [build.factory_at(changan) for _ in range(3)]
    for factory in factories:
        build.locked_assessment(factory)

    with django_assert_max_num_queries(12) as few:
        library.gaps_of([(factories[0], Tier.ADVANCED)], TODAY)
    with django_assert_num_queries(len(few)):
        library.gaps_of([(factory, Tier.ADVANCED) for factory in factories], TODAY)


def test_suggestions_are_the_near_and_the_refused(changan, county_officer, city_officer):
    near, refused, busy, far = (build.factory_at(changan, name=f"{n}号工厂") for n in "甲乙丙丁")
    build.locked_assessment(near)
    build.application_at("rejected", factory=refused)
    build.application_at("submitted", factory=busy)

    found = library.suggestions(county_officer, TODAY)

    assert [(one.factory, one.tier, one.refused_on) for one in found] == [
        (refused, Tier.BASIC, TODAY),
        (near, Tier.BASIC, None),
    ]
    build.in_library(near, by=county_officer)
    assert [one.factory for one in library.suggestions(county_officer, TODAY)] == [refused]
    assert far not in [one.factory for one in found]


def test_funnel_counts_each_stage_with_all_beyond(one, factory, changan, city_officer):
    build.locked_assessment(factory)
    other = build.in_library(build.factory_at(changan), Tier.ADVANCED, by=city_officer, year=2028)
    library.drop(other, reason="不再申报", by=city_officer, at=AT)
    rows = Candidate.objects.visible_to(city_officer)

    whole, *years = library.lines(rows, city_officer, "year", TODAY)

    assert [count for _, count in whole.reached] == [2, 1, 1, 0, 0]
    assert whole.dropped == 1
    assert [(line.label, line.reached[0][1]) for line in years] == [("2027年", 1), ("2028年", 1)]
    assert [line.label for line in library.lines(rows, city_officer, "county", TODAY)] == [
        "合计",
        "长安区",
    ]


# --- the night -----------------------------------------------------------------


def run(days=0):
    at = AT + timedelta(days=days)
    return nightly.run(at.date(), at)


def test_who_reaches_his_tier_leaves_by_night(one, factory, county_officer, city_officer):
    build.title(factory, on=TODAY)

    assert run()["library_left"] == 1
    assert run()["library_left"] == 0
    held = fresh(one)
    assert (held.leaving, held.left_on, held.stage) == ("reached", TODAY, Stage.TITLED)
    assert AuditEvent.objects.filter(verb="library.reach").count() == 1
    told = Notification.objects.get(recipient=county_officer, event="desk.library")
    assert told.result == "已达到目标等级基础级，移出培育库"


def test_who_moves_away_leaves_by_night(one, factory, county_officer, tangshan):
    build.moved(factory, build.place_of(tangshan.children.first()))

    assert run()["library_left"] == 1
    assert fresh(one).leaving_reason == "工厂已迁出本辖区"


def test_contact_is_called_to_mind_when_due_and_when_long_overdue(one, county_officer):
    told = Notification.objects.filter(recipient=county_officer, event="desk.library")

    assert [run(days)["library_reminded"] for days in (2, 3, 3, 4, 10, 11)] == [0, 1, 0, 0, 1, 0]
    assert [line.result for line in told.order_by("pk")] == [
        "今天是约定的联系日期",
        "约定 2026-03-05 联系，已过 7 天",
    ]


def test_late_measures_of_the_firm_are_told_once(one, factory, staff, county_officer):
    for due_on in (date(2026, 3, 1), date(2026, 3, 3)):
        plan = {"gap": "缺表计", "action": "加装", "owner": "设备部", "due_on": due_on}
        self_assessment.save_measure(factory, plan, by=staff, at=AT)
    told = Notification.objects.filter(recipient=county_officer, event="desk.library")

    assert [run(days)["library_reminded"] for days in (0, 1, 2)] == [1, 0, 1]
    assert "有 2 条措施逾期" in told.latest("pk").result


def test_owner_who_left_his_office_is_released(one, changan, county_officer):
    colleague = build.officer(changan, name="县级乙")
    county_officer.is_active = False
    county_officer.save()

    assert run()["library_released"] == 1
    assert run()["library_released"] == 0
    assert fresh(one).owner is None
    told = Notification.objects.get(recipient=colleague, event="desk.library")
    assert told.result == "负责人县级甲已不在岗，待指定新的负责人"


def test_refused_case_comes_in_where_the_rules_say_so(world, settings, tmp_path):
    by = build.officer(build.authority("230100"), name="市级甲")
    county = build.authority("230100").children.first()
    factory = build.factory_at(county)
    case = build.application_at("rejected", factory=factory, where=county)
    # A basic assessment in tests reaches level 1, below what the province asks for.
    assert run()["library_taken_in"] == 0

    case.assessment.maturity_level = 3
    case.assessment.save(update_fields=["maturity_level"])
    assert run()["library_taken_in"] == 1
    assert run()["library_taken_in"] == 0
    held = Candidate.objects.get()
    assert (held.application, held.authority.code, held.source) == (case, "230100", "rule")
    assert (held.owner, held.tier, held.year) == (None, "basic", 2027)
    assert Notification.objects.filter(recipient=by, event="desk.library").count() == 1


def test_refused_case_stays_out_where_no_rule_takes_it_in(changan, county_officer, city_officer):
    case = build.application_at("rejected")
    case.assessment.maturity_level = 3
    case.assessment.save(update_fields=["maturity_level"])

    assert run()["library_taken_in"] == 0
