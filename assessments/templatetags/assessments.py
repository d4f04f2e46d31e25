"""How answers of a self-assessment look."""

from __future__ import annotations

from decimal import Decimal

from django import template

from assessments.standard import MaturityModel

register = template.Library()


@register.filter
def choice_label(model: MaturityModel, answer: Decimal | None) -> str:
    """A maturity answer in the words of the model, with its value."""
    if answer is None:
        return "未填写"
    return next(f"{one.label}（{one.value}）" for one in model.choices if one.value == answer)
