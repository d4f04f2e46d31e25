"""The cases of a nation: who asked for which tier, how far it got, and what offices decided on it.

What is said of firm and factory with each submission is left out, and so is the trail.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.hashers import make_password

from bench.nation import copying
from bench.nation.rows import FIRST, STRIDE, TODAY, Nation, Place, mixed, moment
from registry import policy
from registry.models import Authority, User
from registry.policy import LEVELS, Step, Tier
from tiers.models import Action, Application, Decision, Round
from tiers.workflow import NUMBER_PREFIXES

Status = Application.Status
#: The first rules are in force by then.
OPENED = date(2025, 7, 1)
#: Of a hundred cases, in this order.
STATES = (
    (50, Status.CERTIFIED), (8, Status.REJECTED), (4, Status.WITHDRAWN), (6, Status.RETURNED),
    (24, Status.IN_PROGRESS), (8, Status.DRAFT),
)  # fmt: skip
STANDINGS = [status for many, status in STATES for _ in range(many)]
ENDS = {
    Status.CERTIFIED: Action.COMPLETE,
    Status.REJECTED: Action.REJECT,
    Status.RETURNED: Action.SEND_BACK,
}


@dataclass(frozen=True)
class Case:
    """One case as its number has it."""

    factory: int
    person: int
    place: Place
    batch: int
    tier: Tier
    status: Status
    #: The steps it has to pass, and how many it has passed.
    steps: tuple[Step, ...]
    passed: int
    begun: date


class Cases:
    """Rounds, officers and cases, once there are firms, their people and assessments."""

    def __init__(self, nation: Nation) -> None:
        self.nation = nation
        self.offices = {one.pk: one for one in Authority.objects.order_by("pk")}
        self.above = {one.path: one for one in self.offices.values()}
        self.by = nation.by + nation.enterprises
        staffed = [pk for pk, one in self.offices.items() if one.kind in LEVELS]
        self.officers = {pk: self.by + n for n, pk in enumerate(staffed, start=1)}
        self.rounds: dict[tuple[int, Tier], tuple[int, tuple[Step, ...]]] = {}

    def make(self) -> None:
        self._people()
        self._rounds()
        copying.copy(Application, APPLICATION, self.nation.cases, self._application)
        copying.copy_lines(Decision, DECISION, self.nation.cases, self._decisions)

    def _people(self) -> None:
        """One officer for every office, who never signs in."""
        held, password = [self.offices[pk] for pk in self.officers], make_password(None)
        copying.copy(
            User,
            ("id", "username", "name", "role", "authority_id", "password", "date_joined"),
            len(held),
            lambda n: (
                self.by + n, f"office-{n}", "经办人", held[n - 1].kind, held[n - 1].pk, password,
                moment(FIRST),
            ),
        )  # fmt: skip

    def _rounds(self) -> None:
        """One for every province and tier that takes applications, open all the time."""
        for code in sorted({place.rules for place in self.nation.places}):
            rules = policy.get(code)
            province = self.above[f"/{rules.province}/"]
            for tier in (Tier.BASIC, Tier.ADVANCED):
                if not rules.tiers[tier].steps:
                    continue
                made = Round.objects.create(
                    authority=province,
                    tier=tier,
                    policy=code,
                    title=f"{OPENED.year}年{tier.label}智能工厂",
                    opens_on=OPENED,
                    opened_at=moment(OPENED),
                    opened_by_id=self.officers[province.pk],
                )
                self.rounds[province.pk, tier] = made.pk, rules.tiers[tier].steps

    def case(self, n: int) -> Case:
        """The case of one factory; none has two."""
        factory = (n - 1) * STRIDE % self.nation.factories + 1
        place, h = self.nation.factory_place(factory), mixed(n, 30)
        tier = Tier.BASIC if h % 5 else Tier.ADVANCED
        if (place.province, tier) not in self.rounds:
            tier = Tier.BASIC
        batch, steps = self.rounds[place.province, tier]
        status = STANDINGS[(h >> 8) % 100]
        return Case(
            factory=factory,
            person=self.nation.by + self.nation.owner(factory),
            place=place,
            batch=batch,
            tier=tier,
            status=status,
            steps=steps,
            passed=len(steps) - 1 if status in ENDS else (h >> 16) % len(steps),
            begun=TODAY
            - timedelta(days=1 + (h >> 24) % (60 if status in Application.OPEN else 360)),
        )

    def _application(self, n: int) -> tuple:
        one, h = self.case(n), mixed(n, 31)
        waits = one.steps[one.passed] if one.status == Status.IN_PROGRESS else None
        sent = None if one.status == Status.DRAFT else moment(one.begun)
        year = one.begun.year
        return (
            n, f"{NUMBER_PREFIXES[one.tier]}-{year}-{n:07d}" if sent else None, one.batch,
            one.factory, one.tier.value, one.factory, one.status.value,
            waits.kind.value if waits else "", waits.level if waits else "",
            self._decided(one, one.passed) if waits else None,
            TODAY + timedelta(days=h % 30 - 6) if waits else None,
            0 if not sent else 1 + (h % 10 == 0), sent, sent, "法定代表人" if sent else "",
            one.person, moment(one.begun - timedelta(days=3)), one.person,
        )  # fmt: skip

    def _decided(self, one: Case, step: int) -> object:
        """When it came to so many steps."""
        return moment(min(one.begun + timedelta(days=5 * step), TODAY))

    def _office(self, place: Place, level: str) -> Authority:
        """The office of that level above a place, or its own."""
        office = self.offices[place.authority]
        while office.kind != level and office.parent_id:
            office = self.offices[office.parent_id]
        return office

    def _decisions(self, n: int) -> Iterator[str]:
        one = self.case(n)
        if one.status == Status.DRAFT:
            return
        firm = (one.person, "企业经办人", self.nation.name(self.nation.owner(one.factory)), None)
        yield self._decision(n, one, Action.SUBMIT, None, firm, 0)
        if one.status == Status.WITHDRAWN:
            yield self._decision(n, one, Action.WITHDRAW, None, firm, 1)
            return
        done = one.steps[: one.passed + (one.status in ENDS)]
        for at, step in enumerate(done, start=1):
            office = self._office(one.place, step.level)
            who = (self.officers[office.pk], "经办人", office.name, office.pk)
            action = ENDS.get(one.status, Action.COMPLETE) if at > one.passed else Action.COMPLETE
            yield self._decision(n, one, action, step, who, at)

    def _decision(
        self, n: int, one: Case, action: Action, step: Step | None, who: tuple, at: int
    ) -> str:
        by, name, place, office = who
        values = (
            n, action.value, step.kind.value if step else "", step.level if step else "", by, name,
            place, office, self._decided(one, at), "材料齐全，情况属实。" if step else "",
            one.factory,
        )  # fmt: skip
        return "\t".join(map(copying.plain, values))


APPLICATION = (
    "id", "number", "round_id", "factory_id", "tier", "assessment_id", "status", "step",
    "step_level", "step_since", "due_on", "submissions", "first_submitted_at", "submitted_at",
    "declared_by", "created_by_id", "created_at", "keeper_id",
)  # fmt: skip
DECISION = (
    "application_id", "action", "step", "step_level", "by_id", "by_name", "place_name",
    "authority_id", "at", "opinion", "assessment_id",
)  # fmt: skip
