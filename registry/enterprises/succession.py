"""合并、分立: a firm, or part of it, goes over to another with its factories and all that hangs on
them.

The predecessor stays in the register. Whatever weighs on it weighs on its successors; they are
asked for by :func:`predecessors`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import creditcode, inbox
from registry.access import OFFICERS, Seat, business_date
from registry.audit import Verb
from registry.enterprises.colleagues import let_go, managers_of, staff_of
from registry.enterprises.firms import enter
from registry.enterprises.past import keep
from registry.enterprises.people import turn_away
from registry.enterprises.scope import ensure_open, ensure_visible, trail
from registry.models import (
    Division,
    Enterprise,
    Event,
    Factory,
    Honour,
    Invitation,
    Succession,
    User,
)


@dataclass(frozen=True)
class Deed:
    """What the papers say: how the firms changed, from which day, by which document; and what goes
    over.

    ``factories`` is for a split; a merger takes all. ``names`` gives a factory another name where
    the successor has one of the same. ``move_people`` takes the people of a firm that ends along.
    """

    kind: str
    on: date
    document: str
    factories: tuple[Factory, ...] = ()
    names: Mapping[int, str] = field(default_factory=dict)
    move_people: bool = True


def predecessors(enterprise_ids: Iterable[int]) -> dict[int, set[int]]:
    """For each firm all the firms it comes from, through however many steps, without itself.

    One query for each generation, however many firms are asked for.
    """
    asked = set(enterprise_ids)
    parents: dict[int, set[int]] = defaultdict(set)
    known, fresh = set(asked), asked
    while fresh:
        edges = Succession.objects.filter(successor__in=fresh)
        fresh = set()
        for successor, predecessor in edges.values_list("successor", "predecessor"):
            parents[successor].add(predecessor)
            if predecessor not in known:
                known.add(predecessor)
                fresh.add(predecessor)
    return {one: _all_above(one, parents) for one in asked}


def _all_above(one: int, parents: Mapping[int, set[int]]) -> set[int]:
    found: set[int] = set()
    rest = list(parents.get(one, ()))
    while rest:
        if (above := rest.pop()) not in found:
            found.add(above)
            rest += parents.get(above, ())
    return found - {one}


@transaction.atomic
def heir(
    credit_code: str, name: str, *, seat: Division | None, by: User, at: datetime
) -> Enterprise:
    """The firm that another goes over to: the one of that code, or a new entry in the register."""
    if by.role not in OFFICERS:
        raise PermissionDenied("企业合并、分立由主管部门确认")
    code = creditcode.clean(credit_code)
    if known := Enterprise.objects.filter(credit_code=code).first():
        return known
    firm = enter(code, name, seat, by.authority, at)
    trail(Verb.ENTERPRISE_REGISTER, firm, firm, by=by, at=at, credit_code=code)
    return firm


@transaction.atomic
def succeed(
    predecessor: Enterprise, successor: Enterprise, deed: Deed, *, by: User, at: datetime
) -> Succession:
    """One firm goes over to another, wholly (合并) or with the chosen factories (分立).

    By an office that answers for both, or for the predecessor where the successor sits in another
    province. A firm of which nothing is left is closed; its people go along or are let go.
    """
    if by.role not in OFFICERS:
        raise PermissionDenied("企业合并、分立由主管部门确认")
    predecessor, successor = _held(predecessor, successor, by)
    own = list(
        predecessor.factories.select_for_update(of=("self",))
        .select_related("authority", "enterprise", "division")
        .order_by("pk")
    )
    going = _going(own, deed)
    _check(predecessor, successor, deed, business_date(at))
    _check_factories(successor, deed, own, going)
    made = Succession.objects.create(
        predecessor=predecessor,
        successor=successor,
        kind=deed.kind,
        on=deed.on,
        document=deed.document.strip(),
        by=by,
        at=at,
    )
    trail(
        Verb.ENTERPRISE_SUCCEED,
        predecessor,
        predecessor,
        by=by,
        at=at,
        kind=made.kind,
        successor=successor.pk,
        before=predecessor.name,
        after=successor.name,
        on=str(made.on),
        document=made.document,
    )
    _tell(made, at)
    for factory in going:
        _pass_on(factory, made, deed.names.get(factory.pk, ""), by=by, at=at)
    if made.is_merger or len(going) == len(own):
        _close(made, move_people=deed.move_people, by=by, at=at)
    return made


def _held(
    predecessor: Enterprise, successor: Enterprise, by: User
) -> tuple[Enterprise, Enterprise]:
    """Both firms as they stand, held until the act is done; always in the same order."""
    ensure_visible(predecessor, by)
    both = {predecessor.pk, successor.pk}
    rows = Enterprise.objects.select_for_update(of=("self",)).select_related("authority")
    firms = {firm.pk: firm for firm in rows.filter(pk__in=both).order_by("pk")}
    successor = firms[successor.pk]
    here = by.authority.province_code if by.authority else ""
    if successor.authority is None or successor.authority.province_code == here:
        ensure_visible(successor, by)
    return firms[predecessor.pk], successor


def _going(own: list[Factory], deed: Deed) -> list[Factory]:
    if deed.kind in Succession.MERGERS:
        return own
    chosen = {factory.pk for factory in deed.factories}
    return [factory for factory in own if factory.pk in chosen]


def _check(predecessor: Enterprise, successor: Enterprise, deed: Deed, today: date) -> None:
    if predecessor.pk == successor.pk:
        raise ValidationError({"successor": "承继企业不能是本企业，请填写另一家企业"})
    ensure_open(predecessor)
    ensure_open(successor)
    if deed.kind not in Succession.Kind.values:
        raise ValidationError({"kind": "请选择合并或分立的方式"})
    if deed.on > today:
        raise ValidationError({"on": "变更日期不能晚于今天，请在变更登记完成后办理"})
    if not deed.document.strip():
        raise ValidationError({"document": "请填写变更登记通知书的名称或文号"})


def _check_factories(
    successor: Enterprise, deed: Deed, own: list[Factory], going: list[Factory]
) -> None:
    if deed.kind not in Succession.MERGERS:
        if not going or len(going) < len(deed.factories):
            raise ValidationError({"factories": "请选择划入承继企业的工厂"})
        if deed.kind == Succession.Kind.SPLIT_OFF and len(going) == len(own):
            raise ValidationError(
                {"factories": "派生分立后原企业须留有工厂；全部划出的，请选“新设分立”或合并"}
            )
    taken = set(successor.factories.values_list("name", flat=True))
    for factory in going:
        name = creditcode.tidy_name(deed.names.get(factory.pk, "")) or factory.name
        if name in taken:
            raise ValidationError(
                {"names": f"{successor.name}已有工厂“{name}”，请给划入的工厂换一个能区分的名称"}
            )
        taken.add(name)


def _pass_on(factory: Factory, made: Succession, name: str, *, by: User, at: datetime) -> None:
    """The factory with its titles and cases, and the honours that were given to it alone."""
    keep(factory, until=made.on)
    before = f"{made.predecessor.name} {factory.name}"
    factory.enterprise = made.successor
    factory.name = creditcode.tidy_name(name) or factory.name
    factory.save(update_fields=["enterprise", "name"])
    Honour.objects.filter(factory=factory).update(enterprise=made.successor)
    trail(
        Verb.FACTORY_PASS,
        factory,
        made.successor,
        by=by,
        at=at,
        path=factory.authority.path,
        before=before,
        after=f"{made.successor.name} {factory.name}",
        succession=made.pk,
    )


def _close(made: Succession, *, move_people: bool, by: User, at: datetime) -> None:
    """Nothing of the firm is left: nobody acts for it any more, and nobody can come to do so."""
    firm, successor = made.predecessor, made.successor
    firm.closed_on = made.on
    firm.save(update_fields=["closed_on"])
    for claim in firm.claims.pending().select_related("user", "enterprise", "authority"):
        turn_away(claim, f"企业已注销，由{successor.name}承继，请以该企业名义申请", by=by, at=at)
    Invitation.objects.filter(enterprise=firm, used_at=None, revoked_at=None).update(revoked_at=at)
    led = managers_of(successor).exists()
    for person in staff_of(firm).order_by("pk"):
        if not move_people:
            trail(Verb.PERSON_REMOVE, person, firm, by=by, at=at, succession=made.pk)
            let_go(person, firm, at=at)
            continue
        trail(Verb.PERSON_PASS, person, successor, by=by, at=at, succession=made.pk)
        if led and person.seat == Seat.MANAGER:
            person.seat = Seat.EDITOR
        person.enterprise = successor
        person.save(update_fields=["enterprise", "seat"])


def _tell(made: Succession, at: datetime) -> None:
    """The people of both firms and their offices, before anybody of them leaves his place."""
    old, new = made.predecessor, made.successor
    told = {one.pk: one for firm in (old, new) for one in inbox.staff_of(firm)}
    for authority in {a.pk: a for firm in (old, new) if (a := firm.authority)}.values():
        told |= {one.pk: one for one in inbox.officers_for(authority)}
    goes = "及其全部工厂" if made.is_merger else "的部分工厂"
    inbox.send(
        told.values(),
        inbox.Message(
            event=Event.FIRM_SUCCEEDED,
            matter=f"{old.name}{made.get_kind_display()}",
            result=f"自 {made.on:%Y年%-m月%-d日} 起，{old.name}{goes}转入{new.name}",
            next_step="称号和在办的申报随工厂转入，证书编号不变，可以按新名称换发",
        ),
        key=f"succession:{made.pk}",
        at=at,
    )
