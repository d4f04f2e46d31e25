"""Load divisions, industries and the authorities of the provinces that have rules.

Authorities follow from the division list: the province, its prefectures, their counties, and the
reporting units of the rules in force. Safe to run again: rows are matched by code and brought up to
date; nothing is deleted, and provinces not named keep what they have.
"""

import csv
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from registry import policy
from registry.access import business_date
from registry.models import Authority, Division, Industry

DATA = Path(__file__).resolve().parents[2] / "data"
BATCH = 500


@dataclass(frozen=True)
class Place:
    code: str
    name: str
    level: str
    parent: str


@dataclass(frozen=True)
class Office:
    """An authority as it follows from the rules, before it is a row."""

    code: str
    name: str
    short_name: str
    kind: str
    parent: str
    path: str


#: Those who give the tiers above the provinces': one issuer, under which nobody signs in.
NATION = Office("nation", "工业和信息化部等六部门", "国家", Authority.Kind.NATION, "", "/nation/")


class Command(BaseCommand):
    help = "Load divisions, industries and authorities. May be run again at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--province",
            action="append",
            metavar="CODE",
            help="load the authorities of this province only; may be given several times",
        )

    @transaction.atomic
    def handle(self, *args: Any, province: list[str] | None = None, **options: Any) -> None:
        on = business_date(timezone.now())
        places = read_places()
        responsible: dict[str, str] = {}
        save_offices([NATION])
        for code in province or policy.provinces():
            try:
                rules = policy.current(code, on)
            except LookupError as error:
                raise CommandError(f"{error}; add a file to registry/policies first") from None
            offices = offices_of(rules, places)
            save_offices(offices)
            responsible |= responsible_for(rules, places, {office.code for office in offices})
            self.stdout.write(f"{code}: {len(offices)} authorities")
        save_places(places.values(), responsible)
        industries = save_industries()
        self.stdout.write(f"{len(places)} divisions, {industries} industries")


def read_places() -> dict[str, Place]:
    return {row["code"]: Place(**row) for row in _rows("divisions.csv")}


def offices_of(rules: policy.Policy, places: Mapping[str, Place]) -> list[Office]:
    """Province, cities with the reporting units, counties, and the departments asked."""
    root = places[rules.province]
    bureau = rules.bureau_name("province", root.name)
    found = [Office(root.code, bureau, root.name, "province", "", f"/{root.code}/")]
    within = [place for place in places.values() if place.code[:2] == root.code[:2]]
    units = {division: unit.code for unit in rules.reporting_units for division in unit.divisions}
    for place in within:
        if place.level == "prefecture":
            name = rules.bureau_name("city", place.name)
            found.append(_below(found[0], place.code, name, place.name, "city"))
    for unit in rules.reporting_units:
        name = unit.bureau or rules.bureau_name("city", unit.name)
        found.append(_below(found[0], unit.code, name, unit.short_name, "city"))
    cities = {office.code: office for office in found}
    for place in within:
        if place.level == "county" and place.code not in cities:
            above = cities.get(units.get(place.code, place.parent), found[0])
            # Several cities have a district of the same name; a county's name stands alone.
            prefix = above.short_name if place.name.endswith("区") else ""
            name = rules.bureau_name("county", prefix + place.name)
            found.append(_below(above, place.code, name, place.name, "county"))
    for one in rules.departments:
        code = rules.department_code(one)
        found.append(_below(found[0], code, one.name, one.short_name, "department"))
    return found


def _below(above: Office, code: str, name: str, short_name: str, kind: str) -> Office:
    return Office(code, name, short_name, kind, above.code, f"{above.path}{code}/")


def responsible_for(
    rules: policy.Policy, places: Mapping[str, Place], offices: set[str]
) -> dict[str, str]:
    """For every division of the province the lowest authority that answers for addresses in it."""
    found = {}
    for place in places.values():
        if place.code[:2] != rules.province[:2]:
            continue
        above = place.code
        while above not in offices:
            above = places[above].parent
        found[place.code] = rules.division_exceptions.get(place.code, above)
    unknown = sorted(set(found.values()) - offices)
    if unknown:
        raise CommandError(f"{rules.code}.toml: division_exceptions: no authority {unknown[0]!r}")
    return found


def save_offices(offices: Iterable[Office]) -> None:
    """Level by level, because a row needs the key of the one above it."""
    offices = list(offices)
    for kind in ("nation", "province", "city", "county", "department"):
        keys = dict(Authority.objects.values_list("code", "pk"))
        Authority.objects.bulk_create(
            [
                Authority(
                    code=office.code,
                    name=office.name,
                    short_name=office.short_name,
                    kind=office.kind,
                    parent_id=keys.get(office.parent),
                    path=office.path,
                )
                for office in offices
                if office.kind == kind
            ],
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=["name", "short_name", "kind", "parent", "path"],
            batch_size=BATCH,
        )


def save_places(places: Iterable[Place], responsible: Mapping[str, str]) -> None:
    """All divisions; the authority is touched only where a province was just loaded."""
    keys = dict(Authority.objects.values_list("code", "pk"))
    here: list[Division] = []
    elsewhere: list[Division] = []
    for place in places:
        row = Division(place.code, place.name, place.level, place.parent or None)
        if place.code in responsible:
            row.authority_id = keys[responsible[place.code]]
        (here if place.code in responsible else elsewhere).append(row)
    fields = ["name", "level", "parent"]
    for rows, update_fields in ((elsewhere, fields), (here, [*fields, "authority"])):
        Division.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["code"],
            update_fields=update_fields,
            batch_size=BATCH,
        )


def save_industries() -> int:
    rows = [
        Industry(row["code"], row["name"], row["level"], row["parent"] or None)
        for row in _rows("industries.csv")
    ]
    Industry.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["code"],
        update_fields=["name", "level", "parent"],
        batch_size=BATCH,
    )
    return len(rows)


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
