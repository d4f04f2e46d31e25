"""Many names or codes at once against the public register, by anybody; nothing asked is kept."""

from __future__ import annotations

from collections import Counter
from datetime import date

from allauth.core.ratelimit import consume_or_429
from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registry import signing
from registry.access import Received, business_date
from tiers import bulk_check, check_result
from tiers.forms.bulk_check import LinesForm

UNSIGNED = "平台还没有启用电子签名，暂时不能下载带签名的结果；下面的核验结果仍然有效"


@require_http_methods(["GET", "HEAD", "POST"])
@login_not_required
@never_cache
def register_check(request: Received) -> HttpResponse:
    """The form; its answers on the page; the same again as signed files."""
    posted = request.method == "POST"
    if too_often := posted and consume_or_429(request, action="bulk_check"):
        return too_often
    form = LinesForm(request.POST if posted else None, request.FILES if posted else None)
    today = business_date(request.received_at)
    context = {"shell": "public", "form": form, "most": bulk_check.MOST, "on": today}
    if posted and form.is_valid():
        on = form.cleaned_data["on"] or today
        answers = bulk_check.check(form.asked, on)
        if "signed" in request.POST:
            try:
                return _file(request, answers, on)
            except signing.NoKey:
                form.add_error(None, UNSIGNED)
        context |= {
            "on": on,
            "at": request.received_at,
            "answers": answers,
            "asked": "\n".join(form.asked),
            "counts": Counter(one.label for one in answers).most_common(),
        }
    return render(request, "tiers/public/check.html", context)


def _file(request: Received, answers: list[bulk_check.Answer], on: date) -> HttpResponse:
    site = request.build_absolute_uri("/").rstrip("/")
    made = check_result.archive(answers, on, site=site, at=request.received_at)
    response = HttpResponse(made, content_type="application/zip")
    name = f"名录核验结果_{on:%Y%m%d}.zip"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response
