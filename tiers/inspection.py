"""Site checks (现场核查) of a round: who is visited, by whom and when, what was found, and the
signature after which nothing of it changes.

What is found item by item is put beside the firm's own values by ``tiers.verification``; here it is
frozen at the signature. A case that comes back after a visit is visited again.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, inbox, policy
from registry.access import OFFICERS, Duty, business_date, may_change
from registry.audit import Verb
from registry.models import Event, User
from registry.policy import StepKind, Tier
from tiers import agreement, chain, spot_check, telling
from tiers.eligibility import Problem
from tiers.models import Application, Inspection, InspectionDraw, InspectionPhoto, Round

PHOTO_TYPES = ("image/jpeg", "image/png")
PHOTO_MOST = 60

Chosen, Result = Inspection.Chosen, Inspection.Result


# --- questions ----------------------------------------


def share(batch: Round) -> float | None:
    """The share of a round that is visited; None where its rules know no visit."""
    return policy.get(batch.policy).tiers[Tier(batch.tier)].inspection_share


def may_arrange(batch: Round, user: User) -> bool:
    """Whether this person decides for the round's own office who is visited."""
    return (
        user.role in OFFICERS
        and user.authority_id == batch.authority_id
        and may_change(user, Duty.COMPLETE, batch.tier)
    )


def may_fill_in(inspection: Inspection, user: User) -> bool:
    """Whether this person may write the visit up now."""
    case = inspection.application
    return (
        inspection.signed_at is None
        and _is_current(inspection)
        and chain.at_desk(case, user)
        and may_change(user, Duty.COMPLETE, case.tier)
    )


def _is_current(inspection: Inspection) -> bool:
    case = inspection.application
    return case.step == StepKind.INSPECT and case.submissions == inspection.submission


def current(application: Application) -> Inspection | None:
    """The visit to the case as it was sent in last."""
    found: Inspection | None = (
        Inspection.objects.filter(application=application, submission=application.submissions)
        .select_related("draw")
        .first()
    )
    return found


def shown_to(application: Application, user: User) -> bool:
    """Whether there is a page about the case's visit for this person, who sees the case."""
    if application.step == StepKind.INSPECT and user.role in OFFICERS:
        return True
    return bool(Inspection.objects.visible_to(user).filter(application=application).exists())


def waiting(batch: Round) -> list[Application]:
    """The cases of the round that are at this step, by number."""
    return list(
        Application.objects.filter(
            round=batch, status=Application.Status.IN_PROGRESS, step=StepKind.INSPECT
        )
        .for_list()
        .order_by("number")
    )


@dataclass(frozen=True)
class Visit:
    """How a case stands to its visit; ``inspection`` is the one of its last submission."""

    application: Application
    inspection: Inspection | None
    again: bool
    covered: bool

    @property
    def state(self) -> str:
        one = self.inspection
        if one is not None:
            return one.result or ("planned" if one.on else "chosen")
        if self.again:
            return "again"
        return "spared" if self.covered else "open"

    @property
    def label(self) -> str:
        return STATES[self.state]

    @property
    def waits(self) -> bool:
        """Whether the case is at this step now."""
        return bool(self.application.step == StepKind.INSPECT)

    @property
    def may_be_named(self) -> bool:
        return self.inspection is None

    @property
    def passes(self) -> bool:
        return self.state in (Result.FIT, Result.NEARLY, "spared")


STATES = {
    "open": "待抽取",
    "again": "补正后待重新核查",
    "spared": "未抽中",
    "chosen": "待安排",
    "planned": "已安排",
    **{str(result.value): str(result.label) for result in Result},
}


def visits(batch: Round, cases: Iterable[Application]) -> list[Visit]:
    """How each of these cases stands, in two queries."""
    cases = list(cases)
    covered = {number for draw in batch.inspection_draws.all() for number in draw.cases}
    held: dict[int, dict[int, Inspection]] = {}
    for one in Inspection.objects.filter(application__in=cases).select_related("draw"):
        held.setdefault(one.application_id, {})[one.submission] = one
    return [
        Visit(
            case,
            held.get(case.pk, {}).get(case.submissions),
            bool(held.get(case.pk)),
            case.number in covered,
        )
        for case in cases
    ]


