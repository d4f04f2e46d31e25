"""States for tests, reached by the acts the portal itself uses; every default can be named.

Nothing here writes a status. What one act needs from an earlier one (a firm, a confirmed person, an
open round) is made on the way if it is not given.
"""

from datetime import date, datetime, time, timedelta
from io import StringIO
from itertools import count

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command

from assessments import assessment as self_assessment
from assessments import standard
from assessments.models import Assessment
from registry import creditcode, enterprises, inbox, signing, tokens
from registry.access import SHANGHAI, Role, Seat, business_date
from registry.models import (
    Authority,
    Claim,
    Division,
    Enterprise,
    Event,
    Factory,
    Honour,
    Invitation,
    Recovery,
    User,
)
from registry.policy import StepKind, Tier
from reports import annual, summaries
from reports.models import AnnualReport, Summary
from tiers import (
    affiliation,
    certification,
    chain,
    consultation,
    contributions,
    cultivation,
    delisting,
    determination,
    drafts,
    experts,
    filing,
    firm_changes,
    formal_check,
    group_titles,
    inspection,
    library,
    meeting,
    mending,
    notice,
    objections,
    proceedings,
    recovery,
    renewal,
    renewing,
    reporting,
    rereview,
    returns,
    revocation,
    rounds,
    supervision,
    surrender,
    upward,
    verification,
    workflow,
)
from tiers.models import (
    Affiliation,
    Application,
    Assignment,
    Candidate,
    CandidateStep,
    Certification,
    Consultation,
    Contribution,
    Cultivation,
    Delisting,
    Determination,
    Expert,
    FilingList,
    FirmChange,
    GroupList,
    Inspection,
    Meeting,
    Notice,
    Objection,
    Rereview,
    ReviewPanel,
    Revocation,
    Round,
    Supervision,
    SupervisionCheck,
    UpwardItem,
    UpwardList,
)
from tiers.rereview import Plan, Word
from tiers.returns import Remark
from tiers.workflow import Action

PASSWORD = "tests-2026-tests"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
KINDS = {
    "county": Role.COUNTY,
    "city": Role.CITY,
    "province": Role.PROVINCE,
    "department": Role.DEPARTMENT,
    "group": Role.GROUP,
}
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9"

_numbers = count(1)


def moment(text: str) -> datetime:
    """An aware moment by the clock of Shanghai, e.g. ``moment("2026-03-02 09:00")``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


DAY = moment("2026-03-02 09:00")


def on_day(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)


# --- the world ------------------------------------------------------------------------------------


def world() -> None:
    """Divisions, industries, the authorities of every province that has rules, a signing key."""
    call_command("load_registry_data", stdout=StringIO())
    start = datetime(2020, 1, 1, tzinfo=SHANGHAI)
    signing.ensure(settings.SIGNING_SUITE, valid_from=start, at=start)


def authority(code: str) -> Authority:
    return Authority.objects.get(code=code)


def place_of(authority: Authority) -> Division:
    """A division that the authority answers for itself."""
    return authority.divisions.first()


# --- people ---------------------------------------------------------------------------------------


def officer(authority: Authority, *, username: str = "", name: str = "经办人") -> User:
    """A new officer. Officers are entered by an administrator, not by an act of their own."""
    return User.objects.create_user(
        username or f"officer-{next(_numbers)}",
        password=PASSWORD,
        name=name,
        role=KINDS[authority.kind],
        authority=authority,
    )


def officer_of(authority: Authority) -> User:
    """An officer of the authority: the one there is, or a new one."""
    return User.objects.filter(authority=authority).order_by("pk").first() or officer(authority)


def person(*, username: str = "", name: str = "企业经办人") -> enterprises.Person:
    number = next(_numbers)
    return enterprises.Person(
        username=username or f"staff-{number}",
        password=PASSWORD,
        name=name,
        phone=f"138{number:08d}",
    )


def claim_by(enterprise: Enterprise, *, at: datetime = DAY, **who: str) -> Claim:
    """Somebody has signed up with the firm's code and waits for its bureau."""
    return enterprises.sign_up(
        person(**who),
        credit_code=enterprise.credit_code,
        name=enterprise.name,
        seat=enterprise.seat,
        at=at,
    )


def lost(person: User, *, at: datetime = DAY, **other: str) -> tuple[Recovery, str]:
    """A firm's person has asked for his account, with the letter; the second value is the secret
    of the filing.
    """
    said = {
        "credit_code": person.enterprise.credit_code,
        "username": person.username,
        "phone": "13900000000",
        "letter": ContentFile(PDF, name="申请函.pdf"),
    }
    return recovery.file(recovery.Filed(**said | other), at=at)


def person_for(
    enterprise: Enterprise, *, confirmed: bool = True, at: datetime = DAY, **who: str
) -> User:
    """A person who acts for the firm, confirmed by its bureau unless told otherwise."""
    claim = claim_by(enterprise, at=at, **who)
    if confirmed:
        enterprises.confirm(claim, by=officer_of(claim.authority), at=at)
    return User.objects.get(pk=claim.user_id)


def staff_of(enterprise: Enterprise, *, at: datetime = DAY) -> User:
    """A manager of the firm: the one there is, or a new person."""
    found = enterprises.managers_of(enterprise).order_by("pk").first()
    return found or person_for(enterprise, at=at)


def invited(
    enterprise: Enterprise, seat: Seat = Seat.EDITOR, *, name: str = "受邀人", at: datetime = DAY
) -> tuple[Invitation, str]:
    """An invitation by the firm's manager, with its code."""
    contact = f"139{next(_numbers):08d}"
    by = staff_of(enterprise, at=at)
    return enterprises.invite(name=name, contact=contact, seat=seat, by=by, at=at)


def joined(
    enterprise: Enterprise, seat: Seat = Seat.EDITOR, *, at: datetime = DAY, **who: str
) -> User:
    """A colleague who came in by an invitation."""
    _, code = invited(enterprise, seat, at=at)
    return enterprises.join_anew(person(**who), code, at=at)


def seated(user: User, seat: Seat) -> User:
    """The same person in another seat, as an administrator might have put him there."""
    user.seat = seat
    user.save(update_fields=["seat"])
    return user


# --- firms and factories --------------------------------------------------------------------------


def credit_code(division: str = "130102") -> str:
    """A code that passes every check and was not given out before."""
    return creditcode.complete(f"91{division}{next(_numbers):08d}")


