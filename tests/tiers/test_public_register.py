"""The public register over HTTP and as JSON: what is shown, found, ordered; when titles end."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry import enterprises
from registry.access import business_date
from registry.listing import paging
from registry.policy import Tier
from tests import build
from tiers import certification, register
from tiers.models import Certification, Standing
from tiers.views import public

SEARCH = "/register/"
API = "/api/v1/register/"
MARCH = build.moment("2026-03-02 12:00")
DAY = MARCH.date()
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _in_march():
    with time_machine.travel(MARCH, tick=False):
        yield


@pytest.fixture
def offices(city_officer, province_officer):
    """The officers exist before the lists that they file and acknowledge."""


def titled(where, *, name="", firm="", on=DAY, at=None):
    """A factory with a published title."""
    at = at or build.on_day(on)
    enterprise = build.enterprise_at(where, name=firm, at=at)
    factory = build.factory_at(where, enterprise=enterprise, name=name, at=at)
    title = build.title(factory, on=on)
    certification.publish([title], by=build.officer_of(title.issuer), at=at)
    return Certification.objects.get(pk=title.pk)


def titles_in(answer):
    return [title.pk for title, _ in answer.context["page"].rows]


def standings(client, title):
    """What every public door says of a title at this moment."""
    found = client.get(API, {"q": title.number}).json()["results"][0]
    page = client.get(reverse("tiers:public_factory", args=[title.factory_id]))
    valid = client.get(SEARCH, {"q": title.number, "status": "valid"})
    counted = client.get("/").context["counts"]
    return {
        "json": found["status"],
        "verdict": f"{Tier(title.tier).label}认定有效" in page.content.decode(),
        "search": title.pk in titles_in(valid),
        "count": {row["tier"]: row["count"] for row in counted}[title.tier],
    }


# --- what is shown --------------------------------------------------------------------------------


def test_determined_but_unacknowledged_title_is_nowhere(client, offices):
    filed = build.filed_list()
    title = filed.entries.get().certification

    assert client.get(SEARCH).context["page"].count == 0
    assert client.get(API).json()["results"] == []
    assert client.get("/").context["counts"][0]["count"] == 0
    assert client.get(f"{API}{title.number}/").status_code == 404
    assert client.get(reverse("tiers:public_factory", args=[title.factory_id])).status_code == 404


def test_acknowledged_title_is_shown(client, offices):
    title = build.acknowledged_list().entries.get().certification

    assert standings(client, title) == {
        "json": "valid",
        "verdict": True,
        "search": True,
        "count": 1,
    }


def test_factory_page_shows_published_titles_only(client, offices, changan):
    title = titled(changan)
    waiting = build.title(title.factory, Tier.ADVANCED, on=DAY)
    Certification.objects.filter(pk=waiting.pk).update(published_on=None)

    page = client.get(reverse("tiers:public_factory", args=[title.factory_id]))

    assert page.context["titles"] == [title]
    assert waiting.number not in page.content.decode()


def test_unknown_factory_is_not_found(client, world):
    assert client.get(reverse("tiers:public_factory", args=[999])).status_code == 404


def test_revoked_title_shows_as_revoked_and_its_reason_is_not_public(client, changan):
    title = titled(changan)
    by = build.officer_of(title.issuer)
    build.revoked(title, reason="材料不实", document_no="文〔2026〕9号", by=by, at=MARCH)

    page = client.get(reverse("tiers:public_factory", args=[title.factory_id])).content.decode()

    assert standings(client, title) == {
        "json": "revoked",
        "verdict": False,
        "search": False,
        "count": 0,
    }
    assert "基础级认定已撤销" in page
    assert "材料不实" not in page
    assert page.count("文〔2026〕9号") == 2, "in the verdict and in the course"
    assert client.get(API).json()["results"][0]["ending_document_no"] == "文〔2026〕9号"


@pytest.mark.parametrize(
    ("day", "heading", "word"),
    [
        ("2026-03-01", "基础级认定尚未生效", "2026年3月2日"),
        ("2029-03-02", "基础级认定有效", "当日为"),
        ("2029-03-03", "基础级认定已到期", "当日没有有效认定"),
        ("", "基础级认定有效", "现为"),
    ],
)
def test_factory_is_shown_as_on_the_day_asked_for(client, changan, day, heading, word):
    address = reverse("tiers:public_factory", args=[titled(changan).factory_id])

    page = client.get(address, {"on": day}).content.decode()

    assert f"<h1>{heading}</h1>" in page
    assert word in page
    assert ("不是今天的状态" in page) == bool(day)


def test_day_that_is_none_is_said_and_today_shown(client, changan):
    address = reverse("tiers:public_factory", args=[titled(changan).factory_id])

    page = client.get(address, {"on": "明天"}).content.decode()

    assert "查询日期请按 2026-03-31 的格式填写" in page
    assert "<h1>基础级认定有效</h1>" in page


def test_no_personal_data_is_public(client, changan):
    title = titled(changan)
    staff = build.staff_of(title.factory.enterprise)

    page = client.get(reverse("tiers:public_factory", args=[title.factory_id])).content.decode()
    as_json = client.get(API).content.decode()

    for text in (page, as_json):
        assert staff.phone not in text
        assert build.officer_of(title.issuer).name not in text


# --- time -----------------------------------------------------------------------------------------


def test_expired_title_never_shows_as_valid_though_no_job_ran(client, changan):
    title = titled(changan, on=date(2026, 3, 2))

    with time_machine.travel(build.moment("2029-06-01 10:00"), tick=False):
        late = standings(client, title)

    title.refresh_from_db()
    assert title.ending == ""
    assert late == {"json": "expired", "verdict": False, "search": False, "count": 0}


@pytest.mark.parametrize(
    ("shift", "expected"), [(-SECOND, "valid"), (SECOND * 0, "expired"), (SECOND, "expired")]
)
def test_title_ends_at_midnight_in_shanghai(client, changan, shift, expected):
    title = titled(changan, on=date(2026, 3, 2))
    midnight = build.moment(f"{title.ends_on} 00:00")
    assert business_date(midnight - SECOND) == title.last_day

    with time_machine.travel(midnight + shift, tick=False):
        found = standings(client, title)

    valid = expected == "valid"
    assert found == {"json": expected, "verdict": valid, "search": valid, "count": int(valid)}


def test_recording_the_end_changes_no_answer(client, changan):
    title = titled(changan, on=date(2026, 3, 2))
    after = build.moment(f"{title.ends_on} 08:00")

    with time_machine.travel(after, tick=False):
        before_the_night = standings(client, title)
        certification.expire_due(on=title.ends_on, at=after)
        after_the_night = standings(client, title)

    assert before_the_night == after_the_night


def test_renewed_title_stays_valid_until_its_own_end(client, changan):
    first = titled(changan, on=date(2026, 3, 2))
    renewed_on = date(2029, 1, 10)
    second = build.certified(first.factory, on=renewed_on)
    by = build.officer_of(second.issuer)
    certification.publish([second], by=by, at=build.on_day(renewed_on))
    first.refresh_from_db()

    def seen(day):
        return [str(title.standing_on(day).label) for title in (first, second)]

    assert seen(first.last_day) == ["有效", "尚未生效"]
    assert seen(first.ends_on) == ["已换发", "有效"]


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_query_and_title_agree_on_every_standing(changan, offset):
    ordinary = titled(changan, on=date(2025, 6, 2))
    renewed = titled(changan, on=date(2025, 6, 2))
    build.certified(renewed.factory, on=date(2028, 3, 1))
    revoked = titled(changan, on=date(2025, 6, 2))
    build.revoked(
        revoked, reason="r", document_no="d", by=build.officer_of(revoked.issuer), at=MARCH
    )
    days = {title.ends_on for title in Certification.objects.all()}
    days |= {title.valid_from for title in Certification.objects.all()}

    for day in {day + timedelta(days=offset) for day in days}:
        found = Certification.objects.with_standing(day)
        assert {t.pk: t.standing for t in found} == {t.pk: t.standing_on(day) for t in found}
        valid = found.filter(standing=Standing.VALID)
        assert set(valid) == set(Certification.objects.in_force(day))
    assert ordinary.standing_on(DAY) == Standing.VALID


# --- finding --------------------------------------------------------------------------------------


@pytest.fixture
def bearing(changan):
    return titled(changan, name="轴承（滚动）柔性制造智能工厂", firm="石家庄恒岳轴承科技有限公司")


@pytest.mark.parametrize(
    "text",
    ["轴承", "恒岳 轴承", "轴承(滚动)", " 石家庄恒岳轴承科技有限公司 ", "柔性制造　恒岳"],
)
def test_part_of_a_name_finds_it(client, bearing, shijiazhuang, text):
    titled(build.authority("130104"), name="水泵工厂", firm="石家庄另一机械有限公司")

    assert titles_in(client.get(SEARCH, {"q": text})) == [bearing.pk]


def test_code_is_found_whole_in_part_and_with_blanks(client, bearing):
    code = bearing.factory.enterprise.credit_code
    typed = (code, code[5:14], code.lower(), f"{code[:6]} {code[6:]}", bearing.number)

    assert [titles_in(client.get(SEARCH, {"q": q})) for q in typed] == [[bearing.pk]] * 5


@pytest.mark.parametrize("text", ["%", "_", "'", "没有这家"])
def test_signs_of_the_database_find_nothing(client, bearing, text):
    assert titles_in(client.get(SEARCH, {"q": text})) == []


def test_former_and_printed_names_are_found_once_each(client, bearing):
    staff = build.staff_of(bearing.factory.enterprise)
    enterprises.rename(
        staff.enterprise, "河北新岳轴承有限公司", document="变更通知书", by=staff, at=MARCH
    )
    enterprises.rename(
        staff.enterprise, "河北长岳轴承有限公司", document="变更通知书", by=staff, at=MARCH
    )
    enterprises.rename_factory(bearing.factory, "主轴工厂", by=staff, at=MARCH)

    found = [
        titles_in(client.get(SEARCH, {"q": q}))
        for q in ("恒岳", "新岳", "长岳", "轴承", "柔性制造", "主轴")
    ]
    page = client.get(reverse("tiers:public_factory", args=[bearing.factory_id]))

    assert found == [[bearing.pk]] * 6
    assert page.context["other_names"] == [
        "石家庄恒岳轴承科技有限公司",
        "河北新岳轴承有限公司",
        "轴承（滚动）柔性制造智能工厂",
    ]


def test_city_tier_and_status_narrow_together(client, bearing, tangshan):
    elsewhere = titled(build.authority("130202"))
    gone = titled(build.authority("130202"))
    by = build.officer_of(gone.issuer)
    build.revoked(gone, reason="r", document_no="d", by=by, at=MARCH)

    def found(**query):
        return set(titles_in(client.get(SEARCH, query)))

    assert found(city="130200") == {elsewhere.pk, gone.pk}
    assert found(city="130200", status=["valid"]) == {elsewhere.pk}
    assert found(status=["valid", "revoked"]) == {bearing.pk, elsewhere.pk, gone.pk}
    assert found(tier=["advanced"]) == set()
    assert found(city="130200", tier=["basic", "advanced"], status=["revoked"]) == {gone.pk}


def test_unknown_filter_values_are_no_error(client, bearing):
    for query in ("tier=none", "status=x&city=zz", "sort=x", "page=99", "page=x"):
        assert client.get(f"{SEARCH}?{query}").status_code == 200


def test_chosen_filters_are_tags_that_can_be_taken_off(client, bearing):
    text = client.get(SEARCH, {"q": "轴承", "tier": "basic"}).content.decode()

    assert 'href="?tier=basic"' in text
    assert "共 <b>1</b> 项认定" in text


def test_names_are_ordered_as_they_are_spoken(client, changan):
    for name in ("早晨工厂", "安宁工厂", "重庆路工厂", "白云工厂"):
        titled(changan, name=name)

    page = client.get(SEARCH, {"sort": "name"}).context["page"]

    assert [then.name for _, then in page.rows] == [
        "安宁工厂",
        "白云工厂",
        "重庆路工厂",
        "早晨工厂",
    ]
    rows = client.get(API, {"sort": "name", "page_size": 3}).json()
    rest = client.get(rows["next"]).json()["results"]
    assert [one["factory"]["name"] for one in rows["results"] + rest] == [
        then.name for _, then in page.rows
    ]


def test_default_order_is_newest_first(client, changan):
    older = titled(changan, on=date(2025, 9, 1))
    newer = titled(changan, on=date(2026, 2, 1))

    assert titles_in(client.get(SEARCH)) == [newer.pk, older.pk]


@pytest.fixture
def five(changan, monkeypatch):
    """Five titles on three pages of which one has a number; two factories are spoken alike."""
    monkeypatch.setattr(paging, "EXACT", 2)
    monkeypatch.setattr(public, "EXACT", 2)
    monkeypatch.setattr(public, "PER_PAGE", 2)
    days = (date(2026, 2, 1), date(2025, 9, 1), DAY, DAY, date(2025, 9, 1))
    names = ("安宁工厂", "白云工厂", "重庆路工厂", "安宁工厂", "早晨工厂")
    return [titled(changan, name=name, on=day) for name, day in zip(names, days, strict=True)]


def walked(client, query, *, rel, start=""):
    """The pages one comes to by one link after the other."""
    address, pages = f"{SEARCH}?{query}{start}", []
    while address:
        answer = client.get(address)
        pages.append(titles_in(answer))
        way = re.search(rf'<a href="([^"]+)"[^>]* rel="{rel}"', answer.content.decode())
        address = SEARCH + unescape(way[1]) if way else ""
    return pages


@pytest.mark.parametrize("query", ["", "sort=name", "q=工厂", "q=工厂&sort=name&status=valid"])
def test_pages_behind_the_numbered_hold_every_title_once_in_order(client, five, query):
    whole = Certification.objects.order_by("-valid_from", "-pk")
    if "name" in query:
        whole = Certification.objects.order_by("factory__spoken", "-valid_from", "pk")
    expected = list(whole.values_list("pk", flat=True))

    onward = walked(client, query, rel="next")
    back = walked(client, query, rel="prev", start="&before=end")

    assert onward == [expected[:2], expected[2:4], expected[4:]]
    assert back[:2] == [expected[3:], expected[1:3]]
    assert back[-1] == expected[:2]
    assert 'rel="next"' not in client.get(f"{SEARCH}?{query}&before=end").content.decode()


def test_page_far_behind_walks_past_none_and_counts_no_more(client, five):
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(SEARCH, {"after": five[2].pk})

    assert not [one for one in asked.captured_queries if "OFFSET" in one["sql"]]
    assert answer.context["page"].total == "2+"
    assert "共 <b>2+</b> 项认定" in answer.content.decode()
    assert "涉及 2+ 座工厂" in answer.content.decode()


@pytest.mark.parametrize("query", ["page=3", "page=99", "after=0", "after=x", "before=999999"])
def test_place_that_is_not_there_shows_the_numbered_pages(client, five, query):
    assert titles_in(client.get(f"{SEARCH}?{query}")) == [five[3].pk, five[2].pk]


def test_place_of_an_unpublished_title_is_none(client, five):
    hidden = five[0]
    Certification.objects.filter(pk=hidden.pk).update(published_on=None)

    assert titles_in(client.get(SEARCH, {"after": hidden.pk})) == [five[3].pk, five[2].pk]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("sort", "index"), [("date", "certification_newest"), ("name", "factory_spoken")]
)
def test_page_far_behind_begins_in_an_index(client, five, sort, index):
    with CaptureQueriesContext(connection) as asked:
        client.get(SEARCH, {"after": five[2].pk, "sort": sort})
    page = next(one["sql"] for one in asked.captured_queries if "LIMIT 3" in one["sql"][-8:])
    with connection.cursor() as cursor:
        # In tables of five rows nothing is worth an index; whether one serves is asked here.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off; SET LOCAL enable_hashjoin = off")
        cursor.execute(f"EXPLAIN {page}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert re.search(rf"using {index} .*\n.*Index Cond", plan), plan


def test_counts_on_the_start_page_equal_the_searches_they_open(client, changan, bearing):
    titled(changan, on=date(2025, 9, 1))
    build.title(bearing.factory, Tier.ADVANCED, on=DAY)
    gone = titled(changan)
    by = build.officer_of(gone.issuer)
    build.revoked(gone, reason="r", document_no="d", by=by, at=MARCH)

    counts = client.get("/").context["counts"]
    opened = [
        client.get(SEARCH, {"tier": row["tier"], "status": "valid"}).context["page"].count
        for row in counts
    ]

    assert [row["count"] for row in counts] == [2, 1, 0, 0]
    assert opened == [2, 1, 0, 0]


@pytest.mark.parametrize("query", ["", "?sort=name", "?q=工厂&status=valid", "?city=130100"])
def test_number_of_queries_does_not_grow(client, changan, django_assert_max_num_queries, query):
    used = []
    for more in (1, 3):
        for _ in range(more):
            titled(changan)
        with django_assert_max_num_queries(20) as counted:
            client.get(SEARCH + query)
        used.append(len(counted))

    assert used[0] == used[1]


def test_empty_register_says_the_next_step(client, world):
    assert "名录里还没有工厂" in client.get(SEARCH).content.decode()
    assert "没有符合条件的工厂" in client.get(SEARCH, {"q": "无"}).content.decode()


def test_public_pages_keep_the_public_frame_for_officers(as_user, city_officer, bearing):
    assert as_user(city_officer).get(SEARCH).context["shell"] == "public"


# --- verdict, stair, history ----------------------------------------------------------------------


def test_verdict_is_about_the_highest_title_in_force(bearing):
    higher = build.title(bearing.factory, Tier.ADVANCED, on=date(2026, 2, 1))
    titles = [bearing, higher]

    assert register.leading(titles, date(2026, 3, 2)) == higher
    assert register.leading(titles, higher.ends_on) == bearing
    assert register.leading([bearing], date(2035, 1, 1)) == bearing


def test_stair_marks_what_is_held_today(bearing):
    steps = register.stair([bearing], DAY)
    later = register.stair([bearing], bearing.ends_on)

    assert [(s.reached, s.current) for s in steps] == [(True, True)] + [(False, False)] * 3
    assert steps[0].facts == ("2026-03-02 认定", f"有效期至 {bearing.last_day:%Y-%m-%d}")
    assert [(s.reached, s.current) for s in later] == [(False, False)] * 4
    assert later[0].facts[1] == f"{bearing.last_day:%Y-%m-%d} 已到期"


def test_history_tells_what_has_happened_newest_first(client, offices):
    title = build.acknowledged_list().entries.get().certification
    staff = build.staff_of(title.factory.enterprise)
    enterprises.rename(
        staff.enterprise,
        "河北改名机械有限公司",
        document="变更通知书",
        by=staff,
        at=build.moment("2026-03-05 09:00"),
    )

    with time_machine.travel(build.moment("2026-03-06 09:00"), tick=False):
        page = client.get(reverse("tiers:public_factory", args=[title.factory_id]))

    assert [event.title for event in page.context["events"]] == [
        "企业更名",
        "认定为基础级",
        "基础级备案确认，列入公开名录",
    ]
