"""A stranger's file as a grid of values."""

from __future__ import annotations

from datetime import date
from typing import IO, Any

from django.core.exceptions import ValidationError

from registry.workbook import guard
from registry.workbook.process import ask
from registry.workbook.shapes import Grid, Merged, Sheet

#: The child has 20 s of processor time; waiting for a busy machine comes on top.
PATIENCE = 60
#: The sheet of instructions of our own templates, and what its version stands behind.
GUIDE, VERSION = "填表说明", "模板版本："


def bytes_of(file: IO[bytes]) -> bytes:
    """All of an uploaded or kept file that may be read; ValidationError beyond the limit."""
    file.seek(0)
    data = file.read(guard.SIZE + 1)
    file.seek(0)
    if len(data) > guard.SIZE:
        raise ValidationError(guard.too_big(), code="workbook")
    return data


def read(file: IO[bytes], name: str) -> Grid:
    """The sheets of an .xlsx, .xls or .csv, parsed in a process of its own; ValidationError with
    the cure when the file is refused.
    """
    said, _ = ask("registry.workbook.reader", bytes_of(file), PATIENCE)
    return grid_of(said, name)


def grid_of(said: dict[str, Any], name: str) -> Grid:
    sheets = tuple(
        Sheet(
            name=sheet["name"],
            rows=[[_value(cell) for cell in row] for row in sheet["rows"]],
            merged=tuple(Merged(*area) for area in sheet["merged"]),
            formulas=frozenset((row, column) for row, column in sheet["formulas"]),
            visible=sheet["visible"],
        )
        for sheet in said["sheets"]
    )
    return Grid(
        name=name,
        form=said["form"],
        sheets=sheets,
        template=said.get("template") or _written_version(sheets),
        epoch=said.get("epoch", 1900),
    )


def _written_version(sheets: tuple[Sheet, ...]) -> str:
    """Of a template that lost its property on the way through another program."""
    guides = (sheet for sheet in sheets if sheet.name == GUIDE)
    cells = (row[0] for guide in guides for row in guide.rows if row)
    texts = (text for text in cells if isinstance(text, str) and text.startswith(VERSION))
    return next(texts, "").removeprefix(VERSION)


def _value(cell: Any) -> Any:
    return date.fromisoformat(cell[0]) if isinstance(cell, list) else cell
