"""What every rule of the machine goes through: a clock, people, and an act that is watched.

An act that is done leaves exactly one line of its own verb in the trail, others only where they may
follow from it, and one for every row that is kept under its own name. An act that is refused leaves
nothing at all.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.db.models import Model, QuerySet
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition

from registry import delegation
from registry.access import business_date
from registry.audit import Verb
from registry.models import Authority, Delegation, User
from tests import build
from tests.machine import invariants
from tests.machine.world import World
from tiers.models import Application, Round

N = st.integers(0, 29)
#: After the public notice that one case of the world has behind it.
START = build.moment("2026-03-16 09:00")
Rows = dict[int, tuple[Any, ...]]

WATCHED = [
    model
    for model in apps.get_models(include_auto_created=True)
    if model._meta.app_label == "tiers"
    or model._meta.label in ("registry.AuditEvent", "registry.Notification", "registry.Delegation")
]
COLUMNS = {
    model._meta.label_lower: [field.attname for field in model._meta.concrete_fields]
    for model in WATCHED
}
#: Rows that nobody changes or makes without a line under their own name, but for these columns.
NAMED = {
    "tiers.application": (),
    "tiers.certification": ("reminded_days",),
    "tiers.filinglist": (),
    "tiers.ban": (),
    "tiers.determination": (),
    "tiers.meeting": (),
    "tiers.notice": (),
    "tiers.objection": (),
    "tiers.reviewpanel": (),
    "tiers.revocation": (),
    "tiers.surrender": (),
    "registry.delegation": (),
}
RISING = ("version", "submissions", "times_filed")
#: Lines and messages are added; nobody changes one.
APPENDED = ("registry.auditevent", "registry.notification")


def some(label: str):
    """Only where there is such a row."""
    return precondition(lambda self: self.tables.rows[label])


class Tables:
    """Every watched row as it stands."""

    def __init__(self) -> None:
        self.rows: dict[str, Rows] = {}
        with connection.cursor() as cursor:
            for model in WATCHED:
                columns = ", ".join(
                    connection.ops.quote_name(field.column) for field in model._meta.concrete_fields
                )
                cursor.execute(f"SELECT {columns} FROM {model._meta.db_table}")
                self.rows[model._meta.label_lower] = {row[0]: row for row in cursor.fetchall()}

    def column(self, label: str, name: str) -> dict[int, Any]:
        place = COLUMNS[label].index(name)
        return {pk: row[place] for pk, row in self.rows[label].items()}

    def changed_since(self, before: "Tables", label: str, but: Iterable[str] = ()) -> set[int]:
        """The keys of rows that are new or differ in another column than these."""
        places = [n for n, name in enumerate(COLUMNS[label]) if name not in but]
        old, new = before.rows[label], self.rows[label]
        return {
            pk
            for pk, row in new.items()
            if pk not in old or any(row[n] != old[pk][n] for n in places)
        }

    @cached_property
    def lines(self) -> list[dict[str, Any]]:
        names = COLUMNS["registry.auditevent"]
        rows = sorted(self.rows["registry.auditevent"].values())
        return [dict(zip(names, row, strict=True)) for row in rows]


class Base(RuleBasedStateMachine):
    """The clock, the people and the watch."""

    world: World
    tally: Counter[tuple[str, str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.run = transaction.atomic()
        self.run.__enter__()
        self.now = START
        self.tables = Tables()
        self.checked = self.latest()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.run.__exit__(None, None, None)

    # --- the watch ---

    def do(self, verb: Verb, act: Callable[[datetime], Any], *, also: Iterable[Verb] = ()) -> Any:
        """Try it; returns what the act returns, None where it is refused."""
        self.now += timedelta(minutes=1)
        before = self.tables
        try:
            done = act(self.now)
        except (PermissionDenied, ValidationError):
            done, refused = None, True
        else:
            refused = False
        self.tally["refused" if refused else "done", verb] += 1
        self.tables = Tables()
        if refused:
            assert self.tables.rows == before.rows, f"{verb} was refused and left traces"
        else:
            self._told(before, verb, set(also))
        return done

    def _told(self, before: Tables, verb: Verb, also: set[Verb]) -> None:
        fresh = self.tables.lines[len(before.lines) :]
        verbs = [line["verb"] for line in fresh]
        self.tally.update(("line", one) for one in verbs)
        if self.tables.rows == before.rows:
            return  # nothing was there to be done
        assert verbs.count(verb) == 1 or verb in also, f"{verb} wrote {verbs}"
        assert set(verbs) <= {verb, *also}, f"{verb} wrote {verbs}"
        self._named(before, fresh)

    def _named(self, before: Tables, fresh: list[dict[str, Any]]) -> None:
        """Every row that counts has its line, and every line of an issue its row."""
        for label, but in NAMED.items():
            told = {int(line["target_id"]) for line in fresh if line["target_type"] == label}
            changed = self.tables.changed_since(before, label, but)
            assert changed <= told, f"{label} {sorted(changed - told)} changed without a line"

    # --- the people ---

    def acting_for(self, office: Authority, n: int) -> User:
        """An officer of this office, somebody who stands in for one, or now and then anybody."""
        if n % 5 == 4:
            return User.objects.get(pk=self.world.people[n % len(self.world.people)].pk)
        return self.officer(office, n)

    def officer(self, office: Authority, n: int) -> User:
        own = list(User.objects.filter(authority=office, is_active=True).order_by("pk"))
        given = Delegation.objects.filter(authority=office, revoked_at=None).order_by("pk")
        own += [one for held in given if (one := self.stand_in(held))]
        return own[n % len(own)]

    def stand_in(self, held: Delegation) -> User | None:
        person = User.objects.get(pk=held.stand_in_id)
        found = delegation.in_force(held.pk, person, at=self.now)
        if found is None:
            return None
        delegation.put_on(person, found)
        return person

    def pick(self, rows: "QuerySet[Any] | type[Model]", n: int) -> Any:
        found = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
        keys = list(found.order_by("pk").values_list("pk", flat=True))
        return found.model._default_manager.get(pk=keys[n % len(keys)]) if keys else None

    def waiting(self, step: str) -> int:
        """How many cases wait at that step."""
        return list(self.tables.column("tiers.application", "step").values()).count(step)

    @property
    def batch(self) -> Round:
        return Round.objects.get(authority=self.world.province, kind=Round.Kind.BATCH)

    def at(self, step: str, n: int) -> Application:
        return self.pick(Application.objects.filter(step=step), n)

    # --- what always holds ---

    def latest(self) -> dict[str, int]:
        labels = ("tiers.certification", "tiers.decision", "registry.notification")
        return {label: max(self.tables.rows[label], default=0) for label in labels}

    @invariant()
    def nothing_is_wrong(self) -> None:
        on, since = business_date(self.now), self.checked
        faults = [
            *invariants.two_open_titles(on),
            *invariants.ungrounded_grants(since["tiers.certification"]),
            *invariants.gains_under_a_ban(since["tiers.certification"], since["tiers.decision"]),
            *invariants.revoked_but_valid(on),
            *invariants.untold_titles(),
            *invariants.unauthorised_decisions(since["tiers.decision"]),
            *invariants.biased_decisions(since["tiers.decision"]),
            *invariants.meetings_of_one(),
            *invariants.lists_of_one(),
            *invariants.notices_of_one(),
            *invariants.revocations_of_one(),
            *invariants.exceeded_quotas(),
            *invariants.faulty_messages(since["registry.notification"]),
        ]
        assert not faults, faults
        self.checked = self.latest()

    @invariant()
    def versions_only_rise(self) -> None:
        before = getattr(self, "seen", self.tables)
        for label, names in COLUMNS.items():
            for name in set(names) & set(RISING):
                now = self.tables.column(label, name)
                for pk, version in before.column(label, name).items():
                    assert now.get(pk, -1) >= version, f"{label} {pk}: {name} fell"
        for label in APPENDED:
            old, new = before.rows[label], self.tables.rows[label]
            assert all(new.get(pk) == row for pk, row in old.items()), f"{label} was changed"
        self.seen = self.tables
