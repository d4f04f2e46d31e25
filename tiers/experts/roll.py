"""Many experts at once: what each row would do to the pool, done in sets, and taken back.

A new expert comes without a password: his account opens with the first one that is made for him.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from registry import audit
from registry.access import Role
from registry.audit import Verb
from registry.models import Authority, Division, User
from registry.rows import (
    CHUNK,
    Changed,
    Judged,
    changed_since,
    chunks,
    ensure_free,
    ensure_sound,
    held,
    put_back,
    resting,
)
from tiers.experts.pool import fields_known, next_codes, worked_for
from tiers.models import Expert

#: Facts of the person and of the expert, with their captions.
PERSON = {"name": "姓名", "phone": "手机号"}
EXPERT = {
    "employer": "工作单位",
    "title": "职称或职务",
    "group": "所属集团",
    "division": "所在县区",
    "fields": "擅长行业",
    "consulted": "服务过的企业",
    "term_from": "聘期开始",
    "term_until": "聘期结束",
}
NEEDED = ("name", "employer", "fields", "term_from", "term_until")
_BETWEEN = re.compile(r"[；;\n]+")
_BETWEEN_FIELDS = re.compile(r"[、，,；;/\s]+")


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One row; who is in the pool already is known by code, phone, or name and employer."""

    number: int
    code: str = ""
    username: str = ""
    name: str = ""
    phone: str = ""
    employer: str = ""
    title: str = ""
    group: str = ""
    division: str = ""
    fields: str = ""
    consulted: str = ""
    term_from: date | None = None
    term_until: date | None = None


@dataclass
class Ruling(Judged):
    expert: Expert | None = None
    username: str = ""
    person_facts: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What was done for one row, to be taken back by; facts are (before, after)."""

    expert: int
    new: bool
    person_facts: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    facts: Mapping[str, Sequence[Any]] = field(default_factory=dict)


def may_fill(user: User) -> bool:
    return user.role == Role.PROVINCE and user.authority_id is not None


# --- judging ----------------------------------------


def judge(rows: Sequence[Listed], *, by: User) -> list[Ruling]:
    """What each row would do to the pool of the person's office; nothing is written."""
    pool = list(Expert.objects.visible_to(by).select_related("user", "division").order_by("pk"))
    places = Division.objects.in_bulk({row.division for row in rows if row.division})
    names = [row.username.strip().lower() for row in rows if row.username.strip()]
    used = {
        name.lower()
        for some in chunks(names)
        for name in User.objects.filter(username__in=some).values_list("username", flat=True)
    }
    taken: dict[object, int] = {}
    known = fields_known()
    found = []
    for row in rows:
        ruling = Ruling(row.number)
        facts = _said(ruling, row, places, known)
        ruling.expert = _match(ruling, row, pool)
        _judge_facts(ruling, row, facts, known)
        _judge_account(ruling, row, used)
        key = ruling.expert.pk if ruling.expert else row.phone or (row.name, row.employer)
        if (above := taken.setdefault(key, row.number)) != row.number:
            ruling.wrong("name", f"这位专家在第 {above} 行已列过", "删去重复的一行")
        found.append(ruling)
    return found


def _said(
    ruling: Ruling, row: Listed, places: Mapping[str, Division], known: Mapping[str, str]
) -> dict[str, Any]:
    """What the row says; nothing where a cell is empty."""
    said: dict[str, Any] = {name: getattr(row, name) for name in (*PERSON, *EXPERT)}
    said["division"] = places.get(row.division)
    said["fields"] = said["consulted"] = []
    try:
        said["fields"] = fields_in(row.fields, known)
    except ValidationError as refusal:
        ruling.refuse("fields", refusal, "按国民经济行业大类填写，几个之间用顿号分开")
    try:
        said["consulted"] = worked_for(_BETWEEN.split(row.consulted))
    except ValidationError as refusal:
        ruling.refuse("consulted", refusal)
    tidied = {k: v.strip() if isinstance(v, str) else v for k, v in said.items()}
    return {name: value for name, value in tidied.items() if value not in ("", None, [])}


def fields_in(text: str, known: Mapping[str, str]) -> list[str]:
    """The industries of a cell by their codes; ValidationError names what is none. Some names hold
    the sign that stands between two of them.
    """
    for code, name in sorted(known.items(), key=lambda one: -len(one[1])):
        text = text.replace(f"{code}{name}", f"、{code}、").replace(name, f"、{code}、")
    found = [one.strip().lstrip("BCDbcd") for one in _BETWEEN_FIELDS.split(text)]
    if strange := [one for one in found if one and one not in known]:
        raise ValidationError(f"没有“{strange[0]}”这样的行业大类")
    return sorted({one for one in found if one})


