"""What is filled in to prepare a list of titles: the document, its day, and which cases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from django import forms
from django.http import QueryDict

from registry.forms.fields import DayField
from tiers.determination import Paper, Row, Table
from tiers.models import Round


class DeterminationForm(forms.Form):
    """Shape only; what bars a case is for the act to say."""

    title = forms.CharField(label="公告标题", max_length=120, help_text="公众能看到")
    document_no = forms.CharField(
        label="认定文件文号", max_length=80, help_text="例如 工信规划〔2026〕12号，公众能看到"
    )
    decided_on = DayField(
        "认定日期",
        error_messages={"required": "请填写认定文件的日期"},
        help_text="认定文件的落款日期，称号自这一天起生效",
    )
    performance_confirmed = forms.BooleanField(
        label="已核实名单内各工厂的主要技术经济指标", required=False
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, data: QueryDict | None = None, *, batch: Round, table: Table, on: date
    ) -> None:
        super().__init__(data)
        self.table = table
        self.ticked = data.getlist("cases") if data is not None else []
        held, tier = table.held, batch.get_tier_display()
        self.initial = {
            "title": held.title if held else f"{batch.title}：{tier}智能工厂名单公告"[:120],
            "document_no": held.document_no if held else "",
            "decided_on": held.decided_on if held else on,
            "performance_confirmed": False,
            "seen": held.version if held else 0,
        }
        self.fields["decided_on"].widget.attrs["max"] = f"{on:%Y-%m-%d}"

    @property
    def lines(self) -> Iterator[tuple[Row, bool]]:
        """Each case and whether it is ticked: what came, what is put down, or all without a bar."""
        for row in self.table.rows:
            if self.is_bound:
                yield row, str(row.application.pk) in self.ticked
            else:
                yield row, row.chosen or (self.table.held is None and not row.bars)

    @property
    def chosen(self) -> list[int]:
        return [int(pk) for pk in self.ticked if pk.isdecimal()]

    @property
    def paper(self) -> Paper:
        given = self.cleaned_data
        return Paper(given["title"], given["document_no"], given["decided_on"])
