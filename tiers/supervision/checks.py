"""One inspection: what was found and signed, the firm's answer, the second look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from assessments import standard
from registry import audit, inbox, policy, workdays
from registry.access import Role, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from tiers import telling
from tiers.models import SupervisionCheck, SupervisionFile
from tiers.supervision.sample import may_manage

Result, Severity = SupervisionCheck.Result, SupervisionCheck.Severity
FILES_MOST = 60


@dataclass(frozen=True)
class Finding:
    """Something that is not as the conditions want it; ``item`` names one of theirs or is empty."""

    text: str
    severity: str
    item: str = ""
    item_label: str = ""


@dataclass(frozen=True)
class Record:
    """What the inspector writes down."""

    team: str = ""
    visited_on: date | None = None
    findings: Sequence[Finding] = ()
    summary: str = ""


def items_of(check: SupervisionCheck) -> dict[str, str]:
    """The conditions by which the title's tier is judged: their words by id."""
    title = check.certification
    edition = standard.get(policy.get(title.policy).standard)
    rank = policy.Tier(title.tier).rank
    conditions = {one.id: one.text for one in edition.conditions if one.tier.rank <= rank}
    return {one.id: one.text for one in edition.basics} | conditions


# --- who may ----------------------------------------


def may_record(check: SupervisionCheck, user: User) -> bool:
    """The officer who was asked, until he has signed."""
    asked = check.officer_id == user.pk and may_manage(check.supervision, user)
    return asked and check.signed_at is None


def may_answer(check: SupervisionCheck, user: User) -> bool:
    """The firm, as often as it likes until somebody has looked again."""
    own = user.role == Role.ENTERPRISE and (
        user.enterprise_id == check.certification.factory.enterprise_id
    )
    return own and check.state in ("mending", "answered") and may_change(user)


def may_recheck(check: SupervisionCheck, user: User) -> bool:
    """The office: once the firm has answered, or its time is over."""
    return check.state in ("mending", "answered") and may_manage(check.supervision, user)


# --- acts ----------------------------------------


@transaction.atomic
def record(
    check: SupervisionCheck, said: Record, *, seen: int, by: User, at: datetime
) -> SupervisionCheck:
    """Keep what has been written down so far; nobody is told."""
    check = _written(_locked(check), said, seen, by)
    check.save()
    _trail(Verb.SUPERVISION_RECORD, check, by=by, at=at, findings=len(check.findings))
    return check


def _written(check: SupervisionCheck, said: Record, seen: int, by: User) -> SupervisionCheck:
    if not may_record(check, by):
        raise PermissionDenied("这次检查已签名，或没有分派给本账号")
    if seen != check.version:
        raise ValidationError("有人同时改过，请看过最新内容再填", code="stale")
    known = items_of(check)
    for one in said.findings:
        if one.severity not in Severity.values or not one.text.strip():
            raise ValidationError({"findings": "每个问题都要写明内容、选择程度"})
        if one.item and one.item not in known:
            raise ValidationError({"findings": "要素条件请从列出的条目中选择"})
    check.team, check.visited_on = said.team.strip(), said.visited_on
    check.summary = said.summary.strip()
    check.findings = [
        asdict(Finding(one.text.strip(), one.severity, one.item, known.get(one.item, "")))
        for one in said.findings
    ]
    check.version += 1
    return check


@transaction.atomic
def sign(
    check: SupervisionCheck,
    said: Record,
    *,
    result: str,
    name: str,
    seen: int,
    by: User,
    at: datetime,
) -> SupervisionCheck:
    """Put one's name to the result. It is fixed from here on, and the firm reads it."""
    check = _written(_locked(check), said, seen, by)
    on = business_date(at)
    if stops := _gaps(check, result, name, by=by, on=on):
        raise ValidationError(stops)
    check.result = result
    check.signed_by, check.signed_name, check.signed_at = by, str(by), at
    if result == Result.MEND:
        rule = policy.get(check.supervision.policy).supervision
        if rule is None:
            raise RuntimeError(f"{check.supervision.policy} knows no supervision")
        check.mend_due_on = workdays.add(on, rule.mend_workdays)
    check.save()
    _trail(Verb.SUPERVISION_SIGN, check, by=by, at=at, result=result, due_on=f"{check.mend_due_on}")
    next_step = {
        Result.MEND.value: "按问题逐项整改，提交整改情况和证明材料",
        Result.UNFIT.value: "等待认定部门处理，有异议的联系认定部门",
    }.get(result, "")
    _tell_firm(check, f"监督抽查结果：{check.get_result_display()}", next_step, "signed", at)
    return check


def _gaps(check: SupervisionCheck, result: str, name: str, *, by: User, on: date) -> dict[str, str]:
    found = {}
    if not check.team:
        found["team"] = "请填写检查人员"
    if check.visited_on is None:
        found["visited_on"] = "请填写检查日期"
    elif check.visited_on > on:
        found["visited_on"] = "检查日期还没有到，检查以后才能签名"
    if not check.summary:
        found["summary"] = "请写明检查情况，企业能看到"
    if result not in Result.values:
        found["result"] = "请选择检查结果"
    elif result == Result.FIT and check.findings:
        found["result"] = "登记了问题的，结果应为“限期整改”或“不合格”"
    elif result != Result.FIT and not check.findings:
        found["findings"] = "请登记发现的问题，企业按问题整改"
    if name.strip() != by.name:
        found["name"] = f"签名请输入本人姓名“{by.name}”"
    return found


