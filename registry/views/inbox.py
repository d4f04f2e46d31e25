"""Messages (站内信) of the person who is signed in."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from registry import inbox
from registry.access import Request, business_date
from registry.filters import NotificationFilter
from registry.models import Notification
from registry.views.pages import paged, way_back

INBOX = "registry:inbox"


def message_list(request: Request) -> HttpResponse:
    """Newest first; all of them or the unread ones, of every event or of one."""
    mine = Notification.objects.visible_to(request.user).order_by("-created_at", "-pk")
    found = NotificationFilter(request.GET, mine, request=request)
    context = {
        "filter": found,
        "page": paged(request, found.qs),
        "unread_only": request.GET.get("tab") == "unread",
        "counts": {"all": mine.count(), "unread": mine.unread().count()},
        "today": business_date(request.received_at),
    }
    return render(request, "registry/inbox.html", context)


@require_POST
def message_open(request: Request, pk: int) -> HttpResponse:
    """Mark a message as read and go to what it is about, or stay on the list."""
    notification = get_object_or_404(Notification.objects.visible_to(request.user), pk=pk)
    inbox.read(notification, at=request.received_at)
    if notification.link and "stay" not in request.POST:
        return redirect(notification.link)
    return redirect(way_back(request, reverse(INBOX)))


@require_POST
def read_all(request: Request) -> HttpResponse:
    count = inbox.read_all(request.user, at=request.received_at)
    messages.success(request, f"{count} 条站内信已标为已读")
    return redirect(INBOX)
