"""Bulk check: what each line comes to, one cost for any length, files, signature, limits."""

import hashlib
import io
import json
import zipfile
from datetime import date

import openpyxl
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from registry import enterprises, signing
from registry.models import AuditEvent, Succession
from registry.policy import Tier
from tests import build
from tiers import bulk_check, certification
from tiers.models import Certification

NOW = build.moment("2026-06-01 10:00")
ON = NOW.date()
OLD, NEXT = "石家庄恒岳轴承科技有限公司", "石家庄新岳轴承有限公司"


@pytest.fixture(autouse=True)
def _in_june():
    with time_machine.travel(NOW, tick=False):
        yield


def titled(where, name, firm, *, on=date(2026, 3, 2), last_day=None):
    enterprise = firm if not isinstance(firm, str) else build.enterprise_at(where, name=firm)
    factory = build.factory_at(where, enterprise=enterprise, name=name)
    title = build.title(factory, on=on, last_day=last_day)
    certification.publish([title], by=build.officer_of(title.issuer), at=build.on_day(on))
    return Certification.objects.get(pk=title.pk)


@pytest.fixture
def title(changan):
    """Of a firm that was renamed since."""
    title = titled(changan, "轴承工厂", OLD)
    by = build.officer_of(changan)
    april = build.moment("2026-04-01 09:00")
    enterprises.rename(title.factory.enterprise, NEXT, document="通知书", by=by, at=april)
    return title


def answer(text, on=ON):
    return bulk_check.check([text], on)[0]


def test_name_code_number_and_former_name_find_the_title(title):
    code = title.factory.enterprise.credit_code
    spaced = f"{code[:6]} {code[6:12]} {code[12:].lower()}"
    for text in (NEXT, "轴承工厂", code, spaced, title.number, title.number.lower()):
        found = answer(text)
        assert (found.label, [one.title for one in found.matches]) == ("有效", [title]), text
        assert found.matches[0].hint == "", text
    assert answer(OLD).matches[0].hint == "按企业曾用名查到"


def test_part_of_a_name_is_no_answer(title):
    assert answer("新岳").label == "名录中没有"


def test_ended_is_said_with_its_day_and_a_past_day_with_the_name_of_then(title):
    build.revoked(title, at=build.moment("2026-05-11 10:00"))
    assert answer(NEXT).label == "已撤销"
    then = answer(NEXT, date(2026, 3, 20))
    assert (then.label, then.matches[0].then.enterprise_name) == ("有效", OLD)
    assert then.matches[0].hint == f"现名“{NEXT}　轴承工厂”"


def test_expired_title_is_said_though_no_night_recorded_it(changan):
    titled(changan, "一厂", "石家庄到期机械有限公司", last_day=date(2026, 5, 31))
    assert answer("石家庄到期机械有限公司").label == "已到期"


def test_several_factories_are_all_told(changan):
    first = titled(changan, "一厂", "石家庄多厂机械有限公司")
    second = titled(changan, "二厂", first.factory.enterprise)
    found = answer(first.factory.enterprise.credit_code)
    assert (found.label, [one.title for one in found.matches]) == ("查到多座工厂", [first, second])


def test_highest_title_in_force_is_told_and_an_ended_number_for_itself(title):
    higher = build.title(title.factory, Tier.ADVANCED, on=date(2026, 5, 4))
    assert answer(NEXT).matches[0].title == higher
    assert answer(title.number).matches[0].title == title


def test_code_of_a_firm_that_was_taken_over_still_answers(title, changan):
    firm, heir = title.factory.enterprise, build.enterprise_at(changan, name="石家庄长岳有限公司")
    deed = enterprises.Deed(Succession.Kind.ABSORPTION, date(2026, 5, 6), "注销通知书")
    by = build.officer_of(changan)
    enterprises.succeed(firm, heir, deed, by=by, at=build.moment("2026-05-20 09:00"))
    match = answer(firm.credit_code).matches[0]
    assert (match.then.enterprise_name, match.hint) == ("石家庄长岳有限公司", "工厂原属这家企业")


def test_faulty_code_is_told_from_an_unknown_one(world):
    code = build.credit_code()
    wrong = code[:17] + ("0" if code[17] != "0" else "1")
    assert (answer(code).label, answer(wrong).label) == ("名录中没有", "代码有误")
    assert answer(wrong).hint == "第 18 位校验不符，请对照营业执照"


def test_firm_without_a_public_title_is_like_an_unknown_one(changan):
    title = build.title(build.factory_at(changan), on=date(2026, 3, 2))
    firm = title.factory.enterprise
    for text in (firm.name, firm.credit_code, title.factory.name, title.number):
        assert answer(text) == bulk_check.Answer(1, text, bulk_check.Said.NONE)


