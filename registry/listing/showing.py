"""A list as its page prints it: headings to sort by, rows of cells, and the way to every page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString

from registry.access import CLERKS, Request
from registry.listing.asking import COLUMNS, SORT, VIEW, Asking, Found, found, readdressed
from registry.listing.drawing import Drawing
from registry.listing.keeping import NOTHING, Kept, kept
from registry.listing.many import AT_ONCE
from registry.listing.paging import EXACT, FOUND, Pager, Slice, counted_each, said, sliced
from registry.listing.what import Column, Listing
from registry.models import SavedView

PER_PAGE = 20
#: In an address: what is searched for.
WORDS = "q"
#: In an address: no view, though the list opens with one.
NO_VIEW = "0"


@dataclass(frozen=True)
class Head:
    """The head of a column: where a click on it leads, and which way the list is sorted by it."""

    column: Column
    query: str = ""
    direction: str = ""


@dataclass(frozen=True)
class Tab:
    """One tab over a list: what it says, how many rows it opens, and where it leads."""

    name: str
    label: str
    query: str
    count: str
    current: bool


@dataclass(frozen=True)
class Line:
    row: Any
    cells: SafeString
    name: str  # of the row, whatever columns are shown


class Shown:
    """What a template gets of a list; nothing is read before it is printed."""

    def __init__(self, asked: Found, size: int, keeps: Kept = NOTHING) -> None:
        self.found, self.listing, self.size, self.kept = asked, asked.listing, size, keeps
        self.filterset, self.columns, self.sort = asked.filterset, asked.columns, asked.sort
        self.data: QueryDict = asked.asking.GET
        self.on: date = asked.asking.on
        self.count: int | None = None  # of the rows, once it is known
        self.keys: list[Any] | None = None  # of the rows, where a search found few

    @property
    def form(self) -> Any:
        return self.filterset.form

    @cached_property
    def rows(self) -> QuerySet[Any]:
        """What the filters leave of the list."""
        return self._few(self.filterset.qs)

    def _few(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """A search is made once: where it finds few rows, all that follows asks for these by key,
        and costs the same however long the list is.
        """
        if not self.data.get(WORDS, "").strip():
            return rows
        keys = list(rows.order_by().values_list("pk", flat=True)[: EXACT + 1])
        self.count = len(keys)
        if len(keys) > EXACT:
            return rows
        self.keys = keys
        everything = self.filterset.queryset
        if not everything.query.annotations:  # whose they are need not be asked again
            everything = rows.model._default_manager.all()
        return everything.filter(pk__among=keys)

    def tabs(self, names: Mapping[str, str], current: str) -> list[Tab]:
        """The tabs over the list, each with what it opens under the same filters; the list itself
        shows the current one.
        """
        rows = self._few(self.filterset.untabbed())
        if self.count == 0:
            self.rows, counts = rows, dict.fromkeys(names, 0)
        else:
            counts = self._counts(rows, names)
            self.rows, self.count = self.filterset.by_tab(rows, "tab", current), counts[current]
        return [
            Tab(name, label, self.query({"tab": name}), said(counts[name]), name == current)
            for name, label in names.items()
        ]

    def _counts(self, rows: QuerySet[Any], names: Iterable[str]) -> dict[str, int]:
        """How many rows each tab opens. What a search found is worked out once for all tabs, and is
        known to be among the reader's, so that whose it is is not asked again.
        """
        found: Any = self.keys
        if self.count is not None:  # something was searched for
            found = rows if found is None else found
            rows = rows.model._default_manager.filter(pk__in=FOUND)
        under = {name: self.filterset.by_tab(rows, "tab", name) for name in names}
        return counted_each(under, most=EXACT + 1, found=found)

    @cached_property
    def page(self) -> Slice:
        rows = self.listing.related(self.rows)  # may count them
        everything = self.filterset.queryset
        return sliced(rows, everything, self.sort.order, self.data, self.size, count=self.count)

    @cached_property
    def lines(self) -> list[Line]:
        drawing = Drawing(self.columns, self.on)
        heading = next((one for one in self.listing.columns if one.heading), self.columns[0])
        return [
            Line(
                row,
                drawing.row(row, [column.value(row) for column in self.columns]),
                str(heading.value(row)),
            )
            for row in self.found.dressed(self.page.rows)
        ]

    @property
    def heads(self) -> Iterator[Head]:
        for column in self.columns:
            if not column.order:
                yield Head(column)
                continue
            now = self.sort.column == column
            turned = f"-{column.key}" if now and not self.sort.down else column.key
            direction = ("descending" if self.sort.down else "ascending") if now else ""
            yield Head(column, self.query({SORT: turned}), direction)

    @property
    def views(self) -> tuple[SavedView, ...]:
        return self.kept.views

    @property
    def keeps_choices(self) -> bool:
        """Whether the reader may keep views and columns."""
        return self.found.asking.user.role in CLERKS

    @property
    def view(self) -> SavedView | None:
        """The view the list now shows, changed or not."""
        asked = self.data.get(VIEW, "")
        return next((view for view in self.views if str(view.pk) == asked), None)

    @property
    def opens_with(self) -> int | None:
        return self.kept.opens_with

    @property
    def plain(self) -> str:
        """The list without any filter, and without the view it opens with."""
        data = QueryDict(mutable=True)
        for name in ("tab", COLUMNS, SORT):
            if value := self.data.get(name):
                data[name] = value
        data[VIEW] = NO_VIEW
        return "?" + data.urlencode()

    @property
    def keeps(self) -> str:
        """What a view saved now would keep: filters, order, and the columns as they stand."""
        data = self.data.copy()
        data[COLUMNS] = ",".join(column.key for column in self.columns)
        return data.urlencode()

    @property
    def offered(self) -> tuple[tuple[str, str, int | None], ...]:
        """Keys and captions of all columns, those shown first and numbered as they stand."""
        places = {column.key: place for place, column in enumerate(self.columns, start=1)}
        others = [one for one in self.listing.columns if one.key not in places]
        return tuple(
            (one.key, one.caption, places.get(one.key)) for one in (*self.columns, *others)
        )

    @property
    def narrowed(self) -> bool:
        """Whether any filter that shows is set."""
        return any(
            value.strip()
            for field in self.form.visible_fields()
            for value in self.data.getlist(field.html_name)
        )

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the filter form must send along, besides its own fields."""
        return [(name, value) for name in (SORT, COLUMNS, VIEW) if (value := self.data.get(name))]

    @property
    def here(self) -> str:
        """This address from its first page on, with the tab, order and columns it shows."""
        shows = {SORT: str(self.sort), COLUMNS: self.kept.columns}
        unsaid = {name: value for name, value in shows.items() if value and not self.data.get(name)}
        return self.query(unsaid)

    @property
    def whole(self) -> str:
        """What asks for every row found, where that is more than one page and not too many to act
        on at once.
        """
        many = len(self.page.rows) < self.page.count <= AT_ONCE
        return self.query({SORT: str(self.sort)})[1:] if many else ""

    @property
    def address(self) -> str:
        return reverse(self.listing.page)

    @property
    def pager(self) -> Pager:
        return Pager(self.page, self.data, self.listing.unit)

    def query(self, changed: Mapping[str, str]) -> str:
        """This address from its first page on, with some of it changed."""
        return readdressed(self.data, changed)


def show(
    request: Request, listing: Listing, *, size: int = PER_PAGE, data: QueryDict | None = None
) -> Shown:
    """The list as this address asks for it; where it names no columns, with the person's own."""
    asking = Asking(request.user, request.received_at, request.GET if data is None else data)
    keeps = kept(listing.key, request.user)
    return Shown(found(listing, asking, columns=keeps.columns), size, keeps)


def view_opened(shown: Shown) -> str:
    """Where somebody who comes to the bare address of a list is led: his default view, if any."""
    opening = shown.opens_with
    view = SavedView.objects.filter(pk=opening).first() if opening else None
    if view is None:
        return ""
    data = QueryDict(view.query, mutable=True)
    data[VIEW] = str(view.pk)
    return f"{shown.address}?{data.urlencode()}"
