"""The officer's desk and case page over HTTP, and the rounds."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse

from registry import enterprises
from registry.policy import StepKind, Tier
from tests import build
from tiers.models import Application, Round
from tiers.workflow import Action

NOON = build.moment("2026-03-02 12:00")
DESK = "/desk/"


@pytest.fixture(autouse=True)
def _at_noon():
    """The pages are asked on the day on which the acts of these tests happen."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def case(city_officer, changan):
    """A case at the city's step; the officer of the city exists before it."""
    return build.application_at("submitted", factory=build.factory_at(changan))


@pytest.fixture
def desk(as_user, city_officer):
    return as_user(city_officer)


def numbers(answer):
    return [row.number for row in answer.context["list"].page.rows]


def counts(answer):
    return {tab.label: int(tab.count) for tab in answer.context["tabs"]}


def decision(case, outcome="complete", **given):
    """What the action panel sends."""
    data = {
        "outcome": outcome,
        "opinion": "材料齐全，情况属实",
        "document_no": "石工信〔2026〕8号",
        "decided_on": "2026-03-02",
        "performance_confirmed": "on",
        "seen": case.decisions.count(),
    }
    return {key: value for key, value in {**data, **given}.items() if value is not None}


def act(client, case, outcome="complete", **given):
    url = reverse("tiers:application_act", args=[case.pk])
    return client.post(url, decision(case, outcome, **given))


# --- the desk -----------------------------------------------------------------------------------


def test_number_on_each_tab_is_the_length_of_its_list(desk, city_officer, case):
    build.application_at("returned", where=build.authority("130102"))
    build.application_at("certified", where=build.authority("130102"))
    first = desk.get(DESK)

    found = {
        tab.label: desk.get(f"{DESK}{tab.query}").context["list"].page.count
        for tab in first.context["tabs"]
    }

    assert counts(first) == found == {"待办": 1, "已办": 2, "下级超期": 0, "全部": 3}


@pytest.mark.parametrize("exact", [1, 1000], ids=["many found", "few found"])
def test_search_narrows_every_tab(desk, case, city_officer, changan, monkeypatch, exact):
    for module in ("paging", "showing"):
        monkeypatch.setattr(f"registry.listing.{module}.EXACT", exact)
    done = build.application_at("submitted", factory=build.factory_at(changan))
    act(desk, done, confirmed="1")
    firm = case.factory.enterprise

    both, one = desk.get(DESK, {"q": "长安区"}), desk.get(DESK, {"q": firm.name, "tab": "all"})

    assert [tab.count for tab in both.context["tabs"]] == [
        "1",
        "1",
        "0",
        str(min(exact, 2)) + "+" * (exact < 2),
    ]
    assert [tab.count for tab in one.context["tabs"]] == ["1", "0", "0", "1"]
    assert numbers(both) == numbers(one) == [case.number]


def test_decided_case_moves_from_todo_to_done(desk, case):
    before = counts(desk.get(DESK))
    act(desk, case, confirmed="1")
    after = counts(desk.get(DESK))

    assert (before["待办"], before["已办"]) == (1, 0)
    assert (after["待办"], after["已办"]) == (0, 1)


def test_what_is_due_first_stands_on_top(desk, case, changan):
    earlier = build.application_at(
        "submitted", factory=build.factory_at(changan), at=build.moment("2026-02-03 09:00")
    )
    same_day = build.application_at("submitted", factory=build.factory_at(changan))

    assert numbers(desk.get(DESK)) == [earlier.number, case.number, same_day.number]


@pytest.mark.parametrize(
    ("day", "words"),
    [
        ("2026-03-02", "剩 15 个工作日"),
        ("2026-03-20", "剩 1 个工作日"),
        ("2026-03-23", "今天到期"),
        ("2026-03-24", "超期 1 个工作日"),
    ],
)
def test_limit_is_counted_in_working_days(desk, case, day, words):
    with time_machine.travel(build.moment(f"{day} 12:00"), tick=False):
        desk.force_login(build.User.objects.get(username="city-shijiazhuang"))
        text = desk.get(DESK).content.decode()

    assert words in text


