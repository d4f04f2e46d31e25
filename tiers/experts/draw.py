#!/usr/bin/env python3
"""Which expert falls to which case: the draw itself, repeatable by anybody.

This file needs nothing but Python 3.11. Save the published record of a draw and run

    python3 draw.py record.json

It recomputes the digest of the frozen lists and the assignment from the published seed, and says
whether both agree with what was published.

How it is drawn. Every comparison by chance is one of SHA-256 numbers of the seed and what is
compared, joined by "|". The cases are put in the order of such numbers. In as many passes as the
most seats a case has, each case in this order takes one expert: among those without a conflict
whom it does not have yet, first one who has not reached his fair share (all seats divided by all
experts, rounded up), then one who knows the case's field, then the one with fewer cases so far,
then by number. Who comes next for a case afterwards (a replacement, a second review) is the order
by field and number alone.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any


def canonical(lists: Mapping[str, Any]) -> str:
    """The frozen lists as one text: keys in order, no spaces, characters as they are."""
    return json.dumps(lists, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(lists: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(lists).encode()).hexdigest()


def chance(seed: str, *parts: str) -> str:
    return hashlib.sha256("|".join((seed, *parts)).encode()).hexdigest()


def order(
    case: Mapping[str, Any],
    experts: Iterable[Mapping[str, Any]],
    conflicts: Iterable[Sequence[str]],
    seed: str,
) -> list[str]:
    """Everybody who may judge the case, those of its field first, otherwise by chance."""
    barred = {code for number, code in conflicts if number == case["number"]}
    free = [one for one in experts if one["code"] not in barred]
    free.sort(
        key=lambda one: (
            case["field"] not in one["fields"],
            chance(seed, case["number"], one["code"]),
        )
    )
    return [one["code"] for one in free]


def draw(
    cases: Sequence[Mapping[str, Any]],
    experts: Sequence[Mapping[str, Any]],
    conflicts: Sequence[Sequence[str]],
    seed: str,
) -> dict[str, list[str]]:
    """The experts of every case by its number. Raises ValueError with the numbers of the cases
    that have fewer experts without conflict than seats.
    """
    orders = {case["number"]: order(case, experts, conflicts, seed) for case in cases}
    if short := sorted(one["number"] for one in cases if len(orders[one["number"]]) < one["seats"]):
        raise ValueError(*short)
    fields = {one["code"]: one["fields"] for one in experts}
    seats = sum(case["seats"] for case in cases)
    share = -(-seats // len(experts)) if experts else 0
    load = dict.fromkeys(fields, 0)
    drawn: dict[str, list[str]] = {case["number"]: [] for case in cases}
    by_chance = sorted(cases, key=lambda case: chance(seed, "case", case["number"]))
    for seat in range(max((case["seats"] for case in cases), default=0)):
        for case in by_chance:
            if seat >= case["seats"]:
                continue
            mine, field = drawn[case["number"]], case["field"]
            left = [code for code in orders[case["number"]] if code not in mine]
            taken = min(
                left,
                key=lambda code: (
                    load[code] >= share,
                    field not in fields[code],
                    load[code],
                    chance(seed, case["number"], code),
                ),
            )
            mine.append(taken)
            load[taken] += 1
    return drawn


def main(arguments: Sequence[str]) -> int:
    record = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    lists = record["lists"]
    again = draw(lists["cases"], lists["experts"], lists["conflicts"], record["seed"])
    agree = {
        "digest": digest(lists) == record["digest"],
        "draw": again == record["result"],
    }
    for what, right in agree.items():
        sys.stdout.write(f"{what}: {'agrees' if right else 'DIFFERS'}\n")
    return 0 if all(agree.values()) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
