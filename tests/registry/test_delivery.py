"""Messages leave the portal once each, through gateways that fail, hang up and come back."""

import hashlib
import hmac
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import structlog
from django.core.exceptions import ValidationError
from django.db import connections, transaction

from registry import delivery, gateways, inbox
from registry.models import AuditEvent, Delivery, Event, Notification, Silence, Topic
from tests import build
from tests.registry.gateway import CUT, Gateway

AT = build.DAY
SECRET = "s" * 40
pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(settings):
    server = Gateway()
    settings.MESSAGE_SMS_URL, settings.MESSAGE_SMS_SECRET = server.url, SECRET
    settings.MESSAGE_TIMEOUT = 5
    yield server
    server.close()


@pytest.fixture
def email(settings):
    settings.MESSAGE_EMAIL_URL = "smtp://mail.example"
    settings.DEFAULT_FROM_EMAIL = "portal@portal.example"


@pytest.fixture
def person(changan):
    """Somebody of a firm, who can be reached by mobile phone."""
    return build.staff_of(build.enterprise_at(changan))


@pytest.fixture
def told(person, gateway):
    return tell(person)


def tell(person, *, key="one", event=Event.CASE_RETURNED, at=AT, **said):
    message = build.message("退回补正：缺少材料", event=event, **said)
    inbox.send([person], message, key=key, at=at)
    return Delivery.objects.filter(notification__key=f"{key}:{person.pk}").first()


def after(**time):
    return AT + timedelta(**time)


def states():
    return sorted(Delivery.objects.values_list("channel", "status"))


# --- what is queued -------------------------------------------------------------------------------


def test_message_and_its_way_out_are_written_together_or_not_at_all(person, gateway):
    with transaction.atomic():
        tell(person)
        transaction.set_rollback(True)

    assert (Notification.objects.filter(key__startswith="one").count(), states()) == (0, [])


def test_person_is_reached_where_he_can_be(person, gateway, email):
    person.email = "wang@firm.example"
    person.save()
    tell(person)

    assert states() == [("email", "waiting"), ("sms", "waiting")]


@pytest.mark.parametrize("phone", ["", "0311-87654321", "12345678901"])
def test_nothing_is_queued_for_a_number_no_sms_reaches(person, gateway, phone):
    person.phone = phone
    person.save()
    tell(person)

    assert states() == []


def test_event_that_can_wait_makes_no_sms(person, gateway):
    tell(person, event=Event.CASE_RECEIVED)

    assert states() == []


def test_shut_channel_leaves_nothing_behind(person):
    tell(person)

    assert (Notification.objects.filter(key__startswith="one").count(), states()) == (1, [])


def test_silenced_topic_stays_in_the_inbox(person, gateway):
    Silence.objects.create(user=person, topic=Topic.CASE, channel="sms")
    tell(person)
    tell(person, key="two", event=Event.TITLE_REVOKED)

    assert Notification.objects.filter(recipient=person, key__regex="one|two").count() == 2
    assert [d.notification.event for d in Delivery.objects.all()] == ["title.revoked"]


def test_same_key_makes_neither_message_nor_letter_again(person, gateway):
    tell(person)
    delivery.deliver(at=AT)
    tell(person)
    tell(person, at=after(days=1))
    delivery.deliver(at=after(days=1))

    assert Notification.objects.filter(key__startswith="one").count() == 1
    assert (states(), len(gateway.seen)) == ([("sms", "sent")], 1)


def test_address_entered_later_gets_only_what_comes_later(person, gateway, email):
    tell(person)
    person.email = "wang@firm.example"
    person.save()
    tell(person)

    assert states() == [("sms", "waiting")]


# --- the gateway ----------------------------------------------------------------------------------


