"""Pressed twice, done once; with JavaScript the second press sends nothing, without it the server
holds."""

import pytest
from django.utils import timezone

from assessments.models import Measure
from registry.models import AuditEvent
from tests import build
from tiers.models import Application

SCRIPTS = pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without"])


def press_twice(page, name, done):
    """Press; wait until the server has done it once and whatever else was sent has come to rest:
    the window shows the answer to what was sent last.
    """
    before = page.url
    page.get_by_role("button", name=name).dblclick()
    for _ in range(600):
        if done():
            break
        page.wait_for_timeout(100)
    page.wait_for_url(lambda url: url != before)
    page.wait_for_load_state("networkidle")


@SCRIPTS
def test_new_application_pressed_twice_is_one(changan, open_browser, javascript):
    now = timezone.now()
    factory = build.factory_at(changan, at=now)
    batch = build.round_for(factory, at=now)
    page = open_browser(build.staff_of(factory.enterprise), javascript=javascript)
    page.goto(f"/applications/new/?factory={factory.pk}&round={batch.pk}")

    press_twice(page, "新建申报", Application.objects.exists)

    assert Application.objects.count() == 1


@SCRIPTS
def test_submission_pressed_twice_is_one(changan, open_browser, javascript):
    draft = build.application_at("draft", where=changan, at=timezone.now())
    page = open_browser(build.staff_of(draft.factory.enterprise), javascript=javascript)
    page.goto(f"/applications/{draft.pk}/check/")
    page.get_by_label("我代表本企业承诺").check()
    page.get_by_label("承诺人姓名").fill("李经理")

    press_twice(page, "提交申报", draft.decisions.filter(action="submit").exists)

    draft.refresh_from_db()
    assert (draft.submissions, draft.decisions.filter(action="submit").count()) == (1, 1)
    assert AuditEvent.objects.filter(verb="application.submit").count() == 1
    assert Application.objects.count() == 1


@SCRIPTS
def test_new_measure_pressed_twice_is_one(changan, open_browser, javascript):
    factory = build.factory_at(changan)
    page = open_browser(build.staff_of(factory.enterprise), javascript=javascript)
    page.goto("/plans/new/")
    page.get_by_label("工厂").select_option(str(factory.pk))
    page.get_by_label("要补的差距").fill("采集率低")
    page.get_by_label("措施").first.fill("加装传感器")
    page.get_by_label("责任").fill("设备部")
    page.get_by_label("完成期限").fill("2027-03-01")

    press_twice(page, "保存措施", Measure.objects.exists)

    assert Measure.objects.count() == 1
