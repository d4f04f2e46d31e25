"""The system's own Chromium, a server on the test's database, and an eye on what pages try to do.

Every test here fails if a page raised a script error, wrote an error to the console, broke the
content policy, or asked anybody but our server for anything.

What a page shows after an act is waited for (``expect``, ``steps.send``, ``becomes``): nothing is
read right after a click, and nothing sleeps for a time that should be enough.
"""

import os
import sqlite3
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import pytest
import time_machine
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from registry.models import User
from tests import authenticator, build
from tests.browser import pages
from tests.browser.chromium import CHROMIUM, FLAGS

HERE = Path(__file__).parent
PATIENCE = 60_000  # a busy machine is slow, not wrong
#: The slowest begin first, so that no core waits for another at the end.
SLOWEST = ("test_whole_round", "test_pages_of_a_role", "test_refused_forms", "test_basic_tier")

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.browser)
    if len(ours) == len(items):
        items.sort(key=lambda item: not item.name.startswith(SLOWEST))


@pytest.fixture(autouse=True)
def _morning():
    """Every test begins at ten on the same Wednesday: none runs over midnight, into a holiday or
    into another year.
    """
    with time_machine.travel(build.moment("2026-11-18 10:00"), tick=True):
        yield


@pytest.fixture(scope="session")
def live_server(live_server):
    """Answers one request at a time: on SQLite all its threads share the test's one connection, and
    two transactions on it would end each other.
    """
    server, turn = live_server.thread.httpd, Lock()
    answer = server.get_app()

    def in_turn(environ, start_response):
        with turn:
            return answer(environ, start_response)

    server.set_app(in_turn)
    return live_server


@pytest.fixture(scope="session")
def chromium():
    # Playwright keeps an event loop in this thread; Django would refuse the ORM beside it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium, live_server):
    """Opens a person's own browser window; what goes wrong in it fails the test at its end.

    A ``User`` is signed in already; a pair of name and password goes through the sign-in page.
    """
    wrongs, contexts = [], []

    def open_window(
        user=None, *, width=1366, height=900, javascript=True, policy=True, guest=live_server.url
    ):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            bypass_csp=not policy,
        )
        contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on(
            "request", lambda request: _only_ours(request.url, live_server.url, guest, wrongs)
        )
        context.on("weberror", lambda error: wrongs.append(f"script error: {error.error}"))
        context.on("console", lambda message: _nothing_said(message, wrongs))
        if isinstance(user, User):
            context.add_cookies([session_of(user, live_server.url)])
        page = context.new_page()
        if isinstance(user, tuple):
            sign_in(page, *user)
        return page

    yield open_window
    for context in contexts:
        context.close()
    assert wrongs == []


class Kept:
    """A database as it was, with what a test has to know of it."""

    def __init__(self, made, folder):
        self.made, self.folder = made, folder
        self.copy = sqlite3.connect(":memory:", check_same_thread=False)
        connection.connection.backup(self.copy)

    def lay(self):
        self.copy.backup(connection.connection)
        ContentType.objects.clear_cache()
        return self.made


@pytest.fixture(scope="session")
def keeper(tmp_path_factory):
    """Makes a world once; every further test finds it as it was made, files and all."""
    kept = {}

    def lay(make):
        if make in kept:
            settings.MEDIA_ROOT = kept[make].folder
            return kept[make].lay()
        settings.MEDIA_ROOT = folder = tmp_path_factory.mktemp("kept")
        made = make()
        kept[make] = Kept(made, folder)
        return made

    yield lay
    for one in kept.values():
        one.copy.close()


@pytest.fixture
def stage(live_server, world, keeper):
    """The scene of the page tests and its people; who opens pages changes nothing of it."""
    return keeper(pages.make_scene)


def becomes(page, question, *given):
    """Whether the page comes to answer this with yes; a policy without eval forbids Playwright's
    own way of waiting.
    """
    for _ in range(PATIENCE // 50):
        if page.evaluate(question, *given):
            return True
        page.wait_for_timeout(50)
    return False


def session_of(user, url):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def sign_in(page, username, password):
    """Through the sign-in page, as everybody does, with a code from whoever is asked for one; test
    accounts share one password.
    """
    page.goto("/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login/" not in url or "second-step" in url)
    if "second-step" in page.url:
        page.get_by_label("验证码").fill(authenticator.code_for(username))
        page.get_by_role("button", name="登录", exact=True).click()
        page.wait_for_url(lambda url: "/login/" not in url)


def _only_ours(url, server, guest, wrongs):
    """``guest`` is the one other server that the page is meant to lead to."""
    known = {urlsplit(server).netloc, urlsplit(guest).netloc}
    if urlsplit(url).netloc not in known and not url.startswith(("data:", "blob:")):
        wrongs.append(f"asked a stranger: {url}")


def _nothing_said(message, wrongs):
    """A page that answers 403 or 422 is written to the console by the browser itself."""
    said = message.text
    refused = said.startswith("Failed to load resource: the server responded with a status of 4")
    cut = said.endswith("net::ERR_INTERNET_DISCONNECTED")  # by the test itself
    if (
        message.type == "error"
        and not cut
        and (not refused or "/static/" in message.location["url"])
    ):
        wrongs.append(f"console: {said} ({message.location['url']})")
