"""The session ends while somebody types: nothing typed is lost, and he comes back to it."""

import re

from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from assessments import assessment as self_assessment
from tests import build

ITEM = "basic.production.1"
TYPED = "会话结束前写好的说明"


def sign_in(page, user):
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill(build.PASSWORD)
    page.get_by_role("button", name="登录").click()


def test_text_stays_until_one_has_signed_in_again(changan, open_browser):
    opened = build.open_assessment(build.factory_at(changan))
    firm = build.staff_of(opened.factory.enterprise)
    page = open_browser((firm.username, build.PASSWORD))
    page.goto(f"/assessments/{opened.pk}/production/")
    status = page.locator("[data-save-status]")

    Session.objects.all().delete()
    page.locator(f"[id='{ITEM}:how']").fill(TYPED)
    page.get_by_role("button", name="保存并继续").click()
    expect(status).to_contain_text("登录已过期，内容未保存到平台，已保存在本机")
    with page.context.expect_page() as opening:
        status.get_by_role("link", name="在新窗口登录").click()
    sign_in(opening.value, firm)
    expect(status).to_have_text(re.compile(r"已自动保存 \d\d:\d\d:\d\d"))
    page.get_by_role("button", name="保存并继续").click()
    page.wait_for_url("**/management/**")

    assert self_assessment.answers_of(opened)[ITEM]["how"] == TYPED


def test_whoever_is_sent_to_sign_in_comes_back_to_the_section(changan, open_browser):
    opened = build.open_assessment(build.factory_at(changan))
    firm = build.staff_of(opened.factory.enterprise)
    page = open_browser((firm.username, build.PASSWORD))
    section = f"/assessments/{opened.pk}/production/?target=advanced"
    page.goto(section)
    page.locator(f"[id='{ITEM}:how']").fill(TYPED)
    expect(page.locator("[data-save-status]")).to_contain_text("已自动保存")

    Session.objects.all().delete()
    page.reload()
    sign_in(page, firm)

    page.wait_for_url(f"**{section}")
    expect(page.locator(f"[id='{ITEM}:how']")).to_have_value(TYPED)
