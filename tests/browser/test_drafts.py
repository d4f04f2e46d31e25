"""Nothing typed is lost: the browser is killed, the session ends, the line is cut, the computer is
shared; and nothing that somebody else has written meanwhile is overwritten by a draft.
"""

import os
import re
import signal
from pathlib import Path

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from assessments import assessment as self_assessment
from registry import enterprises
from registry.models import Factory
from tests import build
from tests.browser.conftest import CHROMIUM, FLAGS, PATIENCE, becomes, session_of, sign_in
from tests.browser.steps import send
from tests.browser.test_assessment import ITEM, SAVED, how, saved

ADDRESS = "长安区建设路 8 号"
PRODUCTS = "电机、减速机"
BACK = "在本机填写、没有提交的内容"


@pytest.fixture
def factory(changan):
    return build.factory_at(changan)


@pytest.fixture
def firm(factory):
    return build.staff_of(factory.enterprise)


def edit(factory):
    return f"/factories/{factory.pk}/edit/"


def note(page):
    return page.locator("[data-draft-note]")


def type_into(page, **fields):
    """As a person does; and wait until the page says that it is kept."""
    for label, text in fields.items():
        page.get_by_label(label).press_sequentially(text)
    expect(page.locator(".draft-state")).to_contain_text("已暂存在本机")
    kept(page)


def kept(page):
    expect(page.locator("form[data-draft-state]")).to_have_attribute("data-draft-state", "kept")


# --- the browser is killed ------------------------------------------------------------------------


@pytest.fixture
def own_browser(chromium, live_server, tmp_path):
    """A browser with a profile of its own, so that it can be killed and started again."""
    started = []

    def start(user):
        context = chromium.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=CHROMIUM,
            args=FLAGS,
            base_url=live_server.url,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        started.append(context)
        context.set_default_timeout(PATIENCE)
        page = context.pages[0]
        if user:
            sign_in(page, user.username, build.PASSWORD)
        return page

    def kill():
        """As if the power went: every process of this profile at once, nothing may tidy up."""
        for pid in pids_of(tmp_path / "profile"):
            os.kill(pid, signal.SIGKILL)
        started.pop()
        (tmp_path / "profile" / "SingletonLock").unlink(missing_ok=True)

    start.kill = kill
    yield start
    for context in started:
        context.close()


def pids_of(profile):
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(profile).encode() in command:
            found.append(int(process.name))
    return found


def test_killed_browser_gives_the_text_back_after_signing_in(own_browser, factory, firm):
    page = own_browser(firm)
    page.goto(edit(factory))
    page.get_by_label("工厂地址").press_sequentially(ADDRESS)
    page.get_by_label("主要产品").press_sequentially(PRODUCTS)
    kept(page)
    own_browser.kill()

    page = own_browser(firm)
    page.goto(edit(factory))

    expect(note(page)).to_have_text(re.compile(r"已恢复 \d\d-\d\d \d\d:\d\d 在本机填写.*共 2 处"))
    expect(page.get_by_label("工厂地址")).to_have_value(ADDRESS)
    expect(page.get_by_label("主要产品")).to_have_value(PRODUCTS)
    page.get_by_role("button", name="保存工厂信息").click()
    page.wait_for_url(f"**/factories/{factory.pk}/")
    assert Factory.objects.get(pk=factory.pk).address == ADDRESS
    page.goto(edit(factory))
    expect(page.get_by_label("工厂地址")).to_have_value(ADDRESS)
    expect(note(page)).to_have_count(0)


def test_without_the_script_the_text_would_be_gone(factory, firm, open_browser):
    """What the others here prove is the script's doing, not the browser's."""
    page = open_browser(firm)
    page.route("**/js/draft*.js", lambda route: route.fulfill(body=NO_DRAFTS))
    page.goto(edit(factory))
    page.get_by_label("工厂地址").press_sequentially(ADDRESS)
    page.goto(edit(factory))

    expect(page.get_by_label("工厂地址")).to_have_value("")


NO_DRAFTS = "window.portal.drafts = {}"


