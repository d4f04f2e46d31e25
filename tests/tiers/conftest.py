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
REVIEW = """review = { sheet = "score-sheet-2026", experts = 2, spread = 15, recent_years = 3 }
"""
BASIS = '[basis]\n"tiers.advanced" = { confidence = "INF", source = "试验用" }\n'


def write_edition(settings, folder, advanced):
    """A later edition of Hebei with these rules of the advanced tier."""
    text = (FOLDER / "hebei-2025.toml").read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^\[+tiers\.advanced\b.*?(?=^\[(?!\[?tiers\.advanced)|^#)", "", text)
    text = re.sub(r'(?m)^"tiers\.advanced.*\n', "", text)
    text = re.sub(r"in_force_from = [\d-]+", "in_force_from = 2026-01-01", text)
    text = text.replace("[basis]\n", advanced + BASIS)
    (folder / "hebei-short.toml").write_text(text, encoding="utf-8")
    settings.POLICY_FOLDERS = [*settings.POLICY_FOLDERS, folder]


@pytest.fixture
def short_chain(world, settings, tmp_path):
    """In Hebei a recommended case is inspected at once."""
    write_edition(settings, tmp_path, ADVANCED)


@pytest.fixture
def review_chain(world, settings, tmp_path):
    """In Hebei a recommended case goes to two experts, then it is inspected."""
    rules = ADVANCED.replace('"inspect@', '"review@province", "inspect@')
    rules = rules.replace("0.5\n", f"0.5\n{REVIEW}")
    write_edition(settings, tmp_path, rules)


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
