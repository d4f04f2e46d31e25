"""Open data (开放数据): every public title, written once a day as CSV, JSON and a workbook, with
the data dictionary, the licence and a signed list of digests.

The files of a day say what the register showed when they were made; they are never written again.
No column holds anything of a person.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from registry import signing
from registry.access import SHANGHAI
from registry.workbook.writing import About, Heading, Kind, Sheet, write_csv, write_sheets
from tiers import register
from tiers.models import Certification

FORMAT, PURPOSE = "smart-factory-open-data/1", "open-data"
FOLDER, MANIFEST = "open-data", "manifest.json"
FILES = ("titles.csv", "titles.json", "titles.xlsx")
KEPT_DAYS = 30
LICENCE = (
    "本数据可以免费使用、复制、转发和加工，包括用于商业目的。使用时须注明数据来源和数据日期，"
    "加工后的数据须说明经过加工。数据反映生成时的公开名录，以后的变化以名录查询为准。"
)
#: Key in JSON, caption, kind, and what it means.
DICTIONARY = (
    ("number", "证书编号", Kind.CODE, "一项认定的唯一编号，不重复使用"),
    ("tier", "等级", Kind.TEXT, "基础级、先进级、卓越级、领航级"),
    ("status", "状态", Kind.TEXT, "数据日期当天的状态：尚未生效、有效、暂停、已到期、已撤销等"),
    ("enterprise", "企业名称", Kind.TEXT, "工厂现在所属的企业"),
    ("credit_code", "统一社会信用代码", Kind.CODE, "该企业的代码，18 位"),
    ("factory", "工厂名称", Kind.TEXT, "工厂现在的名称"),
    ("certified_enterprise", "证载企业名称", Kind.TEXT, "证书所载的企业名称"),
    ("certified_factory", "证载工厂名称", Kind.TEXT, "证书所载的工厂名称"),
    ("city", "市", Kind.TEXT, "工厂所在的市或单列的县、区"),
    ("county", "县", Kind.TEXT, "工厂所在的县、市、区，与“市”相同时为空"),
    ("industry", "行业", Kind.TEXT, "国民经济行业分类（GB/T 4754-2017）代码和名称"),
    ("issuer", "认定部门", Kind.TEXT, "作出认定的部门"),
    ("document_no", "认定文号", Kind.TEXT, "认定文件的文号"),
    ("valid_from", "认定日期", Kind.DATE, "认定生效的日期"),
    ("last_day", "有效期至", Kind.DATE, "最后一天有效的日期，未设有效期的为空"),
    ("published_on", "列入名录日期", Kind.DATE, "列入公开名录的日期"),
    ("ended_on", "终止日期", Kind.DATE, "到期、撤销、放弃、换发或迁出的日期，未终止的为空"),
    ("ending_document_no", "终止文号", Kind.TEXT, "终止认定的文件的文号"),
    ("address", "固定网址", Kind.TEXT, "这项认定在平台上的地址，更名、搬迁、合并后不变"),
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def publish(*, on: date, at: datetime) -> int:
    """Write the files of the day unless they stand, and drop those older than are kept; returns how
    many were written. The manifest comes last: a day without one is not shown and is made anew.
    """
    if default_storage.exists(_place(on, MANIFEST)):
        return 0
    made = _written(list(_rows(on)), on)
    content = {
        "format": FORMAT,
        "date": on.isoformat(),
        "made_at": at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
        "licence": LICENCE,
        "files": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
            for name, data in made.items()
        },
    }
    try:
        document = signing.sign_document(content, purpose=PURPOSE, at=at)
    except signing.NoKey:
        document = {"content": content, "signature": ""}
    made[MANIFEST] = _json(document)
    for name, data in made.items():
        default_storage.delete(_place(on, name))
        default_storage.save(_place(on, name), ContentFile(data))
    _forget(on)
    return len(made)


def days() -> list[date]:
    """Days whose files are whole, the latest first."""
    if not default_storage.exists(FOLDER):
        return []
    names = (name for name in default_storage.listdir(FOLDER)[0] if _DAY.fullmatch(name))
    found = (date.fromisoformat(name) for name in names)
    return sorted(day for day in found if default_storage.exists(_place(day, MANIFEST)))[::-1]


def manifest(day: date) -> dict[str, Any]:
    with default_storage.open(_place(day, MANIFEST)) as file:
        found: dict[str, Any] = json.load(file)
    return found


def opened(day: date, name: str) -> Any:
    return default_storage.open(_place(day, name))


def _place(day: date, name: str) -> str:
    return f"{FOLDER}/{day.isoformat()}/{name}"


def _forget(on: date) -> None:
    for day in days():
        if day <= on - timedelta(days=KEPT_DAYS):
            for name in (MANIFEST, *FILES):
                default_storage.delete(_place(day, name))


def _rows(on: date) -> Iterator[tuple[Any, ...]]:
    titles = register.published().order_by("number")
    for title in titles.iterator(chunk_size=2_000):
        factory, city_county = title.factory, register.place_of(title.factory)
        yield (
            title.number,
            title.get_tier_display(),
            str(title.standing_on(on).label),
            factory.enterprise.name,
            factory.enterprise.credit_code,
            factory.name,
            title.printed_enterprise,
            title.printed_factory,
            *city_county,
            str(factory.industry or ""),
            title.issuer.name,
            title.document_no,
            title.valid_from,
            title.last_day,
            title.published_on,
            _ended(title, on),
            title.ending_document_no,
            f"/register/titles/{title.number}/",
        )


def _ended(title: Certification, on: date) -> date | None:
    over = title.ends_on is not None and title.ends_on <= on
    return register.end_day(title) if over else None


def _written(rows: list[tuple[Any, ...]], on: date) -> dict[str, bytes]:
    headings = [Heading(caption, kind) for _, caption, kind, _ in DICTIONARY]
    words = [(key, caption, meaning) for key, caption, _, meaning in DICTIONARY]
    table, book = io.BytesIO(), io.BytesIO()
    write_csv(table, headings, rows)
    explained = [Heading("字段"), Heading("名称"), Heading("含义")]
    sheets = [Sheet("智能工厂名录", headings, rows), Sheet("数据字典", explained, words)]
    lines = (("数据日期", on.isoformat()), ("使用许可", LICENCE))
    write_sheets(book, sheets, About("智能工厂名录开放数据", lines))
    keys = [key for key, *_ in DICTIONARY]
    whole = {
        "format": FORMAT,
        "date": on.isoformat(),
        "licence": LICENCE,
        "dictionary": [dict(zip(("key", "name", "meaning"), one, strict=True)) for one in words],
        "titles": [dict(zip(keys, row, strict=True)) for row in rows],
    }
    return dict(zip(FILES, (table.getvalue(), _json(whole), book.getvalue()), strict=True))


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, indent=1, default=str).encode()
