"""Everybody sees exactly his rows, on every page and in every resource, and nobody else's.

The models come from the registry of apps and the addresses from the URLconf: a new one without an
entry here fails.
"""

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from config import readings
from config.api.resources import router
from registry.access import Role, ScopedQuerySet
from registry.models import AuditEvent, Enterprise, Factory, Reading
from tests.documents import readers
from tests.rules import test_urls
from tests.rules.everybody.scene import CITIES, NAMES
from tiers.models import Affiliation, Application, Assignment, Consultation, ReviewOpinion

# --- rows -----------------------------------------------------------------------------------------

SCOPED = {
    model._meta.label: model
    for model in apps.get_models()
    if isinstance(model._default_manager.all(), ScopedQuerySet)
}
WHO = (
    "own", "rival", "newcomer", "county", "city", "other city", "reporting unit", "province",
    "administrator", "stranger", "department", "expert",
    "group",
)  # fmt: skip


def seen(
    own="", rival="", county="", city="", other="", unit="", province="", newcomer="",
    department="", expert="", group="",
):  # fmt: skip
    """What each of the cast sees; an administrator and a stranger see nothing of anything."""
    rows = (
        own,
        rival,
        newcomer,
        county,
        city,
        other,
        unit,
        province,
        "",
        "",
        department,
        expert,
        group,
    )
    return dict(zip(WHO, rows, strict=True))


#: A firm's own rows to the firm; to an office those of the firms below it.
OWNED = seen("A", "B", "AB", "AB", "T", "D", "ABDT")
#: The same, with small letters for what a firm has not finished: its own people alone see that.
FINISHED = seen("Aa", "Bb", "AB", "AB", "T", "D", "ABDT")

EXPECTED = {
    "registry.Enterprise": OWNED,
    "registry.Factory": OWNED,
    "registry.Claim": OWNED,
    "registry.Invitation": OWNED,
    "registry.Honour": OWNED,
    "registry.Recovery": OWNED,
    "registry.VetoEvent": OWNED,
    "registry.AuditEvent": OWNED,
    # Kept for the firm: no office reads who else looked.
    "registry.Reading": seen("A", "B"),
    "registry.ReadingOf": seen("A", "B"),
    # The letter is the giver: the two it concerns, and the offices above him.
    "registry.ApiToken": seen("o", "r", city="t"),
    "tiers.Subscription": seen("o", "r", city="t"),
    "tiers.Push": seen("o", "r", city="t"),
    "registry.SavedView": seen(county="c", other="x", unit="u"),
    "registry.Delegation": seen(county="c", city="c", other="x", unit="u", province="cux"),
    # To each his own messages: the letter is the person.
    "registry.Notification": seen(
        "o", "r", "c", "t", "x", "u", "p", department="m", expert="e", group="g"
    ),
    "assessments.Assessment": FINISHED,
    "assessments.Answer": FINISHED,
    # Small letters for those of an assessment that a firm has not locked.
    "assessments.ScenarioInstance": seen("Aa", "b", "A", "A", "T", "D", "ADT", newcomer=""),
    "assessments.Evidence": FINISHED,
    "assessments.Measure": OWNED,
    # The rounds of the offices above and below; L, P and U are the province's.
    "tiers.Round": seen(*["ALPRU"] * 4, "LPTU", "DLPU", "ADLPRTU"),
    "tiers.Quota": seen(city="A", other="T", unit="D", province="ADT"),
    "tiers.Recommendation": seen(city="AB", other="T", unit="D", province="ABDT"),
    # Business of the office that asks, and of each department what was sent to it.
    "tiers.FormalAnswer": seen(province="ABDT"),
    # Small letters for what went to another department, or was said by it.
    "tiers.Consultation": seen(province="ABDTabdt", department="ABDT"),
    "tiers.DepartmentOpinion": seen(province="ABDTabdt", department="ABDT"),
    "tiers.SentFile": seen(province="ADT", department="ADT"),
    "tiers.Application": FINISHED,
    "tiers.Decision": FINISHED | {"own": "A", "rival": "B"},
    # The firm's letter stands for the case that was sent back to it, not for the one at the desk.
    "tiers.Verification": OWNED,
    # The firm's letter stands for the case that was decided, with the visit signed.
    "tiers.Inspection": OWNED,
    "tiers.InspectionPhoto": OWNED,
    # Business of the office that runs the round.
    "tiers.InspectionDraw": seen(province="ABDT"),
    "tiers.Meeting": seen(province="ABDT"),
    "tiers.MeetingItem": seen(province="ABDT"),
    "tiers.UpwardList": seen(province="ADT"),
    "tiers.UpwardItem": seen(province="ADT"),
    "tiers.Determination": seen(province="ADT"),
    "tiers.Contribution": OWNED,
    "tiers.Affiliation": OWNED | {"group": "AB"},
    "tiers.GroupList": seen(group="A"),
    "tiers.Delisting": seen("ADT", "", "ADT", "ADT", "ADT", "ADT", "ADT"),
    "tiers.DelistingItem": seen("A", "", "A", "A", "T", "D", "ADT"),
    "tiers.Candidate": OWNED,
    # A bureau's own notes: the firm reads none of them.
    "tiers.CandidateStep": seen(county="AB", city="AB", other="T", unit="D", province="ABDT"),
    "tiers.Cultivation": seen("A", "", "A", "A", "T", "D", "ADT"),
    "tiers.Urging": OWNED,
    "tiers.ReturnItem": OWNED,
    # A bureau's own words: its own officers alone, not those above or below.
    "tiers.ReturnReason": seen(county="c", city="t", other="x", unit="u", province="p"),
    # Business of the round's own office, and of each expert what fell to him; the firm reads what
    # it asked for itself. Experts by the last digit of their codes.
    "tiers.Expert": seen(province="123"),
    "tiers.ReviewPanel": seen(province="ABDT"),
    "tiers.Assignment": seen(province="ABDT", expert="ABDT"),
    "tiers.AvoidanceRequest": seen("A", province="ADT"),
    "tiers.ReviewOpinion": seen(province="ABDT"),
    "tiers.Certification": OWNED,
    "tiers.Suspension": OWNED,
    "tiers.Certificate": OWNED,
    "tiers.FirmChange": OWNED,
    "tiers.MoveCheck": OWNED,
    "tiers.HonourCheck": OWNED,
    "tiers.Ban": OWNED,
    # Business of the firm, of the office that issued the title, and of those above it.
    "tiers.Revocation": seen("A", "B", city="AB", other="T", unit="D", province="ABDT"),
    "tiers.RevocationFile": seen("A", "B", city="AB", other="T", unit="D", province="ABDT"),
    "tiers.Surrender": seen("A", "B", city="AB", other="T", unit="D", province="ABDT"),
    # Business of the office that drew; the letter is the firm inspected.
    "tiers.Supervision": seen(city="AB", other="T", unit="D", province="ABDT"),
    "tiers.SupervisionCheck": OWNED,
    "tiers.SupervisionFile": OWNED,
    "reports.AnnualReport": OWNED,
    "reports.AnnualFile": OWNED,
    # The campaigns of the offices above and below; the findings once they are determined.
    "tiers.Rereview": seen("A", "A", "A", "A", "T", "D", "ADT"),
    "tiers.RereviewItem": OWNED,
    # Business between offices: the city's own, the province's once filed (T's is still a draft).
    "tiers.FilingList": seen(city="AB", other="T", unit="D", province="ABD"),
    "tiers.FilingEntry": seen(city="AB", other="T", unit="D", province="ABD"),
    # An office's own, and to those above what is signed; the letter is the office.
    "reports.Summary": seen(city="t", other="x", unit="u", province="ptx"),
    # To each his own files, to each office its own layouts.
    "reports.Export": seen(county="c", city="t", other="x", unit="u", province="p"),
    "reports.ExportLayout": seen(county="c", city="t", other="x", unit="u", province="p"),
    # An office's own alone.
    **dict.fromkeys(
        ("reports.Batch", "reports.BatchRow", "reports.Caption"),
        seen(city="t", other="x", unit="u"),
    ),
    "reports.SummaryFile": seen(city="t", other="x", unit="u", province="ptx"),
}
PEOPLE = {
    **dict(zip(WHO, "ornctxup", strict=False)),
    "department": "m",
    "expert": "e",
    "group": "g",
}


