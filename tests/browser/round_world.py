"""A province's round for the advanced tier: forty cases sent in, the people who judge them, and the
rest of every stage by acts where one case of it was done on the pages.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils import timezone

from registry import enterprises
from registry.access import business_date
from registry.models import Authority, Industry, User
from registry.policy import StepKind, Tier
from tests import build
from tiers import chain, experts, inspection, quota
from tiers.models import Application, Assignment, Consultation, Expert, Round

KIND = "国家级智能制造示范工厂"
#: Which case's firm has not said what it makes, and which one's firm employs an expert.
INCOMPLETE, INSIDER = 3, 5


@dataclass(frozen=True)
class Unit:
    """Where some of the factories stand, and how many its office may recommend."""

    county: str
    office: str
    cases: int
    places: int


@dataclass
class World:
    """``cases`` in the order in which they were sent in; the cast by name."""

    batch: Round
    province: Authority
    first: User
    second: User
    third: User
    cities: dict[str, User]
    departments: dict[str, User]
    pool: list[Expert]
    cases: list[Application]
    units: tuple[Unit, ...] = field(default=())

    def of(self, unit: Unit) -> list[Application]:
        return [case for case in self.cases if case.factory.division.code == unit.county]

    def at(self, step: StepKind) -> list[Application]:
        waiting = Application.objects.filter(
            round=self.batch, status=Application.Status.IN_PROGRESS, step=step
        )
        return list(waiting.order_by("pk"))


def made(code: str, units: tuple[Unit, ...]) -> World:
    """Everything up to the cities' desks: firms with a title of the basic tier, their assessments
    locked and their cases sent in last month.
    """
    province, begun = build.authority(code), timezone.now() - timedelta(days=40)
    first = build.officer(province, username="first", name="陈一")
    cities = {
        unit.office: build.officer(build.authority(unit.office), name=f"市级{number}")
        for number, unit in enumerate(units, start=1)
    }
    today = business_date(timezone.now())
    batch = build.open_round(
        province,
        Tier.ADVANCED,
        at=begun,
        closes_on=today,
        recommend_by=today + timedelta(days=20),
        off_quota_kinds=(KIND,),
    )
    places = {cities[unit.office].authority_id: unit.places for unit in units}
    quota.allot(batch, places, by=first, at=begun)
    where = [unit for unit in units for _ in range(unit.cases)]
    cases = [_case(unit, begun, whole=n != INCOMPLETE) for n, unit in enumerate(where)]
    return World(
        batch=batch,
        province=province,
        first=first,
        second=build.officer(province, username="second", name="宋二"),
        third=build.officer(province, username="third", name="薛三"),
        cities=cities,
        departments={
            one.code.partition("-")[2]: build.officer(one, name=one.short_name)
            for one in Authority.objects.filter(parent=province, kind="department")
        },
        pool=_pool(province, cases, begun),
        cases=cases,
        units=units,
    )


def _case(unit: Unit, begun, *, whole: bool) -> Application:
    """A firm whose particulars are complete or lack one, in a trade that the experts know."""
    factory = build.factory_at(build.authority(unit.county), at=begun)
    by, trade = build.staff_of(factory.enterprise, at=begun), Industry.objects.get(code="34")
    about = {"address": "工业大街1号", "industry": trade}
    enterprises.update(
        factory.enterprise, by=by, at=begun, size="medium", above_scale=True, **about
    )
    products = "数控机床" if whole else ""
    factory = enterprises.update_factory(factory, products=products, by=by, at=begun, **about)
    return build.candidate(factory=factory, at=begun)


def _pool(province: Authority, cases: list[Application], begun) -> list[Expert]:
    """Eight experts; one of them works for a firm of the round."""
    insider = cases[INSIDER].factory.enterprise.name
    employers = [insider, *(f"第{number}研究院" for number in range(2, 9))]
    return [
        build.expert(province, employer=employer, fields=("34", "35"), at=begun)
        for employer in employers
    ]


# --- the rest of a stage ----------------------------------------


def recommend(world: World, cases: list[Application]) -> None:
    for case in cases:
        build.decide(case, by=world.cities[chain.handling_authority(case).code], at=timezone.now())


def answer(world: World) -> None:
    """Whoever has not spoken has nothing against it."""
    for sent in Consultation.objects.filter(opinions=None).select_related("department"):
        build.reply(sent, by=User.objects.get(authority=sent.department), at=timezone.now())


def complete(world: World, step: StepKind) -> None:
    for case in world.at(step):
        build.decide(case, by=world.first, at=timezone.now())


def mark(world: World, apart: Application) -> None:
    """All marks still to come: near each other but for one case, which gets one more expert."""
    far = iter((92, 85, 60))
    while task := _open_task(world):
        number = task.pk
        if task.application_id == apart.pk and task.kind != Assignment.Kind.SECOND:
            total = next(far)
        else:
            total = 74 + task.application_id % 13 + (3, 0, -4)[number % 3]
        build.marked(task, total, at=timezone.now())


def _open_task(world: World) -> Assignment | None:
    open_ones = Assignment.objects.live().exclude(state=Assignment.State.GIVEN)
    return open_ones.filter(panel__round=world.batch).order_by("pk").first()


def conclude(world: World, cases: list[Application]) -> None:
    for case in cases:
        experts.conclude(case, text="同意推荐", by=world.first, at=timezone.now())


def visit(world: World, besides: Application) -> None:
    """Every other case that is on the list of visits, visited and found fit."""
    for case in world.at(StepKind.INSPECT):
        if case.pk != besides.pk and inspection.current(case):
            build.signed(case, at=timezone.now())
