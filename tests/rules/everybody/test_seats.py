"""A reader sees what his place sees, changes nothing by any address, and is offered nothing that
would be refused.

Addresses come from the URLconf and pages from the list that the browser goes through, so that a new
one is walked without being named here.
"""

import re
from functools import cache
from html.parser import HTMLParser
from itertools import chain, islice
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied
from django.urls import resolve, reverse

from config import seats
from registry import audit, enterprises
from registry.access import READING, Seat
from registry.audit import OWN_AFFAIRS, Verb
from registry.models import AuditEvent, User
from tests import build
from tests.browser import pages
from tests.rules import test_urls
from tests.rules.everybody import test_scope
from tests.rules.everybody.test_scope import client_of, shown
from tiers import workflow
from tiers.workflow import Action

PLACES = {"firm": "own", "county": "county", "city": "city", "province": "province"}
UNSAFE = ("post", "put", "patch", "delete")
#: So many links that are alike are followed.
ALIKE = 3
#: What only the person himself sees or has.
PERSONAL = {
    "registry.ApiToken",
    "registry.Notification",
    "registry.Delegation",
    "reports.Export",
    "tiers.Subscription",
    "tiers.Push",
}


def reader_beside(user):
    """A reader in the same place."""
    return User.objects.create_user(
        f"reader-{user.username}",
        password=build.PASSWORD,
        name="查阅人",
        role=user.role,
        authority=user.authority,
        enterprise=user.enterprise,
        seat=Seat.READER,
    )


@pytest.fixture(params=PLACES)
def place(request):
    return request.param


@pytest.fixture
def editor(scene, place):
    return scene.cast[PLACES[place]]


@pytest.fixture
def reader(editor):
    return reader_beside(editor)


# --- what he sees ---------------------------------------------------------------------------------


def test_reader_sees_the_rows_of_his_place(editor, reader):
    different = [
        name
        for name, model in test_scope.SCOPED.items()
        if name not in PERSONAL
        and set(model.objects.visible_to(reader)) != set(model.objects.visible_to(editor))
    ]

    assert different == []


#: The only elements that lead anywhere; the parser is spared all the others.
LEADING = re.compile(r"<(?:a|form|button|input)\s[^>]*>")


class Offers(HTMLParser):
    """Where the links and the posting forms of a page lead."""

    def __init__(self, path, html):
        super().__init__()
        self.path, self.links, self.posts = path, [], []
        self.feed("".join(LEADING.findall(html)))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "a" and given.get("href"):
            self.links.append(urldefrag(urljoin(self.path, given["href"])).url)
        if tag == "form" and given.get("method") == "post":
            self.posts.append(urljoin(self.path, given.get("action") or self.path))
        if given.get("formaction"):
            self.posts.append(urljoin(self.path, given["formaction"]))


def visits(scene, place):
    for name, found in pages.VISITS.items():
        for visit in found:
            if place in visit.roles:
                yield name, reverse(name, kwargs=visit.given(scene)) + visit.query(scene)


def posts_of(path, html):
    """The addresses a page sends a form to, but for what is a person's own affair."""
    return not_ones_own(Offers(path, html).posts)


def not_ones_own(sent):
    return [one for one in sent if resolve(urlsplit(one).path).view_name not in seats.OWN]


@cache
def kind_of(link):
    """Links to one page asked for in one way are alike, whatever row they lead to."""
    split = urlsplit(link)
    return resolve(split.path).view_name, frozenset(parse_qs(split.query, keep_blank_values=True))


def prepares(name, path, other):
    """Whether the page is there to send something: it has a form, or leads up to one."""
    leads_up = (
        "tiers:application_new",
        "tiers:library_hand_over",
        "tiers:library_steps",
        "tiers:library_drops",
        "tiers:desk_complete",
        "tiers:desk_urge",
        "tiers:honours_verify",
        "registry:invitation_code",
    )
    return name in leads_up or bool(posts_of(path, shown(other.get(path))))


def test_pages_open_and_offer_a_reader_nothing_that_is_refused(scene, place, editor, reader):
    client, other, faults, links = client_of(reader), client_of(editor), [], {}
    asked = {path for _, path in visits(scene, place)}

    for name, path in visits(scene, place):
        answer = client.get(path)
        if answer.status_code == 200:
            offers = Offers(path, shown(answer))
            if posts := not_ones_own(offers.posts):
                faults.append((name, posts))
            for link in offers.links:
                if link.startswith("/") and link not in asked:
                    links.setdefault(kind_of(link), {})[link] = name
        elif name in seats.OWN:
            assert answer.status_code in (302, 403, 404), name  # somebody else's own affair
        elif answer.status_code != 302 and not prepares(name, path, other):
            faults.append((name, answer.status_code, test_scope.crash(answer)))
    for link, name in chain.from_iterable(islice(few.items(), ALIKE) for few in links.values()):
        answer = client.get(link)
        text = shown(answer)  # reads files to their end
        if answer.status_code not in (200, 302):
            faults.append((name, "links to", link))
        elif posts := posts_of(link, text):
            faults.append((name, "links to", link, posts))

    assert faults == []


