"""Answers as form fields: their names, what a browser sends, and the values that are stored.

A plain answer is one field named by its item; a compound one is a field per part,
``<item>:<part>``.
With each item travel ``v:<item>``, the version seen, and ``o:<item>``, a fingerprint of what the
page showed: an item that comes back as it was shown was not changed here, whatever others did.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from assessments.assessment import PART_LABELS
from assessments.scoring import is_blank

PARTS: dict[str, tuple[str, ...]] = {
    "condition": ("met", "how"),
    "platform": ("level", "score", "date", "report_no"),
    "kpi": ("before", "after", "unit", "period", "na"),
    "perf": ("indicator", "own", "reference", "year", "source"),
}


@dataclass(frozen=True)
class Posted:
    """What a browser sent: the values to store, the versions seen, and the fields as they came."""

    values: dict[str, Any]
    seen: dict[str, int]
    fields: dict[str, dict[str, str]]


def parts_of(item: str, conditions: Iterable[str]) -> tuple[str, ...]:
    """The parts of a compound answer, none for a plain one."""
    if item in conditions:
        return PARTS["condition"]
    return PARTS.get(item.partition(".")[0], ())


def shown(value: Any, parts: tuple[str, ...]) -> dict[str, str]:
    """A stored answer as the texts of its fields; a plain one has the single part ``value``."""
    if not parts:
        return {"value": "" if value is None else str(value)}
    held = value if isinstance(value, Mapping) else {}
    return {part: _text(held.get(part)) for part in parts}


def names(item: str, texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of an answer by the names of its controls."""
    return {item if part == "value" else f"{item}:{part}": text for part, text in texts.items()}


def fingerprint(texts: Mapping[str, str]) -> str:
    given = sorted((part, text) for part, text in texts.items() if text)
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()[:16]


def read(data: QueryDict, stored: Mapping[str, Any], conditions: Iterable[str]) -> Posted:
    """The items that were changed in the browser, compound ones merged with what is stored."""
    known = frozenset(conditions)
    fields: dict[str, dict[str, str]] = {}
    for name in data:
        item, _, part = name.partition(":")
        if "." in item:
            text = data.getlist(name)[-1].replace("\r\n", "\n").strip()
            fields.setdefault(item, {})[part or "value"] = text
    values = {}
    for item, texts in fields.items():
        if fingerprint(texts) == data.get(f"o:{item}"):
            continue
        value = _stored(item, texts, stored.get(item), parts_of(item, known))
        if item in stored or not is_blank(value):
            values[item] = value
    seen = {name[2:]: _number(str(data[name])) for name in data if name.startswith("v:")}
    return Posted(values, seen, fields)


def _stored(item: str, texts: Mapping[str, str], held: Any, parts: tuple[str, ...]) -> Any:
    if not parts:
        return texts.get("value", "")
    value = dict(held) if isinstance(held, Mapping) else {}
    value.update({part: _typed(part, text) for part, text in texts.items() if part in parts})
    return value


def _typed(part: str, text: str) -> Any:
    if part == "na":
        return bool(text)
    return int(text) if part == "level" and text.isascii() and text.isdigit() else text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


_CHOICES = {"yes": "是", "no": "否"}


def in_words(value: Any) -> str:
    """A stored answer as one text, for setting two of them side by side."""
    if isinstance(value, Mapping):
        parts = [(PART_LABELS.get(part, part), _text(text)) for part, text in value.items()]
        return "\n".join(f"{label}：{_CHOICES.get(text, text)}" for label, text in parts if text)
    return _CHOICES.get(_text(value), _text(value))
