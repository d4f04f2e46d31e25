"""A title renewed in the browser: one item changed and proved, the rest confirmed, sent in."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from registry.access import business_date
from registry.policy import Tier
from tests import build
from tests.browser.steps import awake, button, condition, link, send
from tiers.models import Application

SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])


@SCRIPTS
def test_title_is_renewed_item_by_item(changan, city_officer, open_browser, javascript):
    now = timezone.now()
    today = business_date(now)
    factory = build.factory_at(changan, at=now)
    build.locked_assessment(factory, at=now)
    title = build.title(factory, on=today, last_day=today + timedelta(days=60))
    item = build.conditions_for(Tier.BASIC)[0].id
    page = open_browser(build.staff_of(factory.enterprise), javascript=javascript)

    page.goto(f"/titles/{title.pk}/")
    link(page, "到期复核").click()
    send(page, button(page, "申请复核"))
    line = page.locator(f"[id='line-{item}']")
    line.get_by_role("link", name="去自评里修改").click()
    prove(page, item, javascript=javascript)
    if javascript:
        awake(page)
    else:
        # The page that takes a file without scripts does not know where its reader came from.
        page.goto(f"/applications/{Application.objects.get().pk}/renewal/")
        line.get_by_role("link", name="去自评里修改").click()
    condition(page, item).locator("textarea").fill("新上了一条产线")
    send(page, button(page, "保存并返回核对"))
    expect(line.get_by_text("新上了一条产线").first).to_be_visible()
    expect(line.get_by_role("radio")).to_have_count(0)

    while (rest := page.get_by_role("button", name="都无变化")).count():
        page.get_by_label("我代表本企业声明").check()
        send(page, rest.first)
        expect(page.get_by_text("已保存")).to_be_visible()
    for one in page.locator(".formal-line").get_by_label("无变化", exact=True).all():
        one.check()
    page.get_by_label("我代表本企业声明").check()
    send(page, button(page, "保存"))
    page.get_by_role("main").get_by_role("link", name="核对并锁定自评").click()
    send(page, button(page, "锁定自评"))
    send_in(page, Application.objects.get().pk)

    officer = open_browser(city_officer, javascript=javascript)
    officer.goto(f"/applications/{Application.objects.get().pk}/")
    seen = officer.locator("#renewal")
    expect(seen.get_by_text("1 项，新增材料 1 份")).to_be_visible()
    expect(seen.get_by_text("新上了一条产线")).to_be_visible()


def prove(page, item, *, javascript):
    """On the page of the section: a file that proves the change."""
    box = condition(page, item)
    box.locator("input[type=file]").set_input_files(
        {
            "name": "新产线.pdf",
            "mimeType": "application/pdf",
            "buffer": build.PDF + b"%% new line\n",
        }
    )
    if not javascript:
        send(page, box.get_by_role("button", name="上传"))
    expect(condition(page, item).get_by_role("link", name="新产线.pdf", exact=True)).to_be_visible()


def send_in(page, pk):
    page.goto(f"/applications/{pk}/check/")
    page.get_by_label("我代表本企业承诺").check()
    page.get_by_label("承诺人姓名").fill("李经理")
    send(page, button(page, "提交申报"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("已提交申报")
