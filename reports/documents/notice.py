"""公示: the list of a notice as it was frozen, how long it runs, and how to object."""

from __future__ import annotations

from django.urls import reverse

from registry.access import business_date
from reports.documents.content import Annex, Column, Document, Table, Text, in_words
from tiers.models import Notice

COLUMNS = (
    Column("序号", 4, centred=True),
    Column("企业名称", 16),
    Column("统一社会信用代码", 15, centred=True),
    Column("工厂名称", 15),
    Column("所在地", 7, centred=True),
    Column("等级", 6, centred=True),
    Column("受理编号", 11, centred=True),
)
HOW = (
    "对名单有异议的，请在公示期内以书面形式提出，写明事实和理由，署真实姓名或单位名称，并留联系电话。"
    "匿名的不受理。异议人的身份和异议内容保密。"
)


def document(shown: Notice) -> Document:
    """The notice needs its authority; published ones only."""
    if shown.published_at is None or shown.starts_on is None or shown.ends_on is None:
        raise ValueError("a notice that is not published is no document yet")
    count = len(shown.content)
    opening = (
        f"按照智能工厂梯度培育有关规定，经审核，拟将{count}座工厂列入认定名单（见附件），现予公示。"
    )
    period = (
        f"公示期为{in_words(shown.starts_on)}至{in_words(shown.ends_on)}24:00，"
        f"共{shown.workdays}个工作日（发布当天不计）。"
    )
    return Document(
        title=shown.title,
        number=f"公示编号：{number(shown)}",
        signed_by=shown.authority.name,
        dated=business_date(shown.published_at),
        blocks=(Text(opening), Text(period), Text(HOW)),
        contacts=(
            ("联系电话", shown.contact_phone),
            ("电子邮箱", shown.contact_email),
            ("通信地址", shown.contact_address),
        ),
        annexes=(Annex(f"公示名单（共{count}座）", (table(shown),)),),
        frozen_digest=shown.digest,
        stamps=_withdrawn(shown),
        public=True,
        is_list=True,
        page=reverse("tiers:notice", args=[shown.pk]),
    )


def number(shown: Notice) -> str:
    """A notice has no 文号 of its own: office, year and its number here."""
    day = business_date(shown.prepared_at)
    return f"GS-{shown.authority.code}-{day.year}-{shown.pk:04d}"


def table(shown: Notice) -> Table:
    rows = tuple(
        (
            row["no"],
            row["enterprise"],
            row["credit_code"],
            row["factory"],
            row["place"] or row["unit"],
            row["tier"],
            row["number"],
        )
        for row in shown.content
    )
    return Table("公示名单", COLUMNS, rows)


def _withdrawn(shown: Notice) -> tuple[str, ...]:
    if shown.withdrawn_at is None:
        return ()
    day = in_words(business_date(shown.withdrawn_at))
    return (f"这份公示已于{day}撤回，名单不再有效。原因：{shown.withdraw_reason}",)
