"""Acts of a firm that renews a title (复核换发): asking for it, and confirming item by item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from assessments import assessment as self_assessment
from assessments.models import Assessment
from registry import policy
from registry.access import Role, business_date, ensure_may_change
from registry.audit import Verb
from registry.enterprises import OUTSIDE
from registry.models import Factory, User
from registry.policy import Tier
from tiers import chain, drafts, renewal, workflow
from tiers.models import Application, Certification, Renewal, RenewalMark, Round
from tiers.renewal import Line, Phase
from tiers.workflow import Status

LATE_LENGTH = 300


def standing(title: Certification) -> Application | None:
    """The open application of the factory for that tier, a renewal or not."""
    found: Application | None = (
        Application.objects.open()
        .select_related("round")
        .filter(factory=title.factory_id, tier=title.tier)
        .first()
    )
    return found


@transaction.atomic
def start(title: Certification, *, late_reason: str = "", by: User, at: datetime) -> Application:
    """Ask for the renewal of a title; a second click finds the one that is being filled in.

    Its assessment is the one open at the factory, else a copy of the one behind the title.
    """
    if by.role != Role.ENTERPRISE:
        raise PermissionDenied("复核由企业申请")
    ensure_may_change(by)
    title = _locked(title, by)
    on = business_date(at)
    already = standing(title)
    if already is not None:
        if already.round.is_renewal and already.status == Status.DRAFT:
            return already
        number = f"（{already.number}）" if already.number else "，正在填写"
        raise ValidationError(
            f"这座工厂已有一件{already.get_tier_display()}的申报{number}，办结或撤回后才能申请复核"
        )
    if why := renewal.refusal(title, on):
        raise ValidationError(why)
    days = renewal.window(title, on)
    if days and days.phase(on) == Phase.LATE:
        _check_late(late_reason)
    base = _base(title)
    application = Application.objects.create(
        round=_round(title, at=at),
        factory=title.factory,
        tier=title.tier,
        assessment=_assessment(title.factory, base, by=by, at=at),
        created_by=by,
        created_at=at,
        keeper=by,
    )
    Renewal.objects.create(
        application=application, title=title, base=base, late_reason=late_reason.strip()
    )
    workflow.trail(Verb.APPLICATION_START, application, by=by, at=at, renews=title.number)
    return application


def _locked(title: Certification, by: User) -> Certification:
    """The title with its factory's row held: one application at a time begins there."""
    found = (
        Certification.objects.visible_to(by)
        .select_related("application__assessment")
        .filter(pk=title.pk)
        .first()
    )
    if found is None:
        raise PermissionDenied(OUTSIDE)
    rows = Factory.objects.select_for_update(of=("self",)).select_related(
        "authority__parent__parent"
    )
    found.factory = rows.get(pk=found.factory_id)
    return found


def _check_late(reason: str) -> None:
    if not reason.strip():
        raise ValidationError({"late_reason": "认定已到期，请写明没有在到期前申请的原因"})
    if len(reason) > LATE_LENGTH:
        raise ValidationError({"late_reason": f"逾期原因不超过 {LATE_LENGTH} 个字"})


def _base(title: Certification) -> Assessment | None:
    """The assessment behind the title; for one without an application the factory's newest."""
    decided = title.application.assessment if title.application else None
    return decided or drafts.latest_assessment(title.factory)


def _assessment(factory: Factory, base: Assessment | None, *, by: User, at: datetime) -> Assessment:
    open_one: Assessment | None = factory.assessments.filter(locked_at=None).first()
    if open_one is None and base is not None:
        return self_assessment.copy_from(base, by=by, at=at)
    return open_one or self_assessment.start(factory, by=by, at=at)


def _round(title: Certification, *, at: datetime) -> Round:
    """The round in which titles of that tier are renewed at the office that determines."""
    on = business_date(at)
    rules = policy.current(title.factory.authority.province_code, on)
    tier = Tier(title.tier)
    rule = rules.tiers[tier].renewal
    if rule is None:
        raise RuntimeError(f"{rules.code} knows no renewal of {tier}")
    office = chain.authority_at(title.factory, rule.steps[-1].level) or title.factory.authority
    batch, _ = Round.objects.get_or_create(
        authority=office,
        tier=tier,
        policy=rules.code,
        kind=Round.Kind.RENEWAL,
        defaults={
            "title": f"{office.short_name}{tier.label}到期复核",
            "opens_on": on,
            "opened_at": at,
        },
    )
    return batch


@transaction.atomic
def confirm(
    application: Application,
    said: Mapping[str, bool],
    *,
    declared: bool,
    late_reason: str | None = None,
    by: User,
    at: datetime,
) -> int:
    """Say of items that they are the same (True) or have changed (False); returns how many.

    All or nothing: ValidationError names every item that cannot be said so, its code the item.
    """
    application = workflow.locked(application, by)
    own = renewal.of(application)
    if own is None or not workflow.may_prepare(application, by):
        raise PermissionDenied("现在不能逐项复核这件申报")
    known = {
        line.key: line
        for line in renewal.lines(own, application.assessment, Tier(application.tier))
    }
    wrong = [
        ValidationError(text, code=key)
        for key, same in said.items()
        if (text := _fault(known.get(key), same=same))
    ]
    if any(said.values()) and not declared:
        wrong.append(ValidationError("请勾选声明，声明勾选“无变化”的各项属实", code="declared"))
    if wrong:
        raise ValidationError(wrong)
    if late_reason is not None and late_reason.strip() != own.late_reason:
        _check_late(late_reason)
        own.late_reason = late_reason.strip()
        own.save(update_fields=["late_reason"])
    RenewalMark.objects.bulk_create(
        [RenewalMark(renewal=own, item=key, same=same, by=by, at=at) for key, same in said.items()],
        update_conflicts=True,
        unique_fields=["renewal", "item"],
        update_fields=["same", "by", "at"],
    )
    workflow.trail(
        Verb.RENEWAL_CONFIRM,
        application,
        by=by,
        at=at,
        same=sorted(key for key, same in said.items() if same),
        changed=sorted(key for key, same in said.items() if not same),
    )
    return len(said)


def _fault(line: Line | None, *, same: bool) -> str:
    if line is None:
        return "这一项不在复核内容里，请刷新后再看"
    if same and line.anew:
        return f"“{line.title}”：条款有变化，请按新条款填写"
    if same and line.changes:
        return f"“{line.title}”：自评里已经改过，不能选无变化"
    return ""
