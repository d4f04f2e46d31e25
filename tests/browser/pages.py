"""Which pages there are, for whom, and with what rows: the list that the page tests go through.

Every address that answers GET with a page has its visits here, with the roles that may open them;
everything else stands in ``NO_PAGE`` with the reason. The tests hold both against the URLconf.
"""

from collections.abc import Callable
from dataclasses import dataclass

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.utils import timezone

from assessments import scoring, standard
from registry import enterprises, sealing
from registry.access import Role
from registry.models import Honour
from tests import authenticator, build, sheets
from tests.rules.everybody import scene as scenes
from tiers import sealed

FIRM, CITY, PROVINCE = ("firm",), ("city",), ("province",)
DEPARTMENT = ("department",)
EXPERT = ("expert",)
GROUP = ("group",)
OFFICERS = ("county", "city", "province")
FILERS = ("city", "province")
KEEPING = ("county", "city")
ABOVE = ("city", "province", "new office")
INSIDE = ("firm", *OFFICERS)
WAITING = ("newcomer", "refused")
SIGNED_IN = (
    "firm", *WAITING, "new firm", *OFFICERS, "new office", "administrator", "department", "expert",
    "group",
)  # fmt: skip
ROLES = ("stranger", *SIGNED_IN)
#: These have an authenticator set up already; of a firm one may take it away again.
WITH_FACTOR = ("firm", "city", "expert")
WITHOUT_FACTOR = tuple(role for role in SIGNED_IN if role not in WITH_FACTOR)
#: Officers of a province whose rules know honours and rechecks; they open those pages alone.
ELSEWHERE = ("other province", "other city")
#: An officer of a province that looks at the holders of an honour together; one whose office has
#: taken a workbook over.
TOGETHER = ("third province",)
IMPORTING = ("importing office",)
#: What is public looks the same to everybody but for the menu of his kind.
ANYBODY = ("stranger", "firm", "city", "administrator")
#: "new firm" and "new office" have nothing yet: their lists show what stands there instead.
FIRMS = ("firm", "new firm")
OFFICES = (*OFFICERS, "new office")
EVERY_OFFICE = (*OFFICES, *ELSEWHERE, *TOGETHER)


@dataclass(frozen=True)
class Visit:
    """One page as one sees it with these arguments; the roles outside the list are refused."""

    roles: tuple[str, ...]
    given: Callable[[scenes.Scene], dict] = lambda scene: {}
    query: Callable[[scenes.Scene], str] = lambda scene: ""


def of(kind, **more):
    """The row of firm A under that name, its key as the address's ``pk``."""
    return lambda scene: {"pk": getattr(scene.firms["A"], kind).pk, **more}


def kind_of(kind):
    """The form of a change of that kind."""
    return lambda scene: {"kind": kind}


def pushed(scene):
    return {"pk": scene.push.subscription_id}


def colleague(scene):
    return {"pk": scene.firms["A"].staff.pk}


def listed(letter):
    return lambda scene: {"pk": scene.lists[letter].pk}


def entry(scene):
    row = scene.entry("A")
    return {"pk": row.filing_list_id, "entry": row.pk}


def round_of(letter):
    return lambda scene: {"pk": scene.rounds[letter].pk}


def on_notice(scene):
    return {"pk": scene.notice.pk}


def sent(letter):
    """What was sent to the department about that firm's case."""
    return lambda scene: {"pk": scene.sent[letter].pk}


def asked(letter):
    return lambda scene: {"pk": scene.sent[letter].application_id}


def inspected(scene):
    return {"pk": scene.firms["A"].visit.application_id}


def an_expert(scene):
    return {"pk": scene.cast["expert"].expert.pk}


def summed(who, **more):
    """The summary of that person's office."""
    return lambda scene: {"pk": scene.summaries[who].pk, **more}


def on_tab(tab):
    return lambda scene: f"?tab={tab}"


def honour_elsewhere(which):
    """Of the factories named by that word in ``elsewhere``."""
    return lambda scene: {"pk": Honour.objects.get(factory__name=which).pk}


SECTIONS = [section.id for section in scoring.sections(standard.get("elements-2025"))]

