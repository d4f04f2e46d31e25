"""What must not be seen before its time is nowhere: every address of the URLconf is asked.

A firm has a case in every phase, and each phase holds words that stand nowhere else. Everybody goes
through every address; what he comes upon is compared with what is his to read, exactly, so that the
office which reads them is the control of those who do not.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Model
from django.test import Client, override_settings
from django.urls import reverse

from assessments.models import Assessment, Evidence
from registry.models import Authority, Enterprise, Factory, User
from registry.policy import StepKind, Tier
from tests import build
from tests.rules import test_urls
from tests.rules.everybody.test_scope import client_of, shown
from tiers import experts, formal_check, inspection, meeting, objections, verification
from tiers.models import (
    Action,
    Application,
    Assignment,
    AvoidanceRequest,
    Certification,
    Consultation,
    DepartmentOpinion,
    Determination,
    Expert,
    InspectionPhoto,
    Notice,
    Objection,
    Recommendation,
    ReviewPanel,
    Round,
    SentFile,
    UpwardList,
)

AT = build.DAY
NOON = build.moment("2026-03-02 12:00")
#: First word of an address with a row in it -> whose rows. Of some the latest few stand for all.
ROWS = {
    "announcements": Determination,
    "applications": Application,
    "assessments": Assessment,
    "avoidances": AvoidanceRequest,
    "consultations": Consultation,
    "draws": ReviewPanel,
    "enterprises": Enterprise,
    "evidence": Evidence,
    "experts": Expert,
    "factories": Factory,
    "inspection-photos": InspectionPhoto,
    "notices": Notice,
    "objections": Objection,
    "opinions": DepartmentOpinion,
    "recommendations": Recommendation,
    "register": Factory,
    "reviews": Assignment,
    "rounds": Round,
    "sent-files": SentFile,
    "titles": Certification,
    "upward-lists": UpwardList,
}
FEW = {
    "assessments": 1, "consultations": 12, "evidence": 1, "factories": 2, "opinions": 7,
    "register": 1, "titles": 1,
}  # fmt: skip
#: First words of addresses on which nothing of a round is told, whatever row they name.
ELSEWHERE = {
    "account", "admin", "affiliations", "annual", "annual-reports", "authorities", "certificates",
    "certifications", "changes", "choices", "contributions", "cultivations", "delegations",
    "delistings", "derivation", "details", "divisions", "exports", "filing-lists", "group",
    "honours", "instances", "intake", "layouts", "library", "lists", "messages", "moves",
    "notifications", "open-data", "people", "plans", "record", "recovery",
    "revocation-files", "revocations",
    "statistics", "supervision", "surrenders", "V",
}  # fmt: skip
#: Addresses without a row that show nothing of ours, or end the session.
LEFT_OUT = (
    "admin:",
    "account_",
    "mfa_",
    "healthz",
    "readyz",
    "api:docs",
    "api:schema",
    "registry:session",
    "registry:signing_keys",
)
LISTS = ("tiers:desk", "tiers:application_list", "api:application-list", "registry:enterprise_list")


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def first_word(path: str) -> str:
    words = path.strip("/").split("/")
    return words[2] if words[:2] == ["api", "v1"] else words[0]


def addresses() -> Iterable[str]:
    """Every page, resource and file there is of what this world holds."""
    for name, arguments in test_urls.ADDRESSES:
        if name.startswith(LEFT_OUT):
            continue
        if not arguments:
            yield reverse(name)
        elif (word := first_word(test_urls.sample_path(name, arguments))) in ROWS:
            rows = ROWS[word].objects.order_by("-pk").values_list("pk", flat=True)
            for pk in rows[: FEW.get(word)]:
                yield reverse(name, kwargs={key: argument(key, pk) for key in arguments})


def argument(key: str, pk: int) -> int | str | None:
    match key:
        case "evidence":
            return Evidence.objects.order_by("pk").values_list("pk", flat=True).first()
        case "number":
            return Certification.objects.order_by("pk").values_list("number", flat=True).first()
        case "section":
            return "production"
        case "form":
            return "docx"
    return pk


def found(user: User | None, secrets: dict[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Where this person comes upon which secret: pages, parts of pages, resources, searches."""
    client, places = client_of(user) if user else Client(), defaultdict(list)

    def look(place: str, text: str) -> None:
        for secret, words in secrets.items():
            if any(word in text for word in words):
                places[secret].append(place)

    for path in addresses():
        answer = client.get(path)
        assert answer.status_code < 500, path
        look(path, shown(answer))
    for path in map(reverse, LISTS):
        look(f"{path} by htmx", shown(client.get(path, HTTP_HX_REQUEST="true")))
        if (whole := listed(client, path, "没有这样的词")) is None or whole:
            continue  # shut to this person, or a list that is not searched
        for secret, words in secrets.items():
            if any(listed(client, path, word) for word in words):
                places[secret].append(f"{path}?q=")
    return dict(places)


