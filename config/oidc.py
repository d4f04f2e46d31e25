"""The client of the province's identity provider, over OpenID Connect (authorisation code).

allauth's client fetches; here its requests are bound to this browser (state, nonce, PKCE) and what
comes back is checked: signature against the published keys, issuer, audience, time and nonce. What
the browser's address carries adds nothing to what is asked for.
"""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import urlencode

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from requests import RequestException

from registry.identities import PROVIDER, Subject

#: With a public key alone: neither "none" nor a secret that both sides know.
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
#: Seconds that the other clock may be off.
LEEWAY = 60
ENDPOINTS = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


class Unreachable(Exception):
    """The provider does not answer, or not as a provider does."""


class Refused(Exception):
    """What came back is not what this browser was sent for."""


def configured() -> bool:
    return bool(settings.OIDC_SERVER_URL)


class Provider(OpenIDConnectProvider):
    """The one provider there is, out of the environment instead of a table."""

    def __init__(self, request: HttpRequest) -> None:
        app = SocialApp(
            provider="openid_connect",
            provider_id=PROVIDER,
            name=settings.OIDC_NAME,
            client_id=settings.OIDC_CLIENT_ID,
            secret=settings.OIDC_CLIENT_SECRET,
            settings={"server_url": settings.OIDC_SERVER_URL},
        )
        super().__init__(request, app=app)


class Client(OpenIDConnectOAuth2Adapter):
    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request, PROVIDER)

    def get_provider(self) -> Provider:
        return Provider(self.request)

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("account_unified_back"))

    @property
    def openid_config(self) -> dict[str, Any]:
        try:
            found: dict[str, Any] = super().openid_config
            lacking = [one for one in ENDPOINTS if not isinstance(found[one], str)]
        except (RequestException, KeyError, TypeError, AttributeError) as fault:
            raise Unreachable(f"discovery: {fault}") from fault
        wanted = settings.OIDC_SERVER_URL.partition("/.well-known/")[0]
        if lacking or found["issuer"].rstrip("/") != wanted.rstrip("/"):
            raise Unreachable("discovery: of another issuer, or incomplete")
        return found

    @property
    def basic_auth(self) -> bool:
        """Where the provider says nothing the standard's own default holds."""
        ways = self.openid_config.get("token_endpoint_auth_methods_supported")
        return "client_secret_post" not in (ways or ["client_secret_basic"])

    # --- out ---------------------------------------------------------

    def address(self, purpose: dict[str, Any]) -> str:
        """Where to send the browser; what for is kept in its session until it is back."""
        nonce, pkce = secrets.token_urlsafe(32), generate_code_challenge()
        verifier = pkce.pop("code_verifier")
        endpoint = self.authorize_url
        state = statekit.stash_state(
            self.request,
            provider_id=PROVIDER,
            state={**purpose, "nonce": nonce, "verifier": verifier},
            state_id=secrets.token_urlsafe(32),
        )
        asked = {
            "client_id": settings.OIDC_CLIENT_ID,
            "redirect_uri": self.get_callback_url(self.request, None),
            "response_type": "code",
            "scope": "openid",
            "state": state,
            "nonce": nonce,
            **pkce,
        }
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"

    # --- and back ----------------------------------------------------

    def purpose(self) -> dict[str, Any]:
        """What this browser was sent for, once."""
        number = self.request.GET.get("state", "")
        found = statekit.unstash_state(self.request, provider_id=PROVIDER, state_id=number)
        if found is None:
            raise Refused("state")
        return found

    def claims(self, purpose: dict[str, Any]) -> dict[str, Any]:
        """What the provider says under its signature about whoever signed in there."""
        told = self.request.GET.get("iss")
        if told is not None and told != self.openid_config["issuer"]:
            raise Refused("iss of another provider")
        client = self.get_client(self.request, self.get_provider().app)
        try:
            answer = client.get_access_token(self.request.GET["code"], purpose["verifier"])
        except RequestException as fault:
            raise Unreachable(f"token: {fault}") from fault
        except (OAuth2Error, KeyError, ValueError) as fault:
            raise Refused("code") from fault
        try:
            return self._checked(str(answer.get("id_token", "")), purpose["nonce"])
        except jwt.PyJWTError as fault:
            raise Refused(f"id_token: {fault}") from fault

    def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=self._key(jwt.get_unverified_header(token).get("kid")),
            algorithms=ALGORITHMS,
            audience=settings.OIDC_CLIENT_ID,
            issuer=self.openid_config["issuer"],
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
        if not constant_time_compare(str(claims.get("nonce", "")), nonce):
            raise Refused("nonce")
        party = claims.get("azp", settings.OIDC_CLIENT_ID)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if party != settings.OIDC_CLIENT_ID or (several and "azp" not in claims):
            raise Refused("azp")
        if not isinstance(claims["sub"], str) or not claims["sub"]:
            raise Refused("sub")
        return claims

    def _key(self, number: str | None) -> Any:
        """The key of this number among those that the provider publishes now."""
        try:
            with get_adapter().get_requests_session() as session:
                answer = session.get(self.openid_config["jwks_uri"])
                answer.raise_for_status()
                keys = jwt.PyJWKSet.from_dict(answer.json()).keys
        except (RequestException, AttributeError) as fault:
            raise Unreachable(f"keys: {fault}") from fault
        signing = [one for one in keys if one.public_key_use in (None, "sig")]
        for one in signing:
            if one.key_id == number or (number is None and len(signing) == 1):
                return one.key
        raise Refused("id_token: under an unknown key")


def subject(claims: dict[str, Any]) -> Subject:
    return Subject(claims["iss"], claims["sub"])


def factor_shown(claims: dict[str, Any]) -> bool:
    """Whether the provider has asked for a second factor that this installation lets count."""
    methods = claims.get("amr")
    used = set(methods) if isinstance(methods, list) else set()
    return claims.get("acr") in settings.OIDC_FACTOR_ACR or bool(
        used & set(settings.OIDC_FACTOR_AMR)
    )
