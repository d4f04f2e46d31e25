"""What a factory gives others: recorded, confirmed, and public with both consents alone."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from registry.models import Notification
from registry.policy import Tier
from tests import build
from tiers import contributions
from tiers.models import Contribution

AT = build.DAY


@pytest.fixture
def factory(changan):
    """A factory on the public register."""
    made = build.factory_at(changan)
    build.title(made, Tier.ADVANCED, on=AT.date())
    return made


def confirm(one, city_officer, **more):
    return contributions.answer(one, by=city_officer, at=AT, **{"confirmed": True, **more})


@pytest.mark.parametrize(
    ("confirmed", "consented", "public"),
    [(True, True, True), (True, False, False), (False, True, False), (None, True, False)],
)
def test_public_only_where_confirmed_and_consented(
    factory, city_officer, client, confirmed, consented, public
):
    one = build.contribution(factory, consented=consented, title="本厂方案")
    if confirmed is not None:
        confirm(one, city_officer, confirmed=confirmed, reason="材料不足")

    page = client.get(f"/register/{factory.pk}/").content.decode()

    assert ("本厂方案" in page) == public


def test_consent_can_be_taken_back(factory, city_officer, client):
    one = confirm(build.contribution(factory), city_officer)
    contributions.consent(one, consented=False, by=build.staff_of(factory.enterprise), at=AT)

    assert list(contributions.public_of(factory)) == []


def test_what_is_taken_back_stays_on_record(factory, city_officer):
    one = confirm(build.contribution(factory), city_officer)
    contributions.withdraw(one, by=build.staff_of(factory.enterprise), at=AT)

    assert list(contributions.public_of(factory)) == []
    assert Contribution.objects.get().status == "withdrawn"


def test_it_is_answered_once(factory, city_officer):
    one = confirm(build.contribution(factory), city_officer)

    with pytest.raises(ValidationError, match="已确认"):
        confirm(one, city_officer)
    assert Notification.objects.filter(event="title.contribution").count() == 1


def test_refusal_needs_its_reason(factory, city_officer):
    with pytest.raises(ValidationError, match="请写明"):
        confirm(build.contribution(factory), city_officer, confirmed=False)


def test_only_the_citys_bureau_confirms(factory, other_city_officer, county_officer):
    one = build.contribution(factory)

    for who in (other_city_officer, county_officer, build.staff_of(factory.enterprise)):
        with pytest.raises(PermissionDenied):
            confirm(one, who)


def test_only_the_firm_records(factory, rival_staff, city_officer):
    given = contributions.Given("solution", "方案", 2026, "某厂", True)

    for who in (rival_staff, city_officer):
        with pytest.raises(PermissionDenied):
            contributions.record(
                factory, given, ContentFile(build.PDF), name="a.pdf", by=who, at=AT
            )


def test_page_takes_what_the_firm_sends(factory, as_user):
    client = as_user(build.staff_of(factory.enterprise))
    sent = {
        "kind": "standard",
        "title": "智能工厂建设指南",
        "year": "2025",
        "partner": "GB/T 1-2025",
        "consented": "on",
        "upload": ContentFile(build.PDF, name="标准.pdf"),
    }

    answer = client.post(f"/factories/{factory.pk}/contributions/", sent)

    assert answer.status_code == 302
    one = Contribution.objects.get()
    assert (one.title, one.partner, one.status) == ("智能工厂建设指南", "GB/T 1-2025", "waiting")
    assert client.get(f"/contributions/{one.pk}/file/").getvalue() == build.PDF


def test_bureau_confirms_on_the_page(factory, as_user, city_officer):
    one = build.contribution(factory)
    client = as_user(city_officer)

    page = client.get(f"/factories/{factory.pk}/contributions/").content.decode()
    client.post(f"/contributions/{one.pk}/answer/", {"outcome": "confirm"})

    assert "不予确认" in page
    one.refresh_from_db()
    assert one.status == "confirmed"
