"""One stack for the lane ``faults``, people with work to hand in, and the record of what was
tried.
"""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import psycopg2
import pytest
from celery import Celery

from tests.faults.post import Post
from tests.faults.record import Record
from tests.stack.logs import until
from tests.stack.stack import Stack

HERE = Path(__file__).parent
FIRMS, FIRST, REST = 5, 4, 10


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def post():
    server = Post()
    yield server
    server.close()


@pytest.fixture(scope="session")
def stack(post):
    mail = {"MESSAGE_EMAIL_URL": post.url, "MESSAGE_EMAIL_FROM": "portal@portal.test"}
    with Stack(replica=False, **mail) as running:
        yield running


@pytest.fixture(scope="session")
def drafts(stack):
    """Takes so many cases of each firm that nobody has taken yet."""
    code = f"from tests.faults import world; world.make({FIRMS}, {FIRST}, {REST})"
    batches = ["first.json", "rest.json"]
    left = {}

    def take(each):
        while not left or min(map(len, left.values())) < each:
            batch = stack.dir / "tmp" / "web-1" / batches.pop(0)
            until(partial(_there, batch, making), patience=180)
            if not batch.exists():
                making.result()
            for name, cases in json.loads(batch.read_text()).items():
                left.setdefault(name, []).extend(cases)
        return {name: [cases.pop() for _ in range(each)] for name, cases in left.items()}

    with ThreadPoolExecutor(1) as background:
        making = background.submit(stack.manage, "shell", "--no-imports", "-c", code)
        yield take
        making.result()


def _there(batch, making):
    return batch.exists() or making.done()


@pytest.fixture
def ending(stack, drafts):
    """Makes titles that ended yesterday."""
    drafts(0)  # the world is there

    def make(number):
        code = f"from tests.faults import world; world.ending({number})"
        return json.loads(stack.shell(code))

    return make


@pytest.fixture
def connect(stack):
    """Opens connections to the database as its superuser; each statement is its own."""
    opened = []

    def open_one():
        database = psycopg2.connect(
            host=str(stack.dir / "run"),
            port=stack.ports["postgres"],
            user="postgres",
            dbname="portal",
        )
        database.autocommit = True
        opened.append(database)
        return database

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture(scope="session")
def heard(stack):
    """How often beat had told of the messages when Redis came back."""
    return {}


@pytest.fixture
def tell(stack):
    """Gives the workers a task, as beat does."""
    password = stack.services["redis"].environment["REDISCLI_AUTH"]
    app = Celery(broker=f"redis://:{password}@127.0.0.1:{stack.ports['redis']}/0")
    app.conf.broker_connection_retry_on_startup = True
    yield lambda name: app.send_task(f"config.tasks.{name}", ignore_result=True)
    app.close()


@pytest.fixture(scope="session")
def record(request):
    """What was tried and what came of it; written to the file that QUALITY names if all is well."""
    kept = Record()
    yield kept
    if (path := os.environ.get("QUALITY")) and not request.session.testsfailed:
        kept.write(Path(path))
