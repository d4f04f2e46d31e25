"""Pages of the expert review: what each of them shows, and what nobody may see before its time."""

import json
from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.models import AuditEvent, Notification, User
from registry.policy import StepKind, Tier
from tests import build
from tiers import experts
from tiers.models import Application, Assignment, Expert, ReviewPanel

AT = build.DAY
State = Assignment.State


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        yield


@pytest.fixture
def batch(hebei, province_officer):
    return build.open_round(hebei, Tier.ADVANCED, closes_on=date(2026, 3, 31))


@pytest.fixture
def case(batch):
    return build.at_step(StepKind.REVIEW)


@pytest.fixture
def tasks(batch, case):
    build.drawn(batch)
    return list(case.assignments.select_related("expert__user").order_by("pk"))


def page(client, name, *given):
    answer = client.get(reverse(f"tiers:{name}", args=given))
    sent = b"".join(answer) if answer.streaming else answer.content
    return answer.status_code, sent.decode(errors="replace")


def post(client, name, *given, **data):
    return client.post(reverse(f"tiers:{name}", args=given), data)


def evidence_of(case):
    return case.assessment.evidence.order_by("pk").first()


# --- the pool -------------------------------------------------------------------------------------

GIVEN = {
    "name": "赵专家",
    "username": "zhao",
    "employer": "某研究院",
    "fields_of": ["34", "39"],
    "consulted": "石家庄某某有限公司 2025",
    "term_from": "2026-01-01",
    "term_until": "2027-12-31",
}


def test_province_enters_an_expert_whose_password_is_shown_once(as_user, client, province_officer):
    made = as_user(province_officer).post(reverse("tiers:expert_new"), GIVEN, follow=True)

    expert = Expert.objects.get()
    password = made.context["password"]
    assert (expert.code, expert.fields) == ("Z001", ["34", "39"])
    assert expert.consulted == [{"name": "石家庄某某有限公司", "year": 2025}]
    assert password in made.content.decode()
    assert password not in page(client, "expert_account", expert.pk)[1]
    assert password not in str(list(AuditEvent.objects.values_list("data", flat=True)))
    assert User.objects.get(username="zhao").check_password(password)


def test_expert_with_a_password_others_know_changes_it_first(as_user, province_officer):
    profile = experts.Profile("某院", ["34"], date(2026, 1, 1), date(2027, 1, 1))
    expert, _ = experts.enter("qian", "钱", "", profile, by=province_officer, at=AT)
    client = as_user(expert.user)

    answer = client.get(reverse("tiers:review_list"))
    expert.user.set_password("own-2026-own")
    expert.user.save(update_fields=["password"])
    client = as_user(User.objects.get(pk=expert.user_id))

    assert answer.url == reverse("account_change_password")
    assert page(client, "review_list")[0] == 200


def test_form_of_the_pool_says_what_is_wrong(as_user, province_officer):
    wrong = {**GIVEN, "consulted": "某公司", "term_until": "2025-01-01"}

    text = as_user(province_officer).post(reverse("tiers:expert_new"), wrong).content.decode()

    assert "后面请空一格写年份" in text
    assert not Expert.objects.exists()


def test_retired_expert_stays_listed_with_the_reason(as_user, province_officer):
    expert = build.expert(name="孙专家")
    client = as_user(province_officer)

    post(client, "expert_retire", expert.pk, reason="调离")

    text = page(client, "expert_list")[1]
    assert "已解聘" in text
    assert "调离" in text


# --- the draw -------------------------------------------------------------------------------------


def test_office_freezes_draws_and_redraws(as_user, batch, case, province_officer):
    for _ in range(4):
        build.expert()
    client = as_user(province_officer)

    post(client, "round_freeze", batch.pk)
    panel = ReviewPanel.objects.get()
    assert "产生种子并抽取" in page(client, "round_experts", batch.pk)[1]
    post(client, "panel_cast", panel.pk)
    post(client, "panel_redraw", panel.pk, reason="漏列专家")

    first, second = ReviewPanel.objects.order_by("number")
    assert (first.seed != "", second.seed, second.reason) == (True, "", "漏列专家")
    for one in (first, second):
        assert "漏列专家" in page(client, "draw", one.pk)[1]


def test_everybody_reads_the_draw_by_numbers_and_codes(client, tasks, case):
    panel = ReviewPanel.objects.get()

    status, text = page(client, "draw", panel.pk)
    record = json.loads(client.get(reverse("tiers:draw_record", args=[panel.pk])).content)
    script = client.get(reverse("tiers:draw_script")).content.decode()

    assert status == 200
    for seen in (panel.seed, panel.digest, case.number, tasks[0].expert.code):
        assert seen in text
    assert record["result"] == panel.result
    assert script.startswith("#!/usr/bin/env python3")
    for task in tasks:
        for hidden in (task.expert.user.name, task.expert.employer, case.factory.name):
            assert hidden not in text + json.dumps(record, ensure_ascii=False)


