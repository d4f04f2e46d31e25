"""Short tables as files in the answer itself; long lists go by ``reports.exports``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from registry.workbook.writing import Heading, file_name, write_csv


def csv_answer(
    name: Sequence[str], captions: Iterable[str], rows: Iterable[Sequence[Any]]
) -> HttpResponse:
    """UTF-8 with a mark, so that spreadsheets open it with its characters; the parts of the name
    say whose, what and when.
    """
    out = BytesIO()
    write_csv(out, [Heading(caption) for caption in captions], rows)
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    disposition = content_disposition_header(True, file_name(name, "csv"))
    answer["Content-Disposition"] = disposition or "attachment"
    return answer
