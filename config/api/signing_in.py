"""Who asks the API: a browser by its session, or an application by its token."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request

from registry import tokens
from registry.access import ensure_may_change
from registry.models import ApiToken, User

WORTHLESS = "接口令牌无效：写错了、已停用、已到期，或持有人已离开原单位。"
READS_ONLY = "这个令牌只能读取，不能办理。"


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer …``: no session, and no form token."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        kind, _, secret = get_authorization_header(request).decode("latin-1").partition(" ")
        if kind.lower() != "bearer":
            return None
        user = tokens.holder(secret.strip(), at=request.received_at)  # type: ignore[attr-defined]
        if user is None or user.token is None:
            raise AuthenticationFailed(WORTHLESS)
        if request.method not in SAFE_METHODS:
            if user.token.scope != ApiToken.Scope.ACT:
                raise PermissionDenied(READS_ONLY)
            ensure_may_change(user)
        return user, user.token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class TokenScheme(OpenApiAuthenticationExtension):
    """How the schema names it."""

    target_class = "config.api.signing_in.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "接口令牌，在账号菜单里生成"}
