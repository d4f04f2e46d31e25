"""What an edition of a province's rules is, and where to find the one that governs a day."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings
from django.db import models

FOLDER = Path(__file__).parent.parent / "policies"
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
    formal_check: str | None
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


def get(code: str) -> Policy:
    try:
        return _by_code()[code]
    except KeyError:
        raise LookupError(f"no policy {code!r}; known: {', '.join(_by_code())}") from None


def current(province: str, on: date) -> Policy:
    """The edition that governs what begins on that day."""
    editions = [p for p in all_policies() if p.province == province and p.in_force_from <= on]
    if not editions:
        raise LookupError(f"province {province!r} has no policy in force on {on}")
    return max(editions, key=lambda policy: policy.in_force_from)


def all_policies() -> tuple[Policy, ...]:
    return tuple(_by_code().values())


def provinces() -> tuple[str, ...]:
    """The codes of the provinces that have rules, in ascending order."""
    return tuple(sorted({policy.province for policy in all_policies()}))


def rule_files() -> tuple[Path, ...]:
    """Every rule file of the folders named in ``settings.POLICY_FOLDERS``."""
    folders = [Path(folder) for folder in settings.POLICY_FOLDERS]
    return tuple(path for folder in folders for path in sorted(folder.glob("*.toml")))


def _by_code() -> Mapping[str, Policy]:
    return _in_folders(tuple(settings.POLICY_FOLDERS))


@lru_cache
def _in_folders(folders: tuple[Path, ...]) -> Mapping[str, Policy]:
    return MappingProxyType({path.stem: build(path.stem, read(path)) for path in rule_files()})


def read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def build(code: str, data: Mapping[str, Any]) -> Policy:
    """Turn a parsed file that has no problems into a policy."""
    targets = dict(data.get("plan_targets", {}))
    return Policy(
        code=code,
        **{key: data[key] for key in _PLAIN_KEYS},
        tiers=MappingProxyType({Tier(k): _tier_rule(k, v) for k, v in data["tiers"].items()}),
        yearly_list=tuple(Tier(tier) for tier in data.get("yearly_list", [])),
        reporting_units=tuple(
            ReportingUnit(**{**unit, "divisions": tuple(unit["divisions"])})
            for unit in data.get("reporting_units", [])
        ),
        division_exceptions=MappingProxyType(dict(data.get("division_exceptions", {}))),
        honour_kinds=tuple(HonourKind(**kind) for kind in data.get("honour_kinds", [])),
        departments=tuple(
            Department(
                **{**one, "asks": tuple(one["asks"]), "vetoes": tuple(one.get("vetoes", ()))}
            )
            for one in data.get("departments", [])
        ),
        relocation=Relocation(**data["relocation"]),
        consult_workdays=data.get("consult_workdays"),
        supervision=SupervisionRule(**data["supervision"]) if "supervision" in data else None,
        formal_check=data.get("formal_check"),
        revocation=RevocationRule(**data["revocation"]),
        grounds=tuple(Ground(**one) for one in data["grounds"]),
        plan_year=targets.pop("year", None),
        plan_targets=MappingProxyType({Tier(tier): count for tier, count in targets.items()}),
        bureau_names=MappingProxyType(dict(data["bureau_names"])),
        bases=MappingProxyType({path: Basis(**basis) for path, basis in data["basis"].items()}),
    )


_PLAIN_KEYS = (
    "title", "province", "province_name", "department_name", "site_name", "title_prefix",
    "in_force_from", "source", "standard", "veto_lookback_years",
)  # fmt: skip


def _tier_rule(tier: str, data: Mapping[str, Any]) -> TierRule:
    filing = data.get("filing")
    return TierRule(
        tier=Tier(tier),
        steps=tuple(step(text) for text in data["steps"]),
        requires=Tier(data["requires"]) if "requires" in data else None,
        prerequisite=data.get("prerequisite"),
        filing=(
            Filing(filing["by"], filing["with"], filing.get("recheck_share")) if filing else None
        ),
        term_years=data.get("term_years"),
        limit_workdays=MappingProxyType(dict(data.get("limit_workdays", {}))),
        inspection_share=_share(data.get("inspection_share")),
        publicise_workdays=data.get("publicise_workdays"),
        determine_by=data.get("determine_by", "case"),
        derive=tuple(
            Derivation(**{"maturity_level": None, **item}) for item in data.get("derive", [])
        ),
        gates=MappingProxyType(dict(data.get("gates", {}))),
        review=ReviewRule(**data["review"]) if "review" in data else None,
        renewal=_renewal(data.get("renewal")),
        national_places=_national_places(data.get("national_places")),
        cultivation_years=data.get("cultivation_years"),
    )


def _renewal(data: Mapping[str, Any] | None) -> Renewal | None:
    if data is None:
        return None
    steps = tuple(step(text) for text in data["steps"])
    return Renewal(data["opens_months"], data.get("late_months", 0), steps)


def _national_places(data: Mapping[str, Any] | None) -> NationalPlaces | None:
    if data is None:
        return None
    return NationalPlaces(data["by"], tuple((one["from"], one["places"]) for one in data["bands"]))


def _share(value: str | float | None) -> float | None:
    return 1.0 if value == "all" else value  # type: ignore[return-value]


def step(text: str) -> Step:
    kind, _, level = text.partition("@")
    return Step(StepKind(kind), level)


def covering(path: str, bases: Mapping[str, Any]) -> str:
    """The entry that speaks for a key: its own or the nearest above, "" where there is none."""
    while path and path not in bases:
        path = path.rpartition(".")[0]
    return path
