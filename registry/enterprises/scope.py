"""Who is responsible for what on the register: the limits of every act, and its line in the
trail.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models

from registry import audit
from registry.audit import Verb
from registry.models import (
    Authority,
    Claim,
    Division,
    Enterprise,
    Honour,
    Invitation,
    User,
    VetoEvent,
)

#: What is told to whoever reaches for something outside his scope.
OUTSIDE = "这条记录不在本账号的范围内"


def ensure_visible(target: models.Model, user: User) -> None:
    """Refuse an act on something outside the user's scope, whatever way he got hold of it."""
    if not type(target)._default_manager.visible_to(user).filter(pk=target.pk).exists():  # type: ignore[attr-defined]
        raise PermissionDenied(OUTSIDE)


def ensure_open(enterprise: Enterprise) -> None:
    """Refuse an act for a firm that has gone over to another."""
    if enterprise.closed_on is None:
        return
    last = enterprise.successions.select_related("successor").order_by("-on", "-pk").first()
    heir = f"，由{last.successor.name}承继" if last else ""
    raise ValidationError(
        f"{enterprise.name}已于 {enterprise.closed_on:%Y-%m-%d} 注销{heir}，请以承继企业办理"
    )


def one_at_a_time(enterprise: Enterprise) -> None:
    """Hold the firm's row until the act is done, so that a name is taken once by two clicks. An act
    made of others may hold it again.
    """
    Enterprise.objects.select_for_update(of=("self",)).filter(pk=enterprise.pk).first()


def responsible(division: Division | None) -> Authority | None:
    """The authority answering for a place; None outside the provinces that are loaded."""
    if division is None:
        return None
    return Authority.objects.filter(divisions=division).first()


def trail(
    verb: Verb,
    target: models.Model,
    enterprise: Enterprise,
    *,
    by: User,
    at: datetime,
    path: str = "",
    **data: Any,
) -> None:
    path = path or (enterprise.authority.path if enterprise.authority else "")
    # A claim's own text names the person; the trail shows the firm, so no personal data enters it.
    named = isinstance(target, Claim | Honour | Invitation | User | VetoEvent)
    name = enterprise.name if named else ""
    audit.record(
        verb, target, by=by, at=at, name=name, path=path, enterprise_id=enterprise.pk, **data
    )
