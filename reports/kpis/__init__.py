"""How the indicators of factories are distributed, over a fixed partition and nothing else.

The one place to import from; inside, a module per concern.
"""

from reports.kpis.places import Place, places, reported
from reports.kpis.publishing import FLOOR, published
from reports.kpis.rebuild import rebuild, rebuild_due, years_of
from reports.kpis.tables import SIZES, Line, Table, kpis_of, newest_year, table, years

__all__ = [
    "FLOOR",
    "SIZES",
    "Line",
    "Place",
    "Table",
    "kpis_of",
    "newest_year",
    "places",
    "published",
    "rebuild",
    "rebuild_due",
    "reported",
    "table",
    "years",
    "years_of",
]
