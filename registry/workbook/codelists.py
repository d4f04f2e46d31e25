"""Places and industries by whatever name or code a bureau writes them, from the official lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from registry.models import Authority, Division, Industry
from registry.workbook.shapes import Field, Kind
from registry.workbook.values import Wrong, folded, shown

_PEOPLES = (
    "满|回|蒙古|朝鲜|达斡尔|鄂温克|鄂伦春|壮|苗|侗|瑶|土家|布依|彝|藏|傣|哈尼|傈僳|白|纳西|拉祜|佤|"
    "景颇|布朗|普米|怒|独龙|黎|畲|仡佬|水|毛南|仫佬|羌|土|撒拉|保安|东乡|裕固|哈萨克|柯尔克孜|"
    "维吾尔|塔吉克|锡伯|各"
)
_ETHNIC = re.compile(rf"(?:(?:{_PEOPLES})族)+(?=自治[县州区旗])")
_TAIL = re.compile(
    r"(自治区|自治州|自治县|自治旗|特别行政区|地区|林区|矿区|新区|省|市|州|盟|县|区|旗)$"
)
_BETWEEN = re.compile(r"[\s/\\,，、>→|·\-—–_.。:：()（）]+")


@dataclass(frozen=True)
class _Place:
    code: str
    name: str
    level: str
    parent: str
    path: str
    office: str


def _own_names(place: _Place) -> Iterator[str]:
    """A place's name and its usual shorter forms."""
    yield place.name
    plain = _ETHNIC.sub("", place.name)
    if plain != place.name:
        yield plain.replace("自治", "") if plain.endswith(("县", "旗")) else plain
    short = _TAIL.sub("", plain.replace("自治", "") if plain.endswith(("县", "旗")) else plain)
    if len(short) > 1:
        yield short
    if place.level == "zone":
        yield from _zone_names(place.name)


def _zone_names(name: str) -> Iterator[str]:
    for long, short in (
        ("高新技术产业开发区", "高新区"),
        ("高新技术产业开发区", "高新技术开发区"),
        ("高新技术开发区", "高新区"),
        ("经济技术开发区", "经开区"),
        ("经济技术开发区", "开发区"),
        ("经济开发区", "经开区"),
        ("经济开发区", "开发区"),
    ):
        if name.endswith(long):
            yield name.removesuffix(long) + short


class Places:
    """Divisions as seen by one authority: its own, the rest of its province, and elsewhere."""

    def __init__(self, authority: Authority | None) -> None:
        self.authority = authority

    @cached_property
    def all(self) -> dict[str, _Place]:
        rows = Division.objects.exclude(level=Division.Level.PLACEHOLDER).values_list(
            "code", "name", "level", "parent_id", "authority__path", "authority__short_name"
        )
        return {row[0]: _Place(*(value or "" for value in row)) for row in rows}

    @cached_property
    def near(self) -> dict[str, list[_Place]]:
        """Every spelling of the places of the authority's province, or of all without one."""
        found: dict[str, list[_Place]] = {}
        for place in self.all.values():
            if self._in_province(place):
                for spelling in self._spellings(place):
                    same = found.setdefault(spelling, [])
                    if place not in same:
                        same.append(place)
        return found

    @cached_property
    def far(self) -> dict[str, list[_Place]]:
        """Full names of the places of other provinces."""
        found: dict[str, list[_Place]] = {}
        for place in self.all.values():
            if not self._in_province(place):
                above = self.all.get(place.parent)
                for prefix in ("", above.name if above else ""):
                    found.setdefault(_joined(prefix + place.name), []).append(place)
        return found

    def _in_province(self, place: _Place) -> bool:
        if self.authority is None or self.authority.kind in ("nation", "group"):
            return True
        return place.path.startswith(f"/{self.authority.province_code}/")

    def _inside(self, place: _Place) -> bool:
        return self.authority is None or place.path.startswith(self.authority.path)

    def _spellings(self, place: _Place) -> Iterator[str]:
        above = self._above(place)
        prefixes = [""]
        for higher in above:
            names = list(_own_names(higher))
            prefixes += [prefix + name for prefix in prefixes for name in names]
        for own in _own_names(place):
            for prefix in prefixes:
                yield _joined(prefix + own)
            for higher in above:
                # A zone's full name often begins with its city's.
                for name in _own_names(higher):
                    if own.startswith(name) and len(own) > len(name) + 1:
                        yield _joined(own.removeprefix(name))

    def _above(self, place: _Place) -> list[_Place]:
        """The places it lies in, the highest first."""
        chain: list[_Place] = []
        while place := self.all.get(place.parent):  # type: ignore[assignment]
            chain.insert(0, place)
        return chain

    def read(self, value: Any, field: Field) -> tuple[str, str]:
        text = _joined(folded(value))
        found = self.near.get(text) or self.near.get(_joined(re.sub(r"[(（].*", "", folded(value))))
        if found is None and text.isdigit() and len(text) == 6 and text in self.all:
            found = [self.all[text]]
        if not found:
            raise Wrong(self._unknown(value, text, field))
        inside = [place for place in found if self._inside(place)]
        if not inside:
            raise Wrong(self._foreign(value, found, field))
        if field.kind == Kind.COUNTY:
            counties = [place for place in inside if place.level in ("county", "zone")]
            if not counties:
                raise Wrong(f"“{shown(value)}”没有写到县（市、区），请写明，如“{self._example()}”")
            # A short form that may mean the city as well ("承德") is not decided here.
            if counties[0].name in text:
                inside = counties
        chosen = [place for place in inside if text.endswith(_joined(place.name))] or inside
        if len(chosen) > 1:
            raise Wrong(self._several(value, chosen))
        return chosen[0].code, chosen[0].name

    def counties(self) -> list[str]:
        """What the authority's lists may name, in official order."""
        found = [p for p in self.all.values() if p.level in ("county", "zone") and self._inside(p)]
        return [place.name for place in sorted(found, key=lambda place: place.code)]

    def _parent_name(self, place: _Place) -> str:
        above = self.all.get(place.parent)
        return above.name if above else ""

    def _example(self) -> str:
        counties = (p.name for p in self.all.values() if p.level == "county" and self._inside(p))
        return next(counties, "县（市、区）全称")

    def _here(self) -> str:
        return self.authority.short_name if self.authority else ""

    def _several(self, value: Any, places: Iterable[_Place]) -> str:
        full = [f"“{self._parent_name(place)}{place.name}”" for place in places]
        return f"“{shown(value)}”有 {len(full)} 处，请写明是{'、'.join(full[:5])}中的哪一处"

    def _foreign(self, value: Any, places: list[_Place], field: Field) -> str:
        owners = dict.fromkeys(self._owner(place) for place in places)
        return (
            f"“{shown(value)}”属于{'、'.join(owners)}，不在{self._here()}，"
            f"请核对{field.caption}；确在那里的，由那里的主管部门报送"
        )

    def _owner(self, place: _Place) -> str:
        parent = self._parent_name(place)
        return parent if parent and parent != self._here() else place.office or parent

    def _unknown(self, value: Any, text: str, field: Field) -> str:
        if elsewhere := self.far.get(text):
            return self._foreign(value, elsewhere[:3], field)
        names = [p.name for p in self.all.values() if self._inside(p)] if text else []
        near = get_close_matches(text, names, 1, 0.5)
        hint = f"是不是“{near[0]}”？" if near else ""
        return f"没有找到名为“{shown(value)}”的地方。{hint}请填写全称，如“{self._example()}”"


