"""Lists as bureaus send them, with at most one known fault each, and the truth about them.

Imports nothing of the product: codes, places, captions and what is right or wrong about a value are
worked out here again, from the standards and not from the code that is tested.
"""

import csv
import io
import random
from dataclasses import dataclass, field
from datetime import date, timedelta

import xlsxwriter

from tests.workbooks import oldformat

KEYS = ("firm", "code", "factory", "county", "industry", "level", "assessed", "aspects", "decided",
        "contact", "phone", "remark")  # fmt: skip
CAPTIONS = {
    "firm": ("企业名称", "单位名称", "公司名称", "企业名称（全称）", "*企业名称", "申报单位",
             "企 业 名 称", "企业全称"),
    "code": ("统一社会信用代码", "统一社会信用代码（18位）", "社会信用代码", "信用代码",
             "统一社会\n信用代码", "统一社会信用代码(与营业执照一致)", "统一社会信用代码："),
    "factory": ("工厂名称", "智能工厂名称", "申报工厂名称", "工厂名称（全称）", "工厂\n名称",
                "工厂（车间）名称"),
    "county": ("所属县（市、区）", "所属县(市、区)", "县（市、区）", "县区",
               "所在县区", "所属区县", "属地", "所在区（县）"),
    "industry": ("所属行业", "行业", "行业类别", "所属行业（大类）", "国民经济行业",
                 "行业代码及名称"),
    "level": ("能力成熟度自评等级", "成熟度等级", "智能制造能力成熟度等级", "ＣＭＭＭ等级",
              "自评等级", "智能制造能力成熟度自评等级（级）"),
    "assessed": ("自评时间", "自评日期", "成熟度自评时间", "自评时间（年月日）", "自评完成时间"),
    "aspects": ("覆盖环节", "覆盖业务环节", "业务环节", "覆盖环节（可多选）", "涉及环节"),
    "decided": ("认定日期", "认定时间", "认定日期（年-月-日）", "评定日期", "认定年月日"),
    "contact": ("联系人", "企业联系人", "联系人姓名", "联络人"),
    "phone": ("联系电话", "手机号码", "联系方式", "电 话", "联系电话（手机）", "联系人电话"),
    "remark": ("备注", "说明", "备 注", "备注（可不填）"),
}  # fmt: skip
OTHERS = ("企业规模", "年产值（万元）", "文号", "传真", "是否上市", "职工人数", "场景数量")
COUNTIES = {"长安区": "130102", "桥西区": "130104", "裕华区": "130108",
            "藁城区": "130109", "鹿泉区": "130110", "正定县": "130123",
            "平山县": "130131", "赵县": "130133"}  # fmt: skip
ELSEWHERE = ("路北区", "丛台区", "唐山市路北区", "武安市", "朝阳区", "迁西县")
INDUSTRIES = {"27": "医药制造业", "30": "非金属矿物制品业", "33": "金属制品业",
              "34": "通用设备制造业", "36": "汽车制造业", "39": "计算机、通信和其他电子设备制造业",
              "3311": "金属结构制造"}  # fmt: skip
ASPECTS = {"product": "产品设计", "production": "生产作业", "supply": "供应链管理",
           "operation": "运营管理"}  # fmt: skip
NUMERALS = "一二三四五"
FORMS = ("xlsx",) * 6 + ("csv", "gb18030", "xls", "xls")


@dataclass
class Made:
    """A file, where it must be reported, and what its rows mean."""

    data: bytes
    name: str
    fault: str
    wrong: set = field(default_factory=set)
    rows: dict = field(default_factory=dict)


def credit_code(chance):
    """GB 32100: two check characters, the ninth of the organisation's code and the last."""
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    body = "".join(chance.choice("0123456789") for _ in range(8))
    total = sum(w * int(c) for w, c in zip((3, 7, 9, 10, 5, 8, 4, 2), body, strict=True))
    ninth = {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))
    first = f"91{chance.choice(('130102', '130123', '130109'))}{body}{ninth}"
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    weights = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
    total = sum(w * signs.index(c) for w, c in zip(weights, first, strict=True))
    assert set(first) <= set(letters)
    return first + signs[(31 - total % 31) % 31]


