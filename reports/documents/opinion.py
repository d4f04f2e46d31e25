"""评审意见: what the experts gave one case, by their codes, and what the review came to."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from registry.access import business_date
from reports.documents.content import Cell, Column, Document, Heading, Table, Text
from tiers import experts
from tiers.experts.sheet import ScoreSheet
from tiers.models import Application, Assignment, ReviewOpinion

SIGNATURES = "评审组组长（签字）：　　　　　　　　评审专家（签字）："


def document(case: Application, written: ReviewOpinion, given: Sequence[Assignment]) -> Document:
    """The case needs round and factory; ``given`` are the marks of this submission."""
    sheet, factory = experts.sheet_of(case.round), case.factory
    tier = case.get_tier_display()
    facts = (
        ("受理编号", case.number or ""),
        ("批次", case.round.title),
        ("企业名称", factory.enterprise.name),
        ("工厂名称", factory.name),
        ("申报等级", tier),
        ("评分表", f"{sheet.title}，满分{sheet.points}分"),
    )
    return Document(
        title=f"{tier}智能工厂评审意见",
        number=f"受理编号：{case.number}",
        signed_by=case.round.authority.name,
        dated=business_date(written.at),
        blocks=(
            Heading("一、评审对象"),
            Table("评审对象", (Column("项目", 5, centred=True), Column("内容", 18)), facts),
            Heading("二、专家评分"),
            _marks(sheet, given),
            *_comments(sheet, given),
            Heading("三、评审意见"),
            Text(written.text),
            Text(SIGNATURES, flush=True),
        ),
        page=reverse("tiers:round_review", args=[case.round_id]),
    )


def _marks(sheet: ScoreSheet, given: Sequence[Assignment]) -> Table:
    columns = (
        Column("评分维度", 10),
        Column("满分", 4, centred=True),
        *(Column(_name(one), 5, centred=True) for one in given),
    )
    rows: list[tuple[Cell, ...]] = [
        (one.name, one.points, *(str(task.scores.get(one.key, "")) for task in given))
        for one in sheet.dimensions
    ]
    total: tuple[Cell, ...] = ("总分", sheet.points, *(str(task.total or "") for task in given))
    return Table("专家评分", columns, (*rows, total))


def _comments(sheet: ScoreSheet, given: Sequence[Assignment]) -> list[Heading | Text]:
    """What each expert wrote, note by note."""
    said: list[Heading | Text] = []
    for task in given:
        said.append(Heading(f"专家{_name(task)}的意见", 2))
        said += [
            Text(f"{one.name}：{task.notes[one.key]}")
            for one in sheet.dimensions
            if task.notes.get(one.key)
        ]
        said.append(Text(f"总体意见：{task.comment or '没有填写'}"))
    return said


def _name(task: Assignment) -> str:
    second = "（复评）" if task.kind == Assignment.Kind.SECOND else ""
    return f"{task.expert.code}{second}"
