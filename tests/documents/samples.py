"""Documents that have everything a document can have, and text that tries to be more than text."""

from datetime import date

from reports.documents.content import Annex, Column, Document, Heading, Table, Text

NASTY = (
    "=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "https://example.org", "0012", "12.50",
    "<b>粗</b> & \"引号\" 'x' ]]>", "#let x = 1 *星* _线_ $a$ @b \\n `c`", "镕堃䶮㛃", "甲\n乙",
    "ab" * 40,
)  # fmt: skip
COLUMNS = (
    Column("序号", 3, centred=True),
    Column("企业名称", 12),
    Column("统一社会信用代码", 14, centred=True),
)


def table(rows):
    return Table(
        "名单",
        COLUMNS,
        tuple((number, NASTY[number % len(NASTY)], f"9113{number:014d}") for number in range(rows)),
    )


def document(*, rows=12, **more):
    given = {
        "title": "关于公布2026年先进级智能工厂认定名单（第一批）的通知",
        "number": "文〔2026〕1号",
        "addressee": "各市工业和信息化局",
        "signed_by": "工业和信息化厅",
        "dated": date(2026, 3, 2),
        "blocks": (
            Heading("一、基本情况"),
            Text("第一段。"),
            Heading("（一）条件", 2),
            Text("第二段第一行\n第二段第二行", flush=True),
            Table("条件", COLUMNS[:2], ((1, "是"), (2, ""))),
        ),
        "contacts": (("联系电话", "0311-87000000"), ("电子邮箱", "")),
        "annexes": (
            Annex("认定名单", (table(rows),)),
            Annex("说明", (Text("附件的正文。"),), wide=False),
        ),
        "remarks": ("名单以公开名录为准。",),
        "stamps": ("草稿",),
        "is_list": True,
    }
    return Document(**given | more)
