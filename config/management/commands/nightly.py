"""The night's work by hand, for today or for a given day."""

from argparse import ArgumentParser
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import nightly
from registry import sealing
from registry.access import SHANGHAI, business_date


def iso_day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"日期应写作 YYYY-MM-DD，例如 2028-04-04：{text}") from error


class Command(BaseCommand):
    help = (
        "执行夜间作业：记录到期的认定，由既有称号对应认定，发送到期提醒，核对并存证。可以重复执行。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--on", type=iso_day, help="按哪一天执行（YYYY-MM-DD），默认今天")

    def handle(self, *args: Any, on: date | None, **options: Any) -> None:
        at = timezone.now()
        if on is None:
            on = business_date(at)
        else:
            if settings.PRODUCTION and on > business_date(at):
                raise CommandError("不能按还没有到的日期执行：会提前记录到期并通知企业")
            sealed = sealing.newest()
            if settings.PRODUCTION and sealed and on < sealed.day:
                raise CommandError("这一天以后已经存证，不能再补记；按今天执行就会补上漏掉的作业")
            # What a day makes true is recorded as of that day's first minute.
            at = datetime.combine(on, time(0, 5), tzinfo=SHANGHAI)
        counts = nightly.run(on=on, at=at)
        nightly.seal(on=on, at=at)
        self.stdout.write(
            f"{on.isoformat()}：到期 {counts['expired']} 项，"
            f"对应认定 {counts['derived']} 项，提醒 {counts['reminded']} 条，"
            f"重算限期 {counts['recounted']} 件，超期报上级 {counts['overdue']} 件，"
            f"开展年度报告 {counts['annual_opened']} 份，"
            f"年度报告提醒 {counts['annual_reminded']} 份。"
        )
