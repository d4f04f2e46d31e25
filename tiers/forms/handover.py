"""To whom a person's work goes, and why."""

from __future__ import annotations

from typing import Any

from django import forms

from registry import enterprises
from registry.access import Seat
from registry.models import User


class HandOverForm(forms.Form):
    """The colleague who takes over and the reason."""

    to = forms.ModelChoiceField(User.objects.none(), label="接手的同事", empty_label="请选择")
    reason = forms.CharField(
        label="原因",
        max_length=200,
        help_text="如：岗位调整、离职。记入人员变动，本企业的人员都能看到",
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, person: User, needed: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        to: forms.ModelChoiceField = self.fields["to"]  # type: ignore[assignment]
        if person.enterprise is not None:
            others = enterprises.staff_of(person.enterprise).exclude(pk=person.pk)
            to.queryset = others.exclude(seat=Seat.READER).order_by("pk")
        to.required = needed


class TakeOverForm(forms.Form):
    """Why the bureau gives a firm into other hands."""

    reason = forms.CharField(
        label="原因和核实方式",
        max_length=200,
        help_text="如：原管理员已离职，经电话向企业法定代表人核实。记入人员变动，新管理员能看到",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
