"""Which messages leave the portal, and in what words.

An e-mail or an SMS is read on machines that are not ours. It says what the matter is and what kind
of event, and nothing that somebody has typed into the portal: no opinion, no reason, no link. The
rest is in the inbox, behind the sign-in.
"""

from __future__ import annotations

import re

from django.conf import settings

from registry import workdays
from registry.gateways import Channel, Letter
from registry.models import Delivery, Event, Notification

#: Every event may go out by e-mail; these, which cannot wait, by SMS as well.
BY_SMS = frozenset(
    {
        Event.CASE_RETURNED,
        Event.CASE_REJECTED,
        Event.TITLE_ISSUED,
        Event.TITLE_REVOKING,
        Event.TITLE_REVOKED,
        Event.TITLE_EXPIRING,
        Event.PEOPLE_CONFIRMED,
        Event.PEOPLE_REFUSED,
        Event.PEOPLE_RECOVERY,
    }
)
#: Whoever has silenced a topic is told of these all the same.
UNSILENCED = frozenset({Event.PEOPLE_RECOVERY})
#: What one SMS holds in Chinese.
SMS_LENGTH = 70
# A name may have been typed with what does not belong into it: numbers to call, addresses, codes.
UNFIT = re.compile(
    r"https?://\S+|www\.\S+|[\w.+-]+@[\w-]+\.[\w.]+"  # addresses
    r"|(?<![0-9A-Za-z])[0-9A-Z]{18}(?![0-9A-Za-z])"  # credit codes, identity numbers
    r"|(?<!\d)(?:\+?86-?)?1[3-9]\d{9}(?!\d)|(?<!\d)0\d{2,3}-?\d{7,8}(?!\d)"  # telephones
    r"|[0-9A-Za-z_-]{20,}"  # keys
)


def leaves_by(event: str) -> list[Channel]:
    """The ways by which this event may leave, whoever it is for."""
    return [Channel.EMAIL, Channel.SMS] if event in BY_SMS else [Channel.EMAIL]


def letter_for(delivery: Delivery) -> Letter:
    """What is handed to the gateway."""
    message, channel = delivery.notification, Channel(delivery.channel)
    person = message.recipient
    matter = fit(message.matter)
    if channel == Channel.SMS:
        text, subject = sms_text(message), ""
    else:
        text, subject = email_text(message), f"{message.event_label}：{matter}"
    return Letter(
        channel=channel,
        to=person.phone if channel == Channel.SMS else person.email,
        text=text,
        subject=subject,
        key=f"delivery-{delivery.pk}",
        template=message.event,
        parameters={
            "matter": matter,
            "result": message.event_label,
            "due_on": _due(message),
        },
    )


def fit(text: str) -> str:
    """The text on one line, without what no text of ours may carry outside."""
    return UNFIT.sub("（略）", " ".join(text.split()))


def sms_text(message: Notification) -> str:
    """One SMS: who writes, about what, what has happened. A long matter is cut, never the rest."""
    due = f"，期限{_due(message)}" if message.due_on else ""
    begins = f"【{settings.SITE['short_name']}】"
    ends = f"：{message.event_label}{due}。请登录平台查看。"
    room = SMS_LENGTH - len(begins) - len(ends)
    matter = fit(message.matter)
    if len(matter) > room:
        matter = matter[: max(room - 1, 0)] + "…"
    return f"{begins}{matter}{ends}"


def email_text(message: Notification) -> str:
    lines = [
        ("事项", fit(message.matter)),
        ("结果", message.event_label),
        ("下一步", fit(message.next_step)),
        ("期限", _due(message)),
    ]
    topic = Event(message.event).topic.label
    return "\n".join(
        [
            "您好：",
            "",
            *(f"{name}：{said}" for name, said in lines if said),
            "",
            f"请登录{settings.SITE['name']}，在“站内信”中查看详情。",
            "",
            f"本邮件由系统发出，请勿回复。不需要“{topic}”类邮件的，可在平台的“消息设置”中关闭。",
            "",
        ]
    )


def _due(message: Notification) -> str:
    return workdays.stated(message.due_on) if message.due_on else ""
