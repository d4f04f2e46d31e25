"""Returns item by item: what can be named, who answers, what is compared and who is told of it."""

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from assessments import assessment as self_assessment
from registry import enterprises
from registry.models import AuditEvent
from tests import build
from tiers import changes, mending, reasons, returns, workflow
from tiers.models import ReturnItem
from tiers.workflow import Action

AT = build.DAY
LATER = build.moment("2026-03-03 09:00")
CONDITION = "basic.production.1"


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        yield


@pytest.fixture
def case(city_officer, changan):
    return build.application_at("submitted", factory=build.factory_at(changan))


def file_of(case, item=CONDITION):
    return case.assessment.evidence.live().get(item=item)


def three(case):
    return [
        build.remark(CONDITION, kind="condition", reason="说明不充分", text="请写明采集周期"),
        build.remark("factory.address", reason="信息有误", text="请填写厂区门牌号"),
        build.remark(file_of(case).pk, kind="evidence", reason="佐证材料未盖章", text="请盖章"),
    ]


def send_back(case, *remarks, by=None):
    return build.decide(case, Action.SEND_BACK, items=remarks or three(case), by=by, opinion="")


def staff(case):
    return build.staff_of(case.factory.enterprise)


def mended(case):
    """The firm has corrected its assessment and one fact, answered, and sent it in again."""
    by = staff(case)
    copy = mending.rework(case, by=by, at=LATER)
    value = {"met": "yes", "how": "每秒采集一次"}
    seen = {CONDITION: 1, "basic.production.2": 1}
    new = {CONDITION: value, "basic.production.2": {"met": "yes", "how": "新增两条自动线"}}
    self_assessment.save_answers(copy, new, seen=seen, by=by, at=LATER)
    old = copy.evidence.live().get(item=CONDITION)
    upload = build.ContentFile(build.PDF + b"stamped")
    self_assessment.add_evidence(
        copy, CONDITION, upload, name=old.name, replaces=old, by=by, at=LATER
    )
    self_assessment.lock(copy, by=by, at=LATER)
    case.factory.refresh_from_db()
    facts = {"address": "建设大街 8 号", "industry": None, "products": ""}
    enterprises.update_factory(case.factory, **facts, by=by, at=LATER)
    return build.submit(case, at=LATER)


# --- sending back ---------------------------------------------------------------------------------


def test_items_name_condition_field_and_file(case):
    send_back(case)

    found = [
        (one.target_kind, one.target, one.label, one.reason)
        for one in ReturnItem.objects.order_by("pk")
    ]
    assert found == [
        ("condition", CONDITION, "关键生产设备实现数字化，能够采集运行数据。", "说明不充分"),
        ("field", "factory.address", "工厂信息：工厂地址", "信息有误"),
        (
            "evidence",
            CONDITION,
            "佐证材料“证明.pdf”（关键生产设备实现数字化，能够采集运行数据。）",
            "佐证材料未盖章",
        ),
    ]


def test_nothing_is_sent_back_without_an_item(case, city_officer):
    with pytest.raises(ValidationError, match="请至少写一项退回内容"):
        workflow.act(case, Action.SEND_BACK, by=city_officer, at=AT, opinion="请改")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"target": "factory.colour"}, "第 1 项没有选择退回的内容"),
        ({"reason": "不喜欢"}, "第 1 项没有选择理由"),
        ({"text": " "}, "第 1 项没有写说明"),
    ],
)
def test_incomplete_item_is_named_by_its_place(case, wrong, words):
    with pytest.raises(ValidationError, match=words):
        send_back(case, build.remark(**wrong))

    case.refresh_from_db()
    assert case.status == "in_progress"


def test_file_of_another_firm_cannot_be_named(case, changan):
    foreign = build.application_at("submitted", factory=build.factory_at(changan))

    with pytest.raises(ValidationError, match="第 1 项没有选择退回的内容"):
        send_back(case, build.remark(file_of(foreign).pk, kind="evidence"))


@pytest.mark.parametrize(("code", "level"), [("340102", "city"), ("230102", "county")])
def test_offices_of_other_provinces_send_back_too(world, code, level):
    case = build.application_at("submitted", where=build.authority(code))

    back = send_back(case)

    assert (back.status, back.decisions.last().step_level) == ("returned", level)
    assert mended(back).status == "in_progress"


