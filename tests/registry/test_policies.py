"""Every edition as a table that is kept and compared, and every refusal tried with a bad file."""

import copy
import os
from datetime import date
from pathlib import Path

import pytest
from django.core.checks.registry import registry

from registry import policy
from registry.policy import Filing, Step, StepKind, Tier
from registry.policy.editions import FOLDER, read

TABLES = Path(__file__).resolve().parents[1] / "rules" / "policies"
HEBEI = "hebei-2025"


def table(rules):
    """The whole edition, one readable line per rule."""
    lines = [f"# {rules.code}"]
    for rule in policy.rules(rules):
        lines.append(f"{rule.path} | {rule.label} | {rule.value} | {rule.basis.confidence}")
    return "\n".join(lines) + "\n"


def edition():
    return copy.deepcopy(read(FOLDER / f"{HEBEI}.toml"))


def complaints(data):
    return policy.problems("bad.toml", data)


@pytest.mark.parametrize("rules", policy.all_policies(), ids=lambda rules: rules.code)
def test_edition_equals_its_kept_table(rules):
    kept = TABLES / f"{rules.code}.txt"
    if os.environ.get("RENDER_RULES"):
        kept.write_text(table(rules), encoding="utf-8")

    assert table(rules) == kept.read_text(encoding="utf-8")


def test_every_kept_table_has_its_edition():
    kept = {path.stem for path in TABLES.glob("*.txt")}

    assert kept == {rules.code for rules in policy.all_policies()}


# Cells that must stay as they are whatever a table says, because a document or a decision says so.
FORBIDDEN = [
    ("basic is determined by the county", Step(StepKind.DETERMINE, "county"), Tier.BASIC),
    ("basic is determined by the province", Step(StepKind.DETERMINE, "province"), Tier.BASIC),
    ("basic needs a recommendation", Step(StepKind.RECOMMEND, "city"), Tier.BASIC),
    ("basic needs a review", Step(StepKind.REVIEW, "province"), Tier.BASIC),
    ("basic waits for a public notice", Step(StepKind.PUBLICISE, "province"), Tier.BASIC),
    ("the city determines advanced", Step(StepKind.DETERMINE, "city"), Tier.ADVANCED),
    ("the county recommends advanced", Step(StepKind.RECOMMEND, "county"), Tier.ADVANCED),
    ("the province determines excellent", Step(StepKind.DETERMINE, "province"), Tier.EXCELLENT),
    ("the province determines leading", Step(StepKind.DETERMINE, "province"), Tier.LEADING),
    ("the city verifies basic", Step(StepKind.VERIFY, "city"), Tier.BASIC),
]


# The same for the two provinces whose tiers also follow from honours.
ELSEWHERE = [
    ("heilongjiang-2025", Tier.BASIC, Step(StepKind.DETERMINE, "county")),
    ("heilongjiang-2025", Tier.BASIC, Step(StepKind.DETERMINE, "province")),
    ("heilongjiang-2025", Tier.BASIC, Step(StepKind.RECOMMEND, "city")),
    ("heilongjiang-2025", Tier.ADVANCED, Step(StepKind.DETERMINE, "province")),
    ("heilongjiang-2025", Tier.ADVANCED, Step(StepKind.RECOMMEND, "city")),
    ("heilongjiang-2025", Tier.EXCELLENT, Step(StepKind.DETERMINE, "province")),
    ("anhui-2025", Tier.BASIC, Step(StepKind.VERIFY, "county")),
    ("anhui-2025", Tier.BASIC, Step(StepKind.DETERMINE, "county")),
    ("anhui-2025", Tier.BASIC, Step(StepKind.DETERMINE, "province")),
    ("anhui-2025", Tier.ADVANCED, Step(StepKind.DETERMINE, "city")),
    ("anhui-2025", Tier.LEADING, Step(StepKind.DETERMINE, "province")),
]


@pytest.mark.parametrize(
    ("code", "tier", "step"), ELSEWHERE, ids=[f"{c}-{s}" for c, _, s in ELSEWHERE]
)
def test_step_is_forbidden_elsewhere(code, tier, step):
    assert step not in policy.get(code).tiers[tier].steps