def test_killed_browser_gives_answers_back_and_saves_them(own_browser, factory, firm):
    opened = build.open_assessment(factory)
    section = f"/assessments/{opened.pk}/production/"
    page = own_browser(firm)
    page.goto(section)
    page.route("**/*", lambda route: None)  # whatever it would save is on its way for ever
    how(page).press_sequentially("还没来得及自动保存")
    kept(page)
    own_browser.kill()
    before = self_assessment.answers_of(opened)

    page = own_browser(firm)
    page.goto(section)

    expect(how(page)).to_have_value("还没来得及自动保存")
    expect(saved(page)).to_have_text(SAVED)
    page.reload()
    expect(how(page)).to_have_value("还没来得及自动保存")
    expect(note(page)).to_have_count(0)
    assert (before, self_assessment.answers_of(opened)[ITEM]["how"]) == ({}, "还没来得及自动保存")


def test_rows_added_by_hand_come_back(own_browser, shijiazhuang, changan):
    officer = build.officer(shijiazhuang)
    filing_list = build.draft_list(shijiazhuang)
    page = own_browser(officer)
    page.goto(f"/filing-lists/{filing_list.pk}/earlier/")
    page.get_by_role("button", name="再加 5 行").click()
    last = page.get_by_role("group", name="第 7 行")
    last.get_by_label("企业名称").press_sequentially("河北七号机械有限公司")
    last.get_by_label("所在县").select_option(changan.divisions.first().code)
    kept(page)
    own_browser.kill()

    page = own_browser(officer)
    page.goto(f"/filing-lists/{filing_list.pk}/earlier/")

    last = page.get_by_role("group", name="第 7 行")
    expect(last.get_by_label("企业名称")).to_have_value("河北七号机械有限公司")
    expect(last.get_by_label("所在县")).to_have_value(changan.divisions.first().code)


# --- the session ends, somebody else signs in -----------------------------------------------------

A_WHILE = 15_000  # longer than a page counts as just opened


