"""Two officers at one workbook at the same moment, on both databases: it is taken over once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from reports import intake
from reports.intake import acts
from reports.models import Batch
from tests import build, sheets
from tiers.models import Certification, FilingEntry

pytestmark = pytest.mark.django_db(transaction=True)

AT = build.moment("2026-10-08 09:00")


def together(*calls):
    """Run these calls at the same moment; what each came to: its result or its refusal."""
    barrier = Barrier(len(calls))

    def start(call):
        barrier.wait(timeout=30)
        try:
            return call()
        except ValidationError as refusal:
            return refusal
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [one.result(timeout=60) for one in [pool.submit(start, call) for call in calls]]


def test_two_officers_take_a_batch_over_once(world):
    office = build.authority("130100")
    people = [build.officer(office, name=name) for name in ("甲", "乙")]
    batch = sheets.batch_of(people[0], sheets.lines(3), at=AT)

    done = together(
        *(
            lambda by=by: intake.order(batch, "all", seen=batch.version, by=by, at=AT)
            for by in people
        )
    )

    assert sum(isinstance(one, ValidationError) for one in done) == 1
    assert Certification.objects.count() == FilingEntry.objects.count() == 3


def test_two_workers_do_an_order_once(world, monkeypatch):
    monkeypatch.setattr(acts, "AT_ONCE", 0)
    by = build.officer(build.authority("130100"))
    sheets.batch_of(by, sheets.lines(3), at=AT, way="all")

    together(*[lambda: intake.work(at=AT)] * 2)

    assert Batch.objects.get().status == Batch.Status.APPLIED
    assert Certification.objects.count() == FilingEntry.objects.count() == 3
