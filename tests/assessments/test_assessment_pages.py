"""The self-assessment over HTTP: saving while typing and by button, files, result, plan, rules."""

import json
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from assessments import assessment as self_assessment
from assessments.models import Assessment, Evidence, Measure, ScenarioInstance
from registry.policy import Tier
from tests import build

ITEM = "basic.production.1"
EXE = b"MZ\x90\x00" + b"\0" * 200


@pytest.fixture
def factory(changan):
    return build.factory_at(changan, name="调节阀数字化加工工厂")


@pytest.fixture
def firm(factory):
    return build.staff_of(factory.enterprise)


@pytest.fixture
def opened(factory):
    return build.open_assessment(factory)


@pytest.fixture
def locked(factory):
    return build.locked_assessment(factory)


def address(name, *args):
    return reverse(f"assessments:{name}", args=args)


def text(answer):
    return answer.content.decode()


def autosave(client, assessment, **fields):
    answer = client.post(
        address("autosave", assessment.pk), fields.get("data", fields), HTTP_X_AUTOSAVE="1"
    )
    return answer.status_code, json.loads(answer.content)


def hidden(page, name):
    """The value of a hidden field on the page."""
    return re.search(rf'name="{re.escape(name)}" value="([^"]*)"', page).group(1)


# --- the way through ------------------------------------------------------------------------------


def test_firm_starts_from_its_list_and_comes_to_the_task_list(as_user, firm, factory):
    client = as_user(firm)

    answer = client.post(address("assessment_start", factory.pk), follow=True)

    page = text(answer)
    assert answer.redirect_chain == [(address("assessment", Assessment.objects.get().pk), 302)]
    assert page.count("未开始") >= 9
    assert "继续填写" in text(client.get(address("assessment_list")))


def test_firm_without_a_factory_is_told_what_to_do(as_user, staff):
    page = text(as_user(staff).get(address("assessment_list")))

    assert "还没有工厂" in page
    assert reverse("registry:factory_new") in page


SECTIONS = (
    "basics", "construction", "design", "production", "management", "operation", "results",
    "scenarios", "maturity", "kpi", "performance",
)  # fmt: skip


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_opens_empty_and_filled(as_user, firm, opened, section):
    client = as_user(firm)
    empty = client.get(address("section", opened.pk, section))

    build.answered(opened, Tier.EXCELLENT, by=firm)
    filled = client.get(address("section", opened.pk, section))

    assert (empty.status_code, filled.status_code) == (200, 200)


def test_unknown_section_is_not_found(as_user, firm, opened):
    assert as_user(firm).get(address("section", opened.pk, "nothing")).status_code == 404


def test_task_list_says_what_a_tier_still_needs(as_user, firm, opened):
    page = text(as_user(firm).get(address("assessment", opened.pk) + "?target=advanced"))

    assert "先进级还差 6 项" in page  # production: three of each of the two tiers


# --- from the check page and back -----------------------------------------------------------------


def ways_to_change(page, section):
    """The links of the check page into a section, without their fragments."""
    links = re.findall(rf'href="([^"#]*/{section}/[^"#]*)[#"]', page)
    return [link.replace("&amp;", "&") for link in links if "next=" in link]


def test_change_from_the_check_page_comes_back_to_its_row(as_user, firm, opened):
    build.answered(opened, Tier.BASIC, by=firm)
    client = as_user(firm)
    check = address("check_and_lock", opened.pk) + "?target=basic"

    link = ways_to_change(text(client.get(check)), "kpi")[0]
    form = text(client.get(link))
    saved = client.post(link, {})

    assert "保存并返回核对" in form
    assert saved.url.startswith(f"{check}#row-kpi.")


def test_instance_added_from_the_check_page_comes_back_in_two_steps(as_user, firm, opened):
    client = as_user(firm)
    check = address("check_and_lock", opened.pk)
    scenarios = ways_to_change(text(client.get(check)), "scenarios")[0]
    page = text(client.get(scenarios))
    add = re.search(r'href="([^"]*/instances/new/[^"]*)"', page).group(1).replace("&amp;", "&")

    saved = client.post(add, {"scenario_no": "28", "name": "设备联网看板", "uses_ai": "0"})

    assert saved.url == scenarios
    assert f'href="{check}"' in text(client.get(saved.url))


