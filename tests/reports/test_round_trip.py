"""Lists that go out and come back: unchanged they say nothing new, edited only the edits."""

from datetime import date
from io import BytesIO

import openpyxl
import pytest
from django.core.files.base import ContentFile
from django.http import QueryDict

from registry import enterprises
from registry.listing import Asking, found
from registry.listings import ENTERPRISES, FACTORIES
from registry.models import Enterprise, Industry
from registry.workbook import writing
from reports import exports, intake, layouts
from tests import build, sheets
from tiers import filing
from tiers.listings import FILING_ENTRIES, FORMER_TITLES
from tiers.listings.firms import EXPERTS, HONOURS

AT = build.DAY


def taken_out(listing, user, form="xlsx", renamed=(), first=""):
    """The whole list of this person, with every column it has, as a file."""
    asked = found(listing, Asking(user, AT, QueryDict()))
    said = dict(renamed)
    headings = [
        writing.Heading(said.get(one.key, one.caption), one.kind, one.total)
        for one in listing.columns
    ]
    rows = listing.related(asked.filterset.qs).order_by("pk")
    dressed = listing.dress(list(rows), user, AT.date())
    cells = [[column.value(row) for column in listing.columns] for row in dressed]
    cells.sort(key=lambda row: first not in row)
    target = BytesIO()
    if form == "xlsx":
        writing.write_xlsx(target, headings, cells, writing.About(listing.title))
    else:
        writing.write_csv(target, headings, cells, form)
    return target.getvalue()


def edited(content, caption, row, value):
    """The file after somebody has written into one cell."""
    book = openpyxl.load_workbook(BytesIO(content))
    sheet = book.worksheets[0]
    column = next(cell.column for cell in sheet[1] if cell.value == caption)
    sheet.cell(row, column, value)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def brought_back(content, key, user, name="清单.xlsx"):
    kind = intake.KINDS[key]
    given = {ask.key: "" if not ask.required else "工信〔2020〕1号" for ask in kind.asks}
    file = ContentFile(content, name)
    batch = intake.upload(kind, file, name=name, given=given, by=user, at=AT)
    assert batch.layout["unsure"] == []
    return batch


def edits(batch):
    rows = batch.rows.exclude(outcome="same").order_by("number")
    return [(row.number, row.outcome, row.changes or row.faults) for row in rows]


@pytest.fixture
def register(province_officer, changan, tangshan, dingzhou):
    """Firms in three places with what makes a list difficult: two factories, two bearing one name,
    a change of name, a firm that is no more, names that look like formulas.
    """
    for office in (changan, tangshan, dingzhou):
        factory = build.factory_at(office, name="=二厂")
        facts = enterprises.facts_of(factory.enterprise) | {
            "address": "+1号路（东）", "size": "small", "above_scale": True,
        }  # fmt: skip
        enterprises.update(factory.enterprise, **facts, by=province_officer, at=AT)
        build.factory_at(office, enterprise=factory.enterprise)
    firm = Enterprise.objects.order_by("pk").first()
    enterprises.rename(firm, "河北新名集团有限公司", document="通知书", by=province_officer, at=AT)
    # A name that two industries bear.
    twice = Industry.objects.get(code="3032")
    assert Industry.objects.filter(name=twice.name).count() == 2
    enterprises.update(
        firm, **enterprises.facts_of(firm) | {"industry": twice}, by=province_officer, at=AT
    )
    Enterprise.objects.filter(pk=build.enterprise_at(tangshan).pk).update(closed_on=AT.date())
    build.honour_of(firm.factories.first(), "lighthouse")
    build.honour_of(firm.factories.first(), "national-demonstration-factory", named=False)
    lost = build.honour_of(firm.factories.last(), "lighthouse")
    enterprises.withdraw_honour(
        lost,
        reason="不符",
        document_no="〔2026〕9号",
        withdrawn_on=AT.date(),
        by=province_officer,
        at=AT,
    )
    build.expert(fields=("34", "39"), consulted=({"name": "某厂", "year": 2025},))
    build.expert(division=changan.divisions.first())


@pytest.mark.parametrize(
    ("listing", "key", "caption", "value", "words"),
    [
        (ENTERPRISES, "enterprises", "规模", "中型", ["企业规模", "小型", "中型"]),
        (FACTORIES, "enterprises", "主要产品", "轴承", ["主要产品", "未填写", "轴承"]),
        (HONOURS, "honours", "说明", "首批", ["说明", "未填写", "首批"]),
        (EXPERTS, "experts", "职称或职务", "教授", ["职称或职务", "未填写", "教授"]),
    ],
)
def test_list_comes_back_unchanged_and_with_its_edits_only(
    register, province_officer, listing, key, caption, value, words
):
    content = taken_out(listing, province_officer)
    batch = brought_back(content, key, province_officer)
    assert edits(batch) == []
    assert batch.counts["same"] == batch.total > 1
    intake.drop(batch, by=province_officer, at=AT)
    for form in ("utf-8-sig", "gb18030"):
        text = brought_back(taken_out(listing, province_officer, form), key, province_officer,
                            f"{form}.csv")  # fmt: skip
        assert edits(text) == []
    changed = brought_back(edited(content, caption, 2, value), key, province_officer)
    assert edits(changed) == [(2, "changed", [words])]


