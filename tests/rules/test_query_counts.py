"""A list costs the same queries with one row and with four, and their number is written down.

The pages come from the URLconf, so a new one is counted without being named. With RENDER_RULES=1 in
the environment this test writes the numbers anew: fewer is good, more has a reason.
"""

import os
from datetime import date
from pathlib import Path

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from assessments import assessment as self_assessment
from registry import enterprises
from registry.policy import Tier
from tests import build, sheets
from tests.rules import test_urls
from tiers import filing

AT = build.DAY
KEPT = Path(__file__).with_suffix(".txt")

# Addresses without arguments that show no rows of ours.
LEFT_OUT = (
    "admin:", "account_", "mfa_", "healthz", "readyz", "api:docs", "api:schema", "registry:session",
    "registry:signing_keys",
)  # fmt: skip
PAGES = sorted(
    name
    for name, arguments in test_urls.ADDRESSES
    if not arguments and not name.startswith(LEFT_OUT)
)
# The same lists asked in another way.
ASKED = {
    "tiers:desk": ("tab=todo", "tab=done", "tab=below", "tab=all"),
    "tiers:register_search": ("q=工厂", "tier=basic"),
    "registry:inbox": ("tab=unread", "event=case.received"),
}


class World:
    """One firm, its offices, and as many rows for every list as were asked for."""

    def __init__(self):
        self.county, self.city, self.province = (
            build.authority(code) for code in ("130102", "130100", "130000")
        )
        self.cast = {
            "county": build.officer(self.county),
            "city": build.officer(self.city),
            "province": build.officer(self.province),
        }
        self.firm = build.enterprise_at(self.county)
        self.cast["firm"] = build.person_for(self.firm)
        self.drafted = None
        self.checked = None
        self.renewed = None
        self.kept = None
        self.summary = build.summary_of(self.province, at=AT)

    def factory(self):
        return build.factory_at(self.county, enterprise=self.firm)

    def held_last_year(self):
        factory = self.factory()
        build.title(factory, on=date(2025, 9, 1))
        return factory

    def file_one(self):
        build.title(self.factory(), on=date(2026, 3, 2))
        drafted = filing.collect(self.city, by=self.cast["city"], at=AT)
        return filing.file(drafted, document_no="文〔2026〕1号", by=self.cast["city"], at=AT)

    def add(self, count):
        staff = self.cast["firm"]
        for _ in range(count):
            busy = self.factory()
            case = build.application_at("submitted", factory=busy)
            self.check(self.checked or case)
            returned = build.application_at("returned", factory=self.factory())
            build.open_assessment(returned.factory)
            plan = {
                "gap": "缺表计",
                "action": "加装",
                "owner": "设备部",
                "due_on": date(2026, 12, 31),
            }
            self_assessment.save_measure(busy, plan, by=staff, at=AT)
            build.open_round(self.city)
            self.renew()
            build.claim_by(build.enterprise_at(self.county))
            self.cultivate(busy)
            self.record(staff)
            build.expert()
            self.file_one()
            filing.acknowledge(self.file_one(), by=self.cast["province"], at=AT)
        for _ in range(count):
            build.title(self.factory(), on=date(2026, 3, 2))
            build.annual_report(self.held_last_year())
        for _ in range(count):
            rows = [sheets.line(3), *(sheets.line(6, level="一级") for _ in range(count))]
            self.batch = sheets.batch_of(self.cast["city"], rows, at=AT)
        self.drafted = filing.collect(self.city, by=self.cast["city"], at=AT)

    def renew(self):
        """One more renewal under way; the first stays on the page that is asked."""
        factory = self.factory()
        build.locked_assessment(factory)
        ending = build.title(factory, on=date(2026, 3, 2), last_day=date(2026, 6, 30))
        case = build.renewal_of(ending, at=AT)
        self.renewed = self.renewed or build.all_the_same(case, at=AT)

    def check(self, case):
        """The first case is checked further each time, so that its page shows more words."""
        build.verify(case, rest="all" if self.checked else "basics", by=self.cast["city"])
        self.checked = case

    def cultivate(self, factory):
        """The first candidate, whose page is asked, is visited each time."""
        kept = build.in_library(factory, Tier.ADVANCED, by=self.cast["county"], at=AT)
        self.kept = self.kept or kept
        build.noted(self.kept, by=self.cast["county"], at=AT)

    def record(self, staff):
        number = self.firm.honours.count()
        enterprises.record_honour(
            self.firm,
            kind="lighthouse",
            document_no=f"{number}号",
            awarded_on=date(2023, 5, 1),
            by=staff,
            at=AT,
        )
        enterprises.record_veto_event(
            self.firm,
            kind="safety",
            grade="general",
            happened_on=date(2026, 1, 5),
            by=staff,
            at=AT,
        )

    def pages(self):
        for name in PAGES:
            yield name, reverse(name)
            for query in ASKED.get(name, ()):
                yield f"{name}?{query}", f"{reverse(name)}?{query}"
        for name in ("filing_list", "filing_print_letter", "filing_print_list"):
            yield f"tiers:{name}", reverse(f"tiers:{name}", args=[self.drafted.pk])
        for name in ("application", "verification", "verification_print"):
            yield f"tiers:{name}", reverse(f"tiers:{name}", args=[self.checked.pk])
        for case, names in ((self.renewed, ("application", "application_renewal")),):
            for name in names:
                yield f"tiers:{name} (renewal)", reverse(f"tiers:{name}", args=[case.pk])
        for name in ("title", "title_renewal"):
            path = reverse(f"tiers:{name}", args=[self.renewed.renewal.title_id])
            yield f"tiers:{name}", path
        for name in ("summary", "summary_edit", "summary_print", "summary_units"):
            yield f"reports:{name}", reverse(f"reports:{name}", args=[self.summary.pk])
        for name in ("intake", "intake_columns"):
            yield f"reports:{name}", reverse(f"reports:{name}", args=[self.batch.pk])
        for key in ("held_basic", "submitted", "assessed", "instances", "lists_filed"):
            path = reverse("reports:summary_rows", args=[self.summary.pk, key])
            yield f"reports:summary_rows {key}", path
        yield (
            "registry:enterprise_detail",
            reverse("registry:enterprise_detail", args=[self.firm.pk]),
        )
        yield "reports:firm_file", reverse("reports:firm_file", args=[self.firm.pk])
        for kind in ("enterprise", "factory"):
            row = self.firm if kind == "enterprise" else self.firm.factories.first()
            path = reverse("reports:detail_export", args=[kind, row.pk])
            yield f"reports:detail_export {kind}", path
        yield "tiers:library_item", reverse("tiers:library_item", args=[self.kept.pk])
        yield "assessments:veto_list", reverse("assessments:veto_list", args=[self.firm.pk])

    def counts(self):
        found = {}
        for who, user in self.cast.items():
            client = Client()
            client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
            client.get("/healthz")  # the first request of a session also notes the browser
            for name, path in self.pages():
                cache.delete("certificate-states")  # kept for half a minute
                with CaptureQueriesContext(connection) as queries:
                    answer = client.get(path)
                if answer.status_code == 200:
                    found[who, name] = len(queries)
        return found


@pytest.fixture
def counted(world):
    """Queries with one row of everything, and with four."""
    made = World()
    made.add(1)
    one = made.counts()
    made.add(3)
    return one, made.counts()


def test_four_rows_cost_what_one_costs_and_that_is_written_down(counted):
    one, four = counted
    text = "".join(f"{who:9}{name:45}{number:4}\n" for (who, name), number in sorted(one.items()))
    if os.environ.get("RENDER_RULES"):
        KEPT.write_text(text, encoding="utf-8")

    assert one == four
    assert text == KEPT.read_text(encoding="utf-8")