def enterprise_at(
    where: Authority | Division, *, name: str = "", by: User | None = None, at: datetime = DAY
) -> Enterprise:
    """A firm with its seat there, entered by an officer."""
    seat = place_of(where) if isinstance(where, Authority) else where
    return enterprises.register(
        credit_code=credit_code(),
        name=name or f"{seat.name}第{next(_numbers)}机械有限公司",
        seat=seat,
        by=by or officer_of(where if isinstance(where, Authority) else seat.authority),
        at=at,
    )


def factory_at(
    where: Authority | Division,
    *,
    enterprise: Enterprise | None = None,
    name: str = "",
    at: datetime = DAY,
) -> Factory:
    """A factory there, entered by its firm's own person."""
    enterprise = enterprise or enterprise_at(where, at=at)
    return enterprises.add_factory(
        enterprise,
        name=name or f"第{next(_numbers)}工厂",
        division=place_of(where) if isinstance(where, Authority) else where,
        by=staff_of(enterprise, at=at),
        at=at,
    )


def moved(factory: Factory, division: Division, *, at: datetime = DAY) -> Factory:
    """The factory after its firm has moved it."""
    by = staff_of(factory.enterprise, at=at)
    return enterprises.move_factory(factory, division, address="新址", by=by, at=at)


def reported(factory: Factory, kind: str, *, at: datetime = DAY, **given: object) -> FirmChange:
    """A change of a factory that its firm has reported, with one file for proof."""
    whole = {"on": business_date(at), "document": "证明文件", "factory": factory, **given}
    proofs = (ContentFile(PDF, name="证明.pdf"),)
    return firm_changes.report(
        factory.enterprise,
        firm_changes.Report(kind=kind, proofs=proofs, **whole),
        by=staff_of(factory.enterprise, at=at),
        at=at,
    )


def renamed(factory: Factory, name: str, *, at: datetime = DAY) -> Factory:
    by = staff_of(factory.enterprise, at=at)
    return enterprises.rename_factory(factory, name, by=by, at=at)


def firm_renamed(firm: Enterprise, name: str, *, at: datetime = DAY) -> Enterprise:
    by = staff_of(firm, at=at)
    return enterprises.rename(firm, name, document="变更登记通知书1号", by=by, at=at)


def message(result: str, *, event: Event = Event.CASE_RETURNED, **said) -> inbox.Message:
    """A message about nothing in particular."""
    return inbox.Message(event=event, matter="一厂的申报", result=result, **said)


def honour_of(
    factory: Factory,
    kind: str,
    *,
    awarded_on: date = date(2026, 2, 10),
    by: User | None = None,
    named: bool = True,
    at: datetime = DAY,
) -> Honour:
    """An honour of the factory, recorded by the province unless somebody else is named."""
    return enterprises.record_honour(
        factory.enterprise,
        kind=kind,
        document_no=f"工信规划〔2026〕{next(_numbers)}号",
        awarded_on=awarded_on,
        factory=factory if named else None,
        by=by or officer_of(chain.authority_at(factory, Role.PROVINCE)),
        at=at,
    )


FORMER = "provincial-smart-factory"


def holder(where: Authority | None = None, *, at: datetime = DAY, **firm: object) -> Honour:
    """A factory with an honour whose holders are looked at again together."""
    factory = factory_at(where or authority("340104"), at=at, **firm)
    return honour_of(factory, FORMER, at=at)


def campaign(office: Authority | None = None, *, days: int = 30, at: datetime = DAY) -> Rereview:
    """A campaign of re-review by the province that knows one, open for so many days."""
    office, on = office or authority("340000"), business_date(at)
    plan = Plan("既有省级智能工厂集中复核", "按现行要素条件自评", on, on + timedelta(days=days))
    by = officer_of(office)
    subject = rereview.subjects(by, on)[0]
    return rereview.open_campaign(subject.key, plan, by=by, at=at)


def found(
    campaign: Rereview,
    honours: list[Honour],
    outcome: str = "pass",
    *,
    reason: str = "现场核实，符合要素条件",
    by: User | None = None,
    at: datetime = DAY,
) -> list[rereview.Line]:
    """The same finding for these holders as they stand."""
    rows = {row.honour.pk: row.mark for row in rereview.table(campaign, on=business_date(at)).rows}
    seen = {one.pk: rows[one.pk] for one in honours}
    word = Word(outcome, reason, outcome == "pass")
    return rereview.find(campaign, word, seen, by=by or officer_of(campaign.authority), at=at)


def rereviewed(campaign: Rereview, *, at: datetime) -> Rereview:
    """Confirmed by a second person and determined, after its last day."""
    first = officer_of(campaign.authority)
    seen = rereview.table(campaign, on=business_date(at)).digest
    rereview.confirm(campaign, seen=seen, by=colleague_of(first), at=at)
    return rereview.determine(campaign, document_no="皖工信〔2026〕9号", seen=seen, by=first, at=at)


# --- self-assessment ------------------------------------------------------------------------------


def answers_for(tier: Tier, edition: str = "elements-2025") -> dict[str, object]:
    """The fewest answers that reach a tier, with the firm's own maturity score."""
    rules = standard.get(edition)
    gate = rules.gates[tier]
    model = rules.maturity
    yes = {"met": "yes", "how": "已建成并运行"}
    return {
        **{basic.id: "yes" for basic in rules.basics},
        **{condition.id: yes for condition in conditions_for(tier, edition)},
        "maturity.source": "own",
        "maturity.kind": "process",
        **{
            f"cmmm.{level}.{subdomain.id}": "1"
            for level in range(1, gate.maturity_level + 1)
            for subdomain in model.applicable("process")
        },
        "perf.1": {
            "indicator": "全员劳动生产率",
            "own": "120",
            "reference": "95",
            "year": "2025",
            "source": "河北省统计年鉴",
        },
    }


def conditions_for(tier: Tier, edition: str = "elements-2025") -> list[standard.Condition]:
    rules = standard.get(edition)
    dimensions = (*rules.gates[tier].dimensions, rules.results.id)
    return [c for dimension in dimensions for c in rules.conditions_for(dimension, tier)]


def evidence_for(assessment: Assessment, item: str, *, by: User, at: datetime, content=b""):
    """A file that no other firm has handed in, unless its content is given."""
    content = content or PDF + b"%% %d\n" % assessment.factory.enterprise_id
    return self_assessment.add_evidence(
        assessment, item, ContentFile(content), name="证明.pdf", by=by, at=at
    )


