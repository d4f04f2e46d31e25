"""Make the demo world once: code lists, authorities, accounts, and firms in every state."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher, make_password
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.test.utils import override_settings
from django.utils import timezone

from config.demo import annual, outside
from config.demo.world import FOLDER, PASSWORD, World
from registry import delivery, policy, signing
from registry.access import OFFICERS, Seat, business_date
from registry.models import Delivery, Enterprise, Factory, User
from tiers.certificates import issuing
from tiers.models import Certification

CERTIFIED = timedelta(days=30)
BEFORE = timedelta(days=5 * 366)
QUICK = f"{MD5PasswordHasher.__module__}.{MD5PasswordHasher.__qualname__}"


class Command(BaseCommand):
    help = "建立演示数据（仅限演示和测试模式，只建一次）。"

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PORTAL_MODE not in ("demo", "test"):
            raise CommandError("演示数据只能在演示或测试模式下建立（PORTAL_MODE=demo）。")
        started, now = time.monotonic(), timezone.now()
        # What the demo signs is told of years past.
        signing.ensure(settings.SIGNING_SUITE, valid_from=now - BEFORE, at=now)
        if User.objects.exists():
            self.stdout.write("已有数据，不再建立演示数据。")
            return
        with transaction.atomic():
            call_command("load_registry_data", stdout=self.stdout)
            with _one_password():
                worlds = [World.read(file.stem, now) for file in sorted(FOLDER.glob("*.toml"))]
                # A world ends with a night, which opens last year in every province that has not.
                for world in sorted(worlds, key=lambda one: "summaries" not in one.data):
                    world.build()
                for province in policy.provinces():
                    annual.run(now, province)
            _certify(now - CERTIFIED)
            # Whoever is entered later, in the demo too, signs in as everywhere.
            User.objects.update(made_for_demo=True)
        call_command("rebuild_kpis", stdout=self.stdout)
        _send(now)
        secret = outside.run(now, PASSWORD)
        firms, factories = Enterprise.objects.count(), Factory.objects.count()
        seconds = time.monotonic() - started
        self.stdout.write(
            f"演示数据已建立：企业 {firms} 家，工厂 {factories} 座，用时 {seconds:.0f} 秒。"
        )
        self.stdout.write(f"province-hebei 的接口令牌（只读取，仅显示这一次）：{secret}")


def _certify(at: datetime) -> None:
    """Every office has issued the certificates of what was public then; the later ones wait."""
    on = business_date(at)
    titles = Certification.objects.published().in_force(on).filter(published_on__lte=on)
    for by in User.objects.filter(role__in=OFFICERS).exclude(seat=Seat.READER).order_by("-pk"):
        own = titles.filter(issuer=by.authority_id, certificates=None)
        issuing.issue_all(list(own.values_list("pk", flat=True)), by=by, at=at)


@contextmanager
def _one_password() -> Iterator[None]:
    """All accounts have the password that is printed on the screen: it is hashed well only once."""
    with override_settings(PASSWORD_HASHERS=[QUICK]):
        yield
    # Whoever cannot sign in has no hash of that kind.
    hashed = User.objects.filter(password__startswith=f"{MD5PasswordHasher.algorithm}$")
    hashed.update(password=make_password(PASSWORD))


def _send(now: datetime) -> None:
    """Let every letter leave when it would have left, a minute after it was queued; what was queued
    within the last hour is left to the worker.
    """
    quiet = logging.getLogger("portal.gateways")
    before, quiet.level = quiet.level, logging.WARNING
    due = Delivery.objects.due(now - timedelta(hours=1)).order_by("next_try_at")
    while letter := due.first():
        delivery.deliver(at=letter.next_try_at + timedelta(minutes=1))
    quiet.level = before
