"""Certificates as PDF: one for its firm or office, and all that an office issued in one act."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from registry.access import OFFICERS, Request, Role, role_required
from reports.documents import certificate
from tiers.models import Certificate


@require_safe
@role_required(Role.ENTERPRISE, *OFFICERS)
def certificate_paper(request: Request, pk: int) -> HttpResponse:
    """One certificate; a replaced one is not printed again."""
    found = Certificate.objects.visible_to(request.user).latest_issues().for_paper()
    one = get_object_or_404(found, pk=pk)
    return _file(request, [one], f"智能工厂证书_{one.certification.number}.pdf")


@require_safe
@role_required(*OFFICERS)
def certificates_paper(request: Request, pk: int) -> HttpResponse:
    """All of the act in which this one was issued."""
    seen = Certificate.objects.visible_to(request.user)
    first = get_object_or_404(seen, pk=pk)
    act = seen.filter(at=first.at, by=first.by_id).for_paper().order_by("pk")
    return _file(request, list(act), f"智能工厂证书_{first.issued_on:%Y%m%d}.pdf")


def _file(request: Request, certificates: Sequence[Certificate], name: str) -> HttpResponse:
    def address_of(code: str) -> str:
        return request.build_absolute_uri(reverse("tiers:certificate_check", args=[code]))

    try:
        made = certificate.printed(certificates, address_of)
    except ValidationError as refusal:
        document = {"title": "智能工厂证书", "page": reverse("tiers:title_list")}
        context = {"document": document, "problems": refusal.messages}
        return render(request, "reports/document_refused.html", context, status=422)
    answer = HttpResponse(made, content_type="application/pdf")
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return answer