VISITS = {
    # --- everybody
    "tiers:home": [Visit(ANYBODY)],
    "tiers:register_search": [Visit(ANYBODY), Visit(ANYBODY, query=lambda s: "?q=没有这样的工厂")],
    "tiers:public_factory": [Visit(ANYBODY, lambda s: {"pk": s.firms["D"].titled.pk})],
    "tiers:open_data": [Visit(ANYBODY)],
    "tiers:register_check": [Visit(ANYBODY)],
    "tiers:public_title": [
        Visit(ANYBODY, lambda s: {"number": s.firms["D"].titled.certifications.latest("pk").number})
    ],
    "tiers:verify": [
        Visit(ANYBODY),
        Visit(ANYBODY, query=lambda s: f"?q={s.firms['D'].title.number}"),
        Visit(ANYBODY, query=lambda s: "?q=HB0"),
    ],
    "tiers:certificate_check": [
        Visit(ANYBODY, lambda s: {"code": s.firms["D"].certificate.code}),
        Visit(ANYBODY, lambda s: {"code": "ABC"}),
    ],
    "tiers:handling_times": [
        Visit(ANYBODY),
        Visit(ANYBODY, query=lambda s: "?province=340000&level=county"),
    ],
    "reports:public_statistics": [Visit(ANYBODY)],
    "tiers:notice_list": [Visit(ANYBODY)],
    "registry:record": [Visit(ANYBODY)],
    "tiers:notice": [Visit(ANYBODY, on_notice)],
    "tiers:announcement": [Visit(ANYBODY, lambda s: {"pk": s.announcement.pk})],
    "tiers:notice_object": [Visit(ANYBODY, on_notice)],
    "tiers:objection_receipt": [Visit(ANYBODY)],
    "tiers:recover": [Visit(ANYBODY)],
    "tiers:recovery_receipt": [Visit(ANYBODY)],
    "tiers:recovery_list": [Visit(OFFICES), Visit(OFFICES, query=on_tab("done"))],
    "tiers:recovery_page": [Visit(OFFICERS, of("recovery"))],
    "assessments:rules": [Visit(ANYBODY)],
    "account_login": [Visit(("stranger",))],
    "registry:sign_up": [Visit(("stranger",))],
    "api:docs": [Visit(("stranger",))],
    # --- everybody signed in
    "account_logout": [Visit(SIGNED_IN)],
    "account_change_password": [Visit(SIGNED_IN)],
    "account_sessions": [Visit(SIGNED_IN)],
    "account_reauthenticate": [Visit(SIGNED_IN)],
    "mfa_index": [Visit(SIGNED_IN)],
    "mfa_activate_totp": [Visit(WITHOUT_FACTOR)],
    "mfa_deactivate_totp": [Visit(FIRM)],
    "mfa_add_webauthn": [Visit(SIGNED_IN)],
    "mfa_view_recovery_codes": [Visit(WITH_FACTOR)],
    "mfa_generate_recovery_codes": [Visit(WITH_FACTOR)],
    "mfa_reauthenticate": [Visit(WITH_FACTOR)],
    "reports:home": [Visit((*FIRMS, *OFFICES, "administrator"))],
    "registry:inbox": [Visit(SIGNED_IN), Visit(SIGNED_IN, query=on_tab("unread"))],
    "registry:message_settings": [Visit(SIGNED_IN)],
    "registry:contacts": [Visit(SIGNED_IN)],
    "registry:token_list": [Visit(SIGNED_IN)],
    "tiers:push_list": [Visit(SIGNED_IN)],
    "tiers:push_new": [Visit((*FIRMS, *OFFICES, "department", "expert", "group"))],
    "tiers:push_detail": [Visit(("city",), pushed)],
    "registry:token_new": [Visit((*FIRMS, *OFFICES, "department", "expert", "group"))],
    # --- people and firms
    "registry:delegation_list": [Visit(OFFICES)],
    "registry:delegation_new": [Visit(OFFICES)],
    "registry:waiting": [Visit(WAITING)],
    "registry:claim_again": [Visit(("refused",))],
    "registry:people": [Visit((*FIRMS, *OFFICES))],
    "registry:invite": [Visit(FIRMS)],
    "registry:invitation_code": [Visit(FIRM, of("invitation"))],
    "registry:seat": [Visit(FIRM, colleague)],
    "registry:join": [Visit(("stranger", *WAITING))],
    "tiers:hand_over": [Visit(FIRM, colleague)],
    "tiers:depart": [Visit(FIRM, colleague)],
    "tiers:take_over": [Visit(OFFICERS, of("claim"))],
    "registry:claim_refuse": [Visit(OFFICERS, of("claim"))],
    "registry:enterprise": [Visit(FIRMS)],
    "registry:reading_list": [Visit(FIRMS)],
    "registry:enterprise_list": [Visit(OFFICES)],
    "reports:list_export": [Visit(OFFICES, lambda s: {"listing": "enterprises"})],
    "reports:export_list": [Visit(SIGNED_IN), Visit(OFFICES, query=on_tab("office"))],
    "reports:export": [Visit(("city",), lambda s: {"pk": s.exports["city"].pk})],
    "registry:enterprise_new": [Visit(OFFICES)],
    "registry:enterprise_detail": [Visit(OFFICERS, of("enterprise"))],
    "registry:enterprise_edit": [Visit(INSIDE, of("enterprise"))],
    "registry:enterprise_rename": [Visit(OFFICERS, of("enterprise"))],
    "registry:honour_new": [Visit(FIRMS), Visit(INSIDE, of("enterprise"))],
    "registry:factory_list": [Visit(FIRMS)],
    "registry:factory_new": [Visit(FIRMS), Visit(INSIDE, of("enterprise"))],
    "registry:factory_detail": [Visit(INSIDE, of("titled"))],
    "registry:factory_edit": [Visit(INSIDE, of("titled"))],
    "registry:factory_rename": [Visit(OFFICERS, of("titled"))],
    "tiers:factory_move": [Visit(OFFICERS, of("titled"))],
    "tiers:change_list": [Visit((*FIRMS, *OFFICES)), Visit(OFFICES, query=on_tab("all"))],
    "tiers:change_new": [
        Visit(FIRMS, kind_of("move")),
        Visit(FIRMS, kind_of("absorption")),
        Visit(FIRMS, kind_of("split_off")),
        Visit(FIRMS, kind_of("halt")),
    ],
    "tiers:change": [Visit(INSIDE, of("change"))],
    "tiers:move_check": [Visit(INSIDE, of("check"))],
    "assessments:veto_list": [Visit(FIRMS), Visit(INSIDE, of("enterprise"))],
    "assessments:veto_new": [Visit(FIRMS), Visit(INSIDE, of("enterprise"))],
    # --- self-assessment
    "assessments:assessment_list": [Visit((*FIRMS, *OFFICES, "administrator"))],
    "assessments:assessment": [Visit(FIRM, of("unlocked")), Visit(INSIDE, of("locked"))],
    "assessments:section": [Visit(FIRM, of("unlocked", section=one)) for one in SECTIONS],
    "assessments:check_and_lock": [Visit(FIRM, of("unlocked"))],
    "assessments:result": [Visit(INSIDE, of("locked"))],
    "assessments:assessment_print": [Visit(INSIDE, of("locked"))],
    "assessments:instance": [Visit(FIRM, of("instance"))],
    "assessments:instance_new": [Visit(FIRM, of("unlocked"))],
    "assessments:evidence_versions": [
        Visit(INSIDE, of("locked_evidence")),
        Visit(FIRM, of("evidence")),
    ],
    "assessments:plan_list": [Visit((*FIRMS, *OFFICES, "administrator"))],
    "assessments:measure": [Visit(FIRM, of("measure"))],
    "assessments:measure_new": [Visit(FIRMS)],
    # --- cases
    "tiers:application_list": [Visit(FIRMS)],
    "tiers:application_new": [
        Visit(FIRMS),
        Visit(FIRM, query=lambda s: f"?factory={s.firms['A'].titled.pk}&round={s.rounds['A'].pk}"),
    ],
    "tiers:application": [
        Visit(FIRM, of("draft")),
        Visit(INSIDE, of("submitted")),
        Visit(INSIDE, of("returned")),
        Visit(INSIDE, lambda s: {"pk": s.firms["A"].title.application_id}),
    ],
    "tiers:application_assessment": [Visit(FIRM, of("returned"))],
    "tiers:application_check": [Visit(FIRM, of("draft")), Visit(FIRM, of("returned"))],
    "tiers:application_receipt": [Visit(FIRM, of("submitted"))],
    "tiers:application_withdraw": [Visit(FIRM, of("submitted"))],
    "tiers:verification": [Visit(OFFICERS, of("submitted")), Visit(INSIDE, of("returned"))],
    "tiers:verification_print": [Visit(INSIDE, of("returned"))],
    "tiers:application_urge": [Visit(("firm", "province"), of("submitted"))],
    "tiers:desk": [
        *(Visit(OFFICES, query=tab) for tab in map(on_tab, ("todo", "done", "all"))),
        Visit(PROVINCE, query=on_tab("below")),
    ],
    "reports:returned": [Visit(OFFICES)],
    "reports:title_statistics": [Visit(OFFICES), Visit(OFFICES, query=lambda s: "?by=standing")],
    "reports:title_rows": [Visit(OFFICES), Visit(OFFICES, query=lambda s: "?tier=leading")],
    "reports:plan_targets": [Visit(("province",))],
    "reports:coverage": [Visit(OFFICES)],
    "reports:kpi_spreads": [Visit(OFFICES)],
    "reports:cockpit": [Visit((*FILERS, "new office"))],
    "reports:case_funnel": [Visit(OFFICES)],
    "reports:decision_times": [Visit(OFFICES)],
    "reports:case_rows": [Visit(OFFICES), Visit(OFFICES, query=lambda s: "?tier=leading")],
    "reports:assessment_rows": [Visit(OFFICES)],
    "reports:summary_board": [Visit(OFFICES)],
    "reports:summary": [Visit(FILERS, summed("city")), Visit(PROVINCE, summed("province"))],
    "reports:summary_print": [Visit(FILERS, summed("city"))],
    "reports:summary_edit": [Visit(PROVINCE, summed("province"))],
    "reports:summary_units": [Visit(PROVINCE, summed("province"))],
    "reports:summary_rows": [
        Visit(FILERS, summed("city", key="held_basic")),
        Visit(PROVINCE, summed("province", key="held_leading")),
    ],
    "reports:summary_send_back": [Visit(PROVINCE, summed("city"))],
    "reports:intake_list": [Visit(OFFICES)],
    "reports:intake_new": [Visit(("city", "new office"), lambda s: {"name": "filing"})],
    "reports:intake": [
        Visit(CITY, lambda s: {"pk": s.batches["city"].pk}),
        Visit(CITY, lambda s: {"pk": s.batches["city"].pk}, lambda s: "?outcome=same"),
    ],
    "reports:intake_columns": [Visit(CITY, lambda s: {"pk": s.batches["city"].pk})],
    "reports:intake_undo": [Visit(IMPORTING, lambda s: {"pk": s.imported.pk})],
    "reports:what_if": [
        Visit(OFFICES),
        Visit(OFFICES, query=lambda s: "?edition=elements-2024"),
    ],
    "reports:what_if_rows": [
        Visit(OFFICES, query=lambda s: "?edition=elements-2024"),
        Visit(OFFICES, query=lambda s: "?edition=elements-2024&outcome=rise&unit=none"),
    ],
    "tiers:reason_list": [Visit(OFFICES)],
    "tiers:reason_edit": [
        Visit(OFFICERS, query=lambda s: "?name=材料重复"),
        Visit(OFFICES, query=lambda s: "?name=佐证材料不清晰"),
    ],
    "tiers:round_list": [Visit(OFFICES)],
    "tiers:round_new": [Visit((*FILERS, "new office"))],
    "tiers:round": [
        Visit(("firm", *OFFICES), round_of("P")),
        Visit(INSIDE, round_of("A")),
    ],
    "tiers:round_extend": [Visit(PROVINCE, round_of("P"))],
    "tiers:formal_check": [Visit(PROVINCE, asked("A"))],
    "tiers:round_check": [Visit(PROVINCE, round_of("P"))],
    "tiers:consultation": [Visit(PROVINCE, asked("A"))],
    "tiers:round_consult": [Visit(PROVINCE, round_of("P"))],
    "tiers:consultation_list": [Visit(DEPARTMENT), Visit(DEPARTMENT, query=on_tab("all"))],
    "tiers:consultation_reply": [Visit(DEPARTMENT, sent("A")), Visit(DEPARTMENT, sent("T"))],
    "tiers:consultation_waive": [Visit(PROVINCE, sent("T"))],
    "tiers:consultation_attach": [Visit(PROVINCE, sent("A"))],
    "tiers:consultation_lift": [Visit(PROVINCE, sent("A"))],
    "tiers:round_quotas": [Visit(PROVINCE, round_of("P"))],
    "tiers:round_notice": [Visit(PROVINCE, round_of("P"))],
    "tiers:objection_enter": [Visit(PROVINCE, on_notice)],
    "tiers:objection": [Visit(PROVINCE, lambda s: {"pk": s.objection.pk})],
    "tiers:round_inspect": [Visit(PROVINCE, round_of("P"))],
    "tiers:round_meeting": [Visit(PROVINCE, round_of("P"))],
    "tiers:round_meeting_print": [Visit(PROVINCE, round_of("P"))],
    "tiers:round_select": [Visit(PROVINCE, round_of("U"))],
    "tiers:round_result": [Visit(PROVINCE, round_of("U"))],
    "tiers:contributions": [Visit(INSIDE, of("titled"))],
    "tiers:round_acceptance": [Visit(PROVINCE, round_of("L"))],
    "tiers:cultivation_review": [Visit(PROVINCE, lambda s: {"pk": s.candidates["A"].pk})],
    "tiers:round_national_places": [Visit(PROVINCE, round_of("U"))],
    "tiers:affiliation": [Visit(FIRMS)],
    "tiers:group_home": [Visit(GROUP)],
    "tiers:group_list_new": [Visit(GROUP)],
    "tiers:group_list": [Visit(GROUP, lambda s: {"pk": s.group_lists["A"].pk})],
    "tiers:group_list_edit": [Visit(GROUP, lambda s: {"pk": s.group_lists["A"].pk})],
    "tiers:library": [Visit(OFFICES)],
    "reports:firm_file": [Visit(INSIDE, of("enterprise"))],
    "reports:detail_export": [
        Visit(INSIDE, lambda s: {"kind": "enterprise", **of("enterprise")(s)})
    ],
    "tiers:library_funnel": [Visit(OFFICES)],
    "tiers:library_suggestions": [Visit((*KEEPING, "new office"))],
    "tiers:library_new": [Visit(KEEPING, query=lambda s: f"?factory={s.firms['A'].busy.pk}")],
    "registry:outcomes": [Visit(OFFICES)],
    "tiers:honours_verify": [Visit(OFFICES)],
    "tiers:desk_complete": [
        Visit(OFFICES),
        Visit(CITY, query=lambda s: f"?row={s.firms['A'].submitted.pk}"),
    ],
    "tiers:desk_urge": [
        Visit(ABOVE),
        Visit(PROVINCE, query=lambda s: f"?row={s.firms['A'].submitted.pk}"),
    ],
    "tiers:library_steps": [
        Visit((*KEEPING, "new office")),
        Visit(("county",), query=lambda s: f"?row={s.firms['A'].kept.pk}"),
    ],
    "tiers:library_drops": [
        Visit((*KEEPING, "new office")),
        Visit(("county",), query=lambda s: f"?row={s.firms['A'].kept.pk}"),
    ],
    "tiers:library_hand_over": [Visit((*KEEPING, "new office"))],
    "tiers:library_item": [Visit(OFFICERS, of("kept"))],
    "tiers:library_edit": [Visit(("county",), of("kept"))],
    "tiers:library_drop": [Visit(("county",), of("kept"))],
    "tiers:delisting_list": [Visit((*PROVINCE, "other province"))],
    "tiers:delisted_factories": [Visit(EVERY_OFFICE)],
    "tiers:notice_records": [Visit(EVERY_OFFICE)],
    "tiers:determination_records": [Visit(EVERY_OFFICE)],
    "tiers:objection_list": [Visit(EVERY_OFFICE), Visit(PROVINCE, query=on_tab("all"))],
    "tiers:rereview_findings": [Visit(EVERY_OFFICE)],
    "tiers:former_titles": [Visit(EVERY_OFFICE)],
    "tiers:group_lists": [Visit(GROUP)],
    "tiers:group_factories": [Visit(GROUP)],
    "reports:summary_list": [Visit(EVERY_OFFICE)],
    "tiers:delisting_new": [Visit((*PROVINCE, "other province"))],
    "tiers:delisting": [
        Visit(INSIDE, lambda s: {"pk": s.delisted.pk}),
        Visit(PROVINCE, lambda s: {"pk": s.delisting.pk}),
    ],
    "tiers:delisting_edit": [Visit(PROVINCE, lambda s: {"pk": s.delisting.pk})],
    "tiers:upward_list": [Visit(PROVINCE, lambda s: {"pk": s.nominated.pk})],
    "tiers:inspection": [Visit(("firm", *OFFICERS), inspected)],
    "tiers:round_determine": [Visit(PROVINCE, round_of("P"))],
    "tiers:place_release": [Visit(CITY, lambda s: {"pk": s.place.pk})],
    # --- expert review
    "tiers:expert_list": [Visit(PROVINCE)],
    "tiers:expert_new": [Visit(PROVINCE)],
    "tiers:expert_edit": [Visit(PROVINCE, an_expert)],
    "tiers:expert_retire": [Visit(PROVINCE, an_expert)],
    "tiers:expert_account": [Visit(PROVINCE, an_expert)],
    "tiers:round_experts": [Visit(PROVINCE, round_of("P"))],
    "tiers:round_review": [Visit(PROVINCE, round_of("P"))],
    "tiers:review_conclude": [Visit(PROVINCE, lambda s: {"pk": s.reviewed.pk})],
    "tiers:panel_redraw": [Visit(PROVINCE, lambda s: {"pk": s.panel.pk})],
    "tiers:avoidance_decide": [Visit(PROVINCE, lambda s: {"pk": s.avoidances["T"].pk})],
    "tiers:avoidance_new": [Visit(FIRM, lambda s: {"pk": s.place.application_id})],
    "tiers:draw": [Visit(ANYBODY, lambda s: {"pk": s.panel.pk})],
    "tiers:review_list": [Visit(EXPERT)],
    "tiers:review_declare": [Visit(EXPERT, lambda s: {"pk": s.task.pk})],
    "tiers:review": [Visit(EXPERT, lambda s: {"pk": s.task.pk})],
    "tiers:round_close": [Visit(CITY, round_of("A")), Visit(PROVINCE, round_of("P"))],
    # --- filing and titles
    "tiers:filing_list_list": [Visit(OFFICES)],
    "tiers:filing_list": [
        Visit(FILERS, listed("A")),
        Visit(FILERS, listed("B")),
        Visit(PROVINCE, listed("D")),
    ],
    "tiers:filing_earlier": [Visit(CITY, listed("A"))],
    "tiers:filing_file": [Visit(CITY, listed("A"))],
    "tiers:filing_correct": [Visit(CITY, entry)],
    "tiers:filing_strike": [Visit(CITY, entry)],
    "tiers:filing_print_letter": [Visit(FILERS, listed("B"))],
    "tiers:filing_print_list": [Visit(FILERS, listed("B"))],
    "tiers:title_list": [Visit((*FIRMS, *OFFICES))],
    "tiers:title": [Visit(INSIDE, of("title"))],
    "tiers:certificate_list": [Visit(OFFICES)],
    "tiers:certificates_progress": [Visit(OFFICES)],
    "tiers:title_revoke": [Visit(CITY, of("title"))],
    "tiers:title_suspend": [Visit(CITY, of("title"))],
    "tiers:title_renewal": [Visit(FIRM, of("aging")), Visit(FIRM, of("title"))],
    "tiers:application_renewal": [Visit(FIRM, of("renewal"))],
    "tiers:title_restore": [Visit(CITY, of("title"))],
    "tiers:title_surrender": [Visit(FIRM, of("title"))],
    "tiers:revocation": [Visit(("firm", "city", "province"), of("revocation"))],
    "tiers:revocation_notice": [Visit(("firm", "city", "province"), of("revocation"))],
    "tiers:revocation_waive": [Visit(FIRM, of("revocation"))],
    # --- titles from honours
    "tiers:derivation_list": [
        Visit((*OFFICES, *ELSEWHERE), query=tab) for tab in map(on_tab, ("ready", "waiting"))
    ],
    "tiers:honour": [
        Visit(OFFICERS, of("honour")),
        Visit(ELSEWHERE, honour_elsewhere("ready")),
        Visit(ELSEWHERE, honour_elsewhere("waiting")),
    ],
    "tiers:honour_withdraw": [
        Visit(PROVINCE, of("honour")),
        Visit(("other province",), honour_elsewhere("ready")),
    ],
    "reports:annual_list": [
        Visit((*FIRMS, *OFFICES, *ELSEWHERE, *TOGETHER)),
        Visit((*FIRMS, *OFFICES), query=lambda s: "?state=overdue"),
    ],
    "reports:annual_missed": [Visit((*OFFICES, *ELSEWHERE, *TOGETHER))],
    "reports:annual_open": [Visit(PROVINCE)],
    "reports:annual_report": [
        Visit(INSIDE, of("report")),
        Visit(INSIDE, lambda s: {"pk": s.writing.pk}),
    ],
    "tiers:supervision_list": [
        *(Visit((*OFFICES, *TOGETHER), query=on_tab(tab)) for tab in ("mine", "overdue", "all"))
    ],
    "tiers:supervision_new": [Visit((*FILERS, "new office"))],
    "tiers:supervision": [Visit(FILERS, lambda s: {"pk": s.firms["A"].inspected.supervision_id})],
    "tiers:supervision_check": [Visit(INSIDE, of("inspected"))],
    "tiers:supervision_draw": [
        Visit(ANYBODY, lambda s: {"pk": s.firms["A"].inspected.supervision_id})
    ],
    "tiers:rereview_list": [Visit((*FIRMS, *OFFICES, *ELSEWHERE, *TOGETHER))],
    "tiers:rereview_new": [Visit(TOGETHER)],
    "tiers:rereview": [
        Visit(INSIDE, lambda s: {"pk": s.rereviews["A"].pk}),
        Visit(TOGETHER, lambda s: {"pk": s.rereviews["open"].pk}),
    ],
    "tiers:rereview_holder": [
        Visit(
            TOGETHER,
            lambda s: {
                "pk": s.rereviews["open"].pk,
                "entry": Honour.objects.get(factory__name="together").pk,
            },
        )
    ],
    "tiers:rereview_extend": [Visit(TOGETHER, lambda s: {"pk": s.rereviews["open"].pk})],
    "tiers:rereview_result": [Visit(ANYBODY, lambda s: {"pk": s.rereviews["A"].pk})],
    "tiers:yearly_list": [
        Visit(("other province",)),
        Visit(("other province",), query=lambda s: "?format=paper"),
    ],
    "tiers:filing_recheck": [Visit(FILERS, listed("B")), Visit(ELSEWHERE, listed("elsewhere"))],
}

