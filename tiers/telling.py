"""What firms and bureaus are told of a case, a title or a list; the acts say when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from registry import inbox
from registry.inbox import Message
from registry.models import Event, Notification, User
from registry.policy import Tier
from tiers.models import Application, Certification, FilingList, SupervisionCheck


def firm_of_case(application: Application, event: Event, *, opinion: str, pending: str) -> Message:
    """What the firm is told of its application; ``pending`` says who handles it next."""
    tier = Tier(application.tier).label
    result, next_step = {
        Event.CASE_RECEIVED: (f"已收到，受理编号 {application.number}", f"等待{pending}"),
        Event.CASE_RETURNED: (f"退回补正：{opinion}", "按退回事项逐项修改、答复后重新提交"),
        Event.CASE_REJECTED: (f"不予认定：{opinion}", "整改后可以重新申报"),
        Event.TITLE_ISSUED: (f"已认定为{tier}智能工厂", "核对认定信息，到期前会收到复核提醒"),
    }[event]
    return of_application(application, event, result=result, next_step=next_step)


def desk_of_case(application: Application, step: str) -> Message:
    """What the officers are told at whose step it waits."""
    return of_application(
        application,
        Event.DESK_CASE,
        result=f"待{step}",
        next_step="审核材料，作出办理意见",
        due_on=application.due_on,
    )


def of_application(
    application: Application,
    event: Event,
    *,
    result: str,
    next_step: str = "",
    due_on: date | None = None,
) -> Message:
    tier = Tier(application.tier).label
    what = "到期复核" if application.round.is_renewal else "申报"
    return Message(
        event=event,
        matter=f"{application.factory.name}的{tier}{what}（{application.number}）",
        result=result,
        next_step=next_step,
        due_on=due_on,
        link=f"/applications/{application.pk}/",
    )


def matter(factory: str, tier: str) -> str:
    return f"{factory}的{Tier(tier).label}认定"


def of_title(
    title: Certification,
    event: Event,
    *,
    result: str,
    next_step: str = "",
    due_on: date | None = None,
    link: str = "",
) -> Message:
    return Message(
        event=event,
        matter=matter(title.printed_factory, title.tier),
        result=result,
        next_step=next_step,
        due_on=due_on,
        link=link or f"/titles/{title.pk}/",
    )


def of_check(
    check: SupervisionCheck,
    event: Event,
    *,
    result: str,
    next_step: str = "",
    due_on: date | None = None,
) -> Message:
    title = check.certification
    return Message(
        event=event,
        matter=f"{title.factory.name}的{check.supervision.title}",
        result=result,
        next_step=next_step,
        due_on=due_on,
        link=f"/supervision/checks/{check.pk}/",
    )


LIST_NEXT = {
    Event.DESK_FILING: "审核后备案确认，或写明意见退回",
    Event.FILING_RETURNED: "按意见更正后重新报备",
    Event.FILING_ACKNOWLEDGED: "",
}


def of_list(filing_list: FilingList, event: Event, *, result: str) -> Message:
    tier, office = filing_list.get_tier_display(), filing_list.authority.short_name
    return Message(
        event=event,
        matter=f"{office}{tier}备案清单 {filing_list.number}",
        result=result,
        next_step=LIST_NEXT[event],
        link=f"/filing-lists/{filing_list.pk}/",
    )


def holders(told: Sequence[tuple[int, Message, str]], *, at: datetime) -> list[Notification]:
    """Unsaved messages to everybody who acts for these enterprises: each with its message and its
    key.
    """
    staff: dict[int, list[int]] = {}
    people = User.objects.filter(enterprise__in={one for one, _, _ in told}, is_active=True)
    for person, enterprise in people.order_by("pk").values_list("pk", "enterprise"):
        staff.setdefault(enterprise, []).append(person)
    return [
        inbox.addressed(person, message, key=key, at=at)
        for enterprise, message, key in told
        for person in staff.get(enterprise, ())
    ]
