"""Revoking a title (撤销): proposed with ground and evidence, the firm heard, decided by a second
person.

The title stands until the decision. ``tiers.appeals`` goes on from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, inbox, personal, policy, workdays
from registry.access import OFFICERS, Role, Seat, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from tiers import bans, endings
from tiers.models import Certification, Revocation, RevocationFile

FILES = 10
NOT_YOURS = "撤销由作出认定的部门办理"


@dataclass(frozen=True)
class Proposal:
    """What the office holds against a title."""

    ground: str
    facts: str
    papers: Sequence[File] = ()


# --- questions ------------------------------------------------------------------------------------


def grounds(title: Certification, on: date) -> tuple[policy.Ground, ...]:
    """The grounds in force that day in the province of the issuing office."""
    return policy.current(title.issuer.province_code, on).revoking_grounds


def of_office(user: User, authority_id: int) -> bool:
    """Whether this person may act for the office, in his own name."""
    return user.role in OFFICERS and user.authority_id == authority_id and may_change(user)


def of_firm(revocation: Revocation, user: User) -> bool:
    firm = revocation.certification.factory.enterprise_id
    return user.role == Role.ENTERPRISE and user.enterprise_id == firm and may_change(user)


def may_propose(title: Certification, user: User, *, on: date) -> bool:
    if not of_office(user, title.issuer_id) or endings.is_over(title, on):
        return False
    return not title.revocations.open().exists()


def may_state(revocation: Revocation, user: User, *, on: date) -> bool:
    untold = not revocation.outcome and revocation.stated_at is None
    waits = revocation.waived_at is None and on <= revocation.heard_until
    return of_firm(revocation, user) and untold and waits


def may_waive(revocation: Revocation, user: User, *, on: date) -> bool:
    """Only the manager gives up a right of the firm."""
    something_left = on <= revocation.heard_until or revocation.hears
    undecided = not revocation.outcome and revocation.waived_at is None
    manager = of_firm(revocation, user) and user.seat == Seat.MANAGER
    return manager and undecided and something_left and revocation.heard_at is None


def may_decide(revocation: Revocation, user: User, *, on: date) -> bool:
    second = user.pk != revocation.proposed_by_id
    return of_office(user, revocation.authority_id) and second and not why_not_yet(revocation, on)


def why_not_yet(revocation: Revocation, on: date) -> str:
    """Why it cannot be decided that day; empty where it can."""
    if revocation.outcome:
        return "已经作出决定，请刷新后再看"
    if revocation.hears and revocation.heard_at is None:
        return "企业要求听证，登记听证情况后才能决定"
    if revocation.waived_at is None and on <= revocation.heard_until:
        return (
            f"陈述申辩和申请听证的期限到 {revocation.heard_until:%Y-%m-%d} 止（含当日），"
            "期满后才能决定"
        )
    return ""


# --- acts -----------------------------------------------------------------------------------------


@transaction.atomic
def propose(title: Certification, given: Proposal, *, by: User, at: datetime) -> Revocation:
    """拟撤销: the firm is told ground, facts and evidence, and until when it may answer."""
    rows = Certification.objects.select_for_update(of=("self",))
    title = rows.select_related("factory__enterprise", "factory__authority", "issuer").get(
        pk=title.pk
    )
    if not of_office(by, title.issuer_id):
        raise PermissionDenied(NOT_YOURS)
    on = business_date(at)
    if not may_propose(title, by, on=on):
        raise ValidationError(
            "这项认定已不在有效期内，或撤销程序已在进行，请刷新后再看", code="stale"
        )
    ground = next((one for one in grounds(title, on) if one.code == given.ground), None)
    found = {}
    if ground is None:
        found["ground"] = "请选择撤销情形"
    if not given.facts.strip():
        found["facts"] = "请写明事实和依据"
    elif fault := personal.refusal(given.facts):
        found["facts"] = f"写入撤销决定，{fault}"
    if found or ground is None:
        raise ValidationError(found)
    rules = policy.current(title.issuer.province_code, on)
    revocation = Revocation.objects.create(
        certification=title,
        authority=title.issuer,
        policy=rules.code,
        ground=ground.code,
        ground_name=ground.name,
        facts=given.facts.strip(),
        proposed_by=by,
        proposed_name=str(by),
        proposed_at=at,
        statement_until=workdays.add(on, rules.revocation.statement_workdays),
        hearing_until=workdays.add(on, rules.revocation.hearing_workdays),
    )
    keep_files(revocation, RevocationFile.Stage.EVIDENCE, given.papers, by=by, at=at)
    record(Verb.REVOCATION_PROPOSE, revocation, by=by, at=at, ground=ground.code)
    tell_firm(
        revocation,
        Event.TITLE_REVOKING,
        result=f"拟撤销：{ground.name}",
        next_step="查看告知书，可以陈述申辩、要求听证",
        due_on=revocation.heard_until,
        at=at,
    )
    return revocation


@transaction.atomic
def state(
    revocation: Revocation,
    *,
    statement: str,
    hearing: bool,
    papers: Sequence[File] = (),
    by: User,
    at: datetime,
) -> Revocation:
    """陈述申辩: the firm's answer, once, with its files; with it, or instead of it, it may ask for
    a hearing.
    """
    revocation = locked(revocation, by)
    if not of_firm(revocation, by):
        raise PermissionDenied("陈述申辩由企业提出")
    on = business_date(at)
    if not may_state(revocation, by, on=on):
        raise ValidationError("已经陈述、放弃或超过期限，不能再提交", code="stale")
    if not statement.strip() and not hearing:
        raise ValidationError({"statement": "请填写陈述申辩意见，或勾选要求听证"})
    if statement.strip() and on > revocation.statement_until:
        until = revocation.statement_until
        raise ValidationError({"statement": f"陈述申辩已于 {until:%Y-%m-%d} 截止，只能要求听证"})
    if hearing and on > revocation.hearing_until:
        until = revocation.hearing_until
        raise ValidationError({"hearing": f"申请听证已于 {until:%Y-%m-%d} 截止"})
    revocation.statement, revocation.hearing_asked = statement.strip(), hearing
    revocation.stated_by, revocation.stated_at = by, at
    revocation.save()
    keep_files(revocation, RevocationFile.Stage.STATEMENT, papers, by=by, at=at)
    record(Verb.REVOCATION_STATE, revocation, by=by, at=at, hearing=hearing)
    tell_office(
        revocation,
        result="企业已陈述申辩" + ("，并要求听证" if hearing else ""),
        next_step="确定听证时间和地点" if hearing else "期满后由另一人作出决定",
        key="stated",
        at=at,
    )
    return revocation


@transaction.atomic
def waive(revocation: Revocation, *, by: User, at: datetime) -> Revocation:
    """放弃陈述申辩和听证: from now on it may be decided."""
    revocation = locked(revocation, by)
    if not of_firm(revocation, by) or by.seat != Seat.MANAGER:
        raise PermissionDenied("放弃陈述申辩和听证由企业管理员办理")
    if not may_waive(revocation, by, on=business_date(at)):
        raise ValidationError("已经没有可以放弃的期限，请刷新后再看", code="stale")
    revocation.waived_by, revocation.waived_at = by, at
    revocation.save()
    record(Verb.REVOCATION_WAIVE, revocation, by=by, at=at)
    tell_office(
        revocation,
        result="企业放弃陈述申辩和听证",
        next_step="由另一人作出决定",
        key="waived",
        at=at,
    )
    return revocation


@transaction.atomic
def decide(
    revocation: Revocation,
    *,
    outcome: str,
    reason: str,
    document_no: str,
    by: User,
    at: datetime,
) -> Revocation:
    """决定, by somebody else than who proposed it: the title ends, if its time has not ended it
    meanwhile, and the firm is barred for as long as the ground says; or the title stays.
    """
    revocation = locked(revocation, by)
    _may_be_decided(revocation, by, business_date(at))
    revokes = outcome == Revocation.Outcome.REVOKED
    found = {}
    if outcome not in Revocation.Outcome.values:
        found["outcome"] = "请选择决定"
    if not reason.strip():
        found["reason"] = "请填写决定理由"
    elif fault := personal.refusal(reason):
        found["reason"] = f"写入撤销决定，{fault}"
    if revokes and not document_no.strip():
        found["document_no"] = "撤销的，请填写决定文件的文号"
    if found:
        raise ValidationError(found)
    revocation.outcome, revocation.reason = outcome, reason.strip()
    revocation.document_no = document_no.strip()
    revocation.decided_by, revocation.decided_name, revocation.decided_at = by, str(by), at
    if revokes:
        _carry_out(revocation, by=by, at=at)
    revocation.save()
    record(Verb.REVOCATION_DECIDE, revocation, by=by, at=at, outcome=outcome)
    if not revokes:
        tell_firm(
            revocation,
            Event.TITLE_REVOKING,
            result=f"不予撤销，认定继续有效：{revocation.reason}",
            key="kept",
            at=at,
        )
    return revocation


def _may_be_decided(revocation: Revocation, by: User, on: date) -> None:
    if not of_office(by, revocation.authority_id):
        raise PermissionDenied(NOT_YOURS)
    if by.pk == revocation.proposed_by_id:
        raise PermissionDenied("撤销由提出人以外的另一人决定")
    if why := why_not_yet(revocation, on):
        raise ValidationError(why, code="stale")


def _carry_out(revocation: Revocation, *, by: User, at: datetime) -> None:
    title, rules = revocation.certification, policy.get(revocation.policy)
    on = business_date(at)
    until = revocation.appeal_until = on + timedelta(days=rules.revocation.appeal_days)
    if endings.ran_out(title, on):
        # Nothing is left to end; the firm is barred all the same.
        tell_firm(
            revocation,
            Event.TITLE_REVOKING,
            result=f"决定撤销，认定此前已到期：{revocation.reason}",
            next_step="不服的，可以申请复核",
            due_on=until,
            key="decided",
            at=at,
        )
    else:
        revocation.fallen = endings.revoke(
            title,
            reason=revocation.reason,
            document_no=revocation.document_no,
            appeal_until=until,
            link=f"/revocations/{revocation.pk}/",
            by=by,
            at=at,
        )
    cause = bans.Cause(
        revocation.ground,
        f"被撤销{title.get_tier_display()}认定（{revocation.ground_name}）",
        revocation.document_no,
        certification=title,
    )
    bans.put(title.factory.enterprise, rules, cause, from_on=on, by=by, at=at)


# --- shared with appeals --------------------------------------------------------------------------


def locked(revocation: Revocation, by: User) -> Revocation:
    """The row under its lock, for somebody who may see it."""
    found: Revocation | None = (
        Revocation.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related(
            "certification__factory__enterprise",
            "certification__factory__authority",
            "certification__issuer",
            "authority",
        )
        .filter(pk=revocation.pk)
        .first()
    )
    if found is None or not may_change(by):
        raise PermissionDenied(NOT_YOURS)
    return found


def keep_files(
    revocation: Revocation, stage: str, files: Sequence[File], *, by: User, at: datetime
) -> None:
    if len(files) > FILES:
        raise ValidationError({"papers": f"一次最多上传 {FILES} 个文件，请合并后再传"})
    for upload in files:
        seen = self_assessment.vetted(upload, upload.name or "")
        kept = RevocationFile(
            revocation=revocation,
            stage=stage,
            **seen.columns,
            added_by=by,
            added_at=at,
        )
        kept.file.save("", upload, save=False)
        kept.save()


def record(verb: Verb, revocation: Revocation, *, by: User, at: datetime, **data: object) -> None:
    factory = revocation.certification.factory
    audit.record(
        verb,
        revocation,
        by=by,
        at=at,
        path=revocation.authority.path,
        enterprise_id=factory.enterprise_id,
        certification=revocation.certification_id,
        **data,
    )


def _message(
    revocation: Revocation, event: Event, result: str, next_step: str, due_on: date | None
) -> inbox.Message:
    title = revocation.certification
    return inbox.Message(
        event=event,
        matter=f"{title.printed_factory}的{title.get_tier_display()}认定",
        result=result,
        next_step=next_step,
        due_on=due_on,
        link=f"/revocations/{revocation.pk}/",
    )


def tell_firm(
    revocation: Revocation,
    event: Event,
    *,
    result: str,
    next_step: str = "",
    due_on: date | None = None,
    key: str = "proposed",
    at: datetime,
) -> None:
    people = inbox.staff_of(revocation.certification.factory.enterprise)
    message = _message(revocation, event, result, next_step, due_on)
    inbox.send(people, message, key=f"revocation:{revocation.pk}:{key}", at=at)


def tell_office(
    revocation: Revocation,
    *,
    result: str,
    next_step: str,
    key: str,
    people: list[User] | None = None,
    at: datetime,
) -> None:
    told = inbox.officers_of(revocation.authority) if people is None else people
    message = _message(revocation, Event.DESK_REVOCATION, result, next_step, None)
    inbox.send(told, message, key=f"revocation:{revocation.pk}:{key}", at=at)
