"""The pages of the register over HTTP, as their people use them."""

from datetime import date

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry import enterprises, inbox
from registry.models import Claim, Enterprise, Event, Factory, Honour, Notification, User, VetoEvent
from tests import build

FULL_WIDTH_PHONE = "".join(chr(ord(char) + 0xFEE0) for char in "0311-87654321")


def typed(**changes):
    """What a person fills in to sign up for a new firm in 长安区."""
    return {
        "credit_code": build.credit_code().lower(),
        "enterprise_name": "石家庄(新) 机械有限公司",
        "seat_0": "130000",
        "seat_1": "130100",
        "seat_2": "130102",
        "factory_place_0": "",
        "name": "王小明",
        "phone": FULL_WIDTH_PHONE,
        "email": "",
        "username": "xinjixie",
        "password": "jiaochang-2026",
        "password2": "jiaochang-2026",
        **changes,
    }


def page(client, name, *args, **kwargs):
    return client.get(reverse(name, args=args), kwargs).content.decode()


# --- sign-up --------------------------------------------------------------------------------------


def test_sign_up_leads_to_the_waiting_page(world, client, county_officer):
    answer = client.post("/sign-up/", typed(), follow=True)

    assert answer.redirect_chain == [("/waiting/", 302)]
    shown = answer.content.decode()
    assert "石家庄（新）机械有限公司" in shown
    assert "等待石家庄市长安区工业和信息化局确认" in shown
    person = User.objects.get(username="xinjixie")
    assert (person.phone, person.enterprise) == ("0311-87654321", None)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"credit_code": "91130102MA07KU8B00"}, "第 18 位校验不符"),
        ({"credit_code": "9113"}, "应为 18 位，现在是 4 位"),
        ({"credit_code": ""}, "请填写统一社会信用代码"),
        ({"enterprise_name": "甲厂"}, "企业名称太短"),
        ({"seat_0": "", "seat_1": "", "seat_2": ""}, "请选择注册地"),
        ({"seat_2": ""}, "注册地还要选到县（市、区）"),
        ({"seat_2": "130202"}, "注册地还要选到县（市、区）"),
        ({"seat_0": "110000", "seat_1": "110100", "seat_2": "110101"}, "请再选工厂所在地"),
        ({"phone": "12345"}, "手机号应为 11 位"),
        ({"email": "王小明"}, "邮件地址"),
        ({"password2": "jiaochang-2027"}, "两次填写的密码不一致"),
        ({"password": "12345678901", "password2": "12345678901"}, "密码"),
        ({"username": "a b c d"}, "用户名"),
    ],
)
def test_sign_up_says_what_to_mend_and_keeps_the_rest(world, client, changes, said):
    sent = typed(**changes)

    shown = client.post("/sign-up/", sent).content.decode()

    assert "<title>错误：企业注册" in shown
    assert "提交有问题" in shown
    assert said in shown
    for key in ("name", "phone", "username", "enterprise_name"):
        assert f'value="{sent[key]}"' in shown
    assert sent["password"] not in shown
    assert User.objects.count() == 0


def test_taken_user_name_stands_beside_its_field(staff, client):
    shown = client.post("/sign-up/", typed(username="firm-1")).content.decode()

    assert 'id="id_username_error"' in shown
    assert "这个用户名已有人使用" in shown


def test_sign_up_is_slowed_down(world, client):
    codes = [client.post("/sign-up/", {}).status_code for _ in range(21)]

    assert codes == [200] * 20 + [429]


def test_next_level_without_javascript_keeps_what_was_typed(world, client):
    sent = {"seat_0": "130000", "name": "王小明", "next_level": "seat"}

    shown = client.post("/sign-up/", sent).content.decode()

    assert "提交有问题" not in shown
    assert 'value="王小明"' in shown
    assert '<option value="130000" selected>' in shown
    assert '<option value="130100">石家庄市</option>' in shown


@pytest.mark.parametrize(
    ("tree", "chosen", "offered", "levels"),
    [
        ("divisions", {"f_0": "130000"}, "石家庄市", 2),
        ("divisions", {"f_0": "130000", "f_1": "130100"}, "长安区", 3),
        ("divisions", {"f_0": "110000", "f_1": "130100"}, "市辖区", 2),
        ("places-here", {}, "河北省", 1),
        ("industries", {"f_0": "34"}, "342 金属加工机械制造", 2),
    ],
)
def test_next_level_by_htmx(world, client, tree, chosen, offered, levels):
    shown = page(client, "registry:choices", tree, field="f", **chosen)

    assert f">{offered}</option>" in shown
    assert shown.count("<select") == levels


