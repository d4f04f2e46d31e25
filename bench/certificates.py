"""Checks of certificates: the function beside the bare verification, the page beside a bare view
with one look-up and one verification.
"""

from datetime import timedelta

from django.test import Client, override_settings
from django.urls import reverse

from bench import turns
from bench.floors import certificate as floor
from bench.nation.rows import TODAY, moment
from registry import signing
from registry.signing.verifying import framed
from tests import build
from tiers import certification
from tiers.certificates import issuing, payload
from tiers.certificates.checking import Reason, StateList, check
from tiers.models import Certificate, Certification

AT = moment(TODAY)
#: So many checks make one turn.
CHECKS = {signing.ED25519: 200, signing.SM2: 4}
PAGES = 20


def measure(number_of_turns: int) -> list[turns.Measured]:
    found: list[turns.Measured] = []

    def all_of_it() -> None:
        for suite in signing.SUITES:
            with override_settings(SIGNING_SUITE=suite):
                held = issued(suite)
                found.append(function(held, suite, number_of_turns))
                if suite == signing.ED25519:
                    found.append(page(held, number_of_turns))

    turns.undone(all_of_it)()
    return found


def issued(suite: str) -> Certificate:
    """One certificate of a factory of its own."""
    signing.ensure(suite, valid_from=AT - timedelta(days=1), at=AT)
    title = build.title(build.factory_at(build.authority("130102")), on=TODAY)
    by = build.officer_of(title.issuer)
    certification.publish([title], by=by, at=AT)
    fresh = Certification.objects.get(pk=title.pk)
    return issuing.issue_all([fresh.pk], by=by, at=AT)[0]


def function(held: Certificate, suite: str, number_of_turns: int) -> turns.Measured:
    keys, listed = signing.known(), StateList(AT, {})
    _, written, value = payload.read(held.code)
    key = keys[held.key_id]
    message = framed(written, payload.CODE_PURPOSE, key.key_id)

    def bare() -> None:
        for _ in range(CHECKS[suite]):
            floor.BARE[suite](key.value, value, message)

    def ours() -> None:
        for _ in range(CHECKS[suite]):
            answer = check(held.code, keys, listed.state_of, TODAY)
            if answer.reason != Reason.IN_FORCE:
                raise SystemExit(f"the check answered {answer.reason}")

    taken = turns.in_turns(bare, ours, number_of_turns)
    return turns.Measured(f"Check of {CHECKS[suite]} certificates, {suite}", *taken, limit=3.0)


def page(held: Certificate, number_of_turns: int) -> turns.Measured:
    client = Client(headers={"host": "127.0.0.1"})
    public = signing.known()[held.key_id].value
    there = reverse("tiers:certificate_check", args=[held.code])

    def ask(path: str, **extra: object) -> None:
        for _ in range(PAGES):
            if client.get(path, **extra).status_code != 200:
                raise SystemExit(f"{path} did not answer")

    with override_settings(ROOT_URLCONF="bench.floors.certificate"):
        taken = turns.in_turns(
            lambda: ask(f"/floor/{held.pk}/", BENCH_PUBLIC=public),
            lambda: ask(there),
            number_of_turns,
        )
    return turns.Measured(f"Check page of a certificate, {PAGES} times", *taken, limit=1.5)
