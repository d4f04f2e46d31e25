"""The public register after a merger: old names and numbers answer, every day tells the truth."""

from datetime import date

import pytest
from django.urls import reverse

from registry import enterprises
from registry.models import EnterpriseName, Factory, Succession
from tests import build
from tiers import certification, lineage

SEARCH = "/register/"
OLD, NEXT = "石家庄恒岳轴承科技有限公司", "石家庄新岳轴承有限公司"
NEW = "石家庄长岳装备集团有限公司"


@pytest.fixture
def title(changan):
    """Of a firm that was renamed since, and then absorbed; the factory took another name."""
    firm = build.enterprise_at(changan, name=OLD)
    factory = build.factory_at(changan, enterprise=firm, name="轴承工厂")
    title = build.title(factory, on=date(2026, 3, 2))
    certification.publish([title], by=build.officer_of(title.issuer), at=build.DAY)
    county = build.officer_of(changan)
    april = build.moment("2026-04-01 09:00")
    enterprises.rename(firm, NEXT, document="通知书", by=county, at=april)
    heir = build.enterprise_at(changan, name=NEW)
    enterprises.succeed(
        firm,
        heir,
        enterprises.Deed(
            Succession.Kind.ABSORPTION, date(2026, 5, 6), "注销通知书", names={factory.pk: "主轴厂"}
        ),
        by=county,
        at=build.moment("2026-05-20 09:00"),
    )
    return title


def test_every_old_name_and_number_finds_the_title(client, title):
    code = title.printed_credit_code
    for text in ("恒岳", "新岳", "长岳", "轴承工厂", "主轴厂", code, code[4:12], title.number):
        page = client.get(SEARCH, {"q": text}).context["page"]
        assert [found.pk for found, _ in page.rows] == [title.pk], text


def test_list_says_under_which_name_it_is_now(client, title):
    row = client.get(SEARCH, {"q": "恒岳"}).content.decode()
    assert NEW in row
    assert f"证书所载：{OLD}　轴承工厂" in row


def test_page_tells_the_course_and_the_earlier_code(client, title):
    page = client.get(reverse("tiers:public_factory", args=[title.factory_id]))
    text = page.content.decode()
    assert f"<b>{NEW}</b>的“主轴厂”" in text
    assert page.context["former_codes"] == [title.printed_credit_code]
    told = [(event.when, event.title) for event in page.context["events"]]
    assert (date(2026, 4, 1), "企业更名") in told
    assert (date(2026, 5, 6), "企业吸收合并") in told
    assert (date(2026, 5, 6), "工厂更名") in told
    assert page.context["other_names"] == [OLD, NEXT, "轴承工厂"]


@pytest.mark.parametrize(
    ("day", "firm", "factory", "turns"),
    [
        ("2026-03-31", OLD, "轴承工厂", 0),
        ("2026-04-01", NEXT, "轴承工厂", 1),
        ("2026-05-05", NEXT, "轴承工厂", 1),
        ("2026-05-06", NEW, "主轴厂", 3),
    ],
)
def test_page_of_a_day_shows_the_names_of_that_day(client, title, day, firm, factory, turns):
    page = client.get(reverse("tiers:public_factory", args=[title.factory_id]), {"on": day})
    assert f"<b>{firm}</b>的“{factory}”" in page.content.decode()
    told = [
        event for event in page.context["events"] if "更名" in event.title or "合并" in event.title
    ]
    assert len(told) == turns


def test_rename_of_the_heir_before_it_took_over_is_not_the_factorys(title):
    heir = Factory.objects.get(pk=title.factory_id).enterprise
    EnterpriseName.objects.create(enterprise=heir, name="长岳小厂", until=date(2020, 1, 1))
    turns = lineage.of(Factory.objects.get(pk=title.factory_id)).turns
    assert "长岳小厂" not in "".join(turn.note for turn in turns)
