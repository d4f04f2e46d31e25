"""Hand-over in a firm, leaving it, and a firm that its bureau gives to a new manager."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from registry import enterprises
from registry.access import OFFICERS, Request, Role, changing, role_required
from registry.forms.fields import show_refusal
from registry.models import Claim, User
from registry.views.pages import form_page
from tiers import handover
from tiers.forms.handover import HandOverForm, TakeOverForm


def _person(request: Request, pk: int) -> User:
    """The person himself, or for a manager anybody of his firm."""
    firm = request.user.enterprise
    people = enterprises.staff_of(firm) if firm else User.objects.none()
    person = get_object_or_404(people.select_related("enterprise"), pk=pk)
    if person.pk != request.user.pk and not enterprises.may_manage(request.user):
        raise PermissionDenied("人员由本企业管理员管理")
    return person


@role_required(Role.ENTERPRISE)
def hand_over(request: Request, pk: int) -> HttpResponse:
    """What the person keeps, listed, and to whom it goes; he himself stays."""
    person = _person(request, pk)
    form = HandOverForm(request.POST or None, person=person)
    if form.is_valid():
        given = form.cleaned_data
        try:
            handover.hand_over(
                person, given["to"], reason=given["reason"], by=request.user, at=request.received_at
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"{person.name}的工作已交接给{given['to'].name}")
            return redirect("registry:people")
    return _page(request, person, form, leaves=False)


@role_required(Role.ENTERPRISE)
def depart(request: Request, pk: int) -> HttpResponse:
    """A person leaves, or is removed by a manager; what he keeps is listed and goes over first."""
    person = _person(request, pk)
    held = handover.holdings(person)
    needed = bool(len(held)) or enterprises.is_last_manager(person)
    form = HandOverForm(request.POST or None, person=person, needed=needed)
    if form.is_valid():
        given, own = form.cleaned_data, person.pk == request.user.pk
        try:
            handover.depart(
                person, given["to"], reason=given["reason"], by=request.user, at=request.received_at
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, "您已离开企业" if own else f"{person.name}已移出本企业")
            return redirect("registry:waiting" if own else "registry:people")
    return _page(request, person, form, leaves=True)


def _page(request: Request, person: User, form: HandOverForm, *, leaves: bool) -> HttpResponse:
    context = {
        "person": person,
        "own": person.pk == request.user.pk,
        "held": handover.holdings(person),
        "last": leaves and enterprises.is_last_manager(person),
        "alone": not form.fields["to"].queryset.exists(),  # type: ignore[attr-defined]
        "form": form,
        "leaves": leaves,
    }
    status = 422 if form.errors else 200
    return render(request, "tiers/handover.html", context, status=status)


@role_required(*OFFICERS)
@changing
def take_over(request: Request, pk: int) -> HttpResponse:
    """The firm's managers are gone: the person who claims it manages it from now on."""
    claims = Claim.objects.visible_to(request.user).select_related("user", "enterprise")
    claim = get_object_or_404(claims, pk=pk)
    former = list(enterprises.managers_of(claim.enterprise))
    if claim.status != Claim.Status.PENDING or not former:
        messages.info(request, "这位经办人已经办理过，或这家企业没有管理员，直接确认即可")
        return redirect("registry:people")
    names = "、".join(one.name for one in former)
    form = TakeOverForm(request.POST or None)
    return form_page(
        request,
        form,
        lambda: handover.take_over(
            claim, reason=form.cleaned_data["reason"], by=request.user, at=request.received_at
        ),
        done=f"已由{claim.user.name}接任管理员，原管理员不能再查看这家企业",
        then="registry:people",
        title=f"由{claim.user.name}接任{claim.enterprise.name}的管理员",
        lead=f"原管理员{names}将退出这家企业并收到通知，未办完的工作转给新管理员。"
        "请先向企业核实；原管理员仍在的，不要用这项操作，直接确认为填报人员即可。",
        crumbs=[("人员确认", reverse("registry:people"))],
        button="核实无误，接任管理员",
        back=reverse("registry:people"),
        back_label="返回列表",
    )
