"""What is refused in a rule file, before the project starts. Pure, apart from the check itself."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.core import checks
from jsonschema import Draft202012Validator
from jsonschema.validators import extend

from registry.policy.editions import FOLDER, read, rule_files, step
from registry.policy.shapes import (
    GRANTING,
    LEVELS,
    NATIONAL,
    Derivation,
    Step,
    StepKind,
    Tier,
    covering,
)

_Validator = extend(
    Draft202012Validator,
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine(
        "date", lambda _, value: isinstance(value, date) and not isinstance(value, datetime)
    ),
)


def shape_problems(
    filename: str, data: Mapping[str, Any], schema: Path, definition: str = ""
) -> list[str]:
    """Where a parsed file departs from its schema, each sentence with file and key.

    ``definition`` names one of the schema's ``$defs`` where the schema describes several files.
    """
    rules = json.loads(schema.read_text(encoding="utf-8"))
    if definition:
        rules = {"$defs": rules["$defs"], "$ref": f"#/$defs/{definition}"}
    errors = _Validator(rules).iter_errors(data)
    return [f"{filename}: {error.json_path}: {error.message}" for error in errors]


def problems(filename: str, data: Mapping[str, Any]) -> list[str]:
    """Everything wrong with one parsed file; its contents matter only once its shape is right."""
    found = shape_problems(filename, data, FOLDER / "schema.json")
    if not found:
        found = [f"{filename}: {text}" for text in _content_problems(data)]
    return found


def _content_problems(data: Mapping[str, Any]) -> Iterator[str]:
    for tier, rule in data["tiers"].items():
        yield from _chain_problems(tier, rule, data)
    codes = [unit["code"] for unit in data.get("reporting_units", [])]
    divisions = [d for unit in data.get("reporting_units", []) for d in unit["divisions"]]
    for key, values in (("code", codes), ("divisions", divisions)):
        for value in sorted({v for v in values if values.count(v) > 1}):
            yield f"reporting_units.{key}: {value!r} is given twice"
    for tier in data.get("yearly_list", []):
        if tier not in data["tiers"]:
            yield f"yearly_list: {tier!r} is no tier of this file"
    for division in divisions:
        if division[:2] != data["province"][:2]:
            yield f"reporting_units.divisions: {division!r} lies outside the province"
    yield from _stage_problems(data)
    yield from _annual_problems(data)
    grounds = [ground["code"] for ground in data["grounds"]]
    for code in sorted({code for code in grounds if grounds.count(code) > 1}):
        yield f"grounds.code: {code!r} is given twice"
    leaves = set(_leaves({key: value for key, value in data.items() if key != "basis"}))
    for leaf in sorted(leaves):
        if not covering(leaf, data["basis"]):
            yield f"basis: nothing says what {leaf!r} rests on"
    for path in data["basis"]:
        if not any(leaf == path or leaf.startswith(f"{path}.") for leaf in leaves):
            yield f"basis: {path!r} names no key of this file"


def _stage_problems(data: Mapping[str, Any]) -> Iterator[str]:
    """A step and what it needs stand together or not at all."""
    kinds = {step(text).kind for rule in data["tiers"].values() for text in rule["steps"]}
    for kind, keys in (
        (StepKind.CHECK, ("formal_check",)),
        (StepKind.CONSULT, ("departments", "consult_workdays")),
    ):
        for key in keys:
            if kind in kinds and key not in data:
                yield f"{key}: missing, but a chain has the step {kind.value}"
            elif key in data and kind not in kinds:
                yield f"{key}: no chain has the step {kind.value}"
    codes = [one["code"] for one in data.get("departments", [])]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield f"departments.code: {code!r} is given twice"


def _annual_problems(data: Mapping[str, Any]) -> Iterator[str]:
    """Every tier that reports has somebody who accepts; days exist in every year."""
    for key, part in data.get("annual", {}).items():
        try:
            date.fromisoformat(f"2001-{part['due']}")
        except ValueError:
            yield f"annual.{key}.due: {part['due']!r} is no day of every year"
        if key == "factories":
            tiers, accepted_by = part["tiers"], part["accepted_by"]
            for tier in sorted({*tiers} ^ {*accepted_by}):
                yield f"annual.factories.accepted_by: {tier!r} stands in one of tiers, accepted_by"
            for tier in tiers:
                if tier not in data["tiers"]:
                    yield f"annual.factories.tiers: {tier!r} is no tier of this file"


def _chain_problems(tier: str, rule: Mapping[str, Any], data: Mapping[str, Any]) -> Iterator[str]:
    path = f"tiers.{tier}"
    steps = [step(text) for text in rule["steps"]]
    ranks = [LEVELS.index(step.level) for step in steps]
    if ranks != sorted(ranks):
        yield f"{path}.steps: a later step lies below an earlier one"
    if len(set(steps)) != len(steps):
        yield f"{path}.steps: the same step is given twice"
    if steps and steps[-1].kind not in GRANTING:
        yield f"{path}.steps: the last step must determine"
    if StepKind.DETERMINE in [step.kind for step in steps[:-1]]:
        yield f"{path}.steps: only the last step may determine"
    yield from _upward_problems(path, steps, rule)
    requires = rule.get("requires")
    if requires is not None and requires not in data["tiers"]:
        yield f"{path}.requires: {requires!r} is no tier of this file"
    elif requires is not None and Tier(requires).rank >= Tier(tier).rank:
        yield f"{path}.requires: {requires!r} is not below {tier!r}"
    if (requires is None) != ("prerequisite" not in rule):
        yield f"{path}.prerequisite: belongs with requires, one does not stand without the other"
    inspects = StepKind.INSPECT in [step.kind for step in steps]
    if inspects != ("inspection_share" in rule):
        yield f"{path}.inspection_share: belongs with the step inspect, one not without the other"
    filing = rule.get("filing")
    if filing and LEVELS.index(filing["by"]) >= LEVELS.index(filing["with"]):
        yield f"{path}.filing: must go upward, from {filing['by']} to a level above"
    elif filing and ranks and LEVELS.index(filing["with"]) <= ranks[-1]:
        yield f"{path}.filing: {filing['with']} determines itself, nothing is filed with it"
    for kind in rule.get("limit_workdays", {}):
        if kind not in [step.kind for step in steps]:
            yield f"{path}.limit_workdays.{kind}: the chain has no such step"
    reviewed = StepKind.REVIEW in [step.kind for step in steps]
    if reviewed != ("review" in rule):
        yield f"{path}.review: belongs with the step review, one does not stand without the other"
    if (StepKind.PUBLICISE in [step.kind for step in steps]) != ("publicise_workdays" in rule):
        yield f"{path}.publicise_workdays: belongs with a step that publicises"
    if "determine_by" in rule and not steps:
        yield f"{path}.determine_by: belongs with a step that determines"
    yield from _renewal_problems(path, rule)
    yield from _derivation_problems(f"{path}.derive", rule.get("derive", []), data)


def _renewal_problems(path: str, rule: Mapping[str, Any]) -> Iterator[str]:
    """A renewal passes some of the tier's own steps, in their order; the schema names those
    that are decided case by case.
    """
    if "renewal" not in rule:
        return
    steps, short = rule["steps"], rule["renewal"]["steps"]
    if "term_years" not in rule:
        yield f"{path}.renewal: a title without term_years is never renewed"
    if [text for text in steps if text in short] != short:
        yield f"{path}.renewal.steps: must be steps of the tier in their order"
    elif short[-1] != steps[-1]:
        yield f"{path}.renewal.steps: must end with {steps[-1]}"


def _upward_problems(path: str, steps: list[Step], rule: Mapping[str, Any]) -> Iterator[str]:
    """The ministries decide about what a province has selected, and about nothing else."""
    kinds = [one.kind for one in steps]
    for one in steps:
        if one.kind in (StepKind.SELECT, *NATIONAL) and one.level != LEVELS[-1]:
            yield f"{path}.steps: {one} belongs to the province"
    if (StepKind.SELECT in kinds) != (StepKind.AWAIT in kinds) or (
        StepKind.SELECT in kinds and kinds.index(StepKind.AWAIT) != kinds.index(StepKind.SELECT) + 1
    ):
        yield f"{path}.steps: select and await belong together, in that order"
    if StepKind.ACCEPT in kinds and kinds[-2:] != [StepKind.AWAIT, StepKind.ACCEPT]:
        yield f"{path}.steps: accept comes last, after await"
    elif StepKind.AWAIT in kinds and kinds[-1] not in NATIONAL:
        yield f"{path}.steps: nothing but accept follows await"
    if (StepKind.ACCEPT in kinds) != ("cultivation_years" in rule):
        yield f"{path}.cultivation_years: belongs with the step accept"
    if "national_places" in rule and StepKind.SELECT not in kinds:
        yield f"{path}.national_places: belongs with the step select"


def _derivation_problems(
    path: str, items: list[Mapping[str, Any]], data: Mapping[str, Any]
) -> Iterator[str]:
    honours = {kind["code"] for kind in data.get("honour_kinds", [])}
    units = {unit["code"] for unit in data.get("reporting_units", [])}
    keys = [_key(item) for item in items]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield f"{path}.{key}: is given twice"
    for item in items:
        own, authority = f"{path}.{_key(item)}", item.get("authority")
        if item["honour"] not in honours:
            yield f"{path}: {item['honour']!r} is no honour kind of this file"
        if authority and authority not in units and authority[:2] != data["province"][:2]:
            yield f"{own}: {authority!r} lies outside the province"
        if item.get("together") and not item["reassessed"]:
            yield f"{own}.together: nothing is looked at again, so nothing is looked at together"
        checked_by = item.get("checked_by")
        if checked_by and LEVELS.index(checked_by) > LEVELS.index(item["by"]):
            yield f"{own}: {checked_by} lies above {item['by']} and cannot check for it"


def _key(item: Mapping[str, Any]) -> str:
    return Derivation(**{"maturity_level": None, **item}).key


def edition_problems(files: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Two editions of one province that begin on the same day: neither would ever end."""
    seen: dict[tuple[str, date], str] = {}
    found = []
    for filename, data in files.items():
        key = (data["province"], data["in_force_from"])
        if key in seen:
            found.append(f"{filename}: in_force_from: the same day as {seen[key]}")
        seen.setdefault(key, filename)
    return found


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in table.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{key}.")
        elif key == "departments":
            yield from (f"{prefix}{key}.{one['code']}" for one in value)
            yield from (f"{prefix}{key}.{one['code']}.asks" for one in value)
        elif key == "grounds":
            yield from (f"{prefix}{key}.{one['code']}" for one in value)
        elif key == "derive":
            yield from (f"{prefix}{key}.{_key(item)}" for item in value)
        else:
            yield f"{prefix}{key}"


def check_policies(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """Refuse to start on a rule file that is wrong. Touches no database."""
    files, found = {}, []
    for path in rule_files():
        try:
            files[path.name] = read(path)
        except tomllib.TOMLDecodeError as error:
            found.append(f"{path.name}: {error}")
    for name, data in files.items():
        found += problems(name, data)
    if not found:
        found = edition_problems(files)
    return [checks.Error(text, id="registry.E001") for text in found]
