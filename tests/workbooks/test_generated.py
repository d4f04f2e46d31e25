"""Generated lists with one known fault each: reported in that cell and in no other; clean ones mean
what their truth says, with nothing reported.

``make test-workbooks`` takes thousands; the default suite a sample through the same functions.
"""

import io

import pytest

from registry.models import Authority
from registry.workbook.codelists import Codes
from registry.workbook.layout import lay_out
from registry.workbook.reader import read as parse
from registry.workbook.reading import grid_of, read
from tests.workbooks.filing_list import FIELDS
from tests.workbooks.generate import FAULTS, make

pytestmark = pytest.mark.django_db
CHUNK = 250


@pytest.fixture(scope="module")
def codes(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        found = Codes(Authority.objects.get(code="130100"))
        found.places.near, found.places.far, found.industries.codes  # noqa: B018 -- read once
        return found


def directly(made):
    said, _ = parse(made.data)
    return grid_of(said, made.name)


def guarded(made):
    return read(io.BytesIO(made.data), made.name)


def difference(made, grid, codes):
    """What is reported, passed over or read otherwise than the truth says."""
    table = lay_out(grid, FIELDS, codes=codes)
    asked = [f"asked: {one.caption}" for one in table.unsure]
    asked += [f"missing: {one.caption}" for one in table.missing]
    rows = {row.number: row for row in table}
    found = [f"row {number} read" for number in rows.keys() - made.rows.keys()]
    found += [f"row {number} passed over" for number in made.rows.keys() - rows.keys()]
    problems = table.problems
    found += [f"{at}: {problems[at]}" for at in problems.keys() - made.wrong]
    found += [f"{at} not reported" for at in made.wrong - problems.keys()]
    for number, known in made.rows.items():
        for key, value in known.items():
            if number in rows and (read := rows[number][key]) != value:
                found.append(f"row {number} {key}: {read!r} for {value!r}")
    return asked + found


def check(seeds, faulty, codes, way):
    seen, wrong = set(), []
    for seed in seeds:
        made = make(seed, faulty)
        seen.add(made.fault)
        if different := difference(made, way(made), codes):
            wrong.append((seed, made.name, made.fault, different[:5]))
    assert wrong == []
    return seen


def test_a_sample_of_faulty_lists_is_reported_exactly(codes):
    check(range(60), True, codes, directly)


def test_a_sample_of_clean_lists_is_read_without_a_word(codes):
    check(range(40), False, codes, directly)


def test_a_few_go_the_whole_way_through_the_child(codes):
    check(range(1000, 1008), True, codes, guarded)


@pytest.mark.workbooks
@pytest.mark.parametrize("chunk", range(10))
def test_thousands_of_faulty_lists_are_reported_exactly(chunk, codes):
    begin = 10_000 + chunk * CHUNK
    assert check(range(begin, begin + CHUNK), True, codes, directly) == set(FAULTS)


@pytest.mark.workbooks
@pytest.mark.parametrize("chunk", range(3))
def test_a_thousand_clean_lists_are_read_without_a_word(chunk, codes):
    begin = 50_000 + chunk * CHUNK
    check(range(begin, begin + CHUNK), False, codes, directly)


@pytest.mark.workbooks
@pytest.mark.parametrize("chunk", range(2))
def test_hundreds_go_the_whole_way_through_the_child(chunk, codes):
    begin = 90_000 + chunk * CHUNK
    check(range(begin, begin + 100), True, codes, guarded)
