"""Lists that officers work with: their columns, filters and order, said once for page, API and
export.
"""

from registry.listing.asking import Asking, Found, columns_of, found, readdressed, sort_of
from registry.listing.many import AT_ONCE, Offer, Outcome, Picked, chosen, each
from registry.listing.ordering import By, Order
from registry.listing.paging import (
    EXACT,
    Pager,
    Slice,
    counted,
    counted_each,
    numbered,
    said,
    sliced,
)
from registry.listing.showing import Shown, Tab, show, view_opened
from registry.listing.what import Column, Kind, Listing

__all__ = [
    "AT_ONCE",
    "EXACT",
    "Asking",
    "By",
    "Column",
    "Found",
    "Kind",
    "Listing",
    "Offer",
    "Order",
    "Outcome",
    "Pager",
    "Picked",
    "Shown",
    "Slice",
    "Tab",
    "chosen",
    "columns_of",
    "counted",
    "counted_each",
    "each",
    "found",
    "numbered",
    "readdressed",
    "said",
    "show",
    "sliced",
    "sort_of",
    "view_opened",
]
