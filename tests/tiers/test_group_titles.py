"""Central groups: which firms belong to them, and the factories they certify among those."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from registry.models import AuditEvent, Enterprise, Factory, Notification
from registry.policy import Tier
from tests import build
from tests.rules.everybody.test_scope import client_of
from tiers import affiliation, delisting, eligibility, group_titles, renewal, surrender
from tiers.models import Affiliation, Application, Certification, GroupList, Standing

AT = build.DAY
TODAY = AT.date()


@pytest.fixture
def group(world):
    return build.group()


@pytest.fixture
def person(group):
    return build.officer(group, name="集团甲")


@pytest.fixture
def factory(group, person, changan):
    """Of a firm of the group, self-assessed as basic."""
    factory = build.factory_at(changan)
    build.locked_assessment(factory)
    build.affiliated(factory.enterprise, group)
    return factory


# --- who belongs ----------------------------------------


def test_firm_declares_and_group_confirms(group, person, changan):
    firm = build.enterprise_at(changan)
    one = build.affiliated(firm, group)

    one.refresh_from_db()
    assert (one.status, one.answered_by) == ("confirmed", person)
    assert Notification.objects.get(event="firm.affiliation").recipient == build.staff_of(firm)
    assert Notification.objects.get(event="desk.affiliation").recipient == person


def test_refusal_says_why_and_leaves_the_way_open(group, person, changan):
    firm = build.enterprise_at(changan)
    one = build.affiliated(firm, group, confirmed=False)
    with pytest.raises(ValidationError, match="请写明不予确认的原因"):
        affiliation.answer(one, confirmed=False, by=person, at=AT)

    affiliation.answer(one, confirmed=False, reason="不是本集团企业", by=person, at=AT)
    assert affiliation.standing_of(firm) is None
    assert build.affiliated(firm, group).status == "pending"


def test_firm_belongs_to_one_group(group, factory):
    other = build.group("group-2", "中国远航集团有限公司")

    with pytest.raises(ValidationError, match="已声明所属集团"):
        build.affiliated(factory.enterprise, other)


def test_another_group_answers_nothing(group, changan):
    stranger = build.officer(build.group("group-2", "中国远航集团有限公司"))
    one = build.affiliated(build.enterprise_at(changan), group, confirmed=False)

    with pytest.raises(PermissionDenied):
        affiliation.answer(one, confirmed=True, by=stranger, at=AT)


def test_factory_is_no_longer_certified_once_the_firm_has_left(group, factory):
    one = Affiliation.objects.get()
    affiliation.end(one, by=build.staff_of(factory.enterprise), at=AT)

    with pytest.raises(ValidationError, match="不属于本集团"):
        build.group_list([factory], group)


# --- titles ----------------------------------------


def test_group_certifies_its_own_factory(group, factory):
    title = build.group_title(factory, group)

    assert (title.tier, title.source, title.issuer) == ("advanced", "group", group)
    assert title.standing_on(TODAY) == Standing.VALID
    assert title.last_day.year == 2029
    assert title.published_on == TODAY
    assert AuditEvent.objects.filter(verb="certification.issue").count() == 1


def test_offices_of_the_place_and_the_firm_are_told(
    group, factory, city_officer, province_officer, other_city_officer
):
    build.group_title(factory, group)

    offices = Notification.objects.filter(event="desk.title")
    assert set(offices.values_list("recipient", flat=True)) == {
        build.officer_of(factory.authority).pk,
        city_officer.pk,
        province_officer.pk,
    }
    firm = Notification.objects.get(event="title.issued")
    assert firm.recipient == build.staff_of(factory.enterprise)


def test_who_prepared_the_list_does_not_confirm_it(group, person, factory):
    held = build.group_list([factory], group, by=person)

    with pytest.raises(ValidationError, match="须由另一人确认"):
        group_titles.confirm(held, seen=group_titles.digest(held), by=person, at=AT)
    assert not Certification.objects.exists()


def test_factory_of_another_firm_is_not_certified(group, factory, changan):
    strange = build.factory_at(changan)
    build.locked_assessment(strange)

    with pytest.raises(ValidationError, match="不属于本集团"):
        build.group_list([strange], group)


def test_factory_without_self_assessment_is_not_certified(group, factory, changan):
    bare = build.factory_at(changan, enterprise=factory.enterprise)

    with pytest.raises(ValidationError, match="还没有按现行要素条件完成并锁定自评"):
        build.group_list([bare], group)


def test_title_of_the_province_is_not_doubled(group, factory, province_officer):
    build.title(factory, Tier.ADVANCED, on=TODAY - timedelta(days=30))

    with pytest.raises(ValidationError, match="不重复认定"):
        build.group_list([factory], group)


def test_barred_firm_is_not_certified(group, factory, city_officer):
    build.revoked(build.title(factory, on=TODAY - timedelta(days=9)))

    with pytest.raises(ValidationError, match="不能再次申报"):
        build.group_list([factory], group)


def test_province_that_does_not_recognise_groups_is_left_out(group, factory, settings, tmp_path):
    file = settings.POLICY_FOLDERS[0] / "hebei-2025.toml"
    text = file.read_text(encoding="utf-8").replace(
        "central_groups = true", "central_groups = false"
    )
    text = text.replace("in_force_from = 2025-04-03", "in_force_from = 2026-01-01")
    (tmp_path / "hebei-2026.toml").write_text(text, encoding="utf-8")
    settings.POLICY_FOLDERS = [*settings.POLICY_FOLDERS, tmp_path]

    with pytest.raises(ValidationError, match="不承认中央企业集团"):
        build.group_list([factory], group)


def test_title_of_a_group_carries_an_application_for_excellent(group, factory, hebei, person):
    build.officer(hebei)
    build.group_title(factory, group)
    case = build.draft(factory, Tier.EXCELLENT)

    assert eligibility.prerequisite(case, on=TODAY) == []


def test_group_renews_its_own_title_and_nobody_else_does(group, factory):
    title = build.group_title(factory, group)
    later = build.on_day(title.last_day - timedelta(days=20))

    assert renewal.rule_of(title, later.date()) is None
    build.group_title(factory, group, at=later)
    title.refresh_from_db()
    assert title.ending == "superseded"


def test_group_does_not_certify_again_what_runs_for_long(group, factory):
    title = build.group_title(factory, group)

    with pytest.raises(ValidationError, match=f"有效至 {title.last_day}，.* 起的文件才能再次认定"):
        build.group_title(factory, group, at=build.on_day(TODAY + timedelta(days=30)))

    assert Certification.objects.get().ending == ""


def test_province_ends_it_by_the_document_of_the_group(group, factory, province_officer, second):
    title = build.group_title(factory, group)
    assert not surrender.may_declare(title, build.staff_of(factory.enterprise), on=TODAY)
    assert delisting.may_end(title, province_officer, on=TODAY)

    build.delisted([title], by=province_officer)
    title.refresh_from_db()
    assert title.standing_on(TODAY) == Standing.REVOKED
    assert title.factory.enterprise.bans.get().cause.startswith("被中国重装撤销先进级认定")


# --- what the group sees ----------------------------------------


def test_group_sees_its_own_firms_and_nothing_of_others(group, person, factory, changan):
    strange = build.factory_at(changan, name="别家工厂")
    page = client_of(person).get(reverse("tiers:group_home")).content.decode()

    assert factory.name in page
    assert strange.name not in page
    for model in (Enterprise, Factory, Certification, Application):
        assert not model.objects.visible_to(person).exists()


def test_list_is_entered_and_confirmed_on_its_pages(group, person, factory, client):
    second = build.officer(group, name="集团乙")
    mine = client_of(person)
    sent = mine.post(
        reverse("tiers:group_list_new"),
        {
            "document_no": "重装智造〔2026〕1号",
            "dated": "2026-03-02",
            "seen": 0,
            f"factory-{factory.pk}": "on",
        },
    )
    held = GroupList.objects.get()
    assert sent.url == reverse("tiers:group_list", args=[held.pk])

    other = client_of(second)
    digest = other.get(sent.url).context["digest"]
    other.post(reverse("tiers:group_list_confirm", args=[held.pk]), {"seen": digest})
    page = client.get(reverse("tiers:public_factory", args=[factory.pk])).content.decode()
    assert group.name in page
    assert "重装智造〔2026〕1号" in page


def test_firm_declares_and_group_answers_on_their_pages(group, person, changan):
    firm = build.enterprise_at(changan)
    staff = client_of(build.staff_of(firm))
    staff.post(reverse("tiers:affiliation"), {"group": group.pk})
    one = Affiliation.objects.get()

    client_of(person).post(
        reverse("tiers:affiliation_answer", args=[one.pk]), {"answer": "confirm"}
    )
    assert "已确认" in staff.get(reverse("registry:enterprise")).content.decode()
