"""Taking the rows of a list over, through the doors for firms, factories, titles and lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from registry import bulk, inbox
from registry.audit import Verb
from registry.enterprises.sets import Firm, Site, enter_factories, register_all
from registry.intake import Made, Outcome, Sent, Verdict, parts
from registry.models import Enterprise, Event, Factory
from tiers import certification, correction, filers, filing, issuing, telling
from tiers.earlier import Stated
from tiers.filing_intake.columns import TIER
from tiers.models import Certification, FilingEntry, FilingList


def apply(verdicts: Sequence[Verdict], sent: Sent) -> Mapping[int, Made]:
    """Firms and factories that are not known yet, the titles, their places on the draft list, and
    the news to the firms.
    """
    opened = not FilingList.objects.filter(
        authority=sent.office, tier=TIER, status=FilingList.Status.DRAFT
    ).exists()
    draft = filers.open_draft(sent.office, tier=TIER, by=sent.by, at=sent.at)
    made: dict[int, Made] = {}
    for one in verdicts:
        if one.outcome == Outcome.CHANGED:
            made[one.number] = _correct(one, sent)
    fresh = [one for one in verdicts if one.outcome == Outcome.NEW]
    if not fresh:
        return made
    firms = _firms(fresh, sent)
    factories = _factories(fresh, firms, sent)
    titles = issuing.issue_all(
        [(factories[one.number].pk, _grant(one, sent)) for one in fresh],
        TIER,
        by=sent.by,
        at=sent.at,
    )
    bulk.write([FilingEntry(filing_list=draft, certification=title) for title in titles])
    filing.trail(
        Verb.FILING_ADD, draft, by=sent.by, at=sent.at, added=len(titles), batch=sent.batch
    )
    _tell(titles, sent)
    owners: set[str] = set()
    for one, title in zip(fresh, titles, strict=True):
        row: Made = {"title": title.pk}
        if one.found["factory"] is None:
            row["factory"] = title.factory_id
        if one.found["firm"] is None and one.found["code"] not in owners:
            owners.add(one.found["code"])
            row["firm"] = title.factory.enterprise_id
        made[one.number] = row
    if opened:
        made[fresh[0].number]["list"] = draft.pk
    return made


def _firms(fresh: Sequence[Verdict], sent: Sent) -> dict[str, Enterprise]:
    """Every firm of these rows by its code. One that an earlier part has entered is known now."""
    firms = {one.found["code"]: one.found["firm"] for one in fresh if one.found["firm"]}
    wanted = {one.found["code"]: one.found for one in fresh if one.found["code"] not in firms}
    for part in parts(sorted(wanted)):
        firms |= {one.credit_code: one for one in Enterprise.objects.filter(credit_code__in=part)}
    entered = [
        Firm(code, found["name"], found["place"], found["industry"])
        for code, found in wanted.items()
        if code not in firms
    ]
    return firms | register_all(entered, by=sent.by, at=sent.at, batch=sent.batch)


def _factories(
    fresh: Sequence[Verdict], firms: Mapping[str, Enterprise], sent: Sent
) -> dict[int, Factory]:
    """By row its factory."""
    found = {one.number: one.found["factory"] for one in fresh if one.found["factory"]}
    unknown = [one for one in fresh if one.number not in found]
    sites = [
        Site(
            firms[one.found["code"]],
            one.found["factory_name"],
            one.found["place"],
            one.found["industry"],
        )
        for one in unknown
    ]
    entered = enter_factories(sites, by=sent.by, at=sent.at, batch=sent.batch)
    return found | {one.number: site for one, site in zip(unknown, entered, strict=True)}


def _grant(verdict: Verdict, sent: Sent) -> certification.Grant:
    stated: Stated = verdict.found["stated"]
    document = stated.document_no.strip()
    return certification.Grant(
        issuer=sent.office,
        document_no=document,
        valid_from=stated.decided_on,
        source=Certification.Source.IMPORTED,
        basis=f"{document}（导入批次 {sent.batch}）",
        maturity_level=stated.maturity_level,
        assessed_on=stated.assessed_on,
        last_day=stated.last_day,
        covers=stated.covers,
    )


def _correct(verdict: Verdict, sent: Sent) -> Made:
    """The facts that the row states otherwise, through the door for it."""
    title, entry = verdict.found["title"], verdict.found["entry"]
    before = correction.stated(title)
    given: Stated = verdict.found["stated"]
    correction.correct(entry, given, by=sent.by, at=sent.at, told=f"intake:{sent.batch}:")
    return {"corrected": title.pk, "before": plain(before), "after": plain(given)}


def plain(stated: Stated) -> dict[str, Any]:
    return {
        "decided_on": stated.decided_on.isoformat(),
        "document_no": stated.document_no,
        "maturity_level": stated.maturity_level,
        "assessed_on": stated.assessed_on.isoformat() if stated.assessed_on else None,
        "last_day": stated.last_day.isoformat() if stated.last_day else None,
        "covers": stated.covers,
    }


def read(data: Mapping[str, Any]) -> Stated:
    days = {
        name: date.fromisoformat(data[name]) if data[name] else None
        for name in ("decided_on", "assessed_on", "last_day")
    }
    if days["decided_on"] is None:
        raise ValueError("a correction without its day")
    return Stated(
        document_no=data["document_no"],
        maturity_level=data["maturity_level"],
        decided_on=days["decided_on"],
        assessed_on=days["assessed_on"],
        last_day=days["last_day"],
        covers=data.get("covers", ""),
    )


def _tell(titles: list[Certification], sent: Sent) -> None:
    """The firms hear that their factory has the title, as after an application."""
    told = [
        (
            title.factory.enterprise_id,
            telling.of_title(
                title,
                Event.TITLE_ISSUED,
                result=f"已认定为{TIER.label}智能工厂（{title.document_no}）",
                next_step="核对认定信息，有误的联系认定部门更正",
            ),
            f"intake:{sent.batch}:{title.pk}",
        )
        for title in titles
    ]
    inbox.send_many(telling.holders(told, at=sent.at))
