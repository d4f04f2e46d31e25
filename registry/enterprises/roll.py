"""Many firms and factories at once (名录): what each row would do.

The same rules as the single acts. A row names a firm and, where it likes, one of its factories;
what it leaves empty it says nothing about. Names, seats and places are changed by acts of their
own, never by a list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from registry import creditcode
from registry.models import Division, Enterprise, Factory, Industry, User
from registry.rows import Judged, chunks

FIRM_FACTS = ("address", "industry", "size", "above_scale")
FACTORY_FACTS = ("address", "industry", "products")
#: A new factory lies in one of the places below, where there are any.
_WIDE = (Division.Level.PROVINCE, Division.Level.PREFECTURE)
CAPTIONS = {
    "address": "注册地址",
    "industry": "所属行业",
    "size": "企业规模",
    "above_scale": "规模以上工业企业",
    "factory_address": "工厂地址",
    "factory_industry": "工厂所属行业",
    "factory_products": "主要产品",
}


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One row: a firm, with what is known of it, and one of its factories or none. Places and
    industries by their codes.
    """

    #: The row's number where it was sent, for what is said about it.
    number: int
    credit_code: str
    name: str
    seat: str = ""
    address: str = ""
    industry: str = ""
    size: str = ""
    above_scale: bool | None = None
    factory_name: str = ""
    factory_place: str = ""
    factory_address: str = ""
    factory_industry: str = ""
    factory_products: str = ""


@dataclass
class Ruling(Judged):
    """A row of the roll with what of it stands in the register already."""

    code: str = ""
    name: str = ""
    seat: Division | None = None
    place: Division | None = None
    enterprise: Enterprise | None = None
    factory_name: str = ""
    factory: Factory | None = None
    firm_new: bool = False
    factory_new: bool = False
    #: What the row says of them, as far as the register does not say the same.
    firm_facts: dict[str, Any] = field(default_factory=dict)
    factory_facts: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Known:
    """The register as far as the rows touch it."""

    firms: dict[str, Enterprise]
    seen: set[int]
    factories: dict[tuple[int, str], Factory]
    places: dict[str, Division]
    industries: dict[str, Industry]

    def facts(self, row: Listed, names: Sequence[str], prefix: str = "") -> dict[str, Any]:
        """What the row says; nothing where a cell is empty."""
        said = {name: getattr(row, f"{prefix}{name}") for name in names}
        said["industry"] = self.industries.get(said["industry"])
        tidied = {k: v.strip() if isinstance(v, str) else v for k, v in said.items()}
        return {name: value for name, value in tidied.items() if value not in ("", None)}


def judge(rows: Sequence[Listed], *, by: User) -> list[Ruling]:
    """What each row would do; nothing is written. A row is also measured by those above it."""
    known = _read(rows, by)
    first: dict[str, Listed] = {}
    taken: dict[tuple[str, str], int] = {}
    found = []
    for row in rows:
        ruling = Ruling(row.number, code=creditcode.tidy(row.credit_code))
        ruling.seat, ruling.place = known.places.get(row.seat), known.places.get(row.factory_place)
        _judge_firm(ruling, row, known)
        _judge_factory(ruling, row, known, by)
        _judge_repeats(ruling, row, first, taken)
        found.append(ruling)
    _judge_reach(found, by)
    for ruling in found:
        _judge_closed(ruling)
        _say(ruling)
    return found


def _read(rows: Sequence[Listed], by: User) -> _Known:
    firms: dict[str, Enterprise] = {}
    for some in chunks(sorted({creditcode.tidy(row.credit_code) for row in rows})):
        found = Enterprise.objects.filter(credit_code__in=some).prefetch_related("former_names")
        related = found.select_related("seat__authority", "authority", "industry")
        firms |= {one.credit_code: one for one in related}
    seen: set[int] = set()
    factories: dict[tuple[int, str], Factory] = {}
    for part in chunks([one.pk for one in firms.values()]):
        visible = Enterprise.objects.visible_to(by).filter(pk__in=part)
        seen |= set(visible.values_list("pk", flat=True))
        standing = Factory.objects.filter(enterprise__in=part)
        for one in standing.select_related("authority", "division", "industry"):
            factories[one.enterprise_id, one.name] = one
    places = {code for row in rows for code in (row.seat, row.factory_place) if code}
    industries = {code for row in rows for code in (row.industry, row.factory_industry) if code}
    return _Known(
        firms,
        seen,
        factories,
        {one.pk: one for one in Division.objects.filter(pk__in=places).select_related("authority")},
        Industry.objects.in_bulk(industries),
    )


