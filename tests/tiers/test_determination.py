"""A list determined: prepared, confirmed by another, issued at once, and what bars each."""

import copy
import hashlib
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from zeal import zeal_ignore

from registry import delegation, enterprises, policy
from registry.access import Duty, Seat
from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import (
    consultation,
    determination,
    eligibility,
    verification,
)
from tiers.models import Application, Certification, Determination
from tiers.workflow import Action

AT = build.DAY


@pytest.fixture
def office(hebei, city_officer):
    """Two officers of the province, and the city's who recommends."""
    return build.officer(hebei, name="省级甲"), build.officer(hebei, name="省级乙")


@pytest.fixture
def cases(list_chain, office):
    return [build.decide(build.candidate()) for _ in range(3)]


@pytest.fixture
def batch(cases):
    return cases[0].round


def statuses(cases):
    return [Application.objects.get(pk=case.pk).status for case in cases]


def standing_in(user, giver):
    """The person as he acts in another's place."""
    terms = delegation.Terms(user, AT.date(), AT.date(), [Duty.COMPLETE.value], [], "出差")
    user = copy.copy(user)
    delegation.put_on(user, delegation.give(terms, by=giver, at=AT))
    return user


def revoke_basic(case):
    title = Certification.objects.get(factory=case.factory, tier=Tier.BASIC)
    build.revoked(title, reason="材料虚假", document_no="文〔2026〕3号", at=AT)


def test_advanced_tier_is_determined_by_list_where_the_rules_say_so():
    assert {
        (rules.code, tier.value)
        for rules in policy.all_policies()
        for tier, rule in rules.tiers.items()
        if rule.determine_by == "list"
    } == {("hebei-2025", "advanced"), ("anhui-2025", "advanced")}


def test_whole_list_is_issued_at_once(batch, cases, office):
    build.drawn_up(batch, document_no="工信规划〔2026〕12号")
    build.agreed(batch)
    held = build.issued(batch)

    assert statuses(cases) == ["certified"] * 3
    titles = Certification.objects.filter(tier=Tier.ADVANCED)
    assert {title.document_no for title in titles} == {"工信规划〔2026〕12号"}
    assert {title.valid_from for title in titles} == {AT.date()}
    assert {title.published_on for title in titles} == {AT.date()}
    assert [row["title_number"] for row in held.content] == sorted(t.number for t in titles)
    assert held.digest == hashlib.sha256(determination.as_text(held).encode()).hexdigest()
    assert AuditEvent.objects.filter(verb="determination.issue").count() == 1
    assert Notification.objects.filter(event="title.issued").count() == 3


def test_recommending_unit_is_told_once(batch, cases, office, city_officer):
    build.drawn_up(batch)
    build.agreed(batch)
    build.issued(batch)

    told = Notification.objects.filter(event="round.determined")
    assert [(one.recipient, one.result) for one in told] == [
        (city_officer, "已认定 3 座，其中本单位推荐 3 座")
    ]


def test_what_was_not_chosen_waits_for_the_next_list(batch, cases, office):
    build.determined(cases[1])

    assert statuses(cases) == ["in_progress", "certified", "in_progress"]
    build.drawn_up(batch)
    build.agreed(batch)
    build.issued(batch)
    assert statuses(cases) == ["certified"] * 3
    assert Determination.objects.count() == 2


def test_no_officer_determines_one_alone(batch, cases, office):
    build.drawn_up(batch)
    build.agreed(batch)

    with pytest.raises(ValidationError, match="随批次名单一并认定"):
        build.decide(cases[0], by=office[0])
    assert statuses(cases[:1]) == ["in_progress"]


def test_case_page_shuts_the_determination_and_leads_to_the_list(cases, office, as_user):
    page = as_user(office[0]).get(f"/applications/{cases[0].pk}/").content.decode()

    assert determination.BY_LIST in page
    assert f'href="/rounds/{cases[0].round_id}/determine/"' in page


def test_who_prepared_does_not_confirm(batch, cases, office):
    build.drawn_up(batch, by=office[0])

    with pytest.raises(ValidationError, match="须由另一人确认"):
        build.agreed(batch, by=office[0])
    with pytest.raises(ValidationError, match="须由另一人确认"):
        build.agreed(batch, by=standing_in(office[1], office[0]))
    assert build.agreed(batch, by=office[1]).confirmed_name == "省级乙"


def test_who_is_stood_in_for_does_not_confirm_himself(batch, cases, office):
    build.drawn_up(batch, by=standing_in(office[1], office[0]))

    with pytest.raises(ValidationError, match="须由另一人确认"):
        build.agreed(batch, by=office[0])


