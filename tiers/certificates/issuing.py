"""Issuing (发证) by the office that determined, one title or many; again after a change of name.

A certificate says the names of the day it is issued. It is given for titles on the public register
alone, since whoever has it can ask for the state of its title.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Q

from registry import audit, inbox, signing
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.models import AuditEvent, Event, User
from tiers import telling
from tiers.certificates import payload
from tiers.models import Certificate, Certification, CertificationQuerySet
from tiers.models.certificates import latest

#: So many are one act, so that the act and its file keep within one request.
AT_ONCE = 100


def may_issue(title: Certification, user: User, *, on: date) -> bool:
    """Whether the officer may issue one now: a first one, or one with the new names."""
    return _is_of(title, user) and may_change(user) and not _hindrance(title, on)


def _is_of(title: Certification, user: User) -> bool:
    return user.role in OFFICERS and user.authority_id == title.issuer_id


def _hindrance(title: Certification, on: date) -> str:
    """Why none can be issued that day; "" if one can."""
    if not title.published_on:
        return "列入公开名录后才能签发证书"
    if not title.is_in_force(on):
        return "认定不在有效状态，不能签发证书"
    held = max(title.certificates.all(), key=lambda one: one.issue, default=None)
    same = held is not None and (held.enterprise, held.factory) == _names(title)
    return "已有证书，名称没有变更，不需要换发" if same else ""


def due(user: User, *, on: date) -> CertificationQuerySet:
    """The titles of this office that have no certificate, or none with the names of today."""
    own = Certification.objects.published().in_force(on).filter(issuer=user.authority_id)
    named = own.annotate(held_firm=latest("enterprise"), held_factory=latest("factory"))
    outdated = ~Q(held_firm=F("factory__enterprise__name")) | ~Q(held_factory=F("factory__name"))
    found: CertificationQuerySet = named.filter(Q(held_firm=None) | outdated)
    return found


@transaction.atomic
def issue_all(titles: Iterable[int], *, by: User, at: datetime) -> list[Certificate]:
    """Sign and keep one for each of these titles; all or none."""
    held = locked(titles)
    for title in held:
        if why_not := hindrance(title, by, business_date(at)):
            raise ValidationError(f"{title.number}：{why_not}")
    return issued(held, by=by, at=at)


def locked(titles: Iterable[int]) -> list[Certification]:
    """These titles with all that their certificates say, to be changed by nobody else."""
    rows = Certification.objects.select_for_update(of=("self",)).filter(pk__in=list(titles))
    related = rows.select_related("factory__enterprise", "factory__authority", "issuer")
    known = related.prefetch_related("suspensions", "certificates")
    return list(known.order_by("valid_from", "pk"))


def hindrance(title: Certification, by: User, on: date) -> str:
    """Why the officer can issue none that day; "" if he can. PermissionDenied for whoever is of
    another office.
    """
    if not _is_of(title, by):
        raise PermissionDenied("证书由认定部门签发")
    return _hindrance(title, on)


def issued(held: Sequence[Certification], *, by: User, at: datetime) -> list[Certificate]:
    """Sign and keep one for each of these locked titles, which nothing hinders."""
    try:
        signer = signing.Signer(at=at)
    except signing.NoKey as error:
        raise ValidationError(str(error)) from None
    made = Certificate.objects.bulk_create(_drawn_up(one, signer, by, at) for one in held)
    audit.record_many(_line(one, by, at) for one in made)
    inbox.send_many(telling.holders([_told(one) for one in made], at=at))
    return made


def _names(title: Certification) -> tuple[str, str]:
    return title.factory.enterprise.name, title.factory.name


def _drawn_up(title: Certification, signer: signing.Signer, by: User, at: datetime) -> Certificate:
    enterprise, factory = _names(title)
    paper = payload.Paper(
        key_id=signer.key.key_id,
        issue=max((one.issue for one in title.certificates.all()), default=0) + 1,
        province=title.issuer.province_code,
        number=title.number,
        tier=title.tier,
        enterprise=enterprise,
        credit_code=title.factory.enterprise.credit_code,
        factory=factory,
        valid_from=title.valid_from,
        last_day=title.last_day,
        issued_on=business_date(at),
    )
    written = payload.packed(paper)
    signature = signer.sign(written, purpose=payload.CODE_PURPOSE)
    return Certificate(
        certification=title,
        issue=paper.issue,
        enterprise=enterprise,
        factory=factory,
        credit_code=paper.credit_code,
        issued_on=paper.issued_on,
        key_id=paper.key_id,
        code=payload.code_of(written, signature.value),
        by=by,
        at=at,
    )


def _line(one: Certificate, by: User, at: datetime) -> AuditEvent:
    title = one.certification
    return audit.event(
        Verb.CERTIFICATE_ISSUE,
        title,
        by=by,
        at=at,
        path=title.factory.authority.path,
        enterprise_id=title.factory.enterprise_id,
        issue=one.issue,
        key=one.key_id,
        enterprise=one.enterprise,
        factory=one.factory,
    )


def _told(one: Certificate) -> tuple[int, inbox.Message, str]:
    title, again = one.certification, one.issue > 1
    message = telling.of_title(
        title,
        Event.TITLE_CERTIFIED,
        result=f"证书已{'换发' if again else '签发'}，编号 {title.number}",
        next_step="下载证书" + ("，原证书不再使用" if again else ""),
    )
    return title.factory.enterprise_id, message, f"certificate:{title.pk}:{one.issue}"
