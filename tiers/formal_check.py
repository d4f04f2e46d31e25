"""Formal check (形式审查): the questions of an edition, an office's answers to them for a case, and
what still stands in the way of passing it on.

The machine's finding is kept with the answer as it was when the officer gave it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, policy
from registry.access import business_date, may_change
from registry.audit import Verb
from registry.models import Authority, User
from registry.policy import StepKind
from tiers import chain, formal_findings
from tiers.eligibility import Problem
from tiers.formal_findings import Finding, Limits
from tiers.models import Application, FormalAnswer, Round

FOLDER = Path(__file__).parent / "data" / "formal_checks"
Answer = FormalAnswer.Answer
NOTE_LENGTH = 500


@dataclass(frozen=True)
class Question:
    """One question; ``machine`` names what looks for an answer first, "" where only people can.

    With ``exception`` a case may pass although the answer is no.
    """

    id: str
    group: str
    title: str
    machine: str = ""
    exception: bool = False


@dataclass(frozen=True)
class Edition:
    code: str
    limits: Limits
    questions: tuple[Question, ...]

    def question(self, id: str) -> Question | None:
        return next((one for one in self.questions if one.id == id), None)

    @property
    def by_people(self) -> tuple[Question, ...]:
        return tuple(one for one in self.questions if not one.machine)


@dataclass(frozen=True)
class Line:
    """One question of a case: what the machine finds now and what was answered."""

    question: Question
    finding: Finding | None
    answer: FormalAnswer | None

    @property
    def version(self) -> int:
        return self.answer.version if self.answer else 0

    @property
    def then(self) -> Finding | None:
        """What the machine found when it was answered, where it has something else to say now."""
        kept = self.answer.finding if self.answer else {}
        if not kept or self.finding is None or kept == self.finding.stored:
            return None
        return Finding(kept["passed"], kept["text"], tuple(map(tuple, kept["rows"])))


@dataclass(frozen=True)
class Sheet:
    """The questions of one case, in order."""

    case: Application
    lines: tuple[Line, ...]

    @property
    def groups(self) -> list[tuple[str, list[Line]]]:
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            found.setdefault(line.question.group, []).append(line)
        return list(found.items())

    @property
    def failed(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.finding and not line.finding.passed)

    @property
    def answered(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.answer is not None)

    @property
    def unanswered(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.answer is None)

    @property
    def refused(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.answer and line.answer.answer == Answer.NO)


@dataclass(frozen=True)
class Given:
    """An answer as it was sent; ``seen`` is the version of the answer that was on the screen."""

    answer: str
    note: str = ""
    seen: int | None = None


# --- questions ----------------------------------------


@cache
def edition(code: str) -> Edition:
    read = tomllib.loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))
    return Edition(
        code=code,
        limits=Limits(read["assessment_years"], read["figure_years"]),
        questions=tuple(Question(**one) for one in read["questions"]),
    )


def edition_for(batch: Round) -> Edition:
    """The questions that the rules of a round ask."""
    code = policy.get(batch.policy).formal_check
    if code is None:
        raise LookupError(f"the rules of round {batch.pk} have no formal check")
    return edition(code)


def office_of(application: Application) -> Authority | None:
    """Who checks the case; None where nobody does."""
    return chain.office_of(application, StepKind.CHECK)


def at_step(application: Application) -> bool:
    return application.step == StepKind.CHECK


def may_answer(application: Application, user: User) -> bool:
    """Whether the answers are in this officer's hands now."""
    mine = at_step(application) and chain.at_desk(application, user)
    return mine and may_change(user, "complete", application.tier)


def answers_of(cases: Sequence[Application]) -> dict[int, dict[str, FormalAnswer]]:
    """What was answered about each case since it was last handed in."""
    found: dict[int, dict[str, FormalAnswer]] = {case.pk: {} for case in cases}
    turns = {case.pk: case.submissions for case in cases}
    for row in FormalAnswer.objects.filter(application__in=cases):
        if row.submission == turns[row.application_id]:
            found[row.application_id][row.question] = row
    return found


def sheets(cases: Sequence[Application], *, reader: Authority, on: date) -> list[Sheet]:
    """The sheet of each case of one round, in a fixed number of queries."""
    if not cases:
        return []
    asked = edition_for(cases[0].round)
    found = formal_findings.of_cases(cases, asked.limits, reader=reader, on=on)
    given = answers_of(cases)
    return [
        Sheet(
            case,
            tuple(
                Line(one, found[case.pk].get(one.machine), given[case.pk].get(one.id))
                for one in asked.questions
            ),
        )
        for case in cases
    ]


