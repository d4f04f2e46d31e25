"""Acts on the register of firms: sign up, confirm the person, add and move factories, rename,
record honours.

A firm may stand in the register before anybody signs up for it; whoever signs up with its code
then *claims* it and sees nothing of it until its bureau has confirmed him.
"""

from registry.enterprises.factories import (
    add_factory,
    enter_factory,
    factory_facts,
    move_factory,
    rename_factory,
    update_factory,
)
from registry.enterprises.firms import facts_of, record_veto_event, register, rename, update
from registry.enterprises.honours import (
    kind_of,
    may_judge,
    record_honour,
    verify_honour,
    withdraw_honour,
)
from registry.enterprises.people import (
    Person,
    claim_again,
    confirm,
    is_confirmed,
    managers_of,
    refuse,
    sign_up,
    waiting,
)
from registry.enterprises.scope import ensure_visible, responsible

__all__ = [
    "Person",
    "add_factory",
    "claim_again",
    "confirm",
    "ensure_visible",
    "enter_factory",
    "factory_facts",
    "facts_of",
    "is_confirmed",
    "kind_of",
    "managers_of",
    "may_judge",
    "move_factory",
    "record_honour",
    "record_veto_event",
    "refuse",
    "register",
    "rename",
    "rename_factory",
    "responsible",
    "sign_up",
    "update",
    "update_factory",
    "verify_honour",
    "waiting",
    "withdraw_honour",
]
