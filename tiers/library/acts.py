"""What a bureau does with its library: put in, aim anew, note down, hand over, take out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet

from registry import audit, enterprises, inbox
from registry.access import Seat, business_date, may_change
from registry.audit import Verb
from registry.models import Authority, Event, Factory, User
from registry.policy import Tier
from tiers.models import KEEPERS, Candidate, CandidateStep, Certification
from tiers.models.library import UPWARD

Source, Leaving = Candidate.Source, Candidate.Leaving
#: So many years ahead a target may lie.
AHEAD = 5


@dataclass(frozen=True)
class Aim:
    """What the bureau has in mind for a factory, and who sees to it."""

    tier: str
    year: int
    owner: User | None
    next_contact_on: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Entered:
    """What became of one factory of several: its candidate, or why it was not put in."""

    factory: Factory
    candidate: Candidate | None
    refusal: str = ""


# --- questions ----------------------------------------


def may_enter(user: User) -> bool:
    """Whether this person's office keeps a library and he may change it."""
    return user.role in KEEPERS and user.authority_id is not None and may_change(user)


def may_work(candidate: Candidate, user: User) -> bool:
    """Whether this person's office keeps the candidate, who still stands."""
    own = candidate.authority_id == user.authority_id
    return own and candidate.is_standing and may_enter(user)


def keepers_of(authority: Authority | None) -> QuerySet[User]:
    """The people of an office who can see to a candidate."""
    people = User.objects.filter(authority=authority, is_active=True, role__in=KEEPERS)
    return people.exclude(seat=Seat.READER).order_by("name", "pk")


# --- acts ----------------------------------------


@transaction.atomic
def enter(
    factory: Factory,
    aim: Aim,
    *,
    source: Candidate.Source = Source.HAND,
    by: User,
    at: datetime,
) -> Candidate:
    """Put a factory into the library of the officer's own bureau, and tell the firm."""
    if not may_enter(by) or by.authority is None:
        raise PermissionDenied("培育库由市、县主管部门的经办人员管理")
    enterprises.ensure_visible(factory, by)
    enterprises.one_at_a_time(factory.enterprise)
    enterprises.ensure_open(factory.enterprise)
    if not factory.authority.path.startswith(by.authority_path):
        raise ValidationError("这座工厂不在本辖区，不能列入本部门的培育库")
    on = business_date(at)
    _check(aim, by.authority, on=on)
    ensure_free(factory, aim.tier, on)
    return put_in(factory, by.authority, aim, source=source, by=by, at=at)


def enter_all(
    factories: Sequence[Factory], aim: Aim, *, source: Candidate.Source, by: User, at: datetime
) -> list[Entered]:
    """Each factory by itself: what cannot be put in is named with its reason, the others are in."""
    found = []
    for factory in factories:
        try:
            found.append(Entered(factory, enter(factory, aim, source=source, by=by, at=at)))
        except ValidationError as refusal:
            found.append(Entered(factory, None, "；".join(refusal.messages)))
    return found


def ensure_free(factory: Factory, tier: str, on: date) -> None:
    """Refuse what stands in a library already, and what holds the tier."""
    standing = Candidate.objects.standing().filter(factory=factory).select_related("authority")
    if one := standing.first():
        raise ValidationError(f"这座工厂已在{one.authority.name}的培育库中")
    titles = Certification.objects.running(on).filter(factory=factory, tier__in=UPWARD[Tier(tier)])
    if held := titles.first():
        raise ValidationError(f"这座工厂已是{held.get_tier_display()}，请选择更高的目标等级")


def put_in(
    factory: Factory,
    office: Authority,
    aim: Aim,
    *,
    source: Candidate.Source,
    by: User | None,
    at: datetime,
    **more: object,
) -> Candidate:
    """The row, its line in the trail, and word to the firm; part of an act that has checked."""
    made: Candidate = Candidate.objects.create(
        factory=factory,
        authority=office,
        tier=aim.tier,
        year=aim.year,
        source=source,
        note=aim.note.strip(),
        owner=aim.owner,
        next_contact_on=aim.next_contact_on,
        entered_by=by,
        entered_name=str(by) if by else audit.SYSTEM,
        entered_at=at,
        **more,
    )
    trail(Verb.LIBRARY_ENTER, made, by=by, at=at, firm=True, tier=aim.tier, year=aim.year)
    tell_firm(
        made,
        "in",
        result=f"已列入{office.name}的培育库，目标：{made.year}年达到{made.get_tier_display()}",
        next_step=f"对照自评差距制定提升计划；{contact_of(made)}",
        at=at,
    )
    return made


