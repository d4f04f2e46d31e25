"""Certificates: what was printed for a title, and the code that was printed with it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery

from registry.access import ScopedQuerySet
from registry.models import Authority, User
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


class IssuanceQuerySet(models.QuerySet["Issuance"]):
    def of_office(self, user: User) -> Self:
        """Those of the officer's own office; nobody else has a page of them."""
        return self.filter(authority=user.authority_id)

    def open(self) -> Self:
        return self.filter(done_at=None)

    def with_counts(self) -> Self:
        issued, refused = Q(lines__certificate__isnull=False), ~Q(lines__trouble="")
        return self.annotate(
            total=Count("lines"),
            issued=Count("lines", filter=issued),
            refused=Count("lines", filter=refused),
        )


class Issuance(models.Model):
    """One press of 发证 for more titles than one request carries: a worker does it part by part."""

    authority = models.ForeignKey(
        Authority, models.PROTECT, related_name="+", verbose_name="签发部门"
    )
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="签发人")
    at = models.DateTimeField("交办时间")
    done_at = models.DateTimeField("办完时间", null=True, blank=True)

    objects = IssuanceQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "批量签发"
        constraints = [
            models.UniqueConstraint(
                fields=("authority",), condition=Q(done_at=None), name="issuance_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"批量签发 {self.pk}"


class IssuanceLineQuerySet(models.QuerySet["IssuanceLine"]):
    def waiting(self) -> Self:
        return self.filter(certificate=None, trouble="")

    def issued(self) -> Self:
        return self.filter(certificate__isnull=False)

    def refused(self) -> Self:
        return self.exclude(trouble="")


class IssuanceLine(models.Model):
    """One title of it: its certificate, or why there is none."""

    issuance = models.ForeignKey(Issuance, models.CASCADE, related_name="lines")
    certification = models.ForeignKey(
        Certification, models.CASCADE, related_name="+", verbose_name="认定"
    )
    certificate = models.OneToOneField(
        Certificate, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="证书"
    )
    trouble = models.CharField("没有签发的原因", max_length=300, blank=True)

    objects = IssuanceLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("issuance", "certification"), name="issuance_once_per_title"
            )
        ]

    def __str__(self) -> str:
        return str(self.certification)