# --- the firm answers -----------------------------------------------------------------------------


def test_unanswered_items_block_by_their_names(case):
    back = send_back(case)
    by, first = staff(back), ReturnItem.objects.order_by("pk").first()
    mending.answer(back, {first.pk: mending.Reply("kept", "已写明")}, by=by, at=AT)

    with pytest.raises(ValidationError) as refused:
        workflow.act(back, Action.SUBMIT, by=by, at=AT, declared_by="李法人")

    assert [text[:14] for text in refused.value.messages] == [
        "还没有答复退回事项“工厂信息",
        "还没有答复退回事项“佐证材料",
    ]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (mending.Reply("", "改了"), "请选择已修改还是没有修改"),
        (mending.Reply("changed", " "), "请写明改了什么"),
        (mending.Reply("kept", ""), "请写明不改的理由"),
    ],
)
def test_answer_says_what_or_why_not(case, reply, words):
    back = send_back(case)

    with pytest.raises(ValidationError, match=words):
        mending.answer(back, {returns.standing(back)[0].pk: reply}, by=staff(back), at=AT)


def test_only_its_own_firm_answers(case, rival_staff):
    back = send_back(case)
    reply = {returns.standing(back)[0].pk: mending.Reply("kept", "不改")}

    with pytest.raises(PermissionDenied):
        mending.answer(back, reply, by=rival_staff, at=AT)
    assert not ReturnItem.objects.visible_to(rival_staff).exists()


def test_firm_reads_every_item_at_its_place(as_user, case):
    back = send_back(case)
    firm = as_user(staff(back))
    firm.post(reverse("tiers:application_rework", args=[back.pk]))
    copy = back.factory.assessments.get(locked_at=None)

    on_case = firm.get(reverse("tiers:application", args=[back.pk])).content.decode()
    section = reverse("assessments:section", args=[copy.pk, "production"])
    beside = firm.get(section).content.decode()
    facts = firm.get(reverse("registry:factory_edit", args=[back.factory_id])).content.decode()

    assert [words in on_case for words in ("请写明采集周期", "请填写厂区门牌号", "请盖章")] == [
        True
    ] * 3
    assert f"{section}?target=basic" in on_case
    assert [words in beside for words in ("请写明采集周期", "请填写厂区门牌号", "请盖章")] == [
        True,
        False,
        True,
    ]
    assert "请填写厂区门牌号" in facts


def test_answers_typed_are_kept_when_one_is_incomplete(as_user, case):
    back = send_back(case)
    first, second, _ = returns.standing(back)
    firm = as_user(staff(back))

    answer = firm.post(
        reverse("tiers:application_answers", args=[back.pk]),
        {
            f"item-{first.pk}-outcome": "changed",
            f"item-{first.pk}-answer": "写明了周期",
            f"item-{second.pk}-answer": "门牌号没有变",
        },
    )

    text = answer.content.decode()
    assert answer.status_code == 422
    assert ("写明了周期" in text, "门牌号没有变" in text) == (True, True)
    assert not ReturnItem.objects.exclude(answered_at=None).exists()


def test_correcting_copies_the_assessment_and_links_it(case):
    before = case.assessment
    back = send_back(case)

    copy = mending.rework(back, by=staff(back), at=LATER)
    again = mending.rework(back, by=staff(back), at=LATER)

    back.refresh_from_db()
    assert (copy.copied_from, again, back.assessment) == (before, copy, copy)


def test_office_goes_on_seeing_what_was_submitted(as_user, case, city_officer):
    before = case.assessment_id
    back = send_back(case)
    mending.rework(back, by=staff(back), at=LATER)
    office = as_user(city_officer)

    page = office.get(reverse("tiers:application", args=[back.pk]))
    told = office.get(f"/api/v1/applications/{back.pk}/").json()

    assert page.context["sheet"].assessment.pk == told["assessment"] == before


# --- old beside new -------------------------------------------------------------------------------