@pytest.mark.parametrize("address", ["/choices/colours/?field=f", '/choices/divisions/?field="'])
def test_other_lookups_are_not_found(world, client, address):
    assert client.get(address).status_code == 404


# --- waiting, confirming --------------------------------------------------------------------------


@pytest.fixture
def claim(changan):
    return build.claim_by(build.enterprise_at(changan, name="石家庄甲机械有限公司"), name="张三丰")


def test_waiting_person_sees_only_where_his_claim_stands(claim, as_user):
    client = as_user(claim.user)

    assert "等待确认" in page(client, "registry:waiting")
    for name in ("registry:enterprise", "registry:factory_list", "tiers:title_list"):
        assert client.get(reverse(name)).url == reverse("registry:waiting")
    for name in ("registry:factory_new", "assessments:veto_list"):
        assert client.get(reverse(name)).status_code == 404
    address = reverse("registry:enterprise_edit", args=[claim.enterprise_id])
    assert client.get(address).status_code == 404
    address = reverse("tiers:change_new", args=["rename"])
    assert client.get(address).url == reverse("registry:waiting")


def test_bureau_confirms(claim, county_officer, as_user):
    client = as_user(county_officer)
    shown = page(client, "registry:people")
    assert all(
        text in shown
        for text in (
            "石家庄甲机械有限公司",
            claim.enterprise.credit_code,
            "张三丰",
            claim.user.phone,
        )
    )

    answer = client.post(reverse("registry:claim_confirm", args=[claim.pk]), follow=True)

    shown = answer.content.decode()
    assert "已确认张三丰为石家庄甲机械有限公司的经办人" in shown
    assert "没有待确认的人" in shown
    assert User.objects.get(pk=claim.user_id).enterprise == claim.enterprise


def test_refusal_reaches_the_person_who_may_claim_again(claim, county_officer, as_user):
    client = as_user(county_officer)
    address = reverse("registry:claim_refuse", args=[claim.pk])
    assert "请填写原因" in client.post(address, {"reason": ""}).content.decode()
    client.post(address, {"reason": "电话核实非本企业人员"})

    client = as_user(claim.user)
    assert "电话核实非本企业人员" in page(client, "registry:waiting")
    firm = {key: value for key, value in typed().items() if key[:4] in ("cred", "ente", "seat")}
    answer = client.post(reverse("registry:claim_again"), firm, follow=True)

    assert "等待石家庄市长安区工业和信息化局确认" in answer.content.decode()
    assert Claim.objects.pending().get().enterprise.name == "石家庄（新）机械有限公司"


def test_second_decision_is_told_to_the_officer(claim, county_officer, as_user, day):
    enterprises.refuse(claim, by=county_officer, at=day, reason="查无此人")

    answer = as_user(county_officer).post(
        reverse("registry:claim_confirm", args=[claim.pk]), follow=True
    )

    assert "已经办理过了" in answer.content.decode()
    address = reverse("registry:claim_refuse", args=[claim.pk])
    answer = as_user(county_officer).get(address, follow=True)
    assert "已经办理过了" in answer.content.decode()


def test_waiting_count_equals_its_list(claim, county_officer, other_city_officer, as_user):
    shown = page(as_user(county_officer), "registry:people")
    assert '待确认 <span class="count">1</span>' in shown
    assert shown.count("/confirm/") == 1

    shown = page(as_user(other_city_officer), "registry:people")
    assert '待确认 <span class="count">0</span>' in shown
    assert "没有待确认的人" in shown


def test_claim_of_another_place_is_not_found(claim, other_city_officer, as_user):
    client = as_user(other_city_officer)

    for name in ("registry:claim_confirm", "registry:claim_refuse"):
        assert client.post(reverse(name, args=[claim.pk]), {"reason": "x"}).status_code == 404


# --- firms ----------------------------------------------------------------------------------------


