"""Addresses of the registry app."""

from django.urls import URLPattern, URLResolver, path

from registry.views import (
    choices,
    colleagues,
    contacts,
    delegations,
    enterprises,
    factories,
    inbox,
    keys,
    lists,
    many,
    people,
)

app_name = "registry"

urlpatterns: list[URLPattern | URLResolver] = [
    path("sign-up/", people.sign_up, name="sign_up"),
    path("keys.json", keys.signing_keys, name="signing_keys"),
    path("choices/<slug:tree>/", choices.choices, name="choices"),
    path("session/", people.session, name="session"),
    path("waiting/", people.waiting, name="waiting"),
    path("waiting/claim/", people.claim_again, name="claim_again"),
    path("people/", people.people, name="people"),
    path("people/invite/", colleagues.invite, name="invite"),
    path("people/invitations/<int:pk>/", colleagues.invitation_code, name="invitation_code"),
    path(
        "people/invitations/<int:pk>/renew/", colleagues.invitation_renew, name="invitation_renew"
    ),
    path(
        "people/invitations/<int:pk>/revoke/",
        colleagues.invitation_revoke,
        name="invitation_revoke",
    ),
    path("people/<int:pk>/seat/", colleagues.seat, name="seat"),
    path("join/", colleagues.join, name="join"),
    path("people/<int:pk>/confirm/", people.confirm, name="claim_confirm"),
    path("people/<int:pk>/refuse/", people.refuse, name="claim_refuse"),
    path("enterprise/", enterprises.enterprise, name="enterprise"),
    path("enterprise/honours/new/", enterprises.honour_new, name="honour_new"),
    path("enterprises/", enterprises.enterprise_list, name="enterprise_list"),
    path("enterprises/new/", enterprises.enterprise_new, name="enterprise_new"),
    path("enterprises/<int:pk>/", enterprises.enterprise_detail, name="enterprise_detail"),
    path("enterprises/<int:pk>/edit/", enterprises.enterprise_edit, name="enterprise_edit"),
    path("enterprises/<int:pk>/rename/", enterprises.enterprise_rename, name="enterprise_rename"),
    path("enterprises/<int:pk>/honours/new/", enterprises.honour_new, name="honour_new"),
    path("enterprises/<int:pk>/factories/new/", factories.factory_new, name="factory_new"),
    path("factories/", factories.factory_list, name="factory_list"),
    path("factories/new/", factories.factory_new, name="factory_new"),
    path("factories/<int:pk>/", factories.factory_detail, name="factory_detail"),
    path("factories/<int:pk>/edit/", factories.factory_edit, name="factory_edit"),
    path("factories/<int:pk>/rename/", factories.factory_rename, name="factory_rename"),
    path("account/messages/", contacts.message_settings, name="message_settings"),
    path("account/contacts/", contacts.contacts_edit, name="contacts"),
    path("delegations/", delegations.delegation_list, name="delegation_list"),
    path("delegations/new/", delegations.delegation_new, name="delegation_new"),
    path("delegations/leave/", delegations.delegation_leave, name="delegation_leave"),
    path("delegations/<int:pk>/enter/", delegations.delegation_enter, name="delegation_enter"),
    path("delegations/<int:pk>/revoke/", delegations.delegation_revoke, name="delegation_revoke"),
    path("outcomes/", many.outcomes, name="outcomes"),
    path("lists/views/", lists.view_save, name="view_save"),
    path("lists/columns/", lists.list_columns, name="list_columns"),
    path("lists/opening/", lists.list_opening, name="list_opening"),
    path("lists/views/<int:pk>/rename/", lists.view_rename, name="view_rename"),
    path("lists/views/<int:pk>/delete/", lists.view_delete, name="view_delete"),
    path("messages/", inbox.message_list, name="inbox"),
    path("messages/read-all/", inbox.read_all, name="messages_read_all"),
    path("messages/<int:pk>/", inbox.message_open, name="message_open"),
]
