"""Upward: places, the list that is reported, the ministries' decision, and the titles it gives."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from registry import digests
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import reporting, revocation, surrender, suspension, upward
from tiers.models import Application, Certification, NationalQuota, UpwardItem, UpwardList
from tiers.upward import Word
from tiers.workflow import Action

AT = build.DAY
YES, NO = UpwardItem.Outcome
NOMINATION, RESULT = UpwardList.Kind.NOMINATION, UpwardList.Kind.RESULT


@pytest.fixture
def second(hebei, province_officer):
    """A colleague in the province's office."""
    return build.officer(hebei, username="province-second", name="省级乙")


@pytest.fixture
def batch(hebei, province_officer):
    return build.open_round(hebei, Tier.EXCELLENT)


@pytest.fixture
def cases(batch, second):
    """Three cases for the excellent tier before the selection."""
    return [build.at_selection() for _ in range(3)]


def steps(cases):
    return [Application.objects.get(pk=case.pk).step for case in cases]


# --- places ----------------------------------------


def test_places_are_entered_with_their_notice(batch, province_officer):
    build.national_places(batch, 30)

    kept = NationalQuota.objects.get(round=batch)
    assert (kept.places, kept.document_no) == (30, "工信厅联通装函〔2026〕251号")
    assert AuditEvent.objects.filter(verb="upward.places").count() == 1


def test_places_are_entered_by_the_office_of_the_round(batch, city_officer):
    with pytest.raises(PermissionDenied):
        upward.set_places(batch, places=3, document_no="x", by=city_officer, at=AT)


def test_places_never_fall_below_what_was_reported(batch, cases, province_officer):
    build.national_places(batch)
    build.listed(batch, NOMINATION)
    build.confirmed_list(batch, NOMINATION)

    with pytest.raises(ValidationError, match="不能少于 3"):
        build.national_places(batch, 2)


def test_hint_gives_the_bands_with_their_source(batch):
    assert upward.hints(batch, on=AT.date()) == [
        "工业增加值排名第 1 名起：最多 40 座",
        "工业增加值排名第 11 名起：最多 30 座",
        "工业增加值排名第 21 名起：最多 20 座",
        "依据：工信厅联通装函〔2025〕251号：按工业增加值排名的推荐数量上限",
    ]


# --- selection ----------------------------------------


def test_list_is_reported_in_order_and_the_rest_is_closed(batch, cases):
    first, refused, _ = cases
    build.national_places(batch)
    build.listed(batch, NOMINATION, {first.pk: Word(YES, 1), refused.pk: Word(NO, None, "效益差")})
    held = build.confirmed_list(batch, NOMINATION)

    assert steps(cases) == ["await", "", "select"]
    refused.refresh_from_db()
    assert (refused.status, refused.decisions.latest("pk").opinion) == (
        "rejected",
        "本次未推荐上报：效益差",
    )
    assert [(row["rank"], row["number"]) for row in held.frozen["rows"]] == [
        (1, first.number),
        (None, refused.number),
    ]
    assert held.digest == digests.of(held.frozen)


def test_nobody_decides_alone_at_this_step(cases, province_officer):
    for action in (Action.COMPLETE, Action.REJECT):
        with pytest.raises(ValidationError, match="由两人办理"):
            build.decide(cases[0], action)


def test_who_prepared_the_list_does_not_confirm_it(batch, cases, province_officer):
    build.national_places(batch)
    build.listed(batch, NOMINATION, by=province_officer)

    with pytest.raises(ValidationError, match="须由另一人确认"):
        build.confirmed_list(batch, NOMINATION, by=province_officer)


def test_list_that_changed_is_not_confirmed(batch, cases, province_officer, second):
    build.national_places(batch)
    build.listed(batch, NOMINATION)
    seen = upward.table(batch, NOMINATION).digest
    build.listed(batch, NOMINATION, {cases[0].pk: Word(YES, 2), cases[1].pk: Word(YES, 1)})

    with pytest.raises(ValidationError, match="名单有变化"):
        reporting.confirm(batch, NOMINATION, seen=seen, by=second, at=AT)


def test_places_are_never_exceeded(batch, cases):
    build.national_places(batch, 2)
    build.listed(batch, NOMINATION)

    with pytest.raises(ValidationError, match="还能推荐 2 座，名单上有 3 座"):
        build.confirmed_list(batch, NOMINATION)
    assert steps(cases) == ["select"] * 3


