"""All addresses. Every one is shut to the anonymous unless its view says otherwise."""

from allauth.account import views as account
from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from config import accounts, errors, health, sessions

# One way in for everybody, with its lock-outs and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", include("registry.urls")),
    path("", include("assessments.urls")),
    path("", include("tiers.urls")),
    path("", include("reports.urls")),
    path("login/", accounts.SignInView.as_view(), name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password/", account.password_change, name="account_change_password"),
    path("account/sessions/", sessions.sessions, name="account_sessions"),
    path("confirm-identity/", account.reauthenticate, name="account_reauthenticate"),
    path("admin/", admin.site.urls),
    path("api/v1/", include("config.api.urls")),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]

handler400 = errors.bad_request
handler403 = errors.permission_denied
handler404 = errors.not_found
handler500 = errors.server_error
