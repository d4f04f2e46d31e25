"""Distributions of indicators: no difference of published groups is small, and every quartile is
what one finds by hand.
"""

import random
from collections import Counter, defaultdict
from itertools import combinations, product

import pytest
from django.core.management import call_command
from django.urls import reverse

from assessments import assessment as self_assessment
from assessments import standard
from registry.models import Enterprise
from reports import annual, kpis
from reports.kpis.places import figure_of
from reports.kpis.publishing import FLOOR, published
from reports.models import KpiSpread, KpiYear
from tests import build
from tests.rules.everybody.test_scope import client_of, shown
from tiers import timing

ALL = KpiSpread.ALL
EDITION = standard.get("elements-2025")
BY_ID = {kpi.id: kpi for kpi in EDITION.kpis}


# --- what may be published ----------------------------------------


def members(counts, group):
    """The leaves of which a group consists."""
    division, size = group
    return {leaf for leaf in counts if division in (ALL, leaf[0]) and size in (ALL, leaf[1])}


def size_of(counts, leaves):
    return sum(counts[leaf] for leaf in leaves)


def differences(counts):
    """Every published group, every difference of two, and of a whole and all its parts."""
    groups = {group: members(counts, group) for group in published(counts)}
    for leaves in groups.values():
        yield leaves
        inside = [one for one in groups.values() if one < leaves]
        yield leaves - set().union(*inside)
    for one, other in combinations(groups.values(), 2):
        yield one - other
        yield other - one


def assert_safe(counts):
    for leaves in differences(counts):
        assert size_of(counts, leaves) == 0 or size_of(counts, leaves) >= FLOOR, (counts, leaves)


def test_no_difference_is_small_in_any_small_tree():
    leaves = [("31", "large"), ("31", "small"), ("33", "large"), ("33", "small")]
    for sizes in product((0, 1, 4, 5, 6, 11), repeat=4):
        assert_safe(dict(zip(leaves, sizes, strict=True)))


def test_no_difference_is_small_in_larger_trees():
    draw = random.Random(7)
    leaves = list(product(("13", "26", "31", "33", "none"), ("large", "medium", "small", "none")))
    for _ in range(200):
        assert_safe({leaf: draw.choice((0, 0, 1, 2, 3, 4, 5, 7, 9, 20)) for leaf in leaves})


def test_without_the_second_rule_a_difference_would_be_small():
    counts = {("33", "large"): 9, ("33", "small"): 3}
    naive = {("33", ALL), ("33", "large")}

    assert size_of(counts, members(counts, ("33", ALL)) - members(counts, ("33", "large"))) == 3
    assert not naive <= published(counts)
    assert ("33", ALL) in published(counts)


@pytest.mark.parametrize(
    ("counts", "groups"),
    [
        ({("33", "large"): 4}, set()),
        ({("33", "large"): 5}, {(ALL, ALL), ("33", ALL), ("33", "large")}),
        (
            {("33", "large"): 5, ("31", "large"): 5},
            {(ALL, ALL), ("33", ALL), ("33", "large"), ("31", ALL), ("31", "large")},
        ),
        ({("33", "large"): 5, ("31", "large"): 2}, {(ALL, ALL)}),
        (
            {("33", "large"): 8, ("33", "small"): 6, ("33", "micro"): 1},
            {(ALL, ALL), ("33", ALL), ("33", "large")},
        ),
    ],
)
def test_groups_by_hand(counts, groups):
    assert published(counts) == groups


# --- the figures ----------------------------------------


def assessed(place, industry, size, values, at=build.DAY):
    """A factory that has locked an assessment with these indicators."""
    firm = build.enterprise_at(build.authority(place))
    Enterprise.objects.filter(pk=firm.pk).update(size=size)
    factory = build.factory_at(build.authority(place), enterprise=firm)
    factory.industry_id = industry or None
    factory.save(update_fields=["industry"])
    return again(factory, values, at=at)


def again(factory, values, at):
    by = build.staff_of(factory.enterprise)
    open_one = self_assessment.start(factory, by=by, at=at)
    given = {f"kpi.{kpi}": value for kpi, value in values.items()}
    saved = self_assessment.save_answers(open_one, given, seen={}, by=by, at=at)
    assert not saved.errors
    return self_assessment.lock(open_one, by=by, at=at)


def values(number):
    """One plain figure, and one that is the change from before to after, where it should fall."""
    return {
        "cnc-rate": {"after": str(number * 7 % 100), "period": "2025年"},
        "development-cycle": {
            "before": "40", "after": str(20 + number % 17), "period": "2025年"
        },
        "sales-growth": {"after": "1,200.5", "unit": "万元", "period": "2025年"},
        "water-reuse": {"na": True},
    }  # fmt: skip


@pytest.fixture
def factories(world):
    """Six large and seven small of division 33, six of 31 of no size, three elsewhere."""
    plan = [("130102", "3311", "large", 6), ("130203", "33", "small", 7), ("130102", "31", "", 6)]
    found, number = [], 0
    for place, industry, size, count in [*plan, ("340102", "33", "large", 3)]:
        for _ in range(count):
            number += 1
            found.append(assessed(place, industry, size, values(number)))
    kpis.rebuild(2026, at=build.DAY)
    return found