def derivations(code, tier):
    return [
        (d.key, d.by, d.maturity_level, d.same_year, d.reassessed, d.checked_by)
        for d in policy.get(code).tiers[tier].derive
    ]


@pytest.mark.parametrize(
    ("code", "tier", "expected"),
    [
        (
            "heilongjiang-2025",
            Tier.BASIC,
            [("provincial-basic-workshop", "province", 2, True, False, None)],
        ),
        (
            "heilongjiang-2025",
            Tier.ADVANCED,
            [
                ("provincial-advanced-workshop", "province", None, False, False, None),
                ("provincial-smart-factory", "province", None, False, False, None),
            ],
        ),
        ("heilongjiang-2025", Tier.EXCELLENT, []),
        (
            "anhui-2025",
            Tier.BASIC,
            [
                ("city-smart-factory", "city", None, False, True, None),
                ("city-pilot", "city", None, False, True, None),
                ("provincial-smart-factory@340200", "city", None, False, False, "city"),
                ("city-smart-factory@340200", "city", None, False, False, "county"),
                ("provincial-digital-workshop@340200", "city", None, False, False, "county"),
            ],
        ),
        (
            "anhui-2025",
            Tier.ADVANCED,
            [("provincial-smart-factory", "province", None, False, True, None)],
        ),
        ("hebei-2025", Tier.ADVANCED, []),
    ],
)
def test_honours_that_give_a_tier(code, tier, expected):
    assert derivations(code, tier) == expected


@pytest.mark.parametrize(
    ("code", "path", "confidence"),
    [
        ("heilongjiang-2025", "tiers.basic.steps", "INF"),
        ("heilongjiang-2025", "tiers.basic.term_years", "V"),
        ("heilongjiang-2025", "tiers.advanced.term_years", "V"),
        ("heilongjiang-2025", "tiers.basic.filing.by", "owner"),
        ("heilongjiang-2025", "grounds.honour-lost", "V"),
        ("heilongjiang-2025", "grounds.fraud", "INF"),
        ("heilongjiang-2025", "tiers.basic.derive.provincial-basic-workshop", "V"),
        ("anhui-2025", "tiers.basic.steps", "V"),
        ("anhui-2025", "tiers.basic.term_years", "owner"),
        ("anhui-2025", "tiers.advanced.steps", "INF"),
        ("anhui-2025", "tiers.basic.derive.city-smart-factory", "V"),
        ("anhui-2025", "tiers.basic.derive.city-smart-factory@340200", "P"),
        ("anhui-2025", "bureau_names.county", "INF"),
    ],
)
def test_key_says_what_it_rests_on(code, path, confidence):
    assert policy.get(code).basis(path).confidence == confidence


@pytest.mark.parametrize(
    ("code", "ban", "terms"),
    [
        ("hebei-2025", {"fraud": 3, "illegal": 3, "unfit": 1}, (3, 3, None, None)),
        (
            "heilongjiang-2025",
            {"fraud": 3, "illegal": 3, "unfit": 3, "honour-lost": 3},
            (3, 3, None, None),
        ),
        (
            "anhui-2025",
            {"fraud": 3, "illegal": 3, "unreviewed": 2, "unfit": 2},
            (3, 3, None, None),
        ),
    ],
)
def test_bans_and_terms(code, ban, terms):
    rules = policy.get(code)

    assert {one.code: one.ban_years for one in rules.grounds if one.ban_years} == ban
    assert tuple(rules.tiers[tier].term_years for tier in Tier) == terms


