"""申报书: everything a firm has put into its application, as it was sent in last.

What the offices decide on is printed: the assessment and the facts of that submission. Before the
first, and while a firm mends what came back, its own people get what stands there now, as a draft.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.urls import reverse

from assessments import assessment as self_assessment
from assessments.assessment import Part, Row, Sheet
from assessments.models import Assessment, Evidence
from assessments.scoring import LevelScore
from assessments.standard import MaturityModel
from registry import policy
from registry.access import Role, business_date
from registry.models import Honour, User
from registry.policy import Tier
from reports.documents.content import (
    Annex,
    Block,
    Cell,
    Column,
    Document,
    Heading,
    Table,
    Text,
    numeral,
)
from tiers import facts
from tiers.changes import history, submitted_assessment
from tiers.models import Application
from tiers.workflow import Action

FACT_COLUMNS = (Column("项目", 6, centred=True), Column("内容", 20))
STATEMENT_COLUMNS = (
    Column("序号", 3, centred=True),
    Column("要求", 15),
    Column("填报", 5, centred=True),
    Column("情况说明", 13),
    Column("佐证材料", 8),
)
LEVEL_COLUMNS = (
    Column("能力要素", 5, centred=True),
    Column("能力域", 5, centred=True),
    Column("能力子域", 8),
    Column("权重（%）", 5, centred=True),
    Column("作答", 8, centred=True),
    Column("得分", 5, centred=True),
)
EVIDENCE_COLUMNS = (
    Column("序号", 3, centred=True),
    Column("对应条目", 16),
    Column("文件名", 14),
    Column("大小", 5, centred=True),
    Column("SHA-256", 20),
)
PLEDGE = "本单位承诺：所填内容和所附材料真实、准确、完整，并对其负责。"


@dataclass(frozen=True)
class Book:
    """What is printed: the case with the assessment and the facts that it was sent in with."""

    case: Application
    assessment: Assessment | None
    facts: Mapping[str, str]
    honours: tuple[tuple[Honour, str], ...]
    draft: bool


def book(case: Application, user: User) -> Book:
    """For the firm's own people what they work on, for everybody else what was sent in."""
    decisions, own = history(case), user.role == Role.ENTERPRISE
    kinds = {kind.code: kind.name for kind in policy.get(case.round.policy).honour_kinds}
    held = Honour.objects.visible_to(user).filter(enterprise=case.factory.enterprise_id)
    honours = tuple(
        (one, kinds.get(one.kind, one.kind)) for one in held.order_by("-awarded_on", "pk")
    )
    sent = [one for one in decisions if one.action == Action.SUBMIT]
    draft = own and case.status in (Application.Status.DRAFT, Application.Status.RETURNED)
    now = facts.facts_of(case.factory)
    if draft or not sent:
        return Book(case, case.assessment, now, honours, draft=True)
    kept = sent[-1].facts or now
    return Book(case, submitted_assessment(decisions), kept, honours, draft=False)


def document(made: Book) -> Document:
    case, tier = made.case, Tier(made.case.tier)
    sheet = self_assessment.sheet(made.assessment, tier) if made.assessment else None
    sent = None if made.draft or case.submitted_at is None else business_date(case.submitted_at)
    sections = [
        ("企业信息", [_facts("企业信息", made.facts)]),
        ("工厂信息", [_facts("工厂信息", made.facts)]),
        ("既有称号", [_honours(made)]),
        *(assessed(sheet, tier) if sheet else [("自评", [Text("还没有选用自评。")])]),
        ("承诺", [Text(PLEDGE), Text(f"承诺人：{case.declared_by or '（提交时填写）'}")]),
    ]
    blocks = [
        block
        for number, (title, inside) in enumerate(sections, start=1)
        for block in (Heading(f"{numeral(number)}、{title}"), *inside)
    ]
    return Document(
        title=f"{tier.label}智能工厂申报书",
        number=f"受理编号：{case.number}" if case.number else "",
        signed_by=made.facts["enterprise.name"],
        dated=sent,
        blocks=(_cover(made), *blocks),
        annexes=evidence(sheet) if sheet else (),
        remarks=_assessed(made.assessment),
        stamps=("草稿，尚未提交",) if made.draft else (),
        page=reverse("tiers:application", args=[case.pk]),
    )


def _cover(made: Book) -> Table:
    case = made.case
    rows = (
        ("企业名称", made.facts["enterprise.name"]),
        ("工厂名称", made.facts["factory.name"]),
        ("申报等级", case.get_tier_display()),
        ("申报批次", case.round.title),
        ("主管部门", case.factory.authority.name),
        ("提交次数", f"第{case.submissions}次" if case.submissions else "尚未提交"),
        ("企业负责人员", case.keeper.name if case.keeper else ""),
    )
    return Table("封面", FACT_COLUMNS, rows)


