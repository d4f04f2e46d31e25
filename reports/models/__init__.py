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
from reports.models.exports import (
    DETAIL,
    Export,
    ExportLayout,
    ExportQuerySet,
    FileForm,
    LayoutQuerySet,
)
from reports.models.intake import (
    Batch,
    BatchQuerySet,
    BatchRow,
    BatchRowQuerySet,
    Caption,
    CaptionQuerySet,
)
from reports.models.kpis import KpiSpread, KpiYear
from reports.models.summaries import Summary, SummaryFile, SummaryFileQuerySet, SummaryQuerySet

__all__ = [
    "DETAIL",
    "AnnualFile",
    "AnnualFileQuerySet",
    "AnnualRemark",
    "AnnualReport",
    "AnnualReportQuerySet",
    "AnnualStep",
    "Batch",
    "BatchQuerySet",
    "BatchRow",
    "BatchRowQuerySet",
    "Caption",
    "CaptionQuerySet",
    "Export",
    "ExportLayout",
    "ExportQuerySet",
    "FileForm",
    "KpiSpread",
    "KpiYear",
    "LayoutQuerySet",
    "Summary",
    "SummaryFile",
    "SummaryFileQuerySet",
    "SummaryQuerySet",
    "stands",
]
