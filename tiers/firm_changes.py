"""变更申报: the firm's manager reports what has become of it, its bureau confirms or refuses.

The door for a firm: a change that touches a title, and every merger, split and halt, waits for the
bureau; a new name or place of what holds no title is taken down at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, creditcode, enterprises, inbox
from registry.access import OFFICERS, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Division, Enterprise, Event, Factory, User
from tiers import relocation
from tiers.models import Certification, ChangeProof, FirmChange

Kind, Status = FirmChange.Kind, FirmChange.Status
STALE = "stale"
MAX_PROOFS = 5


@dataclass(frozen=True)
class Report:
    """What the manager fills in. ``name`` is the new name, or the other firm's; ``names`` gives a
    factory another name where the other firm has one of the same.
    """

    kind: str
    on: date
    document: str = ""
    note: str = ""
    factory: Factory | None = None
    name: str = ""
    credit_code: str = ""
    division: Division | None = None
    address: str = ""
    factories: tuple[Factory, ...] = ()
    names: dict[int, str] = field(default_factory=dict)
    proofs: tuple[File, ...] = ()


# --- questions ----------------------------------------


def needs_confirmation(enterprise: Enterprise, report: Report) -> bool:
    """Whether the bureau has to look at it first."""
    if report.kind in (*FirmChange.SUCCESSIONS, Kind.HALT):
        return True
    titles = Certification.objects.filter(factory__enterprise=enterprise)
    if report.kind in FirmChange.OF_A_FACTORY:
        titles = titles.filter(factory=report.factory)
    return titles.exists()


def office_for(enterprise: Enterprise, report: Report) -> Authority:
    """Who confirms: the lowest office that answers for both ends of the change."""
    if report.factory is not None:
        here = report.factory.authority
    else:
        first = enterprise.factories.select_related("authority").order_by("pk").first()
        found = enterprise.authority or (first.authority if first else None)
        if found is None:
            raise ValidationError("本企业还没有主管部门，请先登记工厂")
        here = found
    there: Authority | None = here
    if report.kind == Kind.MOVE:
        there = enterprises.responsible(report.division)
        there = there or _top(here)
    elif report.kind in FirmChange.SUCCESSIONS:
        known = Enterprise.objects.filter(credit_code=report.credit_code).first()
        there = (known.authority if known else None) or enterprises.responsible(report.division)
    return _above_both(here, there or here)


def _top(authority: Authority) -> Authority:
    return authority if authority.parent is None else _top(authority.parent)


def _above_both(here: Authority, there: Authority) -> Authority:
    """The nearest office above both; the province of the first where they have none."""
    office = here
    while not there.path.startswith(office.path) and office.parent is not None:
        office = office.parent
    return office


def may_report(enterprise: Enterprise, user: User) -> bool:
    return (
        enterprises.may_manage(user)
        and user.enterprise_id == enterprise.pk
        and enterprise.closed_on is None
    )


def may_withdraw(change: FirmChange, user: User) -> bool:
    return change.status == Status.PENDING and may_report(change.enterprise, user)


def may_decide(change: FirmChange, user: User) -> bool:
    """Of the office it was sent to, or of one above it."""
    return (
        change.status == Status.PENDING
        and user.role in OFFICERS
        and change.authority.path.startswith(user.authority_path)
        and may_change(user)
    )


# --- the firm's acts ----------------------------------------


@transaction.atomic
def report(enterprise: Enterprise, given: Report, *, by: User, at: datetime) -> FirmChange:
    """Report a change. It waits for the bureau, or holds at once where no title hangs on it."""
    if not may_report(enterprise, by):
        raise PermissionDenied("企业变更由本企业管理员申报")
    enterprises.one_at_a_time(enterprise)
    waits = needs_confirmation(enterprise, given)
    _check(enterprise, given, business_date(at), waits=waits)
    change = FirmChange.objects.create(
        enterprise=enterprise,
        factory=given.factory,
        kind=given.kind,
        on=given.on,
        document=given.document.strip(),
        note=given.note.strip(),
        name=creditcode.tidy_name(given.name),
        credit_code=given.credit_code,
        division=given.division,
        address=given.address.strip(),
        factories=_chosen(enterprise, given),
        authority=office_for(enterprise, given),
        by=by,
        by_name=str(by),
        at=at,
        firm_name=enterprise.name,
        factory_name=given.factory.name if given.factory else "",
    )
    _keep_proofs(change, given.proofs)
    _trail(Verb.CHANGE_REPORT, change, by=by, at=at)
    if waits:
        _tell_office(change, at)
    else:
        _carry_out(change, move_people=True, by=by, at=at)
        change.status, change.decided_at = Status.CONFIRMED, at
        change.save()
    return change


def _chosen(enterprise: Enterprise, given: Report) -> list[dict[str, object]]:
    """The factories that go over, each with the name it takes, or "" where it keeps its own."""
    if given.kind not in FirmChange.SUCCESSIONS:
        return []
    merger = given.kind in (Kind.ABSORPTION, Kind.MERGER)
    going: Sequence[Factory] = list(enterprise.factories.all()) if merger else given.factories
    return [
        {
            "id": one.pk,
            "was": one.name,
            "name": creditcode.tidy_name(given.names.get(one.pk, "")),
        }
        for one in going
    ]


def _check(enterprise: Enterprise, given: Report, today: date, *, waits: bool) -> None:
    found = {}
    if given.kind not in Kind.values:
        found["kind"] = "请选择变更事项"
    if given.on > today:
        found["on"] = "变更日期不能晚于今天，请在变更完成后申报"
    if (waits or given.kind == Kind.RENAME) and not given.document.strip():
        found["document"] = "请填写证明文件的名称或文号"
    if waits and not given.proofs:
        found["proofs"] = "请上传证明材料，例如变更登记通知书"
    if len(given.proofs) > MAX_PROOFS:
        found["proofs"] = f"证明材料最多 {MAX_PROOFS} 个文件"
    if given.kind in FirmChange.OF_A_FACTORY and given.factory is None:
        found["factory"] = "请选择工厂"
    if given.factory and given.factory.enterprise_id != enterprise.pk:
        raise PermissionDenied(enterprises.OUTSIDE)
    found |= _faults_of_kind(enterprise, given)
    if found:
        raise ValidationError(found)
    moves = given.kind == Kind.MOVE and given.factory and given.division
    if moves and (stops := relocation.obstacles(given.factory, given.division)):  # type: ignore[arg-type]
        raise ValidationError(stops)
    same = FirmChange.objects.pending().filter(
        enterprise=enterprise,
        factory=given.factory,
        kind=given.kind,
        credit_code=given.credit_code,
    )
    if same.exists():
        raise ValidationError("同样的变更已申报，正在等待确认，不能重复申报", code=STALE)


def _faults_of_kind(enterprise: Enterprise, given: Report) -> dict[str, str]:
    name = creditcode.tidy_name(given.name)
    if given.kind == Kind.RENAME and (len(name) < 4 or name == enterprise.name):
        return {"name": "请填写与现名不同的企业全称"}
    if given.kind == Kind.FACTORY_RENAME and (
        len(name) < 2 or (given.factory and name == given.factory.name)
    ):
        return {"name": "请填写与现名不同的工厂名称"}
    if given.kind == Kind.MOVE and given.division is None:
        return {"division": "请选择新的所在地"}
    if given.kind in FirmChange.SUCCESSIONS:
        if given.credit_code == enterprise.credit_code:
            return {"credit_code": "承继企业不能是本企业，请填写另一家企业的代码"}
        known = Enterprise.objects.filter(credit_code=given.credit_code).first()
        if known is None and (len(name) < 4 or given.division is None):
            return {"name": "承继企业还没有登记，请填写企业全称并选择注册地"}
        if given.kind in (Kind.SPLIT_OFF, Kind.SPLIT_UP) and not given.factories:
            return {"factories": "请选择划入承继企业的工厂"}
    return {}


def _keep_proofs(change: FirmChange, proofs: Sequence[File]) -> None:
    for upload in proofs:
        seen = self_assessment.vetted(upload, upload.name or "")
        proof = ChangeProof(
            change=change,
            **seen.columns,
        )
        proof.file.save("", upload, save=False)
        proof.save()


@transaction.atomic
def withdraw(change: FirmChange, *, by: User, at: datetime) -> FirmChange:
    change = _pending(change)
    if not may_withdraw(change, by):
        raise PermissionDenied("变更申报由本企业管理员撤回")
    return _settle(change, Status.WITHDRAWN, Verb.CHANGE_WITHDRAW, by=by, at=at)


# --- the bureau's acts ----------------------------------------


@transaction.atomic
def confirm(change: FirmChange, *, move_people: bool = True, by: User, at: datetime) -> FirmChange:
    """确认: what was reported comes true in the register now. ``move_people`` says what becomes of
    the people of a firm that ends.
    """
    change = _decidable(change, by)
    _carry_out(change, move_people=move_people, by=by, at=at)
    _settle(change, Status.CONFIRMED, Verb.CHANGE_CONFIRM, by=by, at=at)
    result = {
        Kind.HALT: "停产已登记，称号是否暂停由作出认定的部门决定",
        Kind.MOVE: "已确认，工厂的所在地已变更",
    }.get(Kind(change.kind), "已确认，登记已变更；证书编号不变，可以按新名称换发")
    _tell_firm(change, Event.FIRM_CONFIRMED, result, "", at)
    if change.kind == Kind.HALT:
        _tell_issuers(change, at)
    return change


@transaction.atomic
def refuse(change: FirmChange, *, reason: str, by: User, at: datetime) -> FirmChange:
    if not reason.strip():
        raise ValidationError({"reason": "请写明不予确认的原因，企业能看到"})
    change = _decidable(change, by)
    change.reason = reason.strip()
    _settle(change, Status.REFUSED, Verb.CHANGE_REFUSE, by=by, at=at)
    _tell_firm(
        change, Event.FIRM_REFUSED, f"不予确认：{change.reason}", "按原因补充后可以重新申报", at
    )
    return change


def _pending(change: FirmChange) -> FirmChange:
    change = (
        FirmChange.objects.select_for_update(of=("self",))
        .select_related("enterprise__authority", "factory__authority", "authority", "division")
        .get(pk=change.pk)
    )
    if change.status != Status.PENDING:
        raise ValidationError("这项变更已经办理过了，请刷新后再看", code=STALE)
    return change


def _decidable(change: FirmChange, by: User) -> FirmChange:
    change = _pending(change)
    if not may_decide(change, by):
        raise PermissionDenied(f"这项变更由{change.authority.name}确认")
    return change


def _carry_out(change: FirmChange, *, move_people: bool, by: User, at: datetime) -> None:
    firm, factory, on = change.enterprise, change.factory, change.on
    match change.kind:
        case Kind.RENAME:
            enterprises.rename(firm, change.name, document=change.document, on=on, by=by, at=at)
        case Kind.FACTORY_RENAME if factory:
            enterprises.rename_factory(factory, change.name, on=on, by=by, at=at)
        case Kind.MOVE if factory and change.division:
            move = relocation.Move(change.division, on, change.address, change.document)
            relocation.relocate(factory, move, by=by, at=at)
        case Kind.ABSORPTION | Kind.MERGER | Kind.SPLIT_OFF | Kind.SPLIT_UP:
            _go_over(change, move_people=move_people, by=by, at=at)


def _go_over(change: FirmChange, *, move_people: bool, by: User, at: datetime) -> None:
    heir = enterprises.heir(change.credit_code, change.name, seat=change.division, by=by, at=at)
    names = {row["id"]: row["name"] for row in change.factories if row["name"]}
    split = change.kind in (Kind.SPLIT_OFF, Kind.SPLIT_UP)
    going = [row["id"] for row in change.factories] if split else []
    deed = enterprises.Deed(
        kind=change.kind,
        on=change.on,
        document=change.document,
        factories=tuple(change.enterprise.factories.filter(pk__in=going)),
        names=names,
        move_people=move_people,
    )
    change.succession = enterprises.succeed(change.enterprise, heir, deed, by=by, at=at)


def _settle(
    change: FirmChange, status: FirmChange.Status, verb: Verb, *, by: User, at: datetime
) -> FirmChange:
    change.status = status
    change.decided_by, change.decided_name, change.decided_at = by, str(by), at
    change.save()
    _trail(verb, change, by=by, at=at)
    return change


def _trail(verb: Verb, change: FirmChange, *, by: User, at: datetime) -> None:
    audit.record(
        verb,
        change,
        by=by,
        at=at,
        path=change.authority.path,
        enterprise_id=change.enterprise_id,
        kind=change.kind,
        status=change.status,
    )


def _tell_office(change: FirmChange, at: datetime) -> None:
    message = inbox.Message(
        event=Event.DESK_CHANGE,
        matter=f"{change.factory_name or change.firm_name}{change.get_kind_display()}",
        result="企业已申报变更，待确认",
        next_step="核对证明材料，确认或写明原因不予确认",
        link=f"/changes/{change.pk}/",
    )
    inbox.send(inbox.officers_for(change.authority), message, key=f"change:{change.pk}", at=at)


def _tell_firm(change: FirmChange, event: Event, result: str, next_step: str, at: datetime) -> None:
    message = inbox.Message(
        event=event,
        matter=f"{change.factory_name or change.firm_name}{change.get_kind_display()}",
        result=result,
        next_step=next_step,
        link=f"/changes/{change.pk}/",
    )
    told = {one.pk: one for one in [change.by, *inbox.staff_of(change.enterprise)]}
    inbox.send(told.values(), message, key=f"change:{change.pk}:{change.status}", at=at)


def _tell_issuers(change: FirmChange, at: datetime) -> None:
    """停产: the offices that may suspend the factory's titles."""
    titles = Certification.objects.filter(factory=change.factory).running(business_date(at))
    offices = Authority.objects.filter(pk__in=titles.values("issuer"))
    message = inbox.Message(
        event=Event.DESK_HALT,
        matter=f"{change.factory_name}停产",
        result=f"自 {change.on:%Y年%-m月%-d日} 起停产",
        next_step="决定是否暂停或撤销称号",
        link=f"/changes/{change.pk}/",
    )
    told = [one for office in offices for one in inbox.officers_for(office)]
    inbox.send(told, message, key=f"change:{change.pk}:halt", at=at)
