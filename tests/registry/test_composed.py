"""Questions composed once: each asker gets the answer to his own values."""

from datetime import date

import pytest

from registry.composed import Composed
from registry.listing.keeping import kept, save_view
from registry.models import Enterprise
from tests import build

DAY = date(2026, 3, 5)


def named(_shape, start):
    return Enterprise.objects.filter(name__startswith=start).order_by("pk").values_list("name")


def closed(_shape, day, code):
    found = Enterprise.objects.filter(closed_on__lte=day)
    return (found if code is None else found.filter(credit_code=code)).values_list("pk")


@pytest.fixture
def firms(changan):
    return [build.enterprise_at(changan, name=name) for name in ("百%纯净", "百分纯净", "百_纯净")]


def test_every_asker_gets_his_own_rows(firms):
    question = Composed(named)

    answers = [question.rows(None, start) for start in ("百分", "百%", "百_", "百", "千")]

    assert answers == [
        [("百分纯净",)],
        [("百%纯净",)],
        [("百_纯净",)],
        [("百%纯净",), ("百分纯净",), ("百_纯净",)],
        [],
    ]


def test_sql_is_written_once_for_values_of_the_same_kinds(firms):
    made = []

    def counting(_shape, start):
        made.append(start)
        return named(_shape, start)

    question = Composed(counting)
    for start in ("百分", "百%", "千"):
        question.rows(None, start)

    assert len(made) == 1
    assert made[0] not in ("百分", "百%", "千")


def test_days_codes_and_what_is_missing(firms):
    question = Composed(closed)
    first, second, _ = firms
    Enterprise.objects.filter(pk=first.pk).update(closed_on=DAY)
    Enterprise.objects.filter(pk=second.pk).update(closed_on=date(2026, 3, 6))

    assert question.rows(None, DAY, None) == [(first.pk,)]
    assert question.rows(None, DAY, second.credit_code) == []
    assert question.rows(None, date(2026, 3, 6), second.credit_code) == [(second.pk,)]


def test_views_of_one_are_not_shown_to_another(city_officer, county_officer):
    save_view(
        "cases", name="我的", query="status=approved", shared=False, by=city_officer, at=build.DAY
    )

    shown = [
        [view.name for view in kept("cases", person).views]
        for person in (city_officer, county_officer, city_officer)
    ]

    assert shown == [["我的"], [], ["我的"]]
