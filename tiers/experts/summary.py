"""What a round's review has come to: marks, spread, outliers, ranks, and what is still open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from statistics import fmean, median

from registry.policy import StepKind
from tiers.eligibility import Problem
from tiers.experts import panels, severity
from tiers.experts.marking import spread_of
from tiers.experts.sheet import rule_of
from tiers.models import Application, Assignment, ReviewOpinion, Round

State = Assignment.State


@dataclass(frozen=True)
class Mark:
    """One expert's total; far off where it lies further from the median than half the bound."""

    code: str
    total: int
    second: bool
    far_off: bool


@dataclass(frozen=True)
class Line:
    """One case of the summary; ranks are given once all its marks are in."""

    case: Application
    marks: tuple[Mark, ...]
    waiting: int
    lacking: int
    mean: float | None
    spread: int
    too_far: bool
    second_open: bool
    has_second: bool
    corrected: float | None
    rank: int | None
    corrected_rank: int | None
    opinion: str
    done: bool


def summary(batch: Round) -> list[Line]:
    """Every case that waits for its review or is past it, the best by corrected mark on top.

    All of them are fitted together, so that completing one does not move the others.
    """
    cases = panels.reviewed(batch)
    given = {
        case.pk: [one for one in panels.live(case) if one.state == State.GIVEN] for case in cases
    }
    complete = [case for case in cases if given[case.pk] and not _open(case)]
    marks = {
        str(c.pk): {one.expert.code: float(one.total or 0) for one in given[c.pk]} for c in complete
    }
    means = {key: round(fmean(values.values()), 2) for key, values in marks.items()}
    merit = severity.corrected(marks)
    raw, fair = severity.ranks(means), severity.ranks(merit)
    opinions = {
        (one.application_id, one.submission): one.text
        for one in ReviewOpinion.objects.filter(application__in=cases)
    }
    lines = [
        _line(
            case,
            given[case.pk],
            rule_of(batch).spread,
            corrected=merit.get(str(case.pk)),
            rank=raw.get(str(case.pk)),
            corrected_rank=fair.get(str(case.pk)),
            opinion=opinions.get((case.pk, case.submissions), ""),
        )
        for case in cases
    ]
    return sorted(lines, key=lambda one: (one.corrected_rank is None, one.corrected_rank or 0))


def _open(case: Application) -> bool:
    waiting = any(one.state != State.GIVEN for one in panels.live(case))
    return waiting or bool(panels.seats_open(case))


def _line(
    case: Application,
    given: list[Assignment],
    bound: int,
    *,
    corrected: float | None,
    rank: int | None,
    corrected_rank: int | None,
    opinion: str,
) -> Line:
    totals = [one.total or 0 for one in given]
    middle = median(totals) if totals else 0
    live = panels.live(case)
    return Line(
        case=case,
        marks=tuple(
            Mark(
                one.expert.code,
                one.total or 0,
                one.kind == Assignment.Kind.SECOND,
                abs((one.total or 0) - middle) > bound / 2,
            )
            for one in sorted(given, key=lambda one: one.expert.code)
        ),
        waiting=sum(one.state != State.GIVEN for one in live),
        lacking=panels.seats_open(case),
        mean=round(fmean(totals), 2) if totals else None,
        spread=spread_of(totals),
        too_far=spread_of(totals) > bound,
        second_open=any(
            one.kind == Assignment.Kind.SECOND and one.state != State.GIVEN for one in live
        ),
        has_second=any(one.kind == Assignment.Kind.SECOND for one in live),
        corrected=corrected,
        rank=rank,
        corrected_rank=corrected_rank,
        opinion=opinion,
        done=case.step != StepKind.REVIEW,
    )


def open_points(application: Application, *, on: date) -> list[Problem]:
    """Why the review of a case cannot be completed now."""
    found = []
    if lacking := panels.seats_open(application):
        found.append(Problem("experts", f"评审专家还差 {lacking} 名，请在专家抽取页抽取"))
    waiting = [one for one in panels.live(application) if one.state != State.GIVEN]
    first = sum(one.kind != Assignment.Kind.SECOND for one in waiting)
    if first:
        found.append(Problem("marks", f"还有 {first} 位专家没有提交评分"))
    if len(waiting) > first:
        found.append(Problem("second", "评分差距超过规定，复评专家还没有提交评分"))
    written = ReviewOpinion.objects.filter(
        application=application, submission=application.submissions
    )
    if not written.exists():
        found.append(Problem("review_opinion", "请先在评审汇总页填写本件的评审意见"))
    return found
