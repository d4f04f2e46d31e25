"""The ways to each state lead there, and a fully answered assessment stays cheap."""

import pytest

from registry.policy import Tier
from tests import build


@pytest.mark.parametrize("tier", list(Tier))
def test_answers_reach_exactly_the_tier(staff, changan, tier):
    factory = build.factory_at(changan, enterprise=staff.enterprise)

    assert build.locked_assessment(factory, tier).reached_tier == tier


@pytest.mark.parametrize(
    ("stage", "status"),
    [
        ("draft", "draft"),
        ("submitted", "in_progress"),
        ("returned", "returned"),
        ("certified", "certified"),
        ("rejected", "rejected"),
        ("withdrawn", "withdrawn"),
    ],
)
def test_application_is_at_its_stage(world, stage, status):
    assert build.application_at(stage).status == status


def test_lists_are_at_their_stage(world, tangshan, dingzhou, shijiazhuang, hebei):
    assert build.draft_list(factories=2).status == "draft"
    assert build.filed_list(tangshan).status == "filed"
    assert build.returned_list(dingzhou).status == "returned"
    assert build.acknowledged_list(shijiazhuang, factories=2).status == "acknowledged"
