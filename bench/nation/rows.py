"""The rows of a nation, each worked out from its number alone: the same at every scale, so that a
larger nation is the smaller one with more behind it.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

from bench.nation.copying import plain
from registry import creditcode, policy, workdays
from registry.models import Authority, Division, Enterprise, Industry
from registry.policy import Tier
from tests import build
from tiers import certification
from tiers.models import Certification

MASK = (1 << 64) - 1
#: A stride that shares no factor with a count visits every one once.
STRIDE = 7919
#: The day on which the nation stands; everything in it lies before, or runs on from here.
TODAY = date(2026, 6, 30)
FIRST = date(2022, 1, 4)

SIGNS = (
    "华宏兴盛瑞泰恒昌隆鑫源通达信诚德仁和安康宁福禄祥庆丰裕嘉美佳景明亮光辉耀星辰宇宙天地海川江河"
    "湖山岭峰云霞虹雨雪霜春夏秋冬东南西北中正大广博众合联同共创新科智慧精益求真卓越超腾飞翔龙凤麒麟"
    "骏驰骋远航启迪思维凯旋胜利金银铜铁钢锐利坚固强力劲健百千万亿元亨贞吉"
)
TRADES = (
    "机械制造", "精密铸造", "汽车零部件", "电子科技", "新材料", "生物制药", "食品",
    "纺织", "装备制造", "化工", "橡胶制品", "塑料制品", "金属制品", "钢构",
    "阀门", "轴承", "电缆", "变压器", "仪器仪表", "自动化设备", "陶瓷",
    "玻璃", "水泥", "造纸", "印务", "家具", "服饰", "医疗器械",
    "环保设备", "新能源", "农业机械",
)  # fmt: skip
FORMS = (
    "有限公司", "有限责任公司", "股份有限公司", "（集团）有限公司", "有限公司", "有限公司",
)  # fmt: skip
WORKS = ("智能工厂", "生产基地", "数字化车间工厂", "一厂", "制造中心")
HOW = (
    "已建成覆盖主要工序的制造执行系统，与企业资源计划系统贯通，生产计划、物料、质量和设备数据自动采集，"
    "班组按看板作业，异常在系统内闭环处理，近三年运行稳定。"
)


def mixed(number: int, salt: int) -> int:
    """A number that looks like chance and is always the same."""
    x = (number * 0x9E3779B97F4A7C15 + salt * 0xD1B54A32D192ED03) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def moment(day: date) -> datetime:
    return build.on_day(day, 10)


@dataclass(frozen=True)
class Place:
    """A county with the offices that answer for it."""

    code: str
    name: str
    authority: int
    path: str
    city: int
    province: int
    rules: str
    prefix: str


@dataclass
class Nation:
    """What the rows are made from, read once from the official lists."""

    enterprises: int
    factories: int
    assessments: int
    titles: int
    events: int
    cases: int
    by: int = 0

    @cached_property
    def places(self) -> list[Place]:
        offices = {one.pk: one for one in Authority.objects.all()}
        above = {one.path: one for one in offices.values()}
        counties = Division.objects.filter(authority__kind="county").order_by("code")
        found = []
        for one in counties:
            office = offices[one.authority_id]
            province = above[f"/{office.province_code}/"]
            rules = policy.current(office.province_code, TODAY)
            city = office.parent_id or province.pk
            found.append(
                Place(
                    one.code, one.name, office.pk, office.path, city, province.pk,
                    rules.code, rules.title_prefix,
                )
            )  # fmt: skip
        return found

    @cached_property
    def industries(self) -> list[str]:
        classes = Industry.objects.filter(level="class", code__gte="13", code__lt="44")
        return list(classes.order_by("code").values_list("code", flat=True))

    @cached_property
    def nation(self) -> int:
        return Authority.objects.get(kind="nation").pk

    @cached_property
    def sizes(self) -> list[str]:
        return list(Enterprise.Size.values)

    def __post_init__(self) -> None:
        # Nothing may be asked of the database while a COPY runs on its connection.
        _ = self.places, self.industries, self.nation, self.sizes

    def place(self, firm: int) -> Place:
        return self.places[mixed(firm, 1) % len(self.places)]

    def brand(self, firm: int) -> str:
        """Two to four signs that make a firm's name its own."""
        h = mixed(firm, 2)
        return "".join(SIGNS[(h >> (8 * n)) % len(SIGNS)] for n in range(2 + h % 3))

    def name(self, firm: int) -> str:
        h, place = mixed(firm, 3), self.place(firm)
        return f"{place.name}{self.brand(firm)}{TRADES[h % 31]}{FORMS[(h >> 8) % 6]}"

    def code(self, firm: int) -> str:
        return creditcode.complete(f"91{self.place(firm).code}{firm:08d}")

    def registered(self, firm: int) -> date:
        return FIRST + timedelta(days=mixed(firm, 4) % 365)

    def owner(self, factory: int) -> int:
        """The first factories are everybody's first, the others second ones."""
        if factory <= self.enterprises:
            return factory
        return (factory - self.enterprises - 1) * STRIDE % self.enterprises + 1

    def factory_name(self, factory: int) -> str:
        firm = self.owner(factory)
        works = WORKS[mixed(firm, 5) % len(WORKS)]
        lap = (factory - 1) // self.enterprises
        return f"{self.brand(firm)}{'第' + '二三四五六'[lap - 1] if lap else ''}{works}"

    def factory_place(self, factory: int) -> Place:
        if factory <= self.enterprises:
            return self.place(factory)
        return self.places[mixed(factory, 6) % len(self.places)]

    # --- the tables ------------------------------------------------------------------------------

    def enterprise_row(self, n: int) -> tuple:
        h, place = mixed(n, 7), self.place(n)
        return (
            n, self.code(n), self.name(n), place.code, place.authority,
            f"{place.name}工业园区创业路{h % 900 + 1}号", self.industries[h % 600 % len(
                self.industries)], self.sizes[(h >> 16) % 4], bool(h & 4),
            moment(self.registered(n)),
        )  # fmt: skip

    def factory_row(self, n: int) -> tuple:
        h, place = mixed(n, 8), self.factory_place(n)
        return (
            n, self.owner(n), self.factory_name(n), place.code, place.authority,
            f"{place.name}工业园区创业路{h % 900 + 1}号",
            self.industries[h % len(self.industries)], TRADES[h % 31],
            moment(self.registered(self.owner(n))),
        )  # fmt: skip

    def factory_of(self, assessment: int) -> int:
        return (assessment - 1) % self.factories + 1

    def assessed(self, assessment: int) -> date:
        lap = (assessment - 1) // self.factories
        start = date(2023 + lap, 1, 3)
        return start + timedelta(days=mixed(assessment, 9) % 500)

    def standing(self, assessment: int) -> int:
        """Which of the prepared sets of answers it holds."""
        return mixed(assessment, 10) % 40

    def title(self, n: int) -> Certification:
        """Two in a hundred of the second highest tier, the others of the two lower ones, one
        factory at most once of each; five in forty-nine of these end soon.
        """
        k = n - 1
        basic = min(self.titles * 4 // 5, self.factories)
        high = self.titles - self.titles // 50
        if k < basic:
            return self._title(k, Tier.BASIC, k)
        if k < high:
            return self._title(k, Tier.ADVANCED, k - basic)
        return self._title(k, Tier.EXCELLENT, k - high)

    def _title(self, k: int, tier: Tier, index: int) -> Certification:
        factory = index * STRIDE % self.factories + 1
        firm, place, h = self.owner(factory), self.factory_place(factory), mixed(k, 11)
        if k % 49 < 5:
            begun = workdays.years_later(TODAY, -3) + timedelta(days=h % 28)
        else:
            begun = date(2023, 9, 1) + timedelta(days=h % 1000)
        last = None if tier == Tier.EXCELLENT else workdays.years_later(begun, 3)
        issuer = {Tier.BASIC: place.city, Tier.ADVANCED: place.province}.get(tier, self.nation)
        return Certification(
            id=k + 1, number=f"{place.prefix}{begun.year}{tier[0].upper()}{k + 1:07d}",
            factory_id=factory, tier=tier.value, source=Certification.Source.IMPORTED,
            policy=place.rules, basis="申报认定", issuer_id=issuer,
            document_no=f"工信〔{begun.year}〕{h % 400 + 1}号",
            valid_from=begun, last_day=last, ends_on=last + timedelta(days=1) if last else None,
            must_file=tier == Tier.BASIC, published_on=begun + timedelta(days=20),
            printed_enterprise=self.name(firm), printed_factory=self.factory_name(factory),
            printed_credit_code=self.code(firm), maturity_level=2 if tier == Tier.BASIC else 3,
            assessed_on=begun - timedelta(days=40), issued_at=moment(begun),
        )  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """One prepared self-assessment: what it reached, and its answers as COPY wants them."""

    tier: str
    level: int
    score: str
    digest: str
    items: tuple[str, ...]
    middles: tuple[str, ...]


def prepared(standard: object, edition: str) -> list[Answers]:
    """Forty sets of answers as firms give them: of every tier, with indicators and reasons."""
    ladder = [Tier.BASIC] * 28 + [Tier.ADVANCED] * 8 + [Tier.EXCELLENT] * 3 + [Tier.LEADING]
    found = []
    for number, tier in enumerate(ladder):
        values = build.answers_for(tier, edition)
        for item, value in values.items():
            if isinstance(value, dict) and "how" in value:
                values[item] = value | {"how": HOW[: 40 + mixed(number, 12) % 50]}
        for place, kpi in enumerate(standard.kpis):
            after = mixed(number, 20 + place) % 90 + 1
            values[f"kpi.{kpi.id}"] = {"before": "40", "after": str(after), "period": "2025年"}
        level = standard.gates[tier].maturity_level
        middles = tuple(f"\t{item}\t{plain_json(value)}\t1\t" for item, value in values.items())
        digest = hashlib.sha256("".join(middles).encode()).hexdigest()
        found.append(
            Answers(str(tier), level, f"{level}.00", digest, tuple(sorted(values)), middles)
        )
    return found


def plain_json(value: object) -> str:
    return plain(value) if isinstance(value, (dict, list)) else plain(f'"{value}"')


def replayed(title: Certification) -> dict:
    return certification.replay(title)
