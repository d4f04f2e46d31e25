"""The advanced tier in each province that runs rounds, page by page and without JavaScript: one
case from its city's desk to the public register, each page used by the person whose it is.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import time_machine

from registry.models import Authority, User
from tests import build
from tests.journeys.visitor import Visitor
from tiers import experts, formal_check, rounds
from tiers.models import Application, Assignment, Certification, Notice

DOCUMENT = "工信规划〔2026〕1号"
LAST_DAY = build.moment("2026-03-09 09:00")


@dataclass
class Cast:
    """The case, and everybody who has to do with it."""

    case: Application
    city: User
    first: User
    second: User
    departments: list[User]
    windows: dict[int, Visitor] = field(default_factory=dict)

    def at(self, user, path):
        """What this person sees there, in his own browser."""
        window = self.windows.setdefault(user.pk, Visitor(user))
        return window.open(path)

    def stage(self, user, part):
        """A stage's page of the round."""
        return self.at(user, f"/rounds/{self.case.round_id}/{part}/")

    def decide(self, user, opinion="同意"):
        page = self.at(user, f"/applications/{self.case.pk}/")
        page.press("核对后提交", {"outcome": "complete", "opinion": opinion}).press("确认")


@pytest.fixture
def clock():
    with time_machine.travel(build.DAY, tick=False) as traveller:
        yield traveller


def cast(county, province):
    office = build.authority(province)
    case = build.candidate(build.authority(county))
    for _ in range(4):
        build.expert(office)
    return Cast(
        case=case,
        city=build.officer_of(build.authority(f"{county[:4]}00")),
        first=build.officer_of(office),
        second=build.colleague_of(build.officer_of(office)),
        departments=[
            build.officer(one) for one in Authority.objects.filter(parent=office, kind="department")
        ],
    )


@pytest.mark.parametrize(
    ("county", "province"), [("130102", "130000"), ("340104", "340000")], ids=["Hebei", "Anhui"]
)
def test_advanced_tier_by_its_pages(world, clock, county, province):
    people = cast(county, province)
    people.decide(people.city, "示范作用明显，同意推荐")
    _check(people)
    _consult(people)
    _review(people)
    _inspect(people)
    _meet(people)
    _publicise(people, clock)
    _determine(people)

    people.case.refresh_from_db()
    said = people.case.decisions.exclude(step="").order_by("pk")
    assert list(said.values_list("step", "authority__code")) == [
        ("recommend", f"{county[:4]}00"),
        ("check", province),
        ("consult", province),
        ("review", province),
        ("inspect", province),
        ("meet", province),
        ("publicise", province),
        ("determine", province),
    ]
    title = Certification.objects.get(application=people.case)
    assert (title.tier, title.issuer.code, title.document_no) == ("advanced", province, DOCUMENT)
    assert (title.valid_from, title.last_day) == (
        LAST_DAY.date() + timedelta(days=1),
        LAST_DAY.date().replace(year=2029) + timedelta(days=1),
    )
    public = Visitor().open("/notices/").follow("名单公告")
    assert DOCUMENT in public.text
    assert people.case.factory.name in public.text
    assert "先进级认定有效" in public.open(f"/register/{people.case.factory_id}/").text


def _check(people):
    page = people.stage(people.first, "check").follow("逐项审查")
    questions = formal_check.edition_for(people.case.round).questions
    given = {f"{one.id}-answer": "yes" for one in questions}
    page.press("保存", {**given, **{f"{one.id}-note": "已核实" for one in questions}})
    people.decide(people.first)


def _consult(people):
    people.stage(people.first, "consult").press("发出并通知各部门")
    for one in people.departments:
        page = people.at(one, "/consultations/").follow(f"：{people.case.factory.name}")
        page.press("答复", {"answer": "none"})
        assert "没有待答复的征求意见" in people.at(one, "/consultations/").text
    people.decide(people.first)


def _review(people):
    people.stage(people.first, "experts").press("冻结名单").press("产生种子并抽取")
    sheet = experts.sheet_of(people.case.round)
    marks = {f"score-{one.key}": str(one.points - 2) for one in sheet.dimensions}
    for task in Assignment.objects.select_related("expert__user"):
        page = people.at(task.expert.user, "/reviews/").follow("声明")
        assert people.case.factory.name in page.text
        page.press("提交声明", {"conflict": "no"})
        page.open(f"/reviews/{task.pk}/").press("保存并提交评分", {**marks, "comment": "扎实"})
    page = people.stage(people.first, "review").follow("填写")
    page.press("保存评审意见", {"text": "同意推荐"})
    people.decide(people.first)


def _inspect(people):
    page = people.stage(people.first, "inspect")
    page.press("件中抽取" if "件中抽取" in page.text else "列入核查")
    own = f"/applications/{people.case.pk}/inspection/"
    today = f"{build.DAY:%Y-%m-%d}"
    page.open(own).press("保存安排", {"team": "王专家、李工程师", "on": today})
    left = re.search(r"还有 (\d+) 项未复核", page.follow("逐项核对").text)[1]
    page.press(f"其余 {left} 项与自评一致")
    signed = {"result": "fit", "finding": "现场与材料一致", "name": people.first.name}
    page.open(own).press("签名并定稿", signed)
    people.stage(people.first, "inspect").press("转入下一环节")


def _meet(people):
    people.stage(people.first, "meeting").press(
        "保存",
        {
            f"outcome-{people.case.pk}": "pass",
            "held_on": f"{build.DAY:%Y-%m-%d}",
            "attendees": "厅领导、各处室",
            "minutes": "逐件审议",
        },
    )
    people.stage(people.second, "meeting").press("确认审定意见")
    people.stage(people.first, "meeting").press("公布审定结果")


def _publicise(people, clock):
    """Five working days; it can be closed on the day after the last."""
    contact = {"phone": "0311-87000000", "address": "和平路1号"}
    people.stage(people.first, "notice").press("准备", contact)
    people.stage(people.second, "notice").press("核对无误，发布公示")
    assert Notice.objects.get().ends_on == LAST_DAY.date()
    public = Visitor().open("/notices/").follow("名单公示")
    assert people.case.factory.name in public.text
    clock.move_to(LAST_DAY)
    assert "办结公示" not in _buttons(people.stage(people.first, "notice"))
    clock.move_to(LAST_DAY + timedelta(days=1))
    people.windows.clear()
    people.stage(people.first, "notice").press("办结公示")


def _buttons(page):
    return [button.text.strip() for form in page.page.forms for button in form.buttons]


def _determine(people):
    people.stage(people.first, "determine").press(
        "准备名单", {"document_no": DOCUMENT, "performance_confirmed": "on"}
    )
    people.stage(people.second, "determine").press("确认名单")
    people.stage(people.first, "determine").press("印发名单")


def test_advanced_round_is_not_opened_where_titles_come_by_derivation(world):
    office = build.officer_of(build.authority("230000"))

    assert "advanced" not in rounds.tiers_opened_by(office, build.DAY.date())
    page = Visitor(office).open("/rounds/new/").page
    tiers = {c.value for form in page.forms for c in form.controls if c.name == "tier"}
    assert "advanced" not in tiers
