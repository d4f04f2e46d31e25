"""Who and where: official code lists, authorities, enterprises with their factories, people,
trail, messages.
"""

from registry.models.delegations import Delegation, DelegationQuerySet
from registry.models.enterprises import (
    Enterprise,
    EnterpriseName,
    EnterpriseQuerySet,
    Factory,
    FactoryQuerySet,
)
from registry.models.guesses import GuessCount
from registry.models.honours import Honour, HonourQuerySet, VetoEvent, VetoEventQuerySet
from registry.models.lists import ListChoice, SavedView, SavedViewQuerySet
from registry.models.messages import (
    Delivery,
    DeliveryQuerySet,
    Event,
    Notification,
    NotificationQuerySet,
    Silence,
    Topic,
)
from registry.models.once import IdempotencyKey, SentForm
from registry.models.people import (
    Claim,
    ClaimQuerySet,
    Invitation,
    InvitationQuerySet,
    PastPassword,
    User,
)
from registry.models.places import Authority, Division, Industry
from registry.models.readings import Reading, ReadingOf, ReadingQuerySet
from registry.models.record import RecordCheck, SealedHead, SealedLeaf, SealedNode
from registry.models.recoveries import Recovery, RecoveryQuerySet
from registry.models.signing import SigningKey
from registry.models.successions import PastFactory, Succession
from registry.models.tokens import ApiToken, ApiTokenQuerySet
from registry.models.trail import AuditEvent, AuditEventQuerySet
from registry.models.workdays import CountedYear

__all__ = [
    "ApiToken",
    "ApiTokenQuerySet",
    "AuditEvent",
    "AuditEventQuerySet",
    "Authority",
    "Claim",
    "ClaimQuerySet",
    "CountedYear",
    "Delegation",
    "DelegationQuerySet",
    "Delivery",
    "DeliveryQuerySet",
    "Division",
    "Enterprise",
    "EnterpriseName",
    "EnterpriseQuerySet",
    "Event",
    "Factory",
    "FactoryQuerySet",
    "GuessCount",
    "Honour",
    "HonourQuerySet",
    "IdempotencyKey",
    "Industry",
    "Invitation",
    "InvitationQuerySet",
    "ListChoice",
    "Notification",
    "NotificationQuerySet",
    "PastFactory",
    "PastPassword",
    "Reading",
    "ReadingOf",
    "ReadingQuerySet",
    "RecordCheck",
    "Recovery",
    "RecoveryQuerySet",
    "SavedView",
    "SavedViewQuerySet",
    "SealedHead",
    "SealedLeaf",
    "SealedNode",
    "SentForm",
    "SigningKey",
    "Silence",
    "Succession",
    "Topic",
    "User",
    "VetoEvent",
    "VetoEventQuerySet",
]
