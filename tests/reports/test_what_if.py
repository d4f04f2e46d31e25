"""Other rules tried: outcomes worked out by hand, figures equal to lists, and nothing written."""

import hashlib
import io
import re
from html import unescape
from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from assessments import assessment as self_assessment
from registry import enterprises, inbox, policy
from registry.models import AuditEvent, Event
from registry.policy import Tier
from registry.policy.editions import read, rule_files
from reports import whatif
from reports.models import Export
from reports.whatif import Outcome
from tests import build
from tests.rules.everybody.test_scope import client_of, shown
from tiers import trying

BEFORE, AFTER = build.DAY, build.moment("2026-06-02 09:00")
TODAY = build.moment("2026-06-15 09:00")
ON = TODAY.date()
KEEP, FALL, RISE, UNKNOWN = Outcome
BASIC, ADVANCED, EXCELLENT, _ = Tier
LINK = re.compile(r'<a [^>]*href="(/statistics/what-if/factories/\?[^"]+)"[^>]*>(?:<b>)?(\d+)')
FOUND = re.compile(r"共 (\d+) 座")


def without_ai(factory, at):
    """All of the excellent tier but an instance that uses AI."""
    own, by = build.open_assessment(factory, at=at), build.staff_of(factory.enterprise, at=at)
    build.answered(own, EXCELLENT, by=by, at=at)
    for one in own.instances.all():
        self_assessment.remove_instance(one, by=by, at=at)
    return self_assessment.lock(own, by=by, at=at)


@pytest.fixture
def factories(earlier_edition):
    """Six factories. Assessed before June 2026 is under the conditions of 2024."""
    made = {name: build.factory_at(build.authority("130102"), name=f"{name}厂") for name in "ABCDE"}
    made["F"] = build.factory_at(build.authority("130203"), name="F厂")
    made["F"].industry_id = "3311"
    made["F"].save(update_fields=["industry"])
    for name, tier in {"A": ADVANCED, "B": EXCELLENT, "D": BASIC, "E": BASIC}.items():
        build.locked_assessment(made[name], tier, at=BEFORE)
    without_ai(made["F"], AFTER)
    for name, tier in {
        "A": ADVANCED,
        "B": EXCELLENT,
        "C": BASIC,
        "D": ADVANCED,
        "F": ADVANCED,
    }.items():
        build.title(made[name], tier, on=BEFORE.date())
    return SimpleNamespace(**made)


@pytest.fixture
def present(factories):
    return policy.current("130000", ON)


def profile(**replaced):
    """The rules of Hebei of today as text, with some lines in place of others."""
    path = next(one for one in rule_files() if one.stem == "hebei-2026")
    text = path.read_text(encoding="utf-8")
    for old, new in replaced.values():
        assert old in text
        text = text.replace(old, new, 1)
    return text


#: 基础级 asks for the third level of maturity.
GATE = ("[tiers.basic]\n", "[tiers.basic]\ngates = { maturity_level = 3 }\n")
BASIS = (
    "[basis]\n",
    '[basis]\n"tiers.basic.gates" = { confidence = "owner", source = "试算" }\n',
)


def higher():
    return profile(gate=GATE, basis=BASIS)


def tried(trial, present, code="130000"):
    office = build.authority(code)
    return {case.name[0]: case for case in whatif.cases_of(office, trial, present, ON)}