def answered(
    assessment: Assessment, tier: Tier = Tier.BASIC, *, by: User | None = None, at: datetime = DAY
) -> Assessment:
    """Answered so that it reaches exactly this tier, with a file for every condition it needs."""
    by = by or staff_of(assessment.factory.enterprise, at=at)
    saved = self_assessment.save_answers(
        assessment, answers_for(tier, assessment.standard), seen={}, by=by, at=at
    )
    assert not saved.errors, saved.errors
    for condition in conditions_for(tier, assessment.standard):
        evidence_for(assessment, condition.id, by=by, at=at)
    if standard.get(assessment.standard).gates[tier].ai_share:
        self_assessment.save_instance(
            assessment,
            {"scenario_no": 1, "name": "智能排产", "uses_ai": True},
            by=by,
            at=at,
        )
    return assessment


def open_assessment(factory: Factory, *, at: datetime = DAY) -> Assessment:
    return self_assessment.start(factory, by=staff_of(factory.enterprise, at=at), at=at)


def locked_assessment(
    factory: Factory, tier: Tier = Tier.BASIC, *, at: datetime = DAY
) -> Assessment:
    by = staff_of(factory.enterprise, at=at)
    return self_assessment.lock(
        answered(open_assessment(factory, at=at), tier, by=by, at=at), by=by, at=at
    )


def newer_assessment(factory: Factory, *, at: datetime = DAY) -> Assessment:
    """A copy of the factory's newest locked assessment, locked in its turn."""
    by = staff_of(factory.enterprise, at=at)
    copy = self_assessment.copy_from(drafts.latest_assessment(factory), by=by, at=at)
    return self_assessment.lock(copy, by=by, at=at)


# --- applications ---------------------------------------------------------------------------------


def open_round(
    authority: Authority,
    tier: Tier = Tier.BASIC,
    *,
    opens_on: date | None = None,
    closes_on: date | None = None,
    at: datetime = DAY,
    **more: object,
) -> Round:
    return rounds.open_round(
        authority,
        tier=tier,
        title=f"{authority.short_name}{tier.label}申报",
        opens_on=opens_on or business_date(at),
        closes_on=closes_on,
        by=officer_of(authority),
        at=at,
        **more,
    )


def round_for(factory: Factory, tier: Tier = Tier.BASIC, *, at: datetime = DAY) -> Round:
    """A round that takes this factory that day: the one there is, or a new one."""
    standing = Round.objects.covering(factory).batches().filter(tier=tier)
    standing = standing.open_on(business_date(at)).first()
    level = Role.CITY if tier == Tier.BASIC else Role.PROVINCE
    return standing or open_round(chain.authority_at(factory, level), tier, at=at)


def draft(factory: Factory, tier: Tier = Tier.BASIC, *, at: datetime = DAY) -> Application:
    """An application that could be submitted, with its locked assessment."""
    assessment = drafts.latest_assessment(factory) or locked_assessment(factory, tier, at=at)
    return drafts.start(
        factory,
        round_for(factory, tier, at=at),
        assessment=assessment,
        by=staff_of(factory.enterprise, at=at),
        at=at,
    )


def draft_without_assessment(
    factory: Factory, tier: Tier = Tier.BASIC, *, at: datetime = DAY
) -> Application:
    """An application begun before the self-assessment is finished."""
    by = staff_of(factory.enterprise, at=at)
    return drafts.start(factory, round_for(factory, tier, at=at), by=by, at=at)


def submit(application: Application, *, at: datetime = DAY) -> Application:
    """Sent in, or sent in again with every item of the return answered."""
    by = staff_of(application.factory.enterprise, at=at)
    application.refresh_from_db()
    if returns.standing(application).unanswered().exists():
        answer_items(application, at=at)
    return workflow.act(application, Action.SUBMIT, by=by, at=at, declared_by=by.name)


def decide(
    application: Application,
    action: Action = Action.COMPLETE,
    *,
    by: User | None = None,
    at: datetime = DAY,
    **details: object,
) -> Application:
    """What an officer does at the step it waits at, with everything the step asks for."""
    given = {
        "opinion": "材料齐全，情况属实",
        "document_no": f"石工信〔2026〕{application.pk}号",
        "performance_confirmed": True,
    }
    if action == Action.SEND_BACK:
        given["items"] = (remark(),)
    by = by or officer_of(chain.handling_authority(application))
    return workflow.act(application, action, by=by, at=at, **{**given, **details})


def remark(
    target: str = "enterprise.address",
    *,
    kind: str = "field",
    reason: str = "信息有误",
    text: str = "请按营业执照填写注册地址",
) -> Remark:
    """One thing to mend, by default the firm's address."""
    return Remark(kind, str(target), reason, text)


def answer_items(application: Application, *, at: datetime = DAY) -> Application:
    """The firm's answers to everything the application came back for."""
    by = staff_of(application.factory.enterprise, at=at)
    replies = {
        item.pk: mending.Reply("changed", "已按要求改正") for item in returns.standing(application)
    }
    mending.answer(application, replies, by=by, at=at)
    return application


def withdraw(application: Application, *, at: datetime = DAY) -> Application:
    by = staff_of(application.factory.enterprise, at=at)
    return workflow.act(application, Action.WITHDRAW, by=by, at=at)


def verify(
    application: Application,
    found: dict[str, verification.Entry] | None = None,
    *,
    seen: dict[str, int] | None = None,
    rest: str = "",
    by: User | None = None,
    at: datetime = DAY,
) -> verification.Saved:
    """What an officer at the case's step puts beside the firm's values; nobody else has yet."""
    by = by or officer_of(chain.handling_authority(application))
    return verification.save(application, found or {}, seen=seen or {}, rest=rest, by=by, at=at)


def finds(value: str, agreed: str = "", comment: str = "现场核对") -> verification.Entry:
    return verification.Entry(value, agreed, comment)


STAGES = ("draft", "submitted", "returned", "certified", "rejected", "withdrawn")


def application_at(
    stage: str,
    *,
    factory: Factory | None = None,
    tier: Tier = Tier.BASIC,
    where: Authority | None = None,
    at: datetime = DAY,
) -> Application:
    """An application at one of ``STAGES``; by default of a new factory in 长安区."""
    factory = factory or factory_at(where or authority("130102"), at=at)
    application = draft(factory, tier, at=at)
    if stage == "draft":
        return application
    application = submit(application, at=at)
    match stage:
        case "submitted":
            return application
        case "returned":
            return decide(application, Action.SEND_BACK, opinion="请补充设备清单", at=at)
        case "certified":
            return decide(application, at=at)
        case "rejected":
            return decide(application, Action.REJECT, opinion="成熟度依据不足", at=at)
        case "withdrawn":
            return withdraw(application, at=at)
    raise ValueError(stage)


