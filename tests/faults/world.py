"""Firms with applications ready to be submitted, and titles about to end, made by the acts.

Called through ``stack.shell``: what the tests need to know is printed as JSON.
"""

import json
import os
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from registry import contacts
from registry.access import Role, business_date
from registry.models import Enterprise
from registry.policy import Tier
from tests import build
from tiers import certification, chain
from tiers.models import Certification

HOLDER = "长安区持证机械有限公司"


def make(firms, first, rest):
    """So many firms, each with one person and so many factories with a complete draft: some
    first, the rest while the tests have begun.
    """
    at = timezone.now()
    build.world()
    county = build.authority("130102")
    for code in ("130102", "130100", "130000"):
        build.officer(build.authority(code), username=f"officer-{code}")
    reachable(build.officer_of(build.authority("130100")), at=at)
    build.person_for(build.enterprise_at(county, name=HOLDER, at=at), at=at)
    people = []
    for number in range(firms):
        firm = build.enterprise_at(county, at=at)
        people.append(build.person_for(firm, username=f"firm-{number}", at=at))
        reachable(people[-1], at=at)
    tell("first", {person.username: cases_of(person, first, at=at) for person in people})
    tell("rest", {person.username: cases_of(person, rest, at=at) for person in people})


def cases_of(person, number, *, at):
    firm = person.enterprise
    factories = [build.factory_at(firm.seat, enterprise=firm, at=at) for _ in range(number)]
    return [build.draft(factory, at=at).pk for factory in factories]


def tell(name, drafts):
    """Where the tests wait for it, whole."""
    path = Path(os.environ["TMPDIR"]) / name
    path.write_text(json.dumps(drafts))
    path.rename(path.with_suffix(".json"))


def reachable(user, *, at):
    """From now on letters go to this person."""
    email = f"{user.username}@people.test"
    contacts.change(user, email=email, phone=user.phone, password=build.PASSWORD, at=at)


def ending(number):
    """So many titles whose last day was yesterday."""
    at = timezone.now()
    on = business_date(at)
    firm = Enterprise.objects.get(name=HOLDER)
    known = firm.factories.count()
    factories = [
        build.factory_at(firm.seat, enterprise=firm, name=f"到期{known + one}厂", at=at)
        for one in range(number)
    ]
    print(json.dumps([_title(factory, on, at=at) for factory in factories]))


def _title(factory, on, *, at):
    issuer = chain.authority_at(factory, Role.CITY)
    return certification.issue(
        factory,
        Tier.BASIC,
        certification.Grant(
            issuer=issuer,
            document_no="石工信〔2026〕1号",
            valid_from=on - timedelta(days=100),
            last_day=on - timedelta(days=1),
            source=Certification.Source.IMPORTED,
            basis="历史认定文件",
        ),
        by=build.officer_of(issuer),
        at=at,
    ).pk
