"""How a person comes to act for a firm: he signs up, waits, and hears from the bureau."""

from __future__ import annotations

from dataclasses import replace

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from registry import enterprises
from registry.access import (
    OFFICERS,
    Duty,
    Received,
    Request,
    Role,
    on_duty,
    role_required,
)
from registry.filters import CLAIM_TABS
from registry.forms.cascade import read
from registry.forms.people import ClaimForm, RefuseForm, SignUpForm
from registry.listings import CLAIMS
from registry.models import Claim
from registry.views.colleagues import people_of_firm
from registry.views.pages import form_page, list_page

BACKEND = "django.contrib.auth.backends.ModelBackend"
RENAMED = {"name": "enterprise_name"}


@login_not_required
@never_cache
@require_safe
def session(request: HttpRequest) -> JsonResponse:
    """Who is signed in: asked by a page before it sends away what was typed."""
    return JsonResponse({"user": str(request.user.pk or "")})


@login_not_required
def sign_up(request: Received) -> HttpResponse:
    """Anybody may open an account; it shows nothing until the bureau has confirmed him."""
    if request.user.is_authenticated:
        return redirect("/home/")
    if too_often := request.method == "POST" and consume_or_429(request, action="signup"):
        return too_often
    form = read(SignUpForm, request)

    def act() -> None:
        claim = enterprises.sign_up(form.person(), **form.firm(), at=request.received_at)
        login(request, claim.user, backend=BACKEND)

    return form_page(
        request,
        form,
        act,
        done="账号已开通，所属企业等待主管部门确认",
        then="registry:waiting",
        renamed=RENAMED,
        template="registry/sign_up.html",
    )


@role_required(Role.ENTERPRISE)
def waiting(request: Request) -> HttpResponse:
    """All that a person sees who belongs to no firm yet: where his claim stands."""
    claim = enterprises.waiting(request.user)
    if claim is None and request.user.enterprise_id:
        return redirect("/home/")
    decided = claim is None or claim.status != Claim.Status.PENDING
    return render(request, "registry/waiting.html", {"claim": claim, "may_claim": decided})


@role_required(Role.ENTERPRISE)
def claim_again(request: Request) -> HttpResponse:
    """Name a firm anew after a refusal, or after leaving one."""
    claim = enterprises.waiting(request.user)
    if request.user.enterprise_id or (claim and claim.status == Claim.Status.PENDING):
        return redirect("registry:waiting")
    form = read(ClaimForm, request)
    return form_page(
        request,
        form,
        lambda: enterprises.claim_again(request.user, **form.firm(), at=request.received_at),
        done="已重新提交，等待主管部门确认",
        then="registry:waiting",
        renamed=RENAMED,
        title="重新申请成为企业经办人",
        crumbs=[("等待确认", reverse("registry:waiting"))],
        button="提交申请",
    )


@role_required(Role.ENTERPRISE, *OFFICERS)
def people(request: Request) -> HttpResponse:
    """For a firm its own people. For a bureau those who wait for its word, oldest first; or those
    it has dealt with.
    """
    if request.user.role == Role.ENTERPRISE:
        return people_of_firm(request)
    done = request.GET.get("tab") == "done"
    listed = replace(CLAIMS, order="-decided") if done else CLAIMS
    return list_page(request, listed, "registry/people.html", tabs=CLAIM_TABS)


@require_POST
@role_required(*OFFICERS)
@on_duty(Duty.PEOPLE)
def confirm(request: Request, pk: int) -> HttpResponse:
    """The person acts for the firm."""
    claim = get_object_or_404(Claim.objects.visible_to(request.user), pk=pk)
    try:
        enterprises.confirm(claim, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"已确认{claim.user.name}为{claim.enterprise.name}的经办人")
    return redirect("registry:people")


@role_required(*OFFICERS)
@on_duty(Duty.PEOPLE)
def refuse(request: Request, pk: int) -> HttpResponse:
    """The person does not act for the firm, and is told why."""
    claim = get_object_or_404(
        Claim.objects.visible_to(request.user).select_related("user", "enterprise"), pk=pk
    )
    if claim.status != Claim.Status.PENDING:
        messages.info(request, "这位经办人已经办理过了")
        return redirect("registry:people")
    form = read(RefuseForm, request)
    return form_page(
        request,
        form,
        lambda: enterprises.refuse(
            claim, by=request.user, at=request.received_at, reason=form.cleaned_data["reason"]
        ),
        done="已办理，申请人会收到原因",
        then="registry:people",
        title=f"不予确认{claim.user.name}为{claim.enterprise.name}的经办人",
        crumbs=[("人员确认", reverse("registry:people"))],
        button="不予确认",
        back=reverse("registry:people"),
        back_label="返回列表",
    )
