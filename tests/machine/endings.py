"""Rules for the end of a title before its time: revoked and appealed against, or given up."""

from hypothesis.stateful import rule

from registry.access import business_date
from registry.audit import Verb
from registry.models import Factory
from tests import build
from tests.machine.base import Base, N, some
from tiers import appeals, hearings, revocation, surrender
from tiers.models import Certification, Revocation, Surrender

GROUNDS = ("fraud", "unfit", "illegal")
ENDING = (Verb.CERTIFICATION_REVOKE, Verb.BAN_PUT)


class Endings(Base):
    @rule(n=N, who=N, ground=N, further=N)
    def propose(self, n, who, ground, further):
        """A revocation proposed; now and then it goes on to its decision at once."""
        title = self.pick(Certification, n)
        by = self.acting_for(title.issuer, who)
        proposal = revocation.Proposal(GROUNDS[ground % 3], "现场与材料不符")
        proposed = self.do(
            Verb.REVOCATION_PROPOSE,
            lambda at: revocation.propose(title, proposal, by=by, at=at),
        )
        if proposed is not None and further % 3:
            self.waive(proposed)
            self.decide_revocation(proposed, who + 1, keep=further % 5 == 4)

    @some("tiers.revocation")
    @rule(n=N, who=N, what=N, word=N)
    def revocation_goes_on(self, n, who, what, word):
        one = self.pick(Revocation, n)
        acts = (
            lambda: self.decide_revocation(one, who, keep=word % 3 == 1),
            lambda: self.waive(one),
            lambda: self.state(one, hearing=word % 2 == 1),
            lambda: self.hear(one, who),
            lambda: self.appeal(one),
            lambda: self.answer_appeal(one, who, upheld=word % 2 == 1),
        )
        acts[what % len(acts)]()

    def firm_of(self, one: Revocation):
        factory = Factory.objects.get(certifications=one.certification_id)
        return build.staff_of(factory.enterprise)

    def waive(self, one):
        by = self.firm_of(one)
        self.do(Verb.REVOCATION_WAIVE, lambda at: revocation.waive(one, by=by, at=at))

    def state(self, one, *, hearing):
        by = self.firm_of(one)
        self.do(
            Verb.REVOCATION_STATE,
            lambda at: revocation.state(one, statement="设备已更新", hearing=hearing, by=by, at=at),
        )

    def hear(self, one, who):
        by, on = self.acting_for(one.authority, who), business_date(self.now)
        self.do(
            Verb.REVOCATION_ARRANGE,
            lambda at: hearings.arrange(one, on=on, place="三楼会议室", by=by, at=at),
        )
        self.do(
            Verb.REVOCATION_HEAR,
            lambda at: hearings.hear(one, who="双方", summary="各陈其词", by=by, at=at),
        )

    def decide_revocation(self, one, who, *, keep):
        by = self.acting_for(one.authority, who)
        self.do(
            Verb.REVOCATION_DECIDE,
            lambda at: revocation.decide(
                one,
                outcome="kept" if keep else "revoked",
                reason="事实清楚",
                document_no=f"文〔2026〕{one.pk}号",
                by=by,
                at=at,
            ),
            also=() if keep else ENDING,
        )

    def appeal(self, one):
        by = self.firm_of(one)
        self.do(Verb.REVOCATION_APPEAL, lambda at: appeals.appeal(one, words="不服", by=by, at=at))

    def answer_appeal(self, one, who, *, upheld):
        office = self.world.province if who % 2 else one.authority
        by = self.acting_for(office, who)
        self.do(
            Verb.REVOCATION_ANSWER,
            lambda at: appeals.answer(
                one,
                finding="upheld" if upheld else "dismissed",
                answer="已复核",
                document_no="文〔2026〕40号",
                by=by,
                at=at,
            ),
            also=(Verb.CERTIFICATION_REINSTATE, Verb.BAN_LIFT),
        )

    # --- given up ---

    @rule(n=N, who=N, further=N)
    def give_up(self, n, who, further):
        title = self.pick(Certification, n)
        by = build.staff_of(title.factory.enterprise)
        one = self.do(
            Verb.SURRENDER_DECLARE,
            lambda at: surrender.declare(title, reason="转产", declared=True, by=by, at=at),
        )
        if one is not None and further % 2:
            self.confirm_surrender(one, who)

    @some("tiers.surrender")
    @rule(n=N, who=N, back=N)
    def surrender_goes_on(self, n, who, back):
        one = self.pick(Surrender, n)
        if back % 2:
            by = build.staff_of(one.certification.factory.enterprise)
            self.do(Verb.SURRENDER_TAKE_BACK, lambda at: surrender.take_back(one, by=by, at=at))
        else:
            self.confirm_surrender(one, who)

    def confirm_surrender(self, one, who):
        by = self.acting_for(one.certification.issuer, who)
        self.do(
            Verb.SURRENDER_CONFIRM,
            lambda at: surrender.confirm(one, by=by, at=at),
            also=(Verb.CERTIFICATION_SURRENDER, Verb.BAN_PUT),
        )
