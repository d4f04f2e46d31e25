"""What is missing in a report, and what in it asks for a word of explanation.

A figure that looks wrong is never refused: the firm mends it or says why it is right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q

from reports.annual import content as contents
from reports.annual.content import CHANGES, FIGURES, JUMP, TEXTS, WORSE, Line, lines, number
from reports.models import AnnualReport
from tiers.models import FirmChange

#: What must be said; energy and profit are not everybody's to know.
ASKED = ("revenue", "staff", "investment")
KINDS_OF = {
    "rename": (FirmChange.Kind.RENAME, FirmChange.Kind.FACTORY_RENAME),
    "move": (FirmChange.Kind.MOVE,),
    "halt": (FirmChange.Kind.HALT,),
}


@dataclass(frozen=True)
class Doubt:
    """Something to mend or to explain; ``code`` names the explanation."""

    code: str
    part: str
    text: str


def gaps(report: AnnualReport, content: Mapping[str, Any]) -> dict[str, str]:
    """What keeps a report from being sent in, by the name of its field."""
    found = {}
    figures = content.get("figures", {})
    for name in ASKED:
        if number(figures.get(name)) is None:
            found[name] = f"请填写{FIGURES[name][0]}，没有的填 0"
    for kpi in contents.kpis_of(report):
        given = content.get("kpis", {}).get(kpi.id, {})
        if not given.get("na") and number(given.get("value")) is None:
            found[f"kpi-{kpi.id}"] = f"请填写“{kpi.name}”，不适用的勾选“不适用”"
    for name, label in TEXTS.items():
        if not content.get("texts", {}).get(name, "").strip():
            found[name] = f"请填写{label}，没有的写“无”"
    found |= _change_gaps(report, content)
    for place, one in enumerate(content.get("scenarios", [])):
        if not one.get("no") or not one.get("name", "").strip():
            found[f"scenario-{place}"] = f"新增场景第 {place + 1} 项：请选择典型场景并填写名称"
    return found


def _change_gaps(report: AnnualReport, content: Mapping[str, Any]) -> dict[str, str]:
    found = {}
    for kind, label in CHANGES.items():
        said = content.get("changes", {}).get(kind, {})
        if said.get("happened") not in ("yes", "no"):
            found[f"{kind}-happened"] = f"请选择当年有没有{label}"
        elif said["happened"] == "yes":
            if not said.get("on"):
                found[f"{kind}-on"] = f"请填写{label}的日期"
            elif date.fromisoformat(said["on"]).year != report.year:
                found[f"{kind}-on"] = f"日期应在{report.year}年内"
            if not said.get("text", "").strip():
                found[f"{kind}-text"] = f"请写明{label}的情况"
    return found


def doubts(
    report: AnnualReport, content: Mapping[str, Any], known: Mapping[str, Any]
) -> list[Doubt]:
    """What looks wrong beside last time, beside the rest of the report, or beside the register."""
    found = lines(contents.kpis_of(report), content, known)
    return [
        *_of_kpis(found),
        *_of_figures(content, known),
        *_of_changes(report, content),
    ]


def unexplained(found: list[Doubt], content: Mapping[str, Any]) -> list[Doubt]:
    why = content.get("why", {})
    return [doubt for doubt in found if not why.get(doubt.code, "").strip()]


def _of_kpis(found: list[Line]) -> Iterator[Doubt]:
    compared = [line for line in found if line.change is not None]
    if len(compared) > 1 and all(line.same for line in compared):
        yield Doubt("kpi.same", "kpis", "所有指标都与上次相同，请核对是否已更新为本年度的数值")
    for line in found:
        name, value = line.kpi.name, number(line.value)
        if line.na or value is None:
            continue
        if line.in_points and not 0 <= value <= 100:
            yield Doubt(
                f"kpi.{line.kpi.id}.range", "kpis", f"“{name}”是 {line.value}%，不在 0 到 100 之间"
            )
        if line.before and line.kpi.change and line.before.unit != line.unit:
            text = f"“{name}”的单位与上次（{line.before.unit or '未填'}）不同，两年不能比较"
            yield Doubt(f"kpi.{line.kpi.id}.unit", "kpis", text)
        if line.change is not None and _stands_out(line):
            text = f"“{name}”比上次（{line.before.value if line.before else ''}）{line.said}"
            yield Doubt(f"kpi.{line.kpi.id}", "kpis", text)


def _stands_out(line: Line) -> bool:
    change = abs(line.change or Decimal(0))
    return change >= JUMP or (line.better is False and change >= WORSE)


def _of_figures(content: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[Doubt]:
    said = {name: number(value) for name, value in content.get("figures", {}).items()}
    investment, software = said.get("investment"), said.get("software")
    revenue = said.get("revenue")
    if software is not None and investment is not None and software > investment:
        yield Doubt("figures.software", "figures", "软件和信息技术服务的投入大于智能化改造总投入")
    if investment and revenue is not None and investment > revenue:
        yield Doubt("figures.investment", "figures", "智能化改造投入大于主营业务收入")
    if investment == 0 and content.get("scenarios"):
        yield Doubt("figures.scenarios", "scenarios", "填报了新增场景，但智能化改造投入为 0")
    for name in ("revenue", "staff", "energy"):
        now = said.get(name)
        was = number(known.get("figures", {}).get(name, {}).get("value"))
        if now is not None and was and abs(now - was) / abs(was) * 100 >= JUMP:
            label, unit = FIGURES[name]
            yield Doubt(
                f"figures.{name}", "figures", f"{label}与上年（{was:f} {unit}）相差一半以上"
            )


def _of_changes(report: AnnualReport, content: Mapping[str, Any]) -> Iterator[Doubt]:
    """What the register knows and the report denies."""
    known = FirmChange.objects.filter(
        Q(factory__isnull=True) | Q(factory=report.factory_id),
        enterprise=report.factory.enterprise_id,
        status=FirmChange.Status.CONFIRMED,
        on__year=report.year,
    )
    confirmed = set(known.values_list("kind", flat=True))
    for kind, kinds in KINDS_OF.items():
        denied = content.get("changes", {}).get(kind, {}).get("happened") == "no"
        if denied and confirmed & set(kinds):
            text = f"平台登记了{report.year}年的{CHANGES[kind]}，报告填的是没有"
            yield Doubt(f"changes.{kind}", "changes", text)