# --- the firm ----------------------------------------


def _judge_firm(ruling: Ruling, row: Listed, known: _Known) -> None:
    ruling.name = creditcode.tidy_name(row.name)
    try:
        ruling.code = creditcode.clean(row.credit_code)
    except ValidationError as refusal:
        ruling.refuse("credit_code", refusal)
        ruling.code = ""
        return
    if len(ruling.name) < 4:
        ruling.wrong("name", "企业名称没有填写完整", "按营业执照填写企业全称")
    firm = ruling.enterprise = known.firms.get(ruling.code)
    facts = known.facts(row, FIRM_FACTS)
    if firm is None:
        ruling.firm_new, ruling.firm_facts = True, facts
        if ruling.seat is None and ruling.place is None:
            ruling.wrong("seat", "新登记的企业没有注册地", "填写注册地所在的县（市、区）")
        return
    _judge_known(ruling, firm)
    if firm.pk in known.seen:
        _compare(ruling, firm, facts, "")
    elif not row.factory_name:
        ruling.clash(
            "credit_code",
            "这家企业不归本部门管辖，在本辖区也没有工厂",
            "只登记它在本辖区的工厂时，填写工厂名称和所在地；否则删去这一行",
        )


def _judge_known(ruling: Ruling, firm: Enterprise) -> None:
    """What a list does not change."""
    if ruling.seat is not None and firm.seat is not None and ruling.seat != firm.seat:
        said = f"登记的注册地是{firm.seat.name}"
        ruling.clash("seat", said, "导入不改注册地，请核对；工厂搬迁的请办理“工厂搬迁”")
    if not ruling.name or ruling.name == firm.name:
        return
    if any(old.name == ruling.name for old in firm.former_names.all()):
        ruling.clash("name", f"“{ruling.name}”是曾用名，现名是“{firm.name}”", "改填现名")
        return
    ruling.clash(
        "name",
        f"这个代码登记的企业名称是“{firm.name}”",
        "企业已更名的，请先在企业页办理“更名”（凭变更登记通知书）；填错的请改正",
    )


def _compare(
    ruling: Ruling, row: Enterprise | Factory, facts: Mapping[str, Any], prefix: str
) -> None:
    """Put down which of the stated facts are others than those on record."""
    kept = ruling.factory_facts if prefix else ruling.firm_facts
    for name, value in facts.items():
        before = getattr(row, name)
        # The last two levels of the list of industries often bear one name.
        same = before is not None and name == "industry" and before.name == value.name
        if before == value or same:
            continue
        kept[name] = value
        caption = CAPTIONS[f"{prefix}{name}"]
        ruling.changes.append((caption, words_of(name, before), words_of(name, value)))


def words_of(name: str, value: Any) -> str:
    """A fact as a list shows it."""
    if value in ("", None):
        return "未填写"
    if name == "size":
        return str(Enterprise.Size(value).label)
    if name == "above_scale":
        return "是" if value else "否"
    return str(value)


# --- the factory ----------------------------------------


def _judge_factory(ruling: Ruling, row: Listed, known: _Known, by: User) -> None:
    facts = known.facts(row, FACTORY_FACTS, "factory_")
    if not row.factory_name:
        if ruling.place is not None or facts:
            ruling.wrong("factory_name", "填了工厂的情况，没有工厂名称", "填写工厂名称")
        return
    name = ruling.factory_name = creditcode.tidy_name(row.factory_name)
    if len(name) < 2:
        ruling.wrong("factory_name", "工厂名称没有填写完整", "填写能区分的工厂名称")
        return
    firm = ruling.enterprise
    factory = ruling.factory = known.factories.get((firm.pk, name)) if firm else None
    if factory is None:
        ruling.factory_new, ruling.factory_facts = True, facts
        _judge_place(ruling, by)
    elif not factory.authority.path.startswith(by.authority_path):
        said = f"“{factory.name}”由{factory.authority.short_name}管辖"
        ruling.clash("factory_name", said, "请由当地主管部门更新，或删去这一行")
    elif ruling.place is not None and ruling.place != factory.division:
        was = factory.division.name if factory.division else "境外"
        cure = "已搬迁的请办理“工厂搬迁”，填错的请改正"
        ruling.clash("factory_place", f"登记的工厂所在地是{was}", cure)
    else:
        _compare(ruling, factory, facts, "factory_")


