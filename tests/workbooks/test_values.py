"""What a cell means, and what is wrong with it: one line for each way of writing."""

from datetime import date
from decimal import Decimal

import pytest

from registry.creditcode import complete
from registry.models import Authority
from registry.workbook import values
from registry.workbook.codelists import Codes
from registry.workbook.shapes import Field, Kind
from registry.workbook.values import READERS, Wrong
from tests.workbooks.filing_list import ASPECTS

CODE = complete("9113010200000001")


def read(kind, value, **more):
    return READERS[kind](value, Field("x", "列", kind, **more))[0]


@pytest.mark.parametrize(
    ("kind", "value", "meant"),
    [
        (Kind.LEVEL, "二级", 2),
        (Kind.LEVEL, "2级", 2),
        (Kind.LEVEL, "CMMM二级", 2),
        (Kind.LEVEL, 2, 2),
        (Kind.LEVEL, "Ⅱ级", 2),
        (Kind.LEVEL, "二级（规范级）", 2),
        (Kind.LEVEL, "智能制造能力成熟度三级", 3),
        (Kind.LEVEL, "Level 4", 4),
        (Kind.DATE, "2026年3月5日", date(2026, 3, 5)),
        (Kind.DATE, "2026.3.5", date(2026, 3, 5)),
        (Kind.DATE, "2026/3/5", date(2026, 3, 5)),
        (Kind.DATE, "2026-03-05 00:00:00", date(2026, 3, 5)),
        (Kind.DATE, "二〇二六年三月五日", date(2026, 3, 5)),
        (Kind.DATE, "二零二六年十二月三十一日", date(2026, 12, 31)),
        (Kind.DATE, 20260305, date(2026, 3, 5)),
        (Kind.DATE, 46086, date(2026, 3, 5)),
        (Kind.DATE, date(2026, 3, 5), date(2026, 3, 5)),
        (Kind.CODE, f" {CODE.lower()}\u3000", CODE),
        (Kind.PHONE, 13800000000, "13800000000"),
        (Kind.PHONE, "（0311）87654321", "0311-87654321"),
        (Kind.PHONE, "13800000000、0311-87654321", "13800000000"),
        (Kind.NUMBER, "1,234.50", Decimal("1234.50")),
        (Kind.NUMBER, "\uff11\uff12\uff13\uff14", Decimal("1234")),
        (Kind.NUMBER, 0.1, Decimal("0.1")),
        (Kind.WHOLE, "12", 12),
        (Kind.PERCENT, "12.5%", Decimal("12.5")),
        (Kind.YEAR, "2026年度", 2026),
        (Kind.YESNO, "√", True),
        (Kind.NAME, "甲 乙(集团)有限公司 ", "甲乙（集团）有限公司"),
        (Kind.TEXT, 5, "5"),
        (Kind.EMAIL, "a@example.cn ", "a@example.cn"),
    ],
)
def test_value_is_read(kind, value, meant):
    assert read(kind, value) == meant


@pytest.mark.parametrize(
    ("kind", "value", "sentence"),
    [
        (Kind.LEVEL, "二级及以上", "不是成熟度等级"),
        (Kind.LEVEL, "2.5", "不是成熟度等级"),
        (Kind.LEVEL, "三级（规范级）", "不是成熟度等级"),
        (Kind.DATE, "2026-02-30", "2 月只有 28 天"),
        (Kind.DATE, "2026年3月", "没有写明哪一天"),
        (Kind.DATE, 2026.3, "没有写明哪一天"),
        (Kind.DATE, "3/5/2026", "不是能确定的日期"),
        (Kind.CODE, 9.113010259083017e17, "约数"),
        (Kind.CODE, "9.11302E+17", "约数"),
        (Kind.CODE, "911302000000000000", "校验不符.*可能被 Excel"),
        (Kind.CODE, CODE[:17], "应为 18 位"),
        (Kind.PHONE, 31187654321, "开头的 0 丢了"),
        (Kind.NUMBER, "约 5", "不是数字"),
        (Kind.WHOLE, "1.5", "不是整数"),
        (Kind.YEAR, "26", "四位数字"),
        (Kind.YESNO, "也许", "“是”或“否”"),
    ],
)
def test_doubtful_value_is_a_fault_with_its_cure(kind, value, sentence):
    with pytest.raises(Wrong, match=sentence):
        read(kind, value)


def test_choices_in_one_cell():
    assert read(Kind.CHOICES, "生产作业；运营管理", choices=ASPECTS) == ("production", "operation")
    assert read(Kind.CHOICES, "1.产品设计 2.生产作业", choices=ASPECTS) == (
        "product",
        "production",
    )
    with pytest.raises(Wrong, match="“销售”不在可选范围内，应为“产品设计”、“生产作业”"):
        read(Kind.CHOICES, "生产作业、销售", choices=ASPECTS)


def test_numbers_of_1904_count_from_there():
    field = Field("x", "日期", Kind.DATE)
    assert values.day(44624, field, date(1904, 1, 1))[0] == date(2026, 3, 5)


@pytest.fixture
def codes(world):
    return lambda place: Codes(Authority.objects.get(code=place))


@pytest.mark.parametrize(
    ("place", "written", "meant"),
    [
        ("130100", "石家庄市长安区", "130102"),
        ("130100", "长安", "130102"),
        ("130100", "河北省 石家庄市/长安区", "130102"),
        ("130100", "高新区", "130171"),
        ("130100", "石家庄高新区", "130171"),
        ("130000", "石家庄桥西区", "130104"),
        ("130000", "青龙县", "130321"),
        ("130102", "长安区", "130102"),
    ],
)
def test_county_is_known_by_long_and_short_names(codes, place, written, meant):
    field = Field("x", "所属县（市、区）", Kind.COUNTY)
    assert codes(place).places.read(written, field)[0] == meant


@pytest.mark.parametrize(
    ("place", "written", "sentence"),
    [
        ("130100", "路北区", "属于唐山市，不在石家庄市"),
        ("130100", "朝阳区", "属于北京市|属于.*不在石家庄市"),
        ("130000", "桥西区", "有 2 处，请写明是“石家庄市桥西区”"),
        ("130100", "石家庄市", "没有写到县"),
        ("130100", "正订县", "是不是“正定县”"),
        ("130100", "定州市", "不在石家庄市"),
    ],
)
def test_doubtful_county_is_a_fault_with_its_cure(codes, place, written, sentence):
    field = Field("x", "所属县（市、区）", Kind.COUNTY)
    with pytest.raises(Wrong, match=sentence):
        codes(place).places.read(written, field)


def test_industry_by_code_by_name_and_by_both(codes):
    field = Field("x", "所属行业", Kind.INDUSTRY)
    industries = codes("130100").industries
    for written in (
        "C33 金属制品业",
        "33",
        33,
        "金属制品业",
        "金属制品业（C33）",
        "制造业/金属制品业",
    ):
        assert industries.read(written, field) == ("33", "C33 金属制品业")
    assert industries.read(6, field)[0] == "06"
    with pytest.raises(Wrong, match="代码 34 是“通用设备制造业”"):
        industries.read("C34 金属制品业", field)
    with pytest.raises(Wrong, match="只到门类"):
        industries.read("制造业", field)
