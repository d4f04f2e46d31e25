"""The single acts of the province's stages, from the formal check to the public notice."""

from registry.access import business_date
from registry.audit import Verb
from registry.policy import StepKind
from tests import build
from tests.machine.base import Base
from tests.machine.chain import ISSUING
from tiers import (
    consultation,
    determination,
    experts,
    formal_check,
    inspection,
    meeting,
    notice,
    objections,
    proceedings,
    verification,
)
from tiers.models import (
    Application,
    Assignment,
    Consultation,
    Inspection,
    Notice,
    Objection,
    ReviewPanel,
)

MOVING = (Verb.APPLICATION_COMPLETE, Verb.APPLICATION_REJECT)


class Stages(Base):
    # --- formal check, departments ---

    def answer_check(self, n, who, no):
        case, by = self.at(StepKind.CHECK, n), self.acting_for(self.world.province, who)
        word = "no" if no == 1 else "yes"
        questions = formal_check.edition_for(case.round).questions
        given = {one.id: formal_check.Given(word, "已核实") for one in questions}
        self.do(
            Verb.FORMAL_CHECK_ANSWER,
            lambda at: formal_check.answer(case, given, by=by, at=at),
        )

    def ask_departments(self, n, who):
        case, by = self.at(StepKind.CONSULT, n), self.acting_for(self.world.province, who)
        due = consultation.default_due(case, business_date(self.now))
        self.do(
            Verb.CONSULTATION_SEND,
            lambda at: consultation.send([case], due_on=due, by=by, at=at),
        )

    def departments_answer(self, n, many, veto):
        """One of them with a veto or without, or all who have not answered."""
        if not (first := self.pick(Consultation.objects.open(), n)):
            return
        rows = [first]
        if many % 3:
            rows = list(Consultation.objects.open().filter(application=first.application_id))
        for row in rows:
            by = build.officer_of(row.department)
            said = {"answer": "none"}
            if row == first and veto % 3 == 1:
                kind = (row.content["vetoes"] or [""])[0]
                said = {"answer": "objection", "ground": "有处罚记录", "veto": kind}
            self.do(
                Verb.CONSULTATION_ANSWER,
                lambda at, row=row, by=by, said=said: consultation.answer(
                    row, **said, by=by, at=at
                ),
            )

    def remind_or_waive(self, n, who, late):
        by = self.acting_for(self.world.province, who)
        if row := self.pick(Consultation.objects.open().filter(opinions=None), n):
            self.do(Verb.CONSULTATION_REMIND, lambda at: consultation.remind(row, by=by, at=at))
            if late % 2:
                self.do(
                    Verb.CONSULTATION_WAIVE,
                    lambda at: consultation.waive(row, reason="逾期未复", by=by, at=at),
                )

    def lift(self, n, who):
        by = self.acting_for(self.world.province, who)
        if row := self.pick(Consultation.objects.exclude(opinions__veto="").distinct(), n):
            self.do(
                Verb.CONSULTATION_LIFT,
                lambda at: consultation.lift(row, reason="同名企业", by=by, at=at),
            )

    # --- experts ---

    def draw_experts(self, who, again):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        if again % 4 == 1 and (last := ReviewPanel.objects.standing().order_by("-pk").first()):
            frozen = self.do(
                Verb.PANEL_REDRAW,
                lambda at: experts.redraw(last, reason="名单有误", by=by, at=at),
            )
        else:
            frozen = self.do(Verb.PANEL_FREEZE, lambda at: experts.freeze(batch, by=by, at=at))
        if frozen is not None:
            self.do(Verb.PANEL_DRAW, lambda at: experts.cast(frozen, by=by, at=at))

    def declare(self, n, conflict):
        if task := self.pick(Assignment.objects.in_hand(), n):
            by, yes = task.expert.user, conflict % 5 == 1
            ground = "曾任顾问" if yes else ""
            self.do(
                Verb.REVIEW_DECLARE,
                lambda at: experts.declare(task, conflict=yes, ground=ground, by=by, at=at),
                also=(Verb.REVIEW_REPLACE,),
            )

    def mark(self, n, many, points):
        """One expert, or all who still have to; with one mark far from the others now and then."""
        case = self.at(StepKind.REVIEW, n)
        tasks = case.assignments.live().filter(submission=case.submissions, given_at=None)
        for task in list(tasks.order_by("pk")) if many % 3 else list(tasks.order_by("pk")[:1]):
            if task.state == Assignment.State.ASKED:
                by = task.expert.user
                self.do(
                    Verb.REVIEW_DECLARE,
                    lambda at, task=task, by=by: experts.declare(
                        task, conflict=False, by=by, at=at
                    ),
                )
            self.hand_in(task.pk, 2 if points % 5 == 1 else 1)
            points = 0

    def hand_in(self, pk: int, part: int) -> None:
        task = Assignment.objects.get(pk=pk)
        sheet = experts.sheet_of(task.application.round)
        scores = {one.key: one.points // part for one in sheet.dimensions}
        self.do(
            Verb.REVIEW_GIVE,
            lambda at: experts.give(
                task,
                scores=scores,
                notes={},
                comment="建设扎实",
                seen=task.version,
                by=task.expert.user,
                at=at,
            ),
            also=(Verb.REVIEW_REPLACE,),
        )

    def conclude(self, n, who):
        case, by = self.at(StepKind.REVIEW, n), self.acting_for(self.world.province, who)
        self.do(
            Verb.REVIEW_CONCLUDE,
            lambda at: experts.conclude(case, text="同意推荐", by=by, at=at),
        )

    # --- site check ---

    def choose_visits(self, n, who, named):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        case = self.at(StepKind.INSPECT, n)
        if named % 2:
            self.do(
                Verb.INSPECTION_NAME,
                lambda at: inspection.name(batch, [case.pk], reason="重点核查", by=by, at=at),
            )
        else:
            self.do(Verb.INSPECTION_DRAW, lambda at: inspection.draw(batch, by=by, at=at))

    def visit(self, n, who, unfit):
        found = self.pick(Inspection.objects.filter(signed_at=None), n)
        if found is None:
            return
        by, seen, case = self.acting_for(self.world.province, who), found.version, found.application
        planned = self.do(
            Verb.INSPECTION_PLAN,
            lambda at: inspection.plan(
                found, team="王工程师", on=business_date(at), seen=seen, by=by, at=at
            ),
        )
        if planned is None:
            return
        self.do(
            Verb.APPLICATION_VERIFY,
            lambda at: verification.save(case, {}, seen={}, rest=verification.ALL, by=by, at=at),
        )
        self.do(
            Verb.INSPECTION_SIGN,
            lambda at: inspection.sign(
                planned,
                result="unfit" if unfit % 4 == 1 else "fit",
                finding="与申报材料相符",
                name=by.name,
                seen=planned.version,
                by=by,
                at=at,
            ),
        )

    def pass_on(self, who):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        self.do(
            Verb.APPLICATION_COMPLETE,
            lambda at: proceedings.pass_on(batch, by=by, at=at),
            also=(Verb.APPLICATION_COMPLETE,),
        )

    # --- meeting ---

    def prepare_meeting(self, n, who, outcome):
        """All pass but one, or a single word is put down."""
        batch, by = self.batch, self.acting_for(self.world.province, who)
        now = meeting.table(batch)
        word = (meeting.Word("pass"), meeting.Word("reject", "不足"), meeting.Word("hold", "再议"))
        case = self.at(StepKind.MEET, n)
        words = {row.application.pk: meeting.Word("pass") for row in now.rows}
        words = {**words, case.pk: word[outcome % 3]} if outcome < 20 else {case.pk: word[0]}
        self.do(
            Verb.MEETING_PREPARE,
            lambda at: meeting.prepare(
                batch,
                words,
                held_on=business_date(at),
                attendees="厅领导",
                minutes="逐件审议。",
                seen=now.meeting.version if now.meeting else 0,
                by=by,
                at=at,
            ),
        )

    def confirm_meeting(self, who):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        seen = meeting.table(batch).digest
        self.do(Verb.MEETING_CONFIRM, lambda at: meeting.confirm(batch, seen=seen, by=by, at=at))

    def release_meeting(self, who):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        seen = meeting.table(batch).digest
        self.do(
            Verb.MEETING_RELEASE,
            lambda at: proceedings.release(batch, seen=seen, by=by, at=at),
            also=MOVING,
        )

    # --- notice ---

    def prepare_notice(self, who):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        contact = notice.Contact("0311-87000000", "", "和平路1号")
        self.do(
            Verb.NOTICE_PREPARE,
            lambda at: notice.prepare(batch, title="公示", contact=contact, by=by, at=at),
        )

    def publish_notice(self, who):
        by = self.acting_for(self.world.province, who)
        if drafted := Notice.objects.filter(status=Notice.Status.DRAFT).first():
            self.do(Verb.NOTICE_PUBLISH, lambda at: notice.publish(drafted, by=by, at=at))

    def withdraw_notice(self, n, who):
        shown, by = self.pick(Notice, n), self.acting_for(self.world.province, who)
        if shown is None:
            return
        self.do(
            Verb.NOTICE_WITHDRAW,
            lambda at: notice.withdraw(shown, reason="名单有误", by=by, at=at),
        )

    def object(self, n):
        shown = self.pick(Notice.objects.filter(status=Notice.Status.PUBLISHED), n)
        entry = shown.entries.order_by("pk").first() if shown else None
        if entry is None:
            return
        self.do(
            Verb.OBJECTION_RECEIVE,
            lambda at: objections.receive(entry.notice, entry.application_id, build.said(), at=at),
        )

    def settle_objection(self, n, who, handler, upheld):
        one, by = self.pick(Objection, n), self.acting_for(self.world.province, who)
        if one is None:
            return
        handler = self.acting_for(self.world.province, handler)
        self.do(
            Verb.OBJECTION_ASSIGN,
            lambda at: objections.assign(one, handler, by=by, at=at),
        )
        self.do(
            Verb.OBJECTION_HANDLE,
            lambda at: objections.handle(
                one,
                finding="upheld" if upheld % 3 == 1 else "dismissed",
                answer="已核实",
                reason="产能数据不实" if upheld % 3 == 1 else "",
                by=handler,
                at=at,
            ),
        )

    def close_notice(self, n, who):
        shown, by = self.pick(Notice, n), self.acting_for(self.world.province, who)
        if shown is None:
            return
        self.do(
            Verb.NOTICE_CLOSE,
            lambda at: proceedings.close_notice(shown, by=by, at=at),
            also=(*MOVING, *ISSUING),
        )

    # --- the list of titles ---

    def prepare_list(self, n, who, only):
        """All that wait, or one of them."""
        batch, by = self.batch, self.acting_for(self.world.province, who)
        rows = self.determining(batch)
        chosen = [rows[n % len(rows)]] if only % 3 == 1 else rows
        now = determination.table(batch, on=business_date(self.now))
        paper = determination.Paper("认定公告", "文〔2026〕30号", business_date(self.now))
        self.do(
            Verb.DETERMINATION_PREPARE,
            lambda at: determination.prepare(
                batch,
                chosen,
                paper,
                performance_confirmed=True,
                seen=now.held.version if now.held else 0,
                by=by,
                at=at,
            ),
        )

    def determining(self, batch):
        rows = Application.objects.filter(round=batch, step=StepKind.DETERMINE)
        return list(rows.order_by("pk").values_list("pk", flat=True))

    def confirm_list(self, who):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        seen = determination.table(batch, on=business_date(self.now)).digest
        self.do(
            Verb.DETERMINATION_CONFIRM,
            lambda at: determination.confirm(batch, seen=seen, by=by, at=at),
        )

    def issue_list(self, who):
        batch, by = self.batch, self.acting_for(self.world.province, who)
        seen = determination.table(batch, on=business_date(self.now)).digest
        self.do(
            Verb.DETERMINATION_ISSUE,
            lambda at: proceedings.issue(batch, seen=seen, by=by, at=at),
            also=(*MOVING, *ISSUING),
        )
