"""Issuing (发证) for more titles than one request carries: ordered at once, done in the background.

The order is rows of ours, a line for each title. A worker does a part of them in one transaction,
holding the order by its lock: one that is killed has written nothing of its part and leaves it to
the next. Each part is an act of its own, so that its certificates come as one file.
"""

from __future__ import annotations

from datetime import datetime

import structlog
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse

from registry import audit, bulk, inbox
from registry.access import business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, User
from tiers.certificates import issuing
from tiers.models import Certificate, Issuance, IssuanceLine

log = structlog.get_logger("portal.certificates")

NO_RIGHT = "交办签发的人现在不能签发证书"
BROKEN = "签发时出错，请稍后再签发；仍不成功的，请联系平台管理员"


@transaction.atomic
def press(*, by: User, at: datetime) -> Issuance | list[Certificate]:
    """发证 for all that wait: the certificates, or the order where there are too many for now."""
    if by.authority is None:
        raise PermissionDenied("证书由认定部门签发")
    office = Authority.objects.select_for_update().get(pk=by.authority.pk)
    if Issuance.objects.of_office(by).open().exists():
        raise ValidationError("本部门的证书正在批量签发，请等它办完")
    due = issuing.due(by, on=business_date(at)).order_by("valid_from", "pk")
    keys = list(due.values_list("pk", flat=True))
    if len(keys) <= issuing.AT_ONCE:
        return issuing.issue_all(keys, by=by, at=at)
    ordered = Issuance.objects.create(authority=office, by=by, at=at)
    bulk.write([IssuanceLine(issuance=ordered, certification_id=key) for key in keys])
    audit.record(Verb.CERTIFICATE_ORDER, ordered, by=by, at=at, path=office.path, titles=len(keys))
    return ordered


def work(*, at: datetime) -> int:
    """One part of everything that was ordered and nobody has in hand; how many titles were done."""
    return sum(_part(pk, at) for pk in list(Issuance.objects.open().values_list("pk", flat=True)))


def _part(pk: int, at: datetime) -> int:
    try:
        return _issue_part(pk, at)
    except (ValidationError, PermissionDenied) as refusal:
        said = "；".join(getattr(refusal, "messages", [])) or str(refusal)
        return _give_up(pk, said, at)
    except Exception:
        log.exception("issuance", issuance=pk)
        return _give_up(pk, BROKEN, at)


@transaction.atomic
def _issue_part(pk: int, at: datetime) -> int:
    ordered = _in_hand(pk)
    if ordered is None:
        return 0
    by = ordered.by
    if not by.is_active or by.authority_id != ordered.authority_id or not may_change(by):
        raise PermissionDenied(NO_RIGHT)
    waiting = ordered.lines.waiting().order_by("pk")[: issuing.AT_ONCE]
    lines = {line.certification_id: line for line in waiting}
    clear = []
    for title in issuing.locked(lines):
        lines[title.pk].trouble = issuing.hindrance(title, by, business_date(at))
        if not lines[title.pk].trouble:
            clear.append(title)
    for made in issuing.issued(clear, by=by, at=at):
        lines[made.certification_id].certificate = made
    IssuanceLine.objects.bulk_update(lines.values(), ["certificate", "trouble"])
    _finish_if_done(ordered, at)
    return len(lines)


def _in_hand(pk: int) -> Issuance | None:
    """The order, unless another worker holds it or it is done."""
    rows = Issuance.objects.open().select_for_update(of=("self",), skip_locked=True)
    return rows.select_related("authority", "by__authority").filter(pk=pk).first()


@transaction.atomic
def _give_up(pk: int, said: str, at: datetime) -> int:
    """What is left gets the reason; the titles wait on the desk as they did before."""
    ordered = _in_hand(pk)
    if ordered is None:
        return 0
    left = ordered.lines.waiting().update(trouble=said[:300])
    _finish_if_done(ordered, at)
    return left


def _finish_if_done(ordered: Issuance, at: datetime) -> None:
    if ordered.lines.waiting().exists():
        return
    ordered.done_at = at
    ordered.save(update_fields=["done_at"])
    refused = ordered.lines.refused().count()
    result = f"签发 {ordered.lines.issued().count()} 张"
    message = inbox.Message(
        event=Event.DESK_CERTIFICATES,
        matter="批量签发证书",
        result=result + (f"，{refused} 张没有签发" if refused else ""),
        next_step="看没有签发的原因" if refused else "",
        link=reverse("tiers:certificates_progress"),
    )
    person = User.objects.filter(pk=ordered.by_id, is_active=True)
    inbox.send(person, message, key=f"issuance:{ordered.pk}", at=at)
