"""How firms and people enter the register, and what changes about them later."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from registry import creditcode, enterprises, searching
from registry.access import Seat
from registry.models import Claim, Division, Enterprise, Factory, Honour, Notification, User
from tests import build


def place(code):
    return Division.objects.get(code=code)


def sign_up(code=None, *, seat="130102", name="石家庄丁机械有限公司", at=build.DAY, **rest):
    return enterprises.sign_up(
        build.person(),
        credit_code=code or build.credit_code(seat),
        name=name,
        seat=place(seat),
        at=at,
        **rest,
    )


def texts_to(user):
    return [str(told) for told in Notification.objects.filter(recipient=user)]


# --- people ---------------------------------------------------------------------------------------


def test_new_firm_is_entered_and_its_person_waits(county_officer, changan):
    claim = sign_up()

    assert claim.kind == Claim.Kind.NEW
    assert claim.authority == changan
    assert claim.enterprise.name == "石家庄丁机械有限公司"
    assert texts_to(county_officer) == ["石家庄丁机械有限公司的经办人：1 人等待确认"]


def test_person_sees_nothing_before_he_is_confirmed(county_officer, day):
    claim = sign_up()
    waiting = claim.user

    assert Enterprise.objects.visible_to(waiting).count() == 0
    assert enterprises.waiting(waiting) == claim
    with pytest.raises(PermissionDenied):
        enterprises.rename(
            claim.enterprise, "石家庄戊机械有限公司", document="通知书", by=waiting, at=day
        )

    enterprises.confirm(claim, by=county_officer, at=day)

    confirmed = User.objects.get(pk=waiting.pk)
    assert list(Enterprise.objects.visible_to(confirmed)) == [claim.enterprise]
    assert enterprises.is_confirmed(confirmed)
    assert enterprises.waiting(confirmed) is None


def test_known_code_is_a_claim_and_keeps_the_record(changan):
    firm = build.enterprise_at(changan, name="石家庄甲机械有限公司")

    claim = sign_up(f" {firm.credit_code.lower()} ", name="另一个名称有限公司")

    assert claim.kind == Claim.Kind.EXISTING
    assert claim.enterprise == firm
    assert Enterprise.objects.get(pk=firm.pk).name == "石家庄甲机械有限公司"


def test_several_people_act_for_one_firm(staff, day):
    colleague = build.person_for(staff.enterprise)

    assert {staff, colleague} == set(staff.enterprise.users.all())


def test_first_person_leads_and_later_ones_fill_in(staff):
    later = build.person_for(staff.enterprise)

    assert (staff.seat, staff.seat_name) == (Seat.MANAGER, "管理员")
    assert (later.seat, later.seat_name) == (Seat.EDITOR, "填报人员")


def test_seat_without_a_manager_goes_to_the_next_person(staff):
    User.objects.filter(pk=staff.pk).update(is_active=False)

    assert build.person_for(staff.enterprise).seat == Seat.MANAGER


def test_officer_cannot_be_a_manager(city_officer):
    city_officer.seat = Seat.MANAGER

    with pytest.raises(ValidationError, match="只有企业的人员能担任管理员"):
        city_officer.validate_constraints()


def test_refused_person_may_claim_again(county_officer, day):
    claim = sign_up()
    enterprises.refuse(claim, by=county_officer, at=day, reason="查无此人")
    person = User.objects.get(pk=claim.user_id)

    again = enterprises.claim_again(
        person,
        credit_code=claim.enterprise.credit_code,
        name="石家庄丁机械有限公司",
        seat=place("130102"),
        at=day,
    )

    assert again.status == Claim.Status.PENDING
    assert enterprises.waiting(person) == again
    assert "查无此人" in texts_to(person)[0]


def test_claim_waits_once(county_officer, day):
    claim = sign_up()

    with pytest.raises(ValidationError, match="等待确认"):
        enterprises.claim_again(
            claim.user,
            credit_code=claim.enterprise.credit_code,
            name=claim.enterprise.name,
            seat=place("130102"),
            at=day,
        )


def test_confirmed_person_cannot_claim_another_firm(staff, rival_staff, day):
    with pytest.raises(PermissionDenied):
        enterprises.claim_again(
            staff,
            credit_code=rival_staff.enterprise.credit_code,
            name="石家庄乙机械有限公司",
            seat=place("130102"),
            at=day,
        )


def test_claim_is_decided_once(county_officer, city_officer, day):
    claim = sign_up()
    enterprises.refuse(claim, by=county_officer, at=day, reason="查无此人")

    with pytest.raises(ValidationError) as caught:
        enterprises.refuse(claim, by=county_officer, at=day, reason="查无此人")
    assert caught.value.code == "stale"
    with pytest.raises(ValidationError):
        enterprises.confirm(claim, by=city_officer, at=day)
    assert Claim.objects.get(pk=claim.pk).status == Claim.Status.REFUSED


def test_refusal_needs_a_reason(county_officer, day):
    with pytest.raises(ValidationError, match="原因"):
        enterprises.refuse(sign_up(), by=county_officer, at=day, reason="  ")


def test_claim_is_out_of_reach_of_others(other_city_officer, staff, day):
    claim = sign_up()

    for stranger in (other_city_officer, staff):
        with pytest.raises(PermissionDenied):
            enterprises.confirm(claim, by=stranger, at=day)


def test_seat_elsewhere_needs_a_factory_here(world, shijiazhuang):
    with pytest.raises(ValidationError) as caught:
        sign_up(seat="110101")
    assert list(caught.value.error_dict) == ["factory_place"]
    assert User.objects.count() == 0

    claim = sign_up(seat="110101", factory_place=place("130171"))

    assert claim.authority == shijiazhuang
    assert claim.enterprise.authority == shijiazhuang


def test_taken_user_name_is_refused(staff):
    with pytest.raises(ValidationError) as caught:
        enterprises.sign_up(
            build.person(username="FIRM-1"),
            credit_code=build.credit_code(),
            name="石家庄丁机械有限公司",
            seat=place("130102"),
            at=build.DAY,
        )

    assert list(caught.value.error_dict) == ["username"]


# --- firms ----------------------------------------------------------------------------------------


def test_renamed_firm_is_found_by_both_names(staff, day):
    firm = enterprises.rename(
        staff.enterprise, "河北甲(集团) 装备有限公司", document="变更通知书", by=staff, at=day
    )

    assert firm.name == "河北甲（集团）装备有限公司"
    assert list(searching.firms(Enterprise.objects.all(), "甲(集团)")) == [firm]
    assert list(searching.firms(Enterprise.objects.all(), "石家庄甲机械")) == [firm]
    assert list(searching.firms(Enterprise.objects.all(), firm.credit_code.lower())) == [firm]


def test_officer_enters_a_firm_of_another_place_with_its_factory(city_officer, shijiazhuang, day):
    facts = {"credit_code": build.credit_code("130202"), "name": "唐山甲机械有限公司"}

    with pytest.raises(ValidationError) as caught:
        enterprises.register(**facts, seat=place("130202"), by=city_officer, at=day)
    assert list(caught.value.error_dict) == ["seat"]

    firm = enterprises.register(
        **facts,
        seat=place("130202"),
        factory_name="石家庄工厂",
        factory_place=place("130102"),
        by=city_officer,
        at=day,
    )

    assert Enterprise.objects.visible_to(city_officer).get() == firm


def test_officer_cannot_enter_a_factory_outside_his_scope(city_officer, day):
    with pytest.raises(ValidationError) as caught:
        enterprises.register(
            credit_code=build.credit_code(),
            name="石家庄丁机械有限公司",
            seat=place("130102"),
            factory_name="唐山工厂",
            factory_place=place("130202"),
            by=city_officer,
            at=day,
        )

    assert list(caught.value.error_dict) == ["factory_place"]
    assert Enterprise.objects.count() == 0


def test_known_code_is_not_entered_twice(city_officer, staff, day):
    with pytest.raises(ValidationError, match="已登记为“石家庄甲机械有限公司”"):
        enterprises.register(
            credit_code=staff.enterprise.credit_code,
            name="别的机械有限公司",
            seat=place("130102"),
            by=city_officer,
            at=day,
        )


def test_honour_is_recorded_once(staff, day):
    facts = {"kind": "national-pilot", "document_no": "工信部函〔2022〕1号"}
    facts |= {"awarded_on": day.date(), "by": staff, "at": day}
    enterprises.record_honour(staff.enterprise, **facts)

    with pytest.raises(ValidationError, match="已登记过"):
        enterprises.record_honour(staff.enterprise, **facts)
    assert Honour.objects.count() == 1


# --- factories ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "authority"),
    [("130102", "130102"), ("130171", "130100"), ("130682", "130682"), ("130629", "130629")],
)
def test_authority_follows_the_place(staff, day, code, authority):
    factory = enterprises.add_factory(
        staff.enterprise, name="一厂", division=place(code), by=staff, at=day
    )

    assert factory.authority == build.authority(authority)


@pytest.mark.parametrize("division", [None, "110101"])
def test_authority_of_the_seat_answers_for_places_outside(staff, changan, day, division):
    factory = enterprises.add_factory(
        staff.enterprise,
        name="境外工厂",
        division=division and place(division),
        by=staff,
        at=day,
    )

    assert factory.authority == changan


def test_moved_factory_changes_its_authority(
    staff, county_officer, other_city_officer, tangshan, day
):
    factory = build.factory_at(county_officer.authority, enterprise=staff.enterprise, name="一厂")

    moved = enterprises.move_factory(factory, place("130202"), address="新址", by=staff, at=day)

    assert moved.authority.parent == tangshan
    told = "一厂迁址：主管部门由长安区变为路南区"
    # 路南区 has no officer of its own yet: the city above it is told.
    assert told in texts_to(county_officer)
    assert texts_to(other_city_officer) == [told]
    assert Factory.objects.visible_to(other_city_officer).get() == factory
    assert not Factory.objects.visible_to(county_officer).exists()


def test_officer_cannot_move_a_factory_out_of_his_scope(staff, city_officer, changan, day):
    factory = build.factory_at(changan, enterprise=staff.enterprise)

    with pytest.raises(ValidationError, match="不归本部门管辖"):
        enterprises.move_factory(factory, place("130202"), address="", by=city_officer, at=day)
    assert Factory.objects.get(pk=factory.pk).authority == changan


def test_factory_name_is_kept_apart(staff, changan, day):
    build.factory_at(changan, enterprise=staff.enterprise, name="一厂")

    with pytest.raises(ValidationError, match="同名"):
        enterprises.add_factory(
            staff.enterprise, name=" 一 厂 ", division=place("130102"), by=staff, at=day
        )


def test_code_of_every_made_firm_is_valid(staff):
    assert creditcode.clean(staff.enterprise.credit_code) == staff.enterprise.credit_code