def test_who_recommended_a_case_neither_prepares_nor_confirms(
    batch, cases, office, city_officer, hebei
):
    city_officer.role, city_officer.authority = "province", hebei
    city_officer.save()

    with pytest.raises(ValidationError, match="不能再由本人准备"):
        build.drawn_up(batch, by=city_officer)
    build.drawn_up(batch, by=office[0])
    with pytest.raises(ValidationError, match="不能再由本人确认"):
        build.agreed(batch, by=city_officer)
    build.agreed(batch, by=office[1])
    with pytest.raises(ValidationError, match="不能再由本人印发"):
        build.issued(batch, by=city_officer)


def test_nothing_is_issued_without_a_second_person(batch, cases, office):
    build.drawn_up(batch)

    with pytest.raises(ValidationError, match="还没有第二人确认"):
        build.issued(batch)
    assert statuses(cases) == ["in_progress"] * 3


@pytest.mark.parametrize(
    "change", ["case withdrawn", "case returned", "title below revoked", "firm renamed"]
)
def test_confirmation_lapses_with_any_change(batch, cases, office, change):
    build.drawn_up(batch)
    build.agreed(batch)
    match change:
        case "case withdrawn":
            build.withdraw(cases[0])
        case "case returned":
            build.decide(cases[0], Action.SEND_BACK, by=office[0])
        case "title below revoked":
            revoke_basic(cases[0])
        case "firm renamed":
            build.renamed(cases[0].factory, "新名工厂")

    assert determination.table(batch, on=AT.date()).lapsed
    with pytest.raises(ValidationError, match="确认已失效"):
        build.issued(batch)
    assert Certification.objects.filter(tier=Tier.ADVANCED).count() == 0


def test_edited_number_asks_for_a_new_confirmation(batch, cases, office):
    build.drawn_up(batch)
    build.agreed(batch)
    build.drawn_up(batch, document_no="工信规划〔2026〕13号")

    with pytest.raises(ValidationError, match="还没有第二人确认"):
        build.issued(batch)


def test_what_is_left_of_a_list_is_confirmed_anew_and_issued(batch, cases, office):
    build.drawn_up(batch)
    build.agreed(batch)
    build.withdraw(cases[0])
    build.agreed(batch)
    held = build.issued(batch)

    assert statuses(cases) == ["withdrawn", "certified", "certified"]
    assert held.cases.count() == len(held.content) == 2


def test_newcomer_does_not_disturb_a_confirmed_list(batch, cases, office):
    build.drawn_up(batch)
    build.agreed(batch)
    newcomer = build.decide(build.candidate())
    build.issued(batch)

    assert statuses([*cases, newcomer]) == ["certified"] * 3 + ["in_progress"]


def test_barred_case_is_shown_with_its_reason_and_not_listed(batch, cases, office):
    revoke_basic(cases[0])

    rows = determination.table(batch, on=AT.date()).rows
    assert [bool(row.bars) for row in rows] == [True, False, False]
    assert {bar.code for bar in rows[0].bars} == {"ban", "prerequisite"} or {
        bar.code for bar in rows[0].bars
    } == {"prerequisite"}
    with pytest.raises(ValidationError, match="现在不能认定"):
        build.drawn_up(batch, *cases)
    held = build.drawn_up(batch)
    assert held.cases.count() == 2


def test_bars_of_the_list_are_those_of_each_case(batch, cases, office):
    """Read for all at once, they say what the door of a single case says."""
    revoke_basic(cases[0])
    enterprises.record_veto_event(
        cases[1].factory.enterprise,
        kind="safety",
        grade="major",
        happened_on=date(2026, 1, 5),
        by=office[0],
        at=AT,
    )
    build.verify(cases[2], {"basic.production.1": build.finds("no")}, by=office[0])
    rows = determination.table(batch, on=AT.date()).rows

    for row in rows:
        single = eligibility.at_determination(row.application, on=AT.date())
        single += consultation.standing_vetoes(row.application)
        assert sorted(bar.message for bar in row.bars) == sorted(one.message for one in single)
    assert all(row.bars for row in rows)


def test_one_refused_case_holds_up_all_and_is_named(batch, cases, office):
    """Something that only the door of a case sees: nothing of the list is done."""
    build.drawn_up(batch)
    build.agreed(batch)
    build.title(cases[1].factory, Tier.ADVANCED, on=AT.date())

    with pytest.raises(ValidationError, match=f"{cases[1].number}.*整批没有办理"):
        build.issued(batch)
    assert statuses(cases) == ["in_progress"] * 3
    assert Determination.objects.get().issued_at is None
    assert Notification.objects.filter(event="title.issued").count() == 0


