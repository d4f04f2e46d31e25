"""Counts are shared through Redis; while it is away, nothing fails because of it."""

import time

import pytest
from django.conf import settings

from config.cache import SharedCache

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def lonely():
    cache = SharedCache(NOBODY, {"OPTIONS": {"socket_connect_timeout": 0.2}})
    cache.alone.clear()
    yield cache
    cache.alone.clear()


def test_cache_without_redis_counts_alone(lonely):
    lonely.set("asked", 1, 60)
    lonely.incr("asked")

    assert (lonely.get("asked"), lonely.get("never", 0)) == (2, 0)
    assert lonely.add("asked", 9, 60) is False


def test_redis_that_is_away_is_not_asked_at_once_again(lonely):
    lonely.get("first")
    begin = time.monotonic()
    for _ in range(50):
        lonely.get("again")

    assert lonely.away_until > begin
    assert time.monotonic() - begin < 0.2


@pytest.mark.celery
def test_cache_with_redis_is_one_for_all():
    one, other = (SharedCache(settings.BROKER_URL, {"KEY_PREFIX": "two"}) for _ in range(2))
    one.set("asked", 1, 60)
    other.incr("asked")

    assert (one.get("asked"), other.get("asked")) == (2, 2)
    assert one.alone.get("asked") is None
    one.delete("asked")
