"""A person's addresses, and what he wants to hear of by which channel."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from registry import gateways
from registry.contacts import Choice
from registry.forms.fields import PhoneField
from registry.gateways import Channel
from registry.models import Topic


class ContactsForm(forms.Form):
    """A firm's person keeps a telephone: the bureau must be able to ring him."""

    email = forms.EmailField(
        label="电子邮箱",
        required=False,
        max_length=200,
        help_text="留空则不再收到邮件。平台不核对邮箱是否属于您，请仔细核对",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    phone = PhoneField(
        required=False, help_text="短信只能发到手机号。固定电话请带区号，如 0311-87654321"
    )
    password = forms.CharField(
        label="登录密码",
        strip=False,
        max_length=128,
        help_text="为防他人冒用，修改前请再输入一次",
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, needs_phone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"].required = needs_phone


class ChannelsForm(forms.Form):
    """One box per topic and open channel, named ``topic-channel``."""

    def __init__(
        self, *args: Any, topics: list[Topic], silenced: Collection[Choice], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.topics, self.silenced = topics, silenced
        self.channels = gateways.open_channels()
        for topic in topics:
            for channel in self.channels:
                self.fields[f"{topic}-{channel}"] = forms.BooleanField(
                    label=f"{topic.label}：{channel.label}",
                    required=False,
                    initial=(topic, channel) not in silenced,
                )

    def rows(self) -> list[tuple[Topic, list[forms.BoundField]]]:
        """The boxes as the page's table has them."""
        return [(t, [self[f"{t}-{channel}"] for channel in self.channels]) for t in self.topics]

    def wanted(self) -> set[Choice]:
        """What was ticked; what stood for a channel that is shut just now stays as it was."""
        return {
            (topic, channel)
            for topic in self.topics
            for channel in Channel
            if (
                self.cleaned_data[f"{topic}-{channel}"]
                if channel in self.channels
                else (topic, channel) not in self.silenced
            )
        }
