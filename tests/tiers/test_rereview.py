"""Re-review together: opened and told, holders as they stand, two persons, all titles at once."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry import enterprises
from registry.models import AuditEvent, Notification
from registry.policy import Tier, refusals
from tests import build
from tiers import derivation, rereview
from tiers.models import Certification, Rereview, RereviewItem
from tiers.rereview import Plan, Word

DAY = build.DAY
LATE = build.moment("2026-04-02 09:00")
ON, AFTER = date(2026, 3, 2), date(2026, 4, 2)


@pytest.fixture
def anhui(world):
    return build.officer(build.authority("340000"), name="省级甲")


@pytest.fixture
def second(anhui):
    return build.officer(anhui.authority, name="省级乙")


@pytest.fixture
def reached(anhui):
    """A holder whose self-assessment reaches the advanced tier."""
    honour = build.holder()
    build.locked_assessment(honour.factory, Tier.ADVANCED)
    return honour


@pytest.fixture
def silent(anhui):
    """A holder that has not assessed itself."""
    return build.holder(build.authority("340202"))


@pytest.fixture
def campaign(anhui, reached, silent):
    return build.campaign()


def states(campaign, on=ON, **more):
    return {row.honour: row.state for row in rereview.table(campaign, on=on, **more).rows}


def told(honour):
    staff = build.staff_of(honour.enterprise)
    return list(Notification.objects.filter(recipient=staff).values_list("event", "result"))


def decide_all(campaign, reached, silent, at=LATE):
    build.found(campaign, [reached], at=at)
    build.found(campaign, [silent], "fail", reason="没有按期自评", at=at)


# --- who may, and what it is about ----------------------------------------------------------------


def test_only_the_office_that_the_rules_name_may_open_one(anhui):
    offices = [build.officer_of(build.authority(code)) for code in ("340100", "130000", "230000")]

    assert [one.key for one in rereview.subjects(anhui, ON)] == [
        "provincial-smart-factory:advanced"
    ]
    assert [rereview.subjects(one, ON) for one in offices] == [[], [], []]
    with pytest.raises(PermissionDenied):
        rereview.open_campaign(
            f"{build.FORMER}:advanced",
            Plan("复核", "自评", ON, AFTER),
            by=offices[0],
            at=DAY,
        )


def test_holders_are_told_once_and_the_offices_above_them(campaign, reached, silent):
    city = build.officer(build.authority("340200"))
    offices = Notification.objects.filter(recipient__role="city").values_list("event", flat=True)

    assert told(silent)[-1] == (
        "title.rereview",
        "2026-03-02 至 2026-04-01 集中复核，须按现行要素条件重新自评，达到先进级",
    )
    assert [event for event, _ in told(reached)].count("title.rereview") == 1
    assert set(offices) <= {"title.rereview", "desk.claim", "desk.honour"}
    assert Rereview.objects.visible_to(city).get() == campaign


def test_second_campaign_about_the_same_waits_for_the_first(campaign):
    with pytest.raises(ValidationError) as refusal:
        build.campaign()
    assert refusal.value.code == "subject"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": " "}, "title"),
        ({"asks": ""}, "asks"),
        ({"opens_on": date(2026, 3, 1)}, "opens_on"),
        ({"closes_on": date(2026, 3, 1)}, "closes_on"),
    ],
)
def test_announcement_is_whole(anhui, changes, field):
    plan = {"title": "复核", "asks": "自评", "opens_on": ON, "closes_on": AFTER, **changes}

    with pytest.raises(ValidationError) as refusal:
        rereview.open_campaign(f"{build.FORMER}:advanced", Plan(**plan), by=anhui, at=DAY)
    assert list(refusal.value.message_dict) == [field]


# --- how holders stand ----------------------------------------------------------------------------


def test_each_holder_stands_as_the_machine_sees_it(campaign, reached, silent, anhui):
    low, gone, barred, claimed = (build.holder() for _ in range(4))
    build.locked_assessment(low.factory)
    build.locked_assessment(barred.factory, Tier.ADVANCED)
    enterprises.record_veto_event(
        barred.enterprise, kind="safety", grade="major", happened_on=ON, by=anhui, at=DAY
    )
    derivation.lose_honour(
        gone, reason="停产", document_no="8号", withdrawn_on=ON, by=anhui, at=DAY
    )
    own = build.honour_of(claimed.factory, build.FORMER, by=build.staff_of(claimed.enterprise))

    assert states(campaign) == {
        reached: "reached",
        silent: "unassessed",
        low: "unreached",
        gone: "withdrawn",
        barred: "barred",
        claimed: "unassessed",
        own: "unverified",
    }


def test_assessment_locked_after_the_last_day_does_not_count(campaign, silent):
    build.locked_assessment(silent.factory, Tier.ADVANCED, at=LATE)

    assert states(campaign, AFTER)[silent] == "unassessed"
    rereview.extend(
        campaign, closes_on=date(2026, 4, 10), reason="春节", by=campaign.opened_by, at=LATE
    )
    campaign.refresh_from_db()
    assert states(campaign, AFTER)[silent] == "reached"


def test_city_sees_its_own_holders_without_findings(campaign, reached, silent):
    build.found(campaign, [reached])
    city = "/340000/340100/"

    assert states(campaign, path=city, findings=False) == {reached: "reached"}
    assert states(campaign)[reached] == "pass"


def test_pages_do_not_cost_more_with_more_holders(
    campaign, reached, silent, django_assert_num_queries
):
    with CaptureQueriesContext(connection) as few:
        rereview.table(campaign, on=ON)
    for _ in range(5):
        build.holder()
    with django_assert_num_queries(len(few)):
        assert len(rereview.table(campaign, on=ON).rows) == 7


# --- reminders ------------------------------------------------------------------------------------


def test_reminder_reaches_those_who_fall_short_once_a_day(campaign, reached, silent, anhui):
    before = len(told(reached))

    assert rereview.remind(campaign, by=anhui, at=DAY) == 1
    assert told(silent)[-1][1] == "还没有达到先进级的自评，截止后按未提交办理"
    assert len(told(reached)) == before
    with pytest.raises(ValidationError) as refusal:
        rereview.remind(campaign, by=anhui, at=DAY)
    assert refusal.value.code == "stale"


def test_nobody_is_reminded_after_the_last_day(campaign, anhui):
    with pytest.raises(ValidationError):
        rereview.remind(campaign, by=anhui, at=LATE)


# --- findings -------------------------------------------------------------------------------------


def test_many_are_found_fit_and_each_refusal_is_said(campaign, reached, silent):
    lines = build.found(campaign, [reached, silent])

    assert [(line.name, line.refusal) for line in lines] == [
        (f"{reached.factory.name}（{reached.enterprise.name}）", ""),
        (
            f"{silent.factory.name}（{silent.enterprise.name}）",
            "还没有按现行要素条件完成并锁定自评",
        ),
    ]
    assert RereviewItem.objects.get().honour == reached


def test_nobody_fails_for_silence_before_the_last_day(campaign, silent):
    early = build.found(campaign, [silent], "fail", reason="没有自评")
    late = build.found(campaign, [silent], "fail", reason="没有自评", at=LATE)

    assert early[0].refusal == "自评到 2026-04-01 截止，截止后才能按没有达到填写"
    assert late[0].refusal == ""


@pytest.mark.parametrize(
    ("word", "field"),
    [
        (Word("", "属实", True), "outcome"),
        (Word("pass", " ", True), "reason"),
        (Word("pass", "属实", False), "performance_confirmed"),
    ],
)
def test_finding_is_whole(campaign, reached, anhui, word, field):
    with pytest.raises(ValidationError) as refusal:
        rereview.find(campaign, word, {reached.pk: ""}, by=anhui, at=DAY)
    assert list(refusal.value.message_dict) == [field]


def test_what_changed_on_the_way_is_not_put_down(campaign, reached, anhui, second):
    mark = rereview.table(campaign, on=ON).rows[0].mark
    build.found(campaign, [reached], "hold", reason="再看", by=second)

    line = rereview.find(campaign, Word("pass", "属实", True), {reached.pk: mark}, by=anhui, at=DAY)

    assert line[0].refusal == "情况或意见有变化，请看过最新内容再填"
    assert RereviewItem.objects.get().outcome == "hold"


def test_newer_assessment_asks_for_a_new_finding(campaign, reached):
    build.found(campaign, [reached])
    build.newer_assessment(reached.factory, at=build.moment("2026-03-05 09:00"))

    assert states(campaign, date(2026, 3, 5))[reached] == "again"


@pytest.mark.parametrize("code", ["340100", "130000"])
def test_no_other_office_puts_anything_down(campaign, reached, code):
    with pytest.raises(PermissionDenied):
        build.found(campaign, [reached], by=build.officer_of(build.authority(code)))


# --- two persons ----------------------------------------------------------------------------------


def confirm(campaign, by, at=LATE):
    seen = rereview.table(campaign, on=at.date()).digest
    return rereview.confirm(campaign, seen=seen, by=by, at=at)


def determine(campaign, by, seen="", at=LATE, document_no="皖工信〔2026〕9号"):
    seen = seen or rereview.table(campaign, on=at.date()).digest
    return rereview.determine(campaign, document_no=document_no, seen=seen, by=by, at=at)


def test_whoever_put_a_finding_down_does_not_confirm(campaign, reached, silent, anhui, second):
    decide_all(campaign, reached, silent)
    build.found(campaign, [silent], "hold", reason="再看", by=second, at=LATE)

    for by in (anhui, second):
        with pytest.raises(ValidationError) as refusal:
            confirm(campaign, by)
        assert refusal.value.code == "same_person"
    third = build.officer(anhui.authority, name="省级丙")
    assert confirm(campaign, third).confirmed_name == "省级丙"


def test_confirmation_waits_for_the_last_day_and_for_every_finding(campaign, reached, second):
    with pytest.raises(ValidationError) as refusal:
        confirm(campaign, second, at=DAY)
    assert [text[:10] for text in refusal.value.messages] == ["自评到 2026-0", "还有 2 座工厂没有"]


def test_confirmation_lapses_with_the_list(campaign, reached, silent, anhui, second):
    decide_all(campaign, reached, silent)
    confirm(campaign, second)
    build.found(campaign, [silent], "hold", reason="再看", at=LATE)

    with pytest.raises(ValidationError) as refusal:
        determine(campaign, anhui)
    assert refusal.value.code == "lapsed"
    assert Certification.objects.count() == 0


def test_holder_that_appears_late_ends_the_confirmation(campaign, reached, silent, anhui, second):
    decide_all(campaign, reached, silent)
    confirm(campaign, second)
    build.holder(at=LATE)

    assert rereview.table(Rereview.objects.get(), on=AFTER).lapsed is True


def test_nothing_is_determined_unconfirmed_or_without_document(
    campaign, reached, silent, anhui, second
):
    decide_all(campaign, reached, silent)
    with pytest.raises(ValidationError, match="还没有第二人确认"):
        determine(campaign, anhui)
    confirm(campaign, second)
    with pytest.raises(ValidationError) as refusal:
        determine(campaign, anhui, document_no=" ")
    assert list(refusal.value.message_dict) == ["document_no"]


# --- the result -----------------------------------------------------------------------------------


def test_titles_follow_under_one_document_with_their_provenance(campaign, reached, silent):
    more = build.holder()
    build.locked_assessment(more.factory, Tier.ADVANCED)
    decide_all(campaign, reached, silent)
    build.found(campaign, [more], at=LATE)

    done = build.rereviewed(campaign, at=LATE)

    titles = Certification.objects.order_by("honour")
    assert [(t.honour, t.tier, t.source, t.document_no) for t in titles] == [
        (one, "advanced", "derived", "皖工信〔2026〕9号") for one in (reached, more)
    ]
    assert titles[0].basis == (
        "《安徽省智能工厂梯度培育行动实施方案》：安徽省智能工厂"
        f"（{reached.document_no}），成熟度自评2级；既有省级智能工厂集中复核"
    )
    assert titles[0].valid_from == AFTER
    assert {row["honour"]: (row["outcome"], row["number"]) for row in done.frozen} == {
        reached.pk: ("pass", titles[0].number),
        more.pk: ("pass", titles[1].number),
        silent.pk: ("fail", ""),
    }
    assert told(silent)[-1] == ("title.rereviewed", "未通过：没有按期自评")


def test_those_that_fail_stay_on_record_as_such(campaign, reached, silent):
    decide_all(campaign, reached, silent)
    build.rereviewed(campaign, at=LATE)

    item = RereviewItem.objects.get(honour=silent)
    staff = build.staff_of(silent.enterprise)
    assert (item.outcome, item.title, item.reason) == ("fail", None, "没有按期自评")
    assert RereviewItem.objects.visible_to(staff).get() == item
    silent.refresh_from_db()
    assert silent.withdrawn_on is None


def test_findings_are_silent_until_the_result(campaign, reached, silent):
    decide_all(campaign, reached, silent)
    readers = [build.staff_of(silent.enterprise), build.officer_of(build.authority("340200"))]

    assert [RereviewItem.objects.visible_to(one).count() for one in readers] == [0, 0]
    assert rereview.of_firm(readers[0], ON)[0][1][0].state == "unassessed"
    build.rereviewed(campaign, at=LATE)
    assert [RereviewItem.objects.visible_to(one).count() for one in readers] == [1, 1]


def test_one_that_no_longer_fits_stops_the_whole_list(campaign, reached, silent, anhui, second):
    decide_all(campaign, reached, silent)
    confirm(campaign, second)
    enterprises.record_veto_event(
        reached.enterprise, kind="safety", grade="major", happened_on=AFTER, by=anhui, at=LATE
    )

    with pytest.raises(ValidationError) as refusal:
        determine(campaign, anhui)
    assert refusal.value.code == "lapsed"
    assert Certification.objects.count() == 0


def test_second_issuer_finds_it_done(campaign, reached, silent, anhui, second):
    decide_all(campaign, reached, silent)
    stale = Rereview.objects.get()
    build.rereviewed(campaign, at=LATE)

    with pytest.raises(ValidationError) as refusal:
        determine(stale, second, seen="0")
    assert refusal.value.code == "stale"
    assert Certification.objects.count() == 1
    assert AuditEvent.objects.filter(verb="rereview.determine").count() == 1


def test_alone_nothing_is_granted_before_the_campaign_and_after_it_what_was_left(
    campaign, reached, silent, anhui
):
    def grant():
        return derivation.grant(
            silent,
            Tier.ADVANCED,
            document_no="11号",
            opinion="复查符合",
            performance_confirmed=True,
            by=anhui,
            at=build.moment("2026-05-06 09:00"),
        )

    build.locked_assessment(silent.factory, Tier.ADVANCED, at=build.moment("2026-05-05 09:00"))
    with pytest.raises(ValidationError) as refusal:
        grant()
    assert [error.code for error in refusal.value.error_list] == ["together"]

    decide_all(campaign, reached, silent)
    build.rereviewed(campaign, at=LATE)

    assert grant().honour == silent


def test_those_left_over_are_taken_up_in_the_next_campaign(campaign, reached, silent):
    decide_all(campaign, reached, silent)
    build.rereviewed(campaign, at=LATE)

    later = build.campaign(at=LATE)

    assert states(later, AFTER) == {silent: "unassessed"}


def test_office_publishes_the_result_once(campaign, reached, silent, anhui):
    decide_all(campaign, reached, silent)
    with pytest.raises(PermissionDenied):
        rereview.publish(campaign, by=anhui, at=LATE)
    done = build.rereviewed(campaign, at=LATE)
    with pytest.raises(PermissionDenied):
        rereview.publish(done, by=build.officer_of(build.authority("340100")), at=LATE)

    assert rereview.publish(done, by=anhui, at=LATE).published_at == LATE


def test_nothing_is_looked_at_together_that_is_not_looked_at_again():
    item = {"honour": "x", "by": "province", "reassessed": False, "together": True}
    data = {"honour_kinds": [{"code": "x"}], "province": "340000"}

    found = list(refusals._derivation_problems("tiers.advanced.derive", [item], data))
    assert found == [
        "tiers.advanced.derive.x.together: nothing is looked at again, so nothing is looked at"
        " together"
    ]
