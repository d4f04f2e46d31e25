"""A province nobody has coded for: one file written here, and a factory walked to a public title.

Hainan as second-hand notices describe it (a lower maturity gate), with what other provinces do
where it is silent: districts determine and file, a share of each list is checked again, no term.
"""

from io import StringIO

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command

from assessments import assessment as self_assessment
from registry import policy
from registry.models import Authority, Division
from registry.policy import Tier
from tests import build
from tiers import chain, drafts, filing
from tiers.models import Certification

FILE = """
title = "海南省智能工厂梯度培育工作通知"
province = "460000"
province_name = "海南省"
department_name = "海南省工业和信息化厅"
site_name = "海南省智能工厂梯度培育平台"
title_prefix = "HN"
in_force_from = 2025-06-01
source = "二手材料"
standard = "elements-2025"
veto_lookback_years = 3
revocation = { statement_workdays = 3, hearing_workdays = 5, appeal_days = 30 }
grounds = [{ code = "fraud", name = "弄虚作假" }]
relocation = { within = "keeps", out = "stays" }

[bureau_names]
city = "{name}科技和工业信息化局"
county = "{name}科技和工业信息化局"

[annual.factories]
tiers = ["basic", "advanced"]
due = "02-28"
accepted_by = { basic = "county", advanced = "province" }
missed_years = 1

[annual.summary]
levels = ["county", "city"]
due = "03-15"

[tiers.basic]
steps = ["determine@county"]
filing = { by = "county", with = "city", recheck_share = 0.5 }
gates = { maturity_level = 1 }

[tiers.advanced]
steps = ["recommend@city", "determine@province"]
requires = "basic"
prerequisite = "title"

[basis]
title = { confidence = "P", source = "通知标题" }
province = { confidence = "V", source = "行政区划代码（GB/T 2260）" }
province_name = { confidence = "V", source = "行政区划代码（GB/T 2260）" }
department_name = { confidence = "INF", source = "按通行写法" }
site_name = { confidence = "owner", source = "建设方确定" }
title_prefix = { confidence = "owner", source = "建设方确定" }
in_force_from = { confidence = "INF", source = "未见印发日期" }
source = { confidence = "P", source = "转载" }
standard = { confidence = "P", source = "转载" }
veto_lookback_years = { confidence = "P", source = "国家要素条件" }
revocation = { confidence = "INF", source = "比照行政处罚的做法" }
grounds = { confidence = "INF", source = "按一般情形" }
relocation = { confidence = "INF", source = "通知未规定，本系统设定" }
bureau_names = { confidence = "INF", source = "按通行写法" }
annual = { confidence = "INF", source = "比照其他省的做法" }
"tiers.basic.steps" = { confidence = "INF", source = "比照区级备案的做法" }
"tiers.basic.filing" = { confidence = "INF", source = "比照区级备案的做法；抽检比照另一省" }
"tiers.basic.gates" = { confidence = "P", source = "成熟度一级及以上" }
"tiers.advanced.steps" = { confidence = "INF", source = "按一般程序" }
"tiers.advanced.requires" = { confidence = "V", source = "国家通知" }
"tiers.advanced.prerequisite" = { confidence = "INF", source = "按已认定掌握" }
"""


@pytest.fixture
def hainan(world, settings, tmp_path):
    (tmp_path / "hainan-2025.toml").write_text(FILE, encoding="utf-8")
    settings.POLICY_FOLDERS = [*settings.POLICY_FOLDERS, tmp_path]
    call_command("load_registry_data", province=["460000"], stdout=StringIO())
    return policy.get("hainan-2025")


@pytest.fixture
def haitang(hainan):
    """A district of Sanya."""
    return build.authority("460202")


def case_of(district, opened_by=None):
    factory = build.factory_at(district)
    own = build.open_assessment(factory)
    by = build.staff_of(factory.enterprise)
    answers = {
        item: value
        for item, value in build.answers_for(Tier.BASIC).items()
        if not item.startswith("cmmm.2.")
    }
    assert self_assessment.save_answers(own, answers, seen={}, by=by, at=build.DAY).errors == {}
    for condition in build.conditions_for(Tier.BASIC):
        build.evidence_for(own, condition.id, by=by, at=build.DAY)
    self_assessment.lock(own, by=by, at=build.DAY)
    batch = build.open_round(opened_by or district)
    draft = drafts.start(factory, batch, by=by, at=build.DAY)
    return build.submit(draft)


def filed_by(district, factories=3):
    for _ in range(factories):
        build.decide(case_of(district))
    officer = build.officer_of(district)
    draft = filing.collect(district, by=officer, at=build.DAY)
    return filing.file(draft, document_no="棠科工信〔2026〕1号", by=officer, at=build.DAY)


def test_file_alone_makes_the_province(hainan):
    assert policy.check_policies(None) == []
    assert policy.provinces() == ("130000", "230000", "340000", "460000")
    assert Authority.objects.get(code="460202").name == "三亚市海棠区科技和工业信息化局"
    assert Division.objects.get(code="460202").authority.path == "/460000/460200/460202/"


