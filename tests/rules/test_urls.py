"""Every address is shut to strangers, unless it stands here with a reason.

The addresses come from the URLconf itself. One with an argument that has no sample below fails, so
that a new page cannot be forgotten.
"""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

# Name of an address -> why anybody may open it.
PUBLIC = {
    "account_login": "the way in",
    "account_logout": "a stranger has nothing to sign out of and is sent to the start page",
    "account_unified": "the way in by the province's unified identity; throttled, 404 without one",
    "account_unified_back": "where its provider sends back to; opens to a state of this browser",
    "mfa_authenticate": "the second step of the way in; without the first it leads back there",
    "mfa_login_webauthn": "the way in by a passkey; throttled",
    "tiers:home": "the public start page",
    "tiers:register_search": "the register is public",
    "tiers:public_factory": "the register is public; shows published titles only",
    "tiers:public_title": "the register is public; one published title by its number",
    "tiers:register_check": "lists checked against the public register; throttled, nothing is kept",
    "tiers:verify": "anybody may check a certificate, or look its number up",
    "tiers:certificate_check": "what a certificate says and is worth, for whoever holds it",
    "tiers:certificate_states": "the signed list of states, for checks without the network",
    "tiers:certificate_checker": "the program for such checks",
    "tiers:change_feed": "what changed in the public register, for programs",
    "tiers:open_data": "the public register as files, explained",
    "tiers:open_data_file": "the public register as files, day by day",
    "tiers:draw": "the draw of experts is published, by case numbers and experts' codes",
    "tiers:draw_record": "the same as JSON, so that anybody can repeat the draw",
    "tiers:draw_script": "the program that repeats it",
    "tiers:handling_times": "how long bureaus take is published; nothing below five cases",
    "reports:public_statistics": "figures of the public register, each with its list",
    "tiers:notice_list": "公示 is public",
    "tiers:notice": "公示 is public; firms and places only, drafts are not found",
    "reports:announcement_document": "the titles of one document on paper, for anybody to keep",
    "reports:notice_document": "the same 公示 on paper, for anybody to keep",
    "tiers:notice_data": "the list of a 公示, for whoever checks its digest",
    "tiers:announcement": "the list of titles of one document; firms and places only",
    "tiers:announcement_data": "the same list, for whoever checks its digest",
    "tiers:notice_object": "anybody may object over his real name; throttled, shows no objection",
    "tiers:supervision_draw": "how factories were drawn for inspection, by numbers, afterwards",
    "tiers:supervision_data": "the same as JSON, so that anybody can repeat the draw",
    "tiers:rereview_result": "what came of a re-review; found once its office has published it",
    "tiers:recover": "whoever lost his account asks for it; all get the same answer; throttled",
    "tiers:recovery_receipt": "shows how far it is to whoever has receipt and secret; throttled",
    "tiers:recovery_password": "for whoever has looked his receipt up, after the waiting time",
    "reports:recovery_document": "the letter to fill in, blank",
    "tiers:objection_receipt": "shows the answer to whoever has receipt and telephone; throttled",
    "api:handling-time-list": "the same as JSON; throttled",
    "api:register-list": "the register is public, as JSON too; throttled",
    "api:register-detail": "the register is public, as JSON too; throttled",
    "assessments:rules": "rules and standard with their sources are public",
    "registry:sign_up": "a person opens an account for a firm; it shows nothing until confirmed",
    "registry:join": "whoever was invited opens an account; it needs the code of an invitation",
    "registry:record": "the sealed record is published; heads and how to check them",
    "registry:record_heads": "the same heads as JSON",
    "registry:record_consistency": "that a head continues an earlier one; hashes only",
    "registry:record_checker": "the program that checks them",
    "tiers:public_record": "public facts of the register, with their proofs",
    "registry:signing_keys": "public keys are public: with them anybody checks what we signed",
    "registry:choices": "the places and industries that the sign-up form offers, level by level",
    "registry:session": "says to a browser who is signed in with it; to a stranger: nobody",
    "healthz": "asked by the supervisor; says nothing but ok",
    "readyz": "asked by the supervisor; says which part is away, never why",
    "api:docs": "describes the interface; the data behind it ask for a sign-in",
    "api:schema": "describes the interface; the data behind it ask for a sign-in",
}

# Argument -> a value that fits. Nothing by it needs to exist: strangers are stopped earlier.
SAMPLES = {
    "pk": 1,
    "code": "ABCDEFGH",
    "id": 1,
    "object_id": 1,
    "app_label": "axes",
    "content_type_id": 1,
    "factory_id": 1,
    "entry": 1,
    "evidence": 1,
    "number": "HB2026B00001",
    "day": "2026-03-02",
    "section": "declarations",
    "tree": "places",
    "kind": "rename",
    "name": "titles",
    "table": "titles",
    "form": "docx",
    "unit": 1,
    "key": "held_basic",
    "listing": "enterprises",
    "old": 1,
    "new": 2,
}

# Addresses without a name: only the admin's answer to everything else.
UNNAMED = {"admin:?": "/admin/no-such-page"}


def walk(resolver, namespaces=(), arguments=()):
    """(name with namespaces, names of its arguments, view) of every address below."""
    for entry in resolver.url_patterns:
        own = (*arguments, *entry.pattern.regex.groupindex)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from walk(entry, inner, own)
        elif isinstance(entry, URLPattern):
            yield ":".join([*namespaces, entry.name or "?"]), own, entry.callback


def sample_path(name, arguments):
    return UNNAMED.get(name) or reverse(name, kwargs={key: SAMPLES[key] for key in arguments})


VIEWS = list(walk(get_resolver()))
ADDRESSES = sorted({(name, arguments) for name, arguments, _ in VIEWS})
SHUT = [address for address in ADDRESSES if address[0] not in PUBLIC]


def test_public_list_names_only_addresses_that_exist():
    assert sorted(set(PUBLIC) - {name for name, _ in ADDRESSES}) == []


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("address", SHUT, ids=[name for name, _ in SHUT])
def test_stranger_is_refused(db, client, method, address):
    answer = getattr(client, method)(sample_path(*address))

    if answer.status_code == 302:
        assert answer.url.startswith("/login/?next=") or answer.url.startswith(
            "/admin/login/?next="
        )
    else:
        assert answer.status_code in (401, 403)  # 401 where a token would do


def test_unknown_argument_fails():
    with pytest.raises(KeyError):
        sample_path("registry:some_page", ["no_such_argument"])


def test_no_view_waives_the_form_token():
    # DRF's views are exempt in name only: signing in by session checks the token itself.
    waived = [
        name
        for name, _, view in VIEWS
        if getattr(view, "csrf_exempt", False) and not name.startswith("api:")
    ]

    assert waived == []
