"""Renewal (复核换发) of a title: on which days a firm may ask, and what it still has to confirm.

Questions only. Starting one and confirming its items is ``tiers.renewing``; from then on it is an
application like any other, on a shorter chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from assessments import assessment as self_assessment
from assessments import standard
from assessments.assessment import Change, Contents, Part, Row
from assessments.models import Assessment, Evidence
from assessments.standard import Standard
from registry import policy, workdays
from registry.policy import Tier
from tiers.eligibility import Problem
from tiers.models import Application, Certification, Renewal, RenewalMark

#: Sections that are confirmed as a whole; in the others each item stands for itself.
WHOLE = ("scenarios", "maturity", "kpi", "performance")
#: How a title ends that was not taken away or given up; "" while it has not.
SERVED = ("", Certification.Ending.EXPIRED, Certification.Ending.SUPERSEDED)
NAMED = 3
SHORT = 20


class Phase(StrEnum):
    EARLY = "early"
    OPEN = "open"
    LATE = "late"
    OVER = "over"


@dataclass(frozen=True)
class Window:
    """First and last day in time, last day of the late way (the same where there is none)."""

    opens_on: date
    last_day: date
    late_until: date

    @property
    def late_from(self) -> date:
        return self.last_day + timedelta(days=1)

    @property
    def over_from(self) -> date:
        return self.late_until + timedelta(days=1)

    @property
    def has_late_way(self) -> bool:
        return self.late_until > self.last_day

    def phase(self, on: date) -> Phase:
        if on < self.opens_on:
            return Phase.EARLY
        if on <= self.last_day:
            return Phase.OPEN
        return Phase.LATE if on <= self.late_until else Phase.OVER


# --- when ----------------------------------------


def rule_of(title: Certification, on: date) -> policy.Renewal | None:
    """How the rules in force on that day let such a title be renewed; None where they do not."""
    if title.source == Certification.Source.GROUP:
        return None  # its group certifies it once more
    rule = _rules(title, on).tiers.get(Tier(title.tier))
    return rule.renewal if rule else None


def _rules(title: Certification, on: date) -> policy.Policy:
    return policy.current(title.factory.authority.province_code, on)


def window(title: Certification, on: date) -> Window | None:
    """The days of a title's renewal; None where it is not renewed or has no end."""
    rule = rule_of(title, on)
    if rule is None or title.last_day is None:
        return None
    return Window(
        opens_on=workdays.months_later(title.last_day, -rule.opens_months),
        last_day=title.last_day,
        late_until=workdays.months_later(title.last_day, rule.late_months),
    )


def refusal(title: Certification, on: date) -> str:
    """Why no renewal of this title can be asked for on that day; "" where it can."""
    if _fell(title):
        return "这项认定已终止，不能复核换发"
    if _succeeded(title):
        return "这座工厂已有新的同级认定，不需要再复核"
    days = window(title, on)
    if days is None:
        return _no_way(title, on)
    if title.suspension_on(min(on, days.last_day)):
        return "认定正在暂停，恢复后才能申请复核"
    match days.phase(on):
        case Phase.EARLY:
            return f"还没有到申请复核的时间，{days.opens_on:%Y-%m-%d} 起可以申请"
        case Phase.OVER:
            until = f"逾期复核也已于 {days.late_until:%Y-%m-%d} 截止，" if days.has_late_way else ""
            return f"认定已于 {days.last_day:%Y-%m-%d} 到期，{until}请按批次重新申报"
    return ""


def due(titles: Iterable[Certification], on: date) -> Certification | None:
    """Which of a factory's titles can be renewed on that day, if any; asks for nothing more than
    the titles with their suspensions.
    """
    newest = {one.tier: one for one in sorted(titles, key=lambda one: (one.valid_from, one.pk))}
    for one in newest.values():
        days = window(one, on)
        if days is None or one.ending not in ("", Certification.Ending.EXPIRED):
            continue
        in_time = days.phase(on) in (Phase.OPEN, Phase.LATE)
        if in_time and not one.suspension_on(min(on, days.last_day)):
            return one
    return None


def _fell(title: Certification) -> bool:
    """Whether it ended otherwise than by its time or by a new one."""
    return title.ending not in SERVED


