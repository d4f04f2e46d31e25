"""The register as of a day equals what a replay of the trail says of that day: standings, names of
factories and firms, and where they lay. Fixed addresses answer whatever becomes of a factory.
"""

import random
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import time_machine
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse

from registry import enterprises
from registry.access import business_date
from registry.models import AuditEvent, Authority, Division, Succession
from registry.policy import Tier
from tests import build
from tests.machine.replay import replayed
from tiers import appeals, certification, suspension
from tiers.models import Certification, Revocation

NOW = build.moment("2027-06-01 10:00")
FIRST, LAST = date(2026, 2, 20), date(2029, 12, 31)
SEARCH = "/register/"
EARLY = ("revoked", "surrendered", "moved_out")


def renewed(title, on):
    grant = certification.Grant(
        issuer=title.issuer,
        document_no="石工信〔2027〕3号",
        valid_from=on,
        source=Certification.Source.GROUP,
        basis="换发",
    )
    by, at = build.officer_of(title.issuer), build.on_day(on)
    return certification.issue(title.factory, Tier(title.tier), grant, by=by, at=at)


@dataclass
class World:
    plain: Certification
    higher: Certification
    suspended: Certification
    revoked: Certification
    reinstated: Certification
    surrendered: Certification
    older: Certification
    newer: Certification
    merged: Certification
    moved: Certification
    unpublished: Certification


def factory_in(where, name, firm):
    return build.factory_at(where, enterprise=build.enterprise_at(where, name=firm), name=name)


def make():
    """One title for each thing that can become of one."""
    changan, renqiu = (build.authority(code) for code in ("130102", "130982"))
    names = ("plain", "suspended", "revoked", "reinstated", "surrendered", "older", "merged",
             "moved", "unpublished")  # fmt: skip
    titles = {
        name: build.title(
            factory_in(changan, f"{name}工厂", f"石家庄{name}轴承有限公司"),
            on=date(2026, 3, 2) + timedelta(days=20 * number),
            last_day=date(2027, 4, 30) if name == "older" else None,
        )
        for number, name in enumerate(names)
    }
    for name, title in titles.items():
        if name != "unpublished":
            certification.publish([title], by=build.officer_of(title.issuer), at=build.DAY)
    by = build.officer_of(titles["plain"].issuer)
    higher = build.title(titles["plain"].factory, Tier.ADVANCED, on=date(2026, 9, 1))
    terms = suspension.Terms(
        "inquiry", "核实", "石工信〔2026〕60号", date(2026, 10, 1), date(2027, 1, 31)
    )
    suspension.suspend(titles["suspended"], terms, by=by, at=build.moment("2026-09-20 10:00"))
    suspension.restore(
        titles["suspended"],
        reason="查清",
        document_no="石工信〔2026〕70号",
        by=by,
        at=build.moment("2026-12-01 10:00"),
    )
    build.revoked(titles["revoked"], at=build.moment("2026-11-03 10:00"))
    build.revoked(titles["reinstated"], at=build.moment("2026-11-05 10:00"))
    give_back(titles["reinstated"], build.moment("2026-11-20 10:00"))
    build.surrendered(titles["surrendered"], at=build.moment("2027-01-08 10:00"))
    newer = renewed(titles["older"], date(2027, 3, 1))
    certification.publish([newer], by=by, at=build.moment("2027-03-02 10:00"))
    merge(titles["merged"], changan)
    moved = build.moved(
        titles["moved"].factory,
        Division.objects.get(code=renqiu.code),
        at=build.moment("2026-12-12 10:00"),
    )
    build.renamed(moved, "任丘新厂", at=build.moment("2027-02-02 10:00"))
    with time_machine.travel(NOW, tick=False):
        certification.expire_due(on=NOW.date(), at=NOW)
    return World(**titles, higher=higher, newer=newer)


def give_back(title, at):
    one = Revocation.objects.get(certification=title)
    appeals.appeal(one, words="不服", by=build.staff_of(title.factory.enterprise), at=at)
    third = build.officer(title.issuer, username="third", name="市级丙")
    said = {"finding": "upheld", "answer": "材料属实", "document_no": "复〔2026〕1号"}
    appeals.answer(one, **said, by=third, at=at)