def test_firm_corrects_its_facts(staff, as_user):
    client = as_user(staff)
    pk = staff.enterprise_id
    sent = {"address": "中山东路1号", "industry_0": "34", "industry_1": "342", "size": "medium"}

    answer = client.post(
        reverse("registry:enterprise_edit", args=[pk]), {**sent, "above_scale": "yes"}, follow=True
    )

    assert answer.redirect_chain == [("/enterprise/", 302)]
    firm = Enterprise.objects.get(pk=pk)
    assert (firm.industry_id, firm.above_scale) == ("342", True)
    shown = page(client, "registry:enterprise_edit", pk)
    assert '<option value="342" selected>' in shown


@pytest.mark.parametrize(
    ("asked", "reached"),
    [("/applications/", "/applications/"), ("https://example.org/", "/enterprise/")],
)
def test_facts_once_saved_lead_back_to_the_page_that_asked(staff, as_user, asked, reached):
    sent = {f"seat_{n}": code for n, code in enumerate(("130000", "130100", "130102"))}
    url = reverse("registry:enterprise_edit", args=[staff.enterprise_id])

    answer = as_user(staff).post(f"{url}?next={asked}", {**sent, "above_scale": "yes"})

    assert answer.url == reached


def test_renamed_firm_is_listed_under_its_old_name(staff, county_officer, as_user):
    address = reverse("registry:enterprise_rename", args=[staff.enterprise_id])
    client = as_user(county_officer)
    client.post(address, {"name": "河北甲装备有限公司", "document": "变更通知书"})

    assert "河北甲装备有限公司" in page(client, "registry:enterprise_list", q="石家庄甲机械")
    shown = page(client, "registry:enterprise_detail", staff.enterprise_id)
    assert "石家庄甲机械有限公司（至 " in shown
    assert "石家庄甲机械有限公司 → 河北甲装备有限公司" in shown


def test_list_shows_firms_of_the_officers_place(staff, rival_staff, other_city_officer, as_user):
    build.enterprise_at(build.authority("130202"), name="唐山甲机械有限公司")

    shown = page(as_user(other_city_officer), "registry:enterprise_list")

    assert "唐山甲机械有限公司" in shown
    assert "石家庄甲机械有限公司" not in shown
    assert "共 <b>1</b> 家" in shown


def test_firm_of_another_place_is_not_found(staff, rival_staff, other_city_officer, as_user):
    for user in (rival_staff, other_city_officer):
        client = as_user(user)
        address = reverse("registry:enterprise_edit", args=[staff.enterprise_id])
        assert client.get(address).status_code == 404
    address = reverse("registry:enterprise_rename", args=[staff.enterprise_id])
    assert client.get(address).status_code == 404


def test_officer_enters_a_firm_with_its_factory(county_officer, as_user):
    sent = {
        "credit_code": build.credit_code(),
        "name": "石家庄丁机械有限公司",
        "factory_name": "一厂",
        **{f"seat_{level}": code for level, code in enumerate(("130000", "130100", "130102"))},
        **{
            f"factory_place_{level}": code
            for level, code in enumerate(("130000", "130100", "130102"))
        },
    }
    client = as_user(county_officer)
    assert "登记企业" in page(client, "registry:enterprise_new")

    shown = client.post(reverse("registry:enterprise_new"), sent, follow=True).content.decode()

    assert "企业已登记" in shown
    assert Factory.objects.get().enterprise.name == "石家庄丁机械有限公司"


def test_honour_is_recorded_with_its_document(staff, as_user):
    client = as_user(staff)
    sent = {
        "kind": "national-demonstration-factory",
        "document_no": "工信部联通装函〔2022〕1号",
        "awarded_on": "2022-12-01",
    }

    shown = client.post(reverse("registry:honour_new"), sent, follow=True).content.decode()

    assert "智能制造示范工厂（2021—2023年）" in shown
    assert "工信部联通装函〔2022〕1号" in shown
    twice = client.post(reverse("registry:honour_new"), sent).content.decode()
    assert "这项称号已登记过" in twice
    assert Honour.objects.count() == 1


