"""The tables of figures as JSON and CSV: the pages' numbers, and the lists behind each."""

import csv
import hashlib
import io
from datetime import date

import pytest
from django.urls import reverse

from registry.models import AuditEvent
from registry.policy import Tier
from reports import grids
from reports.models import Export
from tests import build
from tests.rules.everybody.test_scope import client_of

OPEN = {"titles", "years", "levels", "scenarios", "funnel", "times", "bureaus"}


@pytest.fixture
def register(world):
    a = build.factory_at(build.authority("130102"))
    build.locked_assessment(a, Tier.EXCELLENT)
    build.title(a, on=date(2026, 3, 2))
    build.title(a, Tier.ADVANCED, on=date(2026, 3, 3))
    for stage in ("submitted", "returned", "certified"):
        build.application_at(stage, where=build.authority("130102"))
    build.application_at("submitted", where=build.authority("130203"))
    return a


def officer(code):
    return client_of(build.officer(build.authority(code)))


def table(client, name, **asked):
    return client.get(reverse("api:statistics-detail", args=[name]), asked).json()


def test_the_list_of_tables_is_ones_own(register):
    names = {
        code: {one["table"] for one in officer(code).get(reverse("api:statistics-list")).json()}
        for code in ("130102", "130000")
    }

    assert names["130102"] == OPEN | {"kpis"}
    assert names["130000"] == set(grids.GRIDS)


@pytest.mark.parametrize("code", ["130102", "130100", "130000"])
def test_every_value_is_the_length_of_the_list_it_names(register, code):
    client, seen = officer(code), 0

    for name in sorted(OPEN):
        found = table(client, name, on="2026-11-20", by="industry")
        for row in found["rows"]:
            assert len(row["values"]) == len(row["lists"]) == len(found["columns"])
            for value, address in zip(row["values"], row["lists"], strict=True):
                if address and value:
                    opened = client.get(address).context["list"].page.count
                    assert (name, row["label"], opened) == (
                        name, row["label"], value
                    )  # fmt: skip
                    seen += 1

    assert seen > 15


@pytest.mark.parametrize("name", sorted(grids.GRIDS))
def test_csv_holds_what_the_api_answers(register, name):
    client = officer("130000")
    answer = client.get(reverse("reports:grid_csv", args=[name]), {"tier": "basic"})
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    found = table(client, name, tier="basic")

    assert lines[0] == [found["first_column"], *found["columns"]]
    assert [line[0] for line in lines[1:]] == [row["label"] for row in found["rows"]]
    assert [len(line) for line in lines] == [len(lines[0])] * len(lines)


def test_csv_leaves_its_line_in_the_record(register):
    client = officer("130000")
    address = reverse("reports:grid_csv", args=["titles"])
    asked = {"tier": "basic", "by": "unit", "on": "2026-03-05"}

    client.head(address, asked)
    assert Export.objects.count() == 0
    answer = client.get(address, asked)

    taken = Export.objects.get()
    assert (taken.title, taken.get_state_display()) == ("统计表：称号", "已当场下载")
    assert taken.words == "统计日期：2026-03-05；分组：地区；等级：基础级；状态：有效"
    assert taken.sha256 == hashlib.sha256(answer.content).hexdigest()
    assert taken.done == len(answer.content.decode().splitlines()) - 1
    line = AuditEvent.objects.get(verb="list.export")
    assert (line.data["rows"], line.data["listing"]) == (taken.done, "figures/titles")
    listed = client.get(reverse("reports:export_list")).content.decode()
    assert "统计表：称号" in listed
    assert "已当场下载" in listed
    page = client.get(reverse("reports:export", args=[taken.pk])).content.decode()
    assert "平台没有留存" in page
    assert client.get(reverse("reports:export_file", args=[taken.pk])).status_code == 404


def test_titles_of_other_cities_stay_out(register):
    found = table(officer("130200"), "titles")

    assert found["rows"][-1]["values"] == [0, 0, 0, 0, 0]


def test_titles_in_any_state_and_of_one_tier(register):
    client = officer("130000")

    assert table(client, "titles", tier="advanced")["rows"][-1]["values"] == [0, 1, 0, 0, 1]
    assert table(client, "titles", standing="expired")["rows"][-1]["values"][-1] == 0
    assert table(client, "titles", standing="")["rows"][-1]["values"][-1] == 3


def test_firms_and_counties_are_refused_what_is_not_theirs(register):
    own = client_of(build.staff_of(register.enterprise))

    assert own.get(reverse("api:statistics-detail", args=["titles"])).status_code == 403
    assert own.get(reverse("reports:grid_csv", args=["titles"])).status_code == 403
    assert officer("130102").get(reverse("reports:grid_csv", args=["targets"])).status_code == 403


@pytest.mark.parametrize("path", ["/statistics/csv/nothing/", "/api/v1/statistics/nothing/"])
def test_a_table_there_is_not_is_not_found(register, path):
    assert officer("130000").get(path).status_code == 404
