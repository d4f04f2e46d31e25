"""Writes the .xls of old, just enough of it: one sheet of texts, numbers, days and merged cells.
Imports nothing of the product.
"""

import struct
from datetime import date

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def _record(kind, content=b""):
    return struct.pack("<HH", kind, len(content)) + content


def _begin(kind):
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _cell(row, column, value):
    if isinstance(value, date):
        days = float((value - date(1899, 12, 30)).days)
        return _record(0x0203, struct.pack("<HHHd", row, column, 1, days))
    if isinstance(value, int | float):
        return _record(0x0203, struct.pack("<HHHd", row, column, 0, float(value)))
    text = str(value)
    head = struct.pack("<HHHHB", row, column, 0, len(text), 1)
    return _record(0x0204, head + text.encode("utf-16-le"))


def _stream(name, rows, merged):
    formats = (0, 14)
    globals_ = _begin(0x0005) + _record(0x0042, struct.pack("<H", 0x04B0))
    globals_ += b"".join(_record(0x00E0, struct.pack("<HH16x", 0, one)) for one in formats)
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    at = len(globals_) + 4 + 6 + len(title) + 4
    globals_ += _record(0x0085, struct.pack("<IBB", at, 0, 0) + title) + _record(0x000A)
    width = max((len(row) for row in rows), default=0)
    sheet = _begin(0x0010) + _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value is not None and value != "":
                sheet += _cell(number, column, value)
    if merged:
        areas = b"".join(struct.pack("<HHHH", t, b, left, right) for t, left, b, right in merged)
        sheet += _record(0x00E5, struct.pack("<H", len(merged)) + areas)
    return globals_ + sheet + _record(0x000A)


def _entry(name, kind, start, size, child=_FREE):
    raw = name.encode("utf-16-le")
    head = raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw) + 2 if name else 0, kind, 1)
    return head + struct.pack("<III36xIQ", _FREE, _FREE, child, start, size)


def write(name, rows, merged=()):
    """The bytes of a workbook; merged areas are (top, left, bottom, right) counted from 0."""
    content = _stream(name, rows, merged)
    content = content.ljust(max(4096, -(-len(content) // _SECTOR) * _SECTOR), b"\0")
    sectors = len(content) // _SECTOR
    tables = 1
    while tables * 128 < sectors + 1 + tables:
        tables += 1
    chain = [_FAT] * tables + [_END]
    first = tables + 1
    chain += [*range(first + 1, first + sectors), _END]
    chain += [_FREE] * (tables * 128 - len(chain))
    header = bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 16
    header += struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, tables, 0, 4096, _END, 0, _END, 0)
    header += struct.pack("<109I", *range(tables), *([_FREE] * (109 - tables)))
    directory = _entry("Root Entry", 5, _END, 0, child=1)
    directory += _entry("Workbook", 2, first, len(content))
    directory += _entry("", 0, 0, 0) * 2
    return header + struct.pack(f"<{len(chain)}I", *chain) + directory + content
