"""The standard as a table that is kept and compared, and every refusal tried with bad files."""

import copy
import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.checks.registry import registry

from assessments import standard
from registry import policy
from registry.policy import Tier
from registry.policy.editions import FOLDER, read

TABLES = Path(__file__).resolve().parents[1] / "rules" / "standards"
ELEMENTS = "elements-2025"


def table(edition):
    """The whole standard, one readable line per item."""
    lines = [f"# {edition.code}"]
    lines += [
        f"edition | {e.code} | {e.title} | {e.source} | {e.confidence}" for e in edition.editions
    ]
    lines += [f"basic | {b.id} | {b.text} | {b.proof} | {b.confidence}" for b in edition.basics]
    for tier, gate in edition.gates.items():
        dimensions = "、".join(edition.dimension(d).name for d in gate.dimensions)
        lines.append(
            f"gate | {tier.value} | {gate.maturity_level} | {gate.dimension_rule_label}{dimensions}"
            f" | {gate.ai_share} | {gate.performance} | {gate.confidence}"
        )
    for kind in edition.veto_kinds:
        grades = [g.name for g in edition.veto_grades if edition.bars(kind.id, g.id)]
        barring = "、".join(grades) or "none" if kind.graded else "always"
        lines.append(f"veto | {kind.id} | {kind.name} | {barring} | {kind.confidence}")
    lines += [
        f"condition | {c.id} | {c.clause} | {c.text} | {c.proof} | {c.confidence}"
        for c in edition.conditions
    ]
    lines += [
        f"scenario | {s.no} | {s.stage} | {s.name} | {s.dimension} | {'、'.join(s.aliases)}"
        for s in edition.scenarios
    ]
    model = edition.maturity
    lines += [f"level | {v.no} | {v.name} | {v.min_score} | {v.text}" for v in model.levels]
    lines += [f"choice | {c.value} | {c.label}" for c in model.choices]
    lines += [
        f"subdomain | {s.id} | {s.element}/{s.domain}/{s.name} | {s.weight_discrete.normalize()}"
        f" | {s.weight_process.normalize()} | {'verified' if s.verified else 'unverified'}"
        for s in model.subdomains
    ]
    lines += [
        f"kpi | {k.no} | {k.id} | {k.category} | {k.name} | {k.unit} | {k.better}"
        f" | {'change' if k.change else 'value'} | {k.formula} | {k.confidence}"
        for k in edition.kpis
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


@pytest.mark.parametrize("edition", standard.all_standards(), ids=lambda edition: edition.code)
def test_standard_equals_its_kept_table(edition):
    kept = TABLES / f"{edition.code}.txt"
    if os.environ.get("RENDER_RULES"):
        kept.write_text(table(edition), encoding="utf-8")

    assert table(edition) == kept.read_text(encoding="utf-8")


def test_every_kept_table_has_its_standard():
    kept = {path.stem for path in TABLES.glob("*.txt")}

    assert kept == {edition.code for edition in standard.all_standards()}


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (lambda s: s.gates[Tier.BASIC].dimensions, ("production",)),
        (lambda s: s.gates[Tier.BASIC].maturity_level, 2),
        (lambda s: s.gates[Tier.BASIC].ai_share, None),
        (lambda s: s.gates[Tier.ADVANCED].ai_share, None),
        (lambda s: s.gates[Tier.ADVANCED].maturity_level, 2),
        (lambda s: "design" in s.gates[Tier.ADVANCED].dimensions, False),
        (lambda s: "construction" in s.gates[Tier.ADVANCED].dimensions, False),
        (lambda s: s.gates[Tier.EXCELLENT].dimension_rule, "in_principle"),
        (lambda s: s.gates[Tier.EXCELLENT].ai_share, Decimal("0.2")),
        (lambda s: s.gates[Tier.LEADING].dimension_rule, "must"),
        (lambda s: s.gates[Tier.LEADING].ai_share, Decimal("0.6")),
        (lambda s: s.exception_tiers, {"excellent"}),
        (lambda s: len(s.scenarios), 40),
        (lambda s: len(s.stages), 8),
        (lambda s: len(s.kpis), 20),
        (lambda s: s.bars("safety", "general"), False),
        (lambda s: s.bars("safety", "larger"), True),
        (lambda s: s.bars("environment", "extraordinary"), True),
        (lambda s: s.bars("safety", ""), True),
        (lambda s: s.bars("credit", ""), True),
        (lambda s: s.bars("quality", "extraordinary"), False),
        (lambda s: any(v.verified for v in s.maturity.subdomains), False),
    ],
)
def test_cell_stays(cell, expected):
    assert cell(standard.get(ELEMENTS)) == expected


def test_weights_sum_to_100_for_both_kinds():
    model = standard.get(ELEMENTS).maturity

    assert sum(s.weight_discrete for s in model.subdomains) == 100
    assert sum(s.weight_process for s in model.subdomains) == 100
    assert len(model.applicable("discrete")) == 20
    assert len(model.applicable("process")) == 18


