"""The demo world: made by the real acts, once, and only where it is a demo."""

from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count, DateTimeField
from django.utils import timezone

from assessments.models import Measure
from config.demo.world import PASSWORD
from registry.access import Role, Seat, business_date
from registry.models import (
    ApiToken,
    Claim,
    Delegation,
    Delivery,
    Enterprise,
    Event,
    Factory,
    Invitation,
    Notification,
    Reading,
    RecordCheck,
    Recovery,
    SavedView,
    SealedHead,
    User,
)
from registry.policy import StepKind, Tier
from reports.models import Batch
from tiers import determination, open_data, renewal, rereview
from tiers.models import (
    Application,
    Assignment,
    Ban,
    Certificate,
    Certification,
    Consultation,
    Decision,
    DepartmentOpinion,
    Determination,
    FilingEntry,
    FilingList,
    FirmChange,
    Inspection,
    Meeting,
    Notice,
    Objection,
    Recommendation,
    Renewal,
    Rereview,
    ReturnItem,
    Revocation,
    Round,
    SentFile,
    Subscription,
    Supervision,
    Surrender,
    Suspension,
    Urging,
    Verification,
)

ACCOUNTS = [
    "admin",
    "city-dingzhou",
    "city-haerbin",
    "city-hefei",
    "city-shijiazhuang",
    "city-shijiazhuang-2",
    "city-tangshan",
    "city-wuhu",
    "county-changan",
    "county-daoli",
    *(
        f"dept-{code}-{province}"
        for province in ("anhui", "hebei")
        for code in ("fgw", "gzw", "scjg", "sjj", "sthj", "yjgl")
    ),
    *(f"expert-{number}" for number in range(1, 11)),
    *(f"expert-ah-{number}" for number in range(1, 6)),
    "firm-1",
    "firm-1-editor",
    "firm-1-reader",
    "firm-2",
    "firm-ah-former-failed",
    "firm-ah-former-unreached",
    "firm-mending",
    "firm-merging",
    "firm-renewal-begun",
    "firm-renewal-late",
    "firm-revoked-appealed",
    "firm-revoking-hearing",
    "firm-revoking-told",
    "firm-surrender-declared",
    "province-anhui",
    "province-anhui-2",
    "province-anhui-3",
    "province-hebei",
    "province-hebei-2",
    "province-hebei-3",
    "province-heilongjiang",
    "reader-changan",
    "reader-hebei",
    "reader-shijiazhuang",
]
HOLDER = "certification__factory__enterprise"
PROVINCES = ("130000", "230000", "340000")

#: What people are told of by the acts of the demo, and by its last night.
TOLD = {
    Event.CASE_LIBRARY,
    Event.CASE_ON_NOTICE,
    Event.CASE_RECEIVED,
    Event.CASE_RETURNED,
    Event.CASE_REJECTED,
    Event.CASE_VISIT,
    Event.CONSULT_ANSWERED,
    Event.CONSULT_ASKED,
    Event.CONSULT_FILES,
    Event.DESK_CASE,
    Event.DESK_CHANGE,
    Event.DESK_CLAIM,
    Event.DESK_DETERMINATION,
    Event.DESK_FILING,
    Event.DESK_HALT,
    Event.DESK_HONOUR,
    Event.DESK_LIBRARY,
    Event.DESK_MOVE,
    Event.DESK_NOTICE,
    Event.DESK_OBJECTION,
    Event.DESK_OVERDUE,
    Event.DESK_REVIEW,
    Event.DESK_REVIEWED,
    Event.DESK_REVOCATION,
    Event.DESK_SUPERVISION,
    Event.DESK_URGED,
    Event.FILING_ACKNOWLEDGED,
    Event.FILING_RETURNED,
    Event.FIRM_CONFIRMED,
    Event.FIRM_SUCCEEDED,
    Event.PEOPLE_CONFIRMED,
    Event.PEOPLE_DELEGATION,
    Event.PEOPLE_JOINED,
    Event.PEOPLE_LEFT,
    Event.PEOPLE_REFUSED,
    Event.PEOPLE_SEAT,
    Event.ROUND_ANNOUNCED,
    Event.ROUND_DETERMINED,
    Event.ROUND_PLACES,
    Event.TITLE_CORRECTED,
    Event.TITLE_DERIVED,
    Event.TITLE_EXPIRED,
    Event.TITLE_EXPIRING,
    Event.TITLE_ISSUED,
    Event.TITLE_REREVIEW,
    Event.TITLE_REREVIEWED,
    Event.TITLE_RESTORED,
    Event.TITLE_REVOKED,
    Event.TITLE_REVOKING,
    Event.TITLE_SUPERVISED,
    Event.TITLE_SUSPENDED,
}


