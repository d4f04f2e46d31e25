"""What is tried: of an edition or a rule file, the part that says what a factory must be."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.core import signing
from django.core.exceptions import ValidationError

from assessments import standard
from assessments.scoring import gates_for
from assessments.standard import Gate, Standard
from registry import policy
from registry.policy import Policy, Tier

SALT = "reports.whatif"
FILE = "规则文件"


@dataclass(frozen=True)
class Trial:
    """``name`` says in words what is tried; the rest takes the place of the same in the rules."""

    name: str
    province: str
    standard: str
    gates: Mapping[str, Mapping[str, Any]]
    veto_lookback_years: int

    def put_into(self, present: Policy) -> Policy:
        """The rules in force with what is tried in its place."""
        return replace(
            present,
            standard=self.standard,
            tiers={
                tier: replace(rule, gates=dict(self.gates.get(tier.value, {})))
                for tier, rule in present.tiers.items()
            },
            veto_lookback_years=self.veto_lookback_years,
        )


def of_edition(code: str, present: Policy) -> Trial:
    """An edition of the conditions in place of the one the rules ask for; all else as it is."""
    if code not in {one.code for one in standard.all_standards()}:
        raise ValidationError("没有这一版要素条件，请重新选择")
    edition = standard.get(code)
    return _checked(_trial(edition.title, replace(present, standard=code)), present)


def of_profile(text: str, present: Policy) -> Trial:
    """A rule file of the same province, refused for whatever a real one is refused for."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValidationError(f"不是规则文件的写法（TOML），没有试算：{error}") from None
    if found := policy.problems(FILE, data):
        raise _refused(found)
    if data["province"] != present.province:
        raise ValidationError(
            f"这是{data['province_name']}的规则文件，这里只能试算{present.province_name}的"
        )
    rules = policy.build(FILE, data)
    return _checked(_trial(rules.title, rules), rules)


def _trial(name: str, rules: Policy) -> Trial:
    gates = {tier.value: dict(rule.gates) for tier, rule in rules.tiers.items() if rule.gates}
    return Trial(name, rules.province, rules.standard, gates, rules.veto_lookback_years)


def _checked(trial: Trial, rules: Policy) -> Trial:
    """Refused where its parts do not fit each other, as it would be at the start."""
    tried = replace(trial.put_into(rules), code=FILE)
    codes = [one.code for one in standard.all_standards()]
    if found := standard.policy_problems([tried], codes):
        raise _refused(found)
    return trial


def _refused(found: list[str]) -> ValidationError:
    """The words that a real file is refused with, and what to do with them."""
    lead = f"规则文件有 {len(found)} 处不合要求，没有试算。请按下面的键名逐处改好再试："
    return ValidationError([lead, *found])


def packed(trial: Trial) -> str:
    """The trial as a word of an address that nobody can alter."""
    return signing.dumps(vars(trial), salt=SALT, compress=True)


def unpacked(word: str, present: Policy) -> Trial:
    try:
        trial = Trial(**signing.loads(word, salt=SALT))
        known = trial.province == present.province
    except (signing.BadSignature, TypeError):
        known = False
    if not known:
        raise ValidationError("这个试算地址不能用了，请重新试算")
    return _checked(trial, present)


# --- in words ------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """One thing that would be otherwise."""

    label: str
    now: str
    then: str


def changes(trial: Trial, present: Policy) -> list[Change]:
    """What would be otherwise than by the rules in force."""
    return list(_changes(trial.put_into(present), present))


def _changes(tried: Policy, present: Policy) -> Iterator[Change]:
    old, new = standard.get(present.standard), standard.get(tried.standard)
    if old is not new:
        yield Change("要素条件", old.title, new.title)
        yield from _of_conditions(old, new)
    was, would = _gates(old, present), _gates(new, tried)
    for tier in Tier:
        for label, show in _SHOWN.items():
            now, then = show(was[tier], old), show(would[tier], new)
            if now != then:
                yield Change(f"{tier.label}{label}", now, then)
    years = (present.veto_lookback_years, tried.veto_lookback_years)
    if years[0] != years[1]:
        yield Change("一票否决回溯期", *(f"{one}年" for one in years))


def _of_conditions(old: Standard, new: Standard) -> Iterator[Change]:
    was, now = _texts(old), _texts(new)
    for id in [*was, *(id for id in now if id not in was)]:
        if was.get(id) != now.get(id):
            yield Change("条款", was.get(id, "没有"), now.get(id, "不再要求"))


def _texts(edition: Standard) -> dict[str, str]:
    return {
        **{one.id: one.text for one in edition.basics},
        **{one.id: one.text for one in edition.conditions},
    }


def _gates(edition: Standard, rules: Policy) -> dict[Tier, Gate]:
    overrides = {tier: rule.gates for tier, rule in rules.tiers.items() if rule.gates}
    return gates_for(edition, overrides)


def _share(gate: Gate, edition: Standard) -> str:
    bar: Decimal | None = gate.ai_share
    return "不要求" if bar is None else f"不低于{(bar * 100).normalize():f}%"


_SHOWN = {
    "成熟度": lambda gate, edition: f"{gate.maturity_level}级及以上",
    "应覆盖环节": lambda gate, edition: "、".join(
        edition.dimension(id).name for id in gate.dimensions
    ),
    "环节覆盖要求": lambda gate, edition: gate.dimension_rule_label,
    "人工智能场景占比": _share,
}