def open_points(application: Application, *, on: date) -> list[Problem]:
    """Why the step cannot be completed: something unanswered, or a no that nothing excuses."""
    given = answers_of([application])[application.pk]
    asked = edition_for(application.round).questions
    missing = [one for one in asked if one.id not in given]
    found = []
    if missing:
        first = missing[0].title
        more = f"等 {len(missing)} 项" if len(missing) > 1 else ""
        found.append(Problem("formal_check", f"形式审查还没有答完：“{first}”{more}"))
    found += [
        Problem(
            "formal_check",
            f"形式审查“{one.title}”为不符合，不能通过，请退回补正或不予认定",
        )
        for one in asked
        if one.id in given and given[one.id].answer == Answer.NO and not one.exception
    ]
    return found


# --- acts ----------------------------------------


@transaction.atomic
def answer(application: Application, given: Mapping[str, Given], *, by: User, at: datetime) -> int:
    """Answer questions of a case at its step; what is not given stays. Returns how many changed.

    Raises ValidationError with one sentence a question, by its id, and keeps nothing then.
    """
    application = _own(application, by)
    office = office_of(application)
    if office is None:
        raise RuntimeError(f"application {application.pk} has no office for its formal check")
    sheet = sheets([application], reader=office, on=business_date(at))[0]
    lines = {line.question.id: line for line in sheet.lines}
    if unknown := set(given) - set(lines):
        raise ValidationError(f"没有这个问题：{sorted(unknown)[0]}")
    changed = {id: one for id, one in given.items() if _differs(lines[id], one)}
    faults = {id: text for id, one in changed.items() if (text := _fault(lines[id], one))}
    if faults:
        raise ValidationError(faults)
    _write([_row(application, lines[id], one, office, by, at) for id, one in changed.items()])
    if changed:
        audit.record(
            Verb.FORMAL_CHECK_ANSWER,
            application,
            by=by,
            at=at,
            path=office.path,
            submission=application.submissions,
            answers={id: one.answer for id, one in changed.items()},
        )
    return len(changed)


def _own(application: Application, by: User) -> Application:
    found: Application | None = (
        Application.objects.visible_to(by)
        .select_for_update(of=("self",))
        .for_page()
        .filter(pk=application.pk)
        .first()
    )
    if found is None or not may_answer(found, by):
        raise PermissionDenied("这件申报不在形式审查环节，或不由本账号办理")
    return found


def _differs(line: Line, given: Given) -> bool:
    if line.answer is None:
        return True
    return (line.answer.answer, line.answer.note) != (given.answer, given.note.strip())


def _fault(line: Line, given: Given) -> str:
    title, note = line.question.title, given.note.strip()
    if given.seen is not None and given.seen != line.version:
        return f"“{title}”刚刚有人改过，请看过现在的回答再改"
    if given.answer not in Answer:
        return f"“{title}”请选择符合、不符合或不适用"
    if len(note) > NOTE_LENGTH:
        return f"“{title}”的说明不超过 {NOTE_LENGTH} 个字"
    if given.answer == Answer.NO and not note:
        return f"“{title}”为不符合，请写明情况"
    if given.answer == Answer.NONE and not note:
        return f"“{title}”不适用，请写明原因"
    if given.answer == Answer.YES and line.finding and not line.finding.passed and not note:
        return f"“{title}”机检未通过，回答符合的请写明核实情况"
    return ""


def _row(
    application: Application, line: Line, given: Given, office: Authority, by: User, at: datetime
) -> FormalAnswer:
    return FormalAnswer(
        application=application,
        submission=application.submissions,
        question=line.question.id,
        authority=office,
        edition=edition_for(application.round).code,
        answer=given.answer,
        note=given.note.strip(),
        finding=line.finding.stored if line.finding else {},
        by=by,
        by_name=str(by),
        at=at,
        version=line.version + 1,
    )


def _write(rows: Sequence[FormalAnswer]) -> None:
    """New answers, or over those that stood, in one statement."""
    FormalAnswer.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["application", "submission", "question"],
        update_fields=["edition", "answer", "note", "finding", "by", "by_name", "at", "version"],
    )