def seed():
    out = StringIO()
    call_command("seed_demo", stdout=out)
    return out.getvalue()


def signs_in(client, name):
    # Each from a place of his own: from one place only so many sign in within a minute.
    place = f"10.0.0.{ACCOUNTS.index(name)}"
    answer = client.post("/login/", {"username": name, "password": PASSWORD}, REMOTE_ADDR=place)
    client.logout()
    return answer.status_code == 302


def held(model, field):
    return set(model.objects.values_list(field, flat=True))


def below(queryset, province, path="authority__path"):
    return queryset.filter(**{f"{path}__startswith": f"/{province}/"})


def size_of_three_provinces(client):
    assert Enterprise.objects.count() >= 300
    assert Factory.objects.count() >= 400
    published = Certification.objects.published()
    for province in PROVINCES:
        assert below(Enterprise.objects, province).count() >= 70
        assert below(published, province, "factory__authority__path").count() >= 30
    assert len(held(Enterprise, "name")) == Enterprise.objects.count()
    assert len(held(Factory, "division__parent")) >= 35
    assert Factory.objects.filter(industry=None).exists() is False


def every_state(client):
    assert held(Application, "status") == set(Application.Status.values)
    assert held(Certification, "source") == set(Certification.Source.values)
    assert held(Certification, "ending") == {"", *Certification.Ending.values}
    assert held(FilingList, "status") == set(FilingList.Status.values)
    assert held(Batch, "status") == {"applied", "checked", "undone"}
    assert held(FilingEntry, "live") == {True, False}
    assert held(Claim, "status") == set(Claim.Status.values)
    assert held(Claim, "kind") == set(Claim.Kind.values)
    assert held(Measure, "status") == set(Measure.Status.values)
    assert held(ReturnItem, "target_kind") == set(ReturnItem.Kind.values)
    assert held(ReturnItem, "outcome") == {"", *ReturnItem.Outcome.values}
    assert held(Urging, "side") == {Role.ENTERPRISE, Role.PROVINCE}
    assert held(Notification, "event") >= TOLD
    assert held(Delivery, "status") <= {Delivery.Status.SENT, Delivery.Status.WAITING}
    assert Delivery.objects.filter(channel="sms", status=Delivery.Status.SENT).exists()


def people_in_every_seat(client):
    today = business_date(timezone.now())

    assert [name for name in ACCOUNTS if not signs_in(client, name)] == []
    seats = User.objects.filter(enterprise__users__username="firm-1").values_list("seat", flat=True)
    assert Counter(seats) == {Seat.MANAGER: 1, Seat.EDITOR: 1, Seat.READER: 1}
    readers = User.objects.filter(seat=Seat.READER).exclude(authority=None)
    assert set(readers.values_list("role", flat=True)) == {Role.COUNTY, Role.CITY, Role.PROVINCE}
    states = {one.state(today) for one in Invitation.objects.all()}
    assert states == {"open", "used", "revoked", "ended"}
    assert [one.runs_on(today) for one in Delegation.objects.order_by("pk")] == [False, True]
    assert Decision.objects.exclude(on_behalf_of=None).count() == 1


def values_of_office_and_firm(client):
    by_case = Verification.objects.values("application").annotate(
        levels=Count("level", distinct=True)
    )
    assert max(row["levels"] for row in by_case) == 2
    unsettled = Verification.objects.filter(agreed="")
    assert set(unsettled.values_list("application__status", flat=True)) == {
        Application.Status.IN_PROGRESS,
        Application.Status.RETURNED,
    }
    told = Verification.objects.filter(application__factory__enterprise__users__username="firm-2")
    assert told.exists()


def round_of_the_province(client):
    for province in ("130000", "340000"):
        standing = below(Recommendation.objects.standing(), province)
        units = Counter(standing.values_list("authority__code", flat=True))
        assert len(units) >= 3
        assert max(units.values()) >= 2
    assert Recommendation.objects.exclude(off_quota="").exists()
    assert Recommendation.objects.exclude(released_at=None).exists()


