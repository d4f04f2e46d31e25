"""Who holds the honour and how each stands: judged in sets, changing nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from registry import digests, policy
from registry.access import OFFICERS, may_change
from registry.models import Honour, User
from registry.policy import Tier
from tiers import derivation
from tiers.derivation import Candidate
from tiers.models import Rereview, RereviewItem

Outcome = RereviewItem.Outcome

#: How a holder stands while the campaign is under way. ``REACHED`` waits for the office's finding.
REACHED = "reached"
STATES = {
    "unassessed": "自评未交",
    "unreached": "自评未达到",
    REACHED: "自评已达到",
    "check": "下级复核未办结或不符合",
    "barred": "有不能认定的情形",
    "again": "情况有变化，须重新填写",
    **{str(outcome.value): f"拟{outcome.label}" for outcome in Outcome if outcome != Outcome.HOLD},
    Outcome.HOLD.value: "拟暂缓",
    "unverified": "称号待核实",
    "factory": "称号未指明工厂",
    "standing_title": "已有同级认定",
    "withdrawn": "称号已取消",
}
#: Who is not looked at: there is nothing to give, or nobody to give it to.
OUTSIDE = ("withdrawn", "unverified", "factory", "standing_title")
UNASSESSED = ("unassessed", "unreached")


@dataclass(frozen=True)
class Subject:
    """What a campaign can be about: an honour and the tier that it may give."""

    honour_kind: str
    honour_name: str
    tier: Tier

    @property
    def key(self) -> str:
        return f"{self.honour_kind}:{self.tier}"

    @property
    def label(self) -> str:
        return f"{self.honour_name}，对应{self.tier.label}"


def subjects(user: User, on: date) -> list[Subject]:
    """What this officer's own office may open a campaign about under the rules of the day."""
    if user.role not in OFFICERS or user.authority is None or not may_change(user):
        return []
    office = user.authority
    try:
        rules = policy.current(office.province_code, on)
    except LookupError:
        return []
    return [
        Subject(item.honour, rules.honour_kind(item.honour).name, rule.tier)
        for rule in rules.tiers.values()
        for item in rule.derive
        if item.together
        and item.by == office.kind
        and (item.authority is None or f"/{item.authority}/" in office.path)
    ]


def may_handle(campaign: Rereview, user: User) -> bool:
    """Whether this person works on the campaign for its office; nobody does in another's place."""
    own = user.role in OFFICERS and user.authority_id == campaign.authority_id
    return own and campaign.determined_at is None and may_change(user)


def may_publish(campaign: Rereview, user: User) -> bool:
    own = user.role in OFFICERS and user.authority_id == campaign.authority_id
    settled = campaign.determined_at is not None and campaign.published_at is None
    return own and settled and may_change(user)


@dataclass(frozen=True)
class Row:
    """One holder: what the machine says of it, and what the office has put down."""

    candidate: Candidate
    item: RereviewItem | None

    @property
    def honour(self) -> Honour:
        return self.candidate.honour

    @property
    def name(self) -> str:
        factory = self.candidate.factory
        return f"{factory.name}（{self.honour.enterprise.name}）" if factory else str(self.honour)

    @cached_property
    def state(self) -> str:
        outside = next((code for code in OUTSIDE if code in self._codes), None)
        if outside or self.item is None:
            return outside or self.machine
        return "again" if self._lapsed else self.item.outcome

    @property
    def machine(self) -> str:
        """What follows from the self-assessment and the records, whatever anybody has put down."""
        if "assessment" in self._codes:
            return "unassessed" if self.candidate.assessment is None else "unreached"
        if self._codes - {"check"}:
            return "barred"
        return "check" if self._codes else REACHED

    @property
    def _codes(self) -> set[str]:
        return {problem.code for problem in self.candidate.problems}

    @property
    def _lapsed(self) -> bool:
        """Whether what was put down was found on something that stands no more."""
        item, own = self.item, self.candidate.assessment
        if item is None:
            return False
        newer = item.assessment_id != (own.pk if own else None)
        return newer or (item.outcome == Outcome.PASS and not self.candidate.ripe)

    @property
    def label(self) -> str:
        return STATES[self.state]

    @property
    def machine_label(self) -> str:
        return STATES[self.machine]

    @property
    def counts(self) -> bool:
        """Whether the campaign has to say something of it."""
        return self.state not in OUTSIDE

    @property
    def decided(self) -> bool:
        return self.counts and self.state in Outcome.values

    @property
    def mark(self) -> str:
        """What was on the screen, so that nothing is put down on something else."""
        return digests.of(self.frozen)[:16]

    @property
    def frozen(self) -> dict[str, Any]:
        """The row as it is confirmed, and kept at the determination."""
        factory, own, item = self.candidate.factory, self.candidate.assessment, self.item
        return {
            "honour": self.honour.pk,
            "honour_document_no": self.honour.document_no,
            "awarded_on": str(self.honour.awarded_on),
            "enterprise": self.honour.enterprise.name,
            "factory": factory.name if factory else "",
            "factory_id": factory.pk if factory else None,
            "place": factory.authority.path if factory else "",
            "office": factory.authority.short_name if factory else "",
            "assessment": own.pk if own else None,
            "machine": self.machine,
            "state": self.state,
            "outcome": item.outcome if item and self.decided else "",
            "reason": item.reason if item and self.decided else "",
        }