def test_form_sent_into_the_sign_in_page_comes_back(factory, firm, open_browser):
    page = open_browser(firm)
    page.clock.set_fixed_time(build.DAY)  # however long it takes, this page has just been opened
    page.goto(edit(factory))
    type_into(page, 工厂地址=ADDRESS)

    Session.objects.all().delete()
    page.get_by_role("button", name="保存工厂信息").click()
    page.wait_for_url("**/login/**")
    page.get_by_label("用户名").fill(firm.username)
    page.get_by_label("密码").fill(build.PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{edit(factory)}")

    expect(page.get_by_label("工厂地址")).to_have_value(ADDRESS)


def test_form_whose_session_has_ended_is_not_sent_away(factory, firm, open_browser):
    page = open_browser(firm)
    page.clock.install()
    page.goto(edit(factory))
    type_into(page, 工厂地址=ADDRESS)
    page.clock.fast_forward(A_WHILE)

    Session.objects.all().delete()
    page.get_by_role("button", name="保存工厂信息").click()
    state = page.locator(".draft-state")
    expect(state).to_contain_text("登录已过期")
    with page.context.expect_page() as opening:
        state.get_by_role("link", name="在新窗口登录").click()
    opening.value.get_by_label("用户名").fill(firm.username)
    opening.value.get_by_label("密码").fill(build.PASSWORD)
    opening.value.get_by_role("button", name="登录").click()
    opening.value.wait_for_url(lambda url: "/login/" not in url)
    page.get_by_role("button", name="保存工厂信息").click()

    page.wait_for_url(f"**/factories/{factory.pk}/")
    assert Factory.objects.get(pk=factory.pk).address == ADDRESS


def test_next_person_at_the_computer_sees_nothing_of_it(factory, firm, open_browser):
    colleague = build.person_for(factory.enterprise, name="同事")
    page = open_browser((firm.username, build.PASSWORD))
    page.goto(edit(factory))
    type_into(page, 工厂地址=ADDRESS)

    page.context.clear_cookies()
    sign_in(page, colleague.username, build.PASSWORD)
    page.goto(edit(factory))
    expect(page.get_by_label("工厂地址")).to_have_value("")
    expect(note(page)).to_have_count(0)
    lying = page.evaluate(EVERYTHING)
    assert ADDRESS not in lying
    assert f"{firm.pk}\\n" in lying

    page.context.clear_cookies()
    sign_in(page, firm.username, build.PASSWORD)
    page.goto(edit(factory))
    expect(page.get_by_label("工厂地址")).to_have_value(ADDRESS)


#: What lies in the browser's store as anybody with its tools could read it.
EVERYTHING = """() => new Promise((done) => {
  const opening = indexedDB.open("drafts");
  opening.onsuccess = () => {
    const all = opening.result.transaction("drafts").objectStore("drafts").getAll();
    const read = (r) => [r.id, r.plain, new TextDecoder().decode(r.data)];
    all.onsuccess = () => done(JSON.stringify(all.result.map(read)));
  };
})"""


def test_form_of_one_person_is_not_sent_as_another(factory, firm, open_browser, live_server):
    colleague = build.person_for(factory.enterprise, name="同事")
    page = open_browser(firm)
    page.clock.install()
    page.goto(edit(factory))
    type_into(page, 工厂地址=ADDRESS)
    page.clock.fast_forward(A_WHILE)

    page.context.add_cookies([session_of(colleague, live_server.url)])
    page.get_by_role("button", name="保存工厂信息").click()

    expect(page.locator(".draft-state")).to_contain_text("现在登录的是另一个账号")
    expect(page.get_by_label("工厂地址")).to_have_value(ADDRESS)
    assert Factory.objects.get(pk=factory.pk).address == ""


# --- the line is cut ------------------------------------------------------------------------------


def test_form_waits_for_the_line(factory, firm, open_browser):
    page = open_browser(firm)
    page.goto(edit(factory))
    page.context.set_offline(True)
    page.get_by_label("工厂地址").press_sequentially(ADDRESS)
    page.get_by_role("button", name="保存工厂信息").click()
    expect(page.locator(".draft-state")).to_contain_text("网络连接中断")
    expect(page.get_by_label("工厂地址")).to_have_value(ADDRESS)

    page.context.set_offline(False)
    page.get_by_role("button", name="保存工厂信息").click()

    page.wait_for_url(f"**/factories/{factory.pk}/")
    assert Factory.objects.get(pk=factory.pk).address == ADDRESS


def test_answers_wait_for_the_line_and_then_go_by_themselves(factory, firm, open_browser):
    opened = build.open_assessment(factory)
    page = open_browser(firm)
    page.goto(f"/assessments/{opened.pk}/production/")
    page.context.set_offline(True)
    how(page).press_sequentially("断网时写的")
    page.get_by_role("button", name="保存并继续").click()
    expect(saved(page)).to_contain_text("未保存到平台，已保存在本机")
    assert page.url.endswith("/production/")

    page.context.set_offline(False)

    expect(saved(page)).to_have_text(SAVED)
    assert self_assessment.answers_of(opened)[ITEM]["how"] == "断网时写的"


# --- merged ---------------------------------------------------------------------------------------


def correct(factory, firm, **facts):
    """A colleague saves the form meanwhile."""
    held = {"address": "", "industry": factory.industry, "products": ""}
    return enterprises.update_factory(factory, **{**held, **facts}, by=firm, at=build.DAY)


def test_draft_merges_with_what_a_colleague_saved_elsewhere(factory, firm, open_browser):
    page = open_browser(firm)
    page.goto(edit(factory))
    type_into(page, 工厂地址=ADDRESS)

    correct(factory, firm, products="同事填的产品")
    page.goto(edit(factory))

    expect(note(page)).to_contain_text("共 1 处")
    expect(page.get_by_label("工厂地址")).to_have_value(ADDRESS)
    expect(page.get_by_label("主要产品")).to_have_value("同事填的产品")


@pytest.mark.parametrize(
    ("button", "value"), [("采用本机的", PRODUCTS), ("采用平台上的", "同事填的产品")]
)
def test_field_that_both_changed_asks(factory, firm, open_browser, button, value):
    page = open_browser(firm)
    page.goto(edit(factory))
    type_into(page, 主要产品=PRODUCTS)

    correct(factory, firm, products="同事填的产品")
    page.goto(edit(factory))
    box = page.locator("[data-draft-choice]")
    expect(box).to_contain_text(PRODUCTS)
    expect(box).to_contain_text("同事填的产品")
    page.reload()  # not chosen yet: nothing of it may go
    box.get_by_role("button", name=button).click()

    expect(page.get_by_label("主要产品")).to_have_value(value)
    expect(box).to_have_count(0)


def test_place_chosen_level_by_level_comes_back(factory, firm, open_browser):
    page = open_browser(firm)
    page.goto("/factories/new/")
    page.get_by_label("工厂名称").press_sequentially("二号工厂")
    for level, code in enumerate(("130000", "130100", "130102")):
        page.locator(f"[name=division_{level}]").select_option(code)
        if level < 2:
            expect(page.locator(f"[name=division_{level + 1}]")).to_be_visible()
    expect(page.locator(".draft-state")).to_contain_text("已暂存在本机")
    kept(page)

    page.goto("/factories/new/")

    expect(page.locator("[name=division_2]")).to_have_value("130102")
    expect(page.get_by_label("工厂名称")).to_have_value("二号工厂")


def test_discarded_draft_is_gone(factory, firm, open_browser):
    page = open_browser(firm)
    page.goto(edit(factory))
    type_into(page, 工厂地址=ADDRESS)
    page.goto(edit(factory))

    note(page).get_by_role("button", name="放弃").click()

    expect(page.get_by_label("工厂地址")).to_have_value("")
    page.reload()
    expect(page.get_by_label("工厂地址")).to_have_value("")
    expect(note(page)).to_have_count(0)


def test_refused_form_keeps_its_draft(factory, firm, open_browser):
    page = open_browser(firm)
    page.goto("/enterprise/honours/new/")
    type_into(page, 文号="冀工信〔2026〕1 号")
    page.get_by_role("button", name="登记称号").click()
    expect(page.get_by_role("alert")).to_be_focused()

    page.goto("/enterprise/honours/new/")

    expect(page.get_by_label("文号")).to_have_value("冀工信〔2026〕1 号")


def test_opinion_is_kept_until_the_decision_is_confirmed(changan, open_browser):
    """Filled in, read through on a page of its own, confirmed: only then is it with the portal."""
    case = build.application_at("submitted", where=changan)
    page = open_browser(build.officer_of(changan.parent))
    page.goto(f"/applications/{case.pk}/")
    page.get_by_role("radio", name="认定", exact=False).first.check()
    page.get_by_label("已核实主要技术经济指标").check()
    type_into(page, 认定文件文号="石工信〔2026〕8 号", 办理意见="材料齐全")
    page.get_by_role("button", name="核对后提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("核对办理内容")

    page.goto(f"/applications/{case.pk}/")
    expect(page.get_by_label("办理意见")).to_have_value("材料齐全")
    send(page, page.get_by_role("button", name="核对后提交"))
    send(page, page.get_by_role("button", name="确认", exact=False).first)
    page.wait_for_url(f"**/applications/{case.pk}/")

    assert becomes(page, f"async () => await ({EVERYTHING})() === '[]'")


# --- the store ------------------------------------------------------------------------------------


def test_full_disk_is_said(factory, firm, open_browser):
    page = open_browser(firm)
    page.add_init_script(
        "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError'); }"
    )
    page.goto(edit(factory))
    page.get_by_label("工厂地址").press_sequentially(ADDRESS)

    expect(page.locator(".draft-state")).to_contain_text("本机的存储空间已满")
    page.get_by_role("button", name="保存工厂信息").click()
    page.wait_for_url(f"**/factories/{factory.pk}/")


@pytest.mark.parametrize(("days", "value"), [(29, ADDRESS), (31, "")])
def test_draft_is_kept_for_thirty_days(factory, firm, open_browser, days, value):
    page = open_browser(firm)
    page.goto(edit(factory))
    type_into(page, 工厂地址=ADDRESS)
    page.evaluate(AGED, days)

    for _ in range(2):  # whatever is open sweeps up, for everybody
        page.goto(edit(factory))
        expect(page.get_by_label("工厂地址")).to_have_value(value)


AGED = """(days) => new Promise((done) => {
  const opening = indexedDB.open("drafts");
  opening.onsuccess = () => {
    const store = opening.result.transaction("drafts", "readwrite").objectStore("drafts");
    store.getAll().onsuccess = (event) => {
      for (const r of event.target.result) store.put({ ...r, at: r.at - days * 86400000 });
    };
    store.transaction.oncomplete = done;
  };
})"""
