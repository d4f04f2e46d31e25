"""Self-assessment and re-check (复核) side by side: to fill in at one's step, to read, to print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from registry.access import OFFICERS, Request
from tiers import agreement, verification
from tiers.agreement import DIFFERING, STATES, UNCHECKED, Agreement, Line
from tiers.forms.verification import LineForm, read
from tiers.models import Application, Verification
from tiers.progress import status_label
from tiers.verification import Saved

#: What the page can be narrowed to: its word and the states of a line that it shows.
SHOWN = {
    "": ("全部", tuple(STATES)),
    "differing": ("只看不一致", DIFFERING),
    "unchecked": ("只看未复核", UNCHECKED),
}


@dataclass(frozen=True)
class Row:
    """One line of the table: its controls, what other levels said, what was wrong with a save."""

    line: Line
    form: LineForm | None
    others: tuple[str, ...] = ()
    theirs: str = ""
    errors: tuple[str, ...] = ()


@require_http_methods(["GET", "POST"])
def verification_sheet(request: Request, pk: int) -> HttpResponse:
    """Everybody who sees the values reads them; whose step it is fills them in."""
    case = _case(request, pk)
    if request.method == "GET":
        return _page(request, agreement.of(case))
    entries, seen = read(request.POST)
    rest = request.POST.get("rest", "")
    try:
        saved = verification.save(
            case, entries, seen=seen, rest=rest, by=request.user, at=request.received_at
        )
    except ValidationError as refusal:
        messages.error(request, " ".join(refusal.messages))
        return redirect("tiers:verification", pk)
    if saved.errors or saved.conflicts:
        return _page(request, agreement.of(case), saved=saved, status=422)
    messages.success(request, f"已保存 {saved.written} 项" if saved.written else "没有改动")
    return redirect(request.get_full_path())


def _case(request: Request, pk: int) -> Application:
    case = get_object_or_404(Application.objects.visible_to(request.user).for_page(), pk=pk)
    if not agreement.shown_to(case, request.user):
        raise Http404
    return case


def _page(
    request: Request, held: Agreement, *, saved: Saved | None = None, status: int = 200
) -> HttpResponse:
    case = held.application
    shown = request.GET.get("show", "")
    may = verification.may_verify(case, request.user)
    sent = request.POST if saved else None
    rows = dict(_rows(held, case.step_level if may else "", sent, saved))
    context = {
        **_reading(request, held),
        "rows": _narrowed(held, rows, shown, saved),
        "may_verify": may,
        "rest": held.count("unchecked"),
        "shown": shown,
        "filters": [(key, word) for key, (word, _) in SHOWN.items()],
        "problems": [(key, text) for key, row in rows.items() for text in row.errors],
    }
    return render(request, "tiers/verification/sheet.html", context, status=status)


def _reading(request: Request, held: Agreement) -> dict[str, Any]:
    """What page and paper have in common; officers' names are for officers."""
    officer = request.user.role in OFFICERS
    undecided = held.application.status == Application.Status.IN_PROGRESS
    return {
        "case": held.application,
        "held": held,
        "label": status_label(held.application),
        "objections": held.objections() if officer and undecided else [],
        "officer": officer,
    }


def _rows(
    held: Agreement, level: str, sent: QueryDict | None, saved: Saved | None
) -> Iterator[tuple[str, Row]]:
    """Every line with its controls; where a save was refused, as it was sent."""
    for line in held.lines:
        key, title = line.criterion.key, line.criterion.title
        theirs = saved.conflicts.get(key) if saved else None
        errors = [f"“{title}”：{text}" for text in saved.errors.get(key, ())] if saved else []
        if theirs:
            errors.append(f"“{title}”有人同时改过，请核对两种内容后再保存")
        form = LineForm(sent if errors else None, line=line, level=level) if level else None
        here = _fresh(line, level) if level else line.current
        others = tuple(_said(line, word) for word in line.words if word is not here)
        said = f"{theirs.by_name}：{_said(line, theirs)}" if theirs else ""
        yield key, Row(line, form, others, said, tuple(errors))


def _fresh(line: Line, level: str) -> Verification | None:
    word = line.of(level)
    return word if word and word.digest == line.criterion.digest else None


def _said(line: Line, word: Verification) -> str:
    return line.said(word) + (f"，意见：{word.comment}" if word.comment else "")


def _narrowed(
    held: Agreement, rows: Mapping[str, Row], shown: str, saved: Saved | None
) -> list[tuple[agreement.Section, list[Row]]]:
    """By section, what the reader wants to see; what was refused is always shown."""
    states = SHOWN.get(shown, SHOWN[""])[1]
    found = []
    for section in held.sections:
        lines = [rows[line.criterion.key] for line in section.lines]
        kept = [row for row in lines if row.line.state in states or row.errors]
        if kept:
            found.append((section, kept))
    return found


@require_safe
def verification_print(request: Request, pk: int) -> HttpResponse:
    """The re-check form (复核表) on paper, with offices and no names."""
    held = agreement.of(_case(request, pk))
    words = [word for line in held.lines for word in line.words if word is line.current]
    context = {
        **_reading(request, held),
        "offices": list(dict.fromkeys(word.place_name for word in words)),
        "at": request.received_at,
    }
    return render(request, "tiers/verification/print.html", context)
