"""Backups: one folder with the database, the files, and a manifest by which both are checked.

``database.dump`` (pg_dump's own format) and the counts and digests of every table are taken from
one snapshot, so they agree however busy the portal is. Files are copied after the snapshot: a row
is written only when its file is, and no file is ever removed, so every row finds its file. A folder
gets its name when it is complete; one that begins with a dot was broken off.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection, transaction

from assessments.models import Evidence
from registry.access import SHANGHAI

DUMP, ARCHIVE, MANIFEST = "database.dump", "files.tar", "manifest.json"
NAME = re.compile(r"portal-\d{8}-\d{6}")
CHUNK = 1024 * 1024
Proof = tuple[int, str, str]  # a row of evidence, its file, the digest of what was handed in
# As text a row must look the same on every server.
PLAIN = "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL extra_float_digits = 1;"
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
ROWS = 'COPY (SELECT t::text FROM "{0}" t ORDER BY t::text COLLATE "C") TO STDOUT'
SEQUENCES = "SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences ORDER BY sequencename"


class Failed(Exception):
    """It was not done; says why."""


@dataclass(frozen=True)
class Part:
    """A file by its size and digest."""

    size: int
    sha256: str


@dataclass(frozen=True)
class Table:
    """A table by the number of its rows and the digest of all of them, in order."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds."""

    made_at: str
    tables: dict[str, Table]
    sequences: dict[str, int]
    files: dict[str, Part]
    parts: dict[str, Part]

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())

    @property
    def bytes(self) -> int:
        return sum(part.size for part in self.files.values())


