"""What is read on other people's machines holds nothing that opens a door or names a person."""

import re
from datetime import date

import pytest

from registry import outward
from registry.models import Event, Notification

# As somebody might have typed it where it does not belong.
HOSTILE = (
    "一厂 https://portal.example/reset?token=abc www.evil.example 13812345678 +86-13812345678 "
    "0311-87654321 91130102MA07KU8B0L zhang@firm.example eyJhbGciOiJIUzI1NiJ9abcdef"
)
FORBIDDEN = {
    "address": r"https?:|www\.|/\w+/\d",
    "mail": r"@",
    "telephone": r"1[3-9]\d{9}|0\d{2,3}-?\d{7}",
    "code": r"[0-9A-Z]{18}",
    "token": r"[0-9A-Za-z_-]{20,}",
    "secret": r"密码|(?<!接)口令|验证码|password|token",
    "typed": "张科长|缺少",
}


def message(event, **said):
    return Notification(
        **{
            "pk": 7,
            "event": event,
            "matter": HOSTILE,
            "result": f"退回：缺少材料，密码 abc，找张科长 {HOSTILE}",
            "next_step": HOSTILE,
            "link": "/applications/12/",
            "due_on": date(2026, 5, 6),
            **said,
        }
    )


def found(text):
    return [name for name, pattern in FORBIDDEN.items() if re.search(pattern, text)]


def test_every_forbidden_thing_would_be_found():
    typed = message(Event.CASE_RETURNED)

    assert found(f"{typed.matter}{typed.result}{typed.link}") == list(FORBIDDEN)


@pytest.mark.parametrize("event", Event)
def test_no_event_carries_a_secret_outside(event):
    for said in ({}, {"matter": "长" * 199, "due_on": None}):
        text, sms = (
            outward.email_text(message(event, **said)),
            outward.sms_text(message(event, **said)),
        )
        assert (found(text), found(sms)) == ([], [])


@pytest.mark.parametrize("event", Event)
def test_every_sms_fits_and_keeps_its_end(event):
    text = outward.sms_text(message(event, matter="某某" * 60))

    assert len(text) == outward.SMS_LENGTH
    assert text.endswith(f"…：{event.label}，期限2026-05-06。请登录平台查看。")


@pytest.mark.parametrize("event", Event)
def test_every_event_has_words_of_its_own_within_its_topic(event):
    said = (event.topic, event.label)

    assert [other for other in Event if (other.topic, other.label) == said] == [event]


def test_number_of_a_case_is_no_secret():
    assert outward.fit("一厂的基础级申报（JC-2026-0001）") == "一厂的基础级申报（JC-2026-0001）"