@pytest.mark.parametrize("outside", ["https://example.org/", "//example.org/", "javascript:x"])
def test_way_back_leads_to_no_other_site(as_user, firm, opened, outside):
    url = address("section", opened.pk, "kpi")

    saved = as_user(firm).post(f"{url}?next={outside}", {})

    assert saved.url == address("section", opened.pk, "performance")


def test_figures_stand_in_one_table_with_what_they_come_to(as_user, firm, opened):
    client = as_user(firm)
    one, two = "kpi.development-cycle", "kpi.production-efficiency"
    given = {one: ("20", "15"), two: ("80", "100")}
    sent = {f"v:{item}": "0" for item in given}
    for item, (before, after) in given.items():
        sent |= {f"{item}:before": before, f"{item}:after": after, f"{item}:period": "2025年"}
    autosave(client, opened, data=sent)

    page = text(client.get(address("assessment_print", opened.pk)))

    assert page.count('<th scope="col">建设前</th>') == 1
    assert page.count('<td data-label="指标值">25%</td>') == 2


# --- saving while typing --------------------------------------------------------------------------


def test_typing_is_saved_and_survives_reload_and_signing_in_again(as_user, firm, opened):
    client = as_user(firm)
    fields = {f"v:{ITEM}": "0", f"{ITEM}:met": "yes", f"{ITEM}:how": "上了采集系统"}

    status, answer = autosave(client, opened, data=fields)
    client.logout()
    page = text(as_user(firm).get(address("section", opened.pk, "production")))

    assert (status, answer["versions"], answer["errors"]) == (200, {ITEM: 1}, {})
    assert re.fullmatch(r"\d\d:\d\d:\d\d", answer["saved_at"])
    assert "上了采集系统" in page
    assert hidden(page, f"v:{ITEM}") == "1"


def test_saving_answers_with_the_result_so_far(as_user, firm, opened):
    _, answer = autosave(as_user(firm), opened, data={"v:basic.req.1": "0", "basic.req.1": "yes"})

    assert "还没有达到基础级" in answer["panel"]
    assert address("result", opened.pk) in answer["panel"]


def test_part_of_an_answer_merges_with_the_rest_of_it(as_user, firm, opened):
    client = as_user(firm)
    autosave(client, opened, data={f"v:{ITEM}": "0", f"{ITEM}:how": "说明"})

    autosave(client, opened, data={f"v:{ITEM}": "1", f"{ITEM}:met": "no"})

    assert self_assessment.answers_of(opened)[ITEM] == {"met": "no", "how": "说明"}


def test_blank_fields_leave_no_answers(as_user, firm, opened):
    client = as_user(firm)
    page = text(client.get(address("section", opened.pk, "kpi")))
    fields = dict.fromkeys(re.findall(r'name="(kpi\.[^"]+)"', page), "")

    client.post(address("section", opened.pk, "kpi"), fields)

    assert self_assessment.answers_of(opened) == {}


def test_wrong_number_is_said_and_not_stored(as_user, firm, opened):
    fields = {"v:kpi.cnc-rate": "0", "kpi.cnc-rate:after": "很多"}

    _, answer = autosave(as_user(firm), opened, data=fields)

    assert answer["errors"] == {"kpi.cnc-rate": ["“建设后”请填写数字，例如85或12.5"]}
    assert self_assessment.answers_of(opened) == {}


def test_not_applicable_can_be_ticked_and_taken_back(as_user, firm, opened):
    client = as_user(firm)

    autosave(client, opened, data={"v:kpi.cnc-rate": "0", "kpi.cnc-rate:na": ["", "yes"]})
    ticked = self_assessment.answers_of(opened)["kpi.cnc-rate"]["na"]
    autosave(client, opened, data={"v:kpi.cnc-rate": "1", "kpi.cnc-rate:na": ""})

    assert (ticked, self_assessment.answers_of(opened)["kpi.cnc-rate"]["na"]) == (True, False)


