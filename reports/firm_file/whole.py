"""All sources of a file together, newest first."""

from __future__ import annotations

from reports.firm_file import cases, registered, titled, watched
from reports.firm_file.entries import Entry, Reading

SOURCES = (
    registered.firm,
    registered.turns,
    registered.changes,
    registered.honours,
    registered.barred,
    registered.groups,
    cases.assessments,
    cases.measures,
    cases.decisions,
    cases.notices,
    cases.objections,
    cases.visits,
    cases.library,
    titled.titles,
    titled.filings,
    titled.endings,
    titled.given_up,
    titled.documents,
    titled.candidates,
    watched.checks,
    watched.moves,
    watched.reviews,
    watched.contributions,
    watched.annual,
    watched.files,
)


def entries(reading: Reading) -> list[Entry]:
    """Everything known by the day of the reading; the number of queries is the same for all."""
    found = [one for source in SOURCES for one in reading.kept(source(reading))]
    # What one source tells of one day stands in the order of the acts; the latest comes first.
    found.reverse()
    return sorted(found, key=lambda one: -one.when.toordinal())
