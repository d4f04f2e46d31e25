"""The distributions of indicators: their page beside a bare view of the same rows, their rebuilding
beside one statement written by hand. On SQLite, in a process of their own.
"""

from itertools import cycle

from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse

from assessments import standard
from assessments.models import Answer, Assessment
from bench import turns
from bench.floors import rebuild as floor
from registry.models import Authority, Enterprise, Industry
from reports import kpis
from reports.models import KpiYear
from tests import build

YEAR = 2026
#: What neither may exceed.
LIMIT = 1.5


def copy(row: Model, **changes: object) -> Model:
    """The same row once more, unsaved, but for what is changed."""
    values = {
        f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key
    }
    return type(row)(**values | changes)


def factories(count: int) -> None:
    """So many factories of every division and size, each with a locked assessment."""
    city = Authority.objects.filter(kind="city").order_by("path")[0]
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


def measure(number_of_turns: int) -> list[turns.Measured]:
    year = KpiYear.objects.get_or_create(year=YEAR)[0]
    known = standard.get("elements-2025").kpis
    changes = {
        way: [f"kpi.{one.id}" for one in known if one.change and one.better == way]
        for way in ("down", "up")
    }
    rebuilding = turns.in_turns(
        lambda: floor.rebuild(year.pk, YEAR, changes["down"], changes["up"]),
        lambda: kpis.rebuild(YEAR, at=build.DAY),
        number_of_turns,
    )
    found = [turns.Measured("Distributions of a year, rebuilt (SQLite)", *rebuilding, limit=LIMIT)]
    client = Client()
    city = Authority.objects.filter(kind="city").order_by("path")[0]
    user = build.officer(Authority.objects.get(code=city.province_code))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    with override_settings(ROOT_URLCONF="bench.floors.page"):
        paths = ("/floor/?kpi=cnc-rate", reverse("reports:kpi_spreads") + "?kpi=cnc-rate")
        bare, ours = (lambda path=path: _asked(client, path) for path in paths)
        asked = turns.in_turns(bare, ours, number_of_turns)
    return [*found, turns.Measured("Page of distributions (SQLite)", *asked, limit=LIMIT)]


def _asked(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