@pytest.mark.parametrize(
    ("step", "tier"), [row[1:] for row in FORBIDDEN], ids=[r[0] for r in FORBIDDEN]
)
def test_step_is_forbidden(step, tier):
    assert step not in policy.get(HEBEI).tiers[tier].steps


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (lambda p: p.tiers[Tier.BASIC].requires, None),
        (lambda p: p.tiers[Tier.BASIC].prerequisite, None),
        (lambda p: p.tiers[Tier.BASIC].filing, Filing("city", "province")),
        (lambda p: p.tiers[Tier.ADVANCED].filing, None),
        (lambda p: p.tiers[Tier.EXCELLENT].term_years, None),
        (lambda p: p.tiers[Tier.LEADING].national, True),
        (lambda p: p.tiers[Tier.LEADING].cultivation_years, 2),
        (lambda p: p.tiers[Tier.BASIC].national, False),
        (lambda p: p.tiers[Tier.BASIC].derive, ()),
        (lambda p: dict(p.tiers[Tier.BASIC].gates), {}),
        (lambda p: p.ground("honour-lost"), None),
        (lambda p: p.ground("own-request").ban_years, None),
        (lambda p: Tier.LEADING in p.plan_targets, False),
        (lambda p: len(p.reporting_units), 3),
    ],
)
def test_cell_stays(cell, expected):
    assert cell(policy.get(HEBEI)) == expected


@pytest.mark.parametrize(
    ("code", "tiers"),
    [
        (HEBEI, [Tier.BASIC, Tier.ADVANCED]),
        ("anhui-2025", [Tier.BASIC, Tier.ADVANCED]),
        ("heilongjiang-2025", []),
    ],
)
def test_titles_are_renewed_where_the_rules_say_so(code, tiers):
    assert [tier for tier, rule in policy.get(code).tiers.items() if rule.renewal] == tiers


@pytest.mark.parametrize(
    ("code", "reporting", "accepting"),
    [
        (HEBEI, list(Tier), ["city", "province", "province", "province"]),
        ("anhui-2025", list(Tier), ["city", "province", "province", "province"]),
        ("heilongjiang-2025", [Tier.EXCELLENT, Tier.LEADING], ["province", "province"]),
    ],
)
def test_who_reports_on_a_year(code, reporting, accepting):
    rule = policy.get(code).annual

    assert list(rule.factories.tiers) == reporting
    assert [rule.factories.accepted_by[tier] for tier in reporting] == accepting
    assert rule.factories.due.after(2026) == date(2027, 3, 31)
    assert rule.summary.levels == ("city",)


def test_current_edition_begins_on_its_day():
    assert policy.current("130000", date(2025, 4, 3)).code == HEBEI
    assert policy.current("130000", date(2099, 1, 1)).code == HEBEI
    with pytest.raises(LookupError, match="130000"):
        policy.current("130000", date(2025, 4, 2))


def test_unknown_edition_is_named():
    with pytest.raises(LookupError, match="nowhere-1999"):
        policy.get("nowhere-1999")


def test_tiers_rank_upward():
    assert [tier.rank for tier in Tier] == [1, 2, 3, 4]


def test_step_says_who_does_what():
    assert Step(StepKind.DETERMINE, "city").label == "市级认定"


def test_bureau_is_named_after_its_place():
    rules = policy.get(HEBEI)

    assert rules.bureau_name("province", "河北省") == "河北省工业和信息化厅"
    assert rules.bureau_name("city", "石家庄市") == "石家庄市工业和信息化局"
    assert rules.bureau_name("county", "正定县") == "正定县工业和信息化局"


def test_basis_of_a_key_is_its_own_or_the_one_above():
    rules = policy.get(HEBEI)

    assert rules.basis("tiers.basic.term_years").confidence == "owner"
    assert rules.basis("tiers.basic.filing.with").confidence == "V"
    assert rules.basis("tiers.advanced.steps").label == "本系统推定"


def test_check_runs_at_start():
    assert policy.check_policies in registry.get_checks()


def test_shipped_editions_have_no_problems():
    assert policy.check_policies(None) == []


def _set(path, value):
    def change(data):
        *above, last = path
        for key in above:
            data = data[key]
        data[last] = value

    return change


def _drop(*path):
    def change(data):
        *above, last = path
        for key in above:
            data = data[key]
        del data[last]

    return change


def _derive(*extras):
    items = [{"honour": "lighthouse", "by": "city", "reassessed": True} | e for e in extras]
    return _set(["tiers", "basic", "derive"], items)


