"""What the lists of firms and factories, on pages and in the API alike, can be narrowed by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models.functions import Concat
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.choices import BaseChoiceIterator
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from registry import searching
from registry.access import OFFICERS
from registry.models import (
    Authority,
    Division,
    Enterprise,
    Event,
    Factory,
    Industry,
    Notification,
    Topic,
)


def authorities_of(request: HttpRequest | None) -> models.QuerySet[Authority]:
    """An officer's own authority and those below it; nobody else chooses among authorities."""
    user = getattr(request, "user", None)
    if user is None or getattr(user, "role", None) not in OFFICERS:
        return Authority.objects.none()
    return Authority.objects.offices().filter(path__startswith=user.authority_path).order_by("path")


def industries(request: HttpRequest | None = None) -> models.QuerySet[Industry]:
    return Industry.objects.filter(level="division").order_by("pk")


class Offered(BaseChoiceIterator):
    """The rows a field offers, read as value and label when its control is printed: long lists need
    no objects made of them.
    """

    def __init__(self, field: Any, value: str, label: models.Expression | models.F) -> None:
        self.field, self.value, self.label = field, value, label

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield ("", self.field.empty_label)
        yield from self.field.queryset.values_list(self.value, self.label)


class LongSelect(forms.Select):
    """A choice among hundreds, written out without a template for every one of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(self.format_value(value))
        said = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        options = [
            f'<option value="{escape(key)}"{" selected" if str(key) in chosen else ""}>'
            f"{escape(label)}</option>"
            for key, label in self.choices
        ]
        # Names and values are escaped above.
        return mark_safe(f"<select{said}>{''.join(options)}</select>")  # noqa: S308


class EnterpriseFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(
        method="by_text",
        label="名称、首字母或信用代码",
        widget=forms.TextInput(
            attrs={"type": "search", "placeholder": "名称、拼音首字母或信用代码", "size": 28}
        ),
    )
    authority = django_filters.ModelChoiceFilter(
        queryset=authorities_of,
        method="by_authority",
        label="主管部门",
        empty_label="全部辖区",
        widget=LongSelect,
    )
    industry = django_filters.ModelChoiceFilter(
        queryset=industries,
        method="by_industry",
        label="行业",
        empty_label="全部行业",
        widget=LongSelect,
    )

    class Meta:
        model = Enterprise
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.form.fields
        offices, trades = fields["authority"], fields["industry"]
        offices.widget.choices = Offered(offices, "pk", models.F("name"))
        coded = Concat("code", models.Value(" "), "name")
        trades.widget.choices = Offered(trades, "pk", coded)

    def by_text(self, firms: Any, name: str, value: str) -> Any:
        return searching.firms(firms, value)

    def by_authority(self, firms: Any, name: str, value: Authority) -> Any:
        return firms.below(value.path)

    def by_industry(self, firms: Any, name: str, value: Industry) -> Any:
        return firms.filter(industry__code__startswith=value.code)


class FactoryFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(method="by_text", label="工厂、企业名称或信用代码")
    authority = django_filters.ModelChoiceFilter(
        queryset=authorities_of, method="by_authority", label="主管部门"
    )

    class Meta:
        model = Factory
        fields = ["enterprise"]

    def by_text(self, factories: Any, name: str, value: str) -> Any:
        return searching.of_factories(factories, value, by="pk")

    def by_authority(self, factories: Any, name: str, value: Authority) -> Any:
        return factories.below(value.path)


class AuthorityFilter(django_filters.FilterSet):
    class Meta:
        model = Authority
        fields = ["kind", "parent"]


class DivisionFilter(django_filters.FilterSet):
    class Meta:
        model = Division
        fields = ["level", "parent"]


class NotificationFilter(django_filters.FilterSet):
    """A person's messages by what they tell of; offers only what he has been told of."""

    tab = django_filters.ChoiceFilter(
        choices=[("unread", "未读")], method="by_tab", widget=forms.HiddenInput
    )
    event = django_filters.ChoiceFilter(label="事件", empty_label="全部事件", method="by_event")

    class Meta:
        model = Notification
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        told = set(self.queryset.order_by().values_list("event", flat=True).distinct())
        self.filters["event"].extra["choices"] = [
            (topic.label, [(event.value, event.label) for event in told_of])
            for topic in Topic
            if (told_of := [event for event in Event if event.topic == topic and event in told])
        ]

    def by_tab(self, messages: Any, name: str, value: str) -> Any:
        return messages.unread()

    def by_event(self, messages: Any, name: str, value: str) -> Any:
        return messages.filter(event=value)
