"""What a firm did and what offices decided: assessments, applications, notices, visits, library."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q
from django.urls import reverse

from assessments import standard
from assessments.models import Assessment, Evidence, Measure
from registry.access import business_date
from registry.policy import Tier
from reports.firm_file.entries import Entry, Reading, Topic, made
from tiers.models import (
    Application,
    Candidate,
    CandidateStep,
    Decision,
    Inspection,
    NoticeEntry,
    Objection,
)
from tiers.progress import action_label
from tiers.views import firm as told


def assessments(reading: Reading) -> Iterator[Entry]:
    """Those that were locked; what a firm is still filling in is no part of its file."""
    rows = reading.rows(Assessment).filter(locked_at__isnull=False)
    files = reading.rows(Evidence, "assessment__factory").filter(
        Q(removed_at__isnull=True) | Q(removed_at__gte=reading.midnight),
        added_at__lt=reading.midnight,
    )
    counted = files.order_by().values_list("assessment").annotate(Count("pk"))
    proofs = dict(counted.values_list("assessment", "pk__count"))
    for one in rows.order_by("locked_at"):
        reached = Tier(one.reached_tier).label if one.reached_tier else "未达到基础级"
        level = f"成熟度 {one.maturity_level} 级" if one.maturity_level is not None else ""
        title = standard.get(one.standard).title
        text = "，".join(filter(None, (f"自评{reached}", level, f"依据{title}")))
        name, link = reading.name(one.factory_id), reverse("assessments:result", args=[one.pk])
        yield made(Topic.ASSESSMENT, one.locked_at, "锁定自评", text, factory=name, link=link)
        if count := proofs.get(one.pk):
            link = reverse("assessments:result", args=[one.pk])
            text = f"随自评提交 {count} 份"
            yield made(Topic.FILES, one.locked_at, "佐证材料", text, factory=name, link=link)


def measures(reading: Reading) -> Iterator[Entry]:
    for one in reading.rows(Measure).order_by("created_at", "pk"):
        text = f"{one.action}（{one.due_on:%Y-%m-%d} 前完成）"
        name = reading.name(one.factory_id)
        yield made(Topic.ASSESSMENT, one.created_at, "列入提升计划", text, factory=name)


def decisions(reading: Reading) -> Iterator[Entry]:
    """Each act on an application in the words of its own page: offices and roles to the firm, names
    to officers.
    """
    rows = reading.rows(Decision, "application__factory")
    related = rows.select_related("application__round", "application__factory")
    for one in related.order_by("at", "pk"):
        case: Application = one.application
        tier = Tier(case.tier)
        number = f"（{case.number}）" if case.number else ""
        who = f"{one.place_name}　{one.by_name}" if reading.officer else told.actor(one)
        yield made(
            Topic.CASE,
            one.at,
            f"{tier.label}申报{number}：{action_label(one.action, one.step, tier)}",
            told.note(one),
            factory=reading.name(case.factory_id),
            actor=who,
            link=reverse("tiers:application", args=[case.pk]),
        )


def notices(reading: Reading) -> Iterator[Entry]:
    """What the public has seen. A case that cannot be seen by this person names no notice."""
    cases = reading.rows(Application)
    rows = NoticeEntry.objects.filter(
        application__in=cases, notice__published_at__isnull=False
    ).select_related("notice__authority", "application")
    for one in rows.order_by("notice__published_at", "pk"):
        notice, tier = one.notice, Tier(one.application.tier).label
        name = reading.name(one.application.factory_id)
        link, office = reverse("tiers:notice", args=[notice.pk]), notice.authority.name
        if notice.published_at is None:
            continue
        yield made(
            Topic.NOTICE, notice.published_at, f"{tier}公示", notice.title, factory=name,
            actor=office, link=link,
        )  # fmt: skip
        if notice.withdrawn_at:
            text = notice.withdraw_reason
            yield made(Topic.NOTICE, notice.withdrawn_at, "公示撤回", text, factory=name)


def objections(reading: Reading) -> Iterator[Entry]:
    """That one came and how far it is, to whom its own page opens; what it says stays sealed."""
    seen = Objection.objects.visible_to(reading.user)
    rows = seen.filter(application__factory__in=reading.factories).select_related("application")
    for one in rows.order_by("entered_at"):
        name, link = (
            reading.name(one.application.factory_id),
            reverse("tiers:objection", args=[one.pk]),
        )
        known = business_date(one.entered_at)
        yield Entry(
            Topic.NOTICE, one.received_on, known, f"收到异议 {one.number}", "", name, link=link
        )
        if one.handled_at:
            title = f"异议 {one.number} 已办结"
            yield made(Topic.NOTICE, one.handled_at, title, factory=name, link=link)


def visits(reading: Reading) -> Iterator[Entry]:
    """On-site checks of applications, once they are signed."""
    rows = reading.rows(Inspection, "application__factory")
    for one in rows.filter(signed_at__isnull=False).select_related("application"):
        tier = Tier(one.application.tier).label
        link = reverse("tiers:inspection", args=[one.application_id])
        known = business_date(one.signed_at)
        yield Entry(
            Topic.WATCH,
            one.on or known,
            known,
            f"{tier}申报现场核查：{one.get_result_display()}",
            factory=reading.name(one.application.factory_id),
            link=link,
        )


def library(reading: Reading) -> Iterator[Entry]:
    """The firm reads that it was put in and taken out; the bureau's own notes are for offices."""
    rows = reading.rows(Candidate).select_related("authority")
    for one in rows.order_by("pk"):
        tier, name, office = Tier(one.tier).label, reading.name(one.factory_id), one.authority.name
        link = reverse("tiers:library_item", args=[one.pk]) if reading.officer else ""
        yield made(
            Topic.LIBRARY, one.entered_at, "列入培育库", f"目标：{one.year}年达到{tier}",
            factory=name, actor=office, link=link,
        )  # fmt: skip
        if one.left_at:
            text = "：".join(filter(None, (one.get_leaving_display(), one.leaving_reason)))
            yield made(
                Topic.LIBRARY, one.left_at, "移出培育库", text, factory=name, actor=office,
                link=link,
            )  # fmt: skip
    steps = reading.rows(CandidateStep, "candidate__factory")
    for step in steps.select_related("candidate").order_by("at"):
        name = reading.name(step.candidate.factory_id)
        link = reverse("tiers:library_item", args=[step.candidate_id])
        known, text = business_date(step.at), step.content
        if step.next_step:
            text = f"{text}\n下一步：{step.next_step}"
        yield Entry(
            Topic.LIBRARY, step.done_on, known, step.get_kind_display(), text, name,
            step.by_name, link,
        )  # fmt: skip
