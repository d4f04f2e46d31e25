"""How people sign in: allauth's flow with our field names, and no public sign-up of allauth's own.

A firm's people register on our own page, and the bureau confirms them; officers are entered by an
administrator.
"""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm
from allauth.account.views import LoginView
from django.conf import settings
from django.http import HttpRequest


class PortalAccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SignInForm(LoginForm):
    """allauth calls its first field ``login``; on our page, and for axes, it is ``username``."""

    def add_prefix(self, field_name: str) -> str:
        return super().add_prefix("username" if field_name == "login" else field_name)


class SignInView(LoginView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        # allauth puts the host's name where our pages expect the portal's.
        return super().get_context_data(**kwargs) | {"site": settings.SITE}