@pytest.mark.parametrize(
    ("paper", "said"),
    [
        ({"document_no": " "}, "文号"),
        ({"title": ""}, "公告标题"),
        ({"decided_on": date(2026, 3, 3)}, "不能晚于今天"),
        ({"decided_on": date(2026, 2, 27)}, "早于企业提交申报"),
    ],
)
def test_list_needs_its_document(batch, cases, office, paper, said):
    with pytest.raises(ValidationError, match=said):
        build.drawn_up(batch, *cases, **paper)


def test_indicators_are_confirmed_before_a_list_is_made(batch, cases, office):
    with pytest.raises(ValidationError, match="主要技术经济指标"):
        determination.prepare(
            batch,
            [cases[0].pk],
            determination.Paper("公告", "文〔2026〕1号", AT.date()),
            performance_confirmed=False,
            seen=0,
            by=office[0],
            at=AT,
        )


@pytest.mark.parametrize("who", ["city", "reader", "firm"])
def test_list_is_for_the_office_that_determines(batch, cases, office, city_officer, who):
    person = {
        "city": city_officer,
        "reader": build.seated(office[1], Seat.READER),
        "firm": build.staff_of(cases[0].factory.enterprise),
    }[who]

    with pytest.raises(PermissionDenied):
        build.drawn_up(batch, by=person)


def test_prepared_list_is_not_public_and_the_issued_one_is(batch, cases, office):
    held = build.drawn_up(batch)
    build.agreed(batch)
    public = Client()
    before = [
        public.get(f"/announcements/{held.pk}/{end}").status_code for end in ("", "list.json")
    ]
    listed = public.get("/notices/").content.decode()
    assert (before, held.title in listed) == ([404, 404], False)

    held = build.issued(batch)

    page = public.get(f"/announcements/{held.pk}/").content.decode()
    for title in Certification.objects.filter(tier=Tier.ADVANCED):
        assert title.number in page
        assert f'href="/register/{title.factory_id}/"' in page
    assert held.document_no in page
    assert held.title in public.get("/notices/").content.decode()
    data = public.get(f"/announcements/{held.pk}/list.json").content
    assert hashlib.sha256(data).hexdigest() == held.digest


def test_announcement_names_firms_and_no_person(batch, cases, office):
    build.drawn_up(batch)
    build.agreed(batch)
    held = build.issued(batch)
    public = Client()
    shown = public.get(f"/announcements/{held.pk}/").content.decode()
    shown += public.get(f"/announcements/{held.pk}/list.json").content.decode()

    people = [office[0], office[1], *(build.staff_of(c.factory.enterprise) for c in cases)]
    for one in people:
        assert one.name not in shown
        assert not one.phone or one.phone not in shown
    assert cases[0].factory.enterprise.name in shown


def test_two_officers_make_a_list_on_its_page(batch, cases, office, as_user):
    page = f"/rounds/{batch.pk}/determine/"
    client = as_user(office[0])
    assert client.get(page).content.decode().count(" checked") == 3
    given = {
        "title": "名单公告",
        "document_no": "工信规划〔2026〕12号",
        "decided_on": f"{AT:%Y-%m-%d}",
        "cases": [cases[0].pk, cases[1].pk],
        "seen": 0,
    }
    refused = client.post(page, given)
    assert (refused.status_code, "技术经济指标并勾选" in refused.content.decode()) == (422, True)
    assert client.post(page, {**given, "performance_confirmed": "on"}).status_code == 302
    seen = {"seen": determination.table(batch, on=AT.date()).digest}
    client.post(f"{page}confirm/", seen)
    assert Determination.objects.get().confirmed_at is None
    client = as_user(office[1])
    client.post(f"{page}confirm/", seen)
    assert "印发名单" in client.get(page).content.decode()
    with zeal_ignore():  # each title is an act of its own, which locks what it changes
        client.post(f"{page}issue/", seen)

    assert statuses(cases) == ["certified", "certified", "in_progress"]
    assert "已印发的名单" in client.get(page).content.decode()


def test_number_of_cases_costs_no_queries(
    batch, cases, office, as_user, django_assert_max_num_queries
):
    page = f"/rounds/{batch.pk}/determine/"
    client = as_user(office[0])
    for case in cases:
        build.verify(case, {}, rest=verification.ALL, by=office[0])
    revoke_basic(cases[0])
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as counted:
            client.get(page)
        counts.append(len(counted))
        more = [build.decide(build.candidate()) for _ in range(2)]
        for case in more:
            build.verify(case, {}, rest=verification.ALL, by=office[0])
        revoke_basic(more[0])
    assert counts[0] == counts[1]
