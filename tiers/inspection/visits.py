"""How the cases of a round stand to their site checks. Questions only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from registry import policy
from registry.access import OFFICERS, Duty, may_change
from registry.models import User
from registry.policy import StepKind, Tier
from tiers import chain
from tiers.eligibility import Problem
from tiers.models import Application, Inspection, Round

Result = Inspection.Result


def share(batch: Round) -> float | None:
    """The share of a round that is visited; None where its rules know no visit."""
    return policy.get(batch.policy).tiers[Tier(batch.tier)].inspection_share


def may_arrange(batch: Round, user: User) -> bool:
    """Whether this person decides for the round's own office who is visited."""
    return (
        user.role in OFFICERS
        and user.authority_id == batch.authority_id
        and may_change(user, Duty.COMPLETE, batch.tier)
    )


def may_fill_in(inspection: Inspection, user: User) -> bool:
    """Whether this person may write the visit up now."""
    case = inspection.application
    return (
        inspection.signed_at is None
        and _is_current(inspection)
        and chain.at_desk(case, user)
        and may_change(user, Duty.COMPLETE, case.tier)
    )


def _is_current(inspection: Inspection) -> bool:
    case = inspection.application
    return case.step == StepKind.INSPECT and case.submissions == inspection.submission


def current(application: Application) -> Inspection | None:
    """The visit to the case as it was sent in last."""
    found: Inspection | None = (
        Inspection.objects.filter(application=application, submission=application.submissions)
        .select_related("draw")
        .first()
    )
    return found


def shown_to(application: Application, user: User) -> bool:
    """Whether there is a page about the case's visit for this person, who sees the case."""
    if application.step == StepKind.INSPECT and user.role in OFFICERS:
        return True
    return bool(Inspection.objects.visible_to(user).filter(application=application).exists())


def waiting(batch: Round) -> list[Application]:
    """The cases of the round that are at this step, by number."""
    return list(
        Application.objects.filter(
            round=batch, status=Application.Status.IN_PROGRESS, step=StepKind.INSPECT
        )
        .for_list()
        .order_by("number")
    )


@dataclass(frozen=True)
class Visit:
    """How a case stands to its visit; ``inspection`` is the one of its last submission."""

    application: Application
    inspection: Inspection | None
    again: bool
    covered: bool

    @property
    def state(self) -> str:
        one = self.inspection
        if one is not None:
            return one.result or ("planned" if one.on else "chosen")
        if self.again:
            return "again"
        return "spared" if self.covered else "open"

    @property
    def label(self) -> str:
        return STATES[self.state]

    @property
    def waits(self) -> bool:
        """Whether the case is at this step now."""
        return bool(self.application.step == StepKind.INSPECT)

    @property
    def may_be_named(self) -> bool:
        return self.inspection is None

    @property
    def passes(self) -> bool:
        return self.state in (Result.FIT, Result.NEARLY, "spared")


STATES = {
    "open": "待抽取",
    "again": "补正后待重新核查",
    "spared": "未抽中",
    "chosen": "待安排",
    "planned": "已安排",
    **{str(result.value): str(result.label) for result in Result},
}


def visits(batch: Round, cases: Iterable[Application]) -> list[Visit]:
    """How each of these cases stands, in two queries."""
    cases = list(cases)
    covered = {number for draw in batch.inspection_draws.all() for number in draw.cases}
    held: dict[int, dict[int, Inspection]] = {}
    for one in Inspection.objects.filter(application__in=cases).select_related("draw"):
        held.setdefault(one.application_id, {})[one.submission] = one
    return [
        Visit(
            case,
            held.get(case.pk, {}).get(case.submissions),
            bool(held.get(case.pk)),
            case.number in covered,
        )
        for case in cases
    ]


def open_points(application: Application, on: date) -> list[Problem]:
    """Why the case cannot be passed on: not drawn among yet, not signed, or found unfit."""
    match visits(application.round, [application])[0].state:
        case "open":
            text = "还没有抽取现场核查名单，请先在本批次的“现场核查”页抽取"
        case "again":
            text = "企业补正后重新提交，要再核查一次，请先在本批次的“现场核查”页指定本件"
        case "chosen" | "planned":
            text = "本件列入现场核查，核查结果签名后才能办结"
        case Result.UNFIT:
            text = "现场核查结果为“不符合”，只能退回补正或不予认定"
        case _:
            return []
    return [Problem("inspection", text)]