def test_two_people_see_both_texts(as_user, firm, opened, client):
    colleague = build.person_for(opened.factory.enterprise, name="同事")
    autosave(as_user(firm), opened, data={f"v:{ITEM}": "0", f"{ITEM}:how": "甲的说明"})

    _, answer = autosave(
        as_user(colleague), opened, data={f"v:{ITEM}": "0", f"{ITEM}:how": "乙的说明"}
    )

    (conflict,) = answer["conflicts"]
    assert conflict["yours"] == "情况说明：乙的说明"
    assert conflict["theirs"] == "情况说明：甲的说明"
    assert conflict["fields"] == {f"{ITEM}:met": "", f"{ITEM}:how": "甲的说明"}
    assert (conflict["by"], conflict["version"]) == (firm.name, 1)
    assert self_assessment.answers_of(opened)[ITEM]["how"] == "甲的说明"


# --- the button, without JavaScript ---------------------------------------------------------------


def test_button_saves_and_leads_to_the_next_section(as_user, firm, opened):
    client = as_user(firm)

    answer = client.post(address("section", opened.pk, "basics"), {"basic.req.1": "yes"})

    assert answer.url == address("section", opened.pk, "construction")
    assert self_assessment.answers_of(opened) == {"basic.req.1": "yes"}


def test_refused_answer_comes_back_with_the_summary(as_user, firm, opened):
    answer = as_user(firm).post(
        address("section", opened.pk, "kpi"),
        {"kpi.cnc-rate:after": "很多", "kpi.cnc-rate:period": "2025年"},
    )

    page = text(answer)
    assert answer.status_code == 422
    assert "<title>错误：" in page
    assert '<a href="#kpi.cnc-rate">“建设后”请填写数字' in page
    assert 'value="很多"' in page
    assert 'value="2025年"' in page


def test_button_shows_both_texts_and_theirs_can_be_taken(as_user, firm, opened):
    colleague = build.person_for(opened.factory.enterprise, name="同事")
    client = as_user(firm)
    shown = text(client.get(address("section", opened.pk, "production")))
    sent = {f"o:{ITEM}": hidden(shown, f"o:{ITEM}"), f"v:{ITEM}": "0", f"{ITEM}:how": "我的"}
    self_assessment.save_answers(
        opened, {ITEM: {"met": "yes", "how": "同事的"}}, seen={}, by=colleague, at=build.DAY
    )

    conflict = client.post(address("section", opened.pk, "production"), sent)
    page = text(conflict)
    client.post(
        address("section", opened.pk, "production"),
        sent | {f"v:{ITEM}": hidden(page, f"v:{ITEM}"), "take": ITEM},
    )

    assert conflict.status_code == 422
    assert "同事在 2026-03-02" in page
    assert "我的" in page
    assert self_assessment.answers_of(opened)[ITEM] == {"met": "yes", "how": "同事的"}


def test_button_does_not_undo_what_a_colleague_changed_meanwhile(as_user, firm, opened):
    """The whole section is sent; what was not touched here is not an answer given here."""
    colleague = build.person_for(opened.factory.enterprise, name="同事")
    client = as_user(firm)
    shown = text(client.get(address("section", opened.pk, "production")))
    other = "basic.production.2"
    self_assessment.save_answers(
        opened, {other: {"met": "no", "how": "同事的"}}, seen={}, by=colleague, at=build.DAY
    )

    answer = client.post(
        address("section", opened.pk, "production"),
        {
            f"o:{ITEM}": hidden(shown, f"o:{ITEM}"),
            f"{ITEM}:met": "yes",
            f"o:{other}": hidden(shown, f"o:{other}"),
            f"{other}:how": "",
        },
    )

    assert answer.status_code == 302
    found = self_assessment.answers_of(opened)
    assert (found[ITEM]["met"], found[other]["how"]) == ("yes", "同事的")


def test_maturity_shows_levels_up_to_the_one_after_the_first_unmet(as_user, firm, opened):
    client = as_user(firm)
    chosen = {"maturity.source": "own", "maturity.kind": "process", "go": "stay"}

    stayed = client.post(address("section", opened.pk, "maturity"), chosen)
    first = text(client.get(stayed.url))
    level = {i: v for i, v in build.answers_for(Tier.BASIC).items() if i.startswith("cmmm.1.")}
    client.post(address("section", opened.pk, "maturity"), level)
    second = text(client.get(stayed.url))

    assert stayed.url == address("section", opened.pk, "maturity")
    assert re.findall(r'id="level-(\d)"', first) == ["1", "2"]
    assert re.findall(r'id="level-(\d)"', second) == ["1", "2", "3"]