def letter(scene, row):
    """The firm a row belongs to; small for what it has not finished."""
    match row._meta.label:
        case "registry.Enterprise":
            return scene.letter_of(row.pk)
        case "registry.Notification":
            return next((PEOPLE[w] for w, u in scene.cast.items() if u == row.recipient), "?")
        case "reports.Export":
            return next(PEOPLE[w] for w, u in scene.cast.items() if u.pk == row.owner_id)
        case "tiers.ReturnReason" | "reports.ExportLayout":
            office = row.authority_id
            return next(PEOPLE[w] for w, u in scene.cast.items() if u.authority_id == office)
        case "reports.Summary" | "reports.Batch" | "reports.Caption":
            office = row.authority_id
            return next((PEOPLE[w] for w, u in scene.cast.items() if u.authority_id == office), "")
        case "registry.ApiToken" | "tiers.Subscription":
            return next(PEOPLE[w] for w, u in scene.cast.items() if u == row.owner)
        case "registry.SavedView":
            return next(PEOPLE[w] for w, u in scene.cast.items() if u == row.owner)
        case "registry.Delegation":
            return next(PEOPLE[w] for w, u in scene.cast.items() if u == row.giver)
        case "tiers.Round" | "tiers.FilingList":
            rows = scene.rounds if row._meta.model_name == "round" else scene.lists
            return next(at for at, one in rows.items() if one == row)
        case "tiers.InspectionDraw":
            cases = Application.objects.filter(number__in=row.cases)
            return "".join(letter(scene, one) for one in cases)
        case "tiers.Meeting":
            return "".join(letter(scene, one) for one in row.items.all())
        case "tiers.Determination":
            return "".join(letter(scene, one) for one in row.cases.all())
        case "tiers.Consultation":
            own = letter(scene, row.application)
            at_cast = row.department_id == scene.cast["department"].authority_id
            return own if at_cast else own.lower()
        case "tiers.Rereview":
            return next(at for at, code in CITIES.items() if code == row.authority.code)
        case "tiers.Quota":
            return next(at for at, code in CITIES.items() if code == row.authority.code)
        case "tiers.FilingEntry":
            return scene.letter_of(row.certification.factory.enterprise_id)
        case "assessments.Assessment":
            own = scene.letter_of(row.factory.enterprise_id)
            return own if row.is_locked else own.lower()
        case "tiers.Application":
            own = scene.letter_of(row.factory.enterprise_id)
            return own if row.first_submitted_at else own.lower()
    if row._meta.label == "tiers.Expert":
        return row.code[-1]
    if row._meta.label == "tiers.ReviewPanel":
        return "".join(letter(scene, one) for one in row.assignments.all())
    if row._meta.label == "tiers.GroupList":
        return "".join(
            letter(scene, one) for one in Factory.objects.filter(pk__in=row.items.values("factory"))
        )
    if row._meta.label == "tiers.Delisting":
        return "".join(letter(scene, one.certification) for one in row.items.all())
    if row._meta.label == "tiers.UpwardList":
        return "".join(letter(scene, one.application) for one in row.items.all())
    if row._meta.label in (
        "tiers.Recommendation",
        "tiers.FormalAnswer",
        "tiers.Inspection",
        "tiers.MeetingItem",
        *REVIEWED,
    ):
        row = row.application
    if row._meta.label == "tiers.InspectionPhoto":
        row = row.inspection.application
    if row._meta.label == "tiers.Supervision":
        return "".join(letter(scene, one) for one in row.checks.all())
    if row._meta.label == "tiers.SupervisionCheck":
        row = row.certification
    if row._meta.label in ("tiers.HonourCheck", "tiers.RereviewItem"):
        row = row.honour
    owner = row.enterprise_id if hasattr(row, "enterprise_id") else row.factory.enterprise_id
    return scene.letter_of(owner) if owner else ""