def test_former_titles_come_back_unchanged_and_with_their_edits_only(world):
    officer = build.officer(build.authority("340000"))
    build.holder()
    build.honour_of(build.holder().factory, build.FORMER, awarded_on=date(2025, 2, 10), named=False)
    content = taken_out(FORMER_TITLES, officer)

    batch = brought_back(content, "former-titles", officer)
    assert edits(batch) == []
    assert batch.counts["same"] == batch.total == 3
    changed = brought_back(edited(content, "说明", 2, "首批"), "former-titles", officer)
    assert edits(changed) == [(2, "changed", [["说明", "未填写", "首批"]])]


@pytest.fixture
def filed(city_officer, changan, province_officer):
    """A draft with a title of a case, one of a list with parts named, one of papers that name none,
    and one whose factory has been renamed since.
    """
    build.certified(build.factory_at(changan))
    filing.collect(city_officer.authority, by=city_officer, at=AT)
    sheets.batch_of(city_officer, [sheets.line(3, parts="运营管理、生产作业")], way="all")
    build.draft_list()
    late = build.title(build.factory_at(changan, name="老厂"), on=AT.date())
    filing.collect(city_officer.authority, by=city_officer, at=AT)
    build.renamed(late.factory, "新厂")
    return city_officer


def test_filing_list_comes_back_unchanged_whatever_its_titles_rest_on(filed):
    content = taken_out(FILING_ENTRIES, filed)
    batch = brought_back(content, "filing", filed)

    assert edits(batch) == []
    assert batch.counts["same"] == batch.total == 4
    texts = brought_back(taken_out(FILING_ENTRIES, filed, "gb18030"), "filing", filed, "清单.csv")
    assert edits(texts) == []


@pytest.mark.parametrize(
    ("caption", "value", "outcome", "words"),
    [
        ("覆盖环节", "生产作业", "changed", ["覆盖环节", "生产作业、运营管理", "生产作业"]),
        ("能力成熟度自评等级", "三级", "changed", ["成熟度", "2", "3"]),
        ("认定日期", "2026-02-01", "changed", ["认定日期", "2026-01-28", "2026-02-01"]),
        ("工厂名称", "别的厂", "conflict", ["工厂名称", "减速机第3智能工厂", "别的厂"]),
    ],
)
def test_edited_cell_of_a_filing_list_is_its_only_change(filed, caption, value, outcome, words):
    content = taken_out(FILING_ENTRIES, filed, first="减速机第3智能工厂")
    batch = brought_back(edited(content, caption, 2, value), "filing", filed)

    (line,) = batch.rows.exclude(outcome="same")
    assert (line.number, line.outcome, line.changes) == (2, outcome, [words])
    if outcome == "changed":
        intake.order(batch, "all", seen=batch.version, by=filed, at=AT)
        again = edited(taken_out(FILING_ENTRIES, filed), "退回意见", 2, "看过")
        assert edits(brought_back(again, "filing", filed)) == []


def test_captions_that_an_office_exports_under_are_understood(register, province_officer, hebei):
    renamed = [("name", "甲方抬头"), ("size", "体量"), ("factories", "下属厂数")]
    content = taken_out(ENTERPRISES, province_officer, renamed=renamed)
    kind = intake.KINDS["enterprises"]
    unknown = intake.upload(
        kind, ContentFile(content, "表.xlsx"), name="表.xlsx", given={}, by=province_officer, at=AT
    )
    assert {"name", "size"} & set(unknown.layout["mapping"]) == set()
    intake.drop(unknown, by=province_officer, at=AT)

    layouts.save(ENTERPRISES, "报部格式", renamed, by=province_officer, at=AT)

    batch = brought_back(content, "enterprises", province_officer)
    assert edits(batch) == []
    assert {"name", "size"} <= set(batch.layout["mapping"])
    assert batch.counts["same"] == batch.total > 1


def test_summary_table_comes_back_unchanged_and_with_its_differences(province_officer, hebei):
    build.title(build.factory_at(build.authority("130102")), on=date(2026, 3, 2))
    one = build.summary_of(hebei)
    made = exports.take_out("summary", one.pk, by=province_officer, at=build.SUMMED)
    with made.file.open("rb") as kept:
        content = kept.read()
    assert edits(brought_back(content, "summaries", province_officer)) == []
    caption = openpyxl.load_workbook(BytesIO(content)).worksheets[0]["C1"].value
    batch = brought_back(edited(content, caption, 2, 9), "summaries", province_officer)
    (row,) = batch.rows.exclude(outcome="same")
    assert (row.number, row.outcome, [one["address"] for one in row.faults]) == (
        2,
        "conflict",
        ["C2"],
    )
