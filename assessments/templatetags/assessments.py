"""How answers of a self-assessment look."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from django import template

from assessments.standard import MaturityModel
from registry.policy import CONFIDENCE_LABELS

register = template.Library()


@register.filter
def choice_label(model: MaturityModel, answer: Decimal | None) -> str:
    """A maturity answer in the words of the model, with its value."""
    if answer is None:
        return "未填写"
    return next(f"{one.label}（{one.value}）" for one in model.choices if one.value == answer)


@register.filter
def confidence_label(code: str) -> str:
    """How well a statement is founded, in words."""
    return CONFIDENCE_LABELS.get(code, code)


@register.filter
def beside(names: Iterable[str], values: Iterable[str]) -> list[tuple[str, str]]:
    """Names with the values that stand under them."""
    return list(zip(names, values, strict=True))


@register.filter
def part(fields: dict[str, str], name: str) -> str:
    """One text of a question's fields."""
    return fields.get(name, "")
