"""Acting in an absent officer's place: dates, limits, revocation, scope, trace, and no chains."""

from datetime import date, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import reverse

from registry import audit, delegation
from registry.access import NOT_DELEGATED, Duty, Seat
from registry.delegation import Terms
from registry.models import AuditEvent, Delegation, Notification, User
from registry.policy import Tier
from tests import build
from tiers import filing, workflow
from tiers.models import Application, FilingList
from tiers.workflow import Action

AT = build.DAY
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 11)
ALL = [duty.value for duty in Duty]


@pytest.fixture
def giver(city_officer):
    return city_officer


@pytest.fixture
def stand_in(county_officer):
    return county_officer


def given(giver, stand_in, *, at=AT, **changes):
    terms = {
        "stand_in": stand_in,
        "from_on": FIRST,
        "until_on": LAST,
        "duties": ALL,
        "tiers": [],
        "reason": "出差",
        **changes,
    }
    return delegation.give(Terms(**terms), by=giver, at=at)


def standing(made, *, at=AT):
    """The stand-in as a request would see him."""
    person = User.objects.get(pk=made.stand_in_id)
    found = delegation.in_force(made.pk, person, at=at)
    assert found is not None
    delegation.put_on(person, found)
    return person


def client_in_place(made):
    client = Client()
    client.force_login(
        User.objects.get(pk=made.stand_in_id),
        backend="django.contrib.auth.backends.ModelBackend",
    )
    answer = client.post(reverse("registry:delegation_enter", args=[made.pk]))
    assert answer.url == "/home/"
    return client


@pytest.fixture
def colleague(changan):
    return build.officer(changan, name="县级乙")


@pytest.fixture
def case(giver):
    """A basic case that waits for the city's determination."""
    return build.application_at("submitted")


DETERMINE = {"document_no": "石工信〔2026〕9号", "performance_confirmed": True}


# --- giving ---------------------------------------------------------------------------------------


def test_both_are_told_and_the_trail_has_it(giver, stand_in):
    made = given(giver, stand_in)

    told = Notification.objects.filter(event="people.delegation")
    assert {one.recipient_id for one in told} == {giver.pk, stand_in.pk}
    line = AuditEvent.objects.get(verb="delegation.give")
    assert (line.data["giver"], line.data["stand_in"]) == (giver.pk, stand_in.pk)
    assert giver.name not in str(line.data) + line.target_name
    assert made.authority == giver.authority


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"from_on": date(2026, 3, 1)}, "from_on"),
        ({"until_on": date(2026, 3, 1)}, "until_on"),
        ({"until_on": FIRST + timedelta(days=60)}, "until_on"),
        ({"duties": []}, "duties"),
        ({"duties": ["revoke"]}, "duties"),
        ({"tiers": ["golden"]}, "tiers"),
        ({"reason": " "}, "reason"),
    ],
)
def test_wrong_terms_are_refused_at_their_field(giver, stand_in, changes, field):
    with pytest.raises(ValidationError) as refused:
        given(giver, stand_in, **changes)
    assert set(refused.value.error_dict) == {field}


def test_sixty_days_are_the_most(giver, stand_in):
    assert given(giver, stand_in, until_on=FIRST + timedelta(days=59)).pk


def test_only_the_own_office_and_its_neighbours_stand_in(
    giver, stand_in, province_officer, other_city_officer, shijiazhuang, staff
):
    beside = build.officer(shijiazhuang, name="同事")
    looking_on = build.officer(shijiazhuang, name="查阅")
    User.objects.filter(pk=looking_on.pk).update(seat=Seat.READER)

    assert set(delegation.candidates(giver)) == {stand_in, province_officer, beside}
    for stranger in (other_city_officer, looking_on, staff, giver):
        with pytest.raises(ValidationError):
            given(giver, stranger)


def test_one_stand_in_at_a_time(giver, stand_in, province_officer):
    given(giver, stand_in)

    with pytest.raises(ValidationError, match="已委托他人"):
        given(giver, province_officer, from_on=LAST)
    assert given(giver, province_officer, from_on=LAST + timedelta(1), until_on=date(2026, 3, 20))