def test_platform_result_takes_the_place_of_the_levels(as_user, firm, opened):
    client = as_user(firm)
    client.post(
        address("section", opened.pk, "maturity"),
        {
            "maturity.source": "platform",
            "platform.result:level": "2",
            "platform.result:score": "2.35",
            "platform.result:date": "2026-01-15",
            "platform.result:report_no": "PG-2026-1",
        },
    )

    page = text(client.get(address("section", opened.pk, "maturity")))

    assert self_assessment.result(opened).maturity.level == 2
    assert "level-row" not in page


# --- scenario instances ---------------------------------------------------------------------------


def test_instance_is_added_changed_and_removed(as_user, firm, opened):
    client = as_user(firm)
    fields = {"scenario_no": "9", "name": "总装线排产", "uses_ai": "1"}

    client.post(address("instance_new", opened.pk), fields)
    one = ScenarioInstance.objects.get()
    client.post(address("instance", one.pk), fields | {"uses_ai": "0", "effect": "缩短一半"})
    one.refresh_from_db()
    page = text(client.get(address("section", opened.pk, "scenarios")))
    client.post(address("instance_remove", one.pk))

    assert (one.uses_ai, one.effect) == (False, "缩短一半")
    assert "总装线排产" in page
    assert not ScenarioInstance.objects.exists()


def test_instance_must_say_whether_it_uses_ai(as_user, firm, opened):
    answer = as_user(firm).post(
        address("instance_new", opened.pk), {"scenario_no": "9", "name": "排产"}
    )

    assert answer.status_code == 422
    assert "请选择是否应用人工智能技术" in text(answer)


# --- files ----------------------------------------------------------------------------------------


def upload(client, assessment, content=build.PDF, name="点检记录.pdf", **more):
    return client.post(
        address("evidence_add", assessment.pk),
        {"item": ITEM, "file": SimpleUploadedFile(name, content)},
        **more,
    )


def test_upload_without_javascript_returns_to_the_question(as_user, firm, opened):
    answer = upload(as_user(firm), opened)

    assert answer.url == address("section", opened.pk, "production") + f"#{ITEM}"
    assert Evidence.objects.get().name == "点检记录.pdf"


def test_refused_upload_says_why_beside_the_question(as_user, firm, opened):
    answer = upload(as_user(firm), opened, EXE, "证明.pdf")

    page = text(answer)
    assert answer.status_code == 422
    assert f'id="upload-{ITEM}_error"' in page
    assert "“证明.pdf”不是可用的格式" in page


def test_script_is_told_of_a_refusal_in_json(as_user, firm, opened):
    answer = upload(as_user(firm), opened, EXE, "证明.pdf", HTTP_X_UPLOAD="1")

    assert answer.status_code == 422
    assert "不是可用的格式" in answer.json()["errors"][0]


def download(client, name, evidence):
    answer = client.get(address(name, evidence.pk))
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer, content


def test_download_is_an_attachment_with_its_chinese_name(as_user, firm, opened):
    client = as_user(firm)
    upload(client, opened)

    answer, content = download(client, "evidence", Evidence.objects.get())

    assert content == build.PDF
    assert answer["Content-Disposition"] == (
        "attachment; filename*=utf-8''%E7%82%B9%E6%A3%80%E8%AE%B0%E5%BD%95.pdf"
    )
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_preview_is_shown_in_a_sandbox(as_user, firm, opened):
    client = as_user(firm)
    upload(client, opened)

    answer, _ = download(client, "evidence_preview", Evidence.objects.get())

    assert answer["Content-Disposition"].startswith("inline;")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "allow-" not in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_replacing_keeps_the_earlier_file_within_reach(as_user, firm, opened):
    client = as_user(firm)
    upload(client, opened)
    first = Evidence.objects.get()

    client.post(
        address("evidence_replace", first.pk),
        {"file": SimpleUploadedFile("新记录.pdf", build.PDF + b"\n")},
    )
    second = Evidence.objects.live().get()
    page = text(client.get(address("evidence_versions", second.pk)))

    assert second.replaces == first
    assert address("evidence", first.pk) in page
    assert download(client, "evidence", first)[1] == build.PDF


