"""What a machine can find for the questions of a formal check, for many cases at once.

Everything is read in a fixed number of queries. Findings name other firms only where they lie below
the office that reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from assessments import assessment as self_assessment
from assessments import scoring, standard
from assessments.assessment import Contents
from assessments.models import Evidence
from registry import policy
from registry.access import business_date
from registry.models import Authority
from registry.policy import Tier
from registry.workdays import years_later
from tiers import eligibility, facts
from tiers.eligibility import Problem
from tiers.models import Application, Certification, Recommendation

SHOWN = 20
FAR = Decimal(10)


@dataclass(frozen=True)
class Finding:
    """The machine's answer: passed or not, in one sentence, and the rows it rests on with their
    addresses.
    """

    passed: bool
    text: str
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def stored(self) -> dict[str, Any]:
        return {"passed": self.passed, "text": self.text, "rows": [list(row) for row in self.rows]}


@dataclass(frozen=True)
class Limits:
    """The numbers of an edition of the questions."""

    assessment_years: int
    figure_years: int


@dataclass(frozen=True)
class Material:
    """What is on record of one case."""

    case: Application
    contents: Contents | None
    verdict: scoring.TierResult | None
    bars: tuple[Problem, ...]
    title: Certification | None
    recommendation: Recommendation | None
    others: tuple[Application, ...]
    copies: tuple[tuple[Evidence, Evidence], ...]
    reader: Authority
    limits: Limits


def of_cases(
    cases: Sequence[Application], limits: Limits, *, reader: Authority, on: date
) -> dict[int, dict[str, Finding]]:
    """Every machine's finding for each case; ``reader`` is the office that will see them. The cases
    come with ``for_page``.
    """
    return {
        one.case.pk: {name: machine(one) for name, machine in MACHINES.items()}
        for one in _materials(cases, limits, reader, on)
    }


# --- reading --------------------------------------------------------------------------------------


def _materials(
    cases: Sequence[Application], limits: Limits, reader: Authority, on: date
) -> Iterable[Material]:
    held = self_assessment.contents_of([one.assessment for one in cases if one.assessment])
    standing = {
        one.application_id: one
        for one in Recommendation.objects.standing().filter(application__in=cases)
    }
    titles, others, copies = _titles(cases, on), _others(cases), _copies(cases)
    found = bars(cases, on)
    for case in cases:
        contents = held.get(case.assessment_id or 0)
        yield Material(
            case=case,
            contents=contents,
            verdict=_verdict(case, contents),
            bars=tuple(found.get(case.pk, ())),
            title=titles.get(case.pk),
            recommendation=standing.get(case.pk),
            others=tuple(
                one
                for one in others
                if one.pk != case.pk and one.factory.enterprise_id == case.factory.enterprise_id
            ),
            copies=tuple(copies.get(case.assessment_id or 0, ())),
            reader=reader,
            limits=limits,
        )


def _verdict(case: Application, contents: Contents | None) -> scoring.TierResult | None:
    if case.assessment is None or contents is None:
        return None
    outcome = scoring.score(
        standard.get(case.assessment.standard),
        contents.answers,
        contents.scored,
        contents.files.keys(),
        self_assessment.gate_overrides(case.assessment),
    )
    return outcome.tiers[Tier(case.tier)]


def bars(cases: Sequence[Application], on: date) -> dict[int, list[Problem]]:
    """Events and bans that bar a title, by the rules of each case's round."""
    found: dict[int, list[Problem]] = {}
    for code in {case.round.policy for case in cases}:
        rules = policy.get(code)
        of_rules = [case for case in cases if case.round.policy == code]
        firms = {case.factory.enterprise_id for case in of_rules}
        vetoes = eligibility.vetoes_of(firms, rules, on=on)
        barred = eligibility.barred(firms, rules, on=on)
        for case in of_rules:
            firm = case.factory.enterprise_id
            found[case.pk] = vetoes.get(firm, []) + ([barred[firm]] if firm in barred else [])
    return found


def _titles(cases: Sequence[Application], on: date) -> dict[int, Certification]:
    """For each case the title of the tier that its own requires, in force that day."""
    standing = Certification.objects.filter(factory__in=[c.factory_id for c in cases]).in_force(on)
    held = {(title.factory_id, title.tier): title for title in standing.order_by("valid_from")}
    found = {}
    for case in cases:
        required = _rule(case).requires
        title = held.get((case.factory_id, required)) if required else None
        if title is not None:
            found[case.pk] = title
    return found