def _succeeded(title: Certification) -> bool:
    later = Certification.objects.filter(
        factory=title.factory_id, tier=title.tier, valid_from__gt=title.valid_from
    )
    superseded = title.ending == Certification.Ending.SUPERSEDED
    return superseded or later.filter(ending__in=SERVED).exists()


def _no_way(title: Certification, on: date) -> str:
    """Where the rules know no renewal: how the factory goes on holding the tier instead."""
    rules = _rules(title, on)
    rule = rules.tiers.get(Tier(title.tier))
    if title.last_day is None:
        return "这项认定没有期限，不需要复核"
    if title.source == Certification.Source.DERIVED or not (rule and rule.steps):
        return (
            f"按《{rules.title}》，{title.get_tier_display()}由既有称号对应取得，不受理复核申请："
            f"{title.last_day:%Y-%m-%d} 期满自动移出，符合条件的由主管部门列入以后年度的名单"
        )
    return (
        f"《{rules.title}》没有规定到期复核：{title.last_day:%Y-%m-%d} 期满自动移出，"
        "需要继续持有称号的，在到期前按批次重新申报"
    )


def advice(title: Certification, on: date) -> str:
    """What the holder of a title that ends is told to do; read from tier, source, last day and
    province alone.
    """
    days = window(title, on)
    if days is None:
        rule = _rules(title, on).tiers.get(Tier(title.tier))
        if title.source == Certification.Source.DERIVED or not (rule and rule.steps):
            return "本等级不受理复核申请，期满自动移出"
        return "需要继续持有称号的，按批次重新申报"
    match days.phase(on):
        case Phase.EARLY:
            return f"{days.opens_on:%Y年%-m月%-d日} 起可以申请复核"
        case Phase.OPEN:
            return "可以申请复核：没有变化的逐项确认，有变化的修改并附材料"
        case Phase.LATE:
            return f"{days.late_until:%Y年%-m月%-d日} 前可以逾期申请复核，须写明原因"
    return "需要继续持有称号的，按批次重新申报"


def place(title: int) -> str:
    """Where that is done, by the title's key."""
    return f"/titles/{title}/renewal/"


# --- what is left to confirm ----------------------------------------


@dataclass(frozen=True)
class Line:
    """One thing to confirm: an item of the assessment or a whole section, what it says now, how it
    differs from the assessment behind the title, and what the firm said of it.

    ``anew`` where the edition has changed its words: it cannot be called the same.
    """

    key: str
    part: str
    section: str
    title: str
    rows: tuple[Row, ...]
    changes: tuple[Change, ...]
    provable: bool
    anew: bool
    mark: RenewalMark | None

    @property
    def whole(self) -> bool:
        return self.part in WHOLE

    @property
    def row(self) -> Row | None:
        return None if self.whole or not self.rows else self.rows[0]

    @property
    def files(self) -> tuple[Evidence, ...]:
        """Each file once: a section shows those of an item with every row of it."""
        return tuple({one.pk: one for row in self.rows for one in row.files}.values())

    @property
    def blank(self) -> bool:
        return not self.files and all(row.state == "todo" for row in self.rows)

    @property
    def new_files(self) -> tuple[Evidence, ...]:
        return tuple(one.new_file for one in self.changes if one.new_file)

    @property
    def state(self) -> str:
        """same, changed or anew; todo where the firm has not said, problem where it is not done."""
        if self.changes and not self.anew:
            return "problem" if self.lacks else "changed"
        if self.mark is None or (self.anew and self.mark.same):
            return "todo"
        if self.mark.same:
            return "same"
        return "problem" if self.lacks else "anew"

    @property
    def lacks(self) -> str:
        """What is still missing where it was said, or is plain, that something has changed."""
        if self.anew:
            return "按新条款还没有填写" if self.blank else ""
        if not self.changes:
            return "选了有变化，自评里还没有修改"
        stays = all(one.kind == self_assessment.REMOVED for one in self.changes)
        if self.provable and not stays and not self.new_files:
            return "有改动，还没有上传证明变化的材料"
        return ""


def of(application: Application) -> Renewal | None:
    """The renewal that an application is; None for any other."""
    if not application.round.is_renewal:
        return None
    found = Renewal.objects.select_related("title", "base").filter(application=application)
    return found.first()


