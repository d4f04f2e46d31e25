"""The provable record: sealed day by day, and every way of changing it behind its back is found."""

import json
import subprocess
import sys
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from registry import sealing, signing
from registry.models import (
    AuditEvent,
    Event,
    Notification,
    RecordCheck,
    SealedHead,
    SealedLeaf,
    SealedNode,
    SigningKey,
)
from registry.sealing import Kind, outside
from tests import build
from tiers import certification, issuing, sealed, suspension
from tiers.models import Certification

FIRST = build.DAY + timedelta(hours=14)


def sql(text, *values):
    """What somebody does who has the password of the database."""
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def seal(at):
    return sealing.seal(sealed.SOURCES, on=at.date(), at=at)


def faults():
    found = sealing.check(sealed.SOURCES)
    return [(one.kind, one.table, one.key) for one in found.faults.values()]


def own(kind):
    return list(SealedLeaf.objects.filter(kind=kind).order_by("position"))


@pytest.fixture
def titles(shijiazhuang, world):
    made = [build.title(build.factory_at(shijiazhuang), on=date(2026, 3, 2)) for _ in range(3)]
    certification.publish(made, by=build.officer_of(shijiazhuang), at=build.DAY)
    return made


@pytest.fixture
def record(titles):
    """Two heads: titles and their trail, then a day on which one was suspended."""
    seal(FIRST)
    title = titles[1]
    terms = suspension.Terms(
        kind="inquiry",
        reason="正在调查核实",
        document_no="石工信〔2026〕9号",
        from_on=(build.DAY + timedelta(days=1)).date(),
    )
    by = build.officer_of(title.issuer)
    suspension.suspend(title, terms, by=by, at=build.DAY + timedelta(days=1))
    build.factory_at(title.issuer, at=build.DAY + timedelta(days=1))
    seal(FIRST + timedelta(days=1))
    return titles


def test_sealed_record_has_no_fault(record):
    assert faults() == []
    heads = SealedHead.objects.order_by("number")
    assert [head.number for head in heads] == [1, 2]
    assert heads[1].previous == heads[0].root
    assert SealedLeaf.objects.filter(kind="audit").count() == AuditEvent.objects.count()
    assert [leaf.row_id for leaf in own("title")] == [
        *(title.pk for title in record),
        record[1].pk,
    ]


# --- twelve ways of changing it -------------------------------------------------------------------

TRAIL, LEAVES, HEADS = "registry_auditevent", "registry_sealedleaf", "registry_sealedhead"
TITLES = "tiers_certification"


def write_again(row, at):
    """The same line of the trail once more, as of another moment."""
    same = (
        "recorded_at, actor_name, verb, target_type, target_id, target_name, authority_path, data,"
        " request_id"
    )
    sql(f"INSERT INTO {TRAIL} (at, {same}) SELECT %s, {same} FROM {TRAIL} WHERE id = %s", at, row)


def edit_value(rows, titles):
    sql(f"UPDATE {TRAIL} SET target_name = 'HB2026B99999' WHERE id = %s", rows[1])
    return [(Kind.EDITED, TRAIL, rows[1])]


def edit_time(rows, titles):
    sql(f"UPDATE {TRAIL} SET at = %s WHERE id = %s", build.DAY - timedelta(days=40), rows[2])
    return [(Kind.EDITED, TRAIL, rows[2])]


def edit_actor(rows, titles):
    sql(f"UPDATE {TRAIL} SET actor_id = 1, actor_name = '别人' WHERE id = %s", rows[-1])
    return [(Kind.EDITED, TRAIL, rows[-1])]


def delete_a_middle_row(rows, titles):
    sql(f"DELETE FROM {TRAIL} WHERE id = %s", rows[3])
    return [(Kind.DELETED, TRAIL, rows[3])]


def cut_the_last_rows(rows, titles):
    sql(f"DELETE FROM {TRAIL} WHERE id >= %s", rows[-2])
    return [(Kind.CUT, TRAIL, rows[-2]), (Kind.CUT, TRAIL, rows[-1])]


def insert_an_earlier_row(rows, titles):
    write_again(rows[0], build.DAY - timedelta(days=3))
    return [(Kind.INSERTED, TRAIL, AuditEvent.objects.latest("pk").pk)]


def exchange_two_rows(rows, titles):
    first, second = rows[1], rows[4]
    for old, new in ((first, -1), (second, first), (-1, second)):
        sql(f"UPDATE {TRAIL} SET id = %s WHERE id = %s", new, old)
    return [(Kind.REORDERED, TRAIL, first), (Kind.REORDERED, TRAIL, second)]


