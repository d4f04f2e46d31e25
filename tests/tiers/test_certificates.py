"""Certificates: issued by the office, again after a rename, checked by anybody, never taken on
faith.
"""

import ast
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from pypdf import PdfReader

from registry import enterprises, signing
from registry.models import AuditEvent, Notification
from tests import build
from tiers import certification, suspension
from tiers.certificates import batches, checking, issuing, payload, standing
from tiers.certificates.checking import Reason
from tiers.models import Certificate, Certification, Issuance

NOON = build.moment("2026-03-02 12:00")
DAY = NOON.date()
LATER = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_noon():
    with time_machine.travel(NOON, tick=False):
        yield


def published(where, **given):
    factory = build.factory_at(where, **given)
    title = build.title(factory, on=DAY)
    certification.publish([title], by=build.officer_of(title.issuer), at=NOON)
    return Certification.objects.get(pk=title.pk)


@pytest.fixture
def title(changan, city_officer, staff):
    return published(changan, enterprise=staff.enterprise)


@pytest.fixture
def held(title, city_officer):
    return issue(title, city_officer)


def issue(title, by, at=NOON):
    return issuing.issue_all([title.pk], by=by, at=at)[0]


def reason(held, on=DAY):
    return standing.answer(held.code, on).reason


def page(name, *args):
    return reverse(name, args=args)


def rename(title, name="改名后的企业有限公司"):
    firm = title.factory.enterprise
    firm.refresh_from_db()
    person = build.staff_of(firm, at=NOON)
    enterprises.rename(firm, name, document="变更登记通知书", by=person, at=NOON)


# --- issuing ------------------------------------------------------------------------------------


def test_issued_certificate_says_what_the_title_says(held, title, staff):
    answer = standing.answer(held.code, DAY)

    assert answer.reason == Reason.IN_FORCE
    paper = answer.paper
    assert (paper.number, paper.issue, paper.tier) == (title.number, 1, "basic")
    assert (paper.enterprise, paper.factory) == (staff.enterprise.name, title.factory.name)
    assert (paper.valid_from, paper.last_day, paper.issued_on) == (DAY, title.last_day, DAY)
    assert paper.province == "130000"
    assert AuditEvent.objects.filter(verb="certificate.issue", target_id=title.pk).count() == 1
    assert Notification.objects.filter(recipient=staff, event="title.certified").count() == 1


def test_only_the_office_that_determined_issues(title, county_officer, province_officer, staff):
    for user in (county_officer, province_officer, staff):
        with pytest.raises(PermissionDenied):
            issue(title, user)
    assert Certificate.objects.count() == 0


def test_none_is_issued_twice_or_before_the_register(held, title, changan, city_officer):
    with pytest.raises(ValidationError, match="不需要换发"):
        issue(title, city_officer)
    with pytest.raises(ValidationError, match="列入公开名录后"):
        issue(build.title(build.factory_at(changan), on=DAY), city_officer)


def test_suspended_title_gets_none(title, city_officer):
    pause(title, city_officer)

    with pytest.raises(ValidationError, match="不在有效状态"):
        issue(title, city_officer)


def test_batch_issues_what_waits_and_nothing_else(as_user, title, changan, city_officer):
    published(changan)
    build.title(build.factory_at(changan), on=DAY)
    client = as_user(city_officer)

    assert client.get(page("tiers:certificate_list")).context["count"] == 2
    client.post(page("tiers:certificates_issue"))

    shown = client.get(page("tiers:certificate_list"))
    assert shown.context["count"] == 0
    assert [act["count"] for act in shown.context["page"]] == [2]
    together = client.get(page("reports:certificates_paper", shown.context["page"][0]["first"]))
    assert len(PdfReader(io.BytesIO(together.content)).pages) == 2


# --- more than one request carries ---------------------------------------------------------------


@pytest.fixture
def many(monkeypatch, changan):
    """Five titles where two are an act."""
    monkeypatch.setattr(issuing, "AT_ONCE", 2)
    return [published(changan) for _ in range(5)]


