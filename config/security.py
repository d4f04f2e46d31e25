"""The pages of 登录安全: a person's own second factors, passkeys and recovery codes.

allauth's views carry them; here they get our words, the trail, and the rule that whoever must have
a factor keeps one.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.decorators import login_not_required
from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from config import factors as codes
from config import gate
from registry import factors, identities, passwords
from registry.access import Request
from registry.audit import Verb
from registry.models import User

KEEP_ONE = "本账号必须有第二重验证，这是最后一种。请先添加另一种，再移除它"


@require_safe
def overview(request: Request) -> HttpResponse:
    """Where one's sign-in stands, and, for whoever is held up, what he has to do first."""
    own = list(Authenticator.objects.filter(user=request.user).order_by("pk"))
    of_type = {one.type: one.wrap() for one in own}
    passkeys = [one for one in own if one.type == Authenticator.Type.WEBAUTHN]
    recovery_codes = of_type.get(Authenticator.Type.RECOVERY_CODES)
    held = getattr(request, "held", False)
    context = {
        "totp": of_type.get(Authenticator.Type.TOTP),
        "passkeys": [(one, one.wrap()) for one in passkeys],
        "codes_left": len(recovery_codes.get_unused_codes()) if recovery_codes else None,
        "required": factors.required_of(request.user),
        "unified": settings.OIDC_NAME if settings.OIDC_SERVER_URL else "",
        "linked": settings.OIDC_SERVER_URL and identities.of(request.user),
        "held": held,
        "password_at": passwords.set_at(request.user),
        "password_ends": passwords.ends_at(request.user),
        "wished": "" if held else request.session.get(gate.WISH, ""),
    }
    return render(request, "mfa/index.html", context)


@require_safe
def onward(request: Request) -> HttpResponse:
    """To the page that was asked for before something had to be set up."""
    return redirect(gate.wish(request))


def _user(view: Any) -> User:
    user: Any = authenticated_user(view.request)
    return user


class AddTotp(totp.ActivateTOTPView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        made = Authenticator.objects.get(user=_user(self), type=Authenticator.Type.TOTP)
        codes.use_up(made, form.cleaned_data["code"])
        codes.proven(self.request, made)
        at = self.request.received_at
        factors.noted(Verb.FACTOR_ADD, _user(self), "验证器", at=at)
        return answer


class Removal:
    """Taking one away, unless it is the last of somebody who has to have one."""

    request: HttpRequest

    def refused(self, authenticator: Authenticator) -> HttpResponse | None:
        user = _user(self)
        if factors.required_of(user) and factors.last_one(authenticator):
            messages.error(self.request, KEEP_ONE)
            return redirect("mfa_index")
        return None


class RemoveTotp(Removal, totp.DeactivateTOTPView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        own = Authenticator.objects.filter(user=_user(self), type=Authenticator.Type.TOTP).first()
        return (own and self.refused(own)) or super().dispatch(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        at = self.request.received_at  # type: ignore[attr-defined]
        factors.noted(Verb.FACTOR_REMOVE, _user(self), "验证器", at=at)
        return super().form_valid(form)


class AddPasskey(webauthn.AddWebAuthnView):
    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        own = Authenticator.objects.filter(user=_user(self), type=Authenticator.Type.WEBAUTHN)
        codes.proven(self.request, own.latest("pk"))
        at = self.request.received_at
        factors.noted(Verb.FACTOR_ADD, _user(self), "通行密钥", at=at)
        return answer


class RemovePasskey(Removal, webauthn.RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        own = self.get_queryset().filter(pk=kwargs["pk"]).first()
        return (own and self.refused(own)) or super().dispatch(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        at = self.request.received_at  # type: ignore[attr-defined]
        factors.noted(Verb.FACTOR_REMOVE, _user(self), "通行密钥", at=at)
        return super().form_valid(form)


class NewCodes(recovery.GenerateRecoveryCodesView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not factors.has_one(_user(self)):
            messages.error(request, "先设置验证器或通行密钥，恢复码随之生成")
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        at = self.request.received_at
        factors.noted(Verb.FACTOR_CODES, _user(self), "恢复码", at=at)
        return super().form_valid(form)


@method_decorator(login_not_required, name="dispatch")
class PasskeyLogin(webauthn.LoginWebAuthnView):
    """Signing in by a passkey alone, for whoever is a stranger until then."""


add_totp = AddTotp.as_view()
remove_totp = RemoveTotp.as_view()
add_passkey = AddPasskey.as_view()
remove_passkey = RemovePasskey.as_view()
new_codes = NewCodes.as_view()
show_codes = recovery.ViewRecoveryCodesView.as_view()
codes_file = recovery.DownloadRecoveryCodesView.as_view()
passkey_login = PasskeyLogin.as_view()
second_step = base.authenticate
