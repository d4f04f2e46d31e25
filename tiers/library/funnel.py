"""How many candidates have come how far (培育漏斗): counted by place, target year and tier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied

from registry.models import Authority, User
from registry.policy import Tier
from tiers.models import Candidate, CandidateQuerySet, Stage

BY = {"county": "按地区", "year": "按目标年份", "tier": "按目标等级"}


@dataclass(frozen=True)
class Line:
    """One row: ``reached`` says of each stage how many have come so far or farther; ``value`` is
    what the list asks for, empty for the sum and for what no filter names.
    """

    label: str
    value: str
    reached: tuple[tuple[Stage, int], ...]
    dropped: int


def lines(rows: CandidateQuerySet, user: User, by: str, on: date) -> list[Line]:
    """A line per group that has candidates, and the sum above them."""
    if user.authority is None:
        raise PermissionDenied("培育库只对主管部门开放")
    named = _places(user.authority) if by == "county" else {}
    groups: dict[tuple[str, str], Counter[str]] = {}
    whole: Counter[str] = Counter()
    fields = ("stage", "leaving", "tier", "year", "factory__authority__path")
    for stage, leaving, tier, year, path in rows.with_stage(on).order_by().values_list(*fields):
        match by:
            case "year":
                group = (f"{year}年", str(year))
            case "tier":
                group = (Tier(tier).label, tier)
            case _:
                group = _place(path, named, user.authority)
        for count in (groups.setdefault(group, Counter()), whole):
            count[f"at {stage}"] += 1
            count["dropped"] += leaving == Candidate.Leaving.DROPPED
    ordered = sorted(groups.items(), key=lambda item: _order(by, item[0], named))
    return [_line("合计", "", whole), *(_line(*group, count) for group, count in ordered)]


def _line(label: str, value: str, count: Counter[str]) -> Line:
    reached = tuple(
        (stage, sum(count[f"at {later}"] for later in Stage if later >= stage)) for stage in Stage
    )
    return Line(label, value, reached, count["dropped"])


def _places(office: Authority) -> dict[str, tuple[str, str]]:
    """The places directly below the office: label and code, by path."""
    below = Authority.objects.offices().filter(parent=office).order_by("path")
    return {one.path: (one.short_name, one.code) for one in below}


def _place(path: str, named: dict[str, tuple[str, str]], office: Authority) -> tuple[str, str]:
    for above, place in named.items():
        if path.startswith(above):
            return place
    return (office.short_name, "") if path.startswith(office.path) else ("已迁出本辖区", "")


def _order(by: str, group: tuple[str, str], named: Iterable[str]) -> tuple[int, str]:
    label, value = group
    if by == "tier":
        return Tier(value).rank, label
    return (0 if value else 1), value or label