def lines(
    renewal: Renewal,
    present: Assessment | None,
    tier: Tier,
    *,
    held: Mapping[int, Contents] | None = None,
) -> list[Line]:
    """Everything to confirm, in the order of the form; nothing where there is no assessment behind
    the title: then the whole of the present one is new. ``held`` saves reading again.
    """
    base = renewal.base
    if base is None or present is None:
        return []
    held = held or self_assessment.contents_of([base, present])
    sheet = self_assessment.sheet(present, tier, held=held[present.pk])
    changed: dict[str, list[Change]] = {}
    for change in self_assessment.differences(base, present, held):
        key = f"part.{change.part}" if change.part in WHOLE else change.item
        changed.setdefault(key, []).append(change)
    marks = {mark.item: mark for mark in renewal.marks.select_related("by")}
    old, new = standard.get(base.standard), sheet.standard
    found = [
        Line(
            key=key,
            part=part.id,
            section=part.title,
            title=title,
            rows=rows,
            changes=tuple(changed.get(key, ())),
            provable=part.id in WHOLE or key in new.evidence_items,
            anew=_words(old, key) != _words(new, key),
            mark=marks.get(key),
        )
        for part in sheet.parts
        for key, title, rows in _things(part, changed)
    ]
    # What was not answered then and is not now stands for nothing that could be confirmed.
    return [one for one in found if one.changes or one.anew or not one.blank]


def _things(
    part: Part, changed: Mapping[str, Sequence[Change]]
) -> Iterator[tuple[str, str, tuple[Row, ...]]]:
    """What of a section is confirmed by itself: its rows, and what has gone from it; or all."""
    if part.id in WHOLE:
        key = f"part.{part.id}"
        if part.rows or key in changed:
            yield key, part.title, part.rows
        return
    shown = {row.item for row in part.rows}
    yield from ((row.item, row.title, (row,)) for row in part.rows)
    for key, found in changed.items():
        if key not in shown and found[0].part == part.id:
            yield key, found[0].label, ()


def _words(edition: Standard, key: str) -> tuple[tuple[str, str], ...]:
    """What an edition asks for under a key; the same where two editions ask for the same."""
    titles = self_assessment.titles(edition)
    if not key.startswith("part."):
        return ((key, titles.get(key, "")),)
    part = key.removeprefix("part.")
    return tuple(
        (item, text)
        for item, text in titles.items()
        if self_assessment.section_with(edition, item).id == part
    )


def open_points(application: Application, *, on: date) -> list[Problem]:
    """Why a renewal cannot be sent in: the days, and every item that is not confirmed or proved."""
    renewal = of(application)
    if renewal is None:
        return []
    found = [] if application.submissions else _timely(renewal, on)
    todo: dict[str, list[str]] = {}
    for line in lines(renewal, application.assessment, Tier(application.tier)):
        if line.state == "todo":
            todo.setdefault("还没有确认有没有变化", []).append(line.title)
        elif line.state == "problem":
            todo.setdefault(line.lacks, []).append(line.title)
    return found + [Problem("renewal", _named(what, titles)) for what, titles in todo.items()]


def _timely(renewal: Renewal, on: date) -> list[Problem]:
    if why := refusal(renewal.title, on):
        return [Problem("renewal", why)]
    days = window(renewal.title, on)
    if days and days.phase(on) == Phase.LATE and not renewal.late_reason:
        return [Problem("renewal", f"认定已于 {days.last_day:%Y-%m-%d} 到期，请写明逾期原因")]
    return []


def _named(what: str, titles: Sequence[str]) -> str:
    short = [one if len(one) <= SHORT else f"{one[:SHORT]}……" for one in titles[:NAMED]]
    names = "、".join(f"“{one}”" for one in short)
    more = f"等 {len(titles)} 项" if len(titles) > NAMED else ""
    return f"复核内容{names}{more}：{what}"


def at_determination(application: Application) -> list[Problem]:
    """Why a renewal cannot be determined any more: its title has ended otherwise meanwhile."""
    renewal = of(application)
    if renewal is None:
        return []
    title = renewal.title
    if _fell(title):
        return [Problem("renewal", f"{title.number} 已终止，不能换发，请不予认定")]
    if _succeeded(title):
        return [Problem("renewal", f"{title.number} 已由新的同级认定接续，不能再换发，请不予认定")]
    return []
