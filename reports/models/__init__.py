"""What is reported, by factories and by offices: a file for each concept."""

from reports.models.annual import (
    AnnualFile,
    AnnualFileQuerySet,
    AnnualRemark,
    AnnualReport,
    AnnualReportQuerySet,
    AnnualStep,
    stands,
)
from reports.models.kpis import KpiSpread, KpiYear
from reports.models.summaries import Summary, SummaryFile, SummaryFileQuerySet, SummaryQuerySet

__all__ = [
    "AnnualFile",
    "AnnualFileQuerySet",
    "AnnualRemark",
    "AnnualReport",
    "AnnualReportQuerySet",
    "AnnualStep",
    "KpiSpread",
    "KpiYear",
    "Summary",
    "SummaryFile",
    "SummaryFileQuerySet",
    "SummaryQuerySet",
    "stands",
]
