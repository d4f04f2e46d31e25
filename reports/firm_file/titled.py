"""Titles and their life: given, filed, revoked, given up, ended by a document from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator

from django.urls import reverse

from registry.access import business_date
from reports.firm_file.entries import Entry, Reading, Topic, made
from tiers import register
from tiers.models import (
    Certification,
    Cultivation,
    DelistingItem,
    FilingEntry,
    Revocation,
    Surrender,
)


def titles(reading: Reading) -> Iterator[Entry]:
    """The life of each title in the register's own words, as far as it had come by that day."""
    rows = reading.rows(Certification).select_related("issuer", "factory")
    for title in rows.prefetch_related("suspensions").order_by("valid_from", "pk"):
        known = business_date(title.issued_at)
        if known > reading.on:
            continue
        for event in register.history([title], reading.on):
            if event.kind == "next":
                continue
            ended = title.ended_at and title.ends_on and event.when >= title.ends_on
            learnt = business_date(title.ended_at) if ended and title.ended_at else event.when
            text = "。".join(filter(None, (f"证书编号 {title.number}", event.note)))
            yield Entry(
                Topic.TITLE,
                event.when,
                max(known, min(learnt, reading.on)),
                event.title,
                text,
                title.printed_factory,
                event.actor,
                reverse("tiers:title", args=[title.pk]),
            )


def filings(reading: Reading) -> Iterator[Entry]:
    """Business between offices: nothing of it reaches the firm."""
    rows = FilingEntry.objects.visible_to(reading.user).kept()
    found = rows.filter(certification__factory__in=reading.factories)
    related = found.select_related("filing_list__authority", "filing_list__recipient",
                                   "certification")  # fmt: skip
    for one in related.order_by("pk"):
        listed, name = one.filing_list, reading.name(one.certification.factory_id)
        link = reverse("tiers:filing_list", args=[listed.pk])
        if listed.filed_at:
            text = "。".join(filter(None, (f"清单 {listed.number}", listed.document_no)))
            yield made(
                Topic.FILING, listed.filed_at, f"{listed.get_tier_display()}报备", text,
                factory=name, actor=listed.authority.name, link=link,
            )  # fmt: skip
        if listed.answered_at:
            label = listed.get_status_display()
            yield made(
                Topic.FILING, listed.answered_at, f"备案清单：{label}", f"清单 {listed.number}",
                factory=name, actor=listed.recipient.name, link=link,
            )  # fmt: skip


def endings(reading: Reading) -> Iterator[Entry]:
    """Proceedings that may end in a revocation; what the firm stated is on their own page."""
    rows = reading.rows(Revocation, "certification__factory")
    for one in rows.select_related("certification", "authority").order_by("proposed_at"):
        tier, office = one.certification.get_tier_display(), one.authority.name
        about = {
            "factory": reading.name(one.certification.factory_id),
            "actor": office,
            "link": reverse("tiers:revocation", args=[one.pk]),
        }
        yield made(Topic.ENDING, one.proposed_at, f"告知拟撤销{tier}认定", one.ground_name, **about)
        if one.stated_at:
            text = "要求听证" if one.hearing_asked else ""
            firm = {**about, "actor": reading.firm.name}
            yield made(Topic.ENDING, one.stated_at, "企业陈述申辩", text, **firm)
        if one.heard_at:
            yield made(Topic.ENDING, one.heard_at, "举行听证", **about)
        if one.decided_at:
            text = "。".join(filter(None, (one.reason, one.document_no)))
            title = f"决定{one.get_outcome_display()}"
            yield made(Topic.ENDING, one.decided_at, title, text, **about)
        if one.appealed_at:
            firm = {**about, "actor": reading.firm.name}
            yield made(Topic.ENDING, one.appealed_at, "企业申请复核", **firm)
        if one.answered_at:
            text = "。".join(filter(None, (one.answer, one.answer_document_no)))
            yield made(Topic.ENDING, one.answered_at, one.get_finding_display(), text, **about)


def given_up(reading: Reading) -> Iterator[Entry]:
    rows = reading.rows(Surrender, "certification__factory")
    for one in rows.select_related("certification").order_by("at"):
        tier = one.certification.get_tier_display()
        about = {
            "factory": reading.name(one.certification.factory_id),
            "link": reverse("tiers:title", args=[one.certification_id]),
        }
        yield made(Topic.ENDING, one.at, f"声明放弃{tier}认定", one.reason, **about)
        if one.taken_back_at:
            yield made(Topic.ENDING, one.taken_back_at, "撤回放弃声明", **about)
        if one.confirmed_at:
            yield made(Topic.ENDING, one.confirmed_at, f"确认放弃{tier}认定", **about)


def documents(reading: Reading) -> Iterator[Entry]:
    """Documents of the ministries or a group that end titles, once they are confirmed."""
    rows = reading.rows(DelistingItem, "certification__factory")
    found = rows.filter(delisting__confirmed_at__isnull=False)
    for one in found.select_related("delisting", "certification").order_by("pk"):
        held = one.delisting
        text = f"《{held.document_name}》（{held.document_no}），{one.ground_name}"
        yield Entry(
            Topic.ENDING,
            held.ends_on,
            business_date(held.confirmed_at),
            f"{one.certification.get_tier_display()}认定按上级文件终止",
            text,
            reading.name(one.certification.factory_id),
            link=reverse("tiers:delisting", args=[held.pk]),
        )


def candidates(reading: Reading) -> Iterator[Entry]:
    """培育对象 of the ministries."""
    rows = reading.rows(Cultivation, "application__factory")
    for one in rows.select_related("application").order_by("listed_on"):
        name = reading.name(one.application.factory_id)
        link = reverse("tiers:application", args=[one.application_id])
        text = f"{one.document_no}，培育期至 {one.last_day:%Y-%m-%d}"
        title = "列入领航级培育对象"
        yield Entry(Topic.TITLE, one.listed_on, one.listed_on, title, text, name, link=link)
        if one.reviewed_on:
            day, title = one.reviewed_on, "领航级推荐单位初审"
            yield Entry(Topic.TITLE, day, day, title, one.review_document_no, name, link=link)
        if one.ended_on:
            day, label = one.ended_on, one.get_ending_display()
            yield Entry(Topic.TITLE, day, day, f"领航级培育结束：{label}", "", name, link=link)
