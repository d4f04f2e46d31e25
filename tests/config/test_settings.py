"""Production starts only when it has been told everything."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "SECRET_KEY": "k" * 60,
    "ALLOWED_HOSTS": "portal.example",
    "DATABASE_URL": "postgres://portal@db/portal",
    "BROKER_URL": "redis://broker:6379/0",
}


def load(tmp_path, **environment):
    """Read the settings in a process of their own; its exit status and what it said."""
    plain = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    result = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env={**plain, "VAR_DIR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    return result.returncode, result.stderr


def named(pattern, *place):
    return set(re.findall(pattern, ROOT.joinpath(*place).read_text(), re.MULTILINE))


#: What the images set, what only tests and other ways of running need, and what has one answer
#: behind the shipped proxy.
NOT_ASKED = {
    "VAR_DIR", "MEDIA_ROOT", "SIGNING_DIR", "STATIC_ROOT", "POLICY_FOLDERS", "WORKDAYS_DIR",
    "PUSH_TO_LOCAL", "CSRF_TRUSTED_ORIGINS", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD",
}  # fmt: skip


def test_every_setting_reaches_the_containers():
    read = named(r'\benv(?:\.\w+)?\(\s*"([A-Z_]+)"', "config", "settings.py")
    passed_on = named(r"^ +([A-Z_]+):", "docker-compose.yml")

    assert read - passed_on == NOT_ASKED


def test_example_holds_exactly_what_the_containers_ask_for():
    asked = named(r"\$\{([A-Z_]+)", "docker-compose.yml")

    assert named(r"^([A-Z_]+)=", ".env.example") == asked


def test_production_starts_with_everything_given(tmp_path):
    assert load(tmp_path, **GIVEN) == (0, "")


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_production_refuses_without_each(tmp_path, missing):
    status, said = load(tmp_path, **{key: GIVEN[key] for key in GIVEN if key != missing})

    assert status == 1
    assert f"Production needs these environment variables: {missing}." in said


def test_production_refuses_sqlite(tmp_path):
    status, said = load(tmp_path, **GIVEN | {"DATABASE_URL": "sqlite:////tmp/x.sqlite3"})

    assert status == 1
    assert "Production runs on PostgreSQL" in said


def test_unknown_mode_is_refused(tmp_path):
    status, said = load(tmp_path, PORTAL_MODE="production ", **GIVEN)

    assert status == 1
    assert "PORTAL_MODE" in said


def test_demo_key_is_made_once_and_kept_private(tmp_path):
    assert load(tmp_path, PORTAL_MODE="demo")[0] == 0
    key = (tmp_path / "secret-key").read_text()
    assert load(tmp_path, PORTAL_MODE="demo")[0] == 0

    assert (tmp_path / "secret-key").read_text() == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"MESSAGE_SMS_URL": "http://sms.example"}, "must begin with https://"),
        ({"MESSAGE_SMS_URL": "ftp://sms.example"}, "must begin with https://"),
        ({"MESSAGE_SMS_URL": "https://sms.example"}, "needs MESSAGE_SMS_SECRET"),
        ({"MESSAGE_EMAIL_URL": "smtp://u:p@mail.example:25"}, "needs MESSAGE_EMAIL_FROM"),
    ],
)
def test_half_a_gateway_is_refused(tmp_path, given, said):
    status, words = load(tmp_path, **GIVEN, **given)

    assert status == 1
    assert said in words


def test_production_starts_with_both_gateways(tmp_path):
    gateways = {
        "MESSAGE_EMAIL_URL": "submission://user:secret@mail.example:587",
        "MESSAGE_EMAIL_FROM": "portal@portal.example",
        "MESSAGE_SMS_URL": "https://sms.example/send",
        "MESSAGE_SMS_SECRET": "s" * 32,
        "MESSAGE_SMS_TEMPLATES": "case.returned=SMS_1001,title.expiring=SMS_1002",
    }

    assert load(tmp_path, **GIVEN, **gateways) == (0, "")


def test_production_refuses_sqlite_for_the_replica(tmp_path):
    status, said = load(tmp_path, **GIVEN | {"DATABASE_REPLICA_URL": "sqlite:////tmp/x.sqlite3"})

    assert status == 1
    assert "DATABASE_REPLICA_URL names SQLite" in said


def test_empty_optional_settings_are_as_good_as_none(tmp_path):
    """docker-compose.yml hands over every variable, also those that nobody has set."""
    empty = dict.fromkeys(
        (
            "CACHE_URL",
            "DATABASE_REPLICA_URL",
            "MESSAGE_EMAIL_FROM",
            "MESSAGE_EMAIL_URL",
            "MESSAGE_SMS_SECRET",
            "MESSAGE_SMS_TEMPLATES",
            "MESSAGE_SMS_URL",
            "SITE_NAME",
        ),
        "",
    )

    assert load(tmp_path, **GIVEN, **empty) == (0, "")
