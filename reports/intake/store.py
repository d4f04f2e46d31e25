"""Rows of a sheet and what is said of them, as they are kept and read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from registry.intake import Fault, Outcome, Verdict
from registry.workbook.shapes import Cell, Row, Table
from reports.intake.kinds import Kind
from reports.models import Batch, BatchRow

WRITE_SIZE = 1000


def packed(value: Any) -> Any:
    """A value of a cell as plain data."""
    match value:
        case date():
            return {"date": value.isoformat()}
        case Decimal():
            return {"number": str(value)}
        case tuple():
            return [packed(one) for one in value]
    return value


def unpacked(value: Any) -> Any:
    match value:
        case {"date": text}:
            return date.fromisoformat(text)
        case {"number": text}:
            return Decimal(text)
        case list():
            return tuple(unpacked(one) for one in value)
    return value


def cell_data(cell: Cell) -> dict[str, Any]:
    whole = {
        "a": cell.address, "r": cell.raw, "v": packed(cell.value), "n": cell.note, "p": cell.problem
    }  # fmt: skip
    return {name: value for name, value in whole.items() if value not in (None, "")}


def cell_of(data: dict[str, Any]) -> Cell:
    return Cell(
        address=data.get("a", ""),
        raw=data.get("r", ""),
        value=unpacked(data.get("v")),
        note=data.get("n", ""),
        problem=data.get("p", ""),
    )


def keep(batch: Batch, kind: Kind, table: Table, verdicts: Iterable[Verdict]) -> None:
    """Put the rows in the place of those that were kept before."""
    said = {one.number: one for one in verdicts}
    batch.rows.all().delete()
    BatchRow.objects.bulk_create(
        (
            BatchRow(
                batch=batch,
                number=row.number,
                cells={
                    key: cell_data(cell)
                    for key, cell in row.cells.items()
                    if key not in kind.personal
                },
                **columns(said[row.number]),
            )
            for row in table.rows
        ),
        batch_size=WRITE_SIZE,
    )
    count(batch, said.values())


def columns(verdict: Verdict) -> dict[str, Any]:
    """A verdict as the columns of its row."""
    return {
        "outcome": verdict.outcome,
        "faults": [asdict(fault) for fault in verdict.faults],
        "changes": [list(change) for change in verdict.changes],
        "effects": list(verdict.effects),
    }


def count(batch: Batch, verdicts: Iterable[Verdict]) -> None:
    counts = dict.fromkeys(Outcome.values, 0)
    for one in verdicts:
        counts[one.outcome] += 1
    batch.counts = counts


def table_of(batch: Batch) -> Table:
    """The table again, from the rows that were kept."""
    layout = batch.layout
    return Table(
        sheet=layout.get("sheet", ""),
        header_row=layout.get("header_row", 0),
        first_row=layout.get("first_row", 0),
        mapping=layout.get("mapping", {}),
        captions={int(at): text for at, text in layout.get("captions", {}).items()},
        rows=[
            Row(number, {key: cell_of(cell) for key, cell in cells.items()})
            for number, cells in batch.rows.order_by("number").values_list("number", "cells")
        ],
    )


def changed(batch: Batch, verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts that are others than those kept: the register has changed since."""
    kept = {
        number: (outcome, faults, changes)
        for number, outcome, faults, changes in batch.rows.values_list(
            "number", "outcome", "faults", "changes"
        )
    }
    return [
        one
        for one in verdicts
        if kept.get(one.number)
        != ((now := columns(one))["outcome"].value, now["faults"], now["changes"])
    ]


def rewrite(batch: Batch, verdicts: Iterable[Verdict]) -> None:
    """Keep other verdicts of the same rows."""
    rows = {row.number: row for row in batch.rows.all()}
    for one in verdicts:
        for name, value in columns(one).items():
            setattr(rows[one.number], name, value)
    names = ["outcome", "faults", "changes", "effects"]
    BatchRow.objects.bulk_update(rows.values(), names, batch_size=200)


def problems_of(batch: Batch) -> dict[str, str]:
    """Every fault by the address of its cell, for the sender's own file."""
    found: dict[str, str] = {}
    for faults in _faults(batch):
        for fault in faults:
            said = found.get(fault.address)
            found[fault.address] = f"{said}；{fault.sentence}" if said else fault.sentence
    return found


def _faults(batch: Batch) -> Iterator[list[Fault]]:
    rows = batch.rows.exclude(faults=[]).order_by("number")
    for faults in rows.values_list("faults", flat=True):
        yield [Fault(**one) for one in faults]
