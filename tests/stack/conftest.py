"""One stack for the whole lane; every test here is of the lane ``stack``."""

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.conftest import PATIENCE, sign_in
from tests.browser.steps import NAME
from tests.stack.compose import HOST
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


@pytest.fixture(scope="session")
def world(stack):
    """What tests/stack/world.py made: the keys of a firm's factory and of a published one."""
    made = json.loads(stack.shell(f"from tests.stack import world; world.make({NAME!r})"))
    return SimpleNamespace(**made)


@pytest.fixture(scope="module")
def open_page(stack):
    """Opens a person's own window on the stack, signed in through the page if named."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    names = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, names])

        def open_window(*who):
            context = browser.new_context(
                base_url=stack.url,
                ignore_https_errors=True,  # the certificate is checked in test_front.py
                viewport={"width": 1366, "height": 900},
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
            )
            context.set_default_timeout(PATIENCE)
            page = context.new_page()
            if who:
                sign_in(page, *who)
            return page

        yield open_window
        browser.close()