def candidate(
    where: Authority | None = None, *, factory: Factory | None = None, at: datetime = DAY
) -> Application:
    """A factory of the basic tier whose case for the advanced one waits at its first step."""
    factory = factory or factory_at(where or authority("130102"), at=at)
    title(factory, on=business_date(at))
    return application_at("submitted", factory=factory, tier=Tier.ADVANCED, at=at)


def checked(application: Application, *, by: User | None = None, at: datetime = DAY) -> Application:
    """Every question of the formal check answered with yes, against the machine with a note."""
    given = {
        one.id: formal_check.Given("yes", "已核实")
        for one in formal_check.edition_for(application.round).questions
    }
    by = by or officer_of(chain.handling_authority(application))
    formal_check.answer(application, given, by=by, at=at)
    return application


def sent_out(
    application: Application,
    *,
    due_on: date | None = None,
    by: User | None = None,
    at: datetime = DAY,
) -> list[Consultation]:
    """The departments asked about a case at its step."""
    by = by or officer_of(chain.handling_authority(application))
    due_on = due_on or consultation.default_due(application, business_date(at))
    return consultation.send([application], due_on=due_on, by=by, at=at)


def reply(
    sent: Consultation,
    answer: str = "none",
    *,
    by: User | None = None,
    at: datetime = DAY,
    **said: object,
) -> None:
    """A department's answer to what was sent to it."""
    by = by or officer_of(sent.department)
    consultation.answer(sent, answer=answer, by=by, at=at, **said)


def shown_files(sent: Consultation, *items: str, by: User | None = None, at: datetime = DAY) -> int:
    """A department may open the files of these items, by default of the first that has any."""
    by = by or officer_of(sent.asked_by)
    items = items or tuple(consultation.files_of(sent.application))[:1]
    return consultation.attach(sent, items=items, by=by, at=at)


def consulted(application: Application, *, at: datetime = DAY) -> Application:
    """Every department asked, and none has anything against it."""
    for sent in sent_out(application, at=at):
        reply(sent, at=at)
    return application


def visit(application: Application, *, at: datetime = DAY) -> Inspection:
    """The case's site check, named where the draw has left it out."""
    batch = application.round
    by = officer_of(batch.authority)
    application.refresh_from_db()
    if inspection.current(application) is None:
        inspection.name(batch, [application.pk], reason="重点核查", by=by, at=at)
    return inspection.current(application)


def planned(application: Application, *, at: datetime = DAY) -> Inspection:
    """Its site check, with a team and for that very day."""
    found = visit(application, at=at)
    return inspection.plan(
        found,
        team="王专家、李工程师",
        on=business_date(at),
        seen=found.version,
        by=officer_of(application.round.authority),
        at=at,
    )


def signed(application: Application, result: str = "fit", *, at: datetime = DAY) -> Inspection:
    """Its site check, every value checked and the result signed by the round's office."""
    found = planned(application, at=at)
    by = officer_of(application.round.authority)
    verify(application, rest=verification.ALL, by=by, at=at)
    return inspection.sign(
        found,
        result=result,
        finding="生产现场与申报材料一致",
        name=by.name,
        seen=found.version,
        by=by,
        at=at,
    )


def inspected(
    application: Application, *, by: User | None = None, at: datetime = DAY
) -> Application:
    """Past its site check."""
    signed(application, at=at)
    return decide(application, by=by, at=at)


def prepared(
    batch: Round,
    words: dict[int, meeting.Word] | None = None,
    *,
    by: User | None = None,
    at: datetime = DAY,
) -> Meeting:
    """The round's meeting with a decision for every case; by default all of them pass."""
    now = meeting.table(batch)
    passing = {row.application.pk: meeting.Word("pass") for row in now.rows}
    return meeting.prepare(
        batch,
        {**passing, **(words or {})},
        held_on=business_date(at),
        attendees="厅领导、规划处",
        minutes="逐件审议。",
        seen=now.meeting.version if now.meeting else 0,
        by=by or officer_of(batch.authority),
        at=at,
    )


def colleague_of(someone: User) -> User:
    """Another officer of the same office: the one there is, or a new one."""
    office = User.objects.filter(authority=someone.authority).exclude(pk=someone.pk)
    return office.order_by("pk").first() or officer(someone.authority, name="第二人")


def confirmed(batch: Round, *, by: User | None = None, at: datetime = DAY) -> Meeting:
    """The meeting as it is prepared, confirmed by a second person."""
    by = by or colleague_of(officer_of(batch.authority))
    return meeting.confirm(batch, seen=meeting.table(batch).digest, by=by, at=at)


def released(batch: Round, *, by: User | None = None, at: datetime = DAY) -> Meeting:
    """What was confirmed, carried out."""
    by = by or officer_of(batch.authority)
    return proceedings.release(batch, seen=meeting.table(batch).digest, by=by, at=at)


def met(
    batch: Round, words: dict[int, meeting.Word] | None = None, *, at: datetime = DAY
) -> Meeting:
    """A whole meeting: prepared, confirmed and released."""
    prepared(batch, words, at=at)
    confirmed(batch, at=at)
    return released(batch, at=at)


def met_alone(application: Application, *, at: datetime = DAY) -> Application:
    """Passed by a meeting that puts off every other case of the round."""
    others = [row.application.pk for row in meeting.table(application.round).rows]
    words = {pk: meeting.Word("hold", "另行审定") for pk in others if pk != application.pk}
    met(application.round, words, at=at)
    return Application.objects.get(pk=application.pk)


def expert(
    province: Authority | None = None, *, fields=("34",), at: datetime = DAY, **profile: object
) -> Expert:
    """An expert of the province's pool, who has chosen a password of his own."""
    province = province or authority("130000")
    given = {
        "employer": f"第{next(_numbers)}研究院",
        "fields": fields,
        "term_from": business_date(at) - timedelta(days=30),
        "term_until": business_date(at) + timedelta(days=700),
        **profile,
    }
    made, _ = experts.enter(
        f"expert-{next(_numbers)}",
        given.pop("name", f"专家{next(_numbers)}"),
        "",
        experts.Profile(**given),
        by=officer_of(province),
        at=at,
    )
    made.user.set_password(PASSWORD)
    made.user.save(update_fields=["password"])
    return made


