"""The province's unified identity in a browser: linked to an account, then the way in, with scripts
and without.
"""

import re
from datetime import datetime

import pytest
from playwright.sync_api import expect

from registry.models import AuditEvent
from tests import build
from tests.provider import faults
from tests.provider.running import running


@pytest.fixture
def provider(settings, live_server, tmp_path):
    settings.SIGN_IN_GUARDS = True
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET = "portal", faults.SECRET
    settings.OIDC_NAME = "省统一身份认证"
    back, clock = f"{live_server.url}/login/unified/back/", datetime.now().astimezone().isoformat()
    with running(tmp_path, back, clock) as url:
        settings.OIDC_SERVER_URL = url
        yield url


def go_through(page, name):
    """Sign in at the provider, where the portal has led the browser, and come back."""
    page.get_by_label("姓名").fill(name)
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize("javascript", [True, False], ids=["scripts", "no scripts"])
def test_person_links_the_identity_and_signs_in_with_it(
    shijiazhuang, open_browser, provider, javascript
):
    person = build.staff_of(build.enterprise_at(shijiazhuang))
    page = open_browser(javascript=javascript, guest=provider)
    page.goto("/login/")
    page.get_by_label("用户名").fill(person.username)
    page.get_by_label("密码").fill(build.PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("button", name="退出")).to_be_visible()

    page.goto("/account/security/")
    page.get_by_role("button", name="关联").click()
    go_through(page, "li")
    expect(page.get_by_role("button", name="解除关联")).to_be_visible()
    assert AuditEvent.objects.filter(verb="identity.link", actor_id=person.pk).count() == 1
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("link", name="登录").first).to_be_visible()
    page.context.clear_cookies()

    page.goto("/login/?next=/messages/")
    page.get_by_role("button", name="省统一身份认证登录").click()
    go_through(page, "li")

    expect(page).to_have_url(re.compile("/messages/$"))
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def test_identity_that_nobody_linked_is_told_so_and_opens_nothing(
    shijiazhuang, open_browser, provider
):
    page = open_browser(guest=provider)

    page.goto("/login/")
    page.get_by_role("button", name="省统一身份认证登录").click()
    go_through(page, "nobody")

    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/login/unified/"))
    expect(page.get_by_role("button", name="退出")).to_have_count(0)
