"""The nation that `make bench` makes is one the portal itself could have made."""

import random

import pytest
from django.db import connection
from django.urls import reverse

from assessments import scoring, standard
from assessments.models import Answer, Assessment
from bench import expiry
from bench.nation import Sizes, copying, fitting, make, room, top_up_titles
from registry import creditcode
from registry.audit import Verb
from registry.models import AuditEvent, Enterprise, Factory, User
from tests import build
from tiers import certification, chain
from tiers.models import Application, Certification

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

SIZES = Sizes(enterprises=60, factories=75, assessments=100, titles=50, events=400, cases=70)


@pytest.fixture
def nation(world):
    return make(SIZES, say=lambda text: None)


def sample(model, count=12):
    rows = list(model.objects.order_by("pk"))
    return random.Random(6).sample(rows, count)


def test_nation_is_acceptable_to_the_portal(nation, client):
    counts = [m.objects.count() for m in (Enterprise, Factory, Assessment, Certification)]
    events = AuditEvent.objects.exclude(verb=Verb.SIGNING_KEY_MAKE)
    assert (*counts, events.count(), Application.objects.count()) == SIZES.whole
    filled = Enterprise, Factory, User, Assessment, Certification, Application, Answer
    for model in filled:
        for row in sample(model):
            unnumbered = getattr(row, "number", "") is None
            row.full_clean(exclude=["password", "number"] if unnumbered else ["password"])
    for firm in Enterprise.objects.all():
        assert creditcode.clean(firm.credit_code) == firm.credit_code
    for answer in sample(Answer, 100):
        edition = standard.get(answer.assessment.standard)
        assert scoring.field_errors(edition, answer.item, answer.value) == [], answer.item
    for title in sample(Certification):
        issued = AuditEvent.objects.get(verb="certification.issue", target_id=title.pk)
        assert issued.data == certification.replay(title)


def test_nations_pages_answer(nation, client):
    title = Certification.objects.filter(ending="").first()
    client.force_login(
        build.officer(build.authority(title.factory.authority.province_code)),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    found = client.get(reverse("tiers:register_search"), {"q": title.factory.enterprise.name})
    assert title.factory.name in found.content.decode()
    found = client.get(reverse("tiers:title_list"), {"q": title.printed_credit_code})
    assert title.factory.name in found.content.decode()
    found = client.get(reverse("registry:enterprise_list"), {"q": title.printed_credit_code})
    assert title.factory.enterprise.name in found.content.decode()


def test_nation_is_the_same_every_time_and_at_every_scale(nation):
    small = list(Enterprise.objects.filter(pk__lte=20).values())
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE registry_enterprise CASCADE")

    make(Sizes(20, 25, 25, 1, 1, 1), say=lambda text: None)

    assert list(Enterprise.objects.values()) == small


def test_night_and_its_floor_write_the_same_rows(nation):
    top_up_titles(nation, 120)

    measured = expiry.measure(number_of_turns=1)

    assert "15 due titles of 120" in measured.name


def test_many_lines_come_in_the_order_of_their_numbers():
    count = copying.CHUNK * 6 + 5

    parts = list(copying._parts(count, lambda n: (f"{n}a", f"{n}b")))

    assert b"".join(part for _, part in parts).decode().split() == [
        f"{n}{sign}" for n in range(1, count + 1) for sign in "ab"
    ]
    assert sum(lines for lines, _ in parts) == 2 * count


def test_cases_are_as_their_states_have_them(nation):
    waiting = Application.objects.filter(status="in_progress")
    assert waiting.exists()
    for case in waiting:
        assert chain.current_step(case) is not None
        assert chain.handling_authority(case) is not None
        assert case.decisions.count() == 1 + chain.steps_for(case).index(chain.current_step(case))
    for case in Application.objects.filter(status="certified"):
        last = case.decisions.order_by("pk").last()
        assert (last.action, last.authority.kind) == ("complete", chain.steps_for(case)[-1].level)


def test_desk_of_the_nation_answers(nation, client):
    case = Application.objects.filter(status="in_progress").order_by("pk").first()
    office = chain.handling_authority(case)
    client.force_login(
        User.objects.get(authority=office), backend="django.contrib.auth.backends.ModelBackend"
    )

    found = client.get(reverse("tiers:desk"), {"q": case.number})

    assert case.factory.name in found.content.decode()


def test_scale_is_the_largest_that_fits():
    room_for_a_tenth = room.needs(0.1)

    assert fitting(None, 600, room_for_a_tenth) == 0.1
    with pytest.raises(SystemExit, match="smaller --scale"):
        fitting(0.2, 600, room_for_a_tenth)


def test_scale_is_the_largest_there_is_time_for():
    half = room.seconds(0.5) / 60

    assert [fitting(None, one, room.needs(1)) for one in (600, half - 1)] == [1.0, 0.2]
    assert fitting(0.5, 1, room.needs(1)) == 0.5


def test_server_stands_in_memory_only_where_the_nation_fits(monkeypatch):
    memory, disk = room.PLACES
    free = {memory: room.needs(0.1), disk: room.needs(1)}
    monkeypatch.setattr(room, "free_bytes", free.get)

    assert [room.place(one, 600) for one in (0.1, 0.2, None)] == [memory, disk, disk]
