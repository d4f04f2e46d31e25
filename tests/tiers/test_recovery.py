"""Accounts got back: nobody learns what there is, nothing works early, twice or after a word
against it, and of two who decide one does.
"""

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from registry.access import Seat
from registry.audit import Verb
from registry.models import AuditEvent, Delivery, Notification, Recovery, Silence, Topic, User
from tests import build
from tiers import recovery

AT = build.DAY
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
OPENS = AT + 72 * HOUR
NEW = "harbour lamp 42 ledger"


@pytest.fixture
def officer(changan):
    return build.officer(changan)


@pytest.fixture
def colleague(staff):
    return build.joined(staff.enterprise, Seat.READER)


@pytest.fixture
def filed(staff, officer):
    return build.lost(staff)


@pytest.fixture
def approved(filed, officer):
    one, secret = filed
    return recovery.approve(one, checked="电话核实", by=officer, at=AT), secret


def sent(**other):
    given = {
        "credit_code": "91130102MA0000001K", "username": "nobody", "phone": "13900000000",
        "letter": SimpleUploadedFile("申请函.pdf", build.PDF),
    }  # fmt: skip
    return given | other


def plain(answer):
    """A page without what is new on each: form tokens, receipts and their secrets."""
    return re.sub(r"\w{64}|ZH-\w{10}|(\w{5}-){3}\w{5}", "", answer.content.decode())


def told(person):
    return Notification.objects.filter(recipient=person, event="people.recovery").count()


# --- filing ---------------------------------------------------------------------------------------


def test_filing_answers_the_same_whatever_was_named(client, staff):
    code, right = staff.enterprise.credit_code, staff.username
    pages = []
    for given in (
        {"credit_code": code, "username": right},
        {"credit_code": code, "username": "no-such-person"},
        {"credit_code": build.enterprise_at(staff.enterprise.authority).credit_code,
         "username": right},
    ):  # fmt: skip
        answer = client.post("/recovery/", sent(**given))
        pages.append((answer.status_code, plain(answer)))

    assert pages[0][0] == 200
    assert pages == [pages[0]] * 3
    assert [one.account_id for one in Recovery.objects.order_by("pk")] == [staff.pk, None, None]
    assert "查询码" in pages[0][1]


def test_receipt_says_the_same_of_what_names_no_account(client, staff, filed):
    known = filed
    unknown = build.lost(staff, username="no-such-person")

    pages = []
    with time_machine.travel(AT + HOUR, tick=False):
        for one, secret in (known, unknown):
            given = {"receipt": one.receipt, "secret": secret}
            answer = client.post("/recovery/receipt/", given)
            pages.append(plain(answer))

    assert pages[0] == pages[1]
    assert "待核实" in pages[0]


def test_receipt_needs_its_secret(filed):
    one, secret = filed

    assert recovery.found_by(one.receipt, "AAAAA-AAAAA-AAAAA-AAAAA") is None
    assert recovery.found_by("ZH-NOTHING", secret) is None
    assert recovery.found_by(one.receipt.lower(), secret.lower().replace("-", "")) == one


def test_what_names_no_account_reaches_nobody_and_is_not_kept(staff, officer):
    one, _ = build.lost(staff, username="no-such-person")

    assert not Recovery.objects.visible_to(officer).exists()
    assert not Notification.objects.filter(event="desk.recovery").exists()
    assert recovery.forget(AT + timedelta(days=31)) == 1
    assert not one.file.storage.exists(one.file.name)


def test_fourth_request_for_one_account_is_shown_to_nobody(staff, officer):
    for _ in range(4):
        build.lost(staff)

    assert Recovery.objects.visible_to(officer).count() == recovery.MOST


def test_letter_passes_the_gate_of_uploads(client, staff):
    bad = SimpleUploadedFile("申请函.pdf", b"MZ not a letter")
    answer = client.post("/recovery/", sent(letter=bad, credit_code=staff.enterprise.credit_code))

    assert answer.context["form"].errors["letter"]
    assert not Recovery.objects.exists()


@pytest.mark.parametrize("form", ["docx", "pdf"])
def test_letter_can_be_had_blank(client, db, form):
    answer = client.get(f"/recovery/letter.{form}")

    assert (answer.status_code, len(answer.content) > 5000) == (200, True)


# --- the bureau and the firm ----------------------------------------------------------------------


def test_approval_tells_everybody_of_the_firm_by_every_way(
    settings, filed, staff, colleague, officer
):
    settings.MESSAGE_SMS_URL = "console://"
    Silence.objects.create(user=staff, topic=Topic.PEOPLE, channel="sms")
    recovery.approve(filed[0], checked="电话核实", by=officer, at=AT)

    assert (told(staff), told(colleague)) == (1, 1)
    letters = Delivery.objects.filter(notification__event="people.recovery", channel="sms")
    assert staff.pk in letters.values_list("notification__recipient", flat=True)


def test_office_elsewhere_and_readers_do_not_decide(filed, tangshan, changan):
    reader = User.objects.create_user(
        "reader", name="查阅人", role="county", authority=changan, seat=Seat.READER
    )
    for person in (build.officer(tangshan), reader):
        with pytest.raises(PermissionDenied):
            recovery.approve(filed[0], checked="电话核实", by=person, at=AT)

    assert Recovery.objects.get().status == "waiting"