def test_lines_keep_their_order_and_repeated_ones_say_so(title):
    found = bulk_check.check([NEXT, "没有的公司", NEXT], ON)
    assert [(one.number, one.label, one.hint) for one in found] == [
        (1, "有效", ""),
        (2, "名录中没有", ""),
        (3, "有效", "与第 1 行相同"),
    ]


def test_thousand_lines_cost_as_many_queries_as_one(title, changan, django_assert_num_queries):
    lines = [f"石家庄第{number}有限公司" for number in range(990)]
    others = [titled(changan, f"{n}号厂", f"石家庄{n}号机械有限公司") for n in range(5)]
    lines += [one.factory.enterprise.name for one in others]
    with django_assert_num_queries(9):
        bulk_check.check([NEXT], ON)
    with django_assert_num_queries(9):
        bulk_check.check([*lines, OLD, NEXT, *(one.number for one in others[:3])], ON)


# --- the page -------------------------------------------------------------------------------------


def post(client, **given):
    return client.post(reverse("tiers:register_check"), given)


def book(*rows):
    made, whole = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        made.active.append(row)
    made.save(whole)
    return SimpleUploadedFile("名单.xlsx", whole.getvalue())


def test_page_answers_and_keeps_nothing(client, title):
    lines = AuditEvent.objects.count()
    text = post(client, lines=f"{OLD}\n\n没有的公司").content.decode()
    assert f"/register/titles/{title.number}/" in text
    assert "有效 1、名录中没有 1" in text
    assert AuditEvent.objects.count() == lines


def test_workbook_is_read_by_its_captions(client, title):
    code = title.factory.enterprise.credit_code
    file = book(
        ("补贴申请名单",), ("序号", "企业名称", "统一社会信用代码"), (1, "随便", code), (2, OLD)
    )
    answers = post(client, file=file).context["answers"]
    assert [(one.text, one.label) for one in answers] == [(code, "有效"), (OLD, "有效")]


def test_csv_without_a_head_is_read_from_its_first_cell(client, title):
    file = SimpleUploadedFile("a.csv", f"{NEXT},x\n没有的公司,y\n".encode("gb18030"))
    answers = post(client, file=file).context["answers"]
    assert [one.label for one in answers] == ["有效", "名录中没有"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"lines": " \n"}, "没有要核验的内容"),
        ({"lines": "一\n" * 1001}, "一次最多核验 1,000 行，这里有 1,001 行"),
        ({"lines": "一", "on": "明天"}, "查询日期请按 2026-03-31 的格式填写"),
        ({"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04broken")}, "文件已损坏"),
        ({"lines": "一", "file": SimpleUploadedFile("a.csv", b"x")}, "只能选一种"),
        ({"file": SimpleUploadedFile("a.csv", b"x" * (2 * 2**20 + 1))}, "文件超过 2 MB"),
    ],
)
def test_what_cannot_be_checked_is_said(client, world, given, said):
    assert said in post(client, **given).content.decode()


def test_asking_without_end_is_stopped(client, world, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "bulk_check": "2/h/ip"}
    assert [post(client, lines="一").status_code for _ in range(3)] == [200, 200, 429]


# --- the files ------------------------------------------------------------------------------------


def unpacked(answer):
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_without_a_key_there_is_an_answer_and_no_file(client, title, settings, tmp_path):
    settings.SIGNING_DIR = tmp_path
    text = post(client, lines=NEXT, signed="1").content.decode()
    assert "暂时不能下载" in text
    assert f"/register/titles/{title.number}/" in text


def test_files_say_the_same_and_the_signature_holds_for_both(client, title):
    signing.ensure("ed25519", valid_from=NOW, at=NOW)
    files = unpacked(post(client, lines=f"{OLD}\n=1+1", signed="1"))
    document, keys = json.loads(files["核验结果.json"]), signing.known()
    assert signing.verify_document(document, keys, purpose="bulk-result") == "genuine"
    content = document["content"]
    assert content["files"]["核验结果.xlsx"]["sha256"] == (
        hashlib.sha256(files["核验结果.xlsx"]).hexdigest()
    )
    sheet = openpyxl.load_workbook(io.BytesIO(files["核验结果.xlsx"])).worksheets[0]
    told = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[:3] for row in told] == [[1, OLD, "有效"], [2, "=1+1", "名录中没有"]]
    assert [row[:3] for row in content["rows"]] == [[1, OLD, "有效"], [2, "=1+1", "名录中没有"]]
    assert content["rows"][0][-1] == f"http://testserver/register/titles/{title.number}/"

    document["content"]["rows"][0][2] = "已撤销"
    assert signing.verify_document(document, keys, purpose="bulk-result") == "forged"
