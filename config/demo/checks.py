"""The part of the demo world in which firm and office deal with each other: values put beside the
firm's own, things sent back and answered, offices that are urged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile

from assessments import assessment as self_assessment
from assessments.models import Assessment
from config.demo import (
    answers,
    cases,
)
from registry import enterprises, policy
from registry.models import User
from tiers import agreement, mending, returns, urging, verification, workflow
from tiers.agreement import Line
from tiers.models import Application, ReturnItem
from tiers.returns import Remark
from tiers.verification import Entry
from tiers.workflow import Action

if TYPE_CHECKING:
    from config.demo.world import Firm, World

#: The condition for whose proof the demo's cases come back, and what stands beside it.
RETURNED, FIELD, DOUBTED = "basic.production.1", "factory.address", "basic.production.3"


# --- re-checks (复核) ----------------------------------------


def check(
    world: World,
    case: Application,
    *,
    agreed: int,
    disputed: int = 0,
    same: int = 0,
    by: User,
    days_ago: int,
) -> None:
    """Put values beside so many of the firm's: the same, different and settled, or unsettled."""
    lines = list(agreement.of(case).lines)
    numbers = [line for line in lines if line.criterion.key.startswith("cmmm.3.")]
    entries = {
        line.criterion.key: Entry(line.criterion.own, line.criterion.own) for line in lines[:same]
    }
    for number, line in enumerate(numbers[-agreed - disputed :]):
        value = _other(line)
        settled = value if number < agreed else ""
        entries[line.criterion.key] = Entry(value, settled, world.text["check"])
    verification.save(case, entries, seen={}, by=by, at=world.at(days_ago, 14))


def _other(line: Line) -> str:
    """A value below the one that stands there, else the next above it."""
    held = line.current.value if line.current else line.criterion.own
    values = [value for value, _ in line.criterion.choices if value != held]
    return values[0]


def _half_checked(world: World, firm: Firm) -> None:
    """At its desk, checked in part: some as the firm says, one settled, one not yet."""
    case = cases.submit(world, firm, days_ago=9, whole=True)
    by = cases.desk_of(world, case)
    check(world, case, same=9, agreed=1, disputed=1, by=by, days_ago=3)


def _overruled(world: World, firm: Firm) -> None:
    """The county has put values beside the firm's; the city puts others."""
    case = cases.submit(world, firm, days_ago=10, whole=True)
    county = cases.desk_of(world, case)
    check(world, case, same=6, agreed=3, by=county, days_ago=7)
    opinion = world.text["verify"]
    case = workflow.act(case, Action.COMPLETE, by=county, at=world.at(6), opinion=opinion)
    check(world, case, agreed=1, by=cases.desk_of(world, case), days_ago=2)


def _certified_as_stated(world: World, firm: Firm) -> None:
    """Every level finds everything as the firm says, and it is determined."""
    case = cases.submit(world, firm, days_ago=24, whole=True)
    while case.status == Application.Status.IN_PROGRESS:
        by = cases.desk_of(world, case)
        verification.save(case, {}, seen={}, rest=verification.ALL, by=by, at=world.at(15, 14))
        case = cases.complete(world, firm, case, by=by, at=world.at(15, 16))


# --- sent back and answered ----------------------------------------


def send_back(world: World, case: Application, *, days_ago: int, items: int = 3) -> None:
    """What has to be mended: a condition's proof, a fact on record, a file."""
    chosen = case.assessment
    if chosen is None:
        raise RuntimeError(f"{case} rests on no assessment")
    file = chosen.evidence.live().get(item=DOUBTED)
    remarks = [
        Remark("condition", RETURNED, "佐证材料缺页", world.text["send_back"]),
        Remark("field", FIELD, "信息有误", world.text["send_back_field"]),
        Remark("evidence", str(file.pk), "佐证材料不清晰", world.text["send_back_file"]),
    ]
    workflow.act(
        case,
        Action.SEND_BACK,
        by=cases.desk_of(world, case),
        at=world.at(days_ago, 10, 15),
        items=remarks[:items],
    )


def _returned(world: World, firm: Firm) -> None:
    case = cases.submit(world, firm, days_ago=16 + firm.index % 9)
    send_back(world, case, days_ago=3 + firm.index % 5, items=1 + firm.index % 3)


