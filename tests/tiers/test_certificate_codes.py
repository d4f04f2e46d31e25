"""No byte of a certificate and no character of its printed code can be changed unnoticed.

Fifty certificates under Ed25519 in full, and some of SM2, which takes 25 ms a check; one of SM2 in
full is in the lane of documents.
"""

from datetime import date, timedelta
from random import Random

import pytest

from registry import signing
from registry.signing import Unreadable
from tests import build
from tiers.certificates import payload
from tiers.certificates.checking import Reason, State, code_in, judged, opened

AT = build.moment("2026-03-02 10:00")
DAY = AT.date()
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
NAMES = ("石家庄甲机械有限公司", "AB（中国）𠮷野重工", "一", "华北" * 55, 'O"Neil & <b>')


def paper(number, key_id="AAAAAAAA", **given):
    facts = {
        "key_id": key_id,
        "issue": 1 + number % 3,
        "province": "130000",
        "number": f"HB2026B{number:05d}",
        "tier": ("basic", "advanced", "excellent", "leading")[number % 4],
        "enterprise": NAMES[number % len(NAMES)],
        "credit_code": "91130100MA0ABCDE1X",
        "factory": f"{number}号工厂",
        "valid_from": DAY + timedelta(days=number),
        "last_day": None if number % 7 == 0 else date(2029, 3, 1) + timedelta(days=number),
        "issued_on": DAY,
    }
    return payload.Paper(**{**facts, **given})


def signed(suite, count):
    signing.ensure(suite, valid_from=AT - timedelta(days=1), at=AT)
    signer = signing.Signer(at=AT, suite=suite)
    found = []
    for number in range(count):
        kept = paper(number, signer.key.key_id)
        written = payload.packed(kept)
        value = signer.sign(written, purpose=payload.CODE_PURPOSE).value
        found.append((kept, payload.code_of(written, value)))
    return found


def content_of(code):
    _, written, value = payload.read(code)
    return written + value


def with_byte(code, place, random):
    content = bytearray(content_of(code))
    content[place] ^= random.randrange(1, 256)
    return payload.code_of(bytes(content), b"")


def with_character(code, place, random):
    other = random.choice(ALPHABET.replace(code[place], ""))
    return code[:place] + other + code[place + 1 :]


def accepted(codes, keys):
    return [code for code in codes if isinstance(opened(code, keys), payload.Paper)]


def test_no_changed_certificate_is_accepted_and_every_original_is(world):
    held, random = signed("ed25519", 50), Random(20260302)
    keys = signing.known()

    assert [opened(code, keys) for _, code in held] == [kept for kept, _ in held]
    for _, code in held:
        bytes_ = range(len(content_of(code)))
        assert accepted((with_byte(code, place, random) for place in bytes_), keys) == []
        places = range(len(code))
        assert accepted((with_character(code, place, random) for place in places), keys) == []


def test_changed_certificates_of_sm2_are_refused(world):
    (kept, code), random = signed("sm2", 3)[2], Random(20260302)
    keys = signing.known()

    assert opened(code, keys) == kept
    places = range(0, len(content_of(code)), 12)
    assert accepted((with_byte(code, place, random) for place in places), keys) == []


@pytest.mark.documents
def test_no_changed_certificate_of_sm2_is_accepted(world):
    (_, code), random = signed("sm2", 2)[1], Random(20260302)
    keys = signing.known()

    bytes_, places = range(len(content_of(code))), range(len(code))
    assert accepted((with_byte(code, place, random) for place in bytes_), keys) == []
    assert accepted((with_character(code, place, random) for place in places), keys) == []


def test_other_ways_to_write_a_code_are_unreadable(world):
    (_, code), keys = signed("ed25519", 1)[0], signing.known()
    # Two further bytes, so that a character has bits left over.
    loose = next(one for _, one in signed("ed25519", 8) if len(one) * 5 % 8)
    end = ALPHABET.index(loose[-1])

    for wrong in (
        "", "A", code.lower(), code + "=", code + "A", code[:-8], f"{code}\n", f" {code}",
        code.replace("A", "a", 1), code + "0", "\uff21" + code[1:], loose[:-1] + ALPHABET[end ^ 1],
        "A" * 5000,
    ):  # fmt: skip
        assert opened(wrong, keys) == Reason.UNREADABLE, wrong


def test_signature_with_other_bytes_around_is_unreadable(world):
    (kept, code), keys = signed("ed25519", 1)[0], signing.known()
    written, value = payload.packed(kept), content_of(code)[-64:]
    der = b"\x30\x44\x02\x20" + value[:32] + b"\x02\x20" + value[32:]

    for wrong in (written + b"\0" + value, written + value + b"\0", written + der):
        assert opened(payload.code_of(wrong, b""), keys) in (Reason.UNREADABLE, Reason.FORGED)


def test_text_that_is_not_utf8_is_unreadable():
    kept = payload.packed(paper(0))
    name = NAMES[0].encode()

    with pytest.raises(Unreadable):
        payload.read(payload.code_of(kept.replace(name, b"\xff" * len(name)), bytes(64)))


def test_key_nobody_published_is_named_as_such(world):
    (_, code) = signed("ed25519", 1)[0]

    assert opened(code, {}) == Reason.UNKNOWN_KEY


def test_address_and_broken_lines_lead_to_the_code():
    for text in (
        "https://example.cn/V/ABCD", "HTTPS://EXAMPLE.CN/V/ABCD", "http://127.0.0.1:8000/V/ABCD/",
        " AB\n CD ", "ABCD",
    ):  # fmt: skip
        assert code_in(text) == "ABCD"


@pytest.mark.parametrize(
    ("status", "on", "expected"),
    [
        (None, DAY, Reason.IN_FORCE),
        (None, DAY - timedelta(days=1), Reason.UPCOMING),
        (None, date(2029, 3, 3), Reason.EXPIRED),
        ("valid", DAY, Reason.IN_FORCE),
        ("revoked", DAY, Reason.REVOKED),
        ("revoked", date(2039, 3, 3), Reason.REVOKED),
        ("suspended", DAY, Reason.SUSPENDED),
        ("superseded", DAY, Reason.SUPERSEDED),
        ("surrendered", DAY, Reason.ENDED),
        ("moved_out", DAY, Reason.ENDED),
        ("expired", DAY, Reason.EXPIRED),
        ("unknown", DAY, Reason.NOT_ISSUED),
    ],
)
def test_reason_follows_from_state_and_day(status, on, expected):
    kept = paper(1, valid_from=DAY)
    state = status and State(status, None, kept.issue, kept.enterprise, kept.factory)

    assert judged(kept, state, on) == expected
