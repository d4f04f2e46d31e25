"""Several candidates of the cultivation library at once: the same work put down for each, or each
taken out with its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from registry.access import Request, business_date, changing, role_required
from registry.listing import Offer, Picked, chosen
from registry.models import User
from registry.views.many import many_page
from tiers import library
from tiers.forms.library import DropForm, StepForm
from tiers.listings import CANDIDATES
from tiers.models import KEEPERS, Candidate, Stage


def offers(user: User) -> Sequence[Offer]:
    """What the library offers to do with the candidates ticked."""
    if not library.may_enter(user):
        return ()
    return (
        Offer("登记培育工作", reverse("tiers:library_steps")),
        Offer("移出培育库", reverse("tiers:library_drops")),
    )


def _picked(one: Candidate, user: User) -> Picked:
    closed = ""
    if not one.is_standing:
        closed = "这座工厂已移出培育库"
    elif not library.may_work(one, user):
        closed = "这座工厂由列入它的主管部门培育"
    contact = f"，下次联系 {one.next_contact_on:%Y-%m-%d}" if one.next_contact_on else ""
    return Picked(
        row=one,
        name=one.factory.name,
        link=reverse("tiers:library_item", args=[one.pk]),
        second=one.factory.enterprise.name,
        state=f"{Stage(one.stage).label}{contact}",
        closed=closed,
    )


def _page(
    request: Request, form: forms.Form, act: Callable[[Picked], str], **said: Any
) -> HttpResponse:
    back = reverse("tiers:library")
    return many_page(
        request,
        [_picked(one, request.user) for one in chosen(request, CANDIDATES)],
        form,
        act,
        back=back,
        what="工厂",
        empty="请回到培育库，在每行前面勾选要一起办理的工厂。",
        crumbs=[("培育库", back)],
        **said,
    )


@role_required(*KEEPERS)
@changing
def library_steps(request: Request) -> HttpResponse:
    """The same visit, call or training for every factory that took part."""
    form = StepForm(request.POST or None, on=business_date(request.received_at))

    def act(one: Picked) -> str:
        library.note(one.row, **form.cleaned_data, by=request.user, at=request.received_at)
        return "已登记"

    return _page(
        request,
        form,
        act,
        title="一起登记培育工作",
        lead="同一次走访、培训或座谈，登记到勾选的每座工厂；下次联系日期也一并改为这里填写的日期。",
        button="登记到勾选的工厂",
    )


@role_required(*KEEPERS)
@changing
def library_drops(request: Request) -> HttpResponse:
    """Each is taken out, and its firm told why."""
    form = DropForm(request.POST or None)

    def act(one: Picked) -> str:
        library.drop(one.row, **form.cleaned_data, by=request.user, at=request.received_at)
        return "已移出培育库，并通知企业"

    return _page(
        request,
        form,
        act,
        title="一起移出培育库",
        lead="勾选的工厂因同一原因移出，培育记录保留。达到目标等级的自动移出，不需要在这里办理。",
        button="移出勾选的工厂",
    )
