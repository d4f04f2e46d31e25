"""Public notice (公示): a list of cases frozen with a digest, shown for some working days.

One officer prepares, another publishes. What was published never changes: a mistake is mended by
withdrawing the notice with a reason and publishing anew. Closing moves cases, see ``proceedings``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, digests, inbox, personal, policy, workdays
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from registry.policy import StepKind, Tier
from tiers import chain, telling
from tiers.eligibility import Problem
from tiers.models import Application, Notice, NoticeEntry, Objection, Round

Status = Notice.Status
BATCHED = "公示整批办理：在批次的“公示”页发布，期满后在那里办结"
ON_NOTICE = "本件正在公示，不能单独退回或不予认定。确有问题的，先撤回公示"
ANOTHER = "公示由准备人以外的人员发布，请同事核对后发布"


@dataclass(frozen=True)
class Contact:
    """How to reach the office about a notice: its own telephone and addresses."""

    phone: str
    email: str
    address: str


# --- questions ----------------------------------------


def level(batch: Round) -> str | None:
    """The level that publicises under the rules of the round; None where nobody does."""
    named = chain.steps_of(batch)
    return next((step.level for step in named if step.kind == StepKind.PUBLICISE), None)


def may_manage(batch: Round, user: User) -> bool:
    """Whether this person's office publicises the cases of the round."""
    return (
        user.role in OFFICERS
        and user.role == level(batch)
        and user.authority_id == batch.authority_id
        and may_change(user)
    )


def waiting(batch: Round) -> list[Application]:
    """The round's cases at this step that stand on no notice, in the order of their numbers."""
    found = Application.objects.filter(
        round=batch, status=Application.Status.IN_PROGRESS, step=StepKind.PUBLICISE
    ).exclude(notice_entries__live=True)
    related = (
        "round", "factory__enterprise", "factory__division", "factory__authority__parent__parent",
    )  # fmt: skip
    return list(found.select_related(*related).order_by("number"))


def listing(cases: Sequence[Application]) -> list[dict[str, Any]]:
    """What the public reads of each case, in order. Firms and places only, never a person."""
    return [
        {
            "no": place,
            "number": case.number,
            "enterprise": case.factory.enterprise.name,
            "credit_code": case.factory.enterprise.credit_code,
            "factory": case.factory.name,
            "place": case.factory.division.name if case.factory.division else "",
            "unit": case.factory.authority.short_name,
            "tier": Tier(case.tier).label,
        }
        for place, case in enumerate(cases, start=1)
    ]


def as_text(content: Sequence[Mapping[str, Any]]) -> str:
    """The list as the file that anybody can download; the digest is that of its bytes."""
    return digests.text_of(list(content))


def digest(content: Sequence[Mapping[str, Any]]) -> str:
    return digests.of(list(content))


def live_entry(application: Application) -> NoticeEntry | None:
    return (
        NoticeEntry.objects.filter(application=application, live=True)
        .select_related("notice")
        .first()
    )


def open_points(application: Application) -> list[Problem]:
    """Why the case cannot leave this step: only the closing of its notice lets it go."""
    entry = live_entry(application)
    if entry is None or entry.notice.status != Status.CLOSED:
        return [Problem("notice", BATCHED)]
    upheld = Objection.objects.filter(
        application=application, finding=Objection.Finding.UPHELD
    ).exists()
    return [Problem("objection", "对本件的异议成立，不能办结公示")] if upheld else []


def holds(application: Application) -> list[Problem]:
    """Why the case cannot be taken off its list alone."""
    if application.step != StepKind.PUBLICISE:
        return []
    entry = live_entry(application)
    shown = entry is not None and entry.notice.status == Status.PUBLISHED
    return [Problem("notice", ON_NOTICE)] if shown else []


def closing_stops(shown: Notice, on: date) -> list[str]:
    """Why the notice cannot be closed yet, each with what is to be done."""
    if shown.status != Status.PUBLISHED or shown.ends_on is None:
        return ["这份公示不在公示中，请刷新后再看"]
    stops = []
    if on <= shown.ends_on:
        stops.append(f"公示期至 {workdays.stated(shown.ends_on)}，期满后的第二天起可以办结")
    if number := objections_to(shown).open().count():
        stops.append(f"还有 {number} 件异议没有办结，全部办结并答复后才能办结公示")
    return stops


