"""The same form sent twice makes one row and gives one answer; a changed one is another form."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from assessments.models import Measure, ScenarioInstance
from config import once
from registry.models import Enterprise, Factory, SentForm, VetoEvent
from tests import build
from tiers.models import Round

PLACE = {"division_0": "130000", "division_1": "130100", "division_2": "130102"}
SEAT = {name.replace("division", "seat"): code for name, code in PLACE.items()}


@pytest.fixture
def cast(changan):
    factory = build.factory_at(changan)
    return {
        "factory": factory,
        "firm": build.staff_of(factory.enterprise),
        "county": build.officer(changan),
        "city": build.officer(changan.parent),
        "opened": build.open_assessment(factory),
    }


def new_measure(cast):
    given = {"gap": "采集率低", "action": "加装", "owner": "设备部", "due_on": "2027-03-01"}
    return {"factory": cast["factory"].pk, "status": "planned", **given}


#: model, who, address, what is typed
FORMS = {
    "factory": (Factory, "firm", "/factories/new/", lambda c: {"name": "二号工厂", **PLACE}),
    "enterprise": (
        Enterprise,
        "county",
        "/enterprises/new/",
        lambda c: {"credit_code": build.credit_code(), "name": "长安区新机械有限公司", **SEAT},
    ),
    "round": (
        Round,
        "city",
        "/rounds/new/",
        lambda c: {"tier": "basic", "title": "第一批", "opens_on": "2026-11-01"},
    ),
    "measure": (Measure, "firm", "/plans/new/", new_measure),
    "instance": (
        ScenarioInstance,
        "firm",
        "/assessments/{opened.pk}/instances/new/",
        lambda c: {"scenario_no": 1, "name": "总装线检测", "uses_ai": 0},
    ),
    "veto event": (
        VetoEvent,
        "county",
        "/enterprises/{factory.enterprise_id}/veto/new/",
        lambda c: {"kind": "credit", "grade": "", "happened_on": "2026-01-05", "note": "通报"},
    ),
}


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def number_in(page):
    return re.search(r'name="once" value="(\w+)"', page.content.decode())[1]


@pytest.mark.parametrize("kind", FORMS)
def test_same_form_twice_is_one_row(cast, kind):
    model, who, address, typed = FORMS[kind]
    client, address = signed_in(cast[who]), address.format(**cast)
    given = typed(cast) | {"once": number_in(client.get(address))}
    before = model.objects.count()

    first, second = (client.post(address, given) for _ in range(2))

    assert (first.status_code, second.status_code) == (302, 302), first.content.decode()
    assert first.url == second.url
    assert model.objects.count() - before == 1
    assert "已经提交过" in client.get(first.url).content.decode()


def test_changed_content_is_another_form(cast):
    client = signed_in(cast["firm"])
    given = new_measure(cast) | {"once": number_in(client.get("/plans/new/"))}

    client.post("/plans/new/", given)
    client.post("/plans/new/", given | {"gap": "另一处差距"})

    assert Measure.objects.count() == 2


def test_same_content_from_a_page_opened_anew_is_another_form(cast):
    client = signed_in(cast["firm"])

    for _ in range(2):
        given = new_measure(cast) | {"once": number_in(client.get("/plans/new/"))}
        client.post("/plans/new/", given)

    assert Measure.objects.count() == 2


def test_refused_form_may_be_sent_again(cast):
    client = signed_in(cast["firm"])
    given = {"name": "二号工厂", **PLACE, "once": number_in(client.get("/factories/new/"))}

    refused = client.post("/factories/new/", given | {"name": ""})

    assert (refused.status_code, SentForm.objects.count()) == (200, 0)
    assert client.post("/factories/new/", given).status_code == 302


def test_without_the_number_each_one_counts(cast):
    """What the tests above prove is the number's doing."""
    client = signed_in(cast["firm"])

    for _ in range(2):
        client.post("/plans/new/", new_measure(cast))

    assert Measure.objects.count() == 2


def test_one_person_does_not_answer_for_another(cast):
    given = new_measure(cast) | {"once": "a" * 32}
    colleague = build.person_for(cast["factory"].enterprise, name="同事")

    for user in (cast["firm"], colleague):
        signed_in(user).post("/plans/new/", given)

    assert Measure.objects.count() == 2


def test_notes_are_forgotten_after_a_week(db):
    for days in (6, 8):
        SentForm.objects.create(digest=str(days), at=build.DAY - timedelta(days=days))

    assert once.forget(build.DAY) == 1
    assert SentForm.objects.get().digest == "6"


@pytest.mark.django_db(transaction=True)
def test_two_copies_at_the_same_moment_are_one(cast):
    given = {"kind": "credit", "grade": "", "happened_on": "2026-01-05", "once": "b" * 32}
    address = f"/enterprises/{cast['factory'].enterprise_id}/veto/new/"
    clients = [signed_in(cast["county"]) for _ in range(3)]
    barrier = Barrier(3)

    def send(client):
        barrier.wait(timeout=30)
        try:
            return client.post(address, given).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(send, clients))

    assert (answers, VetoEvent.objects.count()) == ([302] * 3, 1)
