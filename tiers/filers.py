"""Who files which tier with whom, and the one draft on which a filer collects."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import policy
from registry.access import Duty, business_date, may_change
from registry.models import Authority, User
from registry.policy import Tier
from tiers import certification
from tiers.models import FilingList


def filing_rule(authority: Authority, tier: Tier, on: date) -> policy.Filing:
    """Who files this tier with whom under the rules of the day; ValidationError where it is not
    filed.
    """
    rule = policy.current(authority.province_code, on).tiers.get(tier)
    if rule is None or rule.filing is None:
        raise ValidationError(f"按现行规则，{tier.label}不需要报备")
    return rule.filing


def files(authority: Authority, rule: policy.Filing) -> bool:
    """Whether an authority is the one that files: of the level named, or with nobody of that level
    beneath it.
    """
    if authority.kind == rule.by:
        return True
    own, levels = policy.LEVELS.index(authority.kind), policy.LEVELS
    between = levels.index(rule.by) < own < levels.index(rule.with_)
    return between and not authority.children.exists()


@transaction.atomic
def open_draft(
    authority: Authority, *, tier: Tier = Tier.BASIC, by: User, at: datetime
) -> FilingList:
    """The one draft list of the authority, opened where there is none."""
    if by.authority_id != authority.pk or not may_change(by, Duty.FILING, tier):
        raise PermissionDenied("只能整理本部门的备案清单")
    rule = filing_rule(authority, tier, business_date(at))
    if not files(authority, rule):
        raise PermissionDenied("备案清单由规则指定的部门整理")
    # The authority's row serialises two officers who collect at the same moment.
    authority = Authority.objects.select_for_update(of=("self",)).get(pk=authority.pk)
    draft = FilingList.objects.filter(
        authority=authority, tier=tier, status=FilingList.Status.DRAFT
    ).first()
    if draft is None:
        number = certification.next_number(f"filing:{authority.code}:{business_date(at).year}")
        draft = FilingList.objects.create(
            number=f"BA-{authority.code}-{business_date(at).year}-{number:02d}",
            authority=authority,
            recipient=recipient(authority, rule.with_),
            tier=tier,
            created_by=by,
            created_at=at,
        )
    return draft


def recipient(authority: Authority, level: str) -> Authority:
    above = authority.parent
    while above is not None and policy.LEVELS.index(above.kind) < policy.LEVELS.index(level):
        above = above.parent
    if above is None:
        raise ValidationError("没有找到备案部门，请联系平台管理员核对归属关系")
    return above
