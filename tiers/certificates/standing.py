"""What the register says of certificates: live for the page, and as the signed list of states.

Everybody reads the same minute: the list is kept for half of one, so that a withdrawal shows
everywhere within a minute.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.core.cache import cache
from django.db import connections, router
from django.db.models import Exists, F, OuterRef, Q, prefetch_related_objects

from registry import signing
from registry.access import SHANGHAI, business_date
from tiers import register
from tiers.certificates.checking import (
    LIST_FORMAT,
    LIST_PURPOSE,
    WITHDRAWN,
    Answer,
    State,
    check,
)
from tiers.certificates.payload import Paper
from tiers.models import (
    Certificate,
    Certification,
    CertificationQuerySet,
    Standing,
    Suspension,
)
from tiers.models.certificates import latest

KEPT_SECONDS = 30
#: What a title's standing follows from where it was never suspended.
FACTS = ("valid_from", "last_day", "ends_on", "ending", "ended_at", "ending_document_no")
#: What a check has to read, and no more: it is asked from a telephone at a counter.
ISSUED = Certificate.objects.annotate(
    paused=Exists(Suspension.objects.filter(certification=OuterRef("certification")))
).values_list(
    "code",
    "issue",
    "paused",
    "certification__factory__enterprise__name",
    "certification__factory__name",
    "certification",
    *(f"certification__{name}" for name in FACTS),
)
UNKNOWN = State("unknown", None, 0, "", "")
#: Stands for a number while SQL is written.
_STAND_IN = "\ue000"


def answer(code: str, on: date) -> Answer:
    """What the public page says of a code."""
    return check(code, signing.at_hand(), live(code, on), on)


def live(code: str, on: date) -> Callable[[Paper], State | None]:
    """Asks the register; a code that was never issued here is not taken on its signature alone."""

    def state_of(paper: Paper) -> State:
        found = _issued(paper.number)
        held = next((one for one in found if one[0] == code), None)
        if held is None:
            return UNKNOWN
        _, _, paused, firm, factory, key, *facts = held
        title = Certification(pk=key, **dict(zip(FACTS, facts, strict=True)))
        if paused:
            prefetch_related_objects([title], "suspensions")
        standing = title.standing_on(on) if paused else title.standing_unsuspended(on)
        issue = max(one[1] for one in found)
        return State(str(standing.value), _since(title, standing, on), issue, firm, factory)

    return state_of


def _issued(number: str) -> list[tuple[Any, ...]]:
    """``ISSUED`` of one number. Its SQL takes longer to put together than to answer, so that it is
    written once; on PostgreSQL the values need no conversion.
    """
    connection = connections[router.db_for_read(Certificate)]
    if connection.vendor != "postgresql":
        return list(ISSUED.filter(certification__number=number))
    sql, params = _asking()
    with connection.cursor() as cursor:
        cursor.execute(sql, [number if one == _STAND_IN else one for one in params])
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


@lru_cache(maxsize=1)
def _asking() -> tuple[str, tuple[Any, ...]]:
    sql, params = ISSUED.filter(certification__number=_STAND_IN).query.sql_with_params()
    return sql, params


def titles() -> CertificationQuerySet:
    """Published titles with a certificate, and the number of their latest."""
    found = register.published().annotate(issues=latest("issue"))
    certified: CertificationQuerySet = found.filter(issues__isnull=False)
    return certified


def _state(title: Certification, issue: int, on: date) -> State:
    standing = title.standing_on(on)
    names = title.factory.enterprise.name, title.factory.name
    return State(str(standing.value), _since(title, standing, on), issue, *names)


def _since(title: Certification, standing: Standing, on: date) -> date | None:
    """The first day of a suspension, the day of an end."""
    if standing == Standing.SUSPENDED:
        pause = title.suspension_on(on)
        return pause.from_on if pause else None
    return None if standing in (Standing.VALID, Standing.UPCOMING) else register.end_day(title)


def published_list(at: datetime) -> dict[str, Any]:
    """The signed list of states: every title that is not as its first certificate says."""
    kept: dict[str, Any] | None = cache.get("certificate-states")
    if kept is None:
        kept = signing.sign_document(_list(at), purpose=LIST_PURPOSE, at=at)
        cache.set("certificate-states", kept, KEPT_SECONDS)
    return kept


def _list(at: datetime) -> dict[str, Any]:
    on = business_date(at)
    changed = _changed(on).order_by("number")
    return {
        "format": LIST_FORMAT,
        "as_of": at.astimezone(SHANGHAI).replace(microsecond=0).isoformat(),
        "titles": {one.number: _written(_state(one, one.issues, on)) for one in changed},
    }


def _changed(on: date) -> CertificationQuerySet:
    """Ended or suspended other than by the day on the paper, certified again, or renamed since."""
    with_latest = titles().with_standing(on).annotate(held_firm=latest("enterprise"))
    named = with_latest.annotate(held_factory=latest("factory"))
    renamed = ~Q(held_firm=F("factory__enterprise__name")) | ~Q(held_factory=F("factory__name"))
    # Whose last day has passed is told by the paper itself.
    in_time = Q(standing=Standing.EXPIRED, ends_on__gt=F("last_day"))
    withdrawn = Q(standing__in=WITHDRAWN) & ~in_time
    found: CertificationQuerySet = named.filter(withdrawn | Q(issues__gt=1) | renamed)
    return found


def _written(state: State) -> list[str | int | None]:
    since = state.since.isoformat() if state.since else None
    return [state.status, since, state.issue, state.enterprise, state.factory]
