"""Many names, codes and numbers checked against the public register at once (批量核验).

Asked by strangers: nothing of what they ask is kept, and one line costs as many queries as the most
that may be sent. A firm without a public title is not told from an unknown one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, Q

from registry import creditcode, enterprises
from registry.enterprises import Stood
from registry.models import Enterprise, EnterpriseName, Factory, PastFactory
from registry.names import folded
from registry.workbook.shapes import Grid
from tiers import register
from tiers.models import Certification, Standing

MOST = 1_000
LONGEST = 200
#: Factories told of for one line; whoever asks for more asks by code.
SHOWN = 20
MORE = f"只列出 {SHOWN} 座，其余请用证书编号核验，或在名录里查询"
_CODE = re.compile(r"[0-9A-Z]{18}")
#: Captions of columns that say what a row is, the surest first.
CAPTIONS = (
    ("统一社会信用代码", "信用代码", "社会信用代码", "统一代码", "企业代码"),
    ("证书编号", "编号", "认定编号"),
    ("工厂名称", "智能工厂名称"),
    ("企业名称", "单位名称", "企业", "名称", "公司名称", "申报单位"),
)
_HEAD_ROWS = 10


class Said(StrEnum):
    """What is said of a line."""

    ONE = "one"
    SEVERAL = "several"
    NONE = "none"
    FAULTY = "faulty"


@dataclass(frozen=True)
class Match:
    """A factory that a line leads to, with the title one asks for, on the day asked about."""

    title: Certification
    standing: Standing
    then: Stood
    hint: str = ""


@dataclass(frozen=True)
class Answer:
    """One line and what the register says of it."""

    number: int
    text: str
    said: Said
    matches: tuple[Match, ...] = ()
    hint: str = ""

    @property
    def label(self) -> str:
        match self.said:
            case Said.ONE:
                return str(self.matches[0].standing.label)
            case Said.SEVERAL:
                return "查到多座工厂"
            case Said.FAULTY:
                return "代码有误"
        return "名录中没有"


# --- what was sent ----------------------------------------------------------


def lines_of(texts: Iterable[str]) -> list[str]:
    """The lines that say something; ValidationError beyond the most that is answered at once."""
    lines = [text for line in texts if (text := " ".join(line.split())[:LONGEST])]
    if not lines:
        raise ValidationError("没有要核验的内容。请每行填一个名称、代码或编号")
    if len(lines) > MOST:
        raise ValidationError(f"一次最多核验 {MOST:,} 行，这里有 {len(lines):,} 行。请分成几次核验")
    return lines


def lines_of_grid(grid: Grid) -> list[str]:
    """From each row of the first sheet with content its surest name: code, number, factory, firm;
    without a head, its first cell.
    """
    sheets = [sheet for sheet in grid.sheets if sheet.visible and any(map(any, sheet.rows))]
    if not sheets:
        raise ValidationError("文件里没有内容，请确认名单在第一张工作表")
    rows = sheets[0].rows
    for at, row in enumerate(rows[:_HEAD_ROWS]):
        if columns := _columns(row):
            return lines_of(_first(row, columns) for row in rows[at + 1 :])
    return lines_of(_first(row, range(len(row))) for row in rows)


def _columns(row: Sequence[Any]) -> list[int]:
    captions = [folded(str(cell or "")).strip("*:：") for cell in row]
    known = [[folded(word) for word in words] for words in CAPTIONS]
    return [at for words in known for at, caption in enumerate(captions) if caption in words]


def _first(row: Sequence[Any], columns: Iterable[int]) -> str:
    cells = (str(row[at]).strip() for at in columns if at < len(row) and row[at] is not None)
    return next((cell for cell in cells if cell), "")


# --- what is answered -------------------------------------------------------


def check(lines: Sequence[str], on: date) -> list[Answer]:
    """An answer for each line, in their order, as of a day."""
    asked = {text: _Asked(text) for text in lines}
    found = _Found(asked.values())
    titles: dict[int, list[Certification]] = defaultdict(list)
    rows = register.published().filter(factory__in=found.factories())
    for title in rows.order_by("-valid_from", "-pk"):
        titles[title.factory_id].append(title)
    then = enterprises.stood_all([some[0].factory for some in titles.values()], on)
    first: dict[str, int] = {}
    answers = []
    for number, text in enumerate(lines, start=1):
        before = first.setdefault(text, number)
        matches = found.matches(asked[text], titles, then, on)
        again = f"与第 {before} 行相同" if before != number else ""
        answers.append(_answer(number, text, asked[text].fault, matches, again))
    return answers


def _answer(number: int, text: str, fault: str, matches: list[Match], again: str) -> Answer:
    if not matches:
        return Answer(number, text, Said.FAULTY if fault else Said.NONE, (), fault or again)
    if len(matches) == 1:
        return Answer(number, text, Said.ONE, tuple(matches), again)
    more = MORE if len(matches) > SHOWN else ""
    return Answer(number, text, Said.SEVERAL, tuple(matches[:SHOWN]), again or more)


class _Asked:
    """One text in the forms in which it may stand in the register."""

    def __init__(self, text: str) -> None:
        self.name = creditcode.tidy_name(text)
        self.number = "".join(text.upper().split())
        tidied = creditcode.tidy(text)
        self.code = tidied if _CODE.fullmatch(tidied) else ""
        self.fault = ""
        if self.code:
            try:
                creditcode.clean(self.code)
            except ValidationError as error:
                self.fault = error.messages[0]


class _Found:
    """Which factories with a public title the texts lead to: by a firm's name or code, now or
    formerly, by a factory's name, or by the number of a title.
    """

    def __init__(self, asked: Iterable[_Asked]) -> None:
        asked = list(asked)
        self.names = {one.name for one in asked if one.name}
        self.by_text: dict[str, dict[int, str]] = defaultdict(dict)
        self.firms: dict[int, list[tuple[str, str]]] = defaultdict(list)
        self._find_firms({one.code for one in asked if one.code})
        self._find_factories()
        numbers = Certification.objects.published().filter(
            number__in={one.number for one in asked if one.number}
        )
        self.numbered = dict(numbers.values_list("number", "factory"))

    def _find_firms(self, codes: set[str]) -> None:
        firms = Enterprise.objects.filter(Q(credit_code__in=codes) | Q(name__in=self.names))
        for key, code, name in firms.values_list("pk", "credit_code", "name"):
            self.firms[key] += [(text, "") for text in (code, name)]
        former = EnterpriseName.objects.filter(name__in=self.names)
        for key, name in former.values_list("enterprise", "name"):
            self.firms[key].append((name, "按企业曾用名查到"))

    def _find_factories(self) -> None:
        public = Certification.objects.published()
        wanted = Q(enterprise__in=list(self.firms)) | Q(name__in=self.names)
        now = Factory.objects.filter(wanted, Exists(public.filter(factory=OuterRef("pk"))))
        for key, firm, name in now.order_by("pk").values_list("pk", "enterprise", "name"):
            for text, hint in self.firms.get(firm, ()):
                self._add(text, key, hint)
            self._add(name, key, "")
        past = PastFactory.objects.filter(
            wanted, Exists(public.filter(factory=OuterRef("factory")))
        )
        for key, firm, name in past.order_by("pk").values_list("factory", "enterprise", "name"):
            for text, hint in self.firms.get(firm, ()):
                self._add(text, key, hint or "工厂原属这家企业")
            self._add(name, key, "按工厂曾用名查到")

    def _add(self, text: str, factory: int, hint: str) -> None:
        kept = self.by_text[text]
        if len(kept) <= SHOWN:
            kept.setdefault(factory, hint)

    def factories(self) -> set[int]:
        return {key for keys in self.by_text.values() for key in keys} | {*self.numbered.values()}

    def matches(
        self,
        asked: _Asked,
        titles: Mapping[int, list[Certification]],
        then: Mapping[int, Stood],
        on: date,
    ) -> list[Match]:
        if (factory := self.numbered.get(asked.number)) is not None:
            title = next(one for one in titles[factory] if one.number == asked.number)
            return [_match(title, titles, then, on, "")]
        keys = self.by_text.get(asked.code or asked.name, {})
        leading = ((register.leading(titles[key], on), hint) for key, hint in keys.items())
        return [_match(title, titles, then, on, hint) for title, hint in leading if title]


def _match(
    title: Certification,
    titles: Mapping[int, list[Certification]],
    then: Mapping[int, Stood],
    on: date,
    hint: str,
) -> Match:
    factory, stood = title.factory, then[title.factory_id]
    now = (factory.enterprise.name, factory.name)
    notes = [hint] if hint else []
    if (stood.enterprise_name, stood.name) != now:
        notes.append(f"现名“{now[0]}　{now[1]}”")
    later = register.successor(title, titles[title.factory_id])
    if later is not None:
        notes.append(f"由证书 {later.number} 接续")
    return Match(title, title.standing_on(on), stood, "；".join(notes))
