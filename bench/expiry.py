"""The night's expiry beside one statement written by hand: ten in a hundred of the titles are
due.
"""

from collections.abc import Callable
from datetime import date, timedelta

from bench import turns
from bench.floors import expiry as floor
from bench.nation.rows import TODAY, moment
from registry import policy
from registry.models import AuditEvent, Authority, Notification
from registry.policy import Tier
from tiers import certification
from tiers.models import Certification

#: By then everything that ends soon has ended, and nothing else.
NIGHT = TODAY + timedelta(days=32)


def rules(on: date) -> list[floor.Rule]:
    """What each province's rules tell the holder of a title that has just ended."""
    found = []
    for province in Authority.objects.filter(kind="province"):
        edition = policy.current(province.code, on)
        for tier in (Tier.BASIC, Tier.ADVANCED):
            rule = edition.tiers[tier]
            if rule.renewal and rule.renewal.late_months:
                told = (rule.renewal.late_months, " 前可以逾期申请复核，须写明原因")
            elif rule.steps:
                told = (0, "需要继续持有称号的，按批次重新申报")
            else:
                told = (0, "本等级不受理复核申请，期满自动移出")
            found.append((province.path, tier.value, *told))
    return found


def measure(number_of_turns: int = turns.TURNS) -> turns.Measured:
    at, told = moment(NIGHT), rules(NIGHT)
    due = Certification.objects.filter(ending="", ends_on__lte=NIGHT).count()

    def bare() -> None:
        floor.expire(told, on=NIGHT, at=at)

    def ours() -> None:
        certification.expire_due(on=NIGHT, at=at)

    same(bare, ours)
    taken = turns.in_turns(
        turns.undone(bare),
        turns.undone(ours),
        number_of_turns,
        after=lambda: turns.swept(Certification, AuditEvent, Notification),
    )
    total = Certification.objects.count()
    return turns.Measured(f"Expiry of {due:,} due titles of {total:,}", *taken, limit=2.0)


def same(floor: Callable[[], object], ours: Callable[[], object]) -> None:
    """Both write the same rows."""
    written = []
    for act in (floor, ours):
        rows: list[list] = []
        turns.undone(lambda act=act, rows=rows: (act(), rows.extend(_written())))()
        written.append(rows)
    for bare, full in zip(*written, strict=True):
        if bare != full:
            different = [pair for pair in zip(bare, full, strict=False) if pair[0] != pair[1]]
            raise AssertionError(f"{len(bare)} and {len(full)} rows; first {different[:1]}")


def _written() -> list[list]:
    """What the act has left: titles, trail, messages."""
    at = moment(NIGHT)
    titles = Certification.objects.filter(ended_at=at).order_by("pk").values_list("pk", "ending")
    trail = (
        AuditEvent.objects.filter(at=at)
        .order_by("target_id")
        .values_list(
            *[
                f.attname
                for f in AuditEvent._meta.concrete_fields
                if f.name not in ("id", "recorded_at")
            ]
        )
    )
    told = (
        Notification.objects.filter(created_at=at)
        .order_by("key")
        .values_list(*[f.attname for f in Notification._meta.concrete_fields if f.name != "id"])
    )
    return [list(titles), list(trail), list(told)]
