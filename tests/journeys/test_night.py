"""The night as an operator sees it: the command and the task, on time, late, twice, out of turn."""

import re
from datetime import date
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from config import nightly, tasks
from registry.models import AuditEvent, Notification
from tests import build
from tests.journeys.visitor import Visitor
from tiers.models import Certification


def run(on):
    """How many ends and reminders the command says it recorded."""
    out = StringIO()
    call_command("nightly", "--on", on, stdout=out)
    return tuple(int(re.search(f"{what} (\\d+)", out.getvalue())[1]) for what in ("到期", "提醒"))


@pytest.fixture
def titles(changan, city_officer):
    """Three titles of one firm, ending on the 31st of December, the 1st of January and later."""
    firm = build.enterprise_at(changan)
    days = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 6, 1))
    return [build.title(build.factory_at(changan, enterprise=firm), on=day) for day in days]


def endings():
    return list(Certification.objects.order_by("pk").values_list("ending", flat=True))


def test_years_end_ends_one_title_a_night(titles):
    assert run("2028-12-31") == (0, 3)
    assert endings() == ["", "", ""]
    assert run("2029-01-01") == (1, 0)
    assert endings() == ["expired", "", ""]
    assert run("2029-01-02") == (1, 0)
    assert endings() == ["expired", "expired", ""]


def test_night_run_again_changes_nothing(titles):
    run("2029-01-02")
    before = (AuditEvent.objects.count(), Notification.objects.count())

    assert run("2029-01-02") == (0, 0)
    assert (AuditEvent.objects.count(), Notification.objects.count()) == before


def test_night_of_an_earlier_day_undoes_nothing(titles):
    run("2029-01-02")

    assert run("2028-12-01") == (0, 0)
    assert endings() == ["expired", "expired", ""]


def test_one_late_night_does_what_the_missed_ones_would_have(titles):
    assert run("2030-01-01") == (3, 0)
    assert [t.ends_on for t in Certification.objects.order_by("pk")] == [
        date(2029, 1, 1),
        date(2029, 1, 2),
        date(2029, 6, 2),
    ]


@pytest.mark.parametrize(
    ("second", "expired"),
    [("2028-12-31 23:59:59", 0), ("2029-01-01 00:00:00", 1), ("2029-01-01 00:00:01", 1)],
)
def test_beat_works_for_the_day_of_shanghai(titles, second, expired):
    with time_machine.travel(build.moment(second), tick=False):
        tasks.night.apply().get()

    assert endings().count("expired") == expired


def test_titles_before_the_night_and_after_it_look_the_same_to_the_public(titles, city_officer):
    listed = build.filed_list()
    build.acknowledge(listed)
    pages = [f"/register/{t.factory_id}/" for t in titles]
    with time_machine.travel(build.moment("2029-01-01 08:00"), tick=False):
        before = [Visitor().open(page).text for page in pages]
        nightly.run(on=date(2029, 1, 1), at=build.moment("2029-01-01 08:00"))

        assert [Visitor().open(page).text for page in pages] == before
    assert endings()[:3] == ["expired", "", ""]


def test_day_that_is_no_day_is_refused(db):
    with pytest.raises(Exception, match="YYYY-MM-DD"):
        run("2029-02-30")