def _returned_checked(world: World, firm: Firm) -> None:
    """Sent back with the office's values, which the firm now reads."""
    case = cases.submit(world, firm, days_ago=15, whole=True)
    by = cases.desk_of(world, case)
    check(world, case, same=12, agreed=2, disputed=1, by=by, days_ago=6)
    send_back(world, case, days_ago=5)


def _firm_2(world: World, firm: Firm) -> None:
    _returned_checked(world, firm)
    cases.plan(world, firm, days_ago=20)
    enterprises.record_honour(
        firm.enterprise,
        kind=policy.current(world.data["province"], world.today).honour_kinds[0].code,
        document_no=f"工信部联通装{world.text['law_document']}",
        awarded_on=world.at(540).date(),
        by=firm.user,
        at=world.at(30),
    )


def _resubmitted(world: World, firm: Firm) -> None:
    """Every item answered, two mended and one kept, and sent in again."""
    case = cases.submit(world, firm, days_ago=20, whole=True)
    send_back(world, case, days_ago=14)
    _mend(world, firm, case)
    _answer(world, firm, case, days_ago=3)
    case.refresh_from_db()
    cases.send_in(world, firm, case, days_ago=2)


def _mend(world: World, firm: Firm, case: Application) -> None:
    at = world.at(4, 11)
    copy = mending.rework(case, by=firm.user, at=at)
    mend(copy, world.text["mended"], by=firm.user, at=at)
    self_assessment.lock(copy, by=firm.user, at=world.at(4, 12))


def mend(chosen: Assessment, how: str, *, by: User, at: datetime) -> None:
    """Another answer to the condition that comes back, with a newer file."""
    held = chosen.answers.get(item=RETURNED)
    value, seen = {**held.value, "how": how}, {RETURNED: held.version}
    self_assessment.save_answers(chosen, {RETURNED: value}, seen=seen, by=by, at=at)
    old = chosen.evidence.live().get(item=RETURNED)
    self_assessment.add_evidence(
        chosen,
        RETURNED,
        ContentFile(answers.MENDED),
        name=old.name,
        replaces=old,
        by=by,
        at=at,
    )


def _answer(world: World, firm: Firm, case: Application, *, days_ago: int) -> None:
    said: Mapping[str, tuple[str, str]] = {
        ReturnItem.Kind.CONDITION: (ReturnItem.Outcome.CHANGED, world.text["answer"]),
        ReturnItem.Kind.FIELD: (ReturnItem.Outcome.CHANGED, world.text["answer_field"]),
        ReturnItem.Kind.EVIDENCE: (ReturnItem.Outcome.KEPT, world.text["answer_file"]),
    }
    enterprises.update_factory(
        firm.factory,
        address=f"{firm.factory.address}（2号厂房）",
        industry=firm.industry,
        products=firm.factory.products,
        by=firm.user,
        at=world.at(days_ago, 14),
    )
    case.refresh_from_db()
    items = list(returns.standing(case))
    replies = {item.pk: mending.Reply(*said[item.target_kind]) for item in items}
    mending.answer(case, replies, by=firm.user, at=world.at(days_ago, 15))


# --- urged (催办) ----------------------------------------


def _urged_by_firm(world: World, firm: Firm) -> None:
    case = cases.submit(world, firm, days_ago=44)
    urging.urge(case, note=world.text["urge"], by=firm.user, at=world.at(6, 9, 30))


def _urged_from_above(world: World, firm: Firm) -> None:
    """By the province, over the head of the office at whose desk it lies."""
    case = cases.submit(world, firm, days_ago=41)
    note = world.text["urge_above"]
    urging.urge(case, note=note, by=world.province_officer, at=world.at(4, 9, 30))


STORIES: dict[str, Callable[[World, Firm], None]] = {
    "firm-2": _firm_2,
    "half-checked": _half_checked,
    "overruled": _overruled,
    "certified-as-stated": _certified_as_stated,
    "returned": _returned,
    "returned-checked": _returned_checked,
    "resubmitted": _resubmitted,
    "urged-by-firm": _urged_by_firm,
    "urged-from-above": _urged_from_above,
}
