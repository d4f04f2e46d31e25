"""Making the nation: how large it may be, and its tables one after the other."""

import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import connection

from assessments import standard
from assessments.models import Answer, Assessment
from bench.nation import copying, rows
from bench.nation.rows import Nation, moment
from registry.audit import Verb
from registry.models import AuditEvent, Enterprise, Factory, User
from tiers.models import Certification

EDITION = "elements-2025"
#: Bytes on the disk of one enterprise with all that belongs to it, its indexes and the log of their
#: writing; what must stay free besides.
EACH = 60_000
SPARE = 3 * 2**30
#: Seconds of a run: what does not depend on the scale, and what a whole nation adds.
ALWAYS, WHOLE = 420, 2_800
#: What the scale is chosen from where none is given.
SCALES = (1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01)


@dataclass(frozen=True)
class Sizes:
    """How many of each, at scale 1."""

    enterprises: int = 500_000
    factories: int = 600_000
    assessments: int = 1_000_000
    titles: int = 300_000
    events: int = 3_000_000

    def at(self, scale: float) -> "Sizes":
        return Sizes(*(max(int(one * scale), 1) for one in self.whole))

    @property
    def whole(self) -> tuple[int, ...]:
        return (self.enterprises, self.factories, self.assessments, self.titles, self.events)

    def __str__(self) -> str:
        names = ("enterprises", "factories", "assessments", "titles", "audit rows")
        return ", ".join(f"{n:,} {name}" for n, name in zip(self.whole, names, strict=True))


