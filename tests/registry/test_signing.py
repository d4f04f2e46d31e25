"""The one door to signatures: known answers of both suites, one encoding, keys that rotate."""

import hashlib
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.urls import reverse

from registry import signing
from registry.keyfiles import check_keyfiles
from registry.models import AuditEvent, SigningKey
from registry.signing import Signature, Unreadable, Verdict, keys, verifying
from tests import build

AT = build.moment("2026-03-02 10:00")
NEXT = timedelta(days=1)

# RFC 8032, 7.1: secret, public, message, signature.
ED25519 = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
]
# GB/T 32918.5, annex A; and one that OpenSSL 3.0 has signed.
SM2 = [
    (
        "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8",
        "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
        "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13",
        b"message digest".hex(),
        "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
        "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa",
    ),
    (
        "3da5ca23bb11a73b9effc6e6f6f0af496b2d3f09729154b34ef89a33dc4b4d41",
        "28ff358b32ba26b4758a0185bed4247dfcc46aef43297f15e44cb3c1791a2245"
        "a303cb3a69c55a20f008b1e138a62cd21d4e849c04cdc56b05515f783b632b65",
        b"interoperable".hex(),
        "56a014bc7a334551fe63cda99e355407988d8ff34a2d1d5aeaa3e56a8712a34d"
        "873ef4d1c3c8d940ac1f5230ccb5df148220048dc8c9911a9191d8e0edb11642",
    ),
]
KNOWN = [("ed25519", *one) for one in ED25519] + [("sm2", *one) for one in SM2]


@pytest.fixture(params=signing.SUITES)
def suite(request, world, settings):
    settings.SIGNING_SUITE = request.param
    signing.ensure(request.param, valid_from=AT, at=AT)
    return request.param


@pytest.mark.parametrize(("name", "private", "public", "message", "value"), KNOWN)
def test_known_answers(name, private, public, message, value):
    public, message, value = map(bytes.fromhex, (public, message, value))
    check = verifying.CHECKS[name]

    assert keys.public_of(name, bytes.fromhex(private)) == public
    assert check(public, value, message)
    assert not check(public, value, message + b" ")
    assert not check(public, value[:-1] + bytes([value[-1] ^ 1]), message)


def test_known_digests():
    assert signing.digest(b"abc", "ed25519").hex() == hashlib.sha256(b"abc").hexdigest()
    # GB/T 32905, A.1 and A.2.
    assert signing.digest(b"abc", "sm2").hex() == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )
    assert signing.digest(b"abcd" * 16, "sm2").hex() == (
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )


def test_sm3_of_the_library_agrees(monkeypatch):
    expected = signing.digest(b"abc" * 50, "sm2")
    monkeypatch.setattr(hashlib, "algorithms_available", set())

    assert signing.digest(b"abc" * 50, "sm2") == expected


def test_ed25519_with_a_number_too_high_is_refused():
    _, public, message, value = (bytes.fromhex(part) for part in ED25519[1])
    order = 2**252 + 27742317777372353535851937790883648493
    high = int.from_bytes(value[32:], "little") + order

    assert not verifying.CHECKS["ed25519"](
        public, value[:32] + high.to_bytes(32, "little"), message
    )


def test_sm2_numbers_out_of_range_are_refused():
    _, public, message, value = (bytes.fromhex(part) for part in SM2[0])
    r, s = value[:32], value[32:]
    zero, order = bytes(32), verifying.N.to_bytes(32, "big")
    against = (verifying.N - int.from_bytes(r, "big")).to_bytes(32, "big")

    for wrong in (zero + s, r + zero, order + s, r + order, r + against):
        assert not verifying.CHECKS["sm2"](public, wrong, message)
    assert not verifying.CHECKS["sm2"](public[:-1] + b"\0", value, message)


def test_sm2_key_that_begins_like_a_mark_keeps_its_digits():
    # The library takes a leading "04" for a mark, and cuts every 0 and 4 behind it.
    private = next(
        number.to_bytes(32, "big")
        for number in range(1, 3000)
        if keys.public_of("sm2", number.to_bytes(32, "big"))[0] == 4
    )
    public = keys.public_of("sm2", private)
    made = signing.door.SIGNERS["sm2"](private, public, b"text")

    assert verifying.CHECKS["sm2"](public, made, b"text")


def test_signature_is_good_for_its_payload_purpose_and_key_alone(suite):
    made = signing.sign(b"text", purpose="tree-head", at=AT)
    known = signing.known()
    other = signing.make(suite, valid_from=AT, at=AT)

    assert signing.verify(b"text", made, known, purpose="tree-head") == Verdict.GENUINE
    assert signing.verify(b"Text", made, known, purpose="tree-head") == Verdict.FORGED
    assert signing.verify(b"text", made, known, purpose="bulk-result") == Verdict.FORGED
    renamed = Signature(other.key_id, suite, made.value)
    assert signing.verify(b"text", renamed, known, purpose="tree-head") == Verdict.UNKNOWN_KEY
    assert signing.verify(b"text", renamed, signing.known(), purpose="tree-head") == (
        Verdict.FORGED
    )
    elsewhere = Signature(made.key_id, "sm2" if suite == "ed25519" else "ed25519", made.value)
    assert signing.verify(b"text", elsewhere, known, purpose="tree-head") == Verdict.FORGED


