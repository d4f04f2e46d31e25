"""The public keys, at an address that stays."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from registry import digests, signing


def _tag(request: HttpRequest) -> str:
    return f'"{digests.of(signing.published())[:16]}"'


@login_not_required
@require_safe
@cache_control(public=True, max_age=60)
@condition(etag_func=_tag)
def signing_keys(request: HttpRequest) -> HttpResponse:
    """All keys, retired ones too: what they signed must stay checkable."""
    return JsonResponse(signing.published(), json_dumps_params={"indent": 1})
