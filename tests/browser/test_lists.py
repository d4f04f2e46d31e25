"""An officer's own view of a list, kept and opened again, and an act on the rows that he ticks."""

import re

from playwright.sync_api import expect

from tests import build
from tests.browser.steps import button, link, send
from tiers.models import Candidate

STANDS, FREE, OTHER = "华北精密机械有限公司", "华北重型锻造有限公司", "太行电子有限公司"
VIEW = "华北的企业"


def keep_view(page):
    """Find by a part of the name, leave out a column, keep both as the view to begin with."""
    page.goto("/enterprises/")
    expect(link(page, OTHER)).to_be_visible()
    page.get_by_label("名称、首字母或信用代码").fill("华北")
    send(page, button(page, "筛选"))
    page.get_by_text("列", exact=True).click()
    page.get_by_label("规模", exact=True).uncheck()
    send(page, button(page, "保存列"))
    expect(page.get_by_text("列已保存")).to_be_visible()
    page.get_by_text("视图", exact=True).click()
    page.get_by_label("把现在的筛选、排序和列保存为视图").fill(VIEW)
    send(page, button(page, "保存视图"))
    page.get_by_text(f"视图：{VIEW}").click()
    send(page, page.get_by_role("button", name=re.compile(f"设为默认\\s*：{VIEW}")))
    expect(page.get_by_text("以后打开列表先显示")).to_be_visible()


def opens_as_kept(page):
    """The bare address shows the two firms, without the column."""
    page.goto("/enterprises/")
    expect(page.get_by_text(f"视图：{VIEW}")).to_be_visible()
    expect(link(page, STANDS)).to_be_visible()
    expect(link(page, FREE)).to_be_visible()
    expect(link(page, OTHER)).to_have_count(0)
    expect(page.get_by_role("columnheader", name="信用代码")).to_be_visible()
    expect(page.get_by_role("columnheader", name="规模")).to_have_count(0)


def line(page, name):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=name))


def test_officer_keeps_a_view_and_acts_on_the_rows_he_ticks(changan, open_browser):
    made = {
        name: build.factory_at(changan, enterprise=build.enterprise_at(changan, name=name))
        for name in (STANDS, FREE, OTHER)
    }
    officer = build.officer(changan)
    build.in_library(made[STANDS], by=officer)
    page, plain = open_browser(officer), open_browser(officer, javascript=False)

    keep_view(page)

    opens_as_kept(plain)
    opens_as_kept(page)
    page.get_by_label("选择本页全部").check()
    for name in (STANDS, FREE):
        expect(page.get_by_label(f"选择{name}")).to_be_checked()
    send(page, button(page, "列入培育库"))
    expect(page.get_by_label(made[FREE].name)).to_be_checked()
    send(page, button(page, "列入培育库"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("办成 1 项，没有办成 1 项")
    expect(line(page, made[STANDS].name)).to_contain_text("没有办成")
    expect(line(page, made[STANDS].name)).to_contain_text("的培育库中")
    expect(line(page, made[FREE].name)).to_contain_text("已办")
    assert Candidate.objects.filter(factory=made[FREE]).exists()
    send(page, link(page, "返回列表"))
    expect(page.get_by_text(f"视图：{VIEW}")).to_be_visible()
