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
