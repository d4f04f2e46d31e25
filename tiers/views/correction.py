"""更正: an office corrects an entry of a list that is with it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from registry.access import OFFICERS, Request, role_required
from registry.forms.fields import show_refusal
from tiers import correction, coverage, filing
from tiers.forms.correction import CorrectForm
from tiers.models import FilingEntry


@role_required(*OFFICERS)
def filing_correct(request: Request, pk: int, entry: int) -> HttpResponse:
    related = ("factory__enterprise", "factory__division", "factory__industry", "issuer")
    rows = (
        FilingEntry.objects.visible_to(request.user)
        .kept()
        .select_related("filing_list__authority", *(f"certification__{name}" for name in related))
    )
    row = get_object_or_404(rows, pk=entry, filing_list=pk)
    if not filing.may_edit(row.filing_list, request.user):
        raise PermissionDenied("清单已报备或不由本部门整理，不能再改")
    form = CorrectForm(request.POST or None, title=row.certification)
    if request.method == "POST" and form.is_valid():
        try:
            correction.correct(
                row,
                form.stated,
                seen=form.cleaned_data["seen"],
                by=request.user,
                at=request.received_at,
            )
        except ValidationError as error:
            show_refusal(form, error)
        else:
            messages.success(request, f"已更正“{row.certification.printed_factory}”")
            return redirect("tiers:filing_list", pk=pk)
    context = {"filing_list": row.filing_list, "entry": row, "form": form}
    context["covers"] = coverage.words(row.certification)
    return render(request, "tiers/filing/correct.html", context)
