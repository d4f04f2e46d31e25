"""Tables of the sign-in library that nobody edits by hand: they follow from what people do."""

from allauth.account.admin import EmailAddress
from allauth.mfa.admin import Authenticator
from allauth.usersessions.admin import UserSession
from django.contrib import admin

admin.site.unregister([EmailAddress, Authenticator, UserSession])
