"""What the public pages weigh, how soon they show, and what axe says of them.

The stack of docker-compose.yml with the demo world in it, nginx in front, and a Chromium that is
made as slow as a cheap telephone on a bad line. Every visit is the first: nothing is kept.
"""

import json
import os
import platform
import statistics
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from playwright.sync_api import sync_playwright

from tests.browser import axe
from tests.browser.chromium import CHROMIUM, FLAGS
from tests.quality import document
from tests.stack.compose import HOST
from tests.stack.stack import Stack

TITLE = "Public pages, cold, on a slow telephone"
VISITS = 9
#: Milliseconds until a page that does not come is given up.
PATIENCE = 60_000
WIDTH, HEIGHT = 360, 740
#: Milliseconds added to every request; bits a second; how many times slower the processor is.
LATENCY, DOWN, UP, SLOWER = 150, 1_600_000, 750_000, 4
#: Bytes that a page may weigh with all its resources, compressed.
ALLOWED = 150_000
IMPACTS = ("critical", "serious", "moderate", "minor")

ADDRESSES = """
import json
from django.urls import reverse
from tiers.models import Certificate, Certification, Determination, Notice
title = Certification.objects.published().order_by("pk")[0]
paper = Certificate.objects.order_by("pk")[0]
made = {
    "Start page": reverse("tiers:home"),
    "Register, first page": reverse("tiers:register_search"),
    "Register, a search": reverse("tiers:register_search") + "?q=机械",
    "A factory": reverse("tiers:public_factory", args=[title.factory_id]),
    "A title": reverse("tiers:public_title", args=[title.number]),
    "Bulk check": reverse("tiers:register_check"),
    "Check of a certificate": reverse("tiers:verify"),
    "A certificate checked": reverse("tiers:certificate_check", args=[paper.code]),
    "Record": reverse("registry:record"),
    "Open data": reverse("tiers:open_data"),
    "Notices and announcements": reverse("tiers:notice_list"),
    "A notice": reverse("tiers:notice", args=[Notice.objects.published().order_by("pk")[0].pk]),
    "An announcement": reverse(
        "tiers:announcement", args=[Determination.objects.issued().order_by("pk")[0].pk]
    ),
    "Handling times": reverse("tiers:handling_times"),
    "Statistics": reverse("reports:public_statistics"),
    "Rules and standards": reverse("assessments:rules"),
    "Sign-in": reverse("account_login"),
}
print(json.dumps(made))
"""
#: When the largest thing in view was painted, once it has been.
LCP = """() => new Promise((done) => {
    new PerformanceObserver((list) => done(list.getEntries().at(-1).startTime))
        .observe({type: "largest-contentful-paint", buffered: true});
})"""

HEAD = """Each page is opened {visits} times in a new profile of Chromium, {width} px wide, through
nginx and TLS, over a line of {down:.1f} Mbit/s down and {up:.2f} Mbit/s up with {latency} ms added
to each request, by a processor made {slower} times slower. Bytes are those on the line, of all
resources, compressed, with their headers; allowed are {allowed:,}. LCP is the median, in brackets
the fastest and the slowest. axe counts broken rules.

- Day: {day:%Y-%m-%d %H:%M} UTC
- Machine: {machine}; load of the last quarter of an hour at the end: {load:.1f}
- World: the demo's, {titles}; the stack of `docker-compose.yml` without an engine

| Page | Bytes | Kept | Requests | LCP, ms | axe: {impacts} |
| --- | ---: | --- | ---: | ---: | ---: |
"""


@dataclass
class Seen:
    """One page, visited several times."""

    name: str
    weights: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    paints: list[float] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)

    def __str__(self):
        weight, paint = max(self.weights), statistics.median(self.paints)
        kept = "yes" if weight <= ALLOWED else "**no**"
        spread = f"{paint:,.0f} ({min(self.paints):,.0f}–{max(self.paints):,.0f})"
        broken = " / ".join(str(self.broken.get(impact, 0)) for impact in IMPACTS)
        return f"| {self.name} | {weight:,} | {kept} | {max(self.requests)} | {spread} | {broken} |"


def record(path=document.PATH):
    with Stack(worker=1, beat=1, replica=False) as stack, browser() as chromium:
        seed(stack)
        titles = stack.shell(
            "from tiers.models import Certification as C; print(f'{C.objects.count()} titles')"
        )
        addresses = json.loads(stack.shell(ADDRESSES))
        found = []
        for name, address in addresses.items():
            found.append(visited(chromium, name, stack.url + address))
            print(found[-1], flush=True)
    document.put(path, TITLE, told(found, titles))


def seed(stack):
    """The demo world is made in the demo's mode only; the stack shows it in production's."""
    stack._run("web", ["env", "PORTAL_MODE=demo", "python", "manage.py", "seed_demo"])
    stack.shell(
        "from datetime import timedelta; from django.utils import timezone;"
        "from registry.access import business_date; from tiers import open_data;"
        "at = timezone.now(); open_data.publish(on=business_date(at), at=at)"
    )


@contextmanager
def browser():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    names = f"--host-resolver-rules=MAP {HOST} 127.0.0.1"
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, names])


def visited(chromium, name, address):
    seen = Seen(name)
    for visit in range(VISITS):
        context = chromium.new_context(
            ignore_https_errors=True,
            viewport={"width": WIDTH, "height": HEIGHT},
            is_mobile=True,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        slowed(context.new_cdp_session(page), seen)
        answer = page.goto(address, wait_until="networkidle")
        if answer.status != 200:
            raise SystemExit(f"{address} answered {answer.status}")
        seen.paints.append(page.evaluate(LCP))
        if visit == VISITS - 1:
            page.evaluate(axe.AXE)
            for one in page.evaluate(axe.RUN):
                seen.broken[one["impact"]] = seen.broken.get(one["impact"], 0) + 1
        context.close()
    return seen


def slowed(session, seen):
    """The line and the processor as slow as they are said to be; counts what comes over it."""
    seen.weights.append(0)
    seen.requests.append(0)

    def count(ended):
        seen.weights[-1] += int(ended["encodedDataLength"])
        seen.requests[-1] += 1

    session.on("Network.loadingFinished", count)
    session.send("Network.enable")
    line = {"latency": LATENCY, "downloadThroughput": DOWN / 8, "uploadThroughput": UP / 8}
    session.send("Network.emulateNetworkConditions", {"offline": False, **line})
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})


def told(found, titles):
    head = HEAD.format(
        visits=VISITS,
        width=WIDTH,
        down=DOWN / 1e6,
        up=UP / 1e6,
        latency=LATENCY,
        slower=SLOWER,
        allowed=ALLOWED,
        day=datetime.now(UTC),
        machine=f"{processor()}, {os.cpu_count()} cores",
        load=os.getloadavg()[2],
        titles=titles,
        impacts=" / ".join(IMPACTS),
    )
    return head + "\n".join(map(str, found))


def processor():
    with open("/proc/cpuinfo") as facts:
        names = [line.partition(":")[2].strip() for line in facts if line.startswith("model name")]
    return names[0] if names else platform.machine()