def ordered(as_user, by):
    answer = as_user(by).post(page("tiers:certificates_issue"))
    assert answer.url == page("tiers:certificates_progress")
    return Issuance.objects.get()


def test_large_batch_is_done_in_parts_each_a_file_of_its_own(as_user, many, city_officer):
    run, client = ordered(as_user, city_officer), as_user(city_officer)
    assert (run.lines.count(), Certificate.objects.count()) == (5, 0)

    parts = [batches.work(at=NOON + timedelta(seconds=second)) for second in range(4)]

    assert parts == [2, 2, 1, 0]
    shown = client.get(page("tiers:certificate_list")).context
    assert ([act["count"] for act in shown["page"]], shown["count"]) == ([1, 2, 2], 0)
    lines = run.lines.values_list("certification", "certificate__certification", "trouble")
    assert list(lines) == [(one.pk, one.pk, "") for one in many]
    assert AuditEvent.objects.filter(verb="certificate.issue").count() == 5
    assert AuditEvent.objects.get(verb="certificate.order").data["titles"] == 5
    told = Notification.objects.get(event="desk.certificates")
    assert (told.recipient, told.result) == (city_officer, "签发 5 张")


def test_page_says_how_far_and_comes_anew_once_done(as_user, many, city_officer):
    ordered(as_user, city_officer)
    client, here = as_user(city_officer), page("tiers:certificates_progress")
    batches.work(at=NOON)

    going = client.get(here).content.decode()
    assert "已办 2 张，共 5 张" in going
    assert f'hx-get="{here}?poll=1"' in going
    waiting = client.get(here, {"result": "waiting"}).context["page"].object_list
    assert [line.certification for line in waiting] == many[2:]
    while batches.work(at=NOON):
        pass
    assert client.get(here, {"poll": "1"})["HX-Refresh"] == "true"
    assert "hx-get" not in client.get(here).content.decode().partition("<main")[2]


def test_what_cannot_be_issued_meanwhile_says_why_and_holds_up_nothing(as_user, many, city_officer):
    run = ordered(as_user, city_officer)
    pause(many[1], city_officer)
    issue(many[3], city_officer)

    while batches.work(at=NOON):
        pass

    troubles = [line.trouble for line in run.lines.order_by("pk")]
    assert troubles == [
        "", "认定不在有效状态，不能签发证书", "", "已有证书，名称没有变更，不需要换发", "",
    ]  # fmt: skip
    assert Certificate.objects.count() == 4
    told = Notification.objects.get(event="desk.certificates")
    assert told.result == "签发 3 张，2 张没有签发"


def test_one_order_of_an_office_at_a_time(as_user, many, city_officer):
    ordered(as_user, city_officer)
    client = as_user(city_officer)

    again = client.post(page("tiers:certificates_issue"), follow=True).content.decode()

    assert "正在批量签发，请等它办完" in again
    assert Issuance.objects.count() == 1
    with pytest.raises(IntegrityError):
        Issuance.objects.create(authority=city_officer.authority, by=city_officer, at=NOON)


def test_order_of_somebody_who_has_left_ends_and_the_titles_wait_again(as_user, many, city_officer):
    run = ordered(as_user, city_officer)
    batches.work(at=NOON)
    city_officer.is_active = False
    city_officer.save()

    assert [batches.work(at=NOON), batches.work(at=NOON)] == [3, 0]

    run.refresh_from_db()
    assert run.done_at == NOON
    assert set(run.lines.refused().values_list("trouble", flat=True)) == {batches.NO_RIGHT}
    assert issuing.due(city_officer, on=DAY).count() == 3


def test_part_that_breaks_off_has_written_nothing_and_is_done_again(as_user, many, city_officer):
    """As when a worker is killed: what its transaction had written is gone with it."""
    run = ordered(as_user, city_officer)

    with transaction.atomic():
        assert batches.work(at=NOON) == 2
        transaction.set_rollback(True)
    assert (Certificate.objects.count(), run.lines.waiting().count()) == (0, 5)

    assert batches.work(at=NOON) == 2
    assert (Certificate.objects.count(), run.lines.waiting().count()) == (2, 3)


