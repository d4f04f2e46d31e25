"""Every page for every role: axe, one heading, a title of its own, no sideways scroll at 320 px.

The pages come from the URLconf; one without an entry in ``pages`` fails, and so does one that
somebody can open who is not named there.
"""

from collections import defaultdict
from urllib.parse import unquote

import pytest
from django.contrib import admin
from django.urls import reverse

from registry.models import User
from tests.browser import axe, pages
from tests.rules import test_urls

NAMES = {name for name, _ in test_urls.ADDRESSES}
AWAY = (*pages.ELSEWHERE, *pages.TOGETHER, *pages.IMPORTING)
OURS = {n for n in NAMES if not n.startswith(("admin:", "api:"))} | {"api:docs"}


def address(visit, name, scene):
    return reverse(name, kwargs=visit.given(scene)) + visit.query(scene)


def test_every_address_has_its_visits_or_a_reason():
    assert {*pages.VISITS, *pages.NO_PAGE} ^ OURS == set()
    assert set(pages.VISITS) & set(pages.NO_PAGE) == set()


@pytest.mark.parametrize("role", [*pages.ROLES, *AWAY])
def test_pages_of_a_role(stage, open_browser, role):
    scene, people = stage
    page = open_browser(people[role])
    faults, titles = [], defaultdict(set)

    for name, visits in pages.VISITS.items():
        for visit in visits:
            path = address(visit, name, scene)
            if role not in visit.roles:
                away = role in AWAY
                asked = name not in test_urls.PUBLIC and not away
                if (
                    asked
                    and "?" not in path
                    and page.request.get(path, max_redirects=0).status == 200
                ):
                    faults.append((path, "opened without a visit"))
                continue
            answer = page.goto(path)
            if answer.status != 200 or not unquote(page.url).endswith(path):
                faults.append((path, answer.status, page.url))
                continue
            titles[page.title()].add(name)
            public = ("moderate",) if role == "stranger" else ()
            found = axe.faults_of(page, impacts=("serious", "critical", *public))
            faults += [(path, fault) for fault in found]

    faults += [(title, names) for title, names in titles.items() if len(names) > 1]
    assert faults == [], "\n".join(map(str, faults))


def admin_addresses():
    """The administrator's pages; where one asks for a row, the newest of its kind."""
    models = {f"admin:{m._meta.label_lower.replace('.', '_')}": m for m in admin.site._registry}
    for name, arguments in test_urls.ADDRESSES:
        if not name.startswith("admin:") or name.split(":")[1] in NO_ADMIN_PAGE:
            continue
        given = {key: test_urls.SAMPLES[key] for key in arguments}
        model = models.get(name.rpartition("_")[0], User)
        newest = model.objects.order_by("-pk").values_list("pk", flat=True).first() or 1
        given |= {key: newest for key in given if key in ("object_id", "id")}
        yield reverse(name, kwargs=given)


NO_ADMIN_PAGE = {"logout", "autocomplete", "jsi18n", "view_on_site", "?"}


def test_pages_of_the_administration(stage, open_browser):
    _, people = stage
    # To measure Django's own pages axe styles elements of its own, which the policy forbids.
    watched = open_browser(people["administrator"])
    page = open_browser(people["administrator"], policy=False)
    faults, seen = [], 0

    for path in admin_addresses():
        if watched.request.get(path, max_redirects=0).status != 200:
            continue
        watched.goto(path)
        page.goto(path)
        seen += 1
        faults += [(path, fault) for fault in axe.faults_of(page, own=False)]

    assert faults == [], "\n".join(map(str, faults))
    assert seen >= 15


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("stranger", "/no-such-page/", 404),
        ("stranger", "/register/987654321/", 404),
        ("firm", "/desk/", 403),
        ("city", "/applications/987654321/", 404),
    ],
)
def test_problem_pages(stage, open_browser, role, path, status):
    _, people = stage
    page = open_browser(people[role])

    answer = page.goto(path)

    assert (answer.status, axe.faults_of(page)) == (status, [])
