"""Working days (工作日) in mainland China, with make-up days.

Which days offices work is said, in this order, by the tables an installation has loaded
(``WORKDAYS_DIR``, see ``load_workdays``), by ``chinese_calendar``, and otherwise by the week: a
year without an official table counts Monday to Friday and is provisional (暂定). A table put into
the folder holds at once in every process. Also the arithmetic of years, used for terms, look-backs
and bans.
"""

from __future__ import annotations

import calendar
import hashlib
import os
from collections.abc import Mapping
from datetime import date, timedelta
from itertools import accumulate
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import Lock

import chinese_calendar
import structlog
from django.conf import settings

from registry.holidays import Table, TableError, read, write

log = structlog.get_logger("portal.workdays")

Signature = tuple[tuple[str, int, int], ...]


class Calendar:
    """Which days are worked, under one set of loaded tables. Counts by sums, year by year."""

    def __init__(self, tables: Mapping[int, Table]) -> None:
        self.tables = tables
        self._sums: dict[int, tuple[int, ...]] = {}

    def is_official(self, year: int) -> bool:
        return year in self.tables or _package_knows(year)

    def through(self, day: date) -> int:
        """Working days of its year up to and including the day."""
        return self._counts(day.year)[_number(day)]

    def works(self, day: date) -> bool:
        counts, number = self._counts(day.year), _number(day)
        return counts[number] > counts[number - 1]

    def _counts(self, year: int) -> tuple[int, ...]:
        if year not in self._sums:
            first, length = date(year, 1, 1), 366 if calendar.isleap(year) else 365
            worked = (self._worked(first + timedelta(days=n)) for n in range(length))
            self._sums[year] = (0, *accumulate(worked))
        return self._sums[year]

    def fingerprint(self, year: int) -> str:
        """The same as long as no day of the year changes between work and rest."""
        return hashlib.sha256(repr(self._counts(year)).encode()).hexdigest()

    def _worked(self, day: date) -> bool:
        # The table of a year also rules the December before it: New Year may reach back.
        for table in (self.tables.get(day.year + 1), self.tables.get(day.year)):
            if table and day in table.days:
                return table.days[day]
        if day.year in self.tables or not _package_knows(day.year):
            return day.weekday() < 5
        return bool(chinese_calendar.is_workday(day))


def _number(day: date) -> int:
    return day.toordinal() - date(day.year, 1, 1).toordinal() + 1


_lock = Lock()
_known: dict[Signature, Calendar] = {}


def current() -> Calendar:
    """The calendar under the tables that lie in the folder now."""
    signature = _signature()
    if (found := _known.get(signature)) is None:
        with _lock:
            found = Calendar(_load(signature))
            _known.clear()
            _known[signature] = found
    return found


def _signature() -> Signature:
    try:
        with os.scandir(settings.WORKDAYS_DIR) as entries:
            files = [entry for entry in entries if entry.name.endswith(".csv")]
            return tuple(sorted((f.name, f.stat().st_mtime_ns, f.stat().st_size) for f in files))
    except FileNotFoundError:
        return ()


def _load(signature: Signature) -> dict[int, Table]:
    tables = {}
    for name, _, _ in signature:
        try:
            table = read((Path(settings.WORKDAYS_DIR) / name).read_bytes())
        except (TableError, OSError) as error:
            # Nobody's page fails for it; the year stays provisional, which every page says.
            log.error("workday table refused", file=name, problems=str(error))
        else:
            tables[table.year] = table
    return tables


def install(table: Table) -> None:
    """Put a table where every process finds it, in one step: nobody ever reads half of it."""
    folder = Path(settings.WORKDAYS_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=folder, suffix=".new", delete=False) as file:
        file.write(write(table))
    Path(file.name).chmod(0o644)  # the web's processes may run under another account
    Path(file.name).replace(folder / f"{table.year}.csv")


def _package_knows(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


# --- questions ----------------------------------------


def is_official(year: int) -> bool:
    """Whether the State Council's holiday table of that year is known here."""
    return current().is_official(year)


def is_workday(day: date) -> bool:
    """Whether offices work on that day."""
    return current().works(day)


def add(start: date, days: int) -> date:
    """The day on which the given number of working days has passed; the first day is not
    counted.
    """
    known, day = current(), start
    while days > 0:
        day += timedelta(days=1)
        days -= known.works(day)
    return day


def between(start: date, end: date) -> int:
    """Working days after ``start`` up to and including ``end``; negative when ``end`` lies before
    ``start``.
    """
    if end < start:
        return -between(end, start)
    known = current()
    whole = sum(known.through(date(year, 12, 31)) for year in range(start.year, end.year))
    return whole - known.through(start) + known.through(end)


def stated(day: date) -> str:
    """The day as it is written to people, marked where it may still change: 2027-01-08（暂定）."""
    return f"{day:%Y-%m-%d}" + ("" if is_official(day.year) else "（暂定）")


def document_of(year: int) -> str:
    """By which notice the days of a year are known, "" where it came with the portal."""
    table = current().tables.get(year)
    return table.document if table else ""


def fingerprint(year: int) -> str:
    """The same as long as no day of the year changes between work and rest."""
    return current().fingerprint(year)


def years_later(day: date, years: int) -> date:
    """The corresponding day N years later (earlier for negative N), or that month's last day where
    there is none (民法典 201, 202): 2024-02-29 and three years make 2027-02-28.
    """
    return months_later(day, 12 * years)


def months_later(day: date, months: int) -> date:
    """The same for months: 2026-08-31 and six months earlier make 2026-02-28."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
