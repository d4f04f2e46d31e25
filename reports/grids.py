"""Every table of figures in one shape, for machines and spreadsheets: the same functions as the
pages call, the same numbers, and for each number what narrows the list to its rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.core.exceptions import PermissionDenied

from registry.access import Role
from registry.models import Authority, User
from registry.policy import Tier
from reports import coverage, durations, funnel, kpis, targets, titles
from reports.models import KpiSpread
from reports.titles import Cell
from tiers.models import CertificationQuerySet, Round, Standing

Value = int | float | Decimal | str | None


@dataclass(frozen=True)
class Row:
    """One line: its name, its values in the order of the columns, and the words that narrow the
    list to the rows behind each ("" where a value opens none).
    """

    label: str
    values: tuple[Value, ...]
    queries: tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table. ``opens`` names the list that the queries are put to, "" for none."""

    heading: str
    first: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    opens: str = ""


@dataclass(frozen=True)
class Asked:
    """What may be asked of a table; each reads what it knows."""

    on: date
    by: str = "unit"
    tier: str = ""
    standing: str | None = None
    industry: str = ""
    round: int | None = None
    kpi: str = ""
    year: int | None = None


@dataclass(frozen=True)
class Kind:
    heading: str
    build: Callable[[User, Authority, Asked], Grid]
    roles: tuple[str, ...] = field(default=(Role.COUNTY, Role.CITY, Role.PROVINCE))


TIER_COLUMNS = (*(str(tier.label) for tier in Tier), "合计")
TITLES, CASES, FACTORIES = "reports:title_rows", "reports:case_rows", "reports:assessment_rows"


def grid(name: str, user: User, asked: Asked) -> Grid:
    """One of ``GRIDS`` over what the person sees. Raises KeyError for a name there is not."""
    kind = GRIDS[name]
    if user.authority is None or user.role not in kind.roles:
        raise PermissionDenied("统计只对主管部门开放")
    return kind.build(user, user.authority, asked)


#: What each table reads of what may be asked, besides the day.
_READS = {
    "titles": ("by", "tier", "standing"),
    "levels": ("industry",),
    "scenarios": ("industry",),
    "funnel": ("tier", "round"),
    "times": ("tier",),
    "bureaus": ("tier",),
}


def words(name: str, user: User, asked: Asked) -> list[str]:
    """What the table was narrowed by and is of, in words."""
    batch = Round.objects.visible_to(user).filter(pk=asked.round).first() if asked.round else None
    standings = {**dict(Standing.choices), titles.RUNNING: "在册"}
    said = {
        "by": ("分组", titles.BY.get(asked.by, "")),
        "tier": ("等级", str(Tier(asked.tier).label) if asked.tier else ""),
        "standing": ("状态", str(standings.get(_standing_of(asked), ""))),
        "industry": ("行业代码", asked.industry),
        "round": ("批次", batch.title if batch else ""),
    }
    read = [said[one] for one in _READS.get(name, ())]
    return [f"统计日期：{asked.on}", *(f"{label}：{word}" for label, word in read if word)]


def _row(label: str, cells: Iterable[Cell | Value]) -> Row:
    values = list(cells)
    return Row(
        label,
        tuple(one.count if isinstance(one, Cell) else one for one in values),
        tuple(one.query if isinstance(one, Cell) else "" for one in values),
    )


def _titles(user: User, office: Authority, asked: Asked) -> Grid:
    seen = _standing(titles.of(user, asked.on), asked)
    if asked.tier:
        seen = seen.filter(tier=asked.tier)
    table = titles.table(seen, asked.by, office)
    fixed = {"on": str(asked.on)}
    if standing := _standing_of(asked):
        fixed["standing"] = standing
    rows = tuple(
        _row(line.label, (Cell(one.count, fixed | one.asked) for one in (*line.cells, line.total)))
        for line in (*table.lines, table.total)
    )
    return Grid("称号", table.heading, TIER_COLUMNS, rows, TITLES)


def _standing_of(asked: Asked) -> str:
    """Titles in force, unless another state is asked for or the table is of the states."""
    if asked.standing is None:
        return "" if asked.by == "standing" else Standing.VALID.value
    return asked.standing


def _standing(seen: CertificationQuerySet, asked: Asked) -> CertificationQuerySet:
    match _standing_of(asked):
        case "":
            return seen
        case titles.RUNNING:
            return seen.running(asked.on)
        case other:
            return seen.filter(standing=other)


def _years(user: User, office: Authority, asked: Asked) -> Grid:
    columns = ("年初在册", "当年认定", *(str(one.label) for one in titles.ENDINGS), "年末在册")
    rows = tuple(
        _row(f"{year.year}年", (year.before, year.begun, *year.endings, year.after))
        for year in titles.years(titles.of(user, asked.on), asked.on)
    )
    return Grid("历年增减", "年份", columns, rows, TITLES)