def drawn(batch: Round, *, at: datetime = DAY) -> ReviewPanel:
    """The experts of every case of the round that waits for them, out of the pool as it is; where
    it is too small for the rules it grows first.
    """
    wanted = experts.rule_of(batch).experts + 1
    for _ in range(wanted - len(experts.serving(batch.authority, business_date(at)))):
        expert(batch.authority, at=at)
    by = officer_of(batch.authority)
    return experts.cast(experts.freeze(batch, by=by, at=at), by=by, at=at)


def declared(task: Assignment, *, conflict: str = "", at: datetime = DAY) -> Assignment:
    """No conflict, unless its ground is given."""
    by = task.expert.user
    return experts.declare(task, conflict=bool(conflict), ground=conflict, by=by, at=at)


def marked(task: Assignment, total: int = 80, *, at: datetime = DAY) -> Assignment:
    """Declared where it was not yet, filled in so that it comes to this total, and handed in."""
    by = task.expert.user
    if task.state == Assignment.State.ASKED:
        task = declared(task, at=at)
    scores, left = {}, total
    for one in experts.sheet_of(task.application.round).dimensions:
        scores[one.key] = min(one.points, left)
        left -= scores[one.key]
    return experts.give(
        task, scores=scores, notes={}, comment="建设扎实", seen=task.version, by=by, at=at
    )


def reviewed(application: Application, *, total: int = 80, at: datetime = DAY) -> Application:
    """A case at its review with everything in: experts drawn, their marks, the opinion. What is
    left is to complete the step.
    """
    batch = Round.objects.get(pk=application.round_id)
    if not application.assignments.filter(submission=application.submissions).live().exists():
        drawn(batch, at=at)
    while task := application.assignments.live().filter(given_at=None).first():
        marked(task, total, at=at)
    by = officer_of(batch.authority)
    experts.conclude(application, text="同意推荐", by=by, at=at)
    application.refresh_from_db()
    return application


def publicised(application: Application, *, at: datetime = DAY) -> Application:
    """Past its public notice, with everything of the round that waits for one: two persons, and
    closed on the day after its last.
    """
    first = officer_of(application.round.authority)
    shown = published_notice(application.round, (first, colleague_of(first)), at=at)
    proceedings.close_notice(shown, by=first, at=on_day(shown.ends_on + timedelta(days=1)))
    return Application.objects.get(pk=application.pk)


def drawn_up(
    batch: Round, *cases: Application, by: User | None = None, at: datetime = DAY, **paper: object
) -> Determination:
    """The round's list prepared with these cases, by default with all that nothing bars."""
    now = determination.table(batch, on=business_date(at))
    chosen = [one.pk for one in cases] or [r.application.pk for r in now.rows if not r.bars]
    given = {
        "title": "先进级智能工厂名单公告",
        "document_no": f"工信规划〔2026〕{batch.pk}号",
        "decided_on": business_date(at),
        **paper,
    }
    return determination.prepare(
        batch,
        chosen,
        determination.Paper(**given),
        performance_confirmed=True,
        seen=now.held.version if now.held else 0,
        by=by or officer_of(batch.authority),
        at=at,
    )


def agreed(batch: Round, *, by: User | None = None, at: datetime = DAY) -> Determination:
    """The list as it is prepared, confirmed by a second person."""
    by = by or colleague_of(officer_of(batch.authority))
    seen = determination.table(batch, on=business_date(at)).digest
    return determination.confirm(batch, seen=seen, by=by, at=at)


def issued(batch: Round, *, by: User | None = None, at: datetime = DAY) -> Determination:
    """What was confirmed, issued with its titles."""
    by = by or officer_of(batch.authority)
    seen = determination.table(batch, on=business_date(at)).digest
    return proceedings.issue(batch, seen=seen, by=by, at=at)


def determined(application: Application, *, at: datetime = DAY) -> Application:
    """Its title, by a list with no other case on it: prepared, confirmed and issued."""
    batch = application.round
    drawn_up(batch, application, at=at)
    agreed(batch, at=at)
    issued(batch, at=at)
    return Application.objects.get(pk=application.pk)


#: What each step asks for before it can be completed; a step without an entry asks for no record.
BEFORE = {
    StepKind.CHECK: checked,
    StepKind.CONSULT: consulted,
    StepKind.INSPECT: signed,
    StepKind.REVIEW: reviewed,
}


def passed(application: Application, *, at: datetime = DAY) -> Application:
    """The case one step further, with everything its step asks for."""
    if application.step == StepKind.MEET:
        return met_alone(application, at=at)
    if application.step == StepKind.PUBLICISE:
        return publicised(application, at=at)
    if application.step == StepKind.DETERMINE and determination.by_list(application.round):
        return determined(application, at=max(at, application.step_since))
    if prepare := BEFORE.get(StepKind(application.step)):
        prepare(application, at=at)
    return decide(application, at=at)


def at_step(
    kind: StepKind,
    *,
    factory: Factory | None = None,
    where: Authority | None = None,
    at: datetime = DAY,
) -> Application:
    """A case for the advanced tier that waits at that step, brought there by every act before."""
    application = candidate(where, factory=factory, at=at)
    while application.step != kind:
        application = passed(application, at=at)
    return application


# --- public notice --------------------------------------------------------------------------------


def at_notice(*, factory: Factory | None = None, at: datetime = DAY) -> Application:
    """A case for the advanced tier that waits at 公示, under rules without the stages before it."""
    return decide(candidate(factory=factory, at=at), at=at)


def prepared_notice(batch: Round, by: User, *, at: datetime = DAY) -> Notice:
    contact = notice.Contact("0311-87000000", "gongshi@example.org", "石家庄市和平路1号")
    return notice.prepare(batch, title="拟认定先进级名单公示", contact=contact, by=by, at=at)


def published_notice(batch: Round, office: tuple[User, User], *, at: datetime = DAY) -> Notice:
    """Prepared by the first of the two, published by the second."""
    return notice.publish(prepared_notice(batch, office[0], at=at), by=office[1], at=at)


def said(**more: object) -> objections.Said:
    given = {
        "name": "王五",
        "phone": "13911112222",
        "relation": "rival",
        "ground": "该厂产能数据与实际不符，车间照片系借用",
    }
    return objections.Said(**{**given, **more})


def objection(shown: Notice, case: Application, *, at: datetime = DAY, **more: object) -> Objection:
    return objections.receive(shown, case.pk, said(**more), at=at)