def merge(title, where):
    firm, by = title.factory.enterprise, build.officer_of(where)
    april = build.moment("2026-07-17 09:00")
    enterprises.rename(firm, "石家庄新岳轴承有限公司", document="通知书", by=by, at=april)
    heir = build.enterprise_at(where, name="石家庄长岳装备集团有限公司")
    deed = enterprises.Deed(
        Succession.Kind.ABSORPTION,
        date(2026, 8, 6),
        "注销通知书",
        names={title.factory_id: "主轴厂"},
    )
    enterprises.succeed(firm, heir, deed, by=by, at=build.moment("2026-08-20 09:00"))


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    files = tmp_path_factory.mktemp("as-of")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=files), transaction.atomic():
        if not Authority.objects.exists():
            build.world()
        yield make()
        transaction.set_rollback(True)


@pytest.fixture
def world(made, db):
    return made


@pytest.fixture(autouse=True)
def _later():
    with time_machine.travel(NOW, tick=False):
        yield


# --- the other way: from the trail alone ----------------------------------------------------------


def standing_by_trail(row, suspensions, day):
    """By the dates in the trail's last line; nothing of the product is asked."""
    on, ends = str(day), row["ends_on"]
    if row["ending"] in EARLY and ends == row["valid_from"]:
        return row["ending"]
    if on < row["valid_from"]:
        return "upcoming"
    if ends is None or on < ends:
        held = any(since <= on and (not until or on < until) for since, until in suspensions)
        return "suspended" if held else "valid"
    return row["ending"] or "expired"


def factories_by_trail(day):
    """Of each factory: name, name of its firm, and the chain of its office, on a day."""
    firm_names, state, successions = {}, {}, {}
    later_names = []
    for line in AuditEvent.objects.order_by("pk"):
        key, said, on = int(line.target_id or 0), line.data, business_date(line.at)
        match line.verb:
            case "enterprise.register":
                firm_names[key] = line.target_name
            case "enterprise.rename":
                later_names.append((on, key, said["after"]))
            case "enterprise.succeed":
                successions[said["successor"], line.at] = date.fromisoformat(said["on"])
            case "factory.add":
                state[key] = [line.target_name, line.enterprise_id, line.authority_path]
            case "factory.rename" if on <= day:
                state[key][0] = said["after"]
            case "factory.move" if on <= day:
                state[key][2] = line.authority_path
            case "factory.pass" if successions[line.enterprise_id, line.at] <= day:
                state[key][0] = said["after"].removeprefix(firm_names[line.enterprise_id]).strip()
                state[key][1] = line.enterprise_id
    firm_names |= {key: name for on, key, name in later_names if on <= day}
    return {key: (name, firm_names[firm], path) for key, (name, firm, path) in state.items()}


def by_trail(day, today):
    lines = AuditEvent.objects.filter(verb__startswith="certification.").order_by("pk")
    factories = factories_by_trail(day)
    found = {}
    for title in replayed(lines).values():
        row = title.row
        if row["published_on"] is None or (day < today and str(day) < row["valid_from"]):
            continue
        standing = standing_by_trail(row, title.suspensions.values(), day)
        found[row["number"]] = (standing, *factories[row["factory"]])
    return found


def by_register(day, **asked):
    answer = Client().get(SEARCH, {"on": str(day), **asked})
    return {
        title.number: (
            str(title.standing_on(day)),
            then.name,
            then.enterprise_name,
            then.authority.path,
        )
        for title, then in answer.context["page"].rows
    }


def days():
    """Fifteen days by chance, and those on which something turned, each with the day before."""
    chance = random.Random(2026)
    span = (LAST - FIRST).days
    picked = [FIRST + timedelta(days=chance.randrange(span)) for _ in range(15)]
    turns = ("2026-03-02", "2026-07-17", "2026-08-06", "2026-10-01", "2026-11-03", "2026-12-01",
             "2026-12-12", "2027-02-02", "2027-05-01")  # fmt: skip
    edges = [date.fromisoformat(one) for one in turns]
    return sorted({*picked, *edges, *(one - timedelta(days=1) for one in edges), NOW.date()})


def test_register_of_every_day_equals_a_replay_of_the_trail(world):
    differs = {
        str(day): (shown, told)
        for day in days()
        if (shown := by_register(day)) != (told := by_trail(day, NOW.date()))
    }
    assert differs == {}


