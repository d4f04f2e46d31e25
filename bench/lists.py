"""Search and officers' lists over a real gunicorn: beside the floor, with eight clients, against a
tenth of the nation, and far behind the first page.
"""

import json
import statistics
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bench import serving, turns
from bench.nation import Nation, inside
from registry.listing import EXACT
from registry.models import Authority, Division, Enterprise, User
from tests import authenticator, build
from tiers.models import Application, Certification

CLIENTS = 8
MOST_QUERIES = 12
FEW = 200
BROAD = "broad searches"
#: Searches in the mix, drawn with this seed.
SEARCHES, SEED = 24, 20260630


@dataclass(frozen=True)
class Page:
    """One list: where it is, and what the search in it can find."""

    title: str
    name: str
    rows: object
    by: str
    #: Whether it holds what its reader may see, and not what everybody may; the latter stands in
    #: the public frame, which counts nothing for whoever reads.
    scoped: bool = True
    #: The tab that is searched and leafed through, where the first one holds only a part.
    tab: str = ""

    def path(self, **asked: str) -> str:
        if asked and self.tab:
            asked["tab"] = self.tab
        return reverse(self.name) + (f"?{urlencode(asked)}" if asked else "")


REGISTER = (
    Page(
        "Public register",
        "tiers:register_search",
        Certification.objects,
        "printed_enterprise",
        scoped=False,
    ),
)
OFFICES = (
    Page("Titles", "tiers:title_list", Certification.objects, "printed_enterprise"),
    Page("Enterprises", "registry:enterprise_list", Enterprise.objects, "name"),
    Page("Desk", "tiers:desk", Application.objects, "factory__enterprise__name", tab="all"),
)