def running(province):
    """The round of the province whose cases stand at every stage."""
    return below(Round.objects, province).get(title__contains="第二批")


def judged_at_every_stage(client):
    batch = running("130000")
    assert set(batch.applications.values_list("step", flat=True)) == {
        StepKind.CONSULT,
        StepKind.REVIEW,
        StepKind.INSPECT,
        StepKind.MEET,
        StepKind.PUBLICISE,
        StepKind.DETERMINE,
    }
    opinions = DepartmentOpinion.objects.filter(consultation__application__round=batch)
    assert opinions.exclude(veto="").get().lifted_at is None
    late = Consultation.objects.filter(application__round=batch, opinions=None, closed_at=None)
    assert late.filter(due_on__lt=business_date(timezone.now())).exists()
    asked = Assignment.objects.filter(panel__round=batch)
    assert set(asked.values_list("state", flat=True)) == {"asked", "accepted", "conflict", "given"}
    assert set(asked.values_list("kind", flat=True)) == {"drawn", "replacement", "second"}
    signed = Inspection.objects.filter(application__round=batch, application__step="inspect")
    assert Counter(signed.values_list("result", flat=True)) == {"": 1, "fit": 1}
    assert Meeting.objects.get(round=batch, released_at=None).confirmed_at is None
    states = Notice.Status
    assert Counter(batch.notices.values_list("status", flat=True)) == {
        states.CLOSED: 1,
        states.PUBLISHED: 1,
    }
    waiting = Determination.objects.get(round=batch)
    assert (waiting.cases.count(), waiting.confirmed_at, waiting.issued_at) == (2, None, None)
    rows = determination.table(batch, on=business_date(timezone.now())).rows
    assert Counter((row.chosen, bool(row.bars)) for row in rows) == {
        (True, False): 2,
        (False, True): 1,
    }
    given = SentFile.objects.filter(consultation__application__round=batch)
    assert set(given.values_list("consultation__department__code", flat=True)) == {"130000-yjgl"}
    shown = batch.notices.get(status=states.PUBLISHED)
    assert shown.is_running(business_date(timezone.now()))
    assert Objection.objects.open().get(notice=shown).handler.username == "province-hebei-3"
    steps = running("340000").applications.values_list("step", flat=True)
    assert set(steps) == {StepKind.CONSULT, StepKind.REVIEW, StepKind.INSPECT, StepKind.PUBLICISE}


def ended_in_titles(client):
    batch = below(Round.objects, "130000").get(title__contains="首批")
    assert Counter(batch.applications.values_list("status", flat=True)) == {
        "certified": 3,
        "rejected": 1,
    }
    shown = batch.notices.get()
    assert (shown.closing["passed"], shown.closing["rejected"]) == (3, 1)
    assert len(Determination.objects.issued().get(round=batch).content) == 3
    today = business_date(timezone.now())
    assert sorted(one.is_over(today) for one in Suspension.objects.all()) == [False, True]
    assert {one.certification.application.round for one in Suspension.objects.all()} == {batch}


def reviewed_again_together(client):
    over, running = Rereview.objects.order_by("opened_at")
    assert Counter(row["outcome_label"] for row in over.frozen) == {
        "通过": 2,
        "未通过": 1,
        "暂缓": 3,
    }
    assert over.published_at is not None
    rows = rereview.table(running, on=business_date(timezone.now())).counted
    assert Counter(row.state for row in rows) == {
        "reached": 3,
        "pass": 1,
        "unreached": 2,
        "unassessed": 3,
    }


def renewed(client):
    cases = Application.objects.filter(round__kind=Round.Kind.RENEWAL)
    assert Counter(cases.values_list("status", flat=True)) == {
        "draft": 1,
        "in_progress": 2,
        "certified": 1,
    }
    begun = Renewal.objects.get(application__status="draft")
    case = begun.application
    states = {line.state for line in renewal.lines(begun, case.assessment, Tier(case.tier))}
    assert states == {"same", "changed", "todo"}
    assert Renewal.objects.exclude(late_reason="").get().title.ending == "expired"
    done = Certification.objects.get(application__in=cases)
    assert done.valid_from == Renewal.objects.get(application__status="certified").title.ends_on


