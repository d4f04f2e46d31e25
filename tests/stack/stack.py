"""The whole stack on one machine without an engine: Debian's PostgreSQL, Redis and nginx, our web,
worker and beat, each started by the command that docker-compose.yml gives it.

::

    with Stack() as stack:          # web=2, worker=2, beat=1, replica=True
        stack.url                   # https://portal.test:PORT (stack.https to ask it)
        stack.kill("web-1")         # kill -9 of the process and all its children
        stack.start("web-1")        # what `restart: unless-stopped` would do
        stack.manage("nightly")     # a command in the portal's own environment
        stack.once("backup")        # docker compose run --rm backup
    with Stack(restored=folder):    # begins with a backup instead of an empty database

``python -m tests.stack`` starts one and keeps it until Ctrl-C.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.stack import compose
from tests.stack.compose import HOST, ROOT
from tests.stack.https import Https
from tests.stack.processes import alive, as_user, children

BIN = ROOT / ".venv" / "bin"
PATIENCE = 120


class NotHealthy(Exception):
    """A service did not come up; says what it wrote last."""


def free_port():
    """One that no connection takes between here and the service's start: below those that the
    machine gives out by itself, and from an own place for each process that starts stacks.
    """
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
            except OSError:
                continue
            return port
    raise NotHealthy("no free port")


_FIRST, _ROOM = 10_000, 20_000
_ports = (_FIRST + (os.getpid() * 64 + number) % _ROOM for number in range(_ROOM))


class Stack:
    """Starts in the order and under the conditions of the file; leaves nothing behind."""

    def __init__(self, *, web=2, worker=2, beat=1, replica=True, restored=None, **environment):
        self.dir = Path(tempfile.mkdtemp(prefix="portal-stack-", dir=_quick_disk()))
        self.dir.chmod(0o755)
        self.ports = {name: free_port() for name in compose.PORTS}
        password = compose.SECRETS["DATABASE_PASSWORD"]
        url = f"postgres://portal:{password}@replica:5432/portal" if replica else ""
        self.services = compose.services(DATABASE_REPLICA_URL=url, **environment)
        self.counts = {"web": web, "worker": worker, "beat": beat, "replica": int(replica)}
        self.counts |= {"backup": 0, "restore": 0}  # not kept running: see once()
        self.restored = restored
        self.processes = {}
        self.names = None
        self.url = f"https://{HOST}:{self.ports['https']}"
        self.reaper = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("reaper.py")), str(self.dir)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )

    # --- life ------------------------------------------------------------------------------------

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        for folder in ("log", "tmp", "tls"):
            (self.dir / folder).mkdir()
        volumes = {"files": compose.ORDINARY, "run": "postgres", "replica": "postgres"}
        volumes["backups"] = compose.ORDINARY
        for folder, user in volumes.items():
            self._folder(self.dir / folder, user)
        self._make_certificate()
        self._start_names()
        self._run("web", ["sh", "deploy/build_static.sh"], user=None)
        self._new_cluster()
        waiting = [name for name in self.services if self.counts.get(name, 1)]
        while waiting:
            ready = [
                name for name in waiting if not set(self.services[name].depends_on) & {*waiting}
            ]
            for name in ready:
                self._await_conditions(self.services[name])
                if name == "migrate" and self.restored:
                    self._restore()
                for number in range(1, self.counts.get(name, 1) + 1):
                    self.start(f"{name}-{number}")
            waiting = [name for name in waiting if name not in ready]
        for name in self.processes:
            self.wait_healthy(name)

    def down(self):
        """Politely first, so that logs end well; the reaper sees to the rest."""
        for name, process in reversed(self.processes.items()):
            process.send_signal(_politely(name))
        if self.names:
            self.names.terminate()
        started = [*self.processes.values(), *([self.names] if self.names else [])]
        deadline = time.monotonic() + 5
        for process in started:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.1, deadline - time.monotonic()))
        self.reaper.stdin.close()
        self.reaper.wait(PATIENCE)
        for process in started:
            process.wait(PATIENCE)

    # --- single processes ------------------------------------------------------------------------

    def start(self, name):
        """Start ``web-1`` with the command of ``web``. A command that ends (``migrate``) is waited
        for.
        """
        service = self.services[name.rpartition("-")[0]]
        self._folder(self.dir / "tmp" / name, service.user)
        log = self.dir / "log" / name
        with log.open("ab") as out:
            shutil.chown(log, service.user) if os.geteuid() == 0 else None
            process = subprocess.Popen(
                [*as_user(service.user), *service.command],
                cwd=ROOT,
                env=self._environment(name),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        if service.test:
            self.processes[name] = process
            self._publish_names()
        elif process.wait(PATIENCE * 3):
            raise NotHealthy(f"{name}\n{self.log(name)[-3000:]}")

    def stop(self, name, patience=PATIENCE):
        """What ``docker compose stop`` does."""
        process = self.processes.pop(name)
        process.send_signal(_politely(name))
        process.wait(patience)
        self._publish_names()

    def kill(self, name):
        """``kill -9`` of the process and everything below it, as an engine does."""
        process = self.processes.pop(name)
        process.send_signal(signal.SIGSTOP)  # it has no more children while they are counted
        everybody = [process.pid, *children(process.pid)]
        for pid in everybody:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        deadline = time.monotonic() + PATIENCE
        while any(map(alive, everybody)) and time.monotonic() < deadline:
            time.sleep(0.02)
        self._publish_names()

    def pids(self, name):
        """The children of a process: gunicorn's or Celery's own workers."""
        return children(self.processes[name].pid)

    def health(self, name):
        """Run the health check of the file beside the process; its exit status and words."""
        service = self.services[name.rpartition("-")[0]]
        done = subprocess.run(
            [*as_user(service.user), *service.test],
            cwd=ROOT,
            env=self._environment(name),
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE,
        )
        return done.returncode, done.stdout + done.stderr

    def wait_healthy(self, name, patience=PATIENCE):
        deadline = time.monotonic() + patience
        while True:
            status, said = self.health(name)
            if status == 0:
                return
            if time.monotonic() > deadline or self.processes[name].poll() is not None:
                raise NotHealthy(f"{name}: {said[-2000:]}\n{self.log(name)[-3000:]}")
            time.sleep(0.2)

    def log(self, name):
        return (self.dir / "log" / name).read_text(encoding="utf-8", errors="replace")

    def once(self, service, *words):
        """``docker compose run --rm``: a service that does one thing and ends; what it printed."""
        one = self.services[service]
        return self._run(service, [*one.entrypoint, *(words or one.command)])

    # --- questions -------------------------------------------------------------------------------

    def manage(self, *words, stdin=None):
        """``docker compose exec web python manage.py …``; what it printed."""
        return self._run("web", ["python", "manage.py", *words], stdin=stdin)

    def shell(self, code):
        """Python in the portal's own environment; what it printed last."""
        return self.manage("shell", "--no-imports", "-c", code).strip().rpartition("\n")[2]

    def psql(self, sql, *, service="postgres", database="portal"):
        """One statement as the superuser, over the socket."""
        words = ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres"]
        return self._run(service, [*words, "-d", database, "-c", sql]).strip()

    @property
    def https(self):
        """A new client that trusts the throw-away certificate and keeps its own cookies."""
        return Https(self.ports["https"], self.dir / "tls" / "fullchain.pem")

    # --- inside ----------------------------------------------------------------------------------

    def _environment(self, name):
        service_name = name.rpartition("-")[0]
        service = self.services[service_name]
        places = {
            **self.ports,
            "dir": self.dir,
            "tmp": self.dir / "tmp" / name,
            "address": self._address(name),
            "service": service_name,
            "own_port": self.ports.get(service_name, ""),
        }
        image = {key: value.format(dir=self.dir) for key, value in compose.IMAGE.items()}
        return {
            "PATH": f"{BIN}:{_postgres_bin()}:/usr/sbin:/usr/bin:/sbin:/bin",
            "LC_ALL": "C.UTF-8",
            "HOME": str(self.dir / "tmp" / name),
            "HOSTNAME": name,
            "STACK_DIR": str(self.dir),
            **image,
            **service.translated(places),
        }

    def _address(self, name):
        """Each web has an address of its own, as a container has; the port is the same."""
        service, _, number = name.rpartition("-")
        return f"127.0.0.{int(number) + 1}" if service == "web" else "127.0.0.1"

    def _run(self, service, words, *, user="", stdin=None):
        name = f"{service}-1"
        who = self.services[service].user if user == "" else user
        self._folder(self.dir / "tmp" / name, self.services[service].user)
        done = subprocess.run(
            [*(as_user(who) if who else []), *words],
            cwd=ROOT,
            env=self._environment(name),
            input=stdin,
            capture_output=True,
            check=False,
            text=True,
        )
        if done.returncode:
            raise NotHealthy(f"{words}: {done.stdout[-1000:]}{done.stderr[-3000:]}")
        return done.stdout

    def _folder(self, path, user):
        path.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(path, user)

    def _restore(self):
        """A backup that was carried here from elsewhere, put into what is still empty."""
        here = self.dir / "backups" / self.restored.name
        shutil.copytree(self.restored, here)
        if os.geteuid() == 0:
            for path in (here, *here.iterdir()):
                shutil.chown(path, compose.ORDINARY)
        self.once("restore", here.name)

    def _awaited(self, name):
        return {*self.services[name].depends_on}

    def _await_conditions(self, service):
        for other, condition in service.depends_on.items():
            if condition == "service_healthy":
                for number in range(1, self.counts.get(other, 1) + 1):
                    self.wait_healthy(f"{other}-{number}")

    def _make_certificate(self):
        tls = self.dir / "tls"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"),
                *("ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"),
                *("-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"),
                *("-keyout", tls / "privkey.pem", "-out", tls / "fullchain.pem"),
            ],
            check=True,
            capture_output=True,
        )

    def _start_names(self):
        """The engine's name server: ``web`` has as many addresses as it has containers."""
        self._folder(self.dir / "tmp" / "names", compose.ORDINARY)
        (self.dir / "names").write_text("")
        self.names = subprocess.Popen(
            [
                *("dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv"),
                *("--no-hosts", f"--addn-hosts={self.dir / 'names'}", "--bind-interfaces"),
                *("--listen-address=127.0.0.1", f"--port={self.ports['dns']}", "--pid-file="),
                *("--user=nobody", "--group="),
            ],
            env={"PATH": os.environ["PATH"], "STACK_DIR": str(self.dir)},
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _publish_names(self):
        lines = [f"{self._address(name)} web\n" for name in self.processes if name[:4] == "web-"]
        (self.dir / "names").write_text("".join(lines))
        self.names.send_signal(signal.SIGHUP)

    def _new_cluster(self):
        """What the entrypoint of the database's image does with an empty volume."""
        data = self.dir / "postgres"
        self._folder(data, "postgres")
        data.chmod(0o700)
        service = self.services["postgres"]
        secret = self.dir / "tls" / "postgres"
        secret.write_text(service.environment["POSTGRES_PASSWORD"])
        options = service.environment["POSTGRES_INITDB_ARGS"].split()
        self._run("postgres", ["initdb", "-U", "postgres", f"--pwfile={secret}", *options])
        with (data / "postgresql.conf").open("a") as more:
            more.write(f"unix_socket_directories = '{self.dir / 'run'}'\n")
        self.start("postgres-1")
        self.wait_healthy("postgres-1")
        self._run("postgres", ["sh", "deploy/postgres/roles.sh"])
        self.stop("postgres-1")


def _politely(name):
    """The signal at which a service ends by itself; PostgreSQL would wait for its clients."""
    return signal.SIGINT if name.startswith(("postgres", "replica")) else signal.SIGTERM


def _quick_disk():
    """Memory, if the machine lends enough of it: what counts here outlives processes, not power."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 2 * 1024**3 else None


def _postgres_bin():
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
    )
    return found[-1]
