"""Seat by act in a firm, as a table: compared with the kept one, and each cell tried at its door.

With RENDER_RULES=1 in the environment the table is written anew.
"""

import os
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction

from assessments import assessment as self_assessment
from registry import enterprises
from registry.access import Seat, business_date
from registry.models import User
from reports import annual
from tests import build
from tiers import drafts, firm_changes, handover, renewing, workflow
from tiers.workflow import Action

KEPT = Path(__file__).with_suffix(".txt")
AT = build.DAY
PLAN = {"gap": "缺表计", "action": "加装", "owner": "设备部", "due_on": date(2026, 12, 31)}


def proofs():
    return (ContentFile(build.PDF, name="证明.pdf"),)


class Firm:
    """A firm with somebody in every seat and a case of every kind, made anew for each table."""

    def __init__(self, place):
        self.enterprise = build.enterprise_at(place)
        self.people = {Seat.MANAGER: build.staff_of(self.enterprise)}
        for seat in (Seat.EDITOR, Seat.READER):
            self.people[seat] = build.joined(self.enterprise, seat)
        self.other = build.joined(self.enterprise, name="另一位")
        self.people["left"] = build.joined(self.enterprise)
        enterprises.release(self.people["left"], by=self.people[Seat.MANAGER], at=AT)
        self.people["other firm"] = build.staff_of(build.enterprise_at(place))
        factory = build.factory_at(place, enterprise=self.enterprise)
        self.draft = build.draft(factory)
        self.factory = build.factory_at(place, enterprise=self.enterprise)
        self.sheet = build.answered(build.open_assessment(self.factory))
        aging = build.factory_at(place, enterprise=self.enterprise)
        build.locked_assessment(aging)
        self.aging = build.title(aging, on=business_date(AT), last_day=date(2026, 6, 30))
        started = build.factory_at(place, enterprise=self.enterprise)
        build.locked_assessment(started)
        begun = build.title(started, on=business_date(AT), last_day=date(2026, 6, 30))
        self.renewal = build.renewal_of(begun, at=AT)
        other = build.factory_at(place, enterprise=self.enterprise)
        self.sent = build.application_at("submitted", factory=other)
        held = build.factory_at(place, enterprise=self.enterprise)
        build.title(held, on=date(2025, 9, 1))
        self.report = build.annual_report(held)
        self.invitation, _ = build.invited(self.enterprise)


ACTS = {
    "add a factory": lambda f, by: enterprises.add_factory(
        f.enterprise, name="二号工厂", division=f.factory.division, by=by, at=AT
    ),
    "rename the firm": lambda f, by: enterprises.rename(
        f.enterprise, "改名机械有限公司", document="通知书", by=by, at=AT
    ),
    "report a change": lambda f, by: firm_changes.report(
        f.enterprise,
        firm_changes.Report(
            "rename", AT.date(), "通知书", name="改名机械有限公司", proofs=proofs()
        ),
        by=by,
        at=AT,
    ),
    "answer": lambda f, by: self_assessment.save_answers(f.sheet, {}, seen={}, by=by, at=AT),
    "lock": lambda f, by: self_assessment.lock(f.sheet, by=by, at=AT),
    "plan": lambda f, by: self_assessment.save_measure(f.factory, PLAN, by=by, at=AT),
    "begin an application": lambda f, by: drafts.start(
        f.factory, build.round_for(f.factory), by=by, at=AT
    ),
    "choose the self-assessment": lambda f, by: drafts.choose_assessment(
        f.draft, f.draft.assessment, by=by, at=AT
    ),
    "ask for a renewal": lambda f, by: renewing.start(f.aging, by=by, at=AT),
    "confirm item by item": lambda f, by: renewing.confirm(
        f.renewal, {"part.maturity": True}, declared=True, by=by, at=AT
    ),
    "submit": lambda f, by: workflow.act(f.draft, Action.SUBMIT, by=by, at=AT, declared_by="甲"),
    "withdraw": lambda f, by: workflow.act(f.sent, Action.WITHDRAW, by=by, at=AT),
    "write an annual report": lambda f, by: annual.save(
        f.report, build.annual_content(f.report), {}, seen=1, by=by, at=AT
    ),
    "send in an annual report": lambda f, by: annual.submit(
        f.report, build.annual_content(f.report), {}, declared=True, seen=1, by=by, at=AT
    ),
    "invite to one's own firm": lambda f, by: enterprises.invite(
        name="丁", contact="13900000009", seat=Seat.EDITOR, by=by, at=AT
    ),
    "renew an invitation": lambda f, by: enterprises.renew(f.invitation, by=by, at=AT),
    "revoke an invitation": lambda f, by: enterprises.revoke(f.invitation, by=by, at=AT),
    "change a seat": lambda f, by: enterprises.change_seat(f.other, Seat.READER, by=by, at=AT),
    "remove a colleague": lambda f, by: handover.depart(f.other, None, reason="离职", by=by, at=AT),
    "hand over another's work": lambda f, by: handover.hand_over(
        f.other, f.people[Seat.MANAGER], reason="调岗", by=by, at=AT
    ),
    "hand over his own work": lambda f, by: handover.hand_over(
        by, f.other, reason="调岗", by=by, at=AT
    ),
    "leave": lambda f, by: handover.depart(by, f.other, reason="离职", by=by, at=AT),
}


def tried(firm, act, person):
    """Whether the door let him through; nothing of it stays."""
    with suppress(PermissionDenied), transaction.atomic():
        try:
            act(firm, User.objects.get(pk=person.pk))
        except ValidationError as refusal:
            raise AssertionError(refusal) from refusal
        transaction.set_rollback(True)
        return True
    return False


def table(firm):
    lines = []
    for name, act in ACTS.items():
        may = [
            str(getattr(who, "value", who)) for who, p in firm.people.items() if tried(firm, act, p)
        ]
        lines.append(f"{name}: {', '.join(may)}")
    return "\n".join([*lines, ""])


def test_seats_and_acts_equal_their_kept_table(changan):
    found = table(Firm(changan))
    if os.environ.get("RENDER_RULES"):
        KEPT.write_text(found, encoding="utf-8")

    assert found == KEPT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "act", ["submit", "withdraw", "report a change", "renew an invitation", "change a seat"]
)
def test_only_a_manager_speaks_for_the_firm(act):
    kept = dict(line.split(": ") for line in KEPT.read_text(encoding="utf-8").splitlines())

    assert kept[act] == "manager"


@pytest.mark.parametrize("act", list(ACTS))
def test_reader_and_leaver_are_in_no_cell_but_their_own_affairs(act):
    kept = dict(line.split(": ") for line in KEPT.read_text(encoding="utf-8").splitlines())
    own = act in ("leave", "hand over his own work")

    assert ("reader" in kept[act]) == own
    assert "left" not in kept[act].split(", ")
