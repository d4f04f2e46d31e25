"""The people of the demo world who judge cases beside the province's officer: his colleagues, the
persons at other departments, and the experts of the pool.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from registry import inbox, policy
from registry.models import Authority, Division, User
from tiers import experts

if TYPE_CHECKING:
    from config.demo.world import World


def enter(world: World) -> None:
    """As the province's file names them; an office's further people are known by their number."""
    told = world.data["review"]
    office = Authority.objects.get(code=world.data["province"])
    for number, row in enumerate(told["colleagues"], start=2):
        made = world.officer(row["user"], row["name"], office)
        world.officers[f"{office.code}/{number}"] = made
    rules = policy.current(office.province_code, world.today)
    for department in rules.departments:
        authority = Authority.objects.get(code=rules.department_code(department))
        row = told["departments"][department.code]
        world.officers[authority.code] = world.officer(row["user"], row["name"], authority)
    for row in told["experts"]:
        _expert(world, row)


def _expert(world: World, row: dict) -> None:
    begins = world.at(345).date()
    consulted = [{"name": name, "year": world.today.year - 1} for name in row.get("consulted", ())]
    division = Division.objects.get(code=row["division"]) if "division" in row else None
    made, _ = experts.enter(
        row["user"],
        row["name"],
        "",
        experts.Profile(
            employer=row["employer"],
            title=row["title"],
            group=row.get("group", ""),
            fields=row["fields"],
            division=division,
            consulted=consulted,
            term_from=begins,
            term_until=begins + timedelta(days=3 * 365),
        ),
        by=world.province_officer,
        at=world.at(340),
    )
    made.user.set_password(world.password)
    made.user.save(update_fields=["password"])


def colleague(world: World, number: int) -> User:
    """The second or third person of the province's own office."""
    return world.officers[f"{world.data['province']}/{number}"]


def of_department(world: World, department: Authority) -> User:
    return world.officers[department.code]


def team(world: World) -> str:
    """Who goes to see a factory: two experts and a colleague."""
    first, second, *_ = (row["name"] for row in world.data["review"]["experts"])
    return f"{first}、{second}、{colleague(world, 2).name}"


def read_up(world: World) -> None:
    """Whoever judges has read his messages up to the last few days."""
    office = Authority.objects.get(code=world.data["province"])
    for expert in experts.serving(office, world.today):
        inbox.read_all(expert.user, at=world.at(15, 18))