REVIEWED = ("tiers.Assignment", "tiers.AvoidanceRequest", "tiers.ReviewOpinion")
#: Rows that belong to another one: hundreds of answers are one letter.
PARTS = {
    "assessments.Answer": "assessment",
    "assessments.ScenarioInstance": "assessment",
    "assessments.Evidence": "assessment",
    "tiers.Decision": "application",
    "tiers.Urging": "application",
    "tiers.ReturnItem": "decision",
    "tiers.Verification": "application",
    "tiers.DepartmentOpinion": "consultation",
    "tiers.SentFile": "consultation",
    "tiers.Suspension": "certification",
    "tiers.Certificate": "certification",
    "tiers.DelistingItem": "certification",
    "tiers.Revocation": "certification",
    "tiers.RevocationFile": "revocation",
    "tiers.Surrender": "certification",
    "tiers.Inspection": "application",
    "tiers.MeetingItem": "application",
    "tiers.SupervisionFile": "check_row",
    "reports.AnnualFile": "report",
    "tiers.UpwardItem": "application",
    "tiers.Cultivation": "application",
    "tiers.CandidateStep": "candidate",
    "reports.SummaryFile": "summary",
    "reports.BatchRow": "batch",
    "tiers.Push": "subscription",
}


def letters(scene, rows):
    while whole := PARTS.get(rows.model._meta.label):
        model = rows.model._meta.get_field(whole).related_model
        rows = model.objects.filter(pk__in=rows.values(whole))
    return "".join(sorted(set("".join(letter(scene, row) for row in rows))))