def test_other_offices_see_nothing_of_an_order(as_user, many, city_officer, province_officer):
    ordered(as_user, city_officer)

    shown = as_user(province_officer).get(page("tiers:certificates_progress"))

    assert shown.context["issuance"] is None
    assert many[0].factory.name not in shown.content.decode()


# --- what it is worth ---------------------------------------------------------------------------


def pause(title, by, at=NOON):
    terms = suspension.Terms("inquiry", "核实数据", "石工信〔2026〕8号", at.date())
    return suspension.suspend(title, terms, by=by, at=at)


def test_renamed_until_issued_again_then_the_old_one_is_refused(held, title, city_officer):
    rename(title)
    assert reason(held) == Reason.RENAMED

    fresh = issue(title, city_officer)

    assert (fresh.issue, reason(fresh), reason(held)) == (2, Reason.IN_FORCE, Reason.RENAMED)
    assert standing.answer(held.code, DAY).state.enterprise == "改名后的企业有限公司"


def test_named_back_the_first_one_is_still_replaced(held, title, city_officer):
    before = held.enterprise
    rename(title)
    issue(title, city_officer)
    rename(title, before)
    issue(title, city_officer)

    assert reason(held) == Reason.SUPERSEDED


def test_suspended_revoked_expired(held, title, city_officer):
    pause(title, city_officer)
    assert reason(held) == Reason.SUSPENDED
    suspension.restore(
        title, reason="已核实", document_no="石工信〔2026〕9号", by=city_officer, at=NOON
    )
    assert reason(held) == Reason.IN_FORCE
    assert reason(held, title.last_day) == Reason.IN_FORCE
    assert reason(held, title.last_day + LATER) == Reason.EXPIRED
    build.revoked(
        title, reason="重大事故", document_no="石工信〔2026〕50号", by=city_officer, at=NOON
    )
    assert reason(held, NOON.date()) == Reason.REVOKED


def test_signed_with_a_stolen_key_but_never_issued(held):
    paper, _, _ = payload.read(held.code)
    other = payload.Paper(**{**vars(paper), "enterprise": "冒名有限公司"})
    forged = signed(other)

    assert isinstance(checking.opened(forged, signing.known()), payload.Paper)
    assert standing.answer(forged, DAY).reason == Reason.NOT_ISSUED


def test_date_outside_the_time_of_its_key_is_a_forgery(held):
    paper, _, _ = payload.read(held.code)
    early = payload.Paper(**{**vars(paper), "issued_on": DAY - timedelta(days=4000)})

    assert standing.answer(signed(early), DAY).reason == Reason.FORGED


def signed(paper):
    from_bytes = payload.packed(paper)
    value = signing.sign(from_bytes, purpose="certificate", at=NOON).value
    return payload.code_of(from_bytes, value)


def test_old_certificates_are_good_after_rotation(held, title, changan, city_officer):
    signing.rotate("ed25519", from_=NOON + LATER, at=NOON)
    fresh = issue(published(changan), city_officer, at=NOON + LATER)

    assert fresh.key_id != held.key_id
    assert (reason(held), reason(fresh, DAY + LATER)) == (Reason.IN_FORCE, Reason.IN_FORCE)


def test_sm2_certificate_is_checked_alike(settings, title, city_officer):
    settings.SIGNING_SUITE = "sm2"
    signing.ensure("sm2", valid_from=NOON, at=NOON)
    held = issue(title, city_officer)

    assert reason(held) == Reason.IN_FORCE
    assert standing.answer(held.code[:-8] + "ABCDEFGA", DAY).reason in (
        Reason.FORGED, Reason.UNREADABLE,
    )  # fmt: skip


# --- pages --------------------------------------------------------------------------------------