def test_replay_has_every_kind_of_standing_and_change(world):
    """What the comparison compares is not all the same."""
    told = by_trail(date(2027, 2, 20), NOW.date())
    assert {one[0] for one in told.values()} == {"valid", "revoked", "surrendered"}
    assert by_trail(date(2026, 10, 5), NOW.date())[world.suspended.number][0] == "suspended"
    assert by_trail(NOW.date(), NOW.date())[world.older.number][0] == "superseded"
    assert told[world.merged.number][1:3] == ("主轴厂", "石家庄长岳装备集团有限公司")
    assert world.unpublished.number not in told


@pytest.mark.parametrize("status", ["valid", "suspended", "revoked"])
def test_status_is_asked_of_the_day(world, status):
    day = date(2026, 11, 10)
    told = by_trail(day, NOW.date())
    wanted = {number: one for number, one in told.items() if one[0] == status}
    assert by_register(day, status=status) == wanted
    assert wanted


@pytest.mark.parametrize(
    ("day", "city", "there"), [("2026-12-11", "130100", True), ("2026-12-11", "130900", False),
                               ("2026-12-12", "130100", False), ("2026-12-12", "130900", True)]
)  # fmt: skip
def test_place_is_that_of_the_day(world, day, city, there):
    found = by_register(date.fromisoformat(day), city=city)
    assert (world.moved.number in found) is there


# --- search, tags, addresses that stay ------------------------------------------------------------


def found_by(**asked):
    return {title.number for title, _ in Client().get(SEARCH, asked).context["page"].rows}


def test_words_of_yesterday_and_numbers_of_documents_are_found(world):
    assert found_by(q="石家庄merged轴承") == {world.merged.number}
    assert found_by(q="新岳") == {world.merged.number}
    assert found_by(q="石工信[2026]9号") == {world.revoked.number}
    assert world.plain.number in found_by(q="石工信（2026）1号")
    assert found_by(q=world.older.number.lower()) == {world.older.number}


def test_year_industry_and_province_narrow(world):
    assert found_by(year="2027") == {world.newer.number}
    assert found_by(province="340000") == set()
    assert len(found_by(province="130000", year="2026")) == 9
    assert found_by(industry="34") == set()


def test_filters_are_tags_that_can_be_taken_away(world):
    page = Client().get(SEARCH, {"year": "2027", "on": "2027-05-01", "province": "130000"})
    text = page.content.decode()
    for tag in ("认定年份：2027", "查询日期：2027-05-01", "省份：河北"):
        assert f">{tag}" in text
    assert 'href="?on=2027-05-01&amp;province=130000"' in text


def test_past_day_says_so_and_hands_the_day_on(world):
    text = Client().get(SEARCH, {"on": "2026-08-05"}).content.decode()
    assert "2026年8月5日的状态、名称和所在地" in text
    assert (
        f"{reverse('tiers:public_factory', args=[world.merged.factory_id])}?on=2026-08-05" in text
    )
    assert "现名：石家庄长岳装备集团有限公司　主轴厂" in text


def page_of(title):
    return Client().get(reverse("tiers:public_title", args=[title.number])).content.decode()


def test_address_of_a_title_says_what_became_of_it(world):
    assert f'由证书 <a class="nowrap" href="/register/titles/{world.newer.number}/">' in page_of(
        world.older
    )
    assert "基础级认定已撤销" in page_of(world.revoked)
    assert "申报材料或数据弄虚作假" in page_of(world.revoked)
    assert "材料不实" not in page_of(world.revoked)
    assert "这座工厂现为" in page_of(world.plain)
    assert "申报材料或数据弄虚作假" not in page_of(world.reinstated)
    gone = reverse("tiers:public_title", args=[world.unpublished.number])
    assert Client().get(gone).status_code == 404


def test_history_tells_rises_and_renewals(world):
    page = Client().get(reverse("tiers:public_factory", args=[world.plain.factory_id]))
    assert "由基础级提升" in page.content.decode()
    assert f"接续 {world.older.number}" in page_of(world.newer)


def test_nobodys_name_or_telephone_is_on_any_page(world):
    """The page of a title holds what the public knows; what it could leak stands in the row."""
    firm = world.plain.factory.enterprise
    person, officer = build.staff_of(firm), build.officer_of(world.plain.issuer)
    text = page_of(world.plain) + Client().get(SEARCH).content.decode()
    assert person.phone
    assert officer.name
    for secret in (person.phone, person.name, officer.name, "核实", "材料不实"):
        assert secret not in text
