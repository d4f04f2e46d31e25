"""What must be true of the tables whatever has been done: each function names the faults it finds.

They read rows, never the program's own questions, except where the question itself is on trial.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.urls import Resolver404, resolve

from registry import policy
from registry.access import business_date
from registry.models import AuditEvent, Delegation, Notification
from registry.policy import StepKind, Tier
from tests.machine.replay import replayed, standing
from tiers import register
from tiers.models import (
    Action,
    Application,
    Ban,
    Certification,
    Decision,
    Determination,
    Meeting,
    Notice,
    Objection,
    Quota,
    Recommendation,
    Revocation,
)
from tiers.models.certifications import Standing

DECIDING = (Action.COMPLETE, Action.SEND_BACK, Action.REJECT)


# --- titles ---------------------------------------------------------------------------------------


def two_open_titles(on: date) -> Iterator[str]:
    """One open title per factory and tier, and one that runs."""
    for what, rows in (
        ("open", Certification.objects.filter(ending="")),
        ("running", Certification.objects.running(on)),
    ):
        held = Counter(rows.values_list("factory", "tier"))
        yield from (f"{number} {what} of {key}" for key, number in held.items() if number > 1)


def ungrounded_grants(after: int) -> Iterator[str]:
    """Every title issued since then met its profile's prerequisite on its date."""
    for title in Certification.objects.filter(pk__gt=after, application__isnull=False):
        case = title.application
        rule = policy.get(case.round.policy).tiers[Tier(title.tier)]
        decided = min(title.valid_from, business_date(title.issued_at))
        below = Certification.objects.filter(factory=title.factory_id, tier=rule.requires)
        if rule.prerequisite == "title" and not any(_in_force(one, decided) for one in below):
            yield f"{title} without {rule.requires} on {decided}"


def gains_under_a_ban(titles: int, decisions: int) -> Iterator[str]:
    """Neither a submission nor a title since then on a day on which the firm was barred."""
    made = Certification.objects.filter(pk__gt=titles).exclude(application=None)
    sent = Decision.objects.filter(pk__gt=decisions, action=Action.SUBMIT)
    gains = [(one.factory, business_date(one.issued_at), one) for one in made]
    gains += [(one.application.factory, business_date(one.at), one) for one in sent]
    for factory, on, gain in gains:
        held = Ban.objects.filter(
            Q(lifted_on=None) | Q(lifted_on__gt=on),
            credit_code=factory.enterprise.credit_code,
            from_on__lte=on,
            until_on__gte=on,
        )
        if held.exists():
            yield f"{gain!r} of {factory} on {on}, under a ban"


def _in_force(title: Certification, on: date) -> bool:
    runs = title.valid_from <= on and (title.ends_on is None or on < title.ends_on)
    paused = any(
        one.from_on <= on and (one.ends_on is None or on < one.ends_on)
        for one in title.suspensions.all()
    )
    return runs and not paused


def revoked_but_valid(on: date) -> Iterator[str]:
    """A title that was taken away is valid nowhere: asked alone, in sets, or by the public."""
    rows = Certification.objects.with_standing(on).prefetch_related("suspensions")
    by_set = {title.pk: title.standing for title in rows}
    forced = set(Certification.objects.in_force(on).values_list("pk", flat=True))
    public = set(
        register.published()
        .with_standing(on)
        .filter(standing=Standing.VALID)
        .values_list("pk", flat=True)
    )
    for title in rows:
        alone = title.standing_on(on)
        if alone != by_set[title.pk] or (alone == Standing.VALID) != (title.pk in forced):
            yield f"{title} is {alone} alone, {by_set[title.pk]} in a set"
        gone = title.ending == Certification.Ending.REVOKED and title.ends_on <= on
        if gone and (alone != Standing.REVOKED or title.pk in forced | public):
            yield f"{title} was revoked and is {alone}"


