"""What people do on the pages, one function for each; they know no database."""

import re
from types import SimpleNamespace

from playwright.sync_api import expect

from registry.policy import Tier
from tests import build

SAVED = re.compile(r"已自动保存 \d\d:\d\d:\d\d")
NAME = "一号工厂"
NUMBER = "石工信〔2026〕8号"


def button(page, name):
    return page.get_by_role("button", name=name, exact=True)


def send(page, control):
    """Press what sends a form, and wait for the page that answers: only then is it done."""
    with page.expect_navigation():
        control.click()


def link(page, name):
    return page.get_by_role("link", name=name, exact=True)


def condition(page, item):
    return page.locator(f"[id='{item}']")


def awake(page):
    """Wait for the scripts of a page that came by itself: they hide what they stand in for."""
    expect(page.locator("form[data-upload] [type=submit]").first).to_be_hidden()


def answer_production(page, firm, *, javascript):
    page.goto(f"/assessments/{firm.assessment.pk}/")
    page.get_by_role("link", name="生产作业").first.click()
    for one in build.conditions_for(Tier.BASIC, firm.assessment.standard):
        box = condition(page, one.id)
        box.locator("input[type=file]").set_input_files(
            {"name": f"{one.id}.pdf", "mimeType": "application/pdf", "buffer": build.PDF}
        )
        if not javascript:
            send(page, box.get_by_role("button", name="上传"))
        expect(condition(page, one.id).locator(".files a").first).to_have_text(f"{one.id}.pdf")
    if javascript:
        awake(page)
    for one in build.conditions_for(Tier.BASIC, firm.assessment.standard):
        condition(page, one.id).get_by_label("满足", exact=True).check()
        condition(page, one.id).locator("textarea").fill(f"已建成 {one.id}")
    if javascript:
        page.keyboard.press("Tab")
        expect(page.locator("[data-save-status]")).to_have_text(SAVED)
    else:
        send(page, button(page, "保存并继续"))


def kept(page, firm):
    page.goto(f"/assessments/{firm.assessment.pk}/production/")
    for one in build.conditions_for(Tier.BASIC, firm.assessment.standard):
        expect(condition(page, one.id).get_by_label("满足", exact=True)).to_be_checked()
        expect(condition(page, one.id).locator("textarea")).to_have_value(f"已建成 {one.id}")


def lock(page, firm):
    page.goto(f"/assessments/{firm.assessment.pk}/")
    link(page, "核对并锁定").click()
    send(page, button(page, "锁定自评"))
    expect(page.get_by_text("已锁定，内容不再变动")).to_be_visible()


def apply(page):
    """Start an application and submit it; its key and its number."""
    page.goto("/applications/new/")
    if page.get_by_role("button", name="新建申报").count() == 0:
        send(page, button(page, "查看申报条件"))
    send(page, button(page, "新建申报"))
    page.wait_for_url(re.compile(r"/applications/\d+/"))
    pk = int(re.search(r"/applications/(\d+)/", page.url)[1])
    page.goto(f"/applications/{pk}/assessment/")
    page.get_by_role("radio").first.check()
    send(page, button(page, "选用这份自评"))
    page.goto(f"/applications/{pk}/check/")
    page.get_by_label("我代表本企业承诺").check()
    page.get_by_label("承诺人姓名").fill("李经理")
    send(page, button(page, "提交申报"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("已提交申报")
    return SimpleNamespace(pk=pk, number=page.locator("#receipt-number").inner_text())


def determine(page, number):
    page.goto("/desk/")
    page.get_by_role("link", name=number).first.click()
    page.get_by_role("radio", name="认定", exact=False).first.check()
    page.get_by_label("认定文件文号").fill(NUMBER)
    page.get_by_label("已核实主要技术经济指标").check()
    page.get_by_label("办理意见（企业可见）").fill("材料齐全")
    send(page, button(page, "核对后提交"))
    send(page, page.get_by_role("button", name="确认", exact=False).first)
    expect(page.get_by_text(number).first).to_be_visible()


def file_list(page):
    page.goto("/filing-lists/")
    send(page, button(page, "汇集 1 座到清单").first)
    expect(page.get_by_text(NAME).first).to_be_visible()
    link(page, "核对后报备").click()
    page.get_by_label("文号").fill("石工信呈〔2026〕3号")
    send(page, button(page, "报备 1 座工厂"))
    expect(page.get_by_text("清单已锁定，不能再改").first).to_be_visible()


def acknowledge(page):
    page.goto("/filing-lists/")
    page.locator("table tbody").get_by_role("link", name="BA-").first.click()
    page.get_by_role("radio", name="无意见").first.check()
    send(page, button(page, "核对答复"))
    send(page, button(page, "备案确认 1 座"))
    expect(page.get_by_text("清单里的工厂已列入公开名录")).to_be_visible()


def find(page):
    page.goto("/")
    page.goto("/register/?q=甲机")
    link(page, NAME).click()
