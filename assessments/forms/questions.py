"""A section of the form, from the standard, the stored answers and what was just sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from assessments import scoring
from assessments.assessment import ACCEPTED, FILE_LIMIT, Conflict, Contents, Saved
from assessments.forms import fields
from assessments.forms.fields import Posted
from assessments.models import Answer, Assessment, Evidence, ScenarioInstance
from assessments.standard import (
    KINDS,
    PERFORMANCE_ROWS,
    SOURCES,
    Level,
    Scenario,
    Standard,
    Subdomain,
)
from registry.access import SHANGHAI
from registry.policy import Tier

UPLOAD_RULE = "PDF、Word、Excel、JPG 或 PNG，每个不超过 20 MB，全部材料不超过 200 MB"
UPLOAD_ACCEPT = ",".join(f".{ending}" for ending in (*ACCEPTED, "jpeg"))


@dataclass(frozen=True)
class FileLine:
    """A file as the evidence component prints it, with what can be done to it."""

    name: str
    size: int
    at: str
    url: str
    preview_url: str
    versions_url: str
    remove_url: str


def file_line(one: Evidence) -> FileLine:
    def address(name: str) -> str:
        return reverse(f"assessments:{name}", args=[one.pk])

    return FileLine(
        name=one.name,
        size=one.size,
        at=one.added_at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
        url=address("evidence"),
        preview_url=address("evidence_preview") if one.previewable else "",
        versions_url=address("evidence_versions"),
        remove_url=address("evidence_remove"),
    )


@dataclass(frozen=True)
class Question:
    """One item as the page prints it: its fields, version, problems and files."""

    item: str
    kind: str
    subject: Any
    fields: Mapping[str, str]
    version: int
    fingerprint: str
    errors: tuple[str, ...] = ()
    conflict: Conflict | None = None
    files: tuple[FileLine, ...] = ()
    takes_files: bool = False
    upload_errors: tuple[str, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    note: str = ""

    @property
    def template(self) -> str:
        return f"assessments/questions/_{self.kind}.html"

    @property
    def bad(self) -> bool:
        return bool(self.errors or self.conflict or self.upload_errors)

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences for the summary at the top of the page."""
        two = ("这一项有人同时改过，请核对两种内容",) if self.conflict else ()
        return (*self.errors, *self.upload_errors, *two)

    @property
    def hidden(self) -> tuple[tuple[str, str], ...]:
        """What the upload form sends with a file."""
        return (("item", self.item),)

    @property
    def yours(self) -> str:
        return fields.in_words(self.conflict.yours) if self.conflict else ""

    @property
    def theirs(self) -> str:
        return fields.in_words(self.conflict.theirs) if self.conflict else ""


@dataclass(frozen=True)
class Group:
    """Questions under one heading, which may be a tier; folded ones start closed."""

    heading: str
    questions: tuple[Question, ...]
    tier: Tier | None = None
    folded: bool = False
    note: str = ""


@dataclass(frozen=True)
class LevelTable:
    """One maturity level: a question per subdomain, ``cut`` ones print their reason instead."""

    level: Level
    score: scoring.LevelScore | None
    rows: tuple[tuple[Subdomain, Question | None], ...]
    folded: bool


@dataclass(frozen=True)
class Stored:
    """What the page starts from: answers with their versions, and what came with this request."""

    answers: Mapping[str, Answer]
    contents: Contents
    posted: Posted | None = None
    saved: Saved | None = None
    upload_errors: Mapping[str, list[str]] = field(default_factory=dict)

    def question(
        self, edition: Standard, item: str, kind: str, subject: Any, **more: Any
    ) -> Question:
        answer = self.answers.get(item)
        parts = fields.parts_of(item, edition.condition_ids)
        shown = fields.shown(answer.value if answer else None, parts)
        errors = tuple(self.saved.errors.get(item, ())) if self.saved else ()
        conflict = next((c for c in self.conflicts if c.item == item), None)
        texts = shown
        if self.posted and (errors or conflict):
            texts = {**shown, **self.posted.fields.get(item, {})}
        return Question(
            item=item,
            kind=kind,
            subject=subject,
            fields=texts,
            version=answer.version if answer else 0,
            fingerprint=fields.fingerprint(shown),
            errors=errors,
            conflict=conflict,
            files=tuple(map(file_line, self.contents.files.get(item, ()))),
            takes_files=item in edition.evidence_items,
            upload_errors=tuple(self.upload_errors.get(item, ())),
            **more,
        )

    @property
    def conflicts(self) -> Sequence[Conflict]:
        return self.saved.conflicts if self.saved else ()


def stored(assessment: Assessment, contents: Contents, **more: Any) -> Stored:
    return Stored({a.item: a for a in assessment.answers.all()}, contents, **more)


