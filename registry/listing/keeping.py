"""What a person keeps of a list: views under a name, his columns, the view it opens with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, QuerySet, Value
from django.http import QueryDict

from registry import audit
from registry.access import CLERKS, ensure_may_change
from registry.audit import Verb
from registry.composed import Composed
from registry.listing.asking import PLACES, VIEW
from registry.models import ListChoice, SavedView, User

#: One person's views of one list.
AT_MOST = 30


def views_of(key: str, user: User) -> QuerySet[SavedView]:
    """The person's own views of a list, then those shared with his office."""
    found: QuerySet[SavedView] = SavedView.objects.visible_to(user).filter(listing=key)
    return found.annotate(owner_name=F("owner__name")).order_by("name", "pk")


@dataclass(frozen=True)
class Kept:
    """What one person keeps of a list, as its page needs it."""

    columns: str = ""
    opens_with: int | None = None
    views: tuple[SavedView, ...] = ()


NOTHING = Kept()


def _both(role: str, key: str, person: int, office: int | None) -> QuerySet[Any, Any]:
    """His choice and the views he sees."""
    choice = ListChoice.objects.filter(user=person, listing=key)
    chosen = choice.annotate(place=Value(0), name=Value(""), owner_name=Value(""))
    reader = User(pk=person, role=role, authority_id=office)
    views = SavedView.objects.visible_to(reader).filter(listing=key)
    seen = views.annotate(place=Value(1), owner_name=F("owner__name"))
    both = chosen.values_list("place", "pk", "user", "name", "columns", "view", "owner_name").union(
        seen.values_list("place", "pk", "owner", "name", "query", "shared_with", "owner_name"),
        all=True,
    )
    return both.order_by("place", "name", "pk")


_BOTH = Composed(_both)


def kept(key: str, user: User) -> Kept:
    """His columns, the view he opens with and the views he sees, asked in one."""
    columns, opens_with, found = "", None, []
    asked = _BOTH.rows(user.role, key, user.pk, user.authority_id)
    for place, pk, owner, name, text, other, owner_name in asked:
        if place == 0:
            columns, opens_with = text, other
            continue
        view = SavedView(
            pk=pk, owner_id=owner, listing=key, name=name, query=text, shared_with_id=other
        )
        view.owner_name = owner_name  # type: ignore[attr-defined]
        found.append(view)
    return Kept(columns, opens_with, tuple(found))


@transaction.atomic
def save_view(
    key: str, *, name: str, query: str, shared: bool, by: User, at: datetime
) -> SavedView:
    """Keep what the list now shows under a name; the same name again replaces one's own."""
    _ensure_clerk(by)
    if shared:
        ensure_may_change(by)
    own = SavedView.objects.filter(owner=by.pk, listing=key)
    view = own.filter(name=_name(name)).first()
    if view is None and own.count() >= AT_MOST:
        raise ValidationError(f"一个列表最多保存 {AT_MOST} 个视图，请先删除不用的")
    view = view or SavedView(owner_id=by.pk, listing=key, name=_name(name))
    view.query, view.saved_at = tidied(query), at
    view.shared_with_id = by.authority_id if shared else None
    view.save()
    _trail(Verb.VIEW_SAVE, view, by, at)
    return view


@transaction.atomic
def rename_view(view: SavedView, *, name: str, by: User, at: datetime) -> None:
    """Another name for one's own view."""
    _ensure_own(view, by)
    view.name = _name(name)
    view.validate_constraints()
    view.save(update_fields=["name"])
    _trail(Verb.VIEW_SAVE, view, by, at)


@transaction.atomic
def delete_view(view: SavedView, *, by: User, at: datetime) -> None:
    """Take one's own view away; whoever's list opened with it sees the whole list again."""
    _ensure_own(view, by)
    _trail(Verb.VIEW_DELETE, view, by, at)
    view.delete()


@transaction.atomic
def open_with(key: str, view: SavedView | None, *, by: User, at: datetime) -> None:
    """The list opens with this view from now on, or with everything."""
    _keep(key, by, at, view=view)


@transaction.atomic
def keep_columns(key: str, columns: str, *, by: User, at: datetime) -> None:
    """The list has these columns, in this order, wherever its address names none."""
    _keep(key, by, at, columns=columns[:600])


def _keep(key: str, by: User, at: datetime, **kept: object) -> None:
    _ensure_clerk(by)
    choice, _ = ListChoice.objects.update_or_create(user_id=by.pk, listing=key, defaults=kept)
    _trail(Verb.LIST_CHOOSE, choice, by, at)


def tidied(query: str) -> str:
    """An address's query without what belongs to one visit: the page, the view it came from."""
    data = QueryDict(query.removeprefix("?"), mutable=True)
    for name in (*PLACES, VIEW):
        data.pop(name, None)
    for name in list(data):
        data.setlist(name, [value for value in data.getlist(name) if value.strip()])
    text = data.urlencode()
    if len(text) > 1000:
        raise ValidationError("条件太多，不能保存为视图。请减少筛选条件再保存")
    return text


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= 30:
        raise ValidationError({"name": "请填写视图名称，不超过 30 个字"})
    return tidy


def _ensure_clerk(by: User) -> None:
    if by.role not in CLERKS:
        raise PermissionDenied


def _ensure_own(view: SavedView, by: User) -> None:
    if view.owner_id != by.pk:
        raise PermissionDenied("只能修改自己保存的视图")


def _trail(verb: Verb, target: SavedView | ListChoice, by: User, at: datetime) -> None:
    name = f"{target.listing}：{target}" if isinstance(target, SavedView) else target.listing
    audit.record(verb, target, by=by, at=at, name=name, path=by.authority_path)
