"""The portal behind gunicorn as it is deployed, and clients that ask it."""

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.conf import settings

from registry.models import User
from tests import build

#: Seconds that a server has to end.
KINDLY = 40
ROOT = Path(__file__).resolve().parents[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def database_url(name: str) -> str:
    found = settings.DATABASES["default"]
    host, user = quote(found["HOST"], safe=""), quote(found["USER"], safe="")
    secret = f":{quote(found['PASSWORD'], safe='')}" if found["PASSWORD"] else ""
    port = f":{found['PORT']}" if found["PORT"] else ""
    return f"postgres://{user}{secret}@{host}{port}/{name}"


@contextmanager
def server(database: str, statements: Path) -> Iterator[int]:
    """Gunicorn with as many workers as there are cores; gives its port."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "log", "w+") as log:
        environment = os.environ | {
            "PORTAL_MODE": "demo",
            "DJANGO_SETTINGS_MODULE": "bench.settings",
            "SECRET_KEY": settings.SECRET_KEY,
            "DATABASE_URL": database_url(database),
            "VAR_DIR": folder,
            "BIND": f"127.0.0.1:{port}",
            "WEB_WORKERS": str(os.cpu_count() or 1),
            "LOG_LEVEL": "WARNING",
            "BENCH_STATEMENTS": str(statements),
        }
        command = ["-m", "gunicorn", "--config", "deploy/gunicorn.conf.py", "config.wsgi"]
        process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
        )
        try:
            wait_for(port, process, Path(folder) / "log")
            yield port
        finally:
            end(process)


def end(process: subprocess.Popen) -> None:
    """Its end, kindly or not: what was measured counts either way."""
    process.terminate()
    try:
        process.wait(KINDLY)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if process.poll() is not None:
            raise SystemExit(f"gunicorn did not start:\n{log.read_text()[-3000:]}")
        try:
            if Asker(port, "").get("/healthz") == 200:
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise SystemExit("gunicorn did not answer within a minute")


class Asker:
    """One client on one connection, signed in by its cookie."""

    def __init__(self, port: int, cookie: str) -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.headers = {"Cookie": cookie} if cookie else {}

    def get(self, path: str) -> int:
        for again in (True, False):
            try:
                self.link.request("GET", path, headers=self.headers)
                answer = self.link.getresponse()
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # The server shuts a connection that was quiet for two seconds.
                self.link.close()
                if not again:
                    raise
                continue
            answer.read()
            break
        return answer.status

    def milliseconds(self, path: str) -> float:
        begin = time.perf_counter()
        status = self.get(path)
        taken = (time.perf_counter() - begin) * 1000
        if status != 200:
            raise SystemExit(f"{path} answered {status}")
        return taken


def per_second(port: int, cookie: str, paths: Sequence[str], clients: int, each: int) -> float:
    """Answers a second that so many clients get together, each asking so often."""

    def ask(number: int) -> None:
        asker = Asker(port, cookie)
        for turn in range(each):
            asker.milliseconds(paths[(number + turn * clients) % len(paths)])

    begin = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(ask, range(clients)))
    return clients * each / (time.perf_counter() - begin)


def officer(authority: object) -> User:
    return User.objects.create_user(
        "bench-officer",
        password=build.PASSWORD,
        name="经办人",
        role="province",
        authority=authority,
    )
