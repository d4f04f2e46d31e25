"""Acts on the register of firms: sign up, confirm the person, add and move factories, rename,
record honours.

A firm may stand in the register before anybody signs up for it; whoever signs up with its code
then *claims* it and sees nothing of it until its bureau has confirmed him.
"""

from registry.enterprises.colleagues import (
    change_seat,
    colleague,
    held,
    is_last_manager,
    managed_by,
    managers_of,
    may_manage,
    release,
    staff_of,
)
from registry.enterprises.enrolling import Done, enter_roll, roll_rests, take_back_roll
from registry.enterprises.factories import (
    add_factory,
    enter_factory,
    factory_facts,
    move_factory,
    rename_factory,
    update_factory,
)
from registry.enterprises.firms import facts_of, record_veto_event, register, rename, update
from registry.enterprises.honour_roll import Named, judge_honours
from registry.enterprises.honouring import (
    Recorded,
    honours_rest,
    record_honours,
    take_back_honours,
)
from registry.enterprises.honours import (
    kind_of,
    may_judge,
    record_honour,
    verify_honour,
    withdraw_honour,
)
from registry.enterprises.invitations import DAYS, invite, join, join_anew, renew, revoke
from registry.enterprises.past import Stood, name_on, stood, stood_all
from registry.enterprises.people import (
    Person,
    appoint,
    claim_again,
    confirm,
    confirming,
    is_confirmed,
    refuse,
    sign_up,
    waiting,
)
from registry.enterprises.roll import Listed
from registry.enterprises.roll import judge as judge_roll
from registry.enterprises.scope import (
    OUTSIDE,
    ensure_open,
    ensure_visible,
    one_at_a_time,
    responsible,
)
from registry.enterprises.succession import Deed, heir, predecessors, succeed

__all__ = [
    "DAYS",
    "OUTSIDE",
    "Deed",
    "Done",
    "Listed",
    "Named",
    "Person",
    "Recorded",
    "Stood",
    "add_factory",
    "appoint",
    "change_seat",
    "claim_again",
    "colleague",
    "confirm",
    "confirming",
    "ensure_open",
    "ensure_visible",
    "enter_factory",
    "enter_roll",
    "factory_facts",
    "facts_of",
    "heir",
    "held",
    "honours_rest",
    "invite",
    "is_confirmed",
    "is_last_manager",
    "join",
    "join_anew",
    "judge_honours",
    "judge_roll",
    "kind_of",
    "managed_by",
    "managers_of",
    "may_judge",
    "may_manage",
    "move_factory",
    "name_on",
    "one_at_a_time",
    "predecessors",
    "record_honour",
    "record_honours",
    "record_veto_event",
    "refuse",
    "register",
    "release",
    "rename",
    "rename_factory",
    "renew",
    "responsible",
    "revoke",
    "roll_rests",
    "sign_up",
    "staff_of",
    "stood",
    "stood_all",
    "succeed",
    "take_back_honours",
    "take_back_roll",
    "update",
    "update_factory",
    "verify_honour",
    "waiting",
    "withdraw_honour",
]
