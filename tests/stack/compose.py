"""What docker-compose.yml says, and what its words mean on a machine without an engine.

Commands and health checks are taken as they stand. Only values of the environment are translated,
by the one table below; ``docker-compose config`` itself fills in variables and merges.
"""

import os
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
HOST = "portal.test"

# variable, what the file says, what it is here. {address} and {tmp} are the process's own.
TABLE = (
    ("DATABASE_URL", "@postgres:5432/", "@127.0.0.1:{postgres}/"),
    ("DATABASE_REPLICA_URL", "@replica:5432/", "@127.0.0.1:{replica}/"),
    ("BROKER_URL", "@redis:6379/", "@127.0.0.1:{redis}/"),
    ("CACHE_URL", "@redis:6379/", "@127.0.0.1:{redis}/"),
    ("BIND", "0.0.0.0:8000", "{address}:{web}"),
    ("BIND", "0.0.0.0", "127.0.0.1"),
    ("PORT", "6379", "{redis}"),
    ("TMPDIR", "/tmp", "{tmp}"),
    ("HTTP_LISTEN", "0.0.0.0:8080", "127.0.0.1:{http}"),
    ("HTTPS_LISTEN", "0.0.0.0:8443", "127.0.0.1:{https}"),
    ("PUBLIC_URL", f"https://{HOST}", f"https://{HOST}:{{https}}"),
    ("WEB", "web:8000", "web:{web}"),
    ("RESOLVER", "127.0.0.11", "127.0.0.1:{dns}"),
    ("STATIC_DIR", "/srv/static", "{dir}/static"),
    ("PROBLEM_DIR", "/srv/problem", "{dir}/problem"),
    ("TLS_DIR", "/etc/portal/tls", "{dir}/tls"),
    ("BACKUP_DIR", "/backups", "{dir}/backups"),
    ("PGDATA", "/var/lib/postgresql/data", "{dir}/{service}"),
    ("PGHOST", "/var/run/postgresql", "{dir}/run"),
    ("PGPORT", "5432", "{own_port}"),
    ("PRIMARY", "host=postgres port=5432", "host=127.0.0.1 port={postgres}"),
)
# Who a process is here; in its container it is the user of the image or of the file.
USERS = {"postgres": "postgres", "replica": "postgres"}
ORDINARY = "nobody"
# What the image sets (Dockerfile, ENV).
IMAGE = {
    "VAR_DIR": "{dir}/files",
    "STATIC_ROOT": "{dir}/static",
    "PROBLEM_DIR": "{dir}/problem",
    "PYTHONUNBUFFERED": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
}
PORTS = ("postgres", "replica", "redis", "web", "http", "https", "dns")
SECRETS = {
    name: name.lower().replace("_", "") * 6
    for name in (
        "SECRET_KEY",
        "POSTGRES_PASSWORD",
        "DATABASE_PASSWORD",
        "REPLICATION_PASSWORD",
        "REDIS_PASSWORD",
    )
}


@dataclass(frozen=True)
class Service:
    """One service of the file, its words as a shell or exec would get them."""

    name: str
    entrypoint: list[str]
    command: list[str]
    test: list[str]
    environment: dict[str, str]
    depends_on: dict[str, str]

    @property
    def user(self):
        return USERS.get(self.name, ORDINARY)

    def translated(self, places):
        """Its environment with every value that names a place of the container replaced."""
        values = dict(self.environment)
        for variable, there, here in TABLE:
            if there in values.get(variable, ""):
                values[variable] = values[variable].replace(there, here.format(**places))
        return values


@cache
def resolved(**environment):
    """The file as docker-compose reads it, replica and all."""
    said = subprocess.run(
        [
            *("docker-compose", "--env-file", ".env.example", "--profile", "replica"),
            *("--profile", "backup", "config"),
        ],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "LC_ALL": "C.UTF-8",
            "PORTAL_HOST": HOST,
            **SECRETS,
            **environment,
        },
        capture_output=True,
        check=True,
        text=True,
    )
    return yaml.safe_load(said.stdout)


def services(**environment):
    found = resolved(**environment)["services"]
    return {name: _service(name, one) for name, one in found.items()}


def _service(name, one):
    test = [word.replace("$$", "$") for word in one.get("healthcheck", {}).get("test", [])]
    if test:
        test = ["sh", "-c", test[1]] if test[0] == "CMD-SHELL" else test[1:]
    return Service(
        name=name,
        entrypoint=[word.replace("$$", "$") for word in one.get("entrypoint") or []],
        command=[word.replace("$$", "$") for word in one["command"]],
        test=test,
        environment={
            key: str(value).replace("$$", "$") for key, value in one["environment"].items()
        },
        depends_on={other: how["condition"] for other, how in one.get("depends_on", {}).items()},
    )
