"""The province's pool of experts: who is in it, entered, changed, retired, and let in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry.access import Request, Role, business_date, changing, role_required
from registry.models import Authority
from registry.views.pages import form_page, list_page
from tiers import experts
from tiers.forms.experts import ExpertForm, NewExpertForm, ReasonForm, term_of_office
from tiers.listings import EXPERTS
from tiers.models import Expert

SHOWN_ONCE = "expert_account"


@role_required(Role.PROVINCE)
@require_safe
def expert_list(request: Request) -> HttpResponse:
    """Everybody in the pool, those longest in office first."""
    return list_page(request, EXPERTS, "tiers/experts/list.html")


def _office(request: Request) -> Authority:
    return Authority.objects.get(users=request.user)


@role_required(Role.PROVINCE)
@changing
def expert_new(request: Request) -> HttpResponse:
    """Enter an expert; his first password stands on the next page, once."""
    on = business_date(request.received_at)
    form = NewExpertForm(request.POST or None, office=_office(request), initial=term_of_office(on))

    def act() -> Expert:
        given = form.cleaned_data
        made, password = experts.enter(
            given["username"],
            given["name"],
            given["phone"],
            form.profile,
            by=request.user,
            at=request.received_at,
        )
        request.session[SHOWN_ONCE] = {"pk": made.pk, "password": password}
        return made

    return _pool_page(
        request,
        form,
        act,
        title="新增专家",
        done="已加入专家库",
        then=lambda made: reverse("tiers:expert_account", args=[made.pk]),
    )


def _pool_page(
    request: Request, form: forms.Form, act: Callable[[], object], **more: Any
) -> HttpResponse:
    return form_page(
        request,
        form,
        act,
        crumbs=[("专家库", reverse("tiers:expert_list"))],
        back=reverse("tiers:expert_list"),
        back_label="返回专家库",
        renamed={"fields": "fields_of"},
        **{"button": "保存", "then": "tiers:expert_list", **more},
    )


def _expert(request: Request, pk: int) -> Expert:
    found = Expert.objects.visible_to(request.user).select_related("user", "authority")
    return get_object_or_404(found, pk=pk)


@role_required(Role.PROVINCE)
@changing
def expert_edit(request: Request, pk: int) -> HttpResponse:
    expert = _expert(request, pk)
    form = ExpertForm(request.POST or None, office=_office(request), initial=ExpertForm.of(expert))

    def act() -> Expert:
        given = form.cleaned_data
        return experts.change(
            expert,
            given["name"],
            given["phone"],
            form.profile,
            by=request.user,
            at=request.received_at,
        )

    title = f"修改专家 {expert.code}"
    return _pool_page(request, form, act, title=title, done=f"已保存 {expert.code} 的信息")


@role_required(Role.PROVINCE)
@changing
def expert_retire(request: Request, pk: int) -> HttpResponse:
    expert = _expert(request, pk)
    form = ReasonForm(request.POST or None)
    return _pool_page(
        request,
        form,
        lambda: experts.retire(
            expert, **form.cleaned_data, by=request.user, at=request.received_at
        ),
        title=f"解聘专家 {expert.code} {expert.user.name}",
        lead="解聘后不再参加抽取；已经提交的评分仍然有效。",
        done=f"已解聘 {expert.code}",
        button="解聘",
    )


@require_POST
@role_required(Role.PROVINCE)
@changing
def expert_password(request: Request, pk: int) -> HttpResponse:
    """Another first password; the one before is worth nothing any more."""
    expert = _expert(request, pk)
    password = experts.new_password(expert, by=request.user, at=request.received_at)
    request.session[SHOWN_ONCE] = {"pk": expert.pk, "password": password}
    messages.success(request, "已重置初始密码")
    return redirect("tiers:expert_account", expert.pk)


@role_required(Role.PROVINCE)
@require_safe
def expert_account(request: Request, pk: int) -> HttpResponse:
    """The first password, on this screen only and only now."""
    expert = _expert(request, pk)
    held = request.session.pop(SHOWN_ONCE, {})
    password = held.get("password", "") if held.get("pk") == expert.pk else ""
    context = {
        "expert": expert,
        "password": password,
        "login_url": request.build_absolute_uri(reverse("account_login")),
    }
    response = render(request, "tiers/experts/account.html", context)
    response["Cache-Control"] = "no-store"
    return response
