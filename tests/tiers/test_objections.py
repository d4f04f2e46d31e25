"""An objection is sealed: whoever had a part in the case, and everybody outside, never reads it."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from registry.access import Seat
from registry.models import AuditEvent, Notification
from tests import build
from tiers import objections
from tiers.models import (
    Determination,
    FormalAnswer,
    Inspection,
    Meeting,
    MeetingItem,
    Objection,
)

AT = build.moment("2026-03-03 09:00")
SECRETS = ("王五", "13911112222", "车间照片系借用")


@pytest.fixture
def office(hebei):
    return build.officer(hebei, name="省级甲"), build.officer(hebei, name="省级乙")


@pytest.fixture
def case(notice_chain, office, city_officer):
    return build.at_notice()


@pytest.fixture
def shown(case, office):
    return build.published_notice(case.round, office, at=AT)


@pytest.fixture
def current(case, office):
    """A notice that runs on the day of the test, for what goes by the clock of a request."""
    return build.published_notice(case.round, office, at=timezone.now())


@pytest.fixture
def one(shown, case):
    return build.objection(shown, case, proof=ContentFile(build.PDF, name="照片.pdf"), at=AT)


@pytest.fixture
def involved(case, office):
    """An officer of the province who has sent the case back and forth before it was publicised."""
    was = build.officer(office[0].authority, name="经手人")
    first = case.decisions.order_by("-pk").first()
    first.pk, first.by, first.by_name = None, was, was.name
    first.save()
    return was


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def everything(client, one):
    """All pages and resources on which an objection could show itself."""
    case, shown = one.application, one.notice
    addresses = [
        f"/applications/{case.pk}/",
        f"/rounds/{shown.round_id}/",
        f"/rounds/{shown.round_id}/notice/",
        f"/notices/{shown.pk}/",
        f"/notices/{shown.pk}/list.json",
        "/notices/",
        "/objections/receipt/",
        f"/objections/{one.pk}/",
        "/desk/?tab=all",
        "/desk/?q=照片系",
        "/messages/",
        "/register/?q=照片系",
        "/enterprises/?q=照片系",
        f"/api/v1/applications/{case.pk}/",
        "/api/v1/applications/",
        "/api/v1/notifications/",
    ]
    return "".join(client.get(address).content.decode() for address in addresses)


def test_nobody_outside_and_no_handler_reads_a_word(one, case, city_officer, office, involved):
    others = [
        involved,
        city_officer,
        build.staff_of(case.factory.enterprise),
        build.officer(build.authority("130102")),
        build.officer(build.authority("340000")),
        build.seated(build.officer(build.authority("130200")), Seat.READER),
    ]
    seen = {str(user): everything(signed_in(user), one) for user in others}
    seen["stranger"] = everything(Client(), one)

    assert {who: [w for w in SECRETS if w in text] for who, text in seen.items()} == {
        who: [] for who in seen
    }
    for user in others:
        assert not Objection.objects.visible_to(user).exists()
        client = signed_in(user)
        for act in ("", "proof/", "assign/", "handle/"):
            sent = client.post(f"/objections/{one.pk}/{act}", {"reason": "想看"})
            assert sent.status_code in (403, 404)
            assert not any(word in sent.content.decode() for word in SECRETS)
        with pytest.raises(PermissionDenied):
            objections.unseal(one, reason="想看", by=user, at=AT)
    assert not AuditEvent.objects.filter(verb="objection.unseal").exists()


def test_uninvolved_officer_reads_it_for_a_reason_and_each_time_is_on_record(one, office):
    client = signed_in(office[0])
    before = everything(client, one)
    opened = client.post(f"/objections/{one.pk}/", {"reason": "核实情况"}).content.decode()
    client.post(f"/objections/{one.pk}/", {"reason": "再次核对"})
    unsaid = client.post(f"/objections/{one.pk}/", {"reason": " "}).content.decode()
    file = client.post(f"/objections/{one.pk}/proof/", {"reason": "核实情况"})

    assert not any(word in before for word in SECRETS)
    assert all(word in opened for word in SECRETS)
    assert not any(word in unsaid for word in SECRETS)
    assert b"".join(file.streaming_content) == build.PDF
    lines = AuditEvent.objects.filter(verb="objection.unseal").order_by("pk")
    assert [(line.actor_id, line.data["reason"]) for line in lines] == [
        (office[0].pk, "核实情况"),
        (office[0].pk, "再次核对"),
        (office[0].pk, "下载证明材料：核实情况"),
    ]


def test_trail_and_messages_speak_of_its_number_alone(one, office):
    build.handled(one, office[0], at=AT)
    told = "".join(
        f"{n.matter}{n.result}{n.next_step}"
        for n in Notification.objects.filter(event="desk.objection")
    )
    lines = "".join(
        f"{line.target_name}{line.data}{line.actor_name}"
        for line in AuditEvent.objects.filter(verb__startswith="objection.")
    )

    assert one.number in told
    assert one.number in lines
    assert one.code not in told + lines
    assert not any(word in told + lines for word in SECRETS)


def test_involved_officer_sees_that_it_exists_and_its_state(one, involved):
    page = signed_in(involved).get(f"/rounds/{one.notice.round_id}/notice/").content.decode()

    assert one.number in page
    assert "待分办" in page
    assert f"/objections/{one.pk}/" not in page
    told = Notification.objects.filter(recipient=involved, event="desk.objection")
    assert not told.exists()


def test_only_an_uninvolved_colleague_is_given_it(one, office, involved, city_officer):
    reader = build.seated(build.officer(office[0].authority), Seat.READER)
    for wrong in (involved, city_officer, reader):
        with pytest.raises(ValidationError, match="没有办理过"):
            objections.assign(one, wrong, by=office[0], at=AT)

    assert objections.assign(one, office[1], by=office[0], at=AT).handler == office[1]
    with pytest.raises(PermissionDenied):
        objections.handle(one, finding="dismissed", answer="不成立", reason="", by=office[0], at=AT)


def test_finding_needs_an_answer_and_upheld_a_reason(one, office):
    objections.assign(one, office[1], by=office[0], at=AT)
    for given, sentence in (
        ({"finding": "dismissed", "answer": " ", "reason": ""}, "答复"),
        ({"finding": "upheld", "answer": "属实", "reason": ""}, "理由"),
        ({"finding": "perhaps", "answer": "属实", "reason": ""}, "结论"),
    ):
        with pytest.raises(ValidationError, match=sentence):
            objections.handle(one, **given, by=office[1], at=AT)
    objections.handle(one, finding="dismissed", answer="查无此事", reason="", by=office[1], at=AT)
    with pytest.raises(ValidationError, match="已经办结"):
        objections.handle(one, finding="upheld", answer="改", reason="改", by=office[1], at=AT)


def test_objector_reads_the_answer_with_receipt_and_telephone(one, office):
    build.handled(one, office[0], at=AT)
    client = Client()

    def asked(receipt, digits):
        given = {"receipt": receipt, "digits": digits}
        return client.post("/objections/receipt/", given).content.decode()

    assert "答复如下" in asked(one.receipt.lower(), "2222")
    assert "没有查到" in asked(one.receipt, "2223")
    assert "没有查到" in asked(one.number, "2222")
    assert not any(word in asked(one.receipt, "2222") for word in SECRETS)


def public(case, **more):
    return {
        "application": str(case.pk),
        "name": "王五",
        "phone": "13911112222",
        "relation": "rival",
        "ground": "该厂产能数据不实",
        **more,
    }


def test_public_objects_and_gets_a_receipt(current, case, client):
    file = SimpleUploadedFile("证明.pdf", build.PDF)
    answer = client.post(f"/notices/{current.pk}/object/", public(case, proof=file), follow=True)

    one = Objection.objects.get()
    assert one.receipt in answer.content.decode()
    assert (one.way, one.proof_name, one.proof_type) == ("online", "证明.pdf", "application/pdf")


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "必填"),
        ("phone", "12", "电话"),
        ("ground", "", "必填"),
        ("relation", "", "必填"),
    ],
)
def test_anonymous_or_empty_objection_is_refused(shown, case, client, field, value, sentence):
    page = client.post(f"/notices/{shown.pk}/object/", public(case, **{field: value}))

    assert "error-summary" in page.content.decode()
    assert not Objection.objects.exists()


def test_act_itself_refuses_the_anonymous(shown, case):
    for missing in ("name", "phone", "ground", "relation"):
        with pytest.raises(ValidationError):
            build.objection(shown, case, at=AT, **{missing: " "})


def test_file_that_is_none_is_refused(shown, case):
    proof = ContentFile(b"MZ\x90\x00" * 20, name="证明.pdf")

    with pytest.raises(ValidationError, match="格式"):
        build.objection(shown, case, proof=proof, at=AT)


def test_one_address_sends_so_many_and_no_more(shown, case, client):
    answers = [client.post("/objections/receipt/", {}).status_code for _ in range(21)]

    assert answers == [200] * 20 + [429]


def test_letter_is_entered_by_somebody_uninvolved_with_the_day_it_came(
    shown, case, office, involved
):
    after = build.moment("2026-03-12 09:00")
    day, late = build.moment("2026-03-10 09:00").date(), after.date()
    letter = build.said(proof=None)

    with pytest.raises(ValidationError, match="本人办理过"):
        objections.enter(shown, case.pk, letter, received_on=day, by=involved, at=after)
    with pytest.raises(ValidationError, match="期外"):
        objections.enter(shown, case.pk, letter, received_on=late, by=office[0], at=after)
    made = objections.enter(shown, case.pk, letter, received_on=day, by=office[0], at=after)
    assert (made.way, made.received_on, made.entered_by) == ("letter", day, office[0])


# --- who had a part -------------------------------------------------------------------------------


def left_behind(case, one, kind):
    """What an officer's part in the case leaves, written beside the case of these rules."""
    who = {"by": one, "by_name": one.name, "at": AT}
    match kind:
        case "formal check":
            FormalAnswer.objects.create(
                application=case,
                submission=1,
                authority=one.authority,
                question="a",
                answer="yes",
                **who,
            )
        case "site check signed":
            Inspection.objects.create(
                application=case, submission=1, chosen="named", signed_by=one, team="专家"
            )
        case "site check team":
            Inspection.objects.create(
                application=case, submission=1, chosen="named", team=f"王专家、{one.name}"
            )
        case "meeting prepared":
            held = Meeting.objects.create(round=case.round, prepared_at=AT, released_at=AT)
            held.preparers.add(one)
            item = {**who, "by": build.officer(one.authority, name="别人"), "by_name": "别人"}
            MeetingItem.objects.create(
                meeting=held, application=case, submission=1, outcome="pass", **item
            )
        case "meeting confirmed":
            held = Meeting.objects.create(
                round=case.round, prepared_at=AT, released_at=AT, confirmed_by=one
            )
            item = {**who, "by": build.officer(one.authority, name="别人"), "by_name": "别人"}
            MeetingItem.objects.create(
                meeting=held, application=case, submission=1, outcome="pass", **item
            )
        case "list prepared":
            held = Determination.objects.create(
                round=case.round, decided_on=AT.date(), prepared_at=AT, issued_at=AT
            )
            held.preparers.add(one)
            held.cases.add(case)