def test_gateway_gets_a_signed_letter(told, person, gateway, settings):
    settings.MESSAGE_SMS_TEMPLATES = {"case.returned": "SMS_1001"}

    assert delivery.deliver(at=AT) == {"sent": 1}

    (headers, body), key = gateway.seen[0], f"delivery-{told.pk}"
    signed = hmac.new(SECRET.encode(), key.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert (headers["Idempotency-Key"], headers["X-Signature"]) == (key, f"sha256={signed}")
    assert gateway.taken[key] == {
        "to": person.phone,
        "text": "【智能工厂梯度培育】一厂的申报：申报退回补正。请登录平台查看。",
        "template": "SMS_1001",
        "parameters": {"matter": "一厂的申报", "result": "申报退回补正", "due_on": ""},
    }
    told.refresh_from_db()
    assert (told.status, told.sent_at, told.attempts) == ("sent", AT, 1)


def test_flaky_gateway_takes_it_at_the_third_attempt(told, gateway):
    gateway.answers = [503, CUT]

    came = [
        dict(delivery.deliver(at=at))
        for at in (AT, after(seconds=59), after(minutes=1), after(minutes=5), after(minutes=6))
    ]

    assert came == [{"failed": 1}, {}, {"failed": 1}, {}, {"sent": 1}]
    assert gateway.keys == [f"delivery-{told.pk}"] * 3
    assert len(gateway.taken) == 1
    told.refresh_from_db()
    assert (told.status, told.attempts, told.last_error) == ("sent", 3, "")
    assert delivery.deliver(at=after(days=1)) == {}


def test_gateway_that_never_answers_is_given_up(told, gateway):
    gateway.answers = [500] * 9
    moments = [AT]
    for wait in delivery.WAITS:
        moments.append(moments[-1] + wait)

    came = [dict(delivery.deliver(at=at)) for at in moments]

    assert came == [{"failed": 1}] * 5 + [{"given_up": 1}]
    told.refresh_from_db()
    assert (told.status, told.last_error) == ("given_up", "短信网关答复 500")
    assert delivery.deliver(at=after(days=2)) == {}


def test_gateway_that_is_gone_is_named_without_the_number(told, person, gateway):
    gateway.close()

    assert delivery.deliver(at=AT) == {"failed": 1}

    told.refresh_from_db()
    assert told.last_error == "连不上短信网关（URLError）"


@pytest.mark.parametrize(("status", "came"), [(422, "given_up"), (401, "failed"), (302, "failed")])
def test_refusal_is_final_only_where_asking_again_is_no_use(told, gateway, status, came):
    gateway.answers = [status]

    assert delivery.deliver(at=AT) == {came: 1}
    assert len(gateway.seen) == 1


@pytest.mark.parametrize("change", [{"is_active": False}, {"phone": ""}])
def test_person_who_has_gone_meanwhile_gets_nothing(told, person, gateway, change):
    type(person).objects.filter(pk=person.pk).update(**change)

    assert delivery.deliver(at=AT) == {"given_up": 1}
    assert gateway.seen == []


def test_queue_that_stood_still_for_days_is_not_let_loose(told, gateway):
    assert delivery.deliver(at=after(days=3, minutes=1)) == {"given_up": 1}

    told.refresh_from_db()
    assert (told.last_error, gateway.seen) == (delivery.STALE, [])


# --- two at work, and one that dies ---------------------------------------------------------------


class Died(BaseException):
    """The worker is gone in the middle of a letter."""


def test_letter_of_a_dead_worker_is_taken_up_under_the_same_key(told, gateway):
    def die(*args):
        raise Died

    before = signal.signal(signal.SIGUSR1, die)
    gateway.on_request = lambda: os.kill(os.getpid(), signal.SIGUSR1)
    try:
        with pytest.raises(Died):
            delivery.deliver(at=AT)
    finally:
        signal.signal(signal.SIGUSR1, before)
        gateway.on_request = lambda: None

    told.refresh_from_db()
    assert (told.status, told.attempts) == ("waiting", 1)
    assert delivery.deliver(at=AT + delivery.LEASE - timedelta(seconds=1)) == {}
    assert delivery.deliver(at=AT + delivery.LEASE) == {"sent": 1}
    # It left twice; the gateway knew the key and took it once.
    assert (gateway.keys, len(gateway.taken)) == ([f"delivery-{told.pk}"] * 2, 1)


def test_letter_that_kills_every_worker_is_given_up(told, gateway):
    Delivery.objects.update(attempts=len(delivery.WAITS) + 1)

    assert delivery.deliver(at=AT) == {"given_up": 1}
    assert gateway.seen == []


def test_worker_that_overslept_does_not_overrule_the_next(told, gateway):
    late = delivery._take(AT)[0]
    assert delivery.deliver(at=AT + delivery.LEASE) == {"sent": 1}
    gateway.answers = [500]
    delivery._pass_on(late, AT)

    told.refresh_from_db()
    assert told.status == "sent"


@pytest.mark.django_db(transaction=True)
def test_sweeps_side_by_side_send_each_letter_once(person, gateway):
    for number in range(12):
        tell(person, key=f"letter-{number}")

    def sweep():
        try:
            while delivery.deliver(at=AT):
                pass
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        for sweeping in [pool.submit(sweep) for _ in range(3)]:
            sweeping.result(timeout=60)

    assert (len(gateway.keys), len(set(gateway.keys))) == (12, 12)
    assert set(Delivery.objects.values_list("status", "attempts")) == {("sent", 1)}


def test_without_the_lease_a_letter_would_be_taken_twice(told, monkeypatch):
    assert (len(delivery._take(AT)), len(delivery._take(AT))) == (1, 0)

    monkeypatch.setattr(delivery, "LEASE", timedelta(0))
    Delivery.objects.update(next_try_at=AT)
    assert (len(delivery._take(AT)), len(delivery._take(AT))) == (1, 1)


# --- e-mail and console ---------------------------------------------------------------------------


def test_email_says_matter_result_next_step_and_deadline(person, email, mailoutbox):
    person.email = "wang@firm.example"
    person.save()
    told = tell(person, next_step="按意见补正", due_on=date(2026, 5, 6))

    assert delivery.deliver(at=AT) == {"sent": 1}

    letter = mailoutbox[0]
    assert (letter.to, letter.subject) == (["wang@firm.example"], "申报退回补正：一厂的申报")
    assert letter.extra_headers["Message-ID"] == f"<delivery-{told.pk}@portal.example>"
    assert letter.body.split("\n")[2:6] == [
        "事项：一厂的申报",
        "结果：申报退回补正",
        "下一步：按意见补正",
        "期限：2026-05-06",
    ]
    assert "缺少材料" not in letter.body


def test_mail_server_that_is_gone_is_named_without_the_address(person, email, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 9, 2
    person.email = "wang@firm.example"
    person.save()
    told = tell(person)

    assert delivery.deliver(at=AT) == {"failed": 1}

    told.refresh_from_db()
    assert told.last_error == "连不上邮件服务器（ConnectionRefusedError）"


def test_console_shows_the_text_and_not_the_number(person, settings):
    settings.MESSAGE_SMS_URL = "console://"
    tell(person)

    with structlog.testing.capture_logs() as lines:
        assert delivery.deliver(at=AT) == {"sent": 1}

    assert lines[0]["text"].startswith("【智能工厂梯度培育】一厂的申报：申报退回补正")
    assert person.phone not in str(lines)


@pytest.mark.parametrize(
    ("address", "shown"), [("13812345678", "138****5678"), ("wang@firm.cn", "w***@firm.cn")]
)
def test_address_in_a_log_is_masked(address, shown):
    assert gateways.masked(address) == shown


def test_shut_ways_out_are_named_at_start_in_production(settings):
    assert gateways.check_gateways() == []
    settings.PRODUCTION = True

    assert [said.hint for said in gateways.check_gateways()] == [
        "需要时设置环境变量 MESSAGE_EMAIL_URL",
        "需要时设置环境变量 MESSAGE_SMS_URL",
    ]


# --- once more ------------------------------------------------------------------------------------


def test_administrator_sends_once_more_what_was_given_up(told, person, gateway, administrator):
    gateway.answers = [422]
    delivery.deliver(at=AT)
    later = after(days=9)

    assert delivery.retry([told], by=administrator, at=later) == 1
    assert delivery.deliver(at=later) == {"sent": 1}

    line = AuditEvent.objects.get(verb="delivery.retry")
    assert (line.target_id, line.data) == (str(told.pk), {"channel": "sms"})
    assert person.phone not in f"{line.target_name}{line.data}"
    with pytest.raises(ValidationError, match="不需要重新发送"):
        delivery.retry([told], by=administrator, at=later)


def test_night_counts_what_has_not_left(told, person, gateway):
    tell(person, key="two")
    gateway.answers = [422, 503]
    delivery.deliver(at=AT)

    assert delivery.counts() == {"letters_waiting": 1, "letters_given_up": 1}
