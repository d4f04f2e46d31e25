"""What the lists of firms and factories, on pages and in the API alike, can be narrowed by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from html import escape
from typing import Any

import django_filters
from django import forms
from django.db import models
from django.db.models.functions import Cast, Concat
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.utils.choices import BaseChoiceIterator
from django.utils.safestring import SafeString, mark_safe

from registry import searching
from registry.access import OFFICERS, business_date
from registry.models import (
    Authority,
    Claim,
    Delegation,
    Division,
    Enterprise,
    Event,
    Factory,
    Industry,
    Notification,
    Reading,
    Topic,
)
from registry.policy import Tier

HIDDEN = forms.HiddenInput


def words_filter(label: str) -> django_filters.CharFilter:
    """What is searched for by typing; ``by_words`` says how."""
    attrs = {"placeholder": label, "type": "search"}
    return django_filters.CharFilter(
        label=label, method="by_words", widget=forms.TextInput(attrs=attrs)
    )


def tab_filter(names: Mapping[str, str]) -> django_filters.ChoiceFilter:
    """The tab of a list, which stands in its address; ``by_tab`` says what is under it."""
    return django_filters.ChoiceFilter(
        label="事项", choices=list(names.items()), method="by_tab", widget=HIDDEN
    )


def tier_filter(path: str = "tier") -> django_filters.ChoiceFilter:
    """One of the four tiers; ``path`` leads to the field that holds it."""
    return django_filters.ChoiceFilter(
        label="等级", field_name=path, choices=Tier.choices, empty_label="全部等级"
    )


def without_tab(filterset: django_filters.FilterSet) -> Any:
    """What the filters leave, whichever tab was asked for."""
    found = filterset.queryset.all()
    filterset.form.is_valid()  # what cannot be read as a filter is left out
    for name, value in filterset.form.cleaned_data.items():
        found = found if name == "tab" else filterset.filters[name].filter(found, value)
    return found


class Fresh(dict[str, Any]):
    """Fields of a form class that is made for one request: the form may have them as they are."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Fresh:
        return self


class Filters(django_filters.FilterSet):
    """The filters of a list; its form class is made anew for each, and so are the fields in it."""

    def get_form_class(self) -> type[forms.Form]:
        made: type[forms.Form] = super().get_form_class()
        made.base_fields = Fresh(made.base_fields)
        return made


class Tabbed(Filters):
    """A list whose tab stands in its address as a filter."""

    @property
    def on(self) -> date:
        return business_date(self.request.received_at)

    def untabbed(self) -> Any:
        return without_tab(self)


def authorities_of(request: HttpRequest | None) -> models.QuerySet[Authority]:
    """An officer's own authority and those below it; nobody else chooses among authorities."""
    user = getattr(request, "user", None)
    if user is None or getattr(user, "role", None) not in OFFICERS:
        return Authority.objects.none()
    return Authority.objects.offices().filter(path__startswith=user.authority_path).order_by("path")


def industries(request: HttpRequest | None = None) -> models.QuerySet[Industry]:
    return Industry.objects.filter(level="division").order_by("pk")


Label = models.Expression | models.F


def offered(parts: Iterable[tuple[Any, str, Label]]) -> models.QuerySet[Any, Any]:
    """What several fields offer, in one question: of each part its number, value and label, in the
    order of its rows.
    """
    found = []
    for place, (rows, value, label) in enumerate(parts):
        (by,) = rows.query.order_by
        said = rows.order_by().annotate(
            offer_place=models.Value(place),
            offer_by=models.F(by),
            offer_value=Cast(value, models.CharField()),
            offer_label=label,
        )
        found.append(said.values_list("offer_place", "offer_by", "offer_value", "offer_label"))
    whole = found[0].union(*found[1:], all=True) if len(found) > 1 else found[0]
    return whole.order_by("offer_place", "offer_by")


