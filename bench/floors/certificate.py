"""Floor of the check of a certificate: the bare verification; and a bare view in the portal's frame
with one look-up and one verification.
"""

import base64
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from gmssl.sm2 import CryptSM2

from registry import signing
from registry.signing.verifying import framed, sm2_digest
from tiers.models import Certificate

TEMPLATE = """{% extends "base.html" %}{% block content %}<dl>
<dt>{{ one.certification.number }}</dt><dd>{{ one.enterprise }}</dd><dd>{{ one.factory }}</dd>
<dd>{{ one.issued_on }}</dd></dl>{% endblock %}"""


def ed25519(public: bytes, value: bytes, message: bytes) -> None:
    Ed25519PublicKey.from_public_bytes(public).verify(value, message)


def sm2(public: bytes, value: bytes, message: bytes) -> None:
    one = CryptSM2(private_key="", public_key="")
    one.public_key = public.hex()
    if not one.verify(value.hex(), sm2_digest(public, message)):
        raise ValueError("not genuine")


BARE = {signing.ED25519: ed25519, signing.SM2: sm2}


@cache
def template() -> object:
    return engines["django"].from_string(TEMPLATE)


@login_not_required
def bare(request: HttpRequest, pk: int) -> HttpResponse:
    one = Certificate.objects.select_related("certification").get(pk=pk)
    content = base64.b32decode(one.code + "=" * (-len(one.code) % 8))
    public = request.META["BENCH_PUBLIC"]
    ed25519(public, content[-64:], framed(content[:-64], "certificate", one.key_id))
    return HttpResponse(template().render({"shell": "public", "one": one}, request))


urlpatterns = [path("floor/<int:pk>/", bare), path("", include("config.urls"))]
