"""Databases of a server besides the one in use: a nation's tenth, and nations kept for later.

A kept nation bears the digest of the code that made it, so that it is not found once that has
changed; migrations that came since are made on its copies.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection


def kept_name(scale: float) -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = hashlib.sha256(b"".join(one.read_bytes() for one in sources)).hexdigest()
    return f"nation_{scale:g}_{digest[:8]}"


def said_of(name: str) -> str:
    """What was noted when it was kept, "" if there is no such database."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        )
        found = cursor.fetchone()
    return found[0] or "" if found else ""


def copy(source: str, target: str, note: str = "") -> None:
    """``target`` is what ``source`` is now; the connection is closed for it."""
    drop(target)
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}" STRATEGY file_copy')
        cursor.execute(f'COMMENT ON DATABASE "{target}" IS %s', [note])


def drop(name: str) -> None:
    connection.close()
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def inside(name: str) -> Iterator[None]:
    """The connection asks this database meanwhile."""
    before = connection.settings_dict["NAME"]
    _turn_to(name)
    try:
        yield
    finally:
        _turn_to(before)


def _turn_to(name: str) -> None:
    connection.close()
    connection.settings_dict["NAME"] = name
