"""Four firms in three cities with a row of every kind, for the rules about who sees what.

Firms are called by a letter: A and B are neighbours in 长安区, T is in another city, D in a county
that reports to the province like a city. Every name that must not leak contains its ``NAMES``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.files.base import ContentFile
from django.db import transaction

from assessments import assessment as self_assessment
from assessments.models import Assessment, Evidence, Measure, ScenarioInstance
from registry import delegation, enterprises, policy, readings
from registry.access import Duty, Role, business_date
from registry.listing import keeping
from registry.listings import ENTERPRISES
from registry.models import (
    ApiToken,
    Claim,
    Delegation,
    Enterprise,
    Factory,
    Honour,
    Invitation,
    Notification,
    Recovery,
    SavedView,
    User,
    VetoEvent,
)
from registry.policy import StepKind, Tier
from reports import annual, exports, layouts, summaries
from reports.models import (
    AnnualFile,
    AnnualReport,
    Batch,
    Caption,
    Export,
    ExportLayout,
    Summary,
)
from tests import build, sheets
from tiers import (
    bans,
    experts,
    filing,
    inspection,
    meeting,
    quota,
    reasons,
    relocation,
    revocation,
    supervision,
    surrender,
    suspension,
    urging,
    webhooks,
)
from tiers.certificates import issuing
from tiers.models import (
    Affiliation,
    Application,
    Assignment,
    AvoidanceRequest,
    Candidate,
    Certificate,
    Certification,
    Consultation,
    Contribution,
    Cultivation,
    Delisting,
    Determination,
    FilingEntry,
    FilingList,
    FirmChange,
    GroupList,
    HonourCheck,
    Inspection,
    InspectionPhoto,
    MoveCheck,
    Notice,
    Objection,
    Push,
    Recommendation,
    Rereview,
    RereviewItem,
    ReviewPanel,
    Revocation,
    RevocationFile,
    Round,
    SupervisionCheck,
    SupervisionFile,
    Surrender,
    UpwardList,
)
from tiers.workflow import Action

AT = build.DAY
PLACES = {"A": "130102", "B": "130102", "T": "130202", "D": "130682"}
CITIES = {"A": "130100", "B": "130100", "T": "130200", "D": "130682"}
NAMES = {"A": "甲秘精密", "B": "乙秘精密", "T": "丙秘精密", "D": "丁秘精密"}


@dataclass
class Firm:
    """A firm with factories at every stage, and one row of everything else."""

    letter: str
    enterprise: Enterprise
    staff: User
    busy: Factory
    titled: Factory
    fresh: Factory
    locked: Assessment
    unlocked: Assessment
    instance: ScenarioInstance
    evidence: Evidence
    locked_evidence: Evidence
    submitted: Application
    draft: Application
    returned: Application
    title: Certification
    honour: Honour
    veto: VetoEvent
    measure: Measure
    claim: Claim
    invitation: Invitation
    recovery: Recovery
    change: FirmChange | None = None
    check: MoveCheck | None = None
    aging: Certification | None = None
    renewal: Application | None = None
    visit: Inspection | None = None
    photo: InspectionPhoto | None = None
    revocation: Revocation | None = None
    paper: RevocationFile | None = None
    surrender: Surrender | None = None
    inspected: SupervisionCheck | None = None
    proof: SupervisionFile | None = None
    kept: Candidate | None = None
    report: AnnualReport | None = None
    certificate: Certificate | None = None
    annual_file: AnnualFile | None = None


@dataclass
class Scene:
    firms: dict[str, Firm]
    cast: dict[str, User]
    rounds: dict[str, Round] = field(default_factory=dict)
    lists: dict[str, FilingList] = field(default_factory=dict)
    place: Recommendation | None = None
    sent: dict[str, Consultation] = field(default_factory=dict)
    notice: Notice | None = None
    revoked: Revocation | None = None
    objection: Objection | None = None
    announcement: Determination | None = None
    delegations: dict[str, Delegation] = field(default_factory=dict)
    view: SavedView | None = None
    token: ApiToken | None = None
    push: Push | None = None
    reviewed: Application | None = None
    judged: list[Application] = field(default_factory=list)
    panel: ReviewPanel | None = None
    task: Assignment | None = None
    nominated: UpwardList | None = None
    candidates: dict[str, Cultivation] = field(default_factory=dict)
    contributions: dict[str, Contribution] = field(default_factory=dict)
    avoidances: dict[str, AvoidanceRequest] = field(default_factory=dict)
    rereviews: dict[str, Rereview] = field(default_factory=dict)
    delisting: Delisting | None = None
    delisted: Delisting | None = None
    summaries: dict[str, Summary] = field(default_factory=dict)
    exports: dict[str, Export] = field(default_factory=dict)
    layouts: dict[str, ExportLayout] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)
    affiliations: dict[str, Affiliation] = field(default_factory=dict)
    group_lists: dict[str, GroupList] = field(default_factory=dict)

    def entry(self, letter: str) -> FilingEntry:
        return self.lists[letter].entries.order_by("pk").first()

    def message(self, who: str) -> Notification:
        return Notification.objects.filter(recipient=self.cast[who]).order_by("pk").first()

    def letter_of(self, enterprise_id: int) -> str:
        return next(f.letter for f in self.firms.values() if f.enterprise.pk == enterprise_id)


def make(*, noticed: datetime = AT) -> Scene:
    """``noticed``: when the province's notice is published."""
    # First in their office, so that they act for it where nobody is named.
    for name in ("省级乙", "省级丙"):
        build.officer(build.authority("130000"), name=name)
    offices = {
        "county": build.officer(build.authority("130102"), name="县级甲"),
        "city": build.officer(build.authority("130100"), name="市级甲"),
        "other city": build.officer(build.authority("130200"), name="市级乙"),
        "reporting unit": build.officer(build.authority("130682"), name="市级丙"),
        "province": build.officer(build.authority("130000"), name="省级甲"),
        "department": build.officer(build.authority("130000-yjgl"), name="部门甲"),
    }
    rounds = {
        letter: build.open_round(build.authority(CITIES[letter])) for letter in ("A", "T", "D")
    }
    rounds["P"] = build.open_round(build.authority("130000"), Tier.ADVANCED)
    firms = {letter: firm(letter) for letter in PLACES}
    newcomer = build.claim_by(firms["A"].enterprise, name="待确认人").user
    administrator = User.objects.create_superuser(
        "admin", password=build.PASSWORD, name="平台管理员"
    )
    cast = {
        "own": firms["A"].staff,
        "rival": firms["B"].staff,
        "newcomer": newcomer,
        **offices,
        "administrator": administrator,
    }
    for one in firms.values():
        urging.urge(one.submitted, note=f"{NAMES[one.letter]}催办", by=offices["province"], at=AT)
    scene = Scene(firms, cast, rounds)
    file_lists(scene)
    for who, officer in offices.items():
        if officer.role == Role.DEPARTMENT:
            continue
        reasons.save("材料重复", f"{who}：同一份材料重复上传", new=True, by=officer, at=AT)
    scene.place = recommended(scene)
    ask_departments(scene)
    review(scene)
    inspect_and_meet(scene)
    publicise(scene, noticed)
    go_up(scene)
    for one in firms.values():
        given = build.contribution(one.titled, title=f"{NAMES[one.letter]}方案")
        scene.contributions[one.letter] = given
    delegate(scene)
    keep_views(scene)
    give_tokens(scene)
    renew(scene)
    for one in firms.values():
        check_honour(one, by=offices["city"])
        certify(one)
        suspend_later(one)
        barred_before(one)
        change_and_move(scene, one.letter)
        ending(one)
    look_again(scene)
    supervise(scene)
    cultivate(scene)
    join_groups(scene)
    report(scene)
    sum_up(scene)
    take_out(scene)
    look_in(scene)
    send_workbooks(scene)
    scene.revoked = revoked(scene.firms["A"])
    return scene


