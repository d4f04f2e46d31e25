"""The demo's annual reports: every state is there, each from real acts."""

from datetime import date

from config.demo import (
    annual,
)
from reports.models import AnnualReport
from tests import build


def test_every_state_is_shown(changan, province_officer, city_officer):
    for _ in range(6):
        build.title(build.factory_at(changan), on=date(2025, 9, 1))

    for province in ("130000", "230000"):
        annual.run(build.moment("2026-11-20 09:00"), province)

    states = list(AnnualReport.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["submitted", "accepted", "returned", "submitted", "owed", "owed"]
