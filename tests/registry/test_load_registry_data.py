"""The code lists and authorities as they come out of the command, run once and run again."""

import pytest
from django.core.management import CommandError, call_command

from registry.management.commands.load_registry_data import read_places, responsible_for
from registry.models import Authority, Division, Industry
from registry.policy import get

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    call_command("load_registry_data", verbosity=0)


def kinds():
    return {
        kind: Authority.objects.filter(kind=kind, path__startswith="/130000/").count()
        for kind in ("province", "city", "county")
    }


def authority_of(division):
    return Division.objects.get(code=division).authority


def test_authorities_of_a_province_are_counted(loaded):
    # 11 prefectures and three reporting units; 167 counties less the two that report themselves.
    assert kinds() == {"province": 1, "city": 14, "county": 165}


def test_reporting_units_stand_beside_the_cities(loaded):
    paths = dict(Authority.objects.values_list("code", "path"))

    assert paths["130682"] == "/130000/130682/"
    assert paths["130181"] == "/130000/130181/"
    assert paths["130632"] == "/130000/xiongan/130632/"
    assert paths["130102"] == "/130000/130100/130102/"


def test_parent_is_one_step_up_the_path(loaded):
    for authority in Authority.objects.select_related("parent"):
        above = authority.parent.path if authority.parent else "/"
        assert authority.path == f"{above}{authority.code}/"


def test_address_finds_the_lowest_authority(loaded):
    assert authority_of("130102").code == "130102"
    assert authority_of("130682").code == "130682"
    assert authority_of("130629").path == "/130000/xiongan/130629/"
    assert authority_of("130100").code == "130100"
    assert authority_of("130000").code == "130000"


def test_zone_belongs_to_its_city(loaded):
    assert authority_of("130171").code == "130100"
    assert Authority.objects.filter(code="130171").exists() is False


def test_division_outside_the_loaded_provinces_has_no_authority(loaded):
    assert authority_of("110101") is None


def test_districts_of_one_name_are_told_apart(loaded):
    names = list(
        Authority.objects.filter(short_name="桥西区")
        .order_by("code")
        .values_list("name", flat=True)
    )

    assert names == ["石家庄市桥西区工业和信息化局", "张家口市桥西区工业和信息化局"]


def test_industries_cover_mining_manufacturing_and_utilities(loaded):
    divisions = Industry.objects.filter(level="division").values_list("parent_id", flat=True)

    assert {section: list(divisions).count(section) for section in "BCD"} == {
        "B": 7,
        "C": 31,
        "D": 3,
    }
    assert Industry.objects.get(code="0610").parent.parent.parent.name == "采矿业"


def test_second_run_changes_nothing(loaded):
    def everything():
        return [
            list(model.objects.order_by("pk").values_list())
            for model in (Authority, Division, Industry)
        ]

    before = everything()
    call_command("load_registry_data", verbosity=0)

    assert everything() == before


def test_second_run_mends_a_changed_name(loaded):
    Authority.objects.filter(code="130100").update(name="旧名称")
    call_command("load_registry_data", province=["130000"], verbosity=0)

    assert Authority.objects.get(code="130100").name == "石家庄市工业和信息化局"


def test_loading_takes_few_queries(django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        call_command("load_registry_data", province=["130000"], verbosity=0)


def test_province_without_rules_is_refused():
    with pytest.raises(CommandError, match="990000"):
        call_command("load_registry_data", province=["990000"], verbosity=0)


def test_every_division_of_a_province_is_answered_for():
    places, rules = read_places(), get("hebei-2025")
    offices = {code for code in places if places[code].level != "zone"} | {"xiongan"}

    found = responsible_for(rules, places, offices)

    assert set(found) == {code for code in places if code.startswith("13")}
