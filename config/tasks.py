"""What Celery runs. A task decides nothing: it reads the clock and calls one function."""

import time

import structlog
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from config import nightly
from registry import delivery, signing
from registry.access import business_date
from reports import exports, intake
from tiers import open_data, webhooks
from tiers.certificates import batches

log = structlog.get_logger("portal.tasks")

#: The next sweep begins a minute after this one did.
SWEEP = 50


@shared_task
def night() -> None:
    """Record what became true by the passing of a day, and remind of what is near."""
    at = timezone.now()
    on = business_date(at)
    counts = nightly.run(on=on, at=at)
    counts["head"] = nightly.seal(on=on, at=at)
    open_data.publish(on=business_date(at), at=at)
    log.info("night", on=on.isoformat(), **counts, **delivery.counts())


@shared_task
def tidy() -> None:
    """Drop sessions that have run out."""
    call_command("clearsessions")


@shared_task
def deliver() -> None:
    """Pass on the messages that are due, batch after batch, while the gateways take them."""
    ends = time.monotonic() + SWEEP
    while time.monotonic() < ends:
        outcome = delivery.deliver(at=timezone.now())
        if outcome:
            log.info("deliver", **outcome)
        if not outcome or set(outcome) == {delivery.Status.FAILED}:
            break


@shared_task
def push() -> None:
    """Queue what changed in the register, and hand it over to those who asked for it."""
    ends = time.monotonic() + SWEEP
    while time.monotonic() < ends:
        at = timezone.now()
        queued = webhooks.queue(at=at)
        try:
            outcome = webhooks.deliver(at=at)
        except signing.NoKey as lacking:
            log.warning("push", lacking=str(lacking))
            break
        if outcome:
            log.info("push", queued=queued, **outcome)
        if not queued and not outcome:
            break


@shared_task
def export() -> None:
    """Make the files of long lists that wait."""
    if made := exports.make_due(at=timezone.now(), until=time.monotonic() + SWEEP):
        log.info("export", made=made)


@shared_task
def issue() -> None:
    """Sign the certificates that were ordered in large numbers, part after part."""
    ends, done = time.monotonic() + SWEEP, 0
    while time.monotonic() < ends and (part := batches.work(at=timezone.now())):
        done += part
    if done:
        log.info("issue", titles=done)


@shared_task
def work() -> None:
    """Take over and undo the workbooks that were ordered, large ones above all."""
    if done := intake.work(at=timezone.now()):
        log.info("intake", batches=done)
