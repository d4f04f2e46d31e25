"""The main journey over HTTP, without JavaScript: from a firm's sign-up to the end of its title."""

from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.management import call_command

from registry.models import User
from registry.policy import Tier
from tests import build
from tests.journeys.visitor import Visitor
from tiers.models import Certification

FIRM, FACTORY = "石家庄旅程机械有限公司", "旅程一号工厂"


@pytest.fixture
def clock():
    with time_machine.travel(build.moment("2026-03-02 09:00"), tick=False) as traveller:
        yield lambda text: traveller.move_to(build.moment(text))


def file_of(name="证明.pdf"):
    upload = BytesIO(build.PDF)
    upload.name = name
    return upload


def sign_up(code):
    visitor = Visitor().open("/").follow("企业注册")
    visitor.press("选择下一级", {"seat_0": "130000"})
    visitor.press("选择下一级", {"seat_1": "130100"})
    return visitor.press(
        "注册",
        {
            "seat_2": "130102",
            "credit_code": code,
            "enterprise_name": FIRM,
            "name": "张经办",
            "phone": "13800000000",
            "username": "journey-firm",
            "password": build.PASSWORD,
            "password2": build.PASSWORD,
        },
    )


def sign_in(user):
    return (
        Visitor()
        .open("/login/")
        .press("登录", {"username": user.username, "password": build.PASSWORD})
    )


def add_factory(firm):
    firm.open("/home/").follow("登记工厂")
    firm.press("选择下一级", {"division_0": "130000"})
    firm.press("选择下一级", {"division_1": "130100"})
    return firm.press("登记工厂", {"name": FACTORY, "division_2": "130102"})


def answer(firm):
    """Every section that the basic tier asks for, a file for every condition, then the lock."""
    firm.follow("去自评").press("开始自评")
    home = firm.path
    answers = build.answers_for(Tier.BASIC)
    firm.follow("基本要求").press("保存并继续", {k: v for k, v in answers.items() if v == "yes"})
    firm.open(home).follow("生产作业")
    conditions = [item for item in answers if item.startswith("basic.production")]
    for item in conditions:
        firm.press("上传", {"item": item, "file": file_of()})
    firm.press(
        "保存并继续",
        {f"{item}:{key}": value for item in conditions for key, value in answers[item].items()},
    )
    firm.open(home).follow("能力成熟度")
    kind = {"maturity.source": "own", "maturity.kind": "process"}
    firm.press("保存并显示对应的表", kind)
    firm.press("保存并继续", {k: v for k, v in answers.items() if k.startswith("cmmm.")})
    firm.open(home).follow("同行业比较")
    firm.press("保存并继续", {f"perf.1:{k}": v for k, v in answers["perf.1"].items()})
    firm.open(home)
    assert "距基础级 没有差距" in firm.text
    return firm


def apply(firm):
    """From the result of the self-assessment to the receipt."""
    firm.follow("核对并锁定").press("锁定自评")
    firm.follow("去申报").press("查看申报条件")
    assert "申报条件都已满足" in firm.text
    firm.press("新建申报").follow("核对与承诺")
    firm.press("提交申报", {"declared": "on", "declared_by": "李法人"})
    assert "受理编号 JC-2026-0001" in firm.text
    return firm


def find(words):
    """What anybody finds on the public register."""
    return Visitor().open("/register/").press("应用筛选", {"q": words})


def hits(words):
    """How many factories' pages the public search leads to."""
    return len(
        [
            href
            for href, _ in find(words).page.links
            if href.startswith("/register/") and href.strip("/").split("/")[-1].isdigit()
        ]
    )


@pytest.fixture
def offices(world):
    return {
        level: build.officer(build.authority(code), username=f"office-{level}")
        for level, code in (("county", "130102"), ("city", "130100"), ("province", "130000"))
    }


def test_from_sign_up_to_the_end_of_the_title(offices, clock):
    firm = sign_up(build.credit_code())
    assert "待确认" in firm.text
    county = sign_in(offices["county"]).open("/people/").press("确认张经办")
    assert f"已确认张经办为{FIRM}的经办人" in county.text
    city = sign_in(offices["city"]).open("/rounds/").follow("新建批次")
    city.press("建立批次", {"title": "2026年第一批"})

    add_factory(firm)
    answer(firm)
    apply(firm)

    clock("2026-03-09 10:00")
    city = sign_in(offices["city"]).open("/desk/").follow("JC-2026-0001")
    decision = {
        "outcome": "complete",
        "opinion": "材料齐全，情况属实",
        "document_no": "石工信〔2026〕15号",
        "decided_on": "2026-03-09",
        "performance_confirmed": "on",
    }
    city.press("核对后提交", decision).press("确认")
    firm = sign_in(User.objects.get(username="journey-firm"))
    assert "已认定" in firm.open("/applications/").text
    assert hits(FACTORY) == 0

    clock("2026-03-20 10:00")
    city = sign_in(offices["city"]).open("/filing-lists/").press("汇集 1 座到清单")
    city.follow("核对后报备").press("报备 1 座工厂", {"document_no": "石工信〔2026〕20号"})
    assert "待备案确认" in city.text
    assert hits(FACTORY) == 0

    clock("2026-03-25 10:00")
    province = sign_in(offices["province"]).open("/filing-lists/").follow("BA-130100-2026-01")
    entry = Certification.objects.get().filing_entries.get()
    province.press("核对答复", {f"verdict_{entry.pk}": "fine"}).press("备案确认")
    assert "已备案" in province.text

    public = find("旅程")
    assert hits("旅程") == 1
    assert "2026-03-09 2029-03-09 有效" in public.text
    public.follow(FACTORY)
    assert "2029-03-09" in public.text

    clock("2029-03-10 00:05")
    call_command("nightly", "--on", "2029-03-10", stdout=StringIO())
    assert "已到期" in find("旅程").text
    assert Certification.objects.get().ending == "expired"


def test_title_is_over_on_the_public_page_although_no_night_ran(offices, clock):
    build.acknowledged_list()
    factory = Certification.objects.get().factory

    clock("2029-03-02 23:59:59")
    assert "基础级认定有效" in Visitor().open(f"/register/{factory.pk}/").text
    clock("2029-03-03 00:00:00")
    page = Visitor().open(f"/register/{factory.pk}/").text

    assert "已到期" in page
    assert "基础级认定有效" not in page
    assert Certification.objects.get().ending == ""


def test_returned_case_is_mended_and_comes_back(offices, clock):
    case = build.application_at("submitted")
    city = sign_in(offices["city"]).open(f"/applications/{case.pk}/")
    row = {"items-0-target": "condition:basic.production.1", "items-0-reason": "缺少佐证材料"}
    city.press("核对后提交", {"outcome": "send_back", "items-0-text": "请补充设备清单", **row})
    city.press("确认")

    firm = Visitor(build.staff_of(case.factory.enterprise)).open(f"/applications/{case.pk}/")
    assert "请补充设备清单" in firm.text
    said = case.decisions.latest("pk").items.get().pk
    firm.press("保存答复", {f"item-{said}-outcome": "kept", f"item-{said}-answer": "已在规划里"})
    firm.open(f"/applications/{case.pk}/check/")
    firm.press("提交申报", {"declared": "on", "declared_by": "李法人"})

    assert f"受理编号 {case.number}" in firm.text
    assert "第 2 次提交" in city.open(f"/applications/{case.pk}/").text
