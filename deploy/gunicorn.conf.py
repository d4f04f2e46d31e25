"""How gunicorn runs the portal: threads behind nginx, one JSON line a request with its number."""

import gc
import os
from typing import Any

import structlog
from gunicorn.glogging import Logger

from config import logs

bind = os.environ["BIND"]
worker_class = "gthread"
workers = int(os.environ.get("WEB_WORKERS", "2"))
threads = int(os.environ.get("WEB_THREADS", "4"))
timeout = 60
graceful_timeout = 30
max_requests = 5000  # a leak, if there is one, stays small
max_requests_jitter = 500
worker_tmp_dir = "/dev/shm"  # noqa: S108 -- a heartbeat must not wait for a disk
control_socket_disable = True
accesslog = "-"
logconfig_dict = logs.configure(as_json=True, level=os.environ.get("LOG_LEVEL", "INFO"))
for name in ("gunicorn.error", "gunicorn.access"):
    logconfig_dict["loggers"][name] = {"handlers": [], "propagate": True, "level": "INFO"}


class RequestLogger(Logger):
    """Writes what was asked without its search terms, which may be names."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: Any) -> None:
        numbers = [value for name, value in resp.headers if name.lower() == "x-request-id"]
        structlog.get_logger("portal.access").info(
            "request",
            method=environ["REQUEST_METHOD"],
            path=environ["PATH_INFO"],
            status=int(resp.status_code),
            milliseconds=int(request_time.total_seconds() * 1000),
            request_id=numbers[0] if numbers else None,
        )


logger_class = RequestLogger


def post_worker_init(worker: Any) -> None:
    """What the portal itself consists of lives as long as the worker: garbage is not looked for in
    it, and less often, since a page of a list makes some ten thousand objects that all go at once.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
