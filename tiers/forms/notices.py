"""What is filled in about a notice: by the office to publish it, by the public to object to it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms

from registry.forms.fields import DayField, PhoneField
from registry.models import User
from tiers import notice, objections
from tiers.models import Notice, Objection, Round


class NoticeForm(forms.Form):
    title = forms.CharField(label="公示标题", max_length=120)
    phone = forms.CharField(
        label="联系电话", max_length=40, help_text="单位的值班电话，公众能看到，不填个人号码"
    )
    email = forms.EmailField(
        label="电子邮箱", required=False, max_length=120, help_text="单位邮箱，公众能看到"
    )
    address = forms.CharField(
        label="通信地址", max_length=200, help_text="寄送书面异议的单位地址，公众能看到"
    )

    def __init__(self, *args: Any, batch: Round, last: Notice | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tier = batch.get_tier_display()
        self.initial.setdefault("title", f"{batch.title}：拟认定{tier}智能工厂名单公示"[:120])
        if last is not None:
            self.initial.setdefault("phone", last.contact_phone)
            self.initial.setdefault("email", last.contact_email)
            self.initial.setdefault("address", last.contact_address)

    def contact(self) -> notice.Contact:
        given = self.cleaned_data
        return notice.Contact(given["phone"], given["email"], given["address"])


class WithdrawForm(forms.Form):
    reason = forms.CharField(label="撤回原因", max_length=200, help_text="公众能看到")


class ObjectionForm(forms.Form):
    """The same for the public and, with the day of receipt, for an office that got a letter."""

    application = forms.ChoiceField(label="对哪座工厂有异议")
    name = forms.CharField(
        label="姓名或单位名称",
        max_length=60,
        help_text="填真实姓名；单位提出的填全称",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    phone = PhoneField(help_text="手机号，或带区号的固定电话。查询结果时要用后四位")
    relation = forms.ChoiceField(
        label="与被异议企业的关系", choices=[("", "请选择"), *Objection.Relation.choices]
    )
    ground = forms.CharField(
        label="异议内容",
        max_length=3000,
        help_text="写明事实、理由和线索",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    proof = forms.FileField(
        label="证明材料",
        required=False,
        help_text="一个文件，PDF、Word、Excel、JPG 或 PNG，不超过 20 MB",
    )

    def __init__(self, *args: Any, shown: Notice, chosen: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entries = shown.entries.order_by("pk").values_list("application", "frozen")
        lines = [
            (str(pk), f"{row['no']}. {row['enterprise']}　{row['factory']}") for pk, row in entries
        ]
        self.fields["application"].choices = [("", "请选择"), *lines]  # type: ignore[attr-defined]
        self.initial.setdefault("application", chosen)

    def said(self) -> objections.Said:
        given = self.cleaned_data
        return objections.Said(
            given["name"], given["phone"], given["relation"], given["ground"], given["proof"]
        )


class LetterForm(ObjectionForm):
    received_on = DayField("收到日期")
    field_order = ("received_on",)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("received_on", on)
        self.fields["name"].help_text = "来件上的真实姓名或单位全称，匿名的不受理"


class ReceiptForm(forms.Form):
    receipt = forms.CharField(label="回执号", max_length=30, help_text="例如 YY-2026-0001-AB2C3D")
    digits = forms.CharField(
        label="联系电话后四位",
        min_length=4,
        max_length=4,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class UnsealForm(forms.Form):
    reason = forms.CharField(
        label="查阅原因", max_length=100, help_text="每次查阅都记入操作留痕，含查阅人和时间"
    )


class HandlerChoice(forms.ModelChoiceField):
    def label_from_instance(self, user: User) -> str:
        return str(user)


class AssignForm(forms.Form):
    handler = HandlerChoice(
        label="处理人",
        queryset=User.objects.none(),
        empty_label="请选择",
        help_text="只列出没有办理过这件申报的本单位人员",
    )

    def __init__(self, *args: Any, among: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(pk__in=[one.pk for one in among])
        self.fields["handler"].queryset = people.select_related("authority")  # type: ignore[attr-defined]


class FindingForm(forms.Form):
    finding = forms.ChoiceField(
        label="处理结论", choices=Objection.Finding.choices, widget=forms.RadioSelect
    )
    answer = forms.CharField(
        label="对异议人的答复",
        max_length=2000,
        help_text="异议人凭回执号能看到",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reason = forms.CharField(
        label="不予认定的理由",
        required=False,
        max_length=300,
        help_text="异议成立时填写，企业能看到；不要写出异议人",
    )