def _facts(section: str, kept: Mapping[str, str]) -> Table:
    rows = tuple(
        (label, kept.get(name, "") or "未填写")
        for name, (of, label) in facts.LABELS.items()
        if of == section
    )
    return Table(section, FACT_COLUMNS, rows)


def _honours(made: Book) -> Block:
    if not made.honours:
        return Text("没有登记。")
    columns = (Column("称号", 12), Column("文号", 9), Column("授予日期", 6, centred=True))
    rows = tuple(
        (kind, one.document_no, f"{one.awarded_on:%Y-%m-%d}") for one, kind in made.honours
    )
    return Table("既有称号", columns, rows)


# --- the assessment -------------------------------------------------------------------------------


def assessed(sheet: Sheet, tier: Tier) -> list[tuple[str, list[Block]]]:
    return [
        ("自评结果", [_verdict(sheet, tier)]),
        *((f"{part.title}（{part.label}）", _part(part, sheet)) for part in sheet.parts),
    ]


def _verdict(sheet: Sheet, tier: Tier) -> Table:
    outcome = sheet.result
    found, maturity = outcome.tiers[tier], outcome.maturity
    rows = [
        ("自评依据", f"{sheet.standard.title}（{sheet.standard.source}）"),
        ("自评结论", f"{'达到' if found.met else '未达到'}{tier.label}要求"),
        ("能力成熟度", f"{maturity.level_name}，{maturity.score}分，{maturity.source_label}"),
        ("人工智能应用占比", outcome.ai.text),
        ("主要技术经济指标", found.gate.performance),
        *(
            ("未满足" if one.blocking else "提示", f"{one.text}　{one.clause}")
            for one in found.findings
        ),
    ]
    return Table("自评结果", FACT_COLUMNS, tuple(rows))


def _part(part: Part, sheet: Sheet) -> list[Block]:
    blocks: list[Block] = []
    if part.figures:
        blocks.append(_figures(part))
    if part.statements:
        rows = tuple(_statement(number, row) for number, row in enumerate(part.statements, start=1))
        blocks.append(Table(part.title, STATEMENT_COLUMNS, rows))
    if part.cuts:
        columns = (Column("不适用的子域", 8), Column("理由", 18))
        rows = tuple((cut.subdomain.name, cut.reason) for cut in part.cuts)
        blocks.append(Table("不适用的子域", columns, rows))
    for score in part.levels:
        if score.answered:
            blocks += _level(score, sheet.standard.maturity)
    return blocks or [Text("没有要求，也没有填写。" if not part.asked else "未填写。")]


def _statement(number: int, row: Row) -> tuple[Cell, ...]:
    tier = f"〔{row.tier.label}〕" if row.tier else ""
    clause = f"（{row.clause}）" if row.clause else ""
    said = "\n".join(f"{name}：{text}" for name, text in row.details)
    return (number, f"{tier}{row.title}{clause}", row.label, said, _names(row.files))


def _figures(part: Part) -> Table:
    columns = (Column("指标", 12), *(Column(name, 7, centred=True) for name in part.columns))
    rows = tuple(
        (
            "\n".join(filter(None, (row.title, f"佐证：{_names(row.files)}" if row.files else ""))),
            *row.cells,
        )
        for row in part.figures
    )
    return Table(part.title, columns, rows)


def _level(score: LevelScore, model: MaturityModel) -> list[Block]:
    met = "达到" if score.met else "未达到"
    counted = "" if score.counted else "，低级别未达到，不计入"
    title = f"{score.level.no}级（{score.level.name}）各子域作答：{score.score}，{met}{counted}"
    labels = {one.value: f"{one.label}（{one.value}）" for one in model.choices}
    rows = tuple(
        (
            line.subdomain.element,
            line.subdomain.domain,
            line.subdomain.name,
            str(line.weight),
            "未填写" if line.answer is None else labels[line.answer],
            str(line.product),
        )
        for line in score.lines
    )
    return [Heading(title, 2), Table(f"{score.level.no}级作答", LEVEL_COLUMNS, rows)]


# --- evidence -------------------------------------------------------------------------------------


def _names(files: Iterable[Evidence]) -> str:
    return "、".join(one.name for one in files)


def evidence(sheet: Sheet) -> tuple[Annex, ...]:
    titles = self_assessment.titles(sheet.standard)
    rows = tuple(
        (number, titles.get(one.item, one.item), one.name, _size(one.size), one.sha256)
        for number, one in enumerate(
            (one for files in sheet.contents.files.values() for one in files), start=1
        )
    )
    if not rows:
        return ()
    table = Table("佐证材料清单", EVIDENCE_COLUMNS, rows)
    return (Annex(f"佐证材料清单（共{len(rows)}件）", (table,)),)


def _size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MB" if size >= 1024 * 1024 else f"{max(size // 1024, 1)} KB"


def _assessed(assessment: Assessment | None) -> tuple[str, ...]:
    if assessment is None or not assessment.is_locked:
        return ()
    return (f"自评内容摘要（SHA-256）：{assessment.digest}",)
