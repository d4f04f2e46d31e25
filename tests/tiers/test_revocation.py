"""撤销: each stage and who may do it, the title and the ban that follow, the appeal, surrender."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse

from registry import workdays
from registry.access import Seat
from registry.models import AuditEvent, Event, Notification
from tests import build
from tiers import appeals, certification, eligibility, endings, hearings, revocation, surrender
from tiers.models import Ban, Certification, Revocation, Standing

AT = build.DAY
TODAY = AT.date()


@pytest.fixture
def factory(changan):
    return build.factory_at(changan)


@pytest.fixture
def manager(factory):
    return build.staff_of(factory.enterprise)


@pytest.fixture
def title(factory, manager, city_officer):
    return build.certified(factory, on=TODAY)


@pytest.fixture
def second(city_officer):
    return build.officer(city_officer.authority, username="city-second", name="市级乙")


def paper(name="核查记录.pdf"):
    return ContentFile(build.PDF, name=name)


def after(one):
    """The morning after the firm's days have run out."""
    return build.on_day(workdays.add(one.heard_until, 1))


def decide(one, by, at, outcome="revoked", **more):
    said = {"reason": "材料不实", "document_no": "石工信〔2026〕9号", **more}
    return revocation.decide(one, outcome=outcome, **said, by=by, at=at)


def told(user):
    lines = Notification.objects.filter(recipient=user, link__startswith="/revocations/")
    return list(lines.order_by("pk").values_list("result", flat=True))


# --- the procedure --------------------------------------------------------------------------------


def test_title_stands_and_the_public_hears_nothing_until_the_decision(
    title, manager, city_officer, client
):
    one = build.proposed(title, by=city_officer, papers=(paper(),))

    title.refresh_from_db()
    public = client.get(reverse("tiers:public_factory", args=[title.factory_id]))
    assert title.is_in_force(TODAY) is True
    assert "撤销" not in public.content.decode()
    assert (one.statement_until, one.hearing_until) == (date(2026, 3, 9), date(2026, 3, 9))
    assert told(manager) == ["拟撤销：申报材料或数据弄虚作假"]
    assert one.state_on(TODAY) == ("in_progress", "听取陈述申辩")
    assert AuditEvent.objects.filter(verb="revocation.propose").count() == 1


def test_second_procedure_does_not_begin_beside_the_first(title, city_officer):
    build.proposed(title, by=city_officer)

    with pytest.raises(ValidationError, match="撤销程序已在进行"):
        build.proposed(title, by=city_officer)


def test_ground_comes_from_the_rules_and_facts_are_written(title, city_officer):
    for given in (("own-request", "事实"), ("honour-lost", "事实"), ("fraud", " ")):
        with pytest.raises(ValidationError):
            revocation.propose(title, revocation.Proposal(*given), by=city_officer, at=AT)


def test_only_the_issuing_office_proposes(title, county_officer, province_officer, manager):
    for person in (county_officer, province_officer, manager):
        with pytest.raises(PermissionDenied):
            build.proposed(title, by=person)


def test_nobody_decides_before_the_firms_days_have_run(title, city_officer, second):
    one = build.proposed(title, by=city_officer)

    with pytest.raises(ValidationError, match="期满后才能决定"):
        decide(one, second, build.moment("2026-03-09 23:00"))
    decide(one, second, build.moment("2026-03-10 09:00"))

    title.refresh_from_db()
    assert (title.ending, title.ends_on) == ("revoked", date(2026, 3, 10))


def test_who_proposed_does_not_decide(title, city_officer, second, province_officer):
    one = build.proposed(title, by=city_officer)

    for person in (city_officer, province_officer):
        with pytest.raises(PermissionDenied):
            decide(one, person, after(one))
    assert decide(one, second, after(one)).decided_by == second


def test_waiver_of_the_manager_opens_the_decision(title, city_officer, second, manager):
    one = build.proposed(title, by=city_officer)
    editor = build.joined(title.factory.enterprise, Seat.EDITOR)

    with pytest.raises(PermissionDenied):
        revocation.waive(one, by=editor, at=AT)
    revocation.waive(one, by=manager, at=AT)

    assert decide(one, second, AT).outcome == "revoked"


def test_firm_states_once_within_its_days(title, city_officer, manager):
    one = build.proposed(title, by=city_officer)
    with pytest.raises(ValidationError, match="请填写陈述申辩意见"):
        revocation.state(one, statement=" ", hearing=False, by=manager, at=AT)
    said = {"statement": "设备已更换，附采购合同", "hearing": False}
    revocation.state(one, **said, papers=[paper("合同.pdf")], by=manager, at=AT)

    with pytest.raises(ValidationError, match="不能再提交"):
        revocation.state(one, **said, by=manager, at=AT)
    assert [file.stage for file in one.files.all()] == ["statement"]
    assert told(city_officer) == ["企业已陈述申辩"]


