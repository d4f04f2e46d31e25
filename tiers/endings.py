"""A title ends before its time: revoked, given up, gone with its honour or out of the province;
and is given back where the revocation was wrong.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox
from registry.access import OFFICERS, business_date
from registry.audit import Verb
from registry.models import Authority, Event, Factory, Honour, User
from tiers import telling
from tiers.certification import replay
from tiers.models import Certification, CertificationQuerySet

Ending = Certification.Ending
#: Issuers whose titles end by their own document, which the province enters.
ELSEWHERE = (Authority.Kind.NATION, Authority.Kind.GROUP)
VERBS = {
    Ending.REVOKED: Verb.CERTIFICATION_REVOKE,
    Ending.SURRENDERED: Verb.CERTIFICATION_SURRENDER,
    Ending.MOVED_OUT: Verb.CERTIFICATION_MOVE_OUT,
    Ending.EXPIRED: Verb.CERTIFICATION_EXPIRE,
}


@transaction.atomic
def revoke(
    title: Certification,
    *,
    reason: str,
    document_no: str,
    appeal_until: date,
    link: str,
    by: User,
    at: datetime,
) -> list[dict[str, Any]]:
    """撤销: end a title from today, with a reason and a document. The inner door of
    ``tiers.revocation``; returns what the titles that fell were, for :func:`reinstate`.

    A renewal that was decided but has not begun falls with the title it renews.
    """
    if by.role not in OFFICERS or by.authority_id != title.issuer_id:
        raise PermissionDenied("只有作出认定的部门能撤销")
    if not reason.strip() or not document_no.strip():
        raise ValidationError("请填写撤销原因和文号")
    rows = Certification.objects.select_for_update(of=("self",))
    title = rows.get(pk=title.pk)
    today = business_date(at)
    if is_over(title, today):
        raise ValidationError("这项认定已不在有效期内，不需要撤销", code="stale")
    falling = [title, *_to_come(title, today)]
    fallen = [_state(one) for one in falling]
    for one in falling:
        _end(one, Ending.REVOKED, reason.strip(), document_no.strip(), on=today, by=by, at=at)
    inbox.send(
        inbox.staff_of(title.factory.enterprise),
        telling.of_title(
            title,
            Event.TITLE_REVOKED,
            result=f"已撤销：{reason.strip()}",
            next_step="不服的，可以申请复核",
            due_on=appeal_until,
            link=link,
        ),
        key=f"revoked:{title.pk}:{at:%Y%m%d%H%M%S}",
        at=at,
    )
    return fallen


def _to_come(title: Certification, on: date) -> CertificationQuerySet:
    """The renewal of a title that has been decided and has not begun, locked."""
    rows = Certification.objects.select_for_update(of=("self",)).filter(
        factory=title.factory_id, tier=title.tier, ending="", valid_from__gt=on
    )
    return rows.exclude(pk=title.pk)


def _state(title: Certification) -> dict[str, Any]:
    return {
        "title": title.pk,
        "ending": title.ending,
        "ends_on": title.ends_on.isoformat() if title.ends_on else None,
        "ended_at": title.ended_at.isoformat() if title.ended_at else None,
    }


def is_over(title: Certification, on: date) -> bool:
    """Whether nothing is left of the title to end."""
    over = title.ends_on is not None and title.ends_on <= on
    return over or title.ending not in ("", Ending.SUPERSEDED)


def ran_out(title: Certification, on: date) -> bool:
    """Whether its time alone has ended it."""
    over = title.ends_on is not None and title.ends_on <= on
    return over and title.ending in ("", Ending.EXPIRED)


@transaction.atomic
def reinstate(fallen: list[dict[str, Any]], *, by: User, at: datetime) -> None:
    """Make revoked titles what they were, as if never revoked. Where the factory has got a new one
    of the tier meanwhile, the old one ends with its first day.
    """
    rows = Certification.objects.select_for_update(of=("self",))
    titles = {one.pk: one for one in rows.filter(pk__in=[was["title"] for was in fallen])}
    for was in fallen:
        title = titles[was["title"]]
        if title.ending != Ending.REVOKED:
            raise ValidationError(f"{title.number} 不是已撤销的状态，不能恢复", code="stale")
        title.ending = was["ending"]
        title.ends_on = date.fromisoformat(was["ends_on"]) if was["ends_on"] else None
        title.ended_at = datetime.fromisoformat(was["ended_at"]) if was["ended_at"] else None
        title.ending_reason = title.ending_document_no = ""
        newer = Certification.objects.filter(
            factory=title.factory_id, tier=title.tier, ending=""
        ).exclude(pk__in=titles)
        if not title.ending and (one := newer.first()):
            title.ending, title.ended_at = Ending.SUPERSEDED, at
            title.ends_on = max(title.valid_from, min(title.ends_on or date.max, one.valid_from))
        title.save()
        _trail(Verb.CERTIFICATION_REINSTATE, title, by=by, at=at)


@transaction.atomic
def surrender(title: Certification, *, reason: str, by: User, at: datetime) -> None:
    """主动放弃: end a title that its firm gives up, from today, with its renewal to come. The inner
    door of ``tiers.surrender``.
    """
    today = business_date(at)
    if is_over(title, today):
        raise ValidationError("这项认定已不在有效期内，不需要放弃", code="stale")
    for one in (title, *_to_come(title, today)):
        _end(one, Ending.SURRENDERED, reason, "", on=today, by=by, at=at)
    inbox.send(
        inbox.staff_of(title.factory.enterprise),
        telling.of_title(title, Event.TITLE_REVOKED, result="已确认放弃，认定自当天起终止"),
        key=f"surrendered:{title.pk}",
        at=at,
    )


@transaction.atomic
def end_by_document(
    title: Certification,
    ending: Ending,
    *,
    because: str,
    document_no: str,
    on: date,
    by: User,
    at: datetime,
) -> None:
    """End a title that was given elsewhere on the day that its issuer's document gives. The inner
    door of ``tiers.delisting``, which tells whom it concerns.
    """
    if title.issuer.kind not in ELSEWHERE:
        raise PermissionDenied("这项认定不是国家部门或中央企业集团作出的")
    rows = Certification.objects.select_for_update(of=("self",))
    title = rows.select_related("factory__authority").get(pk=title.pk)
    if is_over(title, business_date(at)):
        raise ValidationError(f"{title.number} 已不在有效期内，不需要终止", code="stale")
    for one in (title, *_to_come(title, on)):
        _end(one, ending, because, document_no, on=on, by=by, at=at)


@transaction.atomic
def end_derived(
    honour: Honour, *, on: date, because: str, document_no: str, by: User, at: datetime
) -> int:
    """End every title derived from an honour on the day the honour was lost; returns how many."""
    rows = Certification.objects.select_for_update(of=("self",)).filter(honour=honour)
    ending = [
        title
        for title in rows.select_related("factory__enterprise", "factory__authority")
        if not is_over(title, on)
    ]
    for title in ending:
        _end(title, Ending.REVOKED, because, document_no, on=on, by=by, at=at)
        inbox.send(
            inbox.staff_of(title.factory.enterprise),
            telling.of_title(title, Event.TITLE_REVOKED, result=f"已终止：{because}"),
            key=f"revoked:{title.pk}:{at:%Y%m%d%H%M%S}",
            at=at,
        )
    return len(ending)


@transaction.atomic
def end_moved_out(
    factory: Factory, *, document_no: str, by: User, at: datetime
) -> list[Certification]:
    """迁出本省: end every title that the factory holds or will hold, from today; returns them."""
    on = business_date(at)
    rows = Certification.objects.select_for_update(of=("self",)).filter(factory=factory)
    ending = [
        title
        for title in rows.select_related("factory__enterprise", "factory__authority")
        if not is_over(title, on)
    ]
    for title in ending:
        _end(title, Ending.MOVED_OUT, "工厂迁出本省", document_no, on=on, by=by, at=at)
        inbox.send(
            inbox.staff_of(title.factory.enterprise),
            telling.of_title(
                title, Event.TITLE_REVOKED, result=f"工厂迁出本省，自 {on:%Y年%-m月%-d日} 起终止"
            ),
            key=f"moved-out:{title.pk}",
            at=at,
        )
    return ending


def _end(
    title: Certification,
    ending: Ending,
    because: str,
    document_no: str,
    *,
    on: date,
    by: User,
    at: datetime,
) -> None:
    title.ending, title.ended_at = ending, at
    title.ends_on = max(on, title.valid_from)
    title.ending_reason, title.ending_document_no = because, document_no
    title.save()
    _trail(VERBS[ending], title, by=by, at=at)


def _trail(verb: Verb, title: Certification, *, by: User, at: datetime) -> None:
    audit.record(
        verb,
        title,
        by=by,
        at=at,
        path=title.factory.authority.path,
        enterprise_id=title.factory.enterprise_id,
        **replay(title),
    )