#: What D, with the answers of the basic tier, has not answered of the advanced one.
LACKING = {
    *(f"advanced.production.{n}" for n in (1, 2, 3)),
    *(f"basic.management.{n}" for n in (1, 2, 3)),
    *(f"advanced.management.{n}" for n in (1, 2)),
    *(f"basic.operation.{n}" for n in (1, 2)),
    *(f"advanced.operation.{n}" for n in (1, 2, 3)),
}
# Factory -> for each trial: outcome, conditions, whether it misses its title already.
GOLDEN = {
    # holds 先进级, assessed 先进级 under 2024 at level 2
    "A": [(KEEP, set(), False), (KEEP, set(), False), (FALL, {"maturity"}, False)],
    # holds 卓越级, assessed 卓越级 under 2024 at level 3, where nobody asked for AI
    "B": [(UNKNOWN, {"ai"}, False), (KEEP, set(), False), (UNKNOWN, {"ai"}, False)],
    # holds 基础级 from a list, level 2, no assessment
    "C": [
        (UNKNOWN, {"assessment"}, False),
        (UNKNOWN, {"assessment"}, False),
        (FALL, {"maturity"}, False),
    ],
    # holds 先进级, its newest assessment reaches 基础级 only
    "D": [(FALL, LACKING, True), (FALL, LACKING, True), (FALL, {*LACKING, "maturity"}, True)],
    # holds nothing, assessed 基础级 at level 2
    "E": [(KEEP, set(), False), (KEEP, set(), False), (FALL, {"maturity"}, False)],
    # holds 先进级, assessed under 2025 with all of 卓越级 but AI, at level 3
    "F": [(KEEP, set(), False), (RISE, {"ai"}, False), (KEEP, set(), False)],
}
TRIALS = {
    "the edition in force": lambda rules: whatif.of_edition("elements-2025", rules),
    "the edition of 2024": lambda rules: whatif.of_edition("elements-2024", rules),
    "a higher gate": lambda rules: whatif.of_profile(higher(), rules),
}


@pytest.mark.parametrize("which", range(3), ids=list(TRIALS))
def test_outcomes_are_those_worked_out_by_hand(present, which):
    trial = list(TRIALS.values())[which](present)
    found = tried(trial, present)

    assert {
        name: (case.outcome, {one.key for one in case.reasons}, case.already)
        for name, case in found.items()
    } == {name: rows[which] for name, rows in GOLDEN.items()}


def test_all_four_outcomes_are_among_the_golden_ones():
    assert {row[0] for rows in GOLDEN.values() for row in rows} == set(Outcome)


def test_words_for_what_a_factory_would_have(present):
    found = tried(whatif.of_edition("elements-2025", present), present)

    assert (found["B"].has_label, found["B"].then_label) == ("卓越级", "先进级至卓越级之间")
    assert (found["C"].has_label, found["C"].then_label) == ("基础级", "未达到基础级至先进级之间")
    assert (found["D"].has_label, found["D"].then_label) == ("先进级", "基础级")


def test_agreed_values_stand_in_place_of_the_own(earlier_edition, changan):
    factory = build.factory_at(changan)
    build.locked_assessment(factory, ADVANCED)
    case = build.application_at("submitted", factory=factory)
    build.verify(case, {"advanced.production.2": build.finds("no", "no")})
    build.decide(case)
    present = policy.current("130000", ON)
    found = tried(whatif.of_edition("elements-2024", present), present)

    # By its own word it reaches 先进级; its title was determined on less.
    assert [(one.held, one.now, one.surely) for one in found.values()] == [("basic",) * 3]


def test_event_bars_by_the_look_back_that_is_tried(present, factories):
    firm = factories.A.enterprise
    enterprises.record_veto_event(
        firm, kind="safety", grade="larger", happened_on=build.date(2022, 5, 1),
        by=build.staff_of(firm), at=BEFORE,
    )  # fmt: skip
    longer = whatif.of_profile(
        profile(years=("veto_lookback_years = 3", "veto_lookback_years = 5")), present
    )
    same = whatif.of_edition("elements-2025", present)

    assert tried(same, present)["A"].outcome == KEEP
    case = tried(longer, present)["A"]
    assert (case.outcome, case.reasons[0].key) == (FALL, "veto")
    assert [one.label for one in whatif.changes(longer, present)] == ["一票否决回溯期"]


