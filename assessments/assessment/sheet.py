"""The contents of an assessment to read: every answer in words, with its files and its judgement.

One read model for the officer's case page, the firm's check page and the print; it is assembled in
three queries however much was answered, if the authority of its factory was fetched with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from assessments import scoring, standard
from assessments.assessment.outcome import gate_overrides
from assessments.models import Answer, Assessment, Evidence, ScenarioInstance
from assessments.standard import Kpi, Standard
from registry.policy import Tier


@dataclass(frozen=True)
class Contents:
    """What the firm has put in, read once: answers by item, scenario instances, files by item."""

    answers: Mapping[str, Any]
    instances: tuple[ScenarioInstance, ...]
    files: Mapping[str, tuple[Evidence, ...]]

    @property
    def scored(self) -> list[scoring.Instance]:
        return [
            scoring.Instance(scenario_no=i.scenario_no, name=i.name, uses_ai=i.uses_ai)
            for i in self.instances
        ]


@dataclass(frozen=True)
class Row:
    """One requirement with the firm's answer.

    ``state`` is "met", "unmet", "todo" (not answered), "problem" (a proof is missing) or "" where
    there is nothing to judge; ``label`` says it in words; ``details`` are (name, text) pairs.
    ``cells`` are the answer's figures under the ``columns`` of its part, where it has any.
    """

    item: str
    title: str
    clause: str = ""
    proof: str = ""
    state: str = ""
    label: str = ""
    tier: Tier | None = None
    details: tuple[tuple[str, str], ...] = ()
    cells: tuple[str, ...] = ()
    files: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Part:
    """A section: its state for the tier looked at, and its rows; for maturity its levels too.

    Sections of figures have ``columns``: their rows with cells make one table. A section that the
    tier looked at asks nothing of, and that is blank, is not ``asked``.
    """

    id: str
    title: str
    state: str
    label: str
    rows: tuple[Row, ...]
    levels: tuple[scoring.LevelScore, ...] = ()
    cuts: tuple[scoring.Cut, ...] = ()
    columns: tuple[str, ...] = ()
    asked: bool = True

    @property
    def figures(self) -> list[Row]:
        """The rows of the table."""
        return [row for row in self.rows if row.cells]

    @property
    def statements(self) -> list[Row]:
        """The rows that stand by themselves."""
        return [row for row in self.rows if not row.cells]


@dataclass(frozen=True)
class Sheet:
    """Everything of one assessment, seen by somebody who asks about ``target``."""

    assessment: Assessment
    standard: Standard
    target: Tier
    contents: Contents
    result: scoring.Result
    parts: tuple[Part, ...]


def contents(assessment: Assessment) -> Contents:
    """Answers, instances and files of an assessment, in three queries."""
    return contents_of([assessment])[assessment.pk]


def contents_of(assessments: Iterable[Assessment]) -> dict[int, Contents]:
    """The same of several by their numbers, in three queries for all of them."""
    keys = {one.pk for one in assessments}
    answers: dict[int, dict[str, Any]] = {key: {} for key in keys}
    rows = Answer.objects.filter(assessment__in=keys).order_by("item")
    for key, item, value in rows.values_list("assessment", "item", "value"):
        answers[key][item] = value
    instances: dict[int, list[ScenarioInstance]] = {key: [] for key in keys}
    for instance in ScenarioInstance.objects.filter(assessment__in=keys).order_by(
        "scenario_no", "pk"
    ):
        instances[instance.assessment_id].append(instance)
    files: dict[int, dict[str, tuple[Evidence, ...]]] = {key: {} for key in keys}
    for one in Evidence.objects.filter(assessment__in=keys).live().order_by("pk"):
        held = files[one.assessment_id]
        held[one.item] = (*held.get(one.item, ()), one)
    return {key: Contents(answers[key], tuple(instances[key]), files[key]) for key in keys}


def sheet(
    assessment: Assessment, target: Tier | None = None, *, held: Contents | None = None
) -> Sheet:
    """The read model. ``target`` is the tier applied for, or else the next one above the reached.

    Conditions of higher tiers are left out unless they were answered. ``held`` saves reading again.
    """
    edition = standard.get(assessment.standard)
    held = held or contents(assessment)
    outcome = scoring.score(
        edition, held.answers, held.scored, held.files.keys(), gate_overrides(assessment)
    )
    aim = target or outcome.next_tier or Tier.LEADING
    return Sheet(
        assessment=assessment,
        standard=edition,
        target=aim,
        contents=held,
        result=outcome,
        parts=tuple(_part(edition, one, held, outcome, aim) for one in scoring.sections(edition)),
    )


def _part(
    edition: Standard, one: scoring.Section, held: Contents, outcome: scoring.Result, aim: Tier
) -> Part:
    state = scoring.section_state(edition, one.id, held.answers, held.scored, held.files, aim)
    make: Callable[..., list[Row]] = _ROWS.get(one.id, _conditions)
    rows = make(edition, held, outcome, one, aim)
    label = scoring.STATES[state]
    asked = bool(rows) or state != "empty" or one.id != edition.results.id
    if not asked:
        label = f"{aim.label}没有要求"
    if one.id != "maturity":
        columns = _COLUMNS.get(one.id, ())
        return Part(one.id, one.title, state, label, tuple(rows), columns=columns, asked=asked)
    judged = outcome.maturity
    return Part(one.id, one.title, state, label, tuple(rows), judged.levels, judged.cuts)


_BASIC = {"yes": ("met", "是"), "no": ("unmet", "否"), "unanswered": ("todo", "未填写")}
_CONDITION = {"met": "met", "unmet": "unmet", "unanswered": "todo", "no_evidence": "problem"}


def _basics(
    edition: Standard, held: Contents, outcome: scoring.Result, one: scoring.Section, aim: Tier
) -> list[Row]:
    return [
        Row(
            item=r.basic.id,
            title=r.basic.text,
            proof=r.basic.proof,
            state=_BASIC[r.status][0],
            label=_BASIC[r.status][1],
            files=held.files.get(r.basic.id, ()),
        )
        for r in outcome.basics
    ]


def _conditions(
    edition: Standard, held: Contents, outcome: scoring.Result, one: scoring.Section, aim: Tier
) -> list[Row]:
    rows = [
        Row(
            item=r.condition.id,
            title=r.condition.text,
            clause=r.condition.clause,
            proof=r.condition.proof,
            state=_CONDITION[r.status],
            label=r.label,
            tier=r.condition.tier,
            details=(("情况说明", r.how),) if r.how else (),
            files=held.files.get(r.condition.id, ()),
        )
        for r in outcome.conditions
        if r.condition.dimension == one.id
        and (r.condition.tier.rank <= aim.rank or r.status != "unanswered")
    ]
    return rows + _exceptions(held, one, aim)


def _exceptions(held: Contents, one: scoring.Section, aim: Tier) -> list[Row]:
    rows = []
    for item in one.items:
        head, _, tier = item.partition(".")
        if head != "exception":
            continue
        reason = held.answers.get(item)
        if reason or Tier(tier) == aim:
            title = f"{Tier(tier).label}未全部覆盖各环节的理由"
            rows.append(Row(item, title, details=(("理由", reason or "未填写"),)))
    return rows


def _scenarios(
    edition: Standard, held: Contents, outcome: scoring.Result, one: scoring.Section, aim: Tier
) -> list[Row]:
    return [
        Row(
            item=f"scenario.{i.scenario_no}",
            title=i.name,
            clause=(
                f"{edition.scenario(i.scenario_no).stage} — {edition.scenario(i.scenario_no).label}"
            ),
            label=_ai(i) if edition.asks_ai else "",
            details=_given(
                ("解决的问题", i.problem),
                ("做法", i.solution),
                ("智能制造装备", i.equipment),
                ("工业软件", i.software),
                ("供应商", i.suppliers),
                ("成效", i.effect),
            ),
            files=held.files.get(f"scenario.{i.scenario_no}", ()),
        )
        for i in held.instances
    ]


def _ai(instance: ScenarioInstance) -> str:
    return "应用人工智能" if instance.uses_ai else "未应用人工智能"


def _maturity(
    edition: Standard, held: Contents, outcome: scoring.Result, one: scoring.Section, aim: Tier
) -> list[Row]:
    judged = outcome.maturity
    reached = f"{judged.level_name}（{judged.level}级），{judged.score}分"
    rows = [
        Row(
            item="maturity.source",
            title="能力成熟度",
            state="" if judged.source else "todo",
            label=reached if judged.source else "未填写",
            details=_given(("结果来源", judged.source_label), ("行业类型", judged.kind_label)),
            files=held.files.get("maturity.own", ()),
        )
    ]
    given = held.answers.get("platform.result")
    if isinstance(given, Mapping) and not scoring.is_blank(given):
        rows.append(
            Row(
                item="platform.result",
                title="国家平台评估结果",
                details=_given(
                    ("评估等级", given.get("level")),
                    ("评估得分", given.get("score")),
                    ("评估日期", given.get("date")),
                    ("报告编号", given.get("report_no")),
                ),
                files=held.files.get("platform.result", ()),
            )
        )
    return rows


def _kpis(
    edition: Standard, held: Contents, outcome: scoring.Result, one: scoring.Section, aim: Tier
) -> list[Row]:
    items = {kpi: f"kpi.{kpi.id}" for kpi in edition.kpis}
    blank = [
        kpi
        for kpi, item in items.items()
        if scoring.is_blank(held.answers.get(item)) and item not in held.files
    ]
    rows = [
        _kpi(kpi, held.answers.get(item), held.files.get(item, ()))
        for kpi, item in items.items()
        if kpi not in blank
    ]
    if blank:
        names = "、".join(kpi.name for kpi in blank)
        rows.append(
            Row(
                items[blank[0]],
                "没有填写的指标",
                state="todo",
                label=f"{len(blank)} 个未填写",
                details=(("指标", names),),
            )
        )
    return rows


def _kpi(kpi: Kpi, value: Any, files: tuple[Evidence, ...]) -> Row:
    item = f"kpi.{kpi.id}"
    if scoring.is_blank(value) or not isinstance(value, Mapping):
        return Row(item, kpi.name, kpi.category, state="todo", label="未填写", files=files)
    if value.get("na"):
        none = ("", "不适用", "", "")
        return Row(item, kpi.name, kpi.category, cells=none, files=files)
    unit = value.get("unit") or ("" if kpi.change else kpi.unit)
    change = scoring.kpi_change(kpi, value)
    return Row(
        item,
        kpi.name,
        kpi.category,
        cells=(
            _with_unit(value.get("before"), unit),
            _with_unit(value.get("after"), unit),
            "" if change is None else f"{change.normalize():f}%",
            str(value.get("period") or ""),
        ),
        files=files,
    )


def _with_unit(number: Any, unit: str) -> str:
    return "" if scoring.is_blank(number) else f"{number} {unit}".strip()


def _performance(
    edition: Standard, held: Contents, outcome: scoring.Result, one: scoring.Section, aim: Tier
) -> list[Row]:
    rows = []
    for item in one.items:
        value = held.answers.get(item)
        if scoring.is_blank(value) or not isinstance(value, Mapping):
            continue
        rows.append(
            Row(
                item,
                str(value.get("indicator") or "未填写指标名称"),
                cells=tuple(
                    str(value.get(name) or "") for name in ("own", "reference", "year", "source")
                ),
                files=held.files.get(item, ()),
            )
        )
    return rows


def _given(*pairs: tuple[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(text)) for name, text in pairs if text not in (None, ""))


_COLUMNS = {
    "kpi": ("建设前", "建设后", "指标值", "统计期间"),
    "performance": ("本企业", "同行业参考", "年度", "参考数值来源"),
}
_ROWS: dict[str, Callable[..., list[Row]]] = {
    "basics": _basics,
    "scenarios": _scenarios,
    "maturity": _maturity,
    "kpi": _kpis,
    "performance": _performance,
}
