"""One scene for all tests of this folder: made once, rolled back when the last of them is done."""

from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import override_settings

from registry.models import Authority
from tests import build
from tests.rules.everybody import scene as scenes


@pytest.fixture(scope="package")
def _scene(django_db_setup, django_db_blocker, tmp_path_factory):
    files = tmp_path_factory.mktemp("scene")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=files), transaction.atomic():
        if not Authority.objects.exists():
            build.world()
        yield SimpleNamespace(made=scenes.make(), files=files)
        transaction.set_rollback(True)


@pytest.fixture
def scene(_scene, db, settings):
    settings.MEDIA_ROOT = _scene.files
    return _scene.made
