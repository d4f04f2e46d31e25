"""The departments' own pages, what they show and hide, and the officers' pages of sending."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from registry.access import Seat
from registry.models import AuditEvent, Notification
from registry.policy import StepKind
from tests import build
from tiers import consultation
from tiers.models import Consultation, DepartmentOpinion

AT = build.DAY
PHONE = "13912345678"


@pytest.fixture(autouse=True)
def _at_noon():
    """The pages are asked on the day on which the acts of these tests happen."""
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        yield


@pytest.fixture
def case(world):
    return build.at_step(StepKind.CONSULT)


@pytest.fixture
def asker(case):
    return build.officer_of(build.authority("130000"))


@pytest.fixture
def department(world):
    return build.officer(build.authority("130000-yjgl"), name="部门甲")


def sent_to(case, user):
    return next(one for one in build.sent_out(case) if one.department == user.authority)


def page_of(sent, name="consultation_reply"):
    return reverse(f"tiers:{name}", args=[sent.pk])


def text_of(answer):
    return answer.content.decode()


def test_before_sending_the_department_sees_nothing(case, department, as_user):
    client = as_user(department)
    pages = [reverse(f"tiers:{name}") for name in ("consultation_list", "home")]
    pages += [f"{reverse('tiers:consultation_list')}?tab=all", reverse("registry:inbox")]

    for page in pages:
        assert case.factory.enterprise.name not in text_of(client.get(page))

    build.sent_out(case)  # and that it could have leaked
    assert case.factory.enterprise.name in text_of(client.get(pages[0]))
    assert case.factory.enterprise.name in text_of(client.get(pages[-1]))


def test_list_prints_the_tier_that_was_sent_as_a_badge(case, department, as_user):
    build.sent_out(case)

    page = text_of(as_user(department).get(reverse("tiers:consultation_list")))

    assert page.count('<span class="tier tier-2">') == 1


def test_department_is_led_to_its_list(department, as_user):
    answer = as_user(department).get(reverse("reports:home"))

    assert answer.url == reverse("tiers:consultation_list")


def test_page_shows_what_was_sent_and_no_word_more(case, department, as_user):
    firm = case.factory.enterprise
    staff = build.staff_of(firm)
    staff.phone = PHONE
    staff.save(update_fields=["phone"])

    shown = text_of(as_user(department).get(page_of(sent_to(case, department))))

    assert firm.credit_code in shown
    assert "近三年是否发生较大及以上生产安全事故" in shown
    for hidden in (PHONE, staff.name, "已建成并运行", "成熟度", "佐证"):
        assert hidden not in shown


@pytest.mark.parametrize(
    "address",
    [
        lambda case: reverse("tiers:application", args=[case.pk]),
        lambda case: reverse("tiers:consultation", args=[case.pk]),
        lambda case: reverse("tiers:formal_check", args=[case.pk]),
        lambda case: reverse("tiers:round", args=[case.round_id]),
        lambda case: reverse("tiers:round_consult", args=[case.round_id]),
        lambda case: reverse("assessments:result", args=[case.assessment_id]),
        lambda case: reverse("registry:enterprise_detail", args=[case.factory.enterprise_id]),
        lambda case: reverse("api:application-detail", args=[case.pk]),
        lambda case: reverse("api:assessment-detail", args=[case.assessment_id]),
        lambda case: reverse("assessments:evidence", args=[case.assessment.evidence.first().pk]),
        lambda case: reverse("registry:enterprise_list") + "?q=石家庄",
        lambda case: reverse("tiers:desk"),
    ],
)
def test_everything_else_of_the_case_is_shut_to_the_department(case, department, as_user, address):
    build.sent_out(case)

    assert as_user(department).get(address(case)).status_code in (403, 404)


def test_another_department_does_not_see_what_was_sent_to_this_one(case, department, as_user):
    build.sent_out(case)
    theirs = Consultation.objects.get(department__code="130000-sthj")
    file = {"upload": ContentFile(build.PDF), "name": "通报.pdf"}
    build.reply(theirs, "objection", ground="去年处罚", **file)
    proof = reverse("tiers:opinion_file", args=[theirs.opinions.get().pk])
    client = as_user(department)

    assert client.get(page_of(theirs)).status_code == 404
    assert client.get(proof).status_code == 404
    own = Consultation.objects.get(department=department.authority)
    assert "去年处罚" not in text_of(client.get(page_of(own)))
    answer = as_user(build.officer_of(theirs.department)).get(proof)
    assert b"".join(answer.streaming_content) == build.PDF


def test_department_answers_with_its_proof(case, department, as_user):
    sent = sent_to(case, department)
    given = {
        "answer": "objection",
        "ground": "2025年8月较大事故",
        "veto": "safety",
        "file": SimpleUploadedFile("通报.pdf", build.PDF),
    }

    answer = as_user(department).post(page_of(sent), given)

    assert answer.url == page_of(sent)
    said = DepartmentOpinion.objects.get()
    assert (said.veto, said.name, said.by) == ("safety", "通报.pdf", department)


def test_objection_without_ground_comes_back_with_what_was_typed(case, department, as_user):
    given = {"answer": "objection", "veto": "safety"}

    answer = as_user(department).post(page_of(sent_to(case, department)), given)

    assert "有意见的，请写明理由和依据" in text_of(answer)
    assert not DepartmentOpinion.objects.exists()


def test_reader_of_a_department_answers_nothing(case, department, as_user):
    sent = sent_to(case, department)
    client = as_user(build.seated(department, Seat.READER))

    assert not client.get(page_of(sent)).context["may_reply"]
    assert client.post(page_of(sent), {"answer": "none"}).status_code == 403


def test_round_is_sent_out_at_once(case, asker, as_user):
    second = build.at_step(StepKind.CONSULT)
    address = reverse("tiers:round_consult", args=[case.round_id])
    client = as_user(asker)
    assert client.get(address).context["to_send"] == 2

    client.post(address, {"due_on": "2026-03-20", "case": [case.pk, second.pk]})

    assert Consultation.objects.count() == 12
    assert client.get(address).context["to_send"] == 0


def test_officer_reminds_waives_and_lifts_on_the_page(case, asker, department, as_user):
    sent = sent_to(case, department)
    client = as_user(asker)
    client.post(page_of(sent, "consultation_remind"))
    sent.refresh_from_db()
    assert sent.reminded_at is not None

    build.reply(sent, "objection", ground="事故", veto="safety")
    client.post(page_of(sent, "consultation_lift"), {"reason": "同名企业"})
    assert DepartmentOpinion.objects.get().lift_reason == "同名企业"

    other = Consultation.objects.get(department__code="130000-sthj")
    late = build.on_day(other.due_on + timedelta(days=1))
    with time_machine.travel(late, tick=False):
        as_user(asker).post(page_of(other, "consultation_waive"), {"reason": "催办未答复"})
    other.refresh_from_db()
    assert other.waive_reason == "催办未答复"


def test_city_sees_nothing_of_the_consultation(case, as_user):
    sent = build.sent_out(case)[0]
    client = as_user(build.officer_of(build.authority("130100")))

    assert client.get(reverse("tiers:consultation", args=[case.pk])).status_code == 404
    assert client.get(reverse("tiers:round_consult", args=[case.round_id])).status_code == 404
    assert client.post(page_of(sent, "consultation_remind")).status_code == 404


# --- files of the firm ----------------------------------------------------------------------------


@pytest.fixture
def opened(case, asker, department, as_user):
    """What was sent to a department, with the files of one condition; done on the page."""
    sent = sent_to(case, department)
    item = next(iter(consultation.files_of(sent.application)))
    client = as_user(asker)
    assert text_of(client.get(page_of(sent, "consultation_attach"))).count('name="item"') > 1
    answer = client.post(page_of(sent, "consultation_attach"), {"item": item})
    assert answer.status_code == 302
    return sent


def test_department_opens_the_files_that_were_sent_to_it(opened, department, as_user):
    client = as_user(department)
    one = opened.files.get()

    assert reverse("tiers:sent_file", args=[one.pk]) in text_of(client.get(page_of(opened)))
    file = b"".join(client.get(reverse("tiers:sent_file", args=[one.pk])).streaming_content)
    assert hashlib.sha256(file).hexdigest() == one.sha256 == one.evidence.sha256
    told = Notification.objects.filter(recipient=department, event="consult.files")
    assert [message.result for message in told] == ["提供了佐证材料 1 个"]


def test_department_opens_no_other_file(opened, case, department, as_user):
    client = as_user(department)
    sent = set(opened.files.values_list("evidence", flat=True))
    every = {
        one.pk for _, files in consultation.files_of(opened.application).values() for one in files
    }
    assert every - sent

    for pk in every:
        for name in ("evidence", "evidence_preview"):
            address = reverse(f"assessments:{name}", args=[pk])
            assert client.get(address).status_code in (403, 404)


def test_another_department_and_the_firm_do_not_open_it(opened, case, as_user):
    address = reverse("tiers:sent_file", args=[opened.files.get().pk])
    others = [
        build.officer(build.authority("130000-sthj"), name="部门乙"),
        build.staff_of(case.factory.enterprise),
        build.officer(build.authority("130100")),
    ]

    for user in others:
        assert as_user(user).get(address).status_code == 404, user


def test_files_are_sent_once_and_only_by_the_office_that_asks(opened, case, department, as_user):
    item = next(iter(consultation.files_of(case)))
    by = build.officer_of(build.authority("130000"))

    with pytest.raises(ValidationError, match="已提供的不用再选"):
        consultation.attach(opened, items=[item], by=by, at=AT)
    for user in (department, build.officer(build.authority("130100"))):
        with pytest.raises(PermissionDenied):
            consultation.attach(opened, items=[item], by=user, at=AT)
    line = AuditEvent.objects.get(verb="consultation.attach")
    assert line.data["files"] == [opened.files.get().sha256]
