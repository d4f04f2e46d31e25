"""How the lists of this app are narrowed, on the page and in the API alike."""

from tiers.filters.cases import (
    TABS,
    ApplicationFilter,
    RoundFilter,
    areas_of,
    offer_areas,
    rounds_of,
    tabs_for,
)
from tiers.filters.confirmed import (
    DelistingFilter,
    DelistingItemFilter,
    GroupItemFilter,
    GroupListFilter,
)
from tiers.filters.consultations import CONSULTATION_TABS, ConsultationFilter
from tiers.filters.filing import FILING_TABS, FilingEntryFilter, FilingListFilter
from tiers.filters.published import (
    OBJECTION_TABS,
    DeterminationFilter,
    NoticeFilter,
    ObjectionFilter,
)
from tiers.filters.rereviews import RereviewFilter, RereviewItemFilter
from tiers.filters.titles import (
    CHANGE_TABS,
    CHECK_TABS,
    TITLE_TABS,
    ChangeFilter,
    CheckFilter,
    ExpertFilter,
    HonourFilter,
    TitleFilter,
    TitleListFilter,
)

__all__ = [
    "CHANGE_TABS",
    "CHECK_TABS",
    "CONSULTATION_TABS",
    "FILING_TABS",
    "OBJECTION_TABS",
    "TABS",
    "TITLE_TABS",
    "ApplicationFilter",
    "ChangeFilter",
    "CheckFilter",
    "ConsultationFilter",
    "DelistingFilter",
    "DelistingItemFilter",
    "DeterminationFilter",
    "ExpertFilter",
    "FilingEntryFilter",
    "FilingListFilter",
    "GroupItemFilter",
    "GroupListFilter",
    "HonourFilter",
    "NoticeFilter",
    "ObjectionFilter",
    "RereviewFilter",
    "RereviewItemFilter",
    "RoundFilter",
    "TitleFilter",
    "TitleListFilter",
    "areas_of",
    "offer_areas",
    "rounds_of",
    "tabs_for",
]
