"""The start page of every role: figures equal to the lists they open, and the next step."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from registry.policy import Tier
from tests import build
from tiers import filing
from tiers.models import Application

HOME = "/home/"
LATE = build.moment("2028-04-20 09:00")


@pytest.fixture(autouse=True)
def _late_in_april():
    """So late that what came in on 2 March is overdue, and an old title near its end."""
    with time_machine.travel(LATE, tick=False):
        yield


@pytest.fixture
def busy(city_officer, county_officer, province_officer, changan, tangshan, staff):
    """Something of every kind in 石家庄, and another city's list at the province."""
    build.application_at("submitted", factory=build.factory_at(changan))
    build.application_at("submitted", factory=build.factory_at(changan), at=LATE)
    build.application_at("returned", factory=build.factory_at(changan), at=LATE)
    near = build.title(build.factory_at(changan), on=date(2025, 6, 2))
    assert near.last_day == date(2028, 6, 2)
    returned = build.returned_list(at=LATE)
    build.title(build.factory_at(changan), on=LATE.date())
    build.title(build.factory_at(changan), on=LATE.date())
    build.filed_list(tangshan, at=LATE)
    build.claim_by(staff.enterprise, at=LATE)
    return returned


def shown(answer):
    """How many things the opened list holds in all."""
    context = answer.context
    if "titles" in context:
        return len(context["titles"])
    if "list" in context:
        return context["list"].page.count
    return context["page"].paginator.count


def figures(client):
    return {figure.label: figure for figure in client.get(HOME).context["figures"]}


@pytest.mark.parametrize("who", ["county_officer", "city_officer", "province_officer"])
def test_every_figure_of_an_officer_equals_its_list(as_user, request, busy, who):
    client = as_user(request.getfixturevalue(who))

    found = figures(client).values()

    assert {f.label: f.value for f in found} == {f.label: shown(client.get(f.url)) for f in found}


def test_city_is_told_of_everything_that_waits(as_user, city_officer, busy):
    found = figures(as_user(city_officer))

    assert {label: f.value for label, f in found.items() if label != "未读站内信"} == {
        "待办": 2,
        "超期": 1,
        "下级超期": 0,
        "已认定待报备": 2,
        "备案清单待办": 1,
        "待确认人员": 1,
        "180 天内到期": 1,
    }
    assert found["超期"].tone == "bad"


def test_menu_counts_equal_the_figures(as_user, city_officer, busy):
    client = as_user(city_officer)

    answer = client.get(HOME)

    menu = {entry.label: entry.count for entry in answer.context["menu"]}
    found = {f.label: f.value for f in answer.context["figures"]}
    assert (menu["待办"], menu["备案清单"], menu["人员确认"], menu["站内信"]) == (
        found["待办"],
        found["备案清单待办"],
        found["待确认人员"],
        found["未读站内信"],
    )


def test_overdue_case_is_on_top_and_says_so(as_user, city_officer, busy):
    answer = as_user(city_officer).get(HOME)

    first, _, left = answer.context["cases"][0]
    assert first.due_on < LATE.date()
    assert left.overdue
    assert f"超期 {left.over} 个工作日" in answer.content.decode()


def test_case_leaves_the_desk_when_it_is_decided(as_user, city_officer, busy):
    client = as_user(city_officer)
    case = client.get(HOME).context["cases"][0][0]

    build.decide(case, by=city_officer, at=LATE)

    assert figures(client)["待办"].value == 1
    done = client.get("/desk/?tab=done").context["list"].page.rows
    assert case in list(done)


def test_acknowledged_list_is_no_longer_waiting(as_user, province_officer, busy, tangshan):
    client = as_user(province_officer)
    before = figures(client)["备案清单待办"].value
    filed = tangshan.filing_lists.get()

    filing.acknowledge(filed, by=province_officer, at=LATE)

    assert (before, figures(client)["备案清单待办"].value) == (1, 0)


def test_every_figure_of_a_firm_equals_its_list(as_user, staff, changan, city_officer):
    for stage in ("submitted", "returned", "certified"):
        factory = build.factory_at(changan, enterprise=staff.enterprise)
        build.application_at(stage, factory=factory, at=LATE)
    client = as_user(staff)

    found = figures(client).values()

    assert {f.label: f.value for f in found} == {f.label: shown(client.get(f.url)) for f in found}
    assert [f.value for f in found][:3] == [1, 1, 1]


def steps(client):
    return [(card.step.label, card.step.url) for card in client.get(HOME).context["cards"]]


