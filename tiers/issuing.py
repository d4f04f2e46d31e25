"""Titles issued, and withdrawn before they are public, in sets: what an office determines by a
list.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import models, transaction

from registry import audit, bulk, policy
from registry.audit import Verb
from registry.intake import parts
from registry.models import AuditEvent, Factory, User
from tiers import certification
from tiers.certification import Grant
from tiers.models import Certification

SIZE = 500


@transaction.atomic
def issue_all(
    grants: Sequence[tuple[int, Grant]], tier: policy.Tier, *, by: User, at: datetime
) -> list[Certification]:
    """Give each of these factories its title, as ``certification.issue`` gives one, all or none; in
    the order given.
    """
    factories = _held({key for key, _ in grants})
    older = _open_ones(factories, tier)
    expired, drafts = [], []
    for key, grant in grants:
        if before := older.get(key):
            if why_not := certification.hindrance(before, grant.valid_from, renews=False):
                raise ValidationError(f"{factories[key].name}：{why_not}", code="stale")
            expired.append(before)
        rules = policy.current(factories[key].authority.province_code, grant.valid_from)
        drafts.append((factories[key], rules, grant))
    _expire(expired, by, at)
    numbers = _numbers([(rules, grant) for _, rules, grant in drafts], tier)
    titles = [
        certification.drawn_up(factory, rules, tier, grant, grant.valid_from, number, at=at)
        for (factory, rules, grant), number in zip(drafts, numbers, strict=True)
    ]
    bulk.write_keyed(titles)
    audit.record_many(_line(Verb.CERTIFICATION_ISSUE, one, by, at) for one in titles)
    return titles


def _held(keys: Iterable[int]) -> dict[int, Factory]:
    """The factories, their rows held until the act is done, always in one order."""
    found: dict[int, Factory] = {}
    for part in parts(sorted(keys)):
        rows = Factory.objects.select_for_update(of=("self",)).filter(pk__in=part)
        found |= {
            one.pk: one for one in rows.select_related("enterprise", "authority").order_by("pk")
        }
    return found


def _open_ones(factories: Iterable[int], tier: policy.Tier) -> dict[int, Certification]:
    found: dict[int, Certification] = {}
    for part in parts(sorted(factories)):
        rows = Certification.objects.select_for_update(of=("self",)).filter(
            factory__in=part, tier=tier, ending=""
        )
        found |= {one.factory_id: one for one in rows.prefetch_related("suspensions")}
    return found


def _expire(titles: list[Certification], by: User, at: datetime) -> None:
    """Record the end of those that had run out before the new ones were decided."""
    for one in titles:
        one.ending, one.ended_at = Certification.Ending.EXPIRED, at
    Certification.objects.bulk_update(titles, ["ending", "ended_at"], batch_size=SIZE)
    rows = Certification.objects.filter(pk__in=[one.pk for one in titles])
    lines = rows.select_related("factory__authority", "factory__enterprise")
    audit.record_many(_line(Verb.CERTIFICATION_EXPIRE, one, by, at) for one in lines)


def _numbers(wanted: Sequence[tuple[policy.Policy, Grant]], tier: policy.Tier) -> list[int]:
    """A number for each, in the order given."""
    keys = [certification.number_key(rules, tier, grant.valid_from) for rules, grant in wanted]
    by_key: dict[str, int] = defaultdict(int)
    for key in keys:
        by_key[key] += 1
    ranges = {
        key: iter(certification.next_numbers(key, count)) for key, count in sorted(by_key.items())
    }
    return [next(ranges[key]) for key in keys]


def _line(verb: Verb, title: Certification, by: User, at: datetime) -> AuditEvent:
    return audit.event(
        verb,
        title,
        by=by,
        at=at,
        path=title.factory.authority.path,
        enterprise_id=title.factory.enterprise_id,
        **certification.replay(title),
    )


@transaction.atomic
def withdraw_all(keys: Iterable[int], *, by: User, at: datetime) -> None:
    """撤回: titles that never were public are taken out of the table, as if they had not been
    entered; the trail keeps each of them whole. ValidationError where one is public or something
    rests on it.
    """
    for part in parts(sorted(keys)):
        rows = Certification.objects.select_for_update(of=("self",)).filter(pk__in=part)
        titles = list(rows.select_related("factory__authority", "factory__enterprise"))
        if public := [one for one in titles if one.published_on]:
            raise ValidationError(f"{len(public)} 项认定已列入公开名录，不能撤回")
        audit.record_many(_line(Verb.CERTIFICATION_WITHDRAW, one, by, at) for one in titles)
        try:
            Certification.objects.filter(pk__in=part).delete()
        except (models.ProtectedError, models.RestrictedError) as held:
            raise ValidationError("导入的认定已有后续办理，不能撤回") from held
