"""The part of the demo world that is each stage of a province's round: done for a group of cases
together, as the offices do it, at so many days after their cities recommended them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from config.demo import (
    checks,
    reviewers,
)
from registry import enterprises
from registry.access import business_date
from registry.models import User
from tiers import (
    consultation,
    determination,
    experts,
    formal_check,
    inspection,
    meeting,
    notice,
    objections,
    proceedings,
    verification,
    workflow,
)
from tiers.models import (
    Application,
    Assignment,
    Consultation,
    Inspection,
    Notice,
    Round,
)
from tiers.workflow import Action

if TYPE_CHECKING:
    from config.demo.world import Firm, World


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
        return reviewers.colleague(self.world, 2)

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


def check(group: Group) -> None:
    """Every question answered, also where a machine has found something."""
    at = group.world.at(group.days(8), 11)
    given = {
        one.id: formal_check.Given("yes", group.text["checked"] if one.machine else "")
        for one in formal_check.edition_for(group.batch).questions
    }
    for case in group.cases():
        formal_check.answer(case, given, by=group.by, at=at)
        complete(group, case, after=8)


def complete(group: Group, case: Application, *, after: int, hour: int = 16) -> None:
    at = group.world.at(group.days(after), hour, group.firms[case.pk].index % 60)
    workflow.act(case, Action.COMPLETE, by=group.by, at=at, opinion=group.text["passed"])


def ask(group: Group, cases: Sequence[Application]) -> list[Consultation]:
    at = group.world.at(group.days(9), 9)
    due_on = consultation.default_due(cases[0], business_date(at))
    return consultation.send(cases, due_on=due_on, by=group.by, at=at)


def reply(
    group: Group, sent: Consultation, *, after: int, veto: str = "", ground: str = ""
) -> None:
    at = group.world.at(group.days(after), 14, sent.pk % 60)
    by = reviewers.of_department(group.world, sent.department)
    said = "objection" if ground else "none"
    consultation.answer(sent, answer=said, veto=veto, ground=ground, by=by, at=at)


def attach(group: Group, sent: Consultation) -> None:
    """The department may open the first files on which the case rests."""
    items = list(consultation.files_of(sent.application))[:2]
    consultation.attach(sent, items=items, by=group.by, at=group.world.at(group.days(10), 11))


def consult(group: Group) -> None:
    """Everybody asked; nobody has anything against it."""
    for sent in ask(group, group.cases()):
        reply(group, sent, after=12 + sent.pk % 6)
    for case in group.cases():
        complete(group, case, after=21)


def draw(group: Group) -> list[Assignment]:
    at = group.world.at(group.days(23), 10)
    panel = experts.freeze(group.batch, by=group.by, at=at)
    experts.cast(panel, by=group.by, at=group.world.at(group.days(23), 10, 5))
    asked = Assignment.objects.filter(panel=panel).select_related("expert__user", "application")
    return list(asked.order_by("application", "pk"))


def declare(group: Group, task: Assignment, *, conflict: str = "") -> Assignment:
    at = group.world.at(group.days(24), 9, task.pk % 60)
    by = task.expert.user
    return experts.declare(task, conflict=bool(conflict), ground=conflict, by=by, at=at)


def mark(group: Group, task: Assignment, total: int, *, after: int, give: bool = True) -> None:
    """Declared and marked in shares of the total; handed in, or kept without the last two."""
    task = declare(group, task)
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


def review(group: Group) -> None:
    """Drawn, marked by experts who agree more or less, summed up."""
    for number, task in enumerate(draw(group)):
        merit = 74 + group.firms[task.application_id].index * 5 % 13
        mark(group, task, merit + (3, 0, -4, 1)[number % 4], after=27 + number % 4)
    for case in group.cases():
        at = group.world.at(group.days(33), 15)
        experts.conclude(case, text=group.text["review"], by=group.by, at=at)
        complete(group, case, after=34)


def inspect(group: Group) -> None:
    """Drawn, the drawn ones visited and found fit, all of them passed on."""
    inspection.draw(group.batch, by=group.by, at=group.world.at(group.days(36)))
    for case in group.cases():
        if found := inspection.current(case):
            visit(group, found, after=40)
    proceedings.pass_on(group.batch, by=group.by, at=group.world.at(group.days(42), 16))


def plan(group: Group, found: Inspection, on: date, *, after: int) -> None:
    inspection.plan(
        found,
        team=reviewers.team(group.world),
        on=on,
        seen=found.version,
        by=group.by,
        at=group.world.at(group.days(after), 15),
    )


def visit(group: Group, found: Inspection, *, after: int) -> None:
    """Planned three days before, gone to, every value checked, signed."""
    at, case = group.world.at(group.days(after), 16), found.application
    plan(group, found, at.date(), after=after - 3)
    checks.check(group.world, case, agreed=2, by=group.by, days_ago=group.days(after))
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


def prepare_meeting(group: Group, *, after: int, held: Sequence[Application] = ()) -> None:
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


def meet(group: Group) -> None:
    prepare_meeting(group, after=48)
    seen = meeting.table(group.batch).digest
    meeting.confirm(group.batch, seen=seen, by=group.second, at=group.world.at(group.days(48), 16))
    at = group.world.at(group.days(48), 17)
    proceedings.release(group.batch, seen=seen, by=group.by, at=at)


def publish(group: Group) -> Notice:
    told = group.world.data["review"]["contact"]
    contact = notice.Contact(told["phone"], told["email"], told["address"])
    title = f"关于{listed(group.batch)}拟认定名单的公示"
    at = group.world.at(group.days(50), 15)
    drafted = notice.prepare(group.batch, title=title, contact=contact, by=group.by, at=at)
    return notice.publish(drafted, by=group.second, at=group.world.at(group.days(51), 9))


def object_to(group: Group, shown: Notice, case: Application, *, days_ago: int) -> None:
    """Somebody objects to a case; a colleague who had no part in it looks into it."""
    world, third = group.world, reviewers.colleague(group.world, 3)
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


def listed(batch: Round) -> str:
    """What a list of the round is a list of: the round's title without the call for cases."""
    return batch.title.removesuffix("申报")


def bar(group: Group, case: Application, *, after: int) -> None:
    """Its city puts an accident on record that bars a title."""
    world, firm = group.world, group.firms[case.pk]
    enterprises.record_veto_event(
        firm.enterprise,
        kind="safety",
        grade="larger",
        happened_on=world.at(group.days(58)).date(),
        note=group.text["accident"],
        by=world.city_officer(firm),
        at=world.at(group.days(after), 9),
    )


def list_for_titles(group: Group, *, number: int, after: int) -> None:
    """Everything that waits for its title, on one list with its document."""
    at, batch = group.world.at(group.days(after)), group.batch
    free = [row for row in determination.table(batch, on=at.date()).rows if not row.bars]
    document = group.world.data["review"]["document"]
    determination.prepare(
        batch,
        [row.application.pk for row in free],
        determination.Paper(
            title=f"关于公布{listed(batch)}名单的公告",
            document_no=f"{document}〔{at.year}〕{number}号（演示）",
            decided_on=at.date(),
        ),
        performance_confirmed=True,
        seen=0,
        by=group.by,
        at=at,
    )


def determine(group: Group, *, after: int) -> None:
    """What is on the list, confirmed by a second person and issued."""
    at = group.world.at(group.days(after), 15)
    seen = determination.table(group.batch, on=at.date()).digest
    determination.confirm(group.batch, seen=seen, by=group.second, at=at)
    at = group.world.at(group.days(after), 16)
    proceedings.issue(group.batch, seen=seen, by=group.by, at=at)
