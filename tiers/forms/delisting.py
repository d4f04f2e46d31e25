"""The document that ends titles given elsewhere: its head, its file, and whom it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from registry.forms.fields import DayField
from tiers.delisting import Document, Word
from tiers.models import Certification, Delisting


class DelistingForm(forms.Form):
    document_name = forms.CharField(
        label="文件名称", max_length=70, help_text="按文件标题填写，不加书名号"
    )
    document_no = forms.CharField(
        label="文号", max_length=80, help_text="按文件原样填写，含年份和序号"
    )
    dated = DayField("文件日期")
    ends_on = DayField("终止日期", help_text="认定从这一天起终止；文件没有写明的，填文件日期")
    upload = forms.FileField(
        label="文件",
        help_text="PDF、图片或 Office 文件，不超过 20 MB；名单中的企业及其主管部门能下载",
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        titles: Sequence[Certification],
        grounds: Mapping[str, str],
        held: Delisting | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.titles = titles
        self.fields["upload"].required = held is None
        kept = {one.certification_id: one for one in held.items.all()} if held else {}
        self.initial = {"seen": held.version if held else 0}
        if held:
            for name in ("document_name", "document_no", "dated", "ends_on"):
                self.initial[name] = getattr(held, name)
        for title in titles:
            self._add(title, grounds, kept.get(title.pk))

    def _add(self, title: Certification, grounds: Mapping[str, str], kept: Any) -> None:
        factory = title.factory.name
        self.fields[f"ground-{title.pk}"] = forms.ChoiceField(
            choices=[("", "文件未列"), *grounds.items()],
            required=False,
            initial=kept.ground if kept else "",
            widget=forms.Select(attrs={"aria-label": f"情形：{factory}"}),
        )
        self.fields[f"reason-{title.pk}"] = forms.CharField(
            required=False,
            max_length=100,
            initial=kept.reason if kept else "",
            widget=forms.Textarea(attrs={"rows": 1, "aria-label": f"文件所述事由：{factory}"}),
        )

    @property
    def head(self) -> list[BoundField]:
        names = ("document_name", "document_no", "dated", "ends_on", "upload")
        return [self[name] for name in names]

    @property
    def lines(self) -> Iterator[tuple[Certification, BoundField, BoundField]]:
        """Each title with its controls."""
        for title in self.titles:
            yield title, self[f"ground-{title.pk}"], self[f"reason-{title.pk}"]

    @property
    def document(self) -> Document:
        kept = self.cleaned_data
        names = ("document_name", "document_no", "dated", "ends_on")
        return Document(*(kept[name] for name in names))

    @property
    def words(self) -> dict[int, Word]:
        kept = self.cleaned_data
        return {
            title.pk: Word(kept[f"ground-{title.pk}"], kept[f"reason-{title.pk}"])
            for title in self.titles
        }
