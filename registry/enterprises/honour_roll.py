"""Many honours at once (既有称号): what each row would do.

Where ``enters`` is said, a row brings its firm and factory into the register too, as lists of older
schemes name firms that nobody has entered yet.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError

from registry import creditcode
from registry.access import OFFICERS, Role
from registry.enterprises import roll
from registry.enterprises.honours import JUDGES
from registry.models import Authority, Enterprise, Factory, Honour, User
from registry.policy import HonourKind
from registry.rows import (
    Judged,
    chunks,
    rested_on,
)

CAPTIONS = {"awarded_on": "授予日期", "note": "说明", "verified_at": "核实"}


@dataclass(frozen=True, kw_only=True)
class Named:
    """One row: an honour of a firm, or of one of its factories. ``place`` is where a factory lies
    that the row may bring in.
    """

    number: int
    credit_code: str
    name: str
    factory_name: str = ""
    place: str = ""
    kind: str
    document_no: str
    awarded_on: date | None
    note: str = ""
    source: str = ""


@dataclass
class Ruling(Judged):
    enterprise: Enterprise | None = None
    factory: Factory | None = None
    honour: Honour | None = None
    kind: HonourKind | None = None
    #: What the row brings into the register before the honour.
    listed: roll.Listed | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    verifies: bool = False


@dataclass
class _Known:
    firms: dict[str, Enterprise]
    seen: set[int]
    factories: dict[int, list[Factory]]
    honours: dict[tuple[int, int | None, str, str], Honour]
    rested_on: set[int]
    kinds: Mapping[str, HonourKind]


def judge_honours(
    rows: Sequence[Named],
    kinds: Mapping[str, HonourKind],
    *,
    by: User,
    on: date,
    enters: bool = False,
) -> list[Ruling]:
    """What each row would do; ``kinds`` are the honours it may be about."""
    known = _read(rows, kinds, by)
    taken: dict[tuple[str, ...], int] = {}
    found = [_judge(row, known, taken, by=by, on=on, enters=enters) for row in rows]
    listed = [ruling.listed for ruling in found if ruling.listed]
    entering = {one.number: one for one in roll.judge(listed, by=by)} if listed else {}
    for ruling in found:
        if one := entering.get(ruling.number):
            ruling.problems += [p for p in one.problems if p not in ruling.problems]
            ruling.effects = [*one.effects, *ruling.effects]
    return found


def _read(rows: Sequence[Named], kinds: Mapping[str, HonourKind], by: User) -> _Known:
    firms: dict[str, Enterprise] = {}
    for some in chunks(sorted({creditcode.tidy(row.credit_code) for row in rows})):
        found = Enterprise.objects.filter(credit_code__in=some).select_related("authority")
        firms |= {one.credit_code: one for one in found.prefetch_related("former_names")}
    seen: set[int] = set()
    factories: dict[int, list[Factory]] = {}
    honours: dict[tuple[int, int | None, str, str], Honour] = {}
    for part in chunks([one.pk for one in firms.values()]):
        visible = Enterprise.objects.visible_to(by).filter(pk__in=part)
        seen |= set(visible.values_list("pk", flat=True))
        standing = Factory.objects.filter(enterprise__in=part).select_related("authority")
        for one in standing.order_by("pk"):
            factories.setdefault(one.enterprise_id, []).append(one)
        for honour in Honour.objects.filter(enterprise__in=part):
            key = (honour.enterprise_id, honour.factory_id, honour.kind, honour.document_no)
            honours[key] = honour
    resting = rested_on(Honour, [one.pk for one in honours.values()])
    return _Known(firms, seen, factories, honours, resting, kinds)


def _judge(
    row: Named,
    known: _Known,
    taken: dict[tuple[str, ...], int],
    *,
    by: User,
    on: date,
    enters: bool,
) -> Ruling:
    ruling = Ruling(row.number)
    try:
        code = creditcode.clean(row.credit_code)
    except ValidationError as refusal:
        ruling.refuse("credit_code", refusal)
        code = ""
    _judge_terms(ruling, row, known, on)
    if not code:
        return ruling
    key = (code, creditcode.tidy_name(row.factory_name), row.kind, row.document_no.strip())
    if (above := taken.setdefault(key, row.number)) != row.number:
        ruling.wrong("credit_code", f"这项称号在第 {above} 行已列过", "删去重复的一行")
    firm = ruling.enterprise = known.firms.get(code)
    if not _judge_holder(ruling, row, firm, known, by=by, enters=enters) or ruling.problems:
        ruling.new = True
        if ruling.listed:
            ruling.effects.append(_recording(_ranks(ruling.kind, by)))
        return ruling
    factory = ruling.factory.pk if ruling.factory else None
    place = (firm.pk if firm else 0, factory, row.kind, row.document_no.strip())
    ruling.honour = known.honours.get(place)
    if ruling.honour is None:
        ruling.new = True
        ruling.effects.append(_recording(judges_row(ruling, row, by)))
    else:
        _judge_recorded(ruling, row, ruling.honour, known, by)
    return ruling


def _judge_terms(ruling: Ruling, row: Named, known: _Known, on: date) -> None:
    ruling.kind = known.kinds.get(row.kind)
    if ruling.kind is None:
        names = "、".join(kind.name for kind in known.kinds.values())
        ruling.wrong("kind", "没有写明是哪一项称号", f"填写{names}中的一项")
    if not row.document_no.strip():
        ruling.wrong("document_no", "没有填写授予称号的文号", "按公布文件填写文号")
    if row.awarded_on is None:
        ruling.wrong("awarded_on", "没有填写授予日期", "按公布文件填写日期")
    elif row.awarded_on > on:
        ruling.wrong("awarded_on", "授予日期晚于今天", "按公布文件填写日期")


def _judge_holder(
    ruling: Ruling,
    row: Named,
    firm: Enterprise | None,
    known: _Known,
    *,
    by: User,
    enters: bool,
) -> bool:
    """Whether firm and factory stand in the register already."""
    if firm is None or (firm.pk not in known.seen and not row.factory_name):
        if enters and firm is None:
            ruling.listed = _listed(row)
        elif firm is None:
            cure = "先导入企业名录或登记这家企业，再导入称号"
            ruling.wrong("credit_code", "没有登记这家企业", cure)
        else:
            ruling.clash("credit_code", "这家企业不归本部门管辖", "由当地主管部门登记")
        return False
    _judge_name(ruling, row, firm)
    held_here = known.factories.get(firm.pk, [])
    if not row.factory_name:
        if len(held_here) > 1:
            ruling.effects.append(f"没有写明工厂，企业有 {len(held_here)} 座工厂，不能对应认定")
        return True
    name = creditcode.tidy_name(row.factory_name)
    ruling.factory = next((one for one in held_here if one.name == name), None)
    if ruling.factory is not None:
        if not ruling.factory.authority.path.startswith(by.authority_path):
            said = f"“{name}”由{ruling.factory.authority.short_name}管辖"
            ruling.clash("factory_name", said, "由当地主管部门登记")
        return True
    if enters:
        ruling.listed = _listed(row, known_as=firm.name)
        return False
    others = "、".join(one.name for one in held_here) or "还没有工厂"
    ruling.wrong("factory_name", f"没有登记这座工厂，企业名下：{others}", "改正名称，或先登记工厂")
    return False


def _listed(row: Named, known_as: str = "") -> roll.Listed:
    return roll.Listed(
        number=row.number,
        credit_code=row.credit_code,
        name=known_as or row.name,
        seat="" if known_as else row.place,
        factory_name=row.factory_name,
        factory_place=row.place if row.factory_name else "",
    )


def _judge_name(ruling: Ruling, row: Named, firm: Enterprise) -> None:
    """The list may call the firm by the name it bore then."""
    name = creditcode.tidy_name(row.name)
    if not name or name == firm.name:
        return
    if any(old.name == name for old in firm.former_names.all()):
        ruling.effects.append(f"名单上是曾用名，现名{firm.name}")
        return
    said = f"这个代码登记的企业名称是“{firm.name}”"
    cure = "企业已更名的，请先在企业页办理“更名”（凭变更登记通知书）；填错的请改正"
    ruling.clash("name", said, cure)


def _judge_recorded(ruling: Ruling, row: Named, honour: Honour, known: _Known, by: User) -> None:
    judges = judges_row(ruling, row, by) and honour.withdrawn_on is None
    if row.awarded_on is not None and row.awarded_on != honour.awarded_on:
        said = f"登记的授予日期是 {honour.awarded_on:%Y-%m-%d}"
        if honour.pk in known.rested_on:
            ruling.clash("awarded_on", f"{said}，已据此办理认定", "核对公布文件，不能再改日期")
        elif honour.verified_at is not None and not judges:
            ruling.clash("awarded_on", f"{said}，已核实", "核对公布文件，确有错误的由授予部门更正")
        else:
            ruling.facts["awarded_on"] = row.awarded_on
            ruling.changes.append(("授予日期", f"{honour.awarded_on}", f"{row.awarded_on}"))
    if row.note.strip() and row.note.strip() != honour.note:
        ruling.facts["note"] = row.note.strip()
        ruling.changes.append(("说明", honour.note or "未填写", row.note.strip()))
    if honour.verified_at is None and judges:
        ruling.verifies = True
        ruling.changes.append(("核实", "未核实", "已核实"))
    if honour.withdrawn_on is not None and ruling.facts:
        said = f"这项称号已于 {honour.withdrawn_on:%Y-%m-%d} 取消"
        ruling.clash("kind", said, "删去这一行；取消有误的，由授予部门处理")


def _recording(verified: bool) -> str:
    return "登记称号并核实" if verified else "登记称号，待授予部门核实"


def _ranks(kind: HonourKind | None, by: User) -> bool:
    """Whether the officer's level can say that an honour of this kind was given."""
    if kind is None:
        return False
    return OFFICERS.index(Role(by.role)) >= OFFICERS.index(JUDGES[kind.scope])


def judges_row(ruling: Ruling, row: Named, by: User) -> bool:
    """As ``honours.may_judge``, for a row that is no honour yet."""
    place: Authority | None = ruling.factory.authority if ruling.factory else None
    if place is None and ruling.enterprise is not None:
        place = ruling.enterprise.authority
    return (
        place is not None and _ranks(ruling.kind, by) and place.path.startswith(by.authority_path)
    )