BAD = [
    (_set(["annual", "factories", "due"], "3-31"), "$.annual.factories.due: '3-31'"),
    (
        _set(["annual", "summary", "due"], "02-29"),
        "annual.summary.due: '02-29' is no day of every year",
    ),
    (_set(["annual", "summary", "levels"], ["province"]), "$.annual.summary.levels[0]"),
    (
        _drop("annual", "factories", "accepted_by", "basic"),
        "annual.factories.accepted_by: 'basic' stands in one of tiers, accepted_by",
    ),
    (_set(["colour"], "red"), "$: Additional properties are not allowed ('colour'"),
    (_set(["tiers", "basic", "fee"], 1), "$.tiers.basic: Additional properties"),
    (_set(["tiers", "gold"], {"steps": []}), "$.tiers: 'gold'"),
    (_set(["tiers", "basic", "steps"], ["approve@city"]), "$.tiers.basic.steps[0]: 'approve@city'"),
    (_set(["tiers", "basic", "steps"], ["determine@town"]), "$.tiers.basic.steps[0]"),
    (_set(["tiers", "basic", "steps"], ["determine"]), "$.tiers.basic.steps[0]"),
    (_set(["tiers", "basic", "term_years"], 0), "$.tiers.basic.term_years"),
    (_set(["tiers", "basic", "term_years"], "3"), "$.tiers.basic.term_years"),
    (_set(["in_force_from"], "2025-04-03"), "$.in_force_from"),
    (_set(["title"], " "), "$.title"),
    (_set(["province"], "130100"), "$.province"),
    (_set(["bureau_names", "city"], "工信局"), "$.bureau_names.city"),
    (_set(["basis", "title", "confidence"], "sure"), "$.basis.title.confidence"),
    (_set(["honour_kinds", 0, "scope"], "world"), "$.honour_kinds[0].scope"),
    (
        _set(["tiers", "basic", "gates"], {"maturity_level": 6}),
        "$.tiers.basic.gates.maturity_level",
    ),
    (_drop("source"), "$: 'source' is a required property"),
    (_drop("tiers", "basic", "steps"), "$.tiers.basic: 'steps' is a required property"),
    (
        _set(["tiers", "advanced", "steps"], ["review@province", "determine@city"]),
        "tiers.advanced.steps: a later step lies below an earlier one",
    ),
    (
        _set(["tiers", "basic", "steps"], ["verify@city", "verify@city", "determine@city"]),
        "tiers.basic.steps: the same step is given twice",
    ),
    (
        _set(["tiers", "basic", "steps"], ["verify@city"]),
        "tiers.basic.steps: the last step must determine",
    ),
    (
        _set(["tiers", "advanced", "steps"], ["determine@city", "determine@province"]),
        "tiers.advanced.steps: only the last step may determine",
    ),
    (_drop("tiers", "basic"), "tiers.advanced.requires: 'basic' is no tier of this file"),
    (
        _set(["tiers", "advanced", "requires"], "platinum"),
        "tiers.advanced.requires: 'platinum' is no tier of this file",
    ),
    (
        _set(["tiers", "advanced", "requires"], "leading"),
        "tiers.advanced.requires: 'leading' is not below 'advanced'",
    ),
    (_drop("tiers", "advanced", "requires"), "tiers.advanced.prerequisite: belongs with requires"),
    (
        _set(["tiers", "basic", "filing"], {"by": "province", "with": "city"}),
        "tiers.basic.filing: must go upward",
    ),
    (
        _set(["tiers", "basic", "limit_workdays"], {"review": 5}),
        "tiers.basic.limit_workdays.review: the chain has no such step",
    ),
    (
        _set(["tiers", "basic", "derive"], [{"honour": "medal", "by": "city", "reassessed": True}]),
        "tiers.basic.derive: 'medal' is no honour kind",
    ),
    (
        _set(["tiers", "advanced", "renewal", "steps"], ["inspect@province", "determine@province"]),
        "$.tiers.advanced.renewal.steps[0]: 'inspect@province' does not match",
    ),
    (
        _set(["tiers", "advanced", "renewal", "steps"], ["check@province", "recommend@city"]),
        "tiers.advanced.renewal.steps: must be steps of the tier in their order",
    ),
    (
        _set(["tiers", "advanced", "renewal", "steps"], ["recommend@city", "check@province"]),
        "tiers.advanced.renewal.steps: must end with determine@province",
    ),
    (
        _drop("tiers", "basic", "term_years"),
        "tiers.basic.renewal: a title without term_years is never renewed",
    ),
    (_derive({"fee": 1}), "$.tiers.basic.derive[0]: Additional properties"),
    (_derive({"authority": "130100"}), "$.tiers.basic.derive[0]: 'place' is a dependency"),
    (_derive({"checked_by": "village"}), "$.tiers.basic.derive[0].checked_by"),
    (
        _derive({"authority": "230100", "place": "某市"}),
        "tiers.basic.derive.lighthouse@230100: '230100' lies outside the province",
    ),
    (
        _derive({"checked_by": "province"}),
        "tiers.basic.derive.lighthouse: province lies above city and cannot check for it",
    ),
    (_derive({}, {}), "tiers.basic.derive.lighthouse: is given twice"),
    (_derive({}), "basis: nothing says what 'tiers.basic.derive.lighthouse' rests on"),
    (_set(["yearly_list"], ["gold"]), "$.yearly_list[0]"),
    (_set(["yearly_list"], []), "$.yearly_list"),
    (
        _set(["tiers", "basic", "filing", "recheck_share"], 1.5),
        "$.tiers.basic.filing.recheck_share",
    ),
    (
        _set(["tiers", "basic", "filing"], {"by": "county", "with": "city"}),
        "tiers.basic.filing: city determines itself, nothing is filed with it",
    ),
    (
        _set(["reporting_units", 1, "code"], "130682"),
        "reporting_units.code: '130682' is given twice",
    ),
    (
        _set(["reporting_units", 1, "divisions"], ["130682"]),
        "reporting_units.divisions: '130682' is given twice",
    ),
    (
        _set(["reporting_units", 1, "divisions"], ["230102"]),
        "reporting_units.divisions: '230102' lies outside the province",
    ),
    (_drop("basis", "tiers.basic.steps"), "basis: nothing says what 'tiers.basic.steps' rests on"),
    (
        _set(["basis", "fee"], {"confidence": "V", "source": "x"}),
        "basis: 'fee' names no key of this file",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), BAD, ids=[row[1] for row in BAD])
