"""The number of a request or a task: on its log lines, on the rows of its trail, on its answer."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery import Task

from registry import audit

# No 0/O or 1/I: people read the number out over the phone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
HEADER = "request_id"


def new_number() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(10))


@contextmanager
def numbered(number: str) -> Iterator[None]:
    """Whatever happens in here carries the number."""
    token = audit.current_request_id.set(number)
    try:
        with structlog.contextvars.bound_contextvars(request_id=number):
            yield
    finally:
        audit.current_request_id.reset(token)


class NumberedTask(Task):
    """Carries the number of the request that asked for it; one of its own if the clock did."""

    def apply_async(self, args: Any = None, kwargs: Any = None, *more: Any, **options: Any) -> Any:
        if number := audit.current_request_id.get():
            options["headers"] = {**(options.get("headers") or {}), HEADER: number}
        return super().apply_async(args, kwargs, *more, **options)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        given = (self.request.headers or {}).get(HEADER)
        with numbered(given or new_number()):
            return self.run(*args, **kwargs)
