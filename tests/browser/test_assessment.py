"""Filling in a self-assessment: typing is kept, two people are told of each other, files go up."""

import re

import pytest
from playwright.sync_api import expect

from assessments import assessment as self_assessment
from assessments.models import Evidence
from tests import build
from tests.browser.steps import send

ITEM = "basic.production.1"
SAVED = re.compile(r"已自动保存 \d\d:\d\d:\d\d")


@pytest.fixture
def opened(changan):
    return build.open_assessment(build.factory_at(changan))


@pytest.fixture
def production(opened, open_browser):
    """Opens the section in a window of one of the firm's people."""

    def open_section(user, **more):
        page = open_browser((user.username, build.PASSWORD), **more)
        page.goto(f"/assessments/{opened.pk}/production/")
        return page

    return open_section


def how(page, item=ITEM):
    return page.locator(f"[id='{item}:how']")


def saved(page):
    return page.locator("[data-save-status]")


def test_typing_is_kept_without_any_button(opened, production):
    firm = build.staff_of(opened.factory.enterprise)
    page = production(firm)

    how(page).press_sequentially("上了采集系统")
    expect(saved(page)).to_have_text(SAVED)
    page.reload()
    other_device = production(firm, width=360)

    expect(how(page)).to_have_value("上了采集系统")
    expect(how(other_device)).to_have_value("上了采集系统")


def test_result_follows_the_answers(opened, production):
    page = production(build.staff_of(opened.factory.enterprise))
    panel = page.locator("[data-autosave-panel]")
    before = panel.inner_text()

    build.evidence_for(opened, ITEM, by=build.staff_of(opened.factory.enterprise), at=build.DAY)
    page.locator(f"[name='{ITEM}:met'][value=yes]").check()

    expect(saved(page)).to_have_text(SAVED)
    assert "还差 9 项" in before
    expect(panel).to_contain_text("还差 8 项")


def test_two_people_choose_between_both_texts(opened, production):
    first = production(build.staff_of(opened.factory.enterprise))
    second = production(build.person_for(opened.factory.enterprise, name="同事"))

    how(first).fill("甲的说明")
    expect(saved(first)).to_have_text(SAVED)
    how(second).fill("乙的说明")
    box = second.locator("[data-conflict]")
    expect(box).to_contain_text("甲的说明")
    expect(box).to_contain_text("乙的说明")
    box.get_by_role("button", name="采用对方填的").click()

    expect(saved(second)).to_have_text(SAVED)
    expect(how(second)).to_have_value("甲的说明")
    assert self_assessment.answers_of(opened)[ITEM]["how"] == "甲的说明"


def test_files_go_up_together_and_a_refused_one_says_why(opened, production):
    page = production(build.staff_of(opened.factory.enterprise))
    block = page.locator(f"[id='{ITEM}'] .evidence")

    block.locator("input[type=file]").set_input_files(
        [
            {"name": "记录.pdf", "mimeType": "application/pdf", "buffer": build.PDF},
            {"name": "程序.pdf", "mimeType": "application/pdf", "buffer": b"MZ\x90" + b"\0" * 99},
        ]
    )

    expect(block).to_contain_text("记录.pdf 已上传")
    expect(block).to_contain_text("“程序.pdf”不是可用的格式")
    assert list(Evidence.objects.values_list("name", flat=True)) == ["记录.pdf"]


def test_file_chosen_before_the_script_has_come_goes_up_all_the_same(opened, production):
    page = production(build.staff_of(opened.factory.enterprise))
    held = []
    page.route("**/upload*.js", lambda route: held.append(route), times=1)

    page.reload(wait_until="commit")
    box = page.locator(f"[id='{ITEM}']")
    box.locator("input[type=file]").set_input_files(
        {"name": "早选.pdf", "mimeType": "application/pdf", "buffer": build.PDF}
    )
    held[0].continue_()

    expect(box.get_by_role("link", name="早选.pdf", exact=True)).to_be_visible()


def test_section_is_saved_without_javascript(opened, production):
    page = production(build.staff_of(opened.factory.enterprise), javascript=False)

    page.locator(f"[name='{ITEM}:met'][value=yes]").check()
    how(page).fill("没有脚本也能填")
    page.get_by_role("button", name="保存并继续").click()

    expect(page.get_by_role("heading", name="生产管理", level=1)).to_be_visible()
    assert self_assessment.answers_of(opened)[ITEM] == {"met": "yes", "how": "没有脚本也能填"}


@pytest.mark.parametrize("section", ["production", "maturity", "kpi", "scenarios"])
def test_sections_fit_a_narrow_screen(opened, open_browser, section):
    firm = build.staff_of(opened.factory.enterprise)
    build.answered(opened, by=firm)
    page = open_browser((firm.username, build.PASSWORD), width=320)

    page.goto(f"/assessments/{opened.pk}/{section}/")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_two_tabs_that_fill_different_items_keep_both(opened, production):
    firm = build.staff_of(opened.factory.enterprise)
    one, two = production(firm), production(firm)
    other = "basic.production.2"

    how(one).fill("第一个窗口")
    expect(saved(one)).to_have_text(SAVED)
    how(two, other).fill("第二个窗口")
    expect(saved(two)).to_have_text(SAVED)
    two.get_by_role("button", name="保存并继续").click()

    expect(two.get_by_role("heading", name="生产管理", level=1)).to_be_visible()
    held = self_assessment.answers_of(opened)
    assert (held[ITEM]["how"], held[other]["how"]) == ("第一个窗口", "第二个窗口")


def test_two_tabs_without_javascript_show_both_texts(opened, production):
    firm = build.staff_of(opened.factory.enterprise)
    first, second = (production(firm, javascript=False) for _ in range(2))

    how(first).fill("甲的说明")
    send(first, first.get_by_role("button", name="保存并继续"))
    how(second).fill("乙的说明")
    send(second, second.get_by_role("button", name="保存并继续"))

    box = second.locator(".conflict")
    expect(box).to_contain_text("甲的说明")
    expect(box).to_contain_text("乙的说明")
    send(second, second.get_by_role("button", name="保存并继续"))
    assert self_assessment.answers_of(opened)[ITEM]["how"] == "乙的说明"


LIMIT = 20 * 1024 * 1024
REFUSED = {
    "empty": ("空.pdf", b"", "空"),
    "too big": ("大.pdf", build.PDF + b"\0" * LIMIT, "不超过 20"),
    "no such kind": ("程序.exe", b"MZ\x90" + b"\0" * 99, "不是可用的格式"),
}


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("kind", REFUSED)
def test_refused_file_says_why(opened, production, tmp_path, kind, javascript):
    page = production(build.staff_of(opened.factory.enterprise), javascript=javascript)
    block = page.locator(f"[id='{ITEM}'] .evidence")
    name, content, reason = REFUSED[kind]
    (tmp_path / name).write_bytes(content)

    block.locator("input[type=file]").set_input_files(tmp_path / name)
    if not javascript:
        block.get_by_role("button", name="上传").click()

    expect(block).to_contain_text(reason)
    assert not Evidence.objects.exists()


def test_wrong_number_is_refused_with_the_focus_on_the_reason(opened, open_browser):
    page = open_browser(build.staff_of(opened.factory.enterprise))
    page.goto(f"/assessments/{opened.pk}/kpi/")
    field = page.locator("[name$=':after']").first

    field.fill("约三成")
    page.get_by_role("button", name="保存并继续").click()

    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").first.press("Enter")
    expect(page.locator("[name$=':before']").first).to_be_focused()
    expect(field).to_have_value("约三成")
