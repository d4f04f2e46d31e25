"""Rules for a case from its draft to its decision; places, rounds, and stand-ins."""

from datetime import timedelta

from hypothesis.stateful import precondition, rule

from registry import delegation
from registry.access import Duty, business_date
from registry.audit import Verb
from registry.models import Delegation, Factory
from registry.policy import Tier
from tests import build
from tests.machine.base import Base, N
from tiers import chain, drafts, mending, quota, returns, rounds, workflow
from tiers.models import Action, Application, Recommendation, Round

Status = Application.Status
VERBS = {
    Action.COMPLETE: Verb.APPLICATION_COMPLETE,
    Action.SEND_BACK: Verb.APPLICATION_SEND_BACK,
    Action.REJECT: Verb.APPLICATION_REJECT,
}
#: The offices whose officers are away now and then.
OFFICERS = ("130000", "130100", "130200")
#: What a determination may bring about besides.
ISSUING = (
    Verb.CERTIFICATION_ISSUE,
    Verb.CERTIFICATION_EXPIRE,
    Verb.CERTIFICATION_SUPERSEDE,
)


class Chain(Base):
    @rule(n=N, tier=N)
    def begin(self, n, tier):
        factory = self.pick(Factory, n)
        by = build.staff_of(factory.enterprise)
        wanted = Tier.ADVANCED if tier % 2 else Tier.BASIC
        standing = Round.objects.covering(factory).filter(tier=wanted, kind=Round.Kind.BATCH)
        assessment = drafts.latest_assessment(factory)
        if batch := standing.order_by("pk").first():
            self.do(
                Verb.APPLICATION_START,
                lambda at: drafts.start(factory, batch, assessment=assessment, by=by, at=at),
            )

    @rule(n=N)
    def submit(self, n):
        rows = Application.objects.filter(status__in=(Status.DRAFT, Status.RETURNED))
        if case := self.pick(rows, n):
            by = build.staff_of(case.factory.enterprise)
            self.answer_items(case)
            self.do(
                Verb.APPLICATION_SUBMIT,
                lambda at: workflow.act(case, Action.SUBMIT, by=by, at=at, declared_by=by.name),
            )

    def answer_items(self, case: Application) -> None:
        by = build.staff_of(case.factory.enterprise)
        if items := list(returns.standing(case).unanswered()):
            replies = {one.pk: mending.Reply("changed", "已按要求改正") for one in items}
            self.do(
                Verb.APPLICATION_ANSWER,
                lambda at: mending.answer(case, replies, by=by, at=at),
            )

    def decide(self, case: Application, action: Action, who: int, **more: object) -> None:
        by = self.acting_for(chain.handling_authority(case), who)
        details = {
            "opinion": "情况属实",
            "document_no": f"文〔2026〕{case.pk}号",
            "performance_confirmed": True,
            **more,
        }
        if action == Action.SEND_BACK:
            details["items"] = (build.remark(),)
        self.do(
            VERBS[action],
            lambda at: workflow.act(case, action, by=by, at=at, **details),
            also=ISSUING if action == Action.COMPLETE else (),
        )

    @rule(n=N, who=N, off=N)
    def complete(self, n, who, off):
        if case := self.pick(Application.objects.filter(status=Status.IN_PROGRESS), n):
            more = {"off_quota": "单列", "ground": "文件"} if off == 1 else {}
            self.decide(case, Action.COMPLETE, who, **more)

    @rule(n=N, who=N, what=N)
    def return_refuse_or_withdraw(self, n, who, what):
        case = self.pick(Application.objects.filter(status=Status.IN_PROGRESS), n)
        if case is None:
            return
        if what % 6 == 5:
            by = build.staff_of(case.factory.enterprise)
            self.do(
                Verb.APPLICATION_WITHDRAW,
                lambda at: workflow.act(case, Action.WITHDRAW, by=by, at=at),
            )
        else:
            self.decide(case, Action.REJECT if what % 6 == 4 else Action.SEND_BACK, who)

    # --- places ---

    @rule(n=N, who=N, what=N)
    def places(self, n, who, what):
        (self.allot, self.give_up_place, self.reorder)[what % 3](n, who)

    def allot(self, n, who):
        cities = self.world.cities
        places = (3 + n % 6, n % 5)
        given = {city.pk: number for city, number in zip(cities, places, strict=True)}
        by, batch = self.acting_for(self.world.province, who), self.batch
        self.do(Verb.ROUND_ALLOT, lambda at: quota.allot(batch, given, by=by, at=at))

    def give_up_place(self, n, who):
        near = Recommendation.objects.standing().filter(application__step_level__in=("", "city"))
        if held := self.pick(near, n):
            by = self.acting_for(held.authority, who)
            self.do(
                Verb.RECOMMENDATION_RELEASE,
                lambda at: quota.release(held, reason="企业要求", by=by, at=at),
            )

    def reorder(self, n, who):
        city, batch = self.world.cities[n % 2], self.batch
        by = self.acting_for(city, who)
        rows = Recommendation.objects.standing().filter(round=batch, authority=city)
        seen = list(rows.in_order().values_list("pk", flat=True))
        order = seen[1:] + seen[:1]
        self.do(
            Verb.RECOMMENDATION_ORDER,
            lambda at: quota.reorder(batch, order, seen=seen, by=by, at=at),
        )

    # --- rounds ---

    @rule(n=N, who=N, days=N)
    def close_or_extend(self, n, who, days):
        batch = self.pick(Round.objects.filter(kind=Round.Kind.BATCH), n)
        by = self.acting_for(batch.authority, who)
        until = business_date(self.now) + timedelta(days=days)
        if batch.closes_on is None:
            self.do(
                Verb.ROUND_CLOSE,
                lambda at: rounds.close_round(batch, closes_on=until, by=by, at=at),
            )
        else:
            self.do(
                Verb.ROUND_EXTEND,
                lambda at: rounds.extend_round(
                    batch, closes_on=until, reason="企业反映时间不足", by=by, at=at
                ),
            )

    # --- people ---

    @rule(n=N, other=N, days=N)
    def ask_to_stand_in(self, n, other, days):
        giver = self.acting_for(build.authority(OFFICERS[n % len(OFFICERS)]), n)
        near = delegation.candidates(giver)
        stand_in = self.pick(near, other) if other % 5 else giver
        if stand_in is None:
            return
        today = business_date(self.now)
        terms = delegation.Terms(
            stand_in=stand_in,
            from_on=today,
            until_on=today + timedelta(days=days),
            duties=[duty.value for duty in Duty],
            tiers=[],
            reason="出差",
        )
        self.do(Verb.DELEGATION_GIVE, lambda at: delegation.give(terms, by=giver, at=at))

    @precondition(lambda self: self.tables.rows["registry.delegation"])
    @rule(n=N, stand_in=N)
    def end_delegation(self, n, stand_in):
        held = self.pick(Delegation, n)
        by = held.stand_in if stand_in % 2 else held.giver
        self.do(Verb.DELEGATION_REVOKE, lambda at: delegation.revoke(held, by=by, at=at))