def test_office_sees_each_item_with_its_answer_and_old_beside_new(case):
    back = mended(send_back(case))

    found = changes.comparison(changes.history(back))

    condition, address, file = found.items
    assert [(c.old, c.new, c.kind) for c in condition.changes] == [
        ("满足\n情况说明：已建成并运行", "满足\n情况说明：每秒采集一次", "changed"),
        ("证明.pdf", "证明.pdf", "changed"),
    ]
    assert [(c.old, c.new) for c in address.changes] == [("", "建设大街 8 号")]
    assert file.changes[1].old_file.sha256 != file.changes[1].new_file.sha256
    assert [(c.item, c.new) for c in found.others] == [
        ("basic.production.2", "满足\n情况说明：新增两条自动线")
    ]
    assert {one.item.outcome for one in found.items} == {"changed"}


def test_sent_in_unchanged_says_so(case):
    back = build.submit(send_back(case, build.remark()))

    assert changes.comparison(changes.history(back)).untouched


def test_case_page_shows_the_comparison_first(as_user, case, city_officer):
    back = mended(send_back(case))

    text = as_user(city_officer).get(reverse("tiers:application", args=[back.pk])).content.decode()

    assert text.index("退回事项与改动") < text.index('id="verdict"')
    assert text.index("<ins>满足<br>情况说明：每秒采集一次</ins>") < text.index('id="whole"')
    assert "已退回 <b>1</b> 次" in text


def test_instances_are_compared_by_their_names(case):
    by, copy = staff(case), mending.rework(send_back(case), by=staff(case), at=LATER)
    fields = {"scenario_no": 1, "name": "智能排产", "solution": "排程软件"}
    self_assessment.save_instance(copy, fields, by=by, at=LATER)

    found = self_assessment.differences(case.assessment, copy)

    assert [(c.item, c.kind, c.old) for c in found] == [("scenario.1", "added", "")]
    assert "排程软件" in found[0].new


# --- reasons --------------------------------------------------------------------------------------


def test_each_bureau_has_its_own_words(city_officer, other_city_officer):
    reasons.save("信息有误", "请按新版执照改", by=city_officer, at=AT)
    reasons.save("检测单位无资质", "请换新报告", new=True, by=city_officer, at=AT)
    reasons.retire("其他", by=city_officer, at=AT)

    own = reasons.in_use(city_officer.authority)
    other = reasons.in_use(other_city_officer.authority)

    assert (own["信息有误"], own["检测单位无资质"], "其他" in own) == (
        "请按新版执照改",
        "请换新报告",
        False,
    )
    assert other == reasons.shipped()
    assert AuditEvent.objects.filter(verb__startswith="return_reason.").count() == 3


def test_words_of_another_bureau_are_neither_read_nor_changed(
    as_user, city_officer, other_city_officer
):
    reasons.save("检测单位无资质", "请换新报告", new=True, by=city_officer, at=AT)
    stranger = as_user(other_city_officer)

    text = stranger.get(reverse("tiers:reason_list")).content.decode()
    edit = stranger.get(reverse("tiers:reason_edit"), {"name": "检测单位无资质"})
    stranger.post(reverse("tiers:reason_retire"), {"name": "检测单位无资质"})

    assert "检测单位无资质" not in text
    assert edit.status_code == 302
    assert "检测单位无资质" in reasons.in_use(city_officer.authority)


def test_chosen_reason_brings_its_text_without_a_script(as_user, case, city_officer):
    row = {"items-0-target": "field:factory.address", "items-0-reason": "信息有误"}
    form = {"outcome": "send_back", "seen": 1, **row}

    text = (
        as_user(city_officer)
        .post(reverse("tiers:application_act", args=[case.pk]), form)
        .content.decode()
    )

    assert "核对办理内容" in text
    assert reasons.shipped()["信息有误"] in text


def test_button_beside_a_thing_adds_a_row_and_keeps_what_is_typed(as_user, case, city_officer):
    form = {
        "seen": 1,
        "opinion": "还有一处",
        "items-0-target": "field:factory.address",
        "items-0-text": "写一半",
        "add": f"condition:{CONDITION}",
    }

    page = as_user(city_officer).post(reverse("tiers:application_act", args=[case.pk]), form)

    shown = [row["target"].value() for row in page.context["form"].rows.forms]
    assert shown == ["field:factory.address", f"condition:{CONDITION}"]
    assert ("还有一处" in page.content.decode(), "写一半" in page.content.decode()) == (True, True)
    assert "提交有问题" not in page.content.decode()


# --- the version decided on -----------------------------------------------------------------------


