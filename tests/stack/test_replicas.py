"""More than one of each: shared counts and sessions, a web added, a database that follows."""

import json
import time

import pytest

from tests import build
from tests.stack.logs import WEBS, line_of, lines, until

WORKERS = ("worker-1", "worker-2")


def served(stack, name, path):
    """How often this web answered for a path."""
    return [line.get("path") for line in lines(stack, name)].count(path)


def test_session_is_good_at_every_replica(stack, world):
    person = stack.https.sign_in("city-shijiazhuang", build.PASSWORD)
    before = [served(stack, name, "/messages/") for name in WEBS]

    answers = [person.get("/messages/").status for _ in range(8)]

    assert answers == [200] * 8
    for name, early in zip(WEBS, before, strict=True):
        until(lambda name=name, early=early: served(stack, name, "/messages/") > early)


def test_failed_sign_ins_are_counted_over_all_replicas(stack, world):
    person, statuses = stack.https, []
    person.get("/login/")
    for _ in range(6):
        wrong = {"username": "county-changan", "password": "wrong"}
        statuses.append(person.post("/login/", wrong).status)

    assert (statuses[0], statuses[-1]) == (200, 429)
    right = {"username": "county-changan", "password": build.PASSWORD}
    assert person.post("/login/", right).status == 429


def test_throttle_is_one_for_all_replicas(stack):
    answers = [stack.https.get("/api/v1/register/") for _ in range(70)]

    assert (answers[0].status, answers[-1].status) == (200, 429)
    assert len(answers[-1].headers.get_all("Retry-After")) == 1


def test_web_that_is_added_gets_its_share(stack):
    stack.start("web-3")
    try:
        stack.wait_healthy("web-3")
        until(lambda: stack.https.get("/").status == 200 and served(stack, "web-3", "/"))
    finally:
        stack.stop("web-3")
    assert [stack.https.get("/").status for _ in range(6)] == [200] * 6


@pytest.fixture
def follower(stack, world):
    """The replica has caught up; it runs on when the test is over."""
    stack.psql("SELECT pg_create_restore_point('before')")
    caught = "SELECT pg_last_wal_replay_lsn() >= '{}'::pg_lsn"
    place = stack.psql("SELECT pg_current_wal_lsn()")
    until(lambda: stack.psql(caught.format(place), service="replica") == "t")
    yield
    stack.psql("SELECT pg_wal_replay_resume()", service="replica")


def rename(stack, world, name):
    stack.psql(f"UPDATE registry_factory SET name = '{name}' WHERE id = {world.published}")


def test_public_reads_the_replica_and_people_read_what_they_wrote(stack, world, follower):
    path = f"/register/{world.published}/"
    person = stack.https.sign_in("province-hebei", build.PASSWORD)
    for _ in range(5):  # on a slow machine the ten seconds of config.replica are over before
        rename(stack, world, "旧名一厂")
        until(lambda: "旧名一厂" in stack.https.get(path).text)
        begin = time.monotonic()
        rename(stack, world, "旧名二厂")
        until(lambda: "旧名二厂" in stack.https.get(path).text)

        stack.psql("SELECT pg_wal_replay_pause()", service="replica")
        rename(stack, world, "新名工厂")
        public, own = stack.https.get(path), person.get(path)
        if time.monotonic() - begin < 9:
            break
        stack.psql("SELECT pg_wal_replay_resume()", service="replica")

    assert ("新名工厂" in public.text, "旧名二厂" in public.text) == (False, True)
    assert "新名工厂" in own.text
    # A register that lags behind is not shown for long: the first database answers instead.
    until(lambda: "新名工厂" in stack.https.get(path).text)


def test_public_page_outlives_the_replica(stack, world):
    stack.kill("replica-1")
    try:
        answers = [stack.https.get(f"/register/{world.published}/").status for _ in range(6)]
    finally:
        stack.start("replica-1")
        stack.wait_healthy("replica-1")

    assert answers == [200] * 6


def test_broker_away_is_named_and_hinders_nobody(stack, world):
    person = stack.https.sign_in("province-hebei", build.PASSWORD)
    stack.stop("redis-1")
    try:
        ready, page = stack.https.get("/readyz"), person.get("/filing-lists/")
        api = person.get("/api/v1/register/")
    finally:
        stack.start("redis-1")
        stack.wait_healthy("redis-1")

    assert ready.text == "database ok\nmigrations ok\nbroker away\n"
    assert (ready.status, page.status, api.status) == (200, 200, 200)
    until(lambda: stack.https.get("/readyz").text.endswith("broker ok\n"))


def test_database_killed_is_a_pause_and_the_portal_comes_back_by_itself(stack, world):
    person = stack.https.sign_in("province-hebei", build.PASSWORD)
    stack.kill("postgres-1")
    try:
        page = person.get("/home/")
        alive, ready = stack.https.get("/healthz"), stack.https.get("/readyz")
    finally:
        stack.start("postgres-1")
        stack.wait_healthy("postgres-1")

    assert (page.status, page.headers["Retry-After"]) == (503, "60")
    assert "<h1>系统正在维护</h1>" in page.text
    assert (alive.status, alive.text) == (200, "ok\n")
    # Whether the tables are there is known to the processes that were asked before.
    assert (ready.status, ready.text.splitlines()[::2]) == (503, ["database away", "broker ok"])
    assert [person.get("/home/").status for _ in range(16)] == [200] * 16


def test_task_carries_the_number_of_whoever_asked(stack, world):
    code = (
        "from config.numbering import numbered; from config.tasks import night\n"
        "with numbered('asked-for-it'): night.delay()"
    )
    stack.shell(code)
    line_of(stack, "asked-for-it", *WORKERS, event="night")


def test_every_log_of_ours_is_json_with_a_time(stack, world):
    for name in stack.processes:
        if name.startswith(("web", "worker", "beat", "nginx")):
            assert [line for line in lines(stack, name) if "timestamp" not in line] == []


def test_beat_tells_a_worker(stack):
    """Not waited for elsewhere: by now its first minute is over, or soon will be."""
    received = "Task config.tasks.deliver"
    until(lambda: received in json.dumps(lines(stack, *WORKERS)), patience=150)
