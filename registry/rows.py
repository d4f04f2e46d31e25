"""A row of a list that somebody sends, as the app that owns its concept judges it: in terms of
fields. Where the cells stand is known to whoever read the workbook.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from registry.intake import Outcome

CHUNK = 500


@dataclass(frozen=True)
class Problem:
    """What is wrong in one cell, by the key of its field (empty for the whole row), and how to mend
    it. A conflict is a row that is right in itself and contradicts the register.
    """

    key: str
    reason: str
    cure: str
    conflict: bool = False

    def __str__(self) -> str:
        return f"{self.reason}。{self.cure}" if self.cure else self.reason


@dataclass
class Judged:
    """One row by its number: what stands against it, what it changes, what else follows. Changes
    are (what, old, new).
    """

    number: int
    new: bool = False
    problems: list[Problem] = field(default_factory=list)
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    effects: list[str] = field(default_factory=list)

    @property
    def outcome(self) -> Outcome:
        if any(not problem.conflict for problem in self.problems):
            return Outcome.FAULTY
        if self.problems:
            return Outcome.CONFLICT
        if self.new:
            return Outcome.NEW
        return Outcome.CHANGED if self.changes else Outcome.SAME

    def wrong(self, key: str, reason: str, cure: str = "") -> None:
        self.problems.append(Problem(key, reason, cure))

    def clash(self, key: str, reason: str, cure: str) -> None:
        self.problems.append(Problem(key, reason, cure, conflict=True))

    def refuse(self, key: str, refusal: ValidationError, cure: str = "") -> None:
        """Take over the sentences of a door's own check."""
        for sentence in refusal.messages:
            self.wrong(key, sentence.rstrip("。"), cure)


def ensure_sound(judged: Sequence[Judged]) -> None:
    """Refuse the whole list where a row, judged again at the moment of the act, no longer fits."""
    faults = [
        ValidationError(f"第 {one.number} 行：{problem}", code=f"row{one.number}")
        for one in judged
        for problem in one.problems
    ]
    if faults:
        raise ValidationError(faults)


def chunks(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (keys[start : start + CHUNK] for start in range(0, len(keys), CHUNK))


def plain(value: Any) -> Any:
    """A value as it is kept for the undo."""
    return value.pk if isinstance(value, models.Model) else value


def rested_on(model: type[models.Model], keys: Sequence[int]) -> set[int]:
    """Those of the rows that anything else names."""
    found: set[int] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        name, other = relation.field.name, relation.related_model._default_manager
        for some in chunks(keys):
            found |= set(other.filter(**{f"{name}__in": some}).values_list(name, flat=True))
    return found


# --- taken back ----------------------------------------


def held(model: type[models.Model], keys: Iterable[int], *related: str) -> dict[int, Any]:
    """The rows of a list that was applied, under their locks; refused where one is gone."""
    wanted = sorted(set(keys))
    found: dict[int, Any] = {}
    for some in chunks(wanted):
        rows = model._default_manager.select_for_update(of=("self",)).filter(pk__in=some)
        found |= {one.pk: one for one in rows.select_related(*related).order_by("pk")}
    if len(found) < len(wanted):
        raise ValidationError("导入的记录有的已不在登记中，不能撤销", code="depended_on")
    return found


def resting(
    what: str,
    model: type[models.Model],
    keys: Collection[int],
    own: Mapping[type[models.Model], Collection[int]] | None = None,
) -> Iterator[str]:
    """What names these rows, beside what the same list has made (``own``), as sentences."""
    wanted = sorted(set(keys))
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ForeignObjectRel):
            continue
        other, name = relation.related_model, relation.field.name
        passed = set((own or {}).get(other, ()))
        count = 0
        for some in chunks(wanted):
            rows = other._default_manager.filter(**{f"{name}__in": some})
            count += len(set(rows.values_list("pk", flat=True)) - passed)
        if count:
            yield f"导入的{what}已有{other._meta.verbose_name} {count} 条，须先办结或撤销"


#: A row and by name of the fact its values (before, after).
Changed = tuple[Any, Mapping[str, Sequence[Any]]]


def changed_since(what: str, rows: Iterable[Changed]) -> Iterator[str]:
    """Those whose facts are not what the list made them any more."""
    names = [
        str(row)
        for row, facts in rows
        if any(getattr(row, _column(row, name)) != after for name, (_, after) in facts.items())
    ]
    if names:
        shown, more = "、".join(names[:5]), f"等 {len(names)} 项" if len(names) > 5 else ""
        yield f"{what}{shown}{more}在导入后又有修改，须先核对"


def put_back(rows: Sequence[Changed]) -> None:
    """Give facts their values before."""
    for row, facts in rows:
        for name, (before, _) in facts.items():
            setattr(row, _column(row, name), before)
    names = sorted({name for _, facts in rows for name in facts})
    if names:
        everything = [row for row, _ in rows]
        type(everything[0])._default_manager.bulk_update(everything, names, batch_size=CHUNK)


def _column(row: models.Model, name: str) -> str:
    return str(row._meta.get_field(name).attname)  # type: ignore[union-attr]


def ensure_free(hindrances: Iterable[str]) -> None:
    if said := list(hindrances):
        raise ValidationError([ValidationError(one, code="depended_on") for one in said])
