"""What an edition of a province's rules consists of: its vocabulary and its parts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import models

LEVELS = ("county", "city", "province")
LEVEL_LABELS = {"county": "县级", "city": "市级", "province": "省级"}
CONFIDENCE_LABELS = {
    "V": "原文可查",
    "P": "二手材料",
    "R": "凭记忆，待核实",
    "INF": "本系统推定",
    "owner": "建设方确定",
}


class Tier(models.TextChoices):
    BASIC = "basic", "基础级"
    ADVANCED = "advanced", "先进级"
    EXCELLENT = "excellent", "卓越级"
    LEADING = "leading", "领航级"

    @property
    def rank(self) -> int:
        return RANKS[self]


RANKS = {tier: number for number, tier in enumerate(Tier, start=1)}


class StepKind(models.TextChoices):
    VERIFY = "verify", "核实"
    RECOMMEND = "recommend", "推荐"
    CHECK = "check", "形式审查"
    CONSULT = "consult", "征求意见"
    REVIEW = "review", "评审"
    INSPECT = "inspect", "现场核查"
    MEET = "meet", "会议审定"
    PUBLICISE = "publicise", "公示"
    DETERMINE = "determine", "认定"
    # Upward: the province chooses whom it recommends, and others decide.
    SELECT = "select", "遴选推荐"
    AWAIT = "await", "国家审定"
    ACCEPT = "accept", "培育验收"


#: Steps at which the ministries decide; the level named is the one that writes their decision down.
NATIONAL = (StepKind.AWAIT, StepKind.ACCEPT)
#: With one of these a chain ends in a title.
GRANTING = (StepKind.DETERMINE, *NATIONAL)


@dataclass(frozen=True)
class Step:
    kind: StepKind
    level: str

    @property
    def label(self) -> str:
        if self.kind in NATIONAL:
            return str(self.kind.label)
        return f"{LEVEL_LABELS[self.level]}{self.kind.label}"

    def __str__(self) -> str:
        return f"{self.kind.value}@{self.level}"


@dataclass(frozen=True)
class Filing:
    """Who files the list of determinations (``by``) and with whom (``with_``), and which share of
    it the receiver checks again before answering.
    """

    by: str
    with_: str
    recheck_share: float | None = None


@dataclass(frozen=True)
class Derivation:
    """An honour that gives the tier without an application.

    ``by`` names the level that lists the factory. ``together`` says that it looks at all holders in
    one campaign instead of one by one. ``authority`` limits it to the factories below
    one office; there it stands in place of a rule for the same honour without that limit.
    """

    honour: str
    maturity_level: int | None
    reassessed: bool
    by: str = "province"
    same_year: bool = False
    checked_by: str | None = None
    authority: str | None = None
    place: str = ""
    together: bool = False

    @property
    def key(self) -> str:
        """Its name below ``derive``, by which the basis speaks of it."""
        return f"{self.honour}@{self.authority}" if self.authority else self.honour

    @property
    def automatic(self) -> bool:
        """True where nothing is left for an officer to judge."""
        return not self.reassessed and self.checked_by is None


@dataclass(frozen=True)
class ReviewRule:
    """How experts judge: on which sheet, how many a case, how far their marks may lie apart before
    one more is asked, and for how many years a consulting job bars an expert.
    """

    sheet: str
    experts: int
    spread: int
    recent_years: int


@dataclass(frozen=True)
class Renewal:
    """How a title is renewed before its end: from how many months before its last day a firm may
    ask, for how many months after it it still may, and the chain such a case passes.
    """

    opens_months: int
    late_months: int
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class NationalPlaces:
    """How many factories the ministries let a province recommend, by what it is counted ``by``.

    Each band is the number it begins at, and the places from there on. Only a hint: what counts is
    the number that the ministries' notice gives the province for a round.
    """

    by: str
    bands: tuple[tuple[int, int], ...]


@dataclass(frozen=True, eq=False)
class TierRule:
    tier: Tier
    steps: tuple[Step, ...]
    requires: Tier | None
    prerequisite: str | None
    filing: Filing | None
    term_years: int | None
    limit_workdays: Mapping[str, int]
    # The share of a round that is inspected on site, 1 for all of it; None without such a step.
    inspection_share: float | None
    publicise_workdays: int | None
    # "list": the cases of a round get their titles together, by two persons and one document.
    determine_by: str
    derive: tuple[Derivation, ...]
    gates: Mapping[str, Any]
    review: ReviewRule | None
    # None where a title is not renewed by an application of its own.
    renewal: Renewal | None
    national_places: NationalPlaces | None
    # For how long a factory is a candidate before it is accepted; None where titles come at once.
    cultivation_years: int | None

    @property
    def national(self) -> bool:
        """Whether its titles are the ministries' to give."""
        return any(step.kind in NATIONAL for step in self.steps)


@dataclass(frozen=True)
class ReportingUnit:
    code: str
    name: str
    short_name: str
    divisions: tuple[str, ...]
    bureau: str = ""


@dataclass(frozen=True)
class SupervisionRule:
    """Inspections of titles in force: which share is drawn, and how long a firm has to mend."""

    share: float
    mend_workdays: int


