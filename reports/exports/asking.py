"""A list is asked for: by whom, narrowed and sorted how, with which columns, as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Model
from django.http import QueryDict

from registry.access import Role
from registry.listing import Asking, Found, Listing, found
from registry.listing.asking import COLUMNS, PLACES, VIEW
from registry.models import User
from reports.exports.catalogue import opened_to
from reports.layouts import checked
from reports.models import Export, FileForm

#: Names the layout that an export begins with.
LAYOUT = "layout"
#: Up to so many rows a file is made while one waits.
AT_ONCE = 5_000
#: So many files of one person may be waiting or in the making.
AT_A_TIME = 3


@dataclass(frozen=True)
class Wanted:
    """The columns in their order, each with the caption it goes out under, and the form."""

    columns: Sequence[tuple[str, str]]
    form: str


def found_for(listing: Listing, user: User, query: str, at: datetime) -> Found:
    """What the list holds for this person; the address's own pages and columns play no part."""
    data = QueryDict(query, mutable=True)
    for name in (*PLACES, COLUMNS, VIEW, LAYOUT):
        data.pop(name, None)
    return found(listing, Asking(user, at, data))


def words_of(asked: Found) -> list[str]:
    """What the list is narrowed by, in words: 等级：先进级."""
    form = asked.filterset.form
    if not form.is_valid():
        form.full_clean()
    said = []
    for name, value in form.cleaned_data.items():
        if value is None or value == "" or value == []:
            continue
        label = str(form.fields[name].label or name)
        said.append(f"{label}：{_word(form.fields[name], value)}")
    return said


def _word(field: Any, value: Any) -> str:
    if isinstance(value, Model):
        return str(getattr(field, "label_from_instance", str)(value))
    if isinstance(value, list | tuple):
        return "、".join(_word(field, one) for one in value)
    if isinstance(value, bool):
        return "是" if value else "否"
    choices = dict(field.choices) if hasattr(field, "choices") else {}
    return str(choices.get(value, value))


@transaction.atomic
def ask(listing: Listing, query: str, wanted: Wanted, *, by: User, at: datetime) -> Export:
    """Take down what is wanted. A short list is made at once by whoever asks next; a long one waits
    for the background. Reading is enough: this changes nothing of what the list is about.
    """
    if opened_to(by, listing.key) is None:
        raise PermissionDenied
    columns = checked(listing, wanted.columns)
    User.objects.select_for_update().get(pk=by.pk)  # two clicks at a time are counted one by one
    if Export.objects.filter(owner=by.pk).unfinished().count() >= AT_A_TIME:
        raise ValidationError(
            f"已有 {AT_A_TIME} 个导出在排队或生成中，请等它们完成以后再导出", code="busy"
        )
    asked = found_for(listing, by, query, at)
    expected = asked.filterset.qs.order_by().count()
    standing_in = by.standing_in
    return Export.objects.create(
        owner_id=by.pk,
        owner_name=str(by)[:90],
        role=by.role,
        authority=by.authority,
        enterprise=by.enterprise if by.role == Role.ENTERPRISE else None,
        delegation=standing_in,
        listing=listing.key,
        title=listing.title,
        query=asked.asking.GET.urlencode(),
        words="；".join(words_of(asked))[:300],
        columns=columns,
        form=FileForm(wanted.form),
        expected=expected,
        told=expected > AT_ONCE,
        asked_at=at,
    )
