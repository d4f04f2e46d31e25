"""Filing lists (备案清单): overview, one list, mending, filing and answering it, print-outs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from registry.access import OFFICERS, Request, business_date, role_required
from registry.models import Authority, User
from registry.policy import Tier
from registry.views.pages import list_page
from tiers import earlier, filing, filing_intake
from tiers.filters import FILING_TABS
from tiers.forms.filing import (
    AnswerForm,
    EarlierFormSet,
    FileForm,
    StrikeForm,
    choices_for,
    with_more_rows,
)
from tiers.listings import FILING_LISTS
from tiers.models import Certification, FilingEntry, FilingEntryQuerySet, FilingList
from tiers.views.titles import trail_of

Status = FilingList.Status
#: What comes to an office that files lists, and to one that receives them.
MENDED = "退回补正的清单列在这里，并有站内信提醒。"
ANSWERED = "各市报备后，清单会列在这里，并有站内信提醒。"


def _lists(request: Request) -> QuerySet[Any]:
    """What this office sees, each with its number of factories (``kept``) and of remarks."""
    kept = Count("entries", filter=Q(entries__live=True))
    remarked = Count("entries", filter=Q(entries__live=True) & ~Q(entries__remark=""))
    return (
        FilingList.objects.visible_to(request.user)
        .select_related("authority", "recipient")
        .annotate(kept=kept, remarked=remarked)
    )


def _office(user: User) -> Authority:
    if user.authority is None:
        raise PermissionDenied
    return user.authority


def _get(request: Request, pk: int) -> Any:
    return get_object_or_404(_lists(request), pk=pk)


def _get_editable(request: Request, pk: int) -> Any:
    filing_list = _get(request, pk)
    if not filing.may_edit(filing_list, request.user):
        raise PermissionDenied("清单已报备或不由本部门整理，不能再改")
    return filing_list


def _entries(filing_list: FilingList) -> FilingEntryQuerySet:
    related = ("division", "industry", "enterprise")
    entries = FilingEntry.objects.filter(filing_list=filing_list)
    return entries.select_related(
        *(f"certification__factory__{name}" for name in related)
    ).order_by("certification__valid_from", "pk")


# --- overview -----------------------------------------------------------------


@require_safe
@role_required(*OFFICERS)
def filing_list_list(request: Request) -> HttpResponse:
    """The drafts and what would go on them; then the lists under tabs, those first that wait for
    this office, where any do.
    """
    user, on = request.user, business_date(request.received_at)
    drafts = _lists(request).filter(authority=user.authority_id, status=Status.DRAFT)
    files = bool(filing.filed_tiers(user, on))
    waits = FilingList.objects.awaiting(user).exists()
    return list_page(
        request,
        FILING_LISTS,
        "tiers/filing/overview.html",
        tabs=FILING_TABS,
        usual="todo" if waits or not files else "all",
        drafts=_drafts(request, list(drafts), on),
        files=files,
        imports=filing_intake.may_send(user, on),
        todo=MENDED if files else ANSWERED,
    )


def _drafts(request: Request, drafts: list[FilingList], on: Any) -> list[dict[str, Any]]:
    """For each tier this office files: the draft, if any, and what is still to be collected."""
    by_tier = {draft.tier: draft for draft in drafts}
    return [
        {"tier": tier, "draft": by_tier.get(tier), "fresh": _fresh(request, tier).count()}
        for tier in filing.filed_tiers(request.user, on)
    ]


def _fresh(request: Request, tier: str) -> QuerySet[Certification]:
    """Determinations that collecting would add: on no list, nor struck from the draft."""
    struck = FilingEntry.objects.filter(
        filing_list__authority=request.user.authority_id,
        filing_list__tier=tier,
        filing_list__status=Status.DRAFT,
    )
    return (
        Certification.objects.to_collect_by(request.user)
        .filter(tier=tier)
        .exclude(pk__in=struck.values("certification"))
    )


@require_POST
@role_required(*OFFICERS)
def filing_collect(request: Request) -> HttpResponse:
    """汇集: put what is unfiled on the draft."""
    user = request.user
    asked = request.POST.get("tier", "")
    tier = Tier(asked) if asked in Tier.values else Tier.BASIC
    fresh = _fresh(request, tier).count()
    try:
        draft = filing.collect(_office(user), tier=tier, by=user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("tiers:filing_list_list")
    messages.success(request, f"已汇集 {fresh} 座工厂" if fresh else "没有新的工厂需要汇集")
    return redirect("tiers:filing_list", pk=draft.pk)


# --- one list -----------------------------------------------------------------


@require_safe
@role_required(*OFFICERS)
def filing_list(request: Request, pk: int) -> HttpResponse:
    return _page(request, _get(request, pk))


def _page(
    request: Request, filing_list: FilingList, answer: AnswerForm | None = None
) -> HttpResponse:
    """The list as this office may work on it: mend it, answer it, or read it."""
    user, on = request.user, business_date(request.received_at)
    entries = list(_entries(filing_list))
    may_edit = filing.may_edit(filing_list, user)
    kept = [e for e in entries if filing.is_shown(e, filing_list, to=user)]
    if answer is None and filing.may_answer(filing_list, user):
        answer = AnswerForm(entries=kept)
    context = {
        "filing_list": filing_list,
        "on": on,
        "rows": _rows(kept, as_filed=not may_edit),
        "struck": [(e, filing.shown(e, as_filed=False)) for e in entries if not e.live],
        "ended": [e for e in kept if not e.certification.runs_on(on)] if may_edit else [],
        "may_edit": may_edit,
        "rechecked": any(entry.to_recheck for entry in kept),
        "fresh": _fresh(request, filing_list.tier).count()
        if may_edit and filing_list.status == Status.DRAFT
        else 0,
        "form": answer,
        "trail": trail_of(filing_list, user),
    }
    return render(request, "tiers/filing/list.html", context)


def _rows(entries: Iterable[FilingEntry], *, as_filed: bool) -> list[tuple[Any, Any, Any]]:
    """Each entry with its particulars and with what was mended after it was sent back."""
    return [
        (e, filing.shown(e, as_filed=as_filed), filing.mended(e, as_filed=as_filed))
        for e in entries
    ]


@role_required(*OFFICERS)
def filing_strike(request: Request, pk: int, entry: int) -> HttpResponse:
    """移出: on a page of its own, with the reason."""
    filing_list = _get_editable(request, pk)
    row = get_object_or_404(_entries(filing_list).kept(), pk=entry)
    form = StrikeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            filing.strike(row, **form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"已移出“{row.certification.printed_factory}”")
            return redirect("tiers:filing_list", pk=pk)
    context = {"filing_list": filing_list, "entry": row, "form": form}
    return render(request, "tiers/filing/strike.html", context)


@require_POST
@role_required(*OFFICERS)
def filing_keep(request: Request, pk: int, entry: int) -> HttpResponse:
    """恢复: put a struck entry back."""
    filing_list = _get_editable(request, pk)
    row = get_object_or_404(_entries(filing_list), pk=entry)
    try:
        filing.keep(row, by=request.user, at=request.received_at)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.success(request, f"已恢复“{row.certification.printed_factory}”")
    return redirect("tiers:filing_list", pk=pk)


@role_required(*OFFICERS)
def filing_earlier(request: Request, pk: int) -> HttpResponse:
    """补录: several rows at a time, all or none; a refused page keeps everything that was typed."""
    filing_list = _get_editable(request, pk)
    choices = choices_for(request.user, business_date(request.received_at))
    if "more" in request.POST:
        formset = with_more_rows(request.POST, choices)
    else:
        formset = EarlierFormSet(request.POST or None, form_kwargs=choices)
        if request.method == "POST" and formset.is_valid():
            rows = [form.earlier for form in formset.filled]
            try:
                earlier.add_earlier(filing_list, rows, by=request.user, at=request.received_at)
            except ValidationError as error:
                formset.take_refusals(error)
            else:
                messages.success(request, f"已补录 {len(rows)} 座工厂，列入本清单")
                return redirect("tiers:filing_list", pk=pk)
    context = {"filing_list": filing_list, "formset": formset}
    return render(request, "tiers/filing/earlier.html", context)


@role_required(*OFFICERS)
def filing_file(request: Request, pk: int) -> HttpResponse:
    """核对后报备: what goes where and what follows, the document number, then the act."""
    filing_list = _get_editable(request, pk)
    entries = list(_entries(filing_list).kept())
    seen = filing.digest("", [filing.particulars(entry.certification) for entry in entries])
    initial = {"document_no": filing_list.document_no, "seen": seen}
    form = FileForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            filing.file(filing_list, **form.cleaned_data, by=request.user, at=request.received_at)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
            form.see(seen)
        else:
            words = f"已报备 {filing_list.kept} 座工厂，由{filing_list.recipient.name}确认备案"
            messages.success(request, words)
            return redirect("tiers:filing_list", pk=pk)
    rows = _rows(entries, as_filed=False)
    context = {"filing_list": filing_list, "form": form, "rows": rows}
    return render(request, "tiers/filing/file.html", context)


@require_POST
@role_required(*OFFICERS)
def filing_answer(request: Request, pk: int) -> HttpResponse:
    """备案确认 or 退回补正: the answers, then a page that says what follows, then the act."""
    filing_list = _get(request, pk)
    if not filing.may_answer(filing_list, request.user):
        raise PermissionDenied("清单的状态已变化，或不由本部门办理，请刷新后再看")
    form = AnswerForm(request.POST, entries=_entries(filing_list).kept())
    step = request.POST.get("step", "check")
    if not form.is_valid() or step == "edit":
        return _page(request, filing_list, form)
    if step != "act":
        context = {"filing_list": filing_list, "form": form}
        return render(request, "tiers/filing/answer_check.html", context)
    try:
        _answer(request, filing_list, form)
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, filing_list, form)
    return redirect("tiers:filing_list", pk=pk)


def _answer(request: Request, filing_list: Any, form: AnswerForm) -> None:
    given = {"by": request.user, "at": request.received_at, "answer": form.cleaned_data["answer"]}
    if form.remarks:
        filing.send_back(filing_list, remarks=form.remarks, **given)
        words = f"已退回{filing_list.authority.name}，{len(form.remarks)} 座工厂有意见"
    else:
        filing.acknowledge(filing_list, **given)
        words = f"已备案确认，{filing_list.kept} 座工厂列入公开名录"
    messages.success(request, words)


# --- print-outs ---------------------------------------------------------------


@require_safe
@role_required(*OFFICERS)
def filing_print_letter(request: Request, pk: int) -> HttpResponse:
    """备案函: the letter that goes with the list, as a page for A4."""
    return _print(request, pk, "letter")


@require_safe
@role_required(*OFFICERS)
def filing_print_list(request: Request, pk: int) -> HttpResponse:
    """清单: the table that is enclosed, as pages for A4 with repeated heads."""
    return _print(request, pk, "table")


def _print(request: Request, pk: int, what: str) -> HttpResponse:
    filing_list, user = _get(request, pk), request.user
    at = request.received_at
    as_filed = not filing.may_edit(filing_list, user)
    entries = [e for e in _entries(filing_list) if filing.is_shown(e, filing_list, to=user)]
    context = {
        "filing_list": filing_list,
        "rows": [filing.shown(e, as_filed=as_filed) for e in entries],
        "day": business_date(filing_list.filed_at or at),
        "at": at,
    }
    return render(request, f"tiers/filing/print_{what}.html", context)