def by_hand(assessments):
    """The figures of every group, sums included, worked out one by one."""
    groups = defaultdict(list)
    for one in assessments:
        factory = one.factory
        division = (factory.industry_id or "")[:2] or "none"
        size = Enterprise.objects.get(pk=factory.enterprise_id).size or "none"
        province = factory.authority.province_code
        for answer in one.answers.all():
            kpi = BY_ID[answer.item.removeprefix("kpi.")]
            figure = figure_of(kpi, answer.value)
            if figure is None:
                continue
            for group in {(division, size), (division, ALL), (ALL, ALL)}:
                groups[province, kpi.id, *group].append(figure)
    return groups


def test_every_quartile_is_what_one_finds_by_hand(factories):
    groups = by_hand(factories)
    rows = KpiSpread.objects.filter(of_year__year=2026)

    assert rows.count() > 8
    for row in rows:
        figures = groups[row.province, row.kpi, row.division, row.size]
        assert row.factories == len(figures)
        assert [row.low, row.median, row.high] == [
            timing.percentile(figures, share) for share in (0.25, 0.5, 0.75)
        ]


def test_what_may_not_be_published_is_not_even_stored(factories):
    groups = by_hand(factories)
    leaves = defaultdict(Counter)
    for (province, kpi, division, size), figures in groups.items():
        if ALL not in (division, size):
            leaves[province, kpi][division, size] = len(figures)
    stored = defaultdict(set)
    for row in KpiSpread.objects.all():
        stored[row.province, row.kpi].add(row.group)

    assert stored == {key: published(counts) for key, counts in leaves.items() if published(counts)}
    assert not KpiSpread.objects.filter(province="340000").exists()


def test_another_unit_and_what_does_not_apply_are_left_out(factories):
    assert set(KpiSpread.objects.values_list("kpi", flat=True)) == {"cnc-rate", "development-cycle"}


def test_factory_counts_once_by_the_newest_of_the_year(factories):
    again(factories[0].factory, {"cnc-rate": {"after": "99"}}, build.moment("2026-09-01 09:00"))
    again(factories[1].factory, {"cnc-rate": {"after": "1"}}, build.moment("2027-02-01 09:00"))
    kpis.rebuild(2026, at=build.DAY)
    row = KpiSpread.objects.get(kpi="cnc-rate", division="33", size="large")
    figures = by_hand(factories[1:6])["130000", "cnc-rate", "33", "large"]

    assert row.factories == 6
    assert row.high == timing.percentile([99, *figures], 0.75)


def test_twice_is_the_same_as_once(factories):
    before = list(KpiSpread.objects.order_by("kpi", "division", "size").values_list("median"))
    kpis.rebuild(2026, at=build.DAY)

    after = list(KpiSpread.objects.order_by("kpi", "division", "size").values_list("median"))
    assert after == before
    assert KpiYear.objects.count() == 1


def test_night_and_command_work_out_what_there_is(factories, capsys):
    KpiYear.objects.all().delete()
    assert kpis.rebuild_due(on=build.moment("2027-01-01 00:05").date(), at=build.DAY) > 0
    assert kpis.years() == [2026]

    call_command("rebuild_kpis")
    assert capsys.readouterr().out.startswith("2026年：可以公布")


# --- who sees what ----------------------------------------


def test_page_names_the_time_of_its_data(factories):
    page = shown(
        client_of(build.officer(build.authority("130102"))).get(reverse("reports:kpi_spreads"))
    )

    assert "数据截至 2026年" in page
    assert "33 金属制品业" in page


def test_firm_sees_its_own_place(factories):
    one = factories[0]
    client = client_of(build.staff_of(one.factory.enterprise))
    page = shown(client.get(reverse("assessments:result", args=[one.pk])))

    assert "关键绩效指标在同行中的位置" in page
    assert "同行业、同规模，6 座" in page


def test_place_falls_back_to_what_is_published(factories):
    elsewhere, without_size = factories[-1], factories[14]
    by_kpi = {one.kpi.id: one for one in kpis.places(without_size, EDITION)}

    assert by_kpi["cnc-rate"].group == "同行业、同规模"
    assert [one.peers for one in kpis.places(elsewhere, EDITION)] == [None, None]


def test_report_is_compared_but_for_changes(factories):
    given = {"cnc-rate": "63", "development-cycle": "20", "water-reuse": "", "apc-rate": "5"}
    lines = [
        annual.Line(BY_ID[name], None, value, "", not value, None, None)
        for name, value in given.items()
    ]
    found = {one.kpi.id: one for one in kpis.reported(factories[0].factory, 2026, lines)}

    assert set(found) == {"cnc-rate", "apc-rate"}
    assert found["cnc-rate"].group == "同行业、同规模"
    assert found["cnc-rate"].words
    assert found["apc-rate"].peers is None


def test_firms_do_not_browse_distributions(factories):
    own = build.staff_of(factories[0].factory.enterprise)

    assert client_of(own).get(reverse("reports:kpi_spreads")).status_code == 403
