"""The meeting: prepared in silence, confirmed by another, released at once, and what bars each."""

import copy

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry import delegation
from registry.access import Duty, Seat
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import meeting, proceedings
from tiers.meeting import Word
from tiers.models import Application, Decision, Meeting, MeetingItem
from tiers.workflow import Action

AT = build.DAY


@pytest.fixture
def cases(arrive, second):
    """Three cases before the meeting."""
    return [build.inspected(case) for case in arrive(3)]


def standing_in(user, giver):
    """The person as he acts in another's place."""
    terms = delegation.Terms(user, AT.date(), AT.date(), [Duty.COMPLETE.value], [], "出差")
    given = delegation.give(terms, by=giver, at=AT)
    user = copy.copy(user)
    delegation.put_on(user, given)
    return user


def test_whole_meeting_decides_every_case_at_once(batch, cases):
    _, refused, put_off = cases
    held = build.met(
        batch,
        {refused.pk: Word("reject", "环节覆盖不足"), put_off.pk: Word("hold", "待补充材料")},
    )

    for case in cases:
        case.refresh_from_db()
    assert [(c.status, c.step) for c in cases] == [
        ("in_progress", "determine"),
        ("rejected", ""),
        ("in_progress", "meet"),
    ]
    assert [row["outcome"] for row in held.frozen] == ["pass", "reject", "hold"]
    assert refused.decisions.latest("pk").opinion == "环节覆盖不足"
    assert Notification.objects.filter(event="case.rejected").count() == 1


def test_case_put_off_is_decided_by_the_next_meeting(batch, cases):
    build.met(batch, {case.pk: Word("hold", "暂缓") for case in cases})
    build.met(batch)

    assert set(Application.objects.filter(round=batch).values_list("step", flat=True)) == {
        "determine"
    }
    assert Meeting.objects.count() == 2


@pytest.mark.parametrize("action", [Action.COMPLETE, Action.REJECT])
def test_no_officer_decides_alone_at_this_step(batch, cases, action):
    build.prepared(batch, {cases[0].pk: Word("reject", "不符合")})
    build.confirmed(batch)

    with pytest.raises(ValidationError, match="由会议审定"):
        build.decide(cases[0], action)


def pages_of(case, *people):
    """Everything these people are shown of the case, of their inbox and of the lists it is in."""
    shown = []
    for one in people:
        client = Client()
        client.force_login(one, backend="django.contrib.auth.backends.ModelBackend")
        for path in (
            f"/applications/{case.pk}/",
            f"/api/v1/applications/{case.pk}/",
            "/messages/",
            "/applications/",
            "/desk/?tab=all",
            f"/enterprises/{case.factory.enterprise_id}/",
            f"/rounds/{case.round_id}/",
        ):
            answer = client.get(path)
            shown.append((path, answer.status_code, b"WORD" in answer.content))
    return shown


def test_nothing_of_what_is_prepared_is_seen_outside_the_office(batch, cases, city_officer):
    case = cases[0]
    staff = build.staff_of(case.factory.enterprise)
    others = (staff, city_officer)
    before = (pages_of(case, *others), Notification.objects.count(), Decision.objects.count())

    build.prepared(batch, {case.pk: Word("reject", "WORD 理由")})
    build.confirmed(batch)

    after = (pages_of(case, *others), Notification.objects.count(), Decision.objects.count())
    assert after == before
    for one in others:
        assert Meeting.objects.visible_to(one).count() == 0
        assert MeetingItem.objects.visible_to(one).count() == 0
        seen = AuditEvent.objects.visible_to(one).filter(verb__startswith="meeting.")
        assert seen.count() == 0


def test_it_is_seen_once_it_is_released(batch, cases, province_officer):
    case = cases[0]
    staff = build.staff_of(case.factory.enterprise)
    build.met(batch, {case.pk: Word("reject", "WORD 理由")})

    assert any(found for _, _, found in pages_of(case, staff))
    assert MeetingItem.objects.visible_to(province_officer).count() == 3


def test_who_prepared_does_not_confirm(batch, cases, province_officer):
    build.prepared(batch, by=province_officer)

    with pytest.raises(ValidationError, match="须由另一人确认"):
        build.confirmed(batch, by=province_officer)


def test_who_prepared_does_not_confirm_in_anothers_place(batch, cases, province_officer, second):
    build.prepared(batch, by=province_officer)
    deputy = standing_in(province_officer, second)

    with pytest.raises(ValidationError, match="须由另一人确认"):
        build.confirmed(batch, by=deputy)


