"""Expert review: pool, conflicts, the draw, declarations, marks, second reviews, the summary."""

import json
import random
import subprocess
import sys
from datetime import date
from pathlib import Path
from statistics import fmean

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from registry import policy
from registry.models import AuditEvent, Notification
from registry.policy import StepKind, Tier
from tests import build
from tiers import experts
from tiers.experts import draw, severity
from tiers.experts.panels import next_expert
from tiers.models import Application, Assignment
from tiers.workflow import Action

AT = build.DAY
State = Assignment.State


@pytest.fixture
def batch(hebei, province_officer):
    return build.open_round(hebei, Tier.ADVANCED, closes_on=date(2026, 3, 31))


@pytest.fixture
def in_review(batch, city_officer):
    """Brings a case of the round to its review."""

    def bring(**more):
        case = build.candidate(**more)
        while case.step != StepKind.REVIEW:
            case = build.passed(case)
        return case

    return bring


def tasks(case, **asked):
    found = case.assignments.live().filter(**asked).order_by("pk")
    return list(found.select_related("expert__user", "application__round", "panel__round"))


def codes(case):
    return sorted(task.expert.code for task in tasks(case))


# --- the draw, pure -------------------------------------------------------------------------------

CASES = [{"number": f"C{n:02d}", "field": "34" if n % 2 else "39", "seats": 3} for n in range(12)]
EXPERTS = [{"code": f"Z{n:03d}", "fields": ["34"] if n % 2 else ["39"]} for n in range(8)]
CONFLICTS = [["C00", "Z000"], ["C01", "Z001"], ["C01", "Z003"]]


def test_draw_is_the_same_for_the_same_seed_and_another_for_another():
    first = draw.draw(CASES, EXPERTS, CONFLICTS, "seed-1")

    assert draw.draw(CASES, EXPERTS, CONFLICTS, "seed-1") == first
    assert draw.draw(CASES[::-1], EXPERTS[::-1], CONFLICTS, "seed-1") == first
    assert draw.draw(CASES, EXPERTS, CONFLICTS, "seed-2") != first


@pytest.mark.parametrize("seed", [f"seed-{n}" for n in range(40)])
def test_draw_keeps_conflicts_apart_and_loads_even(seed):
    drawn = draw.draw(CASES, EXPERTS, CONFLICTS, seed)

    load = dict.fromkeys((one["code"] for one in EXPERTS), 0)
    for number, taken in drawn.items():
        assert len(set(taken)) == 3
        assert not [code for code in taken if [number, code] in CONFLICTS]
        for code in taken:
            load[code] += 1
    assert max(load.values()) - min(load.values()) <= 2


def test_draw_prefers_those_who_know_the_field():
    drawn = draw.draw(CASES, EXPERTS, [], "seed-1")

    fields = {one["code"]: one["fields"][0] for one in EXPERTS}
    fitting = [fields[code] == case["field"] for case in CASES for code in drawn[case["number"]]]
    assert sum(fitting) / len(fitting) > 0.9


def test_draw_names_the_cases_that_lack_experts():
    everybody = [["C03", one["code"]] for one in EXPERTS[:6]]

    with pytest.raises(ValueError, match="C03"):
        draw.draw(CASES, EXPERTS, everybody, "seed")


# --- severity, pure -------------------------------------------------------------------------------


def test_corrected_marks_of_a_small_panel():
    """A and B were marked by the severe X, C and D by the lenient Z; Y marked all."""
    marks = {
        "A": {"X": 70.0, "Y": 80.0},
        "B": {"X": 60.0, "Y": 70.0},
        "C": {"Y": 75.0, "Z": 85.0},
        "D": {"Y": 65.0, "Z": 75.0},
    }

    assert severity.corrected(marks) == {"A": 80.0, "B": 70.0, "C": 75.0, "D": 65.0}
    assert severity.ranks(severity.corrected(marks)) == {"A": 1, "B": 3, "C": 2, "D": 4}
    assert severity.ranks({k: fmean(v.values()) for k, v in marks.items()}) == {
        "A": 2, "B": 4, "C": 1, "D": 3,
    }  # fmt: skip


def test_equal_marks_share_the_better_rank():
    assert severity.ranks({"A": 80.0, "B": 90.0, "C": 80.0}) == {"B": 1, "A": 2, "C": 2}


