"""Filing lists over HTTP: collect, mend, type in earlier ones, file, answer, print, JSON."""

import pytest
import time_machine
from django.urls import reverse
from zeal import zeal_ignore

from registry.models import Division
from tests import build
from tiers import coverage, filing
from tiers.models import Certification, FilingEntry, FilingList

NOON = build.moment("2026-03-02 12:00")
LISTS = "/filing-lists/"
CODE = build.credit_code()


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def city(as_user, city_officer):
    return as_user(city_officer)


@pytest.fixture
def drafted(city_officer, province_officer):
    return build.draft_list(factories=2)


@pytest.fixture
def filed(drafted, city_officer):
    return filing.file(drafted, document_no="石工信〔2026〕20号", by=city_officer, at=NOON)


def page(name, *args):
    return reverse(f"tiers:{name}", args=args)


def entries(filing_list):
    return list(filing_list.entries.order_by("pk"))


def errors(form):
    return {name: list(found) for name, found in form.errors.items()}


def rows(*given, total=5):
    """A formset of so many rows, the given ones on top."""
    data = {"form-TOTAL_FORMS": total, "form-INITIAL_FORMS": 0}
    for number, row in enumerate(given):
        data |= {f"form-{number}-{name}": value for name, value in row.items()}
    return data


def row(**changed):
    return {
        "credit_code": CODE,
        "enterprise_name": "石家庄早认定机械有限公司",
        "factory_name": "早认定工厂",
        "division": Division.objects.get(name="长安区", parent__name="石家庄市").code,
        "industry": "",
        "decided_on": "2025-09-01",
        "document_no": "石工信〔2025〕3号",
        "maturity_level": "2",
        "assessed_on": "2025-08-01",
        "last_day": "",
        **changed,
    }


# --- overview -------------------------------------------------------------------------------------


def test_overview_counts_what_is_still_to_be_collected(city, city_officer, changan):
    build.title(build.factory_at(changan), on=NOON.date())

    first = city.get(LISTS)
    city.post(page("filing_collect"), {"tier": "basic"})
    then = city.get(LISTS)

    assert [(d["draft"], d["fresh"]) for d in first.context["drafts"]] == [(None, 1)]
    assert [(d["draft"].kept, d["fresh"]) for d in then.context["drafts"]] == [(1, 0)]


def test_overview_without_lists_says_the_next_step(city):
    answer = city.get(LISTS)

    assert "没有待报备的工厂" in answer.content.decode()
    assert page("desk") in answer.content.decode()


def test_struck_factory_is_not_offered_for_the_same_draft_again(city, drafted, city_officer):
    filing.strike(entries(drafted)[0], reason="材料待核", by=city_officer, at=NOON)

    assert [d["fresh"] for d in city.get(LISTS).context["drafts"]] == [0]


def test_province_sees_lists_to_answer_by_city(as_user, province_officer, filed, tangshan):
    other = build.filed_list(tangshan, at=NOON)

    answer = as_user(province_officer).get(LISTS, {"sort": "authority"})

    assert answer.context["tab"] == "todo"
    assert [line.row for line in answer.context["list"].lines] == [filed, other]


def test_draft_is_not_shown_to_the_province(as_user, province_officer, drafted):
    assert as_user(province_officer).get(page("filing_list", drafted.pk)).status_code == 404


@pytest.mark.django_db
def test_other_city_finds_no_list(as_user, other_city_officer, filed):
    client = as_user(other_city_officer)

    assert client.get(page("filing_list", filed.pk)).status_code == 404
    assert client.post(page("filing_answer", filed.pk)).status_code == 404


@pytest.mark.parametrize("who", ["staff", "county_officer"])
def test_lists_are_closed_to_whoever_has_no_part_in_them(as_user, request, who, drafted):
    answer = as_user(request.getfixturevalue(who)).get(page("filing_list", drafted.pk))

    assert answer.status_code in (403, 404)


# --- mending --------------------------------------------------------------------------------------


