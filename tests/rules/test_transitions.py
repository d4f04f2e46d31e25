"""Who may do what with an application, everywhere in every profile: compared with a kept table.

``RENDER_RULES=1 make test ARGS=tests/rules/test_transitions.py`` writes the tables anew; the change
is then read as a change of lines. Beside them stand cells written by hand that must stay empty
whatever a table says.
"""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied

from registry import policy
from registry.access import Role, Seat
from registry.models import Authority, Enterprise, Factory, User
from registry.policy import Tier
from tests import build
from tiers import chain, workflow
from tiers.models import Application, Round
from tiers.workflow import Action, Status

TABLES = Path(__file__).parent / "transitions"
CLOSED = (Status.CERTIFIED, Status.REJECTED, Status.WITHDRAWN)


# --- the table: rows that no act can reach in one go are put together in memory -------------------


def authority(kind, *path, parent=None):
    return Authority(kind=kind, path=f"/{'/'.join(path)}/", parent=parent)


PROVINCE = authority("province", "P")
CITY = authority("city", "P", "C", parent=PROVINCE)
COUNTY = authority("county", "P", "C", "D", parent=CITY)
OTHER_CITY = authority("city", "P", "C2", parent=PROVINCE)
OTHER_COUNTY = authority("county", "P", "C", "D2", parent=CITY)
LIKE_A_CITY = authority("city", "P", "U", parent=PROVINCE)
DEPARTMENT = authority("department", "P", "F", parent=PROVINCE)
OTHER_PROVINCE = authority("province", "Q")
OWN, RIVAL = Enterprise(pk=1), Enterprise(pk=2)

PLACES = {"county": COUNTY, "reporting unit": LIKE_A_CITY}


def people(place):
    def officer(role, where):
        return User(role=role, authority=where)

    own_city = CITY if place is COUNTY else LIKE_A_CITY
    return {
        "firm": User(role=Role.ENTERPRISE, enterprise=OWN, seat=Seat.MANAGER),
        "firm editor": User(role=Role.ENTERPRISE, enterprise=OWN, seat=Seat.EDITOR),
        "firm reader": User(role=Role.ENTERPRISE, enterprise=OWN, seat=Seat.READER),
        "rival": User(role=Role.ENTERPRISE, enterprise=RIVAL, seat=Seat.MANAGER),
        "unconfirmed": User(role=Role.ENTERPRISE),
        "county": officer(Role.COUNTY, COUNTY),
        "other county": officer(Role.COUNTY, OTHER_COUNTY),
        "city": officer(Role.CITY, own_city),
        "city reader": User(role=Role.CITY, authority=own_city, seat=Seat.READER),
        "other city": officer(Role.CITY, OTHER_CITY),
        "province": officer(Role.PROVINCE, PROVINCE),
        "other province": officer(Role.PROVINCE, OTHER_PROVINCE),
        "department": User(role=Role.DEPARTMENT, authority=DEPARTMENT),
        "expert": User(role=Role.EXPERT),
        "administrator": User(role="", is_superuser=True),
        "stranger": AnonymousUserWithRole(),
    }


class AnonymousUserWithRole(AnonymousUser):
    """Nobody is signed in; pages never ask on his behalf, and the answer would be no."""

    role = ""
    enterprise_id = None


def application(rules, tier, place, status, step=None):
    return Application(
        round=Round(policy=rules.code, tier=tier),
        tier=tier,
        status=status,
        step=step.kind if step else "",
        step_level=step.level if step else "",
        factory=Factory(enterprise=OWN, authority=place),
    )


def stations(rules, tier, place):
    """Every place at which an application of that tier can stand."""
    yield Status.DRAFT, None
    for step in chain.steps_for(application(rules, tier, place, Status.DRAFT)):
        yield Status.IN_PROGRESS, step
    yield Status.RETURNED, None
    for status in CLOSED:
        yield status, None


def label(status, step):
    return f"{status.value} {step}" if step else status.value


def leads_to(rules, tier, place, step):
    """Where each action puts it, as its name in the table."""
    steps = chain.steps_for(application(rules, tier, place, Status.DRAFT))
    if step is None:
        return {Action.SUBMIT: label(Status.IN_PROGRESS, steps[0]), Action.WITHDRAW: "withdrawn"}
    after = steps[steps.index(step) + 1 :]
    return {
        Action.COMPLETE: label(Status.IN_PROGRESS, after[0]) if after else "certified",
        Action.SEND_BACK: "returned",
        Action.REJECT: "rejected",
        Action.WITHDRAW: "withdrawn",
    }


def table(rules):
    lines = [f"{rules.code}", ""]
    for tier, rule in rules.tiers.items():
        if not rule.steps:
            lines += [f"{tier.value}: takes no applications", ""]
            continue
        for name, place in PLACES.items():
            lines += [f"{tier.value}, factory of a {name}", ""]
            for status, step in stations(rules, tier, place):
                case = application(rules, tier, place, status, step)
                lines.append(f"  {label(status, step)}")
                targets = leads_to(rules, tier, place, step)
                for who, person in people(place).items():
                    actions = workflow.allowed_actions(case, person)
                    if actions:
                        moves = [f"{a.value} -> {targets[a]}" for a in actions]
                        lines.append(f"    {who}: {'; '.join(moves)}")
            lines.append("")
    return "\n".join(lines)


