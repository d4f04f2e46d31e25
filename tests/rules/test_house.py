"""Rules of the house that a reader of one file cannot see broken."""

import ast
import io
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("config", "registry", "assessments", "tiers", "reports")
# Doors may read the clock: they fix the moment at which a request, a task or a command arrived.
DOORS = re.compile(r"(^|/)(middleware|admin|views|tasks|api|management)(/|\.py$)")

# Runs at an outsider's, as a command of his: it fixes the moment itself.
OUTSIDE = {"tiers/certificates/offline.py"}

PROVINCES = re.compile(
    "北京|天津|河北|山西|内蒙古|辽宁|吉林|黑龙江|上海|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南"
    "|广东|广西|海南|重庆|四川|贵州|云南|西藏|陕西|甘肃|青海|宁夏|新疆|石家庄|哈尔滨|合肥"
)
PROVINCE_CODE = re.compile(r"(?<!\d)(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])0000(?!\d)")


def sources():
    """Our own modules, without the migrations."""
    return sorted(
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts
    )


def name(path):
    return path.relative_to(ROOT).as_posix()


def provinces_in(text):
    return PROVINCES.findall(text) + PROVINCE_CODE.findall(text)


def clock_readings(text):
    found = re.findall(
        r"\b(?:timezone\.now\(|local(?:date|time)\(\)|date\.today\(|datetime\.now\(|utcnow\()", text
    )
    return [reading.rstrip("(") for reading in found]


def inline_code(html):
    """Inline style or script, which the content policy forbids."""
    html = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", html, flags=re.S)
    html = re.sub(r"{%.*?%}|{{.*?}}", "", html, flags=re.S)
    patterns = {
        "style attribute": r"<[^>]*\sstyle\s*=",
        "style element": r"<style\b",
        "event handler": r"<[^>]*\son[a-z]+\s*=",
        "inline script": r"<script\b(?![^>]*\bsrc\s*=)(?![^>]*type=\"application/json\")",
        "javascript address": r"(?:href|action)\s*=\s*[\"']?javascript:",
    }
    return [label for label, pattern in patterns.items() if re.search(pattern, html, re.I | re.S)]


def test_code_names_no_province():
    found = {
        name(path): words
        for path in sources()
        if (words := provinces_in(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize("line", ["if code == '130000':", "# 河北省的做法", "x = 340000"])
def test_provinces_are_recognised(line):
    assert len(provinces_in(line)) == 1


def test_rules_do_not_read_the_clock():
    found = {
        name(path): readings
        for path in sources()
        if not DOORS.search(name(path))
        and name(path) not in OUTSIDE
        and (readings := clock_readings(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    "line",
    ["at = timezone.now()", "on = localdate()", "date.today() > end", "datetime.now(tz=UTC)"],
)
def test_clock_readings_are_recognised(line):
    assert len(clock_readings(line)) == 1


def test_templates_have_no_inline_code():
    found = {
        name(path): labels
        for path in sorted((ROOT / "templates").rglob("*.html"))
        if (labels := inline_code(path.read_text(encoding="utf-8")))
    }

    assert found == {}


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p style="color:red">', ["style attribute"]),
        ("<style>p{}</style>", ["style element"]),
        ('<a href="#" onclick="go()">', ["event handler"]),
        ("<script>go()</script>", ["inline script"]),
        ('<a href="javascript:go()">', ["javascript address"]),
        ('<script src="/static/js/portal.js" defer></script>', []),
        ("{% comment %}<style>{% endcomment %}", []),
        ('<a href="x"{% if one == two %} class="on"{% endif %}>', []),
    ],
)
def test_inline_code_is_recognised(html, expected):
    assert inline_code(html) == expected


def test_models_and_migrations_agree(db):
    out = io.StringIO()

    call_command("makemigrations", check_changes=True, dry_run=True, stdout=out, verbosity=1)

    assert out.getvalue() == "No changes detected\n"


def test_nothing_outside_the_project_is_read():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split("\0")
    place = re.compile(r"\.\./shared|(?<!\w)/(work|root)/")
    found = [
        path
        for path in listed
        if path
        and path != name(Path(__file__))
        and (ROOT / path).suffix not in {".png", ".ico", ".woff2"}
        and (ROOT / path).is_file()
        and place.search((ROOT / path).read_text(encoding="utf-8", errors="ignore"))
    ]

    assert found == []


def test_only_psycopg2_speaks_to_postgresql():
    # Django prefers psycopg 3 wherever it finds it, and would then test another driver.
    assert find_spec("psycopg") is None
    assert connection.vendor in {"sqlite", "postgresql"}


# Declared packages that work without an import of ours.
UNSEEN = {
    "argon2-cffi": "called by Django's hasher",
    "gunicorn": "started by deploy/ and the container",
    "tzdata": "read by zoneinfo",
    "whitenoise": "named in the middleware",
    "django-htmx": "named in the middleware and templates",
}


def declared_packages():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {Requirement(line).name.lower() for line in project["dependencies"]}


def imported_packages():
    """The names by which the packages that our modules import are installed."""
    owners = packages_distributions()
    tops = {
        top
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for top in imported_tops(node)
    }
    return {owner.lower() for top in tops for owner in owners.get(top, [])}


def test_every_imported_package_is_declared():
    # asgiref arrives with Django, which exists to bring it.
    assert imported_packages() - declared_packages() - {"asgiref"} == set()


def test_every_declared_package_is_used():
    assert declared_packages() - imported_packages() == set(UNSEEN)


@pytest.mark.parametrize("group", ["", "test", "dev"])
def test_lock_holds_what_is_declared(group):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    wanted = project["project"]["dependencies"] + (groups[group] if group else [])
    names = {Requirement(line).name.lower() for line in wanted if isinstance(line, str)}
    lock = ROOT / (f"requirements-{group}.txt" if group else "requirements.txt")
    pinned = re.findall(r"^([a-z0-9._-]+)==", lock.read_text(encoding="utf-8"), re.M)

    assert names - set(pinned) == set()


def imported_tops(node):
    if isinstance(node, ast.Import):
        return {alias.name.split(".")[0] for alias in node.names}
    if isinstance(node, ast.ImportFrom) and node.module:
        return {node.module.split(".")[0]}
    return set()
