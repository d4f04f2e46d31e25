"""The re-check (复核) of a self-assessment: an office puts its value, remark and the agreed value
beside the firm's own, at its step of the case.

What the values come to is asked of ``tiers.agreement``. A save names the version it saw of each
line: different lines merge, one that a colleague changed meanwhile is handed back with his words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from assessments import assessment as self_assessment
from assessments.assessment import Criterion
from registry import audit
from registry.access import ensure_may_change
from registry.audit import Verb
from registry.models import User
from registry.policy import StepKind
from tiers import agreement, inspection, workflow
from tiers.agreement import Agreement, Line
from tiers.models import Application, Verification

STEPS = (StepKind.VERIFY, StepKind.RECOMMEND, StepKind.INSPECT, StepKind.DETERMINE)
COMMENT_LIMIT = 500
ALL = "all"
FIELDS = ("value", "agreed", "comment")


@dataclass(frozen=True)
class Entry:
    """What an officer puts beside one statement; an empty value takes an earlier one back."""

    value: str = ""
    agreed: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Saved:
    """What a save did: how many lines it wrote, which a colleague changed, which were wrong."""

    written: int
    conflicts: Mapping[str, Verification]
    errors: Mapping[str, list[str]]


def may_verify(application: Application, user: User) -> bool:
    """At the officer's own step, where values can be put beside the firm's."""
    return (
        application.assessment_id is not None
        and application.step in STEPS
        and workflow.Action.COMPLETE in workflow.allowed_actions(application, user)
        and not (application.step == StepKind.INSPECT and _is_signed(application))
    )


def _is_signed(application: Application) -> bool:
    """Whether the site check is: nothing is put beside the firm's values after that."""
    visit = inspection.current(application)
    return visit is not None and visit.signed_at is not None


@transaction.atomic
def save(
    application: Application,
    entries: Mapping[str, Entry],
    *,
    seen: Mapping[str, int],
    rest: str = "",
    by: User,
    at: datetime,
) -> Saved:
    """Write these lines, each only if it is as the sender last saw it.

    ``rest`` names a section, or ``ALL``, of which every statement that nobody has checked yet is
    put down as the firm says, in the same transaction; one that the firm has changed since it was
    checked is not among them. A line with something wrong is reported and not written.
    """
    application = _locked(application, by)
    held = agreement.of(application)
    lines = {line.criterion.key: line for line in held.lines}
    level = application.step_level
    stored = {one.item: one for one in application.verifications.filter(level=level)}
    accepted, conflicts, errors = _sorted(lines, stored, entries, seen)
    as_stated = {
        line.criterion.key: Entry(line.criterion.own, line.criterion.own)
        for line in _rest(held, rest)
        if not {line.criterion.key} & {*accepted, *conflicts, *errors}
    }
    words = [
        _word(application, lines[key], stored.get(key), entry, by=by, at=at)
        for key, entry in {**accepted, **as_stated}.items()
    ]
    _store(words)
    if words:
        _trail(application, words, rest=len(as_stated), by=by, at=at)
    return Saved(len(words), conflicts, errors)


def _sorted(
    lines: Mapping[str, Line],
    stored: Mapping[str, Verification],
    entries: Mapping[str, Entry],
    seen: Mapping[str, int],
) -> tuple[dict[str, Entry], dict[str, Verification], dict[str, list[str]]]:
    """What is to be written, what a colleague changed meanwhile, and what is wrong."""
    accepted: dict[str, Entry] = {}
    conflicts: dict[str, Verification] = {}
    errors: dict[str, list[str]] = {}
    for key, given in entries.items():
        if key not in lines:
            errors[key] = ["企业的自评已没有这一项，请刷新页面"]
            continue
        line, old = lines[key], stored.get(key)
        entry = _whole(line.criterion, given)
        if entry == _standing(line, old):
            continue
        if found := _faults(line.criterion, entry):
            errors[key] = found
        elif old is not None and old.version != seen.get(key, 0):
            conflicts[key] = old
        else:
            accepted[key] = entry
    return accepted, conflicts, errors


