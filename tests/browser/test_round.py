"""A whole round for the advanced tier under each province that runs one, from the cities' order to
the public's register: forty cases, eight experts, two conflicts, one veto, one upheld objection.

Each kind of act is done on the pages at least once by the person whose it is; the rest of the forty
go by the same acts.
"""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from playwright.sync_api import expect

from registry.access import business_date
from registry.models import Event, Notification
from registry.policy import StepKind
from tests import build
from tests.browser import round_steps as steps
from tests.browser import round_world
from tests.browser.round_world import INCOMPLETE, INSIDER, KIND, Unit
from tiers import experts, inspection
from tiers.models import Application, Assignment, Certification, Consultation, Notice

#: Cases by their place in the order of sending in: the sixteenth of the first city has no place
#: left, one is barred by a department, one refused by the meeting, to one somebody objects.
LEFT_OVER, BARRED, APART, REFUSED, OBJECTED = 15, 17, 12, 7, 33
IN_DOUBT = "核心数据存疑"
UPHELD = "产线已停用"


@dataclass(frozen=True)
class Province:
    """What differs: whether the veto is lifted, and how many factories are visited."""

    code: str
    units: tuple[Unit, ...]
    lifts: bool
    visited: int
    titles: int


HEBEI = Province(
    "130000",
    (
        Unit("130102", "130100", 16, 15),
        Unit("130202", "130200", 14, 14),
        Unit("130682", "130682", 10, 10),
    ),
    lifts=True,
    visited=12,
    titles=38,
)
ANHUI = Province(
    "340000",
    (
        Unit("340104", "340100", 16, 15),
        Unit("340202", "340200", 14, 14),
        Unit("340302", "340300", 10, 10),
    ),
    lifts=False,
    visited=39,
    titles=37,
)


class Story:
    """The round as it goes on: its world, and a window for each person in it."""

    def __init__(self, province, open_browser):
        self.province = province
        self.world = round_world.made(province.code, province.units)
        self.batch = self.world.batch.pk
        self._open, self._windows = open_browser, {}

    def window(self, user=None, **how):
        """Whose it is; one window each as long as nothing else is asked for."""
        if how or user not in self._windows:
            self._windows[user] = self._open(user, **how)
        return self._windows[user]

    def case(self, place):
        return Application.objects.get(pk=self.world.cases[place].pk)

    def firm(self, place):
        return self.case(place).factory.enterprise.name


@pytest.fixture(autouse=True)
def _many_at_once(settings):
    """What moves forty cases in one go takes the lock of each: that is meant."""
    settings.ZEAL_ALLOWLIST = [{"model": "*", "field": "*"}]


@pytest.mark.parametrize("province", [HEBEI, ANHUI], ids=["Hebei", "Anhui"])
def test_whole_round(world, open_browser, tmp_path, province):
    story = Story(province, open_browser)
    cities_recommend(story)
    province_checks(story)
    departments_answer(story)
    experts_are_drawn(story, tmp_path)
    experts_mark(story)
    factories_are_visited(story)
    meeting_decides(story)
    shown = public_objects(story)
    with time_machine.travel(build.on_day(shown.ends_on + timedelta(days=1)), tick=True):
        story._windows.clear()
        notice_closes(story, shown)
        titles_are_determined(story)
        public_reads_the_titles(story)
        every_place_is_accounted_for(story)
    everybody_was_told_once(story)


# --- stage by stage ----------------------------------------


def cities_recommend(story):
    """Sixteen for fifteen places: the last is told who holds them, and goes beside the quota."""
    world = story.world
    first = world.units[0]
    city, (one, *others) = world.cities[first.office], world.of(first)
    page = story.window(city)
    steps.decide(page, one.pk, "complete", "同意推荐")
    steps.confirm(page)
    round_world.recommend(world, [*others[:-1], *world.of(world.units[1])])
    round_world.recommend(world, world.of(world.units[2]))

    left_over = others[-1]
    steps.decide(page, left_over.pk, "complete", "同意推荐")
    expect(page.get_by_text("15 个推荐名额已用完").first).to_be_visible()
    steps.decide(page, left_over.pk, "complete", "同意推荐", off_quota=KIND, ground="示范工厂文件")
    steps.confirm(page)
    steps.swap_first_two(page, story.batch)

    held = city.authority.recommendations.standing().in_order()
    assert [r.application_id for r in held][:3] == [others[0].pk, one.pk, others[1].pk]
    assert [r.off_quota for r in held][-1] == KIND
    assert len(world.at(StepKind.CHECK)) == 40


def province_checks(story):
    world = story.world
    page, alone = story.window(world.first), world.cases[INCOMPLETE]
    steps.check_alone(page, alone.pk, note="已电话核实，主要产品为数控机床")
    steps.decide(page, alone.pk, "complete", "形式审查通过")
    steps.confirm(page)
    assert steps.check_together(page, story.batch) == 39
    assert len(world.at(StepKind.CONSULT)) == 40


