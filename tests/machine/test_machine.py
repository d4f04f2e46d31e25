"""Runs of thirty acts chosen at random, after each of which everything must hold.

Four shards of fifty, so that two cores share them. What fails is shrunk to the shortest run that
fails, printed as the acts to repeat.
"""

import random
import secrets

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from registry.models import Authority
from tests import build
from tests.machine import world as worlds
from tests.machine.advance import Advance
from tests.machine.endings import Endings
from tests.machine.titles import Titles

SHARDS, RUNS, STEPS = 4, 50, 30


class Machine(Advance, Titles, Endings):
    pass


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory):
    files = tmp_path_factory.mktemp("machine")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=files), transaction.atomic():
        if not Authority.objects.exists():
            build.world()
        yield worlds.make()
        transaction.set_rollback(True)


@pytest.mark.machine
@pytest.mark.parametrize("shard", range(SHARDS))
def test_everything_holds_after_every_act(world, db, shard, monkeypatch):
    # Draws of the portal repeat with the run, so that a failing one can be shrunk.
    monkeypatch.setattr(secrets, "token_hex", lambda size: random.randbytes(size).hex())
    monkeypatch.setattr(Machine, "world", world, raising=False)
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
            print_blob=True,
        ),
    )
