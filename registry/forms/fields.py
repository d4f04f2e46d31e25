"""Fields that tidy what people paste, and an act's refusal shown in the form it came from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from registry import creditcode, phones
from registry.forms.merging import Merging
from registry.merging import Overlap


class CreditCodeField(forms.CharField):
    """A unified social credit code, however it was typed; says which digit is wrong."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "统一社会信用代码")
        kwargs.setdefault("help_text", "营业执照上的 18 位代码")
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> str:
        value = super().clean(value)
        return creditcode.clean(value) if value else ""


class NameField(forms.CharField):
    """The name of a firm or factory, with blanks and brackets in one form."""

    def __init__(self, *, shortest: int = 2, **kwargs: Any) -> None:
        self.shortest = shortest
        super().__init__(max_length=120, **kwargs)

    def clean(self, value: Any) -> str:
        name = creditcode.tidy_name(super().clean(value))
        if name and len(name) < self.shortest:
            raise ValidationError(f"{self.label}太短，请填写全称", code="short")
        return name


class PhoneField(forms.CharField):
    """A mainland mobile or landline number."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", "联系电话")
        kwargs.setdefault("help_text", "手机号，或带区号的固定电话，如 0311-87654321")
        widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})
        super().__init__(max_length=30, widget=widget, **kwargs)

    def clean(self, value: Any) -> str:
        return phones.clean(super().clean(value))


class DayField(forms.DateField):
    """A calendar day from the browser's own date control."""

    def __init__(self, label: str = "日期", **more: Any) -> None:
        badly = {"invalid": f"{label}请按 2026-03-31 的格式填写"}
        more["error_messages"] = {**badly, **more.get("error_messages", {})}
        widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        super().__init__(label=label, widget=widget, **more)


def show_refusal(form: forms.BaseForm, error: ValidationError, **renamed: str) -> None:
    """Put an act's refusal beside its fields; ``renamed`` maps the act's names to the form's."""
    if isinstance(error, Overlap) and isinstance(form, Merging):
        form.hear(error)
        return
    by_field = (
        error.error_dict if hasattr(error, "error_dict") else {NON_FIELD_ERRORS: error.error_list}
    )
    for name, errors in by_field.items():
        field = renamed.get(name, name)
        form.add_error(field if field in form.fields else None, errors)
