"""How the lists of what offices publish, decide, file, ask and answer are narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.db.models import Q, QuerySet

from registry import searching
from registry.access import OFFICERS, Request
from registry.filters import HIDDEN, Tabbed, tab_filter, words_filter
from registry.models import Authority, Factory
from registry.policy import Tier
from tiers import register
from tiers.models import (
    Application,
    Certification,
    Consultation,
    Delisting,
    DelistingItem,
    Determination,
    FilingEntry,
    FilingList,
    GroupList,
    GroupListItem,
    Notice,
    NoticeEntry,
    Objection,
    Rereview,
    RereviewItem,
)

FILING_TABS = {
    "todo": "待本部门办理",
    "sent": "等待对方办理",
    "settled": "已备案",
    "all": "全部",
}
CONSULTATION_TABS = {"todo": "待答复", "all": "全部"}
OBJECTION_TABS = {"open": "未办结", "mine": "分给我的", "all": "全部"}
#: How far a document that one person enters and another confirms is.
STATES = {"pending": "待确认", "done": "已确认", "withdrawn": "已取消"}


def _tier(path: str = "tier") -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label="等级", field_name=path, choices=Tier.choices, empty_label="全部等级"
    )


def _year(path: str, label: str) -> django_filters.NumberFilter:
    return django_filters.NumberFilter(
        label=label,
        field_name=f"{path}__year",
        min_value=2000,
        max_value=2100,
        widget=forms.NumberInput(attrs={"placeholder": label}),
    )


def _cases(value: str) -> QuerySet[Application]:
    """Cases whose firm or factory fits what was typed, now or by a name it bore."""
    return searching.of_factories(Application.objects.order_by(), value)


def _standing(rows: Any, value: str) -> Any:
    """Those of the documents that are that far."""
    match value:
        case "done":
            return rows.filter(confirmed_at__isnull=False)
        case "withdrawn":
            return rows.filter(dropped_at__isnull=False)
    return rows.filter(confirmed_at__isnull=True, dropped_at__isnull=True)


def _standing_filter() -> django_filters.ChoiceFilter:
    return django_filters.ChoiceFilter(
        label="进展", choices=list(STATES.items()), method="by_state", empty_label="全部进展"
    )


# --- published ------------------------------------------------------------


class NoticeFilter(django_filters.FilterSet):
    q = words_filter("公示标题、企业、工厂")
    tier = _tier("round__tier")
    status = django_filters.ChoiceFilter(
        label="状态", choices=Notice.Status.choices, empty_label="全部状态"
    )
    own = django_filters.BooleanFilter(label="本部门公示的", method="by_own", widget=HIDDEN)

    class Meta:
        model = Notice
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        named = NoticeEntry.objects.filter(application__in=_cases(value).values("pk"))
        return rows.filter(Q(title__icontains=value) | Q(pk__in=named.values("notice")))

    def by_own(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(authority=self.request.user.authority_id) if value else rows


class DeterminationFilter(django_filters.FilterSet):
    q = words_filter("公告标题、文号")
    tier = _tier("round__tier")
    year = _year("decided_on", "认定年份")

    class Meta:
        model = Determination
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(Q(title__icontains=value) | Q(document_no__icontains=value))


# --- ended by a document from above ---------------------------------------


class DelistingFilter(django_filters.FilterSet):
    q = words_filter("文件名称、文号、企业")
    state = _standing_filter()

    class Meta:
        model = Delisting
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        titles = register.matching(Certification.objects.order_by(), value)
        named = DelistingItem.objects.filter(certification__in=titles.values("pk"))
        said = Q(document_name__icontains=value) | Q(document_no__icontains=value)
        return rows.filter(said | Q(pk__in=named.values("delisting")))

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return _standing(rows, value)


class DelistingItemFilter(django_filters.FilterSet):
    q = words_filter("企业、工厂、证书编号")

    class Meta:
        model = DelistingItem
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        titles = register.matching(Certification.objects.order_by(), value)
        return rows.filter(certification__in=titles.values("pk"))


# --- former titles looked at again ----------------------------------------


class RereviewFilter(django_filters.FilterSet):
    q = words_filter("批次名称")
    tier = _tier()

    class Meta:
        model = Rereview
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(title__icontains=value)


def _campaigns_of(request: Request | None) -> QuerySet[Rereview]:
    if request is None:
        return Rereview.objects.none()
    found: QuerySet[Rereview] = Rereview.objects.visible_to(request.user)
    return found.order_by("-opens_on", "-pk")


class RereviewItemFilter(django_filters.FilterSet):
    q = words_filter("企业、工厂")
    campaign = django_filters.ModelChoiceFilter(
        label="批次", field_name="rereview", queryset=_campaigns_of, empty_label="全部批次"
    )
    outcome = django_filters.ChoiceFilter(
        label="复核意见", choices=RereviewItem.Outcome.choices, empty_label="全部意见"
    )

    class Meta:
        model = RereviewItem
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return searching.of_factories(rows, value)


# --- filed ----------------------------------------------------------------


def _senders_of(request: Request | None) -> QuerySet[Authority]:
    """The office's own and those whose lists it receives."""
    if request is None or getattr(request.user, "role", "") not in OFFICERS:
        return Authority.objects.none()
    own = request.user.authority_id
    offices = Authority.objects.offices()
    return offices.filter(Q(pk=own) | Q(parent=own)).order_by("path")