def test_every_dimension_has_conditions_of_every_tier():
    edition = standard.get(ELEMENTS)
    counts = Counter((c.dimension, c.tier) for c in edition.conditions)

    assert {(d.id, tier) for d in edition.dimensions for tier in Tier} <= set(counts)
    assert set(counts.values()) <= {2, 3, 4}


@pytest.mark.parametrize(
    ("score", "level"),
    [("0", 0), ("0.79", 0), ("0.8", 1), ("1.79", 1), ("1.8", 2), ("2.8", 3), ("3.8", 4),
     ("4.79", 4), ("4.8", 5), ("5", 5)],
)  # fmt: skip
def test_score_stands_for_a_level(score, level):
    assert standard.get(ELEMENTS).maturity.level_of(Decimal(score)) == level


def test_unknown_standard_is_named():
    with pytest.raises(LookupError, match="elements-1999"):
        standard.get("elements-1999")


def test_check_runs_at_start():
    assert standard.check_standards in registry.get_checks()


def test_shipped_files_have_no_problems():
    assert standard.check_standards(None) == []


def _set(code, path, value):
    def change(files):
        *above, last = path
        data = files[code]
        for key in above:
            data = data[key]
        data[last] = value

    return change


def _swap_levels(files):
    files["cmmm-2020"]["levels"].reverse()


def _repeat_condition(files):
    files[ELEMENTS]["conditions"].append(files[ELEMENTS]["conditions"][0])


def _repeat_subdomain(files):
    domain = files["cmmm-2020"]["elements"][0]["domains"][1]
    domain["subdomains"][0]["id"] = "organisation"


BAD = [
    (_set(ELEMENTS, ["colour"], "red"), "elements-2025.toml: $: Additional properties"),
    (_set(ELEMENTS, ["gates", "gold"], {}), "elements-2025.toml: $.gates: Additional properties"),
    (
        _set(ELEMENTS, ["gates", "basic", "maturity_level"], 6),
        "elements-2025.toml: $.gates.basic.maturity_level",
    ),
    (
        _set(ELEMENTS, ["gates", "basic", "ai_share"], 0.2),
        "elements-2025.toml: $.gates.basic.ai_share",
    ),
    (_set(ELEMENTS, ["conditions", 0, "id"], "basic.1"), "elements-2025.toml: $.conditions[0].id"),
    (_set(ELEMENTS, ["conditions", 0, "proof"], ""), "elements-2025.toml: $.conditions[0].proof"),
    (
        _set(ELEMENTS, ["conditions", 0, "id"], "basic.roof.1"),
        "elements-2025.toml: conditions: 'basic.roof.1' names no dimension",
    ),
    (_repeat_condition, "elements-2025.toml: conditions: 'basic.construction.1' is given twice"),
    (
        _set(ELEMENTS, ["gates", "basic", "dimensions"], ["roof"]),
        "elements-2025.toml: gates.basic.dimensions: 'roof' is no dimension",
    ),
    (
        _set(ELEMENTS, ["gates", "advanced", "dimensions"], ["design"]),
        "elements-2025.toml: gates.advanced.dimensions: leaves out a dimension",
    ),
    (
        _set(ELEMENTS, ["gates", "leading", "maturity_level"], 2),
        "elements-2025.toml: gates.leading.maturity_level: lower than that of the tier below",
    ),
    (
        _set(ELEMENTS, ["gates", "leading", "ai_share"], "0.1"),
        "elements-2025.toml: gates.leading.ai_share: lower",
    ),
    (
        _set(ELEMENTS, ["veto_kinds", 0, "bar_from"], "huge"),
        "elements-2025.toml: veto_kinds: 'huge' is no grade",
    ),
    (
        _set(ELEMENTS, ["veto_kinds", 3, "bar_from"], "larger"),
        "elements-2025.toml: veto_kinds: 'credit' has no grades",
    ),
    (
        _set(ELEMENTS, ["maturity"], "cmmm-1999"),
        "elements-2025.toml: maturity: there is no file 'cmmm-1999'",
    ),
    (_set(ELEMENTS, ["code"], "elements-2026"), "elements-2025.toml: code: 'elements-2026'"),
    (
        _set("scenarios-2025", ["stages", 0, "dimension"], "roof"),
        "elements-2025.toml: scenarios: stage '工厂建设' names no dimension",
    ),
    (
        _set("scenarios-2025", ["stages", 0, "scenarios", 0, "no"], 9),
        "scenarios-2025.toml: stages: must be numbered",
    ),
    (
        _set("cmmm-2020", ["elements", 0, "discrete"], 7),
        "cmmm-2020.toml: elements: discrete weights sum to 101, not 100",
    ),
    (
        _set("cmmm-2020", ["elements", 0, "domains", 0, "process"], 40),
        "cmmm-2020.toml: elements.人员: process weights sum to 90, not 100",
    ),
    (
        _set("cmmm-2020", ["elements", 0, "domains", 0, "subdomains", 0, "process"], 99),
        "cmmm-2020.toml: elements.人员.组织战略: process weights sum to 99, not 100",
    ),
    (_repeat_subdomain, "cmmm-2020.toml: elements: 'organisation' is given twice"),
    (_swap_levels, "cmmm-2020.toml: levels: must be numbered from 1"),
    (
        _set("cmmm-2020", ["levels", 1, "min_score"], "1.5"),
        "cmmm-2020.toml: levels.2.min_score: must be 1 + 0.8",
    ),
    (
        _set("cmmm-2020", ["choices", 1, "value"], "0.9"),
        "cmmm-2020.toml: choices: must ascend from 0 to 1",
    ),
    (_set("scenarios-2024", ["stages", 0, "no"], 7), "scenarios-2024.toml: $.stages[0].no"),
    (
        _set("scenarios-2024", ["stages", 0, "no"], 120),
        "scenarios-2024.toml: stages: must be numbered from 101",
    ),
    (
        _set("scenarios-2024", ["stages", 0, "scenarios"], [{"no": 1, "name": "甲"}]),
        "scenarios-2024.toml: $.stages[0]",
    ),
    (_set("kpi-2024", ["kpis", 0, "better"], "sideways"), "kpi-2024.toml: $.kpis[0].better"),
    (_set("kpi-2024", ["kpis", 0, "no"], 3), "kpi-2024.toml: kpis: must be numbered"),
    (
        _set("kpi-2024", ["kpis", 0, "id"], "apc-rate"),
        "kpi-2024.toml: kpis: 'apc-rate' is given twice",
    ),
]