def _judge_place(ruling: Ruling, by: User) -> None:
    """Where a new factory lies; at the seat of its firm unless the row says otherwise."""
    key = "factory_place" if ruling.place else "seat"
    place = ruling.place = ruling.place or ruling.seat or _seat_of(ruling.enterprise)
    if place is None:
        ruling.wrong("factory_place", "新登记的工厂没有所在地", "填写工厂所在的县（市、区）")
        return
    office = place.authority
    if place.level in _WIDE and place.children.exists():
        ruling.wrong(key, f"{place.name}没有写到县（市、区）", "填写工厂所在的县（市、区）")
    elif office is None:
        ruling.wrong(key, f"{place.name}没有主管部门", "填写本平台覆盖省份内的县（市、区）")
    elif not office.path.startswith(by.authority_path):
        said = f"{place.name}不归本部门管辖"
        ruling.wrong(key, said, "改正所在地；在别处的工厂由当地主管部门登记")


def _seat_of(firm: Enterprise | None) -> Division | None:
    return firm.seat if firm else None


# --- rows beside each other ----------------------------------------


def _judge_repeats(
    ruling: Ruling, row: Listed, first: dict[str, Listed], taken: dict[tuple[str, str], int]
) -> None:
    """Each factory is named once, and rows of one firm agree about it; the first one speaks."""
    if not ruling.code:
        return
    key = (ruling.code, creditcode.tidy_name(row.factory_name))
    if key in taken:
        what = "这座工厂" if row.factory_name else "这家企业"
        ruling.wrong("credit_code", f"{what}在第 {taken[key]} 行已列过", "删去重复的一行")
        return
    taken[key] = row.number
    other = first.setdefault(ruling.code, row)
    if other is row:
        return
    ruling.firm_new = False
    said, cure = f"第 {other.number} 行是同一代码", "核对哪一行的代码或内容填错了，两行改成一致"
    told = any(problem.key == "name" for problem in ruling.problems)
    if not told and creditcode.tidy_name(row.name) != creditcode.tidy_name(other.name):
        ruling.wrong("name", f"{said}，企业名称不同", cure)
    for name in ("seat", *FIRM_FACTS):
        value = getattr(row, name)
        if value not in ("", None) and value != getattr(other, name):
            caption = CAPTIONS.get(name, "注册地")
            ruling.wrong(name, f"{said}，{caption}不同或没有填写", cure)
    said_before = {CAPTIONS[name] for name in ruling.firm_facts}
    ruling.firm_facts = {}
    ruling.changes = [one for one in ruling.changes if one[0] not in said_before]


def _judge_reach(found: Sequence[Ruling], by: User) -> None:
    """A new firm from elsewhere comes with a factory below the office, or whoever has entered it
    would not see it; and a firm that is not entered takes its other rows with it.
    """
    faulty: dict[str, int] = {}
    for ruling in found:
        office = ruling.seat.authority if ruling.seat else by.authority
        beyond = office is not None and not office.path.startswith(by.authority_path)
        if ruling.firm_new and beyond and not ruling.factory_new:
            said = "注册地不归本部门管辖"
            cure = "在同一行登记它在本辖区内的工厂，或由当地主管部门登记"
            ruling.wrong("seat", said, cure)
        if ruling.firm_new and ruling.problems:
            faulty.setdefault(ruling.code, ruling.number)
        elif ruling.enterprise is None and ruling.code in faulty and not ruling.problems:
            above = faulty[ruling.code]
            ruling.wrong("credit_code", f"第 {above} 行是同一企业，有误", f"先改正第 {above} 行")


def _judge_closed(ruling: Ruling) -> None:
    """Nothing is done any more with a firm that has gone over to another."""
    firm = ruling.enterprise
    if firm is not None and firm.closed_on and (ruling.changes or ruling.factory_new):
        said = f"{firm.name}已于 {firm.closed_on:%Y-%m-%d} 注销"
        ruling.clash("credit_code", said, "以承继它的企业登记，或删去这一行")


def _say(ruling: Ruling) -> None:
    ruling.new = ruling.firm_new or ruling.factory_new
    if ruling.firm_new:
        ruling.effects.append("登记企业")
    if ruling.factory_new:
        ruling.effects.append("登记工厂")
