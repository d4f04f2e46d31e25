"""Drawing experts for the cases of a round: lists frozen with a digest, then one seed, published.

A draw takes the cases that wait for review and lack experts: at first all of them, later those
that came in afterwards or ran out of replacements.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from registry import audit, inbox
from registry.access import Role, business_date
from registry.audit import Verb
from registry.models import Event, User
from registry.policy import StepKind
from tiers.experts import conflicts, draw, pool
from tiers.experts.sheet import rule_of
from tiers.models import Application, Assignment, AvoidanceRequest, Expert, ReviewPanel, Round

State = Assignment.State
NO_FIELD = ""
WAITING = {"status": Application.Status.IN_PROGRESS, "step": StepKind.REVIEW}


# --- questions ----------------------------------------


def in_review(batch: Round) -> list[Application]:
    """The round's cases that wait for their review, by number."""
    return _with_tasks(Application.objects.filter(round=batch, **WAITING))


def reviewed(batch: Round) -> list[Application]:
    """Those, and the ones whose review is done and that were not sent back or closed unfavourably
    since.
    """
    given = Assignment.objects.filter(
        state=State.GIVEN, submission=F("application__submissions"), panel__round=batch
    )
    going = (Application.Status.IN_PROGRESS, Application.Status.CERTIFIED)
    done = Q(status__in=going, pk__in=given.values("application"))
    return _with_tasks(Application.objects.filter(Q(**WAITING) | done, round=batch))


def _with_tasks(found: QuerySet[Application]) -> list[Application]:
    return list(
        found.select_related("factory__enterprise", "factory__industry", "round")
        .prefetch_related("factory__enterprise__former_names", "assignments__expert__user")
        .order_by("number")
    )


def of_submission(case: Application) -> list[Assignment]:
    """Every assignment of the case as it was last sent in."""
    return [one for one in case.assignments.all() if one.submission == case.submissions]


def live(case: Application) -> list[Assignment]:
    dead = (State.CONFLICT, State.CANCELLED)
    return [one for one in of_submission(case) if one.state not in dead]


def seats_open(case: Application) -> int:
    """How many experts the case lacks."""
    return max(rule_of(case.round).experts - len(live(case)), 0)


def field_of(case: Application) -> str:
    """The two-digit industry of the factory, or else of its firm."""
    code = case.factory.industry_id or case.factory.enterprise.industry_id or NO_FIELD
    return code[:2]


def may_run(batch: Round, user: User) -> bool:
    return user.role == Role.PROVINCE and user.authority_id == batch.authority_id


def may_redraw(panel: ReviewPanel) -> bool:
    """As long as nobody has given his marks."""
    return panel.superseded_at is None and not panel.assignments.filter(state=State.GIVEN).exists()


# --- acts ----------------------------------------


@transaction.atomic
def freeze(batch: Round, *, by: User, at: datetime) -> ReviewPanel:
    """Fix who is drawn for what: cases, experts and conflicts as they stand now."""
    batch = _held(batch, by)
    if batch.panels.standing().filter(drawn_at__isnull=True).exists():
        raise ValidationError("已有一份冻结的名单等待抽取，请先抽取")
    return _freeze(batch, by=by, at=at)


@transaction.atomic
def redraw(panel: ReviewPanel, *, reason: str, by: User, at: datetime) -> ReviewPanel:
    """Set a draw aside, with its reason, and freeze the lists anew. Both stay published."""
    batch = _held(panel.round, by)
    panel = batch.panels.select_for_update(of=("self",)).get(pk=panel.pk)
    if not reason.strip():
        raise ValidationError({"reason": "请写明重新抽取的原因，会随抽取记录公开"})
    if panel.superseded_at is not None:
        raise ValidationError("这次抽取已经作废", code="stale")
    if not may_redraw(panel):
        raise ValidationError("已有专家提交评分，不能重新抽取")
    panel.superseded_at = at
    panel.save(update_fields=["superseded_at"])
    taken = panel.assignments.exclude(state=State.CONFLICT)
    _tell_taken_back(panel, [one.expert for one in taken.select_related("expert__user")], at=at)
    taken.update(state=State.CANCELLED)
    return _freeze(batch, replaces=panel, reason=reason.strip(), by=by, at=at)


def _freeze(
    batch: Round,
    *,
    by: User,
    at: datetime,
    replaces: ReviewPanel | None = None,
    reason: str = "",
) -> ReviewPanel:
    on, rule = business_date(at), rule_of(batch)
    cases = [case for case in in_review(batch) if seats_open(case)]
    if not cases:
        raise ValidationError("没有等待抽取专家的申报")
    if AvoidanceRequest.objects.filter(application__in=cases).undecided().exists():
        raise ValidationError("还有企业的回避申请没有决定，请先决定再冻结名单")
    experts = pool.serving(batch.authority, on)
    barred = conflicts.barred(experts, cases, recent_years=rule.recent_years, year=on.year)
    barred += [
        [case.number or "", one.expert.code]
        for case in cases
        for one in of_submission(case)
        if one.state != State.CANCELLED
    ]
    lists = {
        "round": batch.title,
        "cases": [
            {"number": case.number, "field": field_of(case), "seats": seats_open(case)}
            for case in cases
        ],
        "experts": [{"code": one.code, "fields": list(one.fields)} for one in experts],
        "conflicts": sorted({(number, code) for number, code in barred}),
    }
    lists["conflicts"] = [list(pair) for pair in lists["conflicts"]]
    _ensure_enough(lists)
    last = batch.panels.aggregate(n=Max("number"))["n"] or 0
    panel: ReviewPanel = ReviewPanel.objects.create(
        round=batch,
        number=last + 1,
        replaces=replaces,
        reason=reason,
        lists=lists,
        digest=draw.digest(lists),
        frozen_at=at,
        frozen_by=by,
    )
    verb = Verb.PANEL_REDRAW if replaces else Verb.PANEL_FREEZE
    _trail(verb, panel, by=by, at=at, digest=panel.digest, reason=reason)
    return panel


