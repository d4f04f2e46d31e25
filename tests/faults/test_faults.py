"""Processes are killed and stopped while people work; afterwards everything is counted.

In order: the tests share one stack, and a record of what they did (docs/quality.md).
"""

import os
import random
import shelve
import shutil
import signal
import time
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import pytest

from tests.faults import ledger
from tests.faults.clients import Load, strike
from tests.faults.record import TITLE
from tests.faults.record import titles as titles_in
from tests.quality import document
from tests.stack.compose import ORDINARY
from tests.stack.logs import WEBS, until

WORKERS = ("worker-1", "worker-2")
BEATS = ("beat-1", "beat-2")
ENDING = 60
OUTAGE = 30
WAITING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = 'portal' AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO "{}"%'
"""
UNSENT = "SELECT count(*) FROM registry_delivery WHERE status <> 'sent'"
DUPLICATE = """
CREATE TEMP TABLE again ON COMMIT DROP AS SELECT * FROM {0} WHERE {1} LIMIT 1;
UPDATE again SET id = -1;
INSERT INTO {0} SELECT * FROM again;
"""


@pytest.fixture(autouse=True)
def clock():
    """How long the fault lasted, until all was well again."""
    begin = time.monotonic()
    return lambda: time.monotonic() - begin


def answer(database, sql):
    with database.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def clean(count):
    return (count.lost, count.doubled) == (0, 0)


def revive(stack, *names):
    """What has ended is started, as `restart: unless-stopped` has it."""
    for name in names:
        if stack.processes[name].poll() is not None:
            stack.start(name)


def healthy(stack, *names):
    revive(stack, *names)
    for name in names:
        stack.wait_healthy(name)


@contextmanager
def held(connect, table, begin=lambda: None):
    """Whoever writes to this table is stopped there, in the middle of his transaction; goes on
    when somebody is.
    """
    holder, database = connect(), connect()
    holder.autocommit = False
    with holder.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
    begin()
    until(lambda: answer(database, WAITING.format(table)))
    yield
    holder.rollback()
    until(lambda: not answer(database, WAITING.format(table)))


# --- submissions ---------------------------------------------------------------------------------


def test_redis_stopped(stack, drafts, post, connect, tell, heard, record, clock):
    load = Load(stack, drafts(4), pause=OUTAGE / 4.5)
    stack.stop("redis-1")
    stopped = time.monotonic()
    load.start()
    time.sleep(max(0, stopped + OUTAGE - time.monotonic()))
    during = len(load.acknowledged)
    stack.start("redis-1")
    healthy(stack, "redis-1")
    heard["when Redis came back"] = sent_by_beat(stack)
    load.join()
    for _ in range(3):
        tell("deliver")
    database = connect()
    until(lambda: len(post.arrived) >= 2 * len(load.cases))
    until(
        lambda: (
            not answer(database, "SELECT count(*) FROM registry_delivery WHERE status <> 'sent'")
        )
    )

    taken = ledger.submissions(database, load.acknowledged)
    sent = ledger.letters(database, load.cases, post.arrived)
    how = f"{OUTAGE} s; {during} of {len(load.cases)} submitted meanwhile"
    record.fault("Redis stopped", how, taken, strikes=1, failed=load.failed, seconds=clock())
    how = "the letters of these submissions, sent when Redis is back"
    record.fault("Redis stopped: e-mails", how, sent, strikes=1, failed=0, seconds=clock())
    assert during > len(load.cases) // 2
    assert (taken.promised, sent.promised) == (len(load.cases), 2 * len(load.cases))
    assert clean(taken)
    assert clean(sent)


def test_web_and_celery_workers_killed(stack, drafts, connect, record, clock):
    load = Load(stack, drafts(5)).start()
    struck = 0
    for table in ("tiers_decision", "registry_notification"):
        with held(connect, table):
            struck += sum(strike(stack.pids(name)) for name in (*WEBS, *WORKERS))
    while load.running and struck < 30:
        time.sleep(0.6)
        for group in (WEBS, WORKERS):
            revive(stack, *group)
            found = stack.pids(random.choice(group))
            struck += strike(random.sample(found, min(1, len(found))))
    load.join()

    taken = ledger.submissions(connect(), load.acknowledged)
    how = "`kill -9` of all their processes in the middle of submissions, twice; then of any"
    title = "Web and Celery workers killed"
    record.fault(title, how, taken, strikes=struck, failed=load.failed, seconds=clock())
    assert taken.promised == len(load.cases)
    assert load.failed > 0
    assert clean(taken)
    healthy(stack, *WEBS, *WORKERS)


def test_postgresql_killed(stack, drafts, connect, record, clock):
    load = Load(stack, drafts(4)).start()
    until(lambda: len(load.acknowledged) >= len(load.cases) // 4)
    stack.kill("postgres-1")
    before = set(load.acknowledged)
    stack.start("postgres-1")
    healthy(stack, "postgres-1")
    database = connect()
    kept = ledger.submissions(database, before)
    load.join()

    taken = ledger.submissions(database, load.acknowledged)
    how = f"`kill -9` of the server and all its processes when {len(before)} were promised"
    title = "PostgreSQL killed under load"
    record.fault(title, how, taken, strikes=1, failed=load.failed, seconds=clock())
    assert (len(before) < len(load.cases), load.failed > 0) == (True, True)
    assert taken.promised == len(load.cases)
    assert clean(kept)
    assert clean(taken)


# --- the night -----------------------------------------------------------------------------------


def strike_in_the_night(stack, connect, tell, table, kill):
    until(partial(at_work, stack))
    with held(connect, table, lambda: tell("night")):
        return kill()


def at_work(stack):
    """Whether each worker has its processes."""
    revive(stack, *WORKERS)
    return all(len(stack.pids(name)) >= 2 for name in WORKERS)


def kill_pools(stack):
    return sum(strike(stack.pids(name)) for name in WORKERS)


def kill_workers(stack):
    for name in WORKERS:
        stack.kill(name)
    for name in WORKERS:
        stack.start(name)
    return len(WORKERS)


def test_celery_worker_killed_in_the_night(stack, ending, connect, tell, record, clock):
    titles = ending(ENDING)
    database = connect()
    strikes = [
        ("registry_auditevent", kill_pools),
        ("registry_notification", kill_workers),
        ("registry_notification", kill_pools),
    ]
    struck = 0
    for table, kill in strikes:
        struck += strike_in_the_night(stack, connect, tell, table, partial(kill, stack))
        assert ledger.expiries(database, titles).lost == ENDING, (
            "a night was over before the strike"
        )
    until(partial(at_work, stack))
    for _ in range(3):
        tell("night")
    until(lambda: ledger.expiries(database, titles).lost == 0)

    taken = ledger.expiries(database, titles)
    how = (
        "`kill -9` of its processes, or of the whole worker, in the middle of the transaction, "
        "three times; then the night three times at once"
    )
    title = "Celery worker killed in the night"
    record.fault(title, how, taken, strikes=struck, failed=0, seconds=clock())
    assert (taken.promised, clean(taken)) == (ENDING, True)
    healthy(stack, *WORKERS)


def sent_by_beat(stack):
    return stack.log("beat-1").count("Sending due task deliver")


def test_beat_goes_on_after_redis_was_away(stack, heard):
    """Its own minute, not the order that the test gave in its place."""
    until(lambda: sent_by_beat(stack) > heard["when Redis came back"], patience=150)


def told_by_beat(stack, task):
    """How often workers were told to do it."""
    return sum(stack.log(name).count(f"Task config.tasks.{task}[") for name in WORKERS)


def test_two_beats(stack, ending, connect, record, clock):
    """Both believe that they slept for two hours, and make up for it at the same moment."""
    titles = ending(ENDING)
    database = connect()
    stack.start("beat-2")
    stack.wait_healthy("beat-2")
    for name in BEATS:
        stack.stop(name)
        asleep(stack.dir / "tmp" / name)
    before = told_by_beat(stack, "night")
    for name in BEATS:
        stack.start(name)
    until(lambda: told_by_beat(stack, "night") >= before + 2)
    until(lambda: ledger.expiries(database, titles).lost == 0)
    stack.stop("beat-2")

    taken = ledger.expiries(database, titles)
    how = "both start after two hours of silence and tell the workers of the same night"
    record.fault("Two beats at once", how, taken, strikes=2, failed=0, seconds=clock())
    assert (taken.promised, clean(taken)) == (ENDING, True)


def asleep(folder):
    """Write into a beat's own marks that it told nobody for two hours."""
    with shelve.open(str(folder / "beat"), writeback=True) as store:
        for entry in store["entries"].values():
            entry.last_run_at -= timedelta(hours=2)
    if os.geteuid() == 0:
        for path in folder.glob("beat*"):
            shutil.chown(path, ORDINARY)


