"""An assessment judged by another edition than its own, or by other gates: what it still tells.

Only what was asked in the same words can be judged anew. Where the rules tried ask for more, a tier
is neither reached nor missed: it lies between the two bounds. Pure, like all scoring.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from assessments.scoring.results import Finding, Instance, Result
from assessments.scoring.tiers import gates_for, highest_met, score
from assessments.standard import Standard
from registry.policy import Tier

Gates = Mapping[Tier, Mapping[str, Any]]
Split = dict[Tier, tuple[tuple[Finding, ...], tuple[Finding, ...]]]


@dataclass(frozen=True, eq=False)
class Verdict:
    """``surely`` is reached whatever the answers not given, ``at_most`` not passed by any of them.

    Of each tier ``missed`` is what is known to stand in the way, ``unasked`` what nobody asked.
    """

    surely: Tier | None
    at_most: Tier | None
    missed: Mapping[Tier, tuple[Finding, ...]]
    unasked: Mapping[Tier, tuple[Finding, ...]]

    @property
    def is_certain(self) -> bool:
        return self.surely == self.at_most


def verdict(result: Result) -> Verdict:
    """Of an assessment under its own edition, of which everything was asked."""
    return _verdict({tier: (one.blocking, ()) for tier, one in result.tiers.items()})


def judge(
    tried: Standard,
    gates: Gates | None,
    own: Standard,
    answers: Mapping[str, Any],
    instances: Sequence[Instance],
    evidenced: Collection[str],
) -> Verdict:
    """Answers to the edition ``own`` under the edition and the gates that are tried."""
    shared = _shared(tried, own)
    kept = {
        item: value
        for item, value in answers.items()
        if item in shared or not _is_requirement(own, item)
    }
    found = score(tried, kept, instances, evidenced, gates)
    split: Split = {}
    for tier, one in found.tiers.items():
        open_ones = tuple(f for f in one.blocking if not _was_asked(f, tried, own, shared))
        split[tier] = (tuple(f for f in one.blocking if f not in open_ones), open_ones)
    return _verdict(split)


def unassessed(tried: Standard, gates: Gates | None, maturity_level: int | None) -> Verdict:
    """Of a factory without an assessment: of all that is asked only its level may be known."""
    found = score(tried, {}, (), (), gates)
    split: Split = {}
    for tier, gate in gates_for(tried, gates).items():
        asked = found.tiers[tier].blocking
        level = tuple(f for f in asked if f.code.startswith("maturity."))
        if maturity_level is None:
            split[tier] = ((), asked)
            continue
        rest = tuple(f for f in asked if f not in level)
        low = maturity_level < gate.maturity_level
        split[tier] = (level if low else (), rest)
    return _verdict(split)


def _verdict(split: Split) -> Verdict:
    return Verdict(
        surely=highest_met(
            {tier: not missed and not rest for tier, (missed, rest) in split.items()}
        ),
        at_most=highest_met({tier: not missed for tier, (missed, _) in split.items()}),
        missed={tier: missed for tier, (missed, _) in split.items()},
        unasked={tier: rest for tier, (_, rest) in split.items()},
    )


def _is_requirement(edition: Standard, item: str) -> bool:
    return item in edition.condition_ids or item in edition.basic_ids


@lru_cache(maxsize=64)
def _shared(tried: Standard, own: Standard) -> frozenset[str]:
    """The requirements that both editions ask for in the same words."""
    return frozenset(item for item, _ in set(_worded(tried)) & set(_worded(own)))


def _worded(edition: Standard) -> Iterator[tuple[str, str]]:
    yield from ((one.id, one.text) for one in edition.basics)
    yield from ((one.id, one.text) for one in edition.conditions)


def _was_asked(finding: Finding, tried: Standard, own: Standard, shared: Collection[str]) -> bool:
    if _is_requirement(tried, finding.item):
        return finding.item in shared
    if finding.code.startswith("ai."):
        return own.asks_ai
    if finding.code.startswith("maturity."):
        return own.maturity.code == tried.maturity.code
    return True
