"""Backups without a server: what is refused, and what a damaged folder is told by."""

import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from config import backup

NAME = "portal-20260302-090000"


@pytest.fixture
def folder(tmp_path, settings):
    """A backup of nothing, whole."""
    settings.BACKUP_DIR = tmp_path
    made = tmp_path / NAME
    made.mkdir()
    for part in (backup.DUMP, backup.ARCHIVE):
        (made / part).write_bytes(part.encode())
    parts = {part: backup._part(made / part) for part in (backup.DUMP, backup.ARCHIVE)}
    backup._write_down(made, backup.Manifest("2026-03-02", {}, {}, {}, parts))
    return made


def test_whole_backup_is_found_and_read(folder, capsys):
    (folder.parent / f".{NAME}").mkdir()

    call_command("restore", NAME, "--check")

    assert backup.names() == [NAME]
    assert capsys.readouterr().out == "备份完好：0 张表 0 行，0 个文件 0 字节。\n"


@pytest.mark.parametrize("part", [backup.DUMP, backup.ARCHIVE])
@pytest.mark.parametrize("damage", [lambda p: p.unlink(), lambda p: p.write_bytes(b"other")])
def test_damaged_part_is_named(folder, part, damage):
    damage(folder / part)

    with pytest.raises(backup.Failed, match=f"备份已损坏：{part} 与备份时不同"):
        backup.read(NAME)


@pytest.mark.parametrize("text", ["", "{", "[]", json.dumps({"made_at": ""})])
def test_damaged_manifest_is_said(folder, text):
    (folder / backup.MANIFEST).write_text(text)

    with pytest.raises(backup.Failed, match=r"manifest\.json 读不出来"):
        backup.read(NAME)


@pytest.mark.parametrize("words", [[], ["portal-20200101-000000"], ["../etc"]])
def test_unknown_name_is_answered_with_what_there_is(folder, words):
    with pytest.raises(CommandError, match=f"现有：{NAME}"):
        call_command("restore", *words)


def test_only_the_newest_are_kept(folder):
    for day in ("01", "03", "04"):
        (folder.parent / f"portal-202603{day}-090000").mkdir()

    assert backup.thin_out(2) == ["portal-20260301-090000", NAME]
    assert backup.names() == ["portal-20260303-090000", "portal-20260304-090000"]


@pytest.mark.skipif(connection.vendor == "postgresql", reason="says where it does not work")
def test_demo_is_told_how_it_is_backed_up(db, settings, tmp_path):
    settings.BACKUP_DIR = tmp_path

    with pytest.raises(CommandError, match="演示模式的数据在 VAR_DIR 目录里"):
        call_command("backup")
