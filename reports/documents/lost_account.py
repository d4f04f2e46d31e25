"""找回账号申请函: blank, for the legal representative to sign."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from reports.documents.content import Column, Document, Table, Text

FIELDS = (
    "企业名称",
    "统一社会信用代码",
    "要找回的账号（用户名）",
    "账号使用人姓名",
    "新联系电话",
    "法定代表人姓名",
)


def document() -> Document:
    return Document(
        title="找回账号申请函",
        signed_by="",
        dated=None,
        addressee="（确认本企业人员的工业和信息化主管部门）",
        blocks=(
            Text(
                f"本企业人员因不能登录{settings.SITE['name']}，申请找回下列账号，并将联系电话"
                "变更为新联系电话。本企业知悉：核实通过后设有等待期，期满方可设置新密码，原有的"
                "登录和第二重验证全部失效。"
            ),
            Table(
                "账号",
                (Column("项目", 8), Column("填写", 20)),
                tuple((label, "") for label in FIELDS),
            ),
            Text("以上情况属实，由此产生的责任由本企业承担。"),
            Text("法定代表人（签字）："),
            Text("企业（公章）："),
            Text("日期：　　　　年　　月　　日"),
        ),
        public=True,
        page=reverse("tiers:recover"),
    )
