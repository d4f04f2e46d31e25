"""Candidates for the leading tier: listed, reminded, reviewed, accepted or not; never a title."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from registry.models import Notification
from registry.policy import Tier
from tests import build
from tiers import cultivation, register, upward
from tiers.models import Application, Certification, Cultivation, UpwardItem
from tiers.upward import Word

AT = build.DAY
ON = AT.date()
YES, NO = UpwardItem.Outcome
ACCEPTANCE = build.ACCEPTANCE


@pytest.fixture
def one(world):
    return build.cultivated()


def at(text):
    return build.moment(f"{text} 09:00")


def accept(one, outcome=YES, *, when=AT):
    case = one.application
    build.listed(case.round, ACCEPTANCE, {case.pk: Word(outcome)}, at=when)
    build.confirmed_list(case.round, ACCEPTANCE, at=when)
    one.refresh_from_db()
    return Application.objects.get(pk=case.pk)


def test_candidate_is_listed_for_two_years(one):
    case = one.application

    assert (one.listed_on, one.last_day) == (ON, date(2028, 3, 2))
    assert (case.status, case.step) == ("in_progress", "accept")
    assert Notification.objects.filter(event="case.cultivation").count() == 1


def test_candidate_counts_nowhere_as_leading(one):
    factory = one.application.factory

    assert not Certification.objects.filter(tier=Tier.LEADING).exists()
    assert register.tier_counts(ON)[Tier.LEADING] == 0
    assert register.tier_counts(ON)[Tier.EXCELLENT] == 1
    titles = list(register.published().filter(factory=factory))
    assert register.leading(titles, ON).tier == Tier.EXCELLENT
    assert [step.reached for step in register.stair(titles, ON)] == [False, False, True, False]


def test_acceptance_makes_it_leading(one):
    case = accept(build.reported_for_acceptance(one))
    one.refresh_from_db()

    title = Certification.objects.get(application=case)
    assert (title.tier, title.issuer.kind) == ("leading", "nation")
    assert (one.ending, case.status) == ("accepted", "certified")
    assert register.tier_counts(ON)[Tier.LEADING] == 1


def test_acceptance_waits_for_the_provinces_review(one):
    with pytest.raises(ValidationError, match="还没有登记推荐单位初审"):
        accept(one)


def test_refused_candidate_ends_with_its_case(one):
    case = accept(build.reported_for_acceptance(one), NO)
    one.refresh_from_db()

    assert (one.ending, one.label_on(ON), case.status) == ("failed", "未通过验收", "rejected")
    assert cultivation.of_factory(case.factory, ON) is None


def test_firm_that_leaves_ends_its_candidacy(one):
    build.withdraw(one.application)

    one.refresh_from_db()
    assert one.ending == "withdrawn"


def test_review_is_the_provinces_own(one, city_officer):
    with pytest.raises(PermissionDenied):
        cultivation.review(
            one, opinion="可", document_no="1", reviewed_on=ON, by=city_officer, at=AT
        )


def test_review_after_the_last_day_is_refused(one):
    with pytest.raises(ValidationError, match="届满"):
        build.reported_for_acceptance(one, at=at("2028-03-03"))


def test_lapse_is_recorded_and_told_once(one):
    late = at("2028-03-03")

    assert one.label_on(date(2028, 3, 2)) == "培育中"
    assert one.label_on(late.date()) == "培育期满未通过验收"
    assert [cultivation.lapse(on=late.date(), at=late) for _ in range(2)] == [1, 0]
    one.refresh_from_db()
    assert (one.ending, one.label_on(late.date())) == ("lapsed", "培育期满未通过验收")
    assert Notification.objects.filter(result="培育期满未通过验收，培育结束").count() == 1


def test_review_that_went_up_in_time_keeps_it_from_lapsing(one):
    build.reported_for_acceptance(one)
    late = at("2028-03-03")

    assert cultivation.lapse(on=late.date(), at=late) == 0
    one.refresh_from_db()
    assert one.label_on(late.date()) == "已报国家验收"
    assert accept(one, when=late).status == "certified"


def test_reminders_come_at_180_90_and_30_days(one):
    days = ["2027-08-01", "2027-09-04", "2027-09-05", "2027-12-10", "2028-02-02", "2028-02-03"]

    assert [cultivation.remind(on=at(day).date(), at=at(day)) for day in days] == [0, 1, 0, 1, 1, 0]


def test_candidate_does_not_apply_a_second_time(one):
    with pytest.raises(ValidationError):
        build.draft(one.application.factory, Tier.LEADING)


def test_hint_counts_the_excellent_titles_of_the_province(one):
    assert upward.hints(one.application.round, on=ON)[-2] == "本省现有卓越级 1 座，按此为 1 座"


def test_candidates_are_seen_by_their_firm_and_the_offices_above(one, city_officer):
    staff = build.staff_of(one.application.factory.enterprise)
    other = build.officer_of(build.authority("130200"))

    seen = [Cultivation.objects.visible_to(who).count() for who in (staff, city_officer, other)]
    assert seen == [1, 1, 0]