@dataclass(frozen=True)
class Table:
    """The holders as they stand now, by the office in charge and by name."""

    campaign: Rereview
    rows: tuple[Row, ...]

    @cached_property
    def digest(self) -> str:
        """Over what is confirmed: every holder that counts, with what is said of it."""
        return digests.of([row.frozen for row in self.counted])

    @cached_property
    def counted(self) -> list[Row]:
        return [row for row in self.rows if row.counts]

    @property
    def decided(self) -> list[Row]:
        return [row for row in self.counted if row.decided]

    @property
    def undecided(self) -> list[Row]:
        return [row for row in self.counted if not row.decided]

    @property
    def confirmed(self) -> bool:
        return bool(self.campaign.confirmed_at) and not self.lapsed

    @property
    def lapsed(self) -> bool:
        """Whether it was confirmed once and has changed since."""
        return bool(self.campaign.confirmed_at) and self.campaign.digest != self.digest

    def of(self, *states: str) -> list[Row]:
        return [row for row in self.rows if row.state in states]

    def tally(self) -> list[tuple[str, str, int]]:
        """Each state there is, with its words and how many holders are in it."""
        counted = ((state, label, len(self.of(state))) for state, label in STATES.items())
        return [one for one in counted if one[2]]


def sees_findings(campaign: Rereview, user: User) -> bool:
    """Before the result nobody below the campaign's office reads what it has put down."""
    return user.role in OFFICERS and campaign.authority.path.startswith(user.authority_path)


def table(
    campaign: Rereview, *, on: date, path: str = "", findings: bool = True, **only: Any
) -> Table:
    """The holders below the campaign's office, or below another ``path`` within it; without
    ``findings`` as the machine alone sees them.
    """
    office = campaign.authority
    found = derivation.candidates(
        path if path.startswith(office.path) else office.path,
        on=on,
        assessed_by=campaign.closes_on,
        kind=campaign.honour_kind,
        **only,
    )
    items = {item.honour_id: item for item in campaign.items.all()} if findings else {}
    rows = [
        Row(one, items.get(one.honour.pk))
        for one in found
        if one.tier == campaign.tier
        and one.rule.together
        and (one.office is None or one.office == office)
    ]
    return Table(campaign, tuple(sorted(rows, key=_order)))


def _order(row: Row) -> tuple[str, str, int]:
    factory = row.candidate.factory
    return factory.authority.path if factory else "", row.honour.enterprise.name, row.honour.pk


def of_firm(user: User, on: date) -> list[tuple[Rereview, list[Row]]]:
    """The campaigns under way that concern a firm, each with how the firm's own factories stand.
    What the office has put down is not among it.
    """
    mine = Rereview.objects.visible_to(user).under_way().filter(opens_on__lte=on)
    return [
        (one, list(table(one, on=on, findings=False, enterprise=user.enterprise_id).rows))
        for one in mine.select_related("authority").order_by("closes_on", "pk")
    ]


def results(campaign: Rereview, path: str = "") -> list[dict[str, Any]]:
    """The frozen rows of a determined campaign, of the factories below a path."""
    rows: Iterable[dict[str, Any]] = campaign.frozen
    return [row for row in rows if row["place"].startswith(path)]