def test_who_is_stood_in_for_does_not_confirm_himself(batch, cases, province_officer, second):
    third = build.officer(second.authority, name="省级丙")
    build.prepared(batch, by=standing_in(second, province_officer))

    with pytest.raises(ValidationError, match="须由另一人确认"):
        build.confirmed(batch, by=province_officer)
    assert build.confirmed(batch, by=third).confirmed_name == "省级丙"


def test_everybody_who_touched_the_table_has_prepared_it(batch, cases, province_officer, second):
    build.prepared(batch, by=province_officer)
    build.prepared(batch, {cases[0].pk: Word("hold", "再议")}, by=second)

    for one in (province_officer, second):
        with pytest.raises(ValidationError, match="须由另一人确认"):
            build.confirmed(batch, by=one)


def test_confirmation_lapses_when_a_decision_changes(batch, cases):
    build.prepared(batch)
    build.confirmed(batch)
    build.prepared(batch, {cases[0].pk: Word("hold", "再议")})

    assert meeting.table(batch).confirmed is False
    with pytest.raises(ValidationError, match="还没有第二人确认"):
        build.released(batch)


@pytest.mark.parametrize("change", ["leaves", "arrives"])
def test_confirmation_lapses_when_the_list_changes(batch, cases, arrive, change):
    build.prepared(batch)
    build.confirmed(batch)
    if change == "leaves":
        build.withdraw(cases[0])
    else:
        build.inspected(arrive()[0])

    assert meeting.table(batch).lapsed is True
    with pytest.raises(ValidationError, match="确认已失效"):
        build.released(batch)
    assert Decision.objects.filter(step="meet", action=Action.COMPLETE).count() == 0


def test_case_sent_back_and_in_again_has_no_decision_any_more(batch, cases, city_officer):
    build.prepared(batch)
    build.decide(cases[0], Action.SEND_BACK)
    build.inspected(build.decide(build.submit(cases[0]), by=city_officer))

    assert [row.application for row in meeting.table(batch).open_rows] == [cases[0]]


def test_nobody_decides_what_he_recommended(batch, arrive, city_officer, province_officer, second):
    own = build.decide(build.candidate(), by=standing_in(province_officer, city_officer))
    for case in (own, *arrive()):
        build.inspected(case, by=second)
    number = Application.objects.get(pk=own.pk).number

    with pytest.raises(ValidationError, match=f"{number} 由本人"):
        build.prepared(batch, by=province_officer)
    third = build.officer(second.authority, name="省级丙")
    build.prepared(batch, by=third)
    with pytest.raises(ValidationError, match=f"{number} 由本人"):
        build.confirmed(batch, by=province_officer)
    build.confirmed(batch, by=second)
    with pytest.raises(ValidationError, match=f"{number} 由本人"):
        build.released(batch, by=province_officer)
    assert build.released(batch, by=third).released_name == "省级丙"


def test_recommender_prepares_the_cases_of_others(
    batch, arrive, city_officer, province_officer, second
):
    own = build.decide(build.candidate(), by=standing_in(province_officer, city_officer))
    build.inspected(own, by=second)
    other = build.inspected(arrive()[0])
    held = meeting.prepare(
        batch,
        {own.pk: Word(), other.pk: Word("pass")},
        held_on=None,
        attendees="",
        minutes="",
        seen=0,
        by=province_officer,
        at=AT,
    )

    assert [item.application for item in held.items.all()] == [other]


UNREADY = {
    "undecided": (lambda case: {case.pk: Word()}, {}, "没有审定意见"),
    "no minutes": (lambda case: {}, {"minutes": ""}, "会议纪要"),
    "not held yet": (
        lambda case: {},
        {"held_on": build.moment("2026-03-03 09:00").date()},
        "开过会才能确认",
    ),
}


@pytest.mark.parametrize(("words", "given", "refusal"), UNREADY.values(), ids=UNREADY)
def test_what_is_not_ready_is_not_confirmed(batch, cases, second, words, given, refusal):
    whole = {"held_on": AT.date(), "attendees": "厅领导", "minutes": "审议通过"}
    passing = {case.pk: Word("pass") for case in cases}
    meeting.prepare(
        batch,
        {**passing, **words(cases[0])},
        **{**whole, **given},
        seen=0,
        by=build.officer_of(batch.authority),
        at=AT,
    )

    with pytest.raises(ValidationError, match=refusal):
        build.confirmed(batch, by=second)


