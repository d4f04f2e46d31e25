"""Working out the figures of a year, in the database and at one stroke.

A factory counts once in a year, by the newest self-assessment it locked in it, in the division and
size its firm has now. An indicator that names a change counts by that change; any other by the
value after construction, if it is given in the indicator's own unit. A quartile is the nearest
rank, as in the handling times. A year that is over keeps the figures of its last night.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from assessments import standard
from assessments.models import Assessment
from registry.access import SHANGHAI, business_date
from reports.kpis.publishing import published
from reports.models import KpiSpread, KpiYear

#: What is a number in plain digits; anything else in the field is left out.
_IS_NUMBER = {
    "postgresql": "{0} ~ '^-?[0-9]+([.][0-9]+)?$'",
    "sqlite": "LTRIM({0}, '-') GLOB '[0-9]*' AND LTRIM({0}, '-') NOT GLOB '*[^0-9.]*'",
}

#: Tables the figures are worked out from.
_SOURCES = (
    "assessments_assessment",
    "assessments_answer",
    "registry_factory",
    "registry_enterprise",
    "registry_authority",
)

_SQL = """
WITH kpis (item, kpi, change, up, unit) AS (VALUES {kpis}),
newest AS MATERIALIZED (
    SELECT id, factory_id, ROW_NUMBER() OVER (
        PARTITION BY factory_id ORDER BY locked_at DESC, id DESC
    ) AS place
    FROM assessments_assessment WHERE locked_at >= %s AND locked_at < %s
),
given AS (
    SELECT k.kpi, k.change, k.up, SUBSTR(a.path, 2, 6) AS province,
        COALESCE(NULLIF(SUBSTR(f.industry_id, 1, 2), ''), 'none') AS division,
        COALESCE(NULLIF(e.size, ''), 'none') AS size,
        REPLACE(TRIM(w.value ->> 'before'), ',', '') AS before,
        REPLACE(TRIM(w.value ->> 'after'), ',', '') AS after
    FROM newest n
    JOIN assessments_answer w ON w.assessment_id = n.id
    JOIN kpis k ON k.item = w.item
    JOIN registry_factory f ON f.id = n.factory_id
    JOIN registry_enterprise e ON e.id = f.enterprise_id
    JOIN registry_authority a ON a.id = f.authority_id
    WHERE n.place = 1 AND (
        k.change = 1 OR COALESCE(NULLIF(w.value ->> 'unit', ''), k.unit) = k.unit
    )
),
numbered AS (
    SELECT kpi, change, up, province, division, size,
        CASE WHEN {before_is_number} THEN CAST(before AS NUMERIC) END AS before,
        CASE WHEN {after_is_number} THEN CAST(after AS NUMERIC) END AS after
    FROM given
),
figures AS (
    SELECT kpi, province, division, size, CASE
        WHEN change = 0 THEN after
        WHEN up = 1 THEN ROUND((after - before) * 100.0 / ABS(NULLIF(before, 0)), 2)
        ELSE ROUND((before - after) * 100.0 / ABS(NULLIF(before, 0)), 2)
    END AS figure
    FROM numbered
),
grouped AS (
    SELECT * FROM figures WHERE figure IS NOT NULL
    UNION ALL SELECT kpi, province, division, 'all', figure FROM figures WHERE figure IS NOT NULL
    UNION ALL SELECT kpi, province, 'all', 'all', figure FROM figures WHERE figure IS NOT NULL
),
ranked AS (
    SELECT kpi, province, division, size, figure,
        ROW_NUMBER() OVER (
            PARTITION BY kpi, province, division, size ORDER BY figure
        ) AS place,
        COUNT(*) OVER (PARTITION BY kpi, province, division, size) AS total
    FROM grouped
)
INSERT INTO reports_kpispread
    (of_year_id, province, kpi, division, size, factories, low, median, high)
SELECT {year}, province, kpi, division, size, MAX(total),
    MAX(CASE WHEN place = (total + 3) / 4 THEN figure END),
    MAX(CASE WHEN place = (total + 1) / 2 THEN figure END),
    MAX(CASE WHEN place = (3 * total + 3) / 4 THEN figure END)
FROM ranked GROUP BY kpi, province, division, size
"""


def years_of() -> list[int]:
    """The years in which anything was locked, the latest first."""
    found = Assessment.objects.exclude(locked_at=None).dates("locked_at", "year", order="DESC")
    return [day.year for day in found]


@transaction.atomic
def rebuild(year: int, *, at: datetime) -> int:
    """Work out one year anew; returns how many groups are published. Two at once: one waits."""
    KpiYear.objects.get_or_create(year=year)
    of_year = KpiYear.objects.select_for_update().get(year=year)
    of_year.spreads.all().delete()
    _insert(of_year)
    _withhold(of_year)
    of_year.computed_at = at
    of_year.save(update_fields=["computed_at"])
    return of_year.spreads.count()


def rebuild_due(*, on: date, at: datetime) -> int:
    """What the night does: the year of the day that has just ended, and of the day itself."""
    due = {(on - timedelta(days=1)).year, on.year}
    return sum(rebuild(year, at=at) for year in sorted(due & set(years_of())))


def _insert(of_year: KpiYear) -> None:
    rows = list(_kpi_rows())
    is_number = _IS_NUMBER[connection.vendor]
    sql = _SQL.format(
        kpis=", ".join(["(%s, %s, %s, %s, %s)"] * len(rows)),
        before_is_number=is_number.format("before"),
        after_is_number=is_number.format("after"),
        year=int(of_year.pk),
    )
    bounds = [datetime(year, 1, 1, tzinfo=SHANGHAI) for year in (of_year.year, of_year.year + 1)]
    given = [value for row in rows for value in row]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # What the day brought may not have been counted yet; planned for few rows, this hangs.
            cursor.execute(f"ANALYZE {', '.join(_SOURCES)}")
        cursor.execute(sql, [*given, *map(connection.ops.adapt_datetimefield_value, bounds)])


def _kpi_rows() -> Iterator[tuple[Any, ...]]:
    known = {kpi.id: kpi for one in standard.all_standards() for kpi in one.kpis}
    for kpi in known.values():
        yield f"kpi.{kpi.id}", kpi.id, int(kpi.change), int(kpi.better == "up"), kpi.unit


def _withhold(of_year: KpiYear) -> None:
    """Take out every group that must not be published; nobody has seen it yet."""
    groups: dict[tuple[str, str], dict[tuple[str, str], tuple[int, int]]] = defaultdict(dict)
    rows = of_year.spreads.values_list("pk", "province", "kpi", "division", "size", "factories")
    for pk, province, kpi, division, size, count in rows:
        groups[province, kpi][division, size] = (pk, count)
    hidden = []
    for found in groups.values():
        leaves = {group: count for group, (_, count) in found.items() if KpiSpread.ALL not in group}
        shown = published(leaves)
        hidden += [pk for group, (pk, _) in found.items() if group not in shown]
    KpiSpread.objects.filter(pk__in=hidden).delete()


def year_of(at: datetime) -> int:
    """The year in which something locked at that moment counts."""
    return business_date(at).year
