"""The visit itself: who goes and when, photos, and the signature after which it is fixed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, inbox
from registry.access import business_date
from registry.audit import Verb
from registry.models import Event, User
from tiers import agreement, telling
from tiers.inspection.visits import may_fill_in
from tiers.models import Inspection, InspectionPhoto

PHOTO_TYPES = ("image/jpeg", "image/png")
PHOTO_MOST = 60

Result = Inspection.Result


@transaction.atomic
def plan(
    inspection: Inspection, *, team: str, on: date | None, seen: int, by: User, at: datetime
) -> Inspection:
    """Say who goes and when. The firm is told of the day, and of every other day after it."""
    one = _locked(inspection, by, seen)
    if not team.strip():
        raise ValidationError({"team": "请填写核查组成员姓名"})
    if on is None:
        raise ValidationError({"on": "请填写核查日期"})
    before, one.team, one.on = one.on, team.strip(), on
    one.version += 1
    one.save(update_fields=["team", "on", "version"])
    _trail(Verb.INSPECTION_PLAN, one, by=by, at=at, on=str(on))
    if before != on:
        case = one.application
        inbox.send(
            inbox.staff_of(case.factory.enterprise),
            telling.of_application(
                case,
                Event.CASE_VISIT,
                result=f"{on:%Y-%m-%d} 现场核查",
                next_step="准备现场和佐证材料原件，安排人员配合",
                due_on=on,
            ),
            key=f"inspection:{one.pk}:{on}:{one.version}",
            at=at,
        )
    return one


@transaction.atomic
def sign(
    inspection: Inspection,
    *,
    result: str,
    finding: str,
    name: str,
    seen: int,
    by: User,
    at: datetime,
) -> Inspection:
    """Put one's name to the result. From here on the visit is fixed, with every value checked."""
    one = _locked(inspection, by, seen)
    held = agreement.of(one.application)
    stops = list(_gaps(one, result, finding, name, held, by=by, on=business_date(at)))
    if stops:
        raise ValidationError(dict(stops))
    one.result, one.finding, one.found = result, finding.strip(), _found(held)
    one.signed_by, one.signed_name, one.signed_at = by, str(by), at
    one.version += 1
    one.save()
    _trail(Verb.INSPECTION_SIGN, one, by=by, at=at, result=result, **_tally(one.found))
    return one


def _gaps(
    one: Inspection,
    result: str,
    finding: str,
    name: str,
    held: agreement.Agreement,
    *,
    by: User,
    on: date,
) -> Iterable[tuple[str, str]]:
    if one.on is None or not one.team:
        yield "result", "请先填写核查组和核查日期，再签名"
    elif one.on > on:
        yield "result", f"核查日期是 {one.on:%Y-%m-%d}，到那天以后才能签名"
    elif result not in Result.values:
        yield "result", "请选择核查结果"
    elif result != Result.UNFIT and (rest := held.count(*agreement.UNCHECKED)):
        yield "result", f"还有 {rest} 项没有核对，请在“逐项核对”中填完再签名"
    if not finding.strip():
        yield "finding", "请写明核查情况，企业在办结后能看到"
    if name.strip() != by.name:
        yield "name", f"签名请输入本人姓名“{by.name}”"


def _found(held: agreement.Agreement) -> dict[str, Any]:
    """The values as they stand, with those that differ from the firm's own in words."""
    return {
        "total": held.total,
        "checked": held.checked,
        "differing": [
            {
                "section": section.title,
                "title": line.criterion.title,
                "own": line.criterion.own_label,
                "value": line.value_label,
                "agreed": line.agreed_label,
                "comment": line.current.comment if line.current else "",
            }
            for section in held.sections
            for line in section.lines
            if line.state in agreement.DIFFERING
        ],
    }


def _tally(found: dict[str, Any]) -> dict[str, int]:
    return {
        "total": found["total"],
        "checked": found["checked"],
        "differing": len(found["differing"]),
    }


@transaction.atomic
def add_photo(
    inspection: Inspection, upload: File, *, name: str, by: User, at: datetime
) -> InspectionPhoto:
    """Keep a photo taken on site; a picture by its content, whatever it is called."""
    one = _locked(inspection, by)
    seen = self_assessment.vetted(upload, name)
    if seen.content_type not in PHOTO_TYPES:
        raise ValidationError({"file": f"“{name}”不是照片。请上传 JPG 或 PNG 图片"})
    if one.photos.live().count() >= PHOTO_MOST:
        raise ValidationError({"file": f"照片不超过 {PHOTO_MOST} 张，请先移除用不到的"})
    photo = InspectionPhoto(
        inspection=one,
        **seen.columns,
        added_by=by,
        added_at=at,
    )
    photo.file.save("", upload, save=False)
    photo.save()
    _trail(Verb.INSPECTION_PHOTO, one, by=by, at=at, sha256=photo.sha256)
    return photo


@transaction.atomic
def remove_photo(photo: InspectionPhoto, *, by: User, at: datetime) -> None:
    """Take a photo out before the signature; row and file stay."""
    one = _locked(photo.inspection, by)
    InspectionPhoto.objects.live().filter(pk=photo.pk).update(removed_at=at)
    _trail(Verb.INSPECTION_PHOTO_REMOVE, one, by=by, at=at, sha256=photo.sha256)


def _locked(inspection: Inspection, by: User, seen: int | None = None) -> Inspection:
    """The visit again under its lock, for whoever may write it up now."""
    one: Inspection | None = (
        Inspection.objects.visible_to(by)
        .select_for_update(of=("self", "application"))
        .select_related(
            "application__round", "application__factory__authority", "application__assessment",
            "application__factory__enterprise", "application__assessment__factory__authority",
        )
        .filter(pk=inspection.pk)
        .first()
    )  # fmt: skip
    if one is None or not may_fill_in(one, by):
        raise PermissionDenied("这次现场核查已签名，或不由本账号办理，请刷新后再看")
    if seen is not None and seen != one.version:
        raise ValidationError("有人同时改过，请看过最新内容再填", code="stale")
    return one


def _trail(verb: Verb, one: Inspection, *, by: User, at: datetime, **data: Any) -> None:
    case = one.application
    audit.record(
        verb,
        case,
        by=by,
        at=at,
        path=case.factory.authority.path,
        enterprise_id=case.factory.enterprise_id,
        tier=case.tier,
        **data,
    )
