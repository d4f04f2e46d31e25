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
from registry.merging import Seen, merged
from registry.models import Factory, User

MEASURE_FIELDS = (
    "gap", "action", "owner", "due_on", "scenario_no", "investment", "status", "result",
)  # fmt: skip


def measure_facts(measure: Measure) -> dict[str, Any]:
    """What may be changed of a measure, as it stands."""
    return {name: getattr(measure, name) for name in MEASURE_FIELDS}


@transaction.atomic
def save_measure(
    factory: Factory,
    fields: Mapping[str, Any],
    *,
    measure: Measure | None = None,
    seen: Seen | None = None,
    by: User,
    at: datetime,
) -> Measure:
    """Add a measure to the factory's improvement plan, or change the one given.

    With ``seen``, what a colleague changed meanwhile stays, and Overlap is raised where both
    changed the same.
    """
    firm_only(by)
    ensure_visible(factory, by)
    if measure is None:
        measure = Measure(factory=factory, created_at=at)
    elif measure.factory_id != factory.pk:
        raise PermissionDenied
    else:
        measure = Measure.objects.select_for_update(of=("self",)).get(pk=measure.pk)
        known = {name: fields[name] for name in MEASURE_FIELDS if name in fields}
        fields = {**fields, **merged(measure_facts(measure), known, seen)}
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
