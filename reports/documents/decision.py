"""撤销决定: to the firm, with facts, ground, how it was heard, and what it may do against it."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from registry.access import business_date
from reports.documents.content import Document, Heading, Text, in_words, sentence
from tiers.models import Ban, Certification, Revocation


def document(one: Revocation) -> Document:
    """A decided revocation, with title, factory, firm and authority; asks for its ban."""
    if one.outcome != Revocation.Outcome.REVOKED or one.decided_at is None:
        raise ValueError("nothing was revoked")
    title, day = one.certification, business_date(one.decided_at)
    tier = title.get_tier_display()
    begins = (
        f"你单位{title.printed_factory}于{in_words(title.valid_from)}被认定为{tier}智能工厂，"
        f"证书编号{title.number}。"
    )
    expired = title.last_day is not None and title.last_day < day
    effect = "（有效期已届满）" if expired else f"，自{in_words(day)}起生效"
    decided = (
        f"经研究，决定撤销{title.printed_factory}的{tier}智能工厂认定{effect}。"
        f"理由：{sentence(one.reason)}"
    )
    return Document(
        title=f"关于撤销{title.printed_factory}{tier}智能工厂认定的决定",
        number=one.document_no,
        addressee=title.printed_enterprise,
        signed_by=one.authority.name,
        dated=day,
        blocks=(
            Text(begins),
            Heading("一、事实和依据"),
            Text(sentence(one.facts)),
            Text(f"上述情形属于“{one.ground_name}”。"),
            Heading("二、告知和陈述申辩"),
            *(Text(line) for line in _heard(one)),
            Heading("三、决定"),
            Text(decided),
            *_barred(title, one.decided_at),
            *_appeal(one),
        ),
        stamps=_reversed(one),
        public=True,
        page=reverse("tiers:revocation", args=[one.pk]),
    )


def _heard(one: Revocation) -> list[str]:
    """How the firm was heard, without what it said."""
    told = in_words(business_date(one.proposed_at))
    lines = [
        f"{told}，本单位告知了拟撤销的事实、理由和依据，以及陈述申辩、要求听证的权利，"
        f"陈述申辩至{in_words(one.statement_until)}，申请听证至{in_words(one.hearing_until)}。"
    ]
    if one.stated_at:
        hearing = "，并要求听证" if one.hearing_asked else "，没有要求听证"
        what = "提出陈述申辩" if one.statement else "没有书面陈述"
        lines.append(f"{in_words(business_date(one.stated_at))}，你单位{what}{hearing}。")
    if one.heard_at and one.hearing_on:
        lines.append(f"{in_words(one.hearing_on)}，举行了听证。")
    if one.waived_at:
        lines.append(f"{in_words(business_date(one.waived_at))}，你单位放弃陈述申辩和听证。")
    elif not one.stated_at:
        lines.append("你单位没有在期限内提出陈述申辩，也没有要求听证。")
    return lines


def _barred(title: Certification, at: datetime) -> list[Text]:
    """How long the firm may not apply, put down in the same act."""
    ban = Ban.objects.filter(certification=title, at=at).first()
    if ban is None:
        return []
    return [
        Text(
            f"{in_words(ban.from_on)}至{in_words(ban.until_on)}（含当日），你单位不得申报智能工厂。"
        )
    ]


def _appeal(one: Revocation) -> list[Text]:
    if one.appeal_until is None:
        return []
    until = in_words(one.appeal_until)
    return [
        Text(
            f"对本决定不服的，可以在{until}前（含当日）向本单位申请一次复核。复核期间决定照常执行。"
        )
    ]


def _reversed(one: Revocation) -> tuple[str, ...]:
    """Once an appeal has taken the decision back, its paper says so first."""
    if one.finding != Revocation.Finding.UPHELD or one.answered_at is None:
        return ()
    day = in_words(business_date(one.answered_at))
    return (f"本决定经复核已于{day}撤回（{one.answer_document_no}），认定已恢复。",)
