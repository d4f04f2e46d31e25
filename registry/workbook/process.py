"""Starts the limited child processes and turns whatever becomes of them into a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import structlog
from django.core.exceptions import ValidationError

log = structlog.get_logger("portal.workbook")
_ROOT = Path(__file__).resolve().parents[2]
UNREADABLE = (
    "文件无法读取：内容过大或不正常。请只留名单所在的工作表，"
    "用 Excel 或 WPS 另存为“Excel 工作簿（.xlsx）”后再上传"
)


def ask(module: str, request: bytes, seconds: int) -> tuple[dict[str, Any], bytes]:
    """What a child says about a request, and the file it hands back; ValidationError when it
    refuses, takes too long, or dies. It sees none of our environment.
    """
    try:
        done = subprocess.run(  # noqa: S603 -- our own module by our own interpreter
            [sys.executable, "-E", "-s", "-m", module],
            input=request,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            cwd=_ROOT,
            env={"LC_ALL": "C.UTF-8"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        log.warning("workbook_child", module=module, ended="timeout")
        raise ValidationError(UNREADABLE, code="workbook") from None
    line, _, content = done.stdout.partition(b"\n")
    said: dict[str, Any] = json.loads(line) if done.returncode == 0 else {"failed": done.returncode}
    if "refused" in said:
        raise ValidationError(said["refused"], code="workbook")
    if "failed" in said:
        log.warning("workbook_child", module=module, ended=said["failed"])
        raise ValidationError(UNREADABLE, code="workbook")
    return said, content
