"""Applications and rounds over the API: scope, filters and door are those of the pages."""

from datetime import date

import pytest
import time_machine

from tests import build
from tiers.workflow import Action

NOON = build.moment("2026-03-02 12:00")
LIST = "/api/v1/applications/"


@pytest.fixture(autouse=True)
def _at_noon():
    """The API is asked on the day on which the acts of these tests happen."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def case(city_officer, changan):
    return build.application_at("submitted", factory=build.factory_at(changan))


def ids(answer):
    return [row["id"] for row in answer.json()["results"]]


def act(client, case, **given):
    return client.post(f"{LIST}{case.pk}/act/", given, content_type="application/json")


def test_case_is_told_with_what_the_asker_may_do(as_user, city_officer, county_officer, case):
    told = as_user(city_officer).get(f"{LIST}{case.pk}/").json()
    to_county = as_user(county_officer).get(f"{LIST}{case.pk}/").json()

    assert told["number"] == case.number
    assert (told["status_label"], told["step_label"], told["days_left"]) == (
        "待市级认定",
        "市级认定",
        15,
    )
    assert told["factory"]["enterprise"]["credit_code"] == case.factory.enterprise.credit_code
    assert told["allowed_actions"] == ["complete", "send_back", "reject"]
    assert to_county["allowed_actions"] == []


def test_everybody_sees_the_cases_of_his_scope(
    as_user, case, staff, city_officer, other_city_officer, administrator
):
    own = build.staff_of(case.factory.enterprise)

    assert ids(as_user(own).get(LIST)) == [case.pk]
    assert ids(as_user(staff).get(LIST)) == []
    assert ids(as_user(city_officer).get(LIST)) == [case.pk]
    assert ids(as_user(other_city_officer).get(LIST)) == []
    assert as_user(administrator).get(LIST).status_code == 403


def test_outside_the_scope_nothing_exists(as_user, other_city_officer, case):
    client = as_user(other_city_officer)

    assert client.get(f"{LIST}{case.pk}/").status_code == 404
    assert act(client, case, action="reject", opinion="不行").status_code == 404


def test_stranger_is_refused(client, case):
    assert client.get(LIST).status_code == 401
    assert act(client, case, action="reject").status_code == 401


def test_filters_are_those_of_the_desk(as_user, city_officer, case, changan):
    returned = build.application_at("returned", factory=build.factory_at(changan, name="泵业工厂"))
    client = as_user(city_officer)

    assert ids(client.get(LIST, {"tab": "todo"})) == [case.pk]
    assert ids(client.get(LIST, {"tab": "done"})) == [returned.pk]
    assert ids(client.get(LIST, {"q": "泵业", "county": "130102"})) == [returned.pk]
    assert ids(client.get(LIST, {"status": "returned"})) == [returned.pk]
    assert client.get(LIST, {"tier": "none"}).status_code == 400


def test_officer_decides_through_the_door(as_user, city_officer, case):
    answer = act(
        as_user(city_officer),
        case,
        action="complete",
        document_no="石工信〔2026〕8号",
        decided_on="2026-03-02",
        performance_confirmed=True,
    )

    case.refresh_from_db()
    assert answer.status_code == 200
    assert answer.json()["status"] == case.status == "certified"
    assert case.certification.valid_from == date(2026, 3, 2)


def test_refusal_says_what_is_missing(as_user, city_officer, case):
    answer = act(as_user(city_officer), case, action="send_back")

    case.refresh_from_db()
    assert answer.status_code == 400
    assert answer.json()["detail"] == "请至少写一项退回内容：退回哪一项、什么理由、要怎样改"
    assert answer.json()["codes"] == ["items"]
    assert case.status == "in_progress"


def test_action_that_is_not_allowed_any_more_is_refused(as_user, city_officer, case):
    build.decide(case, Action.REJECT, by=city_officer, opinion="不符合")

    answer = act(as_user(city_officer), case, action="reject", opinion="不符合")

    assert answer.status_code == 403
    assert case.decisions.filter(action="reject").count() == 1


def test_unknown_action_is_refused(as_user, city_officer, case):
    assert act(as_user(city_officer), case, action="approve").status_code == 400


def test_firm_submits_and_withdraws(as_user, changan, city_officer):
    draft = build.draft(build.factory_at(changan))
    client = as_user(build.staff_of(draft.factory.enterprise))

    submitted = act(client, draft, action="submit", declared_by="王厂长")
    withdrawn = act(client, draft, action="withdraw")

    assert submitted.json()["allowed_actions"] == ["withdraw"]
    assert withdrawn.json()["status"] == "withdrawn"


def test_officer_sees_no_draft(as_user, changan, city_officer):
    draft = build.draft(build.factory_at(changan))

    assert as_user(city_officer).get(f"{LIST}{draft.pk}/").status_code == 404


def test_list_asks_the_same_number_of_queries_for_four_cases(
    as_user, city_officer, case, changan, django_assert_max_num_queries
):
    client = as_user(city_officer)

    def queries():
        with django_assert_max_num_queries(15) as asked:
            client.get(LIST)
        return len(asked)

    one = queries()
    for _ in range(3):
        build.application_at("submitted", factory=build.factory_at(changan))

    assert queries() == one


def test_rounds_are_those_that_cover_the_firm(as_user, staff, changan, shijiazhuang, tangshan):
    build.factory_at(changan, enterprise=staff.enterprise)
    batch = build.open_round(shijiazhuang)
    build.open_round(tangshan)

    (told,) = as_user(staff).get("/api/v1/rounds/").json()["results"]

    assert (told["id"], told["is_open"], told["authority"]["code"]) == (batch.pk, True, "130100")
