"""Determinations made before the portal existed (补录): what a bureau's document may state, and
entering several at a time on a list.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from registry import creditcode, enterprises, policy
from registry.access import business_date
from registry.audit import Verb
from registry.models import Authority, Division, Enterprise, Factory, Industry, User
from registry.policy import Tier
from tiers import certification, eligibility, filing
from tiers.models import Certification, FilingEntry, FilingList


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What the bureau's document states of a determination."""

    decided_on: date
    document_no: str
    maturity_level: int | None
    assessed_on: date | None
    # Only where the bureau's document itself states a last day; else the term of the rules counts.
    last_day: date | None = None
    # As ``Certification.covers``; empty where the document does not say.
    covers: str = ""


@dataclass(frozen=True, kw_only=True)
class Earlier(Stated):
    """A determination made before the portal existed."""

    credit_code: str
    enterprise_name: str
    factory_name: str
    division: Division
    industry: Industry | None = None


@transaction.atomic
def add_earlier(
    filing_list: FilingList, rows: Sequence[Earlier], *, by: User, at: datetime
) -> list[FilingEntry]:
    """Add factories determined before the portal existed, all or none.

    Enters firm and factory where they are unknown. Raises ValidationError with one message per
    faulty row, each naming its row (1-based).
    """
    filing_list = filing.editable(filing_list, by)
    entries: list[FilingEntry] = []
    faults: list[ValidationError] = []
    for number, row in enumerate(rows, start=1):
        try:
            with transaction.atomic():
                entries.append(_add_one(filing_list, row, by=by, at=at))
        except ValidationError as error:
            faults += [
                ValidationError(f"第 {number} 行：{m}", code=f"row{number}") for m in error.messages
            ]
    if faults:
        raise ValidationError(faults)
    filing.trail(Verb.FILING_ADD, filing_list, by=by, at=at, added=len(entries))
    return entries


def _add_one(filing_list: FilingList, row: Earlier, *, by: User, at: datetime) -> FilingEntry:
    check_stated(filing_list, row, business_date(at))
    office = enterprises.responsible(row.division)
    if office is None or not office.path.startswith(filing_list.authority.path):
        raise ValidationError(f"{row.division.name}不归本部门管辖，不能列入本清单")
    code = creditcode.clean(row.credit_code)
    enterprise = Enterprise.objects.filter(credit_code=code).first()
    if enterprise is None:
        enterprise = enterprises.register(
            credit_code=code, name=row.enterprise_name, seat=row.division, by=by, at=at
        )
    elif enterprise.name != creditcode.tidy_name(row.enterprise_name):
        raise ValidationError(f"这个代码登记的企业名称是“{enterprise.name}”，请核对")
    name = creditcode.tidy_name(row.factory_name)
    factory = Factory.objects.filter(enterprise=enterprise, name=name).first()
    if factory is None:
        # The firm may be seated elsewhere and not be seen here yet; its factory lies here.
        factory = enterprises.enter_factory(
            enterprise, name=name, division=row.division, industry=row.industry, by=by, at=at
        )
    elif not factory.authority.path.startswith(filing_list.authority.path):
        raise ValidationError(
            f"“{factory.name}”由{factory.authority.short_name}管辖，不能列入本清单"
        )
    title = certification.issue(
        factory,
        Tier(filing_list.tier),
        certification.Grant(
            issuer=filing_list.authority,
            document_no=row.document_no.strip(),
            valid_from=row.decided_on,
            source=Certification.Source.IMPORTED,
            basis=row.document_no.strip(),
            maturity_level=row.maturity_level,
            assessed_on=row.assessed_on,
            last_day=row.last_day,
            covers=row.covers,
        ),
        by=by,
        at=at,
    )
    return FilingEntry.objects.create(filing_list=filing_list, certification=title)


def check_stated(filing_list: FilingList, row: Stated, today: date) -> None:
    """Refuse what no document of this list's office and tier can state."""
    for _, said in stated_faults(filing_list.authority, Tier(filing_list.tier), row, today):
        raise ValidationError(said)


def stated_faults(
    office: Authority, tier: Tier, row: Stated, today: date
) -> Iterator[tuple[str, str]]:
    """What no document of this office about this tier can state: (field, sentence) each."""
    if row.decided_on > today:
        yield "decided_on", "认定日期不能晚于今天"
    if row.last_day is not None and row.last_day <= row.decided_on:
        yield "last_day", "文件载明的到期日期应晚于认定日期"
    if row.assessed_on and row.assessed_on > row.decided_on:
        yield "decided_on", "认定日期早于自评时间，请核对两个日期"
    if row.decided_on < (first := _first_day(office)):
        said = f"认定日期早于本省规则施行日 {first:%Y-%m-%d}，不属于本梯度培育的认定"
        yield "decided_on", said
        return
    least = eligibility.least_maturity(policy.current(office.province_code, row.decided_on), tier)
    if row.maturity_level is None or row.assessed_on is None:
        yield "maturity_level", "请填写成熟度等级和自评日期"
    elif row.maturity_level < least:
        said = f"成熟度 {row.maturity_level} 级，{tier.label}要求不低于 {least} 级"
        yield "maturity_level", said
    if not row.document_no.strip():
        yield "document_no", "请填写认定文号"


def _first_day(office: Authority) -> date:
    province = office.province_code
    return min(p.in_force_from for p in policy.all_policies() if p.province == province)
