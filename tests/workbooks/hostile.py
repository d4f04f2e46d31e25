"""Files made to harm whoever opens them. Imports nothing of the product."""

import io
import struct
import zipfile

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
TYPES = (
    f'<?xml version="1.0" encoding="UTF-8"?><Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KINDS}.worksheet+xml"/>'
    "</Types>"
)
RELS = (
    f'<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{OFFICE}/{{kind}}" Target="{{target}}"/>'
    "</Relationships>"
)
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOOK = (
    f'<?xml version="1.0" encoding="UTF-8"?><workbook xmlns="{MAIN}" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<sheets><sheet name="名单" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def sheet(cells, head=HEAD):
    return f'{head}<worksheet xmlns="{MAIN}"><sheetData>{cells}</sheetData></worksheet>'


def cell(reference, text="企业"):
    row = "".join(sign for sign in reference if sign.isdigit())
    return f'<row r="{row}"><c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c></row>'


def package(changed=None, compression=zipfile.ZIP_DEFLATED):
    """A small honest .xlsx with some of its parts changed or added; None leaves one out."""
    parts = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS.format(kind="officeDocument", target="xl/workbook.xml"),
        "xl/workbook.xml": BOOK,
        "xl/_rels/workbook.xml.rels": RELS.format(kind="worksheet", target="worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": sheet(cell("A1")),
        **(changed or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in parts.items():
            if content is not None:
                made.writestr(name, content)
    return out.getvalue()


def with_sheet(cells, head=HEAD):
    return package({"xl/worksheets/sheet1.xml": sheet(cells, head)})


def compound(*names):
    """The beginning and the directory of an OLE file, enough to say what it is."""
    entries = b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 504 + entries + b"\0" * 4096


def lying():
    """A part that unpacks to more than it says, with the checksum of its beginning."""
    honest = bytearray(with_sheet(cell("A1") + " " * 3_000_000))
    claimed = 200
    whole = sheet(cell("A1") + " " * 3_000_000).encode()
    checksum = zipfile.crc32(whole[:claimed])
    at = 0
    while (at := honest.find(b"xl/worksheets/sheet1.xml", at)) != -1:
        if honest[at - 46 : at - 42] == b"PK\x01\x02":
            honest[at - 46 + 16 : at - 46 + 20] = struct.pack("<I", checksum)
            honest[at - 46 + 24 : at - 46 + 28] = struct.pack("<I", claimed)
        elif honest[at - 30 : at - 26] == b"PK\x03\x04":
            honest[at - 30 + 14 : at - 30 + 18] = struct.pack("<I", checksum)
            honest[at - 30 + 22 : at - 30 + 26] = struct.pack("<I", claimed)
        at += 1
    return bytes(honest)


def encrypted_entry():
    made = bytearray(package())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = 0
        while (at := made.find(signature, at)) != -1:
            made[at + offset] |= 1
            at += 4
    return bytes(made)


def twice_named():
    out = io.BytesIO(package())
    with zipfile.ZipFile(out, "a") as made:
        made.writestr("XL/worksheets/sheet1.xml", sheet(cell("A2")))
    return out.getvalue()


def broken_checksum():
    made = bytearray(package(compression=zipfile.ZIP_STORED))
    at = made.find("企业".encode())
    made[at] ^= 0x01
    return bytes(made)


DOCTYPE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
PLAIN = TYPES.replace("sheet.main+xml", "nothing+xml")

#: Every file with a word of the sentence that refuses it.
CORPUS = {
    "bomb of 60 MiB": (lambda: with_sheet(" " * 60_000_000), "过大"),
    "ratio over 100": (lambda: with_sheet(" " * 3_000_000), "过大"),
    "bomb in another part": (lambda: package({"xl/media/a.png": b"\0" * 9_000_000}), "过大"),
    "lying about a size": (lying, "过大|损坏"),
    "201 parts": (lambda: package({f"a{n}.xml": "<a/>" for n in range(201)}), "206 个部分"),
    "over 20 MiB": (lambda: b"PK\x03\x04" + b"x" * (20 * 2**20), "20 MB"),
    "row 20001": (lambda: with_sheet(cell("A1") + cell("A20001")), "第 20001 行"),
    "column 101": (lambda: with_sheet(cell("CW1")), "第 101 列"),
    "last cell of all": (lambda: with_sheet(cell("A1") + cell("XFD1048576")), "第 1048576 行"),
    "rows without numbers": (
        lambda: with_sheet("".join(f"<row><c><v>{n * n}</v></c></row>" for n in range(20_001))),
        "第 20001 行",
    ),
    "cells without references": (
        lambda: with_sheet(f"<row r='1'>{'<c><v>1</v></c>' * 101}</row>"),
        "第 101 列",
    ),
    "prefixed elements": (
        lambda: package(
            {
                "xl/worksheets/sheet1.xml": f'{HEAD}<x:worksheet xmlns:x="{MAIN}">'
                '<x:sheetData><x:row r="99999"><x:c r="A99999"><x:v>1</x:v></x:c></x:row>'
                "</x:sheetData></x:worksheet>"
            }
        ),
        "第 99999 行",
    ),
    "document type in the sheet": (lambda: with_sheet(cell("A1"), HEAD + DOCTYPE), "DOCTYPE"),
    "billion laughs": (lambda: with_sheet(cell("A1", "&b;"), HEAD + LAUGHS), "DOCTYPE"),
    "document type in properties": (
        lambda: package({"docProps/core.xml": HEAD + DOCTYPE + "<a/>"}),
        "DOCTYPE",
    ),
    "document type in relations": (
        lambda: package({"xl/worksheets/_rels/sheet1.xml.rels": HEAD + DOCTYPE + "<a/>"}),
        "DOCTYPE",
    ),
    "document type in small letters": (
        lambda: with_sheet(cell("A1"), HEAD + DOCTYPE.replace("DOCTYPE", "doctype")),
        "DOCTYPE",
    ),
    "document type in UTF-16": (
        lambda: package({"xl/worksheets/sheet1.xml": sheet(cell("A1"), DOCTYPE).encode("utf-16")}),
        "编码",
    ),
    "document type in UTF-7": (
        lambda: package(
            {
                "xl/worksheets/sheet1.xml": b'<?xml version="1.0" encoding="UTF-7"?>'
                + sheet(cell("A1"), DOCTYPE).encode("utf-7")
            }
        ),
        "编码",
    ),
    "macros": (lambda: package({"xl/vbaProject.bin": b"x"}), "宏"),
    "macros by type": (
        lambda: package(
            {
                "[Content_Types].xml": TYPES.replace(
                    "openxmlformats-officedocument.spreadsheetml.sheet.main",
                    "ms-excel.sheet.macroEnabled.main",
                )
            }
        ),
        "宏",
    ),
    "old macros": (lambda: package({"xl/macrosheets/sheet1.xml": "<a/>"}), "宏"),
    "external link": (lambda: package({"xl/externalLinks/externalLink1.xml": "<a/>"}), "外部链接"),
    "encrypted package": (lambda: compound("EncryptedPackage", "EncryptionInfo"), "密码"),
    "encrypted entry": (encrypted_entry, "密码"),
    "old workbook with macros": (lambda: compound("Workbook", "_VBA_PROJECT"), "宏"),
    "old Word file": (lambda: compound("WordDocument"), "不是表格文件"),
    "Word file": (lambda: package({"[Content_Types].xml": PLAIN}), "不是表格文件"),
    "zip in a zip": (
        lambda: package({"[Content_Types].xml": None, "a.zip": package()}),
        "不是表格文件",
    ),
    "open document": (
        lambda: package(
            {
                "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
                "[Content_Types].xml": None,
            }
        ),
        "另存为",
    ),
    "web page called .xls": (lambda: b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
    "PDF": (lambda: b"%PDF-1.7\n%\xe2\xe3", "不是表格文件"),
    "picture": (lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "不是表格文件"),
    "noise": (lambda: bytes(range(256)) * 40, "不是表格文件"),
    "nothing": (lambda: b"", "空的"),
    "only zeros": (lambda: b"\0" * 5000, "空的"),
    "cut off": (lambda: package()[:-400], "损坏"),
    "changed byte": (broken_checksum, "损坏"),
    "two parts of one name": (twice_named, "损坏"),
    "XML that does not end": (
        lambda: package({"xl/worksheets/sheet1.xml": sheet(cell("A1"))[:-20]}),
        "损坏",
    ),
    "cell at no place": (
        lambda: with_sheet('<row r="1"><c r="1A"><v>1</v></c></row>'),
        "损坏",
    ),
    "one text behind very many cells": (
        lambda: package(
            {
                "xl/sharedStrings.xml": f'{HEAD}<sst xmlns="{MAIN}"><si><t>'
                + "".join(chr(0x4E00 + n * 7 % 20_000) for n in range(30_000))
                + "</t></si></sst>",
                "xl/_rels/workbook.xml.rels": RELS.format(
                    kind="worksheet", target="worksheets/sheet1.xml"
                ).replace(
                    "</Relationships>",
                    f'<Relationship Id="rId2" Type="{OFFICE}/sharedStrings" '
                    'Target="sharedStrings.xml"/></Relationships>',
                ),
                "xl/worksheets/sheet1.xml": sheet(
                    "".join(
                        f'<row r="{r}">' + '<c t="s"><v>0</v></c>' * (60 + r % 40) + "</row>"
                        for r in range(1, 8000)
                    )
                ),
            }
        ),
        "过大",
    ),
    "text of 20001 lines": (lambda: "企业,代码\n".encode() * 20_001, "第 20001 行"),
    "text of 101 columns": (lambda: b",".join([b"a"] * 101), "第 101 列"),
    "text in no known encoding": (lambda: b"\xff\x80\x81abc\xff\n" * 9, "编码"),
    "text with an endless quotation": (lambda: b'a,"b' + b"x\n" * 200_000, "不成对"),
}