def revoked(one: Firm) -> Revocation:
    """A last title of the firm, which has been taken away."""
    factory = build.factory_at(
        one.busy.authority, enterprise=one.enterprise, name=f"{NAMES[one.letter]}已撤销工厂"
    )
    return build.decided(build.proposed(build.title(factory, on=date(2025, 9, 1))))


def report(scene: Scene) -> None:
    """What every firm has sent in about the year before, and one report it is writing."""
    annual.open_year(2025, on=business_date(AT), at=AT)
    for one in scene.firms.values():
        own = AnnualReport.objects.for_list().filter(factory__enterprise=one.enterprise)
        one.report = own.earliest("pk")
        kept = ContentFile(build.PDF)
        name = f"{NAMES[one.letter]}年报.pdf"
        one.annual_file = annual.add_file(one.report, kept, name=name, by=one.staff, at=AT)
        build.annual_sent(one.report)
        one.annual_file.refresh_from_db()
    factory = further(scene, "A", "填报中")
    build.title(factory, on=date(2025, 9, 1))
    scene.writing = build.annual_report(factory)


def renew(scene: Scene) -> None:
    """A title of firm A that ends soon, with the renewal its firm works on."""
    one, place = scene.firms["A"], build.authority(PLACES["A"])
    factory = build.factory_at(place, enterprise=one.enterprise, name=f"{NAMES['A']}到期工厂")
    build.locked_assessment(factory)
    one.aging = build.title(factory, on=business_date(AT), last_day=date(2026, 6, 30))
    one.renewal = build.renewal_of(one.aging, at=AT)
    scene.rounds["R"] = one.renewal.round