def test_firm_is_told_the_next_step_of_each_factory(as_user, staff, changan, city_officer):
    build.open_round(city_officer.authority, at=LATE)
    none, open_one, locked, drafted, back = (
        build.factory_at(changan, enterprise=staff.enterprise, at=LATE) for _ in range(5)
    )
    sheet = build.open_assessment(open_one, at=LATE)
    build.locked_assessment(locked, at=LATE)
    draft = build.application_at("draft", factory=drafted, at=LATE)
    returned = build.application_at("returned", factory=back, at=LATE)
    batch = draft.round

    assert none.pk
    assert steps(as_user(staff)) == [
        ("开始自评", reverse("assessments:assessment_list")),
        ("继续自评", reverse("assessments:assessment", args=[sheet.pk])),
        ("申报基础级", f"/applications/new/?factory={locked.pk}&round={batch.pk}"),
        ("继续填写申报", reverse("tiers:application", args=[draft.pk])),
        ("看意见并修改", reverse("tiers:application", args=[returned.pk])),
    ]


def test_held_tier_is_not_offered_until_it_nears_its_end(as_user, staff, changan, city_officer):
    factory = build.factory_at(changan, enterprise=staff.enterprise, at=LATE)
    title = build.certified(factory, on=LATE.date())
    client = as_user(staff)

    now = steps(client)
    with time_machine.travel(build.on_day(title.last_day), tick=False):
        build.open_round(city_officer.authority, at=build.on_day(title.last_day))
        as_user(staff)
        then = steps(client)

    assert [label for label, _ in now] == ["看自评结果"]
    assert [label for label, _ in then] == ["申请复核"]


def test_firm_without_a_factory_is_told_to_add_one(as_user, staff):
    assert "还没有登记工厂" in as_user(staff).get(HOME).content.decode()


def test_firm_sees_the_tier_and_the_days_left(as_user, staff, changan):
    factory = build.factory_at(changan, enterprise=staff.enterprise)
    title = build.title(factory, Tier.BASIC, on=date(2025, 6, 2))

    text = as_user(staff).get(HOME).content.decode()

    assert f"还有 {(title.last_day - LATE.date()).days} 天" in text


def test_unconfirmed_person_is_sent_to_the_page_that_says_so(as_user, staff):
    claim = build.claim_by(staff.enterprise)

    answer = as_user(claim.user).get(HOME)

    assert answer.url == reverse("registry:waiting")


def test_administrator_is_led_to_the_administration(as_user, administrator):
    assert reverse("admin:index") in as_user(administrator).get(HOME).content.decode()


def test_signing_in_leads_to_the_start_page(client, city_officer):
    answer = client.post("/login/", {"username": city_officer.username, "password": build.PASSWORD})

    assert answer.url == HOME


def test_queries_do_not_grow(as_user, city_officer, changan, django_assert_max_num_queries):
    client, used = as_user(city_officer), []
    for more in (1, 3):
        for _ in range(more):
            build.application_at("submitted", factory=build.factory_at(changan, at=LATE), at=LATE)
        with django_assert_max_num_queries(40) as counted:
            client.get(HOME)
        used.append(len(counted))

    assert used[0] == used[1]
    assert Application.objects.count() == 4


def test_queries_of_a_firm_do_not_grow(
    as_user, staff, changan, city_officer, django_assert_max_num_queries
):
    client, used = as_user(staff), []
    for more in (1, 3):
        for _ in range(more):
            factory = build.factory_at(changan, enterprise=staff.enterprise, at=LATE)
            build.decide(build.application_at("submitted", factory=factory, at=LATE), at=LATE)
        with django_assert_max_num_queries(40) as counted:
            client.get(HOME)
        used.append(len(counted))

    assert used[0] == used[1]


def test_firm_is_led_to_the_renewal_of_a_title_that_ends(as_user, changan):
    factory = build.factory_at(changan)
    build.locked_assessment(factory)
    build.round_for(factory)
    title = build.title(factory, on=date(2026, 3, 2), last_day=date(2026, 6, 30))
    for day, words, led in (
        (date(2026, 3, 2), "基础级还有 120 天到期", True),
        (date(2026, 7, 10), "基础级已到期，可以逾期复核", True),
        (date(2026, 10, 1), "", False),
    ):
        with time_machine.travel(build.on_day(day), tick=False):
            shown = as_user(build.staff_of(factory.enterprise)).get(HOME).content.decode()
        assert words in shown
        assert (f"/titles/{title.pk}/renewal/" in shown) == led
