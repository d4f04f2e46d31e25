"""What came back, beside the very thing it is about, on pages that know nothing of applications."""

from __future__ import annotations

from django import template
from django.template import RequestContext

from registry.access import Role
from registry.models import Enterprise, Factory
from tiers.models import ReturnItem
from tiers.returns import standing_for

register = template.Library()


@register.simple_tag(takes_context=True)
def returned_of(context: RequestContext, factory: Factory) -> dict[str, list[ReturnItem]]:
    """What the reader's own firm has to mend of a factory, by item."""
    found: dict[str, list[ReturnItem]] = {}
    for item in _standing(context, factory=factory):
        found.setdefault(item.target, []).append(item)
    return found


@register.simple_tag(takes_context=True)
def returned_facts(context: RequestContext, owner: Factory | Enterprise | str) -> list[ReturnItem]:
    """What it has to mend of the facts of a firm or of a factory."""
    if isinstance(owner, str):  # a form about neither leaves the name blank
        return []
    where = "factory" if isinstance(owner, Factory) else "factory__enterprise"
    head = f"{owner._meta.model_name}."
    return [item for item in _standing(context, **{where: owner}) if item.target.startswith(head)]


def _standing(context: RequestContext, **where: object) -> list[ReturnItem]:
    user = context["request"].user
    return standing_for(user, **where) if user.role == Role.ENTERPRISE else []
