"""What every act on an assessment does first and last: who may, is it open, the trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError

from assessments.models import Assessment
from registry import audit
from registry.access import Role, ensure_may_change
from registry.audit import Verb
from registry.enterprises import OUTSIDE
from registry.models import User


def open_for(assessment: Assessment, by: User) -> Assessment:
    firm_only(by)
    found: Assessment | None = (
        Assessment.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("factory__authority", "factory__enterprise")
        .filter(pk=assessment.pk)
        .first()
    )
    if found is None:
        raise PermissionDenied(OUTSIDE)
    if found.is_locked:
        raise ValidationError("这份自评已锁定，不能再改。可以沿用它新建一份", code="locked")
    return found


def firm_only(by: User) -> None:
    if by.role != Role.ENTERPRISE:
        raise PermissionDenied("自评由企业填写")
    ensure_may_change(by)


def touch(assessment: Assessment, at: datetime) -> None:
    assessment.saved_at = at
    assessment.save(update_fields=["saved_at"])


def trail(verb: Verb, assessment: Assessment, *, by: User, at: datetime, **data: Any) -> None:
    factory = assessment.factory
    audit.record(
        verb,
        assessment,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        **data,
    )
