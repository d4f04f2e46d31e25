"""Write the problem pages that nginx shows when the portal itself cannot answer.

They are our own pages; what only nginx knows (the request's number, the keeper's name and phone)
stands in them as a server-side include.
"""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from config import errors, problems

PAGES = (400, 404, 413, 429, 503)


def _included(variable: str) -> str:
    return mark_safe(f'<!--# echo var="{variable}" -->')  # noqa: S308 -- a constant of ours


class Command(BaseCommand):
    help = "把 nginx 自己要显示的问题页面写到一个目录。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        number = _included("number")
        context = {
            "request_id": number,
            "portal": {"name": _included("site_name"), "phone": _included("site_phone")},
            "limit_mib": settings.UPLOAD_FILE_LIMIT // 1024**2,
        }
        for status in PAGES:
            page = render_to_string(f"{status}.html", context)
            (folder / f"{status}.html").write_text(page, encoding="utf-8")
            answer = problems.body(problems.OF_STATUS[status], errors.DETAIL[status], number)
            (folder / f"{status}.json").write_text(
                json.dumps(answer, ensure_ascii=False).replace('\\"', '"'), encoding="utf-8"
            )
