"""Numbers that are given out one after the other."""

from __future__ import annotations

from django.db import models


class Counter(models.Model):
    """The last number given out under a key, e.g. the 受理编号 of one tier in one year."""

    key = models.CharField(max_length=60, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.key} {self.last}"
