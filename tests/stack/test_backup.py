"""Back up while people work, restore on a fresh server, compare, and find what was damaged."""

import json
import re
import threading

import pytest

from tests import build
from tests.stack.logs import until
from tests.stack.stack import NotHealthy, Stack


class Busy:
    """A firm that hands in one file after the other; each is a row and a file."""

    def __init__(self, stack, world):
        self.world, self.person = world, stack.https.sign_in("firm-2", build.PASSWORD)
        self.done, self.handed_in = threading.Event(), 0
        self.thread = threading.Thread(target=self._work)

    def _work(self):
        path = f"/assessments/{self.world.busy}/evidence/"
        while not self.done.is_set():
            name, content = f"{self.handed_in}.pdf", build.PDF + b"%%%d" % self.handed_in
            answer = self.person.upload(path, {"item": self.world.item}, name, content)
            assert answer.status == 302, answer.text
            self.handed_in += 1

    def __enter__(self):
        self.thread.start()
        until(lambda: self.handed_in)
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()


def folder_in(said, stack):
    return stack.dir / "backups" / re.search(r"portal-\d{8}-\d{6}", said)[0]


def count(stack, table):
    return int(stack.psql(f"SELECT count(*) FROM {table}"))


@pytest.fixture(scope="module")
def taken(stack, world):
    """A backup made under work; how many files had been handed in before and after it."""
    with Busy(stack, world) as busy:
        before = busy.handed_in
        said = stack.once("backup")
        after = busy.handed_in
    folder = folder_in(said, stack)
    return folder, json.loads((folder / "manifest.json").read_text()), before, after


@pytest.fixture(scope="module")
def fresh(taken):
    """Another server that begins with the backup."""
    with Stack(web=1, worker=0, beat=0, replica=False, restored=taken[0]) as other:
        yield other


def test_backup_is_of_one_moment_though_people_work(stack, taken):
    folder, manifest, before, after = taken

    assert before < after, "nobody worked meanwhile"
    assert before <= manifest["tables"]["assessments_evidence"]["rows"] <= after + 1
    assert len(manifest["files"]) >= manifest["tables"]["assessments_evidence"]["rows"]
    assert sorted(one.name for one in folder.iterdir()) == [
        "database.dump",
        "files.tar",
        "manifest.json",
    ]
    assert stack.once("restore", folder.name, "--check").startswith("备份完好：")


def test_fresh_server_holds_what_was_backed_up_and_answers(stack, world, taken, fresh):
    manifest = taken[1]
    held = {name: count(fresh, f'"{name}"') for name in manifest["tables"]}
    person = fresh.https.sign_in("firm-2", build.PASSWORD)
    proof = fresh.psql("SELECT id, file FROM assessments_evidence ORDER BY id LIMIT 1").split("|")

    assert held == {name: table["rows"] for name, table in manifest["tables"].items()}
    assert {name: (fresh.dir / "files" / name).read_bytes() for name in manifest["files"]} == {
        name: (stack.dir / "files" / name).read_bytes() for name in manifest["files"]
    }
    assert (
        person.get(f"/evidence/{proof[0]}/").body
        == (stack.dir / "files" / "media" / proof[1]).read_bytes()
    )
    assert fresh.https.get(f"/register/{world.published}/").status == 200
    assert fresh.https.get("/readyz").text.startswith("database ok\nmigrations ok\n")


def test_restore_takes_only_what_is_empty(taken, fresh):
    rows = count(fresh, "registry_auditevent")

    with pytest.raises(NotHealthy, match="只恢复到空的数据库和目录，没有改动"):
        fresh.once("restore", taken[0].name)

    assert count(fresh, "registry_auditevent") == rows


def test_comparison_says_what_differs(taken, fresh):
    lost = next(name for name in taken[1]["files"] if name.startswith("media/"))
    fresh.psql("UPDATE registry_factory SET name = name || '改' WHERE id = 1")
    (fresh.dir / "files" / lost).unlink()

    with pytest.raises(NotHealthy) as refused:
        fresh.once("restore", taken[0].name, "--compare")

    rows = taken[1]["tables"]["registry_factory"]["rows"]
    said = str(refused.value)
    assert f"表 registry_factory：备份时 {rows} 行，现在 {rows} 行，内容不同" in said
    assert f"文件 {lost}：现在没有" in said
    assert "表 registry_enterprise：" not in said


@pytest.mark.parametrize("part", ["database.dump", "files.tar", "manifest.json"])
def test_damaged_backup_is_refused(taken, fresh, part):
    path = fresh.dir / "backups" / taken[0].name / part
    whole = path.read_bytes()
    middle = len(whole) // 2
    path.write_bytes(whole[:middle] + bytes([whole[middle] ^ 0xFF]) + whole[middle + 1 :])
    try:
        with pytest.raises(NotHealthy, match=f"备份已损坏：{part}"):
            fresh.once("restore", taken[0].name, "--check")
    finally:
        path.write_bytes(whole)


def test_evidence_that_was_changed_on_the_disk_is_named(taken, fresh):
    proof = fresh.psql("SELECT file FROM assessments_evidence ORDER BY id LIMIT 1")
    path = fresh.dir / "files" / "media" / proof
    path.write_bytes(path.read_bytes() + b"x" if path.exists() else b"x")

    with pytest.raises(NotHealthy, match="备份已完成，但有文件与记录不符") as said:
        fresh.once("backup")

    assert proof in str(said.value)


def test_only_the_newest_backups_are_kept(stack, taken):
    stack.once("backup", "--keep", "5")
    names = {one.name for one in (stack.dir / "backups").iterdir()}
    stack.once("backup", "--keep", "1")
    left = [one.name for one in (stack.dir / "backups").iterdir()]

    assert len(names) > 1
    assert len(left) == 1
    assert left[0] > max(names)
