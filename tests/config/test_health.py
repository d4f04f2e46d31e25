"""What the supervisor is told."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from config import health


@pytest.fixture(autouse=True)
def _nothing_remembered():
    health._nothing_to_migrate.cache_clear()
    yield
    health._nothing_to_migrate.cache_clear()


@pytest.mark.django_db
def test_ready_names_every_part(client):
    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.content.decode() == "database ok\nmigrations ok\nbroker ok\n"


@pytest.mark.django_db
def test_database_older_than_the_code_is_not_ready(client):
    last = MigrationRecorder(connection).migration_qs.filter(app="tiers").order_by("-pk").first()
    last.delete()

    answer = client.get("/readyz")

    assert answer.status_code == 503
    assert answer.content.decode() == "database ok\nmigrations away\nbroker ok\n"


@pytest.mark.django_db
def test_broker_that_is_away_is_named_and_hinders_nobody(client, settings):
    settings.BROKER_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.content.decode() == "database ok\nmigrations ok\nbroker away\n"
