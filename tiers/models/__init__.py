"""From application to title: rounds, applications with their decisions, certifications, filing
lists.
"""

from tiers.models.applications import (
    SOON,
    Action,
    Application,
    ApplicationQuerySet,
    Decision,
    DecisionQuerySet,
)
from tiers.models.bans import Ban, BanQuerySet
from tiers.models.certificates import (
    Certificate,
    CertificateQuerySet,
    Issuance,
    IssuanceLine,
)
from tiers.models.certifications import (
    ENDED_EARLY,
    Certification,
    CertificationQuerySet,
    HonourCheck,
    HonourCheckQuerySet,
    Standing,
)
from tiers.models.consultations import (
    Consultation,
    ConsultationQuerySet,
    DepartmentOpinion,
    DepartmentOpinionQuerySet,
    SentFile,
    SentFileQuerySet,
)
from tiers.models.contributions import Contribution, ContributionQuerySet
from tiers.models.cultivations import Cultivation, CultivationQuerySet
from tiers.models.delistings import (
    Delisting,
    DelistingItem,
    DelistingItemQuerySet,
    DelistingQuerySet,
)
from tiers.models.determinations import Determination, DeterminationQuerySet
from tiers.models.experts import (
    Assignment,
    AssignmentQuerySet,
    AvoidanceRequest,
    AvoidanceRequestQuerySet,
    Expert,
    ExpertQuerySet,
    PanelQuerySet,
    ReviewOpinion,
    ReviewOpinionQuerySet,
    ReviewPanel,
)
from tiers.models.filing import FilingEntry, FilingEntryQuerySet, FilingList, FilingListQuerySet
from tiers.models.firm_changes import ChangeProof, FirmChange, FirmChangeQuerySet
from tiers.models.formal_checks import FormalAnswer, FormalAnswerQuerySet
from tiers.models.groups import (
    Affiliation,
    AffiliationQuerySet,
    GroupList,
    GroupListItem,
    GroupListQuerySet,
)
from tiers.models.inspections import (
    Inspection,
    InspectionDraw,
    InspectionDrawQuerySet,
    InspectionPhoto,
    InspectionPhotoQuerySet,
    InspectionQuerySet,
)
from tiers.models.library import (
    KEEPERS,
    Candidate,
    CandidateQuerySet,
    CandidateStep,
    CandidateStepQuerySet,
    Stage,
)
from tiers.models.meetings import Meeting, MeetingItem, MeetingItemQuerySet, MeetingQuerySet
from tiers.models.moves import MoveCheck, MoveCheckQuerySet
from tiers.models.notices import (
    Notice,
    NoticeEntry,
    NoticeQuerySet,
    Objection,
    ObjectionQuerySet,
)
from tiers.models.numbers import Counter
from tiers.models.parts import handled_by, handlers_of
from tiers.models.quotas import (
    Quota,
    QuotaQuerySet,
    Recommendation,
    RecommendationQuerySet,
)
from tiers.models.renewals import Renewal, RenewalMark
from tiers.models.rereviews import (
    Rereview,
    RereviewItem,
    RereviewItemQuerySet,
    RereviewQuerySet,
)
from tiers.models.returns import (
    ReturnItem,
    ReturnItemQuerySet,
    ReturnReason,
    ReturnReasonQuerySet,
)
from tiers.models.revocations import (
    Revocation,
    RevocationFile,
    RevocationFileQuerySet,
    RevocationQuerySet,
    Surrender,
    SurrenderQuerySet,
)
from tiers.models.rounds import Round, RoundQuerySet, chain_of, codes_of
from tiers.models.supervisions import (
    Supervision,
    SupervisionCheck,
    SupervisionCheckQuerySet,
    SupervisionFile,
    SupervisionFileQuerySet,
    SupervisionQuerySet,
)
from tiers.models.suspensions import Suspension, SuspensionQuerySet
from tiers.models.upward import (
    NationalQuota,
    UpwardItem,
    UpwardItemQuerySet,
    UpwardList,
    UpwardListQuerySet,
)
from tiers.models.urgings import Urging, UrgingQuerySet
from tiers.models.verifications import Verification, VerificationQuerySet
from tiers.models.webhooks import (
    Push,
    PushedChange,
    PushQuerySet,
    Subscription,
    SubscriptionQuerySet,
)