def test_bad_edition_is_refused_with_file_and_key(change, expected):
    data = edition()
    change(data)

    found = complaints(data)

    assert [text for text in found if text.startswith(f"bad.toml: {expected}")] != [], found


def test_good_edition_is_not_refused():
    assert complaints(edition()) == []


def test_two_editions_from_the_same_day_are_refused():
    files = {"a.toml": edition(), "b.toml": edition()}

    assert policy.edition_problems(files) == ["b.toml: in_force_from: the same day as a.toml"]


def test_later_edition_of_the_same_province_is_fine():
    later = edition() | {"in_force_from": date(2026, 1, 1)}

    assert policy.edition_problems({"a.toml": edition(), "b.toml": later}) == []


def test_open_ended_and_derived_tiers_can_be_said():
    data = edition()
    data["tiers"]["basic"] = {
        "steps": [],
        "derive": [
            {
                "honour": "provincial-digital-workshop",
                "by": "city",
                "maturity_level": 2,
                "reassessed": True,
            }
        ],
    }
    data["basis"] = {
        path: basis for path, basis in data["basis"].items() if not path.startswith("tiers.basic")
    } | {"tiers.basic": {"confidence": "V", "source": "x"}}

    assert complaints(data) == []
    rule = policy.build("trial", data).tiers[Tier.BASIC]
    assert rule.term_years is None
    assert rule.derive == (policy.Derivation("provincial-digital-workshop", 2, True, by="city"),)
