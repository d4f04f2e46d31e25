"""How often somebody has tried to sign in and failed, by whatever he is counted by."""

from django.db import models


class GuessCount(models.Model):
    """Tries within one window of time; the next window begins with the next try."""

    key = models.CharField(max_length=160, unique=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "登录尝试计数"

    def __str__(self) -> str:
        return self.key