def certify(one: Firm) -> None:
    """Issued where the title is public; else written by hand, for nobody could."""
    by = build.officer_of(one.title.issuer)
    one.title.refresh_from_db()
    if one.title.published_on:
        one.certificate = issuing.issue_all([one.title.pk], by=by, at=AT)[0]
        return
    factory, day = one.title.factory, business_date(AT)
    one.certificate = Certificate.objects.create(
        certification=one.title,
        issue=1,
        enterprise=factory.enterprise.name,
        factory=factory.name,
        credit_code=factory.enterprise.credit_code,
        issued_on=day,
        key_id="AAAAAAAA",
        code="AAAAAAAA",
        by=by,
        at=AT,
    )


def suspend_later(one: Firm) -> None:
    """A suspension that has not begun, so that the title can be suspended and restored."""
    terms = suspension.Terms(
        "inquiry",
        f"{NAMES[one.letter]}待核实",
        "文〔2026〕9号",
        date(2027, 3, 1),
        date(2027, 4, 30),
    )
    suspension.suspend(one.title, terms, by=build.officer_of(one.title.issuer), at=AT)


def ending(one: Firm) -> None:
    """A further title that is being revoked: the firm has asked for a hearing, and would rather
    give it up.
    """
    factory = build.factory_at(
        one.busy.authority, enterprise=one.enterprise, name=f"{NAMES[one.letter]}待撤销工厂"
    )
    title = build.title(factory, on=date(2025, 9, 1))
    paper = ContentFile(build.PDF, name=f"{NAMES[one.letter]}核查记录.pdf")
    told = build.proposed(title, papers=(paper,), at=AT)
    one.revocation = revocation.state(told, statement="", hearing=True, by=one.staff, at=AT)
    one.paper = told.files.get()
    reason = f"{NAMES[one.letter]}转产"
    one.surrender = surrender.declare(title, reason=reason, declared=True, by=one.staff, at=AT)


def barred_before(one: Firm) -> None:
    """A ban that has run out, so that it bars nothing here."""
    cause = bans.Cause(
        "fraud", f"{NAMES[one.letter]}被撤销认定", "文〔2020〕9号", certification=one.title
    )
    by = build.officer_of(one.title.issuer)
    with transaction.atomic():  # as the act that causes a ban puts it
        rules = policy.get("hebei-2025")
        bans.put(one.enterprise, rules, cause, from_on=date(2020, 1, 1), by=by, at=AT)


def keep_views(scene: Scene) -> None:
    """Two share theirs with their office, a third keeps his to himself."""
    for who in ("reporting unit", "other city", "county"):
        scene.view = keeping.save_view(
            "enterprises",
            name=f"{who}视图",
            query="q=工厂",
            shared=who != "other city",
            by=scene.cast[who],
            at=AT,
        )


def delegate(scene: Scene) -> None:
    """The county's officer asks the city's, two others ask the province's."""
    for giver, stand_in in (
        ("county", "city"),
        ("other city", "province"),
        ("reporting unit", "province"),
    ):
        terms = delegation.Terms(
            stand_in=scene.cast[stand_in],
            from_on=business_date(AT),
            until_on=business_date(AT),
            duties=[Duty.COMPLETE.value],
            tiers=[],
            reason="出差",
        )
        scene.delegations[giver] = delegation.give(terms, by=scene.cast[giver], at=AT)


