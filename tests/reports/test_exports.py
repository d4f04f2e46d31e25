"""Lists go out as files: whose rows, which columns, to whom, and what becomes of the file."""

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from registry.access import Role, Seat
from registry.audit import Verb
from registry.listings import ENTERPRISES
from registry.models import AuditEvent, Notification
from reports import exports, layouts
from reports.exports import Wanted
from reports.models import Export, ExportLayout
from tests import build

COLUMNS = [("name", "企业"), ("credit_code", "信用代码"), ("factories", "工厂")]
ADDRESS = reverse("reports:list_export", args=["enterprises"])
AT = build.DAY
#: What the address of a list needs besides its page, to show it.
PAGE_OF = {"honours": "?tab=honours"}


@pytest.fixture
def firms(changan, tangshan):
    return [
        build.enterprise_at(changan, name="=甲机械有限公司"),
        build.enterprise_at(changan, name="乙机械有限公司"),
        build.enterprise_at(tangshan, name="丙机械有限公司"),
    ]


def asked(user, query="", columns=COLUMNS, form="xlsx"):
    return exports.ask(ENTERPRISES, query, Wanted(columns, form), by=user, at=AT)


def made(user, query="", **more):
    return exports.make(asked(user, query, **more).pk, at=AT)


def sheet_of(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def opened(export):
    with export.file.open("rb") as kept:
        return sheet_of(kept.read())


def names(export):
    return sorted(row[0] for row in opened(export)[1:] if row[1])


def chosen(*keys, **more):
    return {"form": "xlsx", **{f"use-{key}": "on" for key in keys}, **more}


def downloaded(answer):
    return b"".join(answer.streaming_content)


# --- whose rows, which columns --------------------------------------------------------------------


def test_rows_are_those_that_the_list_shows(firms, city_officer, province_officer):
    assert names(made(city_officer)) == ["=甲机械有限公司", "乙机械有限公司"]
    assert len(names(made(province_officer))) == 3
    assert names(made(city_officer, "q=乙")) == ["乙机械有限公司"]


def test_rows_stand_in_the_order_of_the_list(firms, city_officer):
    up = [row[0] for row in opened(made(city_officer, "sort=name"))[1:3]]
    down = [row[0] for row in opened(made(city_officer, "sort=-name"))[1:3]]

    assert up == down[::-1]


def test_columns_stand_as_they_were_chosen(firms, city_officer):
    one = made(city_officer, columns=[("factories", "座"), ("credit_code", "代码"), ("name", "名")])

    assert opened(one)[0] == ["座", "代码", "名"]


def test_row_is_known_again_even_if_its_column_was_left_out(firms, city_officer):
    assert opened(made(city_officer, columns=[("name", "企业")]))[0] == ["企业", "信用代码"]


@pytest.mark.parametrize(
    "columns", [[], [("nothing", "无")], [("name", "同"), ("size", "同")], [("name", "长" * 41)]]
)
def test_columns_that_make_no_table_are_refused(firms, city_officer, columns):
    with pytest.raises(ValidationError):
        asked(city_officer, columns=columns)


def test_file_says_what_was_asked(firms, city_officer):
    one = made(city_officer, "q=乙")
    with one.file.open("rb") as kept:
        book = openpyxl.load_workbook(io.BytesIO(kept.read()))
    said = dict(book.worksheets[1].iter_rows(max_col=2, values_only=True))

    assert said["筛选条件"] == "名称、首字母或信用代码：乙"
    assert (said["导出单位"], said["导出人"]) == (city_officer.place_name, "市级甲")
    assert (said["行数"], said["清单标识"]) == ("1", "enterprises/1")
    assert said["内容摘要（SHA-256）"] == one.rows_sha256
    assert one.name.startswith(
        f"{city_officer.authority.short_name}_企业_名称、首字母或信用代码：乙_2026"
    )


def test_queries_do_not_grow_with_the_rows(firms, changan, city_officer):
    def counted():
        pk = asked(city_officer).pk
        with CaptureQueriesContext(
            connection,
        ) as queries:
            exports.make(pk, at=AT)
        return len(queries)

    few = counted()
    for _ in range(4):
        build.factory_at(changan)

    assert counted() == few


# --- who gets it ----------------------------------------------------------------------------------


def test_list_is_closed_to_whoever_has_no_such_page(firms, staff):
    with pytest.raises(PermissionDenied):
        asked(staff)


def test_reader_may_take_out_what_he_reads(as_user, firms, city_officer):
    city_officer.seat = Seat.READER
    city_officer.save()
    client = as_user(city_officer)

    answer = client.post(ADDRESS, chosen("name", "credit_code"), follow=True)

    assert len(sheet_of(downloaded(answer))) == 3
    assert client.post(reverse("reports:layout_save", args=["enterprises"])).status_code == 403


def test_file_is_nobody_elses(as_user, firms, city_officer, shijiazhuang, province_officer):
    one = made(city_officer)
    colleague = build.officer(shijiazhuang)
    address = reverse("reports:export_file", args=[one.pk])

    assert len(sheet_of(downloaded(as_user(city_officer).get(address)))) == 4
    assert as_user(colleague).get(address).status_code == 404
    assert as_user(province_officer).get(address).status_code == 404


def test_file_stays_behind_when_its_owner_moves(as_user, firms, city_officer, tangshan):
    one = made(city_officer)
    city_officer.authority = tangshan
    city_officer.save()

    answer = as_user(city_officer).get(reverse("reports:export_file", args=[one.pk]))
    assert answer.status_code == 404


def test_whoever_has_lost_his_place_gets_no_file(firms, city_officer, changan):
    one = asked(city_officer)
    city_officer.authority, city_officer.role = changan, Role.COUNTY
    city_officer.save()

    failed = exports.make(one.pk, at=AT)
    assert (failed.state, bool(failed.file)) == ("failed", False)
    assert "岗位" in failed.failure


def test_taking_out_is_on_record(as_user, firms, city_officer, shijiazhuang):
    one = made(city_officer, "q=乙")

    line = AuditEvent.objects.get(verb=Verb.LIST_EXPORT)
    assert (line.actor_id, line.target_id) == (city_officer.pk, str(one.pk))
    assert (line.data["listing"], line.data["rows"]) == ("enterprises", 1)
    assert line.data["sha256"] == one.sha256
    assert "乙" not in str(line.data)
    shown = as_user(build.officer(shijiazhuang)).get(
        reverse("reports:export_list"), {"tab": "office"}
    )
    assert "市级甲" in shown.content.decode()


# --- in the background ----------------------------------------------------------------------------


@pytest.fixture
def long(firms, city_officer, monkeypatch):
    """A list that nobody waits for."""
    monkeypatch.setattr("reports.exports.asking.AT_ONCE", 1)
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    return city_officer


def test_long_list_is_made_in_the_background(as_user, long):
    client = as_user(long)
    page = client.post(ADDRESS, chosen("name"), follow=True)
    one = Export.objects.get()
    assert "排队中" in page.content.decode()

    assert exports.make_due(at=AT) == 1
    assert exports.make_due(at=AT) == 0
    message = Notification.objects.get(event="desk.export")
    assert message.recipient == long
    assert "下载" in client.get(message.link).content.decode()
    one.refresh_from_db()
    assert (one.state, one.done) == ("ready", 2)


def test_killed_maker_is_followed_by_another(long, monkeypatch):
    one = asked(long)

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("reports.exports.making.keep", killed)
        with pytest.raises(KeyboardInterrupt):
            exports.make(one.pk, at=AT)
    assert exports.make_due(at=AT + timedelta(minutes=1)) == 0
    assert exports.make_due(at=AT + timedelta(minutes=6)) == 1

    one.refresh_from_db()
    assert (one.state, one.tries) == ("ready", 2)
    assert Notification.objects.filter(event="desk.export").count() == 1
    assert AuditEvent.objects.filter(verb=Verb.LIST_EXPORT).count() == 1


def test_maker_that_was_given_up_keeps_nothing(long, monkeypatch):
    one = asked(long)
    later = exports.making.keep

    def overtaken(taken, *rest):
        Export.objects.filter(pk=taken.pk).update(tries=taken.tries + 1)
        return later(taken, *rest)

    monkeypatch.setattr("reports.exports.making.keep", overtaken)

    assert exports.make(one.pk, at=AT) is None
    one.refresh_from_db()
    assert (one.state, bool(one.file)) == ("making", False)


def test_what_never_ends_is_given_up(long):
    one = asked(long)
    Export.objects.update(state="making", tries=3, taken_until=AT)

    exports.make_due(at=AT + timedelta(minutes=6))

    one.refresh_from_db()
    assert one.state == "failed"


def test_one_person_does_not_fill_the_queue(long):
    for _ in range(3):
        asked(long)

    with pytest.raises(ValidationError):
        asked(long)


def test_file_is_deleted_after_some_days(as_user, firms, city_officer):
    one = made(city_officer)
    kept = one.file.path
    assert exports.forget(at=AT + timedelta(days=6)) == 0

    assert exports.forget(at=AT + timedelta(days=8)) == 1

    one.refresh_from_db()
    assert (one.state, one.done) == ("gone", 2)
    with pytest.raises(FileNotFoundError):
        open(kept)  # noqa: SIM115
    answer = as_user(city_officer).get(reverse("reports:export_file", args=[one.pk]))
    assert answer.status_code == 404


# --- pages ----------------------------------------------------------------------------------------


def test_page_begins_as_the_list_was_seen(as_user, firms, city_officer):
    client = as_user(city_officer)
    page = client.get(ADDRESS, {"q": "乙", "columns": "size,name"})

    assert "共 1 家" in page.content.decode()
    assert [line.column.key for line in page.context["form"].lines[:2]] == ["size", "name"]
    answer = client.post(
        f"{ADDRESS}?q=乙&sort=name",
        chosen("name", "size", **{"at-name": "2", "at-size": "1", "as-size": "企业规模"}),
        follow=True,
    )
    assert sheet_of(downloaded(answer))[0] == ["企业规模", "企业名称", "信用代码"]


def test_list_links_to_its_export(as_user, firms, city_officer):
    page = as_user(city_officer).get(reverse("registry:enterprise_list"), {"q": "乙"})

    assert f'href="{ADDRESS}?q=%E4%B9%99&amp;sort=-registered"' in page.content.decode()


def test_list_there_is_not_is_not_found(as_user, city_officer, staff):
    other = reverse("reports:list_export", args=["nothing"])

    assert as_user(city_officer).get(other).status_code == 404
    assert as_user(staff).get(ADDRESS).status_code == 404


def test_nothing_chosen_is_answered_in_words(as_user, firms, city_officer, monkeypatch):
    page = as_user(city_officer).post(
        ADDRESS, chosen("name", "size", **{"as-name": "同", "as-size": "同"})
    )

    assert page.status_code == 422
    assert "列名重复：同" in page.content.decode()


# --- layouts --------------------------------------------------------------------------------------


def test_layout_serves_the_whole_office(as_user, firms, city_officer, shijiazhuang, tangshan):
    sent = chosen("name", name="报省厅格式", **{"as-name": "单位名称"})
    answer = as_user(city_officer).post(reverse("reports:layout_save", args=["enterprises"]), sent)
    layout = ExportLayout.objects.get()

    page = as_user(build.officer(shijiazhuang)).get(answer.url)
    assert page.context["form"]["as-name"].initial == "单位名称"
    assert "报省厅格式" in page.content.decode()
    elsewhere = as_user(build.officer(tangshan)).get(answer.url)
    assert "报省厅格式" not in elsewhere.content.decode()
    assert layouts.captions_of(shijiazhuang, "enterprises")["单位名称"] == "name"
    assert layout.columns == [["name", "单位名称"], ["credit_code", "信用代码"]]


def test_layout_of_that_name_is_replaced_and_dropped(as_user, firms, city_officer, tangshan):
    for column in ("name", "size"):
        layouts.save(ENTERPRISES, "格式", [(column, "")], by=city_officer, at=AT)
    layout = ExportLayout.objects.get()
    assert layout.columns[0][0] == "size"
    address = reverse("reports:layout_drop", args=[layout.pk])

    assert as_user(build.officer(tangshan)).post(address).status_code == 404
    as_user(city_officer).post(address)
    assert ExportLayout.objects.count() == 0
    verbs = AuditEvent.objects.filter(verb__startswith="layout.").values_list("verb", flat=True)
    assert list(verbs.order_by("pk")) == ["layout.save", "layout.save", "layout.drop"]


# --- every list -----------------------------------------------------------------------------------


@pytest.fixture
def rows_of_every_list(staff, changan, city_officer, day):
    factory = build.factory_at(changan, enterprise=staff.enterprise)
    build.title(factory, on=day.date())
    build.application_at("submitted", factory=build.factory_at(changan))


def asker_of(one, city_officer, province_officer, staff):
    """Somebody whose list it is."""
    return {
        (Role.ENTERPRISE,): lambda: staff,
        (Role.PROVINCE,): lambda: province_officer,
        (Role.DEPARTMENT,): lambda: build.officer_of(build.authority("130000-yjgl")),
        (Role.GROUP,): lambda: build.officer_of(build.group()),
    }.get(one.roles, lambda: city_officer)()


@pytest.mark.parametrize("key", sorted(exports.LISTINGS))
def test_every_list_goes_out_whole(rows_of_every_list, city_officer, province_officer, staff, key):
    one = exports.LISTINGS[key]
    asker = asker_of(one, city_officer, province_officer, staff)
    columns = [(column.key, "") for column in one.listing.columns]

    for form in ("xlsx", "csv"):
        wanted = Wanted(columns, form)
        made = exports.make(exports.ask(one.listing, "", wanted, by=asker, at=AT).pk, at=AT)
        itself = key == "exports"  # this file is on the list of what was taken out
        assert (made.state, made.done) == ("ready", made.expected + itself), made.failure


@pytest.mark.parametrize("key", sorted(exports.LISTINGS))
def test_list_links_to_its_file(as_user, province_officer, staff, key):
    templates = (settings.BASE_DIR / "templates").rglob("*.html")
    by_key = re.compile(rf"""with key="{key}"|'reports:list_export' '{key}'""")
    if any(by_key.search(one.read_text()) for one in templates):
        return
    listed = exports.LISTINGS[key]
    client = as_user(asker_of(listed, province_officer, province_officer, staff))
    shown = client.get(reverse(listed.listing.page) + PAGE_OF.get(key, ""))

    assert shown.context["list"].listing.key == key
    assert "components/listing/_export.html" in {one.name for one in shown.templates}


@pytest.mark.parametrize("key", sorted(exports.LISTINGS))
def test_cells_read_plainly_are_those_of_the_rows(rows_of_every_list, province_officer, key):
    listing = exports.LISTINGS[key].listing
    asked = exports.found_for(listing, province_officer, "", AT)
    columns = [column for column in listing.columns if column.paths]
    plain = asked.plainly(columns, 100)
    rows = [row for chunk in asked.chunks() for row in chunk]

    if columns:
        assert list(plain) == [tuple(one.value(row) for one in columns) for row in rows]
        assert rows


@pytest.mark.parametrize("key", sorted(exports.LISTINGS))
def test_every_list_is_sorted_searched_and_put_under_its_tabs(
    rows_of_every_list, city_officer, province_officer, staff, key
):
    one = exports.LISTINGS[key]
    asker = asker_of(one, city_officer, province_officer, staff)
    fields = one.listing.filterset.base_filters
    tabs = [name for name, _ in getattr(fields.get("tab"), "extra", {}).get("choices", ())]
    asked = [f"sort={sign}{column.key}" for column in one.listing.sortable for sign in ("", "-")]
    asked += [f"q={words}" for words in ("工厂", "gc", "91130102") if "q" in fields]
    asked += [f"tab={name}" for name in tabs]

    for query in asked:
        found = exports.found_for(one.listing, asker, query, AT)
        assert found.filterset.form.is_valid(), (query, found.filterset.errors)
        rows = one.listing.related(found.rows)[:20]
        assert len(found.dressed(list(rows))) <= 20
