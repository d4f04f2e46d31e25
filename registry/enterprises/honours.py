"""Titles of older or parallel schemes: recorded with their document, verified, withdrawn.

A firm may say of itself what it likes; only an honour that an office of its own level has recorded
or verified can give a tier.
"""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import policy
from registry.access import OFFICERS, Role, business_date, may_change
from registry.audit import Verb
from registry.enterprises.scope import ensure_visible, one_at_a_time, trail
from registry.models import Authority, Enterprise, Factory, Honour, User

#: The lowest office that can say whether an honour was given or taken away.
JUDGES = {"national": Role.PROVINCE, "province": Role.PROVINCE, "city": Role.CITY}


@transaction.atomic
def record_honour(
    enterprise: Enterprise,
    *,
    kind: str,
    document_no: str,
    awarded_on: date,
    factory: Factory | None = None,
    note: str = "",
    by: User,
    at: datetime,
) -> Honour:
    """Record a title of an older scheme with the document that gave it. Recording the same one
    twice is refused. Recorded by an office of the honour's own level it counts as verified.
    """
    ensure_visible(enterprise, by)
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写授予称号的文号"})
    if awarded_on > business_date(at):
        raise ValidationError({"awarded_on": "授予日期不能晚于今天"})
    if factory is not None and factory.enterprise_id != enterprise.pk:
        raise ValidationError({"factory": "请选择这家企业的工厂"})
    honour = Honour(
        enterprise=enterprise,
        factory=factory,
        kind=kind,
        document_no=document_no.strip(),
        awarded_on=awarded_on,
        note=note.strip(),
    )
    one_at_a_time(enterprise)
    same = Honour.objects.filter(
        enterprise=enterprise, factory=factory, kind=kind, document_no=honour.document_no
    )
    if same.exists():
        raise ValidationError({"document_no": "这项称号已登记过"})
    if may_judge(honour, by):
        honour.verified_at, honour.verified_by = at, by
    honour.save()
    trail(
        Verb.HONOUR_RECORD,
        honour,
        enterprise,
        by=by,
        at=at,
        kind=kind,
        document_no=honour.document_no,
    )
    return honour


def kind_of(honour: Honour) -> policy.HonourKind | None:
    """What the honour is, by whichever edition knows its code in the firm's province."""
    province = _authority(honour)
    for rules in policy.all_policies():
        if province is None or rules.province == province.province_code:
            for kind in rules.honour_kinds:
                if kind.code == honour.kind:
                    return kind
    return None


def _authority(honour: Honour) -> Authority | None:
    return honour.factory.authority if honour.factory else honour.enterprise.authority


def may_judge(honour: Honour, user: User) -> bool:
    """Whether this officer can say that the honour was given, or that it has been withdrawn."""
    kind, place = kind_of(honour), _authority(honour)
    return (
        user.role in OFFICERS
        and kind is not None
        and place is not None
        and OFFICERS.index(Role(user.role)) >= OFFICERS.index(JUDGES[kind.scope])
        and place.path.startswith(user.authority_path)
        and may_change(user)
    )


@transaction.atomic
def verify_honour(honour: Honour, *, by: User, at: datetime) -> Honour:
    """核实: an office of the honour's own level says that it was given as recorded."""
    honour = _judged(honour, by)
    if honour.withdrawn_on is not None:
        raise ValidationError("这项称号已被取消，不能再核实", code="stale")
    if honour.verified_at is None:
        honour.verified_at, honour.verified_by = at, by
        honour.save(update_fields=["verified_at", "verified_by"])
        _trail(Verb.HONOUR_VERIFY, honour, by=by, at=at)
    return honour


@transaction.atomic
def withdraw_honour(
    honour: Honour, *, reason: str, document_no: str, withdrawn_on: date, by: User, at: datetime
) -> Honour:
    """取消称号: from the day of the document. What rests on the honour ends by
    ``tiers.derivation.lose_honour``, which calls this.
    """
    honour = _judged(honour, by)
    if honour.withdrawn_on is not None:
        raise ValidationError("这项称号已登记取消，请刷新后再看", code="stale")
    errors = {}
    if not reason.strip():
        errors["reason"] = "请填写取消原因"
    if not document_no.strip():
        errors["document_no"] = "请填写取消称号文件的文号"
    if withdrawn_on > business_date(at):
        errors["withdrawn_on"] = "取消日期不能晚于今天"
    elif withdrawn_on < honour.awarded_on:
        errors["withdrawn_on"] = f"取消日期不能早于授予日期 {honour.awarded_on:%Y-%m-%d}"
    if errors:
        raise ValidationError(errors)
    honour.withdrawn_on, honour.withdrawal_reason = withdrawn_on, reason.strip()
    honour.withdrawal_document_no = document_no.strip()
    honour.save()
    _trail(
        Verb.HONOUR_WITHDRAW,
        honour,
        by=by,
        at=at,
        withdrawn_on=str(withdrawn_on),
        withdrawal_document_no=honour.withdrawal_document_no,
    )
    return honour


def _judged(honour: Honour, by: User) -> Honour:
    ensure_visible(honour, by)
    honour = (
        Honour.objects.select_for_update(of=("self",))
        .select_related("enterprise__authority", "factory__authority")
        .get(pk=honour.pk)
    )
    if not may_judge(honour, by):
        raise PermissionDenied("这项称号由授予它的一级主管部门核实和取消")
    return honour


def _trail(verb: Verb, honour: Honour, *, by: User, at: datetime, **data: str) -> None:
    place = _authority(honour)
    trail(
        verb,
        honour,
        honour.enterprise,
        by=by,
        at=at,
        path=place.path if place else "",
        kind=honour.kind,
        document_no=honour.document_no,
        **data,
    )
