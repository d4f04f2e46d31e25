"""The part of the demo world in which factories report on a year: one report in every state, one
that another factory owes too late.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.base import ContentFile

from config.demo import (
    answers,
)
from registry import enterprises
from registry.access import SHANGHAI
from registry.models import User
from reports import annual
from reports.models import AnnualReport

#: What becomes of the reports of firms with a manager, in turn; the rest stay owed.
STORIES = ("submitted", "accepted", "returned", "explained", "begun")


def run(now: datetime, province: str) -> None:
    """Open the last finished year in a province and let its firms answer."""
    year = now.astimezone(SHANGHAI).year - 1
    opened = _moment(date(year + 1, 1, 2), now)
    officer = User.objects.filter(authority__code=province, is_active=True).order_by("pk").first()
    if officer is None or year not in annual.years_to_open(officer, opened.date()):
        return
    annual.open_year(year, on=opened.date(), at=opened, by=officer)
    stories = iter(STORIES)
    own = AnnualReport.objects.below(f"/{province}/").filter(year=year)
    for report in own.for_list().order_by("pk"):
        manager = enterprises.managers_of(report.factory.enterprise).order_by("pk").first()
        story = next(stories, "") if manager is not None else ""
        if manager is not None and story:
            _tell(report, story, manager, now)


def _tell(report: AnnualReport, story: str, by: User, now: datetime) -> None:
    sent_on = _moment(report.opened_at.date() + timedelta(days=40), now)
    content = _content(report, story)
    if story == "begun":
        annual.save(report, content, {}, seen=report.version, by=by, at=sent_on)
        return
    paper = ContentFile(answers.own_pdf(report.factory.enterprise.name))
    annual.add_file(report, paper, name=f"{report.year}年度报告.pdf", by=by, at=sent_on)
    given = {"declared": True, "seen": report.version, "by": by, "at": sent_on}
    sent = annual.submit(report, content, {}, **given)  # type: ignore[arg-type]
    office = annual.acceptor(sent)
    officer = User.objects.filter(authority=office, is_active=True).order_by("pk").first()
    if officer is None or story not in ("accepted", "returned"):
        return
    if story == "accepted":
        annual.accept(
            sent, opinion="内容完整", seen=sent.version, by=officer, at=_later(sent_on, 5, now)
        )
        return
    remark = annual.Remark("texts", "下一年度计划太笼统，请写明拟建设的场景、投入和完成时间")
    at = max(sent_on, now - timedelta(days=3))
    due_on = (now + timedelta(days=12)).astimezone(SHANGHAI).date()
    annual.send_back(sent, [remark], due_on=due_on, seen=sent.version, by=officer, at=at)


def _content(report: AnnualReport, story: str) -> dict[str, Any]:
    """All that is asked, in numbers that hang together; "explained" has one that stands out."""
    known = annual.before(report)["kpis"]
    software = "560" if story == "explained" else "120"
    return {
        "figures": {
            "revenue": "23600", "profit": "1850", "staff": "420", "energy": "3100",
            "investment": "480", "software": software,
        },
        "kpis": {kpi.id: _kpi(known.get(kpi.id)) for kpi in annual.kpis_of(report)},
        "scenarios": [
            {"no": 1, "name": "产线数字孪生", "uses_ai": False, "effect": "换线时间缩短两成"}
        ],
        "texts": {
            "promotion": "接待上下游企业参观 6 次，向 2 家配套企业推广设备联网做法",
            "problems": "既懂工艺又懂数据的人员不足",
            "plan": "建设能源管理系统，投入约 300 万元",
        },
        "changes": {kind: {"happened": "no", "on": "", "text": ""} for kind in annual.CHANGES},
        "why": {
            "figures.software": "含往年签订、当年付款的软件合同",
            "kpi.same": "自评刚完成，指标没有变化",
        },
    }  # fmt: skip


def _kpi(known: dict[str, str] | None) -> dict[str, Any]:
    """As last time; what was not said then does not apply."""
    if known is None:
        return {"value": "", "unit": "", "na": True}
    return {"value": known["value"], "unit": known["unit"], "na": False}


def _moment(day: date, now: datetime) -> datetime:
    return min(datetime.combine(day, time(10), tzinfo=SHANGHAI), now)


def _later(at: datetime, days: int, now: datetime) -> datetime:
    return min(at + timedelta(days=days), now)