def change_a_leaf(rows, titles):
    sql(f"UPDATE {LEAVES} SET hash = %s WHERE position = 2", b"\x07" * 32)
    return [(Kind.LEAF_CHANGED, LEAVES, 2)]


def delete_a_leaf(rows, titles):
    sql(f"DELETE FROM {LEAVES} WHERE position = 2")
    return [(Kind.LEAF_DELETED, LEAVES, 2)]


def exchange_two_leaves(rows, titles):
    for old, new in ((1, 1000), (3, 1), (1000, 3)):
        sql(f"UPDATE {LEAVES} SET position = %s WHERE position = %s", new, old)
    return [(Kind.LEAF_MOVED, LEAVES, 1), (Kind.LEAF_MOVED, LEAVES, 3)]


def change_a_head(rows, titles):
    sql(f"UPDATE {HEADS} SET root = %s WHERE number = 1", "ab" * 32)
    return [(Kind.HEAD_CHANGED, HEADS, 1)]


def change_the_newest_head(rows, titles):
    sql(f"UPDATE {HEADS} SET size = size - 1 WHERE number = 2")
    return [(Kind.HEAD_CHANGED, HEADS, 2)]


def delete_the_newest_head(rows, titles):
    sql(f"DELETE FROM {HEADS} WHERE number = 2")
    return [(Kind.HEAD_DELETED, HEADS, 2)]


def change_a_signature(rows, titles):
    other = SealedHead.objects.get(number=1).signature
    sql(f"UPDATE {HEADS} SET signature = %s WHERE number = 2", other)
    return [(Kind.SIGNATURE, HEADS, 2)]


def change_the_end_of_a_title(rows, titles):
    sql(f"UPDATE {TITLES} SET ends_on = '2039-03-03' WHERE id = %s", titles[0].pk)
    return [(Kind.EDITED, TITLES, titles[0].pk)]


def insert_a_title(rows, titles):
    columns = ", ".join(
        field.column
        for field in Certification._meta.concrete_fields
        if field.column not in ("id", "number", "tier")
    )
    sql(
        f"INSERT INTO {TITLES} (number, tier, {columns}) "
        f"SELECT 'HB2026A99999', 'advanced', {columns} FROM {TITLES} WHERE id = %s",
        titles[0].pk,
    )
    return [(Kind.INSERTED, TITLES, Certification.objects.get(number="HB2026A99999").pk)]


def delete_a_title(rows, titles):
    sql(f"DELETE FROM {TITLES} WHERE id = %s", titles[2].pk)
    return [(Kind.DELETED, TITLES, titles[2].pk)]


def rename_a_factory(rows, titles):
    factory = titles[0].factory_id
    sql("UPDATE registry_factory SET name = '另一座工厂' WHERE id = %s", factory)
    return [(Kind.EDITED, "registry_factory", factory)]


def lift_a_suspension(rows, titles):
    one = titles[1].suspensions.get()
    sql("UPDATE tiers_suspension SET ends_on = from_on WHERE id = %s", one.pk)
    return [(Kind.EDITED, "tiers_suspension", one.pk), (Kind.EDITED, TITLES, titles[1].pk)]


TAMPERINGS = (
    edit_value,
    edit_time,
    edit_actor,
    delete_a_middle_row,
    cut_the_last_rows,
    insert_an_earlier_row,
    exchange_two_rows,
    change_a_leaf,
    delete_a_leaf,
    exchange_two_leaves,
    change_a_head,
    change_the_newest_head,
    delete_the_newest_head,
    change_a_signature,
    change_the_end_of_a_title,
    insert_a_title,
    delete_a_title,
    rename_a_factory,
    lift_a_suspension,
)


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda one: one.__name__)
def test_tampering_is_found_and_named(record, tamper):
    rows = list(AuditEvent.objects.order_by("pk").values_list("pk", flat=True))

    expected = tamper(rows, record)

    assert faults() == [(kind, table, str(key)) for kind, table, key in expected]


# --- what is no tampering -------------------------------------------------------------------------


def test_what_is_withdrawn_by_an_act_is_no_fault(record, shijiazhuang, city_officer):
    at = build.DAY + timedelta(days=2)
    title = build.title(build.factory_at(shijiazhuang, at=at), on=at.date())
    seal(FIRST + timedelta(days=2))
    issuing.withdraw_all([title.pk], by=city_officer, at=at + timedelta(days=1))

    assert faults() == []
    seal(FIRST + timedelta(days=3))
    assert faults() == []


