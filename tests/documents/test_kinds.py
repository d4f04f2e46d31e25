"""Each document beside the data it is made of, in every form it has, for whoever sees its page."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assessments import assessment as self_assessment
from assessments import standard
from registry import enterprises
from registry.policy import Tier
from reports import summaries
from reports.documents import Form
from tests import build
from tests.documents import readers
from tests.documents.readers import squeezed
from tiers import quota, upward
from tiers.models import Revocation, UpwardItem, UpwardList

AT = build.DAY
YES, NO = UpwardItem.Outcome


def download(client, place, pk, form="docx"):
    place, what = ("applications", "opinion") if place == "opinions" else (place, "document")
    return client.get(f"/{place}/{f'{pk}/' if pk else ''}{what}.{form}")


def word(client, place, pk):
    answer = download(client, place, pk)
    assert answer.status_code == 200
    assert readers.problems(answer.content) == []
    lines = readers.word_lines(answer.content)
    assert lines == readers.word_lines_plain(answer.content)
    return lines


def rows(lines):
    return [line for line in lines if isinstance(line, tuple)]


def pdf(client, place, pk):
    return squeezed(readers.pdf_text(download(client, place, pk, "pdf").content))


def sheet(client, place, pk, name):
    content = download(client, place, pk, "xlsx").content
    assert readers.problems(content) == []
    found = readers.excel_sheets(content)
    assert found == readers.excel_sheets_again(content)
    return found[name]


# --- 公告 -----------------------------------------------------------------------------------------


@pytest.fixture
def put_forward(hebei, shijiazhuang, province_officer, city_officer):
    """A round with its places, the unit, and its two cases in its order."""
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        batch = build.open_round(
            hebei, Tier.ADVANCED, closes_on=date(2026, 3, 31), recommend_by=date(2026, 4, 10)
        )
        quota.allot(batch, {shijiazhuang.pk: 3}, by=province_officer, at=AT)
        cases = [build.decide(build.candidate(), by=city_officer) for _ in range(2)]
        yield batch, shijiazhuang, cases


@pytest.fixture
def issued(list_chain, hebei, city_officer, province_officer):
    build.officer(hebei, username="province-second", name="省级乙")
    case = build.determined(build.decide(build.candidate()))
    return case.determinations.get()


def test_announcement_is_the_issued_list(issued, client):
    lines = word(client, "announcements", issued.pk)
    row = issued.content[0]
    expected = (
        "1", row["enterprise"], row["credit_code"], row["factory"],
        row["place"] or row["unit"], row["tier"], row["title_number"], row["last_day"],
    )  # fmt: skip

    assert rows(lines)[1:] == [expected]
    assert lines[1:3] == [issued.document_no, issued.title]
    assert f"名单摘要（SHA-256）：{issued.digest}" in lines
    assert "2026年3月2日" in lines
    assert [1, *expected[1:]] in sheet(client, "announcements", issued.pk, "认定名单")
    assert squeezed("".join(expected)) in pdf(client, "announcements", issued.pk)
    page = client.get(f"/announcements/{issued.pk}/").content.decode()
    assert all(f"/announcements/{issued.pk}/document.{form}" in page for form in Form)


# --- 备案函 ---------------------------------------------------------------------------------------


@pytest.fixture
def filed(shijiazhuang, city_officer, province_officer):
    return build.filed_list(shijiazhuang, factories=2)


def test_filed_list_is_printed_from_its_frozen_rows(filed, as_user, city_officer):
    client = as_user(city_officer)
    entries = list(filed.entries.order_by("certification__valid_from", "pk"))
    title = entries[0].certification
    title.printed_factory = "后来改的名"
    title.save()

    lines = word(client, "filing-lists", filed.pk)
    listed = rows(lines)[1:]

    assert [row[3] for row in listed] == [one.frozen["factory"] for one in entries]
    assert [row[-1] for row in listed] == [one.frozen["number"] for one in entries]
    assert f"名单摘要（SHA-256）：{filed.digest}" in lines
    assert f"{filed.recipient.name}：" in lines
    assert "草稿，尚未报备" not in lines
    table = sheet(client, "filing-lists", filed.pk, "备案清单")
    assert list(listed[0]) in [[str(cell) for cell in line] for line in table]
    said = pdf(client, "filing-lists", filed.pk)
    assert all(squeezed(row[3]) in said for row in listed)


def test_page_and_document_of_a_filed_list_agree(filed, as_user, province_officer):
    client = as_user(province_officer)
    paper = squeezed(client.get(f"/filing-lists/{filed.pk}/table/").content.decode())

    for row in rows(word(client, "filing-lists", filed.pk))[1:]:
        assert all(squeezed(cell) in paper for cell in row)


def test_draft_of_a_list_says_so(shijiazhuang, as_user, city_officer, province_officer):
    draft = build.draft_list(shijiazhuang)

    assert "草稿，尚未报备" in word(as_user(city_officer), "filing-lists", draft.pk)
    assert download(as_user(province_officer), "filing-lists", draft.pk).status_code == 404


# --- 推荐函 ---------------------------------------------------------------------------------------


@pytest.fixture
def nominated(hebei, province_officer, city_officer):
    build.officer(hebei, username="province-second", name="省级乙")
    case = build.nominated()
    return UpwardList.objects.get(round=case.round_id, kind=UpwardList.Kind.NOMINATION)


def test_recommendation_carries_the_order_and_whom_to_call(nominated, as_user, province_officer):
    client = as_user(province_officer)
    letter = upward.letter(nominated)
    first = letter["names"][0]
    who = upward.contacts(nominated)[first["application"]]
    lines = word(client, "upward-lists", nominated.pk)

    assert f"1. {first['enterprise']}　{first['factory']}" in lines
    assert "工业和信息化部：" in lines
    assert rows(lines)[1][3:6] == (first["enterprise"], first["credit_code"], first["factory"])
    assert rows(lines)[1][-2:] == (who.name, who.phone)
    assert f"内容摘要（SHA-256）：{nominated.digest}" in lines
    assert sheet(client, "upward-lists", nominated.pk, "推荐汇总表")[5][-2:] == [
        who.name, who.phone,
    ]  # fmt: skip
    page = client.get(f"/upward-lists/{nominated.pk}/").content.decode()
    assert all(f"/upward-lists/{nominated.pk}/document.{form}" in page for form in Form)


def test_recommendation_is_for_its_office(nominated, as_user, city_officer):
    assert download(as_user(city_officer), "upward-lists", nominated.pk).status_code == 404


# --- 推荐函 of a unit in a round ------------------------------------------------------------------


def test_letter_of_a_unit_carries_its_order_and_whom_to_call(put_forward, as_user, city_officer):
    batch, unit, cases = put_forward
    place = f"rounds/{batch.pk}/units/{unit.pk}"
    client = as_user(city_officer)
    lines = word(client, place, "")
    who = upward.contacts_of([cases[0].pk])[cases[0].pk]

    assert [line for line in lines if line in ("推荐尚未截止", f"{batch.authority.name}：")] == [
        "推荐尚未截止", f"{batch.authority.name}：",
    ]  # fmt: skip
    assert [row[3] for row in rows(lines)[1:]] == [case.factory.name for case in cases]
    assert rows(lines)[1][-3:] == ("占用名额", who.name, who.phone)
    page = client.get(f"/rounds/{batch.pk}/").content.decode()
    assert all(f"/{place}/document.{form}" in page for form in Form)


def test_letter_of_a_unit_is_for_it_and_whom_it_goes_to(
    put_forward, as_user, province_officer, other_city_officer
):
    batch, unit, _ = put_forward
    place = f"/rounds/{batch.pk}/units/{unit.pk}/document.docx"
    shown = as_user(province_officer).get(f"/rounds/{batch.pk}/").content.decode()

    assert place in shown
    assert as_user(province_officer).get(place).status_code == 200
    assert as_user(other_city_officer).get(place).status_code == 404


def test_letter_once_recommending_is_over_is_no_draft(put_forward, as_user, city_officer):
    batch, unit, _ = put_forward
    with time_machine.travel(build.moment("2026-04-11 09:00"), tick=False):
        lines = word(as_user(city_officer), f"rounds/{batch.pk}/units/{unit.pk}", "")

    assert "推荐尚未截止" not in lines


# --- 撤销决定 -------------------------------------------------------------------------------------


@pytest.fixture
def revoked(changan, city_officer, shijiazhuang):
    build.officer(shijiazhuang, username="city-second", name="市级乙")
    title = build.title(build.factory_at(changan), on=build.business_date(AT))
    return build.decided(build.proposed(title))


def test_decision_has_facts_ground_hearing_and_remedy(revoked, as_user):
    title = revoked.certification
    firm = build.staff_of(title.factory.enterprise)
    lines = word(as_user(firm), "revocations", revoked.pk)
    ban = title.bans.get()

    assert lines[1] == revoked.document_no
    assert f"{title.printed_enterprise}：" in lines
    assert f"{revoked.facts}。" in lines
    assert f"上述情形属于“{revoked.ground_name}”。" in lines
    assert any(revoked.reason in line and "撤销" in line for line in lines)
    until = ban.until_on
    assert any(f"至{until.year}年{until.month}月{until.day}日（含当日），你单位不得申报" in line
               for line in lines)  # fmt: skip
    assert any("申请一次复核" in line for line in lines)
    assert squeezed(revoked.facts) in pdf(as_user(firm), "revocations", revoked.pk)


def test_decision_with_a_telephone_in_its_facts_is_blocked(revoked, as_user):
    Revocation.objects.filter(pk=revoked.pk).update(facts="举报人电话 138 1234 5678")
    firm = build.staff_of(revoked.certification.factory.enterprise)

    answer = download(as_user(firm), "revocations", revoked.pk)

    assert answer.status_code == 422
    assert "正文第3段里有手机号码（138****78）" in answer.content.decode()


def test_nothing_decided_is_no_decision(changan, shijiazhuang, city_officer, as_user):
    title = build.title(build.factory_at(changan), on=build.business_date(AT))
    open_one = build.proposed(title)

    assert download(as_user(city_officer), "revocations", open_one.pk).status_code == 404


def test_decision_is_no_workbook(revoked, as_user):
    firm = build.staff_of(revoked.certification.factory.enterprise)

    assert download(as_user(firm), "revocations", revoked.pk, "xlsx").status_code == 404


# --- 评审意见 -------------------------------------------------------------------------------------


@pytest.fixture
def reviewed(review_chain, hebei, province_officer, city_officer):
    for _ in range(3):
        build.expert()
    return build.reviewed(build.decide(build.candidate(), by=city_officer))


def test_opinion_has_every_mark_by_code_and_no_name(reviewed, as_user, province_officer):
    lines = word(as_user(province_officer), "opinions", reviewed.pk)
    given = list(reviewed.assignments.filter(given_at__isnull=False).order_by("expert__code"))
    said = squeezed("".join("".join(line) for line in lines))

    assert ("总分", *rows(lines)[-1][1:2], *(str(one.total) for one in given)) in rows(lines)
    assert "同意推荐" in lines
    for one in given:
        assert one.expert.code in said
        assert one.expert.user.name not in said
        assert f"总体意见：{one.comment}" in lines
    page = as_user(province_officer).get(f"/rounds/{reviewed.round_id}/review/").content.decode()
    assert f"/applications/{reviewed.pk}/opinion.docx" in page


def test_opinion_is_hidden_from_firm_and_city(reviewed, as_user, city_officer):
    firm = build.staff_of(reviewed.factory.enterprise)

    assert download(as_user(city_officer), "opinions", reviewed.pk).status_code == 404
    assert download(as_user(firm), "opinions", reviewed.pk).status_code == 403


# --- 申报书 ---------------------------------------------------------------------------------------


@pytest.fixture
def full(changan, city_officer, province_officer):
    """A case whose firm has filled in everything the form has."""
    factory = build.factory_at(changan)
    by = build.staff_of(factory.enterprise)
    begun = build.answered(build.open_assessment(factory), Tier.ADVANCED, by=by)
    answers = {
        "kpi.cnc-rate": {"before": "41.5", "after": "87.25", "period": "2025年"},
        "platform.result": {
            "level": 2, "score": "2.15", "date": "2025-11-03", "report_no": "PT-2025-0071",
        },
    }  # fmt: skip
    saved = self_assessment.save_answers(begun, answers, seen={}, by=by, at=AT)
    assert not saved.errors, saved.errors
    instance = {
        "scenario_no": 7, "name": "视觉质检", "uses_ai": True,
        "problem": "漏检", "solution": "深度学习", "effect": "漏检率下降",
        "equipment": "工业相机", "software": "质检平台", "suppliers": "自研",
    }  # fmt: skip
    self_assessment.save_instance(begun, instance, by=by, at=AT)
    enterprises.record_honour(
        factory.enterprise, kind="lighthouse", document_no="世经论〔2024〕3号",
        awarded_on=build.business_date(AT), by=by, at=AT,
    )  # fmt: skip
    self_assessment.lock(begun, by=by, at=AT)
    return build.submit(build.draft(factory))


def leaves(value):
    """What was typed, at the bottom of an answer."""
    if isinstance(value, dict):
        return [leaf for one in value.values() for leaf in leaves(one)]
    return [] if value in ("", None, True, False) else [str(value)]


#: An answer that is a code is printed by its word.
WORDS = {"yes": "是", "no": "否", "met": "满足", "own": "自评", "process": "流程"}


def test_application_carries_every_answer(full, as_user, city_officer):
    sent = full.assessment
    lines = word(as_user(city_officer), "applications", full.pk)
    said = squeezed("".join("".join(line) for line in lines))
    answers = list(sent.answers.all())

    lost = [
        (one.item, leaf)
        for one in answers
        for leaf in leaves(one.value)
        if squeezed(WORDS.get(leaf, leaf)) not in said
    ]
    assert lost == []
    assert len(answers) > 40
    model = standard.get(sent.standard).maturity
    cells = [row for row in rows(lines) if len(row) == 6]
    asked = [
        one
        for one in answers
        if one.item.startswith("cmmm.") and not one.item.startswith("cmmm.na.")
    ]
    names = [row[2] for row in cells if row[4].endswith("（1）")]
    assert len(names) == len(asked)
    assert set(names) <= {one.name for one in model.subdomains}


def test_application_carries_scenarios_honours_and_every_file(full, as_user, city_officer):
    lines = word(as_user(city_officer), "applications", full.pk)
    said = squeezed("".join("".join(line) for line in lines))

    for typed in ("视觉质检", "漏检", "深度学习", "工业相机", "质检平台", "自研", "漏检率下降"):
        assert typed in said
    assert "世经论〔2024〕3号" in said
    files = list(full.assessment.evidence.live())
    listed = [row for row in rows(lines) if len(row) == 5 and len(row[4]) == 64]
    assert sorted(row[4] for row in listed) == sorted(one.sha256 for one in files)
    assert full.factory.enterprise.credit_code in said
    assert f"自评内容摘要（SHA-256）：{full.assessment.digest}" in lines
    assert f"受理编号：{full.number}" in lines


def test_application_in_pdf_says_what_word_says(full, as_user, city_officer):
    client = as_user(city_officer)
    said = pdf(client, "applications", full.pk)

    lost = [
        cell
        for row in rows(word(client, "applications", full.pk))
        for cell in row
        if squeezed(cell) not in said
    ]
    # A row that is broken over two pages is read in two pieces.
    assert len(lost) <= 6


def test_draft_is_the_firms_own_and_says_so(changan, city_officer, as_user):
    draft = build.draft(build.factory_at(changan))
    firm = build.staff_of(draft.factory.enterprise)

    assert "草稿，尚未提交" in word(as_user(firm), "applications", draft.pk)
    assert download(as_user(city_officer), "applications", draft.pk).status_code == 404


def test_what_was_sent_in_stays_while_the_firm_mends(full, as_user, city_officer):
    build.decide(full, build.Action.SEND_BACK, by=city_officer)
    factory = full.factory
    factory.name = "补正时改的名"
    factory.save()
    firm = build.staff_of(factory.enterprise)

    assert "补正时改的名" not in str(word(as_user(city_officer), "applications", full.pk))
    now = word(as_user(firm), "applications", full.pk)
    assert "补正时改的名" in str(now)
    assert "草稿，尚未提交" in now


# --- 年度总结 -------------------------------------------------------------------------------------


@pytest.fixture
def signed(world):
    """A city's summary with one title in force, and the province's over it."""
    build.title(build.factory_at(build.authority("130102")), on=build.business_date(AT))
    return build.signed_summary(build.authority("130100"))


def test_summary_has_the_signed_figures_and_words(signed, as_user):
    client = as_user(build.officer_of(signed.authority))
    content = summaries.signed(signed)
    lines = word(client, "annual/summaries", signed.pk)

    figures = [(line.figure.label, line.figure.unit, str(line.total)) for line in content.lines]
    assert [row[1:] for row in rows(lines) if len(row) == 4][1:] == figures
    assert ("基础级", "项", "1") in figures
    for key, heading, _ in summaries.SECTIONS:
        assert any(heading in line for line in lines)
        assert content.texts[key] in lines
    assert f"内容摘要（SHA-256）：{signed.digest}" in lines
    table = sheet(client, "annual/summaries", signed.pk, "主要数据")
    assert [str(row[3]) for row in table[4:] if len(row) == 4] == [one[2] for one in figures]
    page = client.get(f"/annual/summaries/{signed.pk}/").content.decode()
    assert all(f"/annual/summaries/{signed.pk}/document.{form}" in page for form in Form)


def test_summary_of_the_level_above_adds_up_by_unit(signed, as_user):
    above = build.summary_of(build.authority("130000"))
    client = as_user(build.officer_of(above.authority))

    lines = word(client, "annual/summaries", above.pk)

    assert "草稿，尚未签报" in lines
    units = [row for row in rows(lines) if row[0] in (signed.authority.short_name, "合计")]
    pairs = list(zip(units[::2], units[1::2], strict=True))
    assert [one[1:] for one, _ in pairs] == [total[1:] for _, total in pairs]
    assert units[0][1] == "1"


# --- as many rows as there are --------------------------------------------------------------------


def test_filed_list_costs_the_same_queries_for_any_number_of_rows(
    filed, shijiazhuang, as_user, city_officer
):
    client = as_user(city_officer)
    client.get("/healthz")
    counts = []
    for listed in (filed, build.filed_list(shijiazhuang, factories=5)):
        with CaptureQueriesContext(connection) as queries:
            assert download(client, "filing-lists", listed.pk).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