def _rest(held: Agreement, section: str) -> list[Line]:
    return [
        line
        for one in held.sections
        for line in one.lines
        if section in (one.id, ALL) and line.state == "unchecked"
    ]


def _locked(application: Application, by: User) -> Application:
    ensure_may_change(by)
    found: Application | None = (
        Application.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("round", "factory__authority", "assessment__factory__authority")
        .filter(pk=application.pk)
        .first()
    )
    if found is None:
        raise PermissionDenied("这件申报不在本账号的范围内")
    if not may_verify(found, by):
        raise ValidationError("这件申报现在不由本账号办理，复核值没有保存，请刷新后再看")
    return found


def _whole(criterion: Criterion, entry: Entry) -> Entry:
    """Numbers in their shortest form; who found the firm's value right agrees with it."""
    value, agreed = (
        text if criterion.choices or not text else self_assessment.plain(text) or text
        for text in (entry.value.strip(), entry.agreed.strip())
    )
    if value == criterion.own and not agreed:
        agreed = value
    return Entry(value, agreed, entry.comment.strip())


def _standing(line: Line, old: Verification | None) -> Entry:
    """What the level says of the statement as it is now; nothing where that has changed since."""
    if old is None or old.digest != line.criterion.digest:
        return Entry()
    return Entry(old.value, old.agreed, old.comment)


def _faults(criterion: Criterion, entry: Entry) -> list[str]:
    if not entry.value:
        given = entry.agreed or entry.comment
        return ["请填写复核值，再填写意见和一致意见"] if given else []
    found = [
        text
        for name, value in (("复核值", entry.value), ("一致意见", entry.agreed))
        if value and (text := _misfit(criterion, name, value))
    ]
    if len(entry.comment) > COMMENT_LIMIT:
        found.append(f"“意见”不超过{COMMENT_LIMIT}个字，现有{len(entry.comment)}个字")
    if found:
        return found
    if entry.value != criterion.own and not entry.comment:
        found.append("复核值与自评不一致，请填写意见，写明依据")
    if entry.value == criterion.own and entry.agreed != entry.value:
        found.append("复核值与自评一致，一致意见应当相同；不同意自评的，请改复核值")
    return found


def _misfit(criterion: Criterion, name: str, value: str) -> str:
    """What is wrong with a value, "" where nothing is."""
    if criterion.choices:
        labels = dict(criterion.choices)
        return "" if value in labels else f"“{name}”请从{'、'.join(labels.values())}中选择"
    number = self_assessment.plain(value)
    if not number:
        return f"“{name}”请填写数字，最多四位小数，例如85或12.5"
    if criterion.highest is not None and not 0 <= float(number) <= criterion.highest:
        return f"“{name}”请填写0至{criterion.highest}的数"
    return ""


def _word(
    application: Application,
    line: Line,
    old: Verification | None,
    entry: Entry,
    *,
    by: User,
    at: datetime,
) -> Verification:
    """The row as it will be stored, with its next version."""
    word = old or Verification(
        application=application,
        item=line.criterion.key,
        level=application.step_level,
        version=0,
    )
    word.own, word.digest = line.criterion.own, line.criterion.digest
    word.value, word.agreed, word.comment = entry.value, entry.agreed, entry.comment
    word.by, word.by_name, word.place_name, word.at = by, str(by), by.place_name, at
    word.version += 1
    return word


def _store(words: list[Verification]) -> None:
    known = [one for one in words if one.pk is not None]
    Verification.objects.bulk_create([one for one in words if one.pk is None])
    Verification.objects.bulk_update(
        known,
        [
            "own", "digest", "value", "agreed", "comment", "by", "by_name",
            "place_name", "at", "version",
        ],
    )  # fmt: skip


def _trail(
    application: Application, words: list[Verification], *, rest: int, by: User, at: datetime
) -> None:
    """One line for the save; values by item, remarks only in their rows."""
    audit.record(
        Verb.APPLICATION_VERIFY,
        application,
        by=by,
        at=at,
        path=application.factory.authority.path,
        enterprise_id=application.factory.enterprise_id,
        level=application.step_level,
        values={one.item: [one.own, one.value, one.agreed] for one in words},
        rest=rest,
    )