def objections_to(shown: Notice) -> Any:
    """Objections to the cases of this notice, also those made to an earlier one withdrawn since."""
    entries = NoticeEntry.objects.filter(notice=shown)
    return Objection.objects.filter(application__in=entries.values("application"))


# --- acts ----------------------------------------


@transaction.atomic
def prepare(batch: Round, *, title: str, contact: Contact, by: User, at: datetime) -> Notice:
    """Draw up the list of all cases that wait; done again it replaces what is not yet published."""
    batch = _managed(batch, by)
    cases = waiting(batch)
    if not cases:
        raise ValidationError("本批次没有等待公示的申报")
    days = policy.get(batch.policy).tiers[Tier(batch.tier)].publicise_workdays
    if days is None:
        raise RuntimeError(f"{batch.policy} publicises without a number of days")
    content = listing(cases)
    _ensure_impersonal(title, contact, content)
    drafted, _ = Notice.objects.update_or_create(
        round=batch,
        status=Status.DRAFT,
        defaults={
            "authority": batch.authority,
            "title": _given(title, "title", "请填写公示标题"),
            "content": content,
            "digest": digest(content),
            "workdays": days,
            "contact_phone": _given(contact.phone, "phone", "请填写单位的联系电话"),
            "contact_email": contact.email.strip(),
            "contact_address": _given(contact.address, "address", "请填写单位的通信地址"),
            "prepared_by": by,
            "prepared_at": at,
        },
    )
    _trail(Verb.NOTICE_PREPARE, drafted, by=by, at=at, digest=drafted.digest, cases=len(cases))
    colleagues = [one for one in inbox.officers_of(batch.authority) if one.pk != by.pk]
    message = inbox.Message(
        event=Event.DESK_NOTICE,
        matter=drafted.title,
        result=f"名单已准备，共 {len(cases)} 座，待发布",
        next_step="核对名单后发布，发布人不能是准备人",
        link=f"/rounds/{batch.pk}/notice/",
    )
    inbox.send(colleagues, message, key=f"notice:{drafted.pk}:{drafted.digest[:12]}", at=at)
    return drafted


@transaction.atomic
def publish(drafted: Notice, *, by: User, at: datetime) -> Notice:
    """Show the list from today. Refused where the cases have changed since it was prepared."""
    _managed(drafted.round, by)
    drafted = _locked(drafted)
    if drafted.status != Status.DRAFT:
        raise ValidationError("这份公示已经发布，请刷新后再看", code="stale")
    if drafted.prepared_by_id == by.pk:
        raise ValidationError(ANOTHER)
    cases = waiting(drafted.round)
    if digest(listing(cases)) != drafted.digest:
        raise ValidationError("准备之后名单有变化，请重新准备并核对", code="stale")
    drafted.status = Status.PUBLISHED
    drafted.published_by, drafted.published_at = by, at
    drafted.starts_on = business_date(at)
    drafted.ends_on = workdays.add(drafted.starts_on, drafted.workdays)
    drafted.save()
    NoticeEntry.objects.bulk_create(
        NoticeEntry(notice=drafted, application=case, frozen=row)
        for case, row in zip(cases, drafted.content, strict=True)
    )
    _trail(
        Verb.NOTICE_PUBLISH,
        drafted,
        by=by,
        at=at,
        digest=drafted.digest,
        starts_on=str(drafted.starts_on),
        ends_on=str(drafted.ends_on),
    )
    _tell_firms(drafted, cases, at=at)
    return drafted


def _tell_firms(shown: Notice, cases: Sequence[Application], *, at: datetime) -> None:
    for case in cases:
        message = telling.of_application(
            case,
            Event.CASE_ON_NOTICE,
            result=f"正在公示，公示期至 {shown.ends_on:%Y-%m-%d}",
            next_step="公示期满无异议的，进入认定",
        )
        key = f"notice:{shown.pk}:{case.pk}"
        inbox.send(inbox.staff_of(case.factory.enterprise), message, key=key, at=at)


