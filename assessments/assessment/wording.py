"""What the items of an assessment are called, and what was answered to them, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from assessments import scoring
from assessments.standard import KINDS, PERFORMANCE_ROWS, SOURCES, Standard
from registry.policy import Tier

PART_LABELS = {
    "met": "满足",
    "how": "情况说明",
    "level": "评估等级",
    "score": "评估得分",
    "date": "评估日期",
    "report_no": "评估报告编号",
    "before": "建设前",
    "after": "建设后",
    "unit": "单位",
    "period": "统计期间",
    "na": "不适用",
    "indicator": "指标名称",
    "own": "本企业数值",
    "reference": "同行业参考数值",
    "year": "年度",
    "source": "参考数值来源",
}
_YES_NO = {"yes": "是", "no": "否", True: "是"}
_MET = {"yes": "满足", "no": "不满足"}


@lru_cache(maxsize=8)
def titles(edition: Standard) -> Mapping[str, str]:
    """Every item that can be answered or proved, by id, in the order of the form."""
    return dict(_titles(edition))


def _titles(edition: Standard) -> Iterator[tuple[str, str]]:
    model = edition.maturity
    yield from ((basic.id, basic.text) for basic in edition.basics)
    yield from ((condition.id, condition.text) for condition in edition.conditions)
    yield from (
        (f"exception.{tier}", f"{Tier(tier).label}未全部覆盖各环节的理由")
        for tier in edition.exception_tiers
    )
    yield from ((f"scenario.{one.no}", one.label) for one in edition.scenarios)
    yield from (
        ("maturity.source", "成熟度结果来源"),
        ("maturity.kind", "行业类型"),
        ("maturity.own", "成熟度自评依据"),
        ("platform.result", "国家平台评估结果"),
    )
    yield from ((f"cmmm.na.{one.id}", f"不适用的子域：{one.name}") for one in model.subdomains)
    for level in model.levels:
        for one in model.subdomains:
            yield scoring.answer_id(level, one), f"成熟度{level.no}级·{one.name}"
    yield from ((f"kpi.{kpi.id}", kpi.name) for kpi in edition.kpis)
    yield from ((f"perf.{row}", f"同行业比较指标 {row}") for row in PERFORMANCE_ROWS)


@lru_cache(maxsize=8)
def _sections(edition: Standard) -> Mapping[str, scoring.Section]:
    return {item: one for one in scoring.sections(edition) for item in one.items}


def section_with(edition: Standard, item: str) -> scoring.Section:
    """The section whose page shows an item, its answer or its files."""
    if found := _sections(edition).get(item):
        return found
    return scoring.section(edition, "scenarios" if item.startswith("scenario.") else "maturity")


def in_words(edition: Standard, item: str, value: Any) -> str:
    """A stored answer as one text; nothing answered is an empty one."""
    if scoring.is_blank(value):
        return ""
    if isinstance(value, Mapping):
        return "\n".join(_parts(edition, item, value))
    match item.split("."):
        case ["maturity", "source"]:
            return str(SOURCES.get(value, value))
        case ["maturity", "kind"]:
            return str(KINDS.get(value, value))
        case ["cmmm", level, _] if level != "na":
            labels = {str(choice.value): choice.label for choice in edition.maturity.choices}
            return str(labels.get(str(value), value))
    return str(_YES_NO.get(value, value))


def _parts(edition: Standard, item: str, value: Mapping[str, Any]) -> Iterator[str]:
    if value.get("na"):
        yield "不适用"
        return
    # The database may keep the parts in another order; whether it is met comes first.
    for part, given in sorted(value.items(), key=lambda pair: (pair[0] != "met", pair[0])):
        if scoring.is_blank(given) or given is False:
            continue
        if part == "met":
            yield _MET.get(given, str(given))
        else:
            yield f"{PART_LABELS.get(part, part)}：{given}"