def test_firm_is_too_late_after_its_days(title, city_officer, manager):
    one = build.proposed(title, by=city_officer)

    with pytest.raises(ValidationError, match="超过期限"):
        revocation.state(one, statement="有异议", hearing=True, by=manager, at=after(one))


def test_stranger_states_nothing(title, city_officer, rival_staff):
    one = build.proposed(title, by=city_officer)

    with pytest.raises(PermissionDenied):
        revocation.state(one, statement="有异议", hearing=False, by=rival_staff, at=AT)


def test_hearing_asked_for_is_held_before_the_decision(title, city_officer, second, manager):
    one = build.proposed(title, by=city_officer)
    revocation.state(one, statement="", hearing=True, by=manager, at=AT)
    day = after(one)
    with pytest.raises(ValidationError, match="登记听证情况后才能决定"):
        decide(one, second, day)
    with pytest.raises(ValidationError, match="听证还没有举行"):
        hearings.hear(one, who="双方", summary="各自陈述", by=city_officer, at=day)

    hearings.arrange(one, on=day.date(), place="市局三楼", by=city_officer, at=day)
    hearings.hear(one, who="双方", summary="各自陈述", papers=[paper()], by=city_officer, at=day)

    assert told(manager)[-1] == f"定于 {day.date()} 在市局三楼听证"
    assert decide(one, second, day, "kept").outcome == "kept"


def test_title_that_is_kept_goes_on_and_nobody_is_barred(title, city_officer, second, manager):
    one = build.proposed(title, by=city_officer)
    decide(one, second, after(one), "kept", document_no="")

    title.refresh_from_db()
    assert (title.ending, Ban.objects.count()) == ("", 0)
    assert told(manager)[-1] == "不予撤销，认定继续有效：材料不实"
    build.proposed(title, by=city_officer, at=after(one))


def test_title_whose_time_runs_out_meanwhile_still_bars_its_firm(
    factory, manager, city_officer, second, province_officer
):
    title = build.title(factory, on=TODAY, last_day=date(2026, 3, 6))
    one = build.proposed(title, by=city_officer)
    certification.expire_due(on=date(2026, 3, 7), at=build.on_day(date(2026, 3, 7)))
    one = decide(one, second, after(one))

    title.refresh_from_db()
    assert (title.ending, title.last_day) == ("expired", date(2026, 3, 6))
    assert told(manager)[-1] == "决定撤销，认定此前已到期：材料不实"
    assert Ban.objects.get().certification == title
    appeals.appeal(one, words="不服", by=manager, at=after(one))
    said = {"finding": "upheld", "answer": "材料属实", "document_no": "冀工信〔2026〕1号"}
    appeals.answer(one, **said, by=province_officer, at=after(one))
    title.refresh_from_db()
    assert (title.ending, Ban.objects.running(TODAY.replace(year=2027)).count()) == ("expired", 0)
    assert told(manager)[-1] == ("复核成立，撤销决定取消，禁止申报解除，认定仍按到期办理：材料属实")


def test_firm_is_told_until_when_it_may_appeal(title, manager, city_officer):
    one = build.revoked(title, by=city_officer).revocations.get()

    message = Notification.objects.get(recipient=manager, event=Event.TITLE_REVOKED)
    assert (message.next_step, message.due_on, message.link) == (
        "不服的，可以申请复核", one.appeal_until, f"/revocations/{one.pk}/",
    )  # fmt: skip


def test_decision_bars_the_firm_for_the_years_of_the_ground(title, factory, city_officer):
    build.revoked(title, by=city_officer)

    sister = build.factory_at(factory.authority, enterprise=factory.enterprise)
    found = eligibility.problems(build.draft(sister), by=None, on=TODAY, confirmed=True)
    assert [p.message for p in found if p.code == "ban"] == [
        "2026-03-02 被撤销基础级认定（申报材料或数据弄虚作假），2029-03-02 止（含当日）不能再次申报"
        "（依据《河北省智能工厂梯度培育行动工作方案（2025-2027年）》）"
    ]


def test_renewal_to_come_falls_and_comes_back_with_its_title(changan, city_officer):
    factory = build.factory_at(changan)
    manager = build.staff_of(factory.enterprise)
    first = build.title(factory, on=date(2025, 6, 2))
    renewal = build.certified(factory, on=TODAY)
    first.refresh_from_db()
    before = {t.pk: (t.ending, t.ends_on, t.ended_at) for t in (first, renewal)}
    build.revoked(first, by=city_officer)
    assert Certification.objects.filter(factory=factory, ending="revoked").count() == 2

    upheld(first, manager)

    now = Certification.objects.filter(factory=factory)
    assert {t.pk: (t.ending, t.ends_on, t.ended_at) for t in now} == before


