"""The figures of a year, each a question to the register whose answer is its rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Exists, Model, OuterRef, QuerySet, Subquery

from assessments.models import Assessment, ScenarioInstance
from registry.access import SHANGHAI
from registry.models import Authority
from registry.policy import Tier
from reports import titles
from reports.models import AnnualReport
from tiers.models import Action, Application, Certification, Decision, FilingList, SupervisionCheck

#: Where a row says whose it is, and what it is called in a list of what came and went.
OF_TITLE = ("factory__authority__path", "number")
OF_CASE = ("factory__authority__path", "number")
OF_ASSESSMENT = ("factory__authority__path", "factory__name")
OF_INSTANCE = ("assessment__factory__authority__path", "name")
OF_CHECK = ("certification__factory__authority__path", "certification__number")
OF_LIST = ("authority__path", "number")
OF_REPORT = ("factory__authority__path", "factory__name")


@dataclass(frozen=True)
class Figure:
    """One number of a summary: ``rows`` are those of a year in the whole register."""

    key: str
    group: str
    label: str
    unit: str
    of: tuple[str, str]
    rows: Callable[[int], QuerySet[Any]]

    @property
    def model(self) -> type[Model]:
        found: type[Model] = self.rows(date.min.year + 1).model
        return found

    def below(self, office: Authority, year: int) -> QuerySet[Any]:
        return self.rows(year).filter(**{f"{self.of[0]}__startswith": office.path}).order_by("pk")

    def listed(self, office: Authority, year: int) -> list[tuple[int, str, str]]:
        """Key, path of the office in charge, and name of every row below an office."""
        return list(self.below(office, year).values_list("pk", *self.of))


def _last_day(year: int) -> date:
    return date(year, 12, 31)


def _span(year: int) -> tuple[datetime, datetime]:
    """The year's moments: from its first to before the next year's first."""
    first = datetime.combine(date(year, 1, 1), time(), tzinfo=SHANGHAI)
    return first, datetime.combine(date(year + 1, 1, 1), time(), tzinfo=SHANGHAI)


def _within(field: str, year: int) -> dict[str, datetime]:
    first, after = _span(year)
    return {f"{field}__gte": first, f"{field}__lt": after}


def _titles(year: int) -> Any:
    return Certification.objects.running(_last_day(year))


def _held(tier: Tier) -> Callable[[int], QuerySet[Any]]:
    return lambda year: _titles(year).filter(tier=tier)


def _suspended(year: int) -> QuerySet[Any]:
    return Certification.objects.suspended(_last_day(year))


def _begun(tier: Tier) -> Callable[[int], QuerySet[Any]]:
    return lambda year: titles.begun(Certification.objects.filter(tier=tier), year, _last_day(year))


def _ended(ending: str) -> Callable[[int], QuerySet[Any]]:
    return lambda year: titles.ended_as(
        titles.ended(Certification.objects.all(), year, _last_day(year)), ending
    )


def _submitted(year: int) -> QuerySet[Any]:
    return Application.objects.filter(**_within("first_submitted_at", year))


def _granted(year: int) -> QuerySet[Any]:
    return Application.objects.filter(**_within("certification__issued_at", year))


def _decided(action: Action, *statuses: str) -> Callable[[int], QuerySet[Any]]:
    """Cases with a decision of that kind in the year, as far as they still stand so."""

    def rows(year: int) -> QuerySet[Any]:
        decisions = Decision.objects.filter(
            application=OuterRef("pk"), action=action, **_within("at", year)
        )
        cases = Application.objects.exclude(first_submitted_at__isnull=True)
        if statuses:
            cases = cases.filter(status__in=statuses)
        return cases.filter(Exists(decisions))

    return rows


def _assessed(year: int) -> QuerySet[Any]:
    """The last assessment that each factory locked in the year."""
    locked = Assessment.objects.filter(**_within("locked_at", year))
    same = locked.filter(factory=OuterRef("factory")).order_by("-locked_at", "-pk")
    return locked.filter(pk=Subquery(same.values("pk")[:1]))


def _instances(year: int) -> QuerySet[Any]:
    return ScenarioInstance.objects.filter(assessment__in=_assessed(year).order_by())


def _with_ai(year: int) -> QuerySet[Any]:
    return _instances(year).filter(uses_ai=True)


def _lists_filed(year: int) -> QuerySet[Any]:
    return FilingList.objects.filter(**_within("filed_at", year))


def _lists_acknowledged(year: int) -> QuerySet[Any]:
    done = FilingList.objects.filter(status=FilingList.Status.ACKNOWLEDGED)
    return done.filter(**_within("answered_at", year))


def _checked(year: int) -> QuerySet[Any]:
    return SupervisionCheck.objects.filter(**_within("signed_at", year))


def _reports(*states: str) -> Callable[[int], QuerySet[Any]]:
    def rows(year: int) -> QuerySet[Any]:
        owed = AnnualReport.objects.filter(year=year)
        return owed.filter(state__in=states) if states else owed

    return rows


STANDING, COURSE, CASES = "年末在册称号", "当年增减", "申报办理"
ASSESSED, FILED, REPORTED = "自评与场景", "备案与监督", "工厂年度报告"
Status = Application.Status
State = AnnualReport.State

FIGURES: Sequence[Figure] = (
    *(
        Figure(f"held_{tier.value}", STANDING, tier.label, "项", OF_TITLE, _held(tier))
        for tier in Tier
    ),
    Figure("suspended", STANDING, "其中暂停的", "项", OF_TITLE, _suspended),
    *(
        Figure(f"begun_{tier.value}", COURSE, f"认定{tier.label}", "项", OF_TITLE, _begun(tier))
        for tier in Tier
    ),
    *(
        Figure(f"ended_{one.value}", COURSE, one.label, "项", OF_TITLE, _ended(one.value))
        for one in Certification.Ending
    ),
    Figure("submitted", CASES, "首次提交的申报", "件", OF_CASE, _submitted),
    Figure("granted", CASES, "予以认定", "件", OF_CASE, _granted),
    Figure("rejected", CASES, "不予认定", "件", OF_CASE, _decided(Action.REJECT, Status.REJECTED)),
    Figure(
        "withdrawn", CASES, "企业撤回", "件", OF_CASE, _decided(Action.WITHDRAW, Status.WITHDRAWN)
    ),
    Figure("returned", CASES, "退回补正过的", "件", OF_CASE, _decided(Action.SEND_BACK)),
    Figure("assessed", ASSESSED, "完成自评的工厂", "座", OF_ASSESSMENT, _assessed),
    Figure("instances", ASSESSED, "典型场景应用实例", "个", OF_INSTANCE, _instances),
    Figure("instances_ai", ASSESSED, "其中应用人工智能", "个", OF_INSTANCE, _with_ai),
    Figure("lists_filed", FILED, "报送备案清单", "份", OF_LIST, _lists_filed),
    Figure("lists_done", FILED, "已备案的清单", "份", OF_LIST, _lists_acknowledged),
    Figure("checked", FILED, "监督检查", "次", OF_CHECK, _checked),
    Figure("reports", REPORTED, "应报送", "座", OF_REPORT, _reports()),
    Figure("reports_done", REPORTED, "已受理", "座", OF_REPORT, _reports(State.ACCEPTED)),
    Figure("reports_waiting", REPORTED, "待受理", "座", OF_REPORT, _reports(State.SUBMITTED)),
    Figure("reports_returned", REPORTED, "退回未改", "座", OF_REPORT, _reports(State.RETURNED)),
    Figure("reports_missing", REPORTED, "未报送", "座", OF_REPORT, _reports(State.OWED)),
)
BY_KEY = {one.key: one for one in FIGURES}
