"""Signing in with the keyboard alone, and signing out again."""

from playwright.sync_api import expect

from tests import build
from tests.browser.conftest import becomes


def test_officer_signs_in_with_the_keyboard_and_out_again(shijiazhuang, open_browser, live_server):
    officer = build.officer_of(shijiazhuang)
    page = open_browser()

    page.goto("/login/")
    page.get_by_label("用户名").focus()
    page.keyboard.type(officer.username)
    page.keyboard.press("Tab")
    page.keyboard.type(build.PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{live_server.url}/home/")
    page.get_by_role("button", name="退出").click()

    expect(page.get_by_role("link", name="登录").first).to_be_visible()


def test_wrong_password_is_said_where_the_focus_lands(shijiazhuang, open_browser):
    officer = build.officer_of(shijiazhuang)
    page = open_browser()

    page.goto("/login/")
    page.get_by_label("用户名").fill(officer.username)
    page.get_by_label("密码").fill("wrong-password-2026")
    page.get_by_role("button", name="登录").click()

    summary = page.get_by_role("alert")
    expect(summary).to_be_visible()
    assert becomes(page, "() => document.activeElement.closest('[role=alert]') !== null")


def test_sign_in_page_fits_a_narrow_screen(open_browser):
    page = open_browser(width=320)

    page.goto("/login/")

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