def test_no_circle_and_no_chain(giver, stand_in, province_officer, colleague):
    given(giver, stand_in)

    with pytest.raises(ValidationError, match="受他人委托"):
        given(stand_in, colleague)
    with pytest.raises(ValidationError, match="也已委托他人"):
        given(stand_in, giver)
    with pytest.raises(ValidationError, match="也已委托他人"):
        given(province_officer, giver)


def test_nobody_passes_on_what_he_was_given(giver, stand_in, province_officer):
    person = standing(given(giver, stand_in))

    with pytest.raises(PermissionDenied):
        given(person, province_officer, from_on=date(2026, 4, 1), until_on=date(2026, 4, 2))
    assert Delegation.objects.count() == 1


def test_firm_gives_nothing(staff, stand_in):
    with pytest.raises(PermissionDenied):
        given(staff, stand_in)


# --- dates and persons ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("moment", "runs"),
    [
        ("2026-03-01 23:59", False),
        ("2026-03-02 00:00", True),
        ("2026-03-11 23:59", True),
        ("2026-03-12 00:00", False),
    ],
)
def test_it_runs_on_its_days_in_shanghai(giver, stand_in, moment, runs):
    made = given(giver, stand_in)

    found = delegation.in_force(made.pk, stand_in, at=build.moment(moment))

    assert (found is not None) == runs


@pytest.mark.parametrize(
    ("who", "change"),
    [
        ("giver", {"is_active": False}),
        ("giver", {"seat": Seat.READER}),
        ("stand_in", {"seat": Seat.READER}),
    ],
)
def test_it_lapses_with_either_of_the_two(giver, stand_in, who, change):
    made = given(giver, stand_in)
    User.objects.filter(pk={"giver": giver, "stand_in": stand_in}[who].pk).update(**change)

    person = User.objects.get(pk=stand_in.pk)
    assert delegation.in_force(made.pk, person, at=AT) is None


def test_it_lapses_when_the_giver_changes_office(giver, stand_in, tangshan):
    made = given(giver, stand_in)
    User.objects.filter(pk=giver.pk).update(authority=tangshan)

    assert delegation.in_force(made.pk, stand_in, at=AT) is None


def test_nobody_else_takes_it_up(giver, stand_in, province_officer):
    made = given(giver, stand_in)

    for other in (giver, province_officer):
        with pytest.raises(ValidationError):
            delegation.take_up(made, by=other, at=AT)


# --- acting ---------------------------------------------------------------------------------------


def test_act_names_both_and_keeps_both_numbers(giver, stand_in, case):
    made = given(giver, stand_in)

    done = workflow.act(case, Action.COMPLETE, by=standing(made), at=AT, **DETERMINE)

    assert done.status == Application.Status.CERTIFIED
    decision = done.decisions.latest("pk")
    assert (decision.by_id, decision.on_behalf_of_id) == (stand_in.pk, giver.pk)
    assert decision.by_name == "县级甲（代市级甲）"
    assert decision.place_name == giver.authority.name
    assert done.certification.issuer == giver.authority
    lines = AuditEvent.objects.filter(verb__in=("application.complete", "certification.issue"))
    assert {(x.actor_id, x.on_behalf_of_id, x.delegation_id) for x in lines if x.delegation_id} == {
        (stand_in.pk, giver.pk, made.pk)
    }
    assert "县级甲（代市级甲）" in lines.latest("pk").actor_name


def test_course_of_the_case_shows_both_names(giver, stand_in, case, as_user):
    made = given(giver, stand_in)
    workflow.act(case, Action.REJECT, by=standing(made), at=AT, opinion="依据不足")

    page = as_user(giver).get(reverse("tiers:application", args=[case.pk]))

    assert "县级甲（代市级甲）" in page.content.decode()


def test_only_what_was_asked_is_allowed(giver, stand_in, case):
    person = standing(given(giver, stand_in, duties=[Duty.SEND_BACK.value]))

    assert workflow.allowed_actions(case, person) == (Action.SEND_BACK,)
    with pytest.raises(PermissionDenied):
        workflow.act(case, Action.COMPLETE, by=person, at=AT, **DETERMINE)


