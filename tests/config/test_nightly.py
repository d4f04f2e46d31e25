"""The night by hand: the command runs it for any day and says what changed."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from config.celery import app
from registry import sealing
from tests import build
from tiers import certification
from tiers.models import Certification

SIGNED = date(2026, 3, 2)


def run(on):
    out = StringIO()
    call_command("nightly", "--on", on, stdout=out)
    return out.getvalue()


@pytest.fixture
def title(shijiazhuang):
    factory = build.factory_at(shijiazhuang, at=build.on_day(SIGNED))
    return build.title(factory, on=SIGNED)


def test_command_ends_a_title_on_the_day_after_its_last(title):
    assert run("2029-03-02").startswith("2029-03-02：到期 0 项")
    assert run("2029-03-03").startswith("2029-03-03：到期 1 项")

    title.refresh_from_db()
    assert title.ending == Certification.Ending.EXPIRED


def test_public_page_tells_the_end_on_the_day_after(client, title):
    certification.publish([title], by=build.officer_of(title.issuer), at=build.on_day(SIGNED))
    run("2029-03-03")

    address = reverse("tiers:public_factory", args=[title.factory_id])
    last, after = (client.get(f"{address}?on=2029-03-0{n}").content.decode() for n in (2, 3))

    assert "<h1>基础级认定有效</h1>" in last
    assert "<h1>基础级认定已到期</h1>" in after
    assert "当日没有有效认定" in after


def test_day_to_come_is_refused_in_production(title, settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="还没有到的日期"):
        run("2999-01-01")

    title.refresh_from_db()
    assert title.ending == ""


def test_day_before_the_last_head_is_refused_in_production(title, settings):
    settings.PRODUCTION = True
    sealing.seal((), on=date(2026, 6, 2), at=build.on_day(date(2026, 6, 2)))

    with pytest.raises(CommandError, match="已经存证"):
        run("2026-06-01")


def test_second_run_changes_nothing(title):
    run("2029-03-03")

    assert (
        run("2029-03-03")
        == "2029-03-03：到期 0 项，对应认定 0 项，提醒 0 条，重算限期 0 件，超期报上级 0 件，"
        "开展年度报告 0 份，年度报告提醒 0 份。\n"
    )


def test_day_that_is_none_is_refused():
    with pytest.raises(CommandError) as refusal:
        run("2029-02-29")

    assert str(refusal.value) == "日期应写作 YYYY-MM-DD，例如 2028-04-04：2029-02-29"


def test_schedule_names_tasks_that_exist_in_shanghai_time():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
    assert str(app.timezone) == "Asia/Shanghai"