def test_maturity_of_level_one_is_enough_here_and_not_next_door(haitang, changan):
    case = case_of(haitang)
    assert (case.assessment.maturity_level, case.status) == (1, "in_progress")

    with pytest.raises(ValidationError, match="成熟度"):
        case_of(build.authority("340104"), build.authority("340100"))


def test_district_determines_and_files_with_its_city(haitang):
    filed = filed_by(haitang, factories=1)
    title = Certification.objects.get()

    assert (title.issuer, title.last_day, title.ends_on) == (haitang, None, None)
    assert (filed.authority, filed.recipient.code) == (haitang, "460200")
    assert title.published_on is None


def test_drawn_share_is_checked_before_the_list_is_acknowledged(haitang):
    filed = filed_by(haitang)
    city = build.officer_of(filed.recipient)
    drawn = list(filed.entries.filter(to_recheck=True))
    assert len(drawn) == 2
    with pytest.raises(ValidationError, match="还有 2 座没有登记抽检情况"):
        filing.acknowledge(filed, by=city, at=build.DAY)

    for entry in drawn:
        filing.recheck(entry, passed=True, finding="现场查看，设备在用", by=city, at=build.DAY)
    filing.acknowledge(filed, by=city, at=build.DAY)

    assert Certification.objects.published().count() == 3


def test_failed_recheck_sends_the_list_back(haitang):
    filed = filed_by(haitang)
    city = build.officer_of(filed.recipient)
    first, second = filed.entries.filter(to_recheck=True).order_by("pk")
    filing.recheck(first, passed=False, finding="产线停用", by=city, at=build.DAY)
    filing.recheck(second, passed=True, finding="属实", by=city, at=build.DAY)
    with pytest.raises(ValidationError, match="有 1 座工厂抽检不符合"):
        filing.acknowledge(filed, by=city, at=build.DAY)

    returned = filing.send_back(filed, remarks={first.pk: "产线停用"}, by=city, at=build.DAY)
    assert returned.status == "returned"


def test_recheck_is_filled_in_on_its_page_before_the_list_is_acknowledged(haitang, as_user):
    filed = filed_by(haitang)
    city = as_user(build.officer_of(filed.recipient))
    page, address = f"/filing-lists/{filed.pk}/", f"/filing-lists/{filed.pk}/recheck/"
    assert address in city.get(page).content.decode()

    for entry in filed.entries.filter(to_recheck=True):
        prefix = f"e{entry.pk}"
        bad = city.post(address, {"entry": entry.pk, f"{prefix}-passed": "yes"})
        assert "请填写抽检情况" in bad.content.decode()
        city.post(
            address, {"entry": entry.pk, f"{prefix}-passed": "yes", f"{prefix}-finding": "属实"}
        )
    assert filed.entries.filter(recheck_passed=True).count() == 2

    county = as_user(build.officer_of(haitang))
    assert county.get(address).status_code == 200
    assert county.post(address, {"entry": entry.pk}).status_code == 404
    assert [e.label for e in county.get("/home/").context["menu"]].count("备案清单") == 1


def test_draw_can_be_repeated_by_anybody_and_is_not_chosen(haitang):
    filed = filed_by(haitang)
    spared = filed.entries.filter(to_recheck=False).get()

    with pytest.raises(PermissionDenied):
        filing.recheck(
            spared, passed=True, finding="属实", by=build.officer_of(filed.recipient), at=build.DAY
        )
    with pytest.raises(PermissionDenied):
        filing.recheck(
            filed.entries.filter(to_recheck=True).first(),
            passed=True,
            finding="自己查自己",
            by=build.officer_of(haitang),
            at=build.DAY,
        )


def test_city_without_districts_acts_for_them(hainan):
    danzhou = build.authority("460400")
    case = case_of(danzhou)

    assert [str(step) for step in chain.steps_for(case)] == ["determine@city"]
    title = build.decide(case).certification
    # The city is itself the receiver of the districts' lists, so nothing waits for it.
    assert (title.issuer, title.must_file, title.published_on) == (danzhou, False, build.DAY.date())


def test_county_runs_rounds_and_lists_as_a_city_does_elsewhere(haitang):
    officer = build.officer_of(haitang)
    filed = filed_by(haitang, factories=1)

    assert filing.filed_tiers(officer, build.DAY.date()) == [Tier.BASIC]
    assert list(filing.FilingList.objects.visible_to(officer)) == [filed]
    assert list(filing.FilingList.objects.visible_to(build.officer_of(filed.recipient))) == [filed]


def test_other_provinces_keep_their_chains(hainan):
    assert [str(s) for s in policy.get("hebei-2025").tiers[Tier.BASIC].steps] == ["determine@city"]
    with pytest.raises(LookupError):
        policy.get("liaoning-2026")
