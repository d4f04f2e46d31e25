"""The nation that `make bench` makes is one the portal itself could have made."""

import random

import pytest
from django.db import connection
from django.urls import reverse

from assessments import scoring, standard
from assessments.models import Answer, Assessment
from bench import expiry
from bench.nation import Sizes, fitting, make, making, top_up_titles
from registry import creditcode
from registry.audit import Verb
from registry.models import AuditEvent, Enterprise, Factory, User
from tests import build
from tiers import certification
from tiers.models import Certification

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]

SIZES = Sizes(enterprises=60, factories=75, assessments=100, titles=50, events=400)


@pytest.fixture
def nation(world):
    return make(SIZES, say=lambda text: None)


def sample(model, count=12):
    rows = list(model.objects.order_by("pk"))
    return random.Random(6).sample(rows, count)


def test_nation_is_acceptable_to_the_portal(nation, client):
    counts = [m.objects.count() for m in (Enterprise, Factory, Assessment, Certification)]
    events = AuditEvent.objects.exclude(verb=Verb.SIGNING_KEY_MAKE)
    assert (*counts, events.count()) == SIZES.whole
    for model in (Enterprise, Factory, User, Assessment, Certification, Answer):
        for row in sample(model):
            row.full_clean(exclude=["password"])
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

    make(Sizes(20, 25, 1, 1, 1), say=lambda text: None)

    assert list(Enterprise.objects.values()) == small


def test_night_and_its_floor_write_the_same_rows(nation):
    top_up_titles(nation, 120)

    measured = expiry.measure(number_of_turns=1)

    assert "15 due titles of 120" in measured.name


def test_scale_is_the_largest_that_fits(monkeypatch):
    monkeypatch.setattr(making, "free_bytes", lambda: making.SPARE + 50_000 * making.EACH)

    assert fitting(None, minutes=600) == 0.1
    with pytest.raises(SystemExit, match="smaller --scale"):
        fitting(0.2, minutes=600)


def test_scale_is_the_largest_there_is_time_for(monkeypatch):
    monkeypatch.setattr(making, "free_bytes", lambda: making.SPARE + 500_000 * making.EACH)
    half = making.seconds(0.5) / 60

    assert [fitting(None, minutes=one) for one in (600, half - 1)] == [1.0, 0.2]
    assert fitting(0.5, minutes=1) == 0.5
