"""The part of the demo world that happens to most firms: a self-assessment, an application, and how
far the two have come.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile

from assessments import assessment as self_assessment
from assessments import standard
from assessments.models import Assessment, Measure
from config.demo import (
    answers,
)
from registry import enterprises
from registry.models import Division, User
from tiers import chain, drafts, workflow
from tiers.models import Application, Certification
from tiers.workflow import Action

if TYPE_CHECKING:
    from config.demo.world import Firm, World


# --- what stories are made of ----------------------------------------


def assess(
    world: World,
    firm: Firm,
    *,
    days_ago: int,
    lock: bool = True,
    without: str = "",
    whole: bool = False,
) -> Assessment:
    """Fill a self-assessment that reaches the basic tier; ``without`` names a dimension whose
    proofs are there and whose answers are left for the visitor to give. Only a ``whole`` one
    speaks of every dimension; others leave out what the tier does not ask for.
    """
    at = world.at(days_ago, 11)
    chosen = self_assessment.start(firm.factory, by=firm.user, at=at)
    edition = standard.get(chosen.standard)
    stated = answers.dimensions(edition, None if whole else firm.index)
    given = answers.answers_for(edition, world.text["how"], firm.index, stated)
    kept = {item: v for item, v in given.items() if not without or f".{without}." not in item}
    self_assessment.save_answers(chosen, kept, seen={}, by=firm.user, at=at)
    rows = world.data["scenarios"]
    first = firm.index % len(rows)
    for row in (rows + rows)[first : first + 2 + firm.index % 3]:
        fields = {f: row[f] for f in self_assessment.INSTANCE_FIELDS if f in row}
        self_assessment.save_instance(
            chosen,
            {**fields, "scenario_no": row["no"], "uses_ai": row["ai"]},
            by=firm.user,
            at=at,
        )
    for condition in edition.conditions:
        if condition.id in given:
            prove(chosen, condition, by=firm.user, days_ago=days_ago, world=world)
    return self_assessment.lock(chosen, by=firm.user, at=at) if lock else chosen


def prove(
    chosen: Assessment, condition: standard.Condition, *, by: User, days_ago: int, world: World
) -> None:
    """A file that proves a condition, under the name of what is asked for."""
    self_assessment.add_evidence(
        chosen,
        condition.id,
        ContentFile(answers.own_pdf(str(by.enterprise_id))),
        name=f"{condition.proof.partition('、')[0].strip('。')[:30]}.pdf",
        by=by,
        at=world.at(days_ago, 11),
    )


def begin(world: World, firm: Firm, *, days_ago: int = 6, whole: bool = False) -> Application:
    """A draft that could be submitted."""
    world.sign_up(firm, days_ago=days_ago + 20)
    chosen = assess(world, firm, days_ago=days_ago + 5, whole=whole)
    world.city_officer(firm)
    batch = world.rounds[world.city_code(firm)]
    at = world.at(days_ago, 9)
    return drafts.start(firm.factory, batch, assessment=chosen, by=firm.user, at=at)


def submit(world: World, firm: Firm, *, days_ago: int, whole: bool = False) -> Application:
    draft = begin(world, firm, days_ago=days_ago, whole=whole)
    return send_in(world, firm, draft, days_ago=days_ago)


def send_in(world: World, firm: Firm, case: Application, *, days_ago: int) -> Application:
    at = world.at(days_ago, 15, firm.index % 60)
    return workflow.act(case, Action.SUBMIT, by=firm.user, at=at, declared_by=firm.user.name)


def certify(world: World, firm: Firm, *, days_ago: int) -> Certification:
    return decide(world, firm, submit(world, firm, days_ago=days_ago + 10), days_ago=days_ago)


def decide(world: World, firm: Firm, case: Application, *, days_ago: int) -> Certification:
    """Through the rest of its steps to the title."""
    at = world.at(days_ago, 16, firm.index % 60)
    while case.status == Application.Status.IN_PROGRESS:
        case = complete(world, firm, case, by=desk_of(world, case), at=at)
    return Certification.objects.get(application=case)


def complete(world: World, firm: Firm, case: Application, *, by: User, at: datetime) -> Application:
    document = world.city_document(firm)
    return workflow.act(
        case,
        Action.COMPLETE,
        by=by,
        at=at,
        opinion=world.text["complete"],
        document_no=f"{document}〔{at.year}〕{firm.index}号（演示）",
        performance_confirmed=True,
    )


def desk_of(world: World, case: Application) -> User:
    """The officer at whose desk the case waits: of the county where the rules begin there."""
    office = chain.handling_authority(case)
    if office is None:
        raise RuntimeError(f"{case} waits nowhere")
    return world.officer_at(office)


# --- the stories ----------------------------------------


def _claim_new(world: World, firm: Firm) -> None:
    world.claim(firm, days_ago=2)


def _claim_refused(world: World, firm: Firm) -> None:
    claim = world.claim(firm, days_ago=9)
    reason = world.text["refuse"]
    enterprises.refuse(claim, by=world.city_officer(firm), at=world.at(8), reason=reason)


def _registered(world: World, firm: Firm) -> None:
    world.sign_up(firm, days_ago=12 + firm.index * 11 % 300)


def _renamed(world: World, firm: Firm) -> None:
    """Has changed its name since; titles and searches know the old one."""
    world.sign_up(firm, days_ago=160)
    later = firm.name.replace("有限公司", "（集团）有限公司")
    document = world.text["renamed"]
    enterprises.rename(firm.enterprise, later, document=document, by=firm.user, at=world.at(45))


def _moved(world: World, firm: Firm) -> None:
    """Has moved to where the first firm stands; both bureaus are told."""
    world.sign_up(firm, days_ago=150)
    place = Division.objects.get(code=world.data["firms"]["rows"][0][2])
    address = f"{place.name}{world.road(firm.index + 1)}18号"
    enterprises.move_factory(firm.factory, place, address=address, by=firm.user, at=world.at(9))


def _firm_1(world: World, firm: Firm) -> None:
    world.sign_up(firm, days_ago=40)
    assess(world, firm, days_ago=8, lock=False, without="production", whole=True)


def _locked(world: World, firm: Firm) -> None:
    world.sign_up(firm, days_ago=30 + firm.index % 40)
    assess(world, firm, days_ago=9 + firm.index % 12)
    plan(world, firm, days_ago=7)


def _started(world: World, firm: Firm) -> None:
    world.sign_up(firm, days_ago=15 + firm.index % 30)
    without = ("management", "production")[firm.index % 2]
    assess(world, firm, days_ago=3 + firm.index % 6, lock=False, without=without)


def plan(world: World, firm: Firm, *, days_ago: int) -> None:
    """Measures of its improvement plan: planned, running, done."""
    for number, row in enumerate(world.data["plans"]):
        fields = {k: row[k] for k in ("gap", "action", "owner", "scenario_no", "investment")}
        due = world.today + timedelta(days=row["days"] + firm.index % 9)
        made = self_assessment.save_measure(
            firm.factory, {**fields, "due_on": due}, by=firm.user, at=world.at(days_ago)
        )
        status = Measure.Status(row["status"])
        if status != Measure.Status.PLANNED and (firm.index + number) % 2 == 0:
            self_assessment.save_measure(
                firm.factory,
                {**fields, "due_on": due, "status": status, "result": row.get("result", "")},
                measure=made,
                by=firm.user,
                at=world.at(days_ago - 3),
            )


def _draft(world: World, firm: Firm) -> None:
    begin(world, firm)


def _overdue(world: World, firm: Firm) -> None:
    submit(world, firm, days_ago=40 + firm.index % 7)


def _near_limit(world: World, firm: Firm) -> None:
    submit(world, firm, days_ago=18 + firm.index % 2)


def _submitted(world: World, firm: Firm) -> None:
    submit(world, firm, days_ago=1 + firm.index % 6)


def _no_desk(world: World, firm: Firm) -> None:
    submit(world, firm, days_ago=4)


def _verified(world: World, firm: Firm) -> None:
    """Past its county, waiting for the city."""
    case = submit(world, firm, days_ago=8 + firm.index % 3)
    workflow.act(
        case,
        Action.COMPLETE,
        by=desk_of(world, case),
        at=world.at(4, 11, firm.index % 60),
        opinion=world.text["verify"],
    )


def _rejected(world: World, firm: Firm) -> None:
    case = submit(world, firm, days_ago=50)
    by, opinion = desk_of(world, case), world.text["reject"]
    workflow.act(case, Action.REJECT, by=by, at=world.at(38), opinion=opinion)
    enterprises.record_veto_event(
        firm.enterprise,
        kind="safety",
        grade="general",
        happened_on=world.at(200).date(),
        note=world.text["veto"],
        by=world.city_officer(firm),
        at=world.at(37),
    )


def _withdrawn(world: World, firm: Firm) -> None:
    case = submit(world, firm, days_ago=25)
    workflow.act(case, Action.WITHDRAW, by=firm.user, at=world.at(22))


def _certified(world: World, firm: Firm) -> None:
    certify(world, firm, days_ago=12)


STORIES: dict[str, Callable[[World, Firm], None]] = {
    "claim-new": _claim_new,
    "claim-refused": _claim_refused,
    "registered": _registered,
    "renamed": _renamed,
    "moved": _moved,
    "firm-1": _firm_1,
    "locked": _locked,
    "started": _started,
    "draft": _draft,
    "overdue": _overdue,
    "near-limit": _near_limit,
    "submitted": _submitted,
    "submitted-no-desk": _no_desk,
    "verified": _verified,
    "rejected": _rejected,
    "withdrawn": _withdrawn,
    "certified": _certified,
}
