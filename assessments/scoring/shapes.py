"""Whether one answer has the right form, and in plain words what is wrong where it has not."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from assessments.standard import KINDS, PERFORMANCE_ROWS, SOURCES, Standard

LONG_TEXT = 2000
SHORT_TEXT = 200
CONDITION_KEYS = {"met", "how"}
PLATFORM_KEYS = {"level", "score", "date", "report_no"}
KPI_KEYS = {"before", "after", "unit", "period", "na"}
PERFORMANCE_KEYS = {"indicator", "own", "reference", "year", "source"}

Shape = Callable[[Standard, Any], list[str]]


def is_blank(value: Any) -> bool:
    """Nothing was given, or a form of which every field is empty."""
    if isinstance(value, Mapping):
        return all(is_blank(part) for part in value.values())
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is False


def field_errors(standard: Standard, item: str, value: Any) -> list[str]:
    """What is wrong with one answer. An empty answer is always right: it takes the answer back."""
    shape = shape_of(standard, item)
    if shape is None:
        return [f"没有“{item}”这个填写项，请刷新页面后重新填写"]
    return [] if is_blank(value) else shape(standard, value)


def shape_of(standard: Standard, item: str) -> Shape | None:
    """How an item is answered, None where the edition does not know it."""
    fixed: dict[str, Shape] = {
        "maturity.source": _one_of(SOURCES),
        "maturity.kind": _one_of(KINDS),
        "platform.result": _platform,
    }
    if item in fixed:
        return fixed[item]
    if item in standard.condition_ids:
        return _condition
    if item in standard.basic_ids:
        return _one_of({"yes": "是", "no": "否"})
    head, _, rest = item.partition(".")
    if head == "cmmm":
        return _maturity_shape(standard, rest)
    if head == "kpi" and rest in {kpi.id for kpi in standard.kpis}:
        return _kpi
    if head == "perf" and rest in {str(row) for row in PERFORMANCE_ROWS}:
        return _performance
    if head == "exception" and rest in standard.exception_tiers:
        return _reason
    return None


def _maturity_shape(standard: Standard, rest: str) -> Shape | None:
    level, _, subdomain = rest.partition(".")
    if subdomain not in {s.id for s in standard.maturity.subdomains}:
        return None
    if level == "na":
        return _reason
    return _choice if level in {str(one.no) for one in standard.maturity.levels} else None


def _one_of(choices: Mapping[str, str]) -> Shape:
    def check(standard: Standard, value: Any) -> list[str]:
        if isinstance(value, str) and value in choices:
            return []
        return [f"请选择{'或'.join(f'“{label}”' for label in choices.values())}"]

    return check


def _reason(standard: Standard, value: Any) -> list[str]:
    if not isinstance(value, str):
        return ["请用文字说明理由"]
    return _too_long("理由", value, LONG_TEXT)


def _choice(standard: Standard, value: Any) -> list[str]:
    values = [choice.value for choice in standard.maturity.choices]
    if to_number(value) in values:
        return []
    return [f"请从{'、'.join(str(v) for v in values)}中选择一项"]


def _condition(standard: Standard, value: Any) -> list[str]:
    if found := _keys(value, CONDITION_KEYS):
        return found
    if not is_blank(value.get("met")) and value["met"] not in ("yes", "no"):
        found.append("请选择“满足”或“不满足”")
    if not isinstance(value.get("how", ""), str):
        found.append("“情况说明”请填写文字")
    else:
        found += _too_long("情况说明", value.get("how", ""), LONG_TEXT)
    return found


def _platform(standard: Standard, value: Any) -> list[str]:
    if found := _keys(value, PLATFORM_KEYS):
        return found
    highest = len(standard.maturity.levels)
    level, score = value.get("level"), to_number(value.get("score"))
    whole = isinstance(level, int) and not isinstance(level, bool)
    if not whole or not 0 <= level <= highest:
        found.append(f"“评估等级”请填写0至{highest}的整数")
    if score is None or not 0 <= score <= highest:
        found.append(f"“评估得分”请填写0至{highest}的数，最多四位小数，例如2.35")
    elif whole and 0 <= level <= highest and standard.maturity.level_of(score) != level:
        name = standard.maturity.level_of(score)
        found.append(f"得分{score}对应{name}级，与所填{level}级不一致，请核对评估报告")
    if not _is_date(value.get("date")):
        found.append("“评估日期”请按2026-03-31的格式填写")
    if is_blank(value.get("report_no")) or not isinstance(value["report_no"], str):
        found.append("请填写“评估报告编号”")
    else:
        found += _too_long("评估报告编号", value["report_no"], SHORT_TEXT)
    return found


def _kpi(standard: Standard, value: Any) -> list[str]:
    if found := _keys(value, KPI_KEYS):
        return found
    if not isinstance(value.get("na", False), bool):
        found.append("“不适用”只能勾选或不勾选")
    for key, label in (("before", "建设前"), ("after", "建设后")):
        if not is_blank(value.get(key)) and to_number(value[key]) is None:
            found.append(f"“{label}”请填写数字，例如85或12.5")
    for key, label in (("unit", "单位"), ("period", "统计期间")):
        found += _text(label, value.get(key, ""))
    return found


def _performance(standard: Standard, value: Any) -> list[str]:
    if found := _keys(value, PERFORMANCE_KEYS):
        return found
    for key, label in (("own", "本企业数值"), ("reference", "同行业参考数值")):
        if not is_blank(value.get(key)) and to_number(value[key]) is None:
            found.append(f"“{label}”请填写数字，例如85或12.5")
    year = str(value.get("year") or "")
    if year and not (year.isascii() and year.isdigit() and 2000 <= int(year) <= 2100):
        found.append("“年度”请填写四位数字，例如2025")
    for key, label in (("indicator", "指标名称"), ("source", "参考数值来源")):
        found += _text(label, value.get(key, ""))
    return found


def to_number(value: Any) -> Decimal | None:
    """A finite number given as a number or as digits, with at most four places."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        number = Decimal(str(value).strip().replace(",", ""))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) >= 10**12:
        return None
    return number if number == round(number, 4) else None


def _keys(value: Any, allowed: set[str]) -> list[str]:
    if not isinstance(value, Mapping):
        return ["填写的内容格式不对，请刷新页面后重新填写"]
    unknown = sorted(str(key) for key in value if key not in allowed)
    return [f"没有“{'、'.join(unknown)}”这个栏目，请刷新页面后重新填写"] if unknown else []


def _text(label: str, value: Any) -> list[str]:
    if value is not None and not isinstance(value, str):
        return [f"“{label}”请填写文字"]
    return _too_long(label, value or "", SHORT_TEXT)


def _too_long(label: str, text: str, limit: int) -> list[str]:
    return [f"“{label}”不超过{limit}个字，现有{len(text)}个字"] if len(text) > limit else []


def _is_date(value: Any) -> bool:
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
