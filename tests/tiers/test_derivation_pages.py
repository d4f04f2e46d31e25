"""Pages about honours over HTTP: the list, the honour, its acts in two steps, the yearly list."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse

from registry.models import Honour
from registry.policy import Tier
from reports.models import Export
from tests import build
from tiers import derivation
from tiers.models import Certification, HonourCheck

TODAY = date(2026, 3, 2)
SMART = "provincial-smart-factory"


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(build.DAY, tick=False):
        yield


@pytest.fixture
def daoli(world):
    return build.factory_at(build.authority("230102"), name="精密轴承智能工厂")


@pytest.fixture
def hlj(world):
    return build.officer(build.authority("230000"), username="province-hlj")


@pytest.fixture
def wuhu(world):
    return build.factory_at(build.authority("340202"), name="电子装配智能工厂")


def text(answer):
    return answer.content.decode()


def address(name, honour):
    return reverse(f"tiers:{name}", args=[honour.pk])


def test_list_shows_what_is_ready_and_why_the_rest_is_not(as_user, daoli, hlj):
    build.honour_of(daoli, SMART)
    build.honour_of(daoli, "provincial-basic-workshop")
    client = as_user(hlj)

    ready = text(client.get("/derivation/"))
    assert "精密轴承智能工厂" in ready
    assert "夜间自动列入" in ready
    waiting = text(client.get("/derivation/?tab=waiting"))
    assert "2026 年内没有已锁定的自评，成熟度须达到 2 级" in waiting
    lines = client.get("/derivation/?tab=honours").context["list"].lines
    assert [bool(line.row.verified_at) for line in lines] == [True, True]


def test_tabs_keep_the_filters(as_user, daoli, hlj):
    build.honour_of(daoli, SMART)
    client = as_user(hlj)

    found = client.get("/derivation/", {"q": "精密轴承", "state": "verified"})
    assert [row.factory for row in found.context["page"]] == [daoli]
    links = [query for _, _, query, _ in found.context["sections"]]
    assert all("q=%E7" in link and "state=verified" in link for link in links)
    missed = client.get("/derivation/", {"q": "没有这样的工厂"})
    assert [count for *_, count in missed.context["sections"]] == ["0", "0", "0"]
    assert "没有符合条件的称号" in text(missed)


def test_list_shows_only_the_offices_own(as_user, daoli, wuhu):
    build.honour_of(daoli, SMART)
    neighbour = build.officer_of(build.authority("230200"))

    assert "精密轴承智能工厂" not in text(as_user(neighbour).get("/derivation/?tab=honours"))


@pytest.mark.parametrize(
    ("code", "entries"),
    [
        ("130000", []),
        ("230000", ["对应认定"]),
        ("230100", ["对应认定"]),
        ("340202", ["对应认定"]),
    ],
)
def test_menu_follows_the_rules_of_the_province(as_user, world, code, entries):
    page = as_user(build.officer_of(build.authority(code))).get("/derivation/")

    menu = [entry.label for entry in page.context["menu"]]
    assert [label for label in menu if label == "对应认定"] == entries


def test_province_verifies_what_a_firm_recorded(as_user, daoli, hlj):
    honour = build.honour_of(daoli, SMART, by=build.staff_of(daoli.enterprise))
    client = as_user(hlj)
    assert "核实称号" in text(client.get(address("honour", honour)))

    client.post(address("honour_verify", honour))

    honour.refresh_from_db()
    assert honour.verified_by == hlj
    assert derivation.derive(on=TODAY, at=build.DAY) == 1


def test_province_lists_a_factory_before_the_night_in_two_steps(as_user, daoli, hlj):
    honour = build.honour_of(daoli, SMART)
    client, sent = as_user(hlj), {"tier": "advanced", "advanced-document_no": "黑工信发3号"}

    checked = client.post(address("honour_grant", honour), {**sent, "step": "check"})
    assert "核对认定内容" in text(checked)
    assert Certification.objects.count() == 0
    done = client.post(address("honour_grant", honour), {**sent, "step": "act"})

    title = Certification.objects.get()
    assert (done.status_code, done.url) == (302, f"/titles/{title.pk}/")
    shown = text(client.get(done.url))
    assert "对应认定" in shown
    assert title.basis in shown


def test_missing_document_comes_back_in_the_form(as_user, daoli, hlj):
    honour = build.honour_of(daoli, SMART)

    answer = as_user(hlj).post(address("honour_grant", honour), {"tier": "advanced"})

    assert "请填写认定文件的文号" in text(answer)
    assert Certification.objects.count() == 0


def test_withdrawing_says_what_ends_and_then_ends_it(as_user, daoli, hlj):
    honour = build.honour_of(daoli, SMART)
    derivation.derive(on=TODAY, at=build.DAY)
    client = as_user(hlj)
    sent = {"reason": "复核不达标", "document_no": "黑工信函8号", "withdrawn_on": "2026-03-01"}

    checked = text(client.post(address("honour_withdraw", honour), {**sent, "step": "check"}))
    assert Certification.objects.get().number in checked
    assert "这家企业不能再列入或申报，至 2029年3月1日 止（含当日）" in checked
    assert Certification.objects.get().ending == ""
    client.post(address("honour_withdraw", honour), {**sent, "step": "act"})

    assert Certification.objects.get().ending == "revoked"
    assert "黑工信函8号" in text(client.get(address("honour", honour)))
    assert client.get(address("honour_withdraw", honour)).status_code == 403


def test_withdrawal_needs_every_field(as_user, daoli, hlj):
    honour = build.honour_of(daoli, SMART)

    answer = text(as_user(hlj).post(address("honour_withdraw", honour), {"withdrawn_on": ""}))

    for sentence in ("请填写取消原因", "请填写取消称号文件的文号", "请填写取消日期"):
        assert sentence in answer


def test_city_can_not_withdraw_an_honour_of_the_province(as_user, daoli):
    honour = build.honour_of(daoli, SMART)
    client = as_user(build.officer_of(build.authority("230100")))

    assert "取消称号" not in text(client.get(address("honour", honour)))
    assert client.get(address("honour_withdraw", honour)).status_code == 403
    assert client.post(address("honour_verify", honour)).status_code == 403


def test_honour_of_another_province_is_not_found(as_user, daoli):
    honour = build.honour_of(daoli, SMART)
    client = as_user(build.officer_of(build.authority("340000")))

    for name in ("honour", "honour_withdraw"):
        assert client.get(address(name, honour)).status_code == 404
    for name in ("honour_verify", "honour_check", "honour_grant"):
        assert client.post(address(name, honour)).status_code == 404


def test_county_fills_in_the_check_and_the_city_grants(as_user, wuhu):
    honour = build.honour_of(wuhu, "city-smart-factory", by=build.officer_of(wuhu.authority.parent))
    county = as_user(build.officer_of(wuhu.authority))
    assert "保存复核表" in text(county.get(address("honour", honour)))
    bad = county.post(address("honour_check", honour), {"tier": "basic"})
    assert "请填写复核意见" in text(bad)
    county.post(
        address("honour_check", honour),
        {"tier": "basic", "basic-passed": "yes", "basic-finding": "现场复核，运行正常"},
    )
    assert HonourCheck.objects.get().passed is True

    city = as_user(build.officer_of(wuhu.authority.parent))
    assert "核对认定内容" in text(city.get(address("honour", honour)))
    sent = {
        "tier": "basic",
        "step": "act",
        "basic-document_no": "芜工信3号",
        "basic-opinion": "同意列入清单",
    }
    city.post(address("honour_grant", honour), sent)

    assert Certification.objects.get().tier == Tier.BASIC
    assert Honour.objects.get().certifications.count() == 1


def test_yearly_list_holds_both_tiers_of_the_day(as_user, daoli, hlj):
    build.locked_assessment(daoli)
    build.honour_of(daoli, SMART)
    build.honour_of(daoli, "provincial-basic-workshop")
    derivation.derive(on=TODAY, at=build.DAY)
    client = as_user(hlj)

    page = client.get("/derivation/yearly-list/")
    assert [(tier.value, len(rows)) for tier, rows in page.context["parts"]] == [
        ("basic", 1),
        ("advanced", 1),
    ]
    assert "黑龙江省基础级智能工厂名单" in text(
        client.get("/derivation/yearly-list/?on=2026-03-02&format=paper")
    )
    lines = text(client.get("/derivation/yearly-list.csv?on=2026-03-02")).splitlines()
    old = client.get("/derivation/yearly-list/?on=2026-03-02&format=csv")
    assert old.url == "/derivation/yearly-list.csv?on=2026-03-02"
    taken = Export.objects.get()
    assert (taken.title, taken.words, taken.done) == ("年度名单", "名单日期：2026-03-02", 2)
    assert len(lines) == 3
    assert "精密轴承智能工厂" in lines[1]
    before = client.get("/derivation/yearly-list/?on=2026-03-01").context["parts"]
    assert [len(rows) for _, rows in before] == [0, 0]


def test_yearly_list_is_the_provinces_that_issues_one(as_user, world):
    button = 'href="/derivation/yearly-list/"'
    for code, shown in (("230000", True), ("230100", False), ("340000", False)):
        page = as_user(build.officer_of(build.authority(code))).get("/derivation/")
        assert (button in text(page)) is shown
    for code, status in (("130000", 404), ("340000", 404), ("230100", 403), ("230000", 200)):
        answer = as_user(build.officer_of(build.authority(code))).get("/derivation/yearly-list/")
        assert answer.status_code == status


def test_bad_day_is_said(as_user, hlj):
    assert "名单日期请按 2026-03-31 的格式填写" in text(
        as_user(hlj).get("/derivation/yearly-list/?on=x")
    )


def test_list_without_a_draw_says_so(as_user, world):
    filed = build.filed_list()

    answer = as_user(build.officer_of(filed.recipient)).get(f"/filing-lists/{filed.pk}/recheck/")
    assert "这份清单没有抽检" in text(answer)
