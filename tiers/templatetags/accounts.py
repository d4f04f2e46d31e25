"""What a firm's people are warned of on their own pages."""

from __future__ import annotations

from collections.abc import Sequence

from django import template

from registry.access import Role
from registry.models import Recovery, User

register = template.Library()


@register.simple_tag
def recoveries(user: User) -> Sequence[Recovery]:
    """Requests for accounts of the person's own firm that are on their way."""
    if user.role != Role.ENTERPRISE:
        return ()
    found = Recovery.objects.visible_to(user).select_related("account")
    return list(found.order_by("filed_at"))