def open_points(application: Application, on: date) -> list[Problem]:
    """Why the case cannot be passed on: not drawn among yet, not signed, or found unfit."""
    match visits(application.round, [application])[0].state:
        case "open":
            text = "还没有抽取现场核查名单，请先在本批次的“现场核查”页抽取"
        case "again":
            text = "企业补正后重新提交，要再核查一次，请先在本批次的“现场核查”页指定本件"
        case "chosen" | "planned":
            text = "本件列入现场核查，核查结果签名后才能办结"
        case Result.UNFIT:
            text = "现场核查结果为“不符合”，只能退回补正或不予认定"
        case _:
            return []
    return [Problem("inspection", text)]


# --- acts: who is visited ----------------------------------------


@transaction.atomic
def draw(batch: Round, *, by: User, at: datetime) -> InspectionDraw:
    """Draw among the cases at this step that no earlier draw has covered.

    The list is frozen first and the seed made after it, so that nobody can choose by either; with
    both, anybody can repeat the draw.
    """
    batch = _own(batch, by)
    wanted = share(batch)
    if wanted is None:
        raise ValidationError("本批次的规则没有现场核查环节")
    drawable = [v.application for v in visits(batch, waiting(batch)) if v.state == "open"]
    among = {str(case.number): case for case in drawable}
    if not among:
        raise ValidationError("没有待抽取的申报。到达本环节的申报都已抽取或指定")
    numbers = sorted(among)
    digest = digest_of(numbers)
    seed = secrets.token_hex(16)
    drawn = spot_check.chosen(f"{seed}:{digest}", numbers, wanted)
    made = InspectionDraw.objects.create(
        round=batch,
        cases=numbers,
        digest=digest,
        seed=seed,
        share=wanted,
        drawn=drawn,
        by=by,
        by_name=str(by),
        at=at,
    )
    Inspection.objects.bulk_create(
        Inspection(
            application=among[number],
            submission=among[number].submissions,
            chosen=Chosen.DRAWN,
            draw=made,
        )
        for number in drawn
    )
    _trail_of_round(
        Verb.INSPECTION_DRAW,
        batch,
        by=by,
        at=at,
        digest=digest,
        seed=seed,
        share=wanted,
        cases=numbers,
        drawn=drawn,
    )
    return made


def digest_of(numbers: list[str]) -> str:
    """SHA-256 of the list a draw is made among."""
    text = json.dumps(numbers, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def name(batch: Round, cases: Collection[int], *, reason: str, by: User, at: datetime) -> int:
    """Put cases down for a visit beside the draw; ``cases`` are their ids."""
    batch = _own(batch, by)
    if share(batch) is None:
        raise ValidationError("本批次的规则没有现场核查环节")
    if not cases:
        raise ValidationError({"cases": "请选择要核查的申报"})
    if not reason.strip():
        raise ValidationError({"reason": "请写明指定核查的原因"})
    nameable = [v.application for v in visits(batch, waiting(batch)) if v.may_be_named]
    free = {case.pk: case for case in nameable}
    if not set(cases) <= set(free):
        raise ValidationError(
            {"cases": "有的申报已列入核查或不在本环节，请刷新后再选"}, code="stale"
        )
    Inspection.objects.bulk_create(
        Inspection(
            application=free[pk],
            submission=free[pk].submissions,
            chosen=Chosen.NAMED,
            reason=reason.strip(),
        )
        for pk in cases
    )
    numbers = sorted(str(free[pk].number) for pk in cases)
    _trail_of_round(Verb.INSPECTION_NAME, batch, by=by, at=at, cases=numbers, reason=reason.strip())
    return len(numbers)


def _own(batch: Round, by: User) -> Round:
    """The round again under its lock: names are drawn and named by one at a time."""
    if not may_arrange(batch, by):
        raise PermissionDenied("现场核查由开放批次的部门安排")
    found: Round = Round.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    return found


# --- acts: the visit ----------------------------------------


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
        name=seen.name,
        size=seen.size,
        content_type=seen.content_type,
        sha256=seen.sha256,
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


def _trail_of_round(verb: Verb, batch: Round, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, batch, by=by, at=at, path=batch.authority.path, tier=batch.tier, **data)
