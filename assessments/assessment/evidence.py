"""Files that prove an answer: taken in, replaced and taken out of an open assessment.

What a file is, is read from its content, and its digest is kept. Nothing is ever deleted: a file
that was replaced or removed stays in the history.
"""

from __future__ import annotations

import hashlib
import zipfile
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import filetype
from django.core.exceptions import ValidationError
from django.core.files import File
from django.db import transaction
from django.db.models import Sum

from assessments import standard
from assessments.assessment.guard import open_for, touch, trail
from assessments.models import Assessment, Evidence
from registry.audit import Verb
from registry.models import User

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
# Office files before 2007 are all one container; what they hold is told by the name of a stream.
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
STREAMS = {"WordDocument".encode("utf-16-le"): "doc", "Workbook".encode("utf-16-le"): "xls"}
PACKAGES = {"word": "docx", "xl": "xlsx"}


@dataclass(frozen=True)
class Vetted:
    """What is kept of a file whose content was looked at."""

    name: str
    size: int
    content_type: str
    sha256: str

    @property
    def columns(self) -> dict[str, Any]:
        """As the columns that every model of kept files has."""
        return asdict(self)


def vetted(upload: File, name: str) -> Vetted:
    """Look at the content of a file. Raises ValidationError that says how to mend it."""
    return described(upload, name, ACCEPTED[_kind_of(upload, name)])


def described(upload: File, name: str, content_type: str) -> Vetted:
    """What is kept of a file whose content another looked at."""
    return Vetted(_shown_name(name), upload.size, content_type, _digest(upload))


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
    """Keep a file as proof of an item; 20 MiB a file, 200 MiB in all.

    A file that replaces another keeps it in the history. Raises ValidationError that says how to
    mend it.
    """
    assessment = open_for(assessment, by)
    if item not in standard.get(assessment.standard).evidence_items:
        raise ValidationError({"file": "这一项不需要佐证材料"})
    if replaces is not None and not _stands(replaces, assessment, item):
        raise ValidationError({"file": "原文件已被替换或删除，请刷新页面后再传"}, code="stale")
    seen = vetted(upload, name)
    _ensure_room(assessment, upload)
    evidence = Evidence(
        assessment=assessment,
        item=item,
        **seen.columns,
        added_by=by,
        added_at=at,
        replaces=replaces,
    )
    evidence.file.save("", upload, save=False)
    evidence.save()
    if replaces is not None:
        replaces.removed_at = at
        replaces.save(update_fields=["removed_at"])
    touch(assessment, at)
    trail(Verb.EVIDENCE_ADD, assessment, by=by, at=at, item=item, sha256=evidence.sha256)
    return evidence


def _stands(evidence: Evidence, assessment: Assessment, item: str) -> bool:
    """Whether the file to be replaced is still there, read anew under the assessment's lock."""
    return assessment.evidence.live().filter(pk=evidence.pk, item=item).exists()


def _kind_of(upload: File, name: str) -> str:
    if upload.size == 0:
        raise ValidationError({"file": f"“{name}”是空文件，请检查后重传"})
    if upload.size > FILE_LIMIT:
        size = upload.size / MEBIBYTE
        raise ValidationError({"file": f"“{name}”有 {size:.1f} MB，每个不超过 20 MB。可压缩后再传"})
    kind = _read_kind(upload)
    if kind not in ACCEPTED:
        raise ValidationError(
            {"file": f"“{name}”不是可用的格式。请上传 PDF、Word、Excel、JPG 或 PNG 文件"}
        )
    return kind


def _ensure_room(assessment: Assessment, upload: File) -> None:
    used = assessment.evidence.live().aggregate(total=Sum("size"))["total"] or 0
    if used + upload.size <= TOTAL_LIMIT:
        return
    left = max(TOTAL_LIMIT - used, 0) / MEBIBYTE
    raise ValidationError(
        {
            "file": f"全部材料不超过 200 MB，还可以传 {left:.1f} MB。"
            "可压缩后再传，或先删除用不到的文件"
        }
    )


def _digest(upload: File) -> str:
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return digest.hexdigest()


def _read_kind(upload: File) -> str:
    """What the content is, "" where it is nothing we take."""
    head = upload.read(8192)
    try:
        if head.startswith(b"PK"):
            return _package_kind(upload)
        if head.startswith(COMPOUND):
            upload.seek(0)
            content = upload.read()
            return next((kind for mark, kind in STREAMS.items() if mark in content), "")
        found = filetype.guess(head)
        return found.extension if found else ""
    finally:
        upload.seek(0)


def _package_kind(upload: File) -> str:
    """An Office package by its parts, in whatever order a program wrote them; none with macros."""
    try:
        parts = zipfile.ZipFile(upload).namelist()
    except zipfile.BadZipFile:
        return ""
    if "[Content_Types].xml" not in parts or any(p.endswith("vbaProject.bin") for p in parts):
        return ""
    folders = {part.partition("/")[0] for part in parts}
    return next((kind for folder, kind in PACKAGES.items() if folder in folders), "")


def _shown_name(name: str) -> str:
    plain = "".join(ch for ch in name.replace("\\", "/").split("/")[-1] if ch.isprintable())
    stem, dot, ending = plain.rpartition(".")
    return f"{stem[:140]}.{ending[:8]}" if dot else plain[:150]


@transaction.atomic
def remove_evidence(evidence: Evidence, *, by: User, at: datetime) -> None:
    """Take a file out of an open assessment; the row and the file stay in the history."""
    assessment = open_for(evidence.assessment, by)
    Evidence.objects.filter(pk=evidence.pk, removed_at__isnull=True).update(removed_at=at)
    touch(assessment, at)
    trail(
        Verb.EVIDENCE_REMOVE, assessment, by=by, at=at, item=evidence.item, sha256=evidence.sha256
    )


def earlier_versions(evidence: Evidence) -> list[Evidence]:
    """The files this one came to replace, newest first."""
    by_pk = {
        one.pk: one
        for one in Evidence.objects.filter(assessment=evidence.assessment_id, item=evidence.item)
    }
    found: list[Evidence] = []
    while evidence.replaces_id in by_pk:
        evidence = by_pk[evidence.replaces_id]
        found.append(evidence)
    return found
