"""Every kind of workbook that can be sent in."""

from __future__ import annotations

from reports.intake.kinds import Ask, Kind
from reports.intake.lists import LISTS
from tiers import filing_intake
from tiers.listings import FILING_ENTRIES

FILING = Kind(
    key="filing",
    label="基础级备案清单",
    unit="座",
    fields=filing_intake.fields,
    shown=filing_intake.SHOWN,
    allowed=filing_intake.may_send,
    refusal="按现行规则，基础级备案清单不由本部门报备，不能导入",
    check=filing_intake.check,
    apply=filing_intake.apply,
    holds=filing_intake.holds,
    undo=filing_intake.undo,
    outlook=filing_intake.outlook,
    place=("tiers:filing_list_list", "备案清单"),
    asks=(
        Ask(
            "document_no",
            "认定文号",
            "本部门认定这批工厂的文件文号。表里有“认定文号”一列的，以表里为准",
        ),
    ),
    personal=filing_intake.PERSONAL,
    aside=("清单编号", "清单等级", "报备部门", "清单状态", "退回意见"),
    lists=(FILING_ENTRIES,),
    about="本部门已经认定的基础级智能工厂。没有登记的企业和工厂会一并登记，"
    "导入后列入整理中的备案清单，由本部门核对后报备。",
)

KINDS: dict[str, Kind] = {kind.key: kind for kind in (FILING, *LISTS)}