class _Sum:
    """Takes bytes like a file; keeps their digest and how many lines there were."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.size = self.lines = 0

    def write(self, data: bytes) -> None:
        self.digest.update(data)
        self.size += len(data)
        self.lines += data.count(b"\n")

    def part(self) -> Part:
        return Part(self.size, self.digest.hexdigest())


# --- making one ----------------------------------------------------------------------------------


def write(*, at: datetime) -> tuple[Path, Manifest, list[str]]:
    """Make a backup in ``BACKUP_DIR``; returns its folder, what it holds, and evidence whose file
    is missing or is not the one that was handed in.
    """
    _needs_postgresql()
    name = f"portal-{at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}"
    done, work = settings.BACKUP_DIR / name, settings.BACKUP_DIR / f".{name}"
    if done.exists():
        raise Failed(f"{done} 已经存在，请过一秒再备份")
    try:
        work.mkdir(mode=0o700, parents=True)
        tables, sequences, proofs = _dump(work / DUMP)
        files = _pack(work / ARCHIVE)
        parts = {one: _part(work / one) for one in (DUMP, ARCHIVE)}
        manifest = Manifest(at.isoformat(), tables, sequences, files, parts)
        _write_down(work, manifest)
        work.rename(done)
    except OSError as error:
        raise Failed(f"备份目录写不进去：{error}") from error
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return done, manifest, _unproven(proofs, files)


@transaction.atomic
def _dump(target: Path) -> tuple[dict[str, Table], dict[str, int], list[Proof]]:
    """Counts, digests and the dump itself, of one and the same moment."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        found = _tables(), _sequences(), _proofs()
        _run("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
    return found


def _pack(target: Path) -> dict[str, Part]:
    files = {}
    with tarfile.open(target, "w") as archive:
        for name, path in _files():
            with path.open("rb") as source:
                info = tarfile.TarInfo(name)
                info.size = os.fstat(source.fileno()).st_size
                counted = _Reading(source, info.size)
                archive.addfile(info, counted)
                files[name] = counted.sum.part()
    return files


class _Reading:
    """A file that is digested while somebody else reads it."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self.source, self.left, self.sum = source, size, _Sum()

    def read(self, size: int = -1) -> bytes:
        data = self.source.read(self.left if size < 0 else min(size, self.left))
        self.left -= len(data)
        self.sum.write(data)
        return data


def _write_down(folder: Path, manifest: Manifest) -> None:
    with (folder / MANIFEST).open("w", encoding="utf-8") as out:
        json.dump(asdict(manifest), out, ensure_ascii=False, indent=1)
        out.flush()
        os.fsync(out.fileno())


def thin_out(keep: int) -> list[str]:
    """Remove all but the newest complete backups; returns the names of those removed."""
    gone = names()[:-keep]
    for name in gone:
        shutil.rmtree(settings.BACKUP_DIR / name)
    return gone


def names() -> list[str]:
    """The complete backups that are there, the oldest first."""
    if not settings.BACKUP_DIR.is_dir():
        return []
    return sorted(one.name for one in settings.BACKUP_DIR.iterdir() if NAME.fullmatch(one.name))


# --- reading one ---------------------------------------------------------------------------------


def read(name: str) -> tuple[Path, Manifest]:
    """A backup by its name, if it is whole: every part has the size and digest it was made with."""
    folder = settings.BACKUP_DIR / name
    if name not in names():
        raise Failed(f"没有叫 {name} 的备份。现有：{'、'.join(names()) or '无'}")
    try:
        manifest = _manifest((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise Failed(f"备份已损坏：{MANIFEST} 读不出来（{error}）") from error
    broken = [one for one, part in manifest.parts.items() if _part(folder / one) != part]
    if broken or set(manifest.parts) != {DUMP, ARCHIVE}:
        raise Failed(f"备份已损坏：{'、'.join(broken)} 与备份时不同，不能用来恢复")
    return folder, manifest


def _manifest(text: str) -> Manifest:
    said = json.loads(text)
    return Manifest(
        made_at=said["made_at"],
        tables={name: Table(**one) for name, one in said["tables"].items()},
        sequences=said["sequences"],
        files={name: Part(**one) for name, one in said["files"].items()},
        parts={name: Part(**one) for name, one in said["parts"].items()},
    )


def restore(name: str) -> Manifest:
    """Put a backup into an empty database and empty folders, then compare; Failed says what
    differs.
    """
    folder, manifest = read(name)
    _needs_postgresql()
    if occupied := _occupied():
        raise Failed(f"{'；'.join(occupied)}。只恢复到空的数据库和目录，没有改动")
    connection.close()
    _run("pg_restore", "--single-transaction", "--exit-on-error", str(folder / DUMP))
    _unpack(folder / ARCHIVE, manifest)
    if differing := differences(manifest):
        raise Failed("恢复后与备份时不一致：\n" + "\n".join(differing))
    return manifest


def _occupied() -> list[str]:
    found = []
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        if tables := len(cursor.fetchall()):
            found.append(f"数据库里已有 {tables} 张表")
    if files := sum(1 for _ in _files()):
        found.append(f"文件目录里已有 {files} 个文件")
    return found


def _unpack(source: Path, manifest: Manifest) -> None:
    """Only what the manifest names is written, by our own names and for us alone."""
    roots = _roots()
    with tarfile.open(source) as archive:
        for info in archive:
            content = archive.extractfile(info)
            root, _, rest = info.name.partition("/")
            if info.name not in manifest.files or content is None or ".." in rest.split("/"):
                raise Failed(f"备份已损坏：{ARCHIVE} 里有清单之外的 {info.name}")
            target = roots[root] / rest
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(target, "xb", opener=_privately) as out:
                shutil.copyfileobj(content, out, CHUNK)


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, settings.FILE_UPLOAD_PERMISSIONS)


# --- comparing -----------------------------------------------------------------------------------


@transaction.atomic
def differences(manifest: Manifest) -> list[str]:
    """What the portal holds now that the manifest says otherwise, a line each."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    found = []
    tables, then = _tables(), manifest.tables
    for name in sorted({*tables, *then}):
        if tables.get(name) != then.get(name):
            counts = [f"{one[name].rows} 行" if name in one else "没有" for one in (then, tables)]
            found.append(f"表 {name}：备份时 {counts[0]}，现在 {counts[1]}，内容不同")
    # Numbers given out since the snapshot are in the dump as well: ahead is right, behind is not.
    now = _sequences()
    behind = [name for name, last in manifest.sequences.items() if now.get(name, -1) < last]
    found += [f"编号 {name} 落后于备份时" for name in behind]
    files = {name: _part(path) for name, path in _files()}
    for name in sorted({*files, *manifest.files}):
        if files.get(name) != manifest.files.get(name):
            found.append(f"文件 {name}：{_how(name, files, manifest.files)}")
    return found + _unproven(_proofs(), files)


def _how(name: str, now: dict[str, Part], then: dict[str, Part]) -> str:
    if name not in now:
        return "现在没有"
    return "内容不同" if name in then else "备份时没有"


def _proofs() -> list[Proof]:
    rows = Evidence.objects.order_by("pk").values_list("pk", "file", "sha256")
    return [(pk, str(file), sha256) for pk, file, sha256 in rows]


def _unproven(proofs: list[Proof], files: dict[str, Part]) -> list[str]:
    return [
        f"佐证材料 {pk}：文件 {file} 缺失或与上传时不同"
        for pk, file, sha256 in proofs
        if getattr(files.get(f"media/{file}"), "sha256", "") != sha256
    ]


# --- the parts of the portal ---------------------------------------------------------------------


def _roots() -> dict[str, Path]:
    return {"media": Path(settings.MEDIA_ROOT), "workdays": Path(settings.WORKDAYS_DIR)}


def _files() -> Iterator[tuple[str, Path]]:
    for root, folder in _roots().items():
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield f"{root}/{path.relative_to(folder).as_posix()}", path


def _part(path: Path) -> Part:
    total = _Sum()
    try:
        with path.open("rb") as source:
            while data := source.read(CHUNK):
                total.write(data)
    except FileNotFoundError:
        return Part(-1, "")
    return total.part()


def _tables() -> dict[str, Table]:
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)
        cursor.execute(TABLES)
        for (name,) in cursor.fetchall():
            total = _Sum()
            cursor.copy_expert(ROWS.format(name), total)
            found[name] = Table(total.lines, total.part().sha256)
    return found


def _sequences() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(SEQUENCES)
        return dict(cursor.fetchall())


def _needs_postgresql() -> None:
    if connection.vendor != "postgresql":
        raise Failed("备份和恢复用于 PostgreSQL；演示模式的数据在 VAR_DIR 目录里，复制目录即可")


def _run(program: str, *words: str) -> None:
    """One of PostgreSQL's own programs on our database; the password is not on its command line."""
    given: dict[str, Any] = connection.settings_dict
    address = {
        "PGHOST": given["HOST"],
        "PGPORT": str(given["PORT"] or ""),
        "PGUSER": given["USER"],
        "PGPASSWORD": given["PASSWORD"],
        "PGDATABASE": given["NAME"],
    }
    into = [f"--dbname={given['NAME']}"] if program == "pg_restore" else []
    try:
        done = subprocess.run(  # noqa: S603 -- our own words
            [program, "--no-owner", "--no-privileges", *into, *words],
            env={**os.environ, **{name: value for name, value in address.items() if value}},
            capture_output=True,
            check=False,
            text=True,
        )
    except FileNotFoundError as error:
        raise Failed(f"找不到程序 {program}，请安装 PostgreSQL 客户端") from error
    if done.returncode:
        raise Failed(f"{program} 没有完成：{done.stderr.strip()[-2000:]}")