def truth(chance, number):
    """What one row means."""
    assessed = date(2026, 1, 1) + timedelta(days=chance.randrange(90))
    called = chance.choice(("晟启电子", "新砥装备", "瑞拓精密", "恒砺新材"))
    return {
        "firm": f"石家庄{called}{number}有限公司",
        "code": credit_code(chance),
        "factory": f"{chance.choice(('轮毂', '变压器', '减速机'))}智能工厂",
        "county": chance.choice(list(COUNTIES.values())),
        "industry": chance.choice(list(INDUSTRIES)),
        "level": chance.randrange(1, 6),
        "assessed": assessed,
        "aspects": tuple(sorted(chance.sample(list(ASPECTS), chance.randrange(1, 3)))),
        "decided": assessed + timedelta(days=20),
        "contact": "张经理",
        "phone": chance.choice(("13800000000", "0311-87654321", "15900000001")),
        "remark": chance.choice((None, None, "已公示", "说明：分两期建设")),
    }


def _spaced(text, chance):
    return chance.choice((text, text, text, f" {text}", f"{text}\u3000"))


def _wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" < c < "~" else c for c in text)


def written(key, value, chance, typed):
    """One of the ways in which people write a value; ``typed`` where cells have types."""
    if value is None:
        return None
    choose = chance.choice
    if key in ("assessed", "decided"):
        iso, dotted = value.isoformat(), f"{value.year}.{value.month}.{value.day}"
        texts = [iso, dotted, f"{value.year}年{value.month}月{value.day}日", f"{value:%Y/%m/%d}",
                 f"{value:%Y%m%d}", _spaced(iso, chance), _wide(dotted)]  # fmt: skip
        serial = (value - date(1899, 12, 30)).days
        return choose([value] * 8 + [*texts, int(f"{value:%Y%m%d}"), serial] if typed else texts)
    if key == "code":
        return choose((value, value, value.lower(), _spaced(value, chance), _wide(value),
                       f"{value[:8]} {value[8:]}", f"'{value}"))  # fmt: skip
    if key == "county":
        name = next(n for n, code in COUNTIES.items() if code == value)
        return choose((name, name, f"石家庄市{name}", f"河北省石家庄市{name}", f"石家庄{name}",
                       _spaced(name, chance), f"石家庄市 {name}"))  # fmt: skip
    if key == "industry":
        name = INDUSTRIES[value]
        ways = [f"C{value} {name}", f"C{value}{name}", value, f"C{value}", name, f"{value} {name}",
                f"{name}（C{value}）", f"（{value}）{name}", f"c{value}　{name}"]  # fmt: skip
        return choose([*ways, int(value)] if typed else ways)
    if key == "level":
        numeral = NUMERALS[value - 1]
        ways = [f"{numeral}级", f"{numeral}级", f"{value}级", f"CMMM{numeral}级", str(value),
                numeral, f"{'ⅠⅡⅢⅣⅤ'[value - 1]}级", f"成熟度{numeral}级",
                _wide(f"{value}级")]  # fmt: skip
        return choose([*ways, value] if typed else ways)
    if key == "aspects":
        names = [ASPECTS[one] for one in value]
        return choose(("、", "，", ";", "/", " ", "\n" if typed else "、")).join(names)
    if key == "phone":
        mobile = value.isdigit()
        ways = [value, value, _spaced(value, chance), _wide(value)]
        ways += [f"{value[:3]} {value[3:7]} {value[7:]}"] if mobile else [value.replace("-", "—")]
        return choose([*ways, int(value)] if typed and mobile else ways)
    return choose((value, value, value, _spaced(value, chance)))


def _other_sign(code, place):
    return f"{code[:place]}{'1' if code[place] != '1' else '2'}{code[place + 1 :]}"


_NO_INDUSTRY = ("99", "飞毯制造业", "C制造业", "制造业")
_NO_LEVEL = ("六级", "二级及以上", "良好", "0", "2.5", "一二级", "二级、三级")
_NO_DAY = ("2026-02-30", "2026年4月31日", "20260231", "2026/2/29", "2026.02.30")
_DOUBTFUL = ("3/5/2026", "26.3.5", "三月五日", "近期", "2026-03-05至2026-03-09")
_NO_NUMBER = ("1380000000", "87654321", "138000000000")