@pytest.mark.parametrize(
    "kind",
    [
        "formal check",
        "site check signed",
        "site check team",
        "meeting prepared",
        "meeting confirmed",
        "list prepared",
    ],
)
def test_who_had_a_part_in_the_case_is_shut_out(one, case, office, kind):
    third = build.officer(office[0].authority, name="省级丙")
    assert objections.may_handle(case, third)
    assert Objection.objects.visible_to(third).exists()

    left_behind(case, third, kind)

    assert not objections.may_handle(case, third)
    assert not Objection.objects.visible_to(third).exists()
    assert Objection.objects.visible_to(office[0]).exists()


def test_office_without_anybody_left_hears_how_to_mend_it(shown, case, office):
    left_behind(case, office[0], "list prepared")
    Determination.objects.get().preparers.add(office[1])
    brought = build.objection(shown, case, at=AT)

    page = signed_in(office[0]).get(f"/rounds/{shown.round_id}/notice/").content.decode()
    assert objections.NOBODY in page
    assert "没有可以分办的人员" in page
    told = Notification.objects.filter(event="desk.objection")
    assert {one.recipient for one in told} == set(office)
    assert {one.result for one in told} == {objections.NOBODY}
    assert all(brought.name not in f"{one.matter}{one.result}{one.next_step}" for one in told)

    newcomer = build.officer(office[0].authority, name="新人")
    page = signed_in(newcomer).get(f"/rounds/{shown.round_id}/notice/").content.decode()
    assert objections.NOBODY not in page
    assert build.handled(brought, newcomer, at=AT).finding == "dismissed"
