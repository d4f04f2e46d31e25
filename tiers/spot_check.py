"""Checking a share of a filed list again (抽检): which factories are drawn, and whether the list
may be acknowledged after it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Iterable, Sequence

from django.core.exceptions import ValidationError

from registry import policy
from registry.policy import Tier
from tiers.models import FilingEntry, FilingList


def chosen(key: str, names: Collection[str], share: float) -> list[str]:
    """That share of the names, rounded up, in the order in which ``key`` puts them; the same for
    everybody who asks again.
    """
    order = sorted(names, key=lambda name: hashlib.sha256(f"{key}:{name}".encode()).hexdigest())
    return order[: math.ceil(share * len(order))]


def draw(entries: Sequence[FilingEntry], filing_list: FilingList) -> None:
    """Mark the share that the receiver checks again (抽检). The digest of the list decides which,
    so that neither side chooses and anybody can repeat the draw.
    """
    titles = [entry.certification for entry in entries]
    share = max(
        (
            rule.recheck_share or 0
            for rule in (policy.get(t.policy).tiers[Tier(t.tier)].filing for t in titles)
            if rule is not None
        ),
        default=0,
    )
    drawn = set(chosen(filing_list.digest, [entry.frozen["number"] for entry in entries], share))
    for entry in entries:
        entry.to_recheck = entry.frozen["number"] in drawn
        entry.recheck_passed, entry.recheck_finding = None, ""


def ensure_passed(entries: Iterable[FilingEntry]) -> None:
    """Every factory that was drawn has been looked at and was found fit; else ValidationError."""
    drawn = [entry for entry in entries if entry.to_recheck]
    open_ones = [entry for entry in drawn if entry.recheck_passed is None]
    failed = [entry for entry in drawn if entry.recheck_passed is False]
    if open_ones:
        raise ValidationError(f"抽中的工厂还有 {len(open_ones)} 座没有登记抽检情况，登记后再确认")
    if failed:
        raise ValidationError(f"有 {len(failed)} 座工厂抽检不符合，请写明意见后退回清单")