def test_filters_stand_in_the_address_as_removable_tags(desk, case, changan):
    build.application_at("submitted", factory=build.factory_at(changan, name="泵业工厂"))

    answer = desk.get(DESK, {"q": "泵业", "tier": "basic", "county": "130102"})

    text = answer.content.decode()
    assert len(numbers(answer)) == 1
    assert counts(answer) == {"待办": 1, "已办": 0, "下级超期": 0, "全部": 1}
    assert "<title>待办，筛选出 1 件 - " in text
    assert '<div class="filter-tags" role="status">' in text
    assert "等级：基础级" in text
    assert "地区：长安区" in text
    assert "?tier=basic&amp;county=130102" in text


@pytest.mark.parametrize(
    "words", ["甲精密", "JC-2026-0001", "jc-2026-0001", "\uff19\uff1113", "老名字"]
)
def test_search_finds_names_numbers_codes_and_former_names(desk, shijiazhuang, changan, words):
    enterprise = build.enterprise_at(changan, name="石家庄老名字机械有限公司")
    factory = build.factory_at(changan, enterprise=enterprise)
    case = build.application_at("submitted", factory=factory)
    enterprises.rename(
        enterprise,
        "石家庄甲精密机械有限公司",
        document="变更登记通知书",
        by=build.staff_of(enterprise),
        at=build.DAY,
    )

    assert numbers(desk.get(DESK, {"q": words})) == [case.number]


def test_nothing_found_says_what_to_do(desk, case):
    text = desk.get(DESK, {"q": "没有这家"}).content.decode()

    assert "没有符合条件的申报" in text


def test_empty_desk_says_what_belongs_here(desk):
    assert "没有待办" in desk.get(DESK).content.decode()


def test_second_page_keeps_the_filters(desk, case, changan, monkeypatch):
    monkeypatch.setattr("tiers.views.desk.PER_PAGE", 1)
    other = build.application_at("submitted", factory=build.factory_at(changan))

    answer = desk.get(DESK, {"tier": "basic", "page": 2})

    assert numbers(answer) == [other.number]
    assert "?tier=basic&amp;tab=todo&amp;page=1" in answer.content.decode()


def test_desk_shows_only_its_own_level(as_user, county_officer, province_officer, case):
    county, province = (counts(as_user(o).get(DESK)) for o in (county_officer, province_officer))

    assert county == {"待办": 0, "已办": 0, "全部": 1}
    assert province == {"待办": 0, "已办": 0, "下级超期": 0, "全部": 1}


def test_other_city_sees_nothing(as_user, other_city_officer, case):
    client = as_user(other_city_officer)

    assert counts(client.get(DESK)) == {"待办": 0, "已办": 0, "下级超期": 0, "全部": 0}
    assert client.get(reverse("tiers:application", args=[case.pk])).status_code == 404
    assert act(client, case).status_code == 404


def test_draft_is_on_no_desk(desk, city_officer, changan):
    drafted = build.draft(build.factory_at(changan))

    assert counts(desk.get(DESK))["全部"] == 0
    assert desk.get(reverse("tiers:application", args=[drafted.pk])).status_code == 404


def test_firm_has_no_desk(as_user, staff):
    assert as_user(staff).get(DESK).status_code == 403