@pytest.mark.parametrize("rules", policy.all_policies(), ids=lambda rules: rules.code)
def test_transitions_equal_their_kept_table(rules):
    kept = TABLES / f"{rules.code}.txt"
    if os.environ.get("RENDER_RULES"):
        kept.write_text(table(rules), encoding="utf-8")

    assert table(rules) == kept.read_text(encoding="utf-8")


def test_every_kept_table_has_its_profile():
    assert {p.stem for p in TABLES.glob("*.txt")} == {p.code for p in policy.all_policies()}


# --- cells that must stay empty -------------------------------------------------------------------

# (why, tier, where it stands, who, what he must not be able to do)
FORBIDDEN = [
    ("a county never determines", Tier.BASIC, "determine@city", "county", Action.COMPLETE),
    ("a county never refuses", Tier.BASIC, "determine@city", "county", Action.REJECT),
    ("a county never returns for the city", Tier.BASIC, "determine@city", "county", "send_back"),
    ("the province leaves basic to cities", Tier.BASIC, "determine@city", "province", "complete"),
    ("the province leaves basic to cities", Tier.BASIC, "determine@city", "province", "reject"),
    ("another city has no say", Tier.BASIC, "determine@city", "other city", Action.COMPLETE),
    ("another city has no say", Tier.BASIC, "determine@city", "other city", Action.SEND_BACK),
    ("a firm does not determine itself", Tier.BASIC, "determine@city", "firm", Action.COMPLETE),
    ("a firm does not submit twice", Tier.BASIC, "determine@city", "firm", Action.SUBMIT),
    ("a rival takes nothing back", Tier.BASIC, "determine@city", "rival", Action.WITHDRAW),
    ("a rival submits nothing", Tier.BASIC, "draft", "rival", Action.SUBMIT),
    ("an editor prepares, his manager submits", Tier.BASIC, "draft", "firm editor", "submit"),
    ("an editor prepares, his manager submits", Tier.BASIC, "returned", "firm editor", "submit"),
    ("an editor takes nothing back", Tier.BASIC, "determine@city", "firm editor", "withdraw"),
    ("a reader looks on", Tier.BASIC, "draft", "firm reader", Action.SUBMIT),
    ("a reader looks on", Tier.BASIC, "determine@city", "city reader", Action.COMPLETE),
    ("a reader looks on", Tier.BASIC, "determine@city", "city reader", Action.SEND_BACK),
    ("an unconfirmed person has no firm", Tier.BASIC, "draft", "unconfirmed", Action.SUBMIT),
    ("a draft is the firm's own", Tier.BASIC, "draft", "city", Action.REJECT),
    ("a draft is the firm's own", Tier.BASIC, "draft", "city", Action.COMPLETE),
    ("what is returned waits for the firm", Tier.BASIC, "returned", "city", Action.COMPLETE),
    ("what is returned waits for the firm", Tier.BASIC, "returned", "city", Action.REJECT),
    ("a title is not withdrawn", Tier.BASIC, "certified", "firm", Action.WITHDRAW),
    ("a decision is not made twice", Tier.BASIC, "certified", "city", Action.COMPLETE),
    ("a title is revoked, not rejected", Tier.BASIC, "certified", "city", Action.REJECT),
    ("a refusal is final", Tier.BASIC, "rejected", "city", Action.COMPLETE),
    ("a refusal is answered by a new case", Tier.BASIC, "rejected", "firm", Action.SUBMIT),
    ("what is withdrawn stays so", Tier.BASIC, "withdrawn", "firm", Action.SUBMIT),
    ("what is withdrawn stays so", Tier.BASIC, "withdrawn", "city", Action.COMPLETE),
    ("administration is not office", Tier.BASIC, "determine@city", "administrator", "complete"),
    ("nobody acts unsigned", Tier.BASIC, "determine@city", "stranger", Action.COMPLETE),
    ("the city only recommends", Tier.ADVANCED, "determine@province", "city", Action.COMPLETE),
    ("the city does not review", Tier.ADVANCED, "review@province", "city", Action.COMPLETE),
    ("the city does not publish", Tier.ADVANCED, "publicise@province", "city", Action.COMPLETE),
    ("the province waits for the city", Tier.ADVANCED, "recommend@city", "province", "complete"),
    ("a county does not recommend", Tier.ADVANCED, "recommend@city", "county", Action.COMPLETE),
    (
        "another province has no say",
        Tier.ADVANCED,
        "determine@province",
        "other province",
        "reject",
    ),
    ("a firm does not end its review", Tier.ADVANCED, "review@province", "firm", Action.COMPLETE),
]