POSTED = "an act: answers POST alone"
NO_PAGE = {
    "account_go_on": "with a form kept back; test_reproof goes there",
    **dict.fromkeys(("account_unified", "account_unified_link", "account_unified_unlink"), POSTED),
    "account_unified_back": "where another portal sends back to; test_unified goes there",
    "account_onward": "leads on to the page that was asked for before",
    "mfa_authenticate": "between password and second factor; test_factors goes there",
    "mfa_login_webauthn": "an answer to a script: what a passkey has to sign",
    "mfa_reauthenticate_webauthn": "with a passkey in the browser; test_factors goes there",
    "mfa_remove_webauthn": "with a passkey in the browser; test_factors goes there",
    "mfa_download_recovery_codes": "a file",
    "reports:recovery_document": "a file",
    "tiers:recovery_letter": "a file",
    "tiers:recovery_password": "leads to the receipt until one has been looked up",
    **dict.fromkeys(
        ("tiers:recovery_approve", "tiers:recovery_refuse", "tiers:recovery_stop"), "post only"
    ),
    "healthz": "a word for the supervisor",
    "readyz": "a word for the supervisor",
    "registry:session": "an answer to a script: who is signed in",
    "registry:signing_keys": "the public keys, as JSON",
    **dict.fromkeys(
        ("registry:record_heads", "registry:record_consistency", "registry:record_checker",
         "tiers:public_record"), "a file",
    ),
    "registry:choices": "options that a form's page swaps in",
    "assessments:evidence": "a file",
    "tiers:inspection_photo": "a file",
    "tiers:change_proof": "a file",
    "assessments:evidence_preview": "a file",
    "tiers:certificate_states": "a file",
    "tiers:certificate_checker": "a file",
    "reports:certificate_paper": "a file",
    "reports:certificates_paper": "a file",
    "tiers:notice_data": "a file",
    "tiers:open_data_file": "a file",
    "tiers:change_feed": "a feed for programs",
    "reports:grid_csv": "a file",
    "reports:yearly_csv": "a file",
    "tiers:delisting_file": "a file",
    **dict.fromkeys(
        (
            "reports:notice_document", "reports:announcement_document", "reports:filing_document",
            "reports:submission_document", "reports:recommendation_document",
            "reports:application_document",
            "reports:opinion_document", "reports:decision_document",
            "reports:summary_document", "reports:firm_document",
        ),
        "a file",
    ),
    "reports:what_if_workbook": "a file",
    "tiers:contribution_file": "a file",
    "tiers:upward_list_json": "a file",
    "tiers:announcement_data": "a file",
    "tiers:objection_proof": "a file, for a reason posted",
    "tiers:opinion_file": "a file",
    "tiers:sent_file": "a file",
    "tiers:revocation_file": "a file",
    "tiers:review_file": "a file",
    "tiers:supervision_file": "a file",
    "reports:export_file": "a file",
    "reports:annual_file": "a file",
    "tiers:supervision_data": "a file",
    "tiers:draw_record": "a file",
    "tiers:draw_script": "a file",
    **dict.fromkeys(
        ("reports:intake_template", "reports:intake_file", "reports:intake_marked",), "a file"
    ),
    "reports:intake_progress": "part of a page, which it swaps in while a run goes on",
    "reports:summary_file": "a file",
    "tiers:application_act": "its pages answer what was posted; see the journeys",
    **dict.fromkeys(
        (
            "reports:layout_save", "reports:layout_drop",
            "assessments:assessment_copy", "assessments:assessment_start",
            "assessments:autosave", "assessments:evidence_add", "assessments:evidence_remove",
            "assessments:evidence_replace", "assessments:instance_remove",
            "registry:claim_confirm", "registry:message_open", "registry:messages_read_all",
            "tiers:application_answers", "tiers:application_rework",
            "tiers:reason_restore", "tiers:reason_retire",
            "registry:delegation_enter", "registry:delegation_leave",
            "registry:view_save", "registry:view_rename", "registry:view_delete",
            "registry:list_columns", "registry:list_opening",
            "registry:delegation_revoke", "registry:token_revoke",
            "tiers:push_pause", "tiers:push_resume", "tiers:push_delete", "tiers:push_test",
            "tiers:push_again",
            "registry:claim_confirm", "registry:invitation_renew", "registry:invitation_revoke",
            "registry:message_open", "registry:messages_read_all",
            "tiers:filing_answer", "tiers:filing_collect", "tiers:filing_keep",
            "tiers:round_freeze", "tiers:panel_cast", "tiers:expert_password",
            "tiers:round_order",
            "tiers:certificates_issue", "tiers:title_certificate",
            "tiers:notice_publish", "tiers:notice_withdraw", "tiers:notice_close",
            "tiers:revocation_state", "tiers:revocation_arrange", "tiers:revocation_hear",
            "tiers:revocation_decide", "tiers:revocation_appeal", "tiers:revocation_answer",
            "tiers:surrender_confirm", "tiers:surrender_take_back",
            "tiers:objection_assign", "tiers:objection_handle",
            "tiers:consultation_remind",
            "tiers:round_inspect_draw", "tiers:round_inspect_name", "tiers:round_inspect_pass",
            "tiers:round_meeting_confirm", "tiers:round_meeting_release",
            "tiers:round_select_confirm", "tiers:round_result_confirm",
            "tiers:round_determine_confirm", "tiers:round_determine_issue",
            "tiers:round_acceptance_confirm",
            "tiers:affiliation_end", "tiers:affiliation_answer",
            "tiers:group_list_confirm", "tiers:group_list_drop",
            "tiers:delisting_confirm", "tiers:delisting_drop",
            "tiers:library_step",
            "tiers:contribution_answer", "tiers:contribution_change",
            "tiers:inspection_plan", "tiers:inspection_sign", "tiers:inspection_photo_add",
            "tiers:inspection_photo_remove",
            "tiers:supervision_assign", "tiers:supervision_record", "tiers:supervision_answer",
            "tiers:supervision_recheck", "tiers:supervision_file_add",
            "tiers:supervision_file_remove",
            "reports:annual_save", "reports:annual_decide", "reports:annual_file_add",
            "reports:annual_file_remove",
            "tiers:rereview_find", "tiers:rereview_remind", "tiers:rereview_confirm",
            "tiers:rereview_determine", "tiers:rereview_publish",
            "tiers:honour_check", "tiers:honour_grant", "tiers:honour_verify",
            "reports:intake_order", "reports:intake_drop",
            "reports:summary_prepare", "reports:summary_sign",
            "reports:summary_file_add", "reports:summary_file_remove",
            "tiers:change_confirm", "tiers:change_refuse", "tiers:change_withdraw",
        ),
        POSTED,
    ),
}  # fmt: skip


