"""The door of an application: what each act changes, writes and tells, and what it refuses."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction

from registry import enterprises
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import chain, drafts, rounds, workflow
from tiers.models import Application, Certification, Decision, Round
from tiers.workflow import Action

AT = build.DAY


@pytest.fixture
def factory(changan, city_officer):
    return build.factory_at(changan)


def told(user, *, since=0):
    texts = Notification.objects.filter(recipient=user, key__startswith="application")
    return [str(message) for message in texts.order_by("pk")][since:]


def trail(application):
    return list(
        AuditEvent.objects.filter(target_type="tiers.application", target_id=str(application.pk))
        .order_by("pk")
        .values_list("verb", flat=True)
    )


def problems(caught):
    return [e.code for e in caught.value.error_list]


# --- submit ---------------------------------------------------------------------------------------


def test_submitted_case_waits_at_the_first_step_under_its_number(factory, city_officer):
    application = build.submit(build.draft(factory), at=build.moment("2026-03-02 09:30"))

    assert (application.number, application.status, application.step, application.step_level) == (
        "JC-2026-0001",
        "in_progress",
        "determine",
        "city",
    )
    assert (application.submitted_at, application.first_submitted_at) == (
        build.moment("2026-03-02 09:30"),
        build.moment("2026-03-02 09:30"),
    )
    assert application.due_on == date(2026, 3, 23)
    assert chain.handling_authority(application) == city_officer.authority
    assert told(city_officer) == [f"{factory.name}的基础级申报（JC-2026-0001）：待市级认定"]
    assert told(build.staff_of(factory.enterprise)) == [
        f"{factory.name}的基础级申报（JC-2026-0001）：已收到，受理编号 JC-2026-0001"
    ]
    assert trail(application) == ["application.start", "application.submit"]


def test_numbers_are_counted_by_year_and_tier(factory, hebei):
    first = build.submit(build.draft(factory))
    second = build.application_at("submitted")
    next_year = build.application_at("submitted", at=build.moment("2027-01-01 00:00"))
    last_second = build.application_at("submitted", at=build.moment("2026-12-31 23:59:59"))

    assert [a.number for a in (first, second, next_year, last_second)] == [
        "JC-2026-0001",
        "JC-2026-0002",
        "JC-2027-0001",
        "JC-2026-0003",
    ]


def test_case_of_a_reporting_unit_waits_at_that_unit(dingzhou, dingzhou_officer, city_officer):
    application = build.application_at("submitted", where=dingzhou)

    assert list(Application.objects.awaiting(dingzhou_officer)) == [application]
    assert list(Application.objects.awaiting(city_officer)) == []


def test_submission_needs_somebody_who_answers_for_it(factory):
    application = build.draft(factory)

    with pytest.raises(ValidationError) as caught:
        workflow.act(application, Action.SUBMIT, by=build.staff_of(factory.enterprise), at=AT)

    assert problems(caught) == ["declared_by"]


def test_person_who_is_not_confirmed_neither_starts_nor_submits(factory):
    application = build.draft(factory)
    waiting = build.person_for(factory.enterprise, confirmed=False)

    with pytest.raises(PermissionDenied):
        workflow.act(application, Action.SUBMIT, by=waiting, at=AT, declared_by="某人")
    with pytest.raises(PermissionDenied):
        drafts.start(factory, application.round, by=waiting, at=AT)


# --- decide ---------------------------------------------------------------------------------------


def test_determination_makes_a_title_and_closes_the_case(factory, city_officer):
    application = build.application_at("submitted", factory=factory)

    done = build.decide(
        application, document_no=" 石工信〔2026〕8号 ", at=build.moment("2026-03-10 11:00")
    )

    assert (done.status, done.step, done.step_level, done.due_on) == ("certified", "", "", None)
    title = done.certification
    assert (title.tier, title.valid_from, title.document_no, title.issuer) == (
        "basic",
        date(2026, 3, 10),
        "石工信〔2026〕8号",
        city_officer.authority,
    )
    decision = done.decisions.last()
    assert (decision.action, decision.step, decision.by_name, decision.place_name) == (
        "complete",
        "determine",
        "市级甲",
        city_officer.authority.name,
    )
    assert (decision.document_no, decision.performance_confirmed, decision.assessment) == (
        "石工信〔2026〕8号",
        True,
        application.assessment,
    )
    assert told(build.staff_of(factory.enterprise))[-1] == (
        f"{factory.name}的基础级申报（{application.number}）：已认定为基础级智能工厂"
    )


@pytest.mark.parametrize(
    ("missing", "code"),
    [({"document_no": " "}, "document_no"), ({"performance_confirmed": False}, None)],
)
def test_determination_asks_for_its_document_and_the_check(factory, missing, code):
    application = build.application_at("submitted", factory=factory)

    with pytest.raises(ValidationError) as caught:
        build.decide(application, **missing)

    assert problems(caught) == [code or "performance_confirmed"]


@pytest.mark.parametrize(
    ("decided_on", "expected"),
    [
        (date(2026, 3, 1), ["decided_on"]),
        (date(2026, 3, 2), []),
        (date(2026, 3, 10), []),
        (date(2026, 3, 11), ["decided_on"]),
    ],
)
def test_day_of_the_document_lies_between_submission_and_today(factory, decided_on, expected):
    application = build.application_at("submitted", factory=factory)

    def decide():
        return build.decide(application, decided_on=decided_on, at=build.on_day(date(2026, 3, 10)))

    if expected:
        with pytest.raises(ValidationError) as caught:
            decide()
        assert problems(caught) == expected
    else:
        assert decide().certification.valid_from == decided_on


def test_firm_is_told_why_it_is_rejected(factory):
    application = build.application_at("submitted", factory=factory)
    staff = build.staff_of(factory.enterprise)

    with pytest.raises(ValidationError, match="的理由，企业能看到"):
        build.decide(application, Action.REJECT, opinion="  ")
    build.decide(application, Action.REJECT, opinion="设备清单不全")

    assert told(staff)[-1] == (
        f"{factory.name}的基础级申报（{application.number}）：不予认定：设备清单不全"
    )
    assert not Certification.objects.exists()


def test_returned_case_keeps_its_number_when_it_comes_back(factory, city_officer):
    application = build.application_at("returned", factory=factory)
    number = application.number
    newer = build.newer_assessment(factory, at=build.moment("2026-03-04 09:00"))
    by = build.staff_of(factory.enterprise)
    drafts.choose_assessment(application, newer, by=by, at=build.moment("2026-03-04 10:00"))

    back = build.submit(application, at=build.moment("2026-03-05 09:00"))

    assert (back.number, back.submissions, back.assessment) == (number, 2, newer)
    assert back.first_submitted_at == AT
    assert [d.action for d in back.decisions.order_by("pk")] == ["submit", "send_back", "submit"]
    assert trail(back) == [
        "application.start",
        "application.submit",
        "application.send_back",
        "application.choose_assessment",
        "application.answer",
        "application.submit",
    ]
    assert len(told(city_officer)) == 2


def test_submitted_case_keeps_the_assessment_it_was_submitted_with(factory):
    application = build.application_at("submitted", factory=factory)
    newer = build.newer_assessment(factory, at=AT)

    with pytest.raises(PermissionDenied):
        drafts.choose_assessment(application, newer, by=build.staff_of(factory.enterprise), at=AT)


@pytest.mark.parametrize("stage", ["draft", "submitted", "returned"])
def test_withdrawn_case_leaves_every_desk(factory, city_officer, stage):
    application = build.application_at(stage, factory=factory)

    withdrawn = build.withdraw(application)

    assert (withdrawn.status, withdrawn.step_level) == ("withdrawn", "")
    assert list(Application.objects.awaiting(city_officer)) == []
    seen = Application.objects.visible_to(city_officer).filter(pk=application.pk).exists()
    assert seen == (stage != "draft")


def test_second_officer_learns_that_the_first_was_quicker(factory, shijiazhuang):
    application = build.application_at("submitted", factory=factory)
    stale = Application.objects.get(pk=application.pk)
    build.decide(application, Action.SEND_BACK)

    with pytest.raises(PermissionDenied, match="状态已变化"):
        build.decide(stale, by=build.officer(shijiazhuang))

    assert Decision.objects.filter(application=application).count() == 2


def test_refused_act_writes_nothing(factory):
    application = build.application_at("submitted", factory=factory)
    counts = [m.objects.count() for m in (Decision, AuditEvent, Notification, Certification)]

    with pytest.raises(ValidationError):
        build.decide(application, document_no="")

    assert [
        m.objects.count() for m in (Decision, AuditEvent, Notification, Certification)
    ] == counts


def test_case_follows_its_factory_to_another_bureau(
    factory, tangshan, city_officer, other_city_officer
):
    application = build.application_at("submitted", factory=factory)

    build.moved(factory, build.place_of(tangshan.children.first()))

    assert list(Application.objects.awaiting(city_officer)) == []
    assert list(Application.objects.awaiting(other_city_officer)) == [application]
    assert build.decide(application, by=other_city_officer).certification.issuer == tangshan


def test_two_open_applications_of_one_factory_and_tier_are_impossible(factory):
    application = build.draft(factory)
    application.pk = None

    with pytest.raises(IntegrityError), transaction.atomic():
        application.save()


@pytest.mark.parametrize(
    ("status", "step", "level"),
    [("in_progress", "", ""), ("draft", "determine", "city"), ("in_progress", "determine", "")],
)
def test_step_is_set_exactly_when_in_progress(factory, status, step, level):
    application = build.draft(factory)

    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.filter(pk=application.pk).update(
            status=status, step=step, step_level=level
        )


# --- the longer chain -----------------------------------------------------------------------------


def test_advanced_case_is_recommended_before_it_reaches_the_province(
    factory, hebei, city_officer, province_officer
):
    build.title(factory, on=date(2026, 3, 2))
    build.open_round(hebei, Tier.ADVANCED)
    build.locked_assessment(factory, Tier.ADVANCED)
    application = build.submit(build.draft(factory, Tier.ADVANCED))
    assert list(Application.objects.awaiting(city_officer)) == [application]
    assert list(Application.objects.awaiting(province_officer)) == []

    with pytest.raises(ValidationError, match="请填写办理意见"):
        build.decide(application, opinion=" ")
    application = build.decide(application, opinion="同意推荐")

    assert (application.number, application.step, application.step_level) == (
        "XJ-2026-0001",
        "check",
        "province",
    )
    assert list(Application.objects.awaiting(city_officer)) == []
    assert list(Application.objects.awaiting(province_officer)) == [application]
    assert list(Application.objects.handled_by(city_officer)) == [application]
    with pytest.raises(ValidationError, match="形式审查还没有答完"):
        build.decide(application)


# --- rounds ---------------------------------------------------------------------------------------


def open_round(authority, by, **changes):
    details = {"tier": Tier.BASIC, "title": "2026年第一批", "opens_on": date(2026, 3, 2)}
    return rounds.open_round(authority, by=by, at=AT, **{**details, **changes})


def test_round_keeps_the_edition_of_its_first_day(shijiazhuang, city_officer):
    batch = open_round(shijiazhuang, city_officer, closes_on=date(2026, 6, 30))

    assert (batch.policy, batch.opens_on, batch.closes_on) == (
        "hebei-2025",
        date(2026, 3, 2),
        date(2026, 6, 30),
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tier": Tier.EXCELLENT}, "tier"),
        ({"tier": Tier.ADVANCED}, "tier"),
        ({"title": " "}, "title"),
        ({"closes_on": date(2026, 3, 1)}, "closes_on"),
        ({"opens_on": date(2025, 4, 2)}, "opens_on"),
    ],
)
def test_round_that_the_rules_do_not_know_is_refused(shijiazhuang, city_officer, changes, field):
    with pytest.raises(ValidationError) as caught:
        open_round(shijiazhuang, city_officer, **changes)

    assert list(caught.value.error_dict) == [field]


def test_round_is_opened_by_an_office_for_itself(
    shijiazhuang, hebei, changan, county_officer, city_officer, other_city_officer, staff
):
    for person in (county_officer, other_city_officer, staff):
        with pytest.raises(PermissionDenied):
            open_round(shijiazhuang, person)
    with pytest.raises(PermissionDenied):
        open_round(hebei, city_officer)
    with pytest.raises(ValidationError, match="由市级主管部门开放批次"):
        open_round(changan, county_officer)


def test_round_of_another_city_takes_no_factory_from_here(factory, tangshan):
    batch = build.open_round(tangshan)

    assert not Round.objects.visible_to(build.staff_of(factory.enterprise)).exists()
    with pytest.raises(PermissionDenied, match="不面向这座工厂"):
        drafts.start(factory, batch, by=build.staff_of(factory.enterprise), at=AT)


def test_closed_round_takes_no_new_draft(factory, shijiazhuang, city_officer):
    batch = build.open_round(shijiazhuang)
    rounds.close_round(batch, closes_on=date(2026, 3, 2), by=city_officer, at=AT)
    staff = build.staff_of(factory.enterprise)

    with pytest.raises(ValidationError, match="现在不受理"):
        drafts.start(factory, batch, by=staff, at=build.moment("2026-03-03 00:00"))
    assert drafts.start(factory, batch, by=staff, at=build.moment("2026-03-02 23:59:59"))


def test_round_is_closed_by_its_own_office_and_not_in_the_past(
    shijiazhuang, city_officer, other_city_officer, province_officer
):
    batch = build.open_round(shijiazhuang)

    for person in (other_city_officer, province_officer):
        with pytest.raises(PermissionDenied):
            rounds.close_round(batch, closes_on=date(2026, 4, 1), by=person, at=AT)
    with pytest.raises(ValidationError, match="不能早于今天"):
        rounds.close_round(batch, closes_on=date(2026, 3, 1), by=city_officer, at=AT)
    assert rounds.close_round(batch, closes_on=date(2026, 3, 2), by=city_officer, at=AT).closes_on


def test_only_a_firm_applies_for_its_own_factory(factory, city_officer, rival_staff):
    batch = build.round_for(factory)

    for person in (city_officer, rival_staff):
        with pytest.raises(PermissionDenied):
            drafts.start(factory, batch, by=person, at=AT)


# --- a renamed firm -------------------------------------------------------------------------------


def test_title_bears_the_name_of_the_day_it_was_decided(factory):
    application = build.application_at("submitted", factory=factory)
    by = build.staff_of(factory.enterprise)
    enterprises.rename(
        factory.enterprise, "石家庄新名智能装备有限公司", document="变更通知书", by=by, at=AT
    )

    assert (
        build.decide(application).certification.printed_enterprise == "石家庄新名智能装备有限公司"
    )