def _targets(user: User, office: Authority, asked: Asked) -> Grid:
    columns = ("目标", "已达到", "一年前", "在办申报", "期内到期", "按近一年速度")
    rows = tuple(
        _row(
            str(one.tier.label),
            (
                one.wanted, one.reached, one.a_year_ago, one.pipeline.count, one.ending,
                one.at_this_pace(asked.on),
            ),
        )
        for one in targets.targets(user, asked.on)
    )  # fmt: skip
    return Grid("行动目标", "等级", columns, rows, TITLES)


def _picture(user: User, asked: Asked) -> coverage.Picture:
    rows = coverage.newest(user, asked.on)
    narrow = {"on": str(asked.on)}
    if asked.industry:
        rows = rows.filter(factory__industry__code__startswith=asked.industry)
        narrow["industry"] = asked.industry
    return coverage.picture(rows, user, asked.on, narrow)


def _levels(user: User, office: Authority, asked: Asked) -> Grid:
    rows = tuple(_row(one.name, (one.factories,)) for one in _picture(user, asked).levels)
    return Grid("能力成熟度等级", "等级", ("工厂",), rows, FACTORIES)


def _scenarios(user: User, office: Authority, asked: Asked) -> Grid:
    columns = ("环节", "工厂", "其中应用人工智能", "实例")
    rows = tuple(
        _row(f"{one.no} {one.name}", (one.stage, one.factories, one.with_ai, one.instances))
        for one in _picture(user, asked).scenarios
    )
    return Grid("典型场景", "典型场景", columns, rows, FACTORIES)


def _funnel(user: User, office: Authority, asked: Asked) -> Grid:
    tier = Tier(asked.tier or Tier.BASIC)
    batch = Round.objects.visible_to(user).filter(pk=asked.round).first() if asked.round else None
    narrow = {"tier": tier.value} | ({"round": str(batch.pk)} if batch else {})
    found = funnel.funnel(funnel.of(user, tier, batch), user, tier, asked.on, narrow)
    columns = ("到达", "停留", *funnel.AGE_LABELS.values(), "超期")
    none = (None,) * (len(columns) - 1)
    stops = (
        _row(one.label, (one.reached, one.waiting, *one.ages, one.late)) for one in found.stops
    )
    ends = (_row(label, (cell, *none)) for label, cell in found.ends)
    rows = (_row("企业提交", (found.submitted, *none)), *stops, *ends)
    return Grid("申报进展", "环节", columns, rows, CASES)


TIME_COLUMNS = ("件数", "中位数（工作日）", "90% 的件不超过（工作日）", "企业补正中位数（工作日）")


def _times(user: User, office: Authority, asked: Asked) -> Grid:
    narrow = {"tier": asked.tier} if asked.tier else {}
    lines, total = durations.by_unit(durations.of(user, asked.tier), office, asked.on, narrow)
    rows = tuple(
        _row(one.label, (one.cases, one.median, one.high, one.paused)) for one in (*lines, total)
    )
    return Grid("从提交到结果的用时", "地区", TIME_COLUMNS, rows, CASES)


def _bureaus(user: User, office: Authority, asked: Asked) -> Grid:
    narrow = {"tier": asked.tier} if asked.tier else {}
    found = durations.by_bureau(durations.of(user, asked.tier), office, asked.on, narrow)
    rows = tuple(
        _row(one.label, (one.step, one.cases, one.median, one.high, one.paused, one.in_time))
        for one in found
    )
    return Grid("各部门各环节用时", "部门", ("环节", *TIME_COLUMNS, "按时办结"), rows, CASES)


def _kpis(user: User, office: Authority, asked: Asked) -> Grid:
    province = office.province_code
    known = kpis.kpis_of(province, asked.on)
    kpi = next((one for one in known if one.id == asked.kpi), known[0])
    table = kpis.table(province, kpi, asked.year or kpis.newest_year() or asked.on.year)
    rows = tuple(
        _row(line.label, (size, *_spread(cell)))
        for line in table.lines
        for size, cell in zip(kpis.SIZES.values(), line.cells, strict=True)
        if cell
    )
    columns = ("企业规模", "工厂", "下四分位数", "中位数", "上四分位数")
    return Grid(f"{kpi.name}，{table.year}年", "行业大类", columns, rows)


def _spread(cell: KpiSpread) -> tuple[Value, ...]:
    return (cell.factories, cell.low, cell.median, cell.high)


GRIDS: dict[str, Kind] = {
    "titles": Kind("称号", _titles),
    "years": Kind("历年增减", _years),
    "targets": Kind("行动目标", _targets, (Role.PROVINCE,)),
    "levels": Kind("能力成熟度等级", _levels),
    "scenarios": Kind("典型场景", _scenarios),
    "kpis": Kind("指标分布", _kpis),
    "funnel": Kind("申报进展", _funnel),
    "times": Kind("从提交到结果的用时", _times),
    "bureaus": Kind("各部门各环节用时", _bureaus),
}


def rounded(value: Value) -> Value:
    """A figure for a spreadsheet: shares to four places."""
    return round(value, 4) if isinstance(value, float) else value