def words(nation: Nation, few: bool) -> list[str]:
    """What people type: signs of a firm's name, part of its code; or a trade, which is broad."""
    if not few:
        return ["机械制造", "有限公司", "智能", "集团"]
    draw, found = Random(SEED), []
    # Of the first firms only, which a tenth of the nation has as well.
    while len(found) < SEARCHES:
        firm = draw.randint(1, max(nation.enterprises // 10, 1))
        kind = draw.randrange(3)
        brand, name = nation.brand(firm), nation.name(firm)
        typed = (brand[:3], nation.code(firm)[8:16], name[: name.index(brand) + len(brand)])[kind]
        if len(typed) > 2:
            found.append(typed)
    return found


def signed_in() -> tuple[str, Client, User]:
    """An officer with a session in the database that is asked now: cookies, client, person."""
    return _signed_in(connection.settings_dict["NAME"])


@cache
def _signed_in(_database: str) -> tuple[str, Client, User]:
    county = Division.objects.filter(authority__kind="county").order_by("code")[0]
    user = serving.officer(Authority.objects.get(code=county.authority.province_code))
    authenticator.give(user)
    client = Client()
    client.post("/login/", {"username": user.username, "password": build.PASSWORD})
    client.post("/login/second-step/", {"code": authenticator.code_for(user.username)})
    return "; ".join(f"{name}={one.value}" for name, one in client.cookies.items()), client, user


def sent(client: Client, path: str, least: int = 0) -> list[str]:
    """The statements of a page; one that does not answer, or lists fewer rows, ends it all."""
    with CaptureQueriesContext(connection) as held:
        answer = client.get(path)
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    if least and (found := answer.context["list"].page.count) < least:
        raise SystemExit(f"{path} lists {found} rows of at least {least}")
    return [one["sql"] for one in held.captured_queries]


def own(statements: Sequence[str], frame: Sequence[str]) -> list[str]:
    """Without what any page of this person sends: session, person, counts in the frame."""
    shared = Counter(_shape(one) for one in frame)
    found = []
    for one in statements:
        if shared[_shape(one)] > 0:
            shared[_shape(one)] -= 1
        elif one.lstrip("( ").upper().startswith(("SELECT", "WITH")):
            found.append(one)
    return found


def _shape(sql: str) -> str:
    """A statement without its numbers, whole: that of the tabs begins like that of the menu."""
    return "".join(ch for ch in sql if not ch.isdigit())


class Measuring:
    """Everything that one signed-in officer asks of one nation by these pages."""

    def __init__(self, pages: Sequence[Page], nation: Nation, number_of_turns: int) -> None:
        self.pages, self.nation, self.turns = pages, nation, number_of_turns
        self.cookie, self.client, self.user = signed_in()
        self.statements: dict[str, list[str]] = {}
        self.most = 0
        frame = sent(self.client, reverse("account_sessions"))
        self.frame = [one for one in frame if "user_session" not in one]

    def paths(self, page: Page, few: bool) -> list[tuple[str, str]]:
        """The page for every word, and the floor that sends the same."""
        found = []
        typed = words(self.nation, few)
        for word in typed if self.turns > 1 else typed[:3]:
            path = page.path(q=word)
            named = page.rows.filter(**{f"{page.by}__contains": word})
            if few and named.count() > FEW:
                continue
            seen = named.visible_to(self.user)[: EXACT + 1].count() if page.scoped else 0
            found.append((path, self.floor_of(page, path, seen)))
        return found

    def floor_of(self, page: Page, path: str, least: int = 0) -> str:
        asked = sent(self.client, path, least)
        self.most = max(self.most, len(asked))
        key = str(len(self.statements))
        self.statements[key] = own(asked, self.frame)
        shell = "officer" if page.scoped else "public"
        return f"/floor/?key={key}&shell={shell}"

    def everything(self) -> dict[str, list[tuple[str, str]]]:
        found = {}
        for page in self.pages:
            first = page.path()
            found[f"{page.title}, first page"] = [(first, self.floor_of(page, first))]
            found[f"{page.title}, searches of at most {FEW} hits"] = self.paths(page, few=True)
            found[f"{page.title}, {BROAD}"] = self.paths(page, few=False)
        return found

    def beside_floor(self, port: int, name: str, pairs: list) -> list[turns.Measured]:
        asker = serving.Asker(port, self.cookie)
        times: tuple[list, list] = ([], [])
        rates: tuple[list, list] = ([], [])
        # What takes seconds is asked once by every client.
        each = 3 if self.turns > 1 and BROAD not in name else 1
        for turn in turns.rounds(self.turns):
            if not turn and self.turns == 1:
                continue
            taken: tuple[list, list] = ([], [])
            for ours, floor in pairs:
                taken[0].append(asker.milliseconds(floor))
                taken[1].append(asker.milliseconds(ours))
            for place, side in enumerate(
                ((floor for _, floor in pairs), (one for one, _ in pairs))
            ):
                rate = serving.per_second(port, self.cookie, list(side), CLIENTS, each)
                if turn:
                    times[place].append(statistics.median(taken[place]))
                    rates[place].append(rate)
        return [
            turns.Measured(name, tuple(times[0]), tuple(times[1]), limit=1.5),
            turns.Measured(
                f"{name}, {CLIENTS} clients", tuple(rates[0]), tuple(rates[1]), limit=0.6, rate=True
            ),
        ]

    def deep(self, port: int) -> list[turns.Measured]:
        """The first page beside one far behind it."""
        found = []
        asker = serving.Asker(port, self.cookie)
        for page in self.pages:
            seen = page.rows.visible_to(self.user) if page.scoped else page.rows.published()
            middle = seen.order_by("pk")[seen.count() // 2].pk
            first, far = page.path(), page.path(after=str(middle))
            self.most = max(self.most, len(sent(self.client, far)))
            taken = turns.in_turns(
                lambda first=first: asker.milliseconds(first),
                lambda far=far: asker.milliseconds(far),
                self.turns * 3,
            )
            found.append(
                turns.Measured(f"{page.title}: a page far behind the first", *taken, limit=1.3)
            )
        return found


def measure(
    pages: Sequence[Page], nation: Nation, number_of_turns: int, small: str
) -> Iterator[turns.Measured]:
    """``small`` is a database with a tenth of the nation, "" where there is none."""
    asking = Measuring(pages, nation, number_of_turns)
    pairs = asking.everything()
    name = connection.settings_dict["NAME"]
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        json.dump(asking.statements, file)
        file.flush()
        connection.close()
        with serving.server(name, Path(file.name)) as port:
            for title, both in pairs.items():
                if both:
                    yield from asking.beside_floor(port, title, both)
            yield from asking.deep(port)
            if small:
                with inside(small):
                    cookie, _, _ = signed_in()
                with serving.server(small, Path(file.name)) as other:
                    askers = (serving.Asker(other, cookie), serving.Asker(port, asking.cookie))
                    yield _grown(asking, pairs, askers)
    named = " or ".join(page.title for page in pages)
    yield turns.Measured.counted(f"Queries at most: {named}", MOST_QUERIES, asking.most)


def _grown(
    asking: Measuring, pairs: dict, askers: tuple[serving.Asker, serving.Asker]
) -> turns.Measured:
    """The same searches of few hits on a tenth of the nation and on all of it."""
    paths = [ours for title, both in pairs.items() if "at most" in title for ours, _ in both]
    times: tuple[list, list] = ([], [])
    for turn in turns.rounds(asking.turns):
        taken: tuple[list, list] = ([], [])
        for path in paths:
            for place, asker in enumerate(askers):
                taken[place].append(asker.milliseconds(path))
        if turn:
            for place in (0, 1):
                times[place].append(statistics.median(taken[place]))
    tenth = f"{asking.nation.enterprises // 10:,} → {asking.nation.enterprises:,} enterprises"
    named = ", ".join(page.title for page in asking.pages)
    return turns.Measured(f"{named}: few hits, {tenth}", *map(tuple, times), limit=1.3)
