"""The demo world: made by the real acts, once, and only where it is a demo."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, DateTimeField
from django.utils import timezone

from assessments.models import Measure
from config.demo_world import PASSWORD
from registry.access import Role, Seat, business_date
from registry.models import (
    Claim,
    Delegation,
    Delivery,
    Enterprise,
    Event,
    Factory,
    Invitation,
    Notification,
    User,
)
from tiers.models import (
    Application,
    Certification,
    Decision,
    FilingEntry,
    FilingList,
    Recommendation,
    ReturnItem,
    Urging,
    Verification,
)

ACCOUNTS = [
    "admin",
    "city-dingzhou",
    "city-haerbin",
    "city-hefei",
    "city-shijiazhuang",
    "city-tangshan",
    "city-wuhu",
    "county-changan",
    "county-daoli",
    "firm-1",
    "firm-1-editor",
    "firm-1-reader",
    "firm-2",
    "province-anhui",
    "province-hebei",
    "province-heilongjiang",
    "reader-changan",
    "reader-hebei",
    "reader-shijiazhuang",
]
PROVINCES = ("130000", "230000", "340000")

#: What people are told of by the acts of the demo, and by its last night.
TOLD = {
    Event.CASE_RECEIVED,
    Event.CASE_RETURNED,
    Event.CASE_REJECTED,
    Event.DESK_CASE,
    Event.DESK_CLAIM,
    Event.DESK_FILING,
    Event.DESK_HONOUR,
    Event.DESK_MOVE,
    Event.DESK_OVERDUE,
    Event.DESK_URGED,
    Event.FILING_ACKNOWLEDGED,
    Event.FILING_RETURNED,
    Event.PEOPLE_CONFIRMED,
    Event.PEOPLE_DELEGATION,
    Event.PEOPLE_JOINED,
    Event.PEOPLE_LEFT,
    Event.PEOPLE_REFUSED,
    Event.PEOPLE_SEAT,
    Event.ROUND_ANNOUNCED,
    Event.ROUND_PLACES,
    Event.TITLE_CORRECTED,
    Event.TITLE_DERIVED,
    Event.TITLE_EXPIRED,
    Event.TITLE_EXPIRING,
    Event.TITLE_ISSUED,
    Event.TITLE_REVOKED,
}


def seed():
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def signs_in(client, name):
    answer = client.post("/login/", {"username": name, "password": PASSWORD})
    client.logout()
    return answer.status_code == 302


def held(model, field):
    return set(model.objects.values_list(field, flat=True))


def below(queryset, province, path="authority__path"):
    return queryset.filter(**{f"{path}__startswith": f"/{province}/"})


def size_of_three_provinces(client):
    assert Enterprise.objects.count() >= 300
    assert Factory.objects.count() >= 400
    published = Certification.objects.published()
    for province in PROVINCES:
        assert below(Enterprise.objects, province).count() >= 70
        assert below(published, province, "factory__authority__path").count() >= 30
    assert len(held(Enterprise, "name")) == Enterprise.objects.count()
    assert len(held(Factory, "division__parent")) >= 35
    assert Factory.objects.filter(industry=None).exists() is False


def every_state(client):
    assert held(Application, "status") == set(Application.Status.values)
    assert held(Certification, "source") == set(Certification.Source.values)
    assert held(Certification, "ending") == {"", "expired", "revoked"}
    assert held(FilingList, "status") == set(FilingList.Status.values)
    assert held(FilingEntry, "live") == {True, False}
    assert held(Claim, "status") == set(Claim.Status.values)
    assert held(Claim, "kind") == set(Claim.Kind.values)
    assert held(Measure, "status") == set(Measure.Status.values)
    assert held(ReturnItem, "target_kind") == set(ReturnItem.Kind.values)
    assert held(ReturnItem, "outcome") == {"", *ReturnItem.Outcome.values}
    assert held(Urging, "side") == {Role.ENTERPRISE, Role.PROVINCE}
    assert held(Notification, "event") >= TOLD
    assert held(Delivery, "status") <= {Delivery.Status.SENT, Delivery.Status.WAITING}
    assert Delivery.objects.filter(channel="sms", status=Delivery.Status.SENT).exists()


def people_in_every_seat(client):
    today = business_date(timezone.now())

    assert [name for name in ACCOUNTS if not signs_in(client, name)] == []
    seats = User.objects.filter(enterprise__users__username="firm-1").values_list("seat", flat=True)
    assert Counter(seats) == {Seat.MANAGER: 1, Seat.EDITOR: 1, Seat.READER: 1}
    readers = User.objects.filter(seat=Seat.READER).exclude(authority=None)
    assert set(readers.values_list("role", flat=True)) == {Role.COUNTY, Role.CITY, Role.PROVINCE}
    states = {one.state(today) for one in Invitation.objects.all()}
    assert states == {"open", "used", "revoked", "ended"}
    assert [one.runs_on(today) for one in Delegation.objects.order_by("pk")] == [False, True]
    assert Decision.objects.exclude(on_behalf_of=None).count() == 1


def values_of_office_and_firm(client):
    by_case = Verification.objects.values("application").annotate(
        levels=Count("level", distinct=True)
    )
    assert max(row["levels"] for row in by_case) == 2
    unsettled = Verification.objects.filter(agreed="")
    assert set(unsettled.values_list("application__status", flat=True)) == {
        Application.Status.IN_PROGRESS,
        Application.Status.RETURNED,
    }
    told = Verification.objects.filter(application__factory__enterprise__users__username="firm-2")
    assert told.exists()


def round_of_the_province(client):
    for province in ("130000", "340000"):
        standing = below(Recommendation.objects.standing(), province)
        units = Counter(standing.values_list("authority__code", flat=True))
        assert len(units) >= 3
        assert max(units.values()) >= 2
    assert Recommendation.objects.exclude(off_quota="").exists()
    assert Recommendation.objects.exclude(released_at=None).exists()


def happened_before_now(client):
    now = timezone.now()
    past = (
        (Application, "submitted_at"),
        (Certification, "issued_at"),
        (Decision, "at"),
        (FilingList, "filed_at"),
        (Notification, "created_at"),
        (Urging, "at"),
        (Verification, "at"),
    )

    assert [
        model.__name__
        for model, field in past
        if isinstance(model._meta.get_field(field), DateTimeField)
        and model.objects.filter(**{f"{field}__gt": now}).exists()
    ] == []
    assert Certification.objects.filter(valid_from__gt=business_date(now)).exists() is False


def made_once(client):
    before = User.objects.count(), Certification.objects.count(), FilingList.objects.count()

    assert seed() == "已有数据，不再建立演示数据。\n"
    assert (
        User.objects.count(),
        Certification.objects.count(),
        FilingList.objects.count(),
    ) == before


#: All looked for in one seeding, which takes half a minute.
SHOWN = (
    size_of_three_provinces,
    every_state,
    people_in_every_seat,
    values_of_office_and_firm,
    round_of_the_province,
    happened_before_now,
    made_once,
)


def test_demo_shows_everything_and_is_made_once(db, settings, client):
    settings.MESSAGE_EMAIL_URL = settings.MESSAGE_SMS_URL = "console://"
    seed()

    for shown in SHOWN:
        shown(client)


def test_demo_is_refused_in_production(db, settings):
    settings.PORTAL_MODE = "production"

    with pytest.raises(CommandError):
        seed()

    assert User.objects.exists() is False
