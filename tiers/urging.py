"""Urging (催办): the firm of an overdue case, or a level above, reminds the office it waits at."""

from __future__ import annotations

from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox, workdays
from registry.access import OFFICERS, Role, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from registry.policy import LEVELS
from tiers import telling
from tiers.chain import current_step, handling_authority
from tiers.clocks import due
from tiers.models import Application, Urging


def may_urge(application: Application, user: User, *, on: date) -> bool:
    """Whether it is this person's to urge: a level above the step at any time, the firm once the
    step is overdue.
    """
    if application.status != Application.Status.IN_PROGRESS or not may_change(user):
        return False
    factory = application.factory
    if user.role == Role.ENTERPRISE:
        return user.enterprise_id == factory.enterprise_id and due(application, on).overdue
    return (
        user.role in OFFICERS
        and LEVELS.index(user.role) > LEVELS.index(application.step_level)
        and factory.authority.path.startswith(user.authority_path)
    )


def waits_until(application: Application, user: User, *, on: date) -> date | None:
    """The next working day, where this person's side has urged since the last one; else None."""
    last = application.urgings.filter(side=user.role).order_by("-on").first()
    if last is None or workdays.between(last.on, on) >= 1:
        return None
    return workdays.add(last.on, 1)


@transaction.atomic
def urge(application: Application, *, note: str, by: User, at: datetime) -> Urging:
    """Remind the office at whose step the case waits; once a working day for each side."""
    found: Application | None = (
        Application.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("round", "factory__authority__parent__parent", "factory__enterprise")
        .filter(pk=application.pk)
        .first()
    )
    on = business_date(at)
    if found is None or not may_urge(found, by, on=on):
        raise PermissionDenied("这件申报现在不能由本账号催办")
    if later := waits_until(found, by, on=on):
        raise ValidationError(f"已经催办过，办理单位已收到；{later:%Y-%m-%d} 起可以再次催办")
    if len(note.strip()) > 200:
        raise ValidationError("催办说明不超过 200 字，请删减")
    made = Urging.objects.create(
        application=found,
        step=found.step,
        step_level=found.step_level,
        side=by.role,
        by=by,
        by_name=by.name,
        place_name=by.place_name,
        note=note.strip(),
        on=on,
        at=at,
    )
    _record(made, found, by=by, at=at)
    return made


def _record(made: Urging, application: Application, *, by: User, at: datetime) -> None:
    office, step = handling_authority(application), current_step(application)
    if office is None or step is None:
        raise RuntimeError(f"application {application.pk} waits at no step of its rules")
    factory = application.factory
    audit.record(
        Verb.APPLICATION_URGE,
        application,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        step=step.label,
    )
    said = f"：{made.note}" if made.note else ""
    message = telling.of_application(
        application,
        Event.DESK_URGED,
        result=f"{by.place_name}催办{step.label}{said}",
        next_step="尽快作出办理意见",
        due_on=application.due_on,
    )
    inbox.send(inbox.officers_for(office), message, key=f"urging:{made.pk}", at=at)
