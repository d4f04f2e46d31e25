"""One command to put a backup into an empty portal, or to compare one with what is there."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config import backup


class Command(BaseCommand):
    help = "把备份恢复到空的数据库和文件目录，并与备份清单核对。"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="备份的名称；不写则列出现有的备份")
        only = parser.add_mutually_exclusive_group()
        only.add_argument("--check", action="store_true", help="只检查备份是否完好，不恢复")
        only.add_argument("--compare", action="store_true", help="只与现在的数据核对，不恢复")

    def handle(
        self, *args: Any, name: str | None, check: bool, compare: bool, **options: Any
    ) -> None:
        if name is None:
            raise CommandError(f"请写明备份的名称。现有：{'、'.join(backup.names()) or '无'}")
        try:
            if check or compare:
                _, manifest = backup.read(name)
            else:
                manifest = backup.restore(name)
        except backup.Failed as failure:
            raise CommandError(str(failure)) from failure
        if compare and (differing := backup.differences(manifest)):
            raise CommandError("与备份不一致：\n" + "\n".join(differing))
        done = "备份完好" if check else "与备份一致" if compare else "已恢复，与备份一致"
        self.stdout.write(
            f"{done}：{len(manifest.tables)} 张表 {manifest.rows} 行，"
            f"{len(manifest.files)} 个文件 {manifest.bytes} 字节。"
        )