def test_day_is_sealed_once_and_a_late_night_takes_all_in(record):
    assert seal(FIRST + timedelta(days=1)) is None

    build.factory_at(record[0].issuer, at=FIRST + timedelta(days=1, hours=1))
    head = seal(FIRST + timedelta(days=9))

    assert (head.number, head.size) == (3, SealedLeaf.objects.count())
    assert faults() == []


def test_late_commit_goes_into_the_next_head(record):
    """A transaction that was open while the day was sealed has earlier numbers and times."""
    late = AuditEvent.objects.order_by("pk")[4]
    write_again(late.pk, FIRST + timedelta(hours=23))
    assert faults() == []

    seal(FIRST + timedelta(days=2))

    newest = SealedLeaf.objects.order_by("position").last()
    assert (newest.head, newest.kind) == (3, "audit")


def test_unsigned_heads_are_signed_when_there_is_a_key(titles):
    SigningKey.objects.all().delete()
    seal(FIRST)
    assert SealedHead.objects.get().signature == ""
    assert faults() == []

    signing.ensure("ed25519", valid_from=FIRST, at=FIRST)
    assert faults() == [(Kind.SIGNATURE, HEADS, "1")]
    sealing.sign_open(at=FIRST + timedelta(days=1))
    assert faults() == []


# --- the night ------------------------------------------------------------------------------------


def test_night_tells_administrators_and_leaves_out_what_is_wrong(record, administrator):
    change_the_end_of_a_title([], record)
    at = FIRST + timedelta(days=2)

    head = sealing.run(sealed.SOURCES, on=at.date(), at=at)
    assert sealing.run(sealed.SOURCES, on=at.date(), at=at) is None

    check = RecordCheck.objects.get()
    assert (check.count, check.head, head.number) == (1, 3, 3)
    assert Notification.objects.get(event=Event.DESK_RECORD).recipient == administrator
    assert not SealedLeaf.objects.filter(head=3, kind="title").exists()


def test_administrator_reads_which_rows_they_are(record, as_user, administrator):
    change_the_end_of_a_title([], record)
    check = sealing.keep(sealing.check(sealed.SOURCES), at=FIRST)
    page = as_user(administrator)

    assert "发现 1 处与存证不符" in page.get(reverse("reports:home")).content.decode()
    listed = page.get(reverse("admin:registry_recordcheck_changelist")).content.decode()
    shown = page.get(reverse("admin:registry_recordcheck_change", args=[check.pk]))

    assert "发现 1 处与存证不符" in listed
    assert f"{TITLES} {record[0].pk}：内容被改动" in shown.content.decode()


def test_nothing_is_sealed_behind_a_damaged_record(record):
    delete_the_newest_head([], record)
    at = FIRST + timedelta(days=2)

    for day in (at, at + timedelta(days=1)):
        assert sealing.run(sealed.SOURCES, on=day.date(), at=day) is None
        assert RecordCheck.objects.first().faults[0][:3] == ["head_deleted", HEADS, "2"]


def test_head_taken_out_with_all_its_leaves_is_missed(record):
    at = FIRST + timedelta(days=2)
    sealing.run(sealed.SOURCES, on=at.date(), at=at)
    sql(f"DELETE FROM {HEADS} WHERE number = 3")
    sql(f"DELETE FROM {LEAVES} WHERE head = 3")

    assert faults() == [(Kind.HEAD_DELETED, HEADS, "3")]


def test_command_names_what_is_wrong(record, tmp_path):
    out, kept = StringIO(), tmp_path / "heads.json"
    kept.write_text(json.dumps(sealing.all_heads()), encoding="utf-8")
    call_command("verify_register", heads=kept, stdout=out)
    assert "没有发现问题" in out.getvalue()

    sql(f"DELETE FROM {HEADS} WHERE number = 2")
    change_the_end_of_a_title([], record)
    with pytest.raises(CommandError, match="2 处与存证不符"):
        call_command("verify_register", heads=kept, stdout=out)

    assert f"{TITLES} {record[0].pk}：内容被改动 {record[0].number} 失效日" in out.getvalue()


# --- outsiders ------------------------------------------------------------------------------------


def fetched(client, folder, name, *args):
    """A file as somebody downloads it."""
    answer = client.get(reverse(name, args=args))
    assert answer.status_code == 200
    kept = folder / answer["Content-Disposition"].split('"')[1]
    kept.write_bytes(answer.content)
    return kept


@pytest.fixture
def files(record, client, tmp_path):
    """The checker, and all that there is to check by it."""
    downloads = (
        ("registry:record_checker",),
        ("tiers:public_record", record[1].factory_id),
        ("registry:record_consistency", 1, 2),
        ("registry:record_heads",),
    )
    return [fetched(client, tmp_path, *one) for one in downloads]


