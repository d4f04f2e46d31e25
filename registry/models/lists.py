"""What people keep of their lists: views with a name, and what a list opens with."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from registry.access import CLERKS, ScopedQuerySet
from registry.models.people import User
from registry.models.places import Authority


class SavedViewQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> SavedViewQuerySet:
        """A person's own views, and those his colleagues share with their office."""
        if not user.is_authenticated or user.role not in CLERKS:
            return self.none()
        return self.filter(Q(owner=user.pk) | Q(shared_with=user.authority_id))


class SavedView(models.Model):
    """Filters, order and columns of one list under a name; a colleague's is seen where he shares
    it with the office he was in.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="views", verbose_name="保存人")
    listing = models.SlugField("列表", max_length=40, db_index=False)
    name = models.CharField("名称", max_length=30)
    query = models.CharField("条件", max_length=1000, blank=True)
    shared_with = models.ForeignKey(
        Authority,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="共享给",
    )
    saved_at = models.DateTimeField("保存时间")

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "列表视图"
        constraints = [
            models.UniqueConstraint(
                fields=("owner", "listing", "name"),
                name="view_name_once_per_owner",
                violation_error_message="您已有同名的视图，请换一个名称",
            )
        ]

    def __str__(self) -> str:
        return self.name


class ListChoice(models.Model):
    """What a list opens with for one person: his columns, and a view where he chose one."""

    user = models.ForeignKey(User, models.CASCADE, related_name="list_choices")
    listing = models.SlugField("列表", max_length=40, db_index=False)
    columns = models.CharField("列", max_length=600, blank=True)
    view = models.ForeignKey(
        SavedView, models.SET_NULL, null=True, blank=True, verbose_name="默认视图"
    )

    class Meta:
        verbose_name = verbose_name_plural = "列表设置"
        constraints = [models.UniqueConstraint(fields=("user", "listing"), name="list_choice_once")]

    def __str__(self) -> str:
        return self.listing
