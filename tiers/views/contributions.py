"""What a factory gives others: its page for firm and bureaus, the acts on one, its proof."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from registry.access import OFFICERS, Request, Role, business_date, changing, role_required
from registry.models import Factory
from tiers import contributions
from tiers.forms.applications import add_refusals
from tiers.forms.contributions import ContributionForm
from tiers.models import Contribution


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_http_methods(["GET", "POST"])
def factory_contributions(request: Request, pk: int) -> HttpResponse:
    """Everything on record for a factory; its firm adds to it here."""
    seen = Factory.objects.visible_to(request.user).select_related("enterprise", "authority")
    factory = get_object_or_404(seen, pk=pk)
    on = business_date(request.received_at)
    sent = request.method == "POST"
    form = ContributionForm(request.POST or None, request.FILES or None, on=on)
    if sent and not contributions.may_record(factory, request.user):
        raise PermissionDenied
    if sent and form.is_valid():
        upload, given = form.cleaned_data["upload"], form.given
        try:
            contributions.record(
                factory, given, upload, name=upload.name, by=request.user, at=request.received_at
            )
            messages.success(request, "已登记，等待主管部门确认")
            return redirect("tiers:contributions", pk)
        except ValidationError as refusal:
            add_refusals(form, refusal)
    rows = Contribution.objects.visible_to(request.user).filter(factory=factory)
    context = {
        "factory": factory,
        "rows": rows.order_by("-year", "-pk"),
        "form": form if contributions.may_record(factory, request.user) else None,
        "may_answer": contributions.may_answer(factory, request.user),
        "title": factory.certifications.order_by("-valid_from", "-pk").first(),
    }
    return render(request, "tiers/contributions.html", context, status=422 if sent else 200)


def _one(request: Request, pk: int) -> Contribution:
    seen = Contribution.objects.visible_to(request.user).select_related("factory")
    one: Contribution = get_object_or_404(seen, pk=pk)
    return one


@role_required(Role.CITY)
@changing
@require_POST
def contribution_answer(request: Request, pk: int) -> HttpResponse:
    """Confirm it, or say why not."""
    one = _one(request, pk)
    confirmed = request.POST.get("outcome") == "confirm"
    reason = request.POST.get("reason", "")[:200]
    try:
        contributions.answer(
            one, confirmed=confirmed, reason=reason, by=request.user, at=request.received_at
        )
        messages.success(request, "已确认" if confirmed else "已答复企业")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:contributions", one.factory_id)


@role_required(Role.ENTERPRISE)
@changing
@require_POST
def contribution_change(request: Request, pk: int) -> HttpResponse:
    """The firm shows it to everybody, hides it, or takes it back."""
    one, wanted = _one(request, pk), request.POST.get("act")
    user, at = request.user, request.received_at
    try:
        if wanted == "withdraw":
            contributions.withdraw(one, by=user, at=at)
        else:
            contributions.consent(one, consented=wanted == "show", by=user, at=at)
        messages.success(request, "已保存")
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    return redirect("tiers:contributions", one.factory_id)


@role_required(Role.ENTERPRISE, *OFFICERS)
@require_safe
def contribution_file(request: Request, pk: int) -> FileResponse:
    """Its proof, for the firm and the offices above."""
    one = _one(request, pk)
    response = FileResponse(
        one.file.open("rb"), as_attachment=True, filename=one.file_name, content_type=one.file_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
