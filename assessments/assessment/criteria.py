"""What of a self-assessment somebody else can check, one by one, and the result where he is right.

Pure: it works on contents that were read. A value is a short text: "yes" or "no" to a requirement,
a choice of the maturity model, or a number in digits.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from assessments import scoring, standard
from assessments.assessment.outcome import gate_overrides
from assessments.assessment.sheet import Contents
from assessments.models import Assessment, Evidence
from assessments.scoring import is_blank, to_number
from assessments.standard import SOURCES, Kpi, Standard
from registry.policy import Tier

MET = (("yes", "满足"), ("no", "不满足"))
YES = (("yes", "是"), ("no", "否"))
STANDS = (("yes", "成立"), ("no", "不成立"))
MEASURED = {"own": "本企业数值", "reference": "同行业参考数值"}


@dataclass(frozen=True)
class Criterion:
    """One thing the firm stated. Without ``choices`` its value is a number, at most ``highest``.

    ``digest`` changes when the statement or one of its files does.
    """

    key: str
    section: str
    title: str
    own: str
    digest: str
    choices: tuple[tuple[str, str], ...] = ()
    highest: Decimal | None = None
    unit: str = ""
    clause: str = ""
    tier: Tier | None = None
    note: str = ""
    files: tuple[Evidence, ...] = ()

    def label(self, value: str) -> str:
        """A value of this criterion in words."""
        if self.choices:
            return dict(self.choices).get(value, value)
        return f"{value} {self.unit}".strip()

    @property
    def own_label(self) -> str:
        return self.label(self.own)


def plain(value: Any) -> str:
    """A number in its shortest digits, so that 85 and 85.0 are one value; "" where it is none."""
    number = to_number(value)
    return "" if number is None else f"{number.normalize():f}"


def criteria(edition: Standard, held: Contents) -> tuple[Criterion, ...]:
    """Everything the firm answered that can be checked, in the order of the form."""
    return (
        *_basics(edition, held),
        *_conditions(edition, held),
        *_maturity(edition, held),
        *_kpis(edition, held),
        *_performance(edition, held),
    )


def result_with(
    assessment: Assessment, held: Contents, values: Mapping[str, str]
) -> scoring.Result:
    """The result where these values stand in place of the firm's own."""
    edition = standard.get(assessment.standard)
    answers, seen = with_values(edition, held.answers, held.files, values)
    return scoring.score(edition, answers, held.scored, seen, gate_overrides(assessment))


def with_values(
    edition: Standard, answers: Mapping[str, Any], proved: Iterable[str], values: Mapping[str, str]
) -> tuple[dict[str, Any], set[str]]:
    """Answers, and the items that are proved, where these values stand in place of the own."""
    given, seen = dict(answers), set(proved)
    for key, value in values.items():
        _put(edition, given, key, value)
        if value == "yes":
            # Who found a condition met has seen what proves it, be there a file or not.
            seen.add(key)
    return given, seen


def _put(edition: Standard, answers: dict[str, Any], key: str, value: str) -> None:
    head, _, rest = key.partition(".")
    held = answers.get(key)
    if key in edition.condition_ids:
        answers[key] = {**(held or {}), "met": value}
    elif key == "platform.result":
        score = Decimal(value)
        level = edition.maturity.level_of(score)
        answers[key] = {**(held or {}), "score": value, "level": level}
    elif head == "exception" or key.startswith("cmmm.na."):
        answers[key] = held if value == "yes" else ""
    elif head == "perf":
        row, _, part = rest.partition(".")
        answers[f"perf.{row}"] = {**answers.get(f"perf.{row}", {}), part: value}
    elif head != "kpi":
        # Indicators are checked and printed; no tier asks for one.
        answers[key] = value


