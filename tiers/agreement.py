"""Self-assessment and re-check (复核) side by side, and what they come to together.

Questions only. Of the levels that checked, the highest has the word; an agreed value stands in
place of the firm's own, and without one the firm's stands. A word on a statement that the firm has
changed since counts no more and is shown as what it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from assessments import assessment as self_assessment
from assessments import scoring, standard
from assessments.assessment import Contents, Criterion
from registry.access import Role
from registry.models import User
from registry.policy import LEVELS, Tier
from tiers import coverage
from tiers.models import Application, Verification

#: State of a line -> its words.
STATES = {
    "unchecked": "未复核",
    "changed": "自评已改，待复核",
    "same": "一致",
    "agreed": "不一致，已商定",
    "disputed": "不一致，未商定",
}
#: What is still to be checked, and where the two values differ.
UNCHECKED, DIFFERING = ("unchecked", "changed"), ("agreed", "disputed")


@dataclass(frozen=True)
class Line:
    """One statement with every level's word on it; ``current`` is the one that counts."""

    criterion: Criterion
    words: tuple[Verification, ...]

    @cached_property
    def current(self) -> Verification | None:
        digest = self.criterion.digest
        return next((one for one in reversed(self.words) if one.digest == digest), None)

    @property
    def state(self) -> str:
        if self.current is None:
            return "changed" if self.words else "unchecked"
        if not self.current.agreed:
            return "disputed"
        same = self.current.value == self.current.agreed == self.criterion.own
        return "same" if same else "agreed"

    @property
    def label(self) -> str:
        return STATES[self.state]

    @property
    def value_label(self) -> str:
        return self.criterion.label(self.current.value) if self.current else ""

    @property
    def agreed_label(self) -> str:
        return self.criterion.label(self.current.agreed) if self.current else ""

    def of(self, level: str) -> Verification | None:
        return next((one for one in self.words if one.level == level), None)

    def said(self, word: Verification) -> str:
        """A level's word in words: what it found and what it was told then."""
        found = f"{Role(word.level).label[:2]}复核：{self.criterion.label(word.value)}"
        if word.agreed and word.agreed != word.value:
            found += f"，一致意见：{self.criterion.label(word.agreed)}"
        if word.digest != self.criterion.digest:
            found += f"（当时自评：{self.criterion.label(word.own)}）"
        return found


@dataclass(frozen=True)
class Section:
    """The lines of one section of the form."""

    id: str
    title: str
    lines: tuple[Line, ...]

    def count(self, *states: str) -> int:
        return sum(line.state in states for line in self.lines)

    @property
    def checked(self) -> int:
        return len(self.lines) - self.count(*UNCHECKED)

    @property
    def unchecked(self) -> int:
        """Those that nobody has looked at; changed ones are asked one by one."""
        return self.count("unchecked")

    @property
    def differing(self) -> int:
        return self.count(*DIFFERING)


@dataclass(frozen=True)
class Agreement:
    """A case's self-assessment and everything that was put beside it."""

    application: Application
    contents: Contents
    sections: tuple[Section, ...]

    @property
    def lines(self) -> Iterator[Line]:
        return (line for section in self.sections for line in section.lines)

    @property
    def total(self) -> int:
        return sum(len(section.lines) for section in self.sections)

    def count(self, *states: str) -> int:
        return sum(section.count(*states) for section in self.sections)

    @property
    def checked(self) -> int:
        return self.total - self.count(*UNCHECKED)

    @property
    def differing(self) -> int:
        return self.count(*DIFFERING)

    @cached_property
    def values(self) -> dict[str, str]:
        """The agreed values that differ from the firm's own."""
        return {
            line.criterion.key: line.current.agreed
            for line in self.lines
            if line.current and line.current.agreed not in ("", line.criterion.own)
        }

    @cached_property
    def own(self) -> scoring.Result:
        """The result by the firm's own values."""
        return self._with({})

    @cached_property
    def result(self) -> scoring.Result:
        """The result with the agreed values."""
        return self._with(self.values) if self.values else self.own

    def _with(self, values: dict[str, str]) -> scoring.Result:
        chosen = self.application.assessment
        if chosen is None:
            raise LookupError(f"application {self.application.pk} rests on no assessment")
        return self_assessment.result_with(chosen, self.contents, values)

    @property
    def own_verdict(self) -> scoring.TierResult:
        return self.own.tiers[Tier(self.application.tier)]

    @property
    def verdict(self) -> scoring.TierResult:
        return self.result.tiers[Tier(self.application.tier)]

    def objections(self) -> list[str]:
        """Why the case cannot be determined as it stands now, in words for the office."""
        return [*self._unsettled(), *self._missed()]

    def _unsettled(self) -> Iterator[str]:
        for line in self.lines:
            if line.state != "disputed":
                continue
            yield (
                f"“{line.criterion.title}”自评为“{line.criterion.own_label}”、"
                f"复核为“{line.value_label}”，"
                "还没有一致意见，请在“复核”中填写后再认定"
            )

    def _missed(self) -> Iterator[str]:
        if not self.values:
            return
        tier = Tier(self.application.tier).label
        for one in self.verdict.blocking:
            yield (
                f"复核后达不到{tier}要求：“{one.text}”自评为“{self._own_word(one)}”，"
                f"复核后为“{one.own}”，要求“{one.required}”（{one.clause}）"
            )

    def _own_word(self, finding: scoring.Finding) -> str:
        """What the firm's own values say of the thing that is found missing with the agreed."""
        if finding.code.startswith("maturity."):
            own = self.own.maturity
            return f"{own.level_name}（{own.level}级），{own.score}分（{own.source_label}）"
        lines = (line.criterion for line in self.lines)
        return next((one.own_label for one in lines if one.key == finding.item), finding.own)


