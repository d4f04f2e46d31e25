"""Titles and time: issue, publish, expire, remind, and the arithmetic of years.

Whether a title is in force follows from its dates. The night only records what has already become
true, in sets, and may run twice, late, or on two machines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import F, Max
from django.db.models.functions import JSONObject

from registry import audit, bulk, inbox, policy, workdays
from registry.access import business_date
from registry.audit import Verb
from registry.models import AuditEvent, Authority, Event, Factory, Honour, User
from registry.names import DerivedField
from tiers import renewal, telling
from tiers.models import Application, Certification, CertificationQuerySet, Counter

Ending = Certification.Ending
REMIND_DAYS = (180, 90, 30, 7)
CHUNK = 2000
#: What the advice on a title turns on, besides its province.
ADVISED_BY = ("tier", "source", "last_day")


def next_number(key: str) -> int:
    """The next number under a key; gaps only where a transaction was rolled back before it was
    seen.
    """
    return next_numbers(key, 1)[0]


def next_numbers(key: str, count: int) -> range:
    """So many numbers in a row."""
    counter = Counter.objects.filter(key=key)
    if not counter.update(last=F("last") + count):
        Counter.objects.bulk_create([Counter(key=key)], ignore_conflicts=True)
        counter.update(last=F("last") + count)
    last: int = counter.aggregate(last=Max("last"))["last"]
    return range(last - count + 1, last + 1)


@dataclass(frozen=True)
class Grant:
    """What a title rests on: the deciding body, its document, and how the factory came by it."""

    issuer: Authority
    document_no: str
    valid_from: date
    source: str
    basis: str
    application: Application | None = None
    maturity_level: int | None = None
    assessed_on: date | None = None
    covers: str = ""
    honour: Honour | None = None
    # A last day that the deciding document states itself, whatever the term of the rules.
    last_day: date | None = None


@transaction.atomic
def issue(
    factory: Factory, tier: policy.Tier, grant: Grant, *, by: User | None, at: datetime
) -> Certification:
    """Create the title and close an older open one of the same tier first. ``by`` is None where
    the rules themselves grant it.

    Decided before the older one's end, the new title starts the day after its last day; later, on
    its own date.
    """
    # A case keeps the edition its round began under, whatever has come into force meanwhile.
    rules = (
        policy.get(grant.application.round.policy)
        if grant.application
        else policy.current(factory.authority.province_code, grant.valid_from)
    )
    factory = (
        Factory.objects.select_for_update(of=("self",))
        .select_related("enterprise", "authority")
        .get(pk=factory.pk)
    )
    # A group that certifies a factory of its own once more renews its own title.
    renews = grant.application is not None or grant.source == Certification.Source.GROUP
    valid_from = _close_older(factory, tier, grant.valid_from, renews=renews, by=by, at=at)
    number = next_number(number_key(rules, tier, valid_from))
    title = drawn_up(factory, rules, tier, grant, valid_from, number, at=at)
    title.save()
    audit.record(
        Verb.CERTIFICATION_ISSUE,
        title,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        **replay(title),
    )
    return title


def number_key(rules: policy.Policy, tier: policy.Tier, valid_from: date) -> str:
    return f"title:{rules.title_prefix}:{tier}:{valid_from.year}"


def drawn_up(
    factory: Factory,
    rules: policy.Policy,
    tier: policy.Tier,
    grant: Grant,
    valid_from: date,
    number: int,
    *,
    at: datetime,
) -> Certification:
    """The title as it will be kept, unsaved; the factory with its enterprise."""
    rule, last = rules.tiers[tier], grant.last_day
    if last is None and rule.term_years:
        last = workdays.years_later(valid_from, rule.term_years)
    must_file = _must_file(rule, grant.issuer)
    return Certification(
        number=f"{rules.title_prefix}{valid_from.year}{tier[0].upper()}{number:05d}",
        factory=factory,
        tier=tier,
        source=grant.source,
        application=grant.application,
        honour=grant.honour,
        policy=rules.code,
        basis=grant.basis,
        issuer=grant.issuer,
        document_no=grant.document_no,
        valid_from=valid_from,
        last_day=last,
        ends_on=last + timedelta(days=1) if last else None,
        must_file=must_file,
        published_on=None if must_file else business_date(at),
        printed_enterprise=factory.enterprise.name,
        printed_factory=factory.name,
        printed_credit_code=factory.enterprise.credit_code,
        maturity_level=grant.maturity_level,
        assessed_on=grant.assessed_on,
        covers=grant.covers,
        issued_at=at,
    )


def _must_file(rule: policy.TierRule, issuer: Authority) -> bool:
    """Whether a title goes on a list: not where the receiver of the lists has issued it himself."""
    if rule.filing is None:
        return False
    levels = policy.LEVELS
    if issuer.kind not in levels:
        return False
    return levels.index(issuer.kind) < levels.index(rule.filing.with_)


def _close_older(
    factory: Factory,
    tier: policy.Tier,
    decided_on: date,
    *,
    renews: bool,
    by: User | None,
    at: datetime,
) -> date:
    """End the open title of that tier and return the day the new one starts.

    Only an application renews a title that runs: an entry from older papers would be the same
    determination a second time.
    """
    older = (
        Certification.objects.select_for_update(of=("self",))
        .filter(factory=factory, tier=tier, ending="")
        .first()
    )
    if older is None:
        return decided_on
    if why_not := hindrance(older, decided_on, renews=renews):
        raise ValidationError(why_not)
    in_force = older.runs_on(decided_on)
    expired = not in_force
    older.ending = Ending.EXPIRED if expired else Ending.SUPERSEDED
    older.ended_at = at
    older.save(update_fields=["ending", "ended_at"])
    audit.record(
        Verb.CERTIFICATION_EXPIRE if expired else Verb.CERTIFICATION_SUPERSEDE,
        older,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        **replay(older),
    )
    return decided_on if expired else older.ends_on


def hindrance(older: Certification, decided_on: date, *, renews: bool) -> str:
    """Why no second title of the tier can be decided that day beside the open one; "" if it can."""
    in_force = older.runs_on(decided_on)
    if older.suspension_on(decided_on) and in_force:
        return f"{older.number} 正在暂停，恢复后才能换发"
    if in_force and older.ends_on is None:
        return "这座工厂已有该等级的有效认定，没有期限，不需要再认定"
    if older.valid_from >= decided_on or (in_force and not renews):
        return (
            f"这座工厂已有自 {older.valid_from:%Y-%m-%d} 起生效的同级认定"
            f"（{older.number}），不能重复认定"
        )
    return ""


def replay(title: Certification) -> dict[str, Any]:
    """The whole row for the trail, so that the register can be rebuilt from it. When it was issued
    and ended is said by the lines themselves.
    """
    return {field.name: _plain(field.value_from_object(title)) for field in _replayed()}


def replay_by_database() -> JSONObject:
    """The same, worked out by the database for many titles at once."""
    return JSONObject(
        **{
            field.name: bulk.Truth(field.attname)
            if isinstance(field, models.BooleanField)
            else F(field.attname)
            for field in _replayed()
        }
    )


@cache
def _replayed() -> list[models.Field[Any, Any]]:
    left_out = {"id", "issued_at", "ended_at", "reminded_days"}
    return [
        field
        for field in Certification._meta.concrete_fields
        if field.name not in left_out and not isinstance(field, DerivedField)
    ]


def _plain(value: Any) -> str | int | None:
    return value if value is None or isinstance(value, (str, int)) else str(value)


def publish(titles: Iterable[Certification], *, by: User, at: datetime) -> None:
    """Put titles on the public register, on the acknowledgement of the list that carries them."""
    ids = [t.pk for t in titles]
    fresh = list(
        Certification.objects.filter(pk__in=ids, published_on__isnull=True).select_related(
            "factory__authority"
        )
    )
    for title in fresh:
        title.published_on = business_date(at)
    Certification.objects.bulk_update(fresh, ["published_on"], batch_size=500)
    audit.record_many(_event(Verb.CERTIFICATION_PUBLISH, title, by=by, at=at) for title in fresh)


def _event(verb: Verb, title: Certification, *, by: User | None, at: datetime) -> AuditEvent:
    return audit.event(
        verb,
        title,
        by=by,
        at=at,
        path=title.factory.authority.path,
        enterprise_id=title.factory.enterprise_id,
        **replay(title),
    )


# --- the night --------------------------------------------


def expire_due(*, on: date, at: datetime) -> int:
    """Record every title whose end has passed by ``on``; returns how many this run recorded.

    Claims a chunk of rows at a time, and writes their trail and messages in the same transaction,
    so that each expiry is recorded exactly once however many nights run at the same time.
    """
    due = Certification.objects.filter(ending="", ends_on__lte=on).order_by("pk")
    keys = list(due.values_list("pk", flat=True))
    return sum(
        _expire_chunk(keys[first : first + CHUNK], on, at) for first in range(0, len(keys), CHUNK)
    )


@transaction.atomic
def _expire_chunk(keys: list[int], on: date, at: datetime) -> int:
    due = Certification.objects.filter(pk__among=keys, ending="", ends_on__lte=on)
    chunk = list(due.select_for_update(skip_locked=True).values_list("pk", flat=True))
    if not chunk:
        return 0
    claimed = Certification.objects.filter(pk__among=chunk)
    count = claimed.filter(ending="").update(ending=Ending.EXPIRED, ended_at=at)
    if count != len(chunk):
        raise RuntimeError("somebody recorded an end that was locked here")
    audit.record_set(
        Verb.CERTIFICATION_EXPIRE,
        claimed.order_by("pk"),
        at=at,
        name="number",
        path="factory__authority__path",
        enterprise="factory__enterprise_id",
        data=replay_by_database(),
    )
    inbox.send_many(telling.holders(_expired(claimed, on), at=at))
    return count


def _expired(titles: CertificationQuerySet, on: date) -> list[tuple[int, inbox.Message, str]]:
    """What the holders of titles are told that have just ended, with the firm and a key: read as
    bare values, since a night may have a hundred thousand, and the advice worked out once for all
    that share it.
    """
    rows = titles.order_by("pk").values_list(
        "pk", "printed_factory", "factory__enterprise", "factory__authority__path", *ADVISED_BY
    )
    alike = {(path.split("/")[1], *facts): pk for pk, _, _, path, *facts in rows}
    samples = (
        titles.filter(pk__in=alike.values())
        .select_related("factory__authority")
        .only(*ADVISED_BY, "factory__authority__path")
    )
    advised = {one.pk: renewal.advice(one, on) for one in samples}
    return [
        (
            enterprise,
            inbox.Message(
                event=Event.TITLE_EXPIRED,
                matter=telling.matter(factory, facts[0]),
                result=f"已于 {facts[-1]:%Y年%-m月%-d日} 到期",
                next_step=advised[alike[path.split("/")[1], *facts]],
                link=renewal.place(pk),
            ),
            f"expired:{pk}",
        )
        for pk, factory, enterprise, path, *facts in rows
    ]


def remind(*, on: date, at: datetime) -> int:
    """Tell the holders of titles that end in 180, 90, 30 or 7 days; returns how many titles were
    told of.

    After an outage only the nearest step that was missed is told, once.
    """
    told = 0
    for step, nearer in zip(REMIND_DAYS, (*REMIND_DAYS[1:], 0), strict=True):
        window = Certification.objects.filter(
            ending="",
            valid_from__lte=on,
            ends_on__lte=on + timedelta(days=step + 1),
            ends_on__gt=on + timedelta(days=nearer + 1 if nearer else 0),
        )
        while batch := _remind_chunk(window, step, on, at):
            told += batch
    return told


@transaction.atomic
def _remind_chunk(window: CertificationQuerySet, step: int, on: date, at: datetime) -> int:
    untold = window.exclude(reminded_days__lte=step)
    chunk = list(
        untold.select_for_update(of=("self",), skip_locked=True)
        .select_related("factory__enterprise", "factory__authority")
        .order_by("pk")[:CHUNK]
    )
    Certification.objects.filter(pk__in=[t.pk for t in chunk]).update(reminded_days=step)
    told = [(t.factory.enterprise_id, _ending(t, on), f"expiry:{t.pk}:{step}") for t in chunk]
    inbox.send_many(telling.holders(told, at=at))
    return len(chunk)


def _ending(title: Certification, on: date) -> inbox.Message:
    return telling.of_title(
        title,
        Event.TITLE_EXPIRING,
        result=f"还有 {title.days_left(on)} 天到期",
        next_step=renewal.advice(title, on),
        due_on=title.last_day,
        link=renewal.place(title.pk),
    )
