"""Acts on a self-assessment: start, save answers, instances and evidence, lock, copy; and its result.

A locked assessment never changes: every act here takes the row lock first and refuses once it is locked. A save
names the version it saw of each answer: different answers merge, the same answer changed by two people is
returned as a conflict with both texts and nothing of it is overwritten.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import filetype
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Sum

from assessments import scoring, standard
from assessments.models import Answer, Assessment, Evidence, Measure, ScenarioInstance
from registry import audit, policy
from registry.access import Role, business_date
from registry.audit import Verb
from registry.enterprises import ensure_visible
from registry.models import Factory, User

MEBIBYTE = 1024 * 1024
FILE_LIMIT = 20 * MEBIBYTE
TOTAL_LIMIT = 200 * MEBIBYTE
ACCEPTED = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "doc": "application/msword",
    "xls": "application/vnd.ms-excel",
}
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
    """What a save did: the new version of each answer stored, what was refused as two-sided, what was wrong."""

    versions: dict[str, int]
    conflicts: tuple[Conflict, ...]
    errors: dict[str, list[str]]


@transaction.atomic
def start(factory: Factory, *, by: User, at: datetime) -> Assessment:
    """Open an assessment under the standard that the factory's province asks for today; one open per factory."""
    _firm_only(by)
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
        factory=factory, standard=rules.standard, started_by=by, started_at=at
    )
    _trail(Verb.ASSESSMENT_START, assessment, by=by, at=at, standard=rules.standard)
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
    """Store the answers given, each only if it is as the sender last saw it (``seen``: item → version, 0 for an
    answer not yet given). A badly shaped answer is reported and not stored; the others are."""
    assessment = _open_for(assessment, by)
    edition = standard.get(assessment.standard)
    held = {a.item: a for a in assessment.answers.select_related("by").filter(item__in=values)}
    versions: dict[str, int] = {}
    conflicts: list[Conflict] = []
    errors: dict[str, list[str]] = {}
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
            versions[item] = _store(assessment, item, value, answer, by=by, at=at)
    if versions:
        _touch(assessment, at)
        _trail(Verb.ASSESSMENT_SAVE, assessment, by=by, at=at, items=sorted(versions))
    return Saved(versions, tuple(conflicts), errors)


def _store(
    assessment: Assessment, item: str, value: Any, answer: Answer | None, *, by: User, at: datetime
) -> int:
    if answer is None:
        Answer.objects.create(assessment=assessment, item=item, value=value, by=by, at=at)
        return 1
    answer.value, answer.version, answer.by, answer.at = value, answer.version + 1, by, at
    answer.save()
    return answer.version


@transaction.atomic
def save_instance(
    assessment: Assessment,
    fields: Mapping[str, Any],
    *,
    instance: ScenarioInstance | None = None,
    by: User,
    at: datetime,
) -> ScenarioInstance:
    """Add a scenario instance, or change the one given."""
    assessment = _open_for(assessment, by)
    edition = standard.get(assessment.standard)
    if fields["scenario_no"] not in {s.no for s in edition.scenarios}:
        raise ValidationError({"scenario_no": "请从典型场景中选择一个"})
    if not fields["name"].strip():
        raise ValidationError({"name": "请填写实例名称"})
    if instance is None:
        instance = ScenarioInstance(assessment=assessment)
    elif instance.assessment_id != assessment.pk:
        raise PermissionDenied
    for field in INSTANCE_FIELDS:
        setattr(instance, field, fields.get(field, getattr(instance, field)))
    instance.save()
    _touch(assessment, at)
    _trail(
        Verb.ASSESSMENT_SAVE, assessment, by=by, at=at, items=[f"scenario.{instance.scenario_no}"]
    )
    return instance


@transaction.atomic
def remove_instance(instance: ScenarioInstance, *, by: User, at: datetime) -> None:
    """Take a scenario instance out of an open assessment."""
    assessment = _open_for(instance.assessment, by)
    number = instance.scenario_no
    instance.delete()
    _touch(assessment, at)
    _trail(Verb.ASSESSMENT_SAVE, assessment, by=by, at=at, items=[f"scenario.{number}"])


