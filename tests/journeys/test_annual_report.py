"""A year walked by the clock: opened, reminded, sent in, sent back, late, missed again."""

from datetime import date, timedelta

import pytest

from config import nightly
from registry.access import business_date
from registry.models import Event, Notification
from reports import annual
from reports.models import AnnualReport
from tests import build
from tiers.models import Certification

DAY = timedelta(days=1)


def night(day):
    """Run twice, as on two machines."""
    for hour in (0, 1):
        nightly.run(on=day, at=build.on_day(day, hour))


def walk(first, last):
    day = first
    while day <= last:
        night(day)
        day += DAY


def told(factory, event):
    rows = Notification.objects.filter(event=event, matter__startswith=factory.name)
    return [business_date(message.created_at) for message in rows.order_by("created_at", "pk")]


def states():
    return list(AnnualReport.objects.order_by("pk").values_list("state", flat=True))


@pytest.fixture
def factories(changan, city_officer, province_officer):
    """One that reports, one that is sent back, one that never answers."""
    found = [build.factory_at(changan, name=name) for name in ("勤报厂", "退回厂", "未报厂")]
    for one in found:
        build.title(one, on=date(2025, 9, 1))
    return found


def test_year_from_its_opening_to_the_list_of_the_missed(factories, city_officer):
    diligent, returned, silent = factories
    walk(date(2025, 12, 30), date(2026, 1, 2))
    assert states() == ["owed"] * 3
    assert told(diligent, Event.ANNUAL_OPENED) == [date(2026, 1, 1)]

    build.annual_sent(AnnualReport.objects.for_list().get(factory=diligent), at=at("2026-02-10"))
    sent = AnnualReport.objects.for_list().get(factory=returned)
    build.annual_sent(sent, at=at("2026-03-20"))
    sent.refresh_from_db()
    back = build.annual_returned(sent, "kpis", at=at("2026-03-25"), due_on=date(2026, 4, 15))
    walk(date(2026, 2, 27), date(2026, 4, 3))

    assert told(diligent, Event.ANNUAL_DUE) == []
    assert told(silent, Event.ANNUAL_DUE) == [
        date(2026, 3, 1), date(2026, 3, 24), date(2026, 3, 30), date(2026, 4, 1),
    ]  # fmt: skip
    assert desk(city_officer) == ["新增 1 座工厂逾期没有报送"]

    replies = {one.pk: annual.Reply("changed", "已更正") for one in annual.standing(back)}
    again = build.annual_sent(back, at=at("2026-04-10"), replies=replies)
    build.annual_accepted(again, at=at("2026-04-12"))
    assert states() == ["submitted", "accepted", "owed"]

    # The next year: no night for two weeks, then all at once.
    night(date(2027, 1, 15))
    assert AnnualReport.objects.filter(year=2026).count() == 3
    for factory in (diligent, returned):
        one = AnnualReport.objects.for_list().get(factory=factory, year=2026)
        build.annual_sent(one, at=at("2027-03-01"))
    night(date(2027, 4, 2))

    (row,) = annual.seen_by(city_officer, date(2027, 4, 2))
    assert (row.factory, row.years) == (silent, (2026, 2025))
    assert "连续 2 年没有报送，列入复核名单" in desk(city_officer)
    assert list(Certification.objects.values_list("ending", flat=True)) == ["", "", ""]


def at(day):
    return build.moment(f"{day} 10:00")


def desk(officer):
    rows = Notification.objects.filter(recipient=officer, event=Event.DESK_ANNUAL)
    return [m.result for m in rows.order_by("pk") if m.result != "企业已报送"]
