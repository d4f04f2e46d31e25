"""Proves `make run`: it answers cold, keeps its data, and leaves nothing behind."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

COLD_LIMIT = 180
WARM_LIMIT = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def processes_of(var: str) -> dict[int, str]:
    """The processes that carry our folder in their environment, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            environment = (entry / "environ").read_bytes() + b"\0"
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        except OSError:
            continue
        if words and f"VAR_DIR={var}\0".encode() in environment:
            found[int(entry.name)] = words
    return found


def nothing_is_left(var: str, after: str) -> None:
    time.sleep(0.5)
    if left := processes_of(var):
        sys.exit(f"still running after {after}:\n" + "\n".join(left.values()))


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def start(var: str, port: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "VAR_DIR": var}
    return subprocess.Popen(
        ["make", "--no-print-directory", "run", f"PORT={port}"],
        env=environment,
        start_new_session=True,
    )


def wait(run: subprocess.Popen[bytes], port: int, limit: int) -> float:
    begin = time.monotonic()
    while time.monotonic() - begin < limit:
        if run.poll() is not None:
            sys.exit(f"make run ended by itself with {run.returncode}")
        if answers(port, "/readyz"):
            return time.monotonic() - begin
        time.sleep(0.3)
    os.killpg(run.pid, signal.SIGKILL)
    sys.exit(f"no answer within {limit} s")


def stop(run: subprocess.Popen[bytes], var: str) -> None:
    """What Ctrl-C in a terminal does: the signal goes to make and to everything in its group."""
    os.killpg(run.pid, signal.SIGINT)
    run.wait(60)
    nothing_is_left(var, "Ctrl-C")


def kill_worker(var: str) -> None:
    for pid, words in processes_of(var).items():
        if "celery" in words:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="portal-run-") as var:
        try:
            prove(var, free_port())
        finally:
            for pid in processes_of(var):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    print("make run: answers, keeps its data, leaves nothing behind")


def prove(var: str, port: int) -> None:
    run = start(var, port)
    print(f"cold: answered after {wait(run, port, COLD_LIMIT):.1f} s", flush=True)
    if not answers(port, "/"):
        sys.exit("the start page does not answer")
    if not any("celery" in words for words in processes_of(var).values()):
        sys.exit("no worker is running")
    stop(run, var)
    kept = Path(var, "db.sqlite3").stat().st_size

    run = start(var, port)
    print(f"again: answered after {wait(run, port, WARM_LIMIT):.1f} s", flush=True)
    if Path(var, "db.sqlite3").stat().st_size < kept:
        sys.exit("the second run lost data")

    # One of the two dies: the other must follow, and the command must say so.
    kill_worker(var)
    if run.wait(60) == 0:
        sys.exit("make run reported success after its worker died")
    nothing_is_left(var, "the worker died")


if __name__ == "__main__":
    main()
