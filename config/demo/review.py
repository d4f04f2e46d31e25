"""The part of the demo world in which a province judges what its cities have put forward: one round
that ended in titles, and one whose cases stand at every stage between check and determination.

How far a firm's case has come is its story. What is done at a stage stands in ``stages``, who
acts in ``reviewers``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from config.demo import (
    advanced,
    cases,
    reviewers,
    stages,
)
from config.demo.stages import Group
from registry.models import Authority
from registry.policy import Tier
from tiers import drafts, inspection, proceedings, quota, rounds, suspension, workflow
from tiers.models import Assignment, Certification, Round
from tiers.workflow import Action

if TYPE_CHECKING:
    from config.demo.world import Firm, World

#: Where a group of cases stands, the furthest first, with its stories.
GROUPS = {
    "closed": ("granted", "granted-suspended", "granted-restored", "objection-upheld"),
    "determine": ("to-determine", "to-determine-barred"),
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


def run(world: World, firms: Sequence[Firm]) -> None:
    """Both rounds, group after group: what is drawn, met or published takes all that wait there."""
    told = world.data.get("review")
    if told is None:
        return
    reviewers.enter(world)
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
        asks=world.data[advanced.ROUND]["asks"],
        by=world.province_officer,
        at=world.at(opens + 2),
    )


def _group(world: World, batch: Round, members: list[Firm], *, since: int) -> Group:
    """Sent in by their firms within the time of the round and recommended by their cities."""
    sent_in = {}
    before = (batch.closes_on or world.today) - world.today
    for firm in members:
        days_ago = firm.index % 15 + 2 - before.days
        advanced.assess(world, firm, days_ago=days_ago + 6)
        case = drafts.start(firm.factory, batch, by=firm.user, at=world.at(days_ago, 9))
        case = cases.send_in(world, firm, case, days_ago=days_ago)
        workflow.act(
            case,
            Action.COMPLETE,
            by=world.city_officer(firm),
            at=world.at(since, 15, firm.index % 60),
            opinion=world.text["recommend"],
        )
        sent_in[case.pk] = firm
    return Group(world, batch, since, sent_in)


# --- the groups ----------------------------------------


def _until_meeting(group: Group) -> None:
    for stage in (stages.check, stages.consult, stages.review, stages.inspect):
        stage(group)


def _closed(group: Group) -> None:
    """All the way to titles, but for one to which somebody rightly objected."""
    _until_meeting(group)
    stages.meet(group)
    shown = stages.publish(group)
    for case in group.told("objection-upheld"):
        stages.object_to(group, shown, case, days_ago=group.days(53))
    proceedings.close_notice(shown, by=group.by, at=group.world.at(group.days(61)))
    stages.list_for_titles(group, number=1, after=64)
    stages.determine(group, after=66)
    _suspend(group)


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
    """On a list that waits for its second person, all but one that may have no title now."""
    _until_meeting(group)
    stages.meet(group)
    shown = stages.publish(group)
    proceedings.close_notice(shown, by=group.by, at=group.world.at(group.days(61)))
    for case in group.told("to-determine-barred"):
        stages.bar(group, case, after=65)
    stages.list_for_titles(group, number=4, after=67)


def _on_notice(group: Group) -> None:
    _until_meeting(group)
    stages.meet(group)
    shown = stages.publish(group)
    for case in group.told("objected"):
        stages.object_to(group, shown, case, days_ago=1)


def _at_meeting(group: Group) -> None:
    _until_meeting(group)
    stages.prepare_meeting(group, after=47, held=group.told("meeting-holds"))


def _on_site(group: Group) -> None:
    """Some drawn, the rest named; one signed, one planned for the days to come."""
    for stage in (stages.check, stages.consult, stages.review):
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
                stages.visit(group, found, after=42)
            case "site-planned":
                stages.plan(group, found, world.today + timedelta(days=3), after=40)


def _in_review(group: Group) -> None:
    """Marks far apart, so that one more is asked; marks begun; a conflict declared. The first of
    a case is the one who knows its field.
    """
    for stage in (stages.check, stages.consult):
        stage(group)
    tasks: dict[int, list[Assignment]] = {}
    for task in stages.draw(group):
        tasks.setdefault(task.application_id, []).append(task)
    for pk, (first, second, third) in tasks.items():
        match group.firms[pk].story:
            case "marks-apart":
                for task, total in ((first, 88), (second, 81), (third, 66)):
                    stages.mark(group, task, total, after=32)
            case "marks-begun":
                stages.mark(group, first, 78, after=33, give=False)
                stages.mark(group, second, 85, after=31)
            case "marks-conflict":
                stages.declare(group, second, conflict=group.text["conflict"])
                stages.declare(group, third)


def _in_consultation(group: Group) -> None:
    """One with every answer in and a bar that stands, one whose answers are late in part, one that
    every department has yet to answer, one of which nobody was asked.
    """
    stages.check(group)
    asked = group.told("asked", "vetoed", "answers-late")
    for sent in stages.ask(group, asked) if asked else ():
        story = group.firms[sent.application_id].story
        if story == "asked" and sent.content["vetoes"] == ["safety"]:
            stages.attach(group, sent)
        if story == "vetoed" and "safety" in sent.content["vetoes"]:
            stages.reply(group, sent, after=15, veto="safety", ground=group.text["barred"])
        elif story == "vetoed" or (story == "answers-late" and sent.pk % 2 == 0):
            stages.reply(group, sent, after=12 + sent.pk % 5)


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