# --- appeal ---------------------------------------------------------------------------------------


def upheld(title, manager, finding="upheld"):
    one = Revocation.objects.get(certification=title)
    appeals.appeal(one, words="检测报告在先", by=manager, at=AT)
    third = build.officer(title.issuer, username=f"third-{title.pk}", name="市级丙")
    said = {"answer": "原决定所据材料有误", "document_no": "石工信复〔2026〕1号"}
    return appeals.answer(one, finding=finding, **said, by=third, at=AT)


def test_upheld_appeal_makes_the_title_what_it_was(title, factory, manager, city_officer):
    build.revoked(title, by=city_officer)
    upheld(title, manager)

    title.refresh_from_db()
    ban = Ban.objects.get()
    assert (title.ending, title.ending_reason, title.ended_at) == ("", "", None)
    assert title.last_day == date(2029, 3, 2)
    assert title.standing_on(TODAY) == Standing.VALID
    assert (ban.lifted_on, ban.runs_on(TODAY)) == (TODAY, False)
    assert told(manager)[-1].startswith("复核成立，认定恢复，视为未曾撤销")
    verbs = AuditEvent.objects.filter(verb__startswith="certification.").order_by("pk")
    assert [one.verb for one in verbs][-2:] == ["certification.revoke", "certification.reinstate"]


def test_dismissed_appeal_leaves_the_title_revoked(title, manager, city_officer):
    build.revoked(title, by=city_officer)
    one = upheld(title, manager, "dismissed")

    title.refresh_from_db()
    assert title.ending == "revoked"
    assert Ban.objects.get().runs_on(TODAY) is True
    assert one.state_on(TODAY) == ("revoked", "复核维持撤销")


def test_old_title_gives_way_to_a_new_one_when_it_comes_back(changan, city_officer):
    factory = build.factory_at(changan)
    manager = build.staff_of(factory.enterprise)
    old = build.title(factory, on=date(2025, 6, 2))
    build.revoked(old, by=city_officer, ground="closed")
    new = build.title(factory, on=TODAY)

    upheld(old, manager)

    old.refresh_from_db()
    assert (old.ending, old.ends_on) == ("superseded", new.valid_from)


def test_appeal_is_answered_by_somebody_without_a_part_in_it(
    title, manager, city_officer, second, province_officer, other_city_officer, county_officer
):
    one = build.decided(build.proposed(title, by=city_officer), by=second)
    appeals.appeal(one, words="不服", by=manager, at=AT)
    said = {"finding": "dismissed", "answer": "维持", "document_no": "1号"}

    for person in (city_officer, second, other_city_officer, county_officer, manager):
        with pytest.raises(PermissionDenied):
            appeals.answer(one, **said, by=person, at=AT)
    assert told(province_officer) == ["企业申请复核撤销决定"]
    assert appeals.answer(one, **said, by=province_officer, at=AT).finding == "dismissed"


@pytest.mark.parametrize(("day", "open_"), [("2026-05-01", True), ("2026-05-02", False)])
def test_appeal_within_sixty_days_and_once(title, manager, city_officer, day, open_):
    build.revoked(title, by=city_officer)
    one = Revocation.objects.get()
    at = build.moment(f"{day} 10:00")

    assert appeals.may_appeal(one, manager, on=at.date()) is open_
    if open_:
        appeals.appeal(one, words="不服", by=manager, at=at)
    with pytest.raises(ValidationError):
        appeals.appeal(one, words="不服", by=manager, at=at)


def test_title_that_was_not_revoked_cannot_be_given_back(title, city_officer):
    state = {"title": title.pk, "ending": "", "ends_on": None, "ended_at": None}

    with pytest.raises(ValidationError, match="不是已撤销"):
        endings.reinstate([state], by=city_officer, at=AT)


# --- pages ----------------------------------------------------------------------------------------


