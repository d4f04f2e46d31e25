"""One stack for the whole lane; every test here is of the lane ``stack``."""

from pathlib import Path

import pytest

from tests.stack.reaper import members
from tests.stack.stack import Stack

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.stack)


@pytest.fixture(scope="session")
def stack():
    with Stack() as running:
        yield running
    assert list(members(running.dir)) == []
    assert not running.dir.exists()