def test_tier_outside_the_limits_is_not_allowed(giver, stand_in, case):
    person = standing(given(giver, stand_in, tiers=[Tier.ADVANCED.value]))

    assert workflow.allowed_actions(case, person) == ()


def test_filing_only_where_it_was_asked(giver, stand_in, case):
    person = standing(given(giver, stand_in, duties=[Duty.COMPLETE.value]))
    workflow.act(case, Action.COMPLETE, by=person, at=AT, **DETERMINE)

    with pytest.raises(PermissionDenied):
        filing.collect(person.authority, by=person, at=AT)
    assert filing.filed_tiers(person, FIRST) == []


def test_filing_by_a_stand_in_names_both(giver, stand_in, case):
    person = standing(given(giver, stand_in))
    workflow.act(case, Action.COMPLETE, by=person, at=AT, **DETERMINE)

    drafted = filing.collect(person.authority, by=person, at=AT)
    filed = filing.file(drafted, document_no="文〔2026〕1号", by=person, at=AT)

    assert filed.status == FilingList.Status.FILED
    line = AuditEvent.objects.get(verb="filing.file")
    assert (line.actor_id, line.on_behalf_of_id) == (stand_in.pk, giver.pk)


def test_nobody_decides_what_he_recommended(city_officer, province_officer):
    case = build.decide(build.candidate(), by=city_officer)
    assert case.step_level == province_officer.role
    person = standing(given(province_officer, city_officer))

    for action, details in ((Action.COMPLETE, DETERMINE), (Action.REJECT, {"opinion": "不符"})):
        with pytest.raises(ValidationError, match="前一级由本人办理过"):
            workflow.act(case, action, by=person, at=AT, **details)
    assert Action.SEND_BACK in workflow.allowed_actions(case, person)


@pytest.mark.parametrize("verb", ["round.open", "certification.revoke", "account.change"])
def test_trail_refuses_what_nobody_can_delegate(giver, stand_in, verb):
    person = standing(given(giver, stand_in))

    with pytest.raises(PermissionDenied, match=NOT_DELEGATED):
        audit.record(audit.Verb(verb), giver.authority, by=person, at=AT)


# --- ending ---------------------------------------------------------------------------------------


def test_act_after_revocation_is_taken_back(giver, stand_in, case):
    """The request had passed the door when the giver took it back."""
    made = given(giver, stand_in)
    person = standing(made)
    delegation.revoke(made, by=giver, at=AT)

    with pytest.raises(PermissionDenied, match="已终止"):
        workflow.act(case, Action.COMPLETE, by=person, at=AT, **DETERMINE)
    case.refresh_from_db()
    assert case.status == Application.Status.IN_PROGRESS


def test_act_on_a_day_outside_is_taken_back(giver, stand_in, case):
    person = standing(given(giver, stand_in))

    with pytest.raises(PermissionDenied):
        workflow.act(case, Action.REJECT, by=person, at=AT + timedelta(days=10), opinion="依据不足")


def test_either_of_the_two_ends_it_and_nobody_else(giver, stand_in, province_officer):
    made = given(giver, stand_in)

    with pytest.raises(PermissionDenied):
        delegation.revoke(made, by=province_officer, at=AT)
    assert delegation.revoke(made, by=stand_in, at=AT).revoked_by == stand_in
    with pytest.raises(ValidationError, match="已经结束"):
        delegation.revoke(made, by=giver, at=AT)
    assert Notification.objects.filter(result="已提前终止").count() == 2


# --- the session ----------------------------------------------------------------------------------


@pytest.fixture
def on_the_day():
    with time_machine.travel(build.moment("2026-03-05 10:00"), tick=True):
        yield


def test_page_says_in_whose_place_and_leads_back(giver, stand_in, on_the_day):
    client = client_in_place(given(giver, stand_in))

    page = client.get("/home/").content.decode()
    assert "的名义办理（代），至 2026-03-11" in page
    client.post(reverse("registry:delegation_leave"))
    assert "的名义办理" not in client.get("/home/").content.decode()
    verbs = AuditEvent.objects.filter(verb__startswith="delegation.").values_list("verb", flat=True)
    assert sorted(verbs) == ["delegation.give", "delegation.lay_down", "delegation.take_up"]