def _ensure_enough(lists: dict) -> None:
    try:
        draw.draw(lists["cases"], lists["experts"], lists["conflicts"], "")
    except ValueError as short:
        numbers = "、".join(short.args)
        raise ValidationError(
            f"除去回避的专家后，{numbers} 的专家不够。请在专家库补充在聘专家后再冻结名单"
        ) from None


@transaction.atomic
def cast(panel: ReviewPanel, *, by: User, at: datetime) -> ReviewPanel:
    """Draw the seed, once, and with it the experts of every case; each is asked to declare."""
    batch = _held(panel.round, by)
    panel = batch.panels.select_for_update(of=("self",)).get(pk=panel.pk)
    if panel.drawn_at is not None or panel.superseded_at is not None:
        raise ValidationError("这份名单已经抽取过，种子只产生一次", code="stale")
    lists = panel.lists
    panel.seed = secrets.token_hex(16)
    panel.result = draw.draw(lists["cases"], lists["experts"], lists["conflicts"], panel.seed)
    panel.drawn_at, panel.drawn_by = at, by
    panel.save(update_fields=["seed", "result", "drawn_at", "drawn_by"])
    _assign(panel, at=at)
    _trail(Verb.PANEL_DRAW, panel, by=by, at=at, seed=panel.seed, digest=panel.digest)
    return panel


def _assign(panel: ReviewPanel, *, at: datetime) -> None:
    """A case that has left the review since the freeze keeps its line in the record and is asked
    of nobody.
    """
    cases = {case.number: case for case in in_review(panel.round)}
    pool_now = Expert.objects.filter(authority=panel.round.authority).select_related("user")
    experts = {one.code: one for one in pool_now}
    made = [
        Assignment(
            panel=panel,
            application=cases[number],
            submission=cases[number].submissions,
            expert=experts[code],
            made_at=at,
        )
        for number, codes in panel.result.items()
        if number in cases
        for code in codes
    ]
    Assignment.objects.bulk_create(made)
    for code in sorted({one.expert.code for one in made}):
        ask(panel, experts[code], key=f"panel:{panel.pk}", at=at)


def next_expert(panel: ReviewPanel, case: Application) -> Expert | None:
    """Who comes next for a case by the published order: still in the pool, never asked before."""
    line = next(one for one in panel.lists["cases"] if one["number"] == case.number)
    asked = {one.expert_id for one in of_submission(case) if one.state != State.CANCELLED}
    order = draw.order(line, panel.lists["experts"], panel.lists["conflicts"], panel.seed)
    serving = Expert.objects.filter(
        authority=panel.round.authority,
        code__in=order,
        retired_at__isnull=True,
        user__is_active=True,
    ).exclude(pk__in=asked)
    by_code = {one.code: one for one in serving.select_related("user")}
    return next((by_code[code] for code in order if code in by_code), None)


def ask(panel: ReviewPanel, expert: Expert, *, key: str, at: datetime) -> None:
    """He hears that something waits, not what it is."""
    message = inbox.Message(
        event=Event.DESK_REVIEW,
        matter=panel.round.title,
        result="您被抽取为评审专家，有申报等待声明是否需要回避",
        next_step="逐件声明后才能看到材料",
        link="/reviews/",
    )
    inbox.send([expert.user], message, key=key, at=at)


def _tell_taken_back(panel: ReviewPanel, experts: list[Expert], *, at: datetime) -> None:
    message = inbox.Message(
        event=Event.DESK_REVIEW,
        matter=panel.round.title,
        result="专家重新抽取，原来的评审任务已撤回",
        link="/reviews/",
    )
    people = {one.user_id: one.user for one in experts}
    inbox.send(people.values(), message, key=f"panel:{panel.pk}:superseded", at=at)


def _held(batch: Round, by: User) -> Round:
    """The round under its lock: draws of one round happen one after the other."""
    if not may_run(batch, by):
        raise PermissionDenied("专家由开放批次的部门抽取")
    found: Round = (
        Round.objects.select_for_update(of=("self",)).select_related("authority").get(pk=batch.pk)
    )
    return found


def _trail(verb: Verb, panel: ReviewPanel, *, by: User, at: datetime, **data: object) -> None:
    path = panel.round.authority.path
    audit.record(verb, panel, by=by, at=at, path=path, round=panel.round_id, **data)
