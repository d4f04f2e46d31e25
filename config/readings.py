"""Which addresses show one firm's file, and the line that an opening from outside leaves in the
firm's log (查阅记录).

What is not named here leaves no line: lists of many firms and what is public. The rule test opens
every address as everybody and fails where one shows a firm's file and is named nowhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from assessments.models import Assessment, Evidence, Measure, ScenarioInstance
from registry import readings
from registry.models import AuditEvent, Claim, Enterprise, Factory, Honour, Recovery, User
from registry.readings import Opened
from reports.models import AnnualFile, AnnualReport
from tiers.models import (
    Affiliation,
    Application,
    Assignment,
    AvoidanceRequest,
    Candidate,
    Certificate,
    Certification,
    ChangeProof,
    Consultation,
    Contribution,
    Cultivation,
    DepartmentOpinion,
    FilingEntry,
    FirmChange,
    InspectionPhoto,
    MoveCheck,
    Recommendation,
    Revocation,
    RevocationFile,
    SentFile,
    SupervisionCheck,
    SupervisionFile,
    Surrender,
)

OPENED = (HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT, HTTPStatus.NOT_MODIFIED)


@dataclass(frozen=True)
class Shown:
    """What an address shows: the row that ``key`` of the address names, the way from it to the
    firm and to the name the firm knows it by, and the part of the file, told no closer than the
    firm may know what is done with its case.
    """

    part: str
    model: type[Model]
    firm: str
    name: str = ""
    key: str = "pk"


FIRM = Shown("企业信息", Enterprise, "pk")
WHOLE = Shown("一企一档", Enterprise, "pk")
FACTORY = Shown("工厂信息", Factory, "enterprise", "name")
ASSESSED = Shown("工厂自评", Assessment, "factory__enterprise", "factory__name")
EVIDENCE = Shown("佐证材料", Evidence, "assessment__factory__enterprise", "name")
CASE = Shown("申报材料", Application, "factory__enterprise", "factory__name")
TITLE = Shown("称号", Certification, "factory__enterprise", "factory__name")
HONOUR = Shown("既有称号", Honour, "enterprise", "factory__name")
ANNUAL = Shown("年度报告", AnnualReport, "factory__enterprise", "factory__name")
LIBRARY = Shown("培育库", Candidate, "factory__enterprise", "factory__name")
CHANGE = Shown("企业变更", FirmChange, "enterprise")
CONTRIBUTION = Shown("对外贡献", Contribution, "factory__enterprise", "title")
ENDING = Shown(
    "称号", Revocation, "certification__factory__enterprise", "certification__factory__name"
)
CHECKED = Shown(
    "工厂信息", SupervisionCheck, "certification__factory__enterprise",
    "certification__factory__name",
)  # fmt: skip
LISTED = Shown(
    "称号", FilingEntry, "certification__factory__enterprise", "certification__factory__name",
    "entry",
)  # fmt: skip
SENT = Shown("申报材料", Consultation, "application__factory__enterprise")


PERSON = Shown("人员账号", Claim, "enterprise")
RECOVERY = Shown(PERSON.part, Recovery, "enterprise", "account__username")


def _of_case(model: type[Model], path: str = "application") -> Shown:
    """Something that belongs to a case."""
    return Shown(CASE.part, model, f"{path}__factory__enterprise", f"{path}__factory__name")


def _each(shown: Shown, app: str, *names: str) -> dict[str, Shown]:
    return {f"{app}:{name}": shown for name in names}


SHOWN: dict[str, Shown] = {
    **_each(
        FIRM, "registry", "enterprise_detail", "enterprise_edit", "enterprise_rename",
        "honour_new", "factory_new",
    ),
    **_each(FIRM, "assessments", "veto_list", "veto_new"),
    **_each(FIRM, "api", "enterprise-detail"),
    **_each(WHOLE, "reports", "firm_file", "firm_document"),
    **_each(FACTORY, "registry", "factory_detail", "factory_edit", "factory_rename"),
    **_each(FACTORY, "tiers", "factory_move", "contributions"),
    **_each(FACTORY, "api", "factory-detail"),
    **_each(
        ASSESSED, "assessments", "assessment", "result", "assessment_print", "section",
    ),
    "assessments:instance": Shown(
        "工厂自评", ScenarioInstance, "assessment__factory__enterprise", "assessment__factory__name"
    ),
    "assessments:measure": Shown("提升计划", Measure, "factory__enterprise", "factory__name"),
    **_each(ASSESSED, "api", "assessment-detail"),
    **_each(EVIDENCE, "assessments", "evidence", "evidence_preview", "evidence_versions"),
    "tiers:review_file": Shown(EVIDENCE.part, Evidence, EVIDENCE.firm, EVIDENCE.name, "evidence"),
    **_each(
        CASE, "tiers", "application", "application_assessment", "application_urge",
        "application_renewal", "verification", "verification_print", "formal_check",
        "consultation", "inspection", "inspection_plan", "inspection_sign", "review_conclude",
    ),
    **_each(CASE, "reports", "application_document", "opinion_document"),
    **_each(CASE, "api", "application-detail", "application-verification"),
    **_each(
        SENT, "tiers", "consultation_reply", "consultation_attach", "consultation_lift",
        "consultation_waive",
    ),
    "tiers:opinion_file": _of_case(DepartmentOpinion, "consultation__application"),
    "tiers:sent_file": _of_case(SentFile, "consultation__application"),
    "tiers:inspection_photo": _of_case(InspectionPhoto, "inspection__application"),
    "tiers:avoidance_decide": _of_case(AvoidanceRequest),
    "tiers:place_release": _of_case(Recommendation),
    "tiers:review": _of_case(Assignment),
    "tiers:review_declare": _of_case(Assignment),
    "tiers:cultivation_review": _of_case(Cultivation),
    **_each(
        CONTRIBUTION, "tiers", "contribution_answer", "contribution_file"
    ),
    **_each(LIBRARY, "tiers", "library_item", "library_step", "library_edit", "library_drop"),
    **_each(CHANGE, "tiers", "change", "change_confirm", "change_refuse"),
    "tiers:change_proof": Shown("企业变更", ChangeProof, "change__enterprise", "name"),
    "tiers:move_check": Shown("企业变更", MoveCheck, "factory__enterprise", "factory__name"),
    **_each(
        HONOUR, "tiers", "honour", "honour_verify", "honour_check", "honour_grant",
        "honour_withdraw",
    ),
    "tiers:rereview_holder": Shown(HONOUR.part, Honour, HONOUR.firm, HONOUR.name, "entry"),
    **_each(CHECKED, "tiers", "supervision_check", "supervision_record", "supervision_recheck"),
    "tiers:supervision_file": Shown(
        CHECKED.part, SupervisionFile, f"check_row__{CHECKED.firm}", f"check_row__{CHECKED.name}"
    ),
    **_each(
        TITLE, "tiers", "title", "title_revoke", "title_suspend", "title_restore",
        "title_certificate",
    ),
    **_each(TITLE, "api", "certification-detail"),
    **_each(LISTED, "tiers", "filing_correct", "filing_strike"),
    "reports:certificate_paper": Shown("称号", Certificate, ENDING.firm, ENDING.name),
    "tiers:surrender_confirm": Shown("称号", Surrender, ENDING.firm, ENDING.name),
    **_each(
        ENDING, "tiers", "revocation", "revocation_notice", "revocation_arrange",
        "revocation_hear", "revocation_decide", "revocation_answer",
    ),
    "reports:decision_document": ENDING,
    "tiers:revocation_file": Shown(
        "称号", RevocationFile, f"revocation__{ENDING.firm}", f"revocation__{ENDING.name}"
    ),
    **_each(ANNUAL, "reports", "annual_report", "annual_decide"),
    **_each(ANNUAL, "api", "annual-report-detail"),
    "reports:annual_file": Shown(
        "年度报告", AnnualFile, "report__factory__enterprise", "report__factory__name"
    ),
    **_each(RECOVERY, "tiers", "recovery_page", "recovery_letter"),
    **_each(Shown(FIRM.part, Affiliation, "enterprise"), "tiers", "affiliation_answer"),
    "tiers:take_over": PERSON,
    "registry:claim_refuse": PERSON,
    # Of the administration what is of a firm: its people, and the trail of what was done.
    **dict.fromkeys(
        ("admin:registry_user_change", "admin:registry_user_history"),
        Shown("人员账号", User, "enterprise", "username", "object_id"),
    ),
    "admin:auth_user_password_change": Shown("人员账号", User, "enterprise", "username", "id"),
    **dict.fromkeys(
        ("admin:registry_auditevent_change", "admin:registry_auditevent_history"),
        Shown("操作留痕", AuditEvent, "enterprise_id", "", "object_id"),
    ),
}  # fmt: skip


class ReadLog:
    """Notes what was opened, once it has been: a page that was refused shows nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        match = request.resolver_match
        shown = SHOWN.get(match.view_name) if match else None
        if match and shown and response.status_code in OPENED:
            self._note(request, shown, match.view_name, match.kwargs)
        return response

    @staticmethod
    def _note(request: Any, shown: Shown, page: str, given: dict[str, Any]) -> None:
        if not readings.is_outsider(request.user) or shown.key not in given:
            return
        target = str(given[shown.key])
        rows = shown.model._default_manager.filter(pk=target)
        row = rows.values_list(shown.firm, shown.name or "pk").first()
        if row is not None and row[0] is not None:
            opened = Opened(shown.part, str(row[1] or "") if shown.name else "", page, target)
            readings.note(row[0], opened, by=request.user, at=request.received_at)
