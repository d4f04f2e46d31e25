"""推荐汇总表 and 推荐函: what is frozen of a list, and who is called about its factories.

Names and telephones are read from the people when the paper is shown: they are kept in one place
and are never part of what is frozen or published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from registry import digests
from registry.audit import Verb
from registry.models import User
from registry.policy import Tier
from tiers import agreement
from tiers.models import Application, Round, UpwardItem, UpwardList
from tiers.upward.lists import Row, trail
from tiers.upward.places import places_of

Outcome = UpwardItem.Outcome


@dataclass(frozen=True)
class Contact:
    name: str
    phone: str


def freeze(held: UpwardList, rows: list[Row], *, by: User, at: datetime) -> None:
    """Keep what was confirmed, with its digest. Part of ``reporting.confirm``."""
    held.frozen = _content(held, rows)
    held.digest = digests.of(held.frozen)
    held.save(update_fields=["frozen", "digest"])
    yes = sum(row.said.outcome == Outcome.YES for row in rows)
    counts = {"yes": yes, "no": len(rows) - yes}
    trail(Verb.UPWARD_CONFIRM, held, by=by, at=at, digest=held.digest, **counts)


def _content(held: UpwardList, rows: list[Row]) -> dict[str, Any]:
    """Everything that is confirmed, in plain data."""
    batch: Round = held.round
    places = places_of(batch)
    return {
        "kind": held.kind,
        "tier": batch.tier,
        "round": batch.title,
        "recommended_by": batch.authority.name,
        "document_no": held.document_no,
        "dated": str(held.dated),
        "notice": places.quota.document_no if places.quota else "",
        "places": places.quota.places if places.quota else None,
        "rows": [_line(held, row) for row in rows],
    }


def _line(held: UpwardList, row: Row) -> dict[str, Any]:
    case, said = row.application, row.said
    factory = case.factory
    return {
        "application": case.pk,
        "number": case.number,
        "rank": said.rank if said.rank is not None else row.reported,
        "unit": row.unit,
        "enterprise": factory.enterprise.name,
        "credit_code": factory.enterprise.credit_code,
        "factory": factory.name,
        "industry": str(factory.industry or ""),
        "address": factory.address,
        "maturity_level": agreement.maturity_level(case),
        "ai_share": row.ai_share,
        "outcome": said.outcome,
        "outcome_label": row.outcome_label,
        "reason": said.reason,
    }


def letter(held: UpwardList) -> dict[str, Any]:
    """The figures and names of the letter, out of what is frozen."""
    kept = held.frozen
    names = [row for row in kept["rows"] if row["outcome"] == Outcome.YES]
    return {**kept, "tier_label": Tier(kept["tier"]).label, "names": names, "count": len(names)}


def contacts(held: UpwardList) -> dict[int, Contact]:
    """Who sees to each case of a list for its firm, by id of the case."""
    return contacts_of(row["application"] for row in held.frozen.get("rows", []))


def contacts_of(ids: Iterable[int]) -> dict[int, Contact]:
    """Who sees to each of these cases for its firm, by id of the case."""
    cases = Application.objects.filter(pk__in=ids).select_related("keeper", "created_by")
    found = {}
    for case in cases:
        person = case.keeper or case.created_by
        found[case.pk] = Contact(person.name, person.phone)
    return found