def test_stale_decision_tells_what_changed_and_decides_nothing(as_user, case, city_officer):
    mended(send_back(case))
    form = {"outcome": "reject", "opinion": "我写的意见", "seen": 1, "confirmed": "1"}

    answer = as_user(city_officer).post(reverse("tiers:application_act", args=[case.pk]), form)

    text = answer.content.decode()
    case.refresh_from_db()
    assert (answer.status_code, case.status) == (409, "in_progress")
    assert "每秒采集一次" in text
    assert "我写的意见" in text
    assert 'name="seen" value="3"' in text


def test_typed_text_is_shown_where_it_can_no_longer_be_decided(as_user, case, city_officer):
    build.decide(case, Action.REJECT, by=city_officer, opinion="不符合")
    form = {"outcome": "send_back", "opinion": "我写的意见", "items-0-text": "请盖章", "seen": 1}

    answer = as_user(city_officer).post(reverse("tiers:application_act", args=[case.pk]), form)

    text = answer.content.decode()
    assert answer.status_code == 409
    assert [words in text for words in ("我写的意见", "请盖章", "不予认定")] == [True] * 3


def test_api_tells_a_stale_decision_what_changed(as_user, case, city_officer):
    mended(send_back(case))

    answer = as_user(city_officer).post(
        f"/api/v1/applications/{case.pk}/act/",
        {"action": "reject", "opinion": "不符合", "seen": 1},
        content_type="application/json",
    )

    told = answer.json()
    assert (answer.status_code, told["version"]) == (409, 3)
    assert [one["action"] for one in told["decisions"]] == ["send_back", "submit"]
    assert "每秒采集一次" in str(told["changes"])


def test_api_sends_back_answers_and_shows_items(as_user, case, city_officer):
    url = f"/api/v1/applications/{case.pk}/"
    item = {"target_kind": "field", "target": "factory.address", "reason": "信息有误", "text": "改"}
    office = as_user(city_officer)
    sent = office.post(
        f"{url}act/", {"action": "send_back", "items": [item]}, content_type="application/json"
    )
    number = sent.json()["returns"][0]["items"][0]["id"]
    reply = {"items": [{"id": number, "outcome": "kept", "answer": "执照上就是这个地址"}]}
    firm = as_user(staff(case))
    answered = firm.post(f"{url}answer/", reply, content_type="application/json")
    seen_by_office = as_user(city_officer).get(url).json()

    assert sent.status_code == 200
    assert answered.json()["returns"][0]["items"][0]["answer"] == "执照上就是这个地址"
    assert seen_by_office["returns"][0]["items"][0]["answer"] == ""


# --- counts ---------------------------------------------------------------------------------------


def listed(client, url):
    return sorted(line.row.pk for line in client.get(url).context["list"].lines)


def test_counts_equal_the_lists_they_open(as_user, case, city_officer, changan, tangshan):
    twice = send_back(mended(send_back(case)), build.remark())
    other = build.application_at("submitted", factory=build.factory_at(changan))
    send_back(other, build.remark(reason="数值无依据"))
    send_back(build.application_at("submitted", where=tangshan.children.first()))
    office = as_user(city_officer)

    found = office.get(reverse("reports:returned")).context["found"]

    assert (found.total.times, found.total.cases) == (3, 2)
    assert {one.label: (one.times, one.cases) for one in found.reasons} == {
        "信息有误": (2, 1),
        "说明不充分": (1, 1),
        "佐证材料未盖章": (1, 1),
        "数值无依据": (1, 1),
    }
    assert [(one.times, one.cases) for one in found.conditions] == [(1, 1)]
    for one in (found.total, *found.offices, *found.reasons, *found.conditions):
        assert len(listed(office, one.url)) == one.cases
    assert listed(office, found.total.url) == [twice.pk, other.pk]


def test_province_counts_every_office_and_a_county_only_its_own(
    as_user, case, province_officer, county_officer, tangshan
):
    send_back(case)
    send_back(build.application_at("submitted", where=tangshan.children.first()))

    above = as_user(province_officer).get(reverse("reports:returned")).context["found"]
    below = as_user(county_officer).get(reverse("reports:returned")).context["found"]

    assert [one.cases for one in above.offices] == [1, 1]
    assert below.total.cases == 0