def test_corrected_rank_is_nearer_the_truth_than_the_raw_one():
    chance, raw, fair = random.Random(20260302), [], []
    for _ in range(60):
        truth = {f"c{n}": chance.gauss(75, 6) for n in range(30)}
        lenient = {f"e{n}": chance.gauss(0, 6) for n in range(8)}
        marks = {
            case: {
                one: merit + lenient[one] + chance.gauss(0, 3)
                for one in chance.sample(sorted(lenient), 3)
            }
            for case, merit in truth.items()
        }
        right = severity.ranks(truth)
        for found, into in (
            ({case: fmean(given.values()) for case, given in marks.items()}, raw),
            (severity.corrected(marks), fair),
        ):
            ranks = severity.ranks(found)
            into.append(fmean(abs(ranks[case] - right[case]) for case in truth))

    assert fmean(fair) < 0.75 * fmean(raw)
    assert sum(a < b for a, b in zip(fair, raw, strict=True)) > 50


# --- sheets ---------------------------------------------------------------------------------------


def test_every_sheet_named_by_a_profile_exists_and_comes_to_a_hundred():
    named = {
        rule.review.sheet
        for rules in policy.all_policies()
        for rule in rules.tiers.values()
        if rule.review
    }

    assert named
    for code in named:
        sheet = experts.sheet(code)
        assert sheet.points == 100
        for one in sheet.dimensions:
            assert (one.anchors[0].highest, one.anchors[-1].lowest) == (one.points, 0)


# --- freezing and drawing -------------------------------------------------------------------------


def test_frozen_lists_have_a_digest_and_are_drawn_once(batch, in_review, province_officer):
    cases = [in_review() for _ in range(3)]
    for _ in range(5):
        build.expert()

    panel = experts.freeze(batch, by=province_officer, at=AT)

    assert [one["number"] for one in panel.lists["cases"]] == [case.number for case in cases]
    assert panel.digest == draw.digest(panel.lists)
    assert (panel.seed, Assignment.objects.count()) == ("", 0)
    panel = experts.cast(panel, by=province_officer, at=AT)
    assert len(panel.seed) == 32
    assert {case.number: codes(case) for case in cases} == {
        number: sorted(found) for number, found in panel.result.items()
    }
    with pytest.raises(ValidationError, match="种子只产生一次"):
        experts.cast(panel, by=province_officer, at=AT)