def of(
    application: Application,
    *,
    held: Contents | None = None,
    checked: Iterable[Verification] | None = None,
) -> Agreement:
    """Both sides of a case that rests on an assessment. ``held`` and ``checked`` save reading that
    and what was put beside it again.
    """
    chosen = application.assessment
    if chosen is None:
        return Agreement(application, Contents({}, (), {}), ())
    held = held or self_assessment.contents(chosen)
    edition = standard.get(chosen.standard)
    words: dict[str, list[Verification]] = {}
    if checked is None:
        checked = Verification.objects.filter(application=application).exclude(value="")
    for one in checked:
        words.setdefault(one.item, []).append(one)
    titles = {one.id: one.title for one in scoring.sections(edition)}
    found = []
    for section, group in groupby(self_assessment.criteria(edition, held), lambda c: c.section):
        lines = tuple(Line(one, _by_level(words.get(one.key, []))) for one in group)
        found.append(Section(section, titles[section], lines))
    return Agreement(application, held, tuple(found))


def _by_level(words: list[Verification]) -> tuple[Verification, ...]:
    return tuple(sorted(words, key=lambda one: LEVELS.index(one.level)))


def objections(application: Application) -> list[str]:
    """Why the values checked so far stand against a determination; none where nobody checked."""
    return objections_of([application]).get(application.pk, [])


def objections_of(cases: Iterable[Application]) -> dict[int, list[str]]:
    """The same for many cases at once, for those in which anybody checked."""
    cases = list(cases)
    words: dict[int, list[Verification]] = {}
    for one in Verification.objects.filter(application__in=[c.pk for c in cases]).exclude(value=""):
        words.setdefault(one.application_id, []).append(one)
    found = [case for case in cases if case.pk in words]
    held = self_assessment.contents_of([one.assessment for one in found if one.assessment])
    return {
        case.pk: of(
            case, held=held.get(case.assessment_id or 0), checked=words[case.pk]
        ).objections()
        for case in found
    }


def maturity_level(application: Application) -> int | None:
    """The level to be written on a title: the agreed one where values were agreed."""
    chosen = application.assessment
    if chosen is None or not application.verifications.exclude(agreed="").exists():
        return chosen.maturity_level if chosen else None
    return of(application).result.maturity.level


def covers(application: Application) -> str:
    """The parts of the factory to be written on a title, from the same values as its level."""
    chosen, tier = application.assessment, Tier(application.tier)
    if chosen is None or not application.verifications.exclude(agreed="").exists():
        return coverage.of(chosen, tier)
    return coverage.proved(of(application).result, tier)


def shown_to(application: Application, user: User) -> bool:
    """Whether this person, who sees the case, sees what was put beside the firm's values."""
    if application.assessment_id is None:
        return False
    if user.role != Role.ENTERPRISE:
        return True
    done = application.status in Verification.SHOWN_TO_FIRM
    return done and application.verifications.exclude(value="").exists()
