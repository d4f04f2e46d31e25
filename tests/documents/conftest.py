"""The world of documents: what offices have put out."""

import pytest

from tests import build
from tests.tiers.conftest import review_chain  # noqa: F401

PUBLISHED = build.moment("2026-03-03 09:00")


@pytest.fixture
def shown(notice_chain, hebei, city_officer):
    """A published notice of two cases."""
    office = build.officer(hebei, name="省级甲"), build.officer(hebei, name="省级乙")
    cases = [build.at_notice() for _ in range(2)]
    return build.published_notice(cases[0].round, office, at=PUBLISHED)