FAULTS = {
    "wrong last sign": ("code", lambda v, c: _other_sign(v, 17)),
    "wrong digit": ("code", lambda v, c: _other_sign(v, 10)),
    "too short": ("code", lambda v, c: v[:17]),
    "too long": ("code", lambda v, c: f"{v}0"),
    "letter O": ("code", lambda v, c: f"{v[:9]}O{v[10:]}"),
    "rounded to text": ("code", lambda v, c: "9.11301E+17"),
    "rounded number": ("code", lambda v, c: 911301025908301690),
    "no code": ("code", lambda v, c: None),
    "code that is a word": ("code", lambda v, c: "办理中"),
    "no firm": ("firm", lambda v, c: c.choice((None, "", "  ", "—"))),
    "firm that is a number": ("firm", lambda v, c: "12"),
    "no factory": ("factory", lambda v, c: None),
    "factory too long": ("factory", lambda v, c: "很" * 130),
    "no county": ("county", lambda v, c: None),
    "county of another city": ("county", lambda v, c: c.choice(ELSEWHERE)),
    "no such county": ("county", lambda v, c: c.choice(("龙门县", "开发", "石家庄市"))),
    "no industry": ("industry", lambda v, c: None),
    "code and name differ": ("industry", lambda v, c: "C34 金属制品业"),
    "no such industry": ("industry", lambda v, c: c.choice(_NO_INDUSTRY)),
    "no such level": ("level", lambda v, c: c.choice(_NO_LEVEL)),
    "no level": ("level", lambda v, c: None),
    "impossible day": ("assessed", lambda v, c: c.choice(_NO_DAY)),
    "month 13": ("decided", lambda v, c: "2026.13.5"),
    "no day": ("decided", lambda v, c: c.choice(("2026年3月", "2026.3", "2026"))),
    "doubtful day": ("assessed", lambda v, c: c.choice(_DOUBTFUL)),
    "no date": ("assessed", lambda v, c: None),
    "no such aspect": ("aspects", lambda v, c: c.choice(("销售", "生产作业、销售"))),
    "no aspect": ("aspects", lambda v, c: None),
    "telephone too short": ("phone", lambda v, c: c.choice(_NO_NUMBER)),
    "telephone that is a word": ("phone", lambda v, c: "见附件"),
    "area code without its nought": ("phone", lambda v, c: 31187654321),
    "error value": (None, lambda v, c: "#REF!"),
    "remark too long": ("remark", lambda v, c: "长" * 230),
}  # fmt: skip


