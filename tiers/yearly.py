"""The list that a province issues once a year (年度名单): published titles in force on a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from registry.policy import Policy, Tier
from tiers import register
from tiers.models import Certification

COLUMNS = (
    "序号", "等级", "企业名称", "统一社会信用代码", "工厂名称", "所在市", "来源", "依据",
    "认定文号", "认定日期", "有效期至", "证书编号",
)  # fmt: skip


def rows(path: str, rules: Policy, on: date) -> list[dict[str, Any]]:
    """The titles below a province in the order of its rules' tiers; cells stand in the order of
    ``COLUMNS``, without the running number.
    """
    titles = Certification.objects.below(path).published().in_force(on)
    titles = titles.filter(tier__in=rules.yearly_list, published_on__lte=on).for_list()
    titles = titles.select_related("factory__authority__parent").order_by(
        "factory__authority__path", "valid_from", "pk"
    )
    return [
        {
            "tier": Tier(title.tier).label,
            "enterprise": title.printed_enterprise,
            "credit_code": title.printed_credit_code,
            "factory": title.printed_factory,
            "city": register.place_of(title.factory)[0],
            "source": title.get_source_display(),
            "basis": title.basis,
            "document_no": title.document_no,
            "valid_from": title.valid_from,
            "last_day": title.last_day or "",
            "number": title.number,
        }
        for title in sorted(titles, key=lambda t: rules.yearly_list.index(Tier(t.tier)))
    ]