@transaction.atomic
def change(candidate: Candidate, aim: Aim, *, seen: int, by: User, at: datetime) -> Candidate:
    """Aim at another tier or year, or let another colleague see to it."""
    candidate = held(candidate, by)
    if candidate.version != seen:
        raise ValidationError("同事刚刚修改过，请刷新页面核对后再改")
    on = business_date(at)
    _check(aim, candidate.authority, on=on, kept=candidate.next_contact_on, year=candidate.year)
    titles = Certification.objects.running(on).filter(factory=candidate.factory)
    if titles.filter(tier__in=UPWARD[Tier(aim.tier)]).exists():
        raise ValidationError({"tier": "这座工厂已取得这一等级，请选择更高的目标等级"})
    before = candidate.owner_id
    candidate.tier, candidate.year, candidate.owner = aim.tier, aim.year, aim.owner
    candidate.next_contact_on, candidate.note = aim.next_contact_on, aim.note.strip()
    _save(candidate)
    trail(Verb.LIBRARY_CHANGE, candidate, by=by, at=at, tier=aim.tier, year=aim.year)
    if before != candidate.owner_id:
        _told_owner([candidate], candidate.owner, by=by, at=at)
    return candidate


@transaction.atomic
def note(
    candidate: Candidate,
    *,
    kind: str,
    done_on: date,
    content: str,
    next_step: str = "",
    next_contact_on: date | None = None,
    by: User,
    at: datetime,
) -> CandidateStep:
    """Put down what was done, and when the next contact is; it replaces the day agreed before."""
    candidate = held(candidate, by)
    on = business_date(at)
    if not content.strip():
        raise ValidationError({"content": "请写明做了什么、企业的情况和需求"})
    if done_on > on:
        raise ValidationError({"done_on": "只登记已经做过的工作，日期不能晚于今天"})
    if next_contact_on is not None and next_contact_on < on:
        raise ValidationError({"next_contact_on": "下次联系日期不能早于今天"})
    made = CandidateStep(
        candidate=candidate,
        kind=kind,
        done_on=done_on,
        content=content.strip(),
        next_step=next_step.strip(),
        next_contact_on=next_contact_on,
        by=by,
        by_name=str(by),
        at=at,
    )
    made.full_clean(exclude=["candidate", "by"])
    made.save()
    candidate.next_contact_on = next_contact_on
    _save(candidate)
    trail(Verb.LIBRARY_STEP, candidate, by=by, at=at, kind=kind, done_on=str(done_on))
    return made


@transaction.atomic
def hand_over(
    candidates: Sequence[Candidate], to: User, *, by: User, at: datetime
) -> list[Candidate]:
    """Another colleague sees to these from now on."""
    numbers = sorted(one.pk for one in candidates)
    moved = [held(one, by) for one in Candidate.objects.filter(pk__in=numbers).order_by("pk")]
    if not moved:
        raise ValidationError("请先勾选要转交的工厂")
    if not keepers_of(by.authority).filter(pk=to.pk).exists():
        raise ValidationError({"to": "只能转交给本部门能办理业务的同事"})
    for one in moved:
        one.owner = to
        _save(one)
        trail(Verb.LIBRARY_HAND_OVER, one, by=by, at=at, to=to.pk)
    _told_owner(moved, to, by=by, at=at)
    return moved


@transaction.atomic
def drop(candidate: Candidate, *, reason: str, by: User, at: datetime) -> Candidate:
    """Take it out before it has reached its tier; the firm is told why."""
    candidate = held(candidate, by)
    if not reason.strip():
        raise ValidationError({"reason": "请写明移出原因，企业能看到"})
    take_out(candidate, Leaving.DROPPED, by=by, at=at, reason=reason.strip())
    tell_firm(
        candidate,
        "out",
        result=f"已移出{candidate.authority.name}的培育库。原因：{reason.strip()}",
        next_step="申报不受影响，符合条件时仍可申报",
        at=at,
    )
    return candidate