def _joined(text: str) -> str:
    return _BETWEEN.sub("", text)


class Industries:
    """The industry classification by code, by name, and by both together."""

    @cached_property
    def names(self) -> dict[str, str]:
        return dict(Industry.objects.values_list("code", "name"))

    @cached_property
    def codes(self) -> dict[str, list[str]]:
        """By normal name; where several levels have one name, the widest."""
        found: dict[str, list[str]] = {}
        for code, name in self.names.items():
            same = found.setdefault(_plain_name(name), [])
            if same and len(same[0]) > len(code):
                same.clear()
            if not same or len(same[0]) == len(code):
                same.append(code)
        return found

    def read(self, value: Any, field: Field) -> tuple[str, str]:
        plain = folded(value).replace(" ", "")
        code, name = _code_and_name(f"0{plain}" if re.fullmatch(r"\d", plain) else plain)
        if code and code not in self.names:
            raise Wrong(
                f"行业代码 {code} 不在工业（B 采矿、C 制造、D 电力热力燃气及水）范围内，"
                "请对照《国民经济行业分类》核对"
            )
        named = self._named(name) if name else []
        if name and not (code or named):
            raise Wrong(self._unknown(value, name))
        fitting = [one for one in named if one.startswith(code) or code.startswith(one)]
        if code and name and not fitting:
            raise Wrong(
                f"代码 {code} 是“{self.names[code]}”，与所写的“{name}”不符，请核对后改成一致"
            )
        if not code and len(named) > 1:
            raise Wrong(f"“{name}”有 {len(named)} 个代码：{'、'.join(named)}，请写明代码")
        found = code or (named[0] if named else "")
        if not found.isdigit():
            raise Wrong(f"“{shown(value)}”只到门类，请写到大类，如“C33 金属制品业”")
        return found, self._written(found)

    def divisions(self) -> list[str]:
        """Two-digit industries, code and name."""
        return [self._written(code) for code in sorted(self.names) if len(code) == 2]

    def _written(self, code: str) -> str:
        section = "B" if code < "13" else "C" if code < "44" else "D"
        return f"{section}{code} {self.names[code]}"

    def _named(self, name: str) -> list[str]:
        plain = _plain_name(name)
        for spelling in (plain, f"{plain}业", plain.removesuffix("业")):
            if spelling in self.codes:
                return self.codes[spelling]
        # "制造业/金属制品业": the last piece says it all.
        *above, last = re.split(r"[/\\>→—-]+", name)
        return self._named(last) if above and last else []

    def _unknown(self, value: Any, name: str) -> str:
        divisions = {_plain_name(n): c for c, n in self.names.items() if len(c) == 2}
        near = get_close_matches(_plain_name(name), divisions, 1, 0.5)
        hint = f"是不是“{self._written(divisions[near[0]])}”？" if near else ""
        return f"国民经济行业分类里没有“{shown(value)}”。{hint}请写代码和名称，如“C33 金属制品业”"


def _code_and_name(plain: str) -> tuple[str, str]:
    """ "C33金属制品业", "金属制品业(C33)", "33", "金属制品业"."""
    before = re.match(r"^[(\[]?(?:[A-Za-z]-?)?(\d{2,4})[)\]]?[-:.、/—]*(.*)$", plain, re.DOTALL)
    if before:
        return before[1], before[2]
    behind = re.match(r"^(.*?)[-:.、/—]*[(\[]?[A-Za-z]?(\d{2,4})[)\]]?$", plain, re.DOTALL)
    if behind:
        return behind[2], behind[1]
    return "", re.sub(r"^[A-Za-z](?=$|[^A-Za-z])[-:.、/—]*", "", plain)


class Codes:
    """Both lists for one authority; whoever lays out many files may use them again."""

    def __init__(self, place: Authority | None = None) -> None:
        self.places, self.industries = Places(place), Industries()


def _plain_name(name: str) -> str:
    return re.sub(r"[\s、,，。.()（）和及与]", "", name)
