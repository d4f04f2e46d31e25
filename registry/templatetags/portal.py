"""How facts look: tiers, states, error summaries, and the geometry of small charts."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import cos, pi, sin
from typing import Any
from uuid import uuid4

from django import forms, template
from django.forms import BaseForm, BaseFormSet, BoundField, Field
from django.template import Context
from django.template.loader import get_template
from django.urls import get_script_prefix, reverse
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from registry import workdays
from registry.forms.merging import Merging, Theirs
from registry.models import User
from registry.policy import Tier

register = template.Library()


@register.simple_tag
def drawn(component: str, **said: Hashable) -> SafeString:
    """A component that depends on nothing but what is said here: made once for each such words."""
    return _drawn(component, **said)


@lru_cache(maxsize=2000, typed=True)  # a text marked as safe is not the same text unmarked
def _drawn(component: str, **said: Hashable) -> SafeString:
    template = get_template(component).template  # type: ignore[attr-defined]
    return mark_safe(template.render(Context(said)))  # noqa: S308 -- escaped by the template


# Colour and icon of every state that a badge may show: never colour alone.
DRAFT, OPEN, BACK, GOOD, BAD, OVER = (
    ("mute", "pencil"),
    ("info", "clock"),
    ("warn", "back"),
    ("ok", "done"),
    ("bad", "cross-octagon"),
    ("mute", "withdrawn"),
)
STATES: dict[str, tuple[str, str]] = {
    "draft": DRAFT,
    "editing": DRAFT,
    "in_progress": OPEN,
    "pending": OPEN,
    "submitted": OPEN,
    "filed": OPEN,
    "open": OPEN,
    "notice": ("info", "megaphone"),
    "returned": BACK,
    "sent_back": BACK,
    "certified": GOOD,
    "determined": GOOD,
    "acknowledged": GOOD,
    "confirmed": GOOD,
    "done": GOOD,
    "met": GOOD,
    "locked": ("ok", "lock"),
    "rejected": BAD,
    "refused": BAD,
    "unmet": ("warn", "alert"),
    "problem": ("warn", "alert"),
    "withdrawn": OVER,
    "closed": OVER,
    "struck": OVER,
    "valid": ("ok", "shield"),
    "in_force": ("ok", "shield"),
    "suspended": ("warn", "pause"),
    "expired": ("mute", "hourglass"),
    "revoked": ("bad", "revoked"),
    "superseded": ("mute", "swap"),
    "moved_out": ("mute", "swap"),
    "surrendered": OVER,
    "upcoming": ("mute", "clock"),
    "todo": ("mute", "dash"),
    "blocked": ("mute", "lock"),
    "unchecked": ("mute", "dash"),
    "changed": BACK,
    "same": GOOD,
    "anew": GOOD,
    "renewal": ("info", "swap"),
    "agreed": ("info", "done"),
    "disputed": ("bad", "alert"),
    "unassessed": ("mute", "dash"),
    "unreached": ("warn", "alert"),
    "reached": ("info", "done"),
    "check": OPEN,
    "barred": ("warn", "alert"),
    "again": BACK,
    "pass": GOOD,
    "fail": BAD,
    "hold": ("warn", "pause"),
    "unverified": OPEN,
    "standing_title": OVER,
    "assigned": OPEN,
    "mending": ("warn", "alert"),
    "answered": OPEN,
    "owed": ("mute", "clock"),
    "overdue": ("bad", "alert"),
    "accepted": GOOD,
    "fit": GOOD,
    "unfit": BAD,
    "keep": GOOD,
    "fall": ("bad", "alert"),
    "rise": ("info", "done"),
    "unknown": ("mute", "dash"),
    "asking": ("warn", "alert"),
    "checked": OPEN,
    "applying": OPEN,
    "applied": GOOD,
    "undoing": OPEN,
    "undone": OVER,
    "dropped": OVER,
    "new": ("info", "plus"),
    "conflict": ("warn", "alert"),
    "faulty": BAD,
}


@dataclass(frozen=True)
class Look:
    """Colour class and icon of a state."""

    colour: str
    icon: str


@register.filter
def status_look(status: object) -> Look:
    return Look(*STATES.get(str(status).lower(), ("mute", "info")))


@register.filter
def tier_rank(tier: object) -> int:
    """1 for the lowest tier; 0 when there is none, so that a template prints nothing."""
    return list(Tier.values).index(str(tier)) + 1 if tier in Tier.values else 0


@register.filter
def tier_label(tier: object) -> str:
    return str(Tier(tier).label) if tier in Tier.values else ""


@register.filter
def tier_icon(tier: object) -> str:
    return f"tier-{tier_rank(tier)}"


@register.filter
def widget_kind(field: BoundField) -> str:
    """What the field group must know of its widget: checkbox, file or other."""
    if isinstance(field.field.widget, forms.CheckboxInput):
        return "checkbox"
    return "file" if isinstance(field.field.widget, forms.FileInput) else "other"


@register.filter
def file_size(size: int | None) -> str:
    """Bytes as people read them: 66 KB, 1.2 MB."""
    if size is None:
        return ""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"


@register.filter
def entry(mapping: Mapping[str, Any] | None, key: str) -> Any:
    """What a mapping holds under a key that the template has in a variable."""
    return (mapping or {}).get(key, "")


@register.filter
def percent(value: float | None) -> str:
    """A share of one as a percentage with one digit; a dash when there is none."""
    return "—" if value is None else f"{value * 100:.1f}%"


@register.filter
def stated(day: date | None) -> str:
    """A day counted in working days, marked 暂定 while its year has no official holiday table."""
    return workdays.stated(day) if day else ""


#: A key that no part of an address looks like.
ANY = 987654321987


@register.filter
def page_of(key: int, name: str) -> str:
    """The address of the page of this name for a key. Quicker than url where many rows need it."""
    before, after = _around(name, get_script_prefix())
    return f"{before}{key}{after}"


@lru_cache(maxsize=64)
def _around(name: str, prefix: str) -> tuple[str, str]:
    before, _, after = reverse(name, args=[ANY]).partition(str(ANY))
    return before, after


@dataclass(frozen=True)
class Problem:
    """One line of the error summary and the id of the control it is about."""

    text: str
    target: str = ""


@register.simple_tag
def error_list(
    form: BaseForm | None = None,
    formset: BaseFormSet | None = None,
    problems: Iterable[str] | None = None,
) -> list[Problem]:
    """Every error of a form, a formset or a refused act, in the order of the page."""
    found = [Problem(str(text)) for text in problems or ()]
    if form:
        found += _of_form(form)
    if formset:
        found += [Problem(str(text)) for text in formset.non_form_errors()]
        for number, part in enumerate(formset.forms, start=1):
            found += [
                Problem(f"第 {number} 行：{problem.text}", problem.target or f"id_{part.prefix}")
                for problem in _of_form(part)
            ]
    return found


def _of_form(form: BaseForm) -> list[Problem]:
    if not form.is_bound:
        return []
    found = [Problem(str(text)) for text in form.non_field_errors()]
    for field in form:
        # A group of radios has no control of its own name: its first choice is <id>_0.
        target = f"{field.auto_id}_0" if field.use_fieldset else field.id_for_label or field.auto_id
        found += [Problem(text, target) for text in field_problems(field)]
    return found


@register.filter
def theirs(field: BoundField) -> Theirs | None:
    """What somebody else has meanwhile put into a field of a form that merges."""
    form = field.form
    return form.theirs.get(field.name) if isinstance(form, Merging) else None


@register.filter
def field_problems(field: BoundField) -> list[str]:
    """A field's errors in words; "required" names the field, unlike Django's one sentence."""
    sentences = []
    for error in field.errors.as_data():
        if error.code == "required" and error.message == Field.default_error_messages["required"]:
            sentences.append(f"请{_verb(field)}{field.label}")
        else:
            sentences += [str(text) for text in error.messages]
    return sentences


def _verb(field: BoundField) -> str:
    """What one does with a control: tick, choose a file, choose, fill in."""
    widget = field.field.widget
    if isinstance(widget, forms.CheckboxInput):
        return "勾选"
    return (
        "选择" if isinstance(widget, forms.FileInput | forms.Select | forms.RadioSelect) else "填写"
    )


@register.simple_tag
def elided_pages(page: Any) -> list[int | str]:
    """Page numbers around the current one, with … where some are left out."""
    return list(page.paginator.get_elided_page_range(page.number, on_each_side=2, on_ends=1))


@register.simple_tag
def meter(value: float, of: float, tick: Any = None) -> dict[str, str]:
    """Lengths of a bar of 100 units: the part reached and, where given, the time elapsed."""
    share = 0.0 if not of else max(0.0, min(1.0, value / of))
    mark = "" if tick in (None, "") else f"{max(0.0, min(1.0, tick)) * 100 - 0.5:.1f}"
    return {"width": f"{share * 100:.1f}", "tick": mark, "percent": f"{share * 100:.1f}%"}


@dataclass(frozen=True)
class RadarPoint:
    """One axis: name, own value, gate of the tier aimed at, median of the peers (or None)."""

    label: str
    value: float | None
    gate: float | None = None
    median: float | None = None


RADIUS, CENTRE_X, CENTRE_Y = 120.0, 230.0, 168.0
RINGS = 5


@register.simple_tag
def radar_chart(points: Sequence[Any], top: float = 5) -> dict[str, Any]:
    """Coordinates of a radar chart, five rings up to ``top``; under three axes there is none."""
    count = len(points)
    if count < 3:
        return {}
    axes = [_axis(point, position, count, top) for position, point in enumerate(points)]
    rings = [
        " ".join(_at(position, count, ring / RINGS) for position in range(count))
        for ring in range(1, RINGS + 1)
    ]
    ticks = [
        {"y": f"{CENTRE_Y - RADIUS * ring / RINGS:.1f}", "text": f"{top * ring / RINGS:g}"}
        for ring in range(1, RINGS + 1)
    ]
    medians = [axis["median"] for axis in axes if axis["median"]]
    return {
        "axes": axes,
        "rings": rings,
        "ticks": ticks,
        "own": " ".join(axis["own"] for axis in axes),
        "median": " ".join(medians) if len(medians) == count else "",
        "has_gate": any(axis["gate"] for axis in axes),
        "centre": {"x": f"{CENTRE_X:.1f}", "y": f"{CENTRE_Y:.1f}"},
    }


def _axis(point: Any, position: int, count: int, top: float) -> dict[str, Any]:
    angle = 2 * pi * position / count
    end, label = _at(position, count, 1), _at(position, count, 1.13)
    own = _at(position, count, min(1.0, (point.value or 0) / top))
    anchor = "middle" if abs(sin(angle)) < 0.1 else ("start" if sin(angle) > 0 else "end")
    return {
        "label": point.label,
        "anchor": anchor,
        "x": end.split(",")[0],
        "y": end.split(",")[1],
        "label_x": label.split(",")[0],
        "label_y": f"{float(label.split(',')[1]) + 5:.1f}",
        "own": own,
        "own_x": own.split(",")[0],
        "own_y": own.split(",")[1],
        "gate": None if point.gate is None else _gate(angle, min(1.0, point.gate / top)),
        "median": None
        if point.median is None
        else _at(position, count, min(1.0, point.median / top)),
    }


def _at(position: int, count: int, share: float) -> str:
    """The point on an axis, the first axis pointing up, as "x,y"."""
    angle = 2 * pi * position / count
    return (
        f"{CENTRE_X + RADIUS * share * sin(angle):.1f},{CENTRE_Y - RADIUS * share * cos(angle):.1f}"
    )


def _gate(angle: float, share: float) -> dict[str, str]:
    """A short bar across the axis where the gate lies."""
    x, y, half = CENTRE_X + RADIUS * share * sin(angle), CENTRE_Y - RADIUS * share * cos(angle), 13
    return {
        "x1": f"{x - half * cos(angle):.1f}",
        "y1": f"{y - half * sin(angle):.1f}",
        "x2": f"{x + half * cos(angle):.1f}",
        "y2": f"{y + half * sin(angle):.1f}",
    }


@register.simple_tag
def once() -> str:
    """Inside a form: sent twice from one page with the same content, it is carried out once."""
    return format_html('<input type="hidden" name="once" value="{}">', uuid4().hex)


@register.filter
def draft_key(user: User) -> str:
    """What this person's pages encipher drafts with on his computer; no other page gets it."""
    digest = salted_hmac("registry.draft", str(user.pk), algorithm="sha256").digest()
    return b64encode(digest).decode()


@register.filter
def days_until(day: date, today: date) -> int:
    """Calendar days from today to that day; negative when it has passed."""
    return (day - today).days
