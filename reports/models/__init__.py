"""What is reported, by factories and by offices: a file for each concept."""

from reports.models.annual import (
    AnnualFile,
    AnnualFileQuerySet,
    AnnualRemark,
    AnnualReport,
    AnnualReportQuerySet,
    AnnualStep,
)
from reports.models.summaries import Summary, SummaryFile, SummaryFileQuerySet, SummaryQuerySet

__all__ = [
    "AnnualFile",
    "AnnualFileQuerySet",
    "AnnualRemark",
    "AnnualReport",
    "AnnualReportQuerySet",
    "AnnualStep",
    "Summary",
    "SummaryFile",
    "SummaryFileQuerySet",
    "SummaryQuerySet",
]