def test_removed_file_leaves_the_question(as_user, firm, opened):
    client = as_user(firm)
    upload(client, opened)

    client.post(address("evidence_remove", Evidence.objects.get().pk))

    page = text(client.get(address("section", opened.pk, "production")))
    assert not Evidence.objects.live().exists()
    assert address("evidence", Evidence.objects.get().pk) not in page


# --- who sees it ----------------------------------------------------------------------------------

PAGES = ("assessment", "result", "check_and_lock", "assessment_print")


@pytest.mark.parametrize("name", PAGES)
def test_rival_and_office_do_not_find_an_open_assessment(
    as_user, opened, rival_staff, city_officer, name
):
    for stranger in (rival_staff, city_officer):
        assert as_user(stranger).get(address(name, opened.pk)).status_code == 404


def test_rival_cannot_save_upload_or_open_a_file(as_user, opened, firm, rival_staff):
    upload(as_user(firm), opened)
    one = Evidence.objects.get()
    client = as_user(rival_staff)

    codes = [
        client.post(address("autosave", opened.pk), {"basic.req.1": "no"}).status_code,
        upload(client, opened).status_code,
        client.get(address("evidence", one.pk)).status_code,
        client.get(address("evidence_preview", one.pk)).status_code,
        client.post(address("evidence_remove", one.pk)).status_code,
    ]

    assert codes == [404] * 5
    assert Evidence.objects.live().count() == 1


def test_office_sees_the_locked_one_with_its_files(as_user, locked, city_officer):
    client = as_user(city_officer)
    one = Evidence.objects.filter(assessment=locked).first()

    page = text(client.get(address("assessment", locked.pk)))

    assert "已建成并运行" in page
    assert address("evidence", one.pk) in page
    with one.file.open() as kept:
        assert download(client, "evidence", one)[1] == kept.read()
    assert "沿用这一份" not in page


def test_other_city_does_not_find_it(as_user, locked, other_city_officer):
    client = as_user(other_city_officer)

    assert client.get(address("assessment", locked.pk)).status_code == 404
    assert "调节阀" not in text(client.get(address("assessment_list")))


@pytest.mark.parametrize("rows", [1, 4])
def test_list_asks_the_same_number_of_times(
    as_user, staff, changan, rows, django_assert_num_queries
):
    for number in range(rows):
        factory = build.factory_at(changan, enterprise=staff.enterprise, name=f"第{number}车间")
        build.locked_assessment(factory)
        build.open_assessment(factory)
    client = as_user(staff)
    client.get(address("assessment_list"))

    with django_assert_num_queries(7):
        client.get(address("assessment_list"))


# --- locking and after ----------------------------------------------------------------------------


def test_locking_leads_to_the_result(as_user, firm, opened):
    build.answered(opened, by=firm)
    client = as_user(firm)

    answer = client.post(address("check_and_lock", opened.pk), follow=True)

    assert "达到基础级，距先进级还差 13 项" in text(answer)
    assert Assessment.objects.get().is_locked


def test_empty_one_is_not_locked(as_user, firm, opened):
    answer = as_user(firm).post(address("check_and_lock", opened.pk))

    assert answer.status_code == 422
    assert "还没有填写任何内容" in text(answer)


def test_locked_one_is_read_only_everywhere(as_user, firm, locked):
    client = as_user(firm)

    status, answer = autosave(client, locked, data={f"v:{ITEM}": "1", f"{ITEM}:met": "no"})
    form = client.get(address("section", locked.pk, "production"))
    page = text(client.get(address("assessment", locked.pk)))

    assert (status, "已锁定" in answer["errors"][ITEM][0]) == (422, True)
    assert form.url == address("assessment", locked.pk) + "#part-production"
    assert "data-autosave" not in page
    assert upload(client, locked).status_code in (302, 422)
    assert not Evidence.objects.filter(name="点检记录.pdf").exists()


