"""Certificates: the public check, what checkers fetch, and the desk of the issuing office."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Min
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_POST, require_safe

from registry import signing
from registry.access import (
    OFFICERS,
    Received,
    Request,
    business_date,
    changing,
    may_change,
    role_required,
)
from registry.signing import shipping, verifying
from registry.views.pages import paged
from tiers import register
from tiers.certificates import batches, checking, issuing, offline, payload, standing
from tiers.certificates.checking import Reason
from tiers.forms.certificates import CheckForm
from tiers.models import Certificate, Issuance
from tiers.views import titles

#: How a reason looks: a name of a status, whose icon and colour it takes.
LOOKS = {
    Reason.IN_FORCE: "valid",
    Reason.UPCOMING: "upcoming",
    Reason.EXPIRED: "expired",
    Reason.SUSPENDED: "suspended",
    Reason.RENAMED: "suspended",
    Reason.SUPERSEDED: "superseded",
}
#: The lines of a 批量签发 by what came of them: how it is said, how its figure looks, how many.
RESULTS: dict[str, tuple[str, str, Callable[[Any], int]]] = {
    "issued": ("已签发", "", lambda one: one.issued),
    "refused": ("没有签发", "stat-bad", lambda one: one.refused),
    "waiting": ("待签发", "", lambda one: one.total - one.issued - one.refused),
}
#: No number has so many characters, every code has more.
LONGER = 30
SHIPPED = (verifying, payload, checking, offline)

# --- the public -----------------------------------------------------------------


@require_safe
@login_not_required
@never_cache
def verify(request: Received) -> HttpResponse:
    """The form; a pasted code leads to its answer, a number to what the register says of it."""
    form = CheckForm(request.GET if "q" in request.GET else None)
    context = {"shell": "public", "form": form, "on": business_date(request.received_at)}
    if form.is_bound and form.is_valid():
        asked = checking.code_in(form.cleaned_data["q"])
        title = register.published().filter(number=asked.upper()).first()
        if title is None and len(asked) > LONGER and payload.ALPHABET.fullmatch(asked):
            return redirect("tiers:certificate_check", asked[: payload.MOST_CHARACTERS])
        context |= {"title": title, "asked": asked}
    return render(request, "tiers/certificates/verify.html", context)


@require_safe
@login_not_required
@never_cache
def certificate_check(request: Received, code: str) -> HttpResponse:
    """What the code says, and what its title is worth at this moment."""
    on = business_date(request.received_at)
    answer = standing.answer(code, on)
    context = {
        "shell": "public",
        "at": request.received_at,
        "answer": answer,
        "look": LOOKS.get(answer.reason, "revoked"),
    }
    return render(request, "tiers/certificates/checked.html", context)


@require_safe
@login_not_required
@cache_control(public=True, max_age=standing.KEPT_SECONDS)
def certificate_states(request: Received) -> HttpResponse:
    """The signed list of states, for checks without the network."""
    try:
        found = standing.published_list(request.received_at)
    except signing.NoKey as error:
        return HttpResponse(str(error), status=503, content_type="text/plain; charset=utf-8")
    return JsonResponse(found, json_dumps_params={"ensure_ascii": False})


@require_safe
@login_not_required
@cache_control(public=True, max_age=3600)
def certificate_checker(request: Received) -> HttpResponse:
    """The checker in one file."""
    text = shipping.one_file("Checks certificates of smart factories, off line.", SHIPPED)
    answer = HttpResponse(text, content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="check_certificate.py"'
    return answer


# --- the issuing office ---------------------------------------------------------


@require_safe
@role_required(*OFFICERS)
def certificate_list(request: Request) -> HttpResponse:
    """What the office has to issue, and what it has issued, act by act."""
    on = business_date(request.received_at)
    waiting = issuing.due(request.user, on=on)
    own = Certificate.objects.issued_by(request.user)
    acts = own.values("at", "by__name").annotate(count=Count("pk"), first=Min("pk"))
    context = {
        "on": on,
        "waiting": waiting.for_list().order_by("valid_from", "pk")[: issuing.AT_ONCE],
        "count": waiting.count(),
        "at_once": issuing.AT_ONCE,
        "may_issue": may_change(request.user),
        "running": Issuance.objects.of_office(request.user).open().with_counts().first(),
        "page": paged(request, acts.order_by("-at", "by__name")),
    }
    return render(request, "tiers/certificates/list.html", context)


@role_required(*OFFICERS)
@changing
@require_POST
def certificates_issue(request: Request) -> HttpResponse:
    """发证: for all that wait; where there are many a worker does it, and a page says how far."""
    try:
        made = batches.press(by=request.user, at=request.received_at)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
        return redirect("tiers:certificate_list")
    if isinstance(made, Issuance):
        return redirect("tiers:certificates_progress")
    if made:
        messages.success(request, f"已签发 {len(made)} 张证书，企业会收到站内信")
    else:
        messages.info(request, "没有待签发的证书")
    return redirect("tiers:certificate_list")


@require_safe
@role_required(*OFFICERS)
def certificates_progress(request: Request) -> HttpResponse:
    """The office's last 批量签发: how far it is, and what came of each title."""
    last = Issuance.objects.of_office(request.user).with_counts().order_by("-pk").first()
    if "poll" in request.GET and (last is None or last.done_at):
        return HttpResponse(headers={"HX-Refresh": "true"})
    result = request.GET.get("result", "")
    result = result if result in RESULTS else ""
    context: dict[str, Any] = {"issuance": last, "result": RESULTS.get(result, ("", ""))[0]}
    if last is not None:
        lines = last.lines.select_related("certification__factory__enterprise", "certificate")
        lines = getattr(lines, result)() if result else lines
        context["page"] = paged(request, lines.order_by("pk"))
        context["results"] = [
            (name, label, tone, name == result, counted(last))
            for name, (label, tone, counted) in RESULTS.items()
        ]
    return render(request, "tiers/certificates/progress.html", context)


@role_required(*OFFICERS)
@changing
@require_POST
def title_certificate(request: Request, pk: int) -> HttpResponse:
    """发证 or 换证 for one title."""
    title, at = titles.of(request, pk), request.received_at
    if not issuing.may_issue(title, request.user, on=business_date(at)):
        raise PermissionDenied("证书由认定部门在认定有效期内签发；名称没有变更的不需要换发")
    try:
        made = issuing.issue_all([title.pk], by=request.user, at=at)
    except ValidationError as refusal:
        messages.error(request, "；".join(refusal.messages))
    else:
        again = "换发" if made[0].issue > 1 else "签发"
        messages.success(request, f"已{again} {title.number} 的证书，企业会收到站内信")
    return redirect("tiers:title", title.pk)
