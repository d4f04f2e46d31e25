"""Filing (报备): an authority collects its determinations into a list, files it, and the one above
answers.

A filed list is frozen with a digest. Acknowledging it puts its titles on the public register;
sending it back names what is wrong entry by entry. A title stands on at most one live list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q

from registry import audit, digests, inbox, policy
from registry.access import OFFICERS, Duty, may_change
from registry.audit import Verb
from registry.models import Authority, Event, User
from registry.policy import Tier
from tiers import certification, coverage, filers, spot_check, telling
from tiers.models import Certification, FilingEntry, FilingList

Status = FilingList.Status

PARTICULARS = {
    "enterprise": "企业名称",
    "factory": "工厂名称",
    "place": "县（市、区）",
    "industry": "行业",
    "maturity_level": "成熟度",
    "assessed_on": "自评日期",
    "covers": "覆盖环节",
    "decided_on": "认定日期",
    "document_no": "认定文号",
    "last_day": "有效期至",
}


def filed_tiers(user: User, on: date) -> list[Tier]:
    """The tiers whose determinations this officer's authority files under the rules of the day."""
    if user.role not in OFFICERS or user.authority is None:
        return []
    rules = policy.current(user.authority.province_code, on).tiers
    return [
        tier
        for tier, rule in rules.items()
        if rule.filing is not None
        and filers.files(user.authority, rule.filing)
        and may_change(user, Duty.FILING, tier)
    ]


@transaction.atomic
def collect(authority: Authority, *, tier: Tier = Tier.BASIC, by: User, at: datetime) -> FilingList:
    """Put every unfiled title of the authority on its one draft list, opening it where there is
    none.
    """
    draft = filers.open_draft(authority, tier=tier, by=by, at=at)
    # Whoever determined files, even where the factory has meanwhile moved to another bureau.
    unfiled = Certification.objects.filter(_filed_by(authority), tier=tier).unfiled().order_by("pk")
    known = set(draft.entries.values_list("certification", flat=True))
    fresh = [c for c in unfiled if c.pk not in known]
    FilingEntry.objects.bulk_create(FilingEntry(filing_list=draft, certification=c) for c in fresh)
    trail(Verb.FILING_COLLECT, draft, by=by, at=at, added=len(fresh))
    return draft


def _filed_by(authority: Authority) -> Q:
    """Titles determined at this office or beneath it, and those that one above gave to a factory
    here.
    """
    higher = policy.LEVELS[policy.LEVELS.index(authority.kind) + 1 :]
    return Q(issuer__path__startswith=authority.path) | Q(
        issuer__kind__in=higher, factory__authority__path__startswith=authority.path
    )


@transaction.atomic
def strike(entry: FilingEntry, *, reason: str, by: User, at: datetime) -> FilingEntry:
    """Take an entry off the list; its title waits unfiled for a later one."""
    filing_list = editable(entry.filing_list, by)
    if not reason.strip():
        raise ValidationError({"reason": "请写明移出原因"})
    entry = FilingEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    entry.live, entry.strike_reason = False, reason.strip()
    entry.save(update_fields=["live", "strike_reason"])
    trail(Verb.FILING_STRIKE, filing_list, by=by, at=at, certification=entry.certification_id)
    return entry


@transaction.atomic
def keep(entry: FilingEntry, *, by: User, at: datetime) -> FilingEntry:
    """Put a struck entry back, unless its title has meanwhile gone onto another list."""
    filing_list = editable(entry.filing_list, by)
    elsewhere = FilingEntry.objects.filter(certification=entry.certification_id, live=True)
    if elsewhere.exclude(pk=entry.pk).exists():
        raise ValidationError("这座工厂已列入另一份清单，不能再恢复到本清单")
    entry = FilingEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    entry.live, entry.strike_reason = True, ""
    entry.save(update_fields=["live", "strike_reason"])
    trail(Verb.FILING_KEEP, filing_list, by=by, at=at, certification=entry.certification_id)
    return entry