def test_city_and_firm_see_neither_draw_nor_marks(as_user, batch, case, tasks, city_officer):
    for user in (city_officer, build.staff_of(case.factory.enterprise)):
        client = as_user(user)
        for name in ("round_experts", "round_review"):
            assert page(client, name, batch.pk)[0] in (403, 404)
        assert page(client, "review_conclude", case.pk)[0] in (403, 404)
        assert page(client, "review", tasks[0].pk)[0] in (403, 404)


# --- blind phases ---------------------------------------------------------------------------------


def places(client, case, task):
    """Everywhere an expert might come upon the case: page, resource, file, search, inbox."""
    return {
        "task": page(client, "review", task.pk)[0],
        "file": page(client, "review_file", task.pk, evidence_of(case).pk)[0],
        "case": page(client, "application", case.pk)[0],
        "api": client.get(reverse("api:application-detail", args=[case.pk])).status_code,
        "api list": len(client.get(reverse("api:application-list")).json().get("results", [])),
        "assessment": client.get(
            reverse("assessments:assessment", args=[case.assessment_id])
        ).status_code,
        "evidence": client.get(
            reverse("assessments:evidence", args=[evidence_of(case).pk])
        ).status_code,
    }


SHUT = {"case": 404, "api": 403, "api list": 0, "assessment": 404, "evidence": 404}


def test_before_the_declaration_he_sees_firm_factory_and_industry_alone(as_user, case, tasks):
    task = tasks[0]
    client = as_user(task.expert.user)

    found = places(client, case, task)
    told = Notification.objects.filter(recipient=task.expert.user)
    text = page(client, "review_list")[1] + page(client, "review_declare", task.pk)[1]

    assert found == {**SHUT, "task": 302, "file": 404}
    assert case.factory.enterprise.name in text
    assert case.number not in text
    assert case.factory.enterprise.credit_code not in text
    assert [case.number in str(vars(one)) for one in told] == [False]


def test_after_the_declaration_he_sees_the_case_by_his_own_page_alone(as_user, case, tasks):
    task = build.declared(tasks[0])
    client = as_user(task.expert.user)

    status, text = page(client, "review", task.pk)

    assert status == 200
    assert case.number in text
    assert "已建成并运行" in text
    assert places(client, case, task) == {**SHUT, "task": 200, "file": 200}


def test_others_task_is_not_his_and_other_cases_files_are_not_his(as_user, batch, case, tasks):
    other = build.at_step(StepKind.REVIEW)
    mine, theirs = (build.declared(one) for one in tasks[:2])
    client = as_user(mine.expert.user)

    assert page(client, "review", theirs.pk)[0] == 404
    assert page(client, "review_file", mine.pk, evidence_of(other).pk)[0] == 404
    assert page(client, "review_file", mine.pk, evidence_of(case).pk)[0] == 200


def test_declared_conflict_shuts_the_case_again(as_user, case, tasks):
    task = build.declared(tasks[0])
    client = as_user(task.expert.user)

    post(client, "review_declare", task.pk, conflict="yes", ground="曾任顾问")

    assert places(client, case, task) == {**SHUT, "task": 404, "file": 404}
    assert case.factory.enterprise.name not in page(client, "review_list")[1]


def test_others_marks_are_unseen_until_ones_own_are_in(as_user, case, tasks):
    mine, other, _ = tasks
    build.marked(other, 77)
    mine = build.declared(mine)
    client = as_user(mine.expert.user)

    before = page(client, "review", mine.pk)[1]
    build.marked(mine, 83)
    after = page(client, "review", mine.pk)[1]

    assert "77" not in before.partition('id="marks"')[2]
    assert "77 分" in after
    for text in (before, after):
        assert other.expert.code not in text
        assert other.expert.user.name not in text


def test_drafted_marks_are_the_experts_own(as_user, batch, tasks, province_officer):
    task = build.declared(tasks[0])
    experts.save(
        task, scores={"foundation": 19}, notes={}, comment="草稿语", seen=0,
        by=task.expert.user, at=AT,
    )  # fmt: skip
    client = as_user(province_officer)

    assert "草稿语" not in page(client, "review_conclude", task.application_id)[1]
    build.marked(Assignment.objects.get(pk=task.pk), 66)
    assert "66 分" in page(client, "review_conclude", task.application_id)[1]