def test_desk_asks_the_same_number_of_queries_for_four_cases(
    desk, case, changan, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(30) as asked:
            desk.get(DESK)
        return len(asked)

    one = queries()
    for _ in range(3):
        build.application_at("submitted", factory=build.factory_at(changan))

    assert queries() == one


# --- the case page ------------------------------------------------------------------------------


def test_case_page_shows_answers_record_and_actions(desk, case):
    enterprises.record_honour(
        case.factory.enterprise,
        kind="lighthouse",
        document_no="灯塔〔2024〕1号",
        awarded_on=date(2024, 5, 1),
        by=build.staff_of(case.factory.enterprise),
        at=build.DAY,
    )
    enterprises.record_veto_event(
        case.factory.enterprise,
        kind="safety",
        grade="ordinary",
        happened_on=date(2025, 5, 1),
        by=build.staff_of(case.factory.enterprise),
        at=build.DAY,
    )

    answer = desk.get(reverse("tiers:application", args=[case.pk]))

    text = answer.content.decode()
    assert "自评达到基础级要求" in text
    assert "证明.pdf" in text
    assert "灯塔〔2024〕1号" in text
    assert "2025-05-01" in text
    assert [o["label"] for o in answer.context["form"].outcomes] == [
        "认定为基础级",
        "退回补正",
        "不予认定",
    ]
    assert "提交申报" in text


def test_case_page_without_a_part_in_it_has_no_actions(as_user, county_officer, case):
    answer = as_user(county_officer).get(reverse("tiers:application", args=[case.pk]))

    assert answer.context["form"] is None
    assert "本件现在不由本账号办理：待市级认定" in answer.content.decode()


def test_case_page_asks_the_same_number_of_queries_however_much_is_on_record(
    desk, case, django_assert_max_num_queries
):
    url = reverse("tiers:application", args=[case.pk])

    def queries():
        with django_assert_max_num_queries(50) as asked:
            desk.get(url)
        return len(asked)

    one = queries()
    for year in (2019, 2020, 2021):
        enterprises.record_honour(
            case.factory.enterprise,
            kind="lighthouse",
            document_no=f"灯塔〔{year}〕1号",
            awarded_on=date(year, 5, 1),
            factory=case.factory,
            by=build.staff_of(case.factory.enterprise),
            at=build.DAY,
        )

    assert queries() == one


# --- deciding -----------------------------------------------------------------------------------


def test_first_step_only_shows_what_will_be_done(desk, case):
    answer = act(desk, case)

    text = answer.content.decode()
    case.refresh_from_db()
    assert "核对办理内容" in text
    assert "确认认定为基础级" in text
    assert "石工信〔2026〕8号" in text
    assert case.status == "in_progress"


def test_second_step_decides(desk, case):
    answer = act(desk, case, confirmed="1", decided_on="2026-03-02")

    case.refresh_from_db()
    assert answer.url == reverse("tiers:application", args=[case.pk])
    assert case.status == "certified"
    assert case.certification.document_no == "石工信〔2026〕8号"
    assert case.certification.valid_from == date(2026, 3, 2)


def test_after_acting_the_next_case_is_offered(desk, case, changan):
    following = build.application_at("submitted", factory=build.factory_at(changan))

    done = desk.get(act(desk, case, confirmed="1").url)

    text = done.content.decode()
    assert f"已办：认定为基础级，{case.number}" in text
    assert f"办理下一件 {following.number}" in text


def test_sending_back_needs_an_item_and_nothing_else(desk, case):
    bare = act(desk, case, "send_back", opinion="请补清单", document_no="", decided_on="")
    item = {"items-0-target": "field:enterprise.address", "items-0-reason": "信息有误"}
    sent = act(desk, case, "send_back", opinion="", document_no="", confirmed="1", **item)

    case.refresh_from_db()
    assert bare.status_code == 200
    assert "请至少写一项退回内容" in bare.content.decode()
    assert sent.status_code == 302
    assert (case.status, case.decisions.latest("pk").items.count()) == ("returned", 1)


def test_rejecting_ends_the_case(desk, case):
    act(desk, case, "reject", opinion="成熟度依据不足", confirmed="1")

    case.refresh_from_db()
    assert case.status == "rejected"


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ({"document_no": ""}, "请填写认定文件的文号"),
        ({"performance_confirmed": None}, "请核实主要技术经济指标"),
        ({"decided_on": "2026-03-03"}, "认定日期不能晚于今天"),
        ({"decided_on": "2026-03-01"}, "认定日期不能早于企业提交申报的日期"),
        ({"decided_on": "昨天"}, "认定日期请按 2026-03-31 的格式填写"),
        ({"outcome": None}, "请选择办理结果"),
    ],
)
@pytest.mark.parametrize("confirmed", [None, "1"])
def test_what_is_missing_comes_back_with_the_entries_kept(desk, case, missing, words, confirmed):
    answer = act(desk, case, opinion="我写的意见", confirmed=confirmed, **missing)

    text = answer.content.decode()
    case.refresh_from_db()
    assert answer.status_code == 200
    assert words in text
    assert "我写的意见" in text
    assert "提交有问题" in text
    assert case.status == "in_progress"


