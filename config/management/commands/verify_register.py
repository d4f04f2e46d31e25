"""Whether the register and its trail are still what was sealed, by hand."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry import sealing
from tiers import sealed


class Command(BaseCommand):
    help = "核对名录、操作留痕与每日存证是否一致，列出被改动、删除、插入、对调或截去的记录。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--heads", type=Path, help="以前从“登记存证”页面下载的各期存证（JSON），一并核对"
        )

    def handle(self, *args: Any, heads: Path | None, **options: Any) -> None:
        found = sealing.check(sealed.SOURCES)
        if heads:
            try:
                sealing.compare(json.loads(heads.read_text(encoding="utf-8")), found)
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise CommandError(f"读不出各期存证，请重新下载后再核对：{heads}") from error
        made = sealing.keep(found, at=timezone.now())
        for fault in found.faults.values():
            self.stdout.write(
                f"{fault.table} {fault.key}：{fault.kind.label} {fault.detail}".strip()
            )
        if found.faults:
            raise CommandError(f"核对 {made.rows} 条，发现 {made.count} 处与存证不符。")
        self.stdout.write(f"核对 {made.rows} 条，存证 {made.head} 期，没有发现问题。")
