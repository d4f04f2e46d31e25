"""Everybody sees his own sessions, ends them from afar, and an ended one is out at once."""

from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from config.sessions import NOTED, device
from registry.access import Seat
from registry.models import AuditEvent
from tests import build

PAGE = "/account/sessions/"
WINDOWS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


def browser(user, agent=WINDOWS, address="192.0.2.7"):
    """A browser that has gone through the sign-in page."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    answer = client.post("/login/", {"username": user.username, "password": build.PASSWORD})
    assert answer.status_code == 302
    return client


def is_in(client):
    return client.get("/messages/").status_code == 200


@pytest.fixture
def two(county_officer):
    return browser(county_officer), browser(county_officer, IPHONE, "192.0.2.8")


def rows(client):
    return client.get(PAGE).context["rows"]


def test_page_lists_both_browsers_and_says_which_one_this_is(two):
    at_desk, _ = two

    found = [(row.device, row.address, row.current) for row in rows(at_desk)]

    assert found == [
        ("Windows 电脑 · Chrome 浏览器", "192.0.2.7", True),
        ("苹果手机 · Safari 浏览器", "192.0.2.8", False),
    ]
    assert at_desk.get(PAGE).content.decode().count("本次登录") == 1


def test_ended_session_is_refused_at_its_next_request(two):
    at_desk, phone = two
    assert is_in(phone)

    other = next(row for row in rows(at_desk) if not row.current)
    at_desk.post(PAGE, {"end": other.pk})

    answer = phone.get("/messages/")
    assert (answer.status_code, answer.url) == (302, "/login/?next=/messages/")
    assert is_in(at_desk)
    assert [row.current for row in rows(at_desk)] == [True]


def test_ended_session_is_refused_at_the_api(two):
    at_desk, phone = two
    at_desk.post(PAGE, {"end": "others"})

    assert phone.get(reverse("api:application-list")).status_code == 401


def test_all_others_end_at_once_with_one_line_in_the_trail(two, county_officer):
    at_desk, phone = two
    third = browser(county_officer)

    at_desk.post(PAGE, {"end": "others"})

    line = AuditEvent.objects.get(verb="session.end")
    assert (line.actor_id, line.data) == (county_officer.pk, {"count": 2})
    assert [is_in(one) for one in (at_desk, phone, third)] == [True, False, False]


def test_nothing_to_end_leaves_no_line(county_officer):
    browser(county_officer).post(PAGE, {"end": "others"})

    assert not AuditEvent.objects.filter(verb="session.end").exists()


def test_session_of_somebody_else_answers_like_none(two, city_officer):
    stranger = browser(city_officer)
    theirs = UserSession.objects.filter(user__username="county-changan").first()

    answers = [stranger.post(PAGE, {"end": which}) for which in (theirs.pk, 987_654, "x", "")]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert [row.device for row in rows(stranger)] == ["Windows 电脑 · Chrome 浏览器"]
    assert all(map(is_in, two))


def test_own_session_ends_by_signing_out_only(two):
    at_desk, _ = two
    this = next(row for row in rows(at_desk) if row.current)

    assert at_desk.post(PAGE, {"end": this.pk}).status_code == 404
    assert is_in(at_desk)


def test_signing_out_takes_the_row_away(two):
    at_desk, phone = two
    phone.post("/logout/")

    assert len(rows(at_desk)) == 1


def test_new_password_ends_the_others_and_keeps_this_one(two):
    at_desk, phone = two
    fresh = "changed-2026-changed"

    at_desk.post(
        "/password/",
        {"oldpassword": build.PASSWORD, "password1": fresh, "password2": fresh},
    )

    assert is_in(at_desk)
    assert not is_in(phone)
    assert [row.current for row in rows(at_desk)] == [True]


def test_time_of_last_use_is_written_every_few_minutes_only(two):
    at_desk, _ = two
    at_desk.get(PAGE)
    seen = rows(at_desk)[0].seen
    at_desk.get(PAGE)
    assert rows(at_desk)[0].seen == seen

    session = at_desk.session
    session[NOTED] = (seen - timedelta(minutes=6)).isoformat()
    session.save()
    at_desk.get(PAGE)

    assert rows(at_desk)[0].seen > seen


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (WINDOWS + " Edg/126.0.0.0", "Windows 电脑 · Edge 浏览器"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Firefox/127.0", "Linux 电脑 · Firefox 浏览器"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126 MicroMessenger/8.0", "安卓手机 · 微信"),
        ("curl/8.5.0", "未能识别的设备"),
        ("", "未能识别的设备"),
    ],
)
def test_device_in_words(agent, words):
    assert device(agent) == words


def test_reader_ends_his_own(changan):
    reader = build.seated(build.staff_of(build.enterprise_at(changan)), Seat.READER)
    at_desk, phone = browser(reader), browser(reader, IPHONE)

    at_desk.post(PAGE, {"end": "others"})

    assert (is_in(at_desk), is_in(phone)) == (True, False)
