"""What reaches a person outside the portal, and where: his own choice."""

from __future__ import annotations

from allauth.core.ratelimit import consume_or_429
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from registry import contacts, gateways
from registry.access import Request
from registry.forms.contacts import ChannelsForm, ContactsForm
from registry.gateways import Channel
from registry.views.pages import form_page

INBOX = "registry:inbox"
SETTINGS = "registry:message_settings"


def message_settings(request: Request) -> HttpResponse:
    """Which topics reach him by e-mail and SMS; the inbox has them all."""
    user = request.user
    form = ChannelsForm(
        request.POST or None, topics=contacts.topics_for(user), silenced=contacts.silenced(user)
    )
    if request.method == "POST" and form.is_valid():
        contacts.choose(user, form.wanted(), at=request.received_at)
        messages.success(request, "接收方式已保存")
        return redirect(SETTINGS)
    context = {
        "form": form,
        "person": user,
        "takes_sms": gateways.fits(Channel.SMS, user.phone),
        "shut": [channel.label for channel in Channel if channel not in form.channels],
    }
    return render(request, "registry/message_settings.html", context)


def contacts_edit(request: Request) -> HttpResponse:
    """A person's own e-mail and phone."""
    if too_often := request.method == "POST" and consume_or_429(
        request, action="reauthenticate", user=request.user
    ):
        return too_often
    user = request.user
    form = ContactsForm(
        request.POST or None,
        initial={"email": user.email, "phone": user.phone},
        needs_phone=contacts.needs_phone(user),
    )
    return form_page(
        request,
        form,
        lambda: contacts.change(user, **form.cleaned_data, at=request.received_at),
        done="联系方式已修改",
        then=SETTINGS,
        title="修改联系方式",
        lead="只有您自己、办理业务的主管部门和平台管理员能看到。",
        button="保存",
        back=reverse(SETTINGS),
        crumbs=[("站内信", reverse(INBOX)), ("消息设置", reverse(SETTINGS))],
    )
