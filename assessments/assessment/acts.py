"""Acts on the contents of a self-assessment: start, save answers and instances, lock, copy.

A locked assessment never changes: every act takes the row lock first and refuses once it is locked.
A save names the version it saw of each answer: different answers merge, the same answer changed by
two people is returned as a conflict with both texts and nothing of it is overwritten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from assessments import scoring, standard
from assessments.assessment.guard import firm_only, open_for, touch, trail
from assessments.assessment.outcome import result
from assessments.models import Answer, Assessment, Evidence, ScenarioInstance
from registry import policy
from registry.access import business_date
from registry.audit import Verb
from registry.enterprises import ensure_visible
from registry.merging import Seen, merged
from registry.models import Factory, User

INSTANCE_FIELDS = (
    "scenario_no",
    "name",
    "problem",
    "solution",
    "equipment",
    "software",
    "suppliers",
    "uses_ai",
    "effect",
)


@dataclass(frozen=True)
class Conflict:
    """An answer that somebody else changed since it was read: both texts, who and when."""

    item: str
    yours: Any
    theirs: Any
    by: str
    at: datetime
    version: int


@dataclass(frozen=True)
class Saved:
    """What a save did: new versions of what was stored, what was two-sided, what was wrong."""

    versions: dict[str, int]
    conflicts: tuple[Conflict, ...]
    errors: dict[str, list[str]]


@transaction.atomic
def start(factory: Factory, *, by: User, at: datetime) -> Assessment:
    """Open an assessment under the standard in force for the factory; the open one, if any."""
    firm_only(by)
    ensure_visible(factory, by)
    factory = (
        Factory.objects.select_for_update(of=("self",))
        .select_related("authority")
        .get(pk=factory.pk)
    )
    if open_one := Assessment.objects.filter(factory=factory, locked_at__isnull=True).first():
        return open_one
    rules = policy.current(factory.authority.province_code, business_date(at))
    assessment = Assessment.objects.create(
        factory=factory, standard=rules.standard, started_by=by, started_at=at, keeper=by
    )
    trail(Verb.ASSESSMENT_START, assessment, by=by, at=at, standard=rules.standard)
    return assessment


@transaction.atomic
def save_answers(
    assessment: Assessment,
    values: Mapping[str, Any],
    *,
    seen: Mapping[str, int],
    by: User,
    at: datetime,
) -> Saved:
    """Store the answers given, each only if it is as the sender last saw it.

    ``seen`` maps item to version, 0 for an answer not yet given. A badly shaped answer is reported
    and not stored; the others are.
    """
    assessment = open_for(assessment, by)
    edition = standard.get(assessment.standard)
    held = {a.item: a for a in assessment.answers.select_related("by").filter(item__in=values)}
    versions: dict[str, int] = {}
    conflicts: list[Conflict] = []
    errors: dict[str, list[str]] = {}
    new: list[Answer] = []
    changed: list[Answer] = []
    for item, value in values.items():
        answer = held.get(item)
        if answer is not None and answer.value == value:
            versions[item] = answer.version
        elif problems := scoring.field_errors(edition, item, value):
            errors[item] = problems
        elif answer is not None and seen.get(item, 0) != answer.version:
            conflicts.append(
                Conflict(item, value, answer.value, str(answer.by), answer.at, answer.version)
            )
        else:
            given = _answered(assessment, item, value, answer, by=by, at=at)
            versions[item] = given.version
            (new if answer is None else changed).append(given)
    Answer.objects.bulk_create(new)
    Answer.objects.bulk_update(changed, ["value", "version", "by", "at"])
    if versions:
        touch(assessment, at)
        trail(Verb.ASSESSMENT_SAVE, assessment, by=by, at=at, items=sorted(versions))
    return Saved(versions, tuple(conflicts), errors)


def _answered(
    assessment: Assessment, item: str, value: Any, answer: Answer | None, *, by: User, at: datetime
) -> Answer:
    """The answer as it will be stored, with its next version."""
    if answer is None:
        return Answer(assessment=assessment, item=item, value=value, by=by, at=at)
    answer.value, answer.version, answer.by, answer.at = value, answer.version + 1, by, at
    return answer


def instance_facts(instance: ScenarioInstance) -> dict[str, Any]:
    """What may be changed of an instance, as it stands."""
    return {name: getattr(instance, name) for name in INSTANCE_FIELDS}


@transaction.atomic
def save_instance(
    assessment: Assessment,
    fields: Mapping[str, Any],
    *,
    instance: ScenarioInstance | None = None,
    seen: Seen | None = None,
    by: User,
    at: datetime,
) -> ScenarioInstance:
    """Add a scenario instance, or change the one given; ``seen`` as with answers: what a colleague
    changed meanwhile stays, and Overlap is raised where both changed the same.
    """
    assessment = open_for(assessment, by)
    edition = standard.get(assessment.standard)
    if fields["scenario_no"] not in {s.no for s in edition.scenarios}:
        raise ValidationError({"scenario_no": "请从典型场景中选择一个"})
    if not fields["name"].strip():
        raise ValidationError({"name": "请填写实例名称"})
    if instance is None:
        instance = ScenarioInstance(assessment=assessment)
    elif instance.assessment_id != assessment.pk:
        raise PermissionDenied
    else:
        # The assessment's row is held: whoever removes or changes an instance waits for it.
        instance = assessment.instances.filter(pk=instance.pk).first()
        if instance is None:
            raise ValidationError("这个实例刚被删除。需要保留的，请另行添加实例", code="stale")
        given = {name: fields[name] for name in INSTANCE_FIELDS if name in fields}
        fields = merged(instance_facts(instance), given, seen)
    for field in INSTANCE_FIELDS:
        setattr(instance, field, fields.get(field, getattr(instance, field)))
    instance.save()
    touch(assessment, at)
    trail(
        Verb.ASSESSMENT_SAVE, assessment, by=by, at=at, items=[f"scenario.{instance.scenario_no}"]
    )
    return instance


@transaction.atomic
def remove_instance(instance: ScenarioInstance, *, by: User, at: datetime) -> None:
    """Take a scenario instance out of an open assessment."""
    assessment = open_for(instance.assessment, by)
    number = instance.scenario_no
    instance.delete()
    touch(assessment, at)
    trail(Verb.ASSESSMENT_SAVE, assessment, by=by, at=at, items=[f"scenario.{number}"])


@transaction.atomic
def lock(assessment: Assessment, *, by: User, at: datetime) -> Assessment:
    """Freeze the assessment. What is unanswered counts as not met; an empty one is refused."""
    assessment = open_for(assessment, by)
    if not assessment.answers.exists():
        raise ValidationError("还没有填写任何内容，填写后再锁定")
    outcome = result(assessment)
    assessment.locked_at, assessment.locked_by = at, by
    assessment.reached_tier = outcome.tier or ""
    assessment.maturity_level = outcome.maturity.level
    # Rounded down like everything shown: a score just under a level must not look as if it had it.
    assessment.maturity_score = outcome.maturity.score.quantize(Decimal("0.01"), ROUND_DOWN)
    assessment.digest = _digest(assessment)
    assessment.save()
    trail(
        Verb.ASSESSMENT_LOCK,
        assessment,
        by=by,
        at=at,
        tier=assessment.reached_tier,
        maturity=assessment.maturity_level,
        digest=assessment.digest,
    )
    return assessment


@transaction.atomic
def copy_from(earlier: Assessment, *, by: User, at: datetime) -> Assessment:
    """Start a new assessment with the answers, instances and files of a locked one.

    Only items that the edition in force still knows are carried over. Refused while another one
    is open.
    """
    firm_only(by)
    ensure_visible(earlier, by)
    if not earlier.is_locked:
        raise ValidationError("只能沿用已锁定的自评")
    if Assessment.objects.filter(factory=earlier.factory, locked_at__isnull=True).exists():
        raise ValidationError("这座工厂有一份还没锁定的自评，请先完成它")
    new = start(earlier.factory, by=by, at=at)
    new.copied_from, new.saved_at = earlier, at
    new.save()
    _carry_over(earlier, new, by=by, at=at)
    trail(Verb.ASSESSMENT_COPY, new, by=by, at=at, earlier=earlier.pk)
    return new


def _carry_over(earlier: Assessment, new: Assessment, *, by: User, at: datetime) -> None:
    """Answers, instances and files that mean something under the new one's edition."""
    edition = standard.get(new.standard)
    Answer.objects.bulk_create(
        Answer(assessment=new, item=a.item, value=a.value, by=by, at=at)
        for a in earlier.answers.all()
        if not scoring.field_errors(edition, a.item, a.value)
    )
    ScenarioInstance.objects.bulk_create(
        ScenarioInstance(assessment=new, **{f: getattr(i, f) for f in INSTANCE_FIELDS})
        for i in earlier.instances.all()
        if i.scenario_no in {scenario.no for scenario in edition.scenarios}
    )
    Evidence.objects.bulk_create(
        Evidence(
            assessment=new,
            item=e.item,
            file=e.file.name,
            name=e.name,
            size=e.size,
            content_type=e.content_type,
            sha256=e.sha256,
            added_by_id=e.added_by_id,
            added_at=e.added_at,
        )
        for e in earlier.evidence.live()
        if e.item in edition.evidence_items
    )


def _digest(assessment: Assessment) -> str:
    parts: Iterable[Any] = (
        assessment.standard,
        sorted(assessment.answers.values_list("item", "value"), key=lambda pair: pair[0]),
        list(assessment.instances.order_by("pk").values_list(*INSTANCE_FIELDS)),
        sorted(assessment.evidence.live().values_list("item", "sha256")),
    )
    return hashlib.sha256(
        json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str).encode()
    ).hexdigest()
