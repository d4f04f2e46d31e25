"""Summaries of a year as a workbook brings them (年度总结汇总表): a row for each office.

The words of one's own office are taken over; figures are never: they come from the register, and
where the workbook says another number, that is told and nothing else happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from registry.models import Authority, User
from registry.rows import Judged, ensure_free, ensure_sound
from reports.models import Summary
from reports.summaries import acts, content
from reports.summaries.board import own_of, years_of
from reports.summaries.figures import BY_KEY

WORDS = {key: heading for key, heading, _ in content.SECTIONS} | {"gaps_note": "下级未签报的说明"}
REST = "不属于以上单位"
_SUM = "合计"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One row: an office, its words, and the figures that stand beside them."""

    number: int
    office: str
    year: int | None = None
    words: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Ruling(Judged):
    summary: Summary | None = None
    given: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What was written for one row: (before, after) by heading."""

    summary: int
    facts: Mapping[str, Sequence[str]]


@dataclass
class _Year:
    """A year of the office that sends: its own summary, and counts by the office they are of."""

    own: Summary
    shown: content.Content
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def of(self, code: str) -> dict[str, int]:
        """Of one of its units, of what belongs to none of them, or of all."""
        if code not in self.counts:
            whole = code == self.own.authority.code
            self.counts[code] = {
                line.figure.key: line.total if whole else line.count(code)
                for line in self.shown.lines
            }
        return self.counts[code]


def may_send(user: User) -> bool:
    """Whether the person's office has a summary of any year."""
    return bool(years_of(user))


def judge(rows: Sequence[Listed], *, by: User) -> list[Ruling]:
    """What each row would write, and where its figures are others than the register's."""
    names = _offices(by)
    known = years_of(by)
    years: dict[int, _Year] = {}
    taken: dict[tuple[str, int], int] = {}
    found = []
    for row in rows:
        ruling = Ruling(row.number)
        found.append(ruling)
        year = row.year or next(iter(known), 0)
        if year not in known:
            said = "、".join(str(one) for one in known)
            ruling.wrong("year", f"本部门没有 {year} 年度的总结", f"填写{said}中的一年")
            continue
        if year not in years:
            own = own_of(by, year)
            if own is None:
                raise RuntimeError(f"no summary of {year} for {by.authority_id}")
            years[year] = _Year(own, content.shown(own))
        _judge(ruling, row, years[year], names, taken)
    return found


def _offices(by: User) -> dict[str, Authority]:
    """Those at and below the office, by every name they are called by."""
    found: dict[str, Authority] = {}
    offices = Authority.objects.offices().filter(path__startswith=by.authority_path)
    for one in offices.order_by("-path"):
        for name in (one.name, one.short_name, f"{one.short_name}{_SUM}"):
            found[name] = one
    return found


def _judge(
    ruling: Ruling,
    row: Listed,
    year: _Year,
    names: Mapping[str, Authority],
    taken: dict[tuple[str, int], int],
) -> None:
    office = names.get(row.office.strip())
    code = content.OWN if row.office.strip() == REST else office.code if office else None
    if code is None:
        cure = "填写本部门或下级部门的名称，与平台上一致"
        ruling.wrong("office", f"没有“{row.office}”这个单位，或不归本部门管辖", cure)
        return
    key = (code, year.own.year)
    if (above := taken.setdefault(key, row.number)) != row.number:
        ruling.wrong("office", f"这个单位在第 {above} 行已列过", "删去重复的一行")
        return
    own = code == year.own.authority.code
    if own:
        _judge_words(ruling, row, year.own)
    else:
        for heading in (key for key, text in row.words.items() if text.strip()):
            cure = "删去文字；由该单位在平台填写、签报"
            ruling.clash(heading, "文字部分由报送单位自己填写", cure)
    _judge_figures(ruling, row, _counts(code, office, year), own=own)


def _counts(code: str, office: Authority | None, year: _Year) -> dict[str, int]:
    """As the sender's own summary counts them; by the register for an office that it does not sum
    up by itself.
    """
    units = {unit.code for unit in year.shown.units}
    if office is None or code in units or code == year.own.authority.code:
        return year.of(code)
    if code not in year.counts:
        lines = content.figures_of(office, year.own.year, ())
        year.counts[code] = {line.figure.key: line.total for line in lines}
    return year.counts[code]


def _judge_words(ruling: Ruling, row: Listed, own: Summary) -> None:
    ruling.summary = own
    stored = acts.facts(own)
    for key, text in row.words.items():
        text = text.strip()
        if not text or text == stored[key].strip():
            continue
        if own.signed_at is not None:
            ruling.clash(key, f"{own.year}年度总结已签报", "确需修改的，请上级部门退回后再导入")
            continue
        ruling.given[key] = text
        ruling.changes.append((WORDS[key], stored[key] or "未填写", text))


def _judge_figures(ruling: Ruling, row: Listed, counts: Mapping[str, int], *, own: bool) -> None:
    """In the row of one's own words a figure is remarked on; where there is nothing else in a row,
    it is what the row says.
    """
    for key, said in row.figures.items():
        if key not in counts or counts[key] == said:
            continue
        figure = BY_KEY[key]
        what = f"{figure.group}“{figure.label}”登记 {counts[key]} {figure.unit}"
        if own and ruling.given:
            ruling.effects.append(f"{what}，表中 {said}：按登记数据，不写入")
        else:
            cure = "数字由登记计算，不写入；登记有误的，请先更正登记"
            ruling.clash(key, f"{what}，表中是 {said}", cure)


# --- the act ----------------------------------------


@transaction.atomic
def write_many(rows: Sequence[Listed], *, by: User, at: datetime) -> list[Done]:
    """Write the words of the rows, all or none."""
    rulings = judge(rows, by=by)
    ensure_sound(rulings)
    return [_write(ruling, by=by, at=at) for ruling in rulings]


def _write(ruling: Ruling, *, by: User, at: datetime) -> Done:
    if ruling.summary is None or not ruling.given:
        return Done(0, {})
    before = acts.facts(ruling.summary)
    acts.write(ruling.summary, ruling.given, seen=None, by=by, at=at)
    facts = {key: [before[key], text] for key, text in ruling.given.items()}
    return Done(ruling.summary.pk, facts)


def rests(done: Sequence[Done]) -> Iterator[str]:
    """What keeps the words from being taken back."""
    found = Summary.objects.select_related("authority").in_bulk([one.summary for one in done])
    for one in done:
        summary = found.get(one.summary)
        if summary is None:
            continue
        now: dict[str, Any] = acts.facts(summary)
        if summary.signed_at is not None:
            yield f"{summary}已签报"
        elif any(now[key] != after for key, (_, after) in one.facts.items()):
            yield f"{summary}的文字在导入后又有修改，须先核对"


@transaction.atomic
def take_back(done: Sequence[Done], *, by: User, at: datetime) -> None:
    """Give the words back as they were, while the summary is unsigned and nobody wrote since."""
    ensure_free(rests(done))
    found = Summary.objects.in_bulk([one.summary for one in done])
    for one in done:
        if summary := found.get(one.summary):
            given = {key: before for key, (before, _) in one.facts.items()}
            acts.write(summary, given, seen=None, by=by, at=at)
