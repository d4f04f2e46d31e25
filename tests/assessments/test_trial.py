"""Answers judged by another edition or other gates: reached, missed, or not to be told."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.urls import reverse

from assessments import assessment as self_assessment
from assessments import scoring, standard
from assessments.assessment.acts import INSTANCE_FIELDS
from assessments.scoring import Instance
from registry.policy import Tier
from tests import build

E24, E25 = standard.get("elements-2024"), standard.get("elements-2025")
BASIC, ADVANCED, EXCELLENT, LEADING = Tier


def changed(edition, **words):
    """The same edition with other words for a condition, or with one more of basic production."""
    kept = tuple(replace(c, text=words[c.id]) if c.id in words else c for c in edition.conditions)
    more = replace(edition.condition("basic.production.1"), id="basic.production.9", text="新条款")
    return replace(
        edition, code="elements-2028", conditions=(*kept, more) if "more" in words else kept
    )


def given(tier, edition=E25):
    """Answers that reach just this tier, and what proves them."""
    answers = build.answers_for(tier, edition.code)
    return answers, {c.id for c in build.conditions_for(tier, edition.code)}


def judged(tried, own, tier, instances=(), gates=None):
    answers, proved = given(tier, own)
    found = scoring.judge(tried, gates, own, answers, instances, proved)
    return found.surely, found.at_most


AI = [Instance(101, "甲", True)]
NO_AI = [Instance(101, "甲", False)]


@pytest.mark.parametrize(
    ("tried", "own", "tier", "instances", "expected"),
    [
        (E25, E25, ADVANCED, [], (ADVANCED, ADVANCED)),
        (E24, E25, EXCELLENT, NO_AI, (EXCELLENT, EXCELLENT)),
        (E25, E25, EXCELLENT, NO_AI, (ADVANCED, ADVANCED)),
        # Nobody was asked in 2024 which scenarios use AI.
        (E25, E24, EXCELLENT, NO_AI, (ADVANCED, EXCELLENT)),
        (E25, E24, LEADING, [], (ADVANCED, LEADING)),
        (E25, E24, EXCELLENT, AI, (EXCELLENT, EXCELLENT)),
        (E25, E24, ADVANCED, [], (ADVANCED, ADVANCED)),
    ],
    ids=lambda value: getattr(value, "code", None),
)  # fmt: skip
def test_bounds_between_two_editions(tried, own, tier, instances, expected):
    assert judged(tried, own, tier, instances) == expected


def test_condition_that_was_not_asked_leaves_the_tier_open():
    found = scoring.judge(changed(E25, more="1"), None, E25, *_with(ADVANCED))

    assert (found.surely, found.at_most) == (None, ADVANCED)
    assert [one.item for one in found.unasked[BASIC]] == ["basic.production.9"]
    assert found.missed[BASIC] == ()


def test_condition_in_other_words_was_not_asked():
    anew = changed(E25, **{"advanced.management.1": "另一种说法"})
    found = scoring.judge(anew, None, E25, *_with(ADVANCED))

    assert (found.surely, found.at_most) == (BASIC, ADVANCED)


def test_what_was_asked_and_is_missing_is_missed():
    answers, instances, proved = _with(ADVANCED)
    del answers["basic.production.2"]
    found = scoring.judge(changed(E25, more="1"), None, E25, answers, instances, proved)

    assert (found.surely, found.at_most) == (None, None)
    assert [one.item for one in found.missed[BASIC]] == ["basic.production.2"]


def _with(tier):
    answers, proved = given(tier)
    return answers, [], proved


def test_other_gates_of_the_province():
    gates = {BASIC: {"maturity_level": 3}}

    assert judged(E25, E25, ADVANCED, gates=gates) == (None, None)
    assert judged(E25, E25, ADVANCED, gates={ADVANCED: {"ai_share": Decimal("0.1")}}) == (
        BASIC,
        BASIC,
    )


@pytest.mark.parametrize(
    ("level", "expected"),
    [(None, (None, LEADING)), (1, (None, None)), (2, (None, ADVANCED)), (3, (None, EXCELLENT))],
)
def test_of_a_factory_without_an_assessment_only_the_level_is_known(level, expected):
    found = scoring.unassessed(E25, None, level)

    assert (found.surely, found.at_most) == expected


def test_own_edition_tells_what_scoring_tells():
    answers, instances, proved = _with(ADVANCED)
    own = scoring.score(E25, answers, instances, proved)
    again = scoring.judge(E25, None, E25, answers, instances, proved)

    assert scoring.verdict(own).surely == own.tier == again.surely == again.at_most == ADVANCED
    assert dict(again.missed) == dict(scoring.verdict(own).missed)


def test_assessment_of_2024_names_stages_and_is_not_asked_for_ai(earlier_edition, changan):
    own = build.open_assessment(build.factory_at(changan))
    by = build.staff_of(own.factory.enterprise)
    fields = dict.fromkeys(INSTANCE_FIELDS[2:-2], "") | {"effect": "", "uses_ai": False}
    self_assessment.save_instance(
        own, {**fields, "scenario_no": 108, "name": "排产"}, by=by, at=build.DAY
    )
    sheet = self_assessment.sheet(own, EXCELLENT)
    row = next(part for part in sheet.parts if part.id == "scenarios").rows[0]

    assert own.standard == "elements-2024"
    assert (row.clause, row.label) == ("计划调度 — 计划调度环节", "")
    assert sheet.result.ai.text == "这一版要素条件不要求"


def test_copy_to_the_later_edition_leaves_instances_of_stages_behind(earlier_edition, changan):
    factory = build.factory_at(changan)
    own = build.answered(build.open_assessment(factory), EXCELLENT)
    by = build.staff_of(factory.enterprise)
    fields = dict.fromkeys(INSTANCE_FIELDS, "") | {"scenario_no": 101, "name": "规划"}
    self_assessment.save_instance(own, {**fields, "uses_ai": False}, by=by, at=build.DAY)
    own = self_assessment.lock(own, by=by, at=build.DAY)
    copy = self_assessment.copy_from(own, by=by, at=build.moment("2026-06-02 09:00"))

    assert (own.standard, own.reached_tier) == ("elements-2024", "excellent")
    assert copy.standard == "elements-2025"
    assert (copy.instances.count(), copy.answers.count()) == (0, own.answers.count())


def test_form_of_2024_offers_stages_and_does_not_ask_for_ai(earlier_edition, changan, as_user):
    own = build.open_assessment(build.factory_at(changan))
    client = as_user(build.staff_of(own.factory.enterprise))
    path = reverse("assessments:instance_new", args=[own.pk])
    page = client.get(path).content.decode()
    sent = client.post(path, {"scenario_no": "108", "name": "总装线排产"})

    assert "计划调度环节" in page
    assert "生产计划优化" not in page
    assert "人工智能" not in page
    assert sent.status_code == 302
    assert own.instances.values_list("scenario_no", "uses_ai").get() == (108, False)
    for name in ("section", "result", "assessment_print"):
        more = ["scenarios"] if name == "section" else []
        shown = client.get(reverse(f"assessments:{name}", args=[own.pk, *more]))
        assert shown.status_code == 200
