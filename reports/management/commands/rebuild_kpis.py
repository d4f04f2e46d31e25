"""Works out the published distributions of indicators by hand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reports import kpis


class Command(BaseCommand):
    help = "重新计算关键绩效指标的分布。默认计算所有有自评的年份；已过的年份平时不再变化。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--year", type=int, help="只计算这一年")

    def handle(self, *args: Any, year: int | None, **options: Any) -> None:
        for one in [year] if year else kpis.years_of():
            count = kpis.rebuild(one, at=timezone.now())
            self.stdout.write(f"{one}年：可以公布 {count} 组。")
