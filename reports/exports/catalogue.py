"""Which lists go out, and who may open them: the same people as may open their pages."""

from __future__ import annotations

from dataclasses import dataclass

from assessments import listings as assessed
from registry import listings as firms
from registry.access import OFFICERS, Role
from registry.listing import Listing
from registry.models import User
from reports import listings as reported
from tiers import listings as titled

EVERYBODY = (Role.ENTERPRISE, *OFFICERS)


@dataclass(frozen=True)
class Exported:
    """A list and the roles whose page it is. Rows are narrowed to each person by the list."""

    listing: Listing
    roles: tuple[str, ...] = OFFICERS


LISTINGS: dict[str, Exported] = {
    one.listing.key: one
    for one in (
        Exported(firms.ENTERPRISES),
        Exported(firms.FACTORIES),
        Exported(firms.CLAIMS),
        Exported(firms.READINGS, (Role.ENTERPRISE,)),
        Exported(firms.DELEGATIONS),
        Exported(assessed.ASSESSMENTS),
        Exported(assessed.MEASURES, EVERYBODY),
        Exported(titled.CANDIDATES),
        Exported(titled.TITLES, EVERYBODY),
        Exported(titled.CASES),
        Exported(titled.OWN_CASES, (Role.ENTERPRISE,)),
        Exported(titled.FILING_LISTS),
        Exported(titled.FILING_ENTRIES),
        Exported(titled.ROUNDS),
        Exported(titled.HONOURS),
        Exported(titled.EXPERTS, (Role.PROVINCE,)),
        Exported(titled.CHANGES, EVERYBODY),
        Exported(titled.CHECKS),
        Exported(titled.NOTICES),
        Exported(titled.DETERMINATIONS),
        Exported(titled.OBJECTIONS),
        Exported(titled.DELISTING_DOCUMENTS, (Role.PROVINCE,)),
        Exported(titled.DELISTINGS),
        Exported(titled.CONSULTATIONS, (Role.DEPARTMENT,)),
        Exported(titled.GROUP_LISTS, (Role.GROUP,)),
        Exported(titled.GROUP_FACTORIES, (Role.GROUP,)),
        Exported(titled.REREVIEWS),
        Exported(titled.REREVIEW_ITEMS),
        Exported(titled.FORMER_TITLES),
        Exported(reported.ANNUAL, EVERYBODY),
        Exported(reported.SUMMARIES),
        Exported(reported.BATCHES),
        Exported(reported.EXPORTS, tuple(Role)),
        Exported(reported.TITLE_ROWS),
        Exported(reported.CASE_ROWS),
        Exported(reported.ASSESSED_ROWS),
    )
}


def opened_to(user: User, key: str) -> Listing | None:
    """The list of that name, where this person may open its page."""
    one = LISTINGS.get(key)
    return one.listing if one is not None and user.role in one.roles else None
