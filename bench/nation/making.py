"""Making the nation: its tables one after the other."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection, models

from assessments import standard
from assessments.models import Answer, Assessment
from bench.nation import copying, rows
from bench.nation.cases import Cases
from bench.nation.room import Sizes
from bench.nation.rows import Nation, moment
from registry.audit import Verb
from registry.models import AuditEvent, Enterprise, Factory, User
from tiers.models import Application, Certification, Decision

EDITION = "elements-2025"
#: What is filled, without its keys and indexes until then.
TABLES: tuple[type[models.Model], ...] = (
    Enterprise, Factory, User, Assessment, Answer, Certification, Application, Decision,
    AuditEvent,
)  # fmt: skip


def data_folder() -> Path:
    """Where the server keeps its data if that is on this machine, else where files go."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('data_directory', true)")
        folder = Path(cursor.fetchone()[0] or "/tmp")
    while not folder.exists():
        folder = folder.parent
    return folder


def make(sizes: Sizes, *, say: Callable[[str], None] = print) -> Nation:
    """All tables, with ANALYZE at the end. The database holds official lists and nothing else."""
    nation = Nation(*sizes.whole)
    begin = time.perf_counter()
    sets = rows.prepared(standard.get(EDITION), EDITION)
    with copying.stripped(*TABLES, say=say):
        timed("firms", say, lambda: _firms(nation))
        timed("people", say, lambda: _people(nation))
        answers = timed("assessments", say, lambda: _assessments(nation, sets))
        timed("titles", say, lambda: _titles(nation))
        timed("cases", say, Cases(nation).make)
        trail = _event_rows(nation, sets)
        events = timed("audit", say, lambda: copying.copy(AuditEvent, EVENT, nation.events, trail))
    timed("housekeeping", say, copying.settle)
    say(
        f"{sizes}, {answers:,} answers; {events:,} audit rows written;"
        f" {time.perf_counter() - begin:.0f} s, {_size()}"
    )
    return nation


def timed(name: str, say: Callable[[str], None], act: Callable[[], Any]) -> Any:
    """What the act returns, once it has been said how long it took."""
    begin = time.perf_counter()
    found = act()
    say(f"{name}: {time.perf_counter() - begin:.0f} s")
    return found


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
    copying.settle(Certification)


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
        nation.enterprises,
        nation.enterprise_row,
    )  # fmt: skip
    copying.copy(
        Factory,
        (
            "id", "enterprise_id", "name", "division_id", "authority_id", "address",
            "industry_id", "products", "created_at",
        ),
        nation.factories,
        nation.factory_row,
    )  # fmt: skip


def _people(nation: Nation) -> None:
    """One person for every firm, who never signs in."""
    first = User.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    nation.by = first
    password = make_password(None)
    copying.copy(
        User,
        ("id", "username", "name", "role", "enterprise_id", "seat", "password", "date_joined"),
        nation.enterprises,
        lambda n: (
            first + n, f"firm-{n}", f"经办人{n % 97 + 1}", "enterprise", n, "manager", password,
            moment(nation.registered(n)),
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
        nation.assessments,
        lambda n: _assessment(nation, sets, n),
    )  # fmt: skip

    def answers(n: int) -> Iterator[str]:
        end = f"{_person(nation, n)}\t{moment(nation.assessed(n)).isoformat()}"
        return (f"{n}{middle}{end}" for middle in sets[nation.standing(n)].middles)

    names = ("assessment_id", "item", "value", "version", "by_id", "at")
    return copying.copy_lines(Answer, names, nation.assessments, answers)


def _person(nation: Nation, assessment: int) -> int:
    return nation.by + nation.owner(nation.factory_of(assessment))


def _assessment(nation: Nation, sets: list[rows.Answers], n: int) -> tuple:
    held, day, by = sets[nation.standing(n)], nation.assessed(n), _person(nation, n)
    begun, done = moment(day), moment(day + timedelta(days=9))
    return (
        n, nation.factory_of(n), EDITION, by, by, begun, done, done, by, held.tier, held.level,
        held.score, held.digest,
    )  # fmt: skip


def _titles(nation: Nation) -> None:
    names = [field.attname for field in Certification._meta.concrete_fields]

    def row(n: int) -> list:
        title = nation.title(n)
        return [getattr(title, name) for name in names]

    copying.copy(Certification, names, nation.titles, row)


EVENT = (
    "at", "actor_id", "actor_name", "verb", "target_type", "target_id", "target_name",
    "authority_path", "enterprise_id", "data", "request_id",
)  # fmt: skip


def _event_rows(nation: Nation, sets: list[rows.Answers]) -> copying.Row:
    """What the acts would have written, and then saves of assessments until there are enough."""
    kinds = (
        (nation.enterprises, _registered),
        (nation.factories, _added),
        (nation.titles, _issued),
        (nation.assessments, _locked),
    )

    def row(number: int) -> tuple:
        for many, maker in kinds:
            if number <= many:
                return maker(nation, sets, number)
            number -= many
        return _saved(nation, sets, number)

    return row


def _registered(nation: Nation, sets: list[rows.Answers], n: int) -> tuple:
    data = {"credit_code": nation.code(n)}
    path, name = nation.place(n).path, nation.name(n)
    day = moment(nation.registered(n))
    return _event(day, None, Verb.ENTERPRISE_REGISTER, "registry.enterprise", n, name, path, n,
                  data)  # fmt: skip


def _added(nation: Nation, sets: list[rows.Answers], n: int) -> tuple:
    firm = nation.owner(n)
    name, path = nation.factory_name(n), nation.factory_place(n).path
    day = moment(nation.registered(firm))
    return _event(day, nation.by + firm, Verb.FACTORY_ADD, "registry.factory", n, name, path,
                  firm, {})  # fmt: skip


def _issued(nation: Nation, sets: list[rows.Answers], n: int) -> tuple:
    title = nation.title(n)
    factory = title.factory_id
    path, firm = nation.factory_place(factory).path, nation.owner(factory)
    return _event(title.issued_at, None, Verb.CERTIFICATION_ISSUE, "tiers.certification",
                  title.pk, title.number, path, firm, rows.replayed(title))  # fmt: skip


def _locked(nation: Nation, sets: list[rows.Answers], n: int) -> tuple:
    held = sets[nation.standing(n)]
    data = {"tier": held.tier, "maturity": held.level, "digest": held.digest}
    return _of_assessment(nation, n, 9, Verb.ASSESSMENT_LOCK, data)


def _saved(nation: Nation, sets: list[rows.Answers], number: int) -> tuple:
    lap, n = divmod(number - 1, nation.assessments)
    items = list(sets[nation.standing(n + 1)].items)
    data = {"items": items[lap * 12 % 48 : lap * 12 % 48 + 12]}
    return _of_assessment(nation, n + 1, lap % 9, Verb.ASSESSMENT_SAVE, data)


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
