"""The distributions of indicators: their page beside a bare view of the same rows, their rebuilding
beside one statement written by hand. Product and floor take turns, so that both have the same
weather; a time is told with its spread.
"""

import statistics
import time
from collections.abc import Callable
from itertools import cycle

from django.test import Client, override_settings
from django.urls import reverse

from assessments import standard
from assessments.models import Answer, Assessment
from bench.floors import rebuild as floor
from registry.models import Enterprise, Industry
from reports import kpis
from reports.models import KpiYear
from tests import build

YEAR = 2026
TURNS = 9
#: What neither may exceed.
LIMIT = 1.5


def factories(count: int, copy: Callable) -> None:
    """So many factories of every division and size, each with a locked assessment."""
    city = build.authority("130100")
    firm = build.enterprise_at(city)
    sample = build.locked_assessment(build.factory_at(city, enterprise=firm))
    divisions = list(Industry.objects.filter(level="division").order_by("code"))[:30]
    sizes = cycle(Enterprise.Size.values)
    firms = [
        copy(firm, credit_code=build.credit_code(), name=f"第{n}企业", size=next(sizes))
        for n in range(count)
    ]
    firms = Enterprise.objects.bulk_create(firms, batch_size=900)
    made = type(sample.factory).objects.bulk_create(
        [
            copy(sample.factory, enterprise_id=one.pk, industry_id=divisions[n % 30].code)
            for n, one in enumerate(firms)
        ],
        batch_size=900,
    )
    locked = Assessment.objects.bulk_create(
        [copy(sample, factory_id=one.pk) for one in made], batch_size=900
    )
    known = standard.get(sample.standard).kpis
    Answer.objects.bulk_create(
        (
            Answer(
                assessment=one,
                item=f"kpi.{kpi.id}",
                value={"before": "40", "after": f"{(n * 7 + m * 13) % 90 + 1}", "period": "2025年"},
                by=sample.started_by,
                at=build.DAY,
            )
            for n, one in enumerate(locked)
            for m, kpi in enumerate(known)
        ),
        batch_size=900,
    )


def in_turns(bare: Callable[[], object], ours: Callable[[], object]) -> tuple[list, list]:
    """Milliseconds of both, one after the other; the first round warms up and does not count."""
    times: tuple[list, list] = ([], [])
    for turn in range(TURNS + 1):
        for taken, act in zip(times, (bare, ours), strict=True):
            begin = time.perf_counter()
            act()
            if turn:
                taken.append((time.perf_counter() - begin) * 1000)
    return times


def told(name: str, bare: list[float], ours: list[float]) -> float:
    """One line: medians with the fastest and the slowest, and the ratio of the medians."""
    ratio = statistics.median(ours) / statistics.median(bare)
    spans = [
        f"{statistics.median(one):8.1f} ({min(one):.1f}-{max(one):.1f})" for one in (bare, ours)
    ]
    verdict = "" if ratio <= LIMIT else f"  more than {LIMIT}"
    print(f"{name:<44}{spans[0]:>28}{spans[1]:>28}{ratio:>7.2f} ×{verdict}")
    return ratio


def measure() -> bool:
    """Whether both stay within the limit."""
    year = KpiYear.objects.get_or_create(year=YEAR)[0]
    known = standard.get("elements-2025").kpis
    changes = {
        way: [f"kpi.{one.id}" for one in known if one.change and one.better == way]
        for way in ("down", "up")
    }
    rebuilding = in_turns(
        lambda: floor.rebuild(year.pk, YEAR, changes["down"], changes["up"]),
        lambda: kpis.rebuild(YEAR, at=build.DAY),
    )
    print(f"\n{'milliseconds, median (fastest-slowest)':<44}{'floor':>28}{'ours':>28}")
    ratios = [told("distributions of a year, rebuilt", *rebuilding)]
    client = Client()
    user = build.officer(build.authority("130000"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with override_settings(ROOT_URLCONF="bench.floors.page"):
        paths = ("/floor/?kpi=cnc-rate", reverse("reports:kpi_spreads") + "?kpi=cnc-rate")
        bare, ours = (lambda path=path: _asked(client, path) for path in paths)
        ratios.append(told("page of distributions", *in_turns(bare, ours)))
    return all(ratio <= LIMIT for ratio in ratios)


def _asked(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
