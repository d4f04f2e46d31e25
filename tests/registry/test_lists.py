"""Lists of officers: order, pages, columns and views that are kept."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict
from django.urls import reverse

from registry import listing
from registry.access import Seat
from registry.listing import Asking, paging
from registry.listings import ENTERPRISES
from registry.models import AuditEvent, Enterprise, Industry, ListChoice, SavedView
from tests import build

AT = build.DAY
PAGE = reverse("registry:enterprise_list")


@pytest.fixture
def officer(changan):
    return build.officer(changan)


@pytest.fixture
def firms(changan):
    """Five firms, two without an industry, two of the same size."""
    made = [build.enterprise_at(changan) for _ in range(5)]
    metal = Industry.objects.get(code="33", level="division")
    for number, firm in enumerate(made):
        firm.created_at = AT + timedelta(days=number)
        firm.size = ("large", "small", "small", "", "medium")[number]
        firm.industry = metal if number % 2 else None
        firm.save()
    return made


def keep(client, act, **sent):
    where = sent.pop("next", PAGE)
    return client.post(f"{reverse('registry:' + act)}?next={where}", {"list": "enterprises"} | sent)


def found(user, query=""):
    return listing.found(ENTERPRISES, Asking(user, AT, QueryDict(query)))


def walked(user, query, monkeypatch, *, size=2, backwards=False):
    """Every page in turn behind the numbered ones."""
    monkeypatch.setattr(paging, "EXACT", 2)
    asked = found(user, query)
    data, pages = QueryDict("before=end" if backwards else "", mutable=True), []
    while True:
        rows = asked.filterset.qs
        one = paging.sliced(rows, asked.filterset.queryset, asked.sort.order, data, size)
        pages.append([row.pk for row in one.rows])
        way = one.previous if backwards else one.next
        if way is None or (one.number == 1 and backwards):
            return pages
        data = QueryDict(mutable=True)
        data.update(way)


@pytest.mark.parametrize("sort", ["registered", "-registered", "size", "-industry", "industry"])
def test_pages_behind_the_numbered_hold_every_row_once_in_order(officer, firms, monkeypatch, sort):
    expected = [row.pk for row in found(officer, f"sort={sort}").rows]

    pages = walked(officer, f"sort={sort}", monkeypatch)
    back = walked(officer, f"sort={sort}", monkeypatch, backwards=True)

    assert [pk for page in pages for pk in page] == expected
    assert set(expected[2:]) <= {pk for page in back for pk in page}
    assert back[0] == expected[-2:]


def test_rows_without_a_value_come_last_both_ways(officer, firms):
    for sort in ("industry", "-industry"):
        rows = [row.industry_id is None for row in found(officer, f"sort={sort}").rows]
        assert rows == [False, False, True, True, True]


def test_count_stops_where_it_is_no_longer_exact(officer, firms, monkeypatch):
    monkeypatch.setattr(paging, "EXACT", 3)

    shown = paging.sliced(
        Enterprise.objects.all(),
        Enterprise.objects.all(),
        found(officer).sort.order,
        QueryDict("page=9"),
        2,
    )

    assert (shown.count, shown.total, shown.number) == (4, "3+", 2)


@pytest.mark.parametrize(
    "query",
    ["sort=nothing", "columns=x", "page=0", "page=99999999999", "after=7&before=x", "view=8"],
)
def test_senseless_addresses_open_the_list(client, officer, firms, query):
    client.force_login(officer)

    assert firms[0].name in client.get(f"{PAGE}?{query}").content.decode()


def test_view_keeps_filters_order_and_columns_and_opens_by_default(client, officer, firms):
    client.force_login(officer)

    saved = keep(
        client, "view_save", name=" 我的 视图 ", query="sort=name&columns=name,size&page=3&view=9"
    )
    view = SavedView.objects.get()
    assert view.query == "sort=name&columns=name%2Csize"
    assert parse_qs(urlsplit(saved.url).query)["view"] == [str(view.pk)]
    keep(client, "list_opening", view=str(view.pk))

    opened = client.get(PAGE, follow=True)
    assert opened.redirect_chain[0][0].endswith(f"{view.query}&view={view.pk}")
    shown = opened.context["list"]
    assert [column.key for column in shown.columns] == ["name", "size"]
    assert shown.view == view
    assert client.get(shown.plain).status_code == 200  # all rows, without the default view
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {"view.save", "list.choose"}


def test_same_name_replaces_and_another_persons_name_is_free(client, changan, officer):
    colleague = build.officer(changan)
    for user, query in ((officer, "q=甲"), (officer, "q=乙"), (colleague, "q=丙")):
        client.force_login(user)
        keep(client, "view_save", name="视图", query=query, shared="1")

    assert SavedView.objects.count() == 2
    assert SavedView.objects.get(owner=officer).query == "q=%E4%B9%99"


def test_shared_view_is_read_by_the_office_and_changed_by_its_owner(
    client, changan, officer, other_city_officer
):
    client.force_login(officer)
    keep(client, "view_save", name="共用", query="q=甲", shared="1")
    keep(client, "view_save", name="自用", query="q=乙")
    shared, own = SavedView.objects.order_by("pk")
    answers = {}
    for user in (build.officer(changan), other_city_officer):
        client.force_login(user)
        answers[user] = [
            client.post(reverse("registry:view_delete", args=[view.pk])).status_code
            for view in (shared, own)
        ]
        seen = client.get(PAGE).context["list"].views
        assert seen == ((shared,) if user != other_city_officer else ())

    assert list(answers.values()) == [[403, 404], [404, 404]]
    client.force_login(officer)
    client.post(reverse("registry:view_rename", args=[shared.pk]), {"name": "自用"})
    assert SavedView.objects.filter(name="共用").exists()  # a name is one's own only once
    client.post(reverse("registry:view_delete", args=[shared.pk]))
    assert list(SavedView.objects.all()) == [own]


def test_reader_keeps_views_for_himself_and_shares_none(client, changan):
    reader = build.officer(changan)
    reader.seat = Seat.READER
    reader.save()
    client.force_login(reader)

    keep(client, "view_save", name="自用", query="")
    assert keep(client, "view_save", name="共用", query="", shared="1").status_code == 403
    assert list(SavedView.objects.values_list("name", flat=True)) == ["自用"]


def test_columns_are_kept_in_their_order_and_carried_by_the_address(client, officer, firms):
    client.force_login(officer)

    sent = keep(
        client,
        "list_columns",
        next=f"{PAGE}%3Fq%3Dx%26columns%3Dsize",
        column=["name", "credit_code", "size"],
        place_name="2",
        place_credit_code="1",
    )

    assert parse_qs(urlsplit(sent.url).query) == {"q": ["x"], "columns": ["credit_code,name,size"]}
    keys = [column.key for column in client.get(PAGE).context["list"].columns]
    assert keys == ["credit_code", "name", "size"]
    keep(client, "list_columns", usual="1")
    assert ListChoice.objects.get().columns == ""


@pytest.mark.parametrize("query", ["q=工厂", "sort=-name", "sort=size&q=长安"])
def test_page_and_api_hold_the_same_rows_in_the_same_order(client, officer, firms, query):
    client.force_login(officer)

    shown = [row.pk for row in client.get(f"{PAGE}?{query}").context["list"].page.rows]
    answered = client.get(f"/api/v1/enterprises/?{query}").json()["results"]

    assert sorted(row["id"] for row in answered) == sorted(shown)
    if "sort" in query:
        assert [row["id"] for row in answered] == shown
