"""The improvement plan (提升计划): measures to close the gaps an assessment shows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction

from assessments.assessment.guard import firm_only
from assessments.models import Measure
from registry import audit
from registry.audit import Verb
from registry.enterprises import ensure_visible
from registry.models import Factory, User


@transaction.atomic
def save_measure(
    factory: Factory,
    fields: Mapping[str, Any],
    *,
    measure: Measure | None = None,
    by: User,
    at: datetime,
) -> Measure:
    """Add a measure to the factory's improvement plan, or change the one given."""
    firm_only(by)
    ensure_visible(factory, by)
    if measure is None:
        measure = Measure(factory=factory, created_at=at)
    elif measure.factory_id != factory.pk:
        raise PermissionDenied
    for field, value in fields.items():
        setattr(measure, field, value)
    measure.full_clean()
    measure.save()
    audit.record(
        Verb.PLAN_CHANGE,
        measure,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        status=measure.status,
        due_on=str(measure.due_on),
    )
    return measure
