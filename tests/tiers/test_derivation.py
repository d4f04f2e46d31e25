"""Titles from honours: who gets one and why not, the check, the night, an honour that is lost."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from config import nightly
from registry import enterprises, policy
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import bans, derivation, eligibility, filing
from tiers.models import Certification, Standing

DAY = build.DAY
TODAY = date(2026, 3, 2)
BASIC_WORKSHOP, ADVANCED_WORKSHOP = "provincial-basic-workshop", "provincial-advanced-workshop"
SMART = "provincial-smart-factory"


@pytest.fixture
def daoli(world):
    """A factory in a district of a province whose tiers follow from honours."""
    return build.factory_at(build.authority("230102"))


@pytest.fixture
def hlj(world):
    return build.officer_of(build.authority("230000"))


def derive(at=DAY):
    return derivation.derive(on=at.date(), at=at)


def candidate(factory, tier=Tier.BASIC, on=TODAY):
    path = f"/{factory.authority.province_code}/"
    found = derivation.candidates(path, on=on)
    return next(c for c in found if c.tier == tier and c.factory == factory)


def reasons(factory, tier=Tier.BASIC, on=TODAY):
    return [problem.code for problem in candidate(factory, tier, on).problems]


def lose(honour, by, *, withdrawn_on=TODAY, at=DAY, **changes):
    given = {"reason": "复核不达标", "document_no": "黑工信函〔2026〕8号", **changes}
    return derivation.lose_honour(honour, withdrawn_on=withdrawn_on, by=by, at=at, **given)


# --- the night ------------------------------------------------------------------------------------


def test_workshop_of_the_year_with_maturity_gives_the_basic_tier(daoli):
    build.locked_assessment(daoli)
    honour = build.honour_of(daoli, BASIC_WORKSHOP)

    assert derive() == 1

    title = Certification.objects.get(factory=daoli)
    assert (title.tier, title.source, title.honour) == (Tier.BASIC, "derived", honour)
    assert title.issuer.code == "230000"
    assert title.document_no == honour.document_no
    assert title.basis == (
        "《黑龙江省智能工厂梯度培育行动实施方案》：黑龙江省基础级数字化车间"
        f"（{honour.document_no}），成熟度自评2级"
    )
    assert (title.valid_from, title.last_day) == (TODAY, date(2029, 3, 2))
    assert (title.must_file, title.published_on) == (False, TODAY)
    assert title.number.startswith("HL2026B")


def test_term_counts_from_the_award_where_the_maturity_was_there_before(daoli):
    build.locked_assessment(daoli, at=build.moment("2026-01-20 09:00"))
    build.honour_of(daoli, BASIC_WORKSHOP)
    derive()

    title = Certification.objects.get()
    assert (title.valid_from, title.last_day) == (date(2026, 2, 10), date(2029, 2, 10))
    assert title.assessed_on == date(2026, 1, 20)


@pytest.mark.parametrize("kind", [ADVANCED_WORKSHOP, SMART])
def test_higher_honours_give_the_advanced_tier_by_themselves(daoli, kind):
    build.honour_of(daoli, kind)

    assert derive() == 1
    assert Certification.objects.get().tier == Tier.ADVANCED


def test_both_honours_of_a_factory_give_both_tiers(daoli):
    build.locked_assessment(daoli)
    build.honour_of(daoli, BASIC_WORKSHOP)
    build.honour_of(daoli, SMART)

    assert derive() == 2
    assert sorted(Certification.objects.values_list("tier", flat=True)) == ["advanced", "basic"]


def test_second_honour_for_the_same_tier_waits(daoli):
    build.honour_of(daoli, SMART)
    build.honour_of(daoli, ADVANCED_WORKSHOP)

    assert derive() == 1
    assert reasons(daoli, Tier.ADVANCED) == ["standing_title"]


def test_second_run_grants_nothing_more(daoli):
    build.honour_of(daoli, SMART)
    derive()
    before = AuditEvent.objects.count(), Notification.objects.count()

    assert derive() == 0
    assert (AuditEvent.objects.count(), Notification.objects.count()) == before


def test_firm_is_told_and_the_trail_names_the_system(daoli):
    build.honour_of(daoli, SMART)
    derive()

    staff = build.staff_of(daoli.enterprise)
    event = AuditEvent.objects.get(verb="certification.issue")
    assert (event.actor_name, event.actor_id) == ("系统", None)
    assert "列为先进级智能工厂" in Notification.objects.filter(recipient=staff).last().result


def test_night_grants_after_it_has_recorded_what_expired(daoli):
    build.honour_of(daoli, SMART)

    assert nightly.run(on=TODAY, at=DAY)["derived"] == 1


def test_title_is_not_given_again_after_its_term(daoli):
    build.honour_of(daoli, SMART)
    derive()
    later = build.moment("2029-02-11 00:05")

    changed = nightly.run(on=later.date(), at=later)

    assert (changed["expired"], changed["derived"]) == (1, 0)


def test_later_honour_follows_on_when_the_older_title_has_ended(daoli):
    build.honour_of(daoli, SMART)
    derive()
    build.honour_of(
        daoli, ADVANCED_WORKSHOP, awarded_on=date(2027, 9, 1), at=build.moment("2027-09-05 09:00")
    )
    later = build.moment("2029-02-11 00:05")
    nightly.run(on=later.date(), at=later)

    title = Certification.objects.get(ending="")
    assert (title.valid_from, title.last_day) == (date(2029, 2, 11), date(2030, 9, 1))


# --- why not --------------------------------------------------------------------------------------


def test_no_assessment_no_title(daoli):
    build.honour_of(daoli, BASIC_WORKSHOP)

    assert derive() == 0
    assert [p.message for p in candidate(daoli).problems] == [
        "2026 年内没有已锁定的自评，成熟度须达到 2 级"
    ]


def test_low_maturity_is_named(daoli):
    own = build.locked_assessment(daoli)
    type(own).objects.filter(pk=own.pk).update(maturity_level=1)
    build.honour_of(daoli, BASIC_WORKSHOP)

    assert [p.message for p in candidate(daoli).problems] == [
        "2026 年内自评成熟度 1 级，要求不低于 2 级"
    ]


def test_assessment_of_the_next_year_comes_too_late(daoli):
    build.locked_assessment(daoli)
    build.honour_of(daoli, BASIC_WORKSHOP, awarded_on=date(2025, 12, 20))

    assert derive() == 0
    assert reasons(daoli) == ["maturity"]


def test_what_a_firm_says_of_itself_gives_nothing_until_it_is_verified(daoli, hlj):
    honour = build.honour_of(daoli, SMART, by=build.staff_of(daoli.enterprise))

    assert derive() == 0
    assert reasons(daoli, Tier.ADVANCED) == ["unverified"]

    enterprises.verify_honour(honour, by=hlj, at=DAY)
    assert derive() == 1


def test_city_can_not_verify_an_honour_of_the_province(daoli):
    honour = build.honour_of(daoli, SMART, by=build.staff_of(daoli.enterprise))
    city = build.officer_of(build.authority("230100"))

    with pytest.raises(PermissionDenied):
        enterprises.verify_honour(honour, by=city, at=DAY)
    assert enterprises.may_judge(honour, city) is False


def test_honour_recorded_by_the_city_is_not_verified(daoli):
    build.honour_of(daoli, SMART, by=build.officer_of(build.authority("230100")))

    assert derive() == 0


def test_honour_without_a_factory_goes_to_the_only_one(daoli):
    build.honour_of(daoli, SMART, named=False)

    assert derive() == 1


def test_honour_without_a_factory_is_left_open_where_there_are_two(daoli):
    build.factory_at(build.authority("230103"), enterprise=daoli.enterprise)
    build.honour_of(daoli, SMART, named=False)

    assert derive() == 0
    found = derivation.candidates("/230000/", on=TODAY)
    assert [p.code for c in found for p in c.problems] == ["factory"]


def test_neighbouring_province_derives_nothing_from_the_same_word(world):
    build.honour_of(build.factory_at(build.authority("130102")), "lighthouse")

    assert derive() == 0


def test_candidates_are_those_below_the_office(daoli):
    build.honour_of(daoli, SMART)

    found = {
        path: len(derivation.candidates(path, on=TODAY))
        for path in ("/230000/", "/230000/230100/", "/230000/230100/230102/", "/230000/230200/")
    }
    assert list(found.values()) == [1, 1, 1, 0]


def test_questions_do_not_grow_with_the_number_of_honours(world, django_assert_max_num_queries):
    for _ in range(4):
        build.honour_of(build.factory_at(build.authority("230102")), SMART)
    with django_assert_max_num_queries(14):
        assert len(derivation.candidates("/230000/", on=TODAY)) == 4


# --- the loss of an honour ------------------------------------------------------------------------


@pytest.fixture
def honour(daoli):
    honour = build.honour_of(daoli, SMART)
    derive()
    return honour


def test_losing_the_honour_ends_its_titles_at_once(honour, hlj):
    assert lose(honour, hlj) == 1

    title = Certification.objects.get()
    assert (title.ending, title.ends_on) == ("revoked", TODAY)
    assert title.standing_on(TODAY) == Standing.REVOKED
    assert (title.ending_reason, title.ending_document_no) == (
        "“黑龙江省智能工厂”称号被取消：复核不达标",
        "黑工信函〔2026〕8号",
    )
    honour.refresh_from_db()
    assert honour.withdrawn_on == TODAY


def test_titles_end_on_the_day_of_the_document(honour, hlj):
    lose(honour, hlj, withdrawn_on=date(2026, 2, 20))

    title = Certification.objects.get()
    assert (title.ends_on, title.ended_at) == (date(2026, 2, 20), DAY)
    assert title.is_in_force(date(2026, 2, 19)) is True
    assert title.is_in_force(date(2026, 2, 20)) is False


def test_titles_that_rest_on_something_else_stand(honour, daoli, hlj):
    own = build.application_at("submitted", factory=daoli)
    own = build.decide(build.decide(own)).certification
    lose(honour, hlj)

    own.refresh_from_db()
    assert own.is_in_force(TODAY) is True


@pytest.mark.parametrize(
    ("day", "banned"),
    [
        (date(2026, 3, 2), True),
        (date(2029, 3, 2), True),
        (date(2029, 3, 3), False),
    ],
)
def test_ban_runs_three_years_from_the_loss(honour, daoli, hlj, day, banned):
    lose(honour, hlj)
    barred = eligibility.barred([daoli.enterprise_id], policy.get("heilongjiang-2025"), on=day)

    assert bool(barred) is banned


def test_ban_counts_from_the_document_and_not_from_its_entry(honour, daoli, hlj):
    lose(honour, hlj, withdrawn_on=date(2026, 2, 20))
    rules = policy.get("heilongjiang-2025")
    ban = eligibility.barred([daoli.enterprise_id], rules, on=TODAY)[daoli.enterprise_id]

    assert ban.message == (
        "2026-02-20 被取消“黑龙江省智能工厂”称号，2029-02-20 止（含当日）不能再次申报"
        "（依据《黑龙江省智能工厂梯度培育行动实施方案》）"
    )
    assert bans.until(rules, policy.HONOUR_LOST, date(2026, 2, 20)) == date(2029, 2, 20)


def test_loss_of_an_honour_that_gave_no_title_bars_as_well(daoli, hlj):
    honour = build.honour_of(daoli, BASIC_WORKSHOP)

    assert lose(honour, hlj) == 0
    barred = eligibility.barred([daoli.enterprise_id], policy.get("heilongjiang-2025"), on=TODAY)
    assert list(barred) == [daoli.enterprise_id]


def test_new_honour_gives_nothing_under_the_ban(honour, daoli, hlj):
    lose(honour, hlj)
    build.honour_of(daoli, ADVANCED_WORKSHOP)

    assert derive() == 0
    found = [
        c for c in derivation.candidates("/230000/", on=TODAY) if c.honour.kind == ADVANCED_WORKSHOP
    ]
    assert [p.code for p in found[0].problems] == ["ban"]


def test_ban_stops_an_application_too(honour, daoli, hlj):
    lose(honour, hlj)
    draft = build.draft(daoli)

    blocking = eligibility.problems(draft, by=None, on=TODAY, confirmed=True)
    assert [p.code for p in blocking] == ["ban"]
    with pytest.raises(ValidationError):
        build.submit(draft)


def test_ban_bars_every_factory_of_the_enterprise(honour, daoli, hlj):
    sister = build.factory_at(build.authority("230103"), enterprise=daoli.enterprise)
    build.honour_of(sister, SMART)
    lose(honour, hlj)

    assert derive() == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"document_no": ""}, "document_no"),
        ({"withdrawn_on": date(2026, 3, 3)}, "withdrawn_on"),
        ({"withdrawn_on": date(2026, 2, 9)}, "withdrawn_on"),
    ],
)
def test_withdrawal_needs_reason_document_and_day(honour, hlj, changes, field):
    with pytest.raises(ValidationError) as refusal:
        lose(honour, hlj, **changes)

    assert list(refusal.value.message_dict) == [field]
    assert Certification.objects.get().ending == ""


def test_only_the_province_takes_its_honour_away(honour, daoli):
    for by in (
        build.officer_of(build.authority("230100")),
        build.officer_of(build.authority("340000")),
        build.staff_of(daoli.enterprise),
    ):
        with pytest.raises(PermissionDenied):
            lose(honour, by)


def test_honour_is_lost_only_once(honour, hlj):
    lose(honour, hlj)

    with pytest.raises(ValidationError) as refusal:
        lose(honour, hlj)
    assert refusal.value.code == "stale"


def test_night_does_not_give_back_what_was_lost(honour, daoli, hlj):
    lose(honour, hlj)

    assert derive() == 0
    # The ban has run out, the honour is still gone.
    assert derive(build.moment("2030-01-01 00:05")) == 0


# --- by an officer's word: a province that looks again --------------------------------------------


@pytest.fixture
def hefei_factory(world):
    return build.factory_at(build.authority("340104"))


@pytest.fixture
def wuhu_factory(world):
    return build.factory_at(build.authority("340202"))


def city_of(factory):
    return build.officer_of(factory.authority.parent)


def grant(honour, by, tier=Tier.BASIC, **changes):
    given = {
        "document_no": "合经信〔2026〕3号",
        "opinion": "经重新评估符合要素条件",
        "performance_confirmed": True,
        **changes,
    }
    return derivation.grant(honour, tier, by=by, at=DAY, **given)


def city_honour(factory, kind="city-smart-factory"):
    return build.honour_of(factory, kind, by=city_of(factory))


def test_city_honour_waits_for_the_new_assessment(hefei_factory):
    honour = city_honour(hefei_factory)

    assert derive() == 0
    assert reasons(hefei_factory) == ["assessment"]
    with pytest.raises(ValidationError, match="还没有按现行要素条件完成并锁定自评"):
        grant(honour, city_of(hefei_factory))


def test_city_grants_after_the_new_assessment_and_files_it(hefei_factory):
    build.locked_assessment(hefei_factory)
    honour, city = city_honour(hefei_factory), city_of(hefei_factory)
    assert derive() == 0

    title = grant(honour, city)

    assert (title.source, title.honour, title.issuer) == ("derived", honour, city.authority)
    assert (title.must_file, title.published_on, title.valid_from) == (True, None, TODAY)
    listed = filing.file(
        filing.collect(city.authority, by=city, at=DAY), document_no="合经信函1号", by=city, at=DAY
    )
    filing.acknowledge(listed, by=build.officer_of(build.authority("340000")), at=DAY)
    title.refresh_from_db()
    assert title.published_on == TODAY


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"document_no": ""}, "请填写认定文件的文号"),
        ({"opinion": " "}, "请填写核查意见"),
        ({"performance_confirmed": False}, "请核实主要技术经济指标并勾选"),
    ],
)
def test_grant_needs_document_opinion_and_performance(hefei_factory, changes, message):
    build.locked_assessment(hefei_factory)

    with pytest.raises(ValidationError) as refusal:
        grant(city_honour(hefei_factory), city_of(hefei_factory), **changes)
    assert refusal.value.messages == [message]


def test_event_on_record_bars_a_new_look(hefei_factory):
    build.locked_assessment(hefei_factory)
    honour, city = city_honour(hefei_factory), city_of(hefei_factory)
    enterprises.record_veto_event(
        hefei_factory.enterprise,
        kind="safety",
        grade="major",
        happened_on=date(2025, 9, 1),
        by=city,
        at=DAY,
    )

    assert reasons(hefei_factory) == ["veto"]
    with pytest.raises(ValidationError):
        grant(honour, city)


def test_another_office_can_not_grant(hefei_factory):
    build.locked_assessment(hefei_factory)
    honour = city_honour(hefei_factory)

    for code in ("340000", "340104", "340200"):
        with pytest.raises(PermissionDenied):
            grant(honour, build.officer_of(build.authority(code)))


def test_honour_gives_a_tier_once(hefei_factory):
    build.locked_assessment(hefei_factory)
    honour, city = city_honour(hefei_factory), city_of(hefei_factory)
    grant(honour, city)

    with pytest.raises(ValidationError) as refusal:
        grant(honour, city)
    assert refusal.value.code == "stale"


def test_former_provincial_factory_is_not_looked_at_alone(hefei_factory):
    build.locked_assessment(hefei_factory, Tier.ADVANCED)
    honour = build.honour_of(hefei_factory, SMART)
    province = build.officer_of(build.authority("340000"))

    assert candidate(hefei_factory, Tier.ADVANCED).alone is False
    with pytest.raises(ValidationError, match="集中复核"):
        grant(honour, province, Tier.ADVANCED)


def test_basic_assessment_does_not_reach_for_the_advanced_tier(hefei_factory):
    build.locked_assessment(hefei_factory)
    build.honour_of(hefei_factory, SMART)

    assert reasons(hefei_factory, Tier.ADVANCED) == ["assessment"]


# --- the shortcuts of one city --------------------------------------------------------------------


def test_shortcut_is_that_citys_alone(wuhu_factory, hefei_factory):
    for factory in (wuhu_factory, hefei_factory):
        build.honour_of(factory, SMART)

    found = derivation.candidates("/340000/", on=TODAY)
    assert {(c.factory, c.tier) for c in found} == {
        (wuhu_factory, Tier.BASIC),
        (wuhu_factory, Tier.ADVANCED),
        (hefei_factory, Tier.ADVANCED),
    }


def test_city_lists_a_provincial_factory_that_operates(wuhu_factory):
    honour, city = build.honour_of(wuhu_factory, SMART), city_of(wuhu_factory)
    assert reasons(wuhu_factory) == []

    title = grant(honour, city, opinion="经营正常，列入清单", performance_confirmed=False)

    assert (title.tier, title.maturity_level) == (Tier.BASIC, None)
    assert honour.checks.get().finding == "经营正常，列入清单"


@pytest.mark.parametrize("kind", ["city-smart-factory", "provincial-digital-workshop"])
def test_county_checks_before_the_city_grants(wuhu_factory, kind):
    by = build.officer_of(build.authority("340000"))
    honour, city = build.honour_of(wuhu_factory, kind, by=by), city_of(wuhu_factory)
    county = build.officer_of(wuhu_factory.authority)
    assert [p.message for p in candidate(wuhu_factory).problems] == ["待镜湖区填写复核表"]
    with pytest.raises(ValidationError):
        grant(honour, city)

    derivation.check(
        honour, Tier.BASIC, passed=True, finding="现场复核，设备运行正常", by=county, at=DAY
    )

    assert grant(honour, city).honour == honour


def test_failed_check_stands_until_a_better_one(wuhu_factory):
    honour, county = city_honour(wuhu_factory), build.officer_of(wuhu_factory.authority)
    derivation.check(honour, Tier.BASIC, passed=False, finding="产线已停用", by=county, at=DAY)
    assert [p.message for p in candidate(wuhu_factory).problems] == ["镜湖区复核不符合：产线已停用"]

    later = build.moment("2026-03-02 11:00")
    derivation.check(honour, Tier.BASIC, passed=True, finding="已恢复", by=county, at=later)
    assert reasons(wuhu_factory) == []


def test_only_the_county_of_the_factory_checks(wuhu_factory):
    honour = city_honour(wuhu_factory)

    for by in (city_of(wuhu_factory), build.officer_of(build.authority("340207"))):
        with pytest.raises((PermissionDenied, ValidationError)):
            derivation.check(honour, Tier.BASIC, passed=True, finding="属实", by=by, at=DAY)


def test_outside_the_city_a_check_gives_nothing(hefei_factory):
    honour, county = city_honour(hefei_factory), build.officer_of(hefei_factory.authority)

    with pytest.raises(PermissionDenied):
        derivation.check(honour, Tier.BASIC, passed=True, finding="属实", by=county, at=DAY)


def test_city_takes_its_own_honour_away_and_the_title_with_it(hefei_factory):
    build.locked_assessment(hefei_factory)
    honour, city = city_honour(hefei_factory), city_of(hefei_factory)
    title = grant(honour, city)

    assert lose(honour, city) == 1
    title.refresh_from_db()
    assert title.ending == "revoked"
    # These rules state no ban.
    assert (
        eligibility.barred([hefei_factory.enterprise_id], policy.get("anhui-2025"), on=TODAY) == {}
    )


def test_revoked_title_is_not_given_back_by_the_night(daoli, hlj):
    build.honour_of(daoli, SMART)
    derive()
    build.revoked(Certification.objects.get(), reason="停产", document_no="8号", by=hlj, at=DAY)

    assert derive(build.moment("2030-01-01 00:05")) == 0


@pytest.mark.parametrize(
    ("code", "expected"),
    [("130000", False), ("130100", False), ("230000", True), ("230102", True), ("340100", True)],
)
def test_provinces_say_whether_honours_count(world, code, expected):
    assert derivation.derives(build.authority(code), TODAY) is expected