def give_tokens(scene: Scene) -> None:
    """An application of the city's officer, and one of each firm's, with an address that changes
    are pushed to; the city's stay.
    """
    for who in ("own", "rival", "city"):
        scene.token, _ = build.token(scene.cast[who])
        address = f"https://{who}.example.com/"
        one = webhooks.add("系统", address, origin="", by=scene.cast[who], at=AT)
        scene.push = one.pushes.get()


def check_honour(one: Firm, *, by: User) -> None:
    """Written by hand: in Hebei no honour gives a tier, so no act comes to this row."""
    HonourCheck.objects.create(
        honour=one.honour,
        tier=Tier.BASIC,
        passed=True,
        finding="符合",
        by=by,
        by_name=by.name,
        place_name=by.place_name,
        at=AT,
    )


def sum_up(scene: Scene) -> None:
    """What every office reports about 2025, with an attachment; two cities have signed theirs."""
    for who in ("city", "other city", "reporting unit", "province"):
        by = scene.cast[who]
        one = build.summary_of(by.authority, year=2025, at=AT)
        paper = ContentFile(build.PDF, name="名单.pdf")
        summaries.attach(one, paper, name="名单.pdf", by=by, at=AT)
        if who in ("city", "other city"):
            one = build.signed_summary(by.authority, year=2025, at=AT)
        scene.summaries[who] = one


def look_in(scene: Scene) -> None:
    """Somebody of the province has looked at one thing of each firm."""
    for one in scene.firms.values():
        opened = readings.Opened("企业信息", "", "a page", str(one.enterprise.pk))
        readings.note(one.enterprise.pk, opened, by=scene.cast["province"], at=AT)


def take_out(scene: Scene) -> None:
    """Every officer takes out the list of his firms, and keeps how it was laid out."""
    columns = [("name", "企业"), ("credit_code", "信用代码")]
    for who in ("county", "city", "other city", "reporting unit", "province"):
        by = scene.cast[who]
        wanted = exports.Wanted(columns, "xlsx")
        asked = exports.ask(ENTERPRISES, "", wanted, by=by, at=AT)
        exports.make(asked.pk, at=AT)
        asked.refresh_from_db()
        scene.exports[who] = asked
        scene.layouts[who] = layouts.save(ENTERPRISES, "本部门格式", columns, by=by, at=AT)


def send_workbooks(scene: Scene) -> None:
    """A workbook of three offices, with one bad row and a caption each has explained."""
    for who, county in (("city", "长安区"), ("other city", "路北区"), ("reporting unit", "定州市")):
        by = scene.cast[who]
        rows = [sheets.line(3, county=county), sheets.line(6, county=county, level="一级")]
        scene.batches[who] = sheets.batch_of(by, rows, at=AT)
        Caption.objects.create(authority=by.authority, kind="filing", caption="等次", field="level")


def supervise(scene: Scene) -> None:
    """Every city draws until it has inspected a title of each of its firms; all have to mend."""
    for who, letters in (("city", "AB"), ("other city", "T"), ("reporting unit", "D")):
        while any(scene.firms[letter].inspected is None for letter in letters):
            inspect_one(scene, scene.cast[who])


def inspect_one(scene: Scene, by: User) -> None:
    """Whom chance has picked."""
    drawn = supervision.draw(Tier.BASIC, title="监督抽查", due_on=date(2026, 6, 1), by=by, at=AT)
    for _ in drawn.drawn:
        check = build.inspection_of(drawn)
        kept = supervision.add_file(check, ContentFile(build.JPEG), name="现场.jpg", by=by, at=AT)
        firm = scene.firms[scene.letter_of(check.certification.factory.enterprise_id)]
        firm.proof, firm.inspected = kept, build.inspected_title(drawn)


def look_again(scene: Scene) -> None:
    """Written by hand for the same reason: a campaign of every city, determined and published."""
    for letter, code in CITIES.items():
        office, officer = build.authority(code), scene.cast["province"]
        campaign, _ = Rereview.objects.get_or_create(
            authority=office,
            honour_kind="lighthouse",
            tier=Tier.ADVANCED,
            defaults={
                "policy": scene.rounds["P"].policy,
                "title": "集中复核",
                "asks": "重新自评",
                "opens_on": business_date(AT),
                "closes_on": business_date(AT),
                "opened_by": officer,
                "opened_at": AT,
                "document_no": "文〔2026〕10号",
                "determined_at": AT,
                "published_at": AT,
            },
        )
        scene.rereviews.setdefault(letter, campaign)
        one = scene.firms[letter]
        RereviewItem.objects.create(
            rereview=campaign,
            honour=one.honour,
            factory=one.titled,
            outcome="fail",
            reason=f"{NAMES[letter]}未达到",
            by=officer,
            by_name=officer.name,
            at=AT,
        )
        campaign.frozen.append(
            {
                "honour": one.honour.pk,
                "honour_document_no": one.honour.document_no,
                "enterprise": one.enterprise.name,
                "factory": one.titled.name,
                "factory_id": one.titled.pk,
                "place": one.titled.authority.path,
                "office": one.titled.authority.short_name,
                "outcome": "fail",
                "outcome_label": "未通过",
                "reason": f"{NAMES[letter]}未达到",
                "title": None,
                "number": "",
            }
        )
        campaign.save()


