"""An officer's first sign-in: an authenticator, then a passkey, and the way in with either."""

import re

import pytest
from playwright.sync_api import expect

from tests import authenticator, build
from tests.browser import axe


@pytest.fixture(autouse=True)
def guards(settings):
    settings.SIGN_IN_GUARDS = True


def key_in_the_machine(page):
    """A passkey reader as Chromium itself plays it, which says yes by itself."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def give_password(page, officer):
    page.goto("/login/?next=/desk/")
    page.get_by_label("用户名").fill(officer.username)
    page.get_by_label("密码").fill(build.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def sign_out(page):
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("link", name="登录").first).to_be_visible()


def test_officer_sets_up_both_and_signs_in_with_either(shijiazhuang, open_browser):
    officer, faults = build.officer_of(shijiazhuang), []
    page = open_browser()
    key_in_the_machine(page)

    give_password(page, officer)
    expect(page.get_by_role("heading", level=1)).to_have_text("登录安全")
    page.get_by_role("link", name="添加验证器").click()
    secret = page.locator("p code").inner_text()
    officer_code = authenticator.code_for(officer.username, secret)
    page.get_by_label("验证器显示的 6 位验证码").fill(officer_code)
    page.get_by_role("button", name="确认添加").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("恢复码")
    page.get_by_role("link", name="已保存，继续").click()
    page.get_by_role("link", name="继续办理").click()
    expect(page).to_have_url(re.compile("/desk/"))

    page.goto("/account/security/passkey/")
    page.get_by_label("名称").fill("单位电脑")
    page.get_by_role("button", name="添加", exact=True).click()
    expect(page.get_by_text("单位电脑", exact=True)).to_be_visible()
    faults += axe.faults_of(page)
    page.get_by_role("link", name=re.compile("移除.*单位电脑")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("移除通行密钥")
    faults += axe.faults_of(page)
    page.goto("/confirm-identity/passkey/?next=/desk/")
    faults += axe.faults_of(page)
    page.get_by_role("button", name="用通行密钥确认").click()
    expect(page).to_have_url(re.compile("/desk/"))
    sign_out(page)

    give_password(page, officer)
    expect(page.get_by_role("heading", level=1)).to_have_text("第二重验证")
    faults += axe.faults_of(page)
    page.get_by_label("验证码或恢复码").fill(authenticator.code_for(officer.username, secret))
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page).to_have_url(re.compile("/desk/"))
    sign_out(page)

    page.goto("/login/?next=/desk/")
    page.get_by_role("button", name="使用通行密钥").click()
    expect(page).to_have_url(re.compile("/desk/"))
    assert faults == []