def listed(client: Client, path: str, word: str) -> set[str] | None:
    """The numbers of the cases that a search finds; None where there is no such list."""
    answer = client.get(path, {"q": word, "tab": "all"})
    numbers = re.findall(r"XJ-\d{4}-\d{4}", shown(answer))
    return set(numbers) if answer.status_code == 200 else None


def test_every_address_with_a_row_is_asked_or_named():
    words = {
        first_word(test_urls.sample_path(name, arguments))
        for name, arguments in test_urls.ADDRESSES
        if arguments
    }

    assert sorted(words - set(ROWS) - ELSEWHERE) == []


# --- phases ---------------------------------------------------------------------------------------

#: What is hidden -> words that stand nowhere else.
SECRETS = {
    "formal check": ("形审密语",),
    "reply": ("复函密语", "复函密名"),
    "marks": ("评语密语", "分项密语"),
    "draft": ("草稿密语",),
    "expert": ("专家密名",),
    "meeting": ("审定密语",),
    "objection": ("异议密名", "13977776666", "异议密语"),
    "site": ("现场密语", "核对密语"),
}
OFFICE = {"formal check", "reply", "marks", "expert", "meeting", "site"}
#: What each of them reads while every phase lasts; all the rest is hidden from him.
READS = {
    "firm": set(),
    "other firm": set(),
    "county": {"site"},
    "city": {"site"},
    "department": set(),
    "department that replied": {"reply"},
    "expert": set(),
    "expert who marked": {"marks", "draft", "expert"},
    "office": OFFICE,
    "office, uninvolved": OFFICE,
    "stranger": set(),
}


@dataclass
class World:
    people: dict[str, User | None]
    cases: dict[StepKind, Application]
    #: What one expert gave in all, and the task of the other who has not marked yet.
    marks: int = 0
    waiting: Assignment | None = None


def make() -> World:
    """A firm's cases, one in every phase; the later ones first, for the sake of the draws."""
    hebei, changan = build.authority("130000"), build.authority("130102")
    office, _, uninvolved = (build.officer(hebei, name=f"省级{one}") for one in "甲乙丙")
    firm = build.enterprise_at(changan)
    build.open_round(hebei, Tier.ADVANCED)
    cases = {
        kind: build.at_step(kind, factory=build.factory_at(changan, enterprise=firm))
        for kind in (
            StepKind.PUBLICISE,
            StepKind.MEET,
            StepKind.INSPECT,
            StepKind.REVIEW,
            StepKind.CONSULT,
            StepKind.CHECK,
        )
    }
    people = {
        "firm": build.staff_of(firm),
        "other firm": build.staff_of(build.enterprise_at(changan)),
        "county": build.officer_of(changan),
        "city": build.officer_of(build.authority("130100")),
        "department": build.officer_of(build.authority("130000-yjgl")),
        "department that replied": build.officer_of(build.authority("130000-sthj")),
        "office": office,
        "office, uninvolved": uninvolved,
        "stranger": None,
    }
    made = World(people, cases)
    for keep in (check, consult, review, inspect, meet, publicise):
        keep(made)
    return made


def check(world: World) -> None:
    case = world.cases[StepKind.CHECK]
    given = {
        one.id: formal_check.Given("yes", "形审密语")
        for one in formal_check.edition_for(case.round).questions
    }
    formal_check.answer(case, given, by=world.people["office"], at=AT)


def consult(world: World) -> None:
    for sent in build.sent_out(world.cases[StepKind.CONSULT]):
        if sent.department.code == "130000-sthj":
            file = {"upload": ContentFile(build.PDF), "name": "复函密名.pdf"}
            build.reply(sent, "objection", ground="复函密语", **file)


