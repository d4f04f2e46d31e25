"""The part of the demo world in which firms with titles change: renamed, merged, moved, halted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from config.demo.titles import paper, title_of
from registry.models import Division, Factory
from tiers import firm_changes
from tiers.certificates import issuing
from tiers.models import FirmChange

if TYPE_CHECKING:
    from config.demo.world import Firm, World

Kind = FirmChange.Kind
#: What the firms of a story report, and how many days ago; ``decided`` where the office has said
#: its word by now.
STORIES: dict[str, dict[str, Any]] = {
    # Certified before it had another name, and again since.
    "changed-name": {"kind": Kind.RENAME, "days_ago": 24, "decided": 21, "certified": (30, 20)},
    "merged": {"kind": Kind.ABSORPTION, "days_ago": 38, "decided": 33},
    "merging": {"kind": Kind.ABSORPTION, "days_ago": 2},
    "moved-in": {"kind": Kind.MOVE, "days_ago": 19, "decided": 16},
    "moved-out": {"kind": Kind.MOVE, "days_ago": 30, "decided": 27},
    "leaving": {"kind": Kind.MOVE, "days_ago": 1},
    "halted": {"kind": Kind.HALT, "days_ago": 12, "decided": 10},
}
#: Of whom one may sign in by the name of the story.
SHOWN = ("merging",)


def run(world: World, firms: list[Firm]) -> None:
    by_name = {firm.name: firm for firm in firms}
    for firm in firms:
        if (told := STORIES.get(firm.story)) is None:
            continue
        world.joined(firm, days_ago=120 + firm.index % 20)
        enterprise = firm.enterprise
        given = _report(world, firm, told, by_name)
        before, after = told.get("certified", (0, 0))
        if before:
            _certify(world, firm, before)
        at = world.at(told["days_ago"], 10)
        change = firm_changes.report(enterprise, given, by=firm.user, at=at)
        if decided := told.get("decided"):
            by = world.officer_at(change.authority)
            firm_changes.confirm(change, by=by, at=world.at(decided, 15))
        if after:
            _certify(world, firm, after)


def _certify(world: World, firm: Firm, days_ago: int) -> None:
    title = title_of(world, firm)
    by = world.officer_at(title.issuer)
    issuing.issue_all([title.pk], by=by, at=world.at(days_ago, 16))


def _report(
    world: World, firm: Firm, told: dict[str, Any], by_name: dict[str, Firm]
) -> firm_changes.Report:
    said = world.data["changes"]
    kind = told["kind"]
    more: dict[str, Any] = {}
    factory = Factory.objects.get(enterprise=firm.enterprise, name=firm.factory_name)
    match kind:
        case Kind.RENAME:
            more = {"name": firm.name.replace("有限公司", "股份有限公司")}
        case Kind.ABSORPTION:
            more = {"credit_code": world.code(by_name[said["into"][firm.story]])}
        case Kind.MOVE:
            place = Division.objects.get(code=said["to"][firm.story])
            more = {"division": place, "address": f"{place.name}{world.road(3)}66号"}
    of_a_factory = kind in FirmChange.OF_A_FACTORY
    return firm_changes.Report(
        kind=kind,
        on=world.at(told["days_ago"] + 5).date(),
        document=said["document"][str(kind)],
        note=said["note"].get(str(kind), ""),
        factory=factory if of_a_factory else None,
        proofs=(paper("证明材料", firm.name),),
        **more,
    )
