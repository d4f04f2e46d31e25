"""The page after signing in: by role, what waits and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from assessments.models import Assessment
from registry.access import OFFICERS, Request, Role, business_date, may_change, role_required
from registry.models import Authority, Claim, Factory, Notification, RecordCheck, User
from registry.policy import Tier
from reports import matters
from reports.models import AnnualReport
from reports.statistics import firm_figures, officer_figures, returns_of
from tiers import clocks, register, renewal
from tiers.models import Application, Certification, FilingList, Round
from tiers.progress import Invitation, ends_late, invitations, status_label

#: How many years back the returns are counted.
YEARS = 5
AT_ONCE = 12
MESSAGES = 5


@require_safe
def home(request: Request) -> HttpResponse:
    """Everybody's start page. Whoever belongs nowhere yet sees where his claim stands."""
    user, on = request.user, business_date(request.received_at)
    if user.role in OFFICERS:
        return _officer(request, user, on)
    if user.role == Role.ENTERPRISE and user.enterprise_id:
        return _firm(request, user, on)
    if user.role == Role.ENTERPRISE:
        return redirect("registry:waiting")
    if user.role == Role.DEPARTMENT:
        return redirect("tiers:consultation_list")
    if user.role == Role.GROUP:
        return redirect("tiers:group_home")
    if user.role == Role.EXPERT:
        return redirect("tiers:review_list")
    check = RecordCheck.objects.first() if user.is_staff else None
    return render(request, "reports/home_staff.html", {"on": on, "check": check})


@role_required(*OFFICERS)
@require_safe
def returned(request: Request) -> HttpResponse:
    """What was sent back in a year; each number of cases opens just those."""
    user, this_year = request.user, business_date(request.received_at).year
    asked = request.GET.get("year", "")
    years = range(this_year, this_year - YEARS, -1)
    year = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in years else this_year
    offices = Authority.objects.offices().filter(path__startswith=user.authority_path)
    office = offices.filter(code=request.GET.get("office", "")).first()
    context = {
        "year": year,
        "years": years,
        "office": office,
        "found": returns_of(user, year, office),
    }
    return render(request, "reports/returned.html", context)


def _officer(request: Request, user: User, on: date) -> HttpResponse:
    """The desk in short: figures, the cases due first, lists and people that wait."""
    waiting = Application.objects.awaiting(user).for_list()
    cases = waiting.order_by(F("due_on").asc(nulls_last=True), "number", "pk")[:AT_ONCE]
    lists = FilingList.objects.awaiting(user).select_related("authority").order_by("filed_at", "pk")
    claims = Claim.objects.visible_to(user).pending().select_related("user", "enterprise")
    context = {
        "on": on,
        "figures": officer_figures(user, on),
        "cases": [(case, status_label(case), clocks.due(case, on)) for case in cases],
        "lists": lists[:AT_ONCE],
        "matters": matters.of_office(user, on),
        "claims": claims.order_by("made_at", "pk")[:MESSAGES],
        "notes": _notes(user),
    }
    return render(request, "reports/home_officer.html", context)


def _firm(request: Request, user: User, on: date) -> HttpResponse:
    """The firm's factories, each with its tier and its next step; open rounds; messages."""
    invited = invitations(user, on)
    context = {
        "on": on,
        "figures": firm_figures(user, on),
        "cards": _cards(user, on, invited),
        "matters": matters.of_firm(user, on),
        "invitations": invited,
        "owed": [(one, one.state_on(on), one.label_on(on)) for one in _owed(user)],
        "notes": _notes(user),
    }
    return render(request, "reports/home_firm.html", context)


def _owed(user: User) -> list[AnnualReport]:
    """Annual reports that the firm has to send in, the most urgent first."""
    mine = AnnualReport.objects.visible_to(user).with_firm()
    return list(mine.select_related("factory").order_by("due_on", "pk")[:AT_ONCE])


def _notes(user: User) -> list[Notification]:
    mine = Notification.objects.visible_to(user).unread()
    return list(mine.order_by("-created_at", "-pk")[:MESSAGES])


@dataclass(frozen=True)
class Step:
    """The one thing to do next for a factory."""

    text: str
    url: str
    label: str


@dataclass(frozen=True)
class Card:
    """A factory on its firm's start page."""

    factory: Factory
    title: Certification | None
    case: Application | None
    case_label: str
    step: Step


