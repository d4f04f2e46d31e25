"""The part of the demo world in which titles in force are inspected by draw: one draw that is over
and public, and one whose inspections stand at every step.

Whom a draw names is chance; so whatever is told here is told of whoever was drawn.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import cycle
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile

from config.demo import (
    answers,
    people,
    reviewers,
)
from registry.access import Seat
from registry.models import User
from registry.policy import Tier
from tiers import supervision
from tiers.models import Supervision, SupervisionCheck

if TYPE_CHECKING:
    from config.demo.world import Firm, World

Result, Severity = SupervisionCheck.Result, SupervisionCheck.Severity
#: What became of the inspections of the first and the second draw, in turn.
OVER = ("fit", "mended", "fit", "unmended", "fit", "fit")
UNDER_WAY = ("mending", "answered", "unassigned", "begun", "fit", "mended", "assigned", "unfit")


def run(world: World, firms: list[Firm]) -> None:
    if "supervision" not in world.data:
        return
    by_code = {world.code(firm): firm for firm in firms}
    first = _draw(world, 0, days_ago=190, due_in=-150)
    for story, check in zip(cycle(OVER), _checks(first), strict=False):
        firm = by_code[check.certification.printed_credit_code]
        _tell(world, firm, check, story, days_ago=165)
    second = _draw(world, 1, days_ago=26, due_in=12)
    for story, check in zip(cycle(UNDER_WAY), _checks(second), strict=False):
        firm = by_code[check.certification.printed_credit_code]
        _tell(world, firm, check, story, days_ago=14)
    held = SupervisionCheck.objects.filter(supervision=second, result=Result.MEND, answered_at=None)
    for running in held.for_list()[:1]:
        _visitor(world, by_code[running.certification.printed_credit_code])


def _draw(world: World, number: int, *, days_ago: int, due_in: int) -> Supervision:
    at = world.at(days_ago)
    return supervision.draw(
        Tier.BASIC,
        title=f"{at.year}年{world.data['supervision']['titles'][number]}",
        due_on=world.today + timedelta(days=due_in),
        by=world.province_officer,
        at=at,
    )


def _checks(drawn: Supervision) -> list[SupervisionCheck]:
    return list(drawn.checks.for_list().order_by("pk"))


def _tell(world: World, firm: Firm, check: SupervisionCheck, story: str, *, days_ago: int) -> None:
    """As far as the story says: asked, written down, signed, mended, looked at again."""
    if story == "unassigned":
        return
    officer = reviewers.colleague(world, 2) if check.pk % 2 else world.province_officer
    at = world.at(days_ago + 8)
    by = world.province_officer
    supervision.assign(check.supervision, [check.pk], officer, by=by, at=at)
    if story == "assigned":
        return
    check = SupervisionCheck.objects.for_list().get(pk=check.pk)
    _inspect(world, firm, check, story, by=officer, days_ago=days_ago)
    if story in ("answered", "mended"):
        _mend(world, firm, check, days_ago=days_ago - 9)
    if story in ("mended", "unmended"):
        _look_again(world, check, story, days_ago=days_ago - (11 if story == "mended" else 35))


def _inspect(
    world: World, firm: Firm, check: SupervisionCheck, story: str, *, by: User, days_ago: int
) -> None:
    text, at = world.data["supervision"]["words"], world.at(days_ago, 15)
    supervision.add_file(
        check,
        ContentFile(answers.own_pdf(firm.name)),
        name="现场检查照片.pdf",
        by=by,
        at=at,
    )
    check.refresh_from_db()
    found = supervision.Finding(
        text["finding"], Severity.MAJOR if story == "unfit" else Severity.MINOR, _item(check)
    )
    record = supervision.Record(
        team=reviewers.team(world),
        visited_on=world.at(days_ago + 1).date(),
        findings=() if story == "fit" else (found,),
        summary=text["fit" if story == "fit" else "found"],
    )
    if story == "begun":
        supervision.record(check, record, seen=check.version, by=by, at=at)
        return
    result = {"fit": Result.FIT, "unfit": Result.UNFIT}.get(story, Result.MEND)
    supervision.sign(check, record, result=result, name=by.name, seen=check.version, by=by, at=at)


def _item(check: SupervisionCheck) -> str:
    """A condition of the tier's own."""
    return next(key for key in supervision.items_of(check) if key.startswith("basic.production."))


def _mend(world: World, firm: Firm, check: SupervisionCheck, *, days_ago: int) -> None:
    world.joined(firm, days_ago=240)
    check = SupervisionCheck.objects.for_list().get(pk=check.pk)
    at, proof = world.at(days_ago, 10), ContentFile(answers.own_pdf(firm.name) + b"% after\n")
    supervision.add_file(check, proof, name="整改前后对比.pdf", by=firm.user, at=at)
    text = world.data["supervision"]["words"]["mended"]
    supervision.answer(check, text=text, by=firm.user, at=at)


def _look_again(world: World, check: SupervisionCheck, story: str, *, days_ago: int) -> None:
    check = SupervisionCheck.objects.for_list().get(pk=check.pk)
    text = world.data["supervision"]["words"]
    mended = story == "mended"
    supervision.recheck(
        check,
        result=Result.FIT if mended else Result.UNFIT,
        finding=text["recheck_fit" if mended else "recheck_unfit"],
        seen=check.version,
        by=world.province_officer,
        at=world.at(days_ago, 16),
    )


def _visitor(world: World, firm: Firm) -> None:
    """Somebody at the firm whose time runs, by a name that the visitor knows."""
    world.joined(firm, days_ago=240)
    people.join(world, firm, "firm-mending", Seat.EDITOR, days_ago=60)