def test_every_scoped_model_has_its_entry():
    assert sorted(SCOPED) == sorted(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_everybody_sees_exactly_his_rows(scene, name):
    everybody = {**scene.cast, "stranger": AnonymousUser()}

    found = {
        who: letters(scene, SCOPED[name].objects.visible_to(user))
        for who, user in everybody.items()
    }

    assert found == EXPECTED[name]


def test_scene_holds_rows_that_could_leak(scene):
    for name, model in SCOPED.items():
        assert len(set(letters(scene, model.objects.all()).upper())) >= 3, name


# --- addresses ------------------------------------------------------------------------------------

# Name of an address -> what of firm A (or of its offices) it shows: (scene) -> (arguments, row).


def of(kind, **more):
    """The row of firm A under that name, its key as the address's ``pk``."""

    def find(scene):
        row = getattr(scene.firms["A"], kind)
        return {"pk": row.pk, **more}, row

    return find


def list_entry(scene):
    row = scene.entry("A")
    return {"pk": row.filing_list_id, "entry": row.pk}, row


def colleague(scene):
    """A person's own address, which opens where his firm is seen."""
    firm = scene.firms["A"]
    return {"pk": firm.staff.pk}, firm.enterprise


def assessed_factory(scene):
    row = scene.firms["A"].fresh
    return {"factory_id": row.pk}, row


def paper(find):
    """The same row as a document in Word."""

    def form(scene):
        row = find(scene)
        key = row.application_id if isinstance(row, ReviewOpinion) else row.pk
        return {"pk": key, "form": "docx"}, row

    return form


ROWS = {
    "reports:filing_document": paper(lambda scene: scene.lists["A"]),
    "reports:recommendation_document": paper(lambda scene: scene.nominated),
    "reports:submission_document": lambda scene: (
        {"pk": scene.place.round_id, "unit": scene.place.authority_id, "form": "docx"},
        scene.place,
    ),
    "reports:application_document": paper(lambda scene: scene.firms["A"].submitted),
    "reports:opinion_document": paper(lambda scene: scene.reviewed.review_opinions.get()),
    "reports:summary_document": paper(lambda scene: scene.summaries["city"]),
    "reports:decision_document": paper(lambda scene: scene.revoked),
    "registry:claim_confirm": of("claim"),
    **{
        f"registry:{name}": lambda scene: (
            {"pk": scene.delegations["county"].pk},
            scene.delegations["county"],
        )
        for name in ("delegation_enter", "delegation_revoke")
    },
    "registry:token_revoke": lambda scene: ({"pk": scene.token.pk}, scene.token),
    **{
        f"tiers:push_{name}": lambda scene: (
            {"pk": scene.push.subscription_id},
            scene.push.subscription,
        )
        for name in ("detail", "pause", "resume", "delete", "test")
    },
    "tiers:push_again": lambda scene: (
        {"pk": scene.push.subscription_id, "entry": scene.push.pk},
        scene.push,
    ),
    **{
        f"registry:{name}": lambda scene: ({"pk": scene.view.pk}, scene.view)
        for name in ("view_rename", "view_delete")
    },
    "registry:claim_refuse": of("claim"),
    "registry:invitation_code": of("invitation"),
    "registry:invitation_renew": of("invitation"),
    "registry:invitation_revoke": of("invitation"),
    "registry:seat": colleague,
    **{
        f"tiers:recovery_{name}": of("recovery")
        for name in ("page", "letter", "approve", "refuse", "stop")
    },
    "tiers:hand_over": colleague,
    "tiers:depart": colleague,
    "tiers:take_over": of("claim"),
    "registry:enterprise_detail": of("enterprise"),
    "registry:enterprise_edit": of("enterprise"),
    "registry:enterprise_rename": of("enterprise"),
    "registry:honour_new": of("enterprise"),
    "registry:factory_new": of("enterprise"),
    "registry:factory_detail": of("titled"),
    "registry:factory_edit": of("titled"),
    "registry:factory_rename": of("titled"),
    "tiers:factory_move": of("titled"),
    **{
        f"tiers:{name}": of("change")
        for name in ("change", "change_confirm", "change_refuse", "change_withdraw")
    },
    "tiers:change_proof": lambda scene: (
        {"pk": scene.firms["A"].change.proofs.get().pk},
        scene.firms["A"].change,
    ),
    "tiers:move_check": of("check"),
    "registry:message_open": lambda scene: (
        {"pk": scene.message("own").pk},
        scene.message("own"),
    ),
    "assessments:assessment_start": assessed_factory,
    "assessments:assessment": of("unlocked"),
    "assessments:autosave": of("unlocked"),
    "assessments:evidence_add": of("unlocked"),
    "assessments:instance_new": of("unlocked"),
    "assessments:result": of("locked"),
    "assessments:check_and_lock": of("unlocked"),
    "assessments:assessment_copy": of("locked"),
    "assessments:assessment_print": of("locked"),
    "assessments:section": of("unlocked", section="production"),
    "assessments:instance": of("instance"),
    "assessments:instance_remove": of("instance"),
    "assessments:evidence": of("locked_evidence"),
    "assessments:evidence_preview": of("locked_evidence"),
    "assessments:evidence_versions": of("locked_evidence"),
    "assessments:evidence_replace": of("evidence"),
    "assessments:evidence_remove": of("evidence"),
    "assessments:measure": of("measure"),
    "assessments:veto_list": of("enterprise"),
    "assessments:veto_new": of("enterprise"),
    "tiers:application": of("submitted"),
    "tiers:application_assessment": of("returned"),
    "tiers:application_check": of("draft"),
    "tiers:application_receipt": of("submitted"),
    "tiers:application_withdraw": of("submitted"),
    "tiers:application_urge": of("submitted"),
    "tiers:application_act": of("submitted"),
    "tiers:formal_check": lambda scene: (
        {"pk": scene.sent["A"].application_id},
        scene.sent["A"].application.formal_answers.first(),
    ),
    "tiers:consultation": lambda scene: (
        {"pk": scene.sent["A"].application_id},
        scene.sent["A"],
    ),
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.sent["A"].pk}, scene.sent["A"])
        for name in (
            "consultation_reply", "consultation_remind", "consultation_waive", "consultation_lift",
            "consultation_attach",
        )
    },
    "tiers:sent_file": lambda scene: (
        {"pk": scene.sent["A"].files.earliest("pk").pk},
        scene.sent["A"].files.earliest("pk"),
    ),
    "tiers:opinion_file": lambda scene: (
        {"pk": scene.sent["A"].opinions.get().pk},
        scene.sent["A"].opinions.get(),
    ),
    "tiers:verification": of("returned"),
    "tiers:verification_print": of("returned"),
    "tiers:application_answers": of("returned"),
    "tiers:application_rework": of("returned"),
    "tiers:round_close": lambda scene: ({"pk": scene.rounds["A"].pk}, scene.rounds["A"]),
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.rounds["A"].pk}, scene.rounds["A"])
        for name in ("round", "round_close", "round_extend")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.rounds["P"].pk}, scene.rounds["P"])
        for name in (
            "round_quotas", "round_order", "round_notice", "round_check", "round_consult",
        )
        for name in ("round_quotas", "round_order", "round_check", "round_consult", "round_notice")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.notice.pk}, scene.notice)
        for name in ("notice_publish", "notice_withdraw", "notice_close", "objection_enter")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.objection.pk}, scene.objection)
        for name in ("objection", "objection_proof", "objection_assign", "objection_handle")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.rounds["P"].pk}, scene.rounds["P"])
        for name in (
            "round_inspect", "round_inspect_draw", "round_inspect_name", "round_inspect_pass",
            "round_meeting", "round_meeting_confirm", "round_meeting_release",
            "round_meeting_print", "round_determine", "round_determine_confirm",
            "round_determine_issue",
        )
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.rounds["U"].pk}, scene.rounds["U"])
        for name in (
            "round_select", "round_select_confirm", "round_national_places",
            "round_result", "round_result_confirm",
        )
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.rounds["L"].pk}, scene.rounds["L"])
        for name in ("round_acceptance", "round_acceptance_confirm")
    },
    "tiers:contributions": lambda scene: (
        {"pk": scene.firms["A"].titled.pk}, scene.contributions["A"]
    ),
    **{
        f"tiers:{name}": lambda scene: (
            {"pk": scene.contributions["A"].pk}, scene.contributions["A"]
        )
        for name in ("contribution_answer", "contribution_change", "contribution_file")
    },
    **{
        f"tiers:library_{name}": of("kept") for name in ("item", "step", "edit", "drop")
    },
    "tiers:cultivation_review": lambda scene: (
        {"pk": scene.candidates["A"].pk}, scene.candidates["A"]
    ),
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.affiliations["A"].pk}, scene.affiliations["A"])
        for name in ("affiliation_answer", "affiliation_end")
    },
    **{
        f"tiers:group_list{name}": lambda scene: (
            {"pk": scene.group_lists["A"].pk}, scene.group_lists["A"]
        )
        for name in ("", "_edit", "_confirm", "_drop")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.delisted.pk}, scene.delisted)
        for name in ("delisting", "delisting_file")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.delisting.pk}, scene.delisting)
        for name in ("delisting_edit", "delisting_confirm", "delisting_drop")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.nominated.pk}, scene.nominated)
        for name in ("upward_list", "upward_list_json")
    },
    **{
        f"tiers:{name}": lambda scene: (
            {"pk": scene.firms["A"].visit.application_id},
            scene.firms["A"].visit,
        )
        for name in (
            "inspection", "inspection_plan", "inspection_sign", "inspection_photo_add",
        )
    },
    "tiers:inspection_photo": of("photo"),
    "tiers:inspection_photo_remove": of("photo"),
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.rounds["P"].pk}, scene.panel)
        for name in ("round_experts", "round_freeze", "round_review")
    },
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.panel.pk}, scene.panel)
        for name in ("panel_cast", "panel_redraw")
    },
    **{
        f"tiers:{name}": lambda scene: (
            {"pk": scene.cast["expert"].expert.pk}, scene.cast["expert"].expert
        )
        for name in ("expert_edit", "expert_retire", "expert_account", "expert_password")
    },
    "tiers:review_conclude": lambda scene: ({"pk": scene.reviewed.pk}, scene.reviewed),
    "tiers:avoidance_new": lambda scene: (
        {"pk": scene.place.application_id}, scene.place.application,
    ),
    "tiers:avoidance_decide": lambda scene: (
        {"pk": scene.avoidances["A"].pk}, scene.avoidances["A"]
    ),
    "tiers:review": lambda scene: ({"pk": scene.task.pk}, scene.task),
    "tiers:review_declare": lambda scene: ({"pk": scene.task.pk}, scene.task),
    "tiers:review_file": lambda scene: (
        {"pk": scene.task.pk, "evidence": scene.reviewed.assessment.evidence.first().pk},
        scene.task,
    ),
    "tiers:place_release": lambda scene: ({"pk": scene.place.pk}, scene.place),
    **{
        f"tiers:{name}": lambda scene: ({"pk": scene.lists["A"].pk}, scene.lists["A"])
        for name in (
            "filing_list", "filing_earlier", "filing_file", "filing_print_letter",
            "filing_print_list", "filing_recheck",
        )
    },
    "tiers:filing_answer": lambda scene: ({"pk": scene.lists["B"].pk}, scene.lists["B"]),
    "tiers:filing_correct": list_entry,
    "tiers:filing_strike": list_entry,
    "tiers:filing_keep": list_entry,
    **{
        f"tiers:{name}": of("honour")
        for name in (
            "honour", "honour_verify", "honour_check", "honour_grant", "honour_withdraw",
        )
    },
    **{
        f"tiers:supervision{name}": lambda scene: (
            {"pk": scene.firms["A"].inspected.supervision_id},
            scene.firms["A"].inspected.supervision,
        )
        for name in ("", "_assign")
    },
    **{
        f"tiers:supervision_{name}": of("inspected")
        for name in ("check", "record", "answer", "recheck", "file_add")
    },
    **{
        f"reports:annual_{name}": of("report")
        for name in ("report", "save", "decide", "file_add")
    },
    "reports:annual_file": of("annual_file"),
    "reports:firm_file": of("enterprise"),
    "reports:firm_document": lambda scene: (
        {"pk": scene.firms["A"].enterprise.pk, "form": "docx"}, scene.firms["A"].enterprise
    ),
    "reports:detail_export": lambda scene: (
        {"kind": "enterprise", "pk": scene.firms["A"].enterprise.pk}, scene.firms["A"].enterprise
    ),
    "reports:annual_file_remove": of("annual_file"),
    "tiers:supervision_file": of("proof"),
    "tiers:supervision_file_remove": of("proof"),
    **{
        f"tiers:rereview{name}": lambda scene: (
            {"pk": scene.rereviews["A"].pk}, scene.rereviews["A"]
        )
        for name in ("", "_find", "_extend", "_remind", "_confirm", "_determine", "_publish")
    },
    "tiers:rereview_holder": lambda scene: (
        {"pk": scene.rereviews["A"].pk, "entry": scene.firms["A"].honour.pk},
        scene.rereviews["A"],
    ),
    "tiers:title": of("title"),
    "tiers:title_revoke": of("title"),
    "tiers:title_suspend": of("title"),
    "tiers:title_certificate": of("title"),
    "reports:certificate_paper": of("certificate"),
    "reports:certificates_paper": of("certificate"),
    "tiers:title_renewal": of("aging"),
    "tiers:application_renewal": of("renewal"),
    "tiers:title_restore": of("title"),
    "tiers:title_surrender": of("title"),
    "tiers:surrender_confirm": of("surrender"),
    "tiers:surrender_take_back": of("surrender"),
    "tiers:revocation": of("revocation"),
    "tiers:revocation_file": of("paper"),
    **{
        f"tiers:revocation_{name}": of("revocation")
        for name in (
            "notice", "state", "waive", "arrange", "hear", "decide", "appeal", "answer",
        )
    },
    **{
        f"reports:summary{name}": lambda scene: (
            {"pk": scene.summaries["city"].pk}, scene.summaries["city"]
        )
        for name in ("", "_print", "_prepare", "_sign", "_send_back", "_file_add")
    },
    **{
        f"reports:summary_{name}": lambda scene: (
            {"pk": scene.summaries["province"].pk}, scene.summaries["province"]
        )
        for name in ("edit", "units")
    },
    **{
        f"reports:intake{name}": lambda scene: (
            {"pk": scene.batches["city"].pk}, scene.batches["city"]
        )
        for name in (
            "", "_columns", "_order", "_drop", "_undo", "_progress", "_file", "_marked",
        )
    },
    "reports:summary_rows": lambda scene: (
        {"pk": scene.summaries["province"].pk, "key": "held_basic"}, scene.summaries["province"]
    ),
    **{
        f"reports:{name}": lambda scene: (
            {"pk": scene.summaries["city"].files.get().pk}, scene.summaries["city"]
        )
        for name in ("summary_file", "summary_file_remove")
    },
    **{
        f"reports:{name}": lambda scene: (
            {"pk": scene.exports["city"].pk}, scene.exports["city"]
        )
        for name in ("export", "export_file")
    },
    "reports:layout_drop": lambda scene: (
        {"pk": scene.layouts["city"].pk}, scene.layouts["city"]
    ),
    "api:application-detail": of("submitted"),
    "api:application-act": of("submitted"),
    "api:application-answer": of("returned"),
    "api:application-verification": of("returned"),
    "api:application-urge": of("submitted"),
    "api:assessment-detail": of("locked"),
    "api:certification-detail": of("title"),
    "api:enterprise-detail": of("enterprise"),
    "api:person-detail": colleague,
    "api:factory-detail": of("busy"),
    "api:notification-detail": lambda scene: (
        {"pk": scene.message("own").pk},
        scene.message("own"),
    ),
    "api:filing-list-detail": lambda scene: ({"pk": scene.lists["A"].pk}, scene.lists["A"]),
    "api:annual-report-detail": of("report"),
    "api:round-detail": lambda scene: ({"pk": scene.rounds["A"].pk}, scene.rounds["A"]),
    "api:upward-list-detail": lambda scene: ({"pk": scene.nominated.pk}, scene.nominated),
}  # fmt: skip

