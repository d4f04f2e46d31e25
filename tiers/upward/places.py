"""The places that the ministries give a round (国家名额): entered with their document, and used up
by every recommendation that was reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, policy
from registry.access import OFFICERS, Duty, may_change
from registry.audit import Verb
from registry.models import Authority, User
from registry.policy import Tier
from tiers.models import Certification, NationalQuota, Round, UpwardItem, UpwardList

Outcome = UpwardItem.Outcome


@dataclass(frozen=True)
class Places:
    """What a round has and has used; ``quota`` is None until the notice has been entered."""

    quota: NationalQuota | None
    used: int

    @property
    def left(self) -> int:
        return self.quota.places - self.used if self.quota else 0


def may_handle(batch: Round, user: User) -> bool:
    """Whether this person works on what goes up from the round: one of its own office."""
    return (
        user.role in OFFICERS
        and user.authority_id == batch.authority_id
        and may_change(user, Duty.COMPLETE, batch.tier)
    )


def locked(batch: Round, by: User) -> Round:
    """The round again under its lock: its lists are put down and confirmed by one at a time."""
    if not may_handle(batch, by):
        raise PermissionDenied("推荐上报和国家结果由开放批次的部门办理")
    found: Round = (
        Round.objects.select_for_update(of=("self",)).select_related("authority").get(pk=batch.pk)
    )
    return found


def places_of(batch: Round) -> Places:
    used = UpwardItem.objects.filter(
        upward_list__round=batch,
        upward_list__kind=UpwardList.Kind.NOMINATION,
        upward_list__confirmed_at__isnull=False,
        outcome=Outcome.YES,
    )
    return Places(NationalQuota.objects.filter(round=batch).first(), used.count())


def notice_of(batch: Round) -> str:
    """The number of the ministries' notice under which the round runs."""
    found = NationalQuota.objects.filter(round=batch).first()
    return found.document_no if found else ""


def issuer() -> Authority:
    """Whose title it becomes."""
    return Authority.objects.get(kind=Authority.Kind.NATION)


def hints(batch: Round, *, on: date) -> list[str]:
    """What the ministries' own rule says of the number of places, and where it stands."""
    rules = policy.get(batch.policy)
    rule = rules.tiers[Tier(batch.tier)].national_places
    if rule is None:
        return []
    found = list(policy.in_bands(rule))
    if rule.by == "excellent_titles":
        held = Certification.objects.filter(tier=Tier.EXCELLENT).in_force(on)
        own = held.filter(factory__authority__path__startswith=batch.authority.path).count()
        places = next((n for start, n in rule.bands if own >= start), 0)
        found.append(f"本省现有卓越级 {own} 座，按此为 {places} 座")
    basis = rules.basis(f"tiers.{Tier(batch.tier).value}.national_places")
    return [*found, f"依据：{basis.source}"]


@transaction.atomic
def set_places(batch: Round, *, places: int, document_no: str, by: User, at: datetime) -> None:
    """登记国家名额: the number in the ministries' notice, or a corrected one."""
    batch = locked(batch, by)
    if not document_no.strip():
        raise ValidationError({"document_no": "请填写国家通知的文号"})
    used = places_of(batch).used
    if places < used:
        raise ValidationError({"places": f"已上报 {used} 座，名额不能少于 {used}"})
    NationalQuota.objects.update_or_create(
        round=batch,
        defaults={
            "places": places,
            "document_no": document_no.strip(),
            "by": by,
            "by_name": str(by),
            "at": at,
        },
    )
    audit.record(
        Verb.UPWARD_PLACES,
        batch,
        by=by,
        at=at,
        path=batch.authority.path,
        places=places,
        document_no=document_no.strip(),
    )
