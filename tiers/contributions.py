"""What a factory gives others (对外贡献): recorded by its firm with proof, confirmed by its bureau,
and public only where both the bureau has confirmed and the firm consents.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, inbox
from registry.access import Role, business_date, may_change
from registry.audit import Verb
from registry.models import Event, Factory, User
from tiers import chain
from tiers.models import Contribution

Kind, Status = Contribution.Kind, Contribution.Status
EARLIEST = 2000


@dataclass(frozen=True)
class Given:
    """What the firm says of it."""

    kind: str
    title: str
    year: int
    partner: str
    consented: bool


# --- questions ----------------------------------------


def may_record(factory: Factory, user: User) -> bool:
    own = user.role == Role.ENTERPRISE and user.enterprise_id == factory.enterprise_id
    return own and may_change(user)


def may_answer(factory: Factory, user: User) -> bool:
    """The city's bureau confirms."""
    if user.role != Role.CITY or not may_change(user):
        return False
    return factory.authority.path.startswith(user.authority_path)


def public_of(factory: Factory) -> Iterable[Contribution]:
    """What everybody may read about a factory."""
    return Contribution.objects.filter(factory=factory).public().order_by("-year", "pk")


# --- acts ----------------------------------------


@transaction.atomic
def record(
    factory: Factory, given: Given, upload: File, *, name: str, by: User, at: datetime
) -> Contribution:
    """Put one thing on record; it waits for the bureau, who is told."""
    if not may_record(factory, by):
        raise PermissionDenied("对外贡献由本企业登记")
    if given.kind not in Kind.values:
        raise ValidationError({"kind": "请从列出的类别中选择"})
    if not given.title.strip() or not given.partner.strip():
        raise ValidationError("请填写名称和服务对象或编号")
    if not EARLIEST <= given.year <= business_date(at).year:
        raise ValidationError({"year": f"年份在 {EARLIEST} 年以后，不晚于今年"})
    seen = self_assessment.vetted(upload, name)
    one = Contribution(
        factory=factory,
        kind=given.kind,
        title=given.title.strip(),
        year=given.year,
        partner=given.partner.strip(),
        consented=given.consented,
        file_name=seen.name,
        file_type=seen.content_type,
        sha256=seen.sha256,
        added_by=by,
        added_at=at,
    )
    one.file.save("", upload, save=False)
    one.save()
    _trail(Verb.CONTRIBUTION_RECORD, one, by=by, at=at, kind=one.kind)
    office = chain.authority_at(factory, Role.CITY)
    if office:
        message = _message(one, Event.DESK_CONTRIBUTION, "待确认", "核对证明材料后确认")
        inbox.send(inbox.officers_of(office), message, key=f"contribution:{one.pk}", at=at)
    return one


@transaction.atomic
def answer(
    one: Contribution, *, confirmed: bool, reason: str = "", by: User, at: datetime
) -> Contribution:
    """Confirm it, or say why not. Once."""
    one = _locked(one)
    if not may_answer(one.factory, by):
        raise PermissionDenied("对外贡献由市级主管部门确认")
    if one.status != Status.WAITING:
        raise ValidationError(f"这一项{one.get_status_display()}，请刷新后再看", code="stale")
    if not confirmed and not reason.strip():
        raise ValidationError({"reason": "请写明未予确认的原因，企业能看到"})
    one.status = Status.CONFIRMED if confirmed else Status.DECLINED
    one.answer = "" if confirmed else reason.strip()
    one.answered_by, one.answered_name, one.answered_at = by, str(by), at
    one.save()
    _trail(Verb.CONTRIBUTION_ANSWER, one, by=by, at=at, status=one.status)
    result = "已确认" if confirmed else f"未予确认：{one.answer}"
    message = _message(one, Event.TITLE_CONTRIBUTION, result, "" if confirmed else "补充后重新登记")
    staff = inbox.staff_of(one.factory.enterprise)
    inbox.send(staff, message, key=f"contribution:{one.pk}:{one.status}", at=at)
    return one


@transaction.atomic
def consent(one: Contribution, *, consented: bool, by: User, at: datetime) -> Contribution:
    """The firm lets it be shown to everybody, or no longer."""
    one = _own(one, by)
    if one.consented != consented:
        one.consented = consented
        one.save(update_fields=["consented"])
        _trail(Verb.CONTRIBUTION_CONSENT, one, by=by, at=at, consented=consented)
    return one


@transaction.atomic
def withdraw(one: Contribution, *, by: User, at: datetime) -> Contribution:
    """The firm takes it back; it stays on record."""
    one = _own(one, by)
    one.status = Status.WITHDRAWN
    one.save(update_fields=["status"])
    _trail(Verb.CONTRIBUTION_WITHDRAW, one, by=by, at=at)
    return one


def _own(one: Contribution, by: User) -> Contribution:
    one = _locked(one)
    if not may_record(one.factory, by):
        raise PermissionDenied("对外贡献由本企业管理")
    if one.status == Status.WITHDRAWN:
        raise ValidationError("这一项已撤回，请刷新后再看", code="stale")
    return one


def _locked(one: Contribution) -> Contribution:
    rows = Contribution.objects.select_for_update(of=("self",))
    found: Contribution = rows.select_related("factory__enterprise", "factory__authority").get(
        pk=one.pk
    )
    return found


def _message(one: Contribution, event: Event, result: str, next_step: str) -> inbox.Message:
    return inbox.Message(
        event=event,
        matter=f"{one.factory.name}的{one.get_kind_display()}：{one.title}",
        result=result,
        next_step=next_step,
        link=f"/factories/{one.factory_id}/contributions/",
    )


def _trail(verb: Verb, one: Contribution, *, by: User, at: datetime, **data: object) -> None:
    audit.record(
        verb,
        one,
        by=by,
        at=at,
        path=one.factory.authority.path,
        enterprise_id=one.factory.enterprise_id,
        factory=one.factory_id,
        **data,
    )
