"""Tables of the sign-in libraries, which nobody edits by hand: they follow from what people do."""

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.socialaccount.admin import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.admin import UserSession
from axes.admin import AccessAttemptAdmin, AccessFailureLogAdmin, AccessLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin

from registry.admin import ReadOnly

admin.site.unregister([EmailAddress, Authenticator, UserSession])
admin.site.unregister([SocialAccount, SocialApp, SocialToken])
# What was refused at the sign-in is read here, and stays.
admin.site.unregister([AccessAttempt, AccessFailureLog, AccessLog])


@admin.register(AccessAttempt)
class AttemptAdmin(ReadOnly, AccessAttemptAdmin):
    pass


@admin.register(AccessFailureLog)
class FailureAdmin(ReadOnly, AccessFailureLogAdmin):
    pass


@admin.register(AccessLog)
class SignInAdmin(ReadOnly, AccessLogAdmin):
    pass
