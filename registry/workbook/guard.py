"""What is refused before any parser sees it. Only the standard library: this runs in the child.

Every refusal is a sentence for the person who sent the file, with what to do about it.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from io import BytesIO

SIZE = 20 * 2**20
UNPACKED = 50 * 2**20
RATIO = 100
ENTRIES = 200
ROWS = 20_000
COLUMNS = 100
#: Below this a part is harmless however well it packs.
SMALL = 64 * 2**10

_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_SAVE_AS = "请用 Excel 或 WPS 打开，另存为“Excel 工作簿（.xlsx）”后再上传"
BROKEN = f"文件已损坏或不完整，无法读取。{_SAVE_AS}"
_MACROS = "文件里有宏，不能接收。请另存为不带宏的“Excel 工作簿（.xlsx）”后再上传"
LOCKED = "文件设有打开密码，无法读取。请用 Excel 或 WPS 打开并取消密码，保存后再上传"
_LINKS = (
    "文件引用了别的工作簿（外部链接），不能接收。请在“数据”选项卡“编辑链接”中断开链接，"
    "或复制到新工作簿并“粘贴为数值”，保存后再上传"
)
SWOLLEN = "文件展开后过大，疑似异常压缩，不能接收。请只留名单所在的工作表，另存为新文件后再上传"
_ALIEN = f"这不是表格文件。请上传 .xlsx、.xls 或 .csv 格式的名单；{_SAVE_AS}"

_XML = (".xml", ".rels", ".vml")
_DECLARED = re.compile(rb"""\A\s*<\?xml[^>]*?encoding\s*=\s*["']([^"']*)["']""", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!(?:doctype|entity)", re.IGNORECASE)


class Refusal(Exception):
    """The file is not read; the text says why and what to do."""


def form_of(data: bytes) -> str:
    """Guard a file and say what it is: xlsx, xls or csv."""
    if len(data) > SIZE:
        raise Refusal(too_big())
    if not data.strip(b"\0 \t\r\n"):
        raise Refusal("文件是空的。请确认已保存，再上传一次")
    if data.startswith(_OLE):
        return _xls(data)
    if data.startswith(b"PK"):
        return "xlsx"
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise Refusal(f"这是网页或 XML 文件，只是扩展名像表格。{_SAVE_AS}")
    if data.startswith(
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
    ):
        raise Refusal(_ALIEN)
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Refusal(_ALIEN)
    return "csv"


def too_big() -> str:
    return f"文件超过 {SIZE // 2**20} MB，不能接收。请只留名单所在的工作表，或分成几个文件上传"


def too_long(row: int) -> str:
    return (
        f"第 {row} 行还有内容，最多接收 {ROWS:,} 行。"
        "请删去表格下方多余的内容，或把名单分成几个文件上传"
    )


def too_wide(column: int) -> str:
    return f"第 {column} 列还有内容，最多接收 {COLUMNS} 列。请删去表格右侧多余的内容后再上传"


def _named(name: str) -> bytes:
    return name.encode("utf-16-le")


def _xls(data: bytes) -> str:
    """Streams of a compound file are known by their names in its directory."""
    if _named("EncryptedPackage") in data or _named("EncryptionInfo") in data:
        raise Refusal(LOCKED)
    if _named("_VBA_PROJECT") in data:
        raise Refusal(_MACROS)
    if _named("Workbook") not in data and _named("Book") not in data:
        raise Refusal(_ALIEN)
    return "xls"


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of an .xlsx, unpacked within the limits and looked at one by one."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            entries = [entry for entry in package.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, OSError, struct.error, NotImplementedError):
        raise Refusal(BROKEN) from None
    _weigh(entries, data)
    try:
        parts = {entry.filename: _inflate(entry, data) for entry in entries}
    except (zlib.error, struct.error, IndexError, MemoryError):
        raise Refusal(BROKEN) from None
    for name, content in parts.items():
        if name.lower().endswith(_XML):
            _look(content)
    _recognise(parts)
    return parts


def _weigh(entries: list[zipfile.ZipInfo], data: bytes) -> None:
    if len(entries) > ENTRIES:
        raise Refusal(
            f"文件由 {len(entries)} 个部分组成，不像一份名单。"
            "请把名单所在的工作表复制到新工作簿，保存后再上传"
        )
    names = [entry.filename.replace("\\", "/").lower() for entry in entries]
    if len(set(names)) < len(names):
        raise Refusal(BROKEN)
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refusal(LOCKED)
    if any("vbaproject" in name or "/macrosheets/" in name for name in names):
        raise Refusal(_MACROS)
    if any("externallinks/" in name for name in names):
        raise Refusal(_LINKS)
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > UNPACKED or unpacked > max(RATIO * len(data), SMALL):
        raise Refusal(SWOLLEN)
    for entry in entries:
        if entry.file_size > max(RATIO * entry.compress_size, SMALL):
            raise Refusal(SWOLLEN)


def _inflate(entry: zipfile.ZipInfo, data: bytes) -> bytes:
    """Unpack one part by hand: a size that was declared too small would hide the rest from zipfile
    and not from other readers.
    """
    at = entry.header_offset
    if data[at : at + 4] != b"PK\x03\x04":
        raise Refusal(BROKEN)
    name_length, extra_length = struct.unpack("<HH", data[at + 26 : at + 30])
    begin = at + 30 + name_length + extra_length
    packed = data[begin : begin + entry.compress_size]
    if entry.compress_type == zipfile.ZIP_STORED:
        content = packed
    elif entry.compress_type == zipfile.ZIP_DEFLATED:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        content = stream.decompress(packed, entry.file_size + 1)
        if len(content) > entry.file_size:
            raise Refusal(SWOLLEN)
        if not stream.eof:
            raise Refusal(BROKEN)
    else:
        raise Refusal(BROKEN)
    if len(content) != entry.file_size or zlib.crc32(content) != entry.CRC:
        raise Refusal(BROKEN)
    return content


def _look(content: bytes) -> None:
    """No document type, and no encoding that would hide one."""
    declared = _DECLARED.match(content.removeprefix(b"\xef\xbb\xbf")[:200])
    strange = declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii")
    if strange or content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:64]:
        raise Refusal(f"文件内部的编码不是表格文件常用的格式，不能接收。{_SAVE_AS}")
    if _DOCTYPE.search(content):
        raise Refusal(
            f"文件内部含有文档类型声明（DOCTYPE），不是正常保存的表格，不能接收。{_SAVE_AS}"
        )


def _recognise(parts: dict[str, bytes]) -> None:
    types = parts.get("[Content_Types].xml", b"").lower()
    if b"macroenabled" in types and b"sheet.binary" not in types:
        raise Refusal(_MACROS)
    if b"spreadsheetml.sheet.main+xml" in types or b"spreadsheetml.template.main+xml" in types:
        return
    kind = parts.get("mimetype", b"")
    if b"sheet.binary" in types or b"opendocument.spreadsheet" in kind:
        raise Refusal(f"这种表格格式不能直接读取。{_SAVE_AS}")
    raise Refusal(_ALIEN)
