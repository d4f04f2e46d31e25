"""The act of a department: its answer, or an amendment of it while the case waits."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files import File
from django.db import transaction

from assessments import assessment as self_assessment
from registry import audit, inbox
from registry.audit import Verb
from registry.models import Event, User
from tiers.consultation.questions import latest, may_reply
from tiers.models import Application, Consultation, DepartmentOpinion

Answer = DepartmentOpinion.Answer
GROUND_LENGTH = 1000


@transaction.atomic
def answer(
    consultation: Consultation,
    *,
    answer: str,
    ground: str = "",
    veto: str = "",
    upload: File | None = None,
    name: str = "",
    by: User,
    at: datetime,
) -> DepartmentOpinion:
    """A department's word, or an amendment of it while the case waits; a file once given stays
    with an amendment that brings no other.
    """
    # The case first, as the acts of the province lock it.
    Application.objects.select_for_update(of=("self",)).get(pk=consultation.application_id)
    row = (
        Consultation.objects.visible_to(by)
        .select_for_update(of=("self",))
        .select_related("application__factory__authority", "application__round", "department")
        .filter(pk=consultation.pk)
        .first()
    )
    if row is None or not may_reply(row, by):
        raise PermissionDenied("这次征求意见已经办结，或不由本账号答复")
    before = latest(row)
    said = DepartmentOpinion(
        consultation=row,
        answer=answer,
        ground=ground.strip(),
        veto=veto if answer == Answer.OBJECTION else "",
        by=by,
        by_name=str(by),
        at=at,
    )
    _refuse_faulty(said, row)
    _attach(said, before, upload, name)
    said.save()
    audit.record(
        Verb.CONSULTATION_ANSWER,
        row.application,
        by=by,
        at=at,
        path=row.asked_by.path,
        department=row.department.code,
        answer=said.answer,
        veto=said.veto,
        sha256=said.sha256,
        amends=before.pk if before else None,
    )
    _tell_asker(row, said, amended=before is not None, at=at)
    return said


def _refuse_faulty(said: DepartmentOpinion, row: Consultation) -> None:
    if said.answer not in Answer:
        raise ValidationError({"answer": "请选择无意见或有意见"})
    if said.answer == Answer.OBJECTION and not said.ground:
        raise ValidationError({"ground": "有意见的，请写明理由和依据"})
    if len(said.ground) > GROUND_LENGTH:
        raise ValidationError({"ground": f"理由和依据不超过 {GROUND_LENGTH} 个字"})
    if said.veto and said.veto not in row.content["vetoes"]:
        raise ValidationError({"veto": "否决事项请从列出的类别中选择"})


def _attach(
    said: DepartmentOpinion, before: DepartmentOpinion | None, upload: File | None, name: str
) -> None:
    if upload is not None:
        seen = self_assessment.vetted(upload, name or "未命名")
        said.name, said.size = seen.name, seen.size
        said.content_type, said.sha256 = seen.content_type, seen.sha256
        said.file.save("", upload, save=False)
    elif before is not None and before.file and said.answer == Answer.OBJECTION:
        said.file = before.file.name
        said.name, said.size = before.name, before.size
        said.content_type, said.sha256 = before.content_type, before.sha256


def _tell_asker(row: Consultation, said: DepartmentOpinion, *, amended: bool, at: datetime) -> None:
    what = said.get_answer_display() + ("，提出否决事项" if said.veto else "")
    inbox.send(
        [row.sent_by],
        inbox.Message(
            event=Event.CONSULT_ANSWERED,
            matter=f"{row.content['factory']}征求意见（{row.content['number']}）",
            result=f"{row.department.short_name}{'更改答复' if amended else '答复'}：{what}",
            next_step="全部答复后办结征求意见",
            link=f"/applications/{row.application_id}/consultation/",
        ),
        key=f"consultation:{row.pk}:answer:{said.pk}",
        at=at,
    )
