"""The system's own Chromium, a server on the test's database, and an eye on what pages try to do.

Every test here fails if a page raised a script error, wrote an error to the console, broke the
content policy, or asked anybody but our server for anything.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from registry.models import User

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",  # the lane may run as root in a container; it opens only our own pages
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

expect.set_options(timeout=20_000)  # a busy machine is slow, not wrong


def pytest_collection_modifyitems(items):
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


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

    def open_window(user=None, *, width=1366, height=900, javascript=True, policy=True):
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            java_script_enabled=javascript,
            bypass_csp=not policy,
        )
        contexts.append(context)
        context.set_default_timeout(20_000)
        context.on("request", lambda request: _only_ours(request.url, live_server.url, wrongs))
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


def session_of(user, url):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def sign_in(page, username, password):
    """Through the sign-in page, as everybody does; test accounts share one password."""
    page.goto("/login/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/login/" not in url)


def _only_ours(url, server, wrongs):
    if urlsplit(url).netloc != urlsplit(server).netloc and not url.startswith(("data:", "blob:")):
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
