"""Opening, extending and closing a round: who may, in which order of days, and who hears of it."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import rounds

AT = build.DAY


@pytest.fixture(autouse=True)
def _at_noon():
    """The pages are asked on the day on which the acts of these tests happen."""
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        yield


@pytest.fixture
def batch(hebei, province_officer):
    return build.open_round(
        hebei, Tier.ADVANCED, closes_on=date(2026, 3, 31), recommend_by=date(2026, 4, 10)
    )


def extend(batch, by, **given):
    given = {"closes_on": date(2026, 4, 8), "reason": "企业反映时间紧", **given}
    return rounds.extend_round(batch, **given, by=by, at=AT)


def test_opening_is_told_to_offices_and_firms_below_and_nobody_else(
    hebei, province_officer, city_officer, county_officer, staff, changan
):
    build.factory_at(changan, enterprise=staff.enterprise)
    elsewhere = build.officer(build.authority("230000"))

    build.open_round(hebei, Tier.ADVANCED)

    told = Notification.objects.filter(event="round.announced").values_list("recipient", flat=True)
    assert set(told) == {city_officer.pk, county_officer.pk, staff.pk}
    assert elsewhere.pk not in set(told)


def test_extension_takes_applications_again_and_says_why(batch, province_officer, city_officer):
    extend(batch, province_officer)

    batch.refresh_from_db()
    assert (batch.closes_on, batch.recommend_by) == (date(2026, 4, 8), date(2026, 4, 10))
    news = Notification.objects.filter(recipient=city_officer).order_by("-pk").first()
    assert news.result == "受理延长至 2026-04-08 24:00，原因：企业反映时间紧"
    trail = AuditEvent.objects.get(verb="round.extend")
    assert trail.data["before"] == "2026-03-31"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"closes_on": date(2026, 3, 31)}, "新的截止日期要晚于现在的截止日期，并且不早于今天"),
        ({"reason": " "}, "请写明延长的原因，企业能看到"),
        ({"closes_on": date(2026, 4, 20)}, "推荐截止日期不能早于新的申报截止日期，请一并延长"),
    ],
)
def test_extension_that_makes_no_sense_is_refused(batch, province_officer, given, words):
    with pytest.raises(ValidationError) as refusal:
        extend(batch, province_officer, **given)

    assert refusal.value.messages == [words]


def test_round_is_extended_by_its_owner_alone(batch, city_officer):
    with pytest.raises(PermissionDenied):
        extend(batch, city_officer)


def test_later_day_is_an_extension_and_no_closing(batch, province_officer):
    with pytest.raises(ValidationError) as refusal:
        rounds.close_round(batch, closes_on=date(2026, 4, 1), by=province_officer, at=AT)

    assert refusal.value.messages == ["要晚于现在的截止日期，请用“延长受理”并写明原因"]


def test_recommendations_end_no_earlier_than_applications(hebei, province_officer):
    with pytest.raises(ValidationError) as refusal:
        build.open_round(
            hebei, Tier.ADVANCED, closes_on=date(2026, 3, 31), recommend_by=date(2026, 3, 30)
        )

    assert refusal.value.messages == ["先填申报截止日期，推荐截止日期不早于它"]


def test_heilongjiang_opens_no_advanced_round(world):
    with pytest.raises(ValidationError):
        build.open_round(build.authority("230000"), Tier.ADVANCED)


def test_round_is_extended_on_its_page(batch, as_user, province_officer):
    client = as_user(province_officer)
    given = {"closes_on": "2026-04-20", "recommend_by": "2026-04-30", "reason": "节假日"}

    answer = client.post(reverse("tiers:round_extend", args=[batch.pk]), given)

    assert answer.url == reverse("tiers:round", args=[batch.pk])
    batch.refresh_from_db()
    assert (batch.closes_on, batch.recommend_by) == (date(2026, 4, 20), date(2026, 4, 30))
