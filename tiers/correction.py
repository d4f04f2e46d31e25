"""Correcting (更正) what a list says of a title, as long as the list is with its filer and the
title not public.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models, transaction

from registry import audit, inbox, policy, workdays
from registry.access import business_date
from registry.audit import Verb
from registry.merging import Seen, merged
from registry.models import Event, User
from registry.policy import Tier
from tiers import certification, filing, telling
from tiers.earlier import Stated, check_stated
from tiers.models import Certification, FilingEntry, FilingList

Source = Certification.Source
Ending = Certification.Ending

#: What rests on the bureau's paper may be corrected. What the portal knows itself stays: an
#: application's maturity is that of its locked self-assessment, an honour gives its own dates.
ASSESSED = ("maturity_level", "assessed_on", "covers")
BY_SOURCE: dict[str, tuple[str, ...]] = {
    Source.IMPORTED: ("decided_on", "document_no", "last_day", *ASSESSED),
    Source.APPLICATION: ("decided_on", "document_no", "last_day"),
    Source.DERIVED: ("document_no",),
}


def correctable(title: Certification) -> tuple[str, ...]:
    """The fields of ``Stated`` that a filer may correct of this title."""
    fields = BY_SOURCE[title.source]
    if _same_tier(title).filter(ending=Ending.SUPERSEDED, ends_on=title.valid_from).exists():
        # It begins where an older one ends, whatever the day it was decided.
        return tuple(name for name in fields if name != "decided_on")
    return fields


def _same_tier(title: Certification) -> models.QuerySet[Certification]:
    others = Certification.objects.filter(factory=title.factory_id, tier=title.tier)
    return others.exclude(pk=title.pk)


def stated(title: Certification) -> Stated:
    """What is recorded of a title now; its last day only where it is not that of the rules."""
    by_rules = _end_of_term(_rules(title, title.valid_from), title, title.valid_from)
    return Stated(
        decided_on=title.valid_from,
        document_no=title.document_no,
        maturity_level=title.maturity_level,
        assessed_on=title.assessed_on,
        covers=title.covers,
        last_day=None if title.last_day == by_rules else title.last_day,
    )


def _rules(title: Certification, decided_on: date) -> policy.Policy:
    """A case keeps the edition its round began under; papers follow the rules of their day."""
    if title.source == Source.IMPORTED:
        return policy.current(title.issuer.province_code, decided_on)
    return policy.get(title.policy)


def _end_of_term(rules: policy.Policy, title: Certification, start: date) -> date | None:
    years = rules.tiers[Tier(title.tier)].term_years
    return workdays.years_later(start, years) if years else None


@transaction.atomic
def correct(
    entry: FilingEntry,
    given: Stated,
    *,
    seen: Seen | None = None,
    by: User,
    at: datetime,
    told: str | None = "",
) -> FilingEntry:
    """Record what the document really states, and take the names from the register anew.

    The title keeps its number, whatever its year: the firm knows it by that. With ``seen``, Overlap
    is raised where a colleague corrected the same. ``told`` begins the key of the news to the firm,
    by which it can be recalled; None where it is being recalled.
    """
    filing_list = filing.editable(entry.filing_list, by)
    entry = FilingEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    title = _open_title(entry)
    may = correctable(title)
    held = stated(title)
    asked = {name: getattr(given, name) for name in may}
    given = replace(held, **merged(asdict(held), asked, seen))
    _check(filing_list, title, given, business_date(at))
    before = filing.particulars(title)
    _set(title, given, may)
    changes = filing.changes(before, filing.particulars(title))
    if not changes:
        raise ValidationError("没有改动。请改正后再保存，不需要更正时返回清单")
    title.save()
    firm = title.factory.enterprise
    audit.record(
        Verb.CERTIFICATION_CORRECT,
        title,
        by=by,
        at=at,
        path=title.factory.authority.path,
        enterprise_id=firm.pk,
        **certification.replay(title),
    )
    trailed = {"certification": title.pk, "changes": changes}
    filing.trail(Verb.FILING_CORRECT, filing_list, by=by, at=at, **trailed)
    if told is not None:
        _tell(title, changes, f"{told}corrected:{title.pk}:{at.isoformat()}", at)
    return entry


def _tell(
    title: Certification, changes: list[tuple[str, str, str]], key: str, at: datetime
) -> None:
    said = "，".join(f"{what}由“{old}”改为“{new}”" for what, old, new in changes)
    inbox.send(
        inbox.staff_of(title.factory.enterprise),
        telling.of_title(
            title,
            Event.TITLE_CORRECTED,
            result=f"信息已更正：{said}",
            next_step="核对更正后的信息",
        ),
        key=key,
        at=at,
    )


def _open_title(entry: FilingEntry) -> Certification:
    if not entry.live:
        raise ValidationError("这座工厂已移出清单，恢复后才能更正", code="stale")
    title = (
        Certification.objects.select_for_update(of=("self",))
        .select_related(
            *("factory__enterprise", "factory__authority", "issuer", "application"),
            *("factory__division", "factory__industry"),
        )
        .get(pk=entry.certification_id)
    )
    if title.published_on or title.ending:
        raise ValidationError("这项认定已公开或已终止，不能更正", code="stale")
    return title


def _check(filing_list: FilingList, title: Certification, given: Stated, today: date) -> None:
    check_stated(filing_list, given, today)
    if given.decided_on == title.valid_from:
        return
    if title.application and title.application.submitted_at:
        submitted = business_date(title.application.submitted_at)
        if given.decided_on < submitted:
            raise ValidationError(f"认定日期早于申报提交日 {submitted:%Y-%m-%d}，请核对")
    older = _same_tier(title).exclude(ends_on__lte=given.decided_on).first()
    if older is not None:
        raise ValidationError(f"这一天还有同级认定 {older.number}，认定日期不能与它重叠")


def _set(title: Certification, given: Stated, may: tuple[str, ...]) -> None:
    title.document_no = given.document_no.strip()
    if title.source == Source.IMPORTED:
        title.basis = title.document_no
    title.maturity_level, title.assessed_on = given.maturity_level, given.assessed_on
    title.covers = given.covers
    title.printed_enterprise = title.factory.enterprise.name
    title.printed_factory = title.factory.name
    title.printed_credit_code = title.factory.enterprise.credit_code
    if "last_day" not in may:
        return
    rules = _rules(title, given.decided_on)
    last = given.last_day or _end_of_term(rules, title, given.decided_on)
    if last != title.last_day:
        title.reminded_days = None
    title.policy, title.valid_from, title.last_day = rules.code, given.decided_on, last
    title.ends_on = last + timedelta(days=1) if last else None
