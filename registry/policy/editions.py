"""Where the editions of the rules are kept, and which of them governs a day."""

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.conf import settings

from registry.policy.shapes import (
    AnnualRule,
    Basis,
    DayOfYear,
    Department,
    Derivation,
    FactoryReports,
    Filing,
    Ground,
    HonourKind,
    LibraryRule,
    NationalPlaces,
    Policy,
    Relocation,
    Renewal,
    ReportingUnit,
    ReviewRule,
    RevocationRule,
    Step,
    StepKind,
    SupervisionRule,
    Tier,
    TierRule,
    YearSummaries,
)

FOLDER = Path(__file__).parent.parent / "policies"


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
        central_groups=data.get("central_groups", False),
        consult_workdays=data.get("consult_workdays"),
        supervision=SupervisionRule(**data["supervision"]) if "supervision" in data else None,
        annual=_annual(data.get("annual", {})),
        library=LibraryRule(**data["library"]) if "library" in data else None,
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


def _annual(data: Mapping[str, Any]) -> AnnualRule:
    reports, summary = data.get("factories"), data.get("summary")
    return AnnualRule(
        FactoryReports(
            tiers=tuple(Tier(tier) for tier in reports["tiers"]),
            due=_day_of_year(reports["due"]),
            accepted_by=MappingProxyType(
                {Tier(tier): level for tier, level in reports["accepted_by"].items()}
            ),
            missed_years=reports["missed_years"],
        )
        if reports
        else None,
        YearSummaries(tuple(summary["levels"]), _day_of_year(summary["due"])) if summary else None,
    )


def _day_of_year(text: str) -> DayOfYear:
    month, day = text.split("-")
    return DayOfYear(int(month), int(day))


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
