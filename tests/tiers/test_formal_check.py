"""Formal check: what the machine finds, what officers answer, and what holds a case back."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry import enterprises
from registry.models import AuditEvent, Industry
from registry.policy import StepKind
from tests import build
from tiers import formal_check, proceedings
from tiers.formal_check import Given
from tiers.models import FormalAnswer
from tiers.workflow import Action

AT = build.DAY


@pytest.fixture
def case(world):
    return build.at_step(StepKind.CHECK)


@pytest.fixture
def checker(case):
    return build.officer_of(build.authority("130000"))


def sheet(case):
    office = formal_check.office_of(case)
    fresh = type(case).objects.for_page().get(pk=case.pk)
    return formal_check.sheets([fresh], reader=office, on=AT.date())[0]


def finding(case, question):
    return next(line.finding for line in sheet(case).lines if line.question.id == question)


def refusal(case, **details):
    with pytest.raises(ValidationError) as refused:
        build.decide(case, **details)
    return " ".join(refused.value.messages)


def test_questions_have_machines_that_exist():
    asked = formal_check.edition("check-2026").questions

    assert len({one.id for one in asked}) == len(asked)
    named = [one.machine for one in asked if one.machine]
    assert set(named) == set(formal_check.formal_findings.MACHINES)


def test_case_does_not_pass_until_every_question_is_answered(case, checker):
    assert "形式审查还没有答完" in refusal(case)

    build.checked(case)

    assert build.decide(case).step == StepKind.CONSULT


def test_no_holds_the_case_unless_the_question_allows_an_exception(case, checker):
    build.checked(case)
    formal_check.answer(case, {"figures": Given("no", "小数点错位")}, by=checker, at=AT)
    formal_check.answer(case, {"letter": Given("no", "汇总表没有盖章")}, by=checker, at=AT)

    said = refusal(case)

    assert "推荐函和推荐汇总表已盖章" in said
    assert "数值、年度合理" not in said
    assert build.decide(case, Action.REJECT, opinion="材料不全").status == "rejected"


@pytest.mark.parametrize(
    ("question", "given", "words"),
    [
        ("letter", Given("no"), "请写明情况"),
        ("letter", Given("na"), "请写明原因"),
        ("facts", Given("yes"), "机检未通过，回答符合的请写明核实情况"),
        ("letter", Given("maybe"), "请选择符合、不符合或不适用"),
    ],
)
def test_answer_that_needs_a_word_is_refused_without_it(case, checker, question, given, words):
    with pytest.raises(ValidationError) as refused:
        formal_check.answer(case, {question: given}, by=checker, at=AT)

    assert words in " ".join(refused.value.messages)
    assert not FormalAnswer.objects.exists()


def test_finding_is_kept_with_the_answer(case, checker):
    formal_check.answer(case, {"declaration": Given("yes")}, by=checker, at=AT)

    kept = FormalAnswer.objects.get()
    assert kept.finding["passed"] is True
    assert "企业经办人" in kept.finding["text"]
    assert AuditEvent.objects.filter(verb="formal_check.answer").count() == 1


def test_answer_somebody_changed_meanwhile_is_not_overwritten(case, checker):
    formal_check.answer(case, {"letter": Given("yes", seen=0)}, by=checker, at=AT)

    with pytest.raises(ValidationError) as refused:
        formal_check.answer(case, {"letter": Given("no", "缺页", seen=0)}, by=checker, at=AT)

    assert "刚刚有人改过" in refused.value.messages[0]


def test_same_answer_again_leaves_no_trace(case, checker):
    formal_check.answer(case, {"letter": Given("yes")}, by=checker, at=AT)

    assert formal_check.answer(case, {"letter": Given("yes")}, by=checker, at=AT) == 0
    assert AuditEvent.objects.filter(verb="formal_check.answer").count() == 1


def test_only_the_office_at_the_step_answers(case):
    for who in (
        build.officer_of(build.authority("130100")),
        build.officer_of(build.authority("340000")),
    ):
        with pytest.raises(PermissionDenied):
            formal_check.answer(case, {"letter": Given("yes")}, by=who, at=AT)


def test_case_that_came_back_is_asked_anew(case, checker):
    build.checked(case)
    build.decide(case, Action.SEND_BACK)
    build.submit(case)
    again = build.decide(build.Application.objects.get(pk=case.pk))

    assert "形式审查还没有答完" in refusal(again)
    assert FormalAnswer.objects.filter(application=case).count() == len(sheet(again).lines)


def test_file_that_another_firm_uses_is_found_with_its_name(world, changan):
    mine, theirs = build.factory_at(changan), build.factory_at(changan)
    for factory in (mine, theirs):
        opened = build.open_assessment(factory)
        build.answered(opened, build.Tier.ADVANCED)
        by = build.staff_of(factory.enterprise)
        build.evidence_for(opened, "basic.req.1", by=by, at=AT, content=build.PDF)
        build.self_assessment.lock(opened, by=by, at=AT)
    case = build.at_step(StepKind.CHECK, factory=mine)

    found = finding(case, "shared_files")

    assert not found.passed
    assert theirs.enterprise.name in found.rows[0][0]


def test_firm_elsewhere_is_not_named(world, changan):
    mine = build.factory_at(changan)
    far = build.factory_at(build.authority("340202"))
    for factory in (mine, far):
        opened = build.open_assessment(factory)
        build.answered(opened, build.Tier.ADVANCED)
        by = build.staff_of(factory.enterprise)
        build.evidence_for(opened, "basic.req.1", by=by, at=AT, content=build.PDF)
        build.self_assessment.lock(opened, by=by, at=AT)
    case = build.at_step(StepKind.CHECK, factory=mine)

    assert finding(case, "shared_files").rows == (("证明.pdf：管辖范围外的一家企业也使用", ""),)


def test_second_case_of_the_same_firm_is_found(case):
    second = build.factory_at(
        case.factory.authority, enterprise=case.factory.enterprise, name="二厂"
    )
    other = build.candidate(factory=second)

    assert other.number in finding(case, "duplicates").rows[0][0]


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _at_noon():
    """The pages are asked on the day on which the acts of these tests happen."""
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        yield


def test_answers_are_saved_on_the_page(case, checker, as_user):
    client, address = as_user(checker), reverse("tiers:formal_check", args=[case.pk])
    assert client.get(address).context["may_answer"]

    given = {"letter-answer": "no", "letter-note": "缺章", "letter-seen": "0"}
    answer = client.post(address, given)

    assert answer.url == address
    kept = FormalAnswer.objects.get()
    assert (kept.question, kept.answer, kept.note) == ("letter", "no", "缺章")


def test_refused_answer_stands_beside_its_question(case, checker, as_user):
    address = reverse("tiers:formal_check", args=[case.pk])

    answer = as_user(checker).post(address, {"letter-answer": "no", "letter-seen": "0"})

    assert answer.status_code == 422
    assert "为不符合，请写明情况" in answer.content.decode()


def complete_firm(case):
    """Everything about firm and factory on record, so that no machine finds anything."""
    firm = case.factory.enterprise
    by = build.staff_of(firm)
    industry = Industry.objects.filter(level="division").first()
    enterprises.update(
        firm,
        address="建设路1号",
        industry=industry,
        size="medium",
        above_scale=True,
        by=by,
        at=AT,
    )
    enterprises.update_factory(
        case.factory,
        address="建设路2号",
        industry=industry,
        products="阀门",
        by=by,
        at=AT,
    )


def batch_of(*cases):
    asked = formal_check.edition_for(cases[0].round).by_people
    given = {one.id: "on" for one in asked}
    return {**given, "opinion": "形式审查通过", "case": [one.pk for one in cases]}


def test_cases_without_a_finding_pass_together(case, checker, as_user):
    second = build.at_step(StepKind.CHECK)
    for one in (case, second):
        complete_firm(one)
    address = reverse("tiers:round_check", args=[case.round_id])
    client = as_user(checker)
    assert client.get(address).context["clean"] == 2

    client.post(address, batch_of(case, second))

    case.refresh_from_db(), second.refresh_from_db()
    assert (case.step, second.step) == ("consult", "consult")
    assert not FormalAnswer.objects.exclude(answer="yes").exists()


def test_one_case_with_a_finding_stops_them_all(case, checker):
    second = build.at_step(StepKind.CHECK)
    complete_firm(case)
    given = {one.id: Given("yes") for one in formal_check.edition_for(case.round).by_people}

    with pytest.raises(ValidationError) as refused:
        proceedings.complete_checks([case, second], given, opinion="通过", by=checker, at=AT)

    assert refused.value.messages == [f"{second.number}：机检有 1 项未通过，请逐件审查"]
    case.refresh_from_db()
    assert case.step == "check"
    assert not FormalAnswer.objects.exists()


def test_questions_for_people_are_never_answered_by_themselves(case, checker, as_user):
    complete_firm(case)
    given = batch_of(case)
    del given["letter"]

    answer = as_user(checker).post(reverse("tiers:round_check", args=[case.round_id]), given)

    assert answer.status_code == 200
    case.refresh_from_db()
    assert case.step == "check"


@pytest.mark.parametrize("code", ["130100", "130102", "340000"])
def test_check_is_not_shown_to_other_offices(case, as_user, code):
    client = as_user(build.officer_of(build.authority(code)))

    for name, pk in (("formal_check", case.pk), ("round_check", case.round_id)):
        assert client.get(reverse(f"tiers:{name}", args=[pk])).status_code == 404


def test_firm_reads_nothing_of_the_check(case, as_user):
    client = as_user(build.staff_of(case.factory.enterprise))

    assert client.get(reverse("tiers:formal_check", args=[case.pk])).status_code == 403


def test_round_page_costs_the_same_with_more_cases(case, checker, as_user):
    client, address = as_user(checker), reverse("tiers:round_check", args=[case.round_id])

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    one = cost()
    for _ in range(2):
        build.at_step(StepKind.CHECK)

    assert cost() == one