def taken_away_or_given_up(client):
    today = business_date(timezone.now())
    asked = Revocation.objects.all()
    assert Counter(asked.values_list("outcome", flat=True)) == {"revoked": 4, "": 2}
    told, heard = asked.open().order_by("-proposed_at")
    assert (told.heard_until >= today, heard.hearing_on > today) == (True, True)
    appealed = asked.exclude(appealed_at=None)
    assert set(appealed.values_list("finding", flat=True)) == {"", "dismissed", "upheld"}
    assert Ban.objects.filter(enterprise__in=appealed.values(HOLDER)).running(today).count() == 2
    assert Counter(one.confirmed_at is None for one in Surrender.objects.all()) == {
        True: 1,
        False: 1,
    }


def inspected_by_draw(client):
    over, running = Supervision.objects.order_by("at")
    states = [{one.state for one in drawn.checks.all()} for drawn in (over, running)]
    assert states == [
        {"fit", "unfit"},
        {"open", "assigned", "mending", "answered", "fit", "unfit"},
    ]
    assert Supervision.objects.published().get() == over


def firms_that_changed(client):
    changes = FirmChange.objects.all()
    assert Counter(changes.values_list("kind", "status")) == {
        ("rename", "confirmed"): 1,
        ("absorption", "confirmed"): 1,
        ("absorption", "pending"): 1,
        ("move", "confirmed"): 2,
        ("move", "pending"): 1,
        ("halt", "confirmed"): 1,
    }


def happened_before_now(client):
    now = timezone.now()
    past = (
        (Application, "submitted_at"),
        (Certification, "issued_at"),
        (Decision, "at"),
        (FilingList, "filed_at"),
        (Notification, "created_at"),
        (Urging, "at"),
        (Verification, "at"),
    )

    assert [
        model.__name__
        for model, field in past
        if isinstance(model._meta.get_field(field), DateTimeField)
        and model.objects.filter(**{f"{field}__gt": now}).exists()
    ] == []
    # Only a title that was renewed in time begins when the old one is over.
    to_come = Certification.objects.filter(valid_from__gt=business_date(now))
    assert {title.application.round.kind for title in to_come} == {Round.Kind.RENEWAL}


def open_to_the_outside(client):
    """Programs, the record of two days, open data, accounts asked back, who opened a file."""
    assert list(SealedHead.objects.order_by("number").values_list("number", flat=True)) == [1, 2]
    assert set(RecordCheck.objects.values_list("count", flat=True)) == {0}
    proof = client.get("/record/consistency/1-2.json")
    assert proof.status_code == 200
    assert len(open_data.days()) == 2
    held = Subscription.objects.get()
    assert (held.state, held.proved_at is None) == ("paused", False)
    sent = Counter(held.pushes.filter(status="sent").values_list("kind", flat=True))
    assert (sent["challenge"], sent["test"], sent["change"] >= 1) == (1, 1, True)
    assert ApiToken.objects.get().owner.username == "province-hebei"
    asked = Recovery.objects.order_by("filed_at").values_list("account__username", "status")
    assert list(asked) == [("firm-1-editor", "stopped"), ("firm-2", "waiting")]
    firm = User.objects.get(username="firm-1").enterprise
    assert Reading.objects.of_enterprise(firm.pk).count() == 5
    assert SavedView.objects.get().shared_with.code == "130100"
    again = Certificate.objects.get(issue=2)
    assert again.certification.certificates.get(issue=1).enterprise != again.enterprise


def made_once(client):
    before = User.objects.count(), Certification.objects.count(), FilingList.objects.count()

    assert seed() == "已有数据，不再建立演示数据。\n"
    assert (
        User.objects.count(),
        Certification.objects.count(),
        FilingList.objects.count(),
    ) == before


#: All looked for in one seeding, which takes half a minute.
SHOWN = (
    size_of_three_provinces,
    every_state,
    people_in_every_seat,
    values_of_office_and_firm,
    round_of_the_province,
    judged_at_every_stage,
    ended_in_titles,
    reviewed_again_together,
    renewed,
    taken_away_or_given_up,
    inspected_by_draw,
    firms_that_changed,
    happened_before_now,
    open_to_the_outside,
    made_once,
)


def test_demo_shows_everything_and_is_made_once(db, settings, client):
    settings.MESSAGE_EMAIL_URL = settings.MESSAGE_SMS_URL = "console://"
    seed()

    for shown in SHOWN:
        shown(client)


def test_demo_is_refused_in_production(db, settings):
    settings.PORTAL_MODE = "production"

    with pytest.raises(CommandError):
        seed()

    assert User.objects.exists() is False
