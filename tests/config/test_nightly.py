"""The night by hand: the command runs it for any day and says what changed."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.celery import app
from tests import build
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


def test_second_run_changes_nothing(title):
    run("2029-03-03")

    assert run("2029-03-03") == "2029-03-03：到期 0 项，对应认定 0 项，提醒 0 条。\n"


def test_day_that_is_none_is_refused():
    with pytest.raises(CommandError) as refusal:
        run("2029-02-29")

    assert str(refusal.value) == "日期应写作 YYYY-MM-DD，例如 2028-04-04：2029-02-29"


def test_schedule_names_tasks_that_exist_in_shanghai_time():
    app.loader.import_default_modules()

    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
    assert str(app.timezone) == "Asia/Shanghai"
