"""A real worker takes its orders from a real Redis and does the night's work in our database."""

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from config.celery import app
from config.tasks import deliver, issue, night, push, work
from registry import inbox, signing
from registry.models import AuditEvent, Delivery, Enterprise, Factory
from reports.intake import progress
from reports.models import Batch
from tests import build, sheets
from tests.receiver import Receiver
from tests.registry.gateway import CUT, Gateway
from tiers import certification, webhooks
from tiers.certificates import batches
from tiers.models import Certificate, Certification, FilingEntry, Push, Subscription

pytestmark = [pytest.mark.celery, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]
SIGNED = date(2026, 3, 2)
PATIENCE = 120
# The worker's clock stands where a test needs it; everything else about it is real.
WORKER = (
    "import os, sys, time_machine; time_machine.travel(os.environ['CLOCK'], tick=True).start(); "
    "from celery.__main__ import main; sys.argv = ['celery', *sys.argv[1:]]; main()"
)
#: Past the end of a title signed above.
PAST_THE_END = "2029-03-10T00:05+08:00"


@pytest.fixture
def worker(tmp_path):
    """Starts workers on the test's own database; ends what is left of them."""
    assert settings.BROKER_URL.startswith("redis"), "this lane needs BROKER_URL: make test-celery"
    app.control.purge()
    started = []

    def start(wait=True, **environment):
        process = subprocess.Popen(
            [sys.executable, "-c", WORKER, "-A", "config", "worker", "--pool", "solo"],
            cwd=ROOT,
            env={
                **os.environ,
                "DATABASE_URL": f"sqlite:///{connection.settings_dict['NAME']}",
                "VAR_DIR": str(tmp_path),
                "CLOCK": PAST_THE_END,
                **environment,
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        started.append(process)
        if wait:
            until(lambda: app.control.ping(timeout=0.5) != [])
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(PATIENCE)


def until(question, every=0.1):
    deadline = time.monotonic() + PATIENCE
    while not question():
        assert time.monotonic() < deadline, "the worker did not do it in time"
        time.sleep(every)


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


def taken_over(batch):
    """How much of a list stands in the register, by what it is made of."""
    models = (Enterprise, Factory, Certification, FilingEntry)
    told = AuditEvent.objects.filter(verb="certification.issue")
    return [*(model.objects.count() for model in models), told.count()]


def test_long_list_killed_at_60_percent_is_taken_over_once_by_the_next_worker(city_officer, worker):
    at, rows = build.moment("2026-10-08 09:00"), 800
    batch = sheets.batch_of(city_officer, sheets.lines(rows), at=at, way="all")
    assert batch.status == Batch.Status.APPLYING
    killed = worker(CLOCK=at.isoformat())
    work.delay()
    until(lambda: (progress.of(batch.pk) or 0) >= rows * 0.6, every=0.005)
    killed.kill()
    killed.wait(PATIENCE)

    batch.refresh_from_db()
    assert (batch.status, batch.made, progress.of(batch.pk)) == ("applying", {}, 500)
    assert taken_over(batch) == [0] * 5

    for _ in range(2):
        work.delay()
    worker(wait=False, CLOCK=at.isoformat())
    seen = set()
    until(lambda: seen.add(progress.of(batch.pk)) or batch_is_done(batch), every=0.01)
    until(queue_is_empty)
    app.control.ping(timeout=2)

    assert taken_over(batch) == [rows] * 5
    assert len(batch.made) == progress.of(batch.pk) == rows
    assert {0, 500} <= seen
    told = AuditEvent.objects.filter(target_type="reports.batch").order_by("pk")
    assert [one.verb for one in told] == ["intake.upload", "intake.order", "intake.apply"]


def batch_is_done(batch):
    batch.refresh_from_db()
    return batch.status == Batch.Status.APPLIED


def test_certificates_whose_worker_is_killed_are_each_issued_once_by_the_next(
    city_officer, worker, settings, tmp_path
):
    at, rows = build.moment("2026-10-08 09:00"), 450
    settings.SIGNING_DIR = tmp_path / "signing-keys"
    signing.make(signing.ED25519, valid_from=at, at=at)
    sheets.batch_of(city_officer, sheets.lines(rows), at=at, way="all")
    with transaction.atomic():
        certification.publish(list(Certification.objects.all()), by=city_officer, at=at)
    order, clock = batches.press(by=city_officer, at=at), at.isoformat()
    place = {"SIGNING_DIR": str(settings.SIGNING_DIR), "CLOCK": clock}
    killed = worker(**place)
    issue.delay()
    until(lambda: order.lines.issued().exists(), every=0.005)
    killed.kill()
    killed.wait(PATIENCE)

    done = Certificate.objects.count()
    assert (done % 100, 0 < done < rows, order.lines.issued().count()) == (0, True, done)

    for _ in range(2):
        issue.delay()
    worker(**place)
    until(lambda: not order.lines.waiting().exists())
    until(queue_is_empty)
    app.control.ping(timeout=2)

    certified = Certificate.objects.values_list("certification", flat=True)
    assert sorted(certified) == sorted(Certification.objects.values_list("pk", flat=True))
    assert AuditEvent.objects.filter(verb="certificate.issue").count() == rows
    assert order.lines.filter(certificate__certification=F("certification")).count() == rows


@pytest.fixture
def receiver(settings, tmp_path):
    settings.PUSH_TO_LOCAL, settings.SIGNING_DIR = True, tmp_path / "signing-keys"
    server = Receiver()
    yield server
    server.close()


def test_worker_pushes_a_change_until_it_is_taken(title, worker, receiver):
    before = build.moment("2029-03-10 00:00")
    owner = build.officer_of(title.issuer)
    with transaction.atomic():
        certification.publish([title], by=owner, at=before)
    signing.make(signing.ED25519, valid_from=before, at=before)
    webhooks.add("系统", receiver.url, origin="https://portal.example", by=owner, at=before)
    worker(PUSH_TO_LOCAL="true", SIGNING_DIR=str(settings.SIGNING_DIR))
    push.delay()
    until(lambda: Subscription.objects.filter(state="open").exists())

    receiver.answers = [503, 500]
    build.renamed(title.factory, "改了名的厂", at=build.moment("2029-03-10 00:30"))
    for attempts in (1, 2, 3):
        # Its next moment is not waited for.
        Subscription.objects.update(next_try_at=before)
        push.delay()
        until(lambda many=attempts: len(receiver.told()) == many)
        until(lambda many=attempts: Push.objects.get(kind="change").attempts == many)

    told = receiver.told()
    assert told[0]["change"]["tags"] == ["renamed"]
    assert (len({one["id"] for one in told}), Push.objects.get(kind="change").status) == (1, "sent")
