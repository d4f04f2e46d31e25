"""The form in sections, and how far each has come."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assessments.scoring.maturity import answer_id, assess, platform_result
from assessments.scoring.results import Instance
from assessments.scoring.shapes import field_errors, is_blank, to_number
from assessments.scoring.tiers import performance
from assessments.standard import PERFORMANCE_ROWS, Kpi, Standard
from registry.policy import Tier

STATES = {"empty": "未开始", "partial": "填写中", "done": "已完成", "problem": "有问题"}


@dataclass(frozen=True)
class Section:
    """``items`` are all answer ids of the section, of every tier, in the order of the form."""

    id: str
    title: str
    items: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.id


def sections(standard: Standard) -> tuple[Section, ...]:
    """The sections in the order of the form; conditions are grouped by dimension."""
    model = standard.maturity
    maturity = [
        "maturity.source",
        "maturity.kind",
        "platform.result",
        *(f"cmmm.na.{subdomain.id}" for subdomain in model.subdomains),
        *(answer_id(level, sub) for level in model.levels for sub in model.subdomains),
    ]
    last = len(standard.dimensions)
    groups = [*standard.dimensions, standard.results]
    dimensions = [
        Section(d.id, d.name, tuple(c.id for c in standard.conditions if c.dimension == d.id))
        for d in groups
    ]
    exceptions = tuple(
        f"exception.{tier}" for tier in standard.gates if tier in standard.exception_tiers
    )
    dimensions[last] = Section(
        groups[last].id, groups[last].name, dimensions[last].items + exceptions
    )
    return (
        Section("basics", "基本要求", tuple(basic.id for basic in standard.basics)),
        *dimensions,
        Section("scenarios", "场景建设", ()),
        Section("maturity", "能力成熟度", tuple(maturity)),
        Section("kpi", "建设成效", tuple(f"kpi.{kpi.id}" for kpi in standard.kpis)),
        Section("performance", "同行业比较", tuple(f"perf.{row}" for row in PERFORMANCE_ROWS)),
    )


def section(standard: Standard, section_id: str) -> Section:
    try:
        return next(s for s in sections(standard) if s.id == section_id)
    except StopIteration:
        raise LookupError(f"{standard.code} has no section {section_id!r}") from None


def section_state(
    standard: Standard,
    section_id: str,
    answers: Mapping[str, Any],
    instances: Sequence[Instance] = (),
    evidenced: Collection[str] = (),
    target: Tier = Tier.BASIC,
) -> str:
    """ "empty", "partial", "done" or "problem", as seen by a factory that aims at ``target``.

    "problem": a badly shaped answer, or everything is answered and a required proof is missing.
    """
    items = section(standard, section_id).items
    given = [item for item in items if not is_blank(answers.get(item))]
    if section_id == "scenarios":
        return "done" if instances else "empty"
    if not given:
        return "empty"
    if any(field_errors(standard, item, answers[item]) for item in given):
        return "problem"
    if section_id == "maturity":
        return _maturity_state(standard, answers, evidenced, target)
    if section_id == "performance":
        return "done" if performance(standard, answers) else "partial"
    if section_id == "kpi":
        return _all(_kpi_done(kpi, answers.get(f"kpi.{kpi.id}")) for kpi in standard.kpis)
    if section_id == "basics":
        return "done" if len(given) == len(items) else "partial"
    return _conditions_state(standard, section_id, answers, evidenced, target)


def _all(parts: Any) -> str:
    return "done" if all(parts) else "partial"


def _conditions_state(
    standard: Standard,
    dimension: str,
    answers: Mapping[str, Any],
    evidenced: Collection[str],
    target: Tier,
) -> str:
    wanted = [c.id for c in standard.conditions_for(dimension, target)]
    met = {id: (answers.get(id) or {}).get("met") for id in wanted}
    if any(is_blank(value) for value in met.values()):
        return "partial"
    bare = any(value == "yes" and id not in evidenced for id, value in met.items())
    return "problem" if bare else "done"


def _maturity_state(
    standard: Standard, answers: Mapping[str, Any], evidenced: Collection[str], target: Tier
) -> str:
    if platform_result(standard, answers) is not None:
        return "done" if "platform.result" in evidenced else "problem"
    if answers.get("maturity.source") == "platform":
        return "partial"
    for level in assess(standard, answers).levels:
        if level.answered < level.total:
            return "partial"
        if not level.met or level.level.no >= standard.gates[target].maturity_level:
            return "done"
    return "partial"


def _kpi_done(kpi: Kpi, value: Any) -> bool:
    if is_blank(value):
        return False
    needed = ("before", "after", "period") if kpi.change else ("after", "period")
    return bool(value.get("na")) or not any(is_blank(value.get(key)) for key in needed)


def kpi_change(kpi: Kpi, value: Mapping[str, Any]) -> Any:
    """The change in per cent that the indicator names, None where it cannot be said."""
    before, after = to_number(value.get("before")), to_number(value.get("after"))
    if not kpi.change or before is None or after is None or not before:
        return None
    difference = after - before if kpi.better == "up" else before - after
    return round(difference / abs(before) * 100, 2)