@transaction.atomic
def add_evidence(
    assessment: Assessment,
    item: str,
    upload: File,
    *,
    name: str,
    replaces: Evidence | None = None,
    by: User,
    at: datetime,
) -> Evidence:
    """Keep a file as proof of an item. What it is, is read from its content; 20 MiB a file, 200 MiB in all.

    A file that replaces another keeps it in the history. Raises ValidationError that says how to mend it.
    """
    assessment = _open_for(assessment, by)
    if item not in standard.get(assessment.standard).evidence_items:
        raise ValidationError({"file": "这一项不需要佐证材料"})
    kind = _kind_of(upload, name)
    used = assessment.evidence.live().aggregate(total=Sum("size"))["total"] or 0
    if used + upload.size > TOTAL_LIMIT:
        left = max(TOTAL_LIMIT - used, 0) / MEBIBYTE
        raise ValidationError(
            {
                "file": f"全部材料不超过 200 MB，还可以传 {left:.1f} MB。可压缩后再传，或先移除用不到的文件"
            }
        )
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    evidence = Evidence(
        assessment=assessment,
        item=item,
        name=_shown_name(name),
        size=upload.size,
        content_type=ACCEPTED[kind],
        sha256=digest.hexdigest(),
        added_by=by,
        added_at=at,
        replaces=replaces,
    )
    evidence.file.save("", upload, save=False)
    evidence.save()
    if replaces is not None and replaces.assessment_id == assessment.pk and replaces.item == item:
        replaces.removed_at = at
        replaces.save(update_fields=["removed_at"])
    _touch(assessment, at)
    _trail(Verb.EVIDENCE_ADD, assessment, by=by, at=at, item=item, sha256=evidence.sha256)
    return evidence


def _kind_of(upload: File, name: str) -> str:
    if upload.size == 0:
        raise ValidationError({"file": f"“{name}”是空文件，请检查后重传"})
    if upload.size > FILE_LIMIT:
        size = upload.size / MEBIBYTE
        raise ValidationError({"file": f"“{name}”有 {size:.1f} MB，每个不超过 20 MB。可压缩后再传"})
    found = filetype.guess(upload.read(8192))
    upload.seek(0)
    if found is None or found.extension not in ACCEPTED:
        raise ValidationError(
            {"file": f"“{name}”不是可用的格式。请上传 PDF、Word、Excel、JPG 或 PNG 文件"}
        )
    return found.extension


def _shown_name(name: str) -> str:
    plain = "".join(ch for ch in name.replace("\\", "/").split("/")[-1] if ch.isprintable())
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:140]}.{ending[:8]}" if dot else plain[:150]


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by: User, at: datetime) -> None:
    """Take a file out of an open assessment; the row and the file stay in the history."""
    assessment = _open_for(evidence.assessment, by)
    Evidence.objects.filter(pk=evidence.pk, removed_at__isnull=True).update(removed_at=at)
    _touch(assessment, at)
    _trail(
        Verb.EVIDENCE_REMOVE, assessment, by=by, at=at, item=evidence.item, sha256=evidence.sha256
    )


