"""Which lists go out, and who may open them: the same people as may open their pages."""

from __future__ import annotations

from dataclasses import dataclass

from registry import listings as firms
from registry.access import OFFICERS
from registry.listing import Listing
from registry.models import User


@dataclass(frozen=True)
class Exported:
    """A list and the roles whose page it is. Rows are narrowed to each person by the list."""

    listing: Listing
    roles: tuple[str, ...] = OFFICERS


LISTINGS: dict[str, Exported] = {
    one.listing.key: one
    for one in (Exported(firms.ENTERPRISES),)
}  # fmt: skip


def opened_to(user: User, key: str) -> Listing | None:
    """The list of that name, where this person may open its page."""
    one = LISTINGS.get(key)
    return one.listing if one is not None and user.role in one.roles else None
