"""The audit trail."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.db.models.functions import Now

from registry.access import OFFICERS, Role, ScopedQuerySet
from registry.models.people import User


class AuditEventQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> AuditEventQuerySet:
        if not user.is_authenticated:
            return self.none()
        if user.role == Role.ENTERPRISE and user.enterprise_id:
            return self.filter(enterprise_id=user.enterprise_id)
        if user.role in OFFICERS:
            return self.filter(authority_path__startswith=user.authority_path)
        return self.none()

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("the audit trail is append-only")

    def delete(self) -> NoReturn:
        raise TypeError("the audit trail is append-only")


class AuditEvent(models.Model):
    """One line of the trail: who did what to which thing. Names are kept as text; no key points at
    the target.
    """

    at = models.DateTimeField("时间", db_index=True)
    recorded_at = models.DateTimeField("入库时间", db_default=Now())
    actor_id = models.BigIntegerField("操作人编号", null=True)
    # Where a stand-in acted: for whom, and by which delegation.
    on_behalf_of_id = models.BigIntegerField("委托人编号", null=True)
    delegation_id = models.BigIntegerField("委托编号", null=True)
    actor_name = models.CharField("操作人", max_length=120)
    verb = models.CharField("操作", max_length=40, db_index=True)
    target_type = models.CharField("对象类别", max_length=40)
    target_id = models.CharField("对象编号", max_length=40)
    target_name = models.CharField("对象", max_length=200)
    authority_path = models.CharField("归属链", max_length=100, blank=True, db_index=True)
    enterprise_id = models.BigIntegerField("企业编号", null=True, db_index=True)
    data = models.JSONField("内容", default=dict)
    request_id = models.CharField("请求编号", max_length=40, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "操作留痕"
        indexes = [models.Index(fields=("target_type", "target_id"), name="audit_by_target")]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("the audit trail is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("the audit trail is append-only")
