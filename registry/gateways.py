"""The ways out of the portal: an e-mail server, and any SMS provider behind one HTTP contract.

Where they stand is in the settings. A way that is not configured is shut: nothing is written for
it and no page offers it. Errors name neither address nor text, so they may be kept and logged.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, NoReturn

import structlog
from django.conf import settings
from django.core import checks
from django.core.mail import EmailMessage
from django.db import models

from registry import phones

log = structlog.get_logger("portal.gateways")

CONSOLE = "console://"
#: What the gateway will never take, however often it is offered.
FINAL = {HTTPStatus.BAD_REQUEST, HTTPStatus.GONE, HTTPStatus.UNPROCESSABLE_ENTITY}


class Channel(models.TextChoices):
    """A way out besides the inbox, which is always open."""

    EMAIL = "email", "邮件"
    SMS = "sms", "短信"


class Refused(Exception):
    """The gateway will not take this letter, now or later."""


class Unavailable(Exception):
    """The gateway did not take it this time."""


@dataclass(frozen=True)
class Letter:
    """One text to one address. ``key`` is the same at every attempt: the gateway may know by it
    what it has taken already.
    """

    channel: Channel
    to: str
    text: str
    key: str
    subject: str = ""
    template: str = ""
    parameters: dict[str, str] = field(default_factory=dict)


def address_of(channel: Channel) -> str:
    """Where the settings say the gateway stands; empty where there is none."""
    return settings.MESSAGE_EMAIL_URL if channel == Channel.EMAIL else settings.MESSAGE_SMS_URL


def open_channels() -> list[Channel]:
    return [channel for channel in Channel if address_of(channel)]


def fits(channel: Channel, address: str) -> bool:
    """Whether this can be an address there: an SMS does not reach a telephone on a desk."""
    return bool(phones.MOBILE.fullmatch(address)) if channel == Channel.SMS else "@" in address


def masked(address: str) -> str:
    """As much of an address as a log may hold."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}" if at else f"{address[:3]}****{address[-4:]}"


def pass_on(letter: Letter) -> None:
    """Hand a letter to its gateway; Refused or Unavailable say that it was not taken."""
    if address_of(letter.channel).startswith(CONSOLE):
        log.info(
            "letter",
            channel=str(letter.channel),
            to=masked(letter.to),
            subject=letter.subject,
            text=letter.text,
        )
    elif letter.channel == Channel.EMAIL:
        _by_email(letter)
    else:
        _by_sms(letter)


def _by_email(letter: Letter) -> None:
    host = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip(">")
    headers = {"Message-ID": f"<{letter.key}@{host}>", "Auto-Submitted": "auto-generated"}
    try:
        EmailMessage(letter.subject, letter.text, to=[letter.to], headers=headers).send()
    except smtplib.SMTPRecipientsRefused as error:
        _recipient_refused(error)
    except smtplib.SMTPResponseException as error:
        raise Unavailable(f"邮件服务器答复 {error.smtp_code}") from None
    except (smtplib.SMTPException, OSError) as error:
        raise Unavailable(f"连不上邮件服务器（{type(error).__name__}）") from None


def _recipient_refused(error: smtplib.SMTPRecipientsRefused) -> NoReturn:
    codes = [code for code, _ in error.recipients.values()]
    kind = Refused if all(code >= 500 for code in codes) else Unavailable
    raise kind(f"邮件服务器不收这个收件地址（{codes[0] if codes else ''}）") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirected POST would carry the number to somewhere nobody configured."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def _by_sms(letter: Letter) -> None:
    body = json.dumps(
        {
            "to": letter.to,
            "text": letter.text,
            "template": settings.MESSAGE_SMS_TEMPLATES.get(letter.template, letter.template),
            "parameters": letter.parameters,
        },
        ensure_ascii=False,
    ).encode()
    request = urllib.request.Request(  # noqa: S310 -- the settings allow http and https only
        settings.MESSAGE_SMS_URL,
        data=body,
        headers={
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": letter.key,
            "X-Signature": f"sha256={signature(letter.key, body)}",
        },
        method="POST",
    )
    try:
        with urllib.request.build_opener(_NoRedirect).open(
            request, timeout=settings.MESSAGE_TIMEOUT
        ) as answer:
            answer.read(1024)
    except urllib.error.HTTPError as error:
        error.close()
        kind = Refused if error.code in FINAL else Unavailable
        raise kind(f"短信网关答复 {error.code}") from None
    except (OSError, HTTPException) as error:
        raise Unavailable(f"连不上短信网关（{type(error).__name__}）") from None


def signature(key: str, body: bytes) -> str:
    """What proves to the SMS gateway that a request is ours: HMAC-SHA256 of key, full stop and
    body. Whoever replays it replays the key, and is told that this one is done.
    """
    secret = settings.MESSAGE_SMS_SECRET.encode()
    return hmac.new(secret, key.encode() + b"." + body, hashlib.sha256).hexdigest()


def check_gateways(**kwargs: Any) -> list[checks.CheckMessage]:
    """Say at start which ways out are shut; the portal works without them."""
    wanted = {Channel.EMAIL: "MESSAGE_EMAIL_URL", Channel.SMS: "MESSAGE_SMS_URL"}
    return [
        checks.Info(
            f"{channel.label}通道未配置，站内信不会以{channel.label}发出",
            hint=f"需要时设置环境变量 {name}",
            id=f"registry.I00{number}",
        )
        for number, (channel, name) in enumerate(wanted.items(), start=1)
        if settings.PRODUCTION and not address_of(channel)
    ]