def recommended(scene: Scene) -> Recommendation:
    """Three units have put forward a case of theirs; returns the place of A's."""
    units = {"A": "city", "T": "other city", "D": "reporting unit"}
    given = {scene.cast[who].authority_id: 8 for who in units.values()}
    quota.allot(scene.rounds["P"], given, by=scene.cast["province"], at=AT)
    places = {}
    for letter, who in units.items():
        factory = further(scene, letter, "推荐")
        case = build.decide(build.candidate(factory=factory), by=scene.cast[who])
        places[letter] = quota.standing_of(case)
    return places["A"]


def review(scene: Scene) -> None:
    """A case of every firm, one more of A's for the notice, three for the lists of titles, and one
    that stays with the experts, the first of whom is of the cast. Each of A, T and D has asked that
    somebody be kept away.
    """
    office = scene.cast["province"]
    kinds = [
        ("A", "评审"),
        ("A", "公示"),
        *((letter, "认定") for letter in "DAT"),
        *((letter, "核查") for letter in PLACES),
    ]
    scene.reviewed, on_notice, *scene.judged = [
        build.at_step(StepKind.REVIEW, factory=further(scene, letter, kind))
        for letter, kind in kinds
    ]
    scene.judged.append(on_notice)
    pool = [build.expert(name=f"专家{letter}") for letter in "甲乙丙"]
    scene.cast["expert"] = pool[0].user
    asked = {letter: one.application for letter, one in scene.sent.items()}
    for letter, case in (asked | {"A": scene.reviewed}).items():
        scene.avoidances[letter] = experts.request_avoidance(
            case,
            person=f"{NAMES[letter]}对头",
            employer="",
            reason="有诉讼",
            by=scene.firms[letter].staff,
            at=AT,
        )
    experts.decide_avoidance(
        scene.avoidances["A"], granted=False, answer="不在专家库", by=office, at=AT
    )
    frozen = experts.freeze(scene.rounds["P"], by=office, at=AT)
    scene.panel = experts.cast(frozen, by=office, at=AT)
    experts.conclude(scene.reviewed, text="同意", by=office, at=AT)
    scene.task = build.declared(scene.reviewed.assignments.get(expert=pool[0]))
    scene.judged = [build.decide(build.reviewed(case)) for case in scene.judged]


def inspect_and_meet(scene: Scene) -> None:
    """Some are drawn, all are visited. A first meeting passes three, the next refuses one of each
    firm and passes the last.
    """
    batch, office = scene.rounds["P"], scene.cast["province"]
    inspection.draw(batch, by=office, at=AT)
    for case in scene.judged:
        firm = scene.firms[scene.letter_of(case.factory.enterprise_id)]
        photo = inspection.add_photo(
            build.planned(case),
            ContentFile(build.JPEG),
            name="现场.jpg",
            by=build.officer_of(office.authority),
            at=AT,
        )
        visit = build.signed(case)
        build.decide(case)
        if case in scene.judged[3:-1]:  # those refused: a decided case shows its visit to the firm
            firm.visit, firm.photo = visit, photo
    listed, scene.judged = scene.judged[:3], scene.judged[3:]
    build.met(batch, {case.pk: meeting.Word("hold", "另行审定") for case in scene.judged})
    determine(scene, listed)
    refused = {case.pk: meeting.Word("reject", "现场不符") for case in scene.judged[:-1]}
    build.met(batch, refused)


def determine(scene: Scene, cases: list[Application]) -> None:
    """The first of them has its title by a list that is announced; one with the others waits."""
    case = build.publicised(cases[0])
    at = case.step_since
    build.determined(case, at=at)
    scene.announcement = case.determinations.get()
    build.drawn_up(case.round, at=at)