@pytest.mark.parametrize(("change", "expected"), BAD, ids=[row[1] for row in BAD])
def test_bad_standard_is_refused_with_file_and_key(change, expected):
    files = copy.deepcopy(standard.read_all())
    change(files)

    found = standard.problems(files)

    assert [text for text in found if text.startswith(expected)] != [], found


def _point(code, to):
    def change(files):
        files[code]["as"] = to

    return change


def test_edition_of_2024_differs_where_the_sources_say_so():
    earlier, later = standard.get("elements-2024"), standard.get(ELEMENTS)

    assert (earlier.basics, earlier.conditions) == (later.basics, later.conditions)
    assert (earlier.maturity.levels, earlier.kpis) == (later.maturity.levels, later.kpis)
    assert {t: replace(g, ai_share=None) for t, g in later.gates.items()} == dict(earlier.gates)
    assert (earlier.asks_ai, later.asks_ai) == (False, True)
    assert [gate.ai_share for gate in earlier.gates.values()] == [None] * 4


def test_stages_of_2024_stand_for_scenarios_without_names():
    earlier = standard.get("elements-2024")

    assert (len(earlier.stages), len(earlier.scenarios)) == (14, 14)
    assert [s.no for s in earlier.scenarios] == list(range(101, 115))
    assert {s.named for s in earlier.scenarios} == {False}
    assert Counter(s.dimension for s in earlier.stages) == {
        "construction": 2, "design": 2, "production": 3, "management": 5, "operation": 2,
    }  # fmt: skip
    assert earlier.scenario(108).label == "计划调度环节"
    assert standard.get(ELEMENTS).scenario(8).label == "8 生产计划优化"


@pytest.mark.parametrize("to", ["elements-1999", "elements-2024"])
def test_edition_as_one_that_is_not_whole_is_refused(to):
    files = copy.deepcopy(standard.read_all())
    _point("elements-2024", to)(files)

    assert standard.problems(files) == [
        f"elements-2024.toml: as: there is no file {to!r} that is complete by itself"
    ]


def test_file_of_unknown_kind_is_refused():
    files = standard.read_all() | {"notes-2025": {}}

    assert [t.split(":")[0] for t in standard.problems(files)] == ["notes-2025.toml"]


def test_province_with_unknown_standard_or_dimension_is_refused():
    data = read(FOLDER / "hebei-2025.toml")
    unknown = policy.build("a", data | {"standard": "elements-1999"})
    tiers = copy.deepcopy(data["tiers"])
    tiers["basic"]["gates"] = {"dimensions": ["roof"]}
    strange = policy.build("b", data | {"tiers": tiers})

    sharing = copy.deepcopy(data["tiers"])
    sharing["excellent"]["gates"] = {"ai_share": 0.1}
    early = policy.build("c", data | {"tiers": sharing, "standard": "elements-2024"})

    assert standard.policy_problems([unknown, strange, early], [ELEMENTS, "elements-2024"]) == [
        "a.toml: standard: there is no standard 'elements-1999'",
        "b.toml: tiers.basic.gates.dimensions: 'roof' is no dimension",
        "c.toml: tiers.excellent.gates.ai_share: elements-2024 asks for no share of AI",
    ]