def test_page_answers_anybody_in_a_sentence(client, held, title, city_officer):
    good = client.get(page("tiers:certificate_check", held.code)).content.decode()
    swapped = ("B" if held.code[20] == "A" else "A").join((held.code[:20], held.code[21:]))
    bad = client.get(page("tiers:certificate_check", swapped)).content.decode()
    torn = client.get(page("tiers:certificate_check", "ABC")).content.decode()

    assert "<h1>真实有效</h1>" in good
    assert held.enterprise in good
    assert held.enterprise not in bad
    assert "<h1>无法识别</h1>" in torn
    pause(title, city_officer)
    assert (
        "<h1>真实，认定暂停</h1>"
        in client.get(page("tiers:certificate_check", held.code)).content.decode()
    )


def test_form_takes_address_code_and_number(client, held, title):
    there = page("tiers:certificate_check", held.code)
    broken = f" {held.code[:60]}\n{held.code[60:]} "

    def asked(text):
        return client.get(page("tiers:verify"), {"q": text})

    for pasted in (f"https://example.cn{there}", held.code, broken):
        assert asked(pasted).url == there
    assert title.factory.name in asked(title.number).content.decode()
    for wrong in ("HB1", "HB2026B99999", "https://example.cn/x/?" + "q" * 60, "编号" * 30):
        assert "没有编号" in asked(wrong).content.decode()


def test_pdf_has_text_face_and_the_code(as_user, staff, rival_staff, held, title):
    answer = as_user(staff).get(page("reports:certificate_paper", held.pk))
    paper = PdfReader(io.BytesIO(answer.content)).pages[0]
    text = "".join(paper.extract_text().split())

    assert answer["Content-Type"] == "application/pdf"
    assert all(word in text for word in (title.number, held.factory, held.enterprise, held.code))
    fonts = [font.get_object() for font in paper["/Resources"]["/Font"].values()]
    assert any("NotoSansSC" in str(font["/BaseFont"]) for font in fonts)
    assert as_user(rival_staff).get(page("reports:certificate_paper", held.pk)).status_code == 404


def test_name_that_the_face_lacks_is_told(as_user, changan, city_officer):
    held = issue(published(changan, name="\U00030000工厂"), city_officer)

    answer = as_user(city_officer).get(page("reports:certificate_paper", held.pk))

    assert answer.status_code == 422
    assert "U+30000" in answer.content.decode()


def test_replaced_certificate_is_not_printed_again(as_user, staff, held, title, city_officer):
    rename(title)
    fresh = issue(title, city_officer)
    client = as_user(staff)

    assert client.get(page("reports:certificate_paper", held.pk)).status_code == 404
    assert client.get(page("reports:certificate_paper", fresh.pk)).status_code == 200


def test_title_page_issues_and_links(as_user, title, city_officer, staff):
    client = as_user(city_officer)
    client.post(page("tiers:title_certificate", title.pk))
    again = client.post(page("tiers:title_certificate", title.pk))
    held = Certificate.objects.get()

    assert again.status_code == 403
    link = page("reports:certificate_paper", held.pk)
    assert link in as_user(staff).get(page("tiers:title", title.pk)).content.decode()


def test_factory_page_links_to_the_certificate_in_use(as_user, title, city_officer, staff):
    old = issue(title, city_officer)
    rename(title)
    held = issue(title, city_officer)
    there = page("registry:factory_detail", title.factory_id)

    for user in (staff, city_officer):
        shown = as_user(user).get(there).content.decode()
        assert page("reports:certificate_paper", held.pk) in shown
        assert page("tiers:certificate_check", held.code) in shown
        assert page("reports:certificate_paper", old.pk) not in shown
    pause(title, city_officer)
    assert held.code not in as_user(staff).get(there).content.decode()


# --- without the network ------------------------------------------------------------------------


@pytest.fixture
def files(client, held, tmp_path):
    """What an outsider has downloaded."""

    def fetch():
        for name, file in (
            ("registry:signing_keys", "keys.json"),
            ("tiers:certificate_states", "states.json"),
            ("tiers:certificate_checker", "check_certificate.py"),
        ):
            (tmp_path / file).write_bytes(client.get(page(name)).content)
        return tmp_path

    return fetch


