"""The acts: list a factory by its honour, check it, take the titles away with the honour."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, enterprises, inbox, policy
from registry.access import business_date
from registry.audit import Verb
from registry.enterprises import ensure_visible
from registry.models import Event, Honour, User
from registry.policy import Tier
from tiers import bans, certification, coverage, endings, telling
from tiers.derivation.candidates import (
    Candidate,
    candidates,
    last_day_of,
    locked_on,
    may_check,
)
from tiers.models import Certification, HonourCheck

TOGETHER = (
    "按规则，这项称号集中复核，请在“集中复核”批次中办理。集中复核没有通过的，复查符合后可以单独认定"
)


def derive(*, on: date, at: datetime) -> int:
    """List every factory whose honour gives it a tier by the rules alone; returns how many.

    Safe to run again and from two machines: the honours are locked before they are judged, and
    none gives a tier twice.
    """
    return sum(_derive_below(province, on, at) for province in policy.provinces())


@transaction.atomic
def _derive_below(province: str, on: date, at: datetime) -> int:
    try:
        rules = policy.current(province, on)
    except LookupError:
        return 0
    automatic = {d.honour for r in rules.tiers.values() for d in r.derive if d.automatic}
    if not automatic:
        return 0
    path = f"/{province}/"
    waiting = Honour.objects.below(path).standing().filter(kind__in=automatic)
    locked = {h.pk for h in waiting.select_for_update(of=("self",)).order_by("pk").only("pk")}
    granted = 0
    for candidate in candidates(path, on=on):
        due = candidate.rule.automatic and candidate.ripe and candidate.honour.pk in locked
        if due and not _overtaken(candidate, on):
            give(candidate, document_no=candidate.honour.document_no, by=None, at=at)
            granted += 1
    return granted


def _overtaken(candidate: Candidate, on: date) -> bool:
    """Whether another honour has given the factory this tier in the same run."""
    factory = candidate.factory
    if factory is None:
        return True
    return Certification.objects.filter(factory=factory, tier=candidate.tier).running(on).exists()


@transaction.atomic
def grant(
    honour: Honour,
    tier: Tier,
    *,
    document_no: str,
    opinion: str = "",
    performance_confirmed: bool = False,
    by: User,
    at: datetime,
) -> Certification:
    """对应认定 by an officer: the terms are judged again under the lock, then the title is
    issued.
    """
    candidate = _locked(honour, tier, by, business_date(at))
    if candidate.office is None or candidate.office.pk != by.authority_id:
        raise PermissionDenied("这项对应认定由规则指定的部门办理")
    found = [ValidationError(p.message, code=p.code) for p in candidate.problems]
    if not candidate.alone:
        found.append(ValidationError(TOGETHER, code="together"))
    if not document_no.strip():
        found.append(ValidationError("请填写认定文件的文号", code="document_no"))
    if not candidate.rule.automatic and not opinion.strip():
        found.append(ValidationError("请填写核查意见", code="opinion"))
    if candidate.rule.reassessed and not performance_confirmed:
        found.append(ValidationError("请核实主要技术经济指标并勾选", code="performance_confirmed"))
    if found:
        raise ValidationError(found)
    if opinion.strip():
        _write_check(candidate, passed=True, finding=opinion, by=by, at=at)
    return give(candidate, document_no=document_no.strip(), by=by, at=at)


def give(
    candidate: Candidate, *, document_no: str, also: str = "", by: User | None, at: datetime
) -> Certification:
    """Issue the title of a candidate that was judged under the lock; ``also`` is written behind the
    basis.
    """
    if candidate.factory is None or candidate.valid_from is None or candidate.office is None:
        raise RuntimeError(f"honour {candidate.honour.pk} was not judged")
    own = candidate.assessment
    title = certification.issue(
        candidate.factory,
        candidate.tier,
        certification.Grant(
            issuer=candidate.office,
            document_no=document_no,
            valid_from=candidate.valid_from,
            source=Certification.Source.DERIVED,
            basis=f"{candidate.basis}{also}"[:300],
            honour=candidate.honour,
            maturity_level=own.maturity_level if own else None,
            assessed_on=locked_on(own) if own else None,
            covers=coverage.of(own, candidate.tier),
            last_day=last_day_of(candidate),
        ),
        by=by,
        at=at,
    )
    inbox.send(
        inbox.staff_of(candidate.honour.enterprise),
        telling.of_title(
            title,
            Event.TITLE_DERIVED,
            result=f"由“{candidate.honour_name}”列为{candidate.tier.label}智能工厂",
            next_step="核对认定信息，有误的联系认定部门更正",
        ),
        key=f"derived:{title.pk}",
        at=at,
    )
    return title


@transaction.atomic
def check(
    honour: Honour, tier: Tier, *, passed: bool, finding: str, by: User, at: datetime
) -> HonourCheck:
    """复核表: the office that the rules name says whether the factory still is what the honour
    says.
    """
    candidate = _locked(honour, tier, by, business_date(at))
    if not may_check(candidate, by):
        raise PermissionDenied("这项称号现在不由本部门复核")
    if not finding.strip():
        raise ValidationError({"finding": "请填写复核意见"})
    written = _write_check(candidate, passed=passed, finding=finding, by=by, at=at)
    if passed and (office := candidate.office):
        inbox.send(
            inbox.officers_of(office),
            inbox.Message(
                event=Event.DESK_HONOUR,
                matter=f"{candidate.factory}（{candidate.honour_name}）",
                result="已复核",
                next_step=f"作出{candidate.tier.label}认定",
                link="/derivation/",
            ),
            key=f"honour-check:{written.pk}",
            at=at,
        )
    return written


def _write_check(
    candidate: Candidate, *, passed: bool, finding: str, by: User, at: datetime
) -> HonourCheck:
    written = HonourCheck.objects.create(
        honour=candidate.honour,
        tier=candidate.tier,
        passed=passed,
        finding=finding.strip(),
        by=by,
        by_name=str(by),
        place_name=by.place_name,
        at=at,
    )
    audit.record(
        Verb.HONOUR_CHECK,
        written,
        by=by,
        at=at,
        path=candidate.factory.authority.path if candidate.factory else "",
        enterprise_id=candidate.honour.enterprise_id,
        honour=candidate.honour.pk,
        tier=candidate.tier,
        passed=passed,
    )
    return written


def _locked(honour: Honour, tier: Tier, by: User, on: date) -> Candidate:
    ensure_visible(honour, by)
    honour = Honour.objects.select_for_update(of=("self",)).get(pk=honour.pk)
    for candidate in candidates(by.authority_path, on=on, pk=honour.pk):
        if candidate.tier == tier:
            return candidate
    raise ValidationError(
        f"这项称号不能再对应{tier.label}：已经对应过，或工厂不归本部门管辖", code="stale"
    )


@transaction.atomic
def lose_honour(
    honour: Honour, *, reason: str, document_no: str, withdrawn_on: date, by: User, at: datetime
) -> int:
    """取消称号: withdraw the honour and end at once the titles derived from it; returns how many.

    Where the rules know a ban it counts from ``withdrawn_on``, whether or not there was a title.
    """
    honour = enterprises.withdraw_honour(
        honour, reason=reason, document_no=document_no, withdrawn_on=withdrawn_on, by=by, at=at
    )
    kind = enterprises.kind_of(honour)
    name = kind.name if kind else honour.kind
    _bar(honour, f"被取消“{name}”称号", by=by, at=at)
    because = f"“{name}”称号被取消：{honour.withdrawal_reason}"
    return endings.end_derived(
        honour,
        on=withdrawn_on,
        because=because[:300],
        document_no=honour.withdrawal_document_no,
        by=by,
        at=at,
    )


def rules_on_loss(honour: Honour, on: date) -> policy.Policy | None:
    """The rules that govern the loss of an honour on a day; None outside our provinces, or where
    it gives no tier.
    """
    place = honour.factory.authority if honour.factory else honour.enterprise.authority
    if place is None:
        return None
    try:
        rules = policy.current(place.province_code, on)
    except LookupError:
        return None
    return rules if honour.kind in rules.deriving_honours else None


def _bar(honour: Honour, words: str, *, by: User, at: datetime) -> None:
    """The ban on a firm that lost an honour which gives a tier, where the rules know one."""
    rules = rules_on_loss(honour, business_date(at))
    if rules is None or honour.withdrawn_on is None:
        return
    document = honour.withdrawal_document_no
    cause = bans.Cause(policy.HONOUR_LOST, words, document, honour=honour)
    bans.put(honour.enterprise, rules, cause, from_on=honour.withdrawn_on, by=by, at=at)
