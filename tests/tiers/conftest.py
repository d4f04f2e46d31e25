"""An edition with a short chain, so that one stage is tried without those before it."""

import re

import pytest

from registry.policy import Tier
from registry.policy.editions import FOLDER
from tests import build

ADVANCED = """[tiers.advanced]
steps = ["recommend@city", "inspect@province", "meet@province", "determine@province"]
requires = "basic"
prerequisite = "title"
inspection_share = 0.5

"""
BASIS = '[basis]\n"tiers.advanced" = { confidence = "INF", source = "试验用" }\n'


@pytest.fixture
def short_chain(world, settings, tmp_path):
    """A later edition of Hebei in which a recommended case is inspected at once."""
    text = (FOLDER / "hebei-2025.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^\[+tiers\.advanced\b.*?(?=^\[(?!\[?tiers\.advanced)|^#)", "", text)
    text = re.sub(r'(?m)^"tiers\.advanced.*\n', "", text)
    text = re.sub(r"in_force_from = [\d-]+", "in_force_from = 2026-01-01", text)
    text = text.replace("[basis]\n", ADVANCED + BASIS)
    (tmp_path / "hebei-short.toml").write_text(text, encoding="utf-8")
    settings.POLICY_FOLDERS = [*settings.POLICY_FOLDERS, tmp_path]


@pytest.fixture
def batch(short_chain, hebei, province_officer):
    """A round of the province under the short chain."""
    return build.open_round(hebei, Tier.ADVANCED)


@pytest.fixture
def second(hebei, province_officer):
    """A colleague in the province's office."""
    return build.officer(hebei, username="province-second", name="省级乙")


@pytest.fixture
def arrive(batch, city_officer):
    """Recommended cases that wait for their site check."""

    def come(number=1):
        return [build.decide(build.candidate(), by=city_officer) for _ in range(number)]

    return come