def _match(ruling: Ruling, row: Listed, pool: Sequence[Expert]) -> Expert | None:
    code = row.code.strip().upper()
    if code:
        found = next((one for one in pool if one.code == code), None)
        if found is None:
            ruling.wrong("code", "专家库里没有这个代号", "新聘的专家不填代号；填错的请改正")
        return found
    phone = row.phone.strip()
    same = [one for one in pool if phone and one.user.phone == phone]
    name, employer = row.name.strip(), row.employer.strip()
    same = same or [one for one in pool if (one.user.name, one.employer) == (name, employer)]
    if len(same) > 1:
        codes = "、".join(one.code for one in same)
        ruling.clash("name", f"专家库里有几位相符：{codes}", "在专家代号一列写明是哪一位")
    return same[0] if same else None


def _judge_facts(
    ruling: Ruling, row: Listed, facts: Mapping[str, Any], known: Mapping[str, str]
) -> None:
    expert = ruling.expert
    begins = facts.get("term_from") or (expert.term_from if expert else None)
    ends = facts.get("term_until") or (expert.term_until if expert else None)
    if begins and ends and ends < begins:
        ruling.wrong("term_until", "聘期结束早于聘期开始", "核对两个日期")
    if expert is None:
        ruling.new = not row.code.strip()
        for name in NEEDED if ruling.new else ():
            caption = (PERSON | EXPERT)[name]
            if name not in facts and not any(one.key == name for one in ruling.problems):
                ruling.wrong(name, f"新聘的专家没有填写{caption}", f"填写{caption}")
        ruling.person_facts = {k: v for k, v in facts.items() if k in PERSON}
        ruling.facts = {k: v for k, v in facts.items() if k in EXPERT}
        return
    for name, value in facts.items():
        owner: Any = expert.user if name in PERSON else expert
        before = getattr(owner, name)
        if before != value:
            (ruling.person_facts if name in PERSON else ruling.facts)[name] = value
            caption = (PERSON | EXPERT)[name]
            ruling.changes.append(
                (caption, words_of(name, before, known), words_of(name, value, known))
            )
    if expert.retired_at is not None and ruling.changes:
        ruling.clash("code", f"{expert.code}已经解聘", "删去这一行；重新聘请的请在专家库新增")


def _judge_account(ruling: Ruling, row: Listed, used: set[str]) -> None:
    username = row.username.strip()
    if not ruling.new:
        return
    ruling.effects.append("开通账号，初始密码在专家的账号页生成")
    if not username:
        return
    ruling.username = username
    if username.lower() in used:
        ruling.wrong("username", "这个用户名已有人使用", "换一个用户名，或留空由系统编写")
    used.add(username.lower())


def words_of(name: str, value: Any, known: Mapping[str, str]) -> str:
    """A fact as a list shows it."""
    if name == "fields":
        return "、".join(known.get(code, code) for code in value) or "未填写"
    if name == "consulted":
        return "；".join(f"{one['name']} {one['year']}" for one in value) or "未填写"
    return str(value) if value else "未填写"


# --- the act ----------------------------------------


@transaction.atomic
def enter_many(rows: Sequence[Listed], *, by: User, at: datetime, batch: int = 0) -> list[Done]:
    """Enter and change all of them or none; judged again under the office's lock."""
    if not may_fill(by) or by.authority is None:
        raise PermissionDenied("评审专家由省级主管部门聘请")
    office = Authority.objects.select_for_update(of=("self",)).get(pk=by.authority.pk)
    rulings = judge(rows, by=by)
    ensure_sound(rulings)
    done = [_done(one) for one in rulings if one.expert is not None]
    changed = [one for one in rulings if one.expert is not None and not one.new]
    _change(changed, by=by, at=at, batch=batch)
    fresh = [one for one in rulings if one.new]
    _enter(fresh, office, by=by, at=at, batch=batch)
    by_number = {one.number: done for one, done in zip(changed, done, strict=True)}
    return [
        by_number.get(one.number) or Done(one.expert.pk if one.expert else 0, new=True)
        for one in rulings
    ]


def _done(ruling: Ruling) -> Done:
    expert = ruling.expert
    if expert is None:
        raise RuntimeError(f"row {ruling.number} has no expert")
    return Done(
        expert.pk,
        new=False,
        person_facts={k: [getattr(expert.user, k), v] for k, v in ruling.person_facts.items()},
        facts={k: [_kept(getattr(expert, k)), _kept(v)] for k, v in ruling.facts.items()},
    )


