"""Other eyes: what is in a file, read by programs that had no hand in writing it.

``problems`` looks at the package itself: parts, their declared types, their relations.
"""

import re
import subprocess
import zipfile
from io import BytesIO
from pathlib import PurePosixPath
from xml.etree import ElementTree

import docx
import openpyxl
import pypdf
import python_calamine
from docx.table import Table
from docx.text.paragraph import Paragraph

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
MAIN = {"word/document.xml", "xl/workbook.xml"}


def squeezed(text):
    """Without blanks, line ends and places to break, which every form sets in its own way."""
    return re.sub(r"[\s\u200b]+", "", text)


def opened(content):
    """What an answer says, also where it is a package of parts."""
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")
    with zipfile.ZipFile(BytesIO(content)) as package:
        return "".join(package.read(name).decode(errors="replace") for name in package.namelist())


# --- Word -----------------------------------------------------------------------------------------


def word_lines(content):
    """Paragraphs and rows in order, by python-docx; a row is a tuple of its cells."""
    made = docx.Document(BytesIO(content))
    lines = []
    for block in made.iter_inner_content():
        if isinstance(block, Paragraph):
            lines.append(block.text)
        elif isinstance(block, Table):
            lines += [tuple(cell.text for cell in row.cells) for row in block.rows]
    return lines


def word_lines_plain(content):
    """The same from the XML itself."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        body = ElementTree.fromstring(package.read("word/document.xml"))[0]
    lines = []
    for block in body:
        if block.tag == f"{W}p":
            lines.append(_said(block))
        elif block.tag == f"{W}tbl":
            lines += [
                tuple("\n".join(map(_said, cell.iter(f"{W}p"))) for cell in row.iter(f"{W}tc"))
                for row in block.iter(f"{W}tr")
            ]
    return lines


def _said(paragraph):
    signs = {f"{W}br": "\n", f"{W}tab": "\t"}
    found = ""
    for part in paragraph.iter():
        found += (part.text or "") if part.tag == f"{W}t" else signs.get(part.tag, "")
    return found


# --- Excel ----------------------------------------------------------------------------------------


def excel_sheets(content):
    """Name -> rows of values, by openpyxl; empty rows and cells at the end left out."""
    book = openpyxl.load_workbook(BytesIO(content))
    return {
        sheet.title: _trimmed([list(row) for row in sheet.iter_rows(values_only=True)])
        for sheet in book
    }


def excel_sheets_again(content):
    """The same by calamine."""
    book = python_calamine.CalamineWorkbook.from_filelike(BytesIO(content))
    return {
        name: _trimmed(
            book.get_sheet_by_name(name).to_python(skip_empty_area=False),
        )
        for name in book.sheet_names
    }


def formulas(content):
    """Cells that a spreadsheet would work out, and links it would follow."""
    with zipfile.ZipFile(BytesIO(content)) as package:
        sheets = [name for name in package.namelist() if name.startswith("xl/worksheets/sheet")]
        text = "".join(package.read(name).decode() for name in sheets)
    return re.findall(r"<(?:f|hyperlink)\b", text)


def _trimmed(rows):
    kept = []
    for row in rows:
        cells = ["" if cell is None else _number(cell) for cell in row]
        while cells and cells[-1] == "":
            cells.pop()
        kept.append(cells)
    while kept and not kept[-1]:
        kept.pop()
    return kept


def _number(cell):
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


# --- PDF ------------------------------------------------------------------------------------------


def pdf_text(content):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages)


def pdf_text_again(path):
    """By poppler, in the order of the content."""
    done = subprocess.run(
        ["pdftotext", "-raw", "-enc", "UTF-8", path, "-"], capture_output=True, check=True
    )
    return done.stdout.decode()


def pdf_faces(content):
    """Name of each face -> whether the file carries it."""
    found = {}
    for page in pypdf.PdfReader(BytesIO(content)).pages:
        for face in page["/Resources"].get("/Font", {}).values():
            for below in face.get_object().get("/DescendantFonts", [face]):
                described = below.get_object().get("/FontDescriptor", {})
                name = str(below.get_object()["/BaseFont"]).split("+")[-1]
                found[name] = any(key.startswith("/FontFile") for key in described)
    return found


# --- the package ----------------------------------------------------------------------------------


def problems(content):
    """What makes it no valid package: damaged, undeclared, dangling or malformed parts."""
    try:
        package = zipfile.ZipFile(BytesIO(content))
    except zipfile.BadZipFile:
        return ["not a package"]
    with package:
        if damaged := package.testzip():
            return [f"{damaged}: damaged"]
        names = package.namelist()
        found = [f"{name}: twice" for name in {name for name in names if names.count(name) > 1}]
        if not MAIN & set(names):
            found.append("no main part")
        if "[Content_Types].xml" not in names:
            return [*found, "no content types"]
        parsed, faults = _parsed(package, names)
        return found + faults + list(_undeclared(parsed, names)) + list(_dangling(parsed, names))


def _parsed(package, names):
    parsed, faults = {}, []
    for name in names:
        if name.endswith((".xml", ".rels")):
            try:
                parsed[name] = ElementTree.fromstring(package.read(name))
            except ElementTree.ParseError as error:
                faults.append(f"{name}: {error}")
    return parsed, faults


def _undeclared(parsed, names):
    types = parsed.get("[Content_Types].xml")
    if types is None:
        return
    by_ending = {one.get("Extension").lower() for one in types.iter(f"{TYPES}Default")}
    by_name = {one.get("PartName").lstrip("/") for one in types.iter(f"{TYPES}Override")}
    for name in names:
        ending = name.rpartition(".")[2].lower()
        if name != "[Content_Types].xml" and name not in by_name and ending not in by_ending:
            yield f"{name}: of no declared type"
    for name in by_name - set(names):
        yield f"{name}: declared and not there"


def _dangling(parsed, names):
    for name, tree in parsed.items():
        if not name.endswith(".rels"):
            continue
        folder = PurePosixPath(name).parent.parent
        for relation in tree:
            target = relation.get("Target", "")
            if relation.get("TargetMode") == "External":
                yield f"{name}: leads outside, {target}"
            elif _joined(folder, target) not in names:
                yield f"{name}: {target} is not there"


def _joined(folder, target):
    if target.startswith("/"):
        return target[1:]
    parts = []
    for part in (folder / target).parts:
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