def test_signature_is_written_in_one_way(suite):
    made = signing.sign(b"text", purpose="tree-head", at=AT)
    text = str(made)

    assert signing.read_signature(text) == made
    name, key, value = text.split(".")
    for wrong in (
        text + "=", text + "A", text[:-1], " " + text, text.replace(".", ":"),
        f"{name.upper()}.{key}.{value}", f"{name}.{key.lower()}.{value}",
        f"{name}.{key}.{value[:-1]}{chr(ord(value[-1]) + 1)}", f"{name}.{key}.{value[:-4]}",
    ):  # fmt: skip
        with pytest.raises(Unreadable):
            signing.read_signature(wrong)


def test_documents_carry_their_signature(suite):
    document = signing.sign_document({"甲": [1, "二"]}, purpose="status-list", at=AT)
    known = signing.read_keys(signing.published())

    assert signing.verify_document(document, known, purpose="status-list") == Verdict.GENUINE
    document["content"]["甲"][0] = 2
    assert signing.verify_document(document, known, purpose="status-list") == Verdict.FORGED
    for wrong in ({}, [], None, {"content": 1, "signature": 2}):
        with pytest.raises(Unreadable):
            signing.verify_document(wrong, known, purpose="status-list")


def test_rotated_key_signs_no_more_and_its_signatures_stay_good(suite):
    old = signing.sign(b"text", purpose="tree-head", at=AT)
    fresh = signing.rotate(suite, from_=AT + NEXT, at=AT)
    new = signing.sign(b"text", purpose="tree-head", at=AT + NEXT)
    known = signing.read_keys(signing.published())

    assert signing.in_use(suite, AT).key_id == old.key_id
    assert new.key_id == fresh.key_id != old.key_id
    for made in (old, new):
        assert signing.verify(b"text", made, known, purpose="tree-head") == Verdict.GENUINE
    assert known[old.key_id].signs_at(AT)
    assert not known[old.key_id].signs_at(AT + NEXT)
    assert set(AuditEvent.objects.values_list("verb", flat=True)) >= {
        "signing_key.make", "signing_key.retire",
    }  # fmt: skip


def test_key_cannot_be_retired_in_the_past_or_twice(suite):
    key = signing.in_use(suite, AT)

    with pytest.raises(ValidationError, match="不能早于现在"):
        signing.retire(key, from_=AT - NEXT, at=AT)
    signing.retire(key, from_=AT, at=AT)
    with pytest.raises(ValidationError, match="已停用"):
        signing.retire(key, from_=AT, at=AT)


def test_nothing_is_signed_without_the_file_of_a_key(suite, settings, tmp_path):
    settings.SIGNING_DIR = tmp_path

    with pytest.raises(signing.NoKey, match="signing_key make"):
        signing.sign(b"text", purpose="tree-head", at=AT)


def test_published_key_under_a_foreign_name_counts_for_nothing(suite):
    published = signing.published()
    published["keys"] = [one for one in published["keys"] if one["suite"] == suite][:1]
    published["keys"][0]["id"] = "AAAAAAAA"

    assert signing.read_keys(published) == {}


def test_published_keys_are_open_cached_and_hold_no_private_part(suite, client, settings):
    answer = client.get(reverse("registry:signing_keys"))
    private = next(settings.SIGNING_DIR.iterdir()).read_text()

    assert answer.json() == signing.published()
    assert private not in answer.content.decode()
    assert "public" in answer["Cache-Control"]
    again = client.get(reverse("registry:signing_keys"), headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304


def test_command_makes_lists_and_retires(world):
    out = StringIO()
    call_command("signing_key", "make", "--suite", "sm2", "--from", "2030-01-01", stdout=out)
    made = SigningKey.objects.get(suite="sm2")
    call_command("signing_key", "retire", made.key_id, "--from", "2031-01-01", stdout=out)
    call_command("signing_key", "list", stdout=out)

    assert out.getvalue().splitlines()[-1] == (
        f"{made.key_id} SM2 / SM3：2030-01-01 00:00 启用，2031-01-01 00:00 停用"
    )
    with pytest.raises(CommandError, match="没有编号"):
        call_command("signing_key", "retire", "AAAAAAAA", stdout=out)


def test_production_without_a_key_is_told_at_start(settings, tmp_path):
    settings.PRODUCTION, settings.SIGNING_DIR = True, tmp_path
    assert [one.id for one in check_keyfiles()] == ["registry.W003"]

    (tmp_path / "AAAAAAAA.key").touch()
    assert check_keyfiles() == []
