"""Certificates: what was printed for a title, and the code that was printed with it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Subquery

from registry.access import ScopedQuerySet
from registry.models import User
from tiers.models.certifications import Certification


class CertificateQuerySet(ScopedQuerySet):
    enterprise_lookup = "certification__factory__enterprise"

    def below(self, path: str) -> Self:
        return self.filter(certification__in=Certification.objects.below(path))

    def issued_by(self, user: User) -> Self:
        """Those of the officer's own office."""
        return self.visible_to(user).filter(certification__issuer=user.authority_id)

    def latest_issues(self) -> Self:
        later = Certificate.objects.filter(
            certification=OuterRef("certification"), issue__gt=OuterRef("issue")
        )
        return self.filter(~Exists(later))

    def for_paper(self) -> Self:
        return self.select_related("certification__issuer")


class Certificate(models.Model):
    """One certificate. A further one of the same title takes its place; both keep its number."""

    certification = models.ForeignKey(
        Certification, models.PROTECT, related_name="certificates", verbose_name="认定"
    )
    issue = models.PositiveSmallIntegerField("第几次发证")
    enterprise = models.CharField("企业名称", max_length=120)
    factory = models.CharField("工厂名称", max_length=120)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    issued_on = models.DateField("发证日期")
    key_id = models.CharField("签名密钥", max_length=8)
    code = models.TextField("查验码")
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="签发人")
    at = models.DateTimeField("签发时间")

    objects = CertificateQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "证书"
        constraints = [
            models.UniqueConstraint(
                fields=("certification", "issue"), name="certificate_once_per_issue"
            )
        ]

    def __str__(self) -> str:
        return self.certification.number


def latest(field: str) -> Subquery:
    """A field of a title's latest certificate, for queries of titles."""
    rows = Certificate.objects.filter(certification=OuterRef("pk")).order_by("-issue")
    return Subquery(rows.values(field)[:1])