def untold_titles() -> Iterator[str]:
    """The trail gives the table, title by title."""
    lines = AuditEvent.objects.filter(verb__startswith="certification.").order_by("pk")
    told = replayed(lines)
    held = standing(Certification.objects.prefetch_related("suspensions"))
    for key in sorted(told.keys() | held.keys()):
        if told.get(key) != held.get(key):
            yield f"title {key}: the trail says {told.get(key)}, the table {held.get(key)}"


# --- who decides ----------------------------------------------------------------------------------


def people(*rows: tuple[int | None, ...]) -> set[int]:
    return {pk for row in rows for pk in row if pk}


def unauthorised_decisions(after: int) -> Iterator[str]:
    """By an officer of the office at that step, or one who stood in for him that day."""
    made = Decision.objects.filter(pk__gt=after, action__in=DECIDING)
    for one in made.select_related("by", "application__factory__authority", "authority"):
        office, case = one.authority, one.application
        if (
            office is None
            or office.kind != one.step_level
            or not case.factory.authority.path.startswith(office.path)
        ):
            yield f"{one.action} of {case} at {one.step} by {office}"
        if one.on_behalf_of_id is None:
            if one.by.authority_id != one.authority_id:
                yield f"{one.action} of {case} by {one.by} of another office"
        elif not _stood_in(one):
            yield f"{one.action} of {case} by {one.by} without a delegation"


def _stood_in(one: Decision) -> bool:
    on = business_date(one.at)
    return Delegation.objects.filter(
        Q(revoked_at=None) | Q(revoked_at__gte=one.at),
        giver=one.on_behalf_of_id,
        stand_in=one.by_id,
        from_on__lte=on,
        until_on__gte=on,
        authority=one.authority_id,
    ).exists()


def biased_decisions(after: int) -> Iterator[str]:
    """Nobody completes or refuses at one level what he has passed on from another."""
    made = Decision.objects.filter(pk__gt=after, action__in=(Action.COMPLETE, Action.REJECT))
    for one in made.exclude(step=""):
        earlier = Decision.objects.filter(
            application=one.application_id, action=Action.COMPLETE, pk__lt=one.pk
        ).exclude(step_level=one.step_level)
        sent_in = Decision.objects.filter(
            application=one.application_id, action=Action.SUBMIT, pk__lt=one.pk
        )
        since = sent_in.order_by("-pk").values_list("pk", flat=True).first() or 0
        had_a_say = people(
            *earlier.filter(pk__gt=since).values_list("by", "on_behalf_of"),
        )
        if had_a_say & people((one.by_id, one.on_behalf_of_id)):
            yield f"{one.application} decided at {one.step} by somebody who passed it on before"


def meetings_of_one() -> Iterator[str]:
    """Prepared and confirmed by two, and by nobody who recommended one of the cases."""
    for held in Meeting.objects.exclude(confirmed_at=None):
        if held.preparers.filter(pk=held.confirmed_by_id).exists():
            yield f"{held} confirmed by one who prepared it"
        if held.released_at is None:
            continue
        hands = {held.confirmed_by_id, held.released_by_id}
        for item in held.items.all():
            if _recommended(item.application_id) & {item.by_id, *hands}:
                yield f"{held}: {item} by one who recommended it"


def lists_of_one() -> Iterator[str]:
    """The same of the lists by which titles are determined."""
    for held in Determination.objects.exclude(confirmed_at=None):
        prepared = set(held.preparers.values_list("pk", flat=True))
        if held.confirmed_by_id in prepared:
            yield f"{held} confirmed by one who prepared it"
        if held.issued_at is None:
            continue
        hands = {*prepared, held.confirmed_by_id, held.issued_by_id}
        for case in held.cases.all():
            if _recommended(case.pk) & hands:
                yield f"{held}: {case} by one who recommended it"


def _recommended(case: int) -> set[int]:
    """Who has put the case forward, himself or by another."""
    said = Decision.objects.filter(
        application=case, step=StepKind.RECOMMEND, action=Action.COMPLETE
    )
    return people(*said.values_list("by", "on_behalf_of"))


