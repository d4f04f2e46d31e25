"""Open data: all public titles and nothing else, digests, signature, addresses, days kept."""

import csv
import hashlib
import io
import json
from datetime import timedelta

import openpyxl
import pytest

from registry import signing
from tests import build
from tiers import certification, open_data

AT = build.moment("2026-06-01 00:05")
ON = AT.date()


@pytest.fixture
def titles(changan):
    """Public, revoked, and one that is not public."""
    made = [
        build.title(build.factory_at(changan, name=name), on=build.DAY.date())
        for name in ("=一厂", "二厂", "未公开厂")
    ]
    certification.publish(made[:2], by=build.officer_of(made[0].issuer), at=build.DAY)
    build.revoked(made[1], at=build.moment("2026-05-11 10:00"))
    return made


def fetched(client, name, day="latest"):
    answer = client.get(f"/open-data/{day}/{name}")
    return answer, b"".join(answer) if answer.streaming else answer.content


def test_three_files_hold_the_same_public_titles(client, titles):
    assert open_data.publish(on=ON, at=AT) == 4

    as_json = json.loads(fetched(client, "titles.json")[1])["titles"]
    text = fetched(client, "titles.csv")[1].decode("utf-8-sig")
    as_csv = list(csv.DictReader(io.StringIO(text)))
    book = openpyxl.load_workbook(io.BytesIO(fetched(client, "titles.xlsx")[1]))

    numbers = [one.number for one in titles[:2]]
    assert [(one["number"], one["status"]) for one in as_json] == [
        (numbers[0], "有效"),
        (numbers[1], "已撤销"),
    ]
    assert [one["证书编号"] for one in as_csv] == numbers
    assert [as_csv[0]["工厂名称"], as_json[0]["factory"]] == ["'=一厂", "=一厂"]
    assert [row[0].value for row in book["智能工厂名录"].iter_rows(min_row=2)] == numbers
    assert len(list(book["数据字典"].iter_rows(min_row=2))) == len(as_json[0])


def test_digests_and_signature_hold(client, titles):
    signing.ensure("ed25519", valid_from=AT, at=AT)
    open_data.publish(on=ON, at=AT)
    document = json.loads(fetched(client, "manifest.json")[1])
    assert signing.verify_document(document, signing.known(), purpose="open-data") == "genuine"
    for name, said in document["content"]["files"].items():
        assert said["sha256"] == hashlib.sha256(fetched(client, name)[1]).hexdigest()


def test_nobodys_name_or_telephone_is_in_the_files(client, titles):
    person = build.staff_of(titles[0].factory.enterprise)
    open_data.publish(on=ON, at=AT)
    for name in ("titles.csv", "titles.json"):
        text = fetched(client, name)[1].decode()
        for secret in (person.phone, person.name, build.officer_of(titles[0].issuer).name):
            assert secret
            assert secret not in text


def test_day_is_written_once_and_kept_thirty_days(client, titles):
    open_data.publish(on=ON, at=AT)
    assert open_data.publish(on=ON, at=AT + timedelta(hours=1)) == 0
    month = ON + timedelta(days=29)
    open_data.publish(on=month, at=AT)
    assert open_data.days() == [month, ON]
    open_data.publish(on=month + timedelta(days=1), at=AT)
    assert open_data.days() == [month + timedelta(days=1), month]
    assert fetched(client, "titles.csv", ON)[0].status_code == 404


def test_whoever_has_the_file_is_told_so(client, titles):
    open_data.publish(on=ON, at=AT)
    answer, _ = fetched(client, "titles.csv", ON)
    again = client.get(f"/open-data/{ON}/titles.csv", headers={"If-None-Match": answer["ETag"]})
    assert (answer.status_code, again.status_code) == (200, 304)
    assert fetched(client, "secret.csv", ON)[0].status_code == 404


def test_page_explains_and_says_when_there_is_nothing(client, titles):
    assert "还没有数据文件" in client.get("/open-data/").content.decode()
    open_data.publish(on=ON, at=AT)
    text = client.get("/open-data/").content.decode()
    assert "2026年6月1日" in text
    assert 'href="/open-data/latest/titles.csv"' in text
