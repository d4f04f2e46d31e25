"""What a cell means, kind by kind. Each function returns the value and how it is written properly,
or raises Wrong with what is the matter and the cure; whether the two ways of writing differ is the
caller's to tell.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError

from registry import creditcode, phones
from registry.workbook.shapes import Field, Kind

Read = tuple[Any, str]
#: Digits that a spreadsheet's numbers hold exactly.
EXACT = 15
_SCIENTIFIC = re.compile(r"^\d(\.\d+)?[eE]\+?\d{1,2}$")
_INVISIBLE = re.compile(
    r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0b\x0c\x0e-\x1f]"
)
_DIGITS = str.maketrans("〇零一二三四五六七八九", "00123456789")
_DATE = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?$")
_DATE_TIME = re.compile(r"^(.*?[\d日号])[T\s]*\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$")
_SHORT_DATE = re.compile(r"^\d{4}[-/.年]\d{1,2}月?$|^\d{4}年$")
_CHINESE_DATE = re.compile(
    r"^([〇零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,2})月([一二三四五六七八九十]{1,3})[日号]?$"
)
_SERIALS = range(20_000, 80_000)
_LEVELS = {"规划级": 1, "规范级": 2, "集成级": 3, "优化级": 4, "引领级": 5}
_LEVEL_WORDS = {
    **{word: n for n, word in enumerate("一二三四五", start=1)},
    **{word: n for n, word in enumerate("壹贰叁肆伍", start=1)},
    **{word: n for n, word in enumerate("12345", start=1)},
    **{word: n for n, word in enumerate(("i", "ii", "iii", "iv", "v"), start=1)},
}
_LEVEL = re.compile(r"^(?:level|l|第)?([一二三四五壹贰叁肆伍1-5]|i{1,3}|iv|v)(?:级|等级)?$")
_LEVEL_NOISE = re.compile(
    r"智能制造|能力|成熟度|成熟|cmmm|自评估?|自诊断|评估|等级为?|级别|达到|已|[\s()（）:：\-_/、,+.·—]"
)
_YES = frozenset({"是", "有", "√", "✓", "✔", "y", "yes", "true", "1", "对", "已", "☑", "■"})
_NO = frozenset(
    {"否", "无", "没有", "×", "x", "✗", "✘", "n", "no", "false", "0", "不是", "未", "□", "☐"}
)
_SEPARATOR = re.compile(r"[、，,;；/\\|\n\r\t+]+|\s{1,}|[和及与](?=\S)")
_NUMBERS = re.compile(r"[、，,;/\\\n]+|\s+")
_EMAIL = re.compile(r"^[^@\s,，;；]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$")
_NUMBERED = re.compile(r"^[(（]?[\d①-⑳]{1,2}[)）.、]\s*")


class Wrong(Exception):
    """A cell that cannot be read without doubt."""


def shown(value: Any) -> str:
    """A value as the person who typed it would write it."""
    if value is None:
        return ""
    if value is True or value is False:
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.15g}".replace("e+", "E+")
    return str(value)


def folded(value: Any) -> str:
    """Half width, nothing invisible, no blanks around."""
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", shown(value))).strip()


def text(value: Any, field: Field) -> Read:
    # Full-width punctuation belongs to Chinese text, so width is left alone here.
    found = re.sub(r"[^\S\n]+", " ", _INVISIBLE.sub("", shown(value)).replace("\r\n", "\n"))
    found = found.strip().removeprefix("'") if isinstance(value, str) else found
    return found, found


def name(value: Any, field: Field) -> Read:
    found = creditcode.tidy_name(_INVISIBLE.sub("", shown(value)).removeprefix("'"))
    if found and (len(found) < 2 or found.isdigit()):
        raise Wrong(f"“{shown(value)}”不像{field.caption}，请填写全称")
    return found, found


def code(value: Any, field: Field) -> Read:
    plain = folded(value).removeprefix("'").strip()
    rounded = isinstance(value, int | float) and len(f"{abs(value):.0f}") > EXACT
    if rounded or _SCIENTIFIC.match(plain):
        raise Wrong(
            f"单元格是数字格式，代码已被 Excel 改成约数（{shown(value)}），原来的数字找不回来。"
            "请先把这一列设为“文本”格式，再对照营业执照重新填写 18 位代码"
        )
    try:
        found = creditcode.clean(plain)
    except ValidationError as error:
        tidied = creditcode.tidy(plain)
        hint = "（末尾都是 0，可能被 Excel 改成了约数）" if re.search(r"\d0{3}$", tidied) else ""
        raise Wrong(f"{error.messages[0]}{hint}") from None
    return found, found


def phone(value: Any, field: Field) -> Read:
    plain = folded(value)
    if isinstance(value, int) and re.fullmatch(r"[2-9]\d{8,10}", plain):
        raise Wrong(
            "单元格是数字格式，区号开头的 0 丢了。请写成“0311-87654321”的样子，并把该列设为“文本”"
        )
    try:
        return (found := phones.clean(plain)), found
    except ValidationError as error:
        sentence = error.messages[0]
    # Two numbers in one cell: the first is taken, and the note says so.
    for piece in _NUMBERS.split(plain):
        try:
            found = phones.clean(re.sub(r"^\D+[:：]?(?=[\d+(])", "", piece.strip()))
        except ValidationError:
            break
        if found:
            return found, found
    raise Wrong(sentence)


def email(value: Any, field: Field) -> Read:
    found = folded(value).replace(" ", "")
    if not _EMAIL.match(found):
        raise Wrong("电子邮箱不对，应为“名字@单位域名”的样子")
    return found, found


def day(value: Any, field: Field, epoch: date = date(1899, 12, 30)) -> Read:
    if isinstance(value, date):
        return _sensible(value), value.isoformat()
    if isinstance(value, int | float) and int(value) in _SERIALS:
        found = epoch + timedelta(days=int(value))
        return found, found.isoformat()
    plain = re.sub(r"\s*([-/.年月日])\s*", r"\1", folded(value).removeprefix("'"))
    plain = plain.replace("。", ".").replace("—", "-").replace("–", "-")
    if timed := _DATE_TIME.match(plain):
        plain = timed[1]
    if re.fullmatch(r"\d{8}", plain):
        parts = [plain[:4], plain[4:6], plain[6:]]
    elif match := _DATE.match(plain):
        parts = list(match.groups())
    elif match := _CHINESE_DATE.match(plain):
        parts = [match[1].translate(_DIGITS), str(_tens(match[2])), str(_tens(match[3]))]
    elif re.fullmatch(r"\d{5}", plain) and int(plain) in _SERIALS:
        return day(int(plain), field, epoch)
    elif _SHORT_DATE.match(plain):
        raise Wrong(f"“{shown(value)}”没有写明哪一天，请写全年月日，如 2026-03-05")
    else:
        raise Wrong(f"“{shown(value)}”不是能确定的日期，请写成 2026-03-05 的样子")
    year, month, number = map(int, parts)
    if not 1 <= month <= 12:
        raise Wrong(f"“{shown(value)}”不存在：没有 {month} 月。请核对后写成 2026-03-05 的样子")
    if not 1900 <= year <= 2200:
        raise Wrong(f"“{shown(value)}”的年份不对，请核对后写成 2026-03-05 的样子")
    days = monthrange(year, month)[1]
    if not 1 <= number <= days:
        raise Wrong(f"“{shown(value)}”不存在：{year} 年 {month} 月只有 {days} 天，请核对")
    result = _sensible(date(year, month, number))
    return result, result.isoformat()


def _sensible(found: date) -> date:
    if not 1949 <= found.year <= 2100:
        raise Wrong(f"“{found.isoformat()}”的年份不对，请核对后写成 2026-03-05 的样子")
    return found


def _tens(word: str) -> int:
    """Thirty-one and below, in Chinese figures."""
    if "十" not in word:
        return int(word.translate(_DIGITS))
    tens, _, ones = word.partition("十")
    return int((tens or "一").translate(_DIGITS)) * 10 + int((ones or "零").translate(_DIGITS))


def year(value: Any, field: Field) -> Read:
    if isinstance(value, date):
        return value.year, str(value.year)
    plain = re.sub(r"年度?$", "", folded(value)).strip()
    if re.fullmatch(r"[〇零一二三四五六七八九]{4}", plain):
        plain = plain.translate(_DIGITS)
    if not re.fullmatch(r"(19|20)\d\d", plain):
        raise Wrong(f"“{shown(value)}”不是年份，请写成四位数字，如 2026")
    return int(plain), plain


def number(value: Any, field: Field) -> Read:
    if isinstance(value, bool | date):
        raise Wrong(f"“{shown(value)}”不是数字，请只填数字")
    plain = folded(value).removeprefix("'").replace(" ", "")
    if field.unit:
        plain = plain.removesuffix(unicodedata.normalize("NFKC", field.unit))
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        found = Decimal(plain)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d+)?", plain):
        unit = f"（单位：{field.unit}）" if field.unit else ""
        raise Wrong(f"“{shown(value)}”不是数字，请只填数字{unit}")
    if isinstance(value, float):
        found = Decimal(f"{value:.15g}")
    return found, f"{found:f}"


def whole(value: Any, field: Field) -> Read:
    found, _ = number(value, field)
    if found != found.to_integral_value():
        raise Wrong(f"“{shown(value)}”不是整数，请填写整数")
    return int(found), str(int(found))


def percent(value: Any, field: Field) -> Read:
    plain = folded(value)
    if isinstance(value, str) and plain.endswith("%"):
        found, _ = number(plain[:-1], field)
    else:
        found, _ = number(value, field)
    return found, f"{found.normalize():f}%"


def level(value: Any, field: Field) -> Read:
    if isinstance(value, float) and not value.is_integer():
        raise Wrong(f"“{shown(value)}”不是成熟度等级，应为一级至五级")
    plain = folded(value).lower()
    named = {n for word, n in _LEVELS.items() if word in plain}
    for word in _LEVELS:
        plain = plain.replace(word, "")
    plain = _LEVEL_NOISE.sub("", plain)
    if plain:
        match = _LEVEL.match(plain)
        named.add(_LEVEL_WORDS[match[1]] if match else 0)
    if len(named) != 1 or 0 in named:
        raise Wrong(f"“{shown(value)}”不是成熟度等级，应为一级至五级之一，如“二级”")
    found = named.pop()
    return found, f"{'一二三四五'[found - 1]}级"


def yesno(value: Any, field: Field) -> Read:
    plain = folded(value).lower()
    if plain in _YES or plain in _NO:
        return plain in _YES, "是" if plain in _YES else "否"
    raise Wrong(f"“{shown(value)}”应写“是”或“否”")


def _plain(value: Any) -> str:
    return re.sub(r"[\s()（）“”\"'·、,.\-—]", "", folded(_NUMBERED.sub("", shown(value)))).lower()


def _keys(field: Field) -> dict[str, str]:
    known = {_plain(spelling): key for key, many in field.spellings.items() for spelling in many}
    known |= {_plain(key): key for key in field.choices}
    return known | {_plain(caption): key for key, caption in field.choices.items()}


def choice(value: Any, field: Field) -> Read:
    key = _keys(field).get(_plain(value))
    if key is None:
        raise Wrong(f"“{shown(value)}”不在可选范围内，应为{_offered(field)}")
    return key, field.choices[key]


def choices(value: Any, field: Field) -> Read:
    known = _keys(field)
    if (whole_text := known.get(_plain(value))) is not None:
        return (whole_text,), field.choices[whole_text]
    pieces = [piece for piece in _SEPARATOR.split(shown(value)) if piece.strip()]
    found = [known.get(_plain(piece), "") for piece in pieces]
    if not found or "" in found:
        strange = pieces[found.index("")] if found else shown(value)
        raise Wrong(f"“{strange}”不在可选范围内，应为{_offered(field)}，多项用顿号隔开")
    keys = tuple(dict.fromkeys(found))
    return keys, "、".join(field.choices[key] for key in keys)


def _offered(field: Field) -> str:
    captions = list(field.choices.values())
    return "、".join(f"“{caption}”" for caption in captions[:8]) + (
        "等" if len(captions) > 8 else ""
    )


READERS: dict[Kind, Callable[[Any, Field], Read]] = {
    Kind.TEXT: text,
    Kind.NAME: name,
    Kind.CODE: code,
    Kind.PHONE: phone,
    Kind.EMAIL: email,
    Kind.DATE: day,
    Kind.YEAR: year,
    Kind.WHOLE: whole,
    Kind.NUMBER: number,
    Kind.PERCENT: percent,
    Kind.LEVEL: level,
    Kind.CHOICE: choice,
    Kind.CHOICES: choices,
    Kind.YESNO: yesno,
}
