"""The certification table, made again from nothing but the audit rows ``certification.*``."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from registry.models import AuditEvent
from tiers.certification import replay
from tiers.models import Certification


@dataclass
class Title:
    """A title as the trail tells of it: its row, and the days on which it is suspended."""

    row: dict[str, object] = field(default_factory=dict)
    suspensions: dict[int, tuple[str, str]] = field(default_factory=dict)


def replayed(lines: Iterable[AuditEvent]) -> dict[int, Title]:
    """Every title by its key, after the last line."""
    table: dict[int, Title] = {}
    for line in lines:
        key, said = int(line.target_id), dict(line.data)
        if (line.verb == "certification.issue") == (key in table):
            raise ValueError(f"{line.verb} of title {key}, which is {'there' if table else 'not'}")
        title = table.setdefault(key, Title())
        if number := said.pop("suspension", None):
            title.suspensions[number] = (said.pop("suspended_from"), said.pop("suspended_to"))
        title.row = said
        if line.verb == "certification.withdraw":
            del table[key]
    return table


def standing(titles: Iterable[Certification]) -> dict[int, Title]:
    """The same of the table itself."""
    return {
        title.pk: Title(
            replay(title),
            {one.pk: (str(one.from_on), str(one.ends_on or "")) for one in title.suspensions.all()},
        )
        for title in titles
    }
