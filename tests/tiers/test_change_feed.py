"""The feed of changes: what comes, what never does, pages, ids that stay; and what pages weigh."""

import gzip
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles import finders

from tests import build
from tiers import certification, change_feed

ATOM, JSON = "/register/changes/atom", "/register/changes/json"
XML = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def title(changan):
    """Public, then revoked; its factory renamed. Beside it one that is not public."""
    title = build.title(build.factory_at(changan, name="一厂"), on=build.DAY.date())
    certification.publish([title], by=build.officer_of(title.issuer), at=build.DAY)
    build.renamed(title.factory, "一号厂")
    build.revoked(title)
    secret = build.title(build.factory_at(changan, name="未公开厂"), on=build.DAY.date())
    build.renamed(secret.factory, "还没有公开的厂")
    return title


def items(client, query=""):
    return client.get(JSON + query).json()["items"]


def test_changes_come_the_latest_first_and_only_what_is_public(client, title):
    assert [one["tags"] for one in items(client)] == [["revoked"], ["renamed"], ["granted"]]
    text = client.get(JSON).content.decode() + client.get(ATOM).content.decode()
    assert "未公开" not in text
    assert "还没有公开" not in text
    assert "材料不实" not in text
    assert build.staff_of(title.factory.enterprise).name not in text
    assert items(client)[0]["url"] == f"http://testserver/register/titles/{title.number}/"


def test_atom_says_the_same(client, title):
    root = ElementTree.fromstring(client.get(ATOM).content)
    ids = [one.findtext(f"{XML}id") for one in root.iter(f"{XML}entry")]
    assert ids == [one["id"] for one in items(client)]


def test_pages_follow_each_other_and_ids_stay(client, title, monkeypatch):
    whole = [one["id"] for one in items(client)]
    monkeypatch.setattr(change_feed, "PER_PAGE", 1)
    walked, address = [], JSON
    while address:
        answer = client.get(address).json()
        walked += [one["id"] for one in answer["items"]]
        address = answer.get("next_url")
    assert walked == whole


def test_nothing_new_is_told_in_a_word(client, title, changan):
    etag = client.get(JSON)["ETag"]
    assert client.get(JSON, headers={"If-None-Match": etag}).status_code == 304
    build.renamed(title.factory, "再改名厂")
    assert client.get(JSON, headers={"If-None-Match": etag}).status_code == 200
    assert client.get("/register/changes/rss").status_code == 404


@pytest.mark.parametrize(
    "address", ["/register/", "/register/{}/", "/register/check/", "/open-data/"]
)
def test_public_page_weighs_little_cold(client, title, address):
    """Page, styles, scripts and pictures, compressed as they are sent: 150 kB at most."""
    page = client.get(address.format(title.factory_id)).content
    named = set(re.findall(r'(?:href|src)="/static/([^"#?]+)', page.decode()))
    files = {name: Path(finders.find(name)).read_bytes() for name in named}
    assert any(name.endswith(".css") for name in files)
    linked = {
        name: Path(found).read_bytes()
        for css in files
        if css.endswith(".css")
        for name in re.findall(r'url\(["\']?([^"\')]+)', files[css].decode())
        if not name.startswith(("data:", "#"))
        and (found := finders.find(str(Path(css).parent / name)))
    }
    whole = [page, *files.values(), *linked.values()]
    assert sum(len(gzip.compress(one, 6)) for one in whole) <= 150_000