def _digest(held: Contents, item: str, *more: str) -> str:
    files = [one.sha256 for key in (item, *more) for one in held.files.get(key, ())]
    text = json.dumps([held.answers.get(item), sorted(files)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _basics(edition: Standard, held: Contents) -> Iterator[Criterion]:
    for one in edition.basics:
        own = held.answers.get(one.id)
        if own in dict(YES):
            yield Criterion(
                key=one.id,
                section="basics",
                title=one.text,
                own=str(own),
                digest=_digest(held, one.id),
                choices=YES,
                files=held.files.get(one.id, ()),
            )


def _conditions(edition: Standard, held: Contents) -> Iterator[Criterion]:
    for section in [*edition.dimensions, edition.results]:
        for one in edition.conditions:
            given = held.answers.get(one.id)
            if one.dimension != section.id or not isinstance(given, Mapping):
                continue
            if given.get("met") in dict(MET):
                yield Criterion(
                    key=one.id,
                    section=section.id,
                    title=one.text,
                    own=str(given["met"]),
                    digest=_digest(held, one.id),
                    choices=MET,
                    clause=one.clause,
                    tier=one.tier,
                    note=str(given.get("how") or ""),
                    files=held.files.get(one.id, ()),
                )
    for tier in edition.gates:
        item = f"exception.{tier}"
        if not is_blank(reason := held.answers.get(item)):
            yield Criterion(
                key=item,
                section=edition.results.id,
                title=f"{tier.label}未全部覆盖各环节的理由",
                own="yes",
                digest=_digest(held, item),
                choices=STANDS,
                tier=tier,
                note=str(reason),
            )


def _maturity(edition: Standard, held: Contents) -> Iterator[Criterion]:
    judged, model = scoring.assess(edition, held.answers), edition.maturity
    if judged.platform is not None:
        yield Criterion(
            key="platform.result",
            section="maturity",
            title=f"能力成熟度得分（{SOURCES['platform']}）",
            own=plain(judged.platform["score"]),
            digest=_digest(held, "platform.result"),
            highest=Decimal(len(model.levels)),
            unit="分",
            note=f"报告编号 {judged.platform['report_no']}，评估日期 {judged.platform['date']}",
            files=held.files.get("platform.result", ()),
        )
        return
    for cut in judged.cuts:
        item = f"cmmm.na.{cut.subdomain.id}"
        yield Criterion(
            key=item,
            section="maturity",
            title=f"{cut.subdomain.name}不适用",
            own="yes",
            digest=_digest(held, item),
            choices=STANDS,
            note=cut.reason,
        )
    choices = tuple((plain(c.value), c.label) for c in model.choices)
    for level in judged.levels:
        for line in level.lines if level.counted else ():
            if line.answer is not None:
                item = scoring.answer_id(level.level, line.subdomain)
                yield Criterion(
                    key=item,
                    section="maturity",
                    title=f"{level.level.no}级（{level.level.name}）{line.subdomain.name}",
                    own=plain(line.answer),
                    digest=_digest(held, item),
                    choices=choices,
                    clause=f"{line.subdomain.element}·{line.subdomain.domain}",
                )


def _kpis(edition: Standard, held: Contents) -> Iterator[Criterion]:
    for kpi in edition.kpis:
        item = f"kpi.{kpi.id}"
        given = held.answers.get(item)
        if not isinstance(given, Mapping) or given.get("na"):
            continue
        if own := _figure(kpi, given):
            yield Criterion(
                key=item,
                section="kpi",
                title=kpi.name,
                own=own,
                digest=_digest(held, item),
                unit="%" if kpi.change else str(given.get("unit") or kpi.unit),
                clause=kpi.category,
                note=_before_and_after(kpi, given),
                files=held.files.get(item, ()),
            )


def _figure(kpi: Kpi, given: Mapping[str, Any]) -> str:
    """What the indicator says: its change where it names one, else what was reached."""
    return plain(scoring.kpi_change(kpi, given) if kpi.change else given.get("after"))


def _before_and_after(kpi: Kpi, given: Mapping[str, Any]) -> str:
    figures = (("建设前", "before"), ("建设后", "after"), ("统计期间", "period"))
    parts = [f"{name} {given[key]}" for name, key in figures if not is_blank(given.get(key))]
    return "，".join(parts)


def _performance(edition: Standard, held: Contents) -> Iterator[Criterion]:
    for item in scoring.section(edition, "performance").items:
        given = held.answers.get(item)
        if not isinstance(given, Mapping):
            continue
        for part, name in MEASURED.items():
            if own := plain(given.get(part)):
                yield Criterion(
                    key=f"{item}.{part}",
                    section="performance",
                    title=f"{given.get('indicator') or '主要技术经济指标'}（{name}）",
                    own=own,
                    digest=_digest(held, item),
                    note=_source(given, part),
                    files=held.files.get(item, ()) if part == "own" else (),
                )


def _source(given: Mapping[str, Any], part: str) -> str:
    texts = [given.get("year"), given.get("source") if part == "reference" else ""]
    return "，".join(str(text) for text in texts if not is_blank(text))
