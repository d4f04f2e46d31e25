"""The rows behind a figure as a table prints them, whatever they are rows of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from assessments.models import Assessment, ScenarioInstance
from registry.access import business_date
from registry.models import Factory, User
from registry.policy import Tier
from reports.models import AnnualReport
from reports.summaries.content import Rows
from reports.summaries.figures import Figure
from tiers import register
from tiers.models import Application, Certification, FilingList, SupervisionCheck

FIRM = ("enterprise", "division", "authority__parent")


@dataclass(frozen=True)
class Entry:
    """One row in words. ``link`` is a page's name and key, where the reader may open it."""

    name: str
    who: str = ""
    place: str = ""
    what: str = ""
    day: str = ""
    link: tuple[str, int] | None = None


@dataclass(frozen=True)
class _Kind:
    factory: str
    related: tuple[str, ...]
    entry: Callable[[Any], Entry]
    # The row whose page it opens: itself, or what it is a part of.
    part_of: tuple[type[Model], str] | None = None


def entries(figure: Figure, rows: Rows, user: User) -> list[Entry]:
    """These rows, in their order; a row that is no more keeps its name."""
    kind = _KINDS[figure.model]
    paths = [f"{kind.factory}__{one}" for one in FIRM] if kind.factory else []
    keys = [pk for pk, _ in rows]
    found = figure.model._default_manager.select_related(*kind.related, *paths).in_bulk(keys)
    open_to = _open_to(kind, figure, found.values(), user)
    made = []
    for pk, name in rows:
        row = found.get(pk)
        entry = kind.entry(row) if row is not None else Entry(name)
        if entry.link and entry.link[1] not in open_to:
            entry = Entry(entry.name, entry.who, entry.place, entry.what, entry.day)
        made.append(entry)
    return made


def _open_to(kind: _Kind, figure: Figure, rows: Any, user: User) -> set[int]:
    model, field = kind.part_of or (figure.model, "pk")
    keys = {getattr(row, field) for row in rows}
    manager: Any = model._default_manager
    return set(manager.visible_to(user).filter(pk__in=keys).values_list("pk", flat=True))


def _place(factory: Factory) -> str:
    return " ".join(word for word in register.place_of(factory) if word)


def _who(factory: Factory) -> str:
    return f"{factory.enterprise.name}　{factory.name}"


def _tier(code: str) -> str:
    return str(Tier(code).label) if code else "未达到基础级"


def _title(row: Certification) -> Entry:
    end = f"，{row.ends_on:%Y-%m-%d} {row.get_ending_display()}" if row.ending else ""
    return Entry(
        row.number,
        _who(row.factory),
        _place(row.factory),
        f"{_tier(row.tier)}{end}",
        str(row.valid_from),
        ("tiers:title", row.pk),
    )


def _case(row: Application) -> Entry:
    sent = row.first_submitted_at
    return Entry(
        str(row),
        _who(row.factory),
        _place(row.factory),
        f"{_tier(row.tier)}，{row.get_status_display()}",
        str(business_date(sent)) if sent else "",
        ("tiers:application", row.pk),
    )


def _assessment(row: Assessment) -> Entry:
    return Entry(
        row.factory.name,
        row.factory.enterprise.name,
        _place(row.factory),
        f"自评{_tier(row.reached_tier)}",
        str(business_date(row.locked_at)) if row.locked_at else "",
        ("assessments:result", row.pk),
    )


def _instance(row: ScenarioInstance) -> Entry:
    factory = row.assessment.factory
    ai = "，应用人工智能" if row.uses_ai else ""
    locked = row.assessment.locked_at
    return Entry(
        row.name,
        _who(factory),
        _place(factory),
        f"典型场景 {row.scenario_no}{ai}",
        str(business_date(locked)) if locked else "",
        ("assessments:result", row.assessment_id),
    )


def _list(row: FilingList) -> Entry:
    return Entry(
        row.number,
        row.authority.name,
        "",
        f"{_tier(row.tier)}，{row.get_status_display()}，{row.document_no}",
        str(business_date(row.filed_at)) if row.filed_at else "",
        ("tiers:filing_list", row.pk),
    )


def _check(row: SupervisionCheck) -> Entry:
    title = row.certification
    return Entry(
        title.number,
        _who(title.factory),
        _place(title.factory),
        row.label,
        str(business_date(row.signed_at)) if row.signed_at else "",
        ("tiers:supervision_check", row.pk),
    )


def _report(row: AnnualReport) -> Entry:
    sent = row.submitted_at
    return Entry(
        row.factory.name,
        row.factory.enterprise.name,
        _place(row.factory),
        f"{_tier(row.tier)}，{row.get_state_display()}",
        str(business_date(sent)) if sent else "",
    )


_KINDS: dict[type[Model], _Kind] = {
    Certification: _Kind("factory", (), _title),
    Application: _Kind("factory", (), _case),
    Assessment: _Kind("factory", (), _assessment),
    ScenarioInstance: _Kind(
        "assessment__factory", (), _instance, part_of=(Assessment, "assessment_id")
    ),
    FilingList: _Kind("", ("authority",), _list),
    SupervisionCheck: _Kind("certification__factory", ("supervision",), _check),
    AnnualReport: _Kind("factory", (), _report),
}
COLUMNS: Sequence[str] = ("名称或编号", "企业和工厂", "所在地", "情况", "日期")
