"""A return as the firm works through it: each item with its place, answering, correcting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from assessments import assessment as self_assessment
from assessments import standard
from registry.access import Request, Role, role_required
from tiers import facts, mending, returns
from tiers.forms.returns import ReplyForm
from tiers.models import Application, ReturnItem

#: Facts that the firm reports a change of; all others are on the form of their owner.
REPORTED = {
    "enterprise.name": "rename",
    "factory.name": "factory_rename",
    "factory.division": "move",
}


@dataclass(frozen=True)
class Line:
    """One item as the firm answers it. ``url`` is where it is mended; empty while the assessment
    it belongs to is locked, and a copy must be made first.
    """

    item: ReturnItem
    form: ReplyForm
    url: str


def lines(case: Application, data: QueryDict | None = None) -> list[Line]:
    """What the firm has to answer now, each with where it is mended."""
    items = returns.standing(case).select_related("decision", "evidence")
    return [Line(item, ReplyForm(data, item=item), place_of(item, case)) for item in items]


def place_of(item: ReturnItem, case: Application) -> str:
    """The page on which the thing is mended, and back again."""
    back = urlencode({"next": reverse("tiers:application", args=[case.pk])})
    owner, _, _ = item.target.partition(".")
    if item.target in facts.LABELS:
        if kind := REPORTED.get(item.target):
            return f"{reverse('tiers:change_new', args=[kind])}?factory={case.factory_id}&{back}"
        page = f"registry:{owner}_edit"
        firm = owner == "enterprise"
        number = case.factory.enterprise_id if firm else case.factory_id
        return f"{reverse(page, args=[number])}?{back}"
    chosen = case.assessment
    if chosen is None or chosen.is_locked:
        return ""
    section = self_assessment.section_with(standard.get(chosen.standard), item.target).id
    page = reverse("assessments:section", args=[chosen.pk, section])
    return f"{page}?{urlencode({'target': case.tier})}&{back}#{item.target}"


def answered(request: Request, case: Application) -> list[Line]:
    """Keep what the firm has answered. The lines come back with what is wrong, none if it went."""
    shown = lines(case, request.POST)
    given = [line for line in shown if line.form.given]
    if not all(line.form.is_valid() for line in given):
        return shown
    replies = {line.item.pk: line.form.reply for line in given}
    try:
        mending.answer(case, replies, by=request.user, at=request.received_at)
    except ValidationError as refusal:
        by_code = {f"item-{line.item.pk}": line.form for line in shown}
        for error in refusal.error_list:
            form = by_code.get(error.code or "", shown[0].form if shown else None)
            if form is not None:
                form.add_error("answer", error)
        return shown
    messages.success(request, f"已保存 {len(replies)} 项答复，提交前还可以改")
    return []


def unanswered(items: Sequence[Line]) -> int:
    return sum(line.item.answered_at is None for line in items)


@role_required(Role.ENTERPRISE)
@require_POST
def application_rework(request: Request, pk: int) -> HttpResponse:
    """Open an assessment to correct; back to the case, or straight to the place of an item."""
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    try:
        case.assessment = mending.rework(case, by=request.user, at=request.received_at)
    except (ValidationError, PermissionDenied) as refusal:
        messages.error(request, " ".join(getattr(refusal, "messages", [str(refusal)])))
        return redirect("tiers:application", case.pk)
    messages.success(request, "可以修改自评了：原来的内容都已带过来，改好后核对并锁定")
    wanted: Any = returns.standing(case).filter(pk=_number(request.POST.get("item", ""))).first()
    if wanted is not None and (place := place_of(wanted, case)):
        return redirect(place)
    return redirect("assessments:assessment", case.assessment.pk)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
