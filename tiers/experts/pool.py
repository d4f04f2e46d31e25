"""The pool of experts: entered, changed and retired by the province, each with his own account."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit, passwords
from registry.access import Role
from registry.audit import Verb
from registry.models import Authority, Division, Industry, User
from tiers.models import Expert

_WORKED_FOR = re.compile(r"^(?P<name>.+?)[\s，,]+(?P<year>(19|20)\d\d)$")


@dataclass(frozen=True)
class Profile:
    """What is known of an expert besides his account."""

    employer: str
    fields: Sequence[str]
    term_from: date
    term_until: date
    title: str = ""
    group: str = ""
    division: Division | None = None
    consulted: Sequence[Mapping[str, object]] = ()


def fields_known() -> dict[str, str]:
    """The two-digit industries in which a person can be an expert, by code."""
    rows = Industry.objects.filter(level="division").order_by("code")
    return dict(rows.values_list("code", "name"))


def worked_for(lines: Sequence[str]) -> list[dict[str, object]]:
    """Firms with the last year in which he worked for them, as people write them."""
    found: list[dict[str, object]] = []
    for line in (text.strip() for text in lines):
        match = _WORKED_FOR.match(line)
        if match:
            found.append({"name": match["name"], "year": int(match["year"])})
        elif line:
            raise ValidationError(f"“{line[:20]}”后面请空一格写年份，例如 2025")
    return found


def next_codes(office: Authority, count: int) -> list[str]:
    """Codes that nobody of the office's pool bears; its row is held by the caller."""
    borne = Expert.objects.filter(authority=office).values_list("code", flat=True)
    last = max((int(code[1:]) for code in borne), default=0)
    return [f"Z{number:03d}" for number in range(last + 1, last + count + 1)]


def serving(authority: Authority, on: date) -> list[Expert]:
    """Those whose term runs on that day."""
    found = Expert.objects.filter(
        authority=authority,
        retired_at__isnull=True,
        user__is_active=True,
        term_from__lte=on,
        term_until__gte=on,
    )
    return list(found.select_related("user", "division").order_by("code"))


def has_first_password(expert: Expert) -> bool:
    """Whether he still signs in with the password somebody else has read."""
    return bool(expert.first_password) and expert.user.password == expert.first_password


def _office(by: User) -> Authority:
    if by.role != Role.PROVINCE or by.authority is None:
        raise PermissionDenied("评审专家由省级主管部门聘请")
    return by.authority


@transaction.atomic
def enter(
    username: str, name: str, phone: str, profile: Profile, *, by: User, at: datetime
) -> tuple[Expert, str]:
    """Enter an expert with an account of his own. Returns him and his first password, which is
    kept nowhere.
    """
    office = Authority.objects.select_for_update(of=("self",)).get(pk=_office(by).pk)
    if User.objects.filter(username__iexact=username.strip()).exists():
        raise ValidationError({"username": "这个用户名已有人使用，请换一个"})
    _check(profile)
    password = secrets.token_urlsafe(9)
    user = User(username=username.strip(), name=name.strip(), phone=phone.strip(), role=Role.EXPERT)
    user.set_password(password)
    user.save()
    passwords.given(user, at=at)
    expert = Expert(
        user=user,
        authority=office,
        code=next_codes(office, 1)[0],
        first_password=user.password,
    )
    _write(expert, profile)
    audit.record(Verb.ACCOUNT_OPEN, user, by=by, at=at, name=user.username, path=office.path)
    _trail(Verb.EXPERT_ENTER, expert, by=by, at=at)
    return expert, password


@transaction.atomic
def change(
    expert: Expert, name: str, phone: str, profile: Profile, *, by: User, at: datetime
) -> Expert:
    expert = _held(expert, by)
    _check(profile)
    expert.user.name, expert.user.phone = name.strip(), phone.strip()
    expert.user.save(update_fields=["name", "phone"])
    _write(expert, profile)
    _trail(Verb.EXPERT_CHANGE, expert, by=by, at=at)
    return expert


@transaction.atomic
def retire(expert: Expert, *, reason: str, by: User, at: datetime) -> Expert:
    """解聘: he is drawn no more; what he has already given stands."""
    expert = _held(expert, by)
    if not reason.strip():
        raise ValidationError({"reason": "请写明解聘的原因"})
    if expert.retired_at is not None:
        raise ValidationError("这位专家已经解聘", code="stale")
    expert.retired_at, expert.retire_reason = at, reason.strip()
    expert.save(update_fields=["retired_at", "retire_reason"])
    _trail(Verb.EXPERT_RETIRE, expert, by=by, at=at)
    return expert


@transaction.atomic
def new_password(expert: Expert, *, by: User, at: datetime) -> str:
    """Another first password for somebody who lost his."""
    expert = _held(expert, by)
    password = secrets.token_urlsafe(9)
    expert.user.set_password(password)
    passwords.given(expert.user, at=at)
    expert.first_password = expert.user.password
    expert.save(update_fields=["first_password"])
    _trail(Verb.EXPERT_PASSWORD, expert, by=by, at=at)
    return password


def _held(expert: Expert, by: User) -> Expert:
    office = _office(by)
    found = (
        Expert.objects.select_for_update(of=("self",))
        .select_related("user", "authority")
        .filter(pk=expert.pk, authority=office)
        .first()
    )
    if found is None:
        raise PermissionDenied("这位专家不由本单位聘请")
    return found


def _check(profile: Profile) -> None:
    if profile.term_until < profile.term_from:
        raise ValidationError({"term_until": "聘期结束不能早于聘期开始"})
    if not profile.fields:
        raise ValidationError({"fields": "请至少选择一个擅长行业"})
    if set(profile.fields) - set(fields_known()):
        raise ValidationError({"fields": "擅长行业只能从列出的行业中选择"})
    if not profile.employer.strip():
        raise ValidationError({"employer": "请填写工作单位，用来判断是否需要回避"})


def _write(expert: Expert, profile: Profile) -> None:
    expert.fields = sorted(profile.fields)
    expert.title, expert.employer = profile.title.strip(), profile.employer.strip()
    expert.group, expert.division = profile.group.strip(), profile.division
    expert.consulted = [dict(one) for one in profile.consulted]
    expert.term_from, expert.term_until = profile.term_from, profile.term_until
    expert.save()


def _trail(verb: Verb, expert: Expert, *, by: User, at: datetime) -> None:
    audit.record(verb, expert, by=by, at=at, path=expert.authority.path)
