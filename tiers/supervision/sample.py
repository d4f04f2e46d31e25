"""Which titles are inspected, and by whom."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Value

from registry import audit, digests, inbox, policy
from registry.access import OFFICERS, Role, business_date, may_change
from registry.audit import Verb
from registry.composed import Composed
from registry.inbox import Message
from registry.models import Authority, Event, User
from registry.policy import Policy, Tier
from tiers import spot_check
from tiers.models import (
    Certification,
    CertificationQuerySet,
    Supervision,
    SupervisionCheck,
)
from tiers.models.supervisions import late


def _rules(office: Authority, on: date) -> Policy | None:
    try:
        return policy.current(office.province_code, on)
    except LookupError:
        return None


def tiers_of(user: User, on: date) -> list[Tier]:
    """The tiers among whose titles this officer's own office draws: the province among all, another
    office among those it determines itself.
    """
    if user.role not in OFFICERS or user.authority is None or not may_change(user):
        return []
    rules = _rules(user.authority, on)
    if rules is None or rules.supervision is None:
        return []
    if user.role == Role.PROVINCE:
        return list(rules.tiers)
    return list(rules.determined_by(user.authority.kind))


def _titles(office: Authority, tier: Tier, on: date) -> CertificationQuerySet:
    """The titles in force that the office may inspect and is not inspecting already."""
    found = Certification.objects.filter(
        tier=tier, factory__authority__path__startswith=office.path
    ).in_force(on)
    if office.kind != Role.PROVINCE:
        found = found.filter(issuer=office)
    return found.exclude(supervision_checks__in=SupervisionCheck.objects.unfinished())


def may_manage(one: Supervision, user: User) -> bool:
    """Whether this person works for the office that drew; nobody does in another's place."""
    own = user.role in OFFICERS and user.authority_id == one.authority_id
    return own and may_change(user)


def inspectors(one: Supervision) -> list[User]:
    """Who can be asked to inspect: the officers of the office who may change something."""
    officers = inbox.officers_of(one.authority)
    return [user for user in officers if may_change(user)]


@transaction.atomic
def draw(tier: Tier, *, title: str, due_on: date, by: User, at: datetime) -> Supervision:
    """Draw the share of the rules. The list is frozen first and the seed made after it, so that
    nobody can choose by either; with both, anybody can repeat the draw.
    """
    on = business_date(at)
    if tier not in tiers_of(by, on) or by.authority is None:
        raise PermissionDenied("按规则，本部门不抽查这一等级")
    if not title.strip():
        raise ValidationError({"title": "请填写抽查名称"})
    if due_on < on:
        raise ValidationError({"due_on": "检查截止日期不能早于今天"})
    office = Authority.objects.select_for_update(of=("self",)).get(pk=by.authority.pk)
    rules = policy.current(office.province_code, on)
    if rules.supervision is None:
        raise PermissionDenied("本省规则没有监督抽查")
    among = {one.number: one for one in _titles(office, tier, on)}
    if not among:
        raise ValidationError("没有可抽查的认定：没有有效的，或都在检查中", code="tier")
    numbers = sorted(among)
    digest, seed = digests.of(numbers), secrets.token_hex(16)
    share = rules.supervision.share
    made = Supervision.objects.create(
        authority=office,
        tier=tier,
        policy=rules.code,
        title=title.strip(),
        numbers=numbers,
        digest=digest,
        seed=seed,
        share=share,
        drawn=spot_check.chosen(f"{seed}:{digest}", numbers, share),
        due_on=due_on,
        by=by,
        by_name=str(by),
        at=at,
    )
    SupervisionCheck.objects.bulk_create(
        SupervisionCheck(supervision=made, certification=among[number]) for number in made.drawn
    )
    audit.record(
        Verb.SUPERVISION_DRAW,
        made,
        by=by,
        at=at,
        path=office.path,
        tier=tier,
        digest=digest,
        seed=seed,
        share=share,
        numbers=numbers,
        drawn=made.drawn,
    )
    return made


@transaction.atomic
def assign(
    one: Supervision, checks: Collection[int], officer: User, *, by: User, at: datetime
) -> int:
    """Ask an officer of the same office to inspect these factories; how many."""
    if not may_manage(one, by):
        raise PermissionDenied("监督抽查由抽取的部门分派")
    one = Supervision.objects.select_for_update(of=("self",)).get(pk=one.pk)
    if not checks:
        raise ValidationError({"checks": "请选择要分派的工厂"})
    if officer not in inspectors(one):
        raise ValidationError({"officer": "请选择本部门的经办人员"})
    rows = SupervisionCheck.objects.unsigned().filter(supervision=one, pk__in=checks)
    if rows.count() != len(set(checks)):
        raise ValidationError({"checks": "有的工厂已签署结果，请刷新后再选"}, code="stale")
    changed = list(rows.exclude(officer=officer).order_by("pk").values_list("pk", flat=True))
    rows.update(officer=officer)
    audit.record(
        Verb.SUPERVISION_ASSIGN,
        one,
        by=by,
        at=at,
        path=one.authority.path,
        checks=sorted(checks),
        officer=officer.pk,
    )
    inbox.send(
        [officer] if changed else [],
        Message(
            event=Event.DESK_SUPERVISION,
            matter=one.title,
            result=f"分派给您 {len(changed)} 座工厂的监督抽查",
            next_step="到现场检查，填写记录并签署结果",
            due_on=one.due_on,
            link="/supervision/",
        ),
        key=f"supervision-assigned:{one.pk}:{'-'.join(map(str, changed[:10]))}:{len(changed)}",
        at=at,
    )
    return len(set(checks))


@dataclass(frozen=True)
class Waiting:
    """What a person's office has open, in numbers."""

    mine: int
    to_recheck: int
    overdue: int


def _open(_shape: None, office: int, person: int, on: date) -> QuerySet[Any, Any]:
    own = SupervisionCheck.objects.filter(supervision__authority=office).order_by()
    return own.values(whole=Value(None)).annotate(
        mine=Count("pk", filter=Q(signed_at__isnull=True, officer=person)),
        to_recheck=Count("pk", filter=Q(answered_at__isnull=False, rechecked_at__isnull=True)),
        overdue=Count("pk", filter=late(on)),
    ).values_list("mine", "to_recheck", "overdue")  # fmt: skip


_OPEN = Composed(_open)


def waiting(user: User, on: date) -> Waiting:
    return Waiting(*next(iter(_OPEN.rows(None, user.authority_id, user.pk, on)), (0, 0, 0)))
