"""The browsers in which a person is signed in: noted as he goes, listed to him alone, ended by him.

The rows are allauth's (``UserSession``). Django's own session decides whether a browser is signed
in, so one that was ended here is a stranger at its next request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from registry import audit
from registry.access import Request
from registry.audit import Verb
from registry.models import User

# 最近使用 may lag by this much, so that reading a page does not write to the database.
NOTED_EVERY = timedelta(minutes=5)
NOTED = "noted_at"

# The first word found in what the browser says of itself wins: many name their rivals as well.
MACHINES = {
    "HarmonyOS": "鸿蒙设备",
    "iPhone": "苹果手机",
    "iPad": "苹果平板",
    "Android": "安卓手机",
    "Windows": "Windows 电脑",
    "Macintosh": "苹果电脑",
    "Kylin": "麒麟系统电脑",
    "UOS": "统信系统电脑",
    "Linux": "Linux 电脑",
}
BROWSERS = {
    "MicroMessenger": "微信",
    "DingTalk": "钉钉",
    "360SE": "360 浏览器",
    "360EE": "360 浏览器",
    "QQBrowser": "QQ 浏览器",
    "MetaSr": "搜狗浏览器",
    "HuaweiBrowser": "华为浏览器",
    "Edg": "Edge 浏览器",
    "Firefox": "Firefox 浏览器",
    "Chrome": "Chrome 浏览器",
    "Safari": "Safari 浏览器",
}


def device(user_agent: str) -> str:
    """Machine and browser in words, by what the browser says of itself."""
    machine = next((words for sign, words in MACHINES.items() if sign in user_agent), "")
    browser = next((words for sign, words in BROWSERS.items() if sign in user_agent), "")
    return " · ".join(part for part in (machine, browser) if part) or "未能识别的设备"


def noted(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[..., HttpResponse]:
    """Note every few minutes that a signed-in browser is still in use."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.session.session_key and request.user.is_authenticated:
            at: datetime = request.received_at  # type: ignore[attr-defined]
            last = request.session.get(NOTED)
            if last is None or at - datetime.fromisoformat(last) >= NOTED_EVERY:
                UserSession.objects.create_from_request(request)
                request.session[NOTED] = at.isoformat()
        return get_response(request)

    return middleware


@dataclass(frozen=True)
class Row:
    """One browser as the page shows it."""

    pk: int
    device: str
    address: str
    began: datetime
    seen: datetime
    current: bool


@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: Request) -> HttpResponse:
    """Where I am signed in; a post ends one of them (``end=<number>``) or all but this one."""
    if request.method == "POST":
        return _end(request, request.POST.get("end", ""))
    rows = [
        Row(
            pk=one.pk,
            device=device(one.user_agent),
            address=one.ip,
            began=one.created_at,
            seen=one.last_seen_at,
            current=one.session_key == request.session.session_key,
        )
        for one in UserSession.objects.purge_and_list(request.user)
    ]
    rows.sort(key=lambda row: (row.current, row.seen), reverse=True)
    return render(request, "account/sessions.html", {"rows": rows, "others": len(rows) > 1})


def _end(request: Request, which: str) -> HttpResponse:
    others = UserSession.objects.filter(user=request.user).exclude(
        session_key=request.session.session_key
    )
    if which != "others":
        others = others.filter(pk=int(which)) if which.isdecimal() else others.none()
        if not others:
            raise Http404
    ended = end(list(others), by=request.user, at=request.received_at)
    if ended:
        messages.success(request, f"已结束 {ended} 处登录，再次使用须重新输入密码")
    else:
        messages.info(request, "没有其他登录可以结束")
    return redirect("account_sessions")


@transaction.atomic
def end(ended: list[UserSession], *, by: User, at: datetime) -> int:
    """Sign these browsers of one person out; where they are stays out of the trail."""
    for one in ended:
        one.end()
    if ended:
        audit.record(Verb.SESSION_END, by, by=by, at=at, name=by.username, count=len(ended))
    return len(ended)
