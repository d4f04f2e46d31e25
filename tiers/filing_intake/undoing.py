"""Taking back what a list has brought, while nothing rests on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.exceptions import ValidationError

from registry.audit import Verb
from registry.enterprises.sets import withdraw_factories, withdraw_firms
from registry.intake import Made, Sent, dependents, parts
from registry.models import Enterprise, Factory
from tiers import correction, filing, issuing
from tiers.filing_intake.acts import read
from tiers.filing_intake.check import differences
from tiers.models import Certification, FilingEntry, FilingList


def _keys(made: Sequence[Made], name: str) -> list[int]:
    return sorted({row[name] for row in made if name in row})


def holds(made: Sequence[Made], sent: Sent) -> list[str]:
    """What rests on the titles, factories and firms of a batch, as sentences."""
    titles, factories, firms = (_keys(made, name) for name in ("title", "factory", "firm"))
    said = []
    filed = sum(
        FilingEntry.objects.filter(certification__in=part, filing_list__times_filed__gt=0).count()
        for part in parts(titles)
    )
    if filed:
        said.append(f"{filed} 座工厂所在的备案清单已经报备，不能撤销")
    for what, model, keys, own in (
        ("认定", Certification, titles, "tiers.FilingEntry.certification"),
        ("工厂", Factory, factories, "tiers.Certification.factory"),
        ("企业", Enterprise, firms, "registry.Factory.enterprise"),
    ):
        for rests, count in dependents(model, keys, but={own}):
            said.append(f"导入的{what}已有{rests} {count} 条，须先办结或撤销")
    return [*said, *_further(titles, factories, firms), *_corrected_again(made)]


def _further(titles: list[int], factories: list[int], firms: list[int]) -> Iterator[str]:
    """What came later to a factory or a firm that the batch has entered."""
    own = sum(Certification.objects.filter(factory__in=part).count() for part in parts(factories))
    ours = sum(
        Certification.objects.filter(pk__in=part, factory__in=factories).count()
        for part in parts(titles)
    )
    if own > ours:
        yield f"导入的工厂另有 {own - ours} 项认定，不能撤销"
    all_sites = sum(Factory.objects.filter(enterprise__in=part).count() for part in parts(firms))
    entered = sum(
        Factory.objects.filter(pk__in=part, enterprise__in=firms).count()
        for part in parts(factories)
    )
    if all_sites > entered:
        yield f"导入的企业另有 {all_sites - entered} 座工厂，不能撤销"


def _corrected_again(made: Sequence[Made]) -> Iterator[str]:
    corrected = {row["corrected"]: row for row in made if "corrected" in row}
    for part in parts(sorted(corrected)):
        for title in Certification.objects.filter(pk__in=part).select_related(
            "factory__enterprise", "issuer"
        ):
            if differences(title, read(corrected[title.pk]["after"])):
                yield f"{title.number} 导入后又更正过，不能撤销"


def undo(made: Sequence[Made], sent: Sent) -> None:
    """Take titles, factories and firms out again; corrected facts become what they were."""
    titles = _keys(made, "title")
    if not titles and not any("corrected" in row for row in made):
        raise ValidationError("这个批次没有可撤销的内容")
    draft = None
    for part in parts(titles):
        entries = FilingEntry.objects.filter(certification__in=part)
        draft = draft or FilingList.objects.filter(entries__in=entries).first()
        entries.delete()
    issuing.withdraw_all(titles, by=sent.by, at=sent.at)
    more: dict[str, Any] = {"by": sent.by, "at": sent.at, "batch": sent.batch}
    withdraw_factories(_keys(made, "factory"), **more)
    withdraw_firms(_keys(made, "firm"), **more)
    if draft:
        filing.trail(Verb.FILING_TAKE_BACK, draft, removed=len(titles), **more)
    for row in made:
        if "corrected" in row:
            entry = FilingEntry.objects.select_related("filing_list").get(
                certification=row["corrected"], live=True
            )
            correction.correct(entry, read(row["before"]), by=sent.by, at=sent.at, told=None)
    # A draft that the batch has opened goes with it, unless somebody has put something on it.
    FilingList.objects.filter(
        pk__in=_keys(made, "list"), status=FilingList.Status.DRAFT, times_filed=0, entries=None
    ).delete()
