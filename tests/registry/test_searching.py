"""Finding by part of a name: the same answers as plain Python gives, on both databases."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import enterprises, searching
from registry.models import Enterprise, EnterpriseName, Factory
from registry.names import folded, initials, key_of
from tests import build

AT = build.DAY
NAMES = (
    "河北华强机械（集团）有限公司",
    "河北华强 机械(唐山)有限公司",
    "重庆长安汽车股份有限公司",
    "\uff21\uff22\uff22（中国）有限公司",
    "Bosch Rexroth 传动",
    "三一重工100%控股_制造厂",
    "单",
)


@pytest.fixture
def firms(changan):
    made = []
    for name in NAMES:
        firm = build.enterprise_at(changan)
        firm.name = name
        firm.save(update_fields=["name"])
        made.append(firm)
    return made


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("（集团）", "(集团)"),
        ("【集团】", "(集团)"),
        ("\uff21\uff22\uff22", "abb"),
        ("a b　b", "abb"),
        ("Ⅳ", "iv"),
        ("华\u200b强", "华强"),
    ],
)
def test_width_case_blanks_and_brackets_do_not_count(typed, plain):
    assert folded(typed) == plain


def test_initials_know_phrases_and_keep_letters():
    assert initials(folded("重庆长安ABB")) == "cqcaabb"


# The firms are only read.
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_part_of_a_name_finds_what_python_finds(data, firms):
    name = data.draw(st.sampled_from(NAMES))
    start = data.draw(st.integers(0, len(name) - 1))
    cut = name[start : data.draw(st.integers(start + 1, len(name)))]
    typed = data.draw(st.sampled_from([cut, cut.swapcase(), initials(folded(cut)), cut[::-1]]))
    words = [folded(word) for word in typed.split() if folded(word)]

    found = searching.firms(Enterprise.objects.filter(pk__in=[one.pk for one in firms]), typed)

    expected = {one.name for one in firms if all(word in key_of(one.name) for word in words)}
    assert {one.name for one in found} == expected


@pytest.mark.parametrize(
    ("typed", "found"),
    [("hqjx", 2), ("HQJX", 2), ("集团 华强", 1), ("%", 1), ("_制造", 1), ("\\", 0), ("  ", 7)],
)
def test_search_by_initials_words_and_signs(firms, typed, found):
    rows = Enterprise.objects.filter(pk__in=[one.pk for one in firms])

    assert searching.firms(rows, typed).count() == found


def test_part_of_a_code_from_four_characters(firms):
    code, rows = firms[0].credit_code, Enterprise.objects.filter(pk=firms[0].pk)

    typed = (code, code[5:12], code.lower(), f"{code[:6]} {code[6:]}", code[-4:])
    assert [searching.firms(rows, text).count() for text in typed] == [1] * 5
    assert searching.firms(rows, code[-3:]).count() == int(folded(code[-3:]) in rows[0].search)


def test_factory_is_found_by_its_own_and_its_firms_names(changan):
    officer = build.officer(changan)
    firm = build.enterprise_at(changan)
    factory = build.factory_at(changan, enterprise=firm)
    old = firm.name
    enterprises.rename(firm, name="张家口新名重工有限公司", document="1号", by=officer, at=AT)

    for text in (factory.name, "新名重工", old, "xmzg", firm.credit_code):
        rows = searching.of_factories(Factory.objects.all(), text, by="pk")
        assert list(rows) == [factory]


def test_acts_that_write_names_keep_their_keys(changan):
    officer = build.officer(changan)
    firm = build.enterprise_at(changan)
    factory = build.factory_at(changan, enterprise=firm)
    enterprises.rename(firm, name="河北新名重工有限公司", document="1号", by=officer, at=AT)
    enterprises.rename_factory(factory, name="二号厂房", by=officer, at=AT)

    for row in (*Enterprise.objects.all(), *Factory.objects.all(), *EnterpriseName.objects.all()):
        assert row.search == key_of(row.name)
    assert (
        Enterprise.objects.get(pk=firm.pk).spoken == "he bei xin ming zhong gong you xian gong si"
    )


def test_rows_written_together_have_keys_too(changan):
    firm = build.enterprise_at(changan)

    EnterpriseName.objects.bulk_create(
        [EnterpriseName(enterprise=firm, name="旧名", until=date(2020, 1, 1))]
    )

    assert EnterpriseName.objects.get(name="旧名").search == "旧名\njm"