def test_strike_needs_a_reason(city, drafted):
    entry = entries(drafted)[0]

    answer = city.post(page("filing_strike", drafted.pk, entry.pk), {"reason": ""})

    assert answer.status_code == 200
    assert "请填写移出原因" in answer.content.decode()
    assert FilingEntry.objects.get(pk=entry.pk).live


def test_struck_factory_leaves_the_list_and_can_come_back(city, drafted):
    entry = entries(drafted)[0]

    city.post(page("filing_strike", drafted.pk, entry.pk), {"reason": "材料待核"})
    without = city.get(page("filing_list", drafted.pk))
    city.post(page("filing_keep", drafted.pk, entry.pk))
    again = city.get(page("filing_list", drafted.pk))

    assert (len(without.context["rows"]), len(without.context["struck"])) == (1, 1)
    assert (len(again.context["rows"]), len(again.context["struck"])) == (2, 0)


def test_earlier_determinations_are_taken_in_several_at_a_time(city, drafted):
    second = row(
        credit_code=build.credit_code(),
        enterprise_name="石家庄另一机械有限公司",
        covers=["production", "operation"],
    )

    with zeal_ignore():  # each row is its own acts, which lock what they change
        answer = city.post(page("filing_earlier", drafted.pk), rows(row(), {}, second))

    assert answer.status_code == 302
    added = entries(drafted)[2:]
    assert [e.certification.printed_enterprise for e in added] == [
        "石家庄早认定机械有限公司",
        "石家庄另一机械有限公司",
    ]
    assert {e.certification.source for e in added} == {Certification.Source.IMPORTED}
    assert [coverage.words(e.certification) for e in added] == ["", "生产作业、运营管理"]


def test_faults_stand_at_their_rows_and_nothing_is_lost(city, drafted):
    answer = city.post(
        page("filing_earlier", drafted.pk),
        rows(row(), {}, row(credit_code="9113", decided_on="", factory_name="另一座")),
    )

    formset = answer.context["formset"]
    assert errors(formset.forms[0]) == {}
    assert errors(formset.forms[2]) == {
        "credit_code": ["统一社会信用代码应为 18 位，现在是 4 位，请对照营业执照"],
        "decided_on": ["该字段是必填项。"],
    }
    text = answer.content.decode()
    assert "第 3 行：请填写认定日期" in text
    assert 'value="另一座"' in text
    assert 'value="早认定工厂"' in text
    assert len(entries(drafted)) == 2


def test_refusal_of_the_rules_stands_at_its_row(city, drafted):
    blank = {}
    answer = city.post(
        page("filing_earlier", drafted.pk),
        rows(row(), blank, row(maturity_level="1", credit_code=build.credit_code())),
    )

    formset = answer.context["formset"]
    assert [list(form.non_field_errors()) for form in formset.forms[:3]] == [
        [],
        [],
        ["成熟度 1 级，基础级要求不低于 2 级"],
    ]
    assert "第 3 行：成熟度 1 级，基础级要求不低于 2 级" in answer.content.decode()
    assert len(entries(drafted)) == 2


def test_more_rows_keep_what_was_typed_without_checking_it(city, drafted):
    answer = city.post(
        page("filing_earlier", drafted.pk), {**rows(row(credit_code="9113")), "more": "1"}
    )

    formset = answer.context["formset"]
    assert len(formset.forms) == 10
    assert not formset.is_bound
    assert 'value="9113"' in answer.content.decode()
    assert len(entries(drafted)) == 2


def test_rows_added_by_the_button_can_be_filled(city, drafted):
    answer = city.post(page("filing_earlier", drafted.pk), {**rows(row()), "more": "1"})
    management = answer.context["formset"].management_form

    saved = city.post(
        page("filing_earlier", drafted.pk),
        {**rows(row(), total=10), "form-INITIAL_FORMS": management["INITIAL_FORMS"].value()},
    )

    assert saved.status_code == 302
    assert len(entries(drafted)) == 3