# Addresses with arguments that name nobody's row.
OPEN = {
    "tiers:change_new": "the form of one's own firm, by the kind of change",
    "tiers:draw": "a published draw names cases by number and experts by code",
    "tiers:draw_record": "the same as JSON",
    "api:authority-detail": "the chain of offices is known to everybody signed in",
    "api:division-detail": "the official list of places",
    "api:register-detail": "the public register",
    "tiers:supervision_draw": "a draw by numbers of titles, once every inspection is signed",
    "tiers:supervision_data": "the same as JSON",
    "tiers:rereview_result": "what came of a re-review, once published",
    "registry:signing_keys": "the public keys",
    "registry:record_consistency": "hashes of the sealed record",
    "tiers:public_record": "the public register, sealed",
    "registry:choices": "the official lists of places and industries",
    "reports:list_export": "one's own rows of a list, by its name",
    "reports:layout_save": "a layout of one's own office, by the list's name",
    "reports:intake_new": "the form of a kind of workbook",
    "reports:intake_template": "the empty workbook of a kind",
    "reports:grid_csv": "figures by the name of a table, over one's own scope",
    "api:statistics-detail": "the same as JSON",
    "tiers:public_factory": "the public register",
    "tiers:public_title": "the public register",
    "tiers:certificate_check": "for whoever holds the certificate",
    "tiers:change_feed": "what changed in the public register, by the form of the feed",
    "tiers:open_data_file": "the public register as files, by their day",
    **dict.fromkeys(("tiers:announcement", "tiers:announcement_data"), "公告 is public"),
    "reports:announcement_document": "公告 is public, on paper too",
    "reports:notice_document": "公示 is public, on paper too",
    "reports:recovery_document": "the blank letter for whoever lost his account",
    "mfa_remove_webauthn": "a person's own passkey; tests/config/test_factors.py",
    **dict.fromkeys(("tiers:notice", "tiers:notice_data", "tiers:notice_object"), "公示 is public"),
}
UNKNOWN = 987_654_321
MANY = [
    (name, arguments)
    for name, arguments in test_urls.ADDRESSES
    if arguments and not name.startswith("admin:") and name not in OPEN
]
SINGLE = [
    (name, arguments)
    for name, arguments in test_urls.ADDRESSES
    if not arguments and not name.startswith(("admin:", "account_logout"))
]
REACHED = (200, 302, 405)
SHUT = (403, 404)


