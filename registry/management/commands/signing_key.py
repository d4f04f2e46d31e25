"""Make, list, rotate and retire the keys that the portal signs with."""

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from registry import signing
from registry.access import SHANGHAI
from registry.models import SigningKey


class Command(BaseCommand):
    help = "签名密钥：列出、新建、没有才建、换新并停用旧的、停用一把。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("act", choices=("list", "make", "rotate", "retire", "ensure"))
        parser.add_argument("key", nargs="?", default="", help="密钥编号（retire 时填写）")
        parser.add_argument("--suite", choices=signing.SUITES, default=settings.SIGNING_SUITE)
        parser.add_argument(
            "--from", dest="from_", type=_moment, metavar="时间", help="启用或停用时间，默认现在"
        )

    def handle(self, *args: Any, act: str, key: str, suite: str, **options: Any) -> None:
        at = timezone.now()
        start: datetime = options["from_"] or at
        try:
            if act == "make":
                self._say(signing.make(suite, valid_from=start, at=at))
            elif act == "ensure":
                self._say(signing.ensure(suite, valid_from=start, at=at))
            elif act == "rotate":
                self._say(signing.rotate(suite, from_=start, at=at))
            elif act == "retire":
                self._say(signing.retire(_found(key), from_=start, at=at))
            else:
                for one in SigningKey.objects.order_by("valid_from", "pk"):
                    self._say(one)
        except ValidationError as error:
            raise CommandError("；".join(error.messages)) from None

    def _say(self, key: SigningKey) -> None:
        ended = f"，{_written(key.retired_at)} 停用" if key.retired_at else ""
        self.stdout.write(
            f"{key.key_id} {key.get_suite_display()}：{_written(key.valid_from)} 启用{ended}"
        )


def _found(key_id: str) -> SigningKey:
    key = SigningKey.objects.filter(key_id=key_id).first()
    if key is None:
        raise CommandError(f"没有编号为“{key_id}”的密钥，请用 list 查看")
    return key


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)


def _written(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
