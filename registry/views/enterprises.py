"""A firm's entry: its own page, the officers' list and page, and the acts on it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from registry import enterprises, policy
from registry.access import (
    OFFICERS,
    SHANGHAI,
    Request,
    Role,
    business_date,
    changing,
    may_change,
    of_a_firm,
    role_required,
)
from registry.audit import Verb
from registry.forms.cascade import read
from registry.forms.enterprises import (
    EnterpriseFactsForm,
    EnterpriseForm,
    HonourForm,
    RenameForm,
)
from registry.listing import Offer
from registry.listings import ENTERPRISES, READINGS
from registry.models import AuditEvent, Enterprise, Factory, Honour, User
from registry.views.pages import form_page, list_page, way_back

COURSE = 10  # lines of the trail on a page


def visible(request: Request, pk: int | None) -> Enterprise:
    """The firm of this address, 404 outside the person's scope."""
    firms = Enterprise.objects.visible_to(request.user)
    return get_object_or_404(
        firms.select_related("seat__parent__parent", "authority", "industry"), pk=pk
    )


def address_of(firm: Enterprise, user: User) -> str:
    """The firm's page as this person knows it."""
    if user.role == Role.ENTERPRISE:
        return reverse("registry:enterprise")
    return reverse("registry:enterprise_detail", args=[firm.pk])


def crumbs_of(firm: Enterprise, user: User) -> list[tuple[str, str]]:
    if user.role == Role.ENTERPRISE:
        return [("企业信息", reverse("registry:enterprise"))]
    return [
        ("企业", reverse("registry:enterprise_list")),
        (firm.name, reverse("registry:enterprise_detail", args=[firm.pk])),
    ]


def place_of(division: Any) -> str:
    """A place with the names above it, without the list's own fillers."""
    names: list[str] = []
    while division is not None:
        if division.level != division.Level.PLACEHOLDER:
            names.insert(0, division.name)
        division = division.parent
    return "".join(names)


@role_required(*OFFICERS)
def enterprise_list(request: Request) -> HttpResponse:
    """Firms with their seat or a factory below the officer."""
    offers = _offers(request.user)
    return list_page(request, ENTERPRISES, "registry/enterprise_list.html", offers=offers)


def _offers(user: User) -> list[Offer]:
    """What is done with the firms ticked: counties and cities put them into their library."""
    if user.role not in (Role.COUNTY, Role.CITY) or not may_change(user):
        return []
    return [Offer("列入培育库", reverse("tiers:library_new"), of="firms")]


@role_required(Role.ENTERPRISE)
@of_a_firm
def enterprise(request: Request) -> HttpResponse:
    """The person's own firm."""
    return _page(request, visible(request, request.user.enterprise_id))


@role_required(Role.ENTERPRISE)
@of_a_firm
def reading_list(request: Request) -> HttpResponse:
    """Who outside the firm opened its file."""
    years, rest = divmod(settings.READ_LOG_DAYS, 365)
    kept = f" {settings.READ_LOG_DAYS} 天" if rest else f" {years} 年"
    return list_page(request, READINGS, "registry/reading_list.html", kept=kept)


@role_required(*OFFICERS)
def enterprise_detail(request: Request, pk: int) -> HttpResponse:
    return _page(request, visible(request, pk))


def _page(request: Request, firm: Enterprise) -> HttpResponse:
    officer = request.user.role in OFFICERS
    factories = Factory.objects.visible_to(request.user).filter(enterprise=firm)
    factories = factories.select_related("authority", "industry", "division__parent__parent")
    honours = Honour.objects.visible_to(request.user).filter(enterprise=firm)
    context = {
        "firm": firm,
        "seat": place_of(firm.seat),
        "successions": firm.successions.select_related("successor").order_by("on", "pk"),
        "origins": firm.origins.select_related("predecessor").order_by("on", "pk"),
        "former_names": firm.former_names.order_by("-until"),
        "factories": [(f, place_of(f.division)) for f in factories.order_by("pk")],
        "honours": named(honours.select_related("factory").order_by("-awarded_on")),
        "people": firm.users.filter(is_active=True).order_by("pk"),
        "pending": firm.claims.pending().count(),
        "veto_count": firm.veto_events.count(),
        "course": course_of(firm, request.user),
        "officer": officer,
        "on": business_date(request.received_at),
    }
    return render(request, "registry/enterprise_detail.html", context)