def test_second_decision_finds_it_done(approved, officer):
    for act in (
        lambda: recovery.approve(approved[0], checked="电话核实", by=officer, at=AT),
        lambda: recovery.refuse(approved[0], reason="不符", by=officer, at=AT),
    ):
        with pytest.raises(ValidationError, match="已经办理过"):
            act()


def test_another_request_for_the_account_is_not_approved_beside_it(approved, staff, officer):
    other, _ = build.lost(staff)

    with pytest.raises(ValidationError, match="另一件"):
        recovery.approve(other, checked="电话核实", by=officer, at=AT)
    late = OPENS + timedelta(days=7)
    assert recovery.approve(other, checked="电话核实", by=officer, at=late).status == "approved"


def test_firm_is_warned_and_stops_it(client, approved, colleague, officer):
    one, _ = approved
    client.force_login(colleague, backend="django.contrib.auth.backends.ModelBackend")
    for page in ("/home/", "/people/"):
        assert f"/people/recoveries/{one.pk}/stop/" in client.get(page).content.decode()
    assert client.post(f"/people/recoveries/{one.pk}/stop/").status_code == 302

    with pytest.raises(ValidationError, match="已经失效"):
        recovery.set_password(one, NEW, at=OPENS)
    assert Recovery.objects.get().closed_by == colleague
    assert Notification.objects.filter(recipient=officer, event="desk.recovery").count() == 2
    assert client.post(f"/people/recoveries/{one.pk}/stop/").status_code == 404


# --- the new password -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        (OPENS - SECOND, "等待期"),
        (OPENS, ""),
        (OPENS + SECOND, ""),
        (OPENS + timedelta(days=7) - SECOND, ""),
        (OPENS + timedelta(days=7), "已经失效"),
    ],
)
def test_password_is_set_from_the_moment_and_until_the_moment(approved, staff, at, outcome):
    if outcome:
        with pytest.raises(ValidationError, match=outcome):
            recovery.set_password(approved[0], NEW, at=at)
    else:
        recovery.set_password(approved[0], NEW, at=at)

    staff.refresh_from_db()
    assert staff.check_password(NEW) is (not outcome)


def test_second_use_and_unapproved_use_are_refused(approved, staff):
    recovery.set_password(approved[0], NEW, at=OPENS)
    waiting, _ = build.lost(staff)

    for one in (approved[0], waiting):
        with pytest.raises(ValidationError, match="已经失效"):
            recovery.set_password(one, "quite another 42 words", at=OPENS)


def test_weak_password_spends_nothing(approved):
    with pytest.raises(ValidationError):
        recovery.set_password(approved[0], "123", at=OPENS)

    assert Recovery.objects.get().status == "approved"


def test_everything_the_account_had_besides_is_gone(approved, staff):
    token, _ = build.token(staff)
    elsewhere = Client()
    elsewhere.post("/login/", {"username": staff.username, "password": build.PASSWORD})
    Authenticator.objects.create(user=staff, type="totp", data={"secret": "x"})

    recovery.set_password(approved[0], NEW, at=OPENS)
    token.refresh_from_db()
    staff.refresh_from_db()

    assert not Authenticator.objects.filter(user=staff).exists()
    assert not UserSession.objects.filter(user=staff).exists()
    assert token.revoked_at == OPENS
    assert staff.phone == "13900000000"
    assert elsewhere.get("/home/").status_code == 302
    assert AuditEvent.objects.filter(verb=Verb.RECOVERY_USE, actor_id=staff.pk).count() == 1


def test_whole_way_through_the_pages(client, staff, officer):
    given = sent(credit_code=staff.enterprise.credit_code, username=staff.username)
    answer = client.post("/recovery/", given)
    receipt, secret = answer.context["recovery"].receipt, answer.context["secret"]
    one = Recovery.objects.get()
    office = Client()
    office.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    assert one.receipt in office.get("/people/recoveries/").content.decode()
    page = f"/people/recoveries/{one.pk}/"
    assert b"".join(office.get(f"{page}letter/").streaming_content) == build.PDF
    assert office.post(f"{page}approve/", {"checked": "电话核实"}).status_code == 302

    assert client.get("/recovery/password/").status_code == 302
    look_up = {"receipt": receipt, "secret": secret}
    assert not client.post("/recovery/receipt/", look_up).context["ready"]
    one.refresh_from_db()
    with time_machine.travel(one.opens_at, tick=False):
        assert client.post("/recovery/receipt/", look_up).context["ready"]
        form = client.get("/recovery/password/").content.decode()
        assert "<li>至少 10 位，最长 128 位</li>" in form
        new = {"password": NEW, "password2": NEW}
        assert client.post("/recovery/password/", new).url == "/login/"
        assert client.get("/recovery/password/").status_code == 302
    staff.refresh_from_db()
    assert staff.check_password(NEW)


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_approve_at_once_one_does(staff):
    office = staff.enterprise.authority
    by = [build.officer(office, name=name) for name in ("甲", "乙")]
    requests = [build.lost(staff)[0] for _ in by]
    barrier, outcomes = Barrier(2), []

    def approve(one, person):
        barrier.wait(timeout=20)
        try:
            recovery.approve(one, checked="电话核实", by=person, at=AT)
            outcomes.append("approved")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    racers = [Thread(target=approve, args=pair) for pair in zip(requests, by, strict=True)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()

    assert sorted(outcomes) == ["approved", "refused"]
    assert told(staff) == 1
