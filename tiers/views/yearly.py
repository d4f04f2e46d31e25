"""The list that a province issues once a year: titles in force on a day, on paper and as CSV."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from registry import policy
from registry.access import Request, Role, business_date, role_required
from registry.policy import Tier
from registry.views.tables import csv_answer
from tiers import register
from tiers.forms.derivation import YearlyListForm
from tiers.models import Certification

COLUMNS = (
    "序号", "等级", "企业名称", "统一社会信用代码", "工厂名称", "所在市", "来源", "依据",
    "认定文号", "认定日期", "有效期至", "证书编号",
)  # fmt: skip


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
    rows = _rows(request.user.authority_path, rules, on)
    if request.GET.get("format") == "csv" and (not form.is_bound or form.is_valid()):
        lines = [(number, *row.values()) for number, row in enumerate(rows, start=1)]
        name = [request.user.place_name, "年度名单", on.isoformat()]
        return csv_answer(name, COLUMNS, lines)
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


def _rows(path: str, rules: policy.Policy, on: date) -> list[dict[str, Any]]:
    titles = Certification.objects.below(path).published().in_force(on)
    titles = titles.filter(tier__in=rules.yearly_list, published_on__lte=on).for_list()
    titles = titles.select_related("factory__authority__parent").order_by(
        "factory__authority__path", "valid_from", "pk"
    )
    return [
        {
            "tier": Tier(title.tier).label,
            "enterprise": title.printed_enterprise,
            "credit_code": title.printed_credit_code,
            "factory": title.printed_factory,
            "city": register.place_of(title.factory)[0],
            "source": title.get_source_display(),
            "basis": title.basis,
            "document_no": title.document_no,
            "valid_from": title.valid_from,
            "last_day": title.last_day or "",
            "number": title.number,
        }
        for title in sorted(titles, key=lambda t: rules.yearly_list.index(Tier(t.tier)))
    ]
