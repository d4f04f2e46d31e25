"""Make the demo world once: code lists, authorities, accounts, and firms in every state."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from config.demo_world import FOLDER, World
from registry.access import business_date
from registry.models import Enterprise, User


class Command(BaseCommand):
    help = "建立演示数据（仅限演示和测试模式，只建一次）。"

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PORTAL_MODE not in ("demo", "test"):
            raise CommandError("演示数据只能在演示或测试模式下建立（PORTAL_MODE=demo）。")
        if User.objects.exists():
            self.stdout.write("已有数据，不再建立演示数据。")
            return
        started = time.monotonic()
        with transaction.atomic():
            call_command("load_registry_data", stdout=self.stdout)
            for file in sorted(FOLDER.glob("*.toml")):
                World.read(file.stem, business_date(timezone.now())).build()
        firms, seconds = Enterprise.objects.count(), time.monotonic() - started
        self.stdout.write(f"演示数据已建立：企业 {firms} 家，用时 {seconds:.0f} 秒。")