def client_of(user):
    client = Client(raise_request_exception=False)
    if user:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def answers(client, name, given):
    """The status of GET and POST at an address, and the text that came with GET."""
    path = reverse(name, kwargs=given)
    got, posted = client.get(path), client.post(path)
    return (got.status_code, posted.status_code), shown(got)


def unknown(given):
    changed = {key for key in given if key in ("pk", "entry", "factory_id")}
    return {**given, **dict.fromkeys(changed, UNKNOWN)}


def crash(answer):
    """What went wrong behind a 500, short enough to be read in a failure."""
    return repr(answer.exc_info[1])[:300] if getattr(answer, "exc_info", None) else ""


def names_seen_by(user):
    mine = list(Enterprise.objects.visible_to(user).values_list("name", flat=True))
    sent = Consultation.objects.visible_to(user).values_list("content__enterprise", flat=True)
    if user.role == Role.EXPERT:
        tasks = Assignment.objects.visible_to(user).in_hand()
        mine += tasks.values_list("application__factory__enterprise__name", flat=True)
    mine += sent if user.role == Role.DEPARTMENT else []
    if user.role == Role.GROUP:
        mine += Affiliation.objects.visible_to(user).values_list("enterprise__name", flat=True)
    return {name for name in NAMES.values() if any(name in one for one in mine)}


