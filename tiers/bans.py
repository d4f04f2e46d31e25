"""Bans (禁止申报): put with the act that takes a title or an honour away, asked wherever a firm
could gain a tier.

Whether one runs on a day follows from its dates. The years are the profile's, by the ground.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from registry import audit, enterprises, policy
from registry.access import OFFICERS, business_date
from registry.audit import Verb
from registry.models import Enterprise, Honour, User
from registry.workdays import years_later
from tiers.models import Ban, BanQuerySet, Certification


@dataclass(frozen=True)
class Cause:
    """What a ban follows: the ground, its words, the document, and the title or the honour lost."""

    ground: str
    words: str
    document_no: str
    certification: Certification | None = None
    honour: Honour | None = None


def of(firms: Iterable[int], rules: policy.Policy, *, on: date) -> dict[int, Ban]:
    """The ban that runs on a day in the province of these rules, for each of these firms that is
    under one, itself or through a firm it comes from; of several the one that runs longest.
    """
    families = _families(firms)
    members = Enterprise.objects.filter(pk__in=set().union(*families.values()))
    codes = dict(members.values_list("pk", "credit_code"))
    rows = Ban.objects.running(on).filter(
        authority__path__startswith=f"/{rules.province}/", credit_code__in=codes.values()
    )
    longest = {
        ban.credit_code: ban for ban in rows.select_related("enterprise").order_by("until_on", "pk")
    }
    found = {}
    for firm, family in families.items():
        own = [longest[code] for one in family if (code := codes.get(one)) in longest]
        if own:
            found[firm] = max(own, key=lambda ban: (ban.until_on, ban.pk))
    return found


def _families(firms: Iterable[int]) -> dict[int, set[int]]:
    """Each firm with all it comes from: a ban follows the successor."""
    above = enterprises.predecessors(firms)
    return {firm: {firm, *before} for firm, before in above.items()}


def on_record(firm: Enterprise, user: User) -> BanQuerySet:
    """Every ban on a firm and on those it comes from, for whoever reads the firm's page; officers
    read those of their own province.
    """
    rows = Ban.objects.filter(enterprise__in=_families([firm.pk])[firm.pk])
    if user.role in OFFICERS:
        rows = rows.filter(authority__path__startswith=f"/{user.authority_path.split('/')[1]}/")
    return rows.select_related("authority", "enterprise").order_by("-from_on", "-pk")


def until(rules: policy.Policy, ground: str, from_on: date) -> date | None:
    """The last day of the ban that the ground brings; None where it brings none."""
    found = rules.ground(ground)
    if found is None or found.ban_years is None:
        return None
    return years_later(from_on, found.ban_years)


def sentence(ban: Ban, firm: int) -> str:
    """The ban as this firm reads it."""
    whose = "" if ban.enterprise_id == firm else f"原企业“{ban.enterprise.name}”"
    return (
        f"{ban.from_on:%Y-%m-%d} {whose}{ban.cause}，"
        f"{ban.until_on:%Y-%m-%d} 止（含当日）不能再次申报"
        f"（依据《{policy.get(ban.policy).title}》）"
    )


def put(
    firm: Enterprise,
    rules: policy.Policy,
    cause: Cause,
    *,
    from_on: date,
    by: User,
    at: datetime,
) -> Ban | None:
    """Put the ban that the rules attach to the ground, in the transaction of the act that causes
    it; None where they attach none.
    """
    until_on = until(rules, cause.ground, from_on)
    if until_on is None or by.authority is None:
        return None
    ban = Ban.objects.create(
        enterprise=firm,
        credit_code=firm.credit_code,
        authority=by.authority,
        policy=rules.code,
        ground=cause.ground,
        cause=cause.words[:200],
        document_no=cause.document_no,
        from_on=from_on,
        until_on=until_on,
        certification=cause.certification,
        honour=cause.honour,
        by=by,
        at=at,
    )
    _record(Verb.BAN_PUT, ban, by=by, at=at)
    return ban


def lift(bans: Iterable[Ban], *, reason: str, document_no: str, by: User, at: datetime) -> None:
    """解除: these bar no longer, from today. The door of an appeal that was upheld."""
    for ban in bans:
        if ban.lifted_on is not None:
            continue
        ban.lifted_on = business_date(at)
        ban.lifted_reason, ban.lifted_document_no = reason[:300], document_no
        ban.lifted_by, ban.lifted_at = by, at
        ban.save()
        _record(Verb.BAN_LIFT, ban, by=by, at=at)


def _record(verb: Verb, ban: Ban, *, by: User, at: datetime) -> None:
    audit.record(
        verb,
        ban,
        by=by,
        at=at,
        path=ban.authority.path,
        enterprise_id=ban.enterprise_id,
        ground=ban.ground,
        from_on=str(ban.from_on),
        until_on=str(ban.until_on),
    )
