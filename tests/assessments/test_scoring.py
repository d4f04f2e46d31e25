"""The result of a self-assessment: tiers, maturity arithmetic, coverage, shares, and the form."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments import standard
from assessments.scoring import (
    Instance,
    field_errors,
    kpi_change,
    score,
    section_state,
    sections,
    weights,
)
from registry.policy import Tier

EDITION = standard.get("elements-2025")
MODEL = EDITION.maturity
COMPARISON = {
    "indicator": "全员劳动生产率",
    "own": "52.3",
    "reference": "41",
    "year": 2025,
    "source": "省统计年鉴",
}
PLATFORM = {"level": 2, "score": 2.35, "date": "2026-03-31", "report_no": "CMMM-2026-001"}
BASIC, ADVANCED, EXCELLENT, LEADING = Tier


def conditions(tier, *dimensions):
    """Yes to every condition up to a tier in the dimensions named, or in all of them."""
    wanted = dimensions or [d.id for d in [*EDITION.dimensions, EDITION.results]]
    return {
        c.id: {"met": "yes", "how": "已建成"}
        for dimension in wanted
        for c in EDITION.conditions_for(dimension, tier)
    }


def maturity(*levels, kind="discrete", value=1):
    """The same answer for every subdomain of the levels named."""
    rows = {f"cmmm.{no}.{s.id}": value for no in levels for s in MODEL.subdomains}
    return {"maturity.source": "own", "maturity.kind": kind, **rows}


def answers(tier, levels):
    return {
        **{basic.id: "yes" for basic in EDITION.basics},
        **conditions(tier),
        **maturity(*levels),
        "perf.1": COMPARISON,
    }


def proofs(given):
    return {item for item in given if item in EDITION.condition_ids}


def judged(given, instances=(), evidenced=None, **more):
    return score(
        EDITION, given, instances, proofs(given) if evidenced is None else evidenced, **more
    )


def ai(with_ai, total):
    return [Instance(20, f"实例{n}", n < with_ai) for n in range(total)]


def codes(result, tier):
    return sorted({finding.code for finding in result.gaps(tier)})


# Tiers -------------------------------------------------------------------------------------------


def test_nothing_answered_reaches_nothing_and_fails_nowhere():
    result = judged({})

    assert (result.tier, result.next_tier) == (None, BASIC)
    assert codes(result, BASIC) == [
        "basic.unanswered",
        "condition.unanswered",
        "maturity.unanswered",
        "performance.missing",
    ]


@pytest.mark.parametrize(
    ("tier", "levels", "with_ai", "expected"),
    [
        (BASIC, [1, 2], 0, BASIC),
        (BASIC, [1], 0, None),
        (ADVANCED, [1, 2], 0, ADVANCED),
        (ADVANCED, [1], 0, None),
        (EXCELLENT, [1, 2, 3], 2, EXCELLENT),
        (EXCELLENT, [1, 2], 2, ADVANCED),
        (LEADING, [1, 2, 3, 4], 6, LEADING),
        (LEADING, [1, 2, 3], 6, EXCELLENT),
        (LEADING, [1, 2, 3, 4], 5, EXCELLENT),
        (LEADING, [1, 2, 3, 4], 1, ADVANCED),
        (LEADING, [2, 3, 4], 6, None),
    ],
)
def test_tier_needs_conditions_maturity_and_share(tier, levels, with_ai, expected):
    assert judged(answers(tier, levels), ai(with_ai, 10)).tier == expected


def test_basic_needs_only_the_conditions_of_production():
    given = answers(BASIC, [1, 2])
    for dimension in ("construction", "design", "management", "operation"):
        for condition in EDITION.conditions_for(dimension, BASIC):
            del given[condition.id]

    assert judged(given).tier == BASIC


@pytest.mark.parametrize("dimension", ["production", "management", "operation"])
def test_advanced_needs_three_dimensions(dimension):
    given = answers(ADVANCED, [1, 2])
    given[f"advanced.{dimension}.1"] = {"met": "no", "how": "计划明年建成"}

    result = judged(given)

    assert result.tier == BASIC
    assert [(f.code, f.item, f.own) for f in result.gaps(ADVANCED)] == [
        ("condition.unmet", f"advanced.{dimension}.1", "不满足")
    ]


def test_lower_condition_left_open_uncovers_the_higher_tier():
    given = answers(ADVANCED, [1, 2])
    given["basic.operation.1"] = {"met": "no"}

    result = judged(given)

    assert result.dimensions["operation"].covered == ()
    assert result.tier == BASIC


@pytest.mark.parametrize("basic", [b.id for b in EDITION.basics])
@pytest.mark.parametrize("answer", ["no", None])
def test_every_basic_requirement_is_needed(basic, answer):
    assert judged(answers(BASIC, [1, 2]) | {basic: answer}).tier is None


def test_evidence_missing_makes_a_met_condition_count_for_nothing():
    given = answers(BASIC, [1, 2])
    evidenced = proofs(given) - {"basic.production.2"}

    result = judged(given, evidenced=evidenced)

    assert result.tier is None
    assert result.condition("basic.production.2").label == "自评满足，缺佐证材料"
    assert [(f.code, f.item) for f in result.gaps(BASIC)] == [
        ("condition.no_evidence", "basic.production.2")
    ]


def test_uncovered_dimension_of_excellent_needs_a_reason():
    given = answers(EXCELLENT, [1, 2, 3])
    given["basic.design.1"] = {"met": "no"}

    bare = judged(given, ai(1, 1))
    explained = judged(given | {"exception.excellent": "按图加工，不做产品设计"}, ai(1, 1))

    assert (bare.tier, explained.tier) == (ADVANCED, EXCELLENT)
    assert [f.item for f in explained.tiers[EXCELLENT].warnings] == ["basic.design.1"]


def test_uncovered_dimension_of_leading_is_a_bar_whatever_the_reason():
    given = answers(LEADING, [1, 2, 3, 4]) | {
        "exception.excellent": "无",
        "exception.leading": "无",
    }
    given["basic.design.1"] = {"met": "no"}

    assert judged(given, ai(1, 1)).tier == EXCELLENT


def test_blank_reason_is_no_reason():
    given = answers(EXCELLENT, [1, 2, 3]) | {"exception.excellent": "  "}
    given["basic.design.1"] = {"met": "no"}

    assert judged(given, ai(1, 1)).tier == ADVANCED


def test_results_are_needed_from_excellent_upward():
    given = answers(EXCELLENT, [1, 2, 3])
    del given["excellent.results.2"]

    assert codes(judged(given, ai(1, 1)), EXCELLENT) == ["condition.unanswered"]


@pytest.mark.parametrize("missing", ["indicator", "own", "reference", "year", "source"])
def test_comparison_counts_only_when_complete(missing):
    given = answers(BASIC, [1, 2]) | {"perf.1": COMPARISON | {missing: ""}}

    assert codes(judged(given), BASIC) == ["performance.missing"]
    assert judged(given | {"perf.3": COMPARISON}).tier == BASIC


def test_province_may_set_a_gate_differently():
    given = answers(BASIC, [1])
    lower = {BASIC: {"maturity_level": 1}}

    assert judged(given).tier is None
    assert judged(given, tiers_overrides=lower).tier == BASIC


def test_gaps_say_what_is_there_and_what_is_asked():
    finding = judged(answers(BASIC, [1])).gaps(BASIC)[0]

    assert finding.clause == "基础级要素条件·智能制造能力成熟度"
    assert finding.own == "规划级（1级），1.0000分（企业自评）"
    assert finding.required == "规范级（2级）及以上"


# The share of AI ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("with_ai", "total", "expected"),
    [
        (1, 5, EXCELLENT),
        (19, 100, ADVANCED),
        (20, 100, EXCELLENT),
        (59, 100, EXCELLENT),
        (60, 100, LEADING),
        (3, 5, LEADING),
        (199, 1000, ADVANCED),
        (0, 0, ADVANCED),
    ],
)
def test_share_of_ai_reaches_its_bar_exactly(with_ai, total, expected):
    given = answers(LEADING, [1, 2, 3, 4])

    assert judged(given, ai(with_ai, total)).tier == expected


@pytest.mark.parametrize(
    ("with_ai", "total", "text"),
    [(1, 5, "1÷5=20%"), (1, 3, "1÷3=33.33%"), (2, 3, "2÷3=66.66%"), (0, 4, "0÷4=0%"),
     (10, 10, "10÷10=100%"), (0, 0, "尚未填写场景实例")],
)  # fmt: skip
def test_share_shows_both_counts_and_rounds_down(with_ai, total, text):
    assert judged({}, ai(with_ai, total)).ai.text == text


# Maturity ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "level", "total"),
    [([], 0, "0"), ([1], 1, "1"), ([1, 2], 2, "2"), ([1, 2, 3, 4, 5], 5, "5"),
     ([2], 0, "0"), ([1, 3], 1, "1")],
)  # fmt: skip
def test_levels_are_counted_upward_to_the_first_not_met(levels, level, total):
    result = judged(maturity(*levels)).maturity

    assert (result.level, result.score) == (level, Decimal(total))


def test_level_is_met_from_four_fifths():
    at, below = (
        judged(maturity(1, value=0.8)),
        judged(maturity(1, value=0.8) | {"cmmm.1.sales": 0.5}),
    )

    assert (at.maturity.level, at.maturity.score) == (1, Decimal("1.0000"))
    # 77 % × 13 % of the whole, answered 0.3 lower.
    assert (below.maturity.level, below.maturity.score) == (0, Decimal("0.7699"))


def test_score_just_below_the_threshold_is_not_met():
    model_answers = maturity(1, value=1)
    # Organisation, skills and integration (3 + 3 + 2.97) at 0, sales and logistics (10.01 each) at
    # 0.5, storage (5.1744) at 0.8: the sum stays below, by less than a hundredth.
    model_answers |= {f"cmmm.1.{s}": 0 for s in ("organisation", "skills", "integration")}
    model_answers |= {"cmmm.1.sales": 0.5, "cmmm.1.logistics": 0.5, "cmmm.1.storage": 0.8}

    one = judged(model_answers).maturity.levels[0]

    assert one.score == Decimal("0.7998")
    assert one.met is False


@pytest.mark.parametrize("cut", [[], ["sales"], ["product-design", "process-design"], ["network"]])
@pytest.mark.parametrize("kind", ["discrete", "process"])
def test_rescaled_weights_still_meet_the_threshold_exactly(kind, cut):
    given = maturity(1, kind=kind, value=0.8) | {f"cmmm.na.{s}": "本厂没有这项业务" for s in cut}

    assert judged(given).maturity.level == 1


def test_process_industry_is_judged_on_eighteen_subdomains():
    result = judged(maturity(1, kind="process", value=0.8)).maturity
    judged_on = [line.subdomain.id for line in result.levels[0].lines]

    assert len(judged_on) == 18
    assert {"product-design", "product-service"} & set(judged_on) == set()
    assert sum(line.weight for line in result.levels[0].lines) == 100


def test_cut_subdomain_leaves_its_weight_to_its_neighbour():
    whole, cut = (
        weights(MODEL, "discrete"),
        weights(MODEL, "discrete", frozenset({"product-design"})),
    )

    assert whole["process-design"] == Fraction(5005, 1000)
    assert cut["process-design"] == Fraction(1001, 100)
    assert {k: v for k, v in cut.items() if k != "process-design"} == {
        k: v for k, v in whole.items() if k not in ("process-design", "product-design")
    }


def test_cut_domain_leaves_its_weight_to_its_element():
    cut = weights(MODEL, "discrete", frozenset({"sales"}))

    assert cut["logistics"] == Fraction(77 * 13, 87)
    assert sum(cut.values()) == 100


def test_everything_cut_reaches_no_level():
    given = maturity(1) | {f"cmmm.na.{s.id}": "不适用" for s in MODEL.subdomains}

    assert judged(given).maturity.level == 0


def test_cut_without_a_reason_is_no_cut():
    given = maturity(1, value=0.8) | {"cmmm.na.sales": " "}

    assert judged(given).maturity.cuts == ()


@given(
    st.sets(st.sampled_from([s.id for s in MODEL.subdomains])),
    st.sampled_from(list(standard.KINDS)),
)
@settings(deadline=None, max_examples=80)
def test_weights_always_sum_to_100(cut, kind):
    found = weights(MODEL, kind, frozenset(cut))

    assert sum(found.values()) == (100 if found else 0)


def test_arithmetic_is_written_out():
    given = maturity(1, 2) | {"cmmm.3.data": 1, "cmmm.3.sales": 0.5}
    result = judged(given).maturity
    lines = {line.subdomain.id: line for line in result.levels[2].lines}

    assert result.arithmetic == "1 + 1 + 0.1006 = 2.1006"
    assert (lines["data"].weight, lines["data"].product) == (Decimal("5.0600"), Decimal("0.0506"))
    assert lines["sales"].product == Decimal("0.0500")
    assert lines["organisation"].answer is None


def test_level_above_the_first_not_met_adds_nothing():
    levels = judged(maturity(1, 3)).maturity.levels

    assert [(level.met, level.counted, level.adds) for level in levels[:3]] == [
        (True, True, 1),
        (False, True, 0),
        (True, False, 0),
    ]


def test_kind_of_industry_must_be_chosen():
    given = answers(BASIC, [1, 2]) | {"maturity.kind": ""}

    assert codes(judged(given), BASIC) == ["maturity.unanswered"]


def test_platform_result_counts_before_the_own_score():
    given = answers(BASIC, [1]) | {"maturity.source": "platform", "platform.result": PLATFORM}
    result = judged(given, evidenced=proofs(given) | {"platform.result"})

    assert result.tier == BASIC
    assert (result.maturity.level, result.maturity.score) == (2, Decimal("2.3500"))
    assert result.maturity.source_label == "国家平台评估结果"
    assert result.maturity.levels[0].met is True


def test_platform_result_needs_its_report():
    given = answers(BASIC, [1]) | {"maturity.source": "platform", "platform.result": PLATFORM}

    assert codes(judged(given), BASIC) == ["maturity.no_evidence"]


def test_platform_result_counts_where_no_source_was_chosen():
    given = answers(BASIC, [1]) | {"maturity.source": "", "platform.result": PLATFORM}

    assert judged(given).maturity.source == "platform"


def test_platform_result_is_left_aside_when_the_own_score_is_chosen():
    given = answers(BASIC, [1]) | {"platform.result": PLATFORM, "maturity.source": "own"}

    assert judged(given).maturity.source == "own"


@pytest.mark.parametrize("given", [{}, PLATFORM | {"level": 4}])
def test_own_score_does_not_stand_in_for_the_platform_result_that_was_chosen(given):
    chosen = {"maturity.source": "platform", "platform.result": given}

    result = judged(answers(BASIC, [1, 2]) | chosen)

    assert (result.tier, result.maturity.source, result.maturity.level) == (None, "", 0)
    assert codes(result, BASIC) == ["maturity.unanswered"]


# Never lower for a better answer -----------------------------------------------------------------


CHOICES = [0, 0.5, 0.8, 1]
CELLS = [f"cmmm.{no}.{s.id}" for no in (1, 2, 3, 4, 5) for s in MODEL.subdomains]


@given(
    st.lists(st.sampled_from(CHOICES), min_size=len(CELLS), max_size=len(CELLS)),
    st.lists(st.sampled_from(CHOICES[1:]), min_size=5, max_size=5),
    st.sampled_from(CELLS),
    st.sampled_from(list(standard.KINDS)),
)
@settings(deadline=None, max_examples=60)
def test_better_maturity_answer_never_lowers_the_result(noise, floor, cell, kind):
    base = {
        item: max(value, floor[int(item[5]) - 1]) for item, value in zip(CELLS, noise, strict=True)
    }
    given = answers(LEADING, []) | maturity(kind=kind) | base
    before = judged(given, ai(1, 1))
    after = judged(given | {cell: 1}, ai(1, 1))

    assert after.maturity.score >= before.maturity.score
    assert after.maturity.level >= before.maturity.level
    assert rank(after.tier) >= rank(before.tier)


@given(
    st.sets(st.sampled_from(sorted(EDITION.condition_ids)), max_size=6),
    st.sets(st.sampled_from(sorted(EDITION.condition_ids)), max_size=3),
    st.data(),
)
@settings(deadline=None, max_examples=80)
def test_meeting_one_more_condition_never_lowers_the_tier(unmet, bare, data):
    given = answers(LEADING, [1, 2, 3, 4])
    evidenced = proofs(given) - bare
    given |= {id: {"met": "no"} for id in unmet}
    better = data.draw(st.sampled_from(sorted(EDITION.condition_ids)))

    before = judged(given, ai(1, 1), evidenced)
    after = judged(given | {better: {"met": "yes"}}, ai(1, 1), evidenced | {better})

    assert rank(after.tier) >= rank(before.tier)
    assert len(after.gaps(LEADING)) <= len(before.gaps(LEADING))


def rank(tier):
    return tier.rank if tier else 0


# The radar ---------------------------------------------------------------------------------------


def test_radar_counts_up_to_the_next_tier():
    result = judged(answers(BASIC, [1, 2]))
    points = {point.name: (point.met, point.total, point.required) for point in result.radar}

    assert result.next_tier == ADVANCED
    assert points["生产作业"] == (3, 6, True)
    assert points["工厂建设"] == (2, 4, False)
    assert [point.share for point in result.radar][2] == 0.5


def test_radar_at_the_top_shows_the_top():
    result = judged(answers(LEADING, [1, 2, 3, 4]), ai(1, 1))

    assert result.next_tier is None
    assert {point.share for point in result.radar} == {1.0}


# The form of one answer --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ("basic.req.1", "yes"),
        ("basic.req.4", None),
        ("basic.production.1", {"met": "yes", "how": "已建成"}),
        ("basic.production.1", {"met": "", "how": "还在建"}),
        ("basic.production.1", {}),
        ("maturity.source", "platform"),
        ("maturity.kind", "process"),
        ("cmmm.2.data", 0.8),
        ("cmmm.2.data", "0.8"),
        ("cmmm.5.sales", 0),
        ("cmmm.5.sales", "1.0"),
        ("cmmm.na.sales", "只做代工"),
        ("platform.result", PLATFORM),
        ("platform.result", PLATFORM | {"level": 0, "score": "0.79"}),
        ("kpi.cnc-rate", {"before": "61", "after": "1,085.5", "unit": "%", "period": "2023-2025"}),
        ("kpi.apc-rate", {"na": True}),
        ("perf.2", COMPARISON),
        ("perf.2", {"indicator": "产值", "own": ""}),
        ("exception.excellent", "按图加工"),
    ],
)
def test_answer_has_the_right_form(item, value):
    assert field_errors(EDITION, item, value) == []


@pytest.mark.parametrize(
    ("item", "value", "expected"),
    [
        ("basic.req.9", "yes", "没有“basic.req.9”这个填写项"),
        ("basic.roof.1", {"met": "yes"}, "没有“basic.roof.1”这个填写项"),
        ("cmmm.6.data", 1, "没有“cmmm.6.data”这个填写项"),
        ("cmmm.1.roof", 1, "没有“cmmm.1.roof”这个填写项"),
        ("kpi.roof", {"na": True}, "没有“kpi.roof”这个填写项"),
        ("perf.4", COMPARISON, "没有“perf.4”这个填写项"),
        ("exception.basic", "无", "没有“exception.basic”这个填写项"),
        ("", "x", "没有“”这个填写项"),
        ("basic.req.1", "maybe", "请选择“是”或“否”"),
        ("basic.req.1", 1, "请选择“是”或“否”"),
        ("maturity.kind", "mixed", "请选择“离散型”或“流程型”"),
        ("basic.production.1", "yes", "填写的内容格式不对"),
        ("basic.production.1", {"met": "perhaps"}, "请选择“满足”或“不满足”"),
        ("basic.production.1", {"met": "yes", "how": 5}, "“情况说明”请填写文字"),
        ("basic.production.1", {"how": "长" * 2001}, "“情况说明”不超过2000个字，现有2001个字"),
        ("basic.production.1", {"met": "yes", "score": 5}, "没有“score”这个栏目"),
        ("cmmm.2.data", 0.7, "请从0、0.5、0.8、1中选择一项"),
        ("cmmm.2.data", True, "请从0、0.5、0.8、1中选择一项"),
        ("cmmm.2.data", "NaN", "请从0、0.5、0.8、1中选择一项"),
        ("cmmm.na.sales", 5, "请用文字说明理由"),
        ("platform.result", PLATFORM | {"level": 6}, "“评估等级”请填写0至5的整数"),
        ("platform.result", PLATFORM | {"level": "2"}, "“评估等级”请填写0至5的整数"),
        ("platform.result", PLATFORM | {"score": 5.1}, "“评估得分”请填写0至5的数"),
        ("platform.result", PLATFORM | {"level": 3}, "得分2.35对应2级，与所填3级不一致"),
        (
            "platform.result",
            PLATFORM | {"date": "2026-02-30"},
            "“评估日期”请按2026-03-31的格式填写",
        ),
        ("platform.result", PLATFORM | {"date": 20260331}, "“评估日期”请按2026-03-31的格式填写"),
        ("platform.result", PLATFORM | {"report_no": " "}, "请填写“评估报告编号”"),
        ("kpi.cnc-rate", {"before": "很多"}, "“建设前”请填写数字"),
        ("kpi.cnc-rate", {"after": "1e99"}, "“建设后”请填写数字"),
        ("kpi.cnc-rate", {"after": "Infinity"}, "“建设后”请填写数字"),
        ("kpi.cnc-rate", {"after": "1", "na": "yes"}, "“不适用”只能勾选或不勾选"),
        ("perf.1", COMPARISON | {"year": "25"}, "“年度”请填写四位数字"),
        ("perf.1", COMPARISON | {"own": "优秀"}, "“本企业数值”请填写数字"),
        ("perf.1", COMPARISON | {"source": ["x"]}, "“参考数值来源”请填写文字"),
    ],
)
def test_misshapen_answer_is_explained(item, value, expected):
    found = field_errors(EDITION, item, value)

    assert [text for text in found if text.startswith(expected)] != [], found


LEAF = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
LISTED = LEAF | st.lists(LEAF, max_size=3)
JSON = (
    LISTED | st.lists(LISTED, max_size=3) | st.dictionaries(st.text(max_size=6), LISTED, max_size=3)
)
ITEMS = [
    "basic.req.1",
    "basic.production.1",
    "maturity.source",
    "maturity.kind",
    "cmmm.1.data",
    "cmmm.na.data",
    "platform.result",
    "kpi.cnc-rate",
    "perf.1",
    "exception.excellent",
]


@given(st.dictionaries(st.sampled_from(ITEMS), JSON))
@settings(deadline=None, max_examples=150)
def test_no_answer_whatever_breaks_scoring(given):
    for item, value in given.items():
        field_errors(EDITION, item, value)
    score(EDITION, given, [], [])
    for part in sections(EDITION):
        section_state(EDITION, part.id, given)


# Sections ----------------------------------------------------------------------------------------


def test_sections_hold_every_item_once():
    items = [item for section in sections(EDITION) for item in section.items]

    assert len(items) == len(set(items))
    assert [section.id for section in sections(EDITION)] == [
        "basics", "construction", "design", "production", "management", "operation", "results",
        "scenarios", "maturity", "kpi", "performance",
    ]  # fmt: skip
    assert all(field_errors(EDITION, item, None) == [] for item in items)


def state(section, given, instances=(), evidenced=(), **more):
    return section_state(EDITION, section, given, instances, evidenced, **more)


@pytest.mark.parametrize("section", [s.id for s in sections(EDITION)])
def test_untouched_section_is_empty(section):
    assert state(section, {}) == "empty"


def test_dimension_moves_from_partial_over_problem_to_done():
    given = conditions(BASIC, "production")
    one = {"basic.production.1": given["basic.production.1"]}

    assert state("production", one) == "partial"
    assert state("production", given) == "problem"
    assert state("production", given, evidenced=set(given)) == "done"
    assert state("production", given, evidenced=set(given), target=ADVANCED) == "partial"


def test_condition_said_to_be_unmet_needs_no_proof():
    given = {id: {"met": "no"} for id in conditions(BASIC, "production")}

    assert state("production", given) == "done"


def test_misshapen_answer_is_a_problem():
    assert state("basics", {"basic.req.1": "maybe"}) == "problem"


def test_basics_are_done_when_all_are_answered():
    assert state("basics", {"basic.req.1": "no"}) == "partial"
    assert state("basics", {b.id: "no" for b in EDITION.basics}) == "done"


def test_scenarios_are_done_with_one_instance():
    assert state("scenarios", {}, ai(0, 1)) == "done"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"maturity.kind": "discrete"}, "partial"),
        (maturity(1), "partial"),
        (maturity(1, 2), "done"),
        (maturity(1, value=0), "done"),
        (maturity(1, 2, kind="process"), "done"),
        ({"maturity.source": "platform"}, "partial"),
        ({"maturity.source": "platform", "platform.result": PLATFORM}, "problem"),
    ],
)
def test_maturity_is_done_at_the_level_asked_or_the_first_not_met(given, expected):
    assert state("maturity", given) == expected


def test_maturity_by_platform_is_done_with_its_report():
    given = {"maturity.source": "platform", "platform.result": PLATFORM}

    assert state("maturity", given, evidenced={"platform.result"}) == "done"


def test_kpis_are_done_when_each_has_values_or_does_not_apply():
    filled = {f"kpi.{k.id}": {"before": "1", "after": "2", "period": "2025"} for k in EDITION.kpis}

    assert state("kpi", {"kpi.cnc-rate": {"na": True}}) == "partial"
    assert state("kpi", filled) == "done"
    assert state("kpi", filled | {"kpi.apc-rate": {"na": True}}) == "done"
    assert state("kpi", filled | {"kpi.defect-rate": {"after": "2", "period": "2025"}}) == "partial"


def test_performance_is_done_with_one_complete_comparison():
    assert state("performance", {"perf.2": {"indicator": "产值"}}) == "partial"
    assert state("performance", {"perf.2": COMPARISON}) == "done"


def test_unknown_section_is_named():
    with pytest.raises(LookupError, match="roof"):
        state("roof", {})


@pytest.mark.parametrize(
    ("kpi", "before", "after", "expected"),
    [
        ("production-efficiency", "80", "100", "25.00"),
        ("defect-rate", "4", "1", "75.00"),
        ("defect-rate", "4", "5", "-25.00"),
        ("defect-rate", "0", "5", None),
        ("stock-turnover", "", "5", None),
        ("cnc-rate", "60", "90", None),
    ],
)
def test_change_is_counted_in_the_direction_of_the_indicator(kpi, before, after, expected):
    indicator = next(k for k in EDITION.kpis if k.id == kpi)
    found = kpi_change(indicator, {"before": before, "after": after})

    assert found == (None if expected is None else Decimal(expected))
