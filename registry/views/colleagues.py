"""A firm's own people: who sits where, who is invited, and how the invited come in."""

from __future__ import annotations

from typing import Any

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from registry import enterprises
from registry.access import SHANGHAI, Request, Role, business_date, role_required
from registry.audit import Verb
from registry.forms.cascade import read
from registry.forms.people import InviteForm, JoinAnewForm, JoinForm, SeatForm
from registry.models import AuditEvent, Enterprise, Invitation, User
from registry.views.pages import form_page

BACKEND = "django.contrib.auth.backends.ModelBackend"
CODE = "invitation_code"
HISTORY = 20
VERBS = [verb for verb in Verb if verb.startswith(("invitation.", "person.", "claim.confirm"))]
STATES = {"open": "等待加入", "used": "已加入", "revoked": "已撤回", "ended": "已过期"}


def people_of_firm(request: Request) -> HttpResponse:
    """Everybody of the firm with his seat; for its managers the invitations too."""
    firm, on = request.user.enterprise, business_date(request.received_at)
    if firm is None:
        return redirect("registry:waiting")
    manages = enterprises.may_manage(request.user)
    invitations = firm.invitations.filter(used_at=None).order_by("-made_at") if manages else ()
    context = {
        "firm": firm,
        "people": enterprises.staff_of(firm).order_by("pk"),
        "manages": manages,
        "invitations": [
            (one, one.state(on), STATES[one.state(on)]) for one in invitations[:HISTORY]
        ],
        "history": history(firm),
        "days": enterprises.DAYS,
    }
    return render(request, "registry/colleagues.html", context)


def history(firm: Enterprise) -> list[dict[str, str]]:
    """What happened among the firm's people, newest first; of officers only that they acted."""
    found = AuditEvent.objects.filter(enterprise_id=firm.pk, verb__in=VERBS)
    events = list(found.order_by("-at", "-pk")[:HISTORY])
    subjects = [int(e.target_id) for e in events if e.target_type == "registry.user"]
    actors = [e.actor_id for e in events if e.actor_id]
    known = User.objects.filter(pk__in=[*subjects, *actors], role=Role.ENTERPRISE)
    names = dict(known.values_list("pk", "name"))
    return [
        {
            "when": event.at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M"),
            "title": str(Verb(event.verb).label),
            "actor": names.get(event.actor_id or 0, "主管部门"),
            "note": _note(event, names),
        }
        for event in events
    ]


def _note(event: AuditEvent, names: dict[int, str]) -> str:
    """Whom it concerned, where that was somebody else, and the reason given."""
    parts = []
    if event.target_type == "registry.user" and event.target_id != str(event.actor_id):
        parts.append(names.get(int(event.target_id), ""))
    parts.append(event.data.get("reason", ""))
    return "：".join(part for part in parts if part)


def _manager(request: Request) -> Enterprise:
    """The firm whose people this person manages."""
    firm = request.user.enterprise
    if firm is None or not enterprises.may_manage(request.user):
        raise PermissionDenied("人员由本企业管理员管理")
    return firm


@role_required(Role.ENTERPRISE)
def invite(request: Request) -> HttpResponse:
    """Invite a colleague; the code stands on the next page, once."""
    _manager(request)
    form = read(InviteForm, request)

    def act() -> Invitation:
        made, code = enterprises.invite(
            **form.cleaned_data, by=request.user, at=request.received_at
        )
        request.session[CODE] = {"pk": made.pk, "code": code}
        return made

    return form_page(
        request,
        form,
        act,
        done="邀请已生成",
        then=lambda made: reverse("registry:invitation_code", args=[made.pk]),
        title="邀请同事",
        lead="对方凭邀请码加入，不用再等主管部门确认。"
        f"邀请码 {enterprises.DAYS} 天内有效，只能用一次。",
        crumbs=[("人员", reverse("registry:people"))],
        button="生成邀请码",
        back=reverse("registry:people"),
        back_label="返回人员",
    )


def _invitation(request: Request, pk: int) -> Invitation:
    return get_object_or_404(_manager(request).invitations, pk=pk)


@role_required(Role.ENTERPRISE)
@require_safe
def invitation_code(request: Request, pk: int) -> HttpResponse:
    """The code, on this screen only and only now: whoever comes back later finds none."""
    one = _invitation(request, pk)
    held = request.session.pop(CODE, {})
    code = held.get("code", "") if held.get("pk") == one.pk else ""
    join_url = request.build_absolute_uri(reverse("registry:join"))
    context = {"invitation": one, "code": code, "join_url": join_url}
    response = render(request, "registry/invitation_code.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@role_required(Role.ENTERPRISE)
def invitation_renew(request: Request, pk: int) -> HttpResponse:
    """Another code for the same person; the earlier one is worth nothing any more."""
    one = _invitation(request, pk)
    try:
        _, code = enterprises.renew(one, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("registry:people")
    request.session[CODE] = {"pk": one.pk, "code": code}
    return redirect("registry:invitation_code", one.pk)


@require_POST
@role_required(Role.ENTERPRISE)
def invitation_revoke(request: Request, pk: int) -> HttpResponse:
    one = _invitation(request, pk)
    try:
        enterprises.revoke(one, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"已撤回对{one.name}的邀请，邀请码不能再用")
    return redirect("registry:people")


@role_required(Role.ENTERPRISE)
def seat(request: Request, pk: int) -> HttpResponse:
    """Change how far a colleague's hand reaches."""
    person = get_object_or_404(enterprises.staff_of(_manager(request)), pk=pk)
    form = read(SeatForm, request, initial={"seat": person.seat})
    return form_page(
        request,
        form,
        lambda: enterprises.change_seat(
            person, form.cleaned_data["seat"], by=request.user, at=request.received_at
        ),
        done=f"{person.name}的席位已变更",
        then="registry:people",
        title=f"变更{person.name}的席位",
        crumbs=[("人员", reverse("registry:people"))],
        button="变更席位",
        back=reverse("registry:people"),
        back_label="返回人员",
    )


@login_not_required
def join(request: HttpRequest) -> HttpResponse:
    """Come in by an invitation: with a new account, or with the one that is signed in."""
    too_often = request.method == "POST" and consume_or_429(request, action="join")
    if too_often:
        return too_often
    if isinstance(request.user, User):
        return _join_signed_in(request)
    form = read(JoinAnewForm, request)

    def act() -> None:
        given = form.cleaned_data
        user = enterprises.join_anew(form.person(), given["code"], at=_at(request))
        login(request, user, backend=BACKEND)

    return form_page(
        request, form, act, done="账号已开通，您已加入企业", then="/home/",
        template="registry/join.html",
    )  # fmt: skip


def _at(request: Any) -> Any:
    return request.received_at


def _join_signed_in(request: HttpRequest) -> HttpResponse:
    if request.user.role != Role.ENTERPRISE:  # type: ignore[union-attr]
        raise PermissionDenied("只有企业人员能受邀加入企业")
    form = read(JoinForm, request)
    return form_page(
        request,
        form,
        lambda: enterprises.join(request.user, form.cleaned_data["code"], at=_at(request)),  # type: ignore[arg-type]
        done="您已加入企业",
        then="/home/",
        template="registry/join.html",
    )