def handled(
    one: Objection, handler: User, *, upheld: bool = False, at: datetime = DAY
) -> Objection:
    """Given to this officer by himself, and answered."""
    objections.assign(one, handler, by=handler, at=at)
    return objections.handle(
        one,
        finding="upheld" if upheld else "dismissed",
        answer="经核实，答复如下",
        reason="产能数据不实" if upheld else "",
        by=handler,
        at=at,
    )


# --- upward ---------------------------------------------------------------------------------------

YES, NO = UpwardItem.Outcome
NOMINATION, RESULT, ACCEPTANCE = UpwardList.Kind


def national_places(batch: Round, places: int = 40, *, at: datetime = DAY) -> Round:
    """A round whose notice of the ministries has been entered."""
    by = officer_of(batch.authority)
    notice_no = "工信厅联通装函〔2026〕251号"
    upward.set_places(batch, places=places, document_no=notice_no, by=by, at=at)
    return batch


def at_selection(
    where: Authority | None = None,
    *,
    factory: Factory | None = None,
    tier: Tier = Tier.EXCELLENT,
    at: datetime = DAY,
) -> Application:
    """A case for a national tier, recommended by its city, that passed the formal check."""
    factory = factory or factory_at(where or authority("130102"), at=at)
    below = Tier.ADVANCED if tier == Tier.EXCELLENT else Tier.EXCELLENT
    title(factory, below, on=business_date(at))
    application = application_at("submitted", factory=factory, tier=tier, at=at)
    while application.step != StepKind.SELECT:
        application = passed(application, at=at)
    return application


def listed(
    batch: Round,
    kind: UpwardList.Kind,
    words: dict[int, upward.Word] | None = None,
    *,
    by: User | None = None,
    at: datetime = DAY,
) -> UpwardList:
    """Put down for every case that waits; by default yes for all, in the order they stand in."""
    now = upward.table(batch, kind)
    ranks = range(1, len(now.rows) + 1) if kind == NOMINATION else [None] * len(now.rows)
    yes = {
        row.application.pk: upward.Word(YES, rank)
        for row, rank in zip(now.rows, ranks, strict=True)
    }
    return upward.prepare(
        batch,
        kind,
        yes if words is None else words,
        document_no=f"冀工信装函〔2026〕{next(_numbers)}号",
        dated=business_date(at),
        seen=now.open.version if now.open else 0,
        by=by or officer_of(batch.authority),
        at=at,
    )


def confirmed_list(
    batch: Round, kind: UpwardList.Kind, *, by: User | None = None, at: datetime = DAY
) -> UpwardList:
    """The open list, confirmed by a second person and carried out."""
    by = by or colleague_of(officer_of(batch.authority))
    return reporting.confirm(batch, kind, seen=upward.table(batch, kind).digest, by=by, at=at)


def nominated(
    factory: Factory | None = None, *, tier: Tier = Tier.EXCELLENT, at: datetime = DAY
) -> Application:
    """A case that has been reported and waits for the ministries."""
    case = at_selection(factory=factory, tier=tier, at=at)
    batch = Round.objects.get(pk=case.round_id)
    if upward.places_of(batch).quota is None:
        national_places(batch, at=at)
    listed(batch, NOMINATION, at=at)
    confirmed_list(batch, NOMINATION, at=at)
    case.refresh_from_db()
    return case


def excellent_title(factory: Factory | None = None, *, at: datetime = DAY) -> Certification:
    """A title of the ministries', through its whole course."""
    case = nominated(factory, at=at)
    listed(case.round, RESULT, at=at)
    confirmed_list(case.round, RESULT, at=at)
    return Certification.objects.get(application=case)


def cultivated(factory: Factory | None = None, *, at: datetime = DAY) -> Cultivation:
    """A candidate for the leading tier, listed by the ministries."""
    case = nominated(factory, tier=Tier.LEADING, at=at)
    listed(case.round, RESULT, at=at)
    confirmed_list(case.round, RESULT, at=at)
    return Cultivation.objects.get(application=case)


def delisting_of(
    titles: list[Certification],
    *,
    ground: str = "fraud",
    reason: str = "",
    by: User | None = None,
    at: datetime = DAY,
) -> Delisting:
    """The ministries' document that ends these titles, entered and not confirmed."""
    on = business_date(at)
    document = delisting.Document(
        "关于撤销部分智能工厂认定的通知", f"工信厅联通装函〔2026〕{next(_numbers)}号", on, on
    )
    return delisting.prepare(
        None,
        document,
        {one.pk: delisting.Word(ground, reason) for one in titles},
        upload=ContentFile(PDF, name="通知.pdf"),
        by=by or officer_of(chain.authority_at(titles[0].factory, Role.PROVINCE)),
        at=at,
    )


def delisted(
    titles: list[Certification], *, by: User | None = None, at: datetime = DAY, **said: object
) -> Delisting:
    """The same, confirmed by a colleague."""
    held = delisting_of(titles, by=by, at=at, **said)
    second = colleague_of(held.prepared_by)
    return delisting.confirm(held, seen=delisting.digest(held), by=second, at=at)


def group(code: str = "group-1", name: str = "中国重装集团有限公司") -> Authority:
    """A central state-owned group, as an administrator enters it."""
    given = {"name": name, "short_name": name[:4], "kind": "group", "path": f"/{code}/"}
    return Authority.objects.get_or_create(code=code, defaults=given)[0]


def affiliated(
    enterprise: Enterprise, to: Authority, *, confirmed: bool = True, at: datetime = DAY
) -> Affiliation:
    """The firm has said that it belongs to the group, which has confirmed it."""
    one = affiliation.declare(enterprise, to, by=staff_of(enterprise, at=at), at=at)
    if confirmed:
        affiliation.answer(one, confirmed=True, by=officer_of(to), at=at)
    return one


def group_list(
    factories: list[Factory], to: Authority, *, by: User | None = None, at: datetime = DAY
) -> GroupList:
    """Factories that the group wants to certify, entered and not confirmed."""
    return group_titles.prepare(
        None,
        [factory.pk for factory in factories],
        document_no=f"重装智造〔2026〕{next(_numbers)}号",
        dated=business_date(at),
        by=by or officer_of(to),
        at=at,
    )


def group_title(factory: Factory, to: Authority, *, at: datetime = DAY) -> Certification:
    """An advanced title of the group's, by two of its people."""
    held = group_list([factory], to, at=at)
    second = colleague_of(held.prepared_by)
    group_titles.confirm(held, seen=group_titles.digest(held), by=second, at=at)
    return held.items.get().certification