def change_and_move(scene: Scene, letter: str) -> None:
    """A titled factory that has moved within its county and waits to be looked at; that it has
    halted waits to be confirmed.
    """
    one, factory = scene.firms[letter], further(scene, letter, "搬迁")
    build.title(factory, on=business_date(AT))
    move = relocation.Move(factory.division, business_date(AT), "新址", "搬迁证明")
    relocation.relocate(factory, move, by=build.officer_of(factory.authority), at=AT)
    one.check = factory.move_checks.get()
    one.change = build.reported(factory, "halt", note=f"{NAMES[letter]}停产")


def further(scene: Scene, letter: str, kind: str) -> Factory:
    """One more factory of the firm."""
    one = scene.firms[letter]
    name = f"{NAMES[letter]}{kind}工厂"
    return build.factory_at(one.busy.authority, enterprise=one.enterprise, name=name)


def ask_departments(scene: Scene) -> None:
    """All departments are asked about the cases of A, T and D; to each another one has answered."""
    answering = {"A": "130000-yjgl", "T": "130000-sthj", "D": "130000-sthj"}
    for held in Recommendation.objects.filter(round=scene.rounds["P"]):
        letter = scene.letter_of(held.application.factory.enterprise_id)
        case = build.passed(held.application)
        for sent in build.sent_out(case):
            if sent.department.code == answering[letter]:
                build.reply(sent, "objection", ground="见附件", upload=ContentFile(build.PDF))
            if sent.department.code == "130000-yjgl":
                build.shown_files(sent)
                scene.sent[letter] = sent


def publicise(scene: Scene, at: datetime) -> None:
    """The case of A's that the meeting passed. The province's officer of the cast had no part in
    it: his colleague has handled it, and prepares its notice.
    """
    batch, office = scene.rounds["P"], scene.cast["province"]
    scene.notice = build.published_notice(batch, (build.officer_of(batch.authority), office), at=at)
    scene.objection = build.objection(scene.notice, scene.judged[-1], at=at)


def go_up(scene: Scene) -> None:
    """A case each of A, T and D has been reported to the ministries."""
    scene.rounds["U"] = batch = build.open_round(build.authority("130000"), Tier.EXCELLENT)
    for letter in ("A", "T", "D"):
        firm = scene.firms[letter]
        factory = build.factory_at(
            firm.busy.authority, enterprise=firm.enterprise, name=f"{NAMES[letter]}卓越工厂"
        )
        build.at_selection(factory=factory)
        # By hand: on the public register stands nobody but D.
        Certification.objects.filter(factory=factory).update(published_on=None)
    build.national_places(batch)
    build.listed(batch, build.NOMINATION)
    scene.nominated = build.confirmed_list(batch, build.NOMINATION)
    candidates(scene)


def candidates(scene: Scene) -> None:
    """A factory each of A, T and D is on the ministries' list of candidates."""
    scene.rounds["L"] = build.open_round(build.authority("130000"), Tier.LEADING)
    for letter in ("A", "T", "D"):
        firm = scene.firms[letter]
        factory = build.factory_at(
            firm.busy.authority, enterprise=firm.enterprise, name=f"{NAMES[letter]}培育工厂"
        )
        scene.candidates[letter] = build.cultivated(factory)
        Certification.objects.filter(factory=factory).update(published_on=None)
    delist(scene)


def cultivate(scene: Scene) -> None:
    """A and B in the library of their county, T and D in that of their city, each with a visit."""
    for letter, who in {
        "A": "county",
        "B": "county",
        "T": "other city",
        "D": "reporting unit",
    }.items():
        one, by = scene.firms[letter], scene.cast[who]
        held = build.in_library(one.fresh, Tier.ADVANCED, by=by, note=f"{NAMES[letter]}补短板")
        build.noted(held, by=by, content=f"走访{NAMES[letter]}", next_contact_on=date(2026, 4, 1))
        one.kept = held


def join_groups(scene: Scene) -> None:
    """A belongs to one group, T and D to another; B has said so and waits for the first. Each group
    has entered a list for each of its firms.
    """
    own = build.group()
    other = build.group("group-2", "中国远航集团有限公司")
    scene.cast["group"] = build.officer(own, name="集团甲")
    for letter, to in {"A": own, "B": own, "T": other, "D": other}.items():
        one = scene.firms[letter]
        kept = build.affiliated(one.enterprise, to, confirmed=letter != "B")
        scene.affiliations[letter] = kept
        if letter != "B":
            scene.group_lists[letter] = build.group_list([one.titled], to)


