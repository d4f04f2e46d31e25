"""Factories that have missed too many years in a row: the list of those to look at again.

Nothing follows from it by itself. An office may inspect, suspend or revoke; only a person does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry import policy
from registry.models import Factory, User
from reports.models import AnnualReport
from tiers.models import Certification


@dataclass(frozen=True)
class Missed:
    """A factory, the years it has not reported on (the latest first), and its titles in force."""

    factory: Factory
    years: tuple[int, ...]
    titles: tuple[Certification, ...]


def seen_by(user: User, on: date) -> list[Missed]:
    """Those in an officer's scope, in the order of their offices."""
    late = AnnualReport.objects.visible_to(user).missed(on)
    found = of(set(late.values_list("factory", flat=True)), on)
    return sorted(found, key=lambda row: (row.factory.authority.path, row.factory.pk))


def of(factories: Iterable[int], on: date) -> list[Missed]:
    """Which of these factories have missed as many years in a row as their rules allow none of."""
    numbers = set(factories)
    titles: dict[int, list[Certification]] = {}
    held = (
        Certification.objects.running(on).filter(factory__in=numbers).order_by("valid_from", "pk")
    )
    for title in held.select_related("issuer__parent__parent").prefetch_related("suspensions"):
        titles.setdefault(title.factory_id, []).append(title)
    reports: dict[int, list[AnnualReport]] = {}
    rows = AnnualReport.objects.filter(factory__in=titles.keys()).for_list().order_by("-year")
    for report in rows:
        reports.setdefault(report.factory_id, []).append(report)
    found = []
    for number, own in reports.items():
        years = _in_a_row(own, on)
        rule = policy.get(own[0].policy).annual.factories
        if rule is not None and len(years) >= rule.missed_years:
            found.append(Missed(own[0].factory, years, tuple(titles[number])))
    return found


def _in_a_row(reports: list[AnnualReport], on: date) -> tuple[int, ...]:
    """The latest years missed one after another; a report that has time yet says nothing."""
    years = []
    for report in reports:
        if report.state != AnnualReport.State.OWED:
            break
        if report.due_on < on:
            years.append(report.year)
    return tuple(years)