def test_every_address_with_arguments_has_a_row():
    assert sorted({name for name, _ in MANY}) == sorted(ROWS)


# An office in a second other city sees what the first one sees: nothing of A's.
ASKERS = [who for who in WHO if who not in ("stranger", "reporting unit")]


@pytest.mark.parametrize("who", ASKERS)
def test_what_is_not_ones_own_answers_like_what_does_not_exist(scene, who):
    """Not only the same refusal: a post to it changes nothing either."""
    user = scene.cast[who]
    client, faults, before = client_of(user), [], AuditEvent.objects.count()

    for name in ROWS:
        given, row = ROWS[name](scene)
        if type(row)._default_manager.visible_to(user).filter(pk=row.pk).exists():
            continue
        here, text = answers(client, name, given)
        nowhere, _ = answers(client, name, unknown(given))
        if here != nowhere or not set(here) <= {*SHUT, 405} or NAMES["A"] in text:
            faults.append((name, here, nowhere))

    assert faults == []
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize("who", ASKERS)
def test_what_is_ones_own_opens_and_names_nobody_else(scene, who):
    user = scene.cast[who]
    client, faults, before = client_of(user), [], AuditEvent.objects.count()
    foreign = set(NAMES.values()) - names_seen_by(user)

    for name in ROWS:
        given, row = ROWS[name](scene)
        if not type(row)._default_manager.visible_to(user).filter(pk=row.pk).exists():
            continue
        answer = client.get(reverse(name, kwargs=given))
        text = shown(answer)
        leaks = [one for one in foreign if one in text]
        if answer.status_code not in (*REACHED, *SHUT) or leaks:
            faults.append((name, answer.status_code, leaks, crash(answer)))
        if answer.status_code == 200 and not is_logged(scene, user, name, given, text):
            faults.append((name, "leaves no line in the firm's log"))

    assert faults == []
    assert AuditEvent.objects.count() == before


