"""A real worker takes its orders from a real Redis and does the night's work in our database."""

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from config.celery import app
from config.tasks import deliver, night
from registry import inbox
from registry.models import AuditEvent, Delivery
from tests import build
from tests.registry.gateway import CUT, Gateway
from tiers.models import Certification

pytestmark = [pytest.mark.celery, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
SIGNED = date(2026, 3, 2)
PATIENCE = 120
# The worker's clock stands past the end of a title signed above; everything else about it is real.
WORKER = (
    "import sys, time_machine; time_machine.travel('2029-03-10T00:05+08:00', tick=True).start(); "
    "from celery.__main__ import main; sys.argv = ['celery', *sys.argv[1:]]; main()"
)


@pytest.fixture
def worker(tmp_path):
    """Starts workers on the test's own database; ends what is left of them."""
    assert settings.BROKER_URL.startswith("redis"), "this lane needs BROKER_URL: make test-celery"
    app.control.purge()
    started = []

    def start(**environment):
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, "-A", "config", "worker", "--pool", "solo"],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
                "VAR_DIR": str(tmp_path),
                **environment,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        until(lambda: app.control.ping(timeout=0.5) != [])
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(PATIENCE)


def until(question):
    deadline = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < deadline, "the worker did not do it in time"
        time.sleep(0.1)


def expiries():
    return AuditEvent.objects.filter(verb="certification.expire").count()


@pytest.fixture
def title(shijiazhuang):
    return build.title(build.factory_at(shijiazhuang, at=build.on_day(SIGNED)), on=SIGNED)


def queue_is_empty():
    with app.connection_for_read() as broker:
        return broker.default_channel.client.llen("celery") == 0


def test_worker_records_an_expiry_once_however_often_it_is_told(title, worker):
    for _ in range(3):
        night.delay()

    worker()
    until(lambda: expiries() > 0)
    night.delay()
    until(queue_is_empty)
    app.control.ping(timeout=2)

    title.refresh_from_db()
    assert title.ending == Certification.Ending.EXPIRED
    assert expiries() == 1


def test_night_lost_with_a_killed_worker_is_made_up_by_the_next(title, worker):
    killed = worker()
    killed.kill()
    killed.wait(PATIENCE)
    night.delay()
    app.control.purge()

    worker()
    night.delay()
    until(lambda: expiries() == 1)

    title.refresh_from_db()
    assert title.ending == Certification.Ending.EXPIRED


@pytest.fixture
def gateway(settings):
    server = Gateway()
    settings.MESSAGE_SMS_URL, settings.MESSAGE_SMS_SECRET = server.url, "s" * 40
    yield server
    server.close()


def test_worker_passes_a_message_on_once_though_one_is_killed_with_it_in_hand(
    shijiazhuang, worker, gateway
):
    told = build.staff_of(build.enterprise_at(shijiazhuang))
    Delivery.objects.all().delete()
    inbox.send([told], build.message("退回"), key="one", at=build.moment("2029-03-10 00:00"))
    reached = {"MESSAGE_SMS_URL": gateway.url, "MESSAGE_SMS_SECRET": "s" * 40}
    killed = worker(**reached)
    gateway.answers, gateway.on_request = [CUT], killed.kill
    deliver.delay()
    killed.wait(PATIENCE)
    gateway.on_request = lambda: None
    # Its lease runs out; here the clock is not waited for.
    assert Delivery.objects.unsent().update(next_try_at=build.moment("2029-03-10 00:00")) == 1

    worker(**reached)
    for _ in range(3):
        deliver.delay()
    until(lambda: not Delivery.objects.unsent().exists())
    until(queue_is_empty)

    assert (Delivery.objects.get().status, Delivery.objects.get().attempts) == ("sent", 2)
    assert (len(set(gateway.keys)), len(gateway.taken)) == (1, 1)