def test_forms_are_found_where_there_are_some(scene, place, editor):
    """Otherwise the test above would pass on pages that offer nothing to anybody."""
    client = client_of(editor)
    pages_of = dict(visits(scene, place)).items()
    found = (name for name, path in pages_of if posts_of(path, shown(client.get(path))))

    assert len(list(islice(found, 6))) == 6


def test_own_affairs_exist():
    assert set(seats.OWN) <= {name for name, _ in test_urls.ADDRESSES}


def test_badge_says_what_the_seat_is(editor, reader):
    assert "只读席位" in shown(client_of(reader).get("/messages/"))
    assert "只读席位" not in shown(client_of(editor).get("/messages/"))


# --- what he changes: nothing ---------------------------------------------------------------------


def states():
    """Every row of ours as it stands."""
    return {
        model._meta.label: sorted(map(repr, model._default_manager.values_list()))
        for model in apps.get_models()
        if model._meta.app_label in ("registry", "assessments", "tiers")
    }


def addresses(scene):
    for name, arguments in test_urls.ADDRESSES:
        if name.startswith("admin:"):
            continue
        if arguments and name in test_scope.ROWS:
            yield name, reverse(name, kwargs=test_scope.ROWS[name](scene)[0])
        else:
            yield name, test_urls.sample_path(name, arguments)


def test_no_address_changes_anything_for_a_reader(scene, reader):
    client, faults = client_of(reader), []
    before = states()

    for name, path in addresses(scene):
        if name in seats.OWN:
            continue
        for method in UNSAFE if name.startswith("api:") else ("post",):
            answer = getattr(client, method)(path, {"confirmed": "1", "step": "act"})
            allowed = (403, 404, 405)
            if answer.status_code not in allowed:
                faults.append((name, method, answer.status_code))

    assert faults == []
    assert states() == before


def test_refusal_says_why_on_the_page_and_in_the_api(scene):
    client = client_of(reader_beside(scene.cast["city"]))
    case = scene.firms["A"].submitted

    page = client.post(reverse("tiers:application_act", args=[case.pk]))
    api = client.post(
        reverse("api:application-act", args=[case.pk]),
        {"action": "complete"},
        content_type="application/json",
    )

    assert page.status_code == 403
    assert READING in shown(page)
    assert (api.status_code, api.json()["detail"]) == (403, READING)


def test_api_offers_a_reader_no_action(scene):
    client = client_of(reader_beside(scene.cast["county"]))

    row = client.get(reverse("api:application-detail", args=[scene.firms["A"].submitted.pk]))

    assert row.json()["allowed_actions"] == []


def test_doors_refuse_a_reader_who_came_past_the_pages(scene):
    officer = reader_beside(scene.cast["county"])
    staff = reader_beside(scene.cast["own"])
    firm = scene.firms["A"]
    before = AuditEvent.objects.count()

    for act in (
        lambda: workflow.act(
            firm.submitted, Action.COMPLETE, by=officer, at=build.DAY, opinion="同意"
        ),
        lambda: workflow.act(firm.submitted, Action.WITHDRAW, by=staff, at=build.DAY),
        lambda: enterprises.rename(
            firm.enterprise, "某某机械有限公司", document="通知书", by=staff, at=build.DAY
        ),
        lambda: enterprises.confirm(firm.claim, by=officer, at=build.DAY),
    ):
        with pytest.raises(PermissionDenied):
            act()

    firm.enterprise.refresh_from_db()
    assert firm.enterprise.name != "某某机械有限公司"
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("verb", [verb for verb in Verb if verb not in OWN_AFFAIRS])
def test_no_act_by_a_reader_leaves_a_line(verb):
    reader = User(pk=1, seat=Seat.READER)

    with pytest.raises(PermissionDenied):
        audit.event(verb, reader, by=reader, at=build.DAY)


def test_trail_refuses_an_act_whatever_door_forgot_to_ask(scene, transactional_line):
    with pytest.raises(PermissionDenied, match="只读席位"):
        transactional_line(reader_beside(scene.cast["city"]))
    transactional_line(scene.cast["city"])


@pytest.fixture
def transactional_line(scene):
    def write(user):
        return audit.record(
            audit.Verb.ROUND_CLOSE, scene.rounds["A"], by=user, at=build.DAY, path="/130000/"
        )

    return write


# --- his own account ------------------------------------------------------------------------------


def test_reader_keeps_his_own_affairs(scene):
    client = client_of(reader_beside(scene.cast["city"]))

    assert client.post("/messages/read-all/").status_code == 302
    assert client.post("/account/sessions/", {"end": "others"}).status_code == 302
    assert client.post("/logout/").status_code == 302
