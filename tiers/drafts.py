"""Drafts of applications: opened in a round, resting on a locked assessment of the factory."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from assessments.models import Assessment
from registry.access import Role, business_date, ensure_may_change
from registry.audit import Verb
from registry.enterprises import ensure_visible
from registry.models import Factory, User
from tiers import workflow
from tiers.models import Application, Round
from tiers.workflow import Status


@transaction.atomic
def start(
    factory: Factory, batch: Round, *, assessment: Assessment | None = None, by: User, at: datetime
) -> Application:
    """Open a draft in a round; a second click finds the draft that exists."""
    if by.role != Role.ENTERPRISE:
        raise PermissionDenied("申报由企业发起")
    ensure_may_change(by)
    ensure_visible(factory, by)
    factory = (
        Factory.objects.select_for_update(of=("self",))
        .select_related("authority")
        .get(pk=factory.pk)
    )
    current = Round.objects.covering(factory).batches().filter(pk=batch.pk).first()
    if current is None:
        raise PermissionDenied("这个批次不面向这座工厂")
    standing: Application | None = (
        Application.objects.open().filter(factory=factory, tier=batch.tier).first()
    )
    if standing is not None:
        if standing.status == Status.DRAFT:
            return standing
        raise ValidationError(
            f"这座工厂已有一件{standing.get_tier_display()}申报在办（{standing.number}），办结后才能再申报"
        )
    if not current.is_open(business_date(at)):
        raise ValidationError("这个批次现在不受理，请看批次的起止日期")
    if assessment is not None:
        _may_rest_on(assessment, factory)
    application = Application.objects.create(
        round=current,
        factory=factory,
        tier=current.tier,
        assessment=assessment or latest_assessment(factory),
        created_by=by,
        created_at=at,
        keeper=by,
    )
    workflow.trail(Verb.APPLICATION_START, application, by=by, at=at)
    return application


def latest_assessment(factory: Factory) -> Assessment | None:
    """The newest locked assessment of a factory."""
    return factory.assessments.filter(locked_at__isnull=False).order_by("-locked_at").first()


@transaction.atomic
def choose_assessment(
    application: Application, assessment: Assessment, *, by: User, at: datetime
) -> Application:
    """Say which locked assessment the application rests on, while it is with the firm."""
    application = workflow.locked(application, by)
    if not workflow.may_prepare(application, by):
        raise PermissionDenied("现在不能更换自评")
    _may_rest_on(assessment, application.factory)
    application.assessment = assessment
    application.save(update_fields=["assessment"])
    workflow.trail(Verb.APPLICATION_CHOOSE, application, by=by, at=at, assessment=assessment.pk)
    return application


def _may_rest_on(assessment: Assessment, factory: Factory) -> None:
    if assessment.factory_id != factory.pk or not assessment.is_locked:
        raise ValidationError("请选择这座工厂已锁定的自评")
