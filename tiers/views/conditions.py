"""What stands in the way of an application as the page shows it, each with where to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from tiers.eligibility import Problem
from tiers.models import Application

#: Code of a problem -> (address, words of the link) where it needs nothing of the case.
PLACES = {
    "unconfirmed": ("registry:enterprise", "查看经办人确认情况"),
    "no_assessment": ("assessments:assessment_list", "去工厂自评"),
    "assessment_edition": ("assessments:assessment_list", "去工厂自评"),
    "veto": ("assessments:veto_list", "查看登记的事项"),
    "ban": ("tiers:title_list", "查看称号"),
    "prerequisite": ("tiers:title_list", "查看已有称号"),
    "standing_title": ("tiers:title_list", "查看称号"),
    "round_not_open": ("tiers:application_list", "查看开放的批次"),
    "round_closed": ("tiers:application_list", "查看开放的批次"),
}


@dataclass(frozen=True)
class Condition:
    """A problem in words with its remedy; ``url`` is empty where nothing can be done about it."""

    message: str
    blocking: bool
    url: str = ""
    link: str = ""


def conditions(problems: Sequence[Problem], application: Application) -> list[Condition]:
    """What blocks comes first, what only informs after it."""
    found = [
        Condition(problem.message, problem.blocking, *_remedy(problem, application))
        for problem in problems
    ]
    return sorted(found, key=lambda one: not one.blocking)


def _remedy(problem: Problem, application: Application) -> tuple[str, str]:
    if problem.code in PLACES:
        name, link = PLACES[problem.code]
        return reverse(name), link
    if problem.code == "unanswered":
        return f"{reverse('tiers:application', args=[application.pk])}#returned", "去答复"
    if problem.code == "renewal":
        return reverse("tiers:application_renewal", args=[application.pk]), "去逐项复核"
    chosen = application.assessment_id
    if problem.code == "assessment_open":
        return reverse("assessments:assessment", args=[chosen]), "去核对并锁定"
    if problem.code.startswith("gate."):
        return reverse("assessments:result", args=[chosen]), "查看自评结果"
    return "", ""