def elsewhere():
    """A filed list and two honours where honours give titles: one ripe, one not."""
    place = build.authority("230102")
    for name in ("ready", "waiting"):
        factory = build.factory_at(place, name=name)
        build.honour_of(factory, "provincial-basic-workshop")
        if name == "ready":
            build.locked_assessment(factory)
    return build.filed_list(build.authority("230100"), factories=3)


def together():
    """A campaign under way in a third province, with a holder."""
    build.holder(name="together")
    return build.campaign()


def make_scene():
    """The scene of the scope tests, its people by role, and some who have nothing yet."""
    scene = scenes.make(noticed=timezone.now())
    cast = scene.cast
    refused = build.claim_by(scene.firms["A"].enterprise, name="被退回人")
    enterprises.refuse(refused, reason="不是本企业人员", by=cast["city"], at=build.DAY)
    beginner = build.enterprise_at(build.authority("130102"), name="石家庄新办机械有限公司")
    people = {
        "stranger": None,
        "firm": cast["own"],
        "newcomer": cast["newcomer"],
        "refused": refused.user,
        "new firm": build.staff_of(beginner),
        "county": cast["county"],
        "city": cast["city"],
        "province": cast["province"],
        "new office": build.officer(build.authority("130400"), name="市级丁"),
        "administrator": cast["administrator"],
        "department": cast["department"],
        "expert": cast["expert"],
        "group": cast["group"],
        "other province": build.officer_of(build.authority("230000")),
        "other city": build.officer_of(build.authority("230100")),
        "third province": build.officer_of(build.authority("340000")),
        "importing office": build.officer(build.authority("130500"), name="市级戊"),
    }
    firm = scene.firms["A"]
    build.person_for(firm.enterprise, name="同事")
    # Of a firm of its own: that of the scene is barred.
    scene.ready = build.draft(build.factory_at(firm.busy.authority))
    people["applicant"] = build.staff_of(scene.ready.factory.enterprise)
    scene.lists["elsewhere"] = elsewhere()
    scene.rereviews["open"] = together()
    row = sheets.line(9, county="襄都区")
    scene.imported = sheets.batch_of(people["importing office"], [row], name="已导.xlsx", way="all")
    assert people["new office"].role == Role.CITY
    for role in WITH_FACTOR:
        authenticator.give(people[role])
        RecoveryCodes.activate(people[role])
    sealing.seal(sealed.SOURCES, on=timezone.localdate(), at=timezone.now())
    return scene, people