def test_audit_names_experts_to_the_office_alone(case, tasks, province_officer, city_officer):
    build.marked(tasks[0])
    staff = build.staff_of(case.factory.enterprise)

    def seen(user):
        found = AuditEvent.objects.visible_to(user)
        return found.filter(verb__regex=r"^(expert|panel|review|avoidance)\.").count()

    assert (seen(staff), seen(city_officer), seen(tasks[0].expert.user)) == (0, 0, 0)
    assert seen(province_officer) > 5


# --- marking and closing --------------------------------------------------------------------------


def marks(task, **more):
    task.refresh_from_db()
    sheet = experts.sheet_of(task.application.round)
    return {
        **{f"score-{one.key}": one.points for one in sheet.dimensions},
        "comment": "好",
        "seen": task.version,
        **more,
    }


def test_expert_saves_as_he_goes_and_gives_once(as_user, tasks):
    task = build.declared(tasks[0])
    client = as_user(task.expert.user)

    post(client, "review", task.pk, **{"score-foundation": "12", "seen": "0", "save": "1"})
    task.refresh_from_db()
    assert (task.scores, task.state) == ({"foundation": 12}, State.ACCEPTED)
    refused = post(client, "review", task.pk, **marks(task, comment="", give="1"))
    assert "请填写总体评审意见" in refused.content.decode()
    wrong = post(client, "review", task.pk, **marks(task, **{"score-results": "99"}, give="1"))
    assert "请填 0 到 20 的整数" in wrong.content.decode()
    post(client, "review", task.pk, **marks(task, give="1"))

    task.refresh_from_db()
    assert (task.state, task.total) == (State.GIVEN, 100)
    assert "不能再改" in page(client, "review", task.pk)[1]


def test_page_that_was_overtaken_keeps_what_was_typed(as_user, tasks):
    task = build.declared(tasks[0])
    client = as_user(task.expert.user)
    post(client, "review", task.pk, **{"score-foundation": "12", "seen": "0", "save": "1"})

    answer = post(client, "review", task.pk, **{"comment": "另一页写的", "seen": "0", "save": "1"})

    assert "刚在别处保存过" in answer.content.decode()
    assert "另一页写的" in answer.content.decode()


def test_office_writes_the_opinion_and_completes(as_user, batch, case, tasks, province_officer):
    client = as_user(province_officer)
    for task, total in zip(tasks, (70, 80, 84), strict=True):
        build.marked(task, total)

    post(client, "review_conclude", case.pk, text="建议通过")
    text = page(client, "round_review", batch.pk)[1]

    assert "建议通过" in text
    assert "78.0" in text
    assert build.decide(Application.objects.get(pk=case.pk)).step != StepKind.REVIEW


def test_firm_asks_for_avoidance_and_reads_the_answer(as_user, batch, case, province_officer):
    staff, foe = build.staff_of(case.factory.enterprise), build.expert()
    address = reverse("tiers:application", args=[case.pk])
    assert "申请专家回避" in as_user(staff).get(address).content.decode()

    post(as_user(staff), "avoidance_new", case.pk, person="李某", reason="诉讼")
    asked = case.avoidances.get()
    client = as_user(province_officer)
    assert "李某" in page(client, "round_experts", batch.pk)[1]
    post(client, "avoidance_decide", asked.pk, granted="yes", expert=foe.pk, answer="属实")

    assert "已同意，属实" in as_user(staff).get(address).content.decode()


def test_pages_cost_the_same_for_one_case_and_for_three(
    as_user, batch, case, tasks, province_officer
):
    reviewer = tasks[0].expert.user

    def costs():
        found = []
        for user, name, given in (
            (province_officer, "round_experts", [batch.pk]),
            (province_officer, "round_review", [batch.pk]),
            (province_officer, "expert_list", []),
            (reviewer, "review_list", []),
        ):
            client = as_user(user)
            with CaptureQueriesContext(connection) as queries:
                assert page(client, name, *given)[0] == 200
            found.append((name, len(queries)))
        return found

    for task in tasks:
        build.marked(task)
    one = costs()
    for _ in range(2):
        other = build.at_step(StepKind.REVIEW)
        build.drawn(batch)
        for task in other.assignments.all():
            build.marked(task)

    assert costs() == one


def test_empty_pages_say_what_comes_here(as_user, batch, province_officer):
    client = as_user(province_officer)

    assert "专家库还没有专家" in page(client, "expert_list")[1]
    assert "没有等待评审的申报" in page(client, "round_experts", batch.pk)[1]
    assert "没有在评审环节的申报" in page(client, "round_review", batch.pk)[1]
    expert = build.expert()
    assert "现在没有评审任务" in page(as_user(expert.user), "review_list")[1]
    assert as_user(expert.user).get(reverse("reports:home")).url == reverse("tiers:review_list")