class Offers:
    """The rows that several fields offer, read as values and labels when the first of their
    controls is printed: long lists need no objects made of them.
    """

    def __init__(self, names: Iterable[str], read: Callable[[], Iterable[Any]]) -> None:
        self.names, self.read = list(names), read

    @cached_property
    def rows(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {name: [] for name in self.names}
        for place, _, value, label in self.read():
            found[self.names[place]].append((value, label))
        return found


class Offered(BaseChoiceIterator):
    """What one of them offers."""

    def __init__(self, offers: Offers, name: str, empty: str) -> None:
        self.offers, self.name, self.empty = offers, name, empty

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        yield ("", self.empty)
        yield from self.offers.rows[self.name]


def offer(form: forms.Form, names: Iterable[str], read: Callable[[], Iterable[Any]]) -> None:
    """Have the controls of these fields print the rows that are ``offered``, in this order."""
    offers = Offers(names, read)
    for name in offers.names:
        field: Any = form.fields[name]
        field.widget.choices = Offered(offers, name, field.empty_label)


#: How a trade is written, as an expression.
CODED = Concat("code", models.Value(" "), "name")


class LongSelect(forms.Select):
    """A choice among hundreds, written out without a template for every one of them."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        chosen = set(self.format_value(value))
        said = flatatt(self.build_attrs(self.attrs, {**(attrs or {}), "name": name}))
        options = [
            f'<option value="{escape(str(key))}"{" selected" if str(key) in chosen else ""}>'
            f"{escape(str(label))}</option>"
            for key, label in self.choices
        ]
        # Names and values are escaped above.
        return mark_safe(f"<select{said}>{''.join(options)}</select>")  # noqa: S308


class EnterpriseFilter(Filters):
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
        fields: dict[str, Any] = self.form.fields
        parts: dict[str, Label] = {"authority": models.F("name"), "industry": CODED}
        offer(
            self.form,
            parts,
            lambda: offered((fields[name].queryset, "pk", said) for name, said in parts.items()),
        )

    def by_text(self, firms: Any, name: str, value: str) -> Any:
        return searching.firms(firms, value)

    def by_authority(self, firms: Any, name: str, value: Authority) -> Any:
        return firms.below(value.path)

    def by_industry(self, firms: Any, name: str, value: Industry) -> Any:
        return firms.filter(industry__code__startswith=value.code)


class FactoryFilter(Filters):
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


class AuthorityFilter(Filters):
    class Meta:
        model = Authority
        fields = ["kind", "parent"]


class DivisionFilter(Filters):
    class Meta:
        model = Division
        fields = ["level", "parent"]


class NotificationFilter(Filters):
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


CLAIM_TABS = {"waiting": "待确认", "done": "已办理"}


class ClaimFilter(Tabbed):
    """People who say they act for a firm: those who wait for the office's word, or the others."""

    tab = tab_filter(CLAIM_TABS)
    q = words_filter("企业、姓名")
    kind = django_filters.ChoiceFilter(
        label="类别", choices=Claim.Kind.choices, empty_label="全部类别"
    )

    class Meta:
        model = Claim
        fields: list[str] = []

    def by_words(self, claims: Any, name: str, value: str) -> Any:
        firms = searching.firms(Enterprise.objects.order_by(), value)
        named = models.Q(user__name__icontains=value)
        return claims.filter(named | models.Q(enterprise__in=firms.values("pk")))

    def by_tab(self, claims: Any, name: str, value: str) -> Any:
        waiting = models.Q(status=Claim.Status.PENDING)
        return claims.filter(waiting if value == "waiting" else ~waiting)


class DelegationFilter(Tabbed):
    q = words_filter("委托人、代办人姓名")
    state = django_filters.ChoiceFilter(
        label="状态",
        choices=[("upcoming", "未开始"), ("running", "生效中"), ("over", "已结束")],
        method="by_state",
        empty_label="全部状态",
    )

    class Meta:
        model = Delegation
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        given = models.Q(giver__name__icontains=value)
        return rows.filter(given | models.Q(stand_in__name__icontains=value))

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        over = models.Q(revoked_at__isnull=False) | models.Q(until_on__lt=self.on)
        if value == "over":
            return rows.filter(over)
        begun = models.Q(from_on__lte=self.on)
        return rows.exclude(over).filter(begun if value == "running" else ~begun)


class ReadingFilter(Filters):
    q = django_filters.CharFilter(
        method="by_text",
        label="单位、查阅人或名称",
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "单位、查阅人或名称"}),
    )
    part = django_filters.ChoiceFilter(label="查阅内容", empty_label="全部内容")
    since = django_filters.DateFilter(
        "day", "gte", label="开始日期", widget=forms.DateInput(attrs={"type": "date"})
    )
    until = django_filters.DateFilter(
        "day", "lte", label="结束日期", widget=forms.DateInput(attrs={"type": "date"})
    )

    class Meta:
        model = Reading
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parts = self.queryset.order_by("part").values_list("part", flat=True).distinct()
        self.filters["part"].extra["choices"] = [(part, part) for part in parts]

    def by_text(self, lines: Any, name: str, value: str) -> Any:
        word = value.strip()
        found = models.Q(office__icontains=word) | models.Q(reader__icontains=word)
        found |= models.Q(name__icontains=word)
        return lines.filter(found)
