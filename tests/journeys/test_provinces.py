"""The basic tier in each province by its own chain and filing, from sign-up to the public register.

Only the acts that people use; who acts at which step follows from the rules of the province.
"""

from datetime import timedelta

import pytest

from config import nightly
from registry.models import Notification
from registry.policy import Tier
from tests import build
from tiers import chain, filing, revocation, workflow
from tiers.models import Certification
from tiers.workflow import Action

# Province, where the factory stands, the offices that act on the case, and who files with whom.
CHAINS = [
    ("hebei", "130102", ["130100"], ("130100", "130000")),
    ("hebei, a county that reports like a city", "130682", ["130682"], ("130682", "130000")),
    ("heilongjiang", "230102", ["230102", "230100"], ("230100", "230000")),
    ("heilongjiang, another city", "231123", ["231123", "231100"], ("231100", "230000")),
    ("anhui", "340104", ["340100"], ("340100", "340000")),
    ("anhui, another city", "340202", ["340200"], ("340200", "340000")),
]


@pytest.mark.parametrize(
    ("place", "offices", "list_of"), [row[1:] for row in CHAINS], ids=[row[0] for row in CHAINS]
)
def test_basic_tier_by_its_own_chain(world, place, offices, list_of):
    case = build.application_at("submitted", where=build.authority(place))
    acted = []
    while case.status == workflow.Status.IN_PROGRESS:
        acted.append(chain.handling_authority(case).code)
        case = build.decide(case)
    title = Certification.objects.get(application=case)

    assert (case.status, acted) == ("certified", offices)
    assert (title.tier, title.issuer.code, title.published_on) == (Tier.BASIC, list_of[0], None)

    by = build.officer_of(build.authority(list_of[0]))
    draft = filing.collect(by.authority, by=by, at=build.DAY)
    filed = filing.file(draft, document_no="报备1号", by=by, at=build.DAY)
    assert filed.recipient.code == list_of[1]
    filing.acknowledge(filed, by=build.officer_of(filed.recipient), at=build.DAY)

    title.refresh_from_db()
    assert (title.published_on, title.last_day) == (
        build.DAY.date(),
        build.DAY.date().replace(year=2029),
    )


def test_county_sends_back_and_the_firm_mends(world):
    case = build.application_at("submitted", where=build.authority("230102"))
    county = chain.handling_authority(case)
    returned = build.decide(case, Action.SEND_BACK, opinion="请补充营业执照", at=build.DAY)
    assert returned.status == "returned"

    again = build.submit(returned, at=build.DAY + timedelta(days=2))
    assert chain.handling_authority(again) == county
    done = build.decide(
        build.decide(again, at=build.DAY + timedelta(days=3)), at=build.DAY + timedelta(days=4)
    )

    assert [d.action for d in done.decisions.order_by("pk")] == [
        "submit", "send_back", "submit", "complete", "complete",
    ]  # fmt: skip
    assert done.certification.issuer.code == "230100"


def test_county_is_told_of_the_case_and_then_the_city(world):
    county, city = (
        build.officer(build.authority("230102")),
        build.officer(build.authority("230100")),
    )
    case = build.application_at("submitted", where=build.authority("230102"))

    def told(officer):
        return Notification.objects.filter(
            recipient=officer, link=f"/applications/{case.pk}/"
        ).count()

    assert (told(county), told(city)) == (1, 0)
    build.decide(case, by=county)
    assert (told(county), told(city)) == (1, 1)


def test_county_desk_holds_the_case_with_its_own_limit(world):
    case = build.application_at("submitted", where=build.authority("230102"))

    # Five working days for the county, fifteen for the city after it.
    assert str(case.due_on) == "2026-03-09"
    assert str(build.decide(case).due_on) == "2026-03-23"


def test_derived_title_of_the_year_is_public_at_once_and_ends_after_three_years(world):
    factory = build.factory_at(build.authority("230102"))
    build.locked_assessment(factory)
    build.honour_of(factory, "provincial-basic-workshop")
    nightly.run(on=build.DAY.date(), at=build.DAY)
    title = Certification.objects.published().get(factory=factory)

    assert title.source == Certification.Source.DERIVED
    nightly.run(
        on=title.last_day + timedelta(days=1), at=build.on_day(title.last_day + timedelta(days=1))
    )
    title.refresh_from_db()
    assert title.ending == "expired"


def test_city_leaves_titles_of_the_province_off_its_list(world):
    factory = build.factory_at(build.authority("230102"))
    build.locked_assessment(factory)
    build.honour_of(factory, "provincial-basic-workshop")
    nightly.run(on=build.DAY.date(), at=build.DAY)
    city = build.officer_of(build.authority("230100"))

    assert filing.collect(city.authority, by=city, at=build.DAY).entries.count() == 0


def test_renewal_of_a_derived_title_by_an_application(world):
    factory = build.factory_at(build.authority("230102"))
    build.locked_assessment(factory)
    build.honour_of(factory, "provincial-basic-workshop")
    nightly.run(on=build.DAY.date(), at=build.DAY)
    derived = Certification.objects.get(factory=factory)
    later = build.moment("2028-12-01 09:00")
    case = build.application_at("submitted", factory=factory, at=later)
    case = build.decide(build.decide(case, at=later), at=later)

    derived.refresh_from_db()
    assert derived.ending == "superseded"
    assert case.certification.valid_from == derived.last_day + timedelta(days=1)
    assert revocation.may_propose(derived, build.officer_of(derived.issuer), on=later.date())