@transaction.atomic
def file(
    filing_list: FilingList, *, document_no: str, seen: str = "", by: User, at: datetime
) -> FilingList:
    """报备: freeze the list, read through as ``seen``, and hand it to the authority above."""
    filing_list = editable(filing_list, by)
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写报备文件的文号"})
    entries = list(
        filing_list.entries.kept()
        .select_related(
            "certification__factory__enterprise",
            "certification__factory__division",
            "certification__factory__industry",
        )
        .order_by("certification__valid_from", "pk")
    )
    if not entries:
        raise ValidationError("清单里没有工厂，至少保留一座再报备")
    ended = [e for e in entries if e.certification.ending]
    if ended:
        names = "、".join(e.certification.printed_factory for e in ended[:3])
        raise ValidationError(f"{names}的认定已终止，请先移出清单")
    for entry in entries:
        entry.frozen_before, entry.remark_before = entry.frozen, entry.remark
        entry.frozen, entry.remark = particulars(entry.certification), ""
    if seen and seen != digest("", [e.frozen for e in entries]):
        raise ValidationError("打开本页以后，清单有变动。下面是最新内容，请核对后再报备")
    filing_list.document_no = document_no.strip()
    filing_list.digest = digest(document_no.strip(), [e.frozen for e in entries])
    spot_check.draw(entries, filing_list)
    FilingEntry.objects.bulk_update(
        entries,
        [
            *("frozen", "remark", "frozen_before", "remark_before"),
            *("to_recheck", "recheck_passed", "recheck_finding"),
        ],
        batch_size=500,
    )
    filing_list.status, filing_list.filed_at = Status.FILED, at
    filing_list.times_filed += 1
    filing_list.save()
    trail(
        Verb.FILING_FILE, filing_list, by=by, at=at, entries=len(entries), digest=filing_list.digest
    )
    inbox.send(
        inbox.officers_of(filing_list.recipient),
        telling.of_list(
            filing_list, Event.DESK_FILING, result=f"报备 {len(entries)} 座，待备案确认"
        ),
        key=f"filing:{filing_list.pk}:filed:{filing_list.times_filed}",
        at=at,
    )
    return filing_list


def particulars(title: Certification) -> dict[str, Any]:
    """What a list says of a title."""
    factory = title.factory
    return {
        "number": title.number,
        "enterprise": title.printed_enterprise,
        "credit_code": title.printed_credit_code,
        "factory": title.printed_factory,
        "place": factory.division.name if factory.division else "",
        "industry": str(factory.industry or ""),
        "maturity_level": title.maturity_level,
        "assessed_on": str(title.assessed_on or ""),
        "covers": coverage.words(title),
        "decided_on": str(title.valid_from),
        "document_no": title.document_no,
        "last_day": str(title.last_day or ""),
    }


def is_shown(entry: FilingEntry, filing_list: FilingList, *, to: User) -> bool:
    """Whether a list's entry is shown to this person. Who waits for a list to be mended sees it as
    it was filed, not the work on it.
    """
    being_mended = filing_list.status == Status.RETURNED and not may_edit(filing_list, to)
    return bool(entry.frozen) if being_mended else entry.live


def shown(entry: FilingEntry, *, as_filed: bool) -> dict[str, Any]:
    """The particulars of an entry, as they were filed or as they are now."""
    return entry.frozen if as_filed and entry.frozen else particulars(entry.certification)


@dataclass(frozen=True)
class Mended:
    """What the receiver said of an entry, and what was changed since: (what, old, new) each."""

    remark: str
    changes: list[tuple[str, str, str]]
    added: bool


def mended(entry: FilingEntry, *, as_filed: bool) -> Mended:
    """What has become of an entry since the list was last sent back; ``as_filed`` once it was
    filed again, else as it is being worked on.
    """
    before, remark = entry.frozen, entry.remark
    if as_filed:
        before, remark = entry.frozen_before, entry.remark_before
    now = shown(entry, as_filed=as_filed)
    return Mended(remark, changes(before, now) if before else [], added=not before)


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """The particulars that differ: (what, old, new) each."""
    return [
        (label, str(before.get(name) or "未填"), str(now.get(name) or "未填"))
        for name, label in PARTICULARS.items()
        if (before.get(name) or "") != (now.get(name) or "")
    ]


def digest(document_no: str, particulars: Iterable[Mapping[str, Any]]) -> str:
    """SHA-256 over the document number and the entries in order, so that anybody can check a list
    is unchanged.
    """
    return digests.of([document_no, list(particulars)])


@transaction.atomic
def recheck(
    entry: FilingEntry, *, passed: bool, finding: str, by: User, at: datetime
) -> FilingEntry:
    """登记抽检: what the receiver found at a factory that was drawn."""
    filing_list = _answerable(entry.filing_list, by)
    entry = FilingEntry.objects.select_for_update(of=("self",)).get(pk=entry.pk)
    if not entry.to_recheck or not entry.live:
        raise PermissionDenied("这座工厂没有被抽中")
    if not finding.strip():
        raise ValidationError({"finding": "请填写抽检情况"})
    entry.recheck_passed, entry.recheck_finding = passed, finding.strip()
    entry.save(update_fields=["recheck_passed", "recheck_finding"])
    trail(
        Verb.FILING_RECHECK,
        filing_list,
        by=by,
        at=at,
        certification=entry.certification_id,
        passed=passed,
    )
    return entry


