"""How filing lists and their entries are narrowed."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from registry.access import OFFICERS, Request
from registry.filters import Filters, Tabbed, tab_filter, tier_filter, words_filter
from registry.models import Authority
from tiers import register
from tiers.models import Certification, FilingEntry, FilingList

FILING_TABS = {
    "todo": "待本部门办理",
    "sent": "等待对方办理",
    "settled": "已备案",
    "all": "全部",
}


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
    tier = tier_filter()
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


class FilingEntryFilter(Filters):
    list = django_filters.ModelChoiceFilter(
        label="清单", field_name="filing_list", queryset=_lists_of
    )
    tier = tier_filter("filing_list__tier")
    status = django_filters.ChoiceFilter(
        label="状态", field_name="filing_list__status", choices=FilingList.Status.choices
    )

    class Meta:
        model = FilingEntry
        fields: tuple[str, ...] = ()