def review(world: World) -> None:
    """Of two experts with the same two cases one has marked the first and begun with the second."""
    first = world.cases[StepKind.REVIEW]
    place = build.authority("130102")
    further = build.factory_at(place, enterprise=first.factory.enterprise)
    second = build.at_step(StepKind.REVIEW, factory=further)
    build.drawn(first.round)
    both = Expert.objects.filter(assignments__application=first)
    author, other = both.filter(assignments__application=second).order_by("pk")[:2]
    author.employer = author.user.name = "专家密名"
    author.save()
    author.user.save()
    marks = {one.key: 1 for one in experts.sheet_of(first.round).dimensions}
    for case, act, word in ((first, experts.give, "评语密语"), (second, experts.save, "草稿密语")):
        task = build.declared(case.assignments.get(expert=author))
        notes = dict.fromkeys(marks, "分项密语") if case == first else {}
        act(task, scores=marks, notes=notes, comment=word, seen=task.version, by=author.user, at=AT)
    world.marks = sum(marks.values())
    world.waiting = build.declared(first.assignments.get(expert=other))
    world.people |= {"expert who marked": author.user, "expert": other.user}


def inspect(world: World) -> None:
    case, office = world.cases[StepKind.INSPECT], world.people["office"]
    planned = build.planned(case)
    entry = verification.Entry("no", "no", "核对密语")
    build.verify(case, {"basic.req.1": entry}, rest=verification.ALL)
    inspection.sign(
        planned,
        result="unfit",
        finding="现场密语",
        name=office.name,
        seen=planned.version,
        by=office,
        at=AT,
    )


def meet(world: World) -> None:
    case = world.cases[StepKind.MEET]
    build.prepared(case.round, {case.pk: meeting.Word("reject", "审定密语")})
    build.confirmed(case.round)


def publicise(world: World) -> None:
    case, office = world.cases[StepKind.PUBLICISE], world.people["office"]
    uninvolved = world.people["office, uninvolved"]
    shown = build.published_notice(case.round, (office, build.colleague_of(office)))
    words = {"name": "异议密名", "phone": "13977776666", "ground": "异议密语"}
    objections.assign(build.objection(shown, case, **words), uninvolved, by=uninvolved, at=AT)


@pytest.fixture(scope="module")
def _phases(django_db_setup, django_db_blocker, tmp_path_factory):
    """Made once; what a test changes is rolled back."""
    files = tmp_path_factory.mktemp("phases")
    with django_db_blocker.unblock(), override_settings(MEDIA_ROOT=files), transaction.atomic():
        if not Authority.objects.exists():
            build.world()
        yield make(), files
        transaction.set_rollback(True)


@pytest.fixture
def phases(_phases, db, settings):
    settings.MEDIA_ROOT = _phases[1]
    return _phases[0]


@pytest.mark.parametrize("who", READS)
def test_everybody_reads_his_own_part_and_no_more(phases, who):
    seen = found(phases.people[who], SECRETS)

    assert {one: places for one, places in seen.items() if one not in READS[who]} == {}
    assert set(seen) == READS[who]


def text_of(phases: World, who: str, name: str, row: Model) -> str:
    return shown(client_of(phases.people[who]).get(reverse(name, args=[row.pk])))


def test_firm_reads_what_the_meeting_decided_once_it_is_released(phases):
    case = phases.cases[StepKind.MEET]
    build.released(case.round)

    assert "审定密语" in text_of(phases, "firm", "tiers:application", case)


def test_firm_reads_what_was_found_on_site_once_its_case_is_decided(phases):
    case = phases.cases[StepKind.INSPECT]
    build.decide(case, Action.REJECT, opinion="现场不符")

    assert "现场密语" in text_of(phases, "firm", "tiers:inspection", case)
    assert "核对密语" in text_of(phases, "firm", "tiers:verification", case)


def test_expert_reads_the_marks_of_others_once_his_own_are_in(phases):
    def page() -> str:
        return text_of(phases, "expert", "tiers:review", phases.waiting)

    before = page()
    build.marked(phases.waiting)

    assert f"{phases.marks} 分" not in before
    assert f"{phases.marks} 分" in page()


def test_objection_opens_for_the_uninvolved_and_a_reason(phases):
    path = reverse("tiers:objection", args=[Objection.objects.get().pk])

    opened = {
        who: shown(client_of(phases.people[who]).post(path, {"reason": "核实"}))
        for who in ("office", "office, uninvolved")
    }

    words = SECRETS["objection"]
    assert not any(word in opened["office"] for word in words)
    assert all(word in opened["office, uninvolved"] for word in words)
