"""`make bench`: how far things stand above the least they could cost, in the same run.

A page is compared with an address that only asks the database for 1; the night's expiry with the
bare UPDATE and INSERT that it cannot do without; the distributions of indicators with what stands
in ``floors``. The ratios travel between machines; the milliseconds do not.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402 -- needs the settings
from django.test import Client  # noqa: E402
from django.test.utils import setup_test_environment  # noqa: E402
from django.urls import reverse  # noqa: E402

from bench import spreads  # noqa: E402
from registry.models import AuditEvent  # noqa: E402
from tests import build  # noqa: E402
from tiers import certification  # noqa: E402
from tiers.models import Certification  # noqa: E402

SIGNED = build.DAY.date()


def titles(count: int) -> None:
    """Published titles that end together: one by the real act, the others after its image."""
    city = build.authority("130100")
    first = build.title(build.factory_at(city), on=SIGNED)
    Certification.objects.update(published_on=SIGNED)
    first.refresh_from_db()
    factory = first.factory
    model = type(factory)
    factories = model.objects.bulk_create(
        [_copy(factory, name=f"第{n}生产基地工厂") for n in range(2, count + 1)], batch_size=1000
    )
    Certification.objects.bulk_create(
        [
            _copy(
                first, factory_id=made.pk, number=f"{first.number}-{n}", printed_factory=made.name
            )
            for n, made in enumerate(factories)
        ],
        batch_size=1000,
    )


def _copy(row, **changes):  # noqa: ANN001, ANN003, ANN202 -- any model
    values = {
        f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key
    }
    return type(row)(**values | changes)


def milliseconds(act: Callable[[], object], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        act()
        times.append(time.perf_counter() - begin)
    return statistics.median(times) * 1000


def page(client: Client, path: str) -> Callable[[], None]:
    def ask() -> None:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.status_code)

    return ask


class Undo(Exception):
    """Rolls a measured night back, so that the next one finds the same work."""


def undone(act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            with transaction.atomic():
                act()
                raise Undo
        except Undo:
            pass

    return run


def bare_night(count: int) -> Callable[[], None]:
    def run() -> None:
        Certification.objects.filter(ending="").update(ending="expired", ended_at=build.DAY)
        AuditEvent.objects.bulk_create(
            [
                AuditEvent(
                    at=build.DAY, actor_name="系统", verb="certification.expire",
                    target_type="certification", target_id=str(n), target_name="x", data={"id": n},
                )
                for n in range(count)
            ],
            batch_size=500,
        )  # fmt: skip

    return run


def report(name: str, floor: float, ours: float) -> None:
    print(f"{name:<44}{floor:>10.1f} ms{ours:>10.1f} ms{ours / floor:>8.1f} ×")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--titles", type=int, default=5000)
    parser.add_argument("--factories", type=int, default=3000)
    parser.add_argument("--repeat", type=int, default=30)
    options = parser.parse_args()
    setup_test_environment()
    connection.creation.create_test_db(verbosity=0, serialize=False)
    try:
        build.world()
        titles(options.titles)
        measure(options.titles, options.repeat)
        spreads.factories(options.factories, _copy)
        spreads.measure()
    finally:
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measure(count: int, repeat: int) -> None:
    client = Client()
    search = reverse("tiers:register_search")
    late = build.on_day(SIGNED + timedelta(days=1200))
    print(f"{connection.vendor}, {count} titles\n{'':<44}{'floor':>13}{'ours':>13}")
    floor = milliseconds(page(client, "/readyz"), repeat)
    for name, path in (
        ("register, first page", search),
        ("register, search by part of a name", f"{search}?q=工厂"),
    ):
        page(client, path)()
        report(name, floor, milliseconds(page(client, path), repeat))
    report(
        f"night, {count} expiries",
        milliseconds(undone(bare_night(count)), 3),
        milliseconds(undone(lambda: certification.expire_due(on=late.date(), at=late)), 3),
    )


if __name__ == "__main__":
    main()
