"""Builds the demo world from ``config/demo/*.toml``, only through the acts that people use.

Because every row comes from a real act, the world cannot drift from the rules. It may act in the
past: each act takes the moment at which it is said to have happened. Owns no rule and no name.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile

from assessments import assessment as self_assessment
from assessments import standard
from assessments.models import Assessment
from config import demo_answers, demo_honours, demo_lists, nightly
from registry import creditcode, enterprises, policy
from registry.access import SHANGHAI, Role
from registry.models import Authority, Division, Enterprise, Factory, Industry, User
from registry.policy import Tier
from tiers import chain, drafts, rounds, workflow
from tiers.models import Application, Certification, Round
from tiers.returns import Remark
from tiers.workflow import Action

#: The condition for whose proof the demo's case comes back.
RETURNED = "basic.production.1"
FOLDER = Path(__file__).resolve().parent / "demo"
PASSWORD = "demo-2026-demo"  # noqa: S105 - printed on the screen of the demo, refused elsewhere


@dataclass
class Firm:
    """One firm of the world as its acts have made it so far."""

    name: str
    factory_name: str
    division: Division
    industry: Industry
    story: str
    index: int
    user: User = field(init=False)
    factory: Factory = field(init=False)

    @property
    def enterprise(self) -> Enterprise:
        return Enterprise.objects.get(users=self.user)


@dataclass
class World:
    """One province's demo: its data, its last day, and the officers who act in it."""

    data: dict[str, Any]
    today: date
    officers: dict[str, User] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)

    @classmethod
    def read(cls, name: str, today: date) -> World:
        """A province's file; what it leaves out it takes from the one that ``like`` names."""
        own = tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
        if like := own.get("like"):
            other = tomllib.loads((FOLDER / f"{like}.toml").read_text("utf-8"))
            own = {key: other[key] for key in ("scenarios", "plans", "texts")} | own
        return cls(own, today)

    @property
    def text(self) -> dict[str, str]:
        return self.data["texts"]

    @property
    def accounts(self) -> str:
        """What the user names of the province's firms begin with."""
        return self.data.get("accounts", "firm")

    def at(self, days_ago: int, hour: int = 10, minute: int = 0) -> datetime:
        """A moment so many days before today, never before the rules were in force."""
        rules = policy.current(self.data["province"], self.today)
        day = max(self.today - timedelta(days=days_ago), rules.in_force_from + timedelta(days=20))
        return datetime.combine(min(day, self.today), time(hour, minute), tzinfo=SHANGHAI)

    def build(self) -> None:
        """Everything, in the order in which it happened."""
        self._officers()
        firms = [self._firm(n, row) for n, row in enumerate(self.data["firms"]["rows"], start=1)]
        for firm in firms:
            if firm.story in self.data.get("honours", {}):
                demo_honours.tell(self, firm)
            else:
                getattr(self, f"_{firm.story.partition('-in-')[0].replace('-', '_')}")(firm)
        demo_lists.hand_in(self, firms)
        for firm in firms:
            if firm.story == "certified":
                self.certify(firm, days_ago=12)
            if firm.story == "revoked":
                demo_lists.revoke(self, firm)
            if firm.story in self.data.get("honours", {}):
                demo_honours.follow(self, firm)
        nightly.run(on=self.today, at=self.at(0, 0, 5))

    # --- people and firms ----------------------------------------

    def _officers(self) -> None:
        if not User.objects.filter(username="admin").exists():
            User.objects.create_superuser("admin", password=PASSWORD, name="平台管理员")
        for row in (*self.data["officers"], *self.data["cities"]):
            authority = Authority.objects.get(code=row["code"])
            self.officers[row["code"]] = self._officer(row.get("user", ""), row["name"], authority)
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

    def officer_at(self, authority: Authority) -> User:
        """An office's officer; where the demo has none yet, one who cannot sign in."""
        if authority.code not in self.officers:
            self.officers[authority.code] = self._officer("", "值班员", authority)
            if authority.kind == Authority.Kind.CITY:
                self._open_round(authority)
        return self.officers[authority.code]

    def _officer(self, username: str, name: str, authority: Authority) -> User:
        """An officer; one without a user name of the demo cannot sign in."""
        user = User(
            username=username or f"officer-{authority.code}",
            name=name,
            role=Role(authority.kind),
            authority=authority,
        )
        user.set_password(PASSWORD if username else None)
        user.save()
        return user

    def _firm(self, index: int, row: list[str]) -> Firm:
        name, factory, county, industry, story = row
        return Firm(
            name,
            factory,
            Division.objects.select_related("authority").get(code=county),
            self._industry(industry),
            story,
            index,
        )

    @staticmethod
    def _industry(code: str) -> Industry:
        known = Industry.objects.filter(code__in=[code, code[:3], code[:2]])
        return max(known, key=lambda industry: len(industry.code))

    def sign_up(self, firm: Firm, *, days_ago: int) -> None:
        account = (
            firm.story if firm.story.startswith("firm-") else f"{self.accounts}-{firm.index:03d}"
        )
        claim = enterprises.sign_up(
            enterprises.Person(
                username=account,
                password=PASSWORD,
                name="演示经办人",
                phone=f"1390000{firm.index:04d}",
            ),
            credit_code=self.code(firm),
            name=firm.name,
            seat=firm.division,
            at=self.at(days_ago, 9, firm.index % 60),
        )
        firm.user = claim.user
        if firm.story == "claim-new":
            return
        at = self.at(days_ago - 1, 9)
        firm.user = enterprises.confirm(claim, by=self.city_officer(firm), at=at).user
        self._particulars(firm, self.at(days_ago - 1, 14))

    @staticmethod
    def code(firm: Firm) -> str:
        return creditcode.complete(f"91{firm.division.code}MA{firm.index * 7919 % 10**6:06d}")

    def _particulars(self, firm: Firm, at: datetime) -> None:
        enterprises.update(
            firm.enterprise,
            by=firm.user,
            at=at,
            address=f"{firm.division.name}经济开发区创新路{firm.index}号",
            industry=firm.industry,
            size=Enterprise.Size.MEDIUM if firm.index % 3 else Enterprise.Size.LARGE,
            above_scale=True,
        )
        firm.factory = enterprises.add_factory(
            firm.enterprise,
            name=firm.factory_name,
            division=firm.division,
            industry=firm.industry,
            address=f"{firm.division.name}经济开发区创新路{firm.index}号",
            by=firm.user,
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
        return self.officer_at(Authority.objects.get(code=self.city_code(firm)))

    # --- assessment and application ----------------------------------------

    def assess(
        self, firm: Firm, *, days_ago: int, lock: bool = True, without: str = ""
    ) -> Assessment:
        """Fill a self-assessment that reaches the basic tier; ``without`` names a dimension whose
        proofs are there and whose answers are left for the visitor to give."""
        at = self.at(days_ago, 11)
        chosen = self_assessment.start(firm.factory, by=firm.user, at=at)
        edition = standard.get(chosen.standard)
        answers = demo_answers.answers_for(edition, self.text["how"], firm.index)
        kept = {item: v for item, v in answers.items() if not without or f".{without}." not in item}
        self_assessment.save_answers(chosen, kept, seen={}, by=firm.user, at=at)
        for row in self.data["scenarios"][: 3 + firm.index % 3]:
            fields = {f: row[f] for f in self_assessment.INSTANCE_FIELDS if f in row}
            self_assessment.save_instance(
                chosen,
                {**fields, "scenario_no": row["no"], "uses_ai": row["ai"]},
                by=firm.user,
                at=at,
            )
        for condition in edition.conditions:
            if condition.id in answers:
                self_assessment.add_evidence(
                    chosen,
                    condition.id,
                    ContentFile(demo_answers.PDF),
                    name=f"{condition.proof.partition('、')[0][:30]}.pdf",
                    by=firm.user,
                    at=at,
                )
        return self_assessment.lock(chosen, by=firm.user, at=at) if lock else chosen

    def _draft(self, firm: Firm, *, days_ago: int = 6) -> Application:
        self.sign_up(firm, days_ago=days_ago + 20)
        self.assess(firm, days_ago=days_ago + 5)
        self.city_officer(firm)
        batch = self.rounds[self.city_code(firm)]
        return drafts.start(firm.factory, batch, by=firm.user, at=self.at(days_ago, 9))

    def _submit(self, firm: Firm, *, days_ago: int) -> Application:
        draft = self._draft(firm, days_ago=days_ago)
        return workflow.act(
            draft,
            Action.SUBMIT,
            by=firm.user,
            at=self.at(days_ago, 15, firm.index % 60),
            declared_by="演示经办人",
        )

    def certify(self, firm: Firm, *, days_ago: int) -> Certification:
        application = self._submit(firm, days_ago=days_ago + 10)
        at = self.at(days_ago, 16, firm.index % 60)
        document = self.city_document(firm)
        while application.status == Application.Status.IN_PROGRESS:
            application = workflow.act(
                application,
                Action.COMPLETE,
                by=self._desk_of(application),
                at=at,
                opinion=self.text["complete"],
                document_no=f"{document}〔{at.year}〕{firm.index}号（演示）",
                performance_confirmed=True,
            )
        return Certification.objects.get(application=application)

    def _desk_of(self, application: Application) -> User:
        """The officer at whose desk the case waits: of the county where the rules begin there."""
        office = chain.handling_authority(application)
        if office is None:
            raise RuntimeError(f"{application} waits nowhere")
        return self.officer_at(office)

    def city_document(self, firm: Firm) -> str:
        """What the document numbers of the firm's city begin with."""
        code = self.city_code(firm)
        return next((c["document"] for c in self.data["cities"] if c["code"] == code), "工信装")

    # --- the stories ----------------------------------------

    def _firm_1(self, firm: Firm) -> None:
        self.sign_up(firm, days_ago=40)
        self.assess(firm, days_ago=8, lock=False, without="production")

    def _firm_2(self, firm: Firm) -> None:
        self._returned(firm)
        self._plan(firm)
        enterprises.record_honour(
            firm.enterprise,
            kind=policy.current(self.data["province"], self.today).honour_kinds[0].code,
            document_no=f"工信部联通装{self.text['law_document']}",
            awarded_on=date(2023, 11, 21),
            by=firm.user,
            at=self.at(30),
        )

    def _plan(self, firm: Firm) -> None:
        for row in self.data["plans"]:
            fields = {k: row[k] for k in ("gap", "action", "owner", "scenario_no", "investment")}
            self_assessment.save_measure(
                firm.factory,
                {**fields, "due_on": self.today + timedelta(days=row["days"])},
                by=firm.user,
                at=self.at(20),
            )

    def _public(self, firm: Firm) -> None:
        self.certify(firm, days_ago=300 - firm.index)

    def _filed(self, firm: Firm) -> None:
        """Determined when the lists are made, so that each batch gets a list of its own."""

    _sent_back = _certified = _earlier = _expires = _expired = _revoked = _filed

    def _overdue(self, firm: Firm) -> None:
        self._submit(firm, days_ago=40 + firm.index % 7)

    def _near_limit(self, firm: Firm) -> None:
        self._submit(firm, days_ago=18 + firm.index % 2)

    def _submitted(self, firm: Firm) -> None:
        self._submit(firm, days_ago=1 + firm.index % 6)

    def _verified(self, firm: Firm) -> None:
        """Past its county, waiting for the city."""
        application = self._submit(firm, days_ago=8 + firm.index % 3)
        workflow.act(
            application,
            Action.COMPLETE,
            by=self._desk_of(application),
            at=self.at(4, 11, firm.index % 60),
            opinion=self.text["verify"],
        )

    def _submitted_no_desk(self, firm: Firm) -> None:
        self._submit(firm, days_ago=4)

    def _returned(self, firm: Firm) -> None:
        application = self._submit(firm, days_ago=16)
        workflow.act(
            application,
            Action.SEND_BACK,
            by=self._desk_of(application),
            at=self.at(5, 10, 15),
            items=[Remark("condition", RETURNED, "佐证材料缺页", self.text["send_back"])],
        )

    def _locked(self, firm: Firm) -> None:
        self.sign_up(firm, days_ago=30)
        self.assess(firm, days_ago=9)

    def _started(self, firm: Firm) -> None:
        self.sign_up(firm, days_ago=15)
        self.assess(firm, days_ago=3, lock=False, without="management")

    def _rejected(self, firm: Firm) -> None:
        application = self._submit(firm, days_ago=50)
        workflow.act(
            application,
            Action.REJECT,
            by=self._desk_of(application),
            at=self.at(38),
            opinion=self.text["reject"],
        )
        enterprises.record_veto_event(
            firm.enterprise,
            kind="safety",
            grade="general",
            happened_on=self.at(200).date(),
            note=self.text["veto"],
            by=self.city_officer(firm),
            at=self.at(37),
        )

    def _withdrawn(self, firm: Firm) -> None:
        application = self._submit(firm, days_ago=25)
        workflow.act(application, Action.WITHDRAW, by=firm.user, at=self.at(22))

    def _claim_new(self, firm: Firm) -> None:
        self.sign_up(firm, days_ago=2)