@pytest.mark.parametrize("place", list(PLACES))
@pytest.mark.parametrize(
    ("why", "tier", "station", "who", "action"),
    FORBIDDEN,
    ids=[f"{t}-{s}-{w}-{a}" for _, t, s, w, a in FORBIDDEN],
)
def test_forbidden_cell_is_empty(why, tier, station, who, action, place):
    rules = policy.get("hebei-2025")
    found = [
        application(rules, tier, PLACES[place], status, step)
        for status, step in stations(rules, tier, PLACES[place])
        if station == (str(step) if step else status.value)
    ]

    assert len(found) == 1, f"no such place: {station}"
    assert action not in workflow.allowed_actions(found[0], people(PLACES[place])[who]), why


VERIFY, DETERMINE = "verify@county", "determine@city"
FORBIDDEN_WITH_COUNTY = [
    ("the city waits for the county", VERIFY, "city", Action.COMPLETE),
    ("the city waits for the county", VERIFY, "city", Action.REJECT),
    ("the province waits for the county", VERIFY, "province", Action.COMPLETE),
    ("another county has no say", VERIFY, "other county", Action.COMPLETE),
    ("another county has no say", VERIFY, "other county", Action.SEND_BACK),
    ("a firm does not verify itself", VERIFY, "firm", Action.COMPLETE),
    ("a county never determines", DETERMINE, "county", Action.COMPLETE),
    ("a county has had its say", DETERMINE, "county", Action.SEND_BACK),
    ("the province leaves basic to cities", DETERMINE, "province", Action.COMPLETE),
    ("another city has no say", DETERMINE, "other city", Action.COMPLETE),
]


@pytest.mark.parametrize(
    ("why", "station", "who", "action"),
    FORBIDDEN_WITH_COUNTY,
    ids=[f"{s}-{w}-{a}" for _, s, w, a in FORBIDDEN_WITH_COUNTY],
)
def test_forbidden_cell_is_empty_where_the_county_verifies(why, station, who, action):
    rules = policy.get("heilongjiang-2025")
    step = next(s for s in rules.tiers[Tier.BASIC].steps if str(s) == station)
    case = application(rules, Tier.BASIC, COUNTY, Status.IN_PROGRESS, step)

    assert action not in workflow.allowed_actions(case, people(COUNTY)[who]), why


def test_county_step_falls_away_where_there_is_no_county():
    rules = policy.get("heilongjiang-2025")
    case = application(rules, Tier.BASIC, LIKE_A_CITY, Status.DRAFT)

    assert [str(step) for step in chain.steps_for(case)] == [DETERMINE]


def test_derived_tier_takes_no_applications():
    assert policy.get("heilongjiang-2025").tiers[Tier.ADVANCED].steps == ()


# --- the same through the door --------------------------------------------------------------------

STATIONS = build.STAGES
CAST = {
    "firm": lambda case: build.staff_of(case.factory.enterprise),
    "rival": lambda case: build.staff_of(build.enterprise_at(build.authority("130102"))),
    "county": lambda case: build.officer_of(build.authority("130102")),
    "city": lambda case: build.officer_of(build.authority("130100")),
    "second city officer": lambda case: build.officer(build.authority("130100")),
    "other city": lambda case: build.officer_of(build.authority("130200")),
    "reporting unit": lambda case: build.officer_of(build.authority("130682")),
    "province": lambda case: build.officer_of(build.authority("130000")),
}
FIRM_BEFORE = {Action.SUBMIT, Action.WITHDRAW}
DESK = {Action.COMPLETE, Action.SEND_BACK, Action.REJECT}
ALLOWED = {
    ("draft", "firm"): FIRM_BEFORE,
    ("returned", "firm"): FIRM_BEFORE,
    ("submitted", "firm"): {Action.WITHDRAW},
    ("submitted", "city"): DESK,
    ("submitted", "second city officer"): DESK,
}


@pytest.mark.parametrize("stage", STATIONS)
def test_door_refuses_whatever_the_table_leaves_empty(world, stage):
    case = build.application_at(stage)
    before = (case.status, case.decisions.count())

    for who, find in CAST.items():
        for action in set(Action) - ALLOWED.get((stage, who), set()):
            with pytest.raises(PermissionDenied):
                build.decide(case, action, by=find(case), declared_by="某人")

    case.refresh_from_db()
    assert (case.status, case.decisions.count()) == before


@pytest.mark.parametrize(
    ("stage", "who", "action"),
    [
        (stage, who, action)
        for (stage, who), actions in ALLOWED.items()
        for action in sorted(actions)
    ],
)
def test_door_opens_for_whatever_the_table_holds(world, stage, who, action):
    case = build.application_at(stage)
    leads = {
        Action.SUBMIT: "in_progress",
        Action.WITHDRAW: "withdrawn",
        Action.COMPLETE: "certified",
        Action.SEND_BACK: "returned",
        Action.REJECT: "rejected",
    }

    if (stage, action) == ("returned", Action.SUBMIT):
        build.answer_items(case)
    done = build.decide(case, action, by=CAST[who](case), declared_by="某人")

    assert (done.status, done.decisions.last().action) == (leads[action], action)
