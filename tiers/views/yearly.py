"""The list that a province issues once a year, on the screen and on paper; as a file it goes out by
``reports``.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry import policy
from registry.access import Request, Role, business_date, role_required
from tiers import yearly
from tiers.forms.derivation import YearlyListForm


@require_safe
@role_required(Role.PROVINCE)
def yearly_list(request: Request) -> HttpResponse:
    """基础级、先进级工厂名单: as of a day, today unless the address names another."""
    today = business_date(request.received_at)
    rules = policy.current(request.user.authority_path.split("/")[1], today)
    if not rules.yearly_list:
        raise Http404
    form = YearlyListForm(request.GET or None, initial={"on": today})
    on = form.cleaned_data["on"] if form.is_bound and form.is_valid() else today
    if request.GET.get("format") == "csv" and not form.errors:
        return redirect(f"{reverse('reports:yearly_csv')}?on={on}")  # an address kept by somebody
    rows = yearly.rows(request.user.authority_path, rules, on)
    context = {
        "on": on,
        "form": form,
        "rules": rules,
        "parts": [
            (tier, [row for row in rows if row["tier"] == tier.label]) for tier in rules.yearly_list
        ],
        "by": request.user.authority,
        "today": today,
    }
    paper = request.GET.get("format") == "paper"
    return render(request, f"tiers/derivation/yearly_{'paper' if paper else 'list'}.html", context)
