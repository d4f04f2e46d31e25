"""What changed in the public register, the latest first, as the trail tells it: for programs that
follow it. Nobody's name is in it; what was not public at the time of a change never comes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from registry.access import SHANGHAI
from registry.audit import Verb
from registry.models import AuditEvent
from registry.policy import Tier
from tiers.models import Certification

PER_PAGE = 50
TITLES = {
    Verb.CERTIFICATION_ISSUE: "granted",
    Verb.CERTIFICATION_PUBLISH: "granted",
    Verb.CERTIFICATION_SUSPEND: "suspended",
    Verb.CERTIFICATION_RESTORE: "resumed",
    Verb.CERTIFICATION_EXPIRE: "expired",
    Verb.CERTIFICATION_SUPERSEDE: "superseded",
    Verb.CERTIFICATION_REVOKE: "revoked",
    Verb.CERTIFICATION_SURRENDER: "surrendered",
    Verb.CERTIFICATION_MOVE_OUT: "moved_out",
    Verb.CERTIFICATION_REINSTATE: "reinstated",
    Verb.CERTIFICATION_CORRECT: "corrected",
}
FIRMS = {Verb.ENTERPRISE_RENAME: "firm_renamed"}
FACTORIES = {
    Verb.FACTORY_RENAME: "renamed",
    Verb.FACTORY_MOVE: "moved",
    Verb.FACTORY_PASS: "passed",
}
LABELS = {
    "granted": "列入名录", "suspended": "暂停", "resumed": "恢复", "expired": "到期",
    "superseded": "换发", "revoked": "撤销", "surrendered": "主动放弃", "moved_out": "迁出终止",
    "reinstated": "撤销取消，恢复认定", "corrected": "更正", "renamed": "工厂更名",
    "firm_renamed": "企业更名", "moved": "工厂搬迁", "passed": "工厂转入承继企业",
}  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One change; ``key`` is never given a second time and stays with it."""

    key: int
    kind: str
    at: datetime
    title: str
    text: str
    path: str
    number: str = ""


@dataclass(frozen=True)
class Page:
    """Changes, the latest first; ``older`` is where the next page begins, where there is one."""

    changes: list[Change]
    older: int | None


def newest() -> int:
    """The key of the latest change of any kind, to tell whether anything is new."""
    return _lines().values_list("pk", flat=True).first() or 0


def page(before: int | None) -> Page:
    lines = _lines()
    if before is not None:
        lines = lines.filter(pk__lt=before)
    found = list(lines[: PER_PAGE + 1])
    shown = found[:PER_PAGE]
    return Page(list(_changes(shown)), shown[-1].pk if len(found) > PER_PAGE else None)


def _lines() -> Any:
    return AuditEvent.objects.filter(verb__in=[*TITLES, *FACTORIES, *FIRMS]).order_by("-pk")


def since(moment: datetime, *, without: QuerySet[Any]) -> Any:
    """What the trail tells since a moment, the oldest first; ``without`` are keys known already."""
    return _lines().filter(at__gte=moment).exclude(pk__in=without).order_by("pk")


def _changes(lines: Sequence[AuditEvent]) -> Iterator[Change]:
    factories = [int(one.target_id) for one in lines if one.verb in FACTORIES]
    firms = [int(one.target_id) for one in lines if one.verb in FIRMS]
    public = Certification.objects.published().filter(
        Q(factory__in=factories) | Q(factory__enterprise__in=firms)
    )
    found = public.values_list("factory", "factory__enterprise", "factory__enterprise__credit_code")
    shown, codes = set(), {}
    for factory, firm, code in found.order_by().distinct():
        shown.add(factory)
        codes[firm] = code
    for line in lines:
        if line.verb in TITLES and line.data.get("published_on"):
            yield _of_title(line)
        elif line.verb in FACTORIES and int(line.target_id) in shown:
            yield _renamed(line, FACTORIES[Verb(line.verb)], f"/register/{line.target_id}/")
        elif line.verb in FIRMS and (code := codes.get(int(line.target_id))):
            yield _renamed(line, FIRMS[Verb(line.verb)], f"/register/?q={code}")


def told(lines: Sequence[AuditEvent]) -> list[Change]:
    """What the public hears of these lines."""
    return list(_changes(lines))


def entry(change: Change, whole: Callable[[str], str]) -> dict[str, Any]:
    """One change as JSON Feed has it; ``whole`` makes an address of a path."""
    return {
        "id": f"{whole(change.path)}#change-{change.key}",
        "url": whole(change.path),
        "title": change.title,
        "content_text": change.text,
        "date_published": change.at.astimezone(SHANGHAI).isoformat(),
        "tags": [change.kind],
    }


def _of_title(line: AuditEvent) -> Change:
    said, kind = line.data, TITLES[Verb(line.verb)]
    tier = Tier(said["tier"]).label
    facts = [f"证书编号 {said['number']}", f"认定日期 {said['valid_from']}"]
    if kind == "suspended":
        facts.append(f"自 {said['suspended_from']} 起暂停")
    elif said["ends_on"]:
        facts.append(f"自 {said['ends_on']} 起不再有效")
    facts.append(said["ending_document_no"] or said["document_no"])
    return Change(
        key=line.pk,
        kind=kind,
        at=line.at,
        title=f"{LABELS[kind]}：{said['printed_enterprise']}　{said['printed_factory']}（{tier}）",
        text="；".join(facts),
        path=f"/register/titles/{said['number']}/",
        number=said["number"],
    )


def _renamed(line: AuditEvent, kind: str, path: str) -> Change:
    said = line.data
    return Change(
        key=line.pk,
        kind=kind,
        at=line.at,
        title=f"{LABELS[kind]}：{line.target_name}",
        text=f"由“{said['before']}”变为“{said['after']}”",
        path=path,
    )
