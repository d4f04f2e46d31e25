"""Which group a firm belongs to, and the factories a group certifies by one document."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from registry.forms.fields import DayField
from registry.models import Authority
from tiers.group_titles import Line
from tiers.models import GroupList


class AffiliationForm(forms.Form):
    group = forms.ModelChoiceField(
        label="中央企业集团",
        queryset=Authority.objects.filter(kind=Authority.Kind.GROUP).order_by("name"),
        empty_label="请选择",
    )


class GroupListForm(forms.Form):
    document_no = forms.CharField(
        label="认定文号", max_length=80, help_text="按文件原样填写，含年份和序号"
    )
    dated = DayField("文件日期", help_text="认定自这一天起生效")
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, lines: Sequence[Line], held: GroupList | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.rows = lines
        kept = set(held.items.values_list("factory", flat=True)) if held else set()
        self.initial = {"seen": held.version if held else 0}
        if held:
            self.initial |= {"document_no": held.document_no, "dated": held.dated}
        for line in lines:
            factory = line.factory
            self.fields[f"factory-{factory.pk}"] = forms.BooleanField(
                required=False,
                initial=factory.pk in kept,
                widget=forms.CheckboxInput(attrs={"aria-label": f"认定：{factory.name}"}),
            )

    @property
    def lines(self) -> Iterator[tuple[Line, BoundField]]:
        for line in self.rows:
            yield line, self[f"factory-{line.factory.pk}"]

    @property
    def chosen(self) -> list[int]:
        pks = [line.factory.pk for line in self.rows]
        return [pk for pk in pks if self.cleaned_data[f"factory-{pk}"]]
