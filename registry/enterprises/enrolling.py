"""Many firms and factories at once: a whole roll entered in sets, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models, transaction

from registry import audit, creditcode
from registry.access import OFFICERS
from registry.audit import Verb
from registry.enterprises.roll import FACTORY_FACTS, FIRM_FACTS, Listed, Ruling, judge
from registry.enterprises.sets import (
    Firm,
    Site,
    enter_factories,
    register_all,
    withdraw_factories,
    withdraw_firms,
)
from registry.models import AuditEvent, Enterprise, Factory, User
from registry.rows import (
    CHUNK,
    Changed,
    changed_since,
    chunks,
    ensure_free,
    ensure_sound,
    held,
    plain,
    put_back,
    resting,
)


@dataclass(frozen=True)
class Done:
    """What was done for one row, as it is kept, to be taken back by. Facts are (before, after)."""

    firm: int
    firm_new: bool
    factory: int | None
    factory_new: bool
    firm_facts: Mapping[str, Sequence[Any]]
    factory_facts: Mapping[str, Sequence[Any]]


@transaction.atomic
def enter_roll(rows: Sequence[Listed], *, by: User, at: datetime, batch: int = 0) -> list[Done]:
    """Enter and update all of it or nothing; judged again under the locks of the firms. ``batch``
    is the list they came with.
    """
    if by.role not in OFFICERS:
        raise PermissionDenied("只有主管部门能代为登记企业")
    for some in chunks(sorted({creditcode.tidy(row.credit_code) for row in rows})):
        firms = Enterprise.objects.select_for_update(of=("self",)).filter(credit_code__in=some)
        list(firms.order_by("pk").values_list("pk"))
    rulings = judge(rows, by=by)
    ensure_sound(rulings)
    _enter_firms(rulings, by=by, at=at, batch=batch)
    before = [_facts(ruling) for ruling in rulings]
    _change_facts(rulings, by=by, at=at, batch=batch)
    _enter_factories(rulings, by=by, at=at, batch=batch)
    return [_done(ruling, *facts) for ruling, facts in zip(rulings, before, strict=True)]


def _firm(ruling: Ruling) -> Enterprise:
    if ruling.enterprise is None:
        raise RuntimeError(f"row {ruling.number} has no firm")
    return ruling.enterprise


def _enter_firms(rulings: Sequence[Ruling], *, by: User, at: datetime, batch: int) -> None:
    fresh = [
        Firm(ruling.code, ruling.name, seat, **ruling.firm_facts)
        for ruling in rulings
        if ruling.firm_new and (seat := ruling.seat or ruling.place)
    ]
    entered = register_all(fresh, by=by, at=at, batch=batch)
    for ruling in rulings:
        ruling.enterprise = ruling.enterprise or entered.get(ruling.code)


def _facts(ruling: Ruling) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    firm = {} if ruling.firm_new else _both(ruling.enterprise, ruling.firm_facts)
    return firm, _both(ruling.factory, ruling.factory_facts) if ruling.factory else {}


def _both(row: models.Model | None, facts: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {name: [plain(getattr(row, name)), plain(value)] for name, value in facts.items()}


def _done(ruling: Ruling, firm: dict[str, list[Any]], factory: dict[str, list[Any]]) -> Done:
    return Done(
        _firm(ruling).pk,
        ruling.firm_new,
        ruling.factory.pk if ruling.factory else None,
        ruling.factory_new,
        firm,
        factory,
    )


def _change_facts(rulings: Sequence[Ruling], *, by: User, at: datetime, batch: int) -> None:
    firms, factories = [], []
    for ruling in rulings:
        if ruling.firm_facts and not ruling.firm_new:
            firms.append(_with(_firm(ruling), ruling.firm_facts))
        if ruling.factory and ruling.factory_facts:
            factories.append(_with(ruling.factory, ruling.factory_facts))
    if firms:
        Enterprise.objects.bulk_update(firms, FIRM_FACTS, batch_size=CHUNK)
    if factories:
        Factory.objects.bulk_update(factories, FACTORY_FACTS, batch_size=CHUNK)
    audit.record_many(_updated(one, by=by, at=at, batch=batch) for one in (*firms, *factories))


def _with(row: Any, facts: Mapping[str, Any]) -> Any:
    for name, value in facts.items():
        setattr(row, name, value)
    return row


def _enter_factories(rulings: Sequence[Ruling], *, by: User, at: datetime, batch: int) -> None:
    fresh = [
        (ruling, Site(_firm(ruling), ruling.factory_name, place, **ruling.factory_facts))
        for ruling in rulings
        if ruling.factory_new and (place := ruling.place)
    ]
    entered = enter_factories([site for _, site in fresh], by=by, at=at, batch=batch)
    for (ruling, _), factory in zip(fresh, entered, strict=True):
        ruling.factory = factory


def _updated(row: Enterprise | Factory, *, by: User, at: datetime, **data: Any) -> AuditEvent:
    firm = isinstance(row, Enterprise)
    return audit.event(
        Verb.ENTERPRISE_UPDATE if firm else Verb.FACTORY_UPDATE,
        row,
        by=by,
        at=at,
        path=row.authority.path if row.authority else "",
        enterprise_id=row.pk if isinstance(row, Enterprise) else row.enterprise_id,
        **data,
    )


# --- taken back ----------------------------------------


def _changed(done: Sequence[Done], firms: Any, factories: Any) -> list[Changed]:
    """Firms, then factories, with the facts that the list has changed."""
    first = [(firms[one.firm], one.firm_facts) for one in done if one.firm_facts]
    return first + [
        (factories[one.factory], one.factory_facts)
        for one in done
        if one.factory and one.factory_facts
    ]


def _made(done: Sequence[Done]) -> tuple[list[int], list[int]]:
    firms = [one.firm for one in done if one.firm_new]
    return firms, [one.factory for one in done if one.factory_new and one.factory]


def roll_rests(
    done: Sequence[Done], own: Mapping[type[models.Model], Sequence[int]] | None = None
) -> Iterator[str]:
    """What keeps a roll from being taken back; ``own`` goes with it."""
    firms, factories = _made(done)
    yield from resting("工厂", Factory, factories, own)
    yield from resting("企业", Enterprise, firms, {Factory: factories, **(own or {})})
    kept_firms = Enterprise.objects.in_bulk([one.firm for one in done if one.firm_facts])
    kept = Factory.objects.in_bulk([one.factory for one in done if one.factory_facts])
    if len(kept_firms) < len({one.firm for one in done if one.firm_facts}):
        yield "导入更新过的企业有的已不在登记中"
        return
    yield from changed_since("企业和工厂：", _changed(done, kept_firms, kept))


@transaction.atomic
def take_back_roll(done: Sequence[Done], *, by: User, at: datetime, batch: int = 0) -> None:
    """Undo a roll as long as nothing else rests on it and nobody has changed its facts since."""
    firms = held(Enterprise, {one.firm for one in done}, "authority")
    factories = held(Factory, {one.factory for one in done if one.factory}, "authority")
    ensure_free(roll_rests(done))
    changed = _changed(done, firms, factories)
    for model in (Enterprise, Factory):
        put_back([(row, facts) for row, facts in changed if isinstance(row, model)])
    audit.record_many(_updated(row, by=by, at=at, undone=batch) for row, _ in changed)
    made_firms, made_factories = _made(done)
    withdraw_factories(made_factories, by=by, at=at, batch=batch)
    withdraw_firms(made_firms, by=by, at=at, batch=batch)