def test_refusing_and_putting_off_need_a_reason(batch, cases):
    for outcome in ("reject", "hold"):
        with pytest.raises(ValidationError, match="须写明理由"):
            build.prepared(batch, {cases[0].pk: Word(outcome)})


def test_older_screen_overwrites_nothing(batch, cases, province_officer):
    build.prepared(batch)

    with pytest.raises(ValidationError, match="有变化，没有保存"):
        meeting.prepare(
            batch,
            {},
            held_on=None,
            attendees="",
            minutes="",
            seen=0,
            by=province_officer,
            at=AT,
        )
    with pytest.raises(ValidationError, match="有变化，没有保存"):
        meeting.confirm(batch, seen="old", by=province_officer, at=AT)


def test_release_is_all_or_nothing(batch, cases, second):
    """Who may complete in another's place but not refuse fails at the last of three cases."""
    build.prepared(batch, {cases[-1].pk: Word("reject", "不符合")})
    build.confirmed(batch)
    deputy = standing_in(build.officer(batch.authority, name="省级丁"), second)
    told = Notification.objects.count()

    with pytest.raises(PermissionDenied):
        build.released(batch, by=deputy)

    assert Meeting.objects.get().released_at is None
    assert Notification.objects.count() == told
    assert Decision.objects.filter(step="meet").count() == 0
    build.released(batch)
    assert Decision.objects.filter(step="meet").count() == 3


def test_only_the_office_of_the_round_handles_it(batch, cases, city_officer, hebei):
    reader = build.seated(build.officer(hebei), Seat.READER)
    build.prepared(batch)

    for one in (city_officer, reader, build.staff_of(cases[0].factory.enterprise)):
        for act in (build.prepared, build.confirmed, build.released):
            with pytest.raises(PermissionDenied):
                act(batch, by=one)


def test_released_twice_is_refused_the_second_time(batch, cases):
    build.prepared(batch)
    build.confirmed(batch)
    digest = meeting.table(batch).digest
    by = build.officer_of(batch.authority)
    proceedings.release(batch, seen=digest, by=by, at=AT)

    with pytest.raises(ValidationError, match="没有待公布"):
        proceedings.release(batch, seen=digest, by=by, at=AT)
    assert Decision.objects.filter(step="meet", action=Action.COMPLETE).count() == 3


def judged(case, total):
    build.decide(build.reviewed(case, total=total))
    return build.inspected(Application.objects.get(pk=case.pk))


@pytest.fixture
def ranked(review_chain, hebei, province_officer, city_officer, second):
    """Three cases that experts gave 60, 90 and 75, in the order of their recommendation."""
    build.open_round(hebei, Tier.ADVANCED)
    cases = [build.decide(build.candidate(), by=city_officer) for _ in range(3)]
    return [judged(case, total) for case, total in zip(cases, (60, 90, 75), strict=True)]


def test_table_shows_the_review_and_is_ordered_by_it(ranked, province_officer, as_user):
    batch = ranked[0].round
    rows = meeting.table(batch).rows

    assert [row.application for row in rows] == [ranked[1], ranked[2], ranked[0]]
    assert [(row.review.mean, row.review.corrected_rank) for row in rows] == [
        (90.0, 1), (75.0, 2), (60.0, 3),
    ]  # fmt: skip
    page = as_user(province_officer).get(f"/rounds/{batch.pk}/meeting/").content.decode()
    assert "按评审校正名次" in page
    assert page.index(ranked[1].number) < page.index(ranked[2].number)


def test_review_is_frozen_with_the_table(ranked, province_officer, as_user):
    batch = ranked[0].round
    held = build.met(batch)

    assert [(row["score"], row["corrected"], row["score_rank"]) for row in held.frozen] == [
        (90.0, 90.0, 1), (75.0, 75.0, 2), (60.0, 60.0, 3),
    ]  # fmt: skip
    paper = f"/rounds/{batch.pk}/meeting/print/?meeting={held.pk}"
    assert "90.0（90.0）" in as_user(province_officer).get(paper).content.decode()


def test_table_with_a_review_costs_the_same_queries_for_more_cases(
    ranked, province_officer, city_officer, as_user
):
    batch, counts = ranked[0].round, []
    client = as_user(province_officer)
    for _ in range(2):
        with CaptureQueriesContext(connection) as seen:
            client.get(f"/rounds/{batch.pk}/meeting/")
        counts.append(len(seen))
        judged(build.decide(build.candidate(), by=city_officer), 70)

    assert counts[0] == counts[1]
