"""Floor of an export: XlsxWriter alone, in constant memory, writing cells that lie ready."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from numbers import Number

import xlsxwriter


def write(path: str, captions: Sequence[str], rows: Sequence[Sequence]) -> None:
    settings = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, settings) as book:
        sheet = book.add_worksheet()
        text = book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for place, caption in enumerate(captions):
            sheet.write_string(0, place, caption, text)
        for number, row in enumerate(rows, start=1):
            for place, value in enumerate(row):
                if isinstance(value, str):
                    if value:
                        sheet.write_string(number, place, value, text)
                elif isinstance(value, Number | Decimal):
                    sheet.write_number(number, place, value)
                elif isinstance(value, datetime):
                    sheet.write_datetime(number, place, value.replace(tzinfo=None), day)
                elif isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
