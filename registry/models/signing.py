"""The public parts of the keys that the portal signs with."""

from __future__ import annotations

from django.db import models


class SigningKey(models.Model):
    """One key by its id; its private part is a file and never a row."""

    class Suite(models.TextChoices):
        ED25519 = "ed25519", "Ed25519 / SHA-256"
        SM2 = "sm2", "SM2 / SM3"

    key_id = models.CharField("密钥编号", max_length=8, unique=True)
    suite = models.CharField("算法", max_length=10, choices=Suite)
    public = models.CharField("公钥", max_length=100)
    valid_from = models.DateTimeField("启用时间")
    retired_at = models.DateTimeField("停用时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "签名密钥"

    def __str__(self) -> str:
        return self.key_id
