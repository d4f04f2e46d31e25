"""Departments asked about a case: sent, answered, amended, reminded, waived, barred and lifted."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from registry import digests
from registry.models import AuditEvent, Notification
from registry.policy import StepKind
from tests import build
from tiers import consultation
from tiers.models import Application, Consultation, DepartmentOpinion

AT = build.DAY
CODES = {"130000-fgw", "130000-gzw", "130000-scjg", "130000-sjj", "130000-yjgl", "130000-sthj"}


@pytest.fixture
def case(world):
    return build.at_step(StepKind.CONSULT)


@pytest.fixture
def asker(case):
    return build.officer_of(build.authority("130000"))


@pytest.fixture
def sent(case):
    return {one.department.code: one for one in build.sent_out(case)}


@pytest.fixture
def safety(sent):
    """What was sent to the department that speaks on accidents."""
    return sent["130000-yjgl"]


def refusal(case, at=AT):
    with pytest.raises(ValidationError) as refused:
        build.decide(case, at=at)
    return " ".join(refused.value.messages)


def answer_all(sent, *, but=(), at=AT):
    for code, one in sent.items():
        if code not in but:
            build.reply(one, at=at)


def test_departments_follow_from_the_rules(sent):
    assert set(sent) == CODES


def test_case_passes_once_everybody_has_answered(case, sent):
    assert "还没有答复" in refusal(case)

    answer_all(sent)

    assert build.decide(case).step == StepKind.REVIEW
    assert not Consultation.objects.open().exists()


def test_case_does_not_pass_before_anybody_was_asked(case):
    assert "请先发出" in refusal(case)


def test_content_names_the_firm_and_nothing_of_its_people_or_answers(case, safety):
    firm = case.factory.enterprise

    assert safety.content == {
        "round": case.round.title,
        "number": case.number,
        "tier": "先进级",
        "enterprise": firm.name,
        "credit_code": firm.credit_code,
        "seat": firm.seat.name,
        "factory": case.factory.name,
        "address": case.factory.division.name,
        "questions": ["近三年是否发生较大及以上生产安全事故"],
        "vetoes": ["safety"],
    }
    assert safety.digest == digests.of(safety.content)


def test_content_stays_when_the_factory_is_renamed(case, safety):
    name = safety.content["factory"]
    build.renamed(case.factory, "新名工厂")

    assert Consultation.objects.get(pk=safety.pk).content["factory"] == name


def test_asking_twice_asks_nobody_twice(case, sent):
    with pytest.raises(ValidationError) as refused:
        build.sent_out(case)

    assert refused.value.messages == ["所选申报都已向各部门发出，没有需要再发的"]


def test_departments_are_told_when_they_are_asked(case):
    people = [build.officer(build.authority(code)) for code in sorted(CODES)]

    sent = build.sent_out(case)

    told = Notification.objects.filter(event="consult.asked")
    assert set(told.values_list("recipient", flat=True)) == {one.pk for one in people}
    assert told.first().due_on == sent[0].due_on


def test_objection_needs_a_ground(safety):
    with pytest.raises(ValidationError) as refused:
        build.reply(safety, "objection")

    assert refused.value.messages == ["有意见的，请写明理由和依据"]


def test_proof_is_looked_at(safety):
    with pytest.raises(ValidationError) as refused:
        build.reply(
            safety,
            "objection",
            ground="见通报",
            upload=ContentFile(b"MZ\x90"),
            name="通报.pdf",
        )

    assert "不是可用的格式" in refused.value.messages[0]


def test_veto_bars_until_it_is_lifted_with_a_reason(case, asker, sent, safety):
    answer_all(sent, but={safety.department.code})
    build.reply(safety, "objection", ground="2025年8月较大事故", veto="safety")
    assert "省应急厅提出否决事项（安全生产事故），解除前不能通过" in refusal(case)

    with pytest.raises(ValidationError):
        consultation.lift(safety, reason=" ", by=asker, at=AT)
    consultation.lift(safety, reason="事故责任单位为同名企业", by=asker, at=AT)

    said = DepartmentOpinion.objects.get(consultation=safety)
    assert (said.veto, said.lifted_by) == ("safety", asker)
    assert AuditEvent.objects.get(verb="consultation.lift").data["reason"] == said.lift_reason
    assert build.decide(case).step == StepKind.REVIEW


def test_department_names_only_events_it_was_asked_about(safety):
    with pytest.raises(ValidationError):
        build.reply(safety, "objection", ground="失信", veto="credit")


def test_amendment_stands_and_leaves_the_first_word_readable(case, asker, sent, safety):
    answer_all(sent)
    file = {"upload": ContentFile(build.PDF), "name": "通报.pdf"}
    build.reply(safety, "objection", ground="补报事故", veto="safety", **file)
    consultation.lift(safety, reason="核实有误", by=asker, at=AT)
    build.reply(safety, "objection", ground="再次核实仍成立", veto="safety")

    words = list(safety.opinions.order_by("pk").values_list("answer", "veto"))
    assert words == [("none", ""), ("objection", "safety"), ("objection", "safety")]
    assert consultation.latest(safety).name == "通报.pdf"
    assert "提出否决事项" in refusal(case)


def test_no_answer_is_no_objection_only_by_an_officers_word_after_the_day(
    case, asker, sent, safety
):
    answer_all(sent, but={safety.department.code})
    with pytest.raises(ValidationError):
        consultation.waive(safety, reason="已电话联系", by=asker, at=AT)
    late = build.on_day(safety.due_on + timedelta(days=1))
    assert "已逾期" in refusal(case, at=late)

    consultation.waive(safety, reason="两次催办未答复", by=asker, at=late)

    assert build.decide(case, at=late).step == StepKind.REVIEW


def test_reminder_reaches_the_department_once_a_day(asker, safety):
    person = build.officer_of(safety.department)
    consultation.remind(safety, by=asker, at=AT)
    with pytest.raises(ValidationError):
        consultation.remind(safety, by=asker, at=AT)

    assert Notification.objects.filter(recipient=person, event="consult.reminded").count() == 1


def test_answer_ends_with_the_step(case, sent, safety):
    answer_all(sent)
    build.decide(case)

    with pytest.raises(PermissionDenied):
        build.reply(Consultation.objects.get(pk=safety.pk), "objection", ground="晚了")


def test_department_sees_what_was_sent_to_it_and_nothing_else(case, sent, safety):
    person, other = (
        build.officer_of(safety.department),
        build.officer(build.authority("340000-yjgl")),
    )

    assert list(Consultation.objects.visible_to(person)) == [safety]
    assert not Consultation.objects.visible_to(other).exists()
    assert not Application.objects.visible_to(person).exists()
    with pytest.raises(PermissionDenied):
        build.reply(sent["130000-sthj"], by=person)


def test_departments_are_asked_by_the_office_at_the_step_alone(case):
    for code in ("130100", "340000"):
        with pytest.raises(PermissionDenied):
            build.sent_out(case, by=build.officer_of(build.authority(code)))
