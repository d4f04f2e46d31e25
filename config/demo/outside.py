"""The part of the demo world that is open to the outside: programs that read and are told, the
record sealed for another day, open data, accounts that strangers ask for, and who opened a file.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.test.utils import override_settings

from config import nightly
from config.demo import answers, receiver
from config.readings import FACTORY, FIRM, WHOLE
from registry import readings, tokens
from registry.access import business_date
from registry.listing import keeping
from registry.models import ApiToken, Factory, Recovery, User
from registry.readings import Opened
from tiers import open_data, recovery, webhooks

DAY = timedelta(days=1)


def run(now: datetime, password: str) -> str:
    """Everything; returns the secret of the token, which is shown this once."""
    _views(now)
    _recoveries(now)
    _readings(now)
    secret = _token(now, password)
    # Sealed before the last acts of all, and again behind them: what comes after a head is of the
    # day before it at the earliest.
    nightly.seal(on=business_date(now - DAY), at=now - DAY)
    _pushed(now)
    open_data.publish(on=business_date(now - DAY), at=now - DAY)
    open_data.publish(on=business_date(now), at=now)
    nightly.seal(on=business_date(now), at=now)
    return secret


def _user(username: str) -> User:
    found: User = User.objects.select_related("authority", "enterprise").get(username=username)
    return found


def _views(now: datetime) -> None:
    """A list as one office looks at it every week, for everybody who works there."""
    by, at = _user("city-shijiazhuang"), now - 9 * DAY
    name, query = "暂停中的基础级", "tier=basic&status=suspended"
    keeping.save_view("titles", name=name, query=query, shared=True, by=by, at=at)


# --- accounts got back (找回账号) ----------------------------------------


def _recoveries(now: datetime) -> None:
    """One waits for the bureau; one was stopped by a colleague before its waiting time was over."""
    _filed("firm-2", now - DAY)
    stopped = _filed("firm-1-editor", now - 4 * DAY)
    recovery.approve(
        stopped,
        checked="拨打登记的联系电话，向法定代表人核实",
        by=_user("county-changan"),
        at=now - 3 * DAY,
    )
    recovery.stop(stopped, by=_user("firm-1"), at=now - 3 * DAY + timedelta(hours=2))


def _filed(username: str, at: datetime) -> Recovery:
    person = _user(username)
    firm = person.enterprise
    if firm is None:
        raise LookupError(f"{username} is of no firm")
    letter = ContentFile(answers.own_pdf(f"{firm.name} {username}"), name="找回账号申请函.pdf")
    asked = recovery.Filed(firm.credit_code, username, "13900008802", letter)
    made, _ = recovery.file(asked, at=at)
    return made


# --- who opened a file (查阅记录) ----------------------------------------


def _readings(now: datetime) -> None:
    """Three offices have looked at firm-1 and its factory."""
    firm = _user("firm-1").enterprise
    if firm is None:
        raise LookupError("firm-1 is of no firm")
    factory = Factory.objects.filter(enterprise=firm).earliest("pk")
    whole = Opened(WHOLE.part, "", "reports:firm_file", str(firm.pk))
    itself = Opened(FIRM.part, "", "registry:enterprise_detail", str(firm.pk))
    part = Opened(FACTORY.part, factory.name, "registry:factory_detail", str(factory.pk))
    for username, days, opened in (
        ("city-shijiazhuang", 12, (itself, part)),
        ("county-changan", 6, (itself,)),
        ("province-hebei", 2, (whole, part)),
    ):
        for minute, one in enumerate(opened):
            at = now - days * DAY + timedelta(minutes=3 * minute)
            readings.note(firm.pk, one, by=_user(username), at=at)


# --- programs ----------------------------------------


def _token(now: datetime, password: str) -> str:
    by, ends = _user("province-hebei"), business_date(now + 180 * DAY)
    terms = tokens.Terms("省级数据共享平台", ApiToken.Scope.READ, ends)
    _, secret = tokens.issue(terms, password=password, by=by, at=now - 20 * DAY)
    return secret


def _pushed(now: datetime) -> None:
    """变更推送: proven, tried, told what changed since, and paused by its owner,
    since nobody listens there any more.
    """
    by, name = _user("province-hebei"), "本机接收程序（建立演示数据时运行）"
    proven = now - timedelta(hours=40)
    with override_settings(PUSH_TO_LOCAL=True), receiver.listening() as address:
        origin = "http://localhost:8000"
        held = webhooks.add(name, address, origin=origin, by=by, at=proven)
        webhooks.deliver(at=proven)
        held.refresh_from_db()
        webhooks.send_test(held, by=by, at=now - DAY)
        webhooks.deliver(at=now - DAY)
        webhooks.queue(at=now)
        while webhooks.deliver(at=now):
            pass
    held.refresh_from_db()
    webhooks.pause(held, by=by, at=now)
