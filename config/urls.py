"""All addresses. Every one is shut to the anonymous unless its view says otherwise."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config import accounts, errors, health, reproof, security, sessions, unified

# One way in for everybody, with its lock-outs and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("registry.urls")),
    path("", include("assessments.urls")),
    path("", include("tiers.urls")),
    path("", include("reports.urls")),
    path("login/", accounts.SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password/", accounts.password_change, name="account_change_password"),
    path("account/sessions/", sessions.sessions, name="account_sessions"),
    path("account/security/", security.overview, name="mfa_index"),
    path("account/security/onward/", security.onward, name="account_onward"),
    path("account/security/app/", security.add_totp, name="mfa_activate_totp"),
    path("account/security/app/remove/", security.remove_totp, name="mfa_deactivate_totp"),
    path("account/security/passkey/", security.add_passkey, name="mfa_add_webauthn"),
    path(
        "account/security/passkey/<int:pk>/remove/",
        security.remove_passkey,
        name="mfa_remove_webauthn",
    ),
    path("account/security/codes/", security.show_codes, name="mfa_view_recovery_codes"),
    path("account/security/codes/file/", security.codes_file, name="mfa_download_recovery_codes"),
    path("account/security/codes/new/", security.new_codes, name="mfa_generate_recovery_codes"),
    path("login/second-step/", security.second_step, name="mfa_authenticate"),
    path("login/passkey/", security.passkey_login, name="mfa_login_webauthn"),
    path("confirm-identity/", reproof.by_password, name="account_reauthenticate"),
    path("confirm-identity/go-on/", reproof.go_on, name="account_go_on"),
    path("confirm-identity/code/", reproof.by_code, name="mfa_reauthenticate"),
    path("confirm-identity/passkey/", reproof.by_passkey, name="mfa_reauthenticate_webauthn"),
    path("login/unified/", unified.sign_in, name="account_unified"),
    path("login/unified/back/", unified.back, name="account_unified_back"),
    path("account/security/unified/link/", unified.link, name="account_unified_link"),
    path("account/security/unified/unlink/", unified.unlink, name="account_unified_unlink"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api.urls")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
