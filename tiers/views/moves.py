"""搬迁: a move that the bureau enters itself, and the re-check after one."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from registry.access import (
    OFFICERS,
    Request,
    Role,
    business_date,
    changing,
    ensure_may_change,
    role_required,
)
from registry.forms.cascade import read
from registry.models import Factory
from registry.views import factories
from registry.views.enterprises import place_of
from registry.views.pages import form_page
from tiers import relocation, revocation, suspension
from tiers.forms.applications import add_refusals
from tiers.forms.firm_changes import MoveCheckForm, OfficeMoveForm
from tiers.models import Certification, MoveCheck
from tiers.views.titles import trail_of


@role_required(*OFFICERS)
@changing
def factory_move(request: Request, pk: int) -> HttpResponse:
    """Enter a move within the officer's own area."""
    factory, at = factories.visible(request, pk), request.received_at
    form = read(OfficeMoveForm, request, initial={"on": business_date(at)})
    here = reverse("registry:factory_detail", args=[factory.pk])
    return form_page(
        request,
        form,
        lambda: relocation.relocate(
            factory, relocation.Move(**form.cleaned_data), by=request.user, at=at
        ),
        done="搬迁已登记，两地主管部门会收到站内信",
        then=here,
        title="工厂搬迁",
        owner=factory,
        lead=f"现由{factory.authority.name}管辖。搬到别的市县后，由新所在地的主管部门管辖。",
        crumbs=factories.crumbs_of(factory, request.user),
        button="登记搬迁",
        back=here,
    )


@role_required(Role.ENTERPRISE, *OFFICERS)
def move_check(request: Request, pk: int) -> HttpResponse:
    """One re-check: the move, the titles it is about, and what was found."""
    related = (
        "factory__enterprise",
        "factory__division__parent__parent",
        "factory__authority",
        "authority",
        "before",
    )
    rows = MoveCheck.objects.visible_to(request.user).select_related(*related)
    check, at = get_object_or_404(rows, pk=pk), request.received_at
    may_check = relocation.may_check(check, request.user)
    form = MoveCheckForm(request.POST or None)
    if request.method == "POST":
        ensure_may_change(request.user)
        if not may_check:
            raise PermissionDenied("由迁入地主管部门登记复核意见，或已经登记过了")
        if form.is_valid():
            try:
                relocation.record_check(check, **form.cleaned_data, by=request.user, at=at)
            except ValidationError as refusal:
                add_refusals(form, refusal)
            else:
                messages.success(request, "复核意见已登记，企业会收到站内信")
                return redirect("tiers:move_check", check.pk)
    return _page(request, check, form if may_check else None)


def _page(request: Request, check: MoveCheck, form: MoveCheckForm | None) -> HttpResponse:
    user = request.user
    officer = user.role in OFFICERS
    context = {
        "check": check,
        "form": form,
        "place": place_of(check.factory.division),
        "titles": running(request, check.factory),
        "on": business_date(request.received_at),
        "officer": officer,
        "trail": trail_of(check, user) if officer else [],
    }
    return render(request, "tiers/changes/check.html", context)


def running(request: Request, factory: Factory) -> list[dict[str, object]]:
    """The titles of a factory that run, each with what this person may do to it."""
    user, on = request.user, business_date(request.received_at)
    titles = Certification.objects.visible_to(user).filter(factory=factory).running(on)
    return [
        {
            "title": title,
            "may_suspend": suspension.may_suspend(title, user, on=on),
            "may_revoke": revocation.may_propose(title, user, on=on),
        }
        for title in titles.for_list().select_related("issuer").order_by("pk")
    ]