def groups(edition: Standard, section: str, held: Stored, target: Tier) -> tuple[Group, ...]:
    """The questions of any section but scenarios and maturity."""
    if section == "basics":
        made = tuple(held.question(edition, b.id, "basic", b) for b in edition.basics)
        return (Group("各级相同的基本要求", made),)
    if section == "kpi":
        return tuple(_kpis(edition, held))
    if section == "performance":
        rows = tuple(
            held.question(edition, f"perf.{row}", "perf", row, note="" if row == 1 else "选填")
            for row in PERFORMANCE_ROWS
        )
        return (Group("主要技术经济指标", rows),)
    return tuple(_conditions(edition, section, held, target))


def _kpis(edition: Standard, held: Stored) -> Iterator[Group]:
    for category in dict.fromkeys(kpi.category for kpi in edition.kpis):
        yield Group(
            category,
            tuple(
                held.question(
                    edition, f"kpi.{kpi.id}", "kpi", kpi, note=_change(kpi, held.contents.answers)
                )
                for kpi in edition.kpis
                if kpi.category == category
            ),
        )


def _change(kpi: Any, answers: Mapping[str, Any]) -> str:
    value = answers.get(f"kpi.{kpi.id}")
    change = scoring.kpi_change(kpi, value) if isinstance(value, Mapping) else None
    return "" if change is None else f"{kpi.name}：{change.normalize():f}%"


def _conditions(edition: Standard, section: str, held: Stored, target: Tier) -> Iterator[Group]:
    for tier in edition.gates:
        made = tuple(
            held.question(edition, c.id, "condition", c)
            for c in edition.conditions
            if c.dimension == section and c.tier == tier
        )
        if made:
            yield Group(tier.label, made, tier, folded=tier.rank > target.rank and not _wrong(made))
    reasons = tuple(
        held.question(edition, f"exception.{tier}", "reason", tier)
        for tier in edition.gates
        if section == edition.results.id and tier in edition.exception_tiers
    )
    if reasons:
        yield Group(
            "未全部覆盖各环节的理由",
            reasons,
            folded=all(q.subject.rank > target.rank for q in reasons),
        )


def _wrong(made: Sequence[Question]) -> bool:
    return any(question.bad for question in made)


@dataclass(frozen=True)
class MaturityForm:
    """The maturity section: where the result comes from, and the tables to fill so far."""

    source: Question
    kind: Question
    platform: Question
    proof: Question
    cuts: tuple[Question, ...]
    levels: tuple[LevelTable, ...]

    @property
    def questions(self) -> Iterator[Question]:
        yield from (self.source, self.kind, self.platform)
        yield from self.cuts
        for table in self.levels:
            yield from (question for _, question in table.rows if question)


def maturity_form(edition: Standard, held: Stored) -> MaturityForm:
    judged = scoring.assess(edition, held.contents.answers)
    model = edition.maturity
    kind = held.contents.answers.get("maturity.kind", "")
    applicable = model.applicable(kind) if kind in KINDS else ()
    own = held.contents.answers.get("maturity.source") != "platform"
    return MaturityForm(
        source=held.question(
            edition, "maturity.source", "radio", "结果来源", choices=tuple(SOURCES.items())
        ),
        kind=held.question(
            edition, "maturity.kind", "radio", "行业类型", choices=tuple(KINDS.items())
        ),
        platform=held.question(edition, "platform.result", "platform", model),
        proof=held.question(edition, "maturity.own", "files", "自评依据"),
        cuts=tuple(held.question(edition, f"cmmm.na.{s.id}", "cut", s) for s in applicable),
        levels=tuple(_levels(edition, held, judged, applicable)) if own else (),
    )


def _levels(
    edition: Standard, held: Stored, judged: scoring.Maturity, applicable: Sequence[Subdomain]
) -> Iterator[LevelTable]:
    """From the first level to the one after the first unmet one: a higher one cannot count."""
    cut = {one.subdomain.id for one in judged.cuts}
    choices = tuple((str(c.value), c.label) for c in edition.maturity.choices)
    beyond = 0
    for score in judged.levels:
        rows = tuple(
            (
                s,
                None
                if s.id in cut
                else held.question(
                    edition, scoring.answer_id(score.level, s), "choice", s, choices=choices
                ),
            )
            for s in applicable
        )
        yield LevelTable(score.level, score, rows, folded=score.met)
        beyond += not score.met
        if beyond == 2:
            return


@dataclass(frozen=True)
class ScenarioGroup:
    """A scenario that has instances, with the files that document it."""

    scenario: Scenario
    instances: tuple[ScenarioInstance, ...]
    files: Question


def scenario_groups(edition: Standard, held: Stored) -> tuple[ScenarioGroup, ...]:
    used = dict.fromkeys(i.scenario_no for i in held.contents.instances)
    return tuple(
        ScenarioGroup(
            edition.scenario(no),
            tuple(i for i in held.contents.instances if i.scenario_no == no),
            held.question(edition, f"scenario.{no}", "files", edition.scenario(no)),
        )
        for no in used
    )


def upload_limits() -> dict[str, Any]:
    """What the page says of files before they are chosen."""
    return {"rule": UPLOAD_RULE, "accept": UPLOAD_ACCEPT, "max_bytes": FILE_LIMIT}
