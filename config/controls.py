"""How Django's plain controls are printed: by code and not by templates.

A page with filters has a dozen controls, each of them three templates deep, and a choice among
hundreds has templates for every option. The text is what Django's own templates say; every control
that is not named here keeps its template.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.forms.renderers import TemplatesSetting
from django.http import HttpRequest
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

Control = Mapping[str, Any]
FOLDER = "django/forms/widgets"


def _text(value: Any) -> str:
    return conditional_escape(value if isinstance(value, str) else str(value))


def _attributes(attrs: Mapping[str, Any]) -> str:
    return "".join(
        f" {_text(name)}" if value is True else f' {_text(name)}="{_text(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _input(control: Control) -> str:
    value = "" if control["value"] is None else f' value="{_text(control["value"])}"'
    said = _attributes(control["attrs"])
    return f'<input type="{_text(control["type"])}" name="{_text(control["name"])}"{value}{said}>'


def _option(option: Control) -> str:
    said = _attributes(option["attrs"])
    return f'<option value="{_text(option["value"])}"{said}>{_text(option["label"])}</option>'


def _select(control: Control) -> str:
    parts = [f'<select name="{_text(control["name"])}"{_attributes(control["attrs"])}>']
    for group, options, _ in control["optgroups"]:
        if group:
            parts.append(f'<optgroup label="{_text(group)}">')
        parts += map(_option, options)
        if group:
            parts.append("</optgroup>")
    return "".join([*parts, "</select>"])


def _labelled(option: Control) -> str:
    """One box or dot of a group, with its words."""
    if not option["wrap_label"]:
        return _input(option)
    key = option["attrs"].get("id")
    of = f' for="{_text(key)}"' if key else ""
    return f"<label{of}>{_input(option)} {_text(option['label'])}</label>"


def _group(control: Control) -> str:
    said = {name: value for name in ("id", "class") if (value := control["attrs"].get(name))}
    parts = [f"<div{_attributes(said)}>"]
    for group, options, _ in control["optgroups"]:
        if group:
            parts.append(f"<div><label>{_text(group)}</label>")
        parts += [f"<div>{_labelled(option)}</div>" for option in options]
        if group:
            parts.append("</div>")
    return "".join([*parts, "</div>"])


INPUTS = ("checkbox", "date", "email", "hidden", "number", "password", "tel", "text", "url")
WRITTEN: dict[str, Callable[[Control], str]] = {
    **{f"{FOLDER}/{name}.html": _input for name in INPUTS},
    f"{FOLDER}/select.html": _select,
    f"{FOLDER}/checkbox_select.html": _group,
    f"{FOLDER}/radio.html": _group,
}


class Renderer(TemplatesSetting):
    """Django's renderer, quick where a control is plain."""

    def render(
        self,
        template_name: str,
        context: Mapping[str, Any],
        request: HttpRequest | None = None,
    ) -> str:
        write = WRITTEN.get(template_name)
        if write is None:
            return super().render(template_name, dict(context), request)
        # Names, values and labels are escaped where they are written.
        return mark_safe(write(context["widget"]))  # noqa: S308