def _rule(case: Application) -> policy.TierRule:
    return policy.get(case.round.policy).tiers[Tier(case.tier)]


def _others(cases: Sequence[Application]) -> list[Application]:
    """Other open cases of the same firms for the same tiers, that have been handed in."""
    firms = {case.factory.enterprise_id for case in cases}
    tiers = {case.tier for case in cases}
    rows = Application.objects.open().filter(
        factory__enterprise__in=firms, tier__in=tiers, first_submitted_at__isnull=False
    )
    return list(rows.select_related("factory", "round").order_by("pk"))


def _copies(cases: Sequence[Application]) -> dict[int, list[tuple[Evidence, Evidence]]]:
    """Files of the cases that another firm has handed in too, with theirs, by assessment."""
    keys = [case.assessment_id for case in cases if case.assessment_id]
    own = list(Evidence.objects.filter(assessment__in=keys).live().order_by("pk"))
    firms = {case.assessment_id: case.factory.enterprise_id for case in cases}
    same = (
        Evidence.objects.filter(
            sha256__in={one.sha256 for one in own}, assessment__locked_at__isnull=False
        )
        .live()
        .select_related("assessment__factory__enterprise", "assessment__factory__authority")
        .order_by("pk")
    )
    by_digest: dict[str, list[Evidence]] = {}
    for one in same:
        by_digest.setdefault(one.sha256, []).append(one)
    found: dict[int, list[tuple[Evidence, Evidence]]] = {}
    for mine in own:
        firm = firms[mine.assessment_id]
        for theirs in by_digest.get(mine.sha256, ()):
            if theirs.assessment.factory.enterprise_id != firm:
                found.setdefault(mine.assessment_id, []).append((mine, theirs))
    return found


# --- the machines ---------------------------------------------------------------------------------


def _facts(one: Material) -> Finding:
    named = facts.facts_of(one.case.factory)
    empty = [facts.LABELS[name] for name, value in named.items() if not value]
    rows = tuple((f"{section}：{label}", "") for section, label in empty)
    text = f"有 {len(rows)} 项没有填写" if rows else f"{len(named)} 项都已填写"
    return Finding(not rows, text, rows)


def _files(one: Material) -> Finding:
    bare = (
        [f for f in one.verdict.findings if f.code.endswith("no_evidence")] if one.verdict else []
    )
    if one.verdict is None:
        return Finding(False, "没有选用自评")
    rows = tuple((f.text, _assessment_url(one.case)) for f in bare)
    text = f"有 {len(rows)} 项没有佐证材料" if rows else "满足的条件都有佐证材料"
    return Finding(not rows, text, rows)


def _declaration(one: Material) -> Finding:
    name, sent = one.case.declared_by.strip(), one.case.submitted_at
    if not name or sent is None:
        return Finding(False, "没有承诺人")
    return Finding(True, f"承诺人 {name}，{business_date(sent):%Y-%m-%d} 提交")


def _recommendation(one: Material) -> Finding:
    held, last = one.recommendation, one.case.round.recommend_by
    if held is None:
        return Finding(False, "没有推荐记录")
    on = business_date(held.at)
    text = f"{held.by_name} {on:%Y-%m-%d} 推荐，第 {held.rank} 位"
    if held.off_quota:
        text += f"，不占名额（{held.off_quota}，{held.ground}）"
    return Finding(last is None or on <= last, text)


def _gates(one: Material) -> Finding:
    if one.verdict is None:
        return Finding(False, "没有选用自评")
    rows = tuple(
        (f"{f.text}：自评 {f.own}，要求 {f.required}", _assessment_url(one.case))
        for f in one.verdict.blocking
    )
    label = one.verdict.tier.label
    text = f"未达到{label}要求，差 {len(rows)} 项" if rows else f"达到{label}要求"
    return Finding(not rows, text, rows)


def _title(one: Material) -> Finding:
    required = _rule(one.case).requires
    if required is None:
        return Finding(True, "本等级没有前置等级")
    if one.title is None:
        return Finding(False, f"没有在有效期内的{required.label}认定")
    last = one.title.last_day
    until = f"有效期至 {last:%Y-%m-%d}" if last else "没有期限"
    row = (f"{one.title.number}，{until}", f"/titles/{one.title.pk}/")
    return Finding(True, f"{required.label}认定在有效期内", (row,))