def test_empty_form_is_not_taken(city, drafted):
    answer = city.post(page("filing_earlier", drafted.pk), rows())

    assert answer.context["formset"].non_form_errors() == ["还没有填写，请至少填写一行"]


def test_rows_offer_only_places_of_the_own_authority(city, drafted):
    form = city.get(page("filing_earlier", drafted.pk)).context["formset"].forms[0]
    offered = [code for code, _ in form.fields["division"].choices if code]
    paths = Division.objects.filter(code__in=offered).values_list("authority__path", flat=True)

    assert offered
    assert {path.startswith("/130000/130100/") for path in paths} == {True}


# --- filing and answering -------------------------------------------------------------------------


def test_list_is_filed_with_its_document_number(city, drafted):
    refused = city.post(page("filing_file", drafted.pk), {"document_no": ""})
    city.post(page("filing_file", drafted.pk), {"document_no": "石工信〔2026〕20号"})

    drafted.refresh_from_db()
    assert "请填写报备文件文号" in refused.content.decode()
    assert drafted.status == FilingList.Status.FILED
    assert drafted.digest in city.get(page("filing_list", drafted.pk)).content.decode()


@pytest.mark.parametrize(
    ("name", "method"),
    [("filing_file", "post"), ("filing_file", "get"), ("filing_earlier", "get")],
)
def test_filed_list_is_no_longer_changed(city, filed, name, method):
    answer = getattr(city, method)(page(name, filed.pk), {"document_no": "x"})

    assert answer.status_code == 403


def answer_of(filing_list, *faulty, **more):
    """The recipient's form: the entries named are faulty, with a remark."""
    data = {}
    for entry in entries(filing_list):
        bad = entry in faulty
        data[f"verdict_{entry.pk}"] = "faulty" if bad else "fine"
        data[f"remark_{entry.pk}"] = "请核对认定文号" if bad else ""
    return {**data, **more}


def test_acknowledging_takes_two_steps_and_publishes(as_user, province_officer, filed):
    client = as_user(province_officer)

    check = client.post(page("filing_answer", filed.pk), answer_of(filed))
    filed.refresh_from_db()
    between = filed.status
    client.post(page("filing_answer", filed.pk), answer_of(filed, step="act"))
    filed.refresh_from_db()

    assert "2 座工厂立即列入公开名录" in check.content.decode()
    assert between == FilingList.Status.FILED
    assert filed.status == FilingList.Status.ACKNOWLEDGED
    assert Certification.objects.published().count() == 2


def test_one_remark_sends_the_whole_list_back(as_user, province_officer, city_officer, filed):
    first = entries(filed)[0]

    data = answer_of(filed, first, step="act", answer="请尽快补正")
    as_user(province_officer).post(page("filing_answer", filed.pk), data)

    filed.refresh_from_db()
    assert filed.status == FilingList.Status.RETURNED
    text = as_user(city_officer).get(page("filing_list", filed.pk)).content.decode()
    assert "请核对认定文号" in text
    assert "请尽快补正" in text
    assert not Certification.objects.published().exists()


def test_fault_without_remark_and_remark_without_fault_are_refused(
    as_user, province_officer, filed
):
    first, second = entries(filed)
    data = answer_of(filed, first, step="act")
    data[f"remark_{first.pk}"] = ""
    data[f"remark_{second.pk}"] = "日期不对"

    answer = as_user(province_officer).post(page("filing_answer", filed.pk), data)

    name = second.frozen["factory"]
    assert errors(answer.context["form"]) == {
        f"remark_{first.pk}": [f"请写明“{first.frozen['factory']}”的退回意见"],
        f"verdict_{second.pk}": [f"“{name}”写了意见，请改选“有意见”，或清空意见"],
    }
    assert 'value="日期不对"' in answer.content.decode()


