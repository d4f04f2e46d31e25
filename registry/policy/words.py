"""The rules of an edition in words, line by line, each with what it rests on."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.policy.shapes import (
    LEVEL_LABELS,
    AnnualRule,
    Basis,
    Derivation,
    NationalPlaces,
    Policy,
    Renewal,
    StepKind,
    Tier,
    TierRule,
)


@dataclass(frozen=True)
class Rule:
    """One line of the rules page: a key, its value in words, and what it rests on."""

    path: str
    label: str
    value: str
    basis: Basis


def rules(policy: Policy) -> tuple[Rule, ...]:
    return tuple(
        Rule(path, label, value, policy.basis(path)) for path, label, value in _in_words(policy)
    )


_SCOPE_LABELS = {"national": "国家级", "province": "省级", "city": "市级"}
_PREREQUISITE_LABELS = {"title": "须持有有效称号", "self_assessed": "自评达到即可"}
_WITHIN_LABELS = {"recheck": "称号保留，由迁入地主管部门复核", "keeps": "称号保留"}
_OUT_LABELS = {"ends": "称号终止", "stays": "称号保留至有效期满"}
_GATE_LABELS = {
    "maturity_level": "成熟度等级不低于",
    "dimensions": "应覆盖环节",
    "dimension_rule": "环节覆盖要求",
    "ai_share": "人工智能场景比例不低于",
    "performance": "主要技术经济指标",
}


def _in_words(policy: Policy) -> Iterator[tuple[str, str, str]]:
    yield "title", "文件名称", policy.title
    yield "in_force_from", "施行日期", policy.in_force_from.isoformat()
    yield "source", "文件来源", policy.source
    yield "department_name", "省级主管部门", policy.department_name
    yield "standard", "采用的要素条件", policy.standard
    yield "veto_lookback_years", "一票否决回溯期", f"{policy.veto_lookback_years}年"
    due = policy.revocation
    periods = (
        f"陈述申辩 {due.statement_workdays} 个工作日，申请听证 {due.hearing_workdays} 个工作日，"
        f"申请复核 {due.appeal_days} 日"
    )
    yield "revocation", "撤销认定的期限", periods
    for ground in policy.grounds:
        after = f"{ground.ban_years}年内禁止申报" if ground.ban_years else "不禁止再次申报"
        yield f"grounds.{ground.code}", f"终止情形：{ground.name}", after
    yield "relocation.within", "工厂在省内搬迁", _WITHIN_LABELS[policy.relocation.within]
    yield "relocation.out", "工厂迁出本省", _OUT_LABELS[policy.relocation.out]
    yield "bureau_names.city", "市级主管部门名称", policy.bureau_name("city", "某市")
    yield "bureau_names.county", "县级主管部门名称", policy.bureau_name("county", "某县")
    for rule in policy.tiers.values():
        yield from _tier_in_words(rule)
        for item in rule.derive:
            yield from _derivation_in_words(policy, rule.tier, item)
    if policy.yearly_list:
        tiers = "、".join(tier.label for tier in policy.yearly_list)
        yield "yearly_list", "每年下发的名单", tiers
    for tier, count in policy.plan_targets.items():
        yield f"plan_targets.{tier.value}", f"{policy.plan_year}年目标：{tier.label}", f"{count}座"
    for unit in policy.reporting_units:
        yield "reporting_units", f"单列报送单位：{unit.name}", "、".join(unit.divisions)
    for division, authority in policy.division_exceptions.items():
        yield "division_exceptions", f"区划{division}的主管部门", authority
    if "central_groups" in policy.bases:
        words = "承认，列入名录，效力同省级认定" if policy.central_groups else "不承认，不列入名录"
        yield "central_groups", "中央企业集团认定的先进级", words
    if policy.formal_check:
        yield "formal_check", "形式审查问题版本", policy.formal_check
    for department in policy.departments:
        path, name = f"departments.{department.code}", department.short_name
        yield path, f"征求意见部门：{name}", department.name
        yield f"{path}.asks", f"征询{name}的问题", "；".join(department.asks)
    if policy.consult_workdays:
        yield "consult_workdays", "部门答复期限", f"{policy.consult_workdays}个工作日"
    if drawn := policy.supervision:
        yield "supervision.share", "监督抽查比例", f"{drawn.share:.0%}，不足一座的按一座"
        yield "supervision.mend_workdays", "监督抽查整改期限", f"{drawn.mend_workdays}个工作日"
    yield from _annual_in_words(policy.annual)
    if kept := policy.library:
        level = f"自评成熟度达到{kept.refused_maturity_level}级的"
        yield "library.refused_maturity_level", "申报未通过转入培育库", level
        yield "library.by", "转入谁的培育库", f"{LEVEL_LABELS[kept.by]}主管部门"
    for kind in policy.honour_kinds:
        yield "honour_kinds", f"既有称号：{kind.name}", _SCOPE_LABELS[kind.scope]


def _annual_in_words(rule: AnnualRule) -> Iterator[tuple[str, str, str]]:
    if reports := rule.factories:
        path = "annual.factories"
        tiers = "、".join(tier.label for tier in reports.tiers)
        yield f"{path}.tiers", "报送年度报告的工厂", f"12月31日持有有效称号的{tiers}工厂"
        yield f"{path}.due", "年度报告报送截止", str(reports.due)
        by = "，".join(
            f"{tier.label}由{LEVEL_LABELS[at]}" for tier, at in reports.accepted_by.items()
        )
        yield f"{path}.accepted_by", "年度报告受理", by
        missed = f"连续{reports.missed_years}年未报送的，列入受理部门的复核名单"
        yield f"{path}.missed_years", "未报送年度报告", missed
    if summary := rule.summary:
        levels = "、".join(LEVEL_LABELS[level] for level in summary.levels)
        yield "annual.summary.levels", "报送年度总结的部门", f"{levels}主管部门"
        yield "annual.summary.due", "年度总结报送截止", str(summary.due)


def _tier_in_words(rule: TierRule) -> Iterator[tuple[str, str, str]]:
    path, name = f"tiers.{rule.tier.value}", rule.tier.label
    chain = " → ".join(step.label for step in rule.steps)
    without = "不受理申报，由既有称号对应" if rule.derive else "不在本平台办理，只登记结果"
    yield f"{path}.steps", f"{name}办理环节", chain or without
    if rule.requires:
        yield f"{path}.requires", f"{name}前置级别", rule.requires.label
    if rule.prerequisite:
        yield f"{path}.prerequisite", f"{name}前置方式", _PREREQUISITE_LABELS[rule.prerequisite]
    if rule.filing:
        by, with_ = LEVEL_LABELS[rule.filing.by], LEVEL_LABELS[rule.filing.with_]
        yield f"{path}.filing", f"{name}名单备案", f"{by}报{with_}备案"
        if share := rule.filing.recheck_share:
            key = f"{path}.filing.recheck_share"
            yield key, f"{name}备案抽检", f"{with_}按{share:.0%}的比例抽检"
    if rule.inspection_share:
        some = f"按{rule.inspection_share:.0%}的比例抽查"
        extent = "全部核查" if rule.inspection_share == 1 else some
        yield f"{path}.inspection_share", f"{name}现场核查", extent
    if rule.steps or rule.term_years:
        without_term = "国家文件没有规定" if rule.national else "长期有效"
        term = f"{rule.term_years}年" if rule.term_years else without_term
        key = f"{path}.term_years" if rule.term_years else f"{path}.steps"
        yield key, f"{name}有效期", term
    for kind, days in rule.limit_workdays.items():
        label = f"{name}{StepKind(kind).label}时限"
        yield f"{path}.limit_workdays", label, f"{days}个工作日"
    if review := rule.review:
        says = (
            f"每件 {review.experts} 名专家，总分极差超过 {review.spread} 分复评，"
            f"{review.recent_years} 年内服务过的企业回避"
        )
        yield f"{path}.review", f"{name}专家评审", says
    if rule.publicise_workdays:
        term = f"{rule.publicise_workdays}个工作日，发布当天不计"
        yield f"{path}.publicise_workdays", f"{name}公示期", term
    if rule.determine_by == "list":
        yield f"{path}.determine_by", f"{name}认定方式", "同一批次列成名单，经两人办理一并认定"
    if rule.renewal:
        yield f"{path}.renewal", f"{name}复核换发", _renewal_in_words(rule.renewal)
    if hint := rule.national_places:
        yield f"{path}.national_places", f"{name}国家名额参考", "；".join(in_bands(hint))
    if years := rule.cultivation_years:
        yield f"{path}.cultivation_years", f"{name}培育期", f"不超过{years}年，其间不计为{name}"
    for key, value in rule.gates.items():
        yield f"{path}.gates.{key}", f"{name}{_GATE_LABELS[key]}", str(value)


def _renewal_in_words(renewal: Renewal) -> str:
    late = f"；到期后 {renewal.late_months} 个月内可以逾期申请" if renewal.late_months else ""
    chain = " → ".join(step.label for step in renewal.steps)
    return f"到期前 {renewal.opens_months} 个月起可以申请{late}；{chain}"


_BANDS = {
    "industry_rank": ("工业增加值排名", "第 {} 名起", "最多 {} 座"),
    "excellent_titles": ("已有卓越级", "{} 座起", "{} 座"),
}


def in_bands(hint: NationalPlaces) -> list[str]:
    """The bands of the ministries' places, one sentence each."""
    what, begins, places = _BANDS[hint.by]
    return [f"{what}{begins.format(start)}：{places.format(n)}" for start, n in hint.bands]


def _derivation_in_words(
    policy: Policy, tier: Tier, item: Derivation
) -> Iterator[tuple[str, str, str]]:
    says = [policy.honour_kind(item.honour).name]
    if item.authority:
        says.append(f"限{item.place}")
    if item.same_year:
        says.append("限授予当年")
    if item.maturity_level:
        says.append(f"成熟度自评达到{item.maturity_level}级")
    if item.reassessed:
        says.append("按要素条件重新自评达到本级")
    if item.checked_by:
        says.append(f"经{LEVEL_LABELS[item.checked_by]}核查")
    doing = "直接列入" if item.automatic else "集中复核后认定" if item.together else "认定"
    how = f"{LEVEL_LABELS[item.by]}{doing}"
    path = f"tiers.{tier.value}.derive.{item.key}"
    yield path, f"{tier.label}由既有称号对应", f"{'，'.join(says)}：{how}"
