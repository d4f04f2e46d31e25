"""Pages of a renewal: when, asking, confirming item by item; what an officer sees at a glance."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from registry.access import Seat
from tests import build
from tests.tiers.test_renewal import IN_TIME, LAST, START, change, first_condition, prove
from tiers import renewing
from tiers.models import Application, Renewal


@pytest.fixture
def title(changan, city_officer):
    return build.certified(build.factory_at(changan), on=START)


@pytest.fixture
def staff(title):
    return build.staff_of(title.factory.enterprise)


@pytest.fixture
def today():
    with time_machine.travel(IN_TIME, tick=False):
        yield


def go(client, user):
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def page(client, name, pk, data=None):
    path = reverse(f"tiers:{name}", args=[pk])
    return client.get(path) if data is None else client.post(path, data)


def test_title_page_leads_to_the_renewal_and_its_page_begins_it(client, title, staff, today):
    go(client, staff)
    assert (
        reverse("tiers:title_renewal", args=[title.pk])
        in page(client, "title", title.pk).content.decode()
    )
    shown = page(client, "title_renewal", title.pk).content.decode()
    assert "现在可以申请复核" in shown
    for day in ("2028-09-02 至", "2029-03-02", "2029-03-03 至", "2029-06-02", "2029-06-03 起"):
        assert f"{day}<" in shown

    answer = page(client, "title_renewal", title.pk, {})
    case = Application.objects.get(round__kind="renewal")
    assert answer.url == reverse("tiers:application_renewal", args=[case.pk])
    assert "继续填写" in page(client, "title_renewal", title.pk).content.decode()


@pytest.mark.parametrize(
    ("day", "words", "button"),
    [
        (date(2028, 9, 1), "还没有到申请复核的时间，2028-09-02 起可以申请", False),
        (date(2029, 3, 3), "现在没有称号", True),
        (date(2029, 6, 3), "请按批次重新申报", False),
    ],
)
def test_page_says_which_window_is_open(client, title, staff, day, words, button):
    with time_machine.travel(build.on_day(day), tick=False):
        shown = page(go(client, staff), "title_renewal", title.pk).content.decode()

    assert words in shown
    assert ("申请复核</button>" in shown) == button
    assert shown.count("在这一段") == (day != date(2028, 9, 1))


def test_late_one_asks_why(client, title, staff):
    with time_machine.travel(build.on_day(date(2029, 3, 3)), tick=False):
        refused = page(go(client, staff), "title_renewal", title.pk, {"late_reason": " "})
        assert "请写明没有在到期前申请的原因" in refused.content.decode()
        page(client, "title_renewal", title.pk, {"late_reason": "检修停产"})

    assert Renewal.objects.get().late_reason == "检修停产"


def test_title_without_an_assessment_asks_for_a_whole_one_and_why_so_late(client, changan):
    one = build.title(build.factory_at(changan), on=START)
    case = build.renewal_of(one, at=IN_TIME)
    with time_machine.travel(build.on_day(date(2029, 3, 3)), tick=False):
        go(client, build.staff_of(one.factory.enterprise))
        assert "没有可以比较的自评" in page(client, "application_renewal", case.pk).content.decode()
        page(client, "application_renewal", case.pk, {"late_reason": "检修停产"})

    assert Renewal.objects.get().late_reason == "检修停产"


def test_reader_looks_and_begins_nothing(client, title, staff, today):
    reader = build.joined(title.factory.enterprise, Seat.READER)
    shown = page(go(client, reader), "title_renewal", title.pk).content.decode()
    assert "申请复核</button>" not in shown
    assert page(client, "title_renewal", title.pk, {}).status_code == 403

    case = build.renewal_of(title, at=IN_TIME)
    shown = page(client, "application_renewal", case.pk).content.decode()
    assert 'type="radio"' not in shown
    assert "待确认" in shown


def test_items_are_confirmed_one_by_one_and_by_section(client, title, staff, today):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)
    go(client, staff)
    data = {f"{item}-said": "same", f"initial-{item}-said": ""}
    refused = page(client, "application_renewal", case.pk, data)
    assert refused.status_code == 422
    assert "请勾选声明" in refused.content.decode()

    page(client, "application_renewal", case.pk, {**data, "declared": "on"})
    assert build.lines_of(case)[item].state == "same"
    page(client, "application_renewal", case.pk, {"rest": "basics", "declared": "on"})
    lines = build.lines_of(case).values()
    assert {one.state for one in lines if one.part == "basics"} == {"same"}
    assert {one.state for one in lines if one.part == "maturity"} == {"todo"}


def test_page_left_open_does_not_undo_what_a_colleague_said(client, title, staff, today):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)
    colleague = build.joined(title.factory.enterprise, Seat.EDITOR)
    renewing.confirm(case, {item: False}, declared=False, by=colleague, at=IN_TIME)

    page(go(client, staff), "application_renewal", case.pk, {f"initial-{item}-said": ""})

    assert build.lines_of(case)[item].mark.by == colleague


def test_officer_sees_what_is_the_same_and_what_has_changed(client, title, staff, today):
    case = build.renewal_of(title, at=IN_TIME)
    item = first_condition(case)
    change(case, item)
    prove(case, item)
    build.submit(build.all_the_same(case, at=IN_TIME), at=IN_TIME)
    same = len(build.lines_of(case)) - 1
    officer = build.officer_of(build.authority("130100"))

    shown = page(go(client, officer), "application", case.pk).content.decode()

    assert f"<dd>{same} 项</dd>" in shown
    assert "1 项，新增材料 1 份" in shown
    assert "已建成并运行" in shown
    assert "新上了一条智能产线" in shown
    assert f"{LAST:%Y}年3月2日" in shown


def test_desk_marks_renewals_and_finds_them(client, title, changan, staff, today):
    renewal = build.renewal_sent(title, at=IN_TIME)
    other = build.submit(build.draft(build.factory_at(changan), at=IN_TIME), at=IN_TIME)
    officer = build.officer_of(build.authority("130100"))
    path = reverse("tiers:desk")
    go(client, officer)

    whole = client.get(path).content.decode()
    assert whole.count("到期复核</span>") == 1
    found = client.get(path, {"kind": "renewal"}).content.decode()
    assert (renewal.number in found, other.number in found) == (True, False)


def test_rounds_do_not_list_where_titles_are_renewed(client, title, staff, today):
    case = build.renewal_sent(title, at=IN_TIME)
    go(client, build.officer_of(build.authority("130100")))

    assert case.round.title not in client.get(reverse("tiers:round_list")).content.decode()


def test_standing_round_has_no_days_and_no_places(client, title, staff, today):
    batch = build.renewal_sent(title, at=IN_TIME).round
    go(client, staff)
    assert page(client, "round", batch.pk).status_code == 404
    go(client, build.officer_of(batch.authority))
    shown = page(client, "round", batch.pk)

    assert shown.status_code == 200
    assert reverse("tiers:round_extend", args=[batch.pk]) not in shown.content.decode()
    for name in ("round_extend", "round_close", "round_quotas"):
        assert page(client, name, batch.pk).status_code == 404, name


def test_application_that_renews_nothing_has_no_such_page(client, title, staff, today):
    assert page(go(client, staff), "application_renewal", title.application_id).status_code == 404
