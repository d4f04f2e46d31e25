"""The private halves of the signing keys: one file each, in a folder that no backup takes along."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import checks

SUFFIX = ".key"


def _path(key_id: str) -> Path:
    return Path(settings.SIGNING_DIR) / f"{key_id}{SUFFIX}"


def write(key_id: str, private: bytes) -> None:
    """Keep a new one, readable for the portal's own account only."""
    path = _path(key_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private.hex().encode())


def read(key_id: str) -> bytes:
    return bytes.fromhex(_path(key_id).read_text(encoding="ascii").strip())


def is_here(key_id: str) -> bool:
    return _path(key_id).exists()


def check_keyfiles(**kwargs: Any) -> list[checks.CheckMessage]:
    """Say at start that nothing can be signed; the folder is asked, so this needs no database."""
    if not settings.PRODUCTION or any(Path(settings.SIGNING_DIR).glob(f"*{SUFFIX}")):
        return []
    return [
        checks.Warning(
            "还没有签名密钥，证书和公开数据不能签署",
            hint="执行 manage.py signing_key make，并把密钥文件夹另行妥善备份",
            id="registry.W003",
        )
    ]