@transaction.atomic
def lock(assessment: Assessment, *, by: User, at: datetime) -> Assessment:
    """Freeze the assessment. Unanswered items are allowed and count as not met; an empty one is refused."""
    assessment = _open_for(assessment, by)
    if not assessment.answers.exists():
        raise ValidationError("还没有填写任何内容，填写后再锁定")
    outcome = result(assessment)
    assessment.locked_at, assessment.locked_by = at, by
    assessment.reached_tier = outcome.tier or ""
    assessment.maturity_level = outcome.maturity.level
    assessment.maturity_score = outcome.maturity.score
    assessment.digest = _digest(assessment)
    assessment.save()
    _trail(
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

    Only items that the edition in force still knows are carried over. Refused while another one is open.
    """
    _firm_only(by)
    ensure_visible(earlier, by)
    if not earlier.is_locked:
        raise ValidationError("只能沿用已锁定的自评")
    if Assessment.objects.filter(factory=earlier.factory, locked_at__isnull=True).exists():
        raise ValidationError("这座工厂有一份还没锁定的自评，请先完成它")
    new = start(earlier.factory, by=by, at=at)
    new.copied_from, new.saved_at = earlier, at
    new.save()
    edition = standard.get(new.standard)
    Answer.objects.bulk_create(
        Answer(assessment=new, item=a.item, value=a.value, by=by, at=at)
        for a in earlier.answers.all()
        if not scoring.field_errors(edition, a.item, a.value)
    )
    ScenarioInstance.objects.bulk_create(
        ScenarioInstance(assessment=new, **{f: getattr(i, f) for f in INSTANCE_FIELDS})
        for i in earlier.instances.all()
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
            added_by=e.added_by,
            added_at=e.added_at,
        )
        for e in earlier.evidence.live()
    )
    _trail(Verb.ASSESSMENT_COPY, new, by=by, at=at, earlier=earlier.pk)
    return new


def answers_of(assessment: Assessment) -> dict[str, Any]:
    """The answers by item."""
    return dict(assessment.answers.values_list("item", "value"))


def result(assessment: Assessment) -> scoring.Result:
    """The result under the edition the assessment was made with; the same answers give the same for ever."""
    return scoring.score(
        standard.get(assessment.standard),
        answers_of(assessment),
        instances_of(assessment),
        evidenced_items(assessment),
        gate_overrides(assessment),
    )


def instances_of(assessment: Assessment) -> list[scoring.Instance]:
    """The scenario instances in the form the pure scoring takes."""
    return [
        scoring.Instance(scenario_no=i.scenario_no, name=i.name, uses_ai=i.uses_ai)
        for i in assessment.instances.order_by("scenario_no", "pk")
    ]


def evidenced_items(assessment: Assessment) -> Collection[str]:
    """Items that have at least one file."""
    return set(assessment.evidence.live().values_list("item", flat=True))


def gate_overrides(assessment: Assessment) -> Mapping[policy.Tier, Mapping[str, Any]]:
    """What the province, by the rules of the day the assessment began, sets differently from the nation."""
    province = assessment.factory.authority.province_code
    rules = policy.current(province, business_date(assessment.started_at))
    return {tier: rule.gates for tier, rule in rules.tiers.items() if rule.gates}


@transaction.atomic
def save_measure(
    factory: Factory,
    fields: Mapping[str, Any],
    *,
    measure: Measure | None = None,
    by: User,
    at: datetime,
) -> Measure:
    """Add a measure to the factory's improvement plan, or change the one given."""
    _firm_only(by)
    ensure_visible(factory, by)
    if measure is None:
        measure = Measure(factory=factory, created_at=at)
    elif measure.factory_id != factory.pk:
        raise PermissionDenied
    for field, value in fields.items():
        setattr(measure, field, value)
    measure.full_clean()
    measure.save()
    audit.record(
        Verb.PLAN_CHANGE,
        measure,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        status=measure.status,
        due_on=str(measure.due_on),
    )
    return measure


def _open_for(assessment: Assessment, by: User) -> Assessment:
    _firm_only(by)
    ensure_visible(assessment, by)
    assessment = (
        Assessment.objects.select_for_update(of=("self",))
        .select_related("factory__authority", "factory__enterprise")
        .get(pk=assessment.pk)
    )
    if assessment.is_locked:
        raise ValidationError("这份自评已锁定，不能再改。可以沿用它新建一份", code="locked")
    return assessment


def _firm_only(by: User) -> None:
    if by.role != Role.ENTERPRISE:
        raise PermissionDenied("自评由企业填写")


def _touch(assessment: Assessment, at: datetime) -> None:
    assessment.saved_at = at
    assessment.save(update_fields=["saved_at"])


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


def _trail(verb: Verb, assessment: Assessment, *, by: User, at: datetime, **data: Any) -> None:
    factory = assessment.factory
    audit.record(
        verb,
        assessment,
        by=by,
        at=at,
        path=factory.authority.path,
        enterprise_id=factory.enterprise_id,
        **data,
    )