__all__ = [
    "ENDED_EARLY",
    "KEEPERS",
    "SOON",
    "Action",
    "Affiliation",
    "AffiliationQuerySet",
    "Application",
    "ApplicationQuerySet",
    "Assignment",
    "AssignmentQuerySet",
    "AvoidanceRequest",
    "AvoidanceRequestQuerySet",
    "Ban",
    "BanQuerySet",
    "Candidate",
    "CandidateQuerySet",
    "CandidateStep",
    "CandidateStepQuerySet",
    "Certificate",
    "CertificateQuerySet",
    "Certification",
    "CertificationQuerySet",
    "ChangeProof",
    "Consultation",
    "ConsultationQuerySet",
    "Contribution",
    "ContributionQuerySet",
    "Counter",
    "Cultivation",
    "CultivationQuerySet",
    "Decision",
    "DecisionQuerySet",
    "Delisting",
    "DelistingItem",
    "DelistingItemQuerySet",
    "DelistingQuerySet",
    "DepartmentOpinion",
    "DepartmentOpinionQuerySet",
    "Determination",
    "DeterminationQuerySet",
    "Expert",
    "ExpertQuerySet",
    "FilingEntry",
    "FilingEntryQuerySet",
    "FilingList",
    "FilingListQuerySet",
    "FirmChange",
    "FirmChangeQuerySet",
    "FormalAnswer",
    "FormalAnswerQuerySet",
    "GroupList",
    "GroupListItem",
    "GroupListQuerySet",
    "HonourCheck",
    "HonourCheckQuerySet",
    "Inspection",
    "InspectionDraw",
    "InspectionDrawQuerySet",
    "InspectionPhoto",
    "InspectionPhotoQuerySet",
    "InspectionQuerySet",
    "Issuance",
    "IssuanceLine",
    "Meeting",
    "MeetingItem",
    "MeetingItemQuerySet",
    "MeetingQuerySet",
    "MoveCheck",
    "MoveCheckQuerySet",
    "NationalQuota",
    "Notice",
    "NoticeEntry",
    "NoticeQuerySet",
    "Objection",
    "ObjectionQuerySet",
    "PanelQuerySet",
    "Push",
    "PushQuerySet",
    "PushedChange",
    "Quota",
    "QuotaQuerySet",
    "Recommendation",
    "RecommendationQuerySet",
    "Renewal",
    "RenewalMark",
    "Rereview",
    "RereviewItem",
    "RereviewItemQuerySet",
    "RereviewQuerySet",
    "ReturnItem",
    "ReturnItemQuerySet",
    "ReturnReason",
    "ReturnReasonQuerySet",
    "ReviewOpinion",
    "ReviewOpinionQuerySet",
    "ReviewPanel",
    "Revocation",
    "RevocationFile",
    "RevocationFileQuerySet",
    "RevocationQuerySet",
    "Round",
    "RoundQuerySet",
    "SentFile",
    "SentFileQuerySet",
    "Stage",
    "Standing",
    "Subscription",
    "SubscriptionQuerySet",
    "Supervision",
    "SupervisionCheck",
    "SupervisionCheckQuerySet",
    "SupervisionFile",
    "SupervisionFileQuerySet",
    "SupervisionQuerySet",
    "Surrender",
    "SurrenderQuerySet",
    "Suspension",
    "SuspensionQuerySet",
    "UpwardItem",
    "UpwardItemQuerySet",
    "UpwardList",
    "UpwardListQuerySet",
    "Urging",
    "UrgingQuerySet",
    "Verification",
    "VerificationQuerySet",
    "chain_of",
    "codes_of",
    "handled_by",
    "handlers_of",
]