@dataclass(frozen=True)
class DayOfYear:
    """A day by which something about a year is due: in the year after it."""

    month: int
    day: int

    def after(self, year: int) -> date:
        return date(year + 1, self.month, self.day)

    def __str__(self) -> str:
        return f"次年{self.month}月{self.day}日"


@dataclass(frozen=True)
class FactoryReports:
    """Whose factories report on a year: those with a title of these tiers in force on its last
    day. The highest of them says whose bureau accepts the report, and so many years without one in
    a row put the factory on that bureau's list of those to look at again.
    """

    tiers: tuple[Tier, ...]
    due: DayOfYear
    accepted_by: Mapping[Tier, str]
    missed_years: int


@dataclass(frozen=True)
class YearSummaries:
    """The levels whose offices sum a year up for the office above, and by when."""

    levels: tuple[str, ...]
    due: DayOfYear


@dataclass(frozen=True)
class AnnualRule:
    """What is owed about each year; None where the province asks for none of it."""

    factories: FactoryReports | None
    summary: YearSummaries | None


@dataclass(frozen=True)
class Department:
    """A department asked about a case: what it is asked, and the kinds of event by which it may
    bar a determination.
    """

    code: str
    name: str
    short_name: str
    asks: tuple[str, ...]
    vetoes: tuple[str, ...] = ()


#: Grounds that no revocation is proposed on: they follow from something else.
HONOUR_LOST, OWN_REQUEST = "honour-lost", "own-request"


@dataclass(frozen=True)
class Ground:
    """Why a title may end before its time, and for how many years the firm is then barred from
    applying; None where it is not.
    """

    code: str
    name: str
    ban_years: int | None = None


@dataclass(frozen=True)
class RevocationRule:
    """How long a firm has to state its case, to ask for a hearing, and to appeal."""

    statement_workdays: int
    hearing_workdays: int
    appeal_days: int


@dataclass(frozen=True)
class Relocation:
    """What a move does to a factory's titles: ``within`` the province they are looked at again by
    the new bureau (``recheck``) or not (``keeps``); ``out`` of it each ``ends`` or ``stays``.
    """

    within: str
    out: str


@dataclass(frozen=True)
class LibraryRule:
    """Whose refused cases go to the cultivation library by themselves, to that level's office: of
    factories whose assessment has reached the maturity level.
    """

    by: str
    refused_maturity_level: int


@dataclass(frozen=True)
class HonourKind:
    code: str
    name: str
    scope: str


@dataclass(frozen=True)
class Basis:
    confidence: str
    source: str

    @property
    def label(self) -> str:
        return CONFIDENCE_LABELS[self.confidence]


@dataclass(frozen=True, eq=False)
class Policy:
    code: str
    title: str
    province: str
    province_name: str
    department_name: str
    site_name: str
    title_prefix: str
    in_force_from: date
    source: str
    standard: str
    tiers: Mapping[Tier, TierRule]
    yearly_list: tuple[Tier, ...]
    reporting_units: tuple[ReportingUnit, ...]
    division_exceptions: Mapping[str, str]
    honour_kinds: tuple[HonourKind, ...]
    departments: tuple[Department, ...]
    consult_workdays: int | None
    supervision: SupervisionRule | None
    annual: AnnualRule
    library: LibraryRule | None
    formal_check: str | None
    central_groups: bool
    veto_lookback_years: int
    revocation: RevocationRule
    grounds: tuple[Ground, ...]
    relocation: Relocation
    plan_year: int | None
    plan_targets: Mapping[Tier, int]
    bureau_names: Mapping[str, str]
    bases: Mapping[str, Basis]

    def bureau_name(self, level: str, division_name: str) -> str:
        """The office in charge: of the province itself, or of a city or county by its name."""
        if level == "province":
            return self.department_name
        return self.bureau_names[level].replace("{name}", division_name)

    def basis(self, path: str) -> Basis:
        """What a key rests on: its own entry, or that of the nearest table above it."""
        return self.bases[covering(path, self.bases)]

    def department_code(self, department: Department) -> str:
        """The code of its row among the authorities."""
        return f"{self.province}-{department.code}"

    def honour_kind(self, code: str) -> HonourKind:
        return next(kind for kind in self.honour_kinds if kind.code == code)

    def ground(self, code: str) -> Ground | None:
        return next((one for one in self.grounds if one.code == code), None)

    @property
    def revoking_grounds(self) -> tuple[Ground, ...]:
        """The grounds on which an office may propose to revoke a title."""
        return tuple(one for one in self.grounds if one.code not in (HONOUR_LOST, OWN_REQUEST))

    def determined_by(self, level: str) -> tuple[Tier, ...]:
        """The tiers that offices of a level determine, by application or by an honour."""
        return tuple(
            rule.tier
            for rule in self.tiers.values()
            if (rule.steps and rule.steps[-1].level == level)
            or any(item.by == level for item in rule.derive)
        )

    @property
    def deriving_honours(self) -> frozenset[str]:
        """The honours that can give a tier."""
        return frozenset(item.honour for rule in self.tiers.values() for item in rule.derive)


def covering(path: str, bases: Mapping[str, Any]) -> str:
    """The entry that speaks for a key: its own or the nearest above, "" where there is none."""
    while path and path not in bases:
        path = path.rpartition(".")[0]
    return path