def test_going_back_keeps_the_entries(desk, case):
    answer = act(desk, case, opinion="我写的意见", back="1")

    assert answer.status_code == 200
    assert "我写的意见" in answer.content.decode()
    assert "提交有问题" not in answer.content.decode()


def test_slower_officer_is_told_so(desk, case, city_officer, shijiazhuang):
    quicker = build.officer(shijiazhuang, name="市级快手")
    form = decision(case, confirmed="1")
    build.decide(case, Action.REJECT, by=quicker, opinion="不符合")

    answer = desk.post(reverse("tiers:application_act", args=[case.pk]), form)

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "市级快手" in text
    assert reverse("tiers:application", args=[case.pk]) in text
    case.refresh_from_db()
    assert case.status == "rejected"


def test_form_opened_before_a_new_submission_decides_nothing(desk, case, city_officer):
    form = decision(case, confirmed="1")
    build.decide(case, Action.SEND_BACK, by=city_officer, opinion="请补清单")
    build.submit(case)

    answer = desk.post(reverse("tiers:application_act", args=[case.pk]), form)

    case.refresh_from_db()
    assert (answer.status_code, case.status) == (409, "in_progress")


def test_veto_event_since_the_submission_is_seen_and_stops_the_title(desk, case):
    enterprises.record_veto_event(
        case.factory.enterprise,
        kind="safety",
        grade="larger",
        happened_on=date(2026, 3, 1),
        by=build.staff_of(case.factory.enterprise),
        at=build.DAY,
    )

    page = desk.get(reverse("tiers:application", args=[case.pk])).content.decode()
    refused = act(desk, case, confirmed="1")

    case.refresh_from_db()
    assert "发生较大" in page
    assert refused.status_code == 200
    assert case.status == "in_progress"


def test_recommending_officer_is_asked_for_an_opinion_only(desk, city_officer, province_officer):
    factory = build.factory_at(build.authority("130102"))
    build.title(factory, on=date(2026, 2, 1))
    case = build.application_at("submitted", factory=factory, tier=Tier.ADVANCED)

    answer = desk.get(reverse("tiers:application", args=[case.pk]))
    form = answer.context["form"]
    act(desk, case, opinion="同意推荐", confirmed="1")

    case.refresh_from_db()
    assert form.outcomes[0]["label"] == "推荐"
    assert "document_no" not in form.fields
    assert (case.step, case.step_level) == ("check", "province")


def test_step_without_its_record_cannot_be_completed(as_user, city_officer, province_officer):
    case = build.at_step(StepKind.PUBLICISE)

    answer = as_user(province_officer).get(reverse("tiers:application", args=[case.pk]))

    (complete, *_) = answer.context["form"].outcomes
    assert complete["disabled_reason"] == "公示整批办理：在批次的“公示”页发布，期满后在那里办结"


def test_firm_cannot_decide(as_user, staff, case):
    assert act(as_user(staff), case).status_code == 403


# --- rounds -------------------------------------------------------------------------------------


def test_rounds_are_listed_with_state_and_cases(desk, case, shijiazhuang):
    build.open_round(shijiazhuang, opens_on=date(2026, 4, 1))

    lines = desk.get(reverse("tiers:round_list")).context["list"].lines

    assert [(line.row.state[1], line.row.submitted) for line in lines] == [
        ("未开始", 0),
        ("受理中", 1),
    ]


