"""From a row that its app has judged to what the engine keeps of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from registry.intake import DOING, Fault, Outcome, Verdict
from registry.rows import Judged, Problem
from registry.workbook.shapes import Row, Table


def text(row: Row, key: str) -> str:
    """The text of a cell; nothing where there is none or no such column."""
    return str(row[key] or "")


def verdicts(table: Table, listed: Sequence[Any], judged: Sequence[Judged]) -> list[Verdict]:
    """One for each row, with the cells' own problems first; what was judged of a cell that could
    not be read says nothing new.
    """
    return [
        _verdict(row, one, said) for row, one, said in zip(table.rows, listed, judged, strict=True)
    ]


def _verdict(row: Row, listed: Any, judged: Judged) -> Verdict:
    unread = [
        Fault(key, cell.address, cell.raw, cell.problem)
        for key, cell in row.cells.items()
        if cell.problem
    ]
    keys = {fault.key for fault in unread}
    return Verdict(
        row.number,
        Outcome.FAULTY if unread else judged.outcome,
        faults=unread + [_fault(row, one) for one in judged.problems if one.key not in keys],
        changes=list(judged.changes),
        effects=list(judged.effects),
        found={"row": listed},
    )


def _fault(row: Row, problem: Problem) -> Fault:
    # An empty cell is still the place to mend.
    cell = row.cells[problem.key] if problem.key in row.cells else next(iter(row.cells.values()))
    return Fault(problem.key, cell.address, cell.raw, problem.reason, problem.cure)


def rows_of(found: Sequence[Verdict]) -> list[Any]:
    return [one.found["row"] for one in found]


def count(found: Sequence[Verdict], effect: str) -> int:
    """How many of the rows that can be taken over have an effect that begins so."""
    return sum(
        one.outcome in DOING and any(said.startswith(effect) for said in one.effects)
        for one in found
    )