def _kept(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.pk if isinstance(value, Division) else value


def _change(rulings: Sequence[Ruling], *, by: User, at: datetime, batch: int) -> None:
    experts, people = [], []
    for ruling in rulings:
        expert: Any = ruling.expert
        if ruling.person_facts:
            people.append(_with(expert.user, ruling.person_facts))
        if ruling.person_facts or ruling.facts:
            experts.append(_with(expert, ruling.facts))
    if people:
        User.objects.bulk_update(people, list(PERSON), batch_size=CHUNK)
    if experts:
        Expert.objects.bulk_update(experts, list(EXPERT), batch_size=CHUNK)
    audit.record_many(_event(Verb.EXPERT_CHANGE, e, by=by, at=at, batch=batch) for e in experts)


def _with(row: Any, facts: Mapping[str, Any]) -> Any:
    for name, value in facts.items():
        setattr(row, name, value)
    return row


def _enter(
    rulings: Sequence[Ruling], office: Authority, *, by: User, at: datetime, batch: int
) -> None:
    codes = next_codes(office, len(rulings))
    for ruling, code in zip(rulings, codes, strict=True):
        username = ruling.username or f"{code.lower()}-{office.code}"
        user = User(username=username, role=Role.EXPERT, **ruling.person_facts)
        user.set_unusable_password()
        ruling.expert = Expert(user=user, authority=office, code=code, **ruling.facts)
    experts = [one.expert for one in rulings if one.expert]
    taken = User.objects.filter(username__in=[one.user.username for one in experts])
    if name := taken.values_list("username", flat=True).first():
        raise ValidationError(f"用户名 {name} 已有人使用，请在用户名一列另写")
    User.objects.bulk_create([one.user for one in experts], batch_size=CHUNK)
    for one in experts:
        one.user_id = one.user.pk
    Expert.objects.bulk_create(experts, batch_size=CHUNK)
    path = office.path
    audit.record_many(
        [
            *(
                audit.event(
                    Verb.ACCOUNT_OPEN, e.user, by=by, at=at, name=e.user.username, path=path
                )
                for e in experts
            ),
            *(_event(Verb.EXPERT_ENTER, e, by=by, at=at, batch=batch) for e in experts),
        ]
    )


def _event(verb: Verb, expert: Expert, *, by: User, at: datetime, **data: Any) -> Any:
    return audit.event(verb, expert, by=by, at=at, path=expert.authority.path, **data)


# --- taken back ----------------------------------------


def rests(done: Sequence[Done]) -> Iterator[str]:
    """What keeps a list of experts from being taken back."""
    fresh = [one.expert for one in done if one.new]
    yield from resting("专家", Expert, fresh)
    experts = Expert.objects.select_related("user").in_bulk([one.expert for one in done])
    if len(experts) < len({one.expert for one in done}):
        yield "导入的专家有的已不在专家库中"
        return
    used = [pk for pk in fresh if _has_begun(experts[pk].user)]
    if used:
        codes = "、".join(experts[pk].code for pk in used[:5])
        yield f"{codes}等 {len(used)} 位专家已生成初始密码或登录过，可逐位解聘"
    yield from changed_since("专家：", _changed(done, experts))
    yield from changed_since("专家：", _people(done, experts))


def _has_begun(user: User) -> bool:
    return user.last_login is not None or user.has_usable_password()


def _changed(done: Sequence[Done], experts: Mapping[int, Expert]) -> list[Changed]:
    return [
        (
            experts[one.expert],
            {
                name: [date.fromisoformat(v) if name.startswith("term_") else v for v in both]
                for name, both in one.facts.items()
            },
        )
        for one in done
        if one.facts
    ]


def _people(done: Sequence[Done], experts: Mapping[int, Expert]) -> list[Changed]:
    return [(experts[one.expert].user, one.person_facts) for one in done if one.person_facts]


@transaction.atomic
def take_back(done: Sequence[Done], *, by: User, at: datetime, batch: int = 0) -> None:
    """Undo a list as long as none of its new experts has been drawn or has begun."""
    experts = held(Expert, {one.expert for one in done}, "user", "authority")
    ensure_free(rests(done))
    put_back(_changed(done, experts))
    put_back(_people(done, experts))
    changed = {one.expert for one in done if one.facts or one.person_facts}
    made = [experts[one.expert] for one in done if one.new]
    audit.record_many(
        [
            *(_event(Verb.EXPERT_CHANGE, experts[pk], by=by, at=at, undone=batch)
              for pk in sorted(changed)),
            *(_event(Verb.EXPERT_ERASE, one, by=by, at=at, batch=batch) for one in made),
        ]
    )  # fmt: skip
    Expert.objects.filter(pk__in=[one.pk for one in made]).delete()
    User.objects.filter(pk__in=[one.user_id for one in made]).delete()
