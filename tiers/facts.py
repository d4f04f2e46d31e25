"""What is on record of firm and factory, in words, as an application states and compares it."""

from __future__ import annotations

from collections.abc import Mapping

from assessments.assessment import Change, kind_of
from registry.models import Factory

ENTERPRISE, FACTORY = "企业信息", "工厂信息"
#: Name of a fact -> its section and what it is called there.
LABELS = {
    "enterprise.name": (ENTERPRISE, "企业名称"),
    "enterprise.credit_code": (ENTERPRISE, "统一社会信用代码"),
    "enterprise.seat": (ENTERPRISE, "注册地"),
    "enterprise.address": (ENTERPRISE, "注册地址"),
    "enterprise.industry": (ENTERPRISE, "所属行业"),
    "enterprise.size": (ENTERPRISE, "企业规模"),
    "enterprise.above_scale": (ENTERPRISE, "规模以上工业企业"),
    "factory.name": (FACTORY, "工厂名称"),
    "factory.division": (FACTORY, "所在地"),
    "factory.address": (FACTORY, "工厂地址"),
    "factory.industry": (FACTORY, "所属行业"),
    "factory.products": (FACTORY, "主要产品"),
}


def facts_of(factory: Factory) -> dict[str, str]:
    """Each fact in words, empty where nothing is on record."""
    firm = factory.enterprise
    above = {True: "是", False: "否", None: ""}[firm.above_scale]
    return {
        "enterprise.name": firm.name,
        "enterprise.credit_code": firm.credit_code,
        "enterprise.seat": firm.seat.name if firm.seat else "",
        "enterprise.address": firm.address,
        "enterprise.industry": str(firm.industry or ""),
        "enterprise.size": firm.get_size_display(),
        "enterprise.above_scale": above,
        "factory.name": factory.name,
        "factory.division": factory.division.name if factory.division else "",
        "factory.address": factory.address,
        "factory.industry": str(factory.industry or ""),
        "factory.products": factory.products,
    }


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    """What changed between two states of the facts; nothing where one of them was not kept."""
    if not before or not after:
        return ()
    found = []
    for name, (section, label) in LABELS.items():
        old, new = before.get(name, ""), after.get(name, "")
        if old != new:
            found.append(
                Change(name.partition(".")[0], section, name, label, old, new, kind_of(old, new))
            )
    return tuple(found)
