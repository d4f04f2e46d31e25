"""Credit codes and names as people type them."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from registry import creditcode

# A published example, not made by the code under test.
PUBLISHED = "91110000600037341L"
MADE = creditcode.complete("91130102MA07KU8B")
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def other_than(char):
    return "2" if char != "2" else "3"


def code_of(text):
    with pytest.raises(ValidationError) as caught:
        creditcode.clean(text)
    return caught.value.code


def test_published_code_is_accepted():
    assert creditcode.clean(PUBLISHED) == PUBLISHED


def test_made_code_has_both_check_digits():
    assert creditcode.complete(PUBLISHED[:16]) == PUBLISHED
    assert creditcode.clean(MADE) == MADE


@pytest.mark.parametrize(
    "typed",
    [
        PUBLISHED.lower(),
        f" {PUBLISHED[:6]} {PUBLISHED[6:]}\n",
        "\u200b" + PUBLISHED,
        "-".join([PUBLISHED[:2], PUBLISHED[2:8], PUBLISHED[8:]]),
        "".join(chr(ord(char) + 0xFEE0) for char in PUBLISHED),
    ],
    ids=["lower case", "blanks", "invisible character", "dashes", "full width"],
)
def test_typed_code_is_tidied(typed):
    assert creditcode.clean(typed) == PUBLISHED


def test_wrong_last_place_is_named():
    assert code_of(MADE[:17] + other_than(MADE[17])) == "credit_code_check"


def test_wrong_organisation_place_is_named():
    seventeen = MADE[:16] + other_than(MADE[16])
    weights = [3**place % 31 for place in range(17)]
    total = sum(
        weight * ALPHABET.index(char) for weight, char in zip(weights, seventeen, strict=True)
    )

    assert code_of(seventeen + ALPHABET[(31 - total % 31) % 31]) == "credit_code_organisation"


@pytest.mark.parametrize("text", ["", MADE[:17], MADE + "1"])
def test_wrong_length_is_named(text):
    assert code_of(text) == "credit_code_length"


@pytest.mark.parametrize("char", "IOSVZ")
def test_letters_that_codes_avoid_are_named(char):
    assert code_of(MADE[:10] + char + MADE[11:]) == "credit_code_format"


@given(st.text(alphabet=ALPHABET, min_size=8, max_size=8))
def test_every_made_code_is_accepted(organisation):
    code = creditcode.complete("91130102" + organisation)

    assert creditcode.clean(code) == code


@given(st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_place_is_always_found(place, char):
    if MADE[place] == char:
        return

    with pytest.raises(ValidationError):
        creditcode.clean(MADE[:place] + char + MADE[place + 1 :])


@pytest.mark.parametrize(
    ("typed", "tidied"),
    [
        ("河北(石家庄)机械有限公司", "河北（石家庄）机械有限公司"),
        ("河北【新】机械有限公司", "河北（新）机械有限公司"),
        (" 河北 机械　有限公司 ", "河北机械有限公司"),
        ("\uff21\uff22\uff22 China有限公司", "ABB China有限公司"),
        ("ABB 中国", "ABB中国"),
    ],
)
def test_name_is_tidied(typed, tidied):
    assert creditcode.tidy_name(typed) == tidied
