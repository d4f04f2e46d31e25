"""Sending an application back item by item: what can be named, what is written down, what is left.

Questions and the writing of the rows; the act itself is ``tiers.workflow.act``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from assessments import assessment as self_assessment
from assessments import scoring, standard
from assessments.models import Assessment, Evidence
from registry.models import Authority, User
from registry.policy import Tier
from tiers import facts, reasons
from tiers.eligibility import Problem
from tiers.models import (
    Action,
    Application,
    Decision,
    DecisionQuerySet,
    ReturnItem,
    ReturnItemQuerySet,
)

Kind = ReturnItem.Kind
LABEL_LENGTH = 300


@dataclass(frozen=True)
class Remark:
    """One thing to mend, as the officer names it; ``target`` of a file is the file's number."""

    target_kind: str
    target: str
    reason: str
    text: str

    @property
    def value(self) -> str:
        return f"{self.target_kind}:{self.target}"


@dataclass(frozen=True)
class Target:
    """Something that can be sent back; ``item`` is where it stands in the form."""

    kind: str
    key: str
    item: str
    group: str
    label: str
    evidence: Evidence | None = None

    @property
    def value(self) -> str:
        return f"{self.kind}:{self.key}"


def targets(
    application: Application, held: self_assessment.Contents | None = None
) -> dict[str, Target]:
    """Everything of an application that can be sent back, by value, in the order of its page."""
    found = [
        Target(Kind.FIELD, name, name, section, label)
        for name, (section, label) in facts.LABELS.items()
    ]
    if application.assessment is not None:
        found += _of_assessment(application.assessment, Tier(application.tier), held)
    return {target.value: target for target in found}


def _of_assessment(
    assessment: Assessment, tier: Tier, held: self_assessment.Contents | None
) -> Iterator[Target]:
    edition = standard.get(assessment.standard)
    held = held or self_assessment.contents(assessment)
    titles = self_assessment.titles(edition)
    conditions = {basic.id for basic in edition.basics} | set(edition.condition_ids)
    asked = {one.id for one in edition.conditions if one.tier.rank <= tier.rank}
    asked |= {basic.id for basic in edition.basics} | {"maturity.source", "perf.1"}
    used = {f"scenario.{one.scenario_no}" for one in held.instances}
    for section in scoring.sections(edition):
        items = section.items if section.id != "scenarios" else _scenarios(edition)
        for item in items:
            if item in asked or item in used or not scoring.is_blank(held.answers.get(item)):
                kind = Kind.CONDITION if item in conditions else Kind.FIELD
                yield Target(kind, item, item, section.title, titles[item])
            yield from _files(item, section.title, titles[item], held)
        if section.id == "maturity":
            yield from _files("maturity.own", section.title, titles["maturity.own"], held)


def _scenarios(edition: standard.Standard) -> list[str]:
    return [f"scenario.{one.no}" for one in edition.scenarios]


def _files(item: str, section: str, title: str, held: self_assessment.Contents) -> Iterator[Target]:
    for one in held.files.get(item, ()):
        yield Target(
            Kind.EVIDENCE, str(one.pk), item, section, _label(item, {item: title}, one), one
        )


def faults(application: Application, remarks: Sequence[Remark], *, by: User) -> list[Problem]:
    """What is missing in the items that an officer has written."""
    if not remarks:
        return [Problem("items", "请至少写一项退回内容：退回哪一项、什么理由、要怎样改")]
    known, offered = targets(application), reasons.in_use(by.authority)
    found = []
    for number, remark in enumerate(remarks, start=1):
        if remark.value not in known:
            found.append(f"第 {number} 项没有选择退回的内容，请选本件申报里的一项")
        if remark.reason not in offered:
            found.append(f"第 {number} 项没有选择理由，请从本部门的退回理由里选")
        if not remark.text.strip():
            found.append(f"第 {number} 项没有写说明，请写明哪里不行、要怎样改")
        elif len(remark.text) > reasons.TEXT_LENGTH:
            found.append(f"第 {number} 项的说明不超过 {reasons.TEXT_LENGTH} 个字")
    return [Problem("items", message) for message in found]


