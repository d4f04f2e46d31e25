"""Workbooks of firms, honours, experts and summaries: what each row would do, done, undone."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse

from registry import enterprises
from registry.access import Seat
from registry.audit import history
from registry.intake import DOING, Sent
from registry.models import Enterprise, Factory, Honour, User
from registry.workbook.layout import lay_out
from registry.workbook.shapes import Grid, Sheet
from reports import intake
from reports.intake.lists import ENTERPRISES, EXPERTS, FORMER_TITLES, HONOURS, SUMMARIES
from tests import build
from tiers import derivation, experts, rereview
from tiers.models import Expert

AT, ON = build.DAY, build.DAY.date()
ROLL = ["企业名称", "统一社会信用代码", "县（市、区）", "注册地址", "规模", "工厂名称"]


class Office:
    """Somebody who sends workbooks of one kind."""

    def __init__(self, kind, by, at=AT, **given):
        self.kind, self.by = kind, by
        self.sent = Sent(by.authority, by, at, given=given, batch=7)

    def check(self, captions, *rows):
        sheet = Sheet("名单", [["某某名单"], captions, *rows])
        grid = Grid("名单.xlsx", "xlsx", (sheet,))
        table = lay_out(grid, self.kind.fields(self.by), place=self.by.authority)
        assert table.settled, (table.unsure, table.missing)
        self.verdicts = self.kind.check(table, self.sent)
        return [one.outcome.value for one in self.verdicts]

    def faults(self):
        return {one.address: one.sentence for row in self.verdicts for one in row.faults}

    def apply(self):
        wanted = [one for one in self.verdicts if one.outcome in DOING]
        self.made = list(self.kind.apply(wanted, self.sent).values())

    def undo(self):
        self.kind.undo(self.made, self.sent)


# --- firms and factories ----------------------------------------


@pytest.fixture
def roll(city_officer):
    return Office(ENTERPRISES, city_officer)


def new_rows():
    code, other = build.credit_code(), build.credit_code()
    return [
        ["石家庄甲泵业有限公司", code, "长安区", "建设大街1号", "中型", "一分厂"],
        ["石家庄甲泵业有限公司", code, "长安区", "建设大街1号", "中型", "二分厂"],
        ["石家庄乙阀门有限公司", other, "石家庄市桥西区", "", "小", ""],
    ]


def test_roll_enters_what_is_new_and_says_the_same_of_it_afterwards(roll):
    rows = new_rows()
    assert roll.check(ROLL, *rows) == ["new", "new", "new"]
    assert [one.effects for one in roll.verdicts] == [
        ["登记企业", "登记工厂"],
        ["登记工厂"],
        ["登记企业"],
    ]
    roll.apply()
    first, second = Enterprise.objects.filter(credit_code__in=[rows[0][1], rows[2][1]])
    assert (first.size, first.authority.code, first.address) == ("medium", "130102", "建设大街1号")
    assert sorted(first.factories.values_list("name", flat=True)) == ["一分厂", "二分厂"]
    assert second.factories.count() == 0
    assert history(first).get().data["batch"] == 7
    assert roll.check(ROLL, *rows) == ["same", "same", "same"]


def test_roll_changes_only_what_is_filled_in_and_gives_it_back(roll, changan):
    factory = build.factory_at(changan)
    firm = factory.enterprise
    row = [firm.name, firm.credit_code, "", "新地址9号", "", factory.name]
    assert roll.check(ROLL, row) == ["changed"]
    assert roll.verdicts[0].changes == [("注册地址", "未填写", "新地址9号")]
    roll.apply()
    firm.refresh_from_db()
    assert (firm.address, firm.seat_id) == ("新地址9号", "130102")
    roll.undo()
    firm.refresh_from_db()
    assert firm.address == ""


def test_roll_says_what_is_wrong_in_which_cell(roll, changan, tangshan):
    known = build.enterprise_at(changan)
    renamed = build.enterprise_at(changan)
    old = renamed.name
    enterprises.rename(
        renamed, "石家庄新名有限公司", document="变更通知书", by=build.officer_of(changan), at=AT
    )
    far = build.enterprise_at(tangshan)
    here, twice = build.credit_code(), build.credit_code()
    outcomes = roll.check(
        ROLL,
        ["错码有限责任公司", "91130102MA0000000X", "长安区", "", "", ""],
        ["另一个名字有限公司", known.credit_code, "", "", "", ""],
        [old, renamed.credit_code, "", "", "", ""],
        [far.name, far.credit_code, "", "", "", ""],
        ["没有地方有限公司", here, "", "", "", "一厂"],
        ["别处建厂有限公司", build.credit_code(), "唐山市路南区", "", "", ""],
        ["石家庄双份有限公司", twice, "长安区", "", "", "一厂"],
        ["石家庄双份有限公司", twice, "长安区", "", "", "一厂"],
        ["石家庄规模有限公司", build.credit_code(), "长安区", "", "巨型", ""],
    )
    faulty, clash = "faulty", "conflict"
    assert outcomes == [faulty, clash, clash, clash, faulty, faulty, "new", faulty, faulty]
    said = roll.faults()
    assert "更名" in said["A4"]
    assert "曾用名" in said["A5"]
    assert "不归本部门管辖" in said["B6"]
    assert "新登记的企业没有注册地" in said["C7"]
    assert "注册地不归本部门管辖" in said["C8"]
    assert said["B10"] == "这座工厂在第 9 行已列过。删去重复的一行"
    assert {"B3", "E11"} < set(said)


def test_roll_puts_a_further_factory_at_the_seat_of_its_firm(roll, changan):
    firm = build.enterprise_at(changan)
    row = ["另一个名字有限公司", firm.credit_code, "", "", "", "三厂"]
    assert roll.check(ROLL, [firm.name, *row[1:5], "二厂"], row) == ["new", "conflict"]
    assert [fault.address for fault in roll.verdicts[1].faults] == ["A4"]
    assert roll.kind.outlook(roll.verdicts, roll.sent) == ["新登记企业 0 家、工厂 1 座"]
    roll.apply()
    assert firm.factories.get().division == firm.seat


def test_roll_is_undone_while_nothing_rests_on_it(roll):
    roll.check(ROLL, *new_rows())
    roll.apply()
    assert roll.kind.holds(roll.made, roll.sent) == []
    factory = Factory.objects.get(name="一分厂")
    honour = build.honour_of(factory, "lighthouse")
    assert roll.kind.holds(roll.made, roll.sent) == [
        "导入的工厂已有既有称号 1 条，须先办结或撤销",
        "导入的企业已有既有称号 1 条，须先办结或撤销",
    ]
    with pytest.raises(ValidationError, match="既有称号 1 条"):
        roll.undo()
    honour.delete()
    roll.undo()
    assert not Enterprise.objects.filter(name__contains="石家庄甲泵业").exists()
    assert not Factory.objects.filter(pk=factory.pk).exists()
    assert history(factory).first().verb == "factory.withdraw"


def test_roll_stays_where_a_fact_was_changed_again(roll, changan):
    firm = build.enterprise_at(changan)
    roll.check(ROLL, [firm.name, firm.credit_code, "", "新地址9号", "", ""])
    roll.apply()
    facts = enterprises.facts_of(firm) | {"address": "又一处"}
    enterprises.update(firm, **facts, by=build.officer_of(changan), at=AT)
    with pytest.raises(ValidationError, match="在导入后又有修改"):
        roll.undo()


# --- honours ----------------------------------------

HEADS = ["企业", "信用代码", "工厂", "称号", "文号", "授予日期", "说明"]


def of(factory, *rest):
    return [factory.enterprise.name, factory.enterprise.credit_code, factory.name, *rest]


def test_honours_are_recorded_verified_corrected_and_given_back(province_officer, changan):
    factory = build.factory_at(changan)
    staff = build.staff_of(factory.enterprise)
    said = build.honour_of(factory, "lighthouse", by=staff)
    office = Office(HONOURS, province_officer)
    rows = [
        of(factory, "灯塔工厂（世界经济论坛）", said.document_no, date(2026, 2, 11), ""),
        of(factory, "智能制造示范工厂（2021—2023年）", "工信部〔2022〕1号", "2022.3.5", "第一批"),
    ]
    assert office.check(HEADS, *rows) == ["changed", "new"]
    assert office.verdicts[0].changes == [
        ("授予日期", "2026-02-10", "2026-02-11"),
        ("核实", "未核实", "已核实"),
    ]
    office.apply()
    made = Honour.objects.get(kind="national-demonstration-factory")
    assert (made.factory, made.verified_by, made.source) == (
        factory,
        province_officer,
        "导入批次 7 第 4 行",
    )
    assert office.check(HEADS, *rows) == ["same", "same"]
    office.undo()
    said.refresh_from_db()
    assert (said.awarded_on, said.verified_at) == (date(2026, 2, 10), None)
    assert not Honour.objects.filter(pk=made.pk).exists()


def test_honours_below_their_own_level_wait_for_their_office(county_officer, changan):
    office = Office(HONOURS, county_officer)
    factory = build.factory_at(changan)
    office.check(HEADS, of(factory, "灯塔工厂", "国〔2022〕1号", "2022-03-05", ""))
    assert office.faults().keys() == {"D3"}
    row = of(factory, "灯塔工厂（世界经济论坛）", "国〔2022〕1号", "2022-03-05", "")
    assert office.check(HEADS, row) == ["new"]
    office.apply()
    assert Honour.objects.get().verified_at is None


def test_honours_say_what_is_wrong_in_which_cell(city_officer, changan):
    factory = build.factory_at(changan)
    row = of(factory, "灯塔工厂（世界经济论坛）", "国〔2022〕1号", "2022-03-05", "")
    office = Office(HONOURS, city_officer)
    stranger = ["没有登记有限公司", build.credit_code(), *row[2:]]
    outcomes = office.check(
        HEADS, row, row, stranger, [*row[:2], "三厂", *row[3:]], [*row[:4], "", "2030-1-1", ""]
    )
    assert outcomes == ["new", "faulty", "faulty", "faulty", "faulty"]
    said = office.faults()
    assert "第 3 行已列过" in said["B4"]
    assert "没有登记这家企业" in said["B5"]
    assert f"企业名下：{factory.name}" in said["C6"]
    assert {"E7", "F7"} < set(said)


def test_honour_on_which_a_tier_rests_keeps_its_date_and_its_list(world):
    factory = build.factory_at(build.authority("230102"))
    build.locked_assessment(factory)
    office = Office(HONOURS, build.officer(build.authority("230000")))
    row = of(factory, "黑龙江省基础级数字化车间", "黑工信〔2026〕1号", "2026-02-10", "")
    assert office.check(HEADS, row) == ["new"]
    office.apply()
    assert derivation.derive(on=ON, at=AT) == 1
    with pytest.raises(ValidationError, match="导入的称号已有认定结果 1 条"):
        office.undo()
    assert office.check(HEADS, [*row[:5], "2026-02-11", ""]) == ["conflict"]
    assert "已据此办理认定" in office.faults()["F3"]


# --- former titles of a re-review ----------------------------------------

FORMER = ["企业名称", "信用代码", "工厂名称", "县（市、区）"]


@pytest.fixture
def former(world):
    officer = build.officer(build.authority("340000"), username="province-former")
    given = {"source": "2023年名单公告", "document_no": "〔2023〕8号", "awarded_on": "2023-12-29"}
    return Office(FORMER_TITLES, officer, **given)


def test_former_titles_enter_their_firms_and_stand_in_the_campaign(former):
    known = build.factory_at(build.authority("340104"))
    rows = [
        ["合肥旧称号有限公司", build.credit_code("340104"), "智能工厂一", "合肥市蜀山区"],
        [known.enterprise.name, known.enterprise.credit_code, known.name, ""],
    ]
    assert former.check(FORMER, *rows) == ["new", "new"]
    assert former.verdicts[0].effects == ["登记企业", "登记工厂", "登记称号并核实"]
    assert former.kind.outlook(former.verdicts, former.sent) == [
        "登记称号 2 项，其中 2 项即为已核实",
        "新登记企业 1 家、工厂 1 座",
    ]
    former.apply()
    made = Honour.objects.get(enterprise__name="合肥旧称号有限公司")
    assert (made.kind, made.awarded_on, made.document_no, made.source, bool(made.verified_at)) == (
        build.FORMER,
        date(2023, 12, 29),
        "〔2023〕8号",
        "2023年名单公告，导入批次 7 第 3 行",
        True,
    )
    assert former.check(FORMER, *rows) == ["same", "same"]
    campaign = build.campaign()
    assert {row.honour for row in rereview.table(campaign, on=ON).rows} == set(Honour.objects.all())
    said = former.kind.holds(former.made, former.sent)
    assert said == [f"“{campaign.title}”已把这些称号通知到企业，须先办结集中复核"]


def test_former_titles_are_undone_with_the_firms_they_brought(former):
    code = build.credit_code("340104")
    former.check(FORMER, ["合肥旧称号有限公司", code, "智能工厂一", "合肥市蜀山区"])
    former.apply()
    assert former.kind.holds(former.made, former.sent) == []
    former.undo()
    assert not Enterprise.objects.filter(credit_code=code).exists()
    assert not Honour.objects.exists()


def test_former_titles_are_for_the_office_that_reviews_them(former, province_officer):
    hefei = build.officer(build.authority("340100"))
    allowed = FORMER_TITLES.allowed
    assert [allowed(one, ON) for one in (former.by, hefei, province_officer)] == [
        True,
        False,
        False,
    ]


# --- experts ----------------------------------------

POOL = ["代号", "姓名", "手机", "工作单位", "擅长行业", "聘期开始", "聘期结束"]


def test_experts_are_entered_changed_and_given_back(province_officer):
    old = build.expert(name="赵一")
    office = Office(EXPERTS, province_officer)
    rows = [
        [old.code, "赵一", "", "另一研究院", "", "", ""],
        ["", "钱二", "13800000001", "某大学", "通用设备制造业、39 计算机、通信和其他电子设备制造业",
         "2026-01-01", "2027-12-31"],
    ]  # fmt: skip
    assert office.check(POOL, *rows) == ["changed", "new"]
    office.apply()
    fresh = Expert.objects.exclude(pk=old.pk).get()
    assert (fresh.user.name, fresh.fields, fresh.user.has_usable_password()) == (
        "钱二",
        ["34", "39"],
        False,
    )
    assert office.check(POOL, *rows) == ["same", "same"]
    office.undo()
    old.refresh_from_db()
    assert old.employer != "另一研究院"
    assert not User.objects.filter(phone="13800000001").exists()


def test_experts_say_what_is_wrong_in_which_cell(province_officer):
    office = Office(EXPERTS, province_officer)
    whole = ["", "钱二", "13800000001", "某大学", "34", "2026-01-01", "2027-12-31"]
    outcomes = office.check(
        POOL,
        whole,
        whole,
        ["Z999", *whole[1:]],
        ["", "孙三", "", "", "炼丹", "2026-01-01", "2025-12-31"],
    )
    assert outcomes == ["new", "faulty", "faulty", "faulty"]
    said = office.faults()
    assert "第 3 行已列过" in said["B4"]
    assert "没有这个代号" in said["A5"]
    assert {"D6", "E6", "G6"} < set(said)


def test_experts_who_have_begun_are_not_taken_back(province_officer):
    office = Office(EXPERTS, province_officer)
    office.check(POOL, ["", "钱二", "", "某大学", "34", "2026-01-01", "2027-12-31"])
    office.apply()
    experts.new_password(Expert.objects.get(), by=province_officer, at=AT)
    with pytest.raises(ValidationError, match="已生成初始密码或登录过"):
        office.undo()


# --- summaries ----------------------------------------


def test_summary_takes_words_and_only_compares_figures(shijiazhuang, city_officer):
    build.title(build.factory_at(build.authority("130102")), on=date(2026, 3, 2))
    one = build.summary_of(shijiazhuang)
    office = Office(SUMMARIES, city_officer, at=build.SUMMED)
    heads = ["单位", "年度", "工作开展情况", "年末在册称号：基础级（项）", "首次提交的申报"]
    outcomes = office.check(
        heads,
        ["石家庄市工业和信息化局", 2026, "开展培训三次", 5, 0],
        ["长安区", 2026, "", 1, ""],
        ["桥西区", 2026, "县里的话", 3, ""],
        ["唐山市", 2026, "", "", ""],
    )
    said = office.faults()
    assert outcomes == ["changed", "same", "conflict", "faulty"], said
    assert office.verdicts[0].effects == [
        "年末在册称号“基础级”登记 1 项，表中 5：按登记数据，不写入"
    ]
    assert {"C5", "D5", "A6"} == set(said)
    office.apply()
    one.refresh_from_db()
    assert one.texts["work"] == "开展培训三次"
    office.undo()
    one.refresh_from_db()
    assert one.texts["work"] == ""


def test_signed_summary_takes_no_words(shijiazhuang, city_officer):
    build.signed_summary(shijiazhuang)
    office = Office(SUMMARIES, city_officer, at=build.SUMMED)
    row = [shijiazhuang.name, 2026, "补写一段"]
    assert office.check(["单位", "年度", "工作开展情况"], row) == ["conflict"]
    assert "已签报" in office.faults()["C3"]


# --- who may ----------------------------------------


def test_readers_and_firms_send_nothing(roll, province_officer, staff):
    kinds = (ENTERPRISES, HONOURS, FORMER_TITLES, EXPERTS, SUMMARIES)
    reader = build.seated(province_officer, Seat.READER)
    assert not any(kind.allowed(who, ON) for kind in kinds for who in (reader, staff))
    rows = new_rows()
    roll.check(ROLL, *rows)
    build.seated(roll.by, Seat.READER)
    with pytest.raises(PermissionDenied):
        roll.apply()
    assert not Enterprise.objects.filter(credit_code=rows[0][1]).exists()


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("registry:enterprise_list", "enterprises"),
        ("tiers:derivation_list", "honours"),
        ("tiers:expert_list", "experts"),
        ("reports:summary_board", "summaries"),
    ],
)
def test_every_list_leads_to_its_intake(as_user, province_officer, hebei, place, key):
    build.summary_of(hebei)
    client = as_user(province_officer)
    address = reverse("reports:intake_new", args=[key])
    assert address in client.get(reverse(place)).content.decode()
    assert client.get(address).status_code == 200
    build.seated(province_officer, Seat.READER)
    assert address not in client.get(reverse(place)).content.decode()
    assert client.get(address).status_code == 403


def test_campaigns_lead_to_former_titles(as_user, former):
    client = as_user(former.by)
    address = reverse("reports:intake_new", args=["former-titles"])
    assert address in client.get(reverse("tiers:rereview_list")).content.decode()
    template = reverse("reports:intake_template", args=["former-titles"])
    assert template in client.get(address).content.decode()


def test_batch_of_another_office_is_not_found(as_user, city_officer, other_city_officer, changan):
    firm = build.enterprise_at(changan)
    text = f"企业名称,信用代码,注册地址\n{firm.name},{firm.credit_code},新地址\n"
    file = ContentFile(text.encode(), "名录.csv")
    batch = intake.upload(ENTERPRISES, file, name="名录.csv", given={}, by=city_officer, at=AT)
    address = reverse("reports:intake", args=[batch.pk])
    assert as_user(city_officer).get(address).status_code == 200
    assert as_user(other_city_officer).get(address).status_code == 404


def test_engine_applies_and_undoes_a_roll(city_officer, changan):
    factory = build.factory_at(changan)
    firm = factory.enterprise
    code = build.credit_code()
    text = (
        "企业名称,信用代码,县（市、区）,工厂名称,主要产品\n"
        f"{firm.name},{firm.credit_code},,{factory.name},轴承\n"
        f"石家庄新登记有限公司,{code},桥西区,一厂,阀门\n"
    )
    file = ContentFile(text.encode("gb18030"), "名录.csv")
    batch = intake.upload(ENTERPRISES, file, name="名录.csv", given={}, by=city_officer, at=AT)
    assert batch.layout["outlook"] == [
        "新登记企业 1 家、工厂 1 座",
        "更新 1 行的企业或工厂信息",
    ]
    batch = intake.order(batch, "all", seen=batch.version, by=city_officer, at=AT)
    factory.refresh_from_db()
    assert (factory.products, Factory.objects.get(enterprise__credit_code=code).products) == (
        "轴承",
        "阀门",
    )
    intake.undo(batch, seen=batch.version, by=city_officer, at=AT)
    factory.refresh_from_db()
    assert (factory.products, Enterprise.objects.filter(credit_code=code).count()) == ("", 0)
