"""Forms that have been carried out, so that the same one sent twice is carried out once."""

from __future__ import annotations

from django.db import models


class SentForm(models.Model):
    """One form as it was sent: a digest of sender, address and content, and where it led."""

    digest = models.CharField("摘要", max_length=64, primary_key=True)
    location = models.CharField("去向", max_length=500, blank=True)
    at = models.DateTimeField("时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "已办表单"

    def __str__(self) -> str:
        return self.digest


class IdempotencyKey(models.Model):
    """One call of the API under a key of its sender: in flight, or with the answer it got."""

    user = models.ForeignKey("registry.User", models.CASCADE, related_name="+")
    key = models.CharField("幂等键", max_length=100)
    fingerprint = models.CharField("请求摘要", max_length=64)
    claim = models.UUIDField("承办编号")  # of the process that carries it out
    began_at = models.DateTimeField("开始时间", db_index=True)
    status = models.PositiveSmallIntegerField("状态码", null=True)
    answer = models.TextField("回答", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "幂等键"
        constraints = [models.UniqueConstraint(fields=("user", "key"), name="one_call_per_key")]

    def __str__(self) -> str:
        return self.key
