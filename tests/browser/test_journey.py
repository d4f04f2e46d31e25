"""The whole way in a browser, with JavaScript and without: answered, applied, determined, filed,
acknowledged, found by the public, ended by time."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from assessments import assessment as self_assessment
from assessments.models import Assessment
from config import nightly
from registry.models import Factory, User
from registry.policy import Tier
from tests import build
from tests.browser.steps import (
    NAME,
    acknowledge,
    answer_production,
    apply,
    determine,
    file_list,
    find,
    kept,
    lock,
)
from tiers.models import Certification


@dataclass
class Firm:
    factory: Factory
    staff: User
    assessment: Assessment


@pytest.fixture
def now():
    """These pages live by the real clock; what came before happened on the same day."""
    return timezone.now()


@pytest.fixture
def firm(world, staff, now):
    """firm-1 with a factory and a round; of its assessment only the production section is open."""
    place = staff.enterprise.seat
    factory = build.factory_at(place, enterprise=staff.enterprise, name=NAME, at=now)
    build.round_for(factory, at=now)
    assessment = build.open_assessment(factory, at=now)
    others = {
        item: value
        for item, value in build.answers_for(Tier.BASIC, assessment.standard).items()
        if ".production." not in item
    }
    self_assessment.save_answers(assessment, others, seen={}, by=staff, at=now)
    return Firm(factory, staff, assessment)


@pytest.mark.parametrize("javascript", [True, False], ids=["with scripts", "without scripts"])
def test_basic_tier_from_the_first_answer_to_its_end(
    firm, city_officer, province_officer, open_browser, now, javascript
):
    page = open_browser((firm.staff.username, build.PASSWORD), javascript=javascript)
    answer_production(page, firm, javascript=javascript)
    kept(page, firm)
    page.get_by_role("button", name="退出").first.click()
    page = open_browser((firm.staff.username, build.PASSWORD), javascript=javascript)
    kept(page, firm)
    lock(page, firm)
    case = apply(page)

    city = open_browser((city_officer.username, build.PASSWORD), javascript=javascript)
    determine(city, case.number)
    title = Certification.objects.get(application__number=case.number)
    public = open_browser(javascript=javascript)
    assert public.goto(f"/register/{firm.factory.pk}/").status == 404
    file_list(city)
    acknowledge(open_browser((province_officer.username, build.PASSWORD), javascript=javascript))

    find(public)
    expect(public.get_by_role("heading", level=1)).to_have_text("基础级认定有效")
    with time_machine.travel(build.on_day(title.last_day), tick=True):
        public.reload()
        expect(public.get_by_role("heading", level=1)).to_have_text("基础级认定有效")
    over = build.on_day(title.last_day + timedelta(days=1))
    with time_machine.travel(over, tick=True):
        nightly.run(on=over.date(), at=over)
        public.reload()
        expect(public.get_by_role("heading", level=1)).to_have_text("基础级认定已到期")