# --- whether the counting would notice -----------------------------------------------------------


def test_counting_finds_what_was_taken_away_and_what_is_there_twice(connect, record):
    database = connect()
    database.autocommit = False
    case = answer(database, "SELECT max(id) FROM tiers_application WHERE status = 'in_progress'")
    title = answer(database, "SELECT max(id) FROM tiers_certification WHERE ending = 'expired'")
    trail = f"verb = 'certification.expire' AND target_id = '{title}'"
    submit = f"application_id = {case} AND action = 'submit'"
    damages = [
        ("A decision deleted", f"DELETE FROM tiers_decision WHERE application_id = {case}"),
        (
            "A line of the trail deleted",
            f"DELETE FROM registry_auditevent WHERE target_id = '{case}'",
        ),
        ("A message deleted", "DELETE FROM registry_delivery; DELETE FROM registry_notification"),
        ("A decision written twice", DUPLICATE.format("tiers_decision", submit)),
        ("An expiry written twice", DUPLICATE.format("registry_auditevent", trail)),
    ]
    found = []
    for name, sql in damages:
        with database.cursor() as cursor:
            cursor.execute(sql)
        counted = ledger.submissions(database, [case])
        ended = ledger.expiries(database, [title])
        database.rollback()
        one = ended if "expiry" in name else counted
        record.control(name, one)
        found.append((one.lost, one.doubled))

    assert found == [(1, 0), (1, 0), (1, 0), (0, 1), (0, 1)]


def test_counting_finds_what_a_careless_database_forgets(stack, drafts, connect, record):
    """PostgreSQL answers before it has written, and is killed: what was promised is gone."""
    stack.psql("ALTER SYSTEM SET synchronous_commit = off")
    stack.psql("SELECT pg_reload_conf()")
    writer = stack.psql("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'")
    time.sleep(0.5)
    try:
        os.kill(int(writer), signal.SIGSTOP)
        load = Load(stack, drafts(1)).start().join()
    finally:
        stack.kill("postgres-1")
        stack.start("postgres-1")
        healthy(stack, "postgres-1")
        stack.psql("ALTER SYSTEM RESET ALL")
        stack.psql("SELECT pg_reload_conf()")
    taken = ledger.submissions(connect(), load.acknowledged)

    record.control("PostgreSQL killed with `synchronous_commit = off`", taken)
    assert taken.lost > 0


# --- the record ----------------------------------------------------------------------------------


@pytest.mark.skipif("QUALITY" in os.environ, reason="it is about to be written")
def test_document_has_the_faults_that_were_tried(record):
    written = document.read(document.PATH)[TITLE]

    assert titles_in(written) == [row.title for row in (*record.faults, *record.controls)]
