"""The part of the demo world in which offices sum last year up: most have signed, one is still
writing, one is late.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from config.demo.titles import paper, second
from registry.access import SHANGHAI
from registry.models import Authority, User
from reports import summaries
from reports.models import Summary

if TYPE_CHECKING:
    from config.demo.world import World


def run(world: World) -> None:
    told = world.data.get("summaries")
    if told is None:
        return
    province = Authority.objects.get(code=world.data["province"])
    first = datetime.combine(world.today.replace(month=1, day=4), time(0, 10), tzinfo=SHANGHAI)
    summaries.open_year(province.code, world.today.year - 1, at=min(first, world.now))
    owed = Summary.objects.filter(authority__path__startswith=province.path, due_on__isnull=False)
    for number, one in enumerate(owed.select_related("authority").order_by("authority__path")):
        if one.authority.code == told["late"]:
            continue
        at = min(_moment(one, days_before=20 - number), world.now)
        by = world.officer_at(one.authority)
        words = {key: told[key].replace("{place}", one.authority.short_name) for key in WORDS}
        draft = one.authority.code == told["draft"]
        words |= {"plan": ""} if draft else {}
        written = summaries.write(one, words, seen=None, by=by, at=at)
        if not draft:
            _sign(world, written, by, at)


WORDS = tuple(key for key, _, _ in summaries.SECTIONS)


def _moment(one: Summary, *, days_before: int) -> datetime:
    """A morning so many days before it is due."""
    day = (one.due_on or one.opened_at.date()) - timedelta(days=days_before)
    return datetime.combine(day, time(10), tzinfo=SHANGHAI)


def _sign(world: World, one: Summary, by: User, at: datetime) -> None:
    name = f"{one.authority.short_name}{one.year}年智能工厂梯度培育工作总结"
    summaries.attach(one, paper("佐证材料", name), name=f"{name}.pdf", by=by, at=at)
    digest = summaries.now(one).digest
    summaries.prepare(one, seen=digest, by=by, at=at)
    signer = second(world, one.authority)
    summaries.sign(one, seen=digest, by=signer, at=min(at + timedelta(hours=5), world.now))
