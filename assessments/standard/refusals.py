"""What is refused in the files of the standard before the project starts, as pure functions."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.core import checks

from assessments.standard.editions import FOLDER, KINDS, all_standards, completed, read_all
from registry import policy

PARTS = ("scenarios", "maturity", "kpis")
SHAPES = ("elements", "scenarios", "cmmm", "kpi")
#: The number of the first stage that stands for its unnamed scenarios.
WHOLE_STAGE = 101


def problems(files: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Everything wrong with the files, given by code; contents matter once shapes are right."""
    if found := list(_reference_problems(files)):
        return found
    files = completed(files)
    for code, data in files.items():
        found += _shape_problems(code, data)
    if found:
        return found
    for code, data in files.items():
        kind = code.partition("-")[0]
        if data["code"] != code:
            found.append(f"{code}.toml: code: {data['code']!r} is not the name of the file")
        if kind == "elements":
            texts = _element_problems(data, files)
        elif kind == "cmmm":
            texts = _maturity_problems(data)
        elif kind == "kpi":
            texts = _number_problems("kpis", data["kpis"], ids=[k["id"] for k in data["kpis"]])
        else:
            texts = _scenario_problems(data["stages"])
        found += [f"{code}.toml: {text}" for text in texts]
    return found


def _reference_problems(files: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for code, data in files.items():
        if "as" in data and "as" in files.get(data["as"], {"as": ""}):
            yield f"{code}.toml: as: there is no file {data['as']!r} that is complete by itself"


def _shape_problems(code: str, data: Mapping[str, Any]) -> list[str]:
    kind = code.partition("-")[0]
    if kind not in SHAPES:
        return [f"{code}.toml: no kind of file begins with {kind!r}; known: {', '.join(SHAPES)}"]
    return policy.shape_problems(f"{code}.toml", data, FOLDER / "schema.json", kind)


def _element_problems(
    data: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    dimensions = [d["id"] for d in data["dimensions"]]
    known = {*dimensions, data["results"]["id"]}
    for part in PARTS:
        if data[part] not in files:
            yield f"{part}: there is no file {data[part]!r}"
    if data["scenarios"] in files:
        for stage in files[data["scenarios"]]["stages"]:
            if stage["dimension"] not in dimensions:
                yield f"scenarios: stage {stage['name']!r} names no dimension of this edition"
    yield from _twice("conditions", (c["id"] for c in data["conditions"]))
    yield from _twice("basics", (b["id"] for b in data["basics"]))
    for condition in data["conditions"]:
        if condition["id"].split(".")[1] not in known:
            yield f"conditions: {condition['id']!r} names no dimension of this edition"
    for tier, gate in data["gates"].items():
        for dimension in gate["dimensions"]:
            if dimension not in dimensions:
                yield f"gates.{tier}.dimensions: {dimension!r} is no dimension of this edition"
    yield from _ladder_problems(data["gates"])
    grades = [g["id"] for g in data["veto_grades"]]
    yield from _twice("veto_kinds", (k["id"] for k in data["veto_kinds"]))
    for kind in data["veto_kinds"]:
        if "bar_from" in kind and kind["bar_from"] not in grades:
            yield f"veto_kinds: {kind['bar_from']!r} is no grade of this edition"
        if "bar_from" in kind and not kind["graded"]:
            yield f"veto_kinds: {kind['id']!r} has no grades, so it can have no bar_from"


def _ladder_problems(gates: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """A higher tier never asks for less."""
    ladder = [(tier.value, gates[tier.value]) for tier in policy.Tier]
    for (_, below), (tier, gate) in pairwise(ladder):
        if gate["maturity_level"] < below["maturity_level"]:
            yield f"gates.{tier}.maturity_level: lower than that of the tier below"
        if not set(below["dimensions"]) <= set(gate["dimensions"]):
            yield f"gates.{tier}.dimensions: leaves out a dimension of the tier below"
        if Decimal(gate.get("ai_share", "0")) < Decimal(below.get("ai_share", "0")):
            yield f"gates.{tier}.ai_share: lower than that of the tier below"


def _maturity_problems(data: Mapping[str, Any]) -> Iterator[str]:
    yield from _sum_problems("elements", data["elements"])
    for element in data["elements"]:
        yield from _sum_problems(f"elements.{element['name']}", element["domains"])
        for domain in element["domains"]:
            path = f"elements.{element['name']}.{domain['name']}"
            yield from _sum_problems(path, domain["subdomains"])
    domains = [d for e in data["elements"] for d in e["domains"]]
    yield from _twice("elements", (s["id"] for d in domains for s in d["subdomains"]))
    if [level["no"] for level in data["levels"]] != list(range(1, len(data["levels"]) + 1)):
        yield "levels: must be numbered from 1 upward without a gap"
    threshold = Decimal(data["threshold"])
    for level in data["levels"]:
        # Otherwise a count of met levels and a table of scores could name different levels.
        if Decimal(level["min_score"]) != level["no"] - 1 + threshold:
            yield f"levels.{level['no']}.min_score: must be {level['no'] - 1} + {threshold}"
    choices = [Decimal(choice["value"]) for choice in data["choices"]]
    if choices != sorted(set(choices)) or choices[0] != 0 or choices[-1] != 1:
        yield "choices: must ascend from 0 to 1"


def _sum_problems(path: str, group: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for kind in KINDS:
        total = sum(member[kind] for member in group)
        if total != 100:
            yield f"{path}: {kind} weights sum to {total}, not 100"


def _scenario_problems(stages: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    yield from _number_problems("stages", [s for g in stages for s in g.get("scenarios", ())])
    yield from _number_problems("stages", [g for g in stages if "no" in g], first=WHOLE_STAGE)


def _number_problems(
    path: str, rows: list[Mapping[str, Any]], ids: Iterable[str] = (), first: int = 1
) -> Iterator[str]:
    if [row["no"] for row in rows] != list(range(first, first + len(rows))):
        yield f"{path}: must be numbered from {first} upward without a gap"
    yield from _twice(path, ids)
    yield from _twice(path, (row["name"] for row in rows))


def _twice(path: str, values: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for value in values:
        if value in seen:
            yield f"{path}: {value!r} is given twice"
        seen.add(value)


def policy_problems(policies: Iterable[policy.Policy], codes: Iterable[str]) -> list[str]:
    """Provinces that ask for a standard, or for a part of it, that does not exist."""
    codes, found = set(codes), []
    for rules in policies:
        if rules.standard not in codes:
            found.append(f"{rules.code}.toml: standard: there is no standard {rules.standard!r}")
            continue
        edition = next(s for s in all_standards() if s.code == rules.standard)
        known = {d.id for d in edition.dimensions}
        for tier, rule in rules.tiers.items():
            if "ai_share" in rule.gates and not edition.asks_ai:
                path = f"tiers.{tier.value}.gates.ai_share"
                found.append(f"{rules.code}.toml: {path}: {edition.code} asks for no share of AI")
            for dimension in rule.gates.get("dimensions", ()):
                if dimension not in known:
                    path = f"tiers.{tier.value}.gates.dimensions"
                    found.append(f"{rules.code}.toml: {path}: {dimension!r} is no dimension")
        kinds = {k.id for k in edition.veto_kinds}
        for department in rules.departments:
            for kind in sorted(set(department.vetoes) - kinds):
                path = f"departments.{department.code}.vetoes"
                found.append(f"{rules.code}.toml: {path}: {kind!r} is no kind of event")
    return found


def check_standards(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse to start on a standard that is wrong. Touches no database."""
    try:
        files = read_all()
    except tomllib.TOMLDecodeError as error:
        return [checks.Error(f"{FOLDER.name}: {error}", id="assessments.E001")]
    found = problems(files)
    # Wrong rule files are reported by their own check; they cannot be loaded to be compared.
    if not found and not policy.check_policies(None):
        found = policy_problems(policy.all_policies(), (s.code for s in all_standards()))
    return [checks.Error(text, id="assessments.E001") for text in found]