def _bars_found(one: Material) -> Finding:
    rows = tuple((problem.message, "") for problem in one.bars)
    return Finding(not rows, f"有 {len(rows)} 项" if rows else "平台没有登记", rows)


def _assessment_age(one: Material) -> Finding:
    chosen, sent = one.case.assessment, one.case.submitted_at
    if chosen is None or chosen.locked_at is None or sent is None:
        return Finding(False, "没有锁定的自评")
    locked, years = business_date(chosen.locked_at), one.limits.assessment_years
    fresh = business_date(sent) <= years_later(locked, years)
    text = f"{years} 年以内" if fresh else f"提交时已超过 {years} 年"
    return Finding(fresh, f"自评锁定于 {locked:%Y-%m-%d}，{text}")


def _figures(one: Material) -> Finding:
    if one.contents is None or one.case.assessment is None or one.case.submitted_at is None:
        return Finding(False, "没有选用自评")
    edition = standard.get(one.case.assessment.standard)
    year = business_date(one.case.submitted_at).year
    odd = [
        *_odd_kpis(edition, one.contents.answers),
        *_odd_performance(one.contents.answers, range(year - one.limits.figure_years, year + 1)),
    ]
    rows = tuple((text, _assessment_url(one.case)) for text in odd)
    return Finding(not rows, f"有 {len(rows)} 处需要核对" if rows else "没有发现异常数值", rows)


def _odd_kpis(edition: standard.Standard, answers: Mapping[str, Any]) -> Iterable[str]:
    for kpi in edition.kpis:
        value = answers.get(f"kpi.{kpi.id}")
        if not isinstance(value, Mapping) or value.get("na"):
            continue
        for key, label in (("before", "建设前"), ("after", "建设后")):
            number = scoring.to_number(value.get(key))
            if number is None:
                continue
            if number < 0:
                yield f"{kpi.name}：{label} {number}{kpi.unit}，小于 0"
            elif kpi.unit == "%" and not kpi.change and number > 100:
                yield f"{kpi.name}：{label} {number}%，超过 100%"


def _odd_performance(answers: Mapping[str, Any], years: range) -> Iterable[str]:
    for item, value in answers.items():
        if not item.startswith("perf.") or not isinstance(value, Mapping):
            continue
        name = str(value.get("indicator") or "指标")
        year = str(value.get("year") or "")
        if year.isdigit() and int(year) not in years:
            yield f"{name}：年度 {year}，应在 {years[0]} 至 {years[-1]} 年"
        own = scoring.to_number(value.get("own"))
        other = scoring.to_number(value.get("reference"))
        if own is not None and other and not 1 / FAR <= abs(own / other) <= FAR:
            yield f"{name}：本企业 {own}，同行业 {other}，相差 {FAR} 倍以上"


def _duplicates(one: Material) -> Finding:
    rows = tuple(
        (
            f"{other.number}，{other.factory.name}，{other.round.title}"
            + ("（同一工厂）" if other.factory_id == one.case.factory_id else ""),
            f"/applications/{other.pk}/",
        )
        for other in one.others
    )
    text = f"同一企业另有 {len(rows)} 件同等级申报" if rows else "没有其他在办的同等级申报"
    return Finding(not rows, text, rows)


def _shared_files(one: Material) -> Finding:
    rows: list[tuple[str, str]] = []
    for mine, theirs in one.copies:
        factory = theirs.assessment.factory
        if factory.authority.path.startswith(one.reader.path):
            text = f"{mine.name}：{factory.enterprise.name}（{factory.name}）也使用，{theirs.name}"
            rows.append((text, f"/assessments/{theirs.assessment_id}/result/"))
        else:
            rows.append((f"{mine.name}：管辖范围外的一家企业也使用", ""))
    unique = tuple(dict.fromkeys(rows))
    text = f"有 {len(unique)} 份与其他企业相同" if unique else "没有与其他企业相同的文件"
    return Finding(not unique, text, unique[:SHOWN])


def _assessment_url(case: Application) -> str:
    return f"/applications/{case.pk}/#verdict" if case.assessment_id else ""


MACHINES: Mapping[str, Callable[[Material], Finding]] = {
    "facts": _facts,
    "files": _files,
    "declaration": _declaration,
    "recommendation": _recommendation,
    "gates": _gates,
    "title": _title,
    "bars": _bars_found,
    "assessment_age": _assessment_age,
    "figures": _figures,
    "duplicates": _duplicates,
    "shared_files": _shared_files,
}
