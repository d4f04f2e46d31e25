"""Places in a round: given, taken, used up, given up, and the order in which a unit recommends."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from registry.models import AuditEvent, Notification
from registry.policy import Tier
from tests import build
from tiers import quota
from tiers.models import Application, Recommendation
from tiers.workflow import Action

AT = build.DAY
KIND = "国家级智能制造示范工厂"


@pytest.fixture(autouse=True)
def _at_noon():
    """The pages are asked on the day on which the acts of these tests happen."""
    with time_machine.travel(build.moment("2026-03-02 12:00"), tick=False):
        yield


@pytest.fixture
def batch(hebei, province_officer):
    return build.open_round(
        hebei,
        Tier.ADVANCED,
        closes_on=date(2026, 3, 31),
        recommend_by=date(2026, 4, 10),
        off_quota_kinds=[KIND],
    )


@pytest.fixture
def allot(batch, shijiazhuang, province_officer):
    def give(number, **more):
        given = {shijiazhuang.pk: number, **more}
        quota.allot(batch, given, by=province_officer, at=AT)

    return give


def order(batch, unit):
    own = quota.places(batch, [unit])[0]
    return [one.application.number for one in own.held]


def test_round_without_quotas_takes_any_number(batch, shijiazhuang, city_officer):
    cases = [build.decide(build.candidate(), by=city_officer) for _ in range(3)]

    own = quota.places(batch, [shijiazhuang])[0]
    assert (own.allotted, own.left) == (None, None)
    assert order(batch, shijiazhuang) == [case.number for case in cases]
    assert {case.step for case in cases} == {"check"}


def test_last_place_taken_the_next_is_told_who_holds_them(allot, batch, city_officer):
    allot(1)
    first, second = build.candidate(), build.candidate()
    build.decide(first, by=city_officer)

    with pytest.raises(ValidationError) as refusal:
        build.decide(second, by=city_officer)

    assert refusal.value.messages == [
        f"石家庄市在本批次的 1 个推荐名额已用完：{first.factory.name}"
        f"（{Application.objects.get(pk=first.pk).number}，市级甲推荐）。"
        "要推荐本件，请先让出一个名额"
    ]
    second.refresh_from_db()
    assert (second.status, second.step) == ("in_progress", "recommend")
    assert Recommendation.objects.count() == 1


def test_unit_without_places_has_none_once_another_has(allot, dingzhou, dingzhou_officer):
    allot(3)
    case = build.candidate(dingzhou)

    with pytest.raises(ValidationError) as refusal:
        build.decide(case, by=dingzhou_officer)

    assert refusal.value.messages == [
        "定州市在本批次没有推荐名额，请向河北省工业和信息化厅申请后再推荐"
    ]


def test_listed_kind_takes_no_place_and_needs_its_ground(allot, batch, shijiazhuang, city_officer):
    allot(0)
    case = build.candidate()

    with pytest.raises(ValidationError) as refusal:
        build.decide(case, by=city_officer, off_quota=KIND)
    assert refusal.value.messages == ["请写明不占名额的依据，例如文件名称和文号"]
    with pytest.raises(ValidationError) as refusal:
        build.decide(case, by=city_officer, off_quota="省属企业", ground="某文件")
    assert refusal.value.messages == ["请从本批次列明的不占名额类别中选择"]

    build.decide(case, by=city_officer, off_quota=KIND, ground="工信部联通装〔2023〕1号")
    own = quota.places(batch, [shijiazhuang])[0]
    assert (len(own.held), len(own.counted), own.left) == (1, 0, 0)


def test_recommendation_is_late_after_its_last_day(batch, city_officer):
    case = build.candidate()

    with pytest.raises(ValidationError) as refusal:
        build.decide(case, by=city_officer, at=build.moment("2026-04-11 00:00"))

    assert refusal.value.messages == ["推荐已于 2026-04-10 截止"]
    assert build.decide(case, by=city_officer, at=build.moment("2026-04-10 23:59")).step == "check"


def test_rejected_case_leaves_its_place_to_another(allot, city_officer, province_officer):
    allot(1)
    first, second = build.candidate(), build.candidate()
    build.decide(first, by=city_officer)

    build.decide(first, Action.REJECT, by=province_officer)

    assert build.decide(second, by=city_officer).step == "check"
    assert Recommendation.objects.standing().get().application == second


def test_returned_case_keeps_its_place_until_its_unit_gives_it_up(
    allot, city_officer, province_officer
):
    allot(1)
    first, second = build.candidate(), build.candidate()
    build.decide(first, by=city_officer)
    held = Recommendation.objects.get()

    with pytest.raises(ValidationError):
        quota.release(held, reason="改推另一家", by=city_officer, at=AT)
    build.decide(first, Action.SEND_BACK, by=province_officer)
    with pytest.raises(ValidationError):
        build.decide(second, by=city_officer)
    quota.release(held, reason="改推另一家", by=city_officer, at=AT)

    assert build.decide(second, by=city_officer).step == "check"
    with pytest.raises(ValidationError):
        build.decide(build.submit(first), by=city_officer)


def test_returned_case_comes_back_to_its_old_place(
    batch, shijiazhuang, city_officer, province_officer
):
    first, second = build.candidate(), build.candidate()
    build.decide(first, by=city_officer)
    build.decide(second, by=city_officer)
    before = order(batch, shijiazhuang)

    build.decide(first, Action.SEND_BACK, by=province_officer)
    build.decide(build.submit(first), by=city_officer)

    assert order(batch, shijiazhuang) == before


def test_other_office_neither_allots_nor_releases_nor_orders(
    allot, batch, shijiazhuang, city_officer, other_city_officer
):
    build.decide(build.candidate(), by=city_officer)
    held = Recommendation.objects.get()

    with pytest.raises(PermissionDenied):
        quota.allot(batch, {shijiazhuang.pk: 3}, by=city_officer, at=AT)
    with pytest.raises(PermissionDenied):
        quota.release(held, reason="让出", by=other_city_officer, at=AT)
    with pytest.raises(ValidationError):
        quota.reorder(batch, [held.pk], seen=[held.pk], by=other_city_officer, at=AT)
    assert Recommendation.objects.standing().count() == 1


def test_places_never_fall_below_what_is_taken(allot, batch, city_officer):
    allot(2)
    for _ in range(2):
        build.decide(build.candidate(), by=city_officer)

    with pytest.raises(ValidationError) as refusal:
        allot(1)

    assert refusal.value.messages == ["石家庄市已推荐 2 件，名额不能少于 2"]
    assert batch.quotas.get().places == 2


def test_unit_is_told_of_its_places_once(allot, city_officer):
    allot(2)
    allot(2)

    told = Notification.objects.filter(recipient=city_officer, event="round.places")
    assert [message.result for message in told] == ["本单位推荐名额 2 个"]
    assert AuditEvent.objects.filter(verb="round.allot").count() == 2


def test_order_is_the_units_and_a_stale_one_is_refused(batch, shijiazhuang, city_officer):
    numbers = [build.decide(build.candidate(), by=city_officer).number for _ in range(3)]
    ids = list(Recommendation.objects.in_order().values_list("pk", flat=True))

    quota.reorder(batch, [ids[2], ids[0], ids[1]], seen=ids, by=city_officer, at=AT)
    assert order(batch, shijiazhuang) == [numbers[2], numbers[0], numbers[1]]

    with pytest.raises(ValidationError) as refusal:
        quota.reorder(batch, ids, seen=ids, by=city_officer, at=AT)
    assert refusal.value.messages == ["这份次序刚刚变过，请看过最新的次序再排"]
    late = build.moment("2026-04-11 08:00")
    with pytest.raises(PermissionDenied):
        quota.reorder(batch, ids, seen=ids, by=city_officer, at=late)


# --- pages ----------------------------------------------------------------------------------------


def test_page_of_a_round_counts_what_its_lists_show(batch, as_user, city_officer):
    build.decide(build.candidate(), by=city_officer)
    build.candidate()
    client = as_user(city_officer)

    funnel = client.get(reverse("tiers:round", args=[batch.pk])).context["funnel"]

    counts = {line["label"]: line["count"] for line in funnel if line["count"]}
    assert counts == {"待市级推荐": 1, "待省级形式审查": 1}
    for line in funnel:
        listed = client.get(f"{reverse('tiers:desk')}?{line['query']}").context["list"]
        assert listed.page.count == line["count"]


def test_firm_reads_what_a_round_asks_for_and_no_place_of_others(
    batch, allot, as_user, staff, changan
):
    allot(2)
    build.factory_at(changan, enterprise=staff.enterprise)

    page = as_user(staff).get(reverse("tiers:round", args=[batch.pk]))

    text = page.content.decode()
    assert "申报通知" in text
    assert "2026-03-31 24:00" in text
    assert "名额 2" not in text
    assert "本单位推荐" not in text


def test_city_orders_its_cases_on_the_page(batch, as_user, shijiazhuang, city_officer):
    numbers = [build.decide(build.candidate(), by=city_officer).number for _ in range(2)]
    first, second = Recommendation.objects.in_order().values_list("pk", flat=True)
    client = as_user(city_officer)
    url = reverse("tiers:round_order", args=[batch.pk])
    typed = {"seen": [first, second], f"rank-{first}": "2", f"rank-{second}": "1"}

    client.post(url, typed)
    assert order(batch, shijiazhuang) == numbers[::-1]

    answer = client.post(url, {**typed, "seen": [second, first], f"rank-{first}": "1"}, follow=True)
    assert "有两件填了同一个次序" in answer.content.decode()
    assert order(batch, shijiazhuang) == numbers[::-1]


def test_province_gives_places_on_the_page(batch, as_user, province_officer, shijiazhuang):
    client = as_user(province_officer)
    url = reverse("tiers:round_quotas", args=[batch.pk])

    client.post(url, {f"places-{shijiazhuang.pk}": "3"})
    assert list(batch.quotas.filter(places__gt=0).values_list("authority__code", "places")) == [
        ("130100", 3)
    ]

    refused = client.post(url, {f"places-{shijiazhuang.pk}": "三"})
    assert "名额请填整数" in refused.content.decode()
    client.post(url, {f"places-{shijiazhuang.pk}": ""})
    assert batch.quotas.count() == 0


def test_page_of_a_round_asks_the_same_number_of_queries_for_four(
    batch, as_user, city_officer, django_assert_max_num_queries
):
    client = as_user(city_officer)

    def queries():
        with django_assert_max_num_queries(40) as asked:
            client.get(reverse("tiers:round", args=[batch.pk]))
        return len(asked)

    build.decide(build.candidate(), by=city_officer)
    one = queries()
    for _ in range(3):
        build.decide(build.candidate(), by=city_officer)
    assert queries() == one