def test_round_counts_only_the_cases_that_the_officer_sees(as_user, case):
    build.application_at("submitted", where=build.authority("130104"))
    changan, qiaoxi = build.authority("130102"), build.authority("130104")

    def counted(authority):
        page = as_user(build.officer(authority)).get(reverse("tiers:round_list"))
        (line,) = page.context["list"].lines
        return line.row.submitted

    assert (counted(changan), counted(qiaoxi), counted(build.authority("130100"))) == (1, 1, 2)


def test_city_opens_a_round_of_the_basic_tier(desk, city_officer):
    url = reverse("tiers:round_new")
    form = desk.get(url).context["form"]

    answer = desk.post(
        url, {"tier": "basic", "title": "第二批", "opens_on": "2026-03-05", "closes_on": ""}
    )

    batch = Round.objects.get()
    assert [value for value, _ in form.fields["tier"].choices] == ["basic"]
    assert answer.url == reverse("tiers:round", args=[batch.pk])
    assert (batch.authority, batch.opens_on, batch.closes_on) == (
        city_officer.authority,
        date(2026, 3, 5),
        None,
    )


def test_round_that_ends_before_it_begins_is_refused_with_the_entries_kept(desk):
    answer = desk.post(
        reverse("tiers:round_new"),
        {"tier": "basic", "title": "第二批", "opens_on": "2026-03-05", "closes_on": "2026-03-04"},
    )

    text = answer.content.decode()
    assert "截止日期不能早于开始日期" in text
    assert "第二批" in text
    assert Round.objects.count() == 0


def test_round_gets_its_last_day(desk, shijiazhuang, city_officer):
    batch = build.open_round(shijiazhuang)

    desk.post(reverse("tiers:round_close", args=[batch.pk]), {"closes_on": "2026-03-31"})

    batch.refresh_from_db()
    assert batch.closes_on == date(2026, 3, 31)


def test_round_of_another_office_cannot_be_closed(as_user, province_officer, shijiazhuang):
    batch = build.open_round(shijiazhuang)
    url = reverse("tiers:round_close", args=[batch.pk])

    assert as_user(province_officer).get(url).status_code == 404


def test_county_opens_no_round(as_user, county_officer):
    client = as_user(county_officer)

    assert client.get(reverse("tiers:round_new")).status_code == 403
    assert not client.get(reverse("tiers:round_list")).context["can_open"]


def test_firm_has_no_list_of_rounds(as_user, staff):
    assert as_user(staff).get(reverse("tiers:round_list")).status_code == 403


def test_rounds_ask_the_same_number_of_queries_for_four(
    desk, shijiazhuang, city_officer, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(20) as asked:
            desk.get(reverse("tiers:round_list"))
        return len(asked)

    build.open_round(shijiazhuang)
    one = queries()
    for months in range(3):
        build.open_round(shijiazhuang, opens_on=build.DAY.date() + timedelta(days=30 * months))

    assert queries() == one
    assert Application.objects.count() == 0


def test_long_filter_row_folds_as_a_whole(desk, case):
    page = desk.get(DESK).content.decode()
    folded = page.split('<details class="filter-fold" open>')[1].split("</details>")[0]

    assert 'name="due"' in folded or 'name="step"' in folded
    assert 'type="submit"' in folded


def test_send_back_says_that_the_clock_goes_on(desk, case):
    page = desk.get(reverse("tiers:application", args=[case.pk])).content.decode()

    assert "各部门的限期扣除已用的工作日，接着计算" in page


def test_every_officer_is_offered_the_rounds_and_areas_around_his_own_office(as_user, world):
    offices = [build.authority(code) for code in ("130100", "130200")]
    rounds = [build.open_round(office).title for office in offices]

    first, second = (offers(as_user(build.officer_of(office)).get(DESK)) for office in offices)

    assert [first["rounds"], second["rounds"]] == [[rounds[0]], [rounds[1]]]
    assert "长安区" in first["areas"]
    assert "路北区" in second["areas"]
    assert set(first["areas"]) & set(second["areas"]) == set()


def offers(answer):
    fields = answer.context["list"].form.fields
    return {
        "rounds": [label for value, label in fields["round"].widget.choices if value],
        "areas": [label for value, label in fields["county"].widget.choices if value],
    }
