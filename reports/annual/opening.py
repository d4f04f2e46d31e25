"""Opening a year: one empty report for each factory that owes one; and who accepts it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F

from registry import audit, inbox, policy
from registry.access import Role, may_change
from registry.audit import Verb
from registry.models import Authority, Event, Notification, User
from registry.policy import FactoryReports, Policy, Tier
from reports.annual import telling
from reports.annual.reminders import stage
from reports.models import AnnualReport
from tiers import chain
from tiers.models import Certification

#: Whoever is told late of a duty still has so many days.
NOTICE_DAYS = 30


def rule_of(province: str, year: int) -> tuple[Policy, FactoryReports] | None:
    """The rules that governed the last day of a year; None where nothing was owed for it."""
    try:
        rules = policy.current(province, last_day(year))
    except LookupError:
        return None
    return (rules, rules.annual.factories) if rules.annual.factories else None


def last_day(year: int) -> date:
    return date(year, 12, 31)


def may_open(user: User) -> bool:
    """By hand, the province for all of itself."""
    return user.role == Role.PROVINCE and may_change(user)


def years_to_open(user: User, on: date) -> list[int]:
    """The finished years that an officer may open, the latest first."""
    province = user.authority.province_code if user.authority else ""
    return [year for year in range(on.year - 1, on.year - 4, -1) if rule_of(province, year)]


def open_year(year: int, *, on: date, at: datetime, by: User | None = None) -> int:
    """Make what is owed about a year and not there yet; returns how many reports were new.

    By hand within the officer's own province, else in all of them. Safe to run twice, late, and on
    two machines: a province is held while its reports are made.
    """
    if on <= last_day(year):
        raise ValidationError({"year": f"{year}年还没有结束，次年1月1日起才能开展年度报告"})
    if by is not None and (not may_open(by) or by.authority is None):
        raise PermissionDenied("年度报告由省级主管部门开展")
    if by is None or by.authority is None:
        return sum(_open_in(code, year, on=on, at=at, by=None) for code in policy.provinces())
    if rule_of(by.authority.province_code, year) is None:
        raise ValidationError({"year": f"按当时的规则，{year}年不需要报送年度报告"})
    return _open_in(by.authority.province_code, year, on=on, at=at, by=by)


def open_due(*, on: date, at: datetime) -> int:
    """What the night opens: the year before, as long as its reports are not yet due. After that it
    is opened by hand, so that nobody is late with a duty he has never heard of.
    """
    year, opened = on.year - 1, 0
    for code in policy.provinces():
        rule = rule_of(code, year)
        if rule is not None and on <= rule[1].due.after(year):
            opened += _open_in(code, year, on=on, at=at, by=None)
    return opened


@transaction.atomic
def _open_in(province: str, year: int, *, on: date, at: datetime, by: User | None) -> int:
    found = rule_of(province, year)
    office = Authority.objects.select_for_update().filter(code=province).first()
    if found is None or office is None:
        return 0
    rules, rule = found
    due_on = max(rule.due.after(year), on + timedelta(days=NOTICE_DAYS))
    made = [
        AnnualReport(
            factory=title.factory,
            year=year,
            policy=rules.code,
            tier=title.tier,
            authority=_acceptor(title, rule),
            due_on=due_on,
            opened_at=at,
            told=stage(due_on, on),
        )
        for title in _highest(_owing(office, rule, year))
    ]
    AnnualReport.objects.bulk_create(made, batch_size=500)
    audit.record_many(
        audit.event(
            Verb.ANNUAL_OPEN,
            report,
            by=by,
            at=at,
            path=report.authority.path,
            enterprise_id=report.factory.enterprise_id,
        )
        for report in made
    )
    inbox.send_many(_told(made, at))
    return len(made)


def _owing(office: Authority, rule: FactoryReports, year: int) -> Iterable[Certification]:
    """The titles in force on the last day of the year whose factories have no report yet."""
    held = Certification.objects.in_force(last_day(year)).filter(
        tier__in=rule.tiers, factory__authority__path__startswith=office.path
    )
    fresh = held.exclude(factory__in=AnnualReport.objects.filter(year=year).values("factory"))
    return fresh.select_related(
        "factory__enterprise", "factory__authority__parent__parent"
    ).order_by("factory")


def _highest(titles: Iterable[Certification]) -> list[Certification]:
    """One title for each factory."""
    found: dict[int, Certification] = {}
    for title in titles:
        held = found.get(title.factory_id)
        if held is None or Tier(title.tier).rank > Tier(held.tier).rank:
            found[title.factory_id] = title
    return list(found.values())


def _acceptor(title: Certification, rule: FactoryReports) -> Authority:
    """The office of the level that accepts; where there is none, the factory's own."""
    level = rule.accepted_by[Tier(title.tier)]
    return chain.authority_at(title.factory, level) or title.factory.authority


def acceptor(report: AnnualReport) -> Authority:
    """The office that accepts now: a factory that has moved within its province reports where it
    is; one that has left it, where it was.
    """
    rules = policy.get(report.policy)
    factory = report.factory
    if rules.annual.factories is None or factory.authority.province_code != rules.province:
        return report.authority
    level = rules.annual.factories.accepted_by[Tier(report.tier)]
    return chain.authority_at(factory, level) or factory.authority


@transaction.atomic
def follow(*, at: datetime) -> int:
    """Hand what is not accepted yet to the office that a factory has moved to; how many."""
    rows = AnnualReport.objects.exclude(state=AnnualReport.State.ACCEPTED).exclude(
        factory__authority__path__startswith=F("authority__path")
    )
    rows = rows.select_for_update(of=("self",), skip_locked=True).for_list()
    moved = [report for report in rows.order_by("pk") if acceptor(report) != report.authority]
    for report in moved:
        report.authority = acceptor(report)
        audit.record(
            Verb.ANNUAL_FOLLOW,
            report,
            by=None,
            at=at,
            path=report.authority.path,
            enterprise_id=report.factory.enterprise_id,
        )
        if report.state == AnnualReport.State.SUBMITTED:
            telling.tell_office(report, at)
    AnnualReport.objects.bulk_update(moved, ["authority"], batch_size=500)
    return len(moved)


def _told(made: list[AnnualReport], at: datetime) -> list[Notification]:
    staff = telling.staff_of(made)
    return [
        inbox.addressed(
            user,
            telling.of(
                report,
                Event.ANNUAL_OPENED,
                result=f"{report.year}年度报告待报送",
                next_step="填写后由管理员报送",
                due_on=report.due_on,
            ),
            key=f"annual-opened:{report.pk}",
            at=at,
        )
        for report in made
        for user in staff.get(report.factory.enterprise_id, [])
    ]