@transaction.atomic
def withdraw(shown: Notice, *, reason: str, by: User, at: datetime) -> Notice:
    """Take a running notice back. It stays readable as withdrawn, and its cases wait again."""
    _managed(shown.round, by)
    shown = _locked(shown)
    if shown.status != Status.PUBLISHED:
        raise ValidationError("只能撤回公示中的名单，请刷新后再看", code="stale")
    shown.withdraw_reason = _given(reason, "reason", "请写明撤回的原因，公众能看到")
    if fault := personal.refusal(reason):
        raise ValidationError({"reason": fault})
    shown.status = Status.WITHDRAWN
    shown.withdrawn_by, shown.withdrawn_at = by, at
    shown.save()
    shown.entries.update(live=False)
    _trail(Verb.NOTICE_WITHDRAW, shown, by=by, at=at, reason=shown.withdraw_reason)
    return shown


@transaction.atomic
def finish(shown: Notice, *, by: User, at: datetime) -> Notice:
    """End the notice with its record. Its cases are moved by ``proceedings`` in the same go."""
    _managed(shown.round, by)
    shown = _locked(shown)
    if stops := closing_stops(shown, business_date(at)):
        raise ValidationError(stops, code="stale")
    shown.closing = _record(shown, on=business_date(at))
    shown.status = Status.CLOSED
    shown.closed_by, shown.closed_at = by, at
    shown.save()
    _trail(Verb.NOTICE_CLOSE, shown, by=by, at=at, **shown.closing)
    return shown


def _record(shown: Notice, *, on: date) -> dict[str, Any]:
    """公示办结记录: counts and the digest of what was shown, no word of any objection."""
    brought = objections_to(shown)
    upheld = set(
        brought.filter(finding=Objection.Finding.UPHELD).values_list("application", flat=True)
    )
    at_step = set(
        shown.entries.filter(
            application__status=Application.Status.IN_PROGRESS,
            application__step=StepKind.PUBLICISE,
        ).values_list("application", flat=True)
    )
    return {
        "digest": shown.digest,
        "starts_on": str(shown.starts_on),
        "ends_on": str(shown.ends_on),
        "closed_on": str(on),
        "listed": len(shown.content),
        "passed": len(at_step - upheld),
        "rejected": len(at_step & upheld),
        "left": len(shown.content) - len(at_step),
        "objections": brought.count(),
        "upheld": brought.filter(finding=Objection.Finding.UPHELD).count(),
    }


def _managed(batch: Round, by: User) -> Round:
    """The round, for an officer of the office that publicises its cases."""
    if not may_manage(batch, by):
        raise PermissionDenied("公示由开放批次的部门办理")
    return batch


def _locked(shown: Notice) -> Notice:
    found: Notice = (
        Notice.objects.select_for_update(of=("self",))
        .select_related("round__authority", "authority")
        .get(pk=shown.pk)
    )
    return found


def _ensure_impersonal(title: str, contact: Contact, content: Sequence[Mapping[str, Any]]) -> None:
    """Nothing that reaches a person stands in what the public will read."""
    offices = {"phone": contact.phone, "email": contact.email, "address": contact.address}
    found = {name: personal.refusal(text, office=True) for name, text in offices.items()}
    found["title"] = personal.refusal(title)
    named = [(row["number"], personal.refusal(row["enterprise"] + " " + row["factory"]))
             for row in content]  # fmt: skip
    faults: dict[str, Any] = {name: text for name, text in found.items() if text}
    if listed := [f"{number} 的企业或工厂名称：{text}" for number, text in named if text]:
        faults[NON_FIELD_ERRORS] = listed
    if faults:
        raise ValidationError(faults)


def _given(text: str, field: str, sentence: str) -> str:
    if not text.strip():
        raise ValidationError({field: sentence})
    return text.strip()


def _trail(verb: Verb, shown: Notice, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, shown, by=by, at=at, path=shown.authority.path, **data)
