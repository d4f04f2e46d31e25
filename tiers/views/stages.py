"""The stages of the province on the pages of a case and of a round: which there are, and where."""

from __future__ import annotations

from django.urls import reverse

from registry.access import OFFICERS
from registry.models import User
from registry.policy import StepKind
from tiers import chain, determination
from tiers.models import Application, Round

#: Kind of step -> its name, its page for a case and its page for a round; "" where it has none.
STAGES = {
    StepKind.CHECK: ("形式审查", "tiers:formal_check", "tiers:round_check"),
    StepKind.CONSULT: ("征求意见", "tiers:consultation", "tiers:round_consult"),
    StepKind.REVIEW: ("专家评审", "", "tiers:round_experts"),
    StepKind.INSPECT: ("现场核查", "", "tiers:round_inspect"),
    StepKind.MEET: ("会议审定", "", "tiers:round_meeting"),
    StepKind.PUBLICISE: ("公示", "", "tiers:round_notice"),
    StepKind.DETERMINE: ("认定", "", "tiers:round_determine"),
    StepKind.SELECT: ("推荐上报", "", "tiers:round_select"),
    StepKind.AWAIT: ("国家审定结果", "", "tiers:round_result"),
    StepKind.ACCEPT: ("培育对象和验收", "", "tiers:round_acceptance"),
}


def of_case(case: Application, user: User) -> list[tuple[str, str]]:
    """The stage pages of a case that this officer may open; where its round is worked on as a
    whole at the step it waits at, the round's.
    """
    return [
        (label, reverse(page, args=[case.pk]))
        for kind, (label, page, _) in STAGES.items()
        if page and conducts(case, kind, user)
    ] + [
        (f"批次{label}", reverse(page, args=[case.round_id]))
        for kind, (label, own, page) in STAGES.items()
        if not own and case.step == kind and runs(case.round, kind, user)
    ]


def conducts(case: Application, kind: StepKind, user: User) -> bool:
    """Whether the stage is business of this officer's office, or of one below it."""
    office = chain.office_of(case, kind)
    return (
        office is not None and user.role in OFFICERS and office.path.startswith(user.authority_path)
    )


def of_round(batch: Round, user: User) -> list[tuple[str, str]]:
    """The stage pages of a round, for the level whose steps they are."""
    return [
        (label, reverse(page, args=[batch.pk]))
        for kind, (label, _, page) in STAGES.items()
        if page and runs(batch, kind, user)
    ]


def runs(batch: Round, kind: StepKind, user: User) -> bool:
    step = next((s for s in chain.steps_of(batch) if s.kind == kind), None)
    if kind == StepKind.DETERMINE and not determination.by_list(batch):
        return False
    return (
        step is not None
        and user.role == step.level
        and batch.authority.path.startswith(user.authority_path)
    )
