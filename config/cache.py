"""The cache that all replicas share, for counts of who asks how often; nothing is lost with it.

While Redis is away each process counts by itself, so that a limit becomes looser and no page fails.
"""

import time
from collections.abc import Callable
from typing import Any

import structlog
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import ConnectionError as Unreachable
from redis.exceptions import TimeoutError as Late

log = structlog.get_logger("portal.cache")

#: Seconds for which Redis is not asked again after it did not answer.
PAUSE = 5


def _shared(name: str) -> Callable[..., Any]:
    """The method of this name: Redis's while it answers, else that of this process alone."""

    def method(self: "SharedCache", *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= self.away_until:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except (Unreachable, Late) as error:
                self.away_until = time.monotonic() + PAUSE
                log.warning("cache away", error=str(error))
        return getattr(self.alone, name)(*args, **kwargs)

    return method


class SharedCache(RedisCache):
    """Redis, or this process's memory while Redis is away."""

    away_until = 0.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        kept = {key: value for key, value in params.items() if key != "OPTIONS"}
        self.alone = LocMemCache("alone", kept)

    add = _shared("add")
    get = _shared("get")
    set = _shared("set")
    touch = _shared("touch")
    delete = _shared("delete")
    get_many = _shared("get_many")
    set_many = _shared("set_many")
    delete_many = _shared("delete_many")
    has_key = _shared("has_key")
    incr = _shared("incr")
    clear = _shared("clear")