def test_changes_are_told_in_words(present):
    def told(trial):
        return [(one.label, one.now, one.then) for one in whatif.changes(trial, present)]

    assert told(whatif.of_edition("elements-2025", present)) == []
    assert told(whatif.of_profile(higher(), present)) == [
        ("基础级成熟度", "2级及以上", "3级及以上")
    ]
    assert told(whatif.of_edition("elements-2024", present)) == [
        (
            "要素条件",
            "智能工厂梯度培育要素条件（2025年版）",
            "智能工厂梯度培育要素条件（2024年版）",
        ),
        ("卓越级人工智能场景占比", "不低于20%", "不要求"),
        ("领航级人工智能场景占比", "不低于60%", "不要求"),
    ]


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (lambda: "title = ", "不是规则文件的写法"),
        (lambda: higher().replace('title = "', 'colour = "red"\ntitle = "', 1), "Additional"),
        (lambda: profile(gate=GATE), "规则文件有 1 处不合要求，没有试算"),
        (lambda: profile(gate=GATE), "nothing says what 'tiers.basic.gates"),
        (
            lambda: profile(s=('standard = "elements-2025"', 'standard = "elements-1999"')),
            "there is no standard 'elements-1999'",
        ),
        (
            lambda: next(p for p in rule_files() if p.stem == "anhui-2025").read_text("utf-8"),
            "这是安徽省的规则文件",
        ),
    ],
)
def test_rule_file_is_refused_as_a_real_one_is(present, province_officer, text, says):
    client = client_of(province_officer)
    answer = client.post(reverse("reports:what_if"), {"text": text()})

    assert answer.status_code == 422
    assert says in unescape(shown(answer))


def test_real_files_of_the_province_can_be_tried(present):
    assert whatif.of_profile(profile(), present).standard == "elements-2025"
    assert policy.problems("x", read(rule_files()[0])) == []


def test_address_that_was_altered_tries_nothing(present, province_officer):
    word = whatif.packed(whatif.of_profile(higher(), present))
    client = client_of(province_officer)

    assert whatif.unpacked(word, present).gates == {"basic": {"maturity_level": 3}}
    for wrong in (word[:-2], "x", word[1:]):
        answer = client.get(reverse("reports:what_if") + f"?profile={wrong}")
        assert "这个试算地址不能用了" in shown(answer)
        assert "tried" not in answer.context
    other = build.officer(build.authority("340000"))
    assert "不能用了" in shown(
        client_of(other).get(reverse("reports:what_if") + f"?profile={word}")
    )


def test_rule_files_are_sent_in_by_the_province_alone(present, city_officer):
    client = client_of(city_officer)

    assert client.post(reverse("reports:what_if"), {"text": higher()}).status_code == 403
    assert 'name="text"' not in shown(client.get(reverse("reports:what_if")))


# --- pages ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["130000", "130100", "130102", "130200"])
@pytest.mark.parametrize("asked", ["edition=elements-2025", "edition=elements-2024", "profile="])
def test_every_figure_is_the_length_of_the_list_it_opens(present, code, asked):
    if asked == "profile=":
        asked += whatif.packed(whatif.of_profile(higher(), present))
    client, seen = client_of(build.officer(build.authority(code))), 0
    page = shown(client.get(f"{reverse('reports:what_if')}?{asked}"))

    for address, count in LINK.findall(page):
        answer = client.get(unescape(address))
        listed = FOUND.search(shown(answer))
        assert (address, listed and listed[1], len(answer.context["rows"])) == (
            address,
            count,
            int(count),
        )
        seen += 1

    assert seen > 8


def test_file_sent_in_leads_to_its_outcome(present, province_officer):
    client = client_of(province_officer)
    upload = io.BytesIO(higher().encode())
    upload.name = "hebei-2027.toml"
    sent = client.post(reverse("reports:what_if"), {"file": upload})
    answer = client.get(sent.url)

    assert sent.status_code == 302
    assert answer.context["picture"].total.count == 6
    assert "基础级成熟度" in shown(answer)


def test_another_citys_factories_never_appear(present, factories):
    own = client_of(build.officer(build.authority("130200")))
    asked = "?edition=elements-2024"
    pages = [own.get(reverse(f"reports:{name}") + asked) for name in ("what_if", "what_if_rows")]
    book = own.get(reverse("reports:what_if_workbook") + asked)
    listed = [row[0] for row in rows_of(book, "工厂名单")]

    assert pages[0].context["picture"].total.count == 1
    assert all("A厂" not in shown(page) for page in pages)
    assert "F厂" in shown(pages[1])
    assert listed == ["F厂"]


