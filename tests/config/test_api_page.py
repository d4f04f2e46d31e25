"""The page that describes the API to people."""

from django.urls import reverse

from config import problems
from config.api.description import Operation, operations
from config.api.resources import router


def test_page_lists_what_the_schema_lists(client):
    answer = client.get(reverse("api:docs"))
    addresses = [one.address for one in answer.context["operations"]]

    assert answer.status_code == 200
    assert addresses == sorted(addresses)
    assert {a.split("/")[3] for a in addresses} == {prefix for prefix, _, _ in router.registry}
    assert "/api/v1/applications/{id}/act/" in answer.content.decode()


def test_page_names_the_filters_of_the_public_register(client):
    client.get(reverse("api:docs"))
    found = next(one for one in operations() if one.address == "/api/v1/register/")

    assert found == Operation(
        "认定结果",
        "GET",
        "/api/v1/register/",
        "after、before、city、industry、on、page_size、province、q、sort、status、tier、year",
    )


def test_every_kind_of_refusal_has_its_place_on_the_page(client):
    text = client.get(reverse("api:docs")).content.decode()

    assert [kind for kind in problems.KINDS if f'id="problem-{kind}"' not in text] == []
