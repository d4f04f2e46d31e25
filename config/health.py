"""For the supervisor: is the process alive, and can it work? Names parts, never why."""

from functools import cache

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from redis import Redis, RedisError


@login_not_required
@never_cache
def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Ready when the database answers and has the tables this code needs. A broker that is away is
    named and hinders nobody: everything is accepted, and messages go out later.
    """
    parts = {"database": _database(), "migrations": _migrations(), "broker": _broker()}
    works = parts["database"] and parts["migrations"]
    lines = [f"{part} {'ok' if good else 'away'}\n" for part, good in parts.items()]
    return HttpResponse(lines, status=200 if works else 503, content_type="text/plain")


def _database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _migrations() -> bool:
    try:
        _nothing_to_migrate()
    except (DatabaseError, LookupError):
        return False
    return True


@cache
def _nothing_to_migrate() -> None:
    """Remembered once true: this process's code stays what it is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise LookupError("the database is older than the code")


def _broker() -> bool:
    if not settings.BROKER_URL.startswith("redis"):
        return True
    broker = Redis.from_url(settings.BROKER_URL, socket_connect_timeout=1, socket_timeout=1)
    try:
        return bool(broker.ping())
    except RedisError:
        return False
    finally:
        broker.close()
