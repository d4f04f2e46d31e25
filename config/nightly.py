"""The night: what becomes true by the passing of a day, in order.

Safe to run twice, late, or at the same time on two machines.
"""

from datetime import date, datetime

from config import once
from registry import guesses, idempotency, readings, sealing, tokens
from reports import annual, exports, kpis, summaries
from tiers import (
    certification,
    cultivation,
    deadlines,
    derivation,
    library,
    recovery,
    sealed,
    supervision,
    webhooks,
)


def run(on: date, at: datetime) -> dict[str, int]:
    """Record every expiry due by ``on``, list what honours give, send that day's reminders, count
    deadlines by the newest holiday tables, report what is overdue, remind of what is to be mended,
    keep the cultivation libraries, and open, hand on and urge the annual reports and the summaries
    of the last year; returns what changed.
    """
    once.forget(at)
    exports.forget(at=at)
    idempotency.forget(at)
    readings.forget(at=at)
    guesses.forget(at)
    recovery.forget(at)
    webhooks.forget(at=at)
    return {
        "expired": certification.expire_due(on=on, at=at),
        "derived": derivation.derive(on=on, at=at),
        "reminded": certification.remind(on=on, at=at),
        "lapsed": cultivation.lapse(on=on, at=at),
        "urged": cultivation.remind(on=on, at=at),
        "tokens_ending": tokens.remind(on=on, at=at),
        "recounted": deadlines.recount(on=on, at=at),
        "overdue": deadlines.report_overdue(on=on, at=at),
        "mending": supervision.remind(on=on, at=at),
        "library_left": library.leave(on=on, at=at),
        "library_taken_in": library.take_in(on=on, at=at),
        "library_released": library.release(at=at),
        "library_reminded": library.remind(on=on, at=at),
        "annual_opened": annual.open_due(on=on, at=at),
        "annual_moved": annual.follow(at=at),
        "annual_reminded": annual.remind(on=on, at=at),
        "summaries_opened": summaries.open_years(on=on, at=at),
        "summaries_reminded": summaries.remind(on=on, at=at),
        "spreads": kpis.rebuild_due(on=on, at=at),
    }


def seal(on: date, at: datetime) -> int:
    """Look whether the record is as it was sealed, then seal what is new: once a day, behind all
    that the night itself has written. Returns the number of the head, 0 where there was none to
    make.
    """
    head = sealing.run(sealed.SOURCES, on=on, at=at)
    return head.number if head else 0
