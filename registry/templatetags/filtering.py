"""What a list is narrowed by: the fields of its form, and what is chosen as tags to take away.

A page of a list has a dozen fields, each some templates deep; those without anything special are
written by code, in the words of ``components/_field.html``.
"""

from __future__ import annotations

from dataclasses import dataclass

from django import forms, template
from django.forms import BaseForm, BoundField
from django.http import QueryDict
from django.template import RequestContext
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from registry.listing import readdressed

register = template.Library()


@dataclass(frozen=True)
class FilterTag:
    """One chosen filter and the query that is left without it."""

    label: str
    value: str
    query: str


@register.simple_tag(takes_context=True)
def applied_filters(context: RequestContext, form: BaseForm) -> list[FilterTag]:
    """The chosen filters of a GET form as removable tags; fields without a value have none."""
    chosen: QueryDict = context["request"].GET
    tags = []
    for field in form:
        for value in chosen.getlist(field.html_name):
            if value.strip() and not field.is_hidden:
                tags.append(
                    FilterTag(
                        str(field.label),
                        _shown(field, value),
                        _without(chosen, field.html_name, value),
                    )
                )
    return tags


def _shown(field: BoundField, value: str) -> str:
    """The words of a choice where the field has choices, the value itself elsewhere."""
    for key, label in getattr(field.field.widget, "choices", ()):
        if str(key) == value:
            return str(label)
    return value


def _without(chosen: QueryDict, name: str, value: str) -> str:
    rest = chosen.copy()
    rest.setlist(name, [other for other in rest.getlist(name) if other != value])
    return readdressed(rest, {})


@register.simple_tag
def filter_panel(form: BaseForm) -> SafeString:
    """The fields one below the other, with their hints."""
    return mark_safe("".join(map(_in_panel, form)))  # noqa: S308 -- each is escaped


@register.simple_tag
def filter_row(form: BaseForm) -> SafeString:
    """The fields beside each other, with labels for screen readers only."""
    return mark_safe("".join(map(_in_row, form)))  # noqa: S308 -- each is escaped


def _in_panel(field: BoundField) -> str:
    if field.is_hidden:
        return str(field)
    if field.errors or isinstance(field.field.widget, forms.CheckboxInput):
        return render_to_string("components/_field.html", {"field": field, "plain": True})
    hint = _hint(field)
    if field.use_fieldset:
        described = field.aria_describedby
        said = format_html(' aria-describedby="{}"', described) if described else ""
        return format_html(
            '<fieldset class="field" id="{}_group"{}><legend>{}</legend>{}'
            '<div class="choices">{}</div></fieldset>',
            field.auto_id, said, field.label, hint, field,
        )  # fmt: skip
    return format_html(
        '<div class="field"><label class="form-label" for="{}">{}</label>{}{}</div>',
        field.id_for_label, field.label, hint, field,
    )  # fmt: skip


def _hint(field: BoundField) -> str:
    if not field.help_text:
        return ""
    hint = '<p class="hint" id="{}_helptext">{}</p>'
    return format_html(hint, field.auto_id, field.help_text)


def _in_row(field: BoundField) -> str:
    if field.is_hidden:
        return str(field)
    label = '<label class="visually-hidden" for="{}">{}</label>{}'
    return format_html(label, field.id_for_label, field.label, field)