@transaction.atomic
def acknowledge(filing_list: FilingList, *, by: User, at: datetime, answer: str = "") -> FilingList:
    """备案确认: the whole list is taken as filed and its titles become public."""
    filing_list = _answerable(filing_list, by)
    entries = list(filing_list.entries.kept().select_related("certification"))
    spot_check.ensure_passed(entries)
    certification.publish((e.certification for e in entries), by=by, at=at)
    filing_list.status, filing_list.answered_at = Status.ACKNOWLEDGED, at
    filing_list.answer = answer.strip()
    filing_list.save()
    trail(Verb.FILING_ACKNOWLEDGE, filing_list, by=by, at=at, entries=len(entries))
    told = f"已备案确认，{len(entries)} 座工厂列入公开名录"
    _tell_filer(filing_list, Event.FILING_ACKNOWLEDGED, told, at=at)
    return filing_list


@transaction.atomic
def send_back(
    filing_list: FilingList, *, remarks: Mapping[int, str], by: User, at: datetime, answer: str = ""
) -> FilingList:
    """退回: say for each faulty entry (entry id → reason) what is wrong; the filer mends and
    files again.
    """
    filing_list = _answerable(filing_list, by)
    given = {pk: text.strip() for pk, text in remarks.items() if text.strip()}
    if not given:
        raise ValidationError("请至少在一座工厂处写明退回意见")
    entries = list(filing_list.entries.kept().filter(pk__in=given))
    if len(entries) != len(given):
        raise ValidationError("有的工厂已不在清单里，请刷新后再填退回意见", code="stale")
    for entry in entries:
        entry.remark = given[entry.pk]
    FilingEntry.objects.bulk_update(entries, ["remark"])
    filing_list.status, filing_list.answered_at = Status.RETURNED, at
    filing_list.answer = answer.strip()
    filing_list.save()
    trail(Verb.FILING_SEND_BACK, filing_list, by=by, at=at, remarks=len(entries))
    told = f"退回补正，{len(entries)} 座工厂有意见"
    _tell_filer(filing_list, Event.FILING_RETURNED, told, at=at)
    return filing_list


def may_edit(filing_list: FilingList, user: User) -> bool:
    """Whether this person may change or file the list now."""
    return (
        user.role in OFFICERS
        and user.authority_id == filing_list.authority_id
        and filing_list.status in (Status.DRAFT, Status.RETURNED)
        and may_change(user, Duty.FILING, filing_list.tier)
    )


def may_answer(filing_list: FilingList, user: User) -> bool:
    """Whether this person may acknowledge the list or send it back now."""
    return (
        user.role in OFFICERS
        and user.authority_id == filing_list.recipient_id
        and filing_list.status == Status.FILED
        and may_change(user, Duty.FILING, filing_list.tier)
    )


def editable(filing_list: FilingList, by: User) -> FilingList:
    """The list, locked, for whoever may change it; PermissionDenied for everybody else."""
    filing_list = _reread(filing_list)
    if not may_edit(filing_list, by):
        raise PermissionDenied("清单已报备或不由本部门整理，不能再改")
    return filing_list


def _answerable(filing_list: FilingList, by: User) -> FilingList:
    filing_list = _reread(filing_list)
    if not may_answer(filing_list, by):
        raise PermissionDenied("清单的状态已变化，或不由本部门办理，请刷新后再看")
    return filing_list


def _reread(filing_list: FilingList) -> FilingList:
    return (
        FilingList.objects.select_for_update(of=("self",))
        .select_related("authority", "recipient")
        .get(pk=filing_list.pk)
    )


def _tell_filer(filing_list: FilingList, event: Event, result: str, *, at: datetime) -> None:
    inbox.send(
        inbox.officers_of(filing_list.authority),
        telling.of_list(filing_list, event, result=result),
        key=f"filing:{filing_list.pk}:{filing_list.status}:{filing_list.times_filed}",
        at=at,
    )


def trail(verb: Verb, filing_list: FilingList, *, by: User, at: datetime, **data: Any) -> None:
    """Write the audit row of an act on a list."""
    audit.record(verb, filing_list, by=by, at=at, path=filing_list.authority.path, **data)
