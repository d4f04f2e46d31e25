"""The demo world: made by the real acts, once, and only where it is a demo."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.demo_world import PASSWORD
from registry.models import Enterprise, User
from tiers.models import Application, Certification, FilingList

ACCOUNTS = [
    "admin",
    "city-dingzhou",
    "city-haerbin",
    "city-hefei",
    "city-shijiazhuang",
    "city-tangshan",
    "city-wuhu",
    "county-changan",
    "county-daoli",
    "firm-1",
    "firm-2",
    "province-anhui",
    "province-hebei",
    "province-heilongjiang",
]


PROVINCES = ("130000", "230000", "340000")


def shows_a_public_title(province):
    titles = Certification.objects.published()
    return titles.filter(factory__authority__path__startswith=f"/{province}/").exists()


def seed():
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def signs_in(client, name):
    answer = client.post("/login/", {"username": name, "password": PASSWORD})
    client.logout()
    return answer.status_code == 302


def test_demo_shows_every_state_and_is_made_once(db, client):
    seed()

    assert Enterprise.objects.count() >= 110
    assert [name for name in ACCOUNTS if not signs_in(client, name)] == []
    assert set(Application.objects.values_list("status", flat=True)) == set(
        Application.Status.values
    )
    assert set(Certification.objects.values_list("source", flat=True)) == set(
        Certification.Source.values
    )
    assert {code for code in PROVINCES if not shows_a_public_title(code)} == set()
    before = User.objects.count(), Certification.objects.count(), FilingList.objects.count()
    assert seed() == "已有数据，不再建立演示数据。\n"
    assert (
        User.objects.count(),
        Certification.objects.count(),
        FilingList.objects.count(),
    ) == before


def test_demo_is_refused_in_production(db, settings):
    settings.PORTAL_MODE = "production"

    with pytest.raises(CommandError):
        seed()

    assert User.objects.exists() is False
