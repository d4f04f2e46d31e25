"""Workbooks as bureaus send them: a list of determinations, clean or with faults."""

import io
from dataclasses import dataclass
from datetime import date, timedelta

import openpyxl
from django.core.files.base import ContentFile

from reports import intake
from tests import build

HEADS = (
    "序号", "企业名称", "统一社会信用代码", "工厂名称", "所属县（市、区）", "所属行业",
    "能力成熟度自评等级", "自评时间", "覆盖环节", "认定日期", "联系人", "联系电话", "备注",
)  # fmt: skip
KEYS = (
    "no", "name", "code", "factory", "county", "industry", "level", "assessed", "parts",
    "decided", "contact", "phone", "remark",
)  # fmt: skip
#: The sheet's row of the first line.
FIRST = 5


@dataclass(frozen=True)
class Sheet:
    content: bytes
    #: Sheet row -> caption at which it has to be reported.
    truth: dict[int, str]


def line(number, **more):
    """A clean line; what differs is named."""
    assessed = date(2026, 1, 5) + timedelta(days=number % 60)
    return {
        "no": number,
        "name": f"滹沱第{number}精密机械有限公司",
        "code": build.credit_code(),
        "factory": f"减速机第{number}智能工厂",
        "county": ("长安区", "桥西区", "正定县")[number % 3],
        "industry": "C34 通用设备制造业",
        "level": "二级",
        "assessed": assessed,
        "parts": "生产作业",
        "decided": assessed + timedelta(days=20),
        "contact": "张经理",
        "phone": "13800000000",
        "remark": None,
        **more,
    }


def lines(count, **more):
    return [line(number, **more) for number in range(1, count + 1)]


def xlsx(rows, heads=HEADS, keys=KEYS):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["某市2026年基础级智能工厂备案清单"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(heads))
    sheet.append(["填报单位：某市工业和信息化局    填报日期：2026年9月28日"])
    sheet.append([])
    sheet.append(list(heads))
    for row in rows:
        sheet.append([row.get(key) for key in keys] if row else [])
    sheet.append([])
    sheet.append(["填表说明：成熟度等级以自评结果为准。"])
    sheet.append(["填表人：王某某    审核人：李某某    联系电话：0311-00000000"])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def faulty():
    """A sheet with every fault once among clean rows, and with what is only to be tidied."""
    rows = lines(40)
    first = rows[0]
    spoiled = rows[1]["code"][:-1] + ("0" if rows[1]["code"][-1] != "0" else "1")
    wrong = {
        1: ({"code": spoiled}, "统一社会信用代码"),
        7: ({"factory": None}, "工厂名称"),
        9: ({"level": "一级"}, "能力成熟度自评等级"),
        14: ({"assessed": "2026-02-30"}, "自评时间"),
        16: ({"county": "路北区"}, "所属县（市、区）"),
        21: ({"parts": "运营管理"}, "覆盖环节"),
        24: (
            {key: first[key] for key in ("name", "code", "factory", "county")},
            "统一社会信用代码",
        ),
        33: ({"assessed": date(2026, 1, 11), "decided": date(2026, 1, 6)}, "认定日期"),
    }
    tidied = {
        3: {"code": f" {rows[3]['code'].lower()}\u3000"},
        5: {"name": rows[5]["name"] + " "},
        10: {"level": 2},
        12: {"assessed": "2026年1月5日"},
        17: {"county": "石家庄市桥西区"},
        19: {"industry": "通用设备制造业"},
        # Two factories of one firm are no duplicate.
        26: {"name": first["name"], "code": first["code"]},
        27: {"remark": '=HYPERLINK("http://127.0.0.1/","点我")'},
    }
    for at, given in {**tidied, **{at: said for at, (said, _) in wrong.items()}}.items():
        rows[at] |= given
    rows[30] = None
    return Sheet(xlsx(rows), {FIRST + at: caption for at, (_, caption) in wrong.items()})


def batch_of(by, rows, *, at=build.DAY, name="备案清单.xlsx", way=""):
    """A workbook as that officer's office has sent it; taken over where a way is named."""
    kind, content = intake.KINDS["filing"], ContentFile(xlsx(rows), name)
    given = {"document_no": "工信〔2026〕8号"}
    batch = intake.upload(kind, content, name=name, given=given, by=by, at=at)
    return intake.order(batch, way, seen=batch.version, by=by, at=at) if way else batch
