"""The firm's pages of a case over HTTP: from the round to the receipt, and after a return."""

from datetime import timedelta
from urllib.parse import unquote

import pytest
import time_machine
from django.urls import reverse

from assessments import assessment as self_assessment
from registry.policy import Tier
from tests import build
from tiers import drafts
from tiers.models import Application
from tiers.progress import invitations
from tiers.workflow import Action

NOON = build.moment("2026-03-02 12:00")


@pytest.fixture(autouse=True)
def _at_noon():
    """The pages are asked on the day on which the acts of these tests happen."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def factory(staff, changan):
    return build.factory_at(changan, enterprise=staff.enterprise, name="阀门智能工厂")


@pytest.fixture
def draft(factory):
    return build.draft(factory)


@pytest.fixture
def firm(as_user, staff):
    return as_user(staff)


def page(client, name, case):
    return client.get(reverse(f"tiers:{name}", args=[case.pk]))


def send_in(client, case, **data):
    url = reverse("tiers:application_check", args=[case.pk])
    return client.post(url, {"declared": "on", "declared_by": "王厂长", **data})


# --- list and new -------------------------------------------------------------------------------


def test_list_without_applications_leads_to_the_assessment(firm):
    text = firm.get(reverse("tiers:application_list")).content.decode()

    assert "还没有申报" in text
    assert reverse("assessments:assessment_list") in text


def test_list_shows_each_case_with_its_state(firm, factory):
    case = build.application_at("submitted", factory=factory)

    text = firm.get(reverse("tiers:application_list")).content.decode()

    assert case.number in text
    assert "待市级认定" in text
    assert "剩 15 个工作日" in text


def test_open_round_is_offered_with_the_factories_it_covers(staff, factory, shijiazhuang, tangshan):
    covering = build.open_round(shijiazhuang)
    build.open_round(tangshan)

    (offered,) = invitations(staff, build.DAY.date())

    assert offered.round == covering
    assert offered.factories == ((factory, None),)


def test_offer_shows_the_case_that_is_open(staff, draft):
    (offered,) = invitations(staff, build.DAY.date())

    assert offered.factories == ((draft.factory, draft),)


def test_tier_that_is_held_for_long_is_not_offered_again(firm, staff, factory):
    title = build.certified(factory, on=build.DAY.date())
    (offered,) = invitations(staff, build.DAY.date())
    near = title.last_day - timedelta(days=30)
    (later,) = invitations(staff, near)

    assert (offered.held, later.held) == ({factory.pk}, set())
    text = firm.get(reverse("tiers:application_list")).content.decode()
    assert "已取得基础级" in text
    assert "申报基础级" not in text


def test_closed_round_is_not_offered(staff, factory, shijiazhuang):
    batch = build.open_round(shijiazhuang, closes_on=build.DAY.date())

    assert invitations(staff, build.DAY.date() + timedelta(days=1)) == []
    assert [one.round for one in invitations(staff, build.DAY.date())] == [batch]


def test_new_application_shows_what_is_missing_before_it_is_begun(firm, factory):
    batch = build.round_for(factory)

    url = reverse("tiers:application_new")
    text = firm.get(url, {"factory": factory.pk, "round": batch.pk}).content.decode()

    assert "还没有选用自评" in text
    assert reverse("assessments:assessment_list") in text
    assert Application.objects.count() == 0


def test_new_application_opens_a_draft(firm, factory):
    batch = build.round_for(factory)

    answer = firm.post(reverse("tiers:application_new"), {"factory": factory.pk, "round": batch.pk})

    case = Application.objects.get()
    assert answer.url == reverse("tiers:application", args=[case.pk])
    assert (case.status, case.tier) == ("draft", Tier.BASIC)


def test_second_click_finds_the_same_draft(firm, factory):
    batch = build.round_for(factory)
    data = {"factory": factory.pk, "round": batch.pk}

    first = firm.post(reverse("tiers:application_new"), data)
    second = firm.post(reverse("tiers:application_new"), data)

    assert first.url == second.url


def test_round_of_another_city_cannot_be_chosen(firm, factory, tangshan):
    batch = build.open_round(tangshan)

    answer = firm.post(reverse("tiers:application_new"), {"factory": factory.pk, "round": batch.pk})

    assert answer.status_code == 200
    assert Application.objects.count() == 0


def test_case_in_progress_is_named_instead_of_a_second_one(firm, factory):
    case = build.application_at("submitted", factory=factory)

    url = reverse("tiers:application_new")
    text = firm.get(url, {"factory": factory.pk, "round": case.round_id}).content.decode()

    assert f"在办（{case.number}）" in text


# --- task list, assessment ----------------------------------------------------------------------


def test_draft_is_a_task_list(firm, draft):
    answer = page(firm, "application", draft)

    words = {task["label"]: task["word"] for task in answer.context["tasks"]}
    assert words == {
        "企业信息": "已完成",
        "工厂信息": "已完成",
        "自评": "已完成",
        "核对与承诺": "未开始",
    }


def test_task_of_the_assessment_says_how_far_it_is(firm, factory, staff):
    case = build.draft_without_assessment(factory)

    def word():
        tasks = page(firm, "application", case).context["tasks"]
        return next(task["word"] for task in tasks if task["label"] == "自评")

    before = word()
    self_assessment.start(factory, by=staff, at=build.DAY)

    assert (before, word()) == ("未开始", "填写中")


def test_task_once_filled_in_leads_back_to_the_list(firm, draft):
    tasks = page(firm, "application", draft).context["tasks"]
    urls = {task["label"]: task["url"] for task in tasks}

    filled = firm.post(urls["工厂信息"], {"address": "和平路 1 号", "products": "阀门"})

    assert filled.url == reverse("tiers:application", args=[draft.pk])


def test_task_has_a_problem_where_a_condition_fails(firm, factory, staff):
    build.locked_assessment(factory, Tier.BASIC)
    case = build.draft(factory)
    build.enterprises.record_veto_event(
        staff.enterprise,
        kind="safety",
        grade="larger",
        happened_on=build.DAY.date(),
        by=staff,
        at=build.DAY,
    )

    answer = page(firm, "application", case)

    words = {task["label"]: task["word"] for task in answer.context["tasks"]}
    assert words["企业信息"] == "有问题"
    assert answer.context["blocked"]


def test_another_assessment_can_be_chosen(firm, draft):
    earlier = draft.assessment
    later = build.locked_assessment(draft.factory, at=build.DAY + timedelta(hours=1))

    answer = firm.post(
        reverse("tiers:application_assessment", args=[draft.pk]), {"assessment": later.pk}
    )

    draft.refresh_from_db()
    assert answer.url == reverse("tiers:application", args=[draft.pk])
    assert (draft.assessment, earlier != later) == (later, True)


def test_assessment_of_another_firm_cannot_be_chosen(firm, draft, rival_staff, changan):
    foreign = build.locked_assessment(
        build.factory_at(changan, enterprise=rival_staff.enterprise), at=build.DAY
    )

    firm.post(reverse("tiers:application_assessment", args=[draft.pk]), {"assessment": foreign.pk})

    before = draft.assessment
    draft.refresh_from_db()
    assert draft.assessment == before


# --- check, declaration, receipt ----------------------------------------------------------------


def test_check_page_shows_everything_with_ways_to_change_it(firm, draft):
    text = unquote(page(firm, "application_check", draft).content.decode())

    assert draft.factory.name in text
    assert "未填写" in text
    assert "已建成并运行" in text
    here = f"?next=/applications/{draft.pk}/check/#"
    firm_url = reverse("registry:enterprise_edit", args=[draft.factory.enterprise_id])
    factory_url = reverse("registry:factory_edit", args=[draft.factory_id])
    assessment_url = reverse("tiers:application_assessment", args=[draft.pk])
    assert f"{firm_url}{here}part-enterprise" in text
    assert f"{factory_url}{here}part-factory" in text
    assert f"{assessment_url}{here}assessment" in text


def test_submission_gives_a_receipt(firm, draft):
    answer = send_in(firm, draft)

    draft.refresh_from_db()
    receipt = firm.get(answer.url).content.decode()
    assert answer.url == reverse("tiers:application_receipt", args=[draft.pk])
    assert (draft.status, draft.declared_by) == ("in_progress", "王厂长")
    assert f'<b id="receipt-number">{draft.number}</b>' in receipt
    assert "下一步由石家庄市工业和信息化局办理，2026-03-23 24:00 前办结" in receipt
    assert "还剩 15 个工作日" in receipt
    assert "业务咨询：" in receipt


def test_submission_without_declaration_is_refused_and_keeps_the_name(firm, draft):
    url = reverse("tiers:application_check", args=[draft.pk])

    answer = firm.post(url, {"declared_by": "王厂长"})

    text = answer.content.decode()
    assert "请勾选真实性承诺" in text
    assert "王厂长" in text
    assert "<title>错误：" in text


def test_blocked_submission_says_what_is_missing(firm, factory):
    batch = build.round_for(factory)
    case = drafts.start(factory, batch, by=build.staff_of(factory.enterprise), at=build.DAY)

    seen = page(firm, "application_check", case).content.decode()
    refused = send_in(firm, case).content.decode()

    assert "还有申报条件不满足" in seen
    assert '<button class="btn btn-primary" type="submit">提交申报' not in seen
    assert "提交有问题" in refused
    case.refresh_from_db()
    assert case.status == "draft"


def test_second_submission_leads_to_the_receipt(firm, draft):
    first, second = send_in(firm, draft), send_in(firm, draft)

    draft.refresh_from_db()
    assert first.url == second.url == reverse("tiers:application_receipt", args=[draft.pk])
    assert draft.submissions == 1


CLOSING = build.moment("2026-03-20 23:59:59")


def handled_after_midnight(get_response):
    """A middleware behind ours: whatever comes later happens five minutes later."""

    def middleware(request):
        with time_machine.travel(request.received_at + timedelta(minutes=5), tick=False):
            return get_response(request)

    return middleware


@pytest.fixture
def slow(settings):
    first, *others = settings.MIDDLEWARE
    settings.MIDDLEWARE = [first, f"{__name__}.handled_after_midnight", *others]


def test_submission_counts_from_when_it_was_received(slow, as_user, staff, factory, shijiazhuang):
    build.open_round(shijiazhuang, closes_on=CLOSING.date())
    case = build.draft(factory)

    with time_machine.travel(CLOSING, tick=False):
        send_in(as_user(staff), case)

    case.refresh_from_db()
    assert (case.status, case.submitted_at) == ("in_progress", CLOSING)


def test_submission_received_after_midnight_is_refused(slow, as_user, staff, factory, shijiazhuang):
    build.open_round(shijiazhuang, closes_on=CLOSING.date())
    case = build.draft(factory)

    with time_machine.travel(CLOSING + timedelta(seconds=1), tick=False):
        answer = as_user(staff).post(
            f"/api/v1/applications/{case.pk}/act/",
            {"action": "submit", "declared_by": "王厂长"},
            content_type="application/json",
        )

    case.refresh_from_db()
    assert case.status == "draft"
    assert answer.json()["detail"] == "本批次已于 2026-03-20 24:00 截止，请等下一批次开放"


def test_receipt_can_be_opened_after_the_decision(firm, factory):
    case = build.application_at("certified", factory=factory)

    text = page(firm, "application_receipt", case).content.decode()

    assert case.number in text
    assert "已认定为基础级" in text


def test_draft_has_no_receipt(firm, draft):
    answer = page(firm, "application_receipt", draft)

    assert answer.url == reverse("tiers:application", args=[draft.pk])


def test_person_not_yet_confirmed_sees_nothing_of_the_firm(as_user, draft):
    newcomer = build.person_for(draft.factory.enterprise, confirmed=False, username="newcomer")

    assert page(as_user(newcomer), "application_check", draft).status_code == 404


# --- progress, return, withdrawal ---------------------------------------------------------------


def test_progress_names_offices_roles_and_limits_but_no_officer(firm, factory, city_officer):
    case = build.application_at("submitted", factory=factory)
    build.decide(case, Action.SEND_BACK, by=city_officer, opinion="请补设备清单")
    build.submit(case)

    answer = page(firm, "application", case)

    stages = {one.label: one for one in answer.context["course"]}
    step = stages["市级认定"]
    assert (step.state, step.office, step.limit, step.due.days) == (
        "current",
        "石家庄市工业和信息化局",
        15,
        15,
    )
    assert list(stages) == ["企业提交", "市级认定", "省级备案确认，列入公开名录"]
    text = answer.content.decode()
    assert "市级经办人员" in text
    assert city_officer.name not in text


def test_return_stands_at_the_top_with_its_opinion(firm, factory):
    case = build.application_at("returned", factory=factory)

    text = page(firm, "application", case).content.decode()

    assert "请补充设备清单" in text
    assert text.index("请补充设备清单") < text.index("申报目录")
    assert "修改后再提交" in text


def test_returned_case_is_submitted_again_under_its_number(firm, factory):
    case = build.answer_items(build.application_at("returned", factory=factory))

    send_in(firm, case)

    number = case.number
    case.refresh_from_db()
    assert (case.number, case.submissions, case.status) == (number, 2, "in_progress")


def test_rejected_case_shows_its_reason_and_what_is_not_reached(firm, factory):
    case = build.application_at("rejected", factory=factory)

    answer = page(firm, "application", case)

    assert [one.state for one in answer.context["course"]] == ["done", "rejected", "stopped"]
    assert "成熟度依据不足" in answer.content.decode()


def test_withdrawing_asks_first(firm, factory):
    case = build.application_at("submitted", factory=factory)

    asked = page(firm, "application_withdraw", case)
    case.refresh_from_db()
    before = case.status
    answer = firm.post(reverse("tiers:application_withdraw", args=[case.pk]))

    case.refresh_from_db()
    assert "也不能恢复" in asked.content.decode()
    assert (before, case.status) == ("in_progress", "withdrawn")
    assert answer.url == reverse("tiers:application", args=[case.pk])


def test_decided_case_cannot_be_withdrawn(firm, factory):
    case = build.application_at("certified", factory=factory)

    firm.post(reverse("tiers:application_withdraw", args=[case.pk]))

    case.refresh_from_db()
    assert case.status == "certified"


# --- who sees it --------------------------------------------------------------------------------

FIRM_PAGES = (
    "application",
    "application_assessment",
    "application_check",
    "application_receipt",
    "application_withdraw",
)


@pytest.mark.parametrize("name", FIRM_PAGES)
def test_another_firm_finds_nothing(as_user, rival_staff, draft, name):
    assert page(as_user(rival_staff), name, draft).status_code == 404


@pytest.mark.parametrize("name", FIRM_PAGES[1:])
def test_officer_does_not_act_for_the_firm(as_user, city_officer, factory, name):
    case = build.application_at("submitted", factory=factory)

    assert page(as_user(city_officer), name, case).status_code == 403


def test_list_asks_the_same_number_of_queries_for_four_cases(
    firm, staff, changan, django_assert_max_num_queries
):
    def queries():
        with django_assert_max_num_queries(40) as asked:
            firm.get(reverse("tiers:application_list"))
        return len(asked)

    build.application_at(
        "submitted", factory=build.factory_at(changan, enterprise=staff.enterprise)
    )
    one = queries()
    for _ in range(3):
        build.application_at(
            "submitted", factory=build.factory_at(changan, enterprise=staff.enterprise)
        )

    assert queries() == one
