"""What the register says of a firm: entry, names, factories, honours, what bars it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import date

from django.db.models import Q
from django.urls import reverse

from assessments import standard
from registry import policy
from registry.access import business_date
from registry.audit import Verb
from registry.models import AuditEvent, Honour, VetoEvent
from reports.firm_file.entries import Entry, Reading, Topic, made
from tiers import bans, eligibility, lineage
from tiers.models import Affiliation, FirmChange

#: By which act the register learnt of a turn; any other is a factory passed on.
LEARNT = {
    "企业更名": Verb.ENTERPRISE_RENAME,
    "工厂更名": Verb.FACTORY_RENAME,
    "工厂搬迁": Verb.FACTORY_MOVE,
}


def firm(reading: Reading) -> Iterator[Entry]:
    one = reading.firm
    yield made(Topic.FIRM, one.created_at, "企业登记", f"统一社会信用代码 {one.credit_code}")
    for factory in reading.factories.values():
        text = factory.authority.name
        yield made(Topic.FIRM, factory.created_at, "工厂登记", text, factory=factory.name)
    above = one.successions.select_related("successor").order_by("on", "pk")
    for made_over in above:
        kind, to = made_over.get_kind_display(), made_over.successor
        text = f"由{to.name}（{to.credit_code}）承继。依据：{made_over.document}"
        yield Entry(Topic.FIRM, made_over.on, business_date(made_over.at), kind, text)
    for came in one.origins.select_related("predecessor").order_by("on", "pk"):
        kind, old = came.get_kind_display(), came.predecessor
        text = f"承继{old.name}（{old.credit_code}）。依据：{came.document}"
        yield Entry(Topic.FIRM, came.on, business_date(came.at), kind, text)


def turns(reading: Reading) -> Iterator[Entry]:
    """Renames, moves and passing on, as the lineage of the factories tells them."""
    past, learnt = lineage.of_many(list(reading.factories.values())), _learnt(reading)
    told: set[tuple[date, str, str]] = set()
    for pk, one in past.items():
        for turn in one.turns:
            of_firm = turn.title == "企业更名"
            about = (turn.when, turn.title, turn.note)
            if of_firm and about in told:
                continue
            told.add(about)
            factory = "" if of_firm else reading.name(pk)
            known = _known(learnt, LEARNT.get(turn.title, Verb.FACTORY_PASS), pk, turn.when)
            yield Entry(Topic.FIRM, turn.when, known, turn.title, turn.note, factory)
    if not past:
        for former in reading.firm.former_names.order_by("until", "pk"):
            known = _known(learnt, Verb.ENTERPRISE_RENAME, 0, former.until)
            note = f"原名“{former.name}”。"
            yield Entry(Topic.FIRM, former.until, known, "企业更名", note)


def _learnt(reading: Reading) -> dict[tuple[str, int], list[date]]:
    """By act and factory (0 for the firm), the days on which the register was told."""
    of_factories = Q(
        target_type="registry.factory", target_id__in=[str(pk) for pk in reading.factories]
    )
    of_firm = Q(target_type="registry.enterprise", target_id=str(reading.firm.pk))
    verbs = (*LEARNT.values(), Verb.FACTORY_PASS)
    rows = AuditEvent.objects.filter(of_factories | of_firm, verb__in=verbs).order_by("at")
    found: dict[tuple[str, int], list[date]] = {}
    for verb, kind, pk, at in rows.values_list("verb", "target_type", "target_id", "at"):
        key = (verb, int(pk) if kind == "registry.factory" else 0)
        found.setdefault(key, []).append(business_date(at))
    return found


def _known(learnt: dict[tuple[str, int], list[date]], verb: str, pk: int, when: date) -> date:
    """The first such act on or after the day; the day itself where none is on record."""
    days = learnt.get((verb, 0 if verb == Verb.ENTERPRISE_RENAME else pk), [])
    place = bisect_left(days, when)
    return days[place] if place < len(days) else when


def changes(reading: Reading) -> Iterator[Entry]:
    rows = FirmChange.objects.visible_to(reading.user).filter(enterprise=reading.firm)
    for one in rows.order_by("at"):
        kind, link = one.get_kind_display(), reverse("tiers:change", args=[one.pk])
        yield made(
            Topic.FIRM,
            one.at,
            f"申报{kind}",
            f"依据：{one.document}",
            factory=one.factory_name,
            link=link,
        )
        if one.decided_at:
            label, reason = one.get_status_display(), one.reason
            yield made(
                Topic.FIRM, one.decided_at, f"{kind}{label}", reason, factory=one.factory_name,
                link=link,
            )  # fmt: skip


def honours(reading: Reading) -> Iterator[Entry]:
    words = {kind.code: kind.name for rules in policy.all_policies() for kind in rules.honour_kinds}
    seen = Honour.objects.visible_to(reading.user).filter(enterprise=reading.firm)
    rows = list(seen.select_related("factory").order_by("awarded_on", "pk"))
    recorded = AuditEvent.objects.filter(
        target_type="registry.honour",
        target_id__in=[str(one.pk) for one in rows],
        verb=Verb.HONOUR_RECORD,
    )
    days = {int(pk): business_date(at) for pk, at in recorded.values_list("target_id", "at")}
    for one in rows:
        name, factory = words.get(one.kind, one.kind), one.factory.name if one.factory else ""
        link = reverse("tiers:honour", args=[one.pk]) if reading.officer else ""
        known = max(days.get(one.pk, one.awarded_on), one.awarded_on)
        yield Entry(
            Topic.HONOUR, one.awarded_on, known, f"获得{name}", one.document_no, factory, link=link
        )
        if one.verified_at:
            yield made(
                Topic.HONOUR, one.verified_at, f"{name}已核实", one.document_no, factory=factory
            )
        if one.withdrawn_on:
            text = "。".join(filter(None, (one.withdrawal_document_no, one.withdrawal_reason)))
            title = f"{name}被取消"
            yield Entry(Topic.HONOUR, one.withdrawn_on, one.withdrawn_on, title, text, factory)


def barred(reading: Reading) -> Iterator[Entry]:
    """Events that bar a title, and bans; those of the firms it comes from count as its own."""
    edition = _edition(reading)
    events = VetoEvent.objects.visible_to(reading.user).filter(enterprise=reading.firm)
    for event in events.order_by("happened_on", "pk"):
        label = eligibility.veto_label(edition, event) if edition else event.kind
        known = business_date(event.recorded_at)
        yield Entry(Topic.ENDING, event.happened_on, known, f"发生{label}", event.note)
    for ban in bans.on_record(reading.firm, reading.user):
        until = f"{ban.until_on:%Y-%m-%d} 止。{ban.cause}。{ban.document_no}"
        known = business_date(ban.at)
        office = ban.authority.name
        yield Entry(Topic.ENDING, ban.from_on, known, "禁止申报", until, actor=office)
        if ban.lifted_on and ban.lifted_at:
            known = business_date(ban.lifted_at)
            yield Entry(
                Topic.ENDING, ban.lifted_on, known, "解除禁止申报", ban.lifted_reason, actor=office
            )


def _edition(reading: Reading) -> standard.Standard | None:
    """The words of the day; of the first edition for days before it."""
    office = reading.firm.authority or next(
        (one.authority for one in reading.factories.values()), None
    )
    if office is None or office.province_code not in policy.provinces():
        return None
    first = min(
        one.in_force_from for one in policy.all_policies() if one.province == office.province_code
    )
    rules = policy.current(office.province_code, max(reading.on, first))
    return standard.get(rules.standard)


def groups(reading: Reading) -> Iterator[Entry]:
    rows = Affiliation.objects.visible_to(reading.user).filter(enterprise=reading.firm)
    for one in rows.select_related("group").order_by("pk"):
        yield made(Topic.FIRM, one.declared_at, "声明所属中央企业集团", one.group.name)
        if one.answered_at:
            label = one.get_status_display()
            yield made(Topic.FIRM, one.answered_at, f"所属中央企业集团{label}", one.group.name)