def rows_of(answer, sheet):
    book = load_workbook(io.BytesIO(answer.content))
    return list(book[sheet].iter_rows(min_row=2, values_only=True))


def test_workbook_says_what_the_page_says(present, province_officer, factories):
    factories.A.enterprise.name = "=1+1机械有限公司"
    factories.A.enterprise.save(update_fields=["name"])
    client = client_of(province_officer)
    answer = client.get(reverse("reports:what_if_workbook") + "?edition=elements-2024")
    kinds = {row[0]: row[1:] for row in rows_of(answer, "按等级")}
    listed = {row[0]: row for row in rows_of(answer, "工厂名单")}

    assert kinds["合计"] == (3, 1, 1, 1, 6)
    assert kinds["持有先进级"] == (1, 1, 1, 0, 3)
    assert listed["F厂"][5:8] == ("先进级", "卓越级", "升级")
    assert listed["A厂"][1] == "=1+1机械有限公司"
    assert {row[2] for row in listed.values()} == {"石家庄市", "唐山市"}


def test_firms_have_no_such_page(factories):
    own = client_of(build.staff_of(factories.A.enterprise))

    for name in ("what_if", "what_if_rows", "what_if_workbook"):
        assert own.get(reverse(f"reports:{name}") + "?edition=elements-2024").status_code == 403


def test_list_of_nothing_that_is_tried_leads_back(present, province_officer):
    answer = client_of(province_officer).get(reverse("reports:what_if_rows"))

    assert (answer.status_code, answer.url) == (302, reverse("reports:what_if"))


def test_office_without_factories_is_told_so(present):
    client = client_of(build.officer(build.authority("130300")))

    assert "还没有可以试算的工厂" in shown(
        client.get(reverse("reports:what_if") + "?edition=elements-2024")
    )


# --- the command, and that nothing is written -----------------------------------------------------


def test_command_says_what_the_page_says(present, tmp_path):
    out, book = io.StringIO(), tmp_path / "试算.xlsx"
    (tmp_path / "new.toml").write_text(higher(), encoding="utf-8")
    call_command("what_if", "130000", profile=tmp_path / "new.toml", xlsx=book, stdout=out)

    assert "辖区 6 座工厂" in out.getvalue()
    assert "降级 4 座" in out.getvalue()
    assert "无法判断 1 座" in out.getvalue()
    assert load_workbook(book)["按等级"].max_row == 6


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (("1", "--edition=elements-2024"), "没有代码为 1 的主管部门"),
        (("130000", "--edition=elements-1999"), "没有这一版要素条件"),
        (("130000", "--profile=/nowhere.toml"), "读不到规则文件"),
    ],
)
def test_command_refuses_what_it_cannot_try(present, given, says):
    with pytest.raises(CommandError, match=says):
        call_command("what_if", *given, stdout=io.StringIO())


