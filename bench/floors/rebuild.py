"""Floor of working out a year's distributions: one statement written by hand, for SQLite, with the
year and the two kinds of indicator put in. It withholds nothing and trusts what it reads.
"""

from collections.abc import Iterable

from django.db import connection

SQL = """
INSERT INTO reports_kpispread
    (of_year_id, province, kpi, division, size, factories, low, median, high)
SELECT {year}, province, kpi, division, size, MAX(total),
    MAX(figure) FILTER (WHERE place = (total + 3) / 4),
    MAX(figure) FILTER (WHERE place = (total + 1) / 2),
    MAX(figure) FILTER (WHERE place = (3 * total + 3) / 4)
FROM (
    SELECT *, ROW_NUMBER() OVER w AS place, COUNT(*) OVER (
        PARTITION BY kpi, province, division, size
    ) AS total
    FROM (
        WITH figures AS MATERIALIZED (
            SELECT SUBSTR(w.item, 5) AS kpi, SUBSTR(a.path, 2, 6) AS province,
                SUBSTR(f.industry_id, 1, 2) AS division, e.size,
                CASE
                    WHEN w.item IN ({falling}) THEN ROUND(
                        (w.value ->> 'before' - w.value ->> 'after') * 100.0
                        / (w.value ->> 'before'), 2)
                    WHEN w.item IN ({rising}) THEN ROUND(
                        (w.value ->> 'after' - w.value ->> 'before') * 100.0
                        / (w.value ->> 'before'), 2)
                    ELSE CAST(w.value ->> 'after' AS NUMERIC)
                END AS figure
            FROM assessments_assessment s
            JOIN assessments_answer w ON w.assessment_id = s.id AND w.item LIKE 'kpi.%'
            JOIN registry_factory f ON f.id = s.factory_id
            JOIN registry_enterprise e ON e.id = f.enterprise_id
            JOIN registry_authority a ON a.id = f.authority_id
            WHERE s.locked_at >= '{first}' AND s.locked_at < '{last}'
                AND s.id = (
                    SELECT id FROM assessments_assessment o
                    WHERE o.factory_id = s.factory_id
                    AND o.locked_at >= '{first}' AND o.locked_at < '{last}'
                    ORDER BY o.locked_at DESC, o.id DESC LIMIT 1
                )
        )
        SELECT kpi, province, division, size, figure FROM figures
        UNION ALL SELECT kpi, province, division, 'all', figure FROM figures
        UNION ALL SELECT kpi, province, 'all', 'all', figure FROM figures
    )
    WINDOW w AS (PARTITION BY kpi, province, division, size ORDER BY figure)
)
GROUP BY kpi, province, division, size
"""


def rebuild(year_id: int, year: int, falling: Iterable[str], rising: Iterable[str]) -> None:
    """Throw the year's rows away and work them out."""
    sql = SQL.format(
        year=year_id,
        falling=", ".join(f"'{one}'" for one in falling),
        rising=", ".join(f"'{one}'" for one in rising),
        first=f"{year - 1}-12-31 16:00:00",
        last=f"{year}-12-31 16:00:00",
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM reports_kpispread WHERE of_year_id = %s", [year_id])
        cursor.execute(sql)
