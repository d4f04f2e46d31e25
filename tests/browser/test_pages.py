"""Every page for every role: axe, one heading, a title of its own, no sideways scroll at 320 px.

The pages come from the URLconf; one without an entry in ``pages`` fails, and so does one that
somebody can open who is not named there.
"""

from collections import defaultdict
from urllib.parse import unquote

import pytest
from django.urls import reverse

from tests.browser import axe, pages
from tests.rules import test_urls

NAMES = {name for name, _ in test_urls.ADDRESSES}
OURS = {n for n in NAMES if not n.startswith(("admin:", "api:"))} | {"api:docs"}


@pytest.fixture
def stage(live_server, world):
    return pages.make_scene()


def address(visit, name, scene):
    return reverse(name, kwargs=visit.given(scene)) + visit.query(scene)


def test_every_address_has_its_visits_or_a_reason():
    assert {*pages.VISITS, *pages.NO_PAGE} ^ OURS == set()
    assert set(pages.VISITS) & set(pages.NO_PAGE) == set()


@pytest.mark.parametrize("role", pages.ROLES)
def test_pages_of_a_role(stage, open_browser, role):
    scene, people = stage
    page = open_browser(people[role])
    faults, titles = [], defaultdict(set)

    for name, visits in pages.VISITS.items():
        for visit in visits:
            path = address(visit, name, scene)
            if role not in visit.roles:
                open_to_all = name in test_urls.PUBLIC or "?" in path
                if not open_to_all and page.request.get(path, max_redirects=0).status == 200:
                    faults.append((path, "opened without a visit"))
                continue
            answer = page.goto(path)
            if answer.status != 200 or not unquote(page.url).endswith(path):
                faults.append((path, answer.status, page.url))
                continue
            titles[page.title()].add(name)
            own = name != "api:docs"
            public = ("moderate",) if own and role == "stranger" else ()
            found = axe.faults_of(page, impacts=("serious", "critical", *public), own=own)
            faults += [(path, fault) for fault in found]

    faults += [(title, names) for title, names in titles.items() if len(names) > 1]
    assert faults == [], "\n".join(map(str, faults))
