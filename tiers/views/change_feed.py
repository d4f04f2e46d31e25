"""The changes of the register as Atom and as JSON Feed."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.feedgenerator import Atom1Feed
from django.views.decorators.http import require_safe

from registry.access import Received
from tiers import change_feed

NAME = "智能工厂名录变更"
FORMS = ("atom", "json")


class PagedFeed(Atom1Feed):
    """With the address of the next page (RFC 5005)."""

    def add_root_elements(self, handler: Any) -> None:
        super().add_root_elements(handler)
        if older := self.feed["older"]:
            handler.addQuickElement("link", "", {"rel": "next", "href": older})


@require_safe
@login_not_required
def changes(request: Received, form: str) -> HttpResponse:
    """A page of changes; whoever has it already is told so."""
    if form not in FORMS:
        raise Http404
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else None
    etag = f'"{change_feed.newest()}-{before or 0}-{form}"'
    if request.headers.get("If-None-Match") == etag:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = (_atom if form == "atom" else _json)(request, change_feed.page(before))
    answer["ETag"] = etag
    answer["Cache-Control"] = "public, max-age=60"
    return answer


def _older(request: Received, page: change_feed.Page) -> str:
    address = request.build_absolute_uri(request.path)
    return f"{address}?before={page.older}" if page.older else ""


def _atom(request: Received, page: change_feed.Page) -> HttpResponse:
    whole = request.build_absolute_uri
    feed = PagedFeed(
        title=NAME,
        link=whole("/register/"),
        description=NAME,
        language="zh-CN",
        feed_url=whole(),
        older=_older(request, page),
    )
    for one in page.changes:
        feed.add_item(
            title=one.title,
            link=whole(one.path),
            description=one.text,
            unique_id=f"{whole(one.path)}#change-{one.key}",
            updateddate=one.at,
            pubdate=one.at,
            categories=[one.kind],
        )
    return HttpResponse(feed.writeString("utf-8"), content_type=feed.content_type)


def _json(request: Received, page: change_feed.Page) -> HttpResponse:
    whole = request.build_absolute_uri
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": NAME,
        "language": "zh-CN",
        "home_page_url": whole("/register/"),
        "feed_url": whole(),
        "items": [change_feed.entry(one, whole) for one in page.changes],
    }
    if older := _older(request, page):
        feed["next_url"] = older
    kind = "application/feed+json"
    return JsonResponse(feed, json_dumps_params={"ensure_ascii": False}, content_type=kind)
