"""What a column's caption means: one normal form for the ways of writing it, and the words bureaus
use for the same thing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from registry.workbook.shapes import Field

#: Captions of one meaning; a field known by one of them is known by all, unless another field of
#: the same list claims it.
_ALIKE = (
    "企业名称 企业全称 企业 企业名 单位名称 单位全称 单位 公司名称 公司全称 公司 企业单位名称"
    " 申报企业 申报企业名称 申报单位 申报单位名称 申报主体 申报主体名称 所属企业 所属企业名称"
    " 备案企业 备案企业名称 认定企业 认定企业名称 法人单位名称 法人名称 建设单位"
    " 企业名称全称 工厂所属企业 实施单位 实施主体",
    "统一社会信用代码 社会信用代码 信用代码 统一信用代码 统一社会信用代码号 社会统一信用代码"
    " 统一社会信用编码 社会信用编码 企业信用代码 企业统一社会信用代码 单位统一社会信用代码"
    " 统一社会信用代码证号 统一社会信用代码证 统一代码 信用代码证号 纳税人识别号 税号"
    " 企业社会信用代码 信用编码 uscc 法人统一社会信用代码 统一社会代码",
    "工厂名称 工厂 工厂名 工厂全称 智能工厂名称 智能工厂 智能工厂项目名称 申报工厂名称"
    " 申报智能工厂名称 备案工厂名称 认定工厂名称 基础级智能工厂名称 拟认定工厂名称 工厂项目名称"
    " 数字化车间智能工厂名称 先进级智能工厂名称 卓越级智能工厂名称 领航级智能工厂名称",
    "所属县市区 县市区 县区 区县 所属县区 所属区县 所在县区 所在区县 所在县市区 所属市县区"
    " 所属地区 所在地区 属地 所在地"
    " 行政区划 所属行政区划 所属区域 所在区域 县别 所属辖区 辖区"
    " 地区 区域 所属县 所在县 县区名称 所属地 工厂所在地 工厂所在县区 工厂所在县市区 所属地市县区"
    " 企业所在地 所属地域 区市县 所属区市县 县市",
    "所属行业 行业 行业类别 行业分类 行业代码 行业名称 行业大类 国民经济行业 国民经济行业分类"
    " 国民经济行业类别 国民经济行业代码"
    " 所属国民经济行业 所属行业类别 所属行业大类 主营行业 所在行业"
    " 所处行业 行业类型 行业代码及名称 行业及代码"
    " 行业大类代码及名称 企业所属行业",
    "能力成熟度自评等级 能力成熟度等级 成熟度等级 成熟度自评等级 智能制造能力成熟度"
    " 智能制造能力成熟度等级 智能制造能力成熟度自评等级 智能制造成熟度等级 智能制造成熟度自评等级"
    " 智能制造成熟度 成熟度 能力成熟度 cmmm等级 cmmm cmmm自评等级 自评等级 自评级别 自评估等级"
    " 自我评估等级 自诊断等级 成熟度自评估等级 成熟度评估等级 成熟度级别 能力成熟度级别 评估等级"
    " 等级 能力成熟度自评估等级 能力成熟度评估等级 自评结果 自评估结果 成熟度自评结果 自评结果等级",
    "自评时间 自评日期 自评估时间 自评估日期 自评完成时间 自评完成日期 成熟度自评时间"
    " 成熟度自评日期 自诊断时间 自诊断日期 自我评估时间 自我评估日期 评估时间 评估日期"
    " 能力成熟度自评时间 能力成熟度自评日期 自评价时间 自评价日期",
    "覆盖环节 覆盖业务环节 业务环节 环节 涉及环节 建设环节 覆盖的环节 智能化覆盖环节"
    " 智能制造覆盖环节 覆盖环节名称 场景覆盖环节 涵盖环节 覆盖领域 覆盖维度 覆盖方面",
    "认定日期 认定时间 认定年月日 评定日期 评定时间 批准日期 批准时间 公布日期 公布时间 获评日期"
    " 获评时间 认定年月 授予日期 授予时间 获得日期 获得时间",
    "联系人 企业联系人 联系人姓名 联络人 联系人员 企业联系人姓名 联络员 工厂联系人 单位联系人",
    "联系电话 电话 联系方式 手机 手机号 手机号码 电话号码 联系号码 联系人电话 联系人手机"
    " 联系人手机号 联系人联系方式 企业联系电话 企业联系人电话 联系手机 移动电话 办公电话"
    " 联系人联系电话 企业联系方式",
    "电子邮箱 邮箱 email 电子邮件 邮件地址 邮箱地址 联系邮箱",
    "备注 说明 备注说明 其他说明 其他 需要说明的问题",
    "姓名 专家姓名 专家",
    "工作单位 所在单位 单位 任职单位",
    "职称 技术职称 专业技术职称",
    "职务 现任职务",
)
_SERIAL = frozenset({"序号", "序", "编号", "no", "序列号", "顺序号", "行号", "项次"})
_OWN = "错误说明"
_SIGNS = re.compile(r"[\s\u200b-\u200f\ufeff*★☆#:：、，,。.;；·•_/\\\-—–~“”\"'‘’<>《》|]+")
_BRACKETED = re.compile(r"[(\[【〔{〈][^()\[\]【】〔〕{}〈〉]*[)\]】〕}〉]")
_ANY_BRACKET = re.compile(r"[()\[\]【】〔〕{}〈〉]")
_NUMBERED = re.compile(r"^\s*[(]?\d{1,2}[).、]\s*")
_ALIKE_ENOUGH = 0.6


@dataclass(frozen=True)
class Caption:
    """A caption in two normal forms: with what stands in brackets, and without."""

    full: str
    bare: str


@lru_cache(maxsize=8192)
def normal(text: str) -> Caption:
    folded = unicodedata.normalize("NFKC", text).lower()
    folded = _NUMBERED.sub("", folded)
    full = _SIGNS.sub("", _ANY_BRACKET.sub("", folded))
    bare = _SIGNS.sub("", _ANY_BRACKET.sub("", _BRACKETED.sub("", folded)))
    return Caption(full, bare or full)


def is_serial(text: str) -> bool:
    return normal(text).bare in _SERIAL


def is_own(text: str) -> bool:
    """Whether it is the column we put into marked files."""
    return normal(text).full == _OWN


class Vocabulary:
    """Which field a caption means, for the fields of one list and what a bureau answered before."""

    def __init__(self, fields: Iterable[Field], remembered: Mapping[str, str]) -> None:
        self.fields = {field.key: field for field in fields}
        self.remembered = {normal(text).full: key for text, key in remembered.items()}
        self.full: dict[str, set[str]] = {}
        self.bare: dict[str, set[str]] = {}
        self.alike: dict[str, set[str]] = {}
        for field in self.fields.values():
            for text in (field.caption, *field.synonyms):
                caption = normal(text)
                self.full.setdefault(caption.full, set()).add(field.key)
                self.bare.setdefault(caption.bare, set()).add(field.key)
        for words in _ALIKE:
            group = words.split()
            keys = {key for word in group for key in self.full.get(word, ())}
            for word in group:
                self.alike.setdefault(word, set()).update(keys)
        self.words = {
            field.key: {normal(text).bare for text in (field.caption, *field.synonyms)}
            for field in self.fields.values()
        }

    def sure(self, caption: Caption) -> tuple[set[str], int]:
        """The fields it names outright, and how outright: 3 the field's own words, 2 without what
        stands in brackets, 1 by the words of other bureaus.
        """
        for known, form, weight in (
            (self.full, caption.full, 3),
            (self.bare, caption.bare, 2),
            (self.alike, caption.full, 1),
            (self.alike, caption.bare, 1),
        ):
            if found := known.get(form):
                return found, weight
        return set(), 0

    def likely(self, caption: Caption) -> list[str]:
        """The fields it resembles, the most alike first."""
        scored = []
        for key, words in self.words.items():
            closeness = max(_closeness(caption.bare, word) for word in words)
            if closeness >= _ALIKE_ENOUGH:
                scored.append((-closeness, key))
        return [key for _, key in sorted(scored)]


def _closeness(one: str, other: str) -> float:
    """Share of the pairs of neighbouring characters; containing the other whole counts as much."""
    if len(one) < 2 or len(other) < 2:
        return 0.0
    if one in other or other in one:
        return 0.6 + 0.4 * min(len(one), len(other)) / max(len(one), len(other))
    ones = {one[i : i + 2] for i in range(len(one) - 1)}
    others = {other[i : i + 2] for i in range(len(other) - 1)}
    return 2 * len(ones & others) / (len(ones) + len(others))
