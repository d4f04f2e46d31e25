"""The act by which a list goes up or comes down: confirmed by a second person, frozen, and carried
out for all its cases in one go. Each case still goes through ``tiers.workflow.act``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from registry import inbox
from registry.models import Event, User
from tiers import telling, upward, workflow
from tiers.models import Action, Round, UpwardItem, UpwardList
from tiers.upward import Row

Kind, Outcome = UpwardList.Kind, UpwardItem.Outcome


@transaction.atomic
def confirm(
    batch: Round, kind: UpwardList.Kind, *, seen: str, by: User, at: datetime
) -> UpwardList:
    """Put the second name to a list and carry it out: all of it or nothing. ``seen`` is the digest
    of what was on the screen.
    """
    held, rows = upward.settle(batch, kind, seen=seen, by=by, at=at)
    upward.freeze(held, rows, by=by, at=at)
    for row in rows:
        try:
            _carry_out(held, row, by=by, at=at)
        except ValidationError as refusal:
            words = "；".join(refusal.messages)
            raise ValidationError(
                f"{row.application.factory.name}（{row.application.number}）：{words}。"
                "整份名单没有办理",
                code="one_of_many",
            ) from refusal
    return held


def _carry_out(held: UpwardList, row: Row, *, by: User, at: datetime) -> None:
    said = row.said
    given: dict[str, Any] = {"opinion": _opinion(held, row), "document_no": held.document_no}
    if said.outcome != Outcome.YES:
        workflow.act(row.application, Action.REJECT, by=by, at=at, **given)
        return
    given["decided_on"] = held.dated
    case = workflow.act(row.application, Action.COMPLETE, by=by, at=at, **given)
    if held.kind == Kind.NOMINATION:
        message = telling.of_application(
            case, Event.CASE_REPORTED, result=given["opinion"], next_step="等待国家审定"
        )
        staff = inbox.staff_of(case.factory.enterprise)
        inbox.send(staff, message, key=f"reported:{held.pk}:{case.pk}", at=at)


def _opinion(held: UpwardList, row: Row) -> str:
    """What the firm reads of it."""
    said = row.said
    match Kind(held.kind), said.outcome:
        case Kind.NOMINATION, Outcome.YES:
            return f"列入推荐名单第 {said.rank} 位，已上报国家审定"
        case Kind.NOMINATION, _:
            return f"本次未推荐上报：{said.reason}"
        case Kind.RESULT, Outcome.YES:
            return "列入国家公布的名单"
        case Kind.RESULT, _:
            return f"未列入国家公布的名单。{said.reason}"
        case _, Outcome.YES:
            return "通过国家验收"
    return f"未通过国家验收。{said.reason}"
