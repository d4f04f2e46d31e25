"""Who is visited: by a draw that anybody can repeat, or named with a reason."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, digests
from registry.audit import Verb
from registry.models import User
from tiers import spot_check
from tiers.inspection.visits import may_arrange, share, visits, waiting
from tiers.models import Inspection, InspectionDraw, Round

Chosen = Inspection.Chosen


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
    digest = digests.of(numbers)
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
    _trail(
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
    _trail(Verb.INSPECTION_NAME, batch, by=by, at=at, cases=numbers, reason=reason.strip())
    return len(numbers)


def _own(batch: Round, by: User) -> Round:
    """The round again under its lock: names are drawn and named by one at a time."""
    if not may_arrange(batch, by):
        raise PermissionDenied("现场核查由开放批次的部门安排")
    found: Round = Round.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    return found


def _trail(verb: Verb, batch: Round, *, by: User, at: datetime, **data: Any) -> None:
    audit.record(verb, batch, by=by, at=at, path=batch.authority.path, tier=batch.tier, **data)
