"""What is done with a summary: written, prepared by one person, signed by another, sent back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, digests, inbox
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.merging import Seen, merged
from registry.models import Authority, Event, User
from reports.models import Summary, SummaryFile
from reports.summaries import content
from tiers import involvement

FILES_MOST = 20
STALE = "总结或登记数据有变化，没有办理，请看过最新内容再办"
SIGNED = "本年度总结已签报，不能再改；确需修改的，请上级部门退回"


# --- questions ----------------------------------------


def may_handle(summary: Summary, user: User) -> bool:
    """Whether this person works on the summary: somebody of the office that owes it."""
    return user.role in OFFICERS and user.authority_id == summary.authority_id and may_change(user)


def may_edit(summary: Summary, user: User) -> bool:
    return summary.signed_at is None and may_handle(summary, user)


def may_send_back(summary: Summary, user: User) -> bool:
    """The office that it was signed for, as long as it stands."""
    if summary.signed_at is None or summary.sent_back_at is not None:
        return False
    above = office_above(summary)
    return (
        above is not None
        and user.role in OFFICERS
        and user.authority_id == above.pk
        and may_change(user)
    )


def office_above(summary: Summary) -> Authority | None:
    """The nearest office above that sums up the same year."""
    path, places = summary.authority.path, []
    while path.count("/") > 2:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        places.append(path)
    found = Summary.objects.standing().filter(year=summary.year, authority__path__in=places)
    nearest = found.select_related("authority").order_by("-authority__path").first()
    return nearest.authority if nearest else None


def is_prepared(summary: Summary, now: content.Content) -> bool:
    return summary.prepared_at is not None and summary.prepared_digest == now.digest


def stops(summary: Summary, now: content.Content) -> list[str]:
    """Why the summary cannot be prepared as it stands."""
    found = [f"“{heading}”还没有填写" for heading in now.missing]
    if now.gaps and not summary.gaps_note.strip():
        names = "、".join(unit.name for unit in now.gaps)
        found.append(f"{names}还没有签报：请催报，或填写“下级未签报的说明”后按登记数据汇总")
    return found


# --- acts ----------------------------------------


def facts(summary: Summary) -> dict[str, Any]:
    """What is typed, as it stands, by the names of the form."""
    written = {key: summary.texts.get(key, "") for key, _, _ in content.SECTIONS}
    return {**written, "gaps_note": summary.gaps_note}


@transaction.atomic
def write(
    summary: Summary, given: Mapping[str, str], *, seen: Seen | None, by: User, at: datetime
) -> Summary:
    """Save the words; what was prepared lapses by it. Raises Overlap where two wrote the same."""
    summary = _open(summary, by)
    known = facts(summary)
    stored = merged(known, {name: given[name] for name in given if name in known}, seen)
    known |= {name: str(value).strip() for name, value in stored.items()}
    summary.gaps_note = known.pop("gaps_note")
    summary.texts = known
    summary.save(update_fields=["texts", "gaps_note"])
    _trail(Verb.SUMMARY_WRITE, summary, by=by, at=at)
    return summary


@transaction.atomic
def attach(summary: Summary, upload: File, *, name: str, by: User, at: datetime) -> SummaryFile:
    """An attachment; kinds and sizes as for any proof."""
    summary = _open(summary, by)
    seen = self_assessment.vetted(upload, name)
    if summary.files.live().count() >= FILES_MOST:
        raise ValidationError({"file": f"附件不超过 {FILES_MOST} 份，请先移除用不到的"})
    kept = SummaryFile(
        summary=summary,
        **seen.columns,
        added_by=by,
        added_at=at,
    )
    kept.file.save("", upload, save=False)
    kept.save()
    _trail(Verb.SUMMARY_ATTACH, summary, by=by, at=at, sha256=kept.sha256)
    return kept


@transaction.atomic
def detach(kept: SummaryFile, *, by: User, at: datetime) -> None:
    """Take an attachment out; row and file stay."""
    summary = _open(kept.summary, by)
    taken = SummaryFile.objects.live().filter(pk=kept.pk).update(removed_at=at)
    if taken:
        _trail(Verb.SUMMARY_DETACH, summary, by=by, at=at, sha256=kept.sha256)


@transaction.atomic
def prepare(summary: Summary, *, seen: str, by: User, at: datetime) -> Summary:
    """One person stands for the words and figures whose digest he has ``seen``."""
    summary = _open(summary, by)
    now = content.now(summary)
    _ensure_current(now, seen)
    if found := stops(summary, now):
        raise ValidationError(found)
    summary.prepared_name, summary.prepared_at = str(by), at
    summary.prepared_digest = now.digest
    summary.save(update_fields=["prepared_name", "prepared_at", "prepared_digest"])
    summary.preparers.set(involvement.people_behind(by))
    _trail(Verb.SUMMARY_PREPARE, summary, by=by, at=at, digest=now.digest)
    colleagues = [one for one in inbox.officers_of(summary.authority) if one.pk != by.pk]
    _tell(
        summary,
        colleagues,
        f"已由{by}准备，待签报",
        "核对内容后签报，准备人不能自己签报",
        key=f"prepared:{now.digest[:12]}",
        at=at,
    )
    return summary


@transaction.atomic
def sign(summary: Summary, *, seen: str, by: User, at: datetime) -> Summary:
    """A second person of the office signs: words, attachments and figures with their rows are
    frozen, and the office above is told.
    """
    summary = _open(summary, by)
    now = content.now(summary)
    _ensure_current(now, seen)
    if summary.prepared_at is None:
        raise ValidationError("还没有人准备，不能签报")
    if not is_prepared(summary, now):
        raise ValidationError("准备以后内容有变化，准备已失效，请重新准备", code="lapsed")
    if involvement.prepared(summary, by):
        raise ValidationError("总结由本人（或所代的人）准备，须由另一人签报", code="same_person")
    summary.frozen = {
        **now.frozen,
        "office": summary.authority.name,
        "year": summary.year,
        "edition": summary.edition,
        "prepared": summary.prepared_name,
        "signed": str(by),
        "signed_on": str(business_date(at)),
    }
    summary.digest = digests.of(summary.frozen)
    summary.signed_by, summary.signed_name, summary.signed_at = by, str(by), at
    summary.save(update_fields=["frozen", "digest", "signed_by", "signed_name", "signed_at"])
    _trail(Verb.SUMMARY_SIGN, summary, by=by, at=at, digest=summary.digest)
    if above := office_above(summary):
        result = f"{summary.authority.short_name}已签报（第 {summary.edition} 版）"
        _tell(summary, inbox.officers_of(above), result, "查阅总结", key="signed", at=at)
    return summary


@transaction.atomic
def send_back(summary: Summary, *, reason: str, due_on: date, by: User, at: datetime) -> Summary:
    """The office above opens a signed summary again: this edition stays as it was signed, and the
    next begins with its words and attachments.
    """
    summary = _locked(summary)
    if not may_send_back(summary, by):
        raise PermissionDenied("已签报的总结由上一级部门退回")
    missing = {}
    if not reason.strip():
        missing["reason"] = "请写明退回原因和修改要求"
    if due_on < business_date(at):
        missing["due_on"] = "重新报送截止日期不能早于今天"
    if missing:
        raise ValidationError(missing)
    summary.sent_back_by, summary.sent_back_name, summary.sent_back_at = by, str(by), at
    summary.sent_back_reason = reason.strip()
    summary.save(
        update_fields=["sent_back_by", "sent_back_name", "sent_back_at", "sent_back_reason"]
    )
    again = _next_edition(summary, due_on, at)
    _trail(Verb.SUMMARY_SEND_BACK, summary, by=by, at=at, edition=summary.edition)
    _tell(
        again,
        inbox.officers_of(summary.authority),
        f"上级部门已退回：{summary.sent_back_reason}",
        "修改后重新准备、签报",
        key="sent-back",
        due_on=due_on,
        at=at,
    )
    return again


def _next_edition(summary: Summary, due_on: date, at: datetime) -> Summary:
    again = Summary.objects.create(
        authority=summary.authority,
        year=summary.year,
        edition=summary.edition + 1,
        due_on=due_on,
        opened_at=at,
        texts=summary.texts,
        gaps_note=summary.gaps_note,
    )
    kept = ("file", "name", "size", "content_type", "sha256", "added_by_id", "added_at")
    for row in summary.files.live().order_by("pk").values(*kept):
        SummaryFile.objects.create(summary=again, **row)
    return again


def _locked(summary: Summary) -> Summary:
    found: Summary = (
        Summary.objects.select_for_update(of=("self",))
        .select_related("authority__parent")
        .get(pk=summary.pk)
    )
    return found


def _open(summary: Summary, by: User) -> Summary:
    """The summary again under its lock, if this person may still work on it."""
    summary = _locked(summary)
    if not may_handle(summary, by):
        raise PermissionDenied("年度总结由本部门经办人员办理")
    if summary.signed_at is not None:
        raise ValidationError(SIGNED, code="stale")
    return summary


def _ensure_current(now: content.Content, seen: str) -> None:
    if now.digest != seen:
        raise ValidationError(STALE, code="stale")


def _tell(
    summary: Summary,
    people: list[User],
    result: str,
    next_step: str,
    *,
    key: str,
    due_on: date | None = None,
    at: datetime,
) -> None:
    message = inbox.Message(
        event=Event.ANNUAL_SUMMARY,
        matter=str(summary),
        result=result,
        next_step=next_step,
        due_on=due_on,
        link=f"/annual/summaries/{summary.pk}/",
    )
    inbox.send(people, message, key=f"summary:{summary.pk}:{key}", at=at)


def _trail(verb: Verb, summary: Summary, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, summary, by=by, at=at, path=summary.authority.path, **data)
