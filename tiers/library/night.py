"""The library's night: who has reached his tier leaves, who was refused comes in where the rules
say so, owners who are gone are released, and whoever is to be called is called to mind.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Max, Q

from assessments.models import Measure
from registry import inbox, policy
from registry.access import Seat
from registry.audit import Verb
from registry.models import Event, Notification, User
from registry.policy import Policy, Tier
from tiers import chain
from tiers.library import acts
from tiers.library.acts import Aim, Leaving, Source
from tiers.models import KEEPERS, Action, Application, Candidate, Certification, Decision, Stage
from tiers.models.library import UPWARD

CHUNK = 500
#: A refusal is looked at for so long, so that nights that were missed lose none.
LOOK_BACK_DAYS = 90
#: So many days after an agreed contact its owner is asked once more.
LATE_DAYS = 7
RELATED = ("authority", "owner", "factory__enterprise", "factory__authority")
MOVED = "工厂已迁出本辖区"


def leave(*, on: date, at: datetime) -> int:
    """Out with those that hold their tier, and with those that moved away; returns how many."""
    done = 0
    while count := _leave_chunk(on, at):
        done += count
    return done


@transaction.atomic
def _leave_chunk(on: date, at: datetime) -> int:
    rows = Candidate.objects.standing().select_for_update(of=("self",), skip_locked=True)
    titled = Candidate.objects.standing().with_stage(on).filter(stage=Stage.TITLED)
    reached = rows.filter(pk__in=list(titled.values_list("pk", flat=True)[:CHUNK]))
    away = rows.exclude(factory__authority__path__startswith=F("authority__path"))
    done = 0
    for one in reached.select_related(*RELATED):
        acts.take_out(one, Leaving.REACHED, by=None, at=at)
        _tell_keepers(
            one,
            "reached",
            result=f"已达到目标等级{one.get_tier_display()}，移出培育库",
            next_step="可以按更高等级重新列入",
            at=at,
        )
        done += 1
    for one in away.select_related(*RELATED)[:CHUNK]:
        acts.take_out(one, Leaving.DROPPED, by=None, at=at, reason=MOVED)
        acts.tell_firm(
            one,
            "out",
            result=f"已移出{one.authority.name}的培育库。原因：{MOVED}",
            next_step=f"如需培育指导，请联系{one.factory.authority.name}",
            at=at,
        )
        done += 1
    return done


def take_in(*, on: date, at: datetime) -> int:
    """Refused cases whose factory is mature enough, where the rules send them to the library."""
    return sum(
        _take_in(rules, rules.library.by, rules.library.refused_maturity_level, on, at)
        for rules in (policy.current(code, on) for code in policy.provinces())
        if rules.library is not None
    )


@transaction.atomic
def _take_in(rules: Policy, level: str, maturity: int, on: date, at: datetime) -> int:
    made = Decision.objects.filter(
        action=Action.REJECT, at__gte=at - timedelta(days=LOOK_BACK_DAYS)
    )
    refused = Application.objects.filter(
        status=Application.Status.REJECTED,
        assessment__maturity_level__gte=maturity,
        factory__authority__path__startswith=f"/{rules.province}/",
        pk__in=made.values("application"),
        candidacy__isnull=True,
    )
    done = 0
    for case in refused.select_related("factory__enterprise", "factory__authority__parent__parent"):
        tier, factory = Tier(case.tier), case.factory
        office = chain.authority_at(factory, level) or factory.authority
        held = Certification.objects.running(on).filter(factory=factory)
        standing = Candidate.objects.standing().filter(factory=factory)
        if standing.exists() or held.filter(tier__in=UPWARD[tier]).exists():
            continue
        aim = Aim(tier, on.year + 1, owner=None)
        one = acts.put_in(
            factory, office, aim, source=Source.RULE, by=None, at=at, application=case
        )
        _tell_keepers(
            one,
            "taken in",
            result=f"申报未通过、自评成熟度达到{maturity}级，按规定转入培育库",
            next_step="指定负责人，约定联系时间",
            at=at,
        )
        done += 1
    return done


@transaction.atomic
def release(*, at: datetime) -> int:
    """Who has left his office sees to nobody any more: his colleagues name another."""
    acting = Q(owner__is_active=True, owner__role__in=KEEPERS, owner__authority=F("authority"))
    rows = Candidate.objects.standing().filter(owner__isnull=False).select_related(*RELATED)
    left = list(rows.filter(~acting | Q(owner__seat=Seat.READER)))
    for one in left:
        name, was = one.owner.name, one.owner_id
        Candidate.objects.filter(pk=one.pk, owner=was).update(owner=None, version=one.version + 1)
        one.owner = None
        acts.trail(Verb.LIBRARY_HAND_OVER, one, by=None, at=at, to=None)
        _tell_keepers(
            one,
            f"released:{was}",
            result=f"负责人{name}已不在岗，待指定新的负责人",
            next_step="在培育库中转交给在岗同事",
            at=at,
        )
    return len(left)


def remind(*, on: date, at: datetime) -> int:
    """Tell those who see to a candidate what is due; each thing once, and a contact once more when
    it is long overdue. Returns how many were told anew.
    """
    messages = [*_contacts(on, at), *_measures(on, at)]
    told = 0
    for first in range(0, len(messages), CHUNK):
        those = messages[first : first + CHUNK]
        known = Notification.objects.filter(key__in=[one.key for one in those]).count()
        with transaction.atomic():
            inbox.send_many(those)
        told += len(those) - known
    return told


def _contacts(on: date, at: datetime) -> Iterator[Notification]:
    for one in Candidate.objects.due(on).select_related(*RELATED):
        day = one.next_contact_on
        late = (on - day).days
        key = f"library:{one.pk}:{'late' if late >= LATE_DAYS else 'due'}:{day}"
        result = f"约定 {day:%Y-%m-%d} 联系，已过 {late} 天" if late else "今天是约定的联系日期"
        message = _message(one, result, "联系企业并登记情况", due_on=day)
        yield from (inbox.addressed(user, message, key=key, at=at) for user in _seers(one))


def _measures(on: date, at: datetime) -> Iterator[Notification]:
    """Measures of the firm's own plan that are late, together for each candidate."""
    late = Measure.objects.overdue(on).order_by()
    found = late.filter(factory__candidacies__in=Candidate.objects.standing())
    counted = {
        factory: (count, last)
        for factory, count, last in found.values("factory")
        .annotate(count=Count("pk", distinct=True), last=Max("due_on"))
        .values_list("factory", "count", "last")
    }
    rows = Candidate.objects.standing().filter(factory__in=counted)
    for one in rows.select_related(*RELATED):
        count, last = counted[one.factory_id]
        message = _message(
            one, f"企业提升计划有 {count} 条措施逾期未完成", "向企业了解原因，协调解决"
        )
        key = f"library:{one.pk}:measures:{last}"
        yield from (inbox.addressed(user, message, key=key, at=at) for user in _seers(one))


def _seers(one: Candidate) -> list[User]:
    return [one.owner] if one.owner else list(acts.keepers_of(one.authority))


def _message(
    one: Candidate, result: str, next_step: str, *, due_on: date | None = None
) -> inbox.Message:
    return inbox.Message(
        event=Event.DESK_LIBRARY,
        matter=f"{one.factory.name}的梯度培育",
        result=result,
        next_step=next_step,
        due_on=due_on,
        link=f"/library/{one.pk}/",
    )


def _tell_keepers(one: Candidate, key: str, *, result: str, next_step: str, at: datetime) -> None:
    message = _message(one, result, next_step)
    inbox.send(_seers(one), message, key=f"library:{one.pk}:{key}", at=at)