def named(honours: Iterable[Honour]) -> list[Honour]:
    """Honours with the words of their kind, whichever edition knows it."""
    words = {kind.code: kind.name for rules in policy.all_policies() for kind in rules.honour_kinds}
    rows = list(honours)
    for honour in rows:
        honour.kind_name = words.get(honour.kind, honour.kind)  # type: ignore[attr-defined]
    return rows


def course_of(firm: Enterprise, user: User) -> list[dict[str, str]]:
    """What happened to the entry, newest first. Firms read that the bureau acted, not who."""
    events = AuditEvent.objects.visible_to(user).filter(
        enterprise_id=firm.pk, target_type__startswith="registry."
    )
    own = {person.pk: person.name for person in firm.users.all()}
    return [
        {
            "when": event.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "title": str(Verb(event.verb).label),
            "actor": own.get(event.actor_id or 0) or _stranger(event, user),
            "note": _note(event),
        }
        for event in events.order_by("-at", "-pk")[:COURSE]
    ]


def _stranger(event: AuditEvent, user: User) -> str:
    """An actor who is not of the firm: officers read the name, firms what he is."""
    if user.role in OFFICERS:
        return event.actor_name
    return "申请人" if event.verb == Verb.CLAIM_MAKE else "主管部门"


def _note(event: AuditEvent) -> str:
    if "before" in event.data:
        return f"{event.data['before']} → {event.data['after']}"
    return event.target_name if event.target_type == "registry.factory" else ""


@role_required(*OFFICERS)
@changing
def enterprise_new(request: Request) -> HttpResponse:
    """An officer enters a firm, with its first factory where he knows it."""
    form = read(EnterpriseForm, request)
    return form_page(
        request,
        form,
        lambda: enterprises.register(**form.cleaned_data, by=request.user, at=request.received_at),
        done="企业已登记",
        then=lambda firm: address_of(firm, request.user),
        title="登记企业",
        crumbs=[("企业", reverse("registry:enterprise_list"))],
        button="登记企业",
    )


@role_required(Role.ENTERPRISE, *OFFICERS)
@changing
def enterprise_edit(request: Request, pk: int) -> HttpResponse:
    firm = visible(request, pk)
    back = way_back(request, address_of(firm, request.user))
    form = read(
        EnterpriseFactsForm,
        request,
        initial=EnterpriseFactsForm.initial_of(firm),
        held=enterprises.facts_of(firm),
    )
    return form_page(
        request,
        form,
        lambda: enterprises.update(
            firm, **form.cleaned_data, by=request.user, at=request.received_at
        ),
        done="企业信息已保存",
        then=back,
        title="修改企业信息",
        owner=firm,
        crumbs=crumbs_of(firm, request.user),
        button="保存企业信息",
        back=back,
    )


@role_required(*OFFICERS)
@changing
def enterprise_rename(request: Request, pk: int) -> HttpResponse:
    firm = visible(request, pk)
    form = read(RenameForm, request)
    return form_page(
        request,
        form,
        lambda: enterprises.rename(
            firm, **form.cleaned_data, by=request.user, at=request.received_at
        ),
        done="企业名称已变更，曾用名仍能查到",
        then=address_of(firm, request.user),
        title="企业更名",
        owner=firm,
        lead=f"现名：{firm.name}。已公布的称号仍按公布时的名称显示，按旧名也能查到本企业。",
        crumbs=crumbs_of(firm, request.user),
        button="变更企业名称",
        back=address_of(firm, request.user),
    )


@role_required(Role.ENTERPRISE, *OFFICERS)
@changing
def honour_new(request: Request, pk: int | None = None) -> HttpResponse:
    """Record a title of another scheme, by the firm itself or its bureau."""
    firm = visible(request, pk or request.user.enterprise_id)
    at = request.received_at
    form = read(
        HonourForm,
        request,
        kinds=_kinds(firm, request.user, business_date(at)),
        factories=Factory.objects.visible_to(request.user).filter(enterprise=firm),
    )
    return form_page(
        request,
        form,
        lambda: enterprises.record_honour(firm, **form.cleaned_data, by=request.user, at=at),
        done="称号已登记",
        then=address_of(firm, request.user),
        title="登记既有称号",
        lead="登记以前获得的国家和省级称号，附公布文件的文号和日期。",
        crumbs=crumbs_of(firm, request.user),
        button="登记称号",
        back=address_of(firm, request.user),
    )


def _kinds(firm: Enterprise, user: User, on: date) -> tuple[policy.HonourKind, ...]:
    authority = user.authority or firm.authority or firm.factories.first().authority  # type: ignore[union-attr]
    return policy.current(authority.province_code, on).honour_kinds