# --- what the acts and the night share ----------------------------------------


def held(candidate: Candidate, by: User) -> Candidate:
    """The row held until the act is done, if the person's office keeps it and it still stands."""
    rows = Candidate.objects.select_for_update(of=("self",))
    found = rows.select_related("authority", "factory__enterprise", "factory__authority")
    one: Candidate = found.get(pk=candidate.pk)
    if one.authority_id != by.authority_id or not may_enter(by):
        raise PermissionDenied("这座工厂由列入它的主管部门培育")
    if not one.is_standing:
        raise ValidationError("这座工厂已移出培育库，不能再修改")
    return one


def take_out(
    candidate: Candidate,
    leaving: Candidate.Leaving,
    *,
    by: User | None,
    at: datetime,
    reason: str = "",
) -> None:
    candidate.leaving, candidate.left_on, candidate.left_at = leaving, business_date(at), at
    candidate.left_name = str(by) if by else audit.SYSTEM
    candidate.leaving_reason, candidate.next_contact_on = reason, None
    _save(candidate)
    verb = Verb.LIBRARY_REACH if leaving == Leaving.REACHED else Verb.LIBRARY_DROP
    trail(verb, candidate, by=by, at=at, firm=True)


def contact_of(candidate: Candidate) -> str:
    """Whom the firm can ask: the bureau, with the colleague who sees to it."""
    owner = candidate.owner
    if owner is None:
        return f"联系{candidate.authority.name}"
    return f"联系{candidate.authority.name}{owner.name} {owner.phone}".strip()


def tell_firm(candidate: Candidate, key: str, *, result: str, next_step: str, at: datetime) -> None:
    message = inbox.Message(
        event=Event.CASE_LIBRARY,
        matter=f"{candidate.factory.name}的梯度培育",
        result=result,
        next_step=next_step,
        link="/plans/",
    )
    staff = inbox.staff_of(candidate.factory.enterprise)
    inbox.send(staff, message, key=f"library:{candidate.pk}:{key}", at=at)


def trail(
    verb: Verb,
    candidate: Candidate,
    *,
    by: User | None,
    at: datetime,
    firm: bool = False,
    **data: object,
) -> None:
    """The line of an act; only what the firm was told stands in the firm's own trail."""
    audit.record(
        verb,
        candidate,
        by=by,
        at=at,
        name=candidate.factory.name,
        path=candidate.authority.path,
        enterprise_id=candidate.factory.enterprise_id if firm else None,
        **data,
    )


def _save(candidate: Candidate) -> None:
    candidate.version += 1
    candidate.save()


def _check(
    aim: Aim, office: Authority, *, on: date, kept: date | None = None, year: int | None = None
) -> None:
    wrong = {}
    if aim.year != year and not on.year <= aim.year <= on.year + AHEAD:
        wrong["year"] = f"目标年份在 {on.year} 年至 {on.year + AHEAD} 年之间"
    if aim.owner is None or not keepers_of(office).filter(pk=aim.owner.pk).exists():
        wrong["owner"] = "请选择本部门能办理业务的同事"
    if aim.next_contact_on and aim.next_contact_on != kept and aim.next_contact_on < on:
        wrong["next_contact_on"] = "下次联系日期不能早于今天"
    if wrong:
        raise ValidationError(wrong)


def _told_owner(moved: Sequence[Candidate], to: User | None, *, by: User, at: datetime) -> None:
    """A colleague hears what is his from now on; nobody is told of what he did himself."""
    if to is None or to.pk == by.pk:
        return
    first = moved[0]
    others = f"等 {len(moved)} 座工厂" if len(moved) > 1 else ""
    message = inbox.Message(
        event=Event.DESK_LIBRARY,
        matter=f"{first.factory.name}{others}的梯度培育",
        result=f"由{by}转交给您负责",
        next_step="查看培育记录，按期联系企业",
        link=f"/library/{first.pk}/" if len(moved) == 1 else f"/library/?owner={to.pk}",
    )
    inbox.send([to], message, key=f"library:given:{first.pk}:{first.version}", at=at)
