"""The factories of a filed list that its receiver looks at again (抽检), and what was found."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from registry.access import OFFICERS, Request, role_required
from tiers import filing
from tiers.forms.applications import add_refusals
from tiers.forms.derivation import RecheckForm
from tiers.models import FilingEntry, FilingList


@role_required(*OFFICERS)
def filing_recheck(request: Request, pk: int) -> HttpResponse:
    """Everybody concerned reads it; the receiver fills in, one factory at a time."""
    filing_list = get_object_or_404(FilingList.objects.visible_to(request.user), pk=pk)
    drawn = list(filing_list.entries.kept().filter(to_recheck=True).order_by("pk"))
    may_fill = filing.may_answer(filing_list, request.user)
    sent: dict[int, RecheckForm] = {}
    if request.method == "POST":
        entry = next((e for e in drawn if str(e.pk) == request.POST.get("entry")), None)
        if entry is None or not may_fill:
            raise Http404
        sent[entry.pk] = RecheckForm(request.POST, prefix=f"e{entry.pk}")
        if _save(request, entry, sent[entry.pk]):
            return redirect("tiers:filing_recheck", pk=pk)
    rows = [(e, (sent.get(e.pk) or _form(e)) if may_fill else None) for e in drawn]
    context = {"filing_list": filing_list, "rows": rows, "faulty": next(iter(sent.values()), None)}
    return render(request, "tiers/filing/recheck.html", context)


def _form(entry: FilingEntry) -> RecheckForm:
    passed = None
    if entry.recheck_passed is not None:
        passed = "yes" if entry.recheck_passed else "no"
    initial = {"passed": passed, "finding": entry.recheck_finding}
    return RecheckForm(prefix=f"e{entry.pk}", initial=initial)


def _save(request: Request, entry: FilingEntry, form: RecheckForm) -> bool:
    if not form.is_valid():
        return False
    try:
        filing.recheck(entry, **form.cleaned_data, by=request.user, at=request.received_at)
    except ValidationError as error:
        add_refusals(form, error)
        return False
    messages.success(request, f"已登记{entry.frozen['factory']}的抽检情况")
    return True
