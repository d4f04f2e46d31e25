"""The columns of the list, and who sends it."""

from __future__ import annotations

from datetime import date

from assessments import standard
from registry import policy
from registry.models import User
from registry.policy import Tier
from registry.workbook.shapes import Field, Kind
from tiers import filing

TIER = Tier.BASIC
PERSONAL = frozenset({"contact", "phone"})
SHOWN = ("enterprise", "factory")


def may_send(user: User, on: date) -> bool:
    """Whether this officer's office files the tier under the rules of the day."""
    return TIER in filing.filed_tiers(user, on)


def fields(user: User) -> list[Field]:
    """The columns; the parts of a factory are those of the standard that the rules name."""
    return [
        _name("enterprise", "企业名称", "单位名称 公司名称 企业全称 申报企业 申报单位"),
        _field("credit_code", "统一社会信用代码", Kind.CODE, "信用代码 社会信用代码 统一代码"),
        _name("factory", "工厂名称", "智能工厂名称 工厂（车间）名称 申报工厂 工厂"),
        _field(
            "county",
            "所属县（市、区）",
            Kind.COUNTY,
            "所属县区 县区 县（市、区） 所在县区 所属区县 区县 所属地区 属地 所在地",
        ),
        Field("industry", "所属行业", Kind.INDUSTRY, ("行业", "行业类别", "国民经济行业")),
        _field(
            "level",
            "能力成熟度自评等级",
            Kind.LEVEL,
            "成熟度等级 自评等级 成熟度 成熟度自评等级 智能制造能力成熟度等级 CMMM等级",
        ),
        _field("assessed_on", "自评时间", Kind.DATE, "自评日期 自评完成时间 评估时间"),
        Field(
            "dimensions",
            "覆盖环节",
            Kind.CHOICES,
            ("环节", "覆盖的环节", "智能化环节"),
            required=True,
            choices=_dimensions(user),
        ),
        _field("decided_on", "认定日期", Kind.DATE, "认定时间 评定日期 认定公布日期"),
        Field("document_no", "认定文号", synonyms=("文号", "认定文件文号"), max_length=80),
        Field("last_day", "有效期至", Kind.DATE, ("到期日期", "有效截止日期", "有效期截止")),
        Field("contact", "联系人", synonyms=("企业联系人", "联系人姓名")),
        Field("phone", "联系电话", synonyms=("电话", "手机", "联系方式", "手机号码")),
        Field("remark", "备注"),
        Field(
            "number",
            "证书编号",
            synonyms=("认定证书编号",),
            hint="平台导出的清单带有，据此对应到已登记的认定；新认定的不填",
        ),
    ]


def _field(key: str, caption: str, kind: Kind, synonyms: str) -> Field:
    return Field(key, caption, kind, tuple(synonyms.split()), required=True)


def _name(key: str, caption: str, synonyms: str) -> Field:
    return Field(key, caption, Kind.NAME, tuple(synonyms.split()), required=True, max_length=120)


def _dimensions(user: User) -> dict[str, str]:
    """Those of every edition that the rules of the province have named, by their keys."""
    province = user.authority.province_code if user.authority else ""
    return {
        one.id: one.name
        for rules in policy.all_policies()
        if rules.province == province
        for one in standard.get(rules.standard).dimensions
    }