class FilingListFilter(Tabbed):
    """Filing lists that wait for this office, for the other one, or for nobody any more."""

    tab = tab_filter(FILING_TABS)
    q = words_filter("清单编号、文号、企业、工厂")
    tier = _tier()
    authority = django_filters.ModelChoiceFilter(
        label="报备部门", queryset=_senders_of, to_field_name="code", empty_label="全部报备部门"
    )
    status = django_filters.ChoiceFilter(
        label="状态", choices=FilingList.Status.choices, empty_label="全部状态"
    )

    class Meta:
        model = FilingList
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        titles = register.matching(Certification.objects.order_by(), value)
        # Of a list that is being mended, others know only what was filed.
        known = Q(filing_list__authority=self.request.user.authority_id, live=True) | ~Q(frozen={})
        named = FilingEntry.objects.filter(known, certification__in=titles.values("pk"))
        said = Q(number__icontains=value) | Q(document_no__icontains=value)
        return rows.filter(said | Q(pk__in=named.values("filing_list")))

    def by_tab(self, rows: Any, name: str, value: str) -> Any:
        user, status = self.request.user, FilingList.Status
        own, received = Q(authority=user.authority_id), Q(recipient=user.authority_id)
        match value:
            case "todo":
                return rows.awaiting(user)
            case "sent":
                sent, returned = Q(status=status.FILED), Q(status=status.RETURNED)
                return rows.filter(own & sent | received & returned)
            case "settled":
                return rows.filter(status=status.ACKNOWLEDGED)
        return rows


def _lists_of(request: Request | None) -> QuerySet[FilingList]:
    if request is None:
        return FilingList.objects.none()
    found: QuerySet[FilingList] = FilingList.objects.visible_to(request.user)
    return found


class FilingEntryFilter(django_filters.FilterSet):
    list = django_filters.ModelChoiceFilter(
        label="清单", field_name="filing_list", queryset=_lists_of
    )
    tier = _tier("filing_list__tier")
    status = django_filters.ChoiceFilter(
        label="状态", field_name="filing_list__status", choices=FilingList.Status.choices
    )

    class Meta:
        model = FilingEntry
        fields: tuple[str, ...] = ()


# --- asked and answered ---------------------------------------------------


class ConsultationFilter(Tabbed):
    """What a department was asked about: what it still has to answer, or all of it."""

    tab = tab_filter(CONSULTATION_TABS)
    q = words_filter("企业、工厂、受理编号")
    late = django_filters.BooleanFilter(label="逾期未答复", method="by_late", widget=HIDDEN)

    class Meta:
        model = Consultation
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        """By the names that were sent, or as the firm and factory are found today."""
        number = searching.number(value)
        named = Q(application__in=_cases(value).values("pk"))
        return rows.filter(named | Q(content__number__icontains=number) if number else named)

    def by_late(self, rows: Any, name: str, value: bool) -> Any:
        return rows.unanswered().open().filter(due_on__lt=self.on) if value else rows

    def by_tab(self, rows: Any, name: str, value: str) -> Any:
        return rows.open().unanswered() if value == "todo" else rows


class ObjectionFilter(Tabbed):
    """Objections by what is open about them: neither who objects nor what he says."""

    tab = tab_filter(OBJECTION_TABS)
    q = words_filter("异议编号、企业、工厂")
    finding = django_filters.ChoiceFilter(
        label="处理结论", choices=Objection.Finding.choices, empty_label="全部结论"
    )

    class Meta:
        model = Objection
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        named = Q(application__in=_cases(value).values("pk"))
        return rows.filter(named | Q(number__icontains=value))

    def by_tab(self, rows: Any, name: str, value: str) -> Any:
        match value:
            case "open":
                return rows.open()
            case "mine":
                return rows.open().filter(handler=self.request.user)
        return rows


class GroupListFilter(django_filters.FilterSet):
    q = words_filter("认定文号、企业、工厂")
    state = _standing_filter()

    class Meta:
        model = GroupList
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        named = GroupListItem.objects.filter(
            factory__in=searching.of_factories(Factory.objects.order_by(), value, by="pk")
        )
        said = Q(document_no__icontains=value)
        return rows.filter(said | Q(pk__in=named.values("group_list")))

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return _standing(rows, value)


class GroupItemFilter(django_filters.FilterSet):
    q = words_filter("企业、工厂")
    state = _standing_filter()

    class Meta:
        model = GroupListItem
        fields: list[str] = []

    def by_words(self, rows: Any, name: str, value: str) -> Any:
        return searching.of_factories(rows, value)

    def by_state(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(group_list__in=_standing(GroupList.objects.all(), value).values("pk"))
