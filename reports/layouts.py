"""How a bureau wants a list laid out (导出模板): kept for the whole office, known again when such
a file comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit
from registry.access import OFFICERS
from registry.audit import Verb
from registry.listing import Listing
from registry.models import Authority, User
from reports.models import ExportLayout

#: So many layouts of one list an office may keep.
MOST = 20
LONGEST_CAPTION = 40


def checked(listing: Listing, columns: Sequence[tuple[str, str]]) -> list[list[str]]:
    """Columns that the list has, each once, under captions that can be told apart. The one by which
    an edited row is known again always goes along.
    """
    kept: dict[str, str] = {}
    for key, caption in columns:
        known = listing.column(key)
        if known is None:
            raise ValidationError({"columns": f"这张清单没有“{key}”这一列，请重新选择"})
        kept[key] = caption.strip() or known.caption
    if not kept:
        raise ValidationError({"columns": "请至少选择一列"})
    if listing.identity and listing.identity not in kept:
        identity = listing.column(listing.identity)
        kept[listing.identity] = identity.caption if identity else listing.identity
    captions = list(kept.values())
    if twice := {one for one in captions if captions.count(one) > 1}:
        raise ValidationError(
            {"columns": f"列名重复：{'、'.join(sorted(twice))}。请改成不同的列名"}
        )
    if long := [one for one in captions if len(one) > LONGEST_CAPTION]:
        raise ValidationError({"columns": f"列名最多 {LONGEST_CAPTION} 字：{long[0][:50]}"})
    return [[key, caption] for key, caption in kept.items()]


@transaction.atomic
def save(
    listing: Listing, name: str, columns: Sequence[tuple[str, str]], *, by: User, at: datetime
) -> ExportLayout:
    """Keep a layout under a name; one of that name is replaced."""
    if by.role not in OFFICERS or by.authority is None:
        raise PermissionDenied("导出模板由主管部门保存")
    name = name.strip()
    if not name:
        raise ValidationError({"name": "请填写模板名称，如“报省厅格式”"})
    if len(name) > 40:
        raise ValidationError({"name": "模板名称最多 40 字"})
    kept = checked(listing, columns)
    own = ExportLayout.objects.of(by.authority, listing.key)
    if own.exclude(name=name).count() >= MOST:
        raise ValidationError({"name": f"每张清单最多保存 {MOST} 个模板，请先删除不用的"})
    layout, _ = own.update_or_create(
        authority=by.authority,
        listing=listing.key,
        name=name,
        defaults={"columns": kept, "saved_by_id": by.pk, "saved_at": at},
    )
    _trail(Verb.LAYOUT_SAVE, layout, listing.title, by=by, at=at)
    return layout


@transaction.atomic
def drop(layout: ExportLayout, *, by: User, at: datetime) -> None:
    if layout.authority_id != by.authority_id:
        raise PermissionDenied("导出模板由保存它的部门删除")
    _trail(Verb.LAYOUT_DROP, layout, layout.listing, by=by, at=at)
    layout.delete()


def captions_of(authority: Authority, listing: str) -> dict[str, str]:
    """The keys of columns by the captions this office has given them: what its files come back
    with.
    """
    layouts = ExportLayout.objects.of(authority, listing).order_by("saved_at")
    return {caption: key for layout in layouts for key, caption in layout.columns}


def _trail(verb: Verb, layout: ExportLayout, of: str, *, by: User, at: datetime) -> None:
    audit.record(
        verb,
        layout,
        by=by,
        at=at,
        name=f"{of}：{layout.name}",
        path=layout.authority.path,
        columns=layout.columns,
    )
