"""What the register knows of the firms, factories and places that the rows name; each question is
asked once for all rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from registry import creditcode, policy
from registry.intake import Sent, parts
from registry.models import Division, Enterprise, EnterpriseName, Factory, Industry
from registry.workbook.shapes import Row
from tiers import bans, eligibility
from tiers.filing_intake.columns import TIER
from tiers.models import Certification, FilingEntry, FilingList

WITH = ("factory__authority", "factory__division", "factory__industry", "issuer")


@dataclass
class Register:
    """What the register knows of the firms and places that the rows name."""

    places: dict[str, Division]
    industries: dict[str, Industry]
    firms: dict[str, Enterprise]
    former: dict[int, set[str]]
    factories: dict[tuple[int, str], Factory]
    titles: dict[int, list[Certification]]
    entries: dict[int, FilingEntry]
    barred: dict[int, list[str]] = field(default_factory=dict)

    def title_of(self, row: Row) -> Certification | None:
        """The title that a row speaks of: by the number that our own lists carry, else by factory
        and day.
        """
        firm = self.firms.get(row["credit_code"] or "")
        if firm is None:
            return None
        if numbered := self.numbers.get((firm.pk, row["number"] or "")):
            return numbered
        factory = self.factories.get((firm.pk, row["factory"] or ""))
        held = self.titles.get(factory.pk, []) if factory else []
        return next((one for one in held if one.valid_from == row["decided_on"]), None)

    @cached_property
    def numbers(self) -> dict[tuple[int, str], Certification]:
        """Titles by their firm and number."""
        return {
            (one.factory.enterprise_id, one.number): one
            for titles in self.titles.values()
            for one in titles
        }


def known(rows: Sequence[Row], sent: Sent) -> Register:
    codes = sorted({code for row in rows if (code := row["credit_code"])})
    places = {row["county"] for row in rows if row["county"]}
    industries = {row["industry"] for row in rows if row["industry"]}
    firms = {
        one.credit_code: one
        for part in parts(codes)
        for one in Enterprise.objects.filter(credit_code__in=part)
    }
    keys = [one.pk for one in firms.values()]
    former: dict[int, set[str]] = {}
    for part in parts(keys):
        for key, name in EnterpriseName.objects.filter(enterprise__in=part).values_list(
            "enterprise", "name"
        ):
            former.setdefault(key, set()).add(creditcode.tidy_name(name))
    factories = {
        (one.enterprise_id, one.name): one
        for part in parts(keys)
        for one in Factory.objects.filter(enterprise__in=part).select_related(
            "authority", "division", "industry"
        )
    }
    titles, entries = _titles([one.pk for one in factories.values()], sent)
    return Register(
        {d.code: d for d in Division.objects.filter(code__in=places).select_related("authority")},
        {one.code: one for one in Industry.objects.filter(code__in=industries)},
        firms,
        former,
        factories,
        titles,
        entries,
        _barred(keys, sent),
    )


def _titles(
    factories: Sequence[int], sent: Sent
) -> tuple[dict[int, list[Certification]], dict[int, FilingEntry]]:
    """By factory its titles of the tier, and by title the entry of a list that is still ours."""
    titles: dict[int, list[Certification]] = {}
    entries: dict[int, FilingEntry] = {}
    open_lists = (FilingList.Status.DRAFT, FilingList.Status.RETURNED)
    for part in parts(list(factories)):
        rows = Certification.objects.filter(factory__in=part, tier=TIER).order_by("valid_from")
        for one in rows.select_related(*WITH).prefetch_related("suspensions"):
            titles.setdefault(one.factory_id, []).append(one)
        ours = FilingEntry.objects.filter(
            certification__factory__in=part,
            certification__tier=TIER,
            live=True,
            filing_list__authority=sent.office,
            filing_list__status__in=open_lists,
        )
        entries |= {one.certification_id: one for one in ours}
    return titles, entries


def _barred(firms: Sequence[int], sent: Sent) -> dict[int, list[str]]:
    """Bans and events on record, in words, by firm."""
    rules = policy.current(sent.office.province_code, sent.on)
    found: dict[int, list[str]] = {}
    for part in parts(list(firms)):
        for firm, ban in bans.of(part, rules, on=sent.on).items():
            found.setdefault(firm, []).append(bans.sentence(ban, firm))
        for firm, problems in eligibility.vetoes_of(part, rules, on=sent.on).items():
            found.setdefault(firm, []).extend(one.message for one in problems)
    return found