@transaction.atomic
def answer(check: SupervisionCheck, *, text: str, by: User, at: datetime) -> SupervisionCheck:
    """What the firm has mended; told to whoever inspected."""
    check = _locked(check)
    if not may_answer(check, by):
        raise PermissionDenied("这次检查不需要整改，或已经复查")
    if not text.strip():
        raise ValidationError({"answer": "请逐项写明整改情况"})
    check.answer, check.answered_by, check.answered_name = text.strip(), by, str(by)
    check.answered_at = at
    check.version += 1
    check.save()
    _trail(Verb.SUPERVISION_ANSWER, check, by=by, at=at)
    if check.officer:
        inbox.send(
            [check.officer],
            telling.of_check(
                check,
                Event.DESK_SUPERVISION,
                result="企业已提交整改情况",
                next_step="复查后填写结果",
            ),
            key=f"supervision-answered:{check.pk}:{check.version}",
            at=at,
        )
    return check


@transaction.atomic
def recheck(
    check: SupervisionCheck, *, result: str, finding: str, seen: int, by: User, at: datetime
) -> SupervisionCheck:
    """The second look: mended or not. A firm that has not answered is looked at after its day."""
    check = _locked(check)
    if not may_recheck(check, by):
        raise PermissionDenied("这次检查不在整改中，或不由本部门复查")
    if seen != check.version:
        raise ValidationError("企业又提交了整改情况，请看过再填", code="stale")
    found = {}
    if result not in (Result.FIT, Result.UNFIT):
        found["result"] = "请选择复查结果"
    if not finding.strip():
        found["finding"] = "请写明复查情况，企业能看到"
    if check.answered_at is None and check.mend_due_on and business_date(at) <= check.mend_due_on:
        found["result"] = f"企业还没有提交整改情况，{check.mend_due_on:%Y-%m-%d} 以后才能复查"
    if found:
        raise ValidationError(found)
    check.recheck_result, check.recheck_finding = result, finding.strip()
    check.rechecked_name, check.rechecked_at = str(by), at
    check.version += 1
    check.save()
    _trail(Verb.SUPERVISION_RECHECK, check, by=by, at=at, result=result)
    told = f"监督抽查整改复查：{Result(result).label}"
    step = "" if result == Result.FIT else "等待认定部门处理，有异议的联系认定部门"
    _tell_firm(check, told, step, "rechecked", at)
    return check


@transaction.atomic
def add_file(
    check: SupervisionCheck, upload: File, *, name: str, by: User, at: datetime
) -> SupervisionFile:
    """A photo or paper of the inspection, or the firm's proof; kinds and sizes as for any proof."""
    check = _locked(check)
    if not may_record(check, by) and not may_answer(check, by):
        raise PermissionDenied("现在不能上传材料")
    seen = self_assessment.vetted(upload, name)
    if check.files.live().count() >= FILES_MOST:
        raise ValidationError({"file": f"材料不超过 {FILES_MOST} 份，请先移除用不到的"})
    kept = SupervisionFile(
        check_row=check,
        by_firm=by.role == Role.ENTERPRISE,
        **seen.columns,
        added_by=by,
        added_at=at,
    )
    kept.file.save("", upload, save=False)
    kept.save()
    _trail(Verb.SUPERVISION_FILE, check, by=by, at=at, sha256=kept.sha256)
    return kept


def may_remove(kept: SupervisionFile, user: User) -> bool:
    """Each side its own, while that side still writes."""
    check = kept.check_row
    return may_answer(check, user) if kept.by_firm else may_record(check, user)


@transaction.atomic
def remove_file(kept: SupervisionFile, *, by: User, at: datetime) -> None:
    """Take a file out; row and file stay."""
    check = _locked(kept.check_row)
    if not may_remove(kept, by):
        raise PermissionDenied("这份材料现在不能移除")
    SupervisionFile.objects.live().filter(pk=kept.pk).update(removed_at=at)
    _trail(Verb.SUPERVISION_FILE_REMOVE, check, by=by, at=at, sha256=kept.sha256)


def _locked(check: SupervisionCheck) -> SupervisionCheck:
    rows = SupervisionCheck.objects.select_for_update(of=("self",)).for_list()
    found: SupervisionCheck = rows.get(pk=check.pk)
    return found


def _tell_firm(
    check: SupervisionCheck, result: str, next_step: str, what: str, at: datetime
) -> None:
    inbox.send(
        inbox.staff_of(check.certification.factory.enterprise),
        telling.of_check(
            check, Event.TITLE_SUPERVISED, result=result, next_step=next_step, due_on=check.due_on
        ),
        key=f"supervision-{what}:{check.pk}",
        at=at,
    )


def _trail(verb: Verb, check: SupervisionCheck, *, by: User, at: datetime, **data: Any) -> None:
    """What is not signed yet is not on the firm's own trail."""
    factory = check.certification.factory
    audit.record(
        verb,
        check,
        by=by,
        at=at,
        path=check.supervision.authority.path,
        enterprise_id=factory.enterprise_id if check.signed_at else None,
        **data,
    )
