"""Builds the demo world from ``config/demo/*.toml``, only through the acts that people use.

Because every row comes from a real act, the world cannot drift from the rules. It may act in the
past: each act takes the moment at which it is said to have happened. Owns offices, firms and the
order of things; what happens to a firm is told by the stories in the modules beside it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from config import nightly
from config.demo import (
    advanced,
    cases,
    changes,
    checks,
    honours,
    library,
    lists,
    people,
    rereview,
    review,
    reviewers,
    summaries,
    supervision,
    titles,
    upward,
    workbooks,
)
from registry import creditcode, enterprises, inbox, policy
from registry.access import SHANGHAI, Role, business_date
from registry.models import Authority, Claim, Division, Enterprise, Factory, Industry, User
from registry.policy import Tier
from tiers import chain, rounds
from tiers.models import Round

FOLDER = Path(__file__).resolve().parent
PASSWORD = "demo-2026-demo"  # noqa: S105 - printed on the screen of the demo, refused elsewhere
#: Stories of firms that their bureau has entered itself, without a person of theirs.
ENTERED = (
    "earlier",
    "expires",
    "expired",
    "revoked",
    *titles.STORIES,
    "moved-in",
    "moved-out",
)
#: Further stories of whose firms one may sign in by the story's name.
SHOWN = (*titles.SHOWN, *changes.SHOWN, *rereview.SHOWN, *upward.SHOWN)
STORIES = {**cases.STORIES, **checks.STORIES}
#: What was determined after the lists were filed: told before, those lists would carry it.
LATE = ("certified", "certified-as-stated")


@dataclass(eq=False)
class Firm:
    """One firm of the world as its acts have made it so far."""

    name: str
    factory_name: str
    division: Division
    industry: Industry
    story: str
    index: int
    further: Sequence[str] = ()
    user: User = field(init=False)
    factory: Factory = field(init=False)

    @property
    def enterprise(self) -> Enterprise:
        return Enterprise.objects.get(users=self.user)

    @property
    def kind(self) -> str:
        """The story without the number of days in it."""
        return self.story.partition("-in-")[0]

    @property
    def entered(self) -> bool:
        return self.kind in ENTERED


@dataclass
class World:
    """One province's demo: its data, its last day, and the officers who act in it."""

    data: dict[str, Any]
    now: datetime
    officers: dict[str, User] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, now: datetime) -> World:
        """A province's file; what it leaves out it takes from the one that ``like`` names."""
        own = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
        if like := own.get("like"):
            other = tomllib.loads((FOLDER / f"{like}.toml").read_text("utf-8"))
            own = {key: other[key] for key in ("scenarios", "plans", "names", "texts")} | own
        return cls(own, now)

    @property
    def today(self) -> date:
        return business_date(self.now)

    @property
    def text(self) -> dict[str, str]:
        found: dict[str, str] = self.data["texts"]
        return found

    @property
    def accounts(self) -> str:
        """What the user names of the province's firms begin with."""
        return str(self.data.get("accounts", "firm"))

    def at(self, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
        """A moment so many days before today, never before the rules were in force nor to come."""
        rules = policy.current(self.data["province"], self.today)
        day = max(self.today - timedelta(days=days_ago), rules.in_force_from + timedelta(days=20))
        return min(datetime.combine(day, time(hour, minute), tzinfo=SHANGHAI), self.now)

    @property
    def password(self) -> str:
        return PASSWORD

    def road(self, index: int) -> str:
        roads: list[str] = self.data["names"]["roads"]
        return roads[index * 7 % len(roads)]

    def person(self, index: int) -> str:
        """An invented name, another for each number: the family name of one that the file lists
        and the given name of another.
        """
        names: list[str] = self.data["names"]["people"]
        number = index + len(names) * int(self.data["province"][:2])
        family = names[number * 7 % len(names)]
        given = names[(number + number // len(names) * 3) % len(names)]
        return family[0] + given[1:]

    def build(self) -> None:
        """Everything, in the order in which it happened."""
        self._offices()
        advanced.announce(self)
        firms = [self._firm(n, row) for n, row in enumerate(self.data["firms"]["rows"], start=1)]
        honoured = [firm for firm in firms if firm.story in self.data.get("honours", {})]
        for firm in firms:
            if firm in honoured:
                honours.tell(self, firm)
            elif firm.story not in LATE and firm.kind in STORIES:
                STORIES[firm.kind](self, firm)
        lists.hand_in(self, firms)
        for firm in firms:
            if firm.story in LATE:
                STORIES[firm.story](self, firm)
        for firm in honoured:
            # After the lists, which would else carry what came later.
            honours.follow(self, firm)
        advanced.run(self, firms)
        review.run(self, firms)
        people.tell(self, firms)
        lists.settle(self, firms)
        rereview.run(self, firms)
        supervision.run(self, firms)
        summaries.run(self)
        titles.run(self, firms)
        changes.run(self, firms)
        upward.run(self, firms)
        library.run(self, firms)
        # Last, since inspections are drawn among all titles and know the firms of the story alone.
        workbooks.run(self)
        nightly.run(on=self.today, at=self.at(0, 0, 5))
        for officer in self.officers.values():
            # Whoever works here has read his messages up to the last few days.
            inbox.read_all(officer, at=self.at(4, 18))
        reviewers.read_up(self)

    # --- offices ----------------------------------------

    def _offices(self) -> None:
        if not User.objects.filter(username="admin").exists():
            User.objects.create_superuser("admin", password=PASSWORD, name="平台管理员")
        for row in (*self.data["officers"], *self.data["cities"]):
            authority = Authority.objects.get(code=row["code"])
            username = row.get("user", "")
            self.officers[row["code"]] = self.officer(username, row["name"], authority)
        for row in self.data["cities"]:
            self._open_round(Authority.objects.get(code=row["code"]))

    def _open_round(self, authority: Authority) -> None:
        self.rounds[authority.code] = rounds.open_round(
            authority,
            tier=Tier.BASIC,
            title=f"{authority.short_name}基础级智能工厂常年申报",
            opens_on=self.at(560).date(),
            by=self.officers[authority.code],
            at=self.at(560, 9),
        )

    @property
    def province_officer(self) -> User:
        return self.officers[self.data["province"]]

    def officer_at(self, authority: Authority) -> User:
        """An office's officer; where the demo has none yet, one who cannot sign in."""
        if authority.code not in self.officers:
            number = len(self.officers)
            name = self.person(number)
            self.officers[authority.code] = self.officer("", name, authority)
            if authority.kind == Authority.Kind.CITY:
                self._open_round(authority)
        return self.officers[authority.code]

    def officer(self, username: str, name: str, authority: Authority) -> User:
        """An officer; one without a user name of the demo cannot sign in. Only those who can are
        reached by e-mail.
        """
        user = User(
            username=username or f"officer-{authority.code}",
            name=name,
            role=Role(authority.kind),
            authority=authority,
            email=f"{username}@example.cn" if username else "",
        )
        user.set_password(PASSWORD if username else None)
        user.save()
        return user

    # --- firms ----------------------------------------

    def _firm(self, index: int, row: list[str]) -> Firm:
        name, factory, county, industry, story, *further = row
        division = Division.objects.select_related("authority__parent").get(code=county)
        return Firm(name, factory, division, self._industry(industry), story, index, further)

    @staticmethod
    def _industry(code: str) -> Industry:
        known = Industry.objects.filter(code__in=[code, code[:3], code[:2]])
        return max(known, key=lambda industry: len(industry.code))

    def sign_up(self, firm: Firm, *, days_ago: int) -> None:
        """The firm's first person, confirmed, and the firm's particulars and factories."""
        claim = self.claim(firm, days_ago=days_ago)
        self.confirm(firm, claim, days_ago=days_ago - 1)
        at = self.at(days_ago - 1, 14)
        enterprise = self.particulars(firm, at)
        firm.factory = self._factory(firm, enterprise, firm.factory_name, by=firm.user, at=at)
        self.further_factories(firm, enterprise, by=firm.user, at=at)

    def joined(self, firm: Firm, *, days_ago: int) -> None:
        """A person of the firm, where none of his kind has come yet."""
        if not hasattr(firm, "user"):
            self.confirm(firm, self.claim(firm, days_ago=days_ago), days_ago=days_ago - 1)

    def claim(self, firm: Firm, *, days_ago: int) -> Claim:
        """A person says that he acts for the firm, known to the register or not."""
        name = firm.story if firm.story.startswith("firm-") else f"{self.accounts}-{firm.story}"
        named = firm.story.startswith("firm-") or firm.story in SHOWN
        claim = enterprises.sign_up(
            enterprises.Person(
                username=name if named else f"{self.accounts}-{firm.index:03d}",
                password=PASSWORD,
                name=self.person(firm.index),
                # A telephone on a desk, except for those whom the demo writes to.
                phone=f"1390000{firm.index:04d}" if named else f"0000-0000{firm.index:04d}",
                email=f"{name}@example.cn" if named else "",
            ),
            credit_code=self.code(firm),
            name=firm.name,
            seat=firm.division,
            at=self.at(days_ago, 9, firm.index % 60),
        )
        firm.user = claim.user
        return claim

    def confirm(self, firm: Firm, claim: Claim, *, days_ago: int) -> None:
        at = self.at(days_ago, 10)
        firm.user = enterprises.confirm(claim, by=self.city_officer(firm), at=at).user

    @staticmethod
    def code(firm: Firm) -> str:
        return creditcode.complete(f"91{firm.division.code}MA{firm.index * 7919 % 10**6:06d}")

    def address(self, firm: Firm) -> str:
        road = self.road(firm.index)
        return f"{firm.division.name}{road}{firm.index * 13 % 268 + 1}号"

    def particulars(self, firm: Firm, at: datetime) -> Enterprise:
        """What the firm says of itself."""
        sizes = (Enterprise.Size.LARGE, Enterprise.Size.MEDIUM, Enterprise.Size.MEDIUM)
        return enterprises.update(
            firm.enterprise,
            by=firm.user,
            at=at,
            address=self.address(firm),
            industry=firm.industry,
            size=Enterprise.Size.SMALL if firm.index % 5 == 0 else sizes[firm.index % 3],
            above_scale=True,
        )

    def further_factories(
        self, firm: Firm, enterprise: Enterprise, *, by: User, at: datetime
    ) -> None:
        for name in firm.further:
            self._factory(firm, enterprise, name, by=by, at=at)

    def _factory(
        self, firm: Firm, enterprise: Enterprise, name: str, *, by: User, at: datetime
    ) -> Factory:
        return enterprises.add_factory(
            enterprise,
            name=name,
            division=firm.division,
            industry=firm.industry,
            address=self.address(firm),
            # Named after the trade; some firms have left it out.
            products="" if firm.index % 6 == 0 else firm.industry.name.removesuffix("制造"),
            by=by,
            at=at,
        )

    def city_code(self, firm: Firm) -> str:
        if hasattr(firm, "factory") and (city := chain.authority_at(firm.factory, Role.CITY)):
            return city.code
        authority = firm.division.authority
        while authority and authority.kind == Authority.Kind.COUNTY:
            authority = authority.parent
        if authority is None:
            raise LookupError(f"nobody answers for {firm.division}")
        return authority.code

    def city_officer(self, firm: Firm) -> User:
        """The officer of the firm's city."""
        code = self.city_code(firm)
        return self.officers.get(code) or self.officer_at(Authority.objects.get(code=code))

    def city_document(self, firm: Firm) -> str:
        """What the document numbers of the firm's city begin with."""
        code = self.city_code(firm)
        return next((c["document"] for c in self.data["cities"] if c["code"] == code), "工信装")
