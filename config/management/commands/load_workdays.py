"""Load the holiday table of a year from a file, and count open deadlines by it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry import holidays, workdays
from registry.access import business_date
from tiers import deadlines


class Command(BaseCommand):
    help = "载入一年的放假调休安排（CSV），即时生效，并重新计算在办申报的办理限期。可以重复执行。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="放假调休安排表（CSV）")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            table = holidays.read(file.read_bytes())
        except OSError as error:
            raise CommandError(f"读不到文件 {file}，请核对路径：{error.strerror}") from None
        except holidays.TableError as error:
            raise CommandError("没有载入，请改好后再执行：\n" + "\n".join(error.problems)) from None
        workdays.install(table)
        at = timezone.now()
        moved = deadlines.recount(on=business_date(at), at=at)
        free = sum(not works for works in table.days.values())
        self.stdout.write(
            f"已载入{table.year}年安排：放假 {free} 天，调休上班 {len(table.days) - free} 天；"
            f"依据{table.document}。重新计算限期 {moved} 件。"
        )