def everything():
    """A digest of every row of every table."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            rows = sorted(map(repr, cursor.fetchall()))
            found[table] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return found


@pytest.fixture
def officers_client(present, province_officer, as_user):
    client = as_user(province_officer)
    client.get(reverse("reports:what_if"))
    return client


#: Where it stands that somebody took the workbook out: the only trace of a trial.
TAKEN_OUT = {"reports_export", "registry_auditevent"}


def test_nothing_is_written_but_that_the_workbook_was_taken_out(officers_client, present):
    was = everything()
    sent = officers_client.post(reverse("reports:what_if"), {"text": higher()})
    for asked in (sent.url.partition("?")[2], "edition=elements-2024"):
        for name in ("what_if", "what_if_rows", "what_if_workbook"):
            answer = officers_client.get(reverse(f"reports:{name}") + f"?{asked}")
            assert answer.status_code == 200
    call_command("what_if", "130000", edition="elements-2024", stdout=io.StringIO())

    now = everything()
    assert {table for table in now if now[table] != was[table]} == TAKEN_OUT
    lines = list(Export.objects.order_by("pk").values_list("title", "words", "done"))
    assert [(title, rows) for title, _, rows in lines] == [("规则试算", 6)] * 2
    assert all(words.startswith("试算：") for _, words, _ in lines)
    assert AuditEvent.objects.filter(verb="list.export").count() == 2


def test_a_write_would_be_noticed(officers_client, present, factories, province_officer):
    was = everything()
    factories.A.name = "改名厂"
    factories.A.save(update_fields=["name"])
    renamed = everything()
    message = build.message("试算", event=Event.CASE_RETURNED)
    inbox.send([province_officer], message, key="x", at=TODAY)
    told = everything()
    enterprises.rename(
        factories.B.enterprise, "另一机械有限公司",
        document="准予变更通知书", on=ON,
        by=build.officer_of(build.authority("130102")), at=TODAY,
    )  # fmt: skip
    acted = everything()

    changed = [
        {table for table in now if now[table] != then[table]}
        for then, now in ((was, renamed), (renamed, told), (told, acted))
    ]
    assert changed[0] == {"registry_factory"}
    assert "registry_notification" in changed[1]
    assert {"registry_auditevent", "registry_enterprise"} <= changed[2]


def test_queries_of_the_pages_do_not_grow(officers_client, present):
    paths = [
        reverse(f"reports:{name}") + "?edition=elements-2024"
        for name in ("what_if", "what_if_rows", "what_if_workbook")
    ]

    def queries():
        found = []
        for path in paths:
            cache.clear()
            with CaptureQueriesContext(connection) as one:
                officers_client.get(path)
            found.append(len(one))
        return found

    few = queries()
    for _ in range(3):
        build.locked_assessment(build.factory_at(build.authority("130102")), at=BEFORE)

    assert queries() == few


def test_queries_do_not_grow_with_the_factories(factories, present):
    trial = whatif.of_profile(higher(), present)

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as found:
            whatif.cases_of(build.authority("130000"), trial, present, ON)
        return len(found)

    one = queries()
    for _ in range(3):
        more = build.factory_at(build.authority("130104"))
        build.locked_assessment(more, at=BEFORE)
        build.title(more, on=BEFORE.date())
        build.title(build.factory_at(build.authority("130104")), on=BEFORE.date())

    assert (queries(), one) == (one, one)
    assert one == 11


# --- what the holder of a title lacks under the edition in force ----------------------------------


def page_of(factory, user, name="registry:factory_detail"):
    key = factory.pk if name.startswith("registry") else factory.certifications.get().pk
    return shown(client_of(user).get(reverse(name, args=[key])))


@pytest.mark.parametrize("name", ["registry:factory_detail", "tiers:title"])
def test_officer_sees_what_a_holder_of_2024_lacks_now(factories, name):
    officer = build.officer(build.authority("130100"))
    page = page_of(factories.B, officer, name)

    assert "按现行的卓越级条件，当时没有问、无法判断 1 项" in page
    assert "应用人工智能技术的场景达到规定比例" in page
    assert "按现行的先进级条件，不满足 13 项" in page_of(factories.D, officer, name)
    assert "按现行条件，先进级的要求都满足" in page_of(factories.A, officer, name)


def test_nothing_is_lacking_where_nothing_has_changed(factories):
    officer = build.officer(build.authority("130000"))

    for one in (factories.C, factories.E, factories.F):  # no assessment, no title, assessed since
        assert "按现行要素条件看" not in page_of(one, officer)
    assert "按现行要素条件看" not in page_of(factories.B, build.staff_of(factories.B.enterprise))


def test_lacking_names_each_thing_once(factories):
    found = trying.lacking(factories.D, ON)

    assert {one.item for one in found.missed} == LACKING
    assert (len(found.missed), found.unasked) == (len(LACKING), ())
    assert (found.was.code, found.now.code) == ("elements-2024", "elements-2025")
    assert trying.lacking(factories.D, BEFORE.date()) is None
