"""The frame of every page: shell and menu for each person, counts that equal their lists."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from config import navigation
from registry.models import Event, Notification
from tests import build

NAMES = sorted(
    {name for menu in navigation.MENUS.values() for _, name in menu}
    | {name for _, name in (*navigation.PUBLIC, *navigation.WAITING, *navigation.FOOTER)}
)


def labels(user, path="/"):
    return [entry.label for entry in navigation.menu_of(user, path)]


@pytest.mark.parametrize("name", NAMES)
def test_every_menu_entry_has_an_address(name):
    assert reverse(name).startswith("/")


def test_every_counted_entry_is_in_a_menu():
    assert set(navigation.COUNTS) <= set(NAMES)


def test_shell_follows_the_role(city_officer, staff, administrator):
    people = (AnonymousUser(), administrator, staff, city_officer)

    assert [navigation.shell_of(user) for user in people] == ["public", "public", "firm", "officer"]


def test_officer_sees_what_waits_for_him(city_officer):
    build.application_at("submitted")

    counts = {entry.label: entry.count for entry in navigation.menu_of(city_officer, "/")}

    assert counts["待办"] == 1


def test_firm_sees_unread_messages(staff, shijiazhuang):
    factory = build.factory_at(build.authority("130102"), enterprise=staff.enterprise)
    application = build.submit(build.draft(factory))
    build.decide(application, build.Action.SEND_BACK, opinion="请补充设备清单")

    counts = {entry.label: entry.count for entry in navigation.menu_of(staff, "/")}

    assert counts["站内信"] == navigation.unread_messages(staff).count() > 0


def test_unconfirmed_person_has_three_entries(changan):
    enterprise = build.enterprise_at(changan)
    person = build.person_for(enterprise, confirmed=False)

    assert labels(person) == ["登记进度", "凭邀请码加入", "站内信"]


def test_only_the_page_one_is_on_is_marked(city_officer):
    path = reverse("tiers:desk")

    marked = [e.label for e in navigation.menu_of(city_officer, path) if e.current]

    assert marked == ["待办"]


def test_frame_asks_the_database_nothing_until_it_is_printed(django_assert_num_queries, db):
    request = RequestFactory().get("/")

    with django_assert_num_queries(0):
        context = navigation.portal(request)

    assert context["portal"]["name"] != ""


@pytest.mark.parametrize(
    ("who", "links"),
    [
        (
            "city_officer",
            [
                "/delegations/",
                "/account/messages/",
                "/account/security/",
                "/account/sessions/",
                "/account/tokens/",
                "/account/pushes/",
                "/password/",
            ],
        ),
        (
            "staff",
            [
                "/account/messages/",
                "/account/security/",
                "/account/sessions/",
                "/account/tokens/",
                "/account/pushes/",
                "/password/",
            ],
        ),
    ],
)
def test_a_persons_own_pages_stand_in_one_menu(request, as_user, who, links):
    page = as_user(request.getfixturevalue(who)).get(reverse("registry:inbox")).content.decode()
    menu = page.split('<details class="account-menu"')[1].split("</details>")[0]

    assert re.findall(r'href="([^"]+)"', menu) == links


@pytest.mark.parametrize(
    ("page", "lit"),
    [
        ("notice_records", "批次"),
        ("determination_records", "批次"),
        ("objection_list", "批次"),
        ("delisting_list", "称号"),
        ("delisted_factories", "称号"),
        ("round_list", "批次"),
    ],
)
def test_page_beneath_an_entry_lights_it_up(province_officer, page, lit):
    menu = navigation.menu_of(province_officer, reverse(f"tiers:{page}"))

    assert [entry.label for entry in menu if entry.current] == [lit]


def test_menu_says_how_much_waits_up_to_ninety_nine(staff):
    at = timezone.now()
    messages = [
        Notification(recipient=staff, event=Event.DESK_EXPORT, key=f"news-{n}", created_at=at)
        for n in range(100)
    ]

    waiting = messages_entry(staff).count
    Notification.objects.bulk_create(messages[waiting + 1 :])
    exact = messages_entry(staff).number
    Notification.objects.bulk_create(messages[: waiting + 1])

    assert (exact, messages_entry(staff).number) == ("99", "99+")


def messages_entry(user):
    return next(one for one in navigation.menu_of(user, "/") if one.label == "站内信")