def _cards(user: User, on: date, invited: list[Invitation]) -> list[Card]:
    factories = (
        Factory.objects.visible_to(user).select_related("division", "authority").order_by("pk")
    )
    titles: dict[int, list[Certification]] = {}
    held = Certification.objects.visible_to(user).select_related("factory__authority")
    for title in held.prefetch_related("suspensions"):
        titles.setdefault(title.factory_id, []).append(title)
    cases = {
        case.factory_id: case
        for case in Application.objects.visible_to(user).open().for_list().order_by("pk")
    }
    sheets: dict[int, Assessment] = {}
    for sheet in Assessment.objects.visible_to(user).order_by("started_at", "pk"):
        # An open one goes before any locked one, however late that was started.
        if not (sheet.factory_id in sheets and not sheets[sheet.factory_id].is_locked):
            sheets[sheet.factory_id] = sheet
    cards = []
    for factory in factories:
        case, sheet = cases.get(factory.pk), sheets.get(factory.pk)
        cards.append(
            Card(
                factory,
                register.leading(titles.get(factory.pk, []), on),
                case,
                status_label(case) if case else "",
                _next_step(factory, case, sheet, titles.get(factory.pk, []), invited, on)
                if may_change(user)
                else _to_look_at(case, sheet),
            )
        )
    return cards


def _next_step(
    factory: Factory,
    case: Application | None,
    sheet: Assessment | None,
    titles: list[Certification],
    invited: list[Invitation],
    on: date,
) -> Step:
    if case is not None:
        return _case_step(case)
    if (ending := renewal.due(titles, on)) is not None:
        return _renewal_step(ending, on)
    if sheet is not None and not sheet.is_locked:
        url = reverse("assessments:assessment", args=[sheet.pk])
        return Step("自评填写中", url, "继续自评")
    if sheet is not None and (batch := _open_to(factory, sheet, titles, invited, on)):
        url = reverse("tiers:application_new") + f"?factory={factory.pk}&round={batch.pk}"
        tier = Tier(batch.tier).label
        return Step(f"自评已锁定，{batch.title}正在受理", url, f"申报{tier}")
    if sheet is not None:
        url = reverse("assessments:result", args=[sheet.pk])
        reached = Tier(sheet.reached_tier).label if sheet.reached_tier else "未达到基础级"
        return Step(f"最近一次自评：{reached}", url, "看自评结果")
    return Step("还没有自评", reverse("assessments:assessment_list"), "开始自评")


def _to_look_at(case: Application | None, sheet: Assessment | None) -> Step:
    """What a reader finds of a factory, where others find what to do next."""
    if case is not None:
        url = reverse("tiers:application", args=[case.pk])
        return Step(f"申报：{status_label(case)}", url, "看申报")
    if sheet is not None:
        state = "最近一次自评已锁定" if sheet.is_locked else "自评填写中"
        return Step(state, reverse("assessments:result", args=[sheet.pk]), "看自评结果")
    return Step("还没有自评", "", "")


def _case_step(case: Application) -> Step:
    url = reverse("tiers:application", args=[case.pk])
    match case.status:
        case Application.Status.DRAFT if case.round.is_renewal:
            return Step("复核申请还没有提交", url, "继续逐项复核")
        case Application.Status.DRAFT:
            return Step("申报还没有提交", url, "继续填写申报")
        case Application.Status.RETURNED:
            return Step("申报退回补正，请按意见修改", url, "看意见并修改")
    return Step(f"{status_label(case)}，受理编号 {case.number}", url, "查进度")


def _renewal_step(title: Certification, on: date) -> Step:
    left, tier = title.days_left(on), title.get_tier_display()
    state = f"{tier}已到期，可以逾期复核" if left is None else f"{tier}还有 {left} 天到期"
    return Step(state, reverse("tiers:title_renewal", args=[title.pk]), "申请复核")


def _open_to(
    factory: Factory,
    sheet: Assessment,
    titles: list[Certification],
    invited: list[Invitation],
    on: date,
) -> Round | None:
    """The open round for a tier that the assessment reaches and the factory does not hold."""
    if not sheet.reached_tier:
        return None
    reached = Tier(sheet.reached_tier).rank
    held = {title.tier for title in titles if title.runs_on(on) and ends_late(title, on)}
    fitting = [
        one.round
        for one in invited
        if Tier(one.round.tier).rank <= reached
        and one.round.tier not in held
        and any(place.pk == factory.pk for place, _ in one.factories)
    ]
    return max(fitting, key=lambda batch: Tier(batch.tier).rank, default=None)
