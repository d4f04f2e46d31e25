"""One command for a backup of database and files, while the portal runs."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from config import backup


class Command(BaseCommand):
    help = "备份数据库和上传的文件，附清单和摘要。平台可以照常使用。"
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--keep", type=int, help="只保留最近几份，更早的删除；默认全部保留")

    def handle(self, *args: Any, keep: int | None, **options: Any) -> None:
        if keep is not None and keep < 1:
            raise CommandError("--keep 至少是 1")
        try:
            folder, manifest, faults = backup.write(at=timezone.now())
        except backup.Failed as failure:
            raise CommandError(f"没有备份：{failure}") from failure
        self.stdout.write(
            f"已备份到 {folder}：{len(manifest.tables)} 张表 {manifest.rows} 行，"
            f"{len(manifest.files)} 个文件 {manifest.bytes} 字节。"
        )
        if keep and (gone := backup.thin_out(keep)):
            self.stdout.write(f"已删除更早的备份：{'、'.join(gone)}")
        if faults:
            raise CommandError("备份已完成，但有文件与记录不符，请查明：\n" + "\n".join(faults))
