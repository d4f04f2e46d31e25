"""The basic tier from the first proof to the public page, in Chromium, through the whole stack."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import expect

from tests import build
from tests.browser import steps
from tests.stack.logs import lines, until


@pytest.fixture
def firm(world):
    return SimpleNamespace(assessment=SimpleNamespace(pk=world.assessment, standard=world.standard))


def test_basic_tier_through_the_stack(stack, world, firm, open_page):
    staff = open_page("firm-1", build.PASSWORD)
    steps.answer_production(staff, firm, javascript=True)
    steps.kept(staff, firm)
    steps.lock(staff, firm)
    case = steps.apply(staff)
    city = open_page("city-shijiazhuang", build.PASSWORD)
    steps.determine(city, case.number)
    public = open_page()
    assert public.goto(f"/register/{world.factory}/").status == 404
    steps.file_list(city)
    steps.acknowledge(open_page("province-hebei", build.PASSWORD))

    steps.find(public)
    expect(public.get_by_role("heading", level=1)).to_have_text("基础级认定有效")
    every_act_is_found_by_its_number(stack, case)


def every_act_is_found_by_its_number(stack, case):
    """The trail of the case names requests that the proxy saw."""
    sql = (
        "SELECT DISTINCT request_id FROM registry_auditevent "
        f"WHERE target_name LIKE '%{case.number}%' AND verb LIKE 'application.%'"
    )
    numbers = set(stack.psql(sql).split())

    assert len(numbers) > 1
    until(lambda: numbers <= {line["request_id"] for line in lines(stack, "nginx-1")})