def test_veto_event_is_declared_and_says_until_when(staff, county_officer, as_user):
    client = as_user(staff)
    address = reverse("assessments:veto_new")
    sent = {"kind": "safety", "grade": "", "happened_on": "2026-01-05", "note": "〔2026〕3号"}
    assert "请选择安全生产事故的等级" in client.post(address, sent).content.decode()

    shown = client.post(address, {**sent, "grade": "larger"}, follow=True).content.decode()

    assert "较大" in shown
    assert "2029-01-05 前（含当日）不能申报" in shown
    assert VetoEvent.objects.get().recorded_by == staff
    pk = staff.enterprise_id
    client = as_user(county_officer)
    assert "安全生产事故" in page(client, "assessments:veto_list", pk)
    assert "已登记 1 项" in page(client, "registry:enterprise_detail", pk)


def test_veto_event_of_another_firm_is_not_found(staff, other_city_officer, as_user):
    client = as_user(other_city_officer)

    for name in ("assessments:veto_list", "assessments:veto_new"):
        assert client.get(reverse(name, args=[staff.enterprise_id])).status_code == 404


# --- factories ------------------------------------------------------------------------------------


def test_firm_adds_corrects_renames_and_moves_a_factory(staff, as_user):
    client = as_user(staff)
    place = {f"division_{n}": code for n, code in enumerate(("130000", "130100", "130102"))}
    sent = {"name": "一厂", "products": "数控机床", "industry_0": "34", **place}
    shown = client.post(reverse("registry:factory_new"), sent, follow=True).content.decode()
    factory = Factory.objects.get()
    assert "河北省石家庄市长安区" in shown

    def act(name, sent):
        return client.post(reverse(name, args=[factory.pk]), sent, follow=True).content.decode()

    assert "泵" in act("registry:factory_edit", {"products": "泵", "industry_0": "34"})

    def report(kind, sent):
        sent = {"factory": factory.pk, "on": "2026-03-02", **sent}
        client.post(reverse("tiers:change_new", args=[kind]), sent)
        return page(client, "registry:factory_detail", factory.pk)

    assert "<h1>第一工厂</h1>" in report("factory_rename", {"name": "第一工厂"})
    moved = {f"division_{n}": code for n, code in enumerate(("130000", "130200", "130202"))}
    assert "唐山市路南区工业和信息化局" in report("move", {"address": "新址", **moved})


def test_factory_needs_a_place_unless_abroad(staff, as_user):
    client = as_user(staff)
    assert "请选择所在地" in client.post("/factories/new/", {"name": "一厂"}).content.decode()

    shown = client.post("/factories/new/", {"name": "一厂", "abroad": "on"}, follow=True)

    assert "境外" in shown.content.decode()


def test_factory_of_another_firm_is_not_found(staff, rival_staff, changan, as_user):
    factory = build.factory_at(changan, enterprise=staff.enterprise)
    client = as_user(rival_staff)

    for act in ("detail", "edit"):
        address = reverse(f"registry:factory_{act}", args=[factory.pk])
        assert client.get(address).status_code == 404
    foreign = {"factory": factory.pk, "name": "他厂", "on": "2026-03-02"}
    answer = client.post(reverse("tiers:change_new", args=["factory_rename"]), foreign)
    assert answer.context["form"].errors["factory"]


# --- messages -------------------------------------------------------------------------------------


def test_message_is_read_and_leads_to_its_subject(staff, rival_staff, as_user, day):
    inbox.send([staff], build.message("工厂已登记", link="/factories/"), key="one", at=day)
    message = Notification.objects.get(result="工厂已登记")
    address = reverse("registry:message_open", args=[message.pk])
    assert as_user(rival_staff).post(address).status_code == 404
    client = as_user(staff)
    assert "工厂已登记" in page(client, "registry:inbox", tab="unread")

    answer = client.post(address)

    assert answer.url == "/factories/"
    assert "工厂已登记" not in page(client, "registry:inbox", tab="unread")
    assert "工厂已登记" in page(client, "registry:inbox")


def test_all_messages_are_read_at_once(staff, rival_staff, as_user, day):
    inbox.send([staff, rival_staff], build.message("平台通知"), key="all", at=day)

    as_user(staff).post(reverse("registry:messages_read_all"))

    assert Notification.objects.visible_to(staff).unread().count() == 0
    assert Notification.objects.visible_to(rival_staff).unread().filter(result="平台通知").exists()


