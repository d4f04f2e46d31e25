"""What workbooks can bring besides filing lists: rolls of firms, honours, experts, summaries."""

from reports.intake.lists.enterprises import ENTERPRISES
from reports.intake.lists.experts import EXPERTS
from reports.intake.lists.honours import FORMER_TITLES, HONOURS
from reports.intake.lists.summaries import SUMMARIES

LISTS = (ENTERPRISES, HONOURS, FORMER_TITLES, EXPERTS, SUMMARIES)

__all__ = ["ENTERPRISES", "EXPERTS", "FORMER_TITLES", "HONOURS", "LISTS", "SUMMARIES"]
