"""Events that bar a title (一票否决事项): declared by the firm itself or entered by its bureau."""

from __future__ import annotations

from datetime import date, datetime

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from assessments import standard
from assessments.forms.veto import VetoForm
from registry import enterprises, policy
from registry.access import OFFICERS, Request, Role, business_date, changing, role_required
from registry.models import Enterprise, User, VetoEvent
from registry.workdays import years_later


def _firm(request: Request, pk: int | None) -> Enterprise:
    firms = Enterprise.objects.visible_to(request.user).select_related("authority")
    return get_object_or_404(firms, pk=pk or request.user.enterprise_id)


def _rules(firm: Enterprise, user: User, on: date) -> policy.Policy:
    """The rules of the officer's province, or of the one that answers for the firm."""
    authority = user.authority or firm.authority
    if authority is None:
        authority = firm.factories.select_related("authority").earliest("pk").authority
    return policy.current(authority.province_code, on)


def _crumbs(firm: Enterprise, user: User) -> list[tuple[str, str]]:
    if user.role == Role.ENTERPRISE:
        return [("企业信息", reverse("registry:enterprise"))]
    return [
        ("企业", reverse("registry:enterprise_list")),
        (firm.name, reverse("registry:enterprise_detail", args=[firm.pk])),
    ]


def _list_url(firm: Enterprise, user: User) -> str:
    own = user.role == Role.ENTERPRISE
    return reverse("assessments:veto_list", args=None if own else [firm.pk])


@role_required(Role.ENTERPRISE, *OFFICERS)
def veto_list(request: Request, pk: int | None = None) -> HttpResponse:
    """What is on record about the firm, and until when each event bars an application."""
    firm = _firm(request, pk)
    on = business_date(request.received_at)
    rules = _rules(firm, request.user, on)
    edition = standard.get(rules.standard)
    events = VetoEvent.objects.visible_to(request.user).filter(enterprise=firm)
    own = request.user.role == Role.ENTERPRISE
    context = {
        "rows": [row(event, edition, rules, on) for event in events.order_by("-happened_on")],
        "years": rules.veto_lookback_years,
        "firm": firm,
        "new_url": reverse("assessments:veto_new", args=None if own else [firm.pk]),
        "crumbs": _crumbs(firm, request.user),
    }
    return render(request, "assessments/veto_list.html", context)


def row(event: VetoEvent, edition: standard.Standard, rules: policy.Policy, on: date) -> dict:
    """An event in words, with what it does to an application."""
    kinds = {kind.id: kind.name for kind in edition.veto_kinds}
    grades = {grade.id: grade.name for grade in edition.veto_grades}
    until = years_later(event.happened_on, rules.veto_lookback_years)
    bars = event.kind in kinds and edition.bars(event.kind, event.grade)
    return {
        "event": event,
        "kind": kinds.get(event.kind, event.kind),
        "grade": grades.get(event.grade, ""),
        "until": until if bars else None,
        "over": until < on,
    }


@role_required(Role.ENTERPRISE, *OFFICERS)
@changing
def veto_new(request: Request, pk: int | None = None) -> HttpResponse:
    """Put an event on record. It stays there; a wrong entry is for the bureau to judge."""
    firm = _firm(request, pk)
    at = request.received_at
    edition = standard.get(_rules(firm, request.user, business_date(at)).standard)
    form = VetoForm(request.POST or None, edition=edition)
    if form.is_valid() and _recorded(form, firm, request.user, at):
        messages.success(request, "一票否决事项已登记")
        return redirect(_list_url(firm, request.user))
    context = {
        "form": form,
        "title": "登记一票否决事项",
        "lead": "按处理决定或公布的结果登记。登记后不能删除，申报时据此核对是否在限制期内。",
        "crumbs": [
            *_crumbs(firm, request.user),
            ("一票否决事项", _list_url(firm, request.user)),
        ],
        "button": "登记事项",
        "back": _list_url(firm, request.user),
        "back_label": "返回列表",
    }
    return render(request, "registry/form.html", context)


def _recorded(form: VetoForm, firm: Enterprise, by: User, at: datetime) -> bool:
    """Whether the event was put on record; a refusal stands in the form."""
    try:
        enterprises.record_veto_event(firm, **form.cleaned_data, by=by, at=at)
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True