def test_next_one_is_copied_from_the_last(as_user, firm, locked):
    answer = as_user(firm).post(address("assessment_copy", locked.pk))

    new = Assessment.objects.get(locked_at__isnull=True)
    assert answer.url == address("assessment", new.pk)
    assert self_assessment.answers_of(new) == self_assessment.answers_of(locked)


def test_result_explains_itself(as_user, firm, locked):
    page = text(as_user(firm).get(address("result", locked.pk)))

    assert "1 + 1 + 0.0000 = 2.0000" in page  # maturity written out
    assert "距先进级还差 13 项" in page
    assert page.count("加入提升计划<") == 13
    assert "先进级要素条件·生产作业" in page


# --- the plan -------------------------------------------------------------------------------------


def plan(client, factory, **more):
    fields = {
        "factory": factory.pk,
        "gap": "缺排产系统",
        "action": "上排产系统",
        "owner": "生产部",
        "due_on": "2026-06-30",
        "status": "planned",
    }
    return client.post(address("measure_new"), fields | more)


def test_gap_becomes_a_measure(as_user, firm, locked):
    client = as_user(firm)
    page = text(client.get(address("result", locked.pk)))
    link = re.search(r'href="(/plans/new/[^"]+)"', page).group(1).replace("&amp;", "&")

    form = text(client.get(link))
    plan(client, locked.factory, scenario_no="9", investment="120.5")

    gap = re.search(r'name="gap"[^>]*>\s*([^<]+)<', form).group(1)
    assert gap.strip() in page
    one = Measure.objects.get()
    assert (one.owner, one.scenario_no, float(one.investment)) == ("生产部", 9, 120.5)
    assert "上排产系统" in text(client.get(address("plan_list")))


def test_measure_of_another_firms_factory_is_refused(as_user, rival_staff, factory):
    answer = plan(as_user(rival_staff), factory)

    assert answer.status_code == 422
    assert not Measure.objects.exists()


def test_office_finds_the_overdue_measures_of_its_place(
    as_user, firm, factory, city_officer, other_city_officer, time_machine
):
    time_machine.move_to(build.moment("2026-07-01 09:00"))
    plan(as_user(firm), factory)
    plan(as_user(firm), factory, action="换新机床", due_on="2026-12-31")

    own = text(as_user(city_officer).get(address("plan_list") + "?overdue=yes"))
    other = text(as_user(other_city_officer).get(address("plan_list")))

    assert "上排产系统" in own
    assert "换新机床" not in own
    assert "上排产系统" not in other


def test_office_cannot_write_the_plan(as_user, city_officer, factory):
    assert plan(as_user(city_officer), factory).status_code == 403


# --- the rules ------------------------------------------------------------------------------------


def test_rules_are_public_with_basis_and_source(client, world):
    page = text(client.get(address("rules")))

    for words in ("石家庄", "firm"):
        assert words not in page
    assert "原文可查" in page
    assert "本系统推定" in page
    assert "工信厅通装函〔2025〕155号" in page
    assert page.count("未核对") == 20


def test_rules_name_places_and_the_standard_in_words(client, world):
    page = text(client.get(address("rules")))

    assert "容城县、安新县、雄县" in page
    assert "130682" not in page
    assert page.count("智能工厂梯度培育要素条件（2025年版）") == 3


def test_rules_of_an_unknown_edition_are_not_found(client, world):
    assert client.get(address("rules") + "?edition=nothing").status_code == 404


# --- the API --------------------------------------------------------------------------------------


def test_api_gives_the_result_with_its_findings(as_user, city_officer, locked):
    client = as_user(city_officer)

    listed = client.get("/api/v1/assessments/").json()
    one = client.get(f"/api/v1/assessments/{locked.pk}/").json()

    assert [row["id"] for row in listed["results"]] == [locked.pk]
    assert one["result"]["tier"] == "basic"
    assert [len(t["findings"]) for t in one["result"]["tiers"]][:2] == [0, 13]
    assert one["answers"][ITEM]["met"] == "yes"


def test_api_hides_the_open_one_from_the_office(as_user, city_officer, opened):
    client = as_user(city_officer)

    assert client.get("/api/v1/assessments/").json()["results"] == []
    assert client.get(f"/api/v1/assessments/{opened.pk}/").status_code == 404