def departments_answer(story):
    """One bars a case; the province lifts the bar with its reason, or refuses the case for it."""
    world, barred = story.world, story.case(BARRED)
    page = story.window(world.first)
    assert steps.ask_departments(page, story.batch) == 40
    steps.reply(
        story.window(world.departments["yjgl"]),
        barred.number,
        ground="去年九月发生较大生产安全事故",
        veto="安全生产事故",
    )
    steps.reply(story.window(world.departments["sjj"]), barred.number)
    round_world.answer(world)
    said = Consultation.objects.filter(application__round=world.batch)
    assert Counter(said.values_list("opinions__answer", flat=True)) == {"none": 239, "objection": 1}

    steps.decide(page, barred.pk, "complete", "部门无意见")
    expect(page.get_by_text("解除前不能通过").first).to_be_visible()
    if story.province.lifts:
        steps.lift(page, barred.pk, "事故责任不在本企业，见批复")
        steps.decide(page, barred.pk, "complete", "部门意见已处理")
    else:
        steps.decide(page, barred.pk, "reject", "发生较大生产安全事故")
    steps.confirm(page)
    round_world.complete(world, StepKind.CONSULT)
    assert len(world.at(StepKind.REVIEW)) == 40 - (not story.province.lifts)


def experts_are_drawn(story, folder):
    """Anybody repeats the draw with what he downloads; nobody was drawn for his own firm."""
    world = story.world
    address = steps.draw(story.window(world.first), story.batch)
    seed = steps.save_draw(story.window(), address, folder)
    record = next(folder.glob("*.json"))
    repeated = subprocess.run(
        [sys.executable, "-I", folder / "draw.py", record],
        capture_output=True,
        text=True,
        check=True,
    )
    panel = world.batch.panels.get()
    assert repeated.stdout == "digest: agrees\ndraw: agrees\n"
    assert seed == panel.seed
    assert panel.lists["conflicts"] == [[story.case(INSIDER).number, world.pool[0].code]]
    drawn = Counter(code for codes in panel.result.values() for code in codes)
    assert sum(drawn.values()) == 3 * len(world.at(StepKind.REVIEW))
    # A conflict may cost one expert more than his share.
    assert max(drawn.values()) <= -(-sum(drawn.values()) // 8) + 1


def experts_mark(story):
    world = story.world
    expert = world.pool[1]
    refused, kept = (
        Assignment.objects.filter(expert=expert)
        .exclude(application=story.case(APART))
        .order_by("pk")[:2]
    )
    page = story.window((expert.user.username, build.PASSWORD))
    firms = [one.application.factory.enterprise.name for one in (refused, kept)]
    assert page.goto(f"/reviews/{kept.pk}/").url.endswith("/declare/")
    steps.declare(page, firms[0], conflict="与负责人有亲属关系")
    steps.declare(page, firms[1])
    steps.mark(page, firms[1], (17, 25, 17, 16, 8))

    round_world.mark(world, story.case(APART))
    tasks = Assignment.objects.filter(panel__round=world.batch)
    kinds = tasks.exclude(kind="drawn").values_list("kind", "application")
    assert sorted(kinds) == [
        ("replacement", refused.application_id),
        ("second", story.case(APART).pk),
    ]
    page = story.window(world.first)
    steps.conclude(page, kept.application_id)
    open_ones = [one for one in world.at(StepKind.REVIEW) if one.pk != kept.application_id]
    round_world.conclude(world, open_ones)
    steps.decide(page, kept.application_id, "complete", "同意")
    steps.confirm(page)
    round_world.complete(world, StepKind.REVIEW)
    assert {line.too_far for line in experts.summary(world.batch)} == {True, False}


def factories_are_visited(story):
    world = story.world
    page = story.window(world.first)
    steps.draw_visits(page, story.batch)
    listed = [one for one in world.at(StepKind.INSPECT) if inspection.current(one)]
    assert len(listed) == story.province.visited
    phone, today = story.window(world.second, width=360), business_date(timezone.now())
    assert steps.visit(phone, listed[0].pk, on=today, name=world.second.name) == 360
    round_world.visit(world, besides=listed[0])
    steps.pass_on(page, story.batch)
    assert world.at(StepKind.INSPECT) == []


def meeting_decides(story):
    """Nobody hears of it before it is released, by two persons, for all at once."""
    world, refused = story.world, story.case(REFUSED)
    page, today = story.window(world.first), business_date(timezone.now())
    before = Notification.objects.count()
    steps.prepare_meeting(
        page, story.batch, on=today, against=refused.factory.name, reason=IN_DOUBT
    )
    assert Notification.objects.count() == before
    second = story.window(world.second, width=1366)
    steps.confirm_meeting(second, story.batch)
    steps.release_meeting(page, story.batch)
    assert len(world.at(StepKind.PUBLICISE)) == story.province.titles + 1


def public_objects(story):
    world = story.world
    steps.prepare_notice(story.window(world.first), story.batch)
    steps.publish_notice(story.window(world.second), story.batch)
    public = story.window()
    receipt = steps.object_to(public, story.firm(OBJECTED), "申报的产线去年已停用")
    first = story.window(world.first)
    first.goto(f"/rounds/{story.batch}/notice/")
    expect(first.get_by_text("异议内容对您保密")).to_be_visible()
    expect(first.get_by_role("link", name=re.compile("^YY-"))).to_have_count(0)
    third = story.window(world.third)
    steps.handle_objection(third, story.batch, name=world.third.name, reason=UPHELD)

    public.goto("/objections/receipt/")
    public.get_by_label("回执号").fill(receipt)
    public.get_by_label("联系电话后四位").fill("2222")
    public.locator("main button[type=submit]").click()
    expect(public.get_by_text("反映属实，不予认定")).to_be_visible()
    return Notice.objects.get(round=world.batch)


def notice_closes(story, shown):
    steps.close_notice(story.window(story.world.first), story.batch)
    shown.refresh_from_db()
    titles = story.province.titles
    assert (shown.closing["listed"], shown.closing["passed"], shown.closing["rejected"]) == (
        titles + 1,
        titles,
        1,
    )


def titles_are_determined(story):
    world, document = story.world, "工信规划〔2026〕9号"
    first, second = story.window(world.first), story.window(world.second)
    assert steps.prepare_list(first, story.batch, document) == story.province.titles
    assert Certification.objects.filter(document_no=document).exists() is False
    steps.confirm_list(second, story.batch)
    steps.issue_list(first, story.batch)
    determined = Certification.objects.filter(application__round=world.batch)
    assert Counter(determined.values_list("document_no", "issuer__code")) == {
        (document, story.province.code): story.province.titles
    }


def public_reads_the_titles(story):
    public = story.window()
    public.goto("/notices/")
    public.get_by_role("link", name=re.compile("名单公告")).first.click()
    expect(public.get_by_text(story.firm(LEFT_OVER)).first).to_be_visible()
    expect(public.get_by_text(story.firm(OBJECTED))).to_have_count(0)
    public.goto(f"/register/?q={story.firm(LEFT_OVER)}")
    public.get_by_role("link", name=story.case(LEFT_OVER).factory.name, exact=True).first.click()
    expect(public.get_by_role("heading", level=1)).to_have_text("先进级认定有效")
    # Their titles of the basic tier are on no list of their cities' yet.
    for place in (REFUSED, OBJECTED):
        assert public.goto(f"/register/{story.case(place).factory_id}/").status == 404


# --- what it came to ----------------------------------------


def every_place_is_accounted_for(story):
    """Who has a title, who has none and why, and what is left of the places."""
    cases = Application.objects.filter(round=story.world.batch)
    refused = {
        case.pk: case.decisions.order_by("pk").last().opinion
        for case in cases.filter(status="rejected")
    }
    reasons = {
        story.case(REFUSED).pk: IN_DOUBT,
        story.case(OBJECTED).pk: f"公示期间的异议成立：{UPHELD}",
    }
    if not story.province.lifts:
        reasons[story.case(BARRED).pk] = "发生较大生产安全事故"
    assert refused == reasons
    assert Counter(cases.values_list("status", flat=True)) == {
        "certified": story.province.titles,
        "rejected": len(reasons),
    }

    page = story.window(story.world.first)
    page.goto(f"/rounds/{story.batch}/")
    places = page.get_by_role("region", name="各单位推荐", exact=True)
    numbers = {
        unit.places: [
            row.locator("td").nth(n).inner_text()
            for row in [places.get_by_role("row", name=_short_name(unit))]
            for n in range(4)
        ]
        for unit in story.world.units
    }
    barred = int(not story.province.lifts)
    assert numbers == {
        15: ["15", "14", "1", "1"],
        14: ["14", str(14 - barred), str(barred), "0"],
        10: ["10", "9", "1", "0"],
    }


def _short_name(unit):
    return build.authority(unit.office).short_name


def everybody_was_told_once(story):
    staff = {case.factory.enterprise_id for case in story.world.cases}
    told = Notification.objects.filter(recipient__enterprise__in=staff)
    rejected = 40 - story.province.titles
    counted = Counter(told.values_list("event", flat=True))
    assert {event: counted[event] for event in EVENTS} == {
        Event.CASE_RECEIVED: 40,
        Event.CASE_VISIT: story.province.visited,
        Event.CASE_ON_NOTICE: story.province.titles + 1,
        Event.CASE_REJECTED: rejected,
        Event.TITLE_ISSUED: story.province.titles,
    }
    keys = Notification.objects.values_list("recipient", "key")
    assert [pair for pair, n in Counter(keys).items() if n > 1] == []


EVENTS = (
    Event.CASE_RECEIVED,
    Event.CASE_VISIT,
    Event.CASE_ON_NOTICE,
    Event.CASE_REJECTED,
    Event.TITLE_ISSUED,
)