def test_session_ends_with_the_revocation_and_what_was_sent_is_not_done(
    giver, stand_in, case, on_the_day
):
    made = given(giver, stand_in)
    client = client_in_place(made)
    delegation.revoke(made, by=giver, at=build.moment("2026-03-05 10:01"))

    answer = client.post(
        reverse("tiers:application_act", args=[case.pk]),
        {"outcome": "send_back", "opinion": "请补", "seen": "2", "confirmed": "1"},
        follow=True,
    )

    assert answer.redirect_chain == [("/home/", 302)]
    assert "刚才的操作没有执行" in answer.content.decode()
    case.refresh_from_db()
    assert case.status == Application.Status.IN_PROGRESS
    assert client.get("/home/").status_code == 200


def test_api_refuses_in_words_when_it_is_over(giver, stand_in, on_the_day):
    made = given(giver, stand_in)
    client = client_in_place(made)
    delegation.revoke(made, by=giver, at=build.moment("2026-03-05 10:01"))

    answer = client.get(reverse("api:application-list"))

    assert answer.status_code == 403
    assert "委托已到期或终止" in answer.json()["detail"]


def test_stand_in_sees_exactly_the_rows_of_the_giver(giver, stand_in, tangshan, on_the_day):
    for code in ("130102", "130202", "130104"):
        build.application_at("submitted", factory=build.factory_at(build.authority(code)))
    client, own = client_in_place(given(giver, stand_in)), Client()
    own.force_login(giver, backend="django.contrib.auth.backends.ModelBackend")

    for name in ("application", "enterprise", "factory", "round", "certification", "filing-list"):
        path = reverse(f"api:{name}-list")
        assert client.get(path).json() == own.get(path).json(), name
    before = Application.objects.visible_to(stand_in).count()
    assert 0 < before < Application.objects.visible_to(giver).count()


def test_pages_offer_a_stand_in_only_what_he_was_asked(giver, stand_in, case, on_the_day):
    client = client_in_place(given(giver, stand_in, duties=[Duty.COMPLETE.value]))

    assert "登记企业" not in client.get("/enterprises/").content.decode()
    assert client.get("/enterprises/new/").status_code == 403
    assert client.get("/rounds/new/").status_code == 403
    assert client.get("/delegations/new/").status_code == 403
    row = client.get(reverse("api:application-detail", args=[case.pk])).json()
    assert row["allowed_actions"] == ["complete"]


def test_stand_in_changes_his_own_password_and_stays_who_he_is(giver, stand_in, on_the_day):
    client, fresh = client_in_place(given(giver, stand_in)), "changed-2026-changed"

    answer = client.post(
        "/password/", {"oldpassword": build.PASSWORD, "password1": fresh, "password2": fresh}
    )

    assert answer.status_code == 302
    person = User.objects.get(pk=stand_in.pk)
    assert person.check_password(fresh)
    assert (person.role, person.authority_id) == (stand_in.role, stand_in.authority_id)


def test_borrowed_place_is_never_saved(giver, stand_in):
    person = standing(given(giver, stand_in))

    for fields in ({}, {"update_fields": ["role"]}, {"update_fields": ["authority", "name"]}):
        with pytest.raises(RuntimeError):
            person.save(**fields)
    person.save(update_fields=["phone"])
    assert User.objects.get(pk=person.pk).role == stand_in.role


def test_form_gives_and_list_shows(giver, stand_in, as_user, on_the_day):
    client = as_user(giver)
    sent = {
        "stand_in": stand_in.pk,
        "from_on": "2026-03-06",
        "until_on": "2026-03-10",
        "duties": ["complete", "filing"],
        "reason": "休假",
    }

    answer = client.post(reverse("registry:delegation_new"), sent)

    assert answer.url == "/delegations/"
    page = client.get("/delegations/").content.decode()
    assert "办结环节、办理备案清单" in page
    assert "未开始" in page