def test_script_repeats_the_draw_from_the_published_record(batch, in_review, tmp_path):
    for _ in range(4):
        in_review()
    panel = build.drawn(batch)
    record = {"lists": panel.lists, "digest": panel.digest, "seed": panel.seed}
    record["result"] = panel.result
    script = Path(draw.__file__)

    def repeated(**changed):
        kept = tmp_path / "record.json"
        kept.write_text(json.dumps(record | changed, ensure_ascii=False), encoding="utf-8")
        command = [sys.executable, "-I", str(script), str(kept)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        return done.returncode, done.stdout.split()

    assert repeated() == (0, ["digest:", "agrees", "draw:", "agrees"])
    assert repeated(seed="0" * 32) == (1, ["digest:", "agrees", "draw:", "DIFFERS"])
    other = {**panel.lists, "round": "另一批次"}
    assert repeated(lists=other) == (1, ["digest:", "DIFFERS", "draw:", "agrees"])


def test_too_small_a_pool_is_refused_with_the_numbers(batch, in_review, province_officer):
    case = in_review()
    build.expert()

    with pytest.raises(ValidationError, match=f"{case.number} 的专家不够"):
        experts.freeze(batch, by=province_officer, at=AT)


def test_nobody_but_the_rounds_office_draws(batch, in_review, city_officer):
    in_review()

    with pytest.raises(PermissionDenied):
        experts.freeze(batch, by=city_officer, at=AT)


def test_retired_and_outlived_experts_are_not_drawn(batch, in_review, province_officer):
    in_review()
    gone, over = build.expert(), build.expert(term_until=date(2026, 3, 1))
    experts.retire(gone, reason="本人申请", by=province_officer, at=AT)

    panel = build.drawn(batch)

    listed = {one["code"] for one in panel.lists["experts"]}
    assert not listed & {gone.code, over.code}
    assert len(listed) == 4


def test_redraw_needs_a_reason_and_leaves_the_old_one_readable(batch, in_review, province_officer):
    case = in_review()
    panel = build.drawn(batch)
    with pytest.raises(ValidationError, match="请写明重新抽取的原因"):
        experts.redraw(panel, reason=" ", by=province_officer, at=AT)

    again = experts.redraw(panel, reason="漏列一名专家", by=province_officer, at=AT)

    panel.refresh_from_db()
    assert (again.replaces, again.number, again.reason) == (panel, 2, "漏列一名专家")
    assert panel.superseded_at == AT
    assert panel.result
    assert codes(case) == []
    experts.cast(again, by=province_officer, at=AT)
    assert len(codes(case)) == 3


def test_no_redraw_once_marks_are_in(batch, in_review, province_officer):
    case = in_review()
    panel = build.drawn(batch)
    build.marked(tasks(case)[0])

    with pytest.raises(ValidationError, match="不能重新抽取"):
        experts.redraw(panel, reason="不满意", by=province_officer, at=AT)


def test_case_that_comes_later_gets_a_draw_of_its_own(batch, in_review):
    first = in_review()
    build.drawn(batch)
    before, late = codes(first), in_review()

    panel = build.drawn(batch)

    assert [one["number"] for one in panel.lists["cases"]] == [late.number]
    assert codes(first) == before
    assert len(codes(late)) == 3


# --- conflicts ------------------------------------------------------------------------------------


def conflict_with(case, **profile):
    return experts.inferred(build.expert(**profile), case, recent_years=3, year=2026)


def test_conflicts_follow_from_the_records(in_review):
    case = in_review()
    firm, county = case.factory.enterprise, case.factory.division

    assert conflict_with(case, employer=firm.name) == "工作单位就是申报企业"
    assert conflict_with(case, group=firm.name[:6]) == "与申报企业同属一个集团"
    jobs = [{"name": firm.name, "year": 2024}]
    assert conflict_with(case, consulted=jobs) == "2024 年为申报企业提供过服务"
    assert conflict_with(case, division=county) == "与申报企业在同一县区"
    assert conflict_with(case, consulted=[{"name": firm.name, "year": 2023}]) == ""
    assert conflict_with(case) == ""


def test_expert_with_a_conflict_is_never_drawn(batch, in_review):
    case = in_review()
    own = build.expert(employer=case.factory.enterprise.name)

    panel = build.drawn(batch)

    assert panel.lists["conflicts"] == [[case.number, own.code]]
    assert own.code not in codes(case)


def test_firm_names_an_expert_and_the_office_decides(batch, in_review, province_officer):
    case = in_review()
    staff = build.staff_of(case.factory.enterprise)
    foe, others = build.expert(name="钱专家"), [build.expert() for _ in range(4)]
    asked = experts.request_avoidance(
        case, person="钱专家", employer="某院", reason="有诉讼", by=staff, at=AT
    )
    with pytest.raises(ValidationError, match="回避申请没有决定"):
        experts.freeze(batch, by=province_officer, at=AT)

    experts.decide_avoidance(
        asked, granted=True, answer="属实", expert=foe, by=province_officer, at=AT
    )

    build.drawn(batch)
    assert foe.code not in codes(case)
    assert set(codes(case)) <= {one.code for one in others}
    told = Notification.objects.get(recipient=staff, event="case.avoidance")
    assert told.result == "回避申请已同意：属实"
    with pytest.raises(PermissionDenied):
        experts.request_avoidance(case, person="孙", employer="", reason="不喜欢", by=staff, at=AT)


def test_declared_conflict_brings_the_next_by_the_published_order(batch, in_review):
    case = in_review()
    panel = build.drawn(batch)
    before, task = codes(case), tasks(case)[0]
    with pytest.raises(ValidationError, match="请写明事由"):
        experts.declare(task, conflict=True, by=task.expert.user, at=AT)
    line = panel.lists["cases"][0]
    order = draw.order(line, panel.lists["experts"], panel.lists["conflicts"], panel.seed)
    following = next(code for code in order if code not in before)

    build.declared(task, conflict="曾任该企业顾问")

    assert codes(case) == sorted({*before, following} - {task.expert.code})
    new = case.assignments.get(expert__code=following)
    assert (new.kind, new.state) == ("replacement", State.ASKED)
    assert Notification.objects.filter(recipient=new.expert.user, event="desk.review").exists()
    assert AuditEvent.objects.filter(verb="review.replace").count() == 1


def test_seat_without_a_successor_is_drawn_for_anew(batch, in_review, province_officer):
    case = in_review()
    panel = build.drawn(batch)
    for _ in range(2):
        build.declared(tasks(case, state=State.ASKED)[0], conflict="校友")
    assert next_expert(panel, Application.objects.get(pk=case.pk)) is None
    assert len(codes(case)) == 2
    assert [p.code for p in experts.open_points(case, on=AT.date())][:1] == ["experts"]

    build.expert()
    again = build.drawn(batch)

    assert again.lists["cases"] == [{"number": case.number, "field": "", "seats": 1}]
    assert len(codes(case)) == 3


# --- marks ----------------------------------------------------------------------------------------


@pytest.fixture
def task(batch, in_review):
    case = in_review()
    build.drawn(batch)
    return tasks(case)[0]


def put(task, scores, *, comment="", seen=0):
    return experts.save(
        task, scores=scores, notes={}, comment=comment, seen=seen, by=task.expert.user, at=AT
    )


def test_no_marks_before_the_declaration(task):
    with pytest.raises(PermissionDenied, match="请先声明"):
        put(task, {"foundation": 10})


def test_marks_are_kept_as_far_as_they_are_and_fixed_once_given(task):
    build.declared(task)
    saved = put(task, {"foundation": 15})
    with pytest.raises(ValidationError, match="“场景建设”还没有评分"):
        experts.give(
            saved, scores={"foundation": 15}, notes={}, comment="好", seen=1,
            by=task.expert.user, at=AT,
        )  # fmt: skip
    with pytest.raises(ValidationError, match="刚在别处保存过"):
        put(task, {"foundation": 16}, seen=0)

    given = build.marked(saved, 82)

    assert (given.state, given.total) == (State.GIVEN, 82)
    with pytest.raises(ValidationError, match="不能再改"):
        put(task, {"foundation": 1}, seen=given.version)
    with pytest.raises(ValidationError, match="不能再申请回避"):
        experts.declare(given, conflict=True, ground="想起来", by=task.expert.user, at=AT)


@pytest.mark.parametrize("marks", [{"foundation": 21}, {"foundation": -1}, {"charm": 3}])
def test_marks_outside_the_sheet_are_refused(task, marks):
    build.declared(task)

    with pytest.raises(ValidationError, match="请填"):
        put(task, marks)


def test_nobody_marks_in_anothers_place(task):
    build.declared(task)
    stranger = build.expert().user

    with pytest.raises(PermissionDenied):
        experts.save(task, scores={}, notes={}, comment="", seen=0, by=stranger, at=AT)


def test_marks_far_apart_bring_one_more_expert_once(batch, in_review, province_officer):
    case = in_review()
    build.drawn(batch)
    for one, total in zip(tasks(case), (60, 80, 85), strict=True):
        build.marked(one, total)

    second = case.assignments.get(kind="second")
    experts.conclude(case, text="同意", by=province_officer, at=AT)
    assert [p.code for p in experts.open_points(case, on=AT.date())] == ["second"]
    build.marked(second, 95)

    assert experts.open_points(case, on=AT.date()) == []
    assert case.assignments.filter(kind="second").count() == 1


def test_marks_near_enough_bring_nobody(batch, in_review):
    case = in_review()
    build.drawn(batch)

    for one, total in zip(tasks(case), (70, 80, 85), strict=True):
        build.marked(one, total)

    assert len(codes(case)) == 3


# --- summary and completion -----------------------------------------------------------------------


def test_summary_shows_spread_outlier_and_both_ranks(batch, in_review):
    best, other = in_review(), in_review()
    build.drawn(batch)
    for case, totals in ((best, (90, 88, 86)), (other, (60, 75, 73))):
        for one, total in zip(tasks(case), totals, strict=True):
            build.marked(one, total)

    first, second = experts.summary(batch)

    assert (first.case, first.mean, first.spread, first.rank) == (best, 88.0, 4, 1)
    assert (first.corrected_rank, first.waiting, first.too_far) == (1, 0, False)
    assert (second.case, second.mean, second.spread) == (other, 69.33, 15)
    assert [mark.total for mark in second.marks if mark.far_off] == [60]


def test_completing_a_case_moves_no_rank(batch, in_review):
    best, other = in_review(), in_review()
    build.drawn(batch)
    for case, total in ((best, 90), (other, 70)):
        for one in tasks(case):
            build.marked(one, total)
    before = [
        (line.case.pk, line.corrected, line.corrected_rank) for line in experts.summary(batch)
    ]

    build.decide(build.reviewed(best))

    lines = experts.summary(batch)
    assert [(line.case.pk, line.corrected, line.corrected_rank) for line in lines] == before
    assert [line.done for line in lines] == [True, False]


def test_review_is_completed_only_when_everything_is_in(batch, in_review, province_officer):
    case = in_review()
    with pytest.raises(ValidationError, match="评审专家还差 3 名"):
        build.decide(case, by=province_officer)
    build.drawn(batch)
    with pytest.raises(ValidationError, match="还有 3 位专家没有提交评分"):
        build.decide(case, by=province_officer)
    for one in tasks(case):
        build.marked(one)
    with pytest.raises(ValidationError, match="填写本件的评审意见"):
        build.decide(case, by=province_officer)
    experts.conclude(case, text="同意", by=province_officer, at=AT)

    assert build.decide(case, by=province_officer).step != StepKind.REVIEW


def test_case_sent_in_anew_is_reviewed_anew(batch, in_review, province_officer):
    case = build.reviewed(in_review())
    build.decide(case, Action.SEND_BACK, by=province_officer)

    case = build.submit(case)
    while case.step != StepKind.REVIEW:
        case = build.passed(case)

    assert experts.seats_open(case) == 3
    assert len(build.drawn(batch).lists["cases"]) == 1
