"""Rules for what comes after the determination: lists, suspension, and the night."""

from datetime import datetime, time, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from config import nightly
from registry.access import SHANGHAI, business_date
from registry.audit import Verb
from tests.machine.base import Base, N, some
from tests.machine.chain import ISSUING
from tiers import filing, suspension
from tiers.models import Certification, FilingList

DAYS = st.sampled_from([1, 1, 1, 2, 2, 5, 8, 8, 15, 15, 30, 90, 400, 1100])
#: What the night writes down.
NIGHTLY = (
    *ISSUING,
    Verb.APPLICATION_OVERDUE,
    Verb.APPLICATION_REDATE,
    Verb.WORKDAYS_APPLY,
    Verb.ANNUAL_OPEN,
    Verb.ANNUAL_FOLLOW,
    Verb.SUMMARY_OPEN,
)


class Titles(Base):
    # --- lists ---

    @rule(n=N, who=N, further=N)
    def collect(self, n, who, further):
        """A list, alone or with what follows in the best case."""
        city = self.world.cities[n % 2]
        by = self.acting_for(city, who)
        drafted = self.do(Verb.FILING_COLLECT, lambda at: filing.collect(city, by=by, at=at))
        if drafted is not None and further % 2:
            self.hand_up(drafted, who)
            self.acknowledge(drafted, who)

    def hand_up(self, filed, who):
        by = self.acting_for(filed.authority, who)
        self.do(
            Verb.FILING_FILE,
            lambda at: filing.file(filed, document_no="文〔2026〕20号", by=by, at=at),
        )

    def acknowledge(self, filed, who):
        by = self.acting_for(filed.recipient, who)
        self.do(
            Verb.FILING_ACKNOWLEDGE,
            lambda at: filing.acknowledge(filed, by=by, at=at),
            also=(Verb.CERTIFICATION_PUBLISH,),
        )

    @some("tiers.filinglist")
    @rule(n=N, who=N, what=N)
    def file_or_answer(self, n, who, what):
        filed = self.pick(FilingList, n)
        entry = filed.entries.order_by("pk").first()
        if entry and what % 5 == 4:
            self.strike_or_keep(entry, who)
        elif filed.status in (FilingList.Status.DRAFT, FilingList.Status.RETURNED):
            self.hand_up(filed, who)
        elif what % 3 == 1 and entry:
            by, remarks = self.acting_for(filed.recipient, who), {entry.pk: "请核对文号"}
            self.do(
                Verb.FILING_SEND_BACK,
                lambda at: filing.send_back(filed, remarks=remarks, by=by, at=at),
            )
        else:
            self.acknowledge(filed, who)

    def strike_or_keep(self, entry, who):
        by = self.acting_for(entry.filing_list.authority, who)
        if entry.live:
            self.do(
                Verb.FILING_STRIKE,
                lambda at: filing.strike(entry, reason="另行报备", by=by, at=at),
            )
        else:
            self.do(Verb.FILING_KEEP, lambda at: filing.keep(entry, by=by, at=at))

    # --- titles ---

    @rule(n=N, who=N, days=N, open_end=N)
    def suspend(self, n, who, days, open_end):
        title = self.pick(Certification, n)
        by = self.acting_for(title.issuer, who)
        first = business_date(self.now) + timedelta(days=days % 4)
        until = None if open_end % 2 else first + timedelta(days=days)
        terms = suspension.Terms("inquiry", "待核实", f"文〔2026〕{n}号", first, until)
        self.do(
            Verb.CERTIFICATION_SUSPEND,
            lambda at: suspension.suspend(title, terms, by=by, at=at),
            also=(Verb.CERTIFICATION_SUSPEND,),
        )

    @some("tiers.suspension")
    @rule(n=N, who=N)
    def restore(self, n, who):
        title = self.pick(Certification.objects.exclude(suspensions=None), n)
        by = self.acting_for(title.issuer, who)
        self.do(
            Verb.CERTIFICATION_RESTORE,
            lambda at: suspension.restore(
                title, reason="已整改", document_no="文〔2026〕8号", by=by, at=at
            ),
            also=(Verb.CERTIFICATION_RESTORE,),
        )

    # --- time ---

    @rule(days=DAYS, night=st.booleans())
    def days_pass(self, days, night):
        """The next morning, or one much later; the night may have failed to run."""
        self.now = datetime.combine(
            business_date(self.now) + timedelta(days=days), time(8), SHANGHAI
        )
        if night:
            self.do(
                Verb.CERTIFICATION_EXPIRE,
                lambda at: nightly.run(business_date(at), at),
                also=NIGHTLY,
            )
