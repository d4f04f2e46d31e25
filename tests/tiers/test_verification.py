"""The re-check beside the self-assessment: values that decide, carry over, and collide."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from assessments import assessment as self_assessment
from registry.access import Seat
from registry.models import AuditEvent
from registry.policy import Tier
from tests import build
from tiers import agreement, drafts, verification
from tiers.models import Verification
from tiers.verification import Entry
from tiers.workflow import Action

AT = build.DAY
LATER = build.moment("2026-03-03 09:00")
FIRST, SECOND = "basic.production.1", "basic.production.2"


@pytest.fixture
def case(changan, city_officer):
    return build.application_at("submitted", factory=build.factory_at(changan))


def line(case, key):
    return next(one for one in agreement.of(case).lines if one.criterion.key == key)


def refusals(caught):
    return [error.message for error in caught.value.error_list]


def resubmitted(case, change=None):
    """Sent back, and sent in again with a copy of the self-assessment, changed by ``change``."""
    by = build.staff_of(case.factory.enterprise)
    case = build.decide(case, Action.SEND_BACK, opinion="请补充", at=LATER)
    copy = self_assessment.copy_from(case.assessment, by=by, at=LATER)
    if change:
        change(copy, by)
    locked = self_assessment.lock(copy, by=by, at=LATER)
    case = drafts.choose_assessment(case, locked, by=by, at=LATER)
    return build.submit(case, at=LATER)


# --- values that decide ---------------------------------------------------------------------------


def test_without_a_word_of_the_office_the_firms_values_stand(case):
    held = agreement.of(case)

    assert held.verdict.met
    assert {one.state for one in held.lines} == {"unchecked"}
    assert build.decide(case).status == "certified"


def test_agreed_value_overturns_the_verdict_and_bars_the_determination(case):
    build.verify(case, {FIRST: build.finds("no", "no")})

    with pytest.raises(ValidationError) as caught:
        build.decide(case)

    held = agreement.of(case)
    assert (held.own_verdict.met, held.verdict.met) == (True, False)
    assert refusals(caught) == [
        "复核后达不到基础级要求：“关键生产设备实现数字化，能够采集运行数据。”自评为“满足”，"
        "复核后为“不满足”，要求“满足，并附佐证材料”（基础级要素条件·生产作业）"
    ]


def test_open_disagreement_bars_until_it_is_settled(case):
    build.verify(case, {FIRST: build.finds("no")})

    with pytest.raises(ValidationError) as caught:
        build.decide(case)
    build.verify(case, {FIRST: build.finds("no", "yes")}, seen={FIRST: 1})

    assert refusals(caught) == [
        "“关键生产设备实现数字化，能够采集运行数据。”自评为“满足”、复核为“不满足”，"
        "还没有一致意见，请在“复核”中填写后再认定"
    ]
    assert line(case, FIRST).state == "agreed"
    assert build.decide(case).status == "certified"


def test_lower_maturity_bars_and_names_both_scores(case):
    cells = [
        one.criterion.key for one in agreement.of(case).lines if "cmmm.2." in one.criterion.key
    ]
    build.verify(case, {key: build.finds("0.5", "0.5") for key in cells})

    with pytest.raises(ValidationError) as caught:
        build.decide(case)

    assert refusals(caught) == [
        "复核后达不到基础级要求：“智能制造能力成熟度达到规定等级”自评为“规范级（2级），2.0000分（企业自评）”，"
        "复核后为“规划级（1级），1.5000分（企业自评）”，要求“规范级（2级）及以上”"
        "（基础级要素条件·智能制造能力成熟度）"
    ]


def test_title_carries_the_agreed_maturity_level(changan, city_officer):
    factory = build.factory_at(changan)
    by = build.staff_of(factory.enterprise)
    own = build.answered(build.open_assessment(factory), by=by)
    report = {"level": 3, "score": "2.9", "date": "2026-01-05", "report_no": "PG-1"}
    given = {"maturity.source": "platform", "platform.result": report}
    assert not self_assessment.save_answers(
        own, given, seen={"maturity.source": 1}, by=by, at=AT
    ).errors
    build.evidence_for(own, "platform.result", by=by, at=AT)
    self_assessment.lock(own, by=by, at=AT)
    case = build.submit(build.draft(factory))

    build.verify(case, {"platform.result": build.finds("2.10", "2.1")})

    assert case.assessment.maturity_level == 3
    assert build.decide(case).certification.maturity_level == 2


def test_condition_found_met_needs_no_file_of_the_firm(case):
    key = "basic.construction.1"
    own = agreement.of(case)
    assert own.own.condition(key).status == "unanswered"

    held = self_assessment.result_with(case.assessment, own.contents, {key: "yes"})

    assert held.condition(key).status == "met"


# --- entering -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "entry", "sentence"),
    [
        (FIRST, Entry("no"), "复核值与自评不一致，请填写意见，写明依据"),
        (FIRST, Entry("", "no"), "请填写复核值，再填写意见和一致意见"),
        (FIRST, Entry("maybe"), "“复核值”请从满足、不满足中选择"),
        (FIRST, Entry("yes", "no"), "复核值与自评一致，一致意见应当相同；不同意自评的，请改复核值"),
        ("perf.1.own", Entry("很高"), "“复核值”请填写数字，最多四位小数，例如85或12.5"),
        (FIRST, Entry("yes", "", "长" * 501), "“意见”不超过500个字，现有501个字"),
        ("basic.unknown.1", Entry("yes"), "企业的自评已没有这一项，请刷新页面"),
    ],
)
def test_wrong_line_is_reported_and_the_others_are_kept(case, key, entry, sentence):
    saved = build.verify(case, {key: entry, SECOND: Entry("yes")})

    assert saved.errors == {key: [sentence]}
    assert [one.item for one in case.verifications.all()] == [SECOND]


def test_finding_the_firms_value_right_is_agreeing(case):
    build.verify(case, {"perf.1.own": Entry("120.0")})

    stored = case.verifications.get()
    assert (stored.value, stored.agreed, stored.own) == ("120", "120", "120")
    assert line(case, "perf.1.own").state == "same"


def test_rest_is_put_down_as_the_firm_says_in_one_act(case):
    total = agreement.of(case).total

    saved = build.verify(case, {FIRST: build.finds("no", "no")}, rest="all")

    held = agreement.of(case)
    assert (saved.written, held.checked, held.differing) == (total, total, 1)
    event = AuditEvent.objects.get(verb="application.verify")
    assert event.data["rest"] == total - 1
    assert event.data["values"][FIRST] == ["yes", "no", "no"]


def test_rest_of_one_section_leaves_the_others(case):
    build.verify(case, rest="basics")

    assert {one.item.split(".")[1] for one in case.verifications.all()} == {"req"}


def test_word_taken_back_leaves_the_line_unchecked(case):
    build.verify(case, {FIRST: build.finds("no", "no")})
    build.verify(case, {FIRST: Entry()}, seen={FIRST: 1})

    assert line(case, FIRST).state == "unchecked"
    assert build.decide(case).status == "certified"


def test_saving_what_stands_writes_nothing(case):
    build.verify(case, {FIRST: build.finds("no", "no")})

    saved = build.verify(case, {FIRST: build.finds("no", "no")})

    assert (saved.written, saved.conflicts) == (0, {})
    assert AuditEvent.objects.filter(verb="application.verify").count() == 1


def test_two_officers_merge_by_line_and_collide_on_the_same(case, shijiazhuang):
    colleague = build.officer(shijiazhuang, name="市级己")
    build.verify(case, {FIRST: build.finds("no", "no")})

    other = build.verify(
        case, {FIRST: build.finds("yes", "yes"), SECOND: Entry("yes")}, by=colleague
    )

    assert {key: one.value for key, one in other.conflicts.items()} == {FIRST: "no"}
    assert line(case, FIRST).current.value == "no"
    assert line(case, SECOND).current.by_name == "市级己"


# --- carried over ---------------------------------------------------------------------------------


def test_words_carry_over_where_the_firm_changed_nothing(case):
    build.verify(case, {FIRST: build.finds("no", "no")})

    again = resubmitted(case)

    assert line(again, FIRST).state == "agreed"
    assert not agreement.of(again).verdict.met


def test_changed_answer_is_asked_again_with_the_former_word(case):
    build.verify(case, {FIRST: build.finds("no", "no")}, rest="production")

    def change(copy, by):
        value = {"met": "yes", "how": "已补充采集终端"}
        version = copy.answers.get(item=FIRST).version
        saved = self_assessment.save_answers(
            copy, {FIRST: value}, seen={FIRST: version}, by=by, at=LATER
        )
        assert not saved.errors

    again = resubmitted(case, change)

    asked = line(again, FIRST)
    assert (asked.state, asked.label) == ("changed", "自评已改，待复核")
    assert asked.said(asked.words[0]) == "市级复核：不满足（当时自评：满足）"
    assert line(again, SECOND).state == "same"
    assert agreement.of(again).verdict.met
    build.verify(again, rest="all", at=LATER)
    assert line(again, FIRST).state == "changed"
    build.verify(again, {FIRST: Entry("yes")}, seen={FIRST: 1}, at=LATER)
    assert line(again, FIRST).state == "same"


def test_new_file_is_a_changed_answer(case):
    build.verify(case, {FIRST: build.finds("no", "no")})

    again = resubmitted(
        case,
        lambda copy, by: build.evidence_for(
            copy, FIRST, by=by, at=LATER, content=build.PDF + b"\n2"
        ),
    )

    assert line(again, FIRST).state == "changed"


# --- who ------------------------------------------------------------------------------------------


def test_only_the_office_at_whose_step_it_waits_may_enter(
    case, county_officer, other_city_officer, province_officer
):
    for who in (county_officer, province_officer):
        with pytest.raises(ValidationError):
            build.verify(case, {FIRST: Entry("yes")}, by=who)
    for who in (other_city_officer, build.staff_of(case.factory.enterprise)):
        with pytest.raises((PermissionDenied, ValidationError)):
            build.verify(case, {FIRST: Entry("yes")}, by=who)
    assert case.verifications.count() == 0


def test_reader_at_the_same_desk_looks_on(case, shijiazhuang):
    reader = build.seated(build.officer(shijiazhuang), Seat.READER)

    with pytest.raises(PermissionDenied):
        build.verify(case, {FIRST: Entry("yes")}, by=reader)

    assert not verification.may_verify(case, reader)
    assert agreement.shown_to(case, reader)


def test_later_level_sees_the_earlier_and_has_the_last_word(world):
    county, city = (build.officer_of(build.authority(code)) for code in ("230102", "230100"))
    factory = build.factory_at(build.authority("230102"))
    case = build.submit(build.draft(factory))
    assert case.step_level == "county"
    build.verify(case, {FIRST: build.finds("no", "no"), SECOND: build.finds("no", "no")}, by=county)
    case = build.decide(case, by=county)

    build.verify(case, {FIRST: build.finds("yes", "yes", "县级未见新设备")}, by=city)

    first, second = line(case, FIRST), line(case, SECOND)
    assert [one.level for one in first.words] == ["county", "city"]
    assert (first.state, second.state) == ("same", "agreed")
    assert first.said(first.words[0]) == "县级复核：不满足"


def test_firm_reads_it_once_it_is_sent_back_or_decided(case, rival_staff, county_officer):
    own = build.staff_of(case.factory.enterprise)
    build.verify(case, {FIRST: build.finds("no", "no")})
    seen = Verification.objects.visible_to
    before = seen(own).count(), agreement.shown_to(case, own)

    case = build.decide(case, Action.SEND_BACK, opinion="请补充")

    assert before == (0, False)
    assert (seen(own).count(), agreement.shown_to(case, own)) == (1, True)
    assert (seen(rival_staff).count(), seen(county_officer).count()) == (0, 1)


def test_criteria_are_what_the_firm_answered(case):
    lines = [one.criterion for one in agreement.of(case).lines]

    assert {one.section for one in lines} == {"basics", "production", "maturity", "performance"}
    assert {one.tier for one in lines if one.tier} == {Tier.BASIC}
    assert all(one.own_label for one in lines)