class Layout:
    """How one sender lays his list out."""

    def __init__(self, chance):
        choose = chance.choice
        self.chance = chance
        self.form = choose(FORMS)
        self.typed = self.form in ("xlsx", "xls")
        self.keys = list(KEYS)
        if choose((True, False, False)):
            chance.shuffle(self.keys)
        if choose((True, False, False, False)):
            self.keys = [key for key in self.keys if key not in ("remark", "contact")]
        self.columns = [(key, choose(CAPTIONS[key])) for key in self.keys]
        for other in chance.sample(OTHERS, choose((0, 0, 0, 1, 2))):
            self.columns.insert(chance.randrange(len(self.columns) + 1), (None, other))
        self.serial = choose((True, True, True, False))
        if self.serial:
            self.columns.insert(0, ("serial", choose(("序号", "序", "编号", "No."))))
        self.tall = self.typed and choose((True, False, False, False))
        self.titles = choose((0, 1, 1, 2, 3))
        self.rows, self.merged, self.where = [], [], {}

    def write(self, meanings, fault):
        self._top()
        self._header()
        if self.chance.random() < 0.12:
            self.rows.append(["栏次" if self.serial else "甲", *range(1, len(self.columns))])
        wrong, values = self._body(meanings, fault)
        self._bottom()
        return wrong, values

    def _top(self):
        choose, width = self.chance.choice, len(self.columns)
        texts = ["石家庄市2026年第二批基础级智能工厂备案清单",
                 "填报单位：石家庄市工业和信息化局    填报日期：2026年9月28日",
                 "单位：家、万元"]  # fmt: skip
        for text in texts[: self.titles]:
            if self.typed and choose((True, False)):
                self.merged.append((len(self.rows), 0, len(self.rows), width - 1))
            self.rows.append([text])
        self.rows += [[] for _ in range(choose((0, 0, 1, 2)))]

    def _header(self):
        top = len(self.rows)
        if not self.tall:
            self.rows.append([caption for _, caption in self.columns])
            return
        above, below = [], []
        groups = {
            "firm": "企业信息",
            "code": "企业信息",
            "assessed": "自评情况",
            "level": "自评情况",
        }
        for column, (key, caption) in enumerate(self.columns):
            group = groups.get(key)
            above.append(group or caption)
            below.append(caption if group else None)
            if not group:
                self.merged.append((top, column, top + 1, column))
            elif column and above[column - 1] == group:
                above[column] = None
                left = max(c for c in range(column) if above[c] == group)
                self.merged = [area for area in self.merged if area[:2] != (top, left)]
                self.merged.append((top, left, top, column))
                above[column] = group
        seen = None
        for column, text in enumerate(above):
            if text in groups.values() and text == seen:
                above[column] = None
            seen = text
        self.rows += [above, below]

    def _body(self, meanings, fault):
        chance, wrong, values = self.chance, set(), {}
        at = chance.randrange(len(meanings)) if fault else -1
        for index, meaning in enumerate(meanings):
            if chance.random() < 0.04:
                self.rows.append([])
            if chance.random() < 0.03:
                self.rows.append([f"{NUMERALS[index % 5]}、{chance.choice(list(COUNTIES))}"])
            row = len(self.rows) + 1
            cells, known = [], {}
            for column, (key, _) in enumerate(self.columns):
                if key is None or key == "serial":
                    cells.append(index + 1 if key else chance.choice((None, 12, "有")))
                    continue
                value = written(key, meaning[key], chance, self.typed)
                if index == at and key == fault:
                    value = FAULTS[self.fault][1](meaning[key], chance)
                    wrong.add((row, column))
                else:
                    known[key] = meaning[key]
                cells.append(value)
            self.rows.append(cells)
            values[row] = known
        return wrong, values

    def _bottom(self):
        choose = self.chance.choice
        lead = [None] if self.serial and self.chance.random() < 0.3 else []
        if choose((True, False, False)):
            self.rows.append([*lead, choose(("合计", "合 计", "总计：", "共计"))])
        self.rows += [[] for _ in range(choose((0, 1, 1, 2)))]
        notes = ["填表说明：成熟度等级以智能制造评估评价公共服务平台自评结果为准。",
                 "注：1.本表一式两份；2.认定日期以文件为准。",
                 "填表人：王某某    审核人：李某某    联系电话：0311-00000000"]  # fmt: skip
        for note in notes[: choose((0, 1, 2, 3))]:
            self.rows.append([note])
        if choose((True, False, False)):
            self.rows.append(["填表人：", "王某某", None, "审核人：", "李某某"])
        if choose((True, False, False, False)):
            self.rows += [[], [None] * 6 + ["石家庄市工业和信息化局（盖章）"]]
            self.rows.append([None] * 6 + ["2026年9月28日"])

    def bytes(self):
        if self.form == "xls":
            return oldformat.write("备案清单", self.rows, self.merged)
        return self._xlsx() if self.form == "xlsx" else self._text()

    def _text(self):
        out = io.StringIO()
        sign = self.chance.choice(",,,;\t") if self.form == "csv" else ","
        csv.writer(out, delimiter=sign).writerows(self.rows)
        encoding = self.chance.choice(("utf-8", "utf-8-sig")) if self.form == "csv" else "gb18030"
        return out.getvalue().encode(encoding)

    def _xlsx(self):
        out = io.BytesIO()
        options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(out, options) as book:
            if self.chance.random() < 0.15:
                book.add_worksheet("填表须知").write_string(0, 0, "请如实填写企业名称")
            sheet = book.add_worksheet(self.chance.choice(("备案清单", "Sheet1")))
            days = [book.add_format({"num_format": one}) for one in
                    ("yyyy-mm-dd", 'yyyy"年"m"月"d"日"', "yyyy/m/d", 14, 31)]  # fmt: skip
            for area in self.merged:
                sheet.merge_range(*area, "")
            for row, cells in enumerate(self.rows):
                for column, value in enumerate(cells):
                    if isinstance(value, date):
                        sheet.write_datetime(row, column, value, self.chance.choice(days))
                    elif isinstance(value, str) and value:
                        sheet.write_string(row, column, value)
                    elif value not in (None, ""):
                        sheet.write_number(row, column, value)
        return out.getvalue()


def make(seed, faulty=True):
    """The file of a seed: the same for ever."""
    chance = random.Random(seed)
    layout = Layout(chance)
    names = [name for name, (key, _) in FAULTS.items() if key is None or key in layout.keys]
    if not layout.typed:
        names = [name for name in names if name not in ("rounded number",)]
    layout.fault = chance.choice(names) if faulty else ""
    key = FAULTS[layout.fault][0] if faulty else None
    if faulty and key is None:
        key = chance.choice(layout.keys)
    meanings = [truth(chance, number) for number in range(chance.randrange(3, 14))]
    wrong, values = layout.write(meanings, key)
    ending = layout.form if layout.typed else "csv"
    return Made(
        layout.bytes(),
        f"名单{seed}.{ending}",
        layout.fault,
        {f"{_letters(column)}{row}" for row, column in wrong},
        values,
    )


def _letters(column):
    return chr(65 + column) if column < 26 else chr(64 + column // 26) + chr(65 + column % 26)
