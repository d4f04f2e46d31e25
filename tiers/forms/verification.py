"""What an officer puts beside the firm's values: a row of controls per statement.

With each row travel the version seen and a fingerprint of what the page showed: a row that comes
back as it was shown was not changed here, whatever a colleague did meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from django import forms
from django.http import QueryDict

from tiers.agreement import Line
from tiers.models import Verification
from tiers.verification import COMMENT_LIMIT, FIELDS, Entry

LABELS = {"value": "复核值", "agreed": "一致意见", "comment": "意见"}


class LineForm(forms.Form):
    """Shape only; whether a value fits its statement is for the act to say."""

    value = forms.CharField(required=False)
    agreed = forms.CharField(required=False)
    comment = forms.CharField(required=False)

    def __init__(self, data: QueryDict | None = None, *, line: Line, level: str) -> None:
        word = line.of(level)
        self.version = word.version if word else 0
        shown = _shown(line, word)
        self.fingerprint = _fingerprint(shown)
        super().__init__(data, prefix=line.criterion.key, initial=shown)
        for name in ("value", "agreed"):
            self.fields[name].widget = _control(line, "未定" if name == "agreed" else "未复核")
        self.fields["comment"].widget = forms.Textarea(
            attrs={"rows": 1, "maxlength": COMMENT_LIMIT}
        )
        for name, label in LABELS.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs["aria-label"] = f"{label}：{line.criterion.title}"


def _shown(line: Line, word: Verification | None) -> dict[str, str]:
    """What the page starts from: nothing where the firm has changed its statement since."""
    if word is None or word.digest != line.criterion.digest:
        return dict.fromkeys(FIELDS, "")
    return {name: getattr(word, name) for name in FIELDS}


def _control(line: Line, nothing: str) -> forms.Widget:
    if line.criterion.choices:
        return forms.Select(choices=[("", nothing), *line.criterion.choices])
    return forms.TextInput(attrs={"inputmode": "decimal", "maxlength": 20, "placeholder": nothing})


def _fingerprint(texts: Mapping[str, str]) -> str:
    text = "\n".join(texts[name] for name in FIELDS)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read(data: QueryDict) -> tuple[dict[str, Entry], dict[str, int]]:
    """The rows that were changed in the browser, and the version of each that was seen."""
    entries, seen = {}, {}
    for name in data:
        key, _, part = name.rpartition("-")
        if part != "version":
            continue
        texts = {field: _text(data.get(f"{key}-{field}")) for field in FIELDS}
        if _fingerprint(texts) != data.get(f"{key}-was"):
            entries[key] = Entry(**texts)
            seen[key] = _number(_text(data[name]))
    return entries, seen


def _text(value: object) -> str:
    return str(value or "").replace("\r\n", "\n").strip()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
