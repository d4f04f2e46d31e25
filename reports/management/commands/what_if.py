"""Try an edition of the conditions, or a rule file, on the factories of an office."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry import policy
from registry.access import business_date
from registry.models import Authority
from registry.policy import Policy
from reports import whatif
from reports.whatif import Trial


class Command(BaseCommand):
    help = "试算另一版要素条件或一份规则文件：辖区内哪些工厂保持、降级、升级。不改动任何记录。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("office", help="主管部门代码")
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--edition", default="", help="要素条件版本，例如 elements-2024")
        what.add_argument("--profile", type=Path, help="规则文件（.toml）")
        parser.add_argument("--xlsx", type=Path, help="把结果写到这个工作簿")

    def handle(self, *args: Any, office: str, xlsx: Path | None, **options: Any) -> None:
        place = Authority.objects.offices().filter(code=office).first()
        if place is None:
            raise CommandError(f"没有代码为 {office} 的主管部门，请核对代码")
        at = timezone.now()
        present = policy.current(place.province_code, business_date(at))
        try:
            trial = _trial(options["edition"], options["profile"], present)
        except OSError as error:
            raise CommandError(f"读不到规则文件，请核对路径：{error.strerror}") from None
        except ValidationError as error:
            raise CommandError("没有试算，请改好后再执行：\n" + "\n".join(error.messages)) from None
        cases = whatif.cases_of(place, trial, present, business_date(at))
        found = whatif.picture(cases, place, {})
        self.stdout.write(f"试算“{trial.name}”，{place.name}辖区 {found.total.count} 座工厂：")
        for outcome, cell in found.outcomes:
            self.stdout.write(f"  {outcome.label} {cell.count} 座")
        self.stdout.write(f"  降级中，按现行规则也达不到的 {found.already.count} 座")
        for line in found.conditions:
            fall, unknown, rise = (cell.count for cell in line.cells)
            self.stdout.write(f"  {line.reason.text}：降级 {fall}，无法判断 {unknown}，升级 {rise}")
        if xlsx:
            names = {
                by: whatif.names_of(by, place, {getattr(case, by) for case in cases})
                for by in ("unit", "industry")
            }
            changed = whatif.changes(trial, present)
            xlsx.write_bytes(whatif.workbook(trial, changed, found, cases, names, at))
            self.stdout.write(f"工作簿已写到 {xlsx}")


def _trial(edition: str, profile: Path | None, present: Policy) -> Trial:
    if profile:
        return whatif.of_profile(profile.read_text(encoding="utf-8"), present)
    return whatif.of_edition(edition, present)