def write(decision: Decision, remarks: Sequence[Remark]) -> list[ReturnItem]:
    """The items of a decision that sends back, as rows. Only for the act itself."""
    numbers = [remark.target for remark in remarks if remark.target_kind == Kind.EVIDENCE]
    files = {str(one.pk): one for one in Evidence.objects.filter(pk__in=numbers)}
    chosen = decision.assessment
    titles = self_assessment.titles(standard.get(chosen.standard)) if chosen else {}
    rows = []
    for remark in remarks:
        file = files.get(remark.target) if remark.target_kind == Kind.EVIDENCE else None
        item = file.item if file else remark.target
        rows.append(
            ReturnItem(
                decision=decision,
                target_kind=remark.target_kind,
                target=item,
                evidence=file,
                label=_label(item, titles, file)[:LABEL_LENGTH],
                reason=remark.reason,
                text=remark.text.strip(),
            )
        )
    found: list[ReturnItem] = ReturnItem.objects.bulk_create(rows)
    return found


def _label(item: str, titles: Mapping[str, str], file: Evidence | None = None) -> str:
    if item in facts.LABELS:
        return "：".join(facts.LABELS[item])
    return f"佐证材料“{file.name}”（{titles[item]}）" if file else titles[item]


def standing(application: Application) -> ReturnItemQuerySet:
    """What the firm has to mend now: the items of the decision that sent it back."""
    if application.status != Application.Status.RETURNED:
        return ReturnItem.objects.none()
    latest = (
        application.decisions.filter(action=Action.SEND_BACK)
        .order_by("-at", "-pk")
        .values("pk")[:1]
    )
    items: ReturnItemQuerySet = ReturnItem.objects.filter(decision__in=latest)
    return items.order_by("pk")


def unanswered(application: Application) -> list[Problem]:
    """Each item that the firm has not answered yet, by its name."""
    return [
        Problem("unanswered", f"还没有答复退回事项“{item.label}”（{item.reason}）")
        for item in standing(application).unanswered()
    ]


def standing_for(user: User, **where: object) -> list[ReturnItem]:
    """What this person's firm has to mend now, in the cases of one factory or firm."""
    returned = Application.objects.visible_to(user).filter(
        status=Application.Status.RETURNED, **where
    )
    latest = Decision.objects.filter(action=Action.SEND_BACK, application__in=returned).order_by(
        "application", "-at", "-pk"
    )
    newest: dict[int, int] = {}
    for case, decision in latest.values_list("application", "pk"):
        newest.setdefault(case, decision)
    items = ReturnItem.objects.filter(decision__in=newest.values())
    return list(items.select_related("decision", "evidence").order_by("pk"))


def times(application: Application) -> int:
    """How often it has been sent back."""
    count: int = application.decisions.filter(action=Action.SEND_BACK).count()
    return count


def sent_back(
    user: User, year: int, *, office: Authority | None = None, reason: str = "", item: str = ""
) -> DecisionQuerySet:
    """The returns that this officer's office and those below it made in a year, in the cases that
    he sees; on demand those of one office, and those with an item for one reason or condition.
    """
    found: DecisionQuerySet = Decision.objects.filter(
        action=Action.SEND_BACK,
        at__year=year,
        authority__path__startswith=user.authority_path,
        application__in=Application.objects.visible_to(user),
    )
    if office is not None:
        found = found.filter(authority=office)
    if reason or item:
        items = ReturnItem.objects.all()
        items = items.filter(reason=reason) if reason else items
        items = items.filter(target_kind=Kind.CONDITION, target=item) if item else items
        found = found.filter(pk__in=items.values("decision"))
    return found
