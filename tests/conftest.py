"""The cast and the world: every province is loaded once; who acts is made by the test naming him.

Tests that commit for real (``transaction=True``) find the tables emptied by the one before them;
``world`` loads again.
"""

import gc
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse
from pytest_django.plugin import blocking_manager_key

from registry.models import Authority, User
from tests import build


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, tmp_path_factory):
    settings.SIGNING_DIR = tmp_path_factory.mktemp("signing-keys")
    with django_db_blocker.unblock():
        note_migrations()
        build.world()


def note_migrations():
    """Tables made from the models count as migrated to the newest state (`/readyz` asks)."""
    recorder = MigrationRecorder(connection)
    recorder.ensure_schema()
    missing = MigrationLoader(connection).disk_migrations.keys() - recorder.applied_migrations()
    for app, name in sorted(missing):
        recorder.record_applied(app, name)


# The default suite runs without a browser and without what drives one.
collect_ignore = [
    folder
    for folder, needs in (
        ("browser", "playwright"),
        ("stack", "playwright"),
        ("api", "schemathesis"),
    )
    if find_spec(needs) is None
]


def pytest_collection_finish():
    """Modules, tests and parsed rules stay to the end: the collector need not go through them."""
    gc.collect()
    gc.freeze()


emptied = pytest.StashKey[bool]()
DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config, items):
    """A file none of whose tests can reach a database runs once, in the default suite.

    pytest-django stops whoever asks a database without saying so. Whoever starts processes of his
    own hands them the address of the database, and stays.
    """
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return
    reaching = {item.path for item in items if reaches_database(item)}
    config.hook.pytest_deselected(items=[item for item in items if item.path not in reaching])
    items[:] = [item for item in items if item.path in reaching]


def reaches_database(item):
    return (
        item.get_closest_marker("django_db") is not None
        or not DATABASE.isdisjoint(item.fixturenames)
        or hasattr(item.module, "subprocess")
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    """A test that commits leaves empty tables; on several cores others may come after it."""
    marker = item.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if item.session.stash.get(emptied, False) and not commits:
        with item.config.stash[blocking_manager_key].unblock():
            build.world()
        item.session.stash[emptied] = False
    if commits:
        item.session.stash[emptied] = True


@pytest.fixture(autouse=True)
def _own_ground(settings, tmp_path):
    """No upload reaches the real folder, no count survives into the next test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.WORKDAYS_DIR = tmp_path / "workdays"
    cache.clear()


@pytest.fixture
def world(db):
    if not Authority.objects.exists():
        build.world()


def shortened(settings, folder, following):
    """The same provinces; in Hebei nothing stands between recommendation and this step."""
    kept = Path(settings.POLICY_FOLDERS[0])
    for file in kept.glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        if file.stem == "hebei-2025":
            text = re.sub(
                rf'"recommend@city",.*?"{following}@',
                f'"recommend@city", "{following}@',
                text,
                count=1,
                flags=re.S,
            )
        (folder / file.name).write_text(text, encoding="utf-8")
    settings.POLICY_FOLDERS = [folder]


@pytest.fixture
def notice_chain(world, settings, tmp_path):
    """In Hebei nothing stands between recommendation and 公示."""
    shortened(settings, tmp_path, "publicise")


@pytest.fixture
def list_chain(world, settings, tmp_path):
    """In Hebei nothing stands between recommendation and 认定."""
    shortened(settings, tmp_path, "determine")


@pytest.fixture
def earlier_edition(world, settings, tmp_path):
    """Until the end of May 2026 the rules of Hebei ask for the conditions of 2024."""
    kept = Path(settings.POLICY_FOLDERS[0])
    for file in kept.glob("*.toml"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    text = (kept / "hebei-2025.toml").read_text(encoding="utf-8")
    later = text.replace("in_force_from = 2025-04-03", "in_force_from = 2026-06-01")
    (tmp_path / "hebei-2026.toml").write_text(later, encoding="utf-8")
    earlier = text.replace('standard = "elements-2025"', 'standard = "elements-2024"')
    (tmp_path / "hebei-2025.toml").write_text(earlier, encoding="utf-8")
    settings.POLICY_FOLDERS = [tmp_path]


@pytest.fixture
def day():
    """The morning on which a test happens unless it says otherwise."""
    return build.DAY


# --- authorities ----------------------------------------------------------------------------------


@pytest.fixture
def hebei(world):
    return build.authority("130000")


@pytest.fixture
def shijiazhuang(world):
    return build.authority("130100")


@pytest.fixture
def changan(world):
    return build.authority("130102")


@pytest.fixture
def tangshan(world):
    return build.authority("130200")


@pytest.fixture
def dingzhou(world):
    """A county that reports to the province like a city."""
    return build.authority("130682")


# --- people ---------------------------------------------------------------------------------------


@pytest.fixture
def county_officer(changan):
    return build.officer(changan, username="county-changan", name="县级甲")


@pytest.fixture
def city_officer(shijiazhuang):
    return build.officer(shijiazhuang, username="city-shijiazhuang", name="市级甲")


@pytest.fixture
def other_city_officer(tangshan):
    return build.officer(tangshan, username="city-tangshan", name="市级乙")


@pytest.fixture
def dingzhou_officer(dingzhou):
    return build.officer(dingzhou, username="city-dingzhou", name="市级丙")


@pytest.fixture
def province_officer(hebei):
    return build.officer(hebei, username="province-hebei", name="省级甲")


@pytest.fixture
def staff(changan):
    """The confirmed person of a firm in 长安区 that has no factory yet."""
    enterprise = build.enterprise_at(changan, name="石家庄甲机械有限公司")
    return build.person_for(enterprise, username="firm-1", name="企业甲")


@pytest.fixture
def rival_staff(changan):
    """The confirmed person of another firm in the same place."""
    enterprise = build.enterprise_at(changan, name="石家庄乙机械有限公司")
    return build.person_for(enterprise, username="firm-2", name="企业乙")


@pytest.fixture
def administrator(db):
    return User.objects.create_superuser("admin", password=build.PASSWORD, name="平台管理员")


@pytest.fixture
def as_user(client):
    """A client signed in as this person, without the sign-in page; its browser is noted already."""

    def sign_in(user):
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        client.get(reverse("registry:session"))
        return client

    return sign_in