def run(folder, *codes, isolated=(), **environment):
    """The checker in a process that sees nothing of the portal."""
    command = [sys.executable, *isolated, "check_certificate.py", "--keys", "keys.json"]
    return subprocess.run(
        [*command, "--states", "states.json", "--on", DAY.isoformat(), *codes],
        cwd=folder, env={"PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_shipped_checker_gives_the_same_answers(files, held, title, changan, city_officer):
    renamed, paused = (
        issue(published(changan), city_officer),
        issue(published(changan), city_officer),
    )
    rename(renamed.certification, "另一个名称有限公司")
    pause(paused.certification, city_officer)
    codes = [held.code, renamed.code, paused.code, held.code[:-1] + "7", held.code[:99]]

    done = run(files(), *codes)

    answers = [line.split("：")[1] for line in done.stdout.splitlines() if line.startswith("结果")]
    assert answers == [standing.answer(code, DAY).reason.value for code in codes]
    assert answers[:3] == ["真实有效", "真实，企业或工厂已更名", "真实，认定暂停"]
    assert done.returncode == 1
    assert run(files(), f"https://EXAMPLE.CN/V/{held.code}").returncode == 0


def alone(folder, suite):
    """An environment in which nothing is installed but what that suite needs."""
    site = folder / f"only-{suite}"
    site.mkdir()
    for name in NEEDED[suite]:
        spec = find_spec(name)
        found = Path((spec.submodule_search_locations or [spec.origin])[0])
        (site / found.name).symlink_to(found)
    return {"isolated": ("-S",), "PYTHONPATH": str(site)}


NEEDED = {
    "ed25519": ("cryptography", "cffi", "_cffi_backend"),
    "sm2": ("gmssl", "Cryptodome"),
}


@pytest.mark.parametrize("suite", signing.SUITES)
def test_shipped_checker_runs_with_one_package_and_names_the_other(
    settings, files, changan, city_officer, suite
):
    settings.SIGNING_SUITE = suite
    signing.ensure(suite, valid_from=NOON, at=NOON)
    held, folder = issue(published(changan), city_officer), files()
    other = "sm2" if suite == "ed25519" else "ed25519"

    good = run(folder, held.code, **alone(folder, suite))
    lacking = run(folder, held.code, **alone(folder, other))

    assert (good.returncode, good.stderr) == (0, "")
    assert lacking.returncode == 2
    assert f"缺少 Python 软件包 {NEEDED[suite][0]}" in lacking.stderr


def test_shipped_checker_is_put_together_without_clashes(client, world):
    tree = ast.parse(client.get(page("tiers:certificate_checker")).content)
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    names += [
        part.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)
    ]

    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_altered_list_of_states_is_refused(files, held, title, city_officer):
    pause(title, city_officer)
    folder = files()
    states = json.loads((folder / "states.json").read_text())
    states["content"]["titles"] = {}
    (folder / "states.json").write_text(json.dumps(states))

    done = run(folder, held.code)

    assert (done.returncode, done.stdout) == (2, "")
    assert "不是本平台签署" in done.stderr


def test_withdrawal_shows_in_the_list_within_a_minute(client, held, title, city_officer):
    def listed():
        found = client.get(page("tiers:certificate_states")).json()
        known = signing.read_keys(signing.published())
        return checking.read_list(found, known).states.get(title.number)

    assert listed() is None
    pause(title, city_officer)
    with time_machine.travel(NOON + timedelta(seconds=59), tick=False):
        assert listed().status == "suspended"


def test_list_leaves_out_what_the_paper_says_itself(client, held, title):
    with time_machine.travel(build.moment("2031-03-02 12:00"), tick=False):
        content = client.get(page("tiers:certificate_states")).json()["content"]

    assert content["titles"] == {}
    assert Path(content["format"]).name == "1"
