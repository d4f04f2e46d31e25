"""Pages of a person's addresses that changes are pushed to (变更推送)."""

from __future__ import annotations

from collections.abc import Callable

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry import tokens
from registry.access import Request
from registry.forms.cascade import read
from registry.views.pages import form_page, paged
from tiers import webhooks
from tiers.forms.webhooks import SubscriptionForm
from tiers.models import Push, Subscription

LIST, DETAIL = "tiers:push_list", "tiers:push_detail"
State = Subscription.State
LOOKS = {State.PROVING: "pending", State.OPEN: "confirmed", State.PAUSED: "closed"}


@require_safe
def push_list(request: Request) -> HttpResponse:
    """A person's own addresses."""
    found = Subscription.objects.visible_to(request.user).order_by("-made_at", "-pk")
    context = {
        "rows": [(one, _look(one)) for one in found],
        "may_hold": tokens.may_hold(request.user),
        "most": webhooks.MOST,
    }
    return render(request, "tiers/webhooks/list.html", context)


def _look(one: Subscription) -> tuple[str, str]:
    return LOOKS.get(State(one.state), "rejected"), one.get_state_display()


def push_new(request: Request) -> HttpResponse:
    if not tokens.may_hold(request.user):
        raise PermissionDenied("代他人办理时，或还没有所属单位，不能添加变更推送")
    if too_often := request.method == "POST" and consume_or_429(
        request, action="reauthenticate", user=request.user
    ):
        return too_often
    form = read(SubscriptionForm, request)
    return form_page(
        request,
        form,
        lambda: webhooks.add(
            **form.cleaned_data,
            origin=request.build_absolute_uri("/").rstrip("/"),
            by=request.user,
            at=request.received_at,
        ),
        done="接收地址已添加，正在验证",
        then=lambda made: reverse(DETAIL, args=[made.pk]),
        title="添加接收地址",
        lead="名录有变更时，平台把变更签名后推送到这个地址。推送的只有任何人都能查到的内容。",
        crumbs=[("变更推送", reverse(LIST))],
        button="添加",
        back=reverse(LIST),
    )


@require_safe
def push_detail(request: Request, pk: int) -> HttpResponse:
    """One address: how it stands, and what was sent to it."""
    own = get_object_or_404(Subscription.objects.visible_to(request.user), pk=pk)
    context = {
        "one": own,
        "look": _look(own),
        "page": paged(request, own.pushes.order_by("-pk")),
        "kept": webhooks.KEEP.days,
        "is_open": own.state == State.OPEN,
        "may_resume": own.state in (State.PAUSED, State.STOPPED),
    }
    return render(request, "tiers/webhooks/detail.html", context)


def _acted(request: Request, pk: int, act: Callable[[Subscription], object], done: str) -> bool:
    own = get_object_or_404(Subscription.objects.visible_to(request.user), pk=pk)
    try:
        act(own)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return False
    messages.success(request, done)
    return True


@require_POST
def push_pause(request: Request, pk: int) -> HttpResponse:
    by, at = request.user, request.received_at
    _acted(request, pk, lambda own: webhooks.pause(own, by=by, at=at), "推送已暂停")
    return redirect(DETAIL, pk)


@require_POST
def push_resume(request: Request, pk: int) -> HttpResponse:
    by, at = request.user, request.received_at
    _acted(request, pk, lambda own: webhooks.resume(own, by=by, at=at), "推送已恢复")
    return redirect(DETAIL, pk)


@require_POST
def push_delete(request: Request, pk: int) -> HttpResponse:
    by, at = request.user, request.received_at
    _acted(request, pk, lambda own: webhooks.delete(own, by=by, at=at), "接收地址已删除")
    return redirect(LIST)


@require_POST
def push_test(request: Request, pk: int) -> HttpResponse:
    if too_often := consume_or_429(request, action="reauthenticate", user=request.user):
        return too_often
    by, at = request.user, request.received_at
    _acted(request, pk, lambda own: webhooks.send_test(own, by=by, at=at), "测试推送已排队")
    return redirect(DETAIL, pk)


@require_POST
def push_again(request: Request, pk: int, entry: int) -> HttpResponse:
    if too_often := consume_or_429(request, action="reauthenticate", user=request.user):
        return too_often
    by, at = request.user, request.received_at
    found = Push.objects.visible_to(by).filter(subscription=pk).select_related("subscription")
    push = get_object_or_404(found, pk=entry)
    _acted(request, pk, lambda _: webhooks.send_again(push, by=by, at=at), "已排队，马上再推送")
    return redirect(DETAIL, pk)
