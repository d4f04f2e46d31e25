"""A case brought one step on, with all its step asks for, so that short runs come far."""

from datetime import timedelta

from hypothesis.stateful import rule

from registry.policy import StepKind
from tests.machine.base import N
from tests.machine.chain import Chain, Status
from tests.machine.stages import Stages
from tiers.models import Action, Application, Consultation, Inspection, Notice

#: The steps at which the province works, and at the last of which it determines.
PROVINCE = (
    StepKind.CHECK,
    StepKind.CONSULT,
    StepKind.REVIEW,
    StepKind.INSPECT,
    StepKind.MEET,
    StepKind.PUBLICISE,
    StepKind.DETERMINE,
)


class Advance(Chain, Stages):
    @rule(n=N, who=N, what=N, detail=N)
    def one_act(self, n, who, what, detail):
        """One thing of those that are done at the step of a case, whether it is its time or not."""
        waiting = Application.objects.filter(step__in=PROVINCE, step_level="province")
        case = self.pick(waiting, n)
        if case is None:
            return
        place = self.place_of(case, Application.objects.filter(step=case.step))
        acts = {
            StepKind.CHECK: (lambda: self.answer_check(place, who, detail),),
            StepKind.CONSULT: (
                lambda: self.ask_departments(place, who),
                lambda: self.departments_answer(n, detail, who),
                lambda: self.remind_or_waive(n, who, detail),
                lambda: self.lift(n, who),
            ),
            StepKind.REVIEW: (
                lambda: self.draw_experts(who, detail),
                lambda: self.declare(n, detail),
                lambda: self.mark(place, what, detail),
                lambda: self.conclude(place, who),
            ),
            StepKind.INSPECT: (
                lambda: self.choose_visits(place, who, detail),
                lambda: self.visit(n, who, detail),
                lambda: self.pass_on(who),
            ),
            StepKind.MEET: (
                lambda: self.prepare_meeting(place, who, detail),
                lambda: self.confirm_meeting(who),
                lambda: self.release_meeting(who),
            ),
            StepKind.PUBLICISE: (
                lambda: self.prepare_notice(who),
                lambda: self.publish_notice(who),
                lambda: self.withdraw_notice(n, who),
                lambda: self.object(n),
                lambda: self.settle_objection(n, who, detail, what),
                lambda: self.close_notice(n, who),
            ),
            StepKind.DETERMINE: (
                lambda: self.prepare_list(n, who, detail),
                lambda: self.confirm_list(who),
                lambda: self.issue_list(who),
            ),
        }[StepKind(case.step)]
        acts[what % len(acts)]()

    @rule(n=N, who=N)
    def advance(self, n, who):
        case = self.pick(Application.objects.filter(status=Status.IN_PROGRESS), n)
        if case is None:
            return
        place = self.place_of(case, Application.objects.filter(step=case.step))
        match case.step:
            case StepKind.MEET:
                self.prepare_meeting(n=place, who=who, outcome=0)
                self.confirm_meeting(who=who + 1)
                self.release_meeting(who=who)
            case StepKind.PUBLICISE:
                self.publicise(who, objected=n % 2 == 1)
            case StepKind.DETERMINE if case.step_level == "province":
                self.prepare_list(n=place, who=who, only=0)
                self.confirm_list(who=who + 1)
                self.issue_list(who=who)
            case _:
                self.prepare(case, place, who)
                self.decide(case, Action.COMPLETE, who)

    def prepare(self, case: Application, place: int, who: int) -> None:
        match case.step:
            case StepKind.CHECK:
                self.answer_check(n=place, who=who, no=0)
            case StepKind.CONSULT:
                self.ask_departments(n=place, who=who)
                rows = Consultation.objects.open()
                if first := rows.filter(application=case).order_by("pk").first():
                    self.departments_answer(n=self.place_of(first, rows), many=1, veto=0)
            case StepKind.REVIEW:
                self.draw_experts(who=who, again=0)
                self.mark(n=place, many=1, points=0)
                self.conclude(n=place, who=who)
            case StepKind.INSPECT:
                self.choose_visits(n=place, who=who, named=1)
                rows = Inspection.objects.filter(signed_at=None)
                if found := rows.filter(application=case).first():
                    self.visit(n=self.place_of(found, rows), who=who, unfit=0)

    def publicise(self, who: int, *, objected: bool) -> None:
        self.prepare_notice(who=who)
        self.publish_notice(who=who + 1)
        if shown := Notice.objects.filter(status=Notice.Status.PUBLISHED).last():
            if objected:
                self.object(n=0)
                self.settle_objection(n=0, who=who, handler=who + 1, upheld=who)
            self.now += timedelta(days=12)
            self.close_notice(n=self.place_of(shown, Notice.objects.all()), who=who)

    def place_of(self, row, rows) -> int:
        """The number by which ``pick`` finds it."""
        return list(rows.order_by("pk").values_list("pk", flat=True)).index(row.pk)