#: What names firm A from outside and leaves no line in its log.
UNLOGGED = {
    "objection": "what a stranger wrote about a case: that it is read is not the firm's to know",
    "list": "a list, a round or a document of many firms",
    "asked": "the page that offers a file; the file leaves its line as it is made",
}
OF_MANY = {
    **dict.fromkeys(("tiers:objection", "tiers:objection_enter"), "objection"),
    **dict.fromkeys(("reports:detail_export", "reports:export_file"), "asked"),
    **dict.fromkeys(
        (
            "api:filing-list-detail", "api:upward-list-detail", "reports:filing_document",
            "reports:recommendation_document", "reports:submission_document",
            "reports:summary_rows", "tiers:delisting", "tiers:filing_file", "tiers:filing_list",
            "tiers:filing_print_list", "tiers:group_list", "tiers:group_list_edit",
            "tiers:rereview", "tiers:round_acceptance", "tiers:round_consult",
            "tiers:round_determine", "tiers:round_experts", "tiers:round_inspect",
            "tiers:round_notice", "tiers:round_result", "tiers:round_review",
            "tiers:supervision", "tiers:upward_list", "tiers:upward_list_json",
        ),
        "list",
    ),
}  # fmt: skip


def is_logged(scene, user, name, given, text):
    """Whether what somebody from outside was shown of firm A left its line, once."""
    if user.role == Role.ENTERPRISE or name in OF_MANY:
        return True
    lines = Reading.objects.filter(reader_id=user.pk, page=name)
    if name not in readings.SHOWN:
        return NAMES["A"] not in text and not lines.exists()
    target = str(given[readings.SHOWN[name].key])
    firms = lines.filter(target=target).values_list("enterprise_id", flat=True)
    return list(firms) == [scene.firms["A"].enterprise.pk]


def test_addresses_that_leave_a_line_or_none_exist():
    names = {name for name, _ in test_urls.ADDRESSES}
    assert {*readings.SHOWN, *OF_MANY} - names == set()
    assert set(readings.SHOWN) & set(OF_MANY) == set()
    assert set(OF_MANY.values()) == set(UNLOGGED)


def test_every_address_opens_for_somebody(scene):
    """Otherwise the two tests above would pass on a page that nobody can open."""
    clients = {who: client_of(user) for who, user in scene.cast.items()}

    shut = [
        name
        for name in ROWS
        if not any(
            answers(client, name, ROWS[name](scene)[0])[0][0] in REACHED
            for client in clients.values()
        )
    ]

    assert shut == []


@pytest.mark.parametrize("who", WHO)
def test_page_without_arguments_names_only_whom_one_sees(scene, who):
    """Lists, desks and forms. The public register names firm D, whose list is acknowledged."""
    user = scene.cast.get(who)
    client, faults = client_of(user), []
    known = names_seen_by(user) if user else set()

    for name, _ in SINGLE:
        answer = client.get(reverse(name))
        public = {NAMES["D"]} if name in test_urls.PUBLIC or name.startswith("api:") else set()
        text = shown(answer)
        leaks = [one for one in set(NAMES.values()) - known - public if one in text]
        if (who, name) == ("newcomer", "registry:waiting"):
            leaks = []  # the firm he named himself
        if answer.status_code not in (*REACHED, 401, *SHUT) or leaks:
            faults.append((name, answer.status_code, leaks, crash(answer)))

    assert faults == []


def shown(answer):
    return readers.opened(b"".join(answer) if answer.streaming else answer.content)


@pytest.mark.parametrize("who", [w for w in WHO if w not in ("administrator", "stranger")])
def test_administration_is_shut_to_everybody_else(scene, who):
    client, opened = client_of(scene.cast[who]), []

    for name, arguments in test_urls.ADDRESSES:
        if name.startswith("admin:") and name not in ("admin:login", "admin:logout"):
            answer = client.get(test_urls.sample_path(name, arguments))
            if answer.status_code not in (302, 403, 404):
                opened.append((name, answer.status_code))

    assert opened == []


# --- resources ------------------------------------------------------------------------------------

# Resources that show everybody the same, with the reason.
SAME_FOR_ALL = {
    "authorities": "the chain of offices",
    "divisions": "the official list of places",
    "register": "the public register",
    "handling-times": "what the bureaus publish of themselves",
    "people": "of one's own firm alone; see the tests of colleagues",
    "upward-lists": "what is confirmed alone; see the tests of upward",
    "statistics": "names of tables; see the tests of grids for whose figures they hold",
}
MODEL_OF = {
    "enterprises": "registry.Enterprise",
    "factories": "registry.Factory",
    "notifications": "registry.Notification",
    "assessments": "assessments.Assessment",
    "applications": "tiers.Application",
    "rounds": "tiers.Round",
    "certifications": "tiers.Certification",
    "filing-lists": "tiers.FilingList",
    "annual-reports": "reports.AnnualReport",
}
BASENAMES = {
    prefix: basename for prefix, _, basename in router.registry if prefix not in SAME_FOR_ALL
}


@pytest.mark.parametrize("prefix", BASENAMES)
def test_resource_lists_what_the_pages_show(scene, prefix):
    model = apps.get_model(MODEL_OF[prefix])

    for who, user in scene.cast.items():
        listed = every_page(client_of(user), reverse(f"api:{BASENAMES[prefix]}-list"))
        visible = set(model.objects.visible_to(user).values_list("pk", flat=True))
        assert listed == visible, who


def every_page(client, address):
    """The ids on all pages of a list; none where it is shut."""
    found = set()
    while address:
        answer = client.get(address)
        if answer.status_code in (401, 403):
            return set()
        page = answer.json()
        found |= {row["id"] for row in page["results"]}
        address = page["next"]
    return found