def reported_for_acceptance(one: Cultivation, *, at: datetime = DAY) -> Cultivation:
    """A candidate whose review by the province went up."""
    return cultivation.review(
        one,
        opinion="达到领航级要求",
        document_no=f"冀工信装函〔2026〕{next(_numbers)}号",
        reviewed_on=business_date(at),
        by=officer_of(one.application.round.authority),
        at=at,
    )


def contribution(
    factory: Factory, *, consented: bool = True, title: str = "智能工厂解决方案", at: datetime = DAY
) -> Contribution:
    """What the factory gives others, as its firm has put it on record."""
    given = contributions.Given("solution", title, at.year, "同行业三家企业", consented)
    by = staff_of(factory.enterprise, at=at)
    return contributions.record(factory, given, ContentFile(PDF), name="合同.pdf", by=by, at=at)


# --- annual reports -------------------------------------------------------------------------------


def annual_content(report: AnnualReport, **more: object) -> dict[str, object]:
    """All that is asked, with nothing in it to explain; ``more`` puts whole parts in its place."""
    return {
        "figures": {"revenue": "12000", "staff": "300", "investment": "500"},
        "kpis": {kpi.id: {"value": "", "unit": "", "na": True} for kpi in annual.kpis_of(report)},
        "scenarios": [{"no": 1, "name": "排产优化", "uses_ai": True, "effect": "缩短排产时间"}],
        "texts": {"promotion": "无", "problems": "缺少数据人才", "plan": "建设能源管理系统"},
        "changes": {kind: {"happened": "no", "on": "", "text": ""} for kind in annual.CHANGES},
        "why": {},
        **more,
    }


def annual_report(factory: Factory, year: int = 2025, *, at: datetime = DAY) -> AnnualReport:
    """The report that a factory owes about a year; the year is opened if it is not."""
    annual.open_year(year, on=business_date(at), at=at)
    return AnnualReport.objects.for_list().get(factory=factory, year=year)


def annual_sent(
    report: AnnualReport,
    *,
    at: datetime = DAY,
    replies: dict[int, annual.Reply] | None = None,
    **more: object,
) -> AnnualReport:
    """The firm's manager has sent it in."""
    report.refresh_from_db()
    return annual.submit(
        report,
        annual_content(report, **more),
        replies or {},
        declared=True,
        seen=report.version,
        by=staff_of(report.factory.enterprise, at=at),
        at=at,
    )


def annual_returned(
    report: AnnualReport, *parts: str, at: datetime = DAY, due_on: date | None = None
) -> AnnualReport:
    """Its office has sent it back for these parts."""
    return annual.send_back(
        report,
        [annual.Remark(part, "请补充说明") for part in parts or ("kpis",)],
        due_on=due_on or business_date(at) + timedelta(days=14),
        seen=report.version,
        by=officer_of(annual.acceptor(report)),
        at=at,
    )


def annual_accepted(report: AnnualReport, *, at: datetime = DAY) -> AnnualReport:
    by = officer_of(annual.acceptor(report))
    return annual.accept(report, opinion="", seen=report.version, by=by, at=at)


# --- supervision ----------------------------------------------------------------------------------


def sample(
    office: Authority | None = None, tier: Tier = Tier.BASIC, *, at: datetime = DAY
) -> Supervision:
    """A draw among the titles in force of an office."""
    by = officer_of(office or authority("130100"))
    due_on = business_date(at) + timedelta(days=30)
    return supervision.draw(tier, title="年度监督抽查", due_on=due_on, by=by, at=at)


def inspection_of(drawn: Supervision, *, at: datetime = DAY) -> SupervisionCheck:
    """The first factory of a draw not inspected yet, asked of the officer who drew."""
    check = drawn.checks.unsigned().order_by("pk").first()
    supervision.assign(drawn, [check.pk], drawn.by, by=drawn.by, at=at)
    return drawn.checks.for_list().get(pk=check.pk)


def inspected_title(
    drawn: Supervision, result: str = "mend", *, at: datetime = DAY
) -> SupervisionCheck:
    """The first factory of a draw not inspected yet, inspected and signed."""
    check = inspection_of(drawn, at=at)
    wrong = [supervision.Finding("产线数据没有采集", "major", "basic.req.1")]
    said = supervision.Record(
        "王五、李四", business_date(at), [] if result == "fit" else wrong, "看了总装车间"
    )
    by = check.officer
    return supervision.sign(
        check, said, result=result, name=by.name, seen=check.version, by=by, at=at
    )


# --- titles and lists -----------------------------------------------------------------------------


def certified(
    factory: Factory | None = None, tier: Tier = Tier.BASIC, *, on: date | None = None
) -> Certification:
    """A title determined on that day: the basic tier through its application, a higher one by its
    issue, since the steps in between need more than one officer's word."""
    at = on_day(on) if on else DAY
    factory = factory or factory_at(authority("130102"), at=at)
    if tier == Tier.BASIC:
        return application_at("certified", factory=factory, at=at).certification
    return title(factory, tier, on=business_date(at))


def in_library(
    factory: Factory,
    tier: Tier = Tier.BASIC,
    *,
    by: User | None = None,
    at: datetime = DAY,
    **aim: object,
) -> Candidate:
    """The factory in the library of its own bureau, or of the officer's, to reach a tier."""
    by = by or officer_of(factory.authority)
    whole = {"year": at.year + 1, "owner": by, **aim}
    return library.enter(factory, library.Aim(tier, **whole), by=by, at=at)


def noted(
    candidate: Candidate, *, by: User | None = None, at: datetime = DAY, **words: object
) -> CandidateStep:
    """A visit of the bureau, put down."""
    whole = {"kind": "visit", "done_on": business_date(at), "content": "走访车间", **words}
    return library.note(candidate, **whole, by=by or candidate.owner, at=at)


def title(
    factory: Factory, tier: Tier = Tier.BASIC, *, on: date, last_day: date | None = None
) -> Certification:
    """A title by its issue alone, for tests in which nothing turns on the case behind it."""
    level = Role.CITY if tier == Tier.BASIC else Role.PROVINCE
    office = chain.authority_at(factory, level)
    issuer = upward.issuer() if tier in (Tier.EXCELLENT, Tier.LEADING) else office
    return certification.issue(
        factory,
        tier,
        certification.Grant(
            issuer=issuer,
            document_no="石工信〔2026〕1号",
            valid_from=on,
            source=Certification.Source.IMPORTED,
            basis="历史认定文件",
            maturity_level=2,
            assessed_on=on - timedelta(days=30),
            last_day=last_day,
        ),
        by=officer_of(office),
        at=on_day(on),
    )


