"""What goes out whole: one case, firm, factory, assessment, round, report or list with all that its
page says, each to whoever may open that page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from assessments import assessment as self_assessment
from assessments import standard
from assessments.listings import ASSESSMENTS, MEASURES
from assessments.models import Assessment
from registry import policy
from registry.access import OFFICERS, business_date
from registry.models import Enterprise, Factory, User
from registry.workbook.writing import Heading, Kind, Sheet
from reports import summaries
from reports.documents import application, firm
from reports.documents.content import Document
from reports.exports.annual import annual_sheets
from reports.exports.catalogue import EVERYBODY
from reports.exports.sheets import facts, of_document, of_listing
from reports.firm_file import Reading
from reports.models import AnnualReport, Summary
from tiers import upward
from tiers.facts import LABELS, facts_of
from tiers.listings import CASES, FILING_ENTRIES, HONOURS, TITLES
from tiers.models import Application, FilingEntry, FilingList, Round, UpwardList

UPWARD = (
    ("rank", "序号"), ("unit", "市级推荐单位"), ("enterprise", "企业名称"),
    ("credit_code", "统一社会信用代码"), ("factory", "工厂名称"), ("industry", "所属行业"),
    ("address", "地址"), ("maturity_level", "成熟度等级"), ("ai_share", "人工智能场景占比"),
)  # fmt: skip

Sheets = Callable[[Any, User, datetime], Sequence[Sheet]]


def _itself(one: Model) -> QuerySet[Any]:
    return type(one)._default_manager.filter(pk=one.pk)


@dataclass(frozen=True)
class Detail:
    """A kind of thing: who may open its page, which rows are his, what its workbook holds, what it
    is called, and the name of its page.
    """

    title: str
    rows: Callable[[User], QuerySet[Any]]
    sheets: Sheets
    name: Callable[[Any], str]
    page: str
    roles: tuple[str, ...] = EVERYBODY
    of: Callable[[Any], QuerySet[Any]] = _itself  # rows by which the firms in it are known

    def find(self, user: User, pk: int) -> Any:
        """The one of that number, None where it is not his to see."""
        return self.rows(user).filter(pk=pk).first() if user.role in self.roles else None


def _firm_of(one: Any) -> str:
    return f"{one.factory.enterprise.name} {one.factory.name}"


def _case(case: Application, user: User, at: datetime) -> list[Sheet]:
    return of_document(application.document(application.book(case, user)))


def _assessment(one: Assessment, user: User, at: datetime) -> list[Sheet]:
    sheet = self_assessment.sheet(one)
    found = of_document(
        Document(
            title="",
            signed_by="",
            dated=None,
            blocks=tuple(
                block for _, blocks in application.assessed(sheet, sheet.target) for block in blocks
            ),
            annexes=application.evidence(sheet),
        )
    )
    factory = one.factory
    stated = (
        ("企业名称", factory.enterprise.name),
        ("统一社会信用代码", factory.enterprise.credit_code),
        ("工厂名称", factory.name),
        ("标准版本", standard.get(one.standard).title),
        ("开始日期", business_date(one.started_at)),
        ("锁定日期", business_date(one.locked_at) if one.locked_at else "未锁定"),
        ("内容摘要", one.digest),
    )
    return [facts("自评", stated), *found]


def _firm(held: Enterprise, user: User, at: datetime) -> list[Sheet]:
    return of_document(firm.document(Reading(held, user, business_date(at))))


def _factory(factory: Factory, user: User, at: datetime) -> list[Sheet]:
    known = facts_of(factory)
    stated = [(label, known[name]) for name, (_, label) in LABELS.items() if name in known]
    stated.append(("主管部门", factory.authority.name))
    lists = (TITLES, HONOURS, CASES, ASSESSMENTS, MEASURES)
    return [
        facts("企业和工厂", stated),
        *(of_listing(one, user, at, factory=factory.pk) for one in lists),
    ]


def _round(batch: Any, user: User, at: datetime) -> list[Sheet]:
    stated = (
        ("批次名称", batch.title),
        ("等级", batch.get_tier_display()),
        ("开放部门", batch.authority.name),
        ("开始日期", batch.opens_on),
        ("截止日期", batch.closes_on or "未设"),
        ("规则版本", policy.get(batch.policy).title),
    )
    return [facts("批次", stated), of_listing(CASES, user, at, round=batch.pk)]


def _filing(one: FilingList, user: User, at: datetime) -> list[Sheet]:
    stated = (
        ("清单编号", one.number),
        ("等级", one.get_tier_display()),
        ("报备部门", one.authority.name),
        ("备案部门", one.recipient.name),
        ("状态", one.get_status_display()),
        ("文号", one.document_no),
        ("报备日期", business_date(one.filed_at) if one.filed_at else ""),
        ("回复日期", business_date(one.answered_at) if one.answered_at else ""),
        ("回复意见", one.answer),
        ("清单摘要", one.digest),
    )
    return [of_listing(FILING_ENTRIES, user, at, filing_list=one.pk), facts("清单", stated)]


def _upward(held: UpwardList, user: User, at: datetime) -> list[Sheet]:
    """The rows of the list, with whom to call."""
    people, rows = upward.contacts(held), []
    for row in held.frozen["rows"]:
        who = people.get(row["application"])
        said = (row["outcome_label"], who.name if who else "", who.phone if who else "")
        rows.append((*(row[key] for key, _ in UPWARD), *said))
    captions = [*(label for _, label in UPWARD), "结论", "联系人", "电话"]
    return [Sheet(held.get_kind_display(), [Heading(one) for one in captions], rows)]


def _summary(one: Summary, user: User, at: datetime) -> list[Sheet]:
    """A line for each unit, a column for each figure."""
    content = summaries.shown(one)
    lines = content.lines
    heads = [f"{line.figure.group}：{line.figure.label}（{line.figure.unit}）" for line in lines]
    rows: list[tuple[Any, ...]] = [
        (unit.name, unit.signed_on or "未签报", *(line.count(unit.code) for line in lines))
        for unit in content.units
    ]
    if content.units:
        rows.append(("不属于以上单位", "", *(line.count(summaries.OWN) for line in lines)))
    signed_on = one.frozen["signed_on"] if one.signed_at else "未签报"
    totals = (line.total for line in lines)
    rows.append((f"{one.authority.short_name}合计", signed_on, *totals))
    headings = [Heading("单位"), Heading("签报日期")]
    headings += [Heading(text, Kind.NUMBER) for text in heads]
    return [Sheet("各单位汇总", headings, rows)]


DETAILS: dict[str, Detail] = {
    "case": Detail(
        "申报书",
        lambda user: Application.objects.visible_to(user).for_page(),
        _case,
        _firm_of,
        "tiers:application",
    ),
    "assessment": Detail(
        "自评",
        lambda user: Assessment.objects.visible_to(user).for_list(),
        _assessment,
        _firm_of,
        "assessments:result",
    ),
    "enterprise": Detail(
        "一企一档",
        lambda user: Enterprise.objects.visible_to(user).select_related(
            "authority", "industry", "seat__parent"
        ),
        _firm,
        lambda one: str(one.name),
        "reports:firm_file",
    ),
    "factory": Detail(
        "工厂档案",
        lambda user: Factory.objects.visible_to(user).select_related(
            "enterprise__industry", "enterprise__seat", "authority", "division", "industry"
        ),
        _factory,
        lambda one: f"{one.enterprise.name} {one.name}",
        "registry:factory_detail",
    ),
    "round": Detail(
        "申报批次",
        lambda user: Round.objects.visible_to(user).select_related("authority"),
        _round,
        lambda one: str(one.title),
        "tiers:round",
        OFFICERS,
        lambda one: Application.objects.filter(round=one.pk),
    ),
    "annual": Detail(
        "年度报告",
        lambda user: AnnualReport.objects.visible_to(user).for_list(),
        annual_sheets,
        lambda one: f"{one.year}年 {_firm_of(one)}",
        "reports:annual_report",
    ),
    "filing": Detail(
        "备案清单",
        lambda user: FilingList.objects.visible_to(user).select_related("authority", "recipient"),
        _filing,
        lambda one: str(one.number),
        "tiers:filing_list",
        OFFICERS,
        lambda one: FilingEntry.objects.filter(filing_list=one.pk),
    ),
    "upward": Detail(
        "上报名单",
        lambda user: (
            UpwardList.objects.visible_to(user).confirmed().select_related("round__authority")
        ),
        _upward,
        lambda one: f"{one.get_kind_display()} {one.round.title}",
        "tiers:upward_list",
        OFFICERS,
        lambda one: Application.objects.filter(
            pk__in=[row["application"] for row in one.frozen["rows"]]
        ),
    ),
    "summary": Detail(
        "年度总结汇总表",
        lambda user: Summary.objects.visible_to(user).select_related("authority"),
        _summary,
        lambda one: f"{one.authority.short_name} {one.year}年度 第{one.edition}版",
        "reports:summary_units",
        OFFICERS,
    ),
}


def page_of(detail: Detail, one: Model) -> str:
    return reverse(detail.page, args=[one.pk])
