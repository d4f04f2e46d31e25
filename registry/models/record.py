"""The sealed record: leaves in their order, what their tree comes to day by day, and how it was
found when it was checked.
"""

from __future__ import annotations

from typing import Any

from django.db import models


class SealedLeaf(models.Model):
    """One line of the trail, or one state of a register fact, as it was when it was sealed.

    The salt keeps the hash from telling anything to whoever guesses the content. Facts are public
    and keep their text; lines of the trail are hashes only.
    """

    #: The kind of a line of the trail.
    AUDIT = "audit"

    position = models.BigIntegerField("序号", primary_key=True)
    head = models.PositiveIntegerField("存证期号")
    kind = models.CharField("类别", max_length=12)
    row_id = models.BigIntegerField("记录编号")
    salt = models.BinaryField("随机数", max_length=16)
    hash = models.BinaryField("摘要", max_length=32)
    text = models.TextField("内容", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "存证条目"
        indexes = [
            models.Index(fields=("kind", "row_id", "position"), name="sealed_by_row"),
            models.Index(fields=("head", "kind", "row_id"), name="sealed_by_head"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.kind} {self.row_id}"


class SealedNode(models.Model):
    """The hash of a perfect subtree, kept for every eighth level: a proof reads a few hundred
    hashes, however many leaves there are.
    """

    level = models.PositiveSmallIntegerField("层")
    number = models.BigIntegerField("层内序号")
    hash = models.BinaryField("摘要", max_length=32)

    class Meta:
        verbose_name = verbose_name_plural = "存证节点"
        constraints = [models.UniqueConstraint(fields=("level", "number"), name="sealed_node_once")]

    def __str__(self) -> str:
        return f"{self.level}/{self.number}"


class SealedHead(models.Model):
    """The root over everything sealed up to a day; published, and never changed."""

    number = models.PositiveIntegerField("期号", primary_key=True)
    day = models.DateField("日期", unique=True)
    at = models.DateTimeField("存证时间")
    size = models.BigIntegerField("条目总数")
    root = models.CharField("根摘要", max_length=64)
    previous = models.CharField("上期根摘要", max_length=64, blank=True)
    # The perfect subtrees side by side that make up the root: where the next leaf goes on.
    parts: Any = models.JSONField("子树摘要", default=list)
    signature = models.CharField("签名", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "登记存证"
        ordering = ("-number",)

    def __str__(self) -> str:
        return f"第 {self.number} 期"


class RecordCheck(models.Model):
    """One comparison of the register and its trail with what was sealed."""

    at = models.DateTimeField("核验时间", db_index=True)
    head = models.PositiveIntegerField("最新期号")
    root = models.CharField("最新根摘要", max_length=64, blank=True)
    rows = models.BigIntegerField("核验条数")
    count = models.PositiveIntegerField("问题数")
    faults: Any = models.JSONField("问题", default=list)

    class Meta:
        verbose_name = verbose_name_plural = "存证核验"
        ordering = ("-at", "-pk")

    def __str__(self) -> str:
        return f"{self.at} {self.count}"
