"""How people sign in: allauth's flow with our field names, and no public sign-up of allauth's own.

A firm's people register on our own page, and the bureau confirms them; officers are entered by an
administrator.
"""

from typing import Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

log = structlog.get_logger("portal.accounts")


class PortalAccountAdapter(DefaultAccountAdapter):
    """Every sign-in leaves a line in the log, which outlives whatever is rolled back."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Saves that alone: whoever stands in for somebody has the other's place on him."""
        user.set_password(password)
        user.save(update_fields=["password"])

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        log.info("signed in", user=user.get_username(), address=request.META["REMOTE_ADDR"])

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        address = request.META["REMOTE_ADDR"]
        log.warning("sign-in refused", user=credentials.get("username"), address=address)


class SignInForm(LoginForm):
    """allauth calls its first field ``login``; on our page, and for axes, it is ``username``."""

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("username" if field_name == "login" else field_name)


class SignInView(LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # allauth puts the host's name where our pages expect the portal's.
        return super().get_context_data(**kwargs) | {"site": settings.SITE}
