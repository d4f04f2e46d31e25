"""A reader sees what his place sees and changes nothing, on every page and by every address.

He walks all pages that his menu leads to, follows every link on them, and sends every form address
there is an empty and a plausible form.
"""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from registry import audit
from registry.access import Seat
from registry.audit import OWN_AFFAIRS, Verb
from registry.models import AuditEvent, User
from tests import build
from tests.rules.test_scope import ROWS
from tests.rules.test_urls import VIEWS

#: Addresses that a reader may send a form to: his own account and messages.
OWN = re.compile(
    r"^(registry:(message|messages|inbox|contacts)|account_|api:|admin:|healthz|readyz)"
)
LINK = re.compile(r'href="(/[^"#]*)')
FORM = re.compile(r'<form(?=[^>]*method="post")(?:[^>]*?action="([^"]*)")?[^>]*>')
OUTSIDE = re.compile(r"^/(static|logout|login|password|admin|api)\b")
OWN_FORMS = re.compile(
    r"^/(messages|logout|account|people/\d+/(hand-over|depart)|objections/receipt|notices/\d+/object)"
)


def walked(client, start="/home/"):
    """Every page that can be reached by links: (address, status, text)."""
    seen, todo, pages = set(), [start], []
    while todo and len(pages) < 150:
        address = todo.pop().replace("&amp;", "&")
        key = address.partition("?")[0]
        if key in seen or OUTSIDE.match(address):
            continue
        seen.add(key)
        answer = client.get(address)
        sent = b"".join(answer)
        text = "" if sent.startswith((b"%PDF", b"\xff\xd8")) else sent.decode()
        pages.append((address, answer.status_code, text))
        todo += LINK.findall(text) + ([answer.url] if answer.status_code == 302 else [])
    return pages


def forms(pages):
    """Every form on these pages that is sent to something else than the person's own affairs."""
    return [
        (address, action)
        for address, _, text in pages
        for action in FORM.findall(text)
        if not OWN_FORMS.match(action or address)
    ]


@pytest.fixture
def reader(scene):
    return build.seated(build.person_for(scene.firms["A"].enterprise), Seat.READER)


def test_reader_meets_no_page_that_turns_him_away(reader, as_user):
    pages = walked(as_user(reader))

    assert [address for address, status, _ in pages if status >= 400] == []
    assert len(pages) > 20


def test_reader_meets_no_form_that_would_change_something(reader, as_user):
    assert forms(walked(as_user(reader))) == []


def test_walk_finds_the_forms_of_others(scene, as_user):
    assert len(forms(walked(as_user(scene.cast["own"])))) > 10


def test_no_address_lets_a_reader_change_anything(scene, reader, as_user):
    client, before = as_user(reader), AuditEvent.objects.count()
    answers = {}

    for name, arguments, _ in VIEWS:
        given = ROWS[name](scene)[0] if name in ROWS else {}
        if OWN.match(name) or set(given) != set(arguments):
            continue
        answers[name] = client.post(reverse(name, kwargs=given), {"reason": "试"}).status_code

    assert AuditEvent.objects.count() == before
    assert len(answers) > 40
    assert {name: status for name, status in answers.items() if status >= 500} == {}


@pytest.mark.parametrize("verb", [v for v in Verb if v not in OWN_AFFAIRS])
def test_no_act_by_a_reader_leaves_a_line(verb):
    reader = User(pk=1, seat=Seat.READER)

    with pytest.raises(PermissionDenied):
        audit.event(verb, reader, by=reader, at=build.DAY)
