"""What Celery runs. A task decides nothing: it reads the clock and calls one function."""

import structlog
from celery import shared_task
from django.core.management import call_command
from django.utils import timezone

from config import nightly
from registry.access import business_date

log = structlog.get_logger("portal.tasks")


@shared_task
def night() -> None:
    """Record what became true by the passing of a day, and remind of what is near."""
    at = timezone.now()
    counts = nightly.run(on=business_date(at), at=at)
    log.info("night", on=business_date(at).isoformat(), **counts)


@shared_task
def tidy() -> None:
    """Drop sessions that have run out."""
    call_command("clearsessions")
