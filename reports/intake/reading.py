"""From the sender's file to a table: read behind the guard, columns found, answers remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.core.files import File

from registry.models import Authority, User
from registry.workbook.captions import Vocabulary, normal
from registry.workbook.layout import lay_out
from registry.workbook.reading import read
from registry.workbook.shapes import Field, Grid, Table
from reports import layouts
from reports.intake.kinds import Kind
from reports.models import Batch, Caption

TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xls": "application/vnd.ms-excel",
    "csv": "text/csv",
}


def grid_of(file: File, name: str) -> Grid:
    file.seek(0)
    grid = read(file, name)
    file.seek(0)
    return grid


def table_in(grid: Grid, kind: Kind, office: Authority, user: User) -> Table:
    """The table, with the columns as this office has explained them before."""
    fields = kind.fields(user)
    return lay_out(grid, fields, remembered=remembered(kind, fields, office), place=office)


def remembered(kind: Kind, fields: Sequence[Field], office: Authority) -> dict[str, str]:
    """What captions mean beyond the words of the fields: our own that are none, those the office
    exports under, and, above all, what it has said itself.
    """
    aside = dict.fromkeys(kind.aside, "")
    said = Caption.objects.filter(authority=office, kind=kind.key)
    return aside | _exported(kind, fields, office) | dict(said.values_list("caption", "field"))


def _exported(kind: Kind, fields: Sequence[Field], office: Authority) -> dict[str, str]:
    """The captions of the office's export layouts: what the column they stand for means."""
    words = Vocabulary(fields, dict.fromkeys(kind.aside, ""))
    found: dict[str, str] = {}
    for listing in kind.lists:
        columns = {column.key: normal(column.caption) for column in listing.columns}
        for caption, key in layouts.captions_of(office, listing.key).items():
            meant, _ = words.sure(columns[key]) if key in columns else (set(), 0)
            found[caption] = next(iter(meant)) if len(meant) == 1 else ""
    return found


def remember(kind: Kind, office: Authority, answers: Mapping[str, str]) -> None:
    """Keep what the office said its captions mean; the latest word counts."""
    Caption.objects.bulk_create(
        (
            Caption(authority=office, kind=kind.key, caption=caption[:200], field=field)
            for caption, field in answers.items()
        ),
        update_conflicts=True,
        unique_fields=["authority", "kind", "caption"],
        update_fields=["field"],
    )


def layout_of(table: Table, grid: Grid) -> dict[str, Any]:
    """How the table lies in the file, as the batch keeps it."""
    return {
        "sheet": table.sheet,
        "header_row": table.header_row,
        "first_row": table.first_row,
        "mapping": table.mapping,
        "captions": {str(at): text for at, text in table.captions.items()},
        "unsure": [asdict(one) for one in table.unsure],
        "missing": [one.key for one in table.missing],
        "ignored": list(table.ignored),
        "skipped": [asdict(one) for one in table.skipped],
        "remarks": list(table.remarks),
        "template": grid.template,
    }


def again(batch: Batch) -> Grid:
    """The kept file, read once more."""
    with batch.file.open("rb") as file:
        return read(file, batch.name)