def notices_of_one() -> Iterator[str]:
    """Published by another than who prepared it; objections answered by somebody uninvolved; none
    open when it closes.
    """
    for shown in Notice.objects.exclude(published_at=None):
        if shown.published_by_id == shown.prepared_by_id:
            yield f"{shown} published by who prepared it"
        if shown.status == Notice.Status.CLOSED and shown.objections.filter(finding="").exists():
            yield f"{shown} closed over an open objection"
    for one in Objection.objects.exclude(handled_by=None):
        before = one.application.decisions.exclude(step="").filter(at__lte=one.handled_at)
        recommended = one.application.recommendations.values_list("by")
        part = people(*before.values_list("by", "on_behalf_of"), *recommended)
        if one.handled_by_id in part:
            yield f"{one} handled by somebody involved"


def revocations_of_one() -> Iterator[str]:
    """Proposed, decided and looked at again by three; decided only after the firm could be heard;
    and what was decided stands with its ban, until an appeal has lifted both.
    """
    for one in Revocation.objects.exclude(decided_by=None).select_related("certification"):
        if one.decided_by_id == one.proposed_by_id:
            yield f"{one} decided by who proposed it"
        if one.answered_by_id and one.answered_by_id in {
            one.proposed_by_id, one.decided_by_id, one.hearing_by_id, one.heard_by_id,
        }:  # fmt: skip
            yield f"{one} looked at again by somebody involved"
        if one.waived_at is None and business_date(one.decided_at) <= one.heard_until:
            yield f"{one} decided before the firm was heard"
        if one.outcome == Revocation.Outcome.REVOKED and one.finding != Revocation.Finding.UPHELD:
            title, bans = one.certification, one.certification.bans.filter(lifted_on=None)
            barring = policy.get(one.policy).ground(one.ground).ban_years
            # Whose time ran out during the procedure stays expired, recorded by a night or not yet,
            # and its firm is barred.
            ended = title.ending == Certification.Ending.REVOKED
            if title.ending in ("", Certification.Ending.EXPIRED) and title.ends_on:
                ended = title.ends_on <= business_date(one.decided_at)
            if not ended or bool(barring) != bans.exists():
                yield f"{one} was decided, and the title is {title.ending} with {bans.count()} bans"


# --- places, messages, versions -------------------------------------------------------------------


def exceeded_quotas() -> Iterator[str]:
    """No unit holds more places than it was given; where some were given, the others have none."""
    given: dict[int, dict[int, int]] = {}
    for one in Quota.objects.all():
        given.setdefault(one.round_id, {})[one.authority_id] = one.places
    held = Counter(
        Recommendation.objects.filter(released_at=None, off_quota="").values_list(
            "round", "authority"
        )
    )
    for (batch, unit), number in held.items():
        most = given[batch].get(unit, 0) if batch in given else number
        if number > most:
            yield f"unit {unit} holds {number} of {most} places in round {batch}"


def faulty_messages(after: int) -> Iterator[str]:
    """Each tells one person once, of something that is there."""
    fresh = list(Notification.objects.filter(pk__gt=after))
    told = Counter((one.recipient_id, one.event, one.matter, one.result) for one in fresh)
    yield from (f"told {number} times: {key}" for key, number in told.items() if number > 1)
    for one in fresh:
        if not one.key:
            yield f"{one} has no key"
        if one.link and not _leads_somewhere(one.link):
            yield f"{one} leads to {one.link}"


MODELS = {"applications": Application, "notices": Notice, "titles": Certification}


def _leads_somewhere(link: str) -> bool:
    path = link.partition("?")[0].partition("#")[0]
    try:
        found = resolve(path)
    except Resolver404:
        return False
    model = MODELS.get(path.split("/")[1])
    return model is None or model.objects.filter(pk=found.kwargs.get("pk", 0)).exists()