# Pages with a form that can be refused: who, and with what rows. Sent empty, each comes back with
# the summary of what is wrong.
FORMS = [
    ("stranger", "registry:sign_up", Visit(())),
    ("refused", "registry:claim_again", Visit(())),
    ("firm", "account_change_password", Visit(())),
    ("firm", "account_reauthenticate", Visit(())),
    ("firm", "tiers:change_new", Visit((), kind_of("rename"))),
    ("firm", "registry:honour_new", Visit(())),
    ("firm", "registry:factory_new", Visit(())),
    ("firm", "tiers:change_new", Visit((), kind_of("factory_rename"))),
    ("firm", "tiers:change_new", Visit((), kind_of("move"))),
    ("firm", "assessments:veto_new", Visit(())),
    ("firm", "assessments:instance_new", Visit((), of("unlocked"))),
    ("firm", "assessments:measure_new", Visit(())),
    ("firm", "tiers:application_assessment", Visit((), of("returned"))),
    ("applicant", "tiers:application_check", Visit((), lambda s: {"pk": s.ready.pk})),
    ("county", "registry:enterprise_new", Visit(())),
    ("county", "registry:delegation_new", Visit(())),
    ("stranger", "registry:join", Visit(())),
    ("firm", "registry:invite", Visit(())),
    ("firm", "tiers:hand_over", Visit((), colleague)),
    ("county", "registry:claim_refuse", Visit((), of("claim"))),
    ("county", "tiers:take_over", Visit((), of("claim"))),
    ("city", "tiers:application", Visit((), of("submitted"))),
    ("city", "tiers:round_new", Visit(())),
    ("province", "tiers:expert_new", Visit(())),
    ("expert", "tiers:review_declare", Visit((), lambda s: {"pk": s.task.pk})),
    ("city", "tiers:filing_earlier", Visit((), listed("A"))),
    ("city", "tiers:filing_file", Visit((), listed("A"))),
    ("city", "tiers:filing_correct", Visit((), entry)),
    ("city", "tiers:filing_strike", Visit((), entry)),
    ("city", "tiers:filing_correct", Visit((), entry)),
    ("city", "tiers:supervision_new", Visit(())),
    ("third province", "tiers:rereview_new", Visit(())),
    ("city", "tiers:title_revoke", Visit((), of("title"))),
    ("city", "tiers:title_suspend", Visit((), of("title"))),
    ("city", "tiers:title_restore", Visit((), of("title"))),
    ("firm", "tiers:title_surrender", Visit((), of("title"))),
    ("province", "tiers:filing_list", Visit((), listed("B"))),
    ("province", "tiers:objection_enter", Visit((), on_notice)),
    ("stranger", "tiers:notice_object", Visit((), on_notice)),
    ("stranger", "tiers:objection_receipt", Visit(())),
]