def test_going_back_from_the_check_keeps_the_answers(as_user, province_officer, filed):
    first = entries(filed)[0]

    answer = as_user(province_officer).post(
        page("filing_answer", filed.pk), answer_of(filed, first, step="edit")
    )

    assert 'value="请核对认定文号"' in answer.content.decode()


def test_province_sees_a_returned_list_as_it_was_filed(
    as_user, province_officer, city_officer, filed
):
    first, second = entries(filed)
    filing.send_back(filed, remarks={first.pk: "请核对"}, by=province_officer, at=NOON)
    filing.strike(second, reason="材料待核", by=city_officer, at=NOON)

    seen = as_user(province_officer).get(page("filing_list", filed.pk)).context["rows"]

    assert [entry for entry, _, _ in seen] == [first, second]


# --- print-outs and JSON --------------------------------------------------------------------------


def test_letter_and_table_carry_number_date_and_count(city, filed):
    letter = city.get(page("filing_print_letter", filed.pk)).content.decode()
    table = city.get(page("filing_print_list", filed.pk)).content.decode()

    for text in (letter, table):
        assert "石工信〔2026〕20号" in text
        assert "2026年3月2日" in text
        assert "草稿" not in text
    assert "2 座" in letter
    assert filed.digest in table
    assert table.count("<tr>") == 3


def test_print_out_of_a_draft_says_so(city, drafted):
    assert "草稿，尚未报备" in city.get(page("filing_print_list", drafted.pk)).content.decode()


def test_json_shows_lists_as_filed_within_scope(
    as_user, province_officer, other_city_officer, filed
):
    found = as_user(province_officer).get("/api/v1/filing-lists/").json()["results"]
    others = as_user(other_city_officer).get("/api/v1/filing-lists/").json()["results"]

    assert [(f["number"], f["status"], len(f["entries"])) for f in found] == [
        (filed.number, "filed", 2)
    ]
    assert found[0]["entries"][0]["particulars"]["document_no"] == "石工信〔2026〕1号"
    assert others == []


@pytest.mark.parametrize("path", [LISTS, "/api/v1/filing-lists/"])
def test_queries_do_not_grow_with_lists(
    as_user, province_officer, django_assert_max_num_queries, path
):
    client = as_user(province_officer)
    build.filed_list(at=NOON)
    with django_assert_max_num_queries(30) as one:
        client.get(path)
    build.filed_list(build.authority("130200"), factories=2, at=NOON)
    build.acknowledged_list(build.authority("130300"), at=NOON)
    build.returned_list(build.authority("130400"), at=NOON)
    with django_assert_max_num_queries(30) as four:
        client.get(path)

    # A kind of list that was absent before costs its own count, no more.
    assert len(four) - len(one) <= 1


def test_queries_do_not_grow_with_entries(as_user, province_officer, django_assert_max_num_queries):
    client = as_user(province_officer)
    used = []
    for city, count in (("130100", 1), ("130200", 4)):
        filed = build.filed_list(build.authority(city), factories=count, at=NOON)
        with django_assert_max_num_queries(40) as counted:
            client.get(page("filing_list", filed.pk))
        used.append(len(counted))

    assert used[0] == used[1]


def test_list_is_filed_only_as_it_was_read_through(city, drafted, city_officer):
    """A colleague strikes a factory while the page is open: it comes back with what is left."""
    address = page("filing_file", drafted.pk)
    seen = city.get(address).context["form"]["seen"].value()
    struck, left = entries(drafted)
    filing.strike(struck, reason="重复", by=city_officer, at=NOON)
    given = {"document_no": "石工信〔2026〕20号", "seen": seen}

    refused = city.post(address, given)
    again = refused.context["form"]["seen"].value()

    assert "清单有变动" in str(errors(refused.context["form"]))
    drafted.refresh_from_db()
    assert drafted.status == FilingList.Status.DRAFT
    assert city.post(address, given | {"seen": again}).status_code == 302
    assert [e.pk for e in drafted.entries.exclude(frozen={})] == [left.pk]