def test_message_says_matter_result_next_step_and_deadline(staff, as_user):
    said = build.message("退回补正", next_step="按意见补正", due_on=date(2026, 3, 9), link="/home/")
    inbox.send([staff], said, key="one", at=build.DAY)
    client = as_user(staff)

    with time_machine.travel(build.moment("2026-03-12 09:00"), tick=False):
        late = page(client, "registry:inbox", event="case.returned")
    with time_machine.travel(build.moment("2026-03-09 23:59"), tick=False):
        last_day = page(client, "registry:inbox")

    for words in ("一厂的申报", "申报退回补正", "按意见补正", "2026-03-09", "去办理"):
        assert words in late
    assert '<span class="due-over">已过 3 天</span>' in late
    assert "今天截止" in last_day


def test_messages_are_narrowed_by_event(staff, as_user, day):
    inbox.send([staff], build.message("甲事"), key="one", at=day)
    inbox.send([staff], build.message("乙事", event=Event.TITLE_REVOKED), key="two", at=day)
    client = as_user(staff)

    shown = page(client, "registry:inbox", event="title.revoked")

    assert ("甲事" in shown, "乙事" in shown) == (False, True)
    # Only what he has been told of is offered.
    assert 'value="case.returned"' in shown
    assert 'value="desk.case"' not in shown


def test_message_is_marked_as_read_without_leaving_the_list(staff, as_user, day):
    inbox.send([staff], build.message("工厂已登记", link="/factories/"), key="one", at=day)
    message = Notification.objects.get(result="工厂已登记")
    address = reverse("registry:message_open", args=[message.pk])

    answer = as_user(staff).post(f"{address}?next=/messages/%3Ftab%3Dunread", {"stay": "1"})

    message.refresh_from_db()
    assert (answer.url, message.read_at is None) == ("/messages/?tab=unread", False)


# --- API ------------------------------------------------------------------------------------------


def test_api_shows_what_the_pages_show(staff, rival_staff, changan, other_city_officer, as_user):
    factory = build.factory_at(changan, enterprise=staff.enterprise)

    def names(user, resource):
        rows = as_user(user).get(f"/api/v1/{resource}/").json()["results"]
        return [row["name"] for row in rows]

    assert names(staff, "enterprises") == [staff.enterprise.name]
    assert names(staff, "factories") == [factory.name]
    assert names(rival_staff, "factories") == []
    assert names(other_city_officer, "enterprises") == []
    client = as_user(rival_staff)
    assert client.get(f"/api/v1/factories/{factory.pk}/").status_code == 404
    assert client.post("/api/v1/enterprises/", {"name": "x"}).status_code == 405


def test_api_finds_by_former_name(staff, county_officer, as_user, day):
    enterprises.rename(
        staff.enterprise, "河北甲装备有限公司", document="变更通知书", by=staff, at=day
    )

    found = as_user(county_officer).get("/api/v1/enterprises/", {"q": "石家庄甲机械"}).json()

    assert [row["name"] for row in found["results"]] == ["河北甲装备有限公司"]
    assert found["results"][0]["former_names"] == ["石家庄甲机械有限公司"]


def test_api_lists_places_and_authorities(staff, as_user):
    client = as_user(staff)

    place = client.get("/api/v1/divisions/130102/").json()
    assert place["name"] == "长安区"
    assert client.get(f"/api/v1/authorities/{place['authority']}/").json()["code"] == "130102"


# --- queries --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["registry:enterprise_list", "registry:people", "registry:inbox"])
def test_officers_list_asks_the_same_for_one_row_and_four(name, changan, county_officer, as_user):
    client = as_user(county_officer)

    def add():
        firm = build.enterprise_at(changan)
        build.factory_at(changan, enterprise=firm)
        build.claim_by(firm)

    assert queries(client, name, add) == queries(client, name, add, add, add)


@pytest.mark.parametrize("name", ["registry:factory_list", "registry:enterprise"])
def test_firms_page_asks_the_same_for_one_row_and_four(name, staff, changan, as_user):
    client = as_user(staff)

    def add():
        build.factory_at(changan, enterprise=staff.enterprise)

    assert queries(client, name, add) == queries(client, name, add, add, add)


def queries(client, name, *additions):
    """How many queries the page asks after these rows were added."""
    for add in additions:
        add()
    client.get("/healthz")  # the first request of a session also notes the browser
    with CaptureQueriesContext(connection) as asked:
        client.get(reverse(name))
    return len(asked)
