"""The one door for an application: who may do what, what stands in the way, and the act itself.

An application is with its enterprise, or waits at one step for one level, or is closed. The kinds
of step and the five actions are code; their order, levels and limits come from the rules of the
round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, inbox, policy
from registry.access import Role, Seat, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from registry.policy import Step, StepKind, Tier
from tiers import (
    agreement,
    certification,
    chain,
    clocks,
    consultation,
    cultivation,
    facts,
    hindrances,
    quota,
    returns,
    telling,
    upward,
)
from tiers.models import Action as Action  # acts are asked for by the name of their door
from tiers.models import Application, Certification, Cultivation, Decision
from tiers.returns import Remark

Status = Application.Status
STALE = "stale"
NUMBER_PREFIXES = {Tier.BASIC: "JC", Tier.ADVANCED: "XJ", Tier.EXCELLENT: "ZY", Tier.LEADING: "LH"}


OVERTAKEN = "这件申报打开以后有变化，没有办理，请看过变化再办"


class Overtaken(ValidationError):
    """The person decided on a version that is not the latest any more."""


_EVENTS = {
    Action.SUBMIT: Event.CASE_RECEIVED,
    Action.SEND_BACK: Event.CASE_RETURNED,
    Action.REJECT: Event.CASE_REJECTED,
}
_VERBS = {
    Action.SUBMIT: Verb.APPLICATION_SUBMIT,
    Action.WITHDRAW: Verb.APPLICATION_WITHDRAW,
    Action.COMPLETE: Verb.APPLICATION_COMPLETE,
    Action.SEND_BACK: Verb.APPLICATION_SEND_BACK,
    Action.REJECT: Verb.APPLICATION_REJECT,
}


# --- questions ----------------------------------------


def allowed_actions(application: Application, user: User) -> tuple[Action, ...]:
    """What this person may do with this application by role, place and status. Buttons, API and
    guard read this.
    """
    status = application.status
    if _of_its_firm(application, user):
        if user.seat != Seat.MANAGER:
            return ()
        if status in (Status.DRAFT, Status.RETURNED):
            return (Action.SUBMIT, Action.WITHDRAW)
        return (Action.WITHDRAW,) if status == Status.IN_PROGRESS else ()
    if chain.at_desk(application, user):
        at_step = (Action.COMPLETE, Action.SEND_BACK, Action.REJECT)
        return tuple(one for one in at_step if may_change(user, one.value, application.tier))
    return ()


def may_prepare(application: Application, user: User) -> bool:
    """Whether this person works on what is to be submitted, now that it is with the firm."""
    return (
        _of_its_firm(application, user)
        and may_change(user)
        and application.status in (Status.DRAFT, Status.RETURNED)
    )


def _of_its_firm(application: Application, user: User) -> bool:
    return user.role == Role.ENTERPRISE and user.enterprise_id == application.factory.enterprise_id


# --- acts ----------------------------------------


@transaction.atomic
def act(
    application: Application,
    action: Action,
    *,
    by: User,
    at: datetime,
    opinion: str = "",
    document_no: str = "",
    decided_on: date | None = None,
    declared_by: str = "",
    performance_confirmed: bool = False,
    items: Sequence[Remark] = (),
    seen: int | None = None,
    off_quota: str = "",
    ground: str = "",
) -> Application:
    """Do one thing to an application: lock, check, change, and write its decision, trail and
    messages at once.

    Never trusts the instance given: it is read again under the lock. Raises PermissionDenied if
    the action is not allowed to this person now (a second officer gets this when the first was
    quicker), ValidationError with all hindrances if something stands in the way. ``seen`` is how
    many decisions the person knew of: where there are more, he decided on another version.
    """
    application = locked(application, by)
    if seen is not None and seen != application.decisions.count():
        raise Overtaken(OVERTAKEN, code=STALE)
    if action not in allowed_actions(application, by):
        raise PermissionDenied("这件申报的状态已变化，或不由本账号办理，请刷新后再看")
    details = {
        "opinion": opinion,
        "document_no": document_no,
        "decided_on": decided_on,
        "declared_by": declared_by,
        "performance_confirmed": performance_confirmed,
        "items": items,
        "off_quota": off_quota,
        "ground": ground,
    }
    on = business_date(at)
    stops = [
        p for p in hindrances.of(application, action, by=by, on=on, details=details) if p.blocking
    ]
    if stops:
        raise ValidationError([ValidationError(p.message, code=p.code) for p in stops])
    step = chain.current_step(application)
    decision = _decide(application, action, step, by=by, at=at, details=details)
    _carry_out(decision, step, details, on=on)
    application.save()
    trail(
        _VERBS[action],
        application,
        by=by,
        at=at,
        step=step.label if step else "",
        status=application.status,
    )
    _tell(application, action, opinion, len(items), at=at)
    return application


def _carry_out(
    decision: Decision, step: Step | None, details: Mapping[str, Any], *, on: date
) -> None:
    """What the decision brings about for the application, not yet saved."""
    application, by, at = decision.application, decision.by, decision.at
    match decision.action:
        case Action.SUBMIT:
            _submit(application, details["declared_by"].strip(), at=at)
        case Action.COMPLETE:
            if step is None:
                raise RuntimeError(f"application {application.pk} waits at no step of its rules")
            if step.kind == StepKind.RECOMMEND:
                off_quota, ground = details["off_quota"], details["ground"]
                quota.take(application, off_quota=off_quota, ground=ground, by=by, at=at)
            _grant(decision, step, details["decided_on"] or on)
            _advance(application, step, at=at)
        case Action.SEND_BACK:
            returns.write(decision, details["items"])
            _rest(application, Status.RETURNED, at=at)
        case Action.REJECT:
            _rest(application, Status.REJECTED, at=at)
        case Action.WITHDRAW:
            _rest(application, Status.WITHDRAWN, at=at)
    if decision.step == StepKind.CONSULT or decision.action == Action.WITHDRAW:
        consultation.close(application, at=at)
    if decision.action in (Action.REJECT, Action.WITHDRAW):
        quota.free(application, Action(decision.action).label, at=at)
        out = decision.action == Action.WITHDRAW
        ending = Cultivation.Ending.WITHDRAWN if out else Cultivation.Ending.FAILED
        cultivation.end(application, ending, by=by, at=at)


def _grant(decision: Decision, step: Step, decided_on: date) -> None:
    """What a step gives that decides: the title with the last one, before it to be a candidate."""
    application, document_no = decision.application, decision.document_no
    by, at = decision.by, decision.at
    if step == chain.steps_for(application)[-1]:
        _issue(application, document_no, decided_on, by=by, at=at)
        cultivation.end(application, Cultivation.Ending.ACCEPTED, by=by, at=at)
    elif step.kind == StepKind.AWAIT:
        cultivation.begin(application, document_no=document_no, listed_on=decided_on, by=by, at=at)


def locked(application: Application, by: User) -> Application:
    found: Application | None = (
        Application.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related(
            "round", "factory__enterprise", "factory__authority__parent__parent", "assessment"
        )
        .filter(pk=application.pk)
        .first()
    )
    if found is None:
        raise PermissionDenied("这件申报不在本账号的范围内")
    return found


def _decide(
    application: Application,
    action: Action,
    step: Step | None,
    *,
    by: User,
    at: datetime,
    details: Mapping[str, Any],
) -> Decision:
    decision: Decision = Decision.objects.create(
        application=application,
        action=action,
        step=step.kind if step else "",
        step_level=step.level if step else "",
        by=by,
        on_behalf_of=by.standing_in.giver if by.standing_in else None,
        by_name=str(by),
        place_name=by.place_name,
        authority=by.authority,
        at=at,
        opinion=details["opinion"].strip(),
        document_no=details["document_no"].strip(),
        performance_confirmed=details["performance_confirmed"],
        assessment=application.assessment,
        facts=facts.facts_of(application.factory) if action == Action.SUBMIT else {},
    )
    return decision


def _submit(application: Application, declared_by: str, *, at: datetime) -> None:
    if application.number is None:
        tier = Tier(application.tier)
        year = business_date(at).year
        number = certification.next_number(f"application:{tier}:{year}")
        application.number = f"{NUMBER_PREFIXES[tier]}-{year}-{number:04d}"
        application.first_submitted_at = at
    application.submissions += 1
    application.submitted_at = at
    application.declared_by = declared_by
    _place(application, chain.steps_for(application)[0], at=at)


def _advance(application: Application, step: Step, *, at: datetime) -> None:
    steps = chain.steps_for(application)
    following = steps[steps.index(step) + 1 :]
    if following:
        _place(application, following[0], at=at)
    else:
        _rest(application, Status.CERTIFIED, at=at)


def _place(application: Application, step: Step, *, at: datetime) -> None:
    application.status = Status.IN_PROGRESS
    application.step, application.step_level = step.kind, step.level
    application.step_since = at
    application.overdue_told_at = None
    made = clocks.decisions_of(application)
    application.due_on = clocks.deadline(application, step, made, since=business_date(at))


def _rest(application: Application, status: Application.Status, *, at: datetime) -> None:
    """With the firm, or closed; a case to mend remembers since when the clock stands still."""
    application.status = status
    application.step = application.step_level = ""
    application.step_since = at if status == Status.RETURNED else None
    application.due_on = None


def _issue(
    application: Application, document_no: str, decided_on: date, *, by: User, at: datetime
) -> None:
    if by.authority is None:
        raise PermissionDenied("认定由主管部门作出")
    chosen = application.assessment
    rules = policy.get(application.round.policy)
    national = rules.tiers[Tier(application.tier)].national
    certification.issue(
        application.factory,
        Tier(application.tier),
        certification.Grant(
            issuer=upward.issuer() if national else by.authority,
            document_no=document_no,
            valid_from=decided_on,
            source=Certification.Source.APPLICATION,
            basis=upward.notice_of(application.round) if national else rules.title,
            application=application,
            maturity_level=agreement.maturity_level(application),
            assessed_on=business_date(chosen.locked_at) if chosen and chosen.locked_at else None,
            covers=agreement.covers(application),
        ),
        by=by,
        at=at,
    )


def _tell(
    application: Application, action: Action, opinion: str, items: int, *, at: datetime
) -> None:
    """Tell whoever is next; nobody is told of his own act."""
    if items:
        opinion = f"共 {items} 项，请逐项修改并答复。{opinion}"
    key = f"application:{application.pk}:{action}:{application.decisions.count()}"
    step, waiting = chain.current_step(application), chain.handling_authority(application)
    pending = f"{waiting.short_name}{step.label}" if waiting and step else ""
    staff = inbox.staff_of(application.factory.enterprise)
    event = _EVENTS.get(action)
    if application.status == Status.CERTIFIED:
        event = Event.TITLE_ISSUED
    if event:
        message = telling.firm_of_case(application, event, opinion=opinion, pending=pending)
        inbox.send(staff, message, key=key, at=at)
    if waiting and step:
        message = telling.desk_of_case(application, step.label)
        inbox.send(inbox.officers_of(waiting), message, key=f"{key}:desk", at=at)


def trail(verb: Verb, application: Application, *, by: User, at: datetime, **data: Any) -> None:
    factory = application.factory
    audit.record(
        verb,
        application,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        tier=application.tier,
        **data,
    )