def signed_in(user):
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_whole_procedure_through_its_pages(title, manager, city_officer, second, province_officer):
    office, other, firm = signed_in(city_officer), signed_in(second), signed_in(manager)
    start = reverse("tiers:title_revoke", args=[title.pk])
    given = {"ground": "fraud", "facts": "设备清单不实", "papers": [paper(), paper("照片.pdf")]}
    refused = office.post(start, {"ground": "", "facts": ""})
    sent = office.post(start, given)
    assert sent.status_code == 302
    one = Revocation.objects.get()
    page = reverse("tiers:revocation", args=[one.pk])

    def post(client, name, **data):
        return client.post(reverse(f"tiers:revocation_{name}", args=[one.pk]), data)

    assert set(refused.context["form"].errors) == {"ground", "facts"}
    assert one.files.count() == 2
    assert "核查记录.pdf" in firm.get(page).content.decode()
    file = reverse("tiers:revocation_file", args=[one.files.first().pk])
    assert b"".join(firm.get(file)) == build.PDF
    notice = firm.get(reverse("tiers:revocation_notice", args=[one.pk])).content.decode()
    assert "拟撤销智能工厂认定告知书" in notice
    assert post(firm, "state", statement="", hearing="").status_code == 200
    assert post(firm, "waive").status_code == 302
    assert office.get(page).context["decide_form"] is None
    assert other.get(page).context["decide_form"] is not None
    post(other, "decide", outcome="revoked", reason="属实", document_no="石工信9号")
    assert "申请复核" in firm.get(page).content.decode()
    post(firm, "appeal", words="不服")
    assert signed_in(province_officer).get(page).context["answer_form"] is not None
    said = {"finding": "upheld", "answer": "原决定有误", "document_no": "冀工信复1号"}
    post(signed_in(province_officer), "answer", **said)

    title.refresh_from_db()
    assert title.ending == ""
    assert "复核成立，已恢复" in firm.get(page).content.decode()


def test_list_of_titles_shows_what_is_under_way(as_user, title, manager, city_officer):
    build.proposed(title, by=city_officer)
    client = as_user(city_officer)

    tabs = {tab.label: tab.count for tab in client.get("/titles/").context["tabs"]}

    assert (tabs["撤销程序中"], tabs.get("待确认放弃")) == ("1", None)
    assert list(client.get("/titles/?tab=revoking").context["list"].page.rows) == [title]


def test_county_reads_the_title_and_not_the_procedure(as_user, title, city_officer, county_officer):
    one = build.proposed(title, by=city_officer)
    client = as_user(county_officer)

    answer = client.get(reverse("tiers:title", args=[title.pk]))
    assert (answer.status_code, answer.context["revocations"]) == (200, [])
    assert client.get(reverse("tiers:revocation", args=[one.pk])).status_code == 404


# --- surrender ------------------------------------------------------------------------------------


def test_title_given_up_ends_when_the_office_confirms(title, manager, city_officer, client):
    said = surrender.declare(title, reason="转产", declared=True, by=manager, at=AT)
    title.refresh_from_db()
    assert title.ending == ""

    surrender.confirm(said, by=city_officer, at=AT)

    title.refresh_from_db()
    assert (title.ending, title.ends_on) == ("surrendered", TODAY)
    assert title.standing_on(TODAY) == Standing.SURRENDERED
    [row] = Certification.objects.with_standing(TODAY).filter(pk=title.pk)
    assert row.standing == "surrendered"
    assert Ban.objects.count() == 0


def test_giving_up_needs_manager_reason_and_declaration(title, manager, city_officer):
    editor = build.joined(title.factory.enterprise, Seat.EDITOR)
    for by, given in ((editor, ("转产", True)), (city_officer, ("转产", True))):
        with pytest.raises(PermissionDenied):
            surrender.declare(title, reason=given[0], declared=given[1], by=by, at=AT)
    for reason, declared in ((" ", True), ("转产", False)):
        with pytest.raises(ValidationError):
            surrender.declare(title, reason=reason, declared=declared, by=manager, at=AT)


def test_declaration_taken_back_is_not_confirmed(title, manager, city_officer):
    said = surrender.declare(title, reason="转产", declared=True, by=manager, at=AT)
    surrender.take_back(said, by=manager, at=AT)

    with pytest.raises(ValidationError):
        surrender.confirm(said, by=city_officer, at=AT)
    surrender.declare(title, reason="转产", declared=True, by=manager, at=AT)


def test_nobody_escapes_a_revocation_by_giving_up(title, manager, city_officer):
    build.proposed(title, by=city_officer)
    said = surrender.declare(title, reason="转产", declared=True, by=manager, at=AT)

    with pytest.raises(ValidationError, match="撤销程序正在进行"):
        surrender.confirm(said, by=city_officer, at=AT)


def test_giving_up_through_the_pages(as_user, title, manager, city_officer, client):
    address = reverse("tiers:title_surrender", args=[title.pk])
    as_user(manager).post(address, {"reason": "转产", "declared": "on"})
    one = title.surrenders.get()
    page = as_user(city_officer).get(reverse("tiers:title", args=[title.pk]))
    assert "确认放弃" in page.content.decode()
    as_user(city_officer).post(reverse("tiers:surrender_confirm", args=[one.pk]))

    title.refresh_from_db()
    assert title.ending == "surrendered"
    again = as_user(city_officer).post(reverse("tiers:surrender_confirm", args=[one.pk]))
    assert again.status_code == 302
