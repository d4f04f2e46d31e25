"""What offices look at after a title is given, and what a firm reports of itself every year."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q
from django.urls import reverse

from registry.access import business_date
from reports.firm_file.entries import Entry, Reading, Topic, made
from reports.models import AnnualFile, AnnualReport, AnnualStep
from tiers.models import (
    Contribution,
    MoveCheck,
    RereviewItem,
    RevocationFile,
    SupervisionCheck,
    SupervisionFile,
)


def checks(reading: Reading) -> Iterator[Entry]:
    """Inspections of titles in force, once they are signed."""
    rows = reading.rows(SupervisionCheck, "certification__factory").signed()
    for one in rows.select_related("supervision__authority", "certification").order_by("signed_at"):
        about = {
            "factory": reading.name(one.certification.factory_id),
            "actor": one.supervision.authority.name,
            "link": reverse("tiers:supervision_check", args=[one.pk]),
        }
        text = one.supervision.title
        if one.mend_due_on:
            text = f"{text}，{one.mend_due_on:%Y-%m-%d} 前整改"
        known = business_date(one.signed_at)
        title = f"监督抽查：{one.get_result_display()}"
        yield Entry(Topic.WATCH, one.visited_on or known, known, title, text, **about)
        if one.answered_at:
            firm = {**about, "actor": reading.firm.name}
            yield made(Topic.WATCH, one.answered_at, "提交整改情况", one.supervision.title, **firm)
        if one.rechecked_at:
            title = f"监督抽查复查：{one.get_recheck_result_display()}"
            yield made(Topic.WATCH, one.rechecked_at, title, one.supervision.title, **about)


def moves(reading: Reading) -> Iterator[Entry]:
    for one in reading.rows(MoveCheck).filter(checked_at__isnull=False).select_related(
        "authority"
    ):  # fmt: skip
        title = f"搬迁后复核：{'保留' if one.kept else '不保留'}认定"
        yield made(
            Topic.WATCH, one.checked_at, title, one.finding,
            factory=reading.name(one.factory_id), actor=one.authority.name,
        )  # fmt: skip


def reviews(reading: Reading) -> Iterator[Entry]:
    """集中复核, once determined."""
    seen = RereviewItem.objects.visible_to(reading.user).determined()
    rows = seen.filter(factory__in=reading.factories).select_related("rereview__authority")
    for one in rows.order_by("at"):
        held = one.rereview
        text = "。".join(filter(None, (held.document_no, one.reason)))
        yield made(
            Topic.HONOUR,
            held.determined_at,
            f"{held.title}：{one.get_outcome_display()}",
            text,
            factory=reading.name(one.factory_id),
            actor=held.authority.name,
            link=reverse("tiers:rereview", args=[held.pk]),
        )


def contributions(reading: Reading) -> Iterator[Entry]:
    for one in reading.rows(Contribution).order_by("added_at"):
        about = {"factory": reading.name(one.factory_id)}
        kind = one.get_kind_display()
        yield made(Topic.TITLE, one.added_at, f"登记对外贡献：{kind}", one.title, **about)
        if one.answered_at:
            label = one.get_status_display()
            yield made(Topic.TITLE, one.answered_at, f"对外贡献{label}", one.title, **about)


def annual(reading: Reading) -> Iterator[Entry]:
    """Reports of each year: asked for, sent in, accepted or sent back."""
    reports = {one.pk: one for one in reading.rows(AnnualReport).select_related("authority")}
    for one in reports.values():
        text = f"{one.due_on:%Y-%m-%d} 前报送"
        yield made(
            Topic.ANNUAL, one.opened_at, f"{one.year}年度报告待报送", text,
            factory=reading.name(one.factory_id), actor=one.authority.name,
            link=reverse("reports:annual_report", args=[one.pk]),
        )  # fmt: skip
    for step in AnnualStep.objects.filter(report__in=reports):
        one = reports[step.report_id]
        label = step.get_action_display()
        yield made(
            Topic.ANNUAL, step.at, f"{one.year}年度报告{label}", step.opinion,
            factory=reading.name(one.factory_id), actor=step.place_name,
            link=reverse("reports:annual_report", args=[one.pk]),
        )  # fmt: skip


def files(reading: Reading) -> Iterator[Entry]:
    """Files that came with inspections, revocations and annual reports, by their names."""
    here = {
        SupervisionFile: ("check_row__certification", "监督检查材料", "tiers:supervision_file"),
        RevocationFile: ("revocation__certification", "撤销程序材料", "tiers:revocation_file"),
        AnnualFile: ("report", "年度报告材料", "reports:annual_file"),
    }
    for model, (owner, title, address) in here.items():
        rows = reading.rows(model, f"{owner}__factory")
        if model is not RevocationFile:
            rows = rows.filter(Q(removed_at__isnull=True) | Q(removed_at__gte=reading.midnight))
        fields = ("pk", "name", "added_at", f"{owner}__factory")
        for pk, name, at, factory in rows.order_by("added_at", "pk").values_list(*fields):
            link = reverse(address, args=[pk])
            yield made(Topic.FILES, at, title, name, factory=reading.name(factory), link=link)
