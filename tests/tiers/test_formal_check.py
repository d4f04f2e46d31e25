"""Formal check: what the machine finds, what officers answer, and what holds a case back."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from registry.models import AuditEvent
from registry.policy import StepKind
from tests import build
from tiers import formal_check
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