def renewal_of(one: Certification, *, at: datetime, late_reason: str = "") -> Application:
    """The firm has asked for the renewal of a title and confirmed nothing yet."""
    by = staff_of(one.factory.enterprise, at=at)
    return renewing.start(one, late_reason=late_reason, by=by, at=at)


def lines_of(application: Application) -> dict[str, renewal.Line]:
    """Everything to confirm in a renewal, by its key."""
    application.refresh_from_db()
    tier = Tier(application.tier)
    found = renewal.lines(renewal.of(application), application.assessment, tier)
    return {line.key: line for line in found}


def all_the_same(application: Application, *, at: datetime) -> Application:
    """Everything that has not changed is called the same, and the assessment locked."""
    by = staff_of(application.factory.enterprise, at=at)
    same = {
        key: True
        for key, line in lines_of(application).items()
        if not line.changes and not line.anew
    }
    renewing.confirm(application, same, declared=True, by=by, at=at)
    if not application.assessment.is_locked:
        self_assessment.lock(application.assessment, by=by, at=at)
    application.refresh_from_db()
    return application


def renewal_sent(one: Certification, *, at: datetime, late_reason: str = "") -> Application:
    """A renewal in which nothing has changed, sent in."""
    asked = renewal_of(one, at=at, late_reason=late_reason)
    return submit(all_the_same(asked, at=at), at=at)


def proposed(
    title: Certification,
    *,
    ground: str = "fraud",
    by: User | None = None,
    papers: tuple[ContentFile, ...] = (),
    at: datetime = DAY,
) -> Revocation:
    """拟撤销, told to the firm."""
    proposal = revocation.Proposal(ground, "抽查发现设备清单与现场不符", papers)
    return revocation.propose(title, proposal, by=by or officer_of(title.issuer), at=at)


def decided(
    one: Revocation,
    outcome: str = "revoked",
    *,
    reason: str = "材料不实",
    document_no: str = "石工信〔2026〕9号",
    by: User | None = None,
    at: datetime = DAY,
) -> Revocation:
    """By a colleague of who proposed it; the firm's manager has waived first, if its days run."""
    if revocation.why_not_yet(one, business_date(at)):
        waived = revocation.waive(one, by=staff_of(one.certification.factory.enterprise), at=at)
        one = waived
    by = by or colleague_of(one.proposed_by)
    said = {"reason": reason, "document_no": document_no}
    return revocation.decide(one, outcome=outcome, **said, by=by, at=at)


def revoked(
    title: Certification,
    *,
    ground: str = "fraud",
    by: User | None = None,
    at: datetime = DAY,
    **said: str,
) -> Certification:
    """Proposed by this officer and decided by a colleague on the same day."""
    decided(proposed(title, ground=ground, by=by, at=at), at=at, **said)
    title.refresh_from_db()
    return title


def surrendered(title: Certification, *, at: datetime = DAY) -> Certification:
    """Given up by the firm's manager, confirmed by the issuing office."""
    manager = staff_of(title.factory.enterprise)
    said = surrender.declare(title, reason="产线转产", declared=True, by=manager, at=at)
    surrender.confirm(said, by=officer_of(title.issuer), at=at)
    title.refresh_from_db()
    return title


def draft_list(
    city: Authority | None = None, *, factories: int = 1, at: datetime = DAY
) -> FilingList:
    """The city's draft list with that many new titles on it."""
    city = city or authority("130100")
    where = city.children.order_by("path").first() or city
    for _ in range(factories):
        title(factory_at(where, at=at), on=business_date(at))
    return filing.collect(city, by=officer_of(city), at=at)


def filed_list(
    city: Authority | None = None, *, factories: int = 1, at: datetime = DAY
) -> FilingList:
    drafted = draft_list(city, factories=factories, at=at)
    by = officer_of(drafted.authority)
    return filing.file(drafted, document_no="石工信〔2026〕20号", by=by, at=at)


def acknowledged_list(
    city: Authority | None = None, *, factories: int = 1, at: datetime = DAY
) -> FilingList:
    return acknowledge(filed_list(city, factories=factories, at=at), at=at)


def acknowledge(filed: FilingList, *, at: datetime = DAY) -> FilingList:
    return filing.acknowledge(filed, by=officer_of(filed.recipient), at=at)


def returned_list(
    city: Authority | None = None, *, factories: int = 1, at: datetime = DAY
) -> FilingList:
    filed = filed_list(city, factories=factories, at=at)
    entry = filed.entries.order_by("pk").first()
    return filing.send_back(
        filed,
        remarks={entry.pk: "请核对认定文号"},
        by=officer_of(filed.recipient),
        at=at,
    )


# --- summaries of a year --------------------------------------------------------------------------

SUMMED = moment("2027-01-04 09:00")


def summary_of(office: Authority, *, year: int = 2026, at: datetime = SUMMED) -> Summary:
    """What the office reports about a year, opened with that of every other office there."""
    summaries.open_year(office.province_code, year, at=at)
    return Summary.objects.standing().get(authority=office, year=year)


def written_summary(
    one: Summary, *, by: User | None = None, at: datetime = SUMMED, **words: str
) -> Summary:
    """Something under every heading, and why it does not wait for those below."""
    given = {key: f"{heading}：正常" for key, heading, _ in summaries.SECTIONS}
    given |= {"gaps_note": "下级人员变动，先行汇总"}
    by = by or officer_of(one.authority)
    return summaries.write(one, given | words, seen=None, by=by, at=at)


def prepared_summary(one: Summary, *, by: User | None = None, at: datetime = SUMMED) -> Summary:
    one = written_summary(one, by=by, at=at) if not one.texts else one
    digest = summaries.now(one).digest
    return summaries.prepare(one, seen=digest, by=by or officer_of(one.authority), at=at)


def signed_summary(
    office: Authority, *, year: int = 2026, by: User | None = None, at: datetime = SUMMED
) -> Summary:
    """The office's summary, prepared by one of its people and signed by another."""
    one = prepared_summary(summary_of(office, year=year, at=at), at=at)
    by = by or colleague_of(officer_of(office))
    return summaries.sign(one, seen=summaries.now(one).digest, by=by, at=at)


def token(person: User, scope: str = "read", *, ends_on: date | None = None, at=DAY):
    """A token of the API and what an application sends of it."""
    terms = tokens.Terms("ERP 系统", scope, ends_on or business_date(at) + timedelta(days=90))
    return tokens.issue(terms, password=PASSWORD, by=person, at=at)
