"""A second database that follows the first and answers the public pages (``DATABASE_REPLICA_URL``).

Only what a stranger may look up is read there. Whoever carries a session reads where he writes, so
that everybody sees his own acts at once. A replica that does not answer, or does not keep up, is
left alone for a while, and the public reads from the first database.
"""

import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import DatabaseError, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

log = structlog.get_logger("portal.replica")

PRIMARY = "default"
REPLICA = "replica"
#: Seconds for which a replica that failed is not asked again.
PAUSE = 15
#: A public page never shows what was overtaken longer ago than this.
LAG = "10 seconds"
# A server that follows nobody is not a replica of PostgreSQL's own kind; then nothing can be said.
FRESH = """
    SELECT NOT pg_is_in_recovery() OR (
        EXISTS (SELECT 1 FROM pg_stat_wal_receiver)
        AND (
            pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
            OR pg_last_xact_replay_timestamp() > now() - %s::interval
        )
    )
"""

reads_from: ContextVar[str] = ContextVar("reads_from", default=PRIMARY)


class Router:
    """Reads go where the request was sent; everything else to the first database."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        return reads_from.get()

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        return PRIMARY

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db == PRIMARY


class ReadReplica:
    """Sends the reads of a stranger's public page to the replica."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if REPLICA not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response
        self.away_until = 0.0

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = reads_from.set(PRIMARY)
        try:
            return self.get_response(request)
        finally:
            reads_from.reset(token)

    def process_view(self, request: HttpRequest, *view: Any) -> None:
        match = request.resolver_match
        if (
            match is not None
            and match.view_name in settings.REPLICA_PAGES
            and request.method in ("GET", "HEAD")
            and settings.SESSION_COOKIE_NAME not in request.COOKIES
            and "Authorization" not in request.headers
            and self._keeps_up()
        ):
            reads_from.set(REPLICA)

    def _keeps_up(self) -> bool:
        if time.monotonic() < self.away_until:
            return False
        try:
            with connections[REPLICA].cursor() as cursor:
                cursor.execute(FRESH, [LAG])
                (fresh,) = cursor.fetchone()
        except DatabaseError as error:
            fresh = False
            log.warning("replica away", error=str(error))
        if not fresh:
            self.away_until = time.monotonic() + PAUSE
            log.warning("replica not used", seconds=PAUSE)
        return bool(fresh)