def test_list_is_not_reported_before_the_places_are_known(batch, cases):
    build.listed(batch, NOMINATION)

    with pytest.raises(ValidationError, match="请先登记国家下达的名额"):
        build.confirmed_list(batch, NOMINATION)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ((Word(YES, 1), Word(YES, 1)), "从 1 起连续编号"),
        ((Word(YES, 1), Word(YES, 3)), "从 1 起连续编号"),
        ((Word(YES), Word(NO, None, "一般")), "推荐的填写优先次序"),
        ((Word(YES, 1), Word(NO)), "不推荐须写明理由"),
    ],
)
def test_list_must_be_whole(batch, cases, words, fault):
    given = {case.pk: word for case, word in zip(cases, words, strict=False)}

    with pytest.raises(ValidationError, match=fault):
        build.listed(batch, NOMINATION, given)


def test_case_whose_prerequisite_is_gone_stops_the_whole_list(batch, cases, province_officer):
    build.national_places(batch)
    build.listed(batch, NOMINATION)
    lost = Certification.objects.get(factory=cases[1].factory, tier=Tier.ADVANCED)
    Certification.objects.filter(pk=lost.pk).update(ends_on=AT.date(), ending="revoked")

    with pytest.raises(ValidationError, match=f"{cases[1].number}.*先进级"):
        build.confirmed_list(batch, NOMINATION)
    assert steps(cases) == ["select"] * 3
    assert UpwardList.objects.get().confirmed_at is None


def test_open_list_is_the_offices_own(batch, cases, city_officer):
    build.listed(batch, NOMINATION)
    staff = build.staff_of(cases[0].factory.enterprise)

    for one in (city_officer, staff):
        assert UpwardList.objects.visible_to(one).count() == 0
        assert UpwardItem.objects.visible_to(one).count() == 0
        assert AuditEvent.objects.visible_to(one).filter(verb__startswith="upward").count() == 0


# --- the ministries' decision ----------------------------------------


@pytest.fixture
def reported(batch, cases):
    build.national_places(batch)
    build.listed(batch, NOMINATION)
    build.confirmed_list(batch, NOMINATION)
    return [Application.objects.get(pk=case.pk) for case in cases]


def test_result_gives_titles_of_the_ministries(batch, reported):
    first, second_one, _ = reported
    words = {first.pk: Word(YES), second_one.pk: Word(NO)}
    held = build.listed(batch, RESULT, words)
    build.confirmed_list(batch, RESULT)

    title = Certification.objects.get(application=first)
    assert (title.tier, title.issuer.kind, title.document_no) == (
        "excellent",
        "nation",
        held.document_no,
    )
    assert (title.valid_from, title.last_day, title.published_on) == (AT.date(), None, AT.date())
    assert title.basis == "工信厅联通装函〔2026〕251号"
    assert steps(reported) == ["", "", "await"]
    second_one.refresh_from_db()
    assert second_one.status == "rejected"


def test_what_was_reported_is_not_sent_back(reported):
    with pytest.raises(ValidationError, match="不能退回"):
        build.decide(reported[0], Action.SEND_BACK)


def test_result_is_told_once(batch, reported):
    build.listed(batch, RESULT)
    build.confirmed_list(batch, RESULT)

    assert Notification.objects.filter(event="title.issued").count() == 3


def test_result_dated_ahead_is_refused(batch, reported, province_officer, second):
    held = build.listed(batch, RESULT)
    UpwardList.objects.filter(pk=held.pk).update(dated=AT.date() + timedelta(days=1))

    with pytest.raises(ValidationError, match="到那一天才能确认"):
        build.confirmed_list(batch, RESULT)


def test_province_neither_revokes_nor_suspends_a_national_title(batch, reported, province_officer):
    build.listed(batch, RESULT)
    build.confirmed_list(batch, RESULT)
    title = Certification.objects.get(application=reported[0])

    assert not revocation.may_propose(title, province_officer, on=AT.date())
    assert not suspension.may_suspend(title, province_officer, on=AT.date())
    manager = build.staff_of(title.factory.enterprise)
    assert not surrender.may_declare(title, manager, on=AT.date())


def test_title_through_the_whole_course_can_be_built(world):
    assert build.excellent_title().tier == "excellent"
