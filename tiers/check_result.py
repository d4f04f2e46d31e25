"""The result of a bulk check as files to keep: a workbook, and a signed JSON that also holds the
workbook's digest, so that both can be shown to others.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

from registry import signing
from registry.access import SHANGHAI
from registry.workbook.writing import About, Heading, Kind, write_xlsx
from tiers.bulk_check import Answer
from tiers.register import place_of

FORMAT, PURPOSE = "smart-factory-bulk-check/1", "bulk-result"
TABLE, SIGNED, GUIDE = "核验结果.xlsx", "核验结果.json", "说明.txt"
HEADINGS = (
    Heading("行号", Kind.NUMBER),
    Heading("核验内容"),
    Heading("结果"),
    Heading("等级"),
    Heading("认定日期", Kind.DATE),
    Heading("有效期至", Kind.DATE),
    Heading("证书编号", Kind.CODE),
    Heading("认定部门"),
    Heading("文号"),
    Heading("企业名称"),
    Heading("统一社会信用代码", Kind.CODE),
    Heading("工厂名称"),
    Heading("所在地"),
    Heading("说明"),
    Heading("固定网址"),
)


def rows(answers: Sequence[Answer], site: str) -> Iterator[tuple[Any, ...]]:
    """One row for each factory found, one for a line that leads to none."""
    for one in answers:
        if not one.matches:
            yield (one.number, one.text, one.label, *[None] * 10, one.hint, None)
        for match in one.matches:
            title, then = match.title, match.then
            yield (
                one.number,
                one.text,
                match.standing.label,
                title.get_tier_display(),
                title.valid_from,
                title.last_day,
                title.number,
                title.issuer.name,
                title.document_no,
                then.enterprise_name,
                then.enterprise.credit_code,
                then.name,
                "　".join(filter(None, place_of(then))),
                "；".join(filter(None, (one.hint, match.hint))),
                f"{site}/register/titles/{title.number}/",
            )


def archive(answers: Sequence[Answer], on: date, *, site: str, at: datetime) -> bytes:
    """Both files and how to check them, as one ZIP."""
    table = list(rows(answers, site))
    book = io.BytesIO()
    asked = [
        ("查询日期", f"{on:%Y-%m-%d}"),
        ("核验时间", f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"),
    ]
    write_xlsx(book, HEADINGS, table, About("核验结果", (*asked, ("来源", site))))
    content = {
        "format": FORMAT,
        "on": on.isoformat(),
        "at": at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "site": site,
        "lines": len(answers),
        "columns": [one.caption for one in HEADINGS],
        "rows": [[_plain(cell) for cell in row] for row in table],
        "files": {TABLE: {"sha256": hashlib.sha256(book.getvalue()).hexdigest()}},
    }
    document = signing.sign_document(content, purpose=PURPOSE, at=at)
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(TABLE, book.getvalue())
        packed.writestr(SIGNED, json.dumps(document, ensure_ascii=False, indent=1))
        packed.writestr(GUIDE, _guide(site))
    return whole.getvalue()


def _plain(cell: Any) -> str | int | None:
    return cell if cell is None or isinstance(cell, int) else str(cell)


def _guide(site: str) -> str:
    return (
        f"{TABLE}：逐行结果，便于查看和统计。\r\n"
        f"{SIGNED}：同样的结果和 {TABLE} 的 SHA-256 摘要，附平台电子签名。\r\n"
        f"签名覆盖 content 的规范文本（键按序、无空格、UTF-8），用途标记为 {PURPOSE}，"
        f"公钥见 {site}/keys.json。\r\n"
        "结果反映核验时的公开名录，以后的变化请用固定网址查询。\r\n"
    )