def data_folder() -> Path:
    """Where the server keeps its data if that is on this machine, else where files go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('data_directory', true)")
        folder = Path(cursor.fetchone()[0] or "/tmp")
    while not folder.exists():
        folder = folder.parent
    return folder


def in_memory(folder: Path) -> bool:
    return folder.is_relative_to("/dev/shm")


def free_bytes() -> int:
    """What the data may take: of the disk, or of the memory where they lie in it."""
    folder = data_folder()
    free = shutil.disk_usage(folder).free
    if in_memory(folder):
        free = min(free, os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    return free


def fitting(wanted: float | None, minutes: float) -> float:
    """The scale asked for if there is room for it, else the largest there is room and time for."""
    room = free_bytes() - SPARE
    for scale in (wanted,) if wanted else SCALES:
        needs = Sizes().at(scale).enterprises * EACH
        quick = wanted or seconds(scale) <= minutes * 60 or scale == SCALES[-1]
        if needs <= room and quick:
            return scale
    raise SystemExit(
        f"{room + SPARE:,} bytes are free, a nation at scale {wanted or SCALES[-1]:g} takes"
        f" {needs + SPARE:,}: give a smaller --scale"
    )


def seconds(scale: float) -> float:
    """About how long it all takes on two idle cores."""
    return ALWAYS + scale * WHOLE


def make(sizes: Sizes, *, say: Callable[[str], None] = print) -> Nation:
    """All tables, with ANALYZE at the end. The database holds official lists and nothing else."""
    nation = Nation(*sizes.whole)
    begin = time.perf_counter()
    with copying.stripped(Enterprise, Factory, User, Assessment, Answer, Certification, AuditEvent):
        _firms(nation)
        _people(nation)
        sets = rows.prepared(standard.get(EDITION), EDITION)
        answers = _assessments(nation, sets)
        _titles(nation)
        events = copying.copy(AuditEvent, EVENT, _events(nation, sets))
    copying.settle()
    say(
        f"{sizes}, {answers:,} answers; {events:,} audit rows written;"
        f" {time.perf_counter() - begin:.0f} s, {_size()}"
    )
    return nation


def clear() -> None:
    """Nobody and nothing is left of it; the official lists stay."""
    with connection.cursor() as cursor:
        cursor.execute(
            "TRUNCATE registry_enterprise, registry_factory, registry_user, assessments_assessment,"
            " assessments_answer, tiers_certification, registry_auditevent RESTART IDENTITY CASCADE"
        )


def top_up_titles(nation: Nation, count: int) -> None:
    """The same nation with so many titles; none of those before may have been referred to."""
    nation.titles = count
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE tiers_certification CASCADE")
    with copying.stripped(Certification):
        _titles(nation)
    copying.settle()


def _size() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        return cursor.fetchone()[0]


def _firms(nation: Nation) -> None:
    copying.copy(
        Enterprise,
        (
            "id", "credit_code", "name", "seat_id", "authority_id", "address", "industry_id",
            "size", "above_scale", "created_at",
        ),
        nation.enterprise_rows(),
    )  # fmt: skip
    copying.copy(
        Factory,
        (
            "id", "enterprise_id", "name", "division_id", "authority_id", "address",
            "industry_id", "products", "created_at",
        ),
        nation.factory_rows(),
    )  # fmt: skip


def _people(nation: Nation) -> None:
    """One person for every firm, who never signs in."""
    first = User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    nation.by = first
    password = make_password(None)
    copying.copy(
        User,
        ("id", "username", "name", "role", "enterprise_id", "seat", "password", "date_joined"),
        (
            (
                first + n, f"firm-{n}", f"经办人{n % 97 + 1}", "enterprise", n, "manager", password,
                moment(nation.registered(n)),
            )
            for n in range(1, nation.enterprises + 1)
        ),
    )  # fmt: skip


def _assessments(nation: Nation, sets: list[rows.Answers]) -> int:
    copying.copy(
        Assessment,
        (
            "id", "factory_id", "standard", "started_by_id", "keeper_id", "started_at", "saved_at",
            "locked_at", "locked_by_id", "reached_tier", "maturity_level", "maturity_score",
            "digest",
        ),
        _assessment_rows(nation, sets),
    )  # fmt: skip
    return copying.copy_lines(
        Answer,
        ("assessment_id", "item", "value", "version", "by_id", "at"),
        (
            f"{n}{middle}{end}"
            for n in range(1, nation.assessments + 1)
            for end in (f"{_person(nation, n)}\t{moment(nation.assessed(n)).isoformat()}",)
            for middle in sets[nation.standing(n)].middles
        ),
    )


def _person(nation: Nation, assessment: int) -> int:
    return nation.by + nation.owner(nation.factory_of(assessment))


def _assessment_rows(nation: Nation, sets: list[rows.Answers]) -> Iterator[tuple]:
    for n in range(1, nation.assessments + 1):
        held, day, by = sets[nation.standing(n)], nation.assessed(n), _person(nation, n)
        begun, done = moment(day), moment(day + timedelta(days=9))
        yield (
            n, nation.factory_of(n), EDITION, by, by, begun, done, done, by, held.tier, held.level,
            held.score, held.digest,
        )  # fmt: skip


def _titles(nation: Nation) -> None:
    names = [field.attname for field in Certification._meta.concrete_fields]
    copying.copy(
        Certification,
        names,
        ([getattr(title, name) for name in names] for title in nation.title_rows()),
    )


EVENT = (
    "at", "actor_id", "actor_name", "verb", "target_type", "target_id", "target_name",
    "authority_path", "enterprise_id", "data", "request_id",
)  # fmt: skip


def _events(nation: Nation, sets: list[rows.Answers]) -> Iterator[tuple]:
    """What the acts would have written, and then saves of assessments until there are enough."""
    written = 0
    for maker in (_registered, _added, _issued, _locked, _saved):
        for row in maker(nation, sets):
            if written == nation.events:
                return
            written += 1
            yield row


def _registered(nation: Nation, sets: list[rows.Answers]) -> Iterator[tuple]:
    for n in range(1, nation.enterprises + 1):
        data = {"credit_code": nation.code(n)}
        path, name = nation.place(n).path, nation.name(n)
        day = moment(nation.registered(n))
        yield _event(day, None, Verb.ENTERPRISE_REGISTER, "registry.enterprise", n, name, path, n,
                     data)  # fmt: skip


def _added(nation: Nation, sets: list[rows.Answers]) -> Iterator[tuple]:
    for n in range(1, nation.factories + 1):
        firm = nation.owner(n)
        name, path = nation.factory_name(n), nation.factory_place(n).path
        day = moment(nation.registered(firm))
        yield _event(day, nation.by + firm, Verb.FACTORY_ADD, "registry.factory", n, name, path,
                     firm, {})  # fmt: skip


def _issued(nation: Nation, sets: list[rows.Answers]) -> Iterator[tuple]:
    for title in nation.title_rows():
        factory = title.factory_id
        path, firm = nation.factory_place(factory).path, nation.owner(factory)
        yield _event(title.issued_at, None, Verb.CERTIFICATION_ISSUE, "tiers.certification",
                     title.pk, title.number, path, firm, rows.replayed(title))  # fmt: skip


def _locked(nation: Nation, sets: list[rows.Answers]) -> Iterator[tuple]:
    for n in range(1, nation.assessments + 1):
        held = sets[nation.standing(n)]
        data = {"tier": held.tier, "maturity": held.level, "digest": held.digest}
        yield _of_assessment(nation, n, 9, Verb.ASSESSMENT_LOCK, data)


def _saved(nation: Nation, sets: list[rows.Answers]) -> Iterator[tuple]:
    lap = 0
    while nation.assessments:
        for n in range(1, nation.assessments + 1):
            items = list(sets[nation.standing(n)].items)
            data = {"items": items[lap * 12 % 48 : lap * 12 % 48 + 12]}
            yield _of_assessment(nation, n, lap % 9, Verb.ASSESSMENT_SAVE, data)
        lap += 1


def _of_assessment(nation: Nation, n: int, days: int, verb: Verb, data: dict) -> tuple:
    factory = nation.factory_of(n)
    firm, path = nation.owner(factory), nation.factory_place(factory).path
    day = moment(nation.assessed(n) + timedelta(days=days))
    name = f"{nation.factory_name(factory)}自评"
    return _event(day, nation.by + firm, verb, "assessments.assessment", n, name, path, firm, data)


def _event(at, actor, verb, kind, target, name, path, firm, data) -> tuple:  # noqa: ANN001
    """In the order of EVENT."""
    who = "系统" if actor is None else "企业经办人"
    return (at, actor, who, verb.value, kind, target, name, path, firm, json.dumps(
        data, ensure_ascii=False), f"{rows.mixed(target, 13):016x}")  # fmt: skip
