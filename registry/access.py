"""Who may see what: roles, the row-level scope of every query, and the business calendar's
"today".

Imports no models, so that models can import it. Two questions about access have one answer each:
*may see* is ``Model.objects.visible_to(user)``, *may do* is ``tiers.workflow.allowed_actions`` for
a case.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, Self
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from rest_framework.permissions import BasePermission

if TYPE_CHECKING:
    from registry.models import User

SHANGHAI = ZoneInfo("Asia/Shanghai")


class Role(models.TextChoices):
    """What a person is in the scheme. One user has one role in one place; blank sees no case at
    all, and departments and experts only what was sent to them.
    """

    ENTERPRISE = "enterprise", "企业人员"
    COUNTY = "county", "县级经办人员"
    CITY = "city", "市级经办人员"
    PROVINCE = "province", "省级经办人员"
    DEPARTMENT = "department", "征求意见部门人员"
    EXPERT = "expert", "评审专家"
    GROUP = "group", "中央企业集团人员"


OFFICERS = (Role.COUNTY, Role.CITY, Role.PROVINCE)
#: Who works with lists in an office of his own: officers, departments that are asked, groups.
CLERKS = (*OFFICERS, Role.DEPARTMENT, Role.GROUP)


class Seat(models.TextChoices):
    """How far a person's hand reaches in his place; what he sees is the same from every seat.

    A manager, of firms only, speaks for the firm and answers for its people; an editor does the
    work; a reader looks on and changes nothing.
    """

    MANAGER = "manager", "管理员"
    EDITOR = "editor", "经办人员"
    READER = "reader", "查阅人员"


class Duty(models.TextChoices):
    """What an officer can ask another to do in his place; everything else stays with himself."""

    COMPLETE = "complete", "办结环节"
    SEND_BACK = "send_back", "退回补正"
    REJECT = "reject", "不予认定"
    FILING = "filing", "办理备案清单"
    PEOPLE = "people", "确认企业人员"


#: What a reader is told who tries to change something.
READING = "本账号是只读席位，可以查看和打印，不能填报和办理"


#: What a stand-in is told who tries more than he was asked to.
NOT_DELEGATED = "委托不含这件事，不能代为办理。请退出代办，由委托人或其同事办理"


def may_change(user: object, duty: str = "", tier: str = "") -> bool:
    """Whether the person's seat lets him change anything of that kind, and the delegation, if he
    stands in for somebody; pages offer by it.
    """
    if getattr(user, "seat", Seat.READER) == Seat.READER:
        return False
    standing_in = getattr(user, "standing_in", None)
    return standing_in is None or standing_in.covers(duty, tier)


def ensure_may_change(user: User, duty: str = "") -> None:
    """A reader changes nothing, whatever way he takes, and a stand-in nothing but what he was
    asked to.
    """
    if not may_change(user, duty):
        raise PermissionDenied(READING if user.seat == Seat.READER else NOT_DELEGATED)


def business_date(at: datetime) -> date:
    """The calendar day of an aware moment in Shanghai, on which every rule of the scheme turns."""
    if at.tzinfo is None:
        raise ValueError("moments must be aware")
    return at.astimezone(SHANGHAI).date()


def day_of(moment: datetime | None) -> date | None:
    """The business day of a moment that may not have come yet, as lists show it."""
    return business_date(moment) if moment else None


class ScopedQuerySet(models.QuerySet[Any]):
    """Rows a user may see. A model says where it keeps its owner and the authority responsible for
    it.
    """

    enterprise_lookup: str = "enterprise"
    authority_lookup: str = "authority"

    def visible_to(self, user: User) -> Self:
        """Rows of the user's own enterprise, or below the officer's authority; nothing for
        everybody else.
        """
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.of_enterprise(user.enterprise_id)
        if user.role in OFFICERS:
            return self.shown_to_officers().below(user.authority_path)
        return self.none()

    def of_enterprise(self, enterprise_id: int) -> Self:
        return self.filter(**{self.enterprise_lookup: enterprise_id})

    def below(self, path: str) -> Self:
        """Rows whose responsible authority is the one at this path or any beneath it."""
        return self.filter(**{f"{self.authority_lookup}__path__startswith": path})

    def shown_to_officers(self) -> Self:
        return self


class Received(HttpRequest):
    """A request that reached the portal, for annotations: deadlines go by this moment."""

    received_at: datetime


class Request(Received):
    """A request behind the sign-in, for annotations: who asks is known."""

    user: User


def role_required(*roles: str) -> Callable[..., Callable[..., HttpResponse]]:
    """Function views for these roles only; any other signed-in person gets 403."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if getattr(request.user, "role", None) not in roles:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def on_duty(duty: str) -> Callable[..., Callable[..., HttpResponse]]:
    """Function views that are there to change something: whoever may not is turned away at the
    form, not after he has filled it in.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated:
                ensure_may_change(request.user, duty)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


#: For what nobody does in another's place.
changing = on_duty("")


def of_a_firm(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Function views of firms and their offices: who belongs to no firm yet is led to where he
    stands, and whoever is only asked about a case has no such page.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user
        if getattr(user, "role", "") == Role.ENTERPRISE and user.enterprise_id is None:
            return redirect("registry:waiting")
        if getattr(user, "role", "") in (Role.DEPARTMENT, Role.EXPERT, Role.GROUP):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


class HasRole(BasePermission):
    """DRF twin of :func:`role_required`: the viewset names its ``roles``."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return getattr(request.user, "role", None) in getattr(view, "roles", ())
