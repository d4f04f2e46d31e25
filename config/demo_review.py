"""The part of the demo world in which a province judges what its cities have put forward: one round
that ended in titles, and one whose cases stand at every stage between check and determination.

How far a firm's case has come is its story; each stage is done for a group of cases together, as
the offices do it. Who acts stands in ``demo_reviewers``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from config import demo_advanced, demo_cases, demo_checks, demo_reviewers
from registry.access import business_date
from registry.models import Authority, User
from registry.policy import StepKind, Tier
from tiers import (
    consultation,
    determination,
    drafts,
    experts,
    formal_check,
    inspection,
    meeting,
    notice,
    objections,
    proceedings,
    quota,
    rounds,
    suspension,
    verification,
    workflow,
)
from tiers.models import (
    Application,
    Assignment,
    Certification,
    Consultation,
    Inspection,
    Notice,
    Round,
)
from tiers.workflow import Action

if TYPE_CHECKING:
    from config.demo_world import Firm, World

#: Where a group of cases stands, the furthest first, with its stories.
GROUPS = {
    "closed": ("granted", "granted-suspended", "granted-restored", "objection-upheld"),
    "determine": ("to-determine",),
    "notice": ("on-notice", "objected"),
    "meet": ("at-meeting", "meeting-holds"),
    "site": ("site-planned", "site-signed"),
    "review": ("marks-begun", "marks-conflict", "marks-apart"),
    "late": ("answers-late",),
    "consult": ("unasked", "asked", "vetoed"),
}
STORIES = tuple(story for stories in GROUPS.values() for story in stories)
#: How many days ago the cities recommended the cases of a group.
RECOMMENDED = {
    "closed": 270,
    "determine": 69,
    "notice": 53,
    "meet": 49,
    "site": 44,
    "review": 39,
    "late": 25,
    "consult": 20,
}


@dataclass
class Group:
    """The cases of a group, each with its firm; ``since`` is when its cities recommended them."""

    world: World
    batch: Round
    since: int
    firms: dict[int, Firm]

    @property
    def by(self) -> User:
        return self.world.province_officer

    @property
    def second(self) -> User:
        return demo_reviewers.colleague(self.world, 2)

    @property
    def text(self) -> dict[str, str]:
        return self.world.text

    def days(self, after: int) -> int:
        """How many days ago it was, so many days after the recommendation."""
        return self.since - after

    def cases(self) -> list[Application]:
        return list(Application.objects.filter(pk__in=self.firms).order_by("pk"))

    def told(self, *stories: str) -> list[Application]:
        return [case for case in self.cases() if self.firms[case.pk].story in stories]


def run(world: World, firms: Sequence[Firm]) -> None:
    """Both rounds, group after group: what is drawn, met or published takes all that wait there."""
    told = world.data.get("review")
    if told is None:
        return
    demo_reviewers.enter(world)
    closed = _open(world, told["closed"], opens=330, closes=280, recommend_by=262)
    running = _open(world, told["running"], opens=140, closes=78, recommend_by=18)
    by = world.province_officer
    places = dict.fromkeys(quota.units(running).values_list("pk", flat=True), told["places"])
    quota.allot(running, places, by=by, at=world.at(135))
    for name, stories in GROUPS.items():
        members = [firm for firm in firms if firm.story in stories]
        if members:
            batch = closed if name == "closed" else running
            STAGES[name](_group(world, batch, members, since=RECOMMENDED[name]))


def _open(world: World, title: str, *, opens: int, closes: int, recommend_by: int) -> Round:
    year = world.at(opens).year
    return rounds.open_round(
        Authority.objects.get(code=world.data["province"]),
        tier=Tier.ADVANCED,
        title=f"{year}年{title}",
        opens_on=world.at(opens).date(),
        closes_on=world.at(closes).date(),
        recommend_by=world.at(recommend_by).date(),
        asks=world.data[demo_advanced.ROUND]["asks"],
        by=world.province_officer,
        at=world.at(opens + 2),
    )


def _group(world: World, batch: Round, members: list[Firm], *, since: int) -> Group:
    """Sent in by their firms within the time of the round and recommended by their cities."""
    sent_in = {}
    before = (batch.closes_on or world.today) - world.today
    for firm in members:
        days_ago = firm.index % 15 + 2 - before.days
        demo_advanced.assess(world, firm, days_ago=days_ago + 6)
        case = drafts.start(firm.factory, batch, by=firm.user, at=world.at(days_ago, 9))
        case = demo_cases.send_in(world, firm, case, days_ago=days_ago)
        workflow.act(
            case,
            Action.COMPLETE,
            by=world.city_officer(firm),
            at=world.at(since, 15, firm.index % 60),
            opinion=world.text["recommend"],
        )
        sent_in[case.pk] = firm
    return Group(world, batch, since, sent_in)


# --- stage by stage ----------------------------------------


def _check(group: Group) -> None:
    """Every question answered, also where a machine has found something."""
    at = group.world.at(group.days(8), 11)
    given = {
        one.id: formal_check.Given("yes", group.text["checked"] if one.machine else "")
        for one in formal_check.edition_for(group.batch).questions
    }
    for case in group.cases():
        formal_check.answer(case, given, by=group.by, at=at)
        _complete(group, case, after=8)


def _complete(group: Group, case: Application, *, after: int, hour: int = 16) -> None:
    at = group.world.at(group.days(after), hour, group.firms[case.pk].index % 60)
    workflow.act(case, Action.COMPLETE, by=group.by, at=at, opinion=group.text["passed"])


def _ask(group: Group, cases: Sequence[Application]) -> list[Consultation]:
    at = group.world.at(group.days(9), 9)
    due_on = consultation.default_due(cases[0], business_date(at))
    return consultation.send(cases, due_on=due_on, by=group.by, at=at)


def _reply(
    group: Group, sent: Consultation, *, after: int, veto: str = "", ground: str = ""
) -> None:
    at = group.world.at(group.days(after), 14, sent.pk % 60)
    by = demo_reviewers.of_department(group.world, sent.department)
    said = "objection" if ground else "none"
    consultation.answer(sent, answer=said, veto=veto, ground=ground, by=by, at=at)


def _consult(group: Group) -> None:
    """Everybody asked; nobody has anything against it."""
    for sent in _ask(group, group.cases()):
        _reply(group, sent, after=12 + sent.pk % 6)
    for case in group.cases():
        _complete(group, case, after=21)


def _draw(group: Group) -> list[Assignment]:
    at = group.world.at(group.days(23), 10)
    panel = experts.freeze(group.batch, by=group.by, at=at)
    experts.cast(panel, by=group.by, at=group.world.at(group.days(23), 10, 5))
    asked = Assignment.objects.filter(panel=panel).select_related("expert__user", "application")
    return list(asked.order_by("application", "pk"))


def _declare(group: Group, task: Assignment, *, conflict: str = "") -> Assignment:
    at = group.world.at(group.days(24), 9, task.pk % 60)
    by = task.expert.user
    return experts.declare(task, conflict=bool(conflict), ground=conflict, by=by, at=at)


def _mark(group: Group, task: Assignment, total: int, *, after: int, give: bool = True) -> None:
    """Declared and marked in shares of the total; handed in, or kept without the last two."""
    task = _declare(group, task)
    dimensions = experts.sheet_of(group.batch).dimensions
    scores = {one.key: one.points * total // 100 for one in dimensions}
    scores[max(dimensions, key=lambda one: one.points).key] += total - sum(scores.values())
    if not give:
        scores = dict(list(scores.items())[:-2])
    act = experts.give if give else experts.save
    act(
        task,
        scores=scores,
        notes={},
        comment=group.text["marks"] if give else "",
        seen=task.version,
        by=task.expert.user,
        at=group.world.at(group.days(after), 15, task.pk % 60),
    )


def _review(group: Group) -> None:
    """Drawn, marked by experts who agree more or less, summed up."""
    for number, task in enumerate(_draw(group)):
        merit = 74 + group.firms[task.application_id].index * 5 % 13
        _mark(group, task, merit + (3, 0, -4, 1)[number % 4], after=27 + number % 4)
    for case in group.cases():
        at = group.world.at(group.days(33), 15)
        experts.conclude(case, text=group.text["review"], by=group.by, at=at)
        _complete(group, case, after=34)


def _inspect(group: Group) -> None:
    """Drawn, the drawn ones visited and found fit, all of them passed on."""
    inspection.draw(group.batch, by=group.by, at=group.world.at(group.days(36)))
    for case in group.cases():
        if found := inspection.current(case):
            _visit(group, found, after=40)
    proceedings.pass_on(group.batch, by=group.by, at=group.world.at(group.days(42), 16))


def _plan(group: Group, found: Inspection, on: date, *, after: int) -> None:
    inspection.plan(
        found,
        team=demo_reviewers.team(group.world),
        on=on,
        seen=found.version,
        by=group.by,
        at=group.world.at(group.days(after), 15),
    )


def _visit(group: Group, found: Inspection, *, after: int) -> None:
    """Planned three days before, gone to, every value checked, signed."""
    at, case = group.world.at(group.days(after), 16), found.application
    _plan(group, found, at.date(), after=after - 3)
    demo_checks.check(group.world, case, agreed=2, by=group.by, days_ago=group.days(after))
    verification.save(case, {}, seen={}, rest=verification.ALL, by=group.by, at=at)
    found.refresh_from_db()
    inspection.sign(
        found,
        result="fit",
        finding=group.text["visit"],
        name=group.by.name,
        seen=found.version,
        by=group.by,
        at=at,
    )


def _prepare(group: Group, *, after: int, held: Sequence[Application] = ()) -> None:
    at = group.world.at(group.days(after), 15)
    on_hold = {case.pk: meeting.Word("hold", group.text["hold"]) for case in held}
    meeting.prepare(
        group.batch,
        {pk: meeting.Word("pass") for pk in group.firms} | on_hold,
        held_on=at.date(),
        attendees=group.text["attendees"],
        minutes=group.text["minutes"],
        seen=0,
        by=group.by,
        at=at,
    )


def _meet(group: Group) -> None:
    _prepare(group, after=48)
    seen = meeting.table(group.batch).digest
    meeting.confirm(group.batch, seen=seen, by=group.second, at=group.world.at(group.days(48), 16))
    at = group.world.at(group.days(48), 17)
    proceedings.release(group.batch, seen=seen, by=group.by, at=at)


def _publish(group: Group) -> Notice:
    told = group.world.data["review"]["contact"]
    contact = notice.Contact(told["phone"], told["email"], told["address"])
    title = f"关于{group.batch.title}拟认定名单的公示"
    at = group.world.at(group.days(50), 15)
    drafted = notice.prepare(group.batch, title=title, contact=contact, by=group.by, at=at)
    return notice.publish(drafted, by=group.second, at=group.world.at(group.days(51), 9))


def _object(group: Group, shown: Notice, case: Application, *, days_ago: int) -> None:
    """Somebody objects to a case; a colleague who had no part in it looks into it."""
    world, third = group.world, demo_reviewers.colleague(group.world, 3)
    said = objections.Said(
        name=world.person(90 + case.pk % 40),
        phone=f"1391111{case.pk % 10000:04d}",
        relation="rival",
        ground=group.text["objection"],
    )
    received = objections.receive(shown, case.pk, said, at=world.at(days_ago, 11))
    objections.assign(received, third, by=third, at=world.at(days_ago, 14))
    if group.firms[case.pk].story != "objection-upheld":
        return
    at = world.at(days_ago - 3, 15)
    objections.unseal(received, reason=group.text["unseal"], by=third, at=at)
    objections.handle(
        received,
        finding="upheld",
        answer=group.text["upheld_answer"],
        reason=group.text["upheld"],
        by=third,
        at=at,
    )


def _until_meeting(group: Group) -> None:
    for stage in (_check, _consult, _review, _inspect):
        stage(group)


# --- the groups ----------------------------------------


def _closed(group: Group) -> None:
    """All the way to titles, but for one to which somebody rightly objected."""
    _until_meeting(group)
    _meet(group)
    shown = _publish(group)
    for case in group.told("objection-upheld"):
        _object(group, shown, case, days_ago=group.days(53))
    proceedings.close_notice(shown, by=group.by, at=group.world.at(group.days(61)))
    _determine(group)
    _suspend(group)


def _determine(group: Group) -> None:
    """The titles of everybody left, by one document and two persons."""
    batch, at = group.batch, group.world.at(group.days(66))
    paper = determination.Paper(
        title=f"关于公布{batch.title}名单的公告",
        document_no=f"{group.world.data['review']['document']}〔{at.year}〕1号（演示）",
        decided_on=at.date(),
    )
    chosen = [case.pk for case in group.cases() if case.step == StepKind.DETERMINE]
    determination.prepare(
        batch, chosen, paper, performance_confirmed=True, seen=0, by=group.by, at=at
    )
    seen = determination.table(batch, on=at.date()).digest
    determination.confirm(batch, seen=seen, by=group.second, at=at)
    proceedings.issue(batch, seen=seen, by=group.by, at=at)


def _suspend(group: Group) -> None:
    """Of two titles one is suspended since last month, the other was for a while."""
    for number, case in enumerate(group.told("granted-restored", "granted-suspended"), start=2):
        title = Certification.objects.get(application=case)
        back = group.firms[case.pk].story == "granted-restored"
        at = group.world.at(150 if back else 24)
        document = f"{group.world.data['review']['document']}〔{at.year}〕{number}号（演示）"
        terms = suspension.Terms("rectifying", group.text["suspend"], document, at.date())
        suspension.suspend(title, terms, by=group.by, at=at)
        if back:
            suspension.restore(
                title,
                reason=group.text["restore"],
                document_no=document.replace("号", "-1号"),
                by=group.by,
                at=group.world.at(101),
            )


def _to_determine(group: Group) -> None:
    _until_meeting(group)
    _meet(group)
    shown = _publish(group)
    proceedings.close_notice(shown, by=group.by, at=group.world.at(group.days(61)))


def _on_notice(group: Group) -> None:
    _until_meeting(group)
    _meet(group)
    shown = _publish(group)
    for case in group.told("objected"):
        _object(group, shown, case, days_ago=1)


def _at_meeting(group: Group) -> None:
    _until_meeting(group)
    _prepare(group, after=47, held=group.told("meeting-holds"))


def _on_site(group: Group) -> None:
    """Some drawn, the rest named; one signed, one planned for the days to come."""
    for stage in (_check, _consult, _review):
        stage(group)
    world, at = group.world, group.world.at(group.days(36))
    inspection.draw(group.batch, by=group.by, at=at)
    named = [case.pk for case in group.cases() if inspection.current(case) is None]
    if named:
        inspection.name(group.batch, named, reason=group.text["named"], by=group.by, at=at)
    for case in group.cases():
        found = inspection.current(case)
        if found is None:
            raise RuntimeError(f"{case} has no visit")
        match group.firms[case.pk].story:
            case "site-signed":
                _visit(group, found, after=42)
            case "site-planned":
                _plan(group, found, world.today + timedelta(days=3), after=40)


def _in_review(group: Group) -> None:
    """Marks far apart, so that one more is asked; marks begun; a conflict declared. The first of
    a case is the one who knows its field.
    """
    for stage in (_check, _consult):
        stage(group)
    tasks: dict[int, list[Assignment]] = {}
    for task in _draw(group):
        tasks.setdefault(task.application_id, []).append(task)
    for pk, (first, second, third) in tasks.items():
        match group.firms[pk].story:
            case "marks-apart":
                for task, total in ((first, 88), (second, 81), (third, 66)):
                    _mark(group, task, total, after=32)
            case "marks-begun":
                _mark(group, first, 78, after=33, give=False)
                _mark(group, second, 85, after=31)
            case "marks-conflict":
                _declare(group, second, conflict=group.text["conflict"])
                _declare(group, third)


def _in_consultation(group: Group) -> None:
    """One with every answer in and a bar that stands, one whose answers are late in part, one that
    every department has yet to answer, one of which nobody was asked.
    """
    _check(group)
    asked = group.told("asked", "vetoed", "answers-late")
    for sent in _ask(group, asked) if asked else ():
        story = group.firms[sent.application_id].story
        if story == "vetoed" and "safety" in sent.content["vetoes"]:
            _reply(group, sent, after=15, veto="safety", ground=group.text["barred"])
        elif story == "vetoed" or (story == "answers-late" and sent.pk % 2 == 0):
            _reply(group, sent, after=12 + sent.pk % 5)


STAGES: dict[str, Callable[[Group], None]] = {
    "closed": _closed,
    "determine": _to_determine,
    "notice": _on_notice,
    "meet": _at_meeting,
    "site": _on_site,
    "review": _in_review,
    "late": _in_consultation,
    "consult": _in_consultation,
}
