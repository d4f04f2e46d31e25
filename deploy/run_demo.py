"""Starts the portal for a trial on one machine: no root, no server, nothing left running.

Prepares the database and the demo world, then keeps two processes: the web server, and a Celery
worker with its schedule over a broker of plain files. Ends both, and whatever they started, on
Ctrl-C or SIGTERM; if one of them dies, ends the other and says so with its exit status.
"""

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR", ROOT / "var"))
LOGS = VAR / "log"
PASSWORD = "demo-2026-demo"  # noqa: S105 -- printed for everybody; the accounts exist in the demo only
ACCOUNTS = (
    ("province-hebei", "省级主管部门（河北）"),
    ("city-shijiazhuang", "市级主管部门"),
    ("city-tangshan", "市级主管部门"),
    ("city-dingzhou", "市级主管部门（归口单位）"),
    ("county-changan", "县级主管部门，受石家庄市委托可代办"),
    ("reader-hebei", "省级只读席位（reader-shijiazhuang、reader-changan 同）"),
    ("firm-1", "企业管理员（firm-1-editor 填报、firm-1-reader 查阅）"),
    ("firm-2", "企业管理员"),
    ("province-heilongjiang", "黑龙江（city-haerbin、county-daoli）"),
    ("province-anhui", "安徽（city-hefei、city-wuhu）"),
    ("admin", "平台管理员"),
)
ANYWHERE = "0.0.0.0"  # noqa: S104 -- compared with, not bound to
WEB = ("gunicorn", "config.wsgi:application", "--worker-class", "gthread", "--workers", "1")
WEB += ("--threads", "8", "--no-control-socket")
WORKER = ("celery", "-A", "config", "worker", "-B", "--pool", "solo", "--loglevel", "INFO")
WORKER += ("--without-gossip", "--without-mingle")
ORDERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
START_LIMIT = 60.0
STOP_LIMIT = 10.0


class Stop(Exception):
    """Somebody asked for the end: an order, not an error."""


def ask_to_stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stop(number)


def manage(*words: str) -> None:
    """Run a management command; its failure is ours."""
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, check=True)


def start(name: str, *words: str) -> subprocess.Popen[bytes]:
    """Start a process at the head of a group of its own, writing to its log."""
    with (LOGS / f"{name}.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def end(processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """End every process group: politely, then for certain."""
    for process in processes.values():
        _signal_group(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_LIMIT
    for process in processes.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.1, deadline - time.monotonic()))
        _signal_group(process, signal.SIGKILL)
        process.wait()


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def dead(processes: dict[str, subprocess.Popen[bytes]]) -> str | None:
    """The name of a process that has ended by itself."""
    return next((name for name, process in processes.items() if process.poll() is not None), None)


def wait_until_ready(url: str, processes: dict[str, subprocess.Popen[bytes]]) -> bool:
    deadline = time.monotonic() + START_LIMIT
    while time.monotonic() < deadline and not dead(processes):
        try:
            with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:  # noqa: S310 -- our own
                if answer.status == 200:
                    return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    return False


def complain(name: str) -> None:
    lines = (LOGS / f"{name}.log").read_text(encoding="utf-8", errors="replace").splitlines()
    print(f"\n{name} has stopped. The end of {LOGS / name}.log:", file=sys.stderr)
    print("\n".join(lines[-20:]), file=sys.stderr, flush=True)


def port_is_free(bind: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError as error:
            print(f"Cannot use port {port}: {error}. Try: make run PORT=8001", file=sys.stderr)
            return False
    return True


def prepare(bind: str) -> None:
    """Set the mode for all that follows, update the database, make the demo world once."""
    os.environ["PORTAL_MODE"] = "demo"
    os.environ["VAR_DIR"] = str(VAR)
    if bind not in ("127.0.0.1", "::1", "localhost"):
        os.environ.setdefault("ALLOWED_HOSTS", "*")  # whoever opens the port chooses who reaches it
    for folder in (LOGS, VAR / "broker" / "queue", VAR / "broker" / "control"):
        folder.mkdir(parents=True, exist_ok=True)
    print("Preparing the database ...", flush=True)
    manage("migrate", "--verbosity", "0")
    manage("seed_demo")


def serve(bind: str, port: int, processes: dict[str, subprocess.Popen[bytes]]) -> None:
    """Start both processes and watch them; returns only when one of them has failed."""
    host = f"[{bind}]" if ":" in bind else bind
    processes["web"] = start("web", *WEB, "--bind", f"{host}:{port}")
    processes["worker"] = start("worker", *WORKER)
    url = f"http://{'127.0.0.1' if bind == ANYWHERE else host}:{port}"
    if wait_until_ready(url, processes):
        greet(url)
        while not dead(processes):
            time.sleep(0.5)
    if name := dead(processes):
        complain(name)
    else:
        print(f"No answer from {url} after {START_LIMIT:.0f} s.", file=sys.stderr)


def main() -> int:
    parser = argparse.ArgumentParser(description="Start the portal with its demo world.")
    parser.add_argument("--bind", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    if not port_is_free(options.bind, options.port):
        return 1

    processes: dict[str, subprocess.Popen[bytes]] = {}
    for number in ORDERS:
        signal.signal(number, ask_to_stop)
    try:
        prepare(options.bind)
        serve(options.bind, options.port, processes)
    except Stop:
        print("\nStopping ...", flush=True)
        return 0
    except subprocess.CalledProcessError as error:
        return error.returncode or 1
    finally:
        for number in ORDERS:
            signal.signal(number, signal.SIG_IGN)
        end(processes)
    return 1


def greet(url: str) -> None:
    print(f"\n  {url}/\n\n  Demo accounts, password {PASSWORD}:")
    for name, label in ACCOUNTS:
        print(f"    {name:<22}{label}")
    print(f"\n  Logs: {LOGS}   Stop: Ctrl-C\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