def run(*files, alone=True):
    """By a Python without packages, and without the portal."""
    done = subprocess.run(
        [sys.executable, *(("-I", "-S") if alone else ("-I",)), *map(str, files)],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PYTHONIOENCODING": "utf-8"},
    )
    return done.returncode, done.stdout + done.stderr


def spoiled(file, change):
    """The file with something changed in it."""
    held = json.loads(file.read_text(encoding="utf-8"))
    change(held)
    other = file.with_name(f"other-{file.name}")
    other.write_text(json.dumps(held), encoding="utf-8")
    return other


def test_outsider_proves_a_title_and_that_nothing_was_rewritten(files, record):
    checker, title, between, heads = files

    code, said = run(checker, title, between, heads)

    assert code == 0, said
    assert said.count(f'"number":"{record[1].number}"') == 2
    assert "第 2 期存证完整保留了第 1 期的全部条目" in said
    assert "签名没有核对" in said


def test_outsider_checks_signatures_where_he_has_the_package(files, client, tmp_path):
    keys = tmp_path / "keys.json"
    keys.write_bytes(client.get(reverse("registry:signing_keys")).content)
    checker, *proofs = files

    assert run(checker, *proofs, keys)[0] == 2
    assert "pip install cryptography" in run(checker, *proofs, keys)[1]
    code, said = run(checker, *proofs, keys, alone=False)
    assert (code, "签名没有核对" in said) == (0, False), said


def test_outsider_sees_what_was_changed(files):
    checker, title, between, heads = files

    def later_end(held):
        text = held["records"][0]["text"]
        held["records"][0]["text"] = text.replace('"ending":""', '"ending":"revoked"')

    def other_root(held):
        held["old"]["content"]["root"] = "ab" * 32

    def dropped_head(held):
        del held["heads"][0]

    assert run(checker, spoiled(title, later_end))[0] == 1
    assert run(checker, spoiled(between, other_root))[0] == 1
    assert run(checker, spoiled(heads, dropped_head))[0] == 1
    assert "两份文件中的内容不一样" in run(checker, heads, spoiled(between, other_root))[1]
    assert run(checker, checker)[0] == 2


def test_nothing_of_the_trail_is_published(files, record):
    published = "".join(file.read_text(encoding="utf-8") for file in files[1:])
    secret = SealedLeaf.objects.filter(kind="audit").first()

    assert bytes(secret.salt).hex() not in published
    assert build.officer_of(record[0].issuer).name not in published
    kinds = {json.loads(one["text"])["kind"] for one in json.loads(files[1].read_text())["records"]}
    assert kinds == {"title", "factory"}


def test_pages_lead_to_the_record(record, client):
    page = client.get(reverse("registry:record")).content.decode()
    factory = client.get(reverse("tiers:public_factory", args=[record[1].factory_id]))

    assert "第 2 期" in page
    assert SealedHead.objects.first().root in page
    assert reverse("registry:record_consistency", args=[1, 2]) in page
    assert reverse("tiers:public_record", args=[record[1].factory_id]) in factory.content.decode()


def test_files_of_what_is_not_sealed_are_not_found(titles, client):
    asked = (
        reverse("tiers:public_record", args=[titles[0].factory_id]),
        reverse("tiers:public_record", args=[987654]),
        reverse("registry:record_consistency", args=[1, 2]),
    )
    assert [client.get(address).status_code for address in asked] == [404, 404, 404]
    assert "还没有存证" in client.get(reverse("registry:record")).content.decode()


def test_proof_asks_the_same_queries_however_much_is_sealed(record, django_assert_num_queries):
    """A few hundred leaves reach the second of the levels that are kept."""
    office = record[0].issuer
    for day in range(2, 6):
        at = FIRST + timedelta(days=day)
        sites = [build.factory_at(office, at=at) for _ in range(25)]
        late = build.title(sites[0], on=at.date())
        certification.publish([late], by=build.officer_of(office), at=at)
        head = seal(at)
    assert head.size > 256
    assert SealedNode.objects.count() == 1

    for title in (record[1], late):
        with django_assert_num_queries(5 if title == late else 4):
            found = sealing.of_rows({"title": [title.pk], "factory": [title.factory_id]})

    checker = outside.Checker()
    checker.take(found)
    for old in sealing.heads():
        checker.take(sealing.between(old, head))
    checker.run()
    assert checker.faults == []
    assert faults() == []
    sql("UPDATE registry_sealednode SET hash = %s", b"\x07" * 32)
    assert faults() == [(Kind.NODE_CHANGED, "registry_sealednode", "8/0")]
