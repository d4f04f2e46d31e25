"""The page on which values are put beside the firm's: what it sends and shows, and to whom."""

import re

import pytest
import time_machine

from tests import build
from tests.tiers.test_verification import FIRST, SECOND, line
from tiers import agreement
from tiers.workflow import Action

NOON = build.moment("2026-03-02 12:00")


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def case(changan, city_officer):
    return build.application_at("submitted", factory=build.factory_at(changan))


def page_of(case, query=""):
    return f"/applications/{case.pk}/verification/{query}"


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def shown_as(answer, key):
    """The hidden version and fingerprint of a row, as a browser would send them back."""
    found = dict(
        re.findall(
            rf'name="({re.escape(key)}-(?:version|was))" value="([^"]*)"', answer.content.decode()
        )
    )
    assert set(found) == {f"{key}-version", f"{key}-was"}
    return found


def filled(answer, key, value, agreed="", comment=""):
    given = {f"{key}-value": value, f"{key}-agreed": agreed, f"{key}-comment": comment}
    return shown_as(answer, key) | given


def test_rows_are_saved_and_both_verdicts_shown(as_user, city_officer, case):
    client = as_user(city_officer)
    page = client.get(page_of(case))

    answer = client.post(page_of(case), filled(page, FIRST, "no", "no", "未联网"), follow=True)

    assert line(case, FIRST).current.comment == "未联网"
    assert case.verifications.count() == 1
    assert "复核结论 未达到基础级要求，差 1 项" in text(answer)
    assert "已保存 1 项" in text(answer)
    assert "复核后达不到基础级要求" in text(client.get(f"/applications/{case.pk}/"))


def test_refused_row_keeps_what_was_typed_and_the_others_are_saved(as_user, city_officer, case):
    client = as_user(city_officer)
    page = client.get(page_of(case))

    sent = filled(page, FIRST, "no") | filled(page, SECOND, "yes")
    answer = client.post(page_of(case), sent)

    assert answer.status_code == 422
    assert "复核值与自评不一致，请填写意见，写明依据" in text(answer)
    assert '<option value="no" selected>不满足</option>' in answer.content.decode()
    assert [one.item for one in case.verifications.all()] == [SECOND]


def test_colleagues_row_is_shown_beside_and_a_second_save_is_meant(
    as_user, city_officer, shijiazhuang, case
):
    client = as_user(city_officer)
    page = client.get(page_of(case))
    colleague = build.officer(shijiazhuang, name="市级己")
    build.verify(case, {FIRST: build.finds("no", "no", "没有联网")}, by=colleague)

    refused = client.post(page_of(case), filled(page, FIRST, "yes"))
    again = client.post(page_of(case), filled(refused, FIRST, "yes"))

    assert refused.status_code == 422
    assert "有人同时改过" in text(refused)
    assert "市级己：市级复核：不满足，意见：没有联网" in text(refused)
    assert again.status_code == 302
    assert line(case, FIRST).state == "same"


def test_row_sent_back_as_it_was_shown_overwrites_nobody(as_user, city_officer, shijiazhuang, case):
    client = as_user(city_officer)
    page = client.get(page_of(case))
    colleague = build.officer(shijiazhuang, name="市级己")
    build.verify(case, {FIRST: build.finds("no", "no")}, by=colleague)

    sent = filled(page, FIRST, "") | filled(page, SECOND, "yes")
    answer = client.post(page_of(case), sent)

    assert answer.status_code == 302
    assert line(case, FIRST).current.value == "no"


def test_rest_is_one_click_and_spares_what_was_typed(as_user, city_officer, case):
    client = as_user(city_officer)
    page = client.get(page_of(case))

    sent = filled(page, FIRST, "no", "no", "未联网") | {"rest": "all"}
    client.post(page_of(case), sent)

    held = agreement.of(case)
    assert (held.checked, held.differing) == (held.total, 1)


def test_filters_show_what_differs_or_is_unchecked(as_user, city_officer, case):
    build.verify(case, {FIRST: build.finds("no", "no")}, rest="basics")
    client = as_user(city_officer)

    differing = client.get(page_of(case, "?show=differing")).content.decode()
    unchecked = client.get(page_of(case, "?show=unchecked")).content.decode()

    assert ('name="rest"' in differing, 'name="rest"' in unchecked) == (False, True)
    assert [f'id="{key}"' in differing for key in (FIRST, SECOND)] == [True, False]
    assert [f'id="{key}"' in unchecked for key in (FIRST, SECOND, "basic.req.1")] == [
        False,
        True,
        False,
    ]


def test_county_and_province_read_and_cannot_write(as_user, county_officer, province_officer, case):
    for who in (county_officer, province_officer):
        client = as_user(who)
        page = client.get(page_of(case))
        assert (page.status_code, "data-draft=" in page.content.decode()) == (200, False)
        assert client.post(page_of(case), {"rest": "all"}).status_code == 302
    assert case.verifications.count() == 0


def test_others_find_nothing(as_user, other_city_officer, rival_staff, case):
    build.verify(case, rest="basics")
    build.decide(case, Action.SEND_BACK, opinion="请补充")

    for who in (other_city_officer, rival_staff):
        for path in (page_of(case), page_of(case, "print/"), f"/api/v1{page_of(case)}"):
            assert as_user(who).get(path).status_code == 404, path


def test_firm_reads_offices_but_no_names_once_sent_back(as_user, case):
    own = build.staff_of(case.factory.enterprise)
    build.verify(case, {FIRST: build.finds("no", "no", "没有联网")})
    client = as_user(own)
    before = [client.get(path).status_code for path in (page_of(case), f"/api/v1{page_of(case)}")]
    build.decide(case, Action.SEND_BACK, opinion="请补充")

    page, paper = client.get(page_of(case)), client.get(page_of(case, "print/"))

    assert before == [404, 404]
    assert "没有联网" in text(page)
    assert "市级甲" not in text(page) + text(paper)
    assert "data-draft=" not in page.content.decode()
    assert page_of(case) in client.get(f"/applications/{case.pk}/").content.decode()


def test_paper_names_number_and_offices_and_no_phone(as_user, city_officer, case):
    build.verify(case, rest="basics")
    own = build.staff_of(case.factory.enterprise)

    paper = text(as_user(city_officer).get(page_of(case, "print/")))

    assert f"受理编号：{case.number}" in paper
    assert f"复核单位：{city_officer.authority.name}" in paper
    assert own.phone
    assert own.phone not in paper


def test_api_tells_both_sides(as_user, city_officer, case):
    build.verify(case, {FIRST: build.finds("no", "no", "没有联网")})

    told = as_user(city_officer).get(f"/api/v1{page_of(case)}").json()

    first = next(one for one in told["lines"] if one["item"] == FIRST)
    assert (told["own_met"], told["agreed_met"], told["checked"]) == (True, False, 1)
    assert (first["own"], first["value"], first["agreed"], first["state"], first["level"]) == (
        "yes",
        "no",
        "no",
        "agreed",
        "city",
    )
    assert next(one for one in told["lines"] if one["item"] == SECOND)["value"] == ""