def delist(scene: Scene) -> None:
    """The ministries have ended a title each of A, T and D by one document. A second document that
    was entered for the same titles waits, and can no longer be confirmed.
    """
    titles = [
        Certification.objects.get(factory=one.application.factory, tier=Tier.EXCELLENT)
        for one in scene.candidates.values()
    ]
    scene.delisting = build.delisting_of(titles, ground="lapsed")
    scene.delisted = build.delisted(titles, ground="lapsed")


def file_lists(scene: Scene) -> None:
    """A's list came back, B's waits at the province, D's is acknowledged, T's is being made."""
    city, unit, province = (scene.cast[who] for who in ("city", "reporting unit", "province"))
    mixed = filing.collect(city.authority, by=city, at=AT)
    strange = mixed.entries.get(certification=scene.firms["B"].title)
    filing.strike(strange, reason="另行报备", by=city, at=AT)
    filing.file(mixed, document_no="文〔2026〕1号", by=city, at=AT)
    remarks = {mixed.entries.kept().get().pk: "请核对文号"}
    scene.lists["A"] = filing.send_back(mixed, remarks=remarks, by=province, at=AT)
    later = filing.collect(city.authority, by=city, at=AT)
    scene.lists["B"] = filing.file(later, document_no="文〔2026〕2号", by=city, at=AT)
    theirs = filing.collect(unit.authority, by=unit, at=AT)
    filing.file(theirs, document_no="文〔2026〕3号", by=unit, at=AT)
    scene.lists["D"] = filing.acknowledge(theirs, by=province, at=AT)
    other = scene.cast["other city"]
    scene.lists["T"] = filing.collect(other.authority, by=other, at=AT)


def returned_after_verification(factory: Factory) -> Application:
    """Sent back with a value the firm reads beside its own."""
    case = build.application_at("submitted", factory=factory)
    build.verify(case, {"basic.req.1": build.finds("no", "no")})
    return build.decide(case, Action.SEND_BACK, opinion="请补充设备清单")


def firm(letter: str) -> Firm:
    place, name = build.authority(PLACES[letter]), NAMES[letter]
    enterprise = build.enterprise_at(place, name=f"{name}机械有限公司")
    staff = build.person_for(enterprise, name="经办人")
    busy, titled, fresh, returned = (
        build.factory_at(place, enterprise=enterprise, name=f"{name}{kind}工厂")
        for kind in ("在办", "已认定", "筹备", "补正")
    )
    submitted = build.application_at("submitted", factory=busy)
    title = build.certified(titled)
    build.verify(submitted, rest="basics")
    back = returned_after_verification(returned)
    unlocked = build.answered(build.open_assessment(fresh), by=staff)
    fields = {"scenario_no": 1, "name": f"{name}排产", "uses_ai": False}
    instance = self_assessment.save_instance(unlocked, fields, by=staff, at=AT)
    draft = build.draft_without_assessment(fresh)
    plan = {
        "gap": "缺少能耗监测",
        "action": f"{name}能耗改造",
        "owner": "设备部",
        "due_on": date(2026, 12, 31),
    }
    return Firm(
        letter,
        enterprise,
        staff,
        busy,
        titled,
        fresh,
        locked=submitted.assessment,
        unlocked=unlocked,
        instance=instance,
        evidence=unlocked.evidence.order_by("pk").first(),
        locked_evidence=submitted.assessment.evidence.order_by("pk").first(),
        submitted=submitted,
        draft=draft,
        returned=back,
        title=title,
        honour=enterprises.record_honour(
            enterprise,
            kind="lighthouse",
            document_no=f"{name}〔2023〕1号",
            awarded_on=date(2023, 5, 1),
            by=staff,
            at=AT,
        ),
        veto=enterprises.record_veto_event(
            enterprise,
            kind="safety",
            grade="general",
            happened_on=date(2026, 1, 5),
            by=staff,
            at=AT,
        ),
        measure=self_assessment.save_measure(fresh, plan, by=staff, at=AT),
        claim=build.claim_by(enterprise, name="候任经办人"),
        invitation=build.invited(enterprise)[0],
        recovery=build.lost(staff)[0],
    )
