"""A firm's factories: list, page, and the acts on one."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from registry import enterprises
from registry.access import (
    OFFICERS,
    Request,
    Role,
    business_date,
    changing,
    of_a_firm,
    role_required,
)
from registry.forms.cascade import read
from registry.forms.enterprises import (
    FactoryFactsForm,
    FactoryForm,
    FactoryRenameForm,
)
from registry.models import Factory, User
from registry.views import enterprises as firms
from registry.views.pages import form_page, way_back


def visible(request: Request, pk: int) -> Factory:
    """The factory of this address, 404 outside the person's scope."""
    factories = Factory.objects.visible_to(request.user)
    return get_object_or_404(
        factories.select_related(
            "enterprise__authority", "authority", "industry", "division__parent__parent"
        ),
        pk=pk,
    )


def crumbs_of(factory: Factory, user: User) -> list[tuple[str, str]]:
    above = (
        [("我的工厂", reverse("registry:factory_list"))]
        if user.role == Role.ENTERPRISE
        else firms.crumbs_of(factory.enterprise, user)
    )
    return [*above, (factory.name, reverse("registry:factory_detail", args=[factory.pk]))]


@role_required(Role.ENTERPRISE)
@of_a_firm
def factory_list(request: Request) -> HttpResponse:
    """The factories of the person's firm."""
    factories = Factory.objects.visible_to(request.user).order_by("pk")
    rows = factories.select_related("authority", "industry", "division__parent__parent")
    context = {"factories": [(factory, firms.place_of(factory.division)) for factory in rows]}
    return render(request, "registry/factory_list.html", context)


@role_required(Role.ENTERPRISE, *OFFICERS)
def factory_detail(request: Request, pk: int) -> HttpResponse:
    factory = visible(request, pk)
    user = request.user
    context = {
        "factory": factory,
        "officer": user.role in OFFICERS,
        "on": business_date(request.received_at),
        "may_report": enterprises.may_manage(user),
        "place": firms.place_of(factory.division),
        "honours": firms.named(factory.honours.order_by("-awarded_on")),
        "firm_url": firms.address_of(factory.enterprise, user),
        "crumbs": crumbs_of(factory, user)[:-1],
        "next_url": reverse("assessments:assessment_list") if user.role == Role.ENTERPRISE else "",
    }
    return render(request, "registry/factory_detail.html", context)


@role_required(Role.ENTERPRISE, *OFFICERS)
@changing
def factory_new(request: Request, pk: int | None = None) -> HttpResponse:
    """Add a factory to the own firm, or as an officer to a firm below one's authority."""
    user = request.user
    firm = firms.visible(request, pk or user.enterprise_id)
    form = read(FactoryForm, request)
    own = [("我的工厂", reverse("registry:factory_list"))]
    return form_page(
        request,
        form,
        lambda: enterprises.add_factory(firm, **form.cleaned_data, by=user, at=request.received_at),
        done="工厂已登记",
        then=lambda factory: reverse("registry:factory_detail", args=[factory.pk]),
        title="登记工厂",
        lead="工厂由所在地的主管部门管辖。搬迁以后请办理“工厂搬迁”，不用重新登记。",
        crumbs=own if user.role == Role.ENTERPRISE else firms.crumbs_of(firm, user),
        button="登记工厂",
    )


@role_required(Role.ENTERPRISE, *OFFICERS)
@changing
def factory_edit(request: Request, pk: int) -> HttpResponse:
    factory = visible(request, pk)
    facts = enterprises.factory_facts(factory)
    form = read(FactoryFactsForm, request, initial=facts, held=facts)
    back = way_back(request, reverse("registry:factory_detail", args=[factory.pk]))
    return form_page(
        request,
        form,
        lambda: enterprises.update_factory(
            factory, **form.cleaned_data, by=request.user, at=request.received_at
        ),
        done="工厂信息已保存",
        then=back,
        title="修改工厂信息",
        owner=factory,
        crumbs=crumbs_of(factory, request.user),
        button="保存工厂信息",
        back=back,
    )


@role_required(*OFFICERS)
@changing
def factory_rename(request: Request, pk: int) -> HttpResponse:
    factory = visible(request, pk)
    form = read(FactoryRenameForm, request)
    here = reverse("registry:factory_detail", args=[factory.pk])
    return form_page(
        request,
        form,
        lambda: enterprises.rename_factory(
            factory, form.cleaned_data["name"], by=request.user, at=request.received_at
        ),
        done="工厂名称已变更",
        then=here,
        title="工厂更名",
        owner=factory,
        lead=f"现名：{factory.name}。已公布的称号仍按公布时的名称显示。",
        crumbs=crumbs_of(factory, request.user),
        button="变更工厂名称",
        back=here,
    )
