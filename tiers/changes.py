"""What changed in an application: from one submission to the next, and since somebody looked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assessments.assessment import Change, Contents, contents_of, differences
from assessments.models import Assessment
from tiers import facts
from tiers.models import Application, Decision, ReturnItem
from tiers.workflow import Action

#: A return of the maturity as a whole is about every answer it comes from.
MATURITY = ("maturity.", "cmmm.", "platform.")


@dataclass(frozen=True)
class Mended:
    """One item of a return with what changed at its place."""

    item: ReturnItem
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Comparison:
    """A submission beside the one before it: item by item, and whatever else was changed."""

    returned: Decision
    before: Decision
    after: Decision
    items: tuple[Mended, ...]
    others: tuple[Change, ...]

    @property
    def untouched(self) -> bool:
        """Whether it was sent in again just as it was."""
        return not self.others and not any(one.changes for one in self.items)


@dataclass(frozen=True)
class Since:
    """What happened after a reader opened the case: the acts, and what the firm changed."""

    decisions: tuple[Decision, ...]
    changes: tuple[Change, ...]


def history(application: Application) -> list[Decision]:
    """All decisions, oldest first, with their assessments and items."""
    found = application.decisions.select_related("assessment__factory__authority")
    return list(found.prefetch_related("items__evidence").order_by("at", "pk"))


def submitted_assessment(decisions: Sequence[Decision]) -> Assessment | None:
    """What the offices decide on: the assessment as last sent in, whatever the firm chose since."""
    sent = _submissions(decisions)
    return sent[-1].assessment if sent else None


def comparison(
    decisions: Sequence[Decision], held: Mapping[int, Contents] | None = None
) -> Comparison | None:
    """The latest submission against the one before; None for the first."""
    sent = _submissions(decisions)
    if len(sent) < 2:
        return None
    before, after = sent[-2:]
    between = decisions[decisions.index(before) : decisions.index(after)]
    returned = next(one for one in reversed(between) if one.action == Action.SEND_BACK)
    changes = _between(before, after, held)
    items = tuple(
        Mended(item, tuple(change for change in changes if _about(item, change)))
        for item in sorted(returned.items.all(), key=lambda item: item.pk)
    )
    claimed = {change for one in items for change in one.changes}
    others = tuple(change for change in changes if change not in claimed)
    return Comparison(returned, before, after, items, others)


def since(decisions: Sequence[Decision], seen: int) -> Since:
    """What a reader who saw the first ``seen`` decisions has not seen."""
    earlier, all_sent = _submissions(decisions[:seen]), _submissions(decisions)
    changes: tuple[Change, ...] = ()
    if earlier and all_sent and earlier[-1] != all_sent[-1]:
        changes = _between(earlier[-1], all_sent[-1])
    return Since(tuple(decisions[seen:]), changes)


def _submissions(decisions: Sequence[Decision]) -> list[Decision]:
    return [one for one in decisions if one.action == Action.SUBMIT]


def _between(
    before: Decision, after: Decision, held: Mapping[int, Contents] | None = None
) -> tuple[Change, ...]:
    told = facts.differences(before.facts, after.facts)
    return told + differences(before.assessment, after.assessment, held)


def compared_contents(decisions: Sequence[Decision]) -> dict[int, Contents]:
    """What the firm put into its last two submissions, read at once."""
    return contents_of([one.assessment for one in _submissions(decisions)[-2:] if one.assessment])


def _about(item: ReturnItem, change: Change) -> bool:
    if item.target == "maturity.source":
        return change.item.startswith(MATURITY)
    return change.item == item.target
