"""What is wrong with a row, what the register holds against it, and what it would bring about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from assessments import standard
from registry import policy
from registry.intake import Fault, Outcome, Sent, Verdict
from registry.models import Division
from registry.workbook.shapes import Row, Table
from tiers import certification, coverage
from tiers.earlier import Stated, stated_faults
from tiers.filing_intake.columns import PERSONAL, TIER
from tiers.filing_intake.known import Register, known
from tiers.models import Certification

#: What a list may leave empty of a title that is on record.
UNSAID = frozenset({"industry", "level", "assessed_on", "dimensions"})


def check(table: Table, sent: Sent) -> list[Verdict]:
    """What is wrong with each row, and what taking it over would do."""
    register = known(table.rows, sent)
    first: dict[tuple[str, str], int] = {}
    names: dict[str, tuple[str, int]] = {}
    return [_judge(row, register, first, names, sent) for row in table.rows]


def _judge(
    row: Row,
    known: Register,
    first: dict[tuple[str, str], int],
    names: dict[str, tuple[str, int]],
    sent: Sent,
) -> Verdict:
    found = _found(row, known, sent)
    wrong = [*_of_cells(row, known, found, sent), *_in_file(row, first, names)]
    against, changes = _against(row, known, found, sent)
    verdict = Verdict(row.number, Outcome.NEW, faults=wrong + against, changes=changes, found=found)
    if wrong:
        verdict.outcome = Outcome.FAULTY
    elif against:
        verdict.outcome = Outcome.CONFLICT
    elif found.get("title"):
        verdict.outcome = Outcome.CHANGED if changes else Outcome.SAME
        verdict.effects = ["更正认定信息"] if changes else []
    else:
        verdict.effects = list(_effects(found, known))
    return verdict


def _fault(row: Row, key: str, reason: str, cure: str = "") -> Fault:
    cell = row.cells[key] if key in row.cells else row.cells["enterprise"]
    return Fault(key, cell.address, cell.raw, reason, cure)


def _of_cells(row: Row, known: Register, found: dict[str, Any], sent: Sent) -> Iterator[Fault]:
    """What the row says that cannot be. Of a title on record an empty cell says nothing."""
    title = found["title"]
    for key, cell in row.cells.items():
        silent = title and not cell and key in UNSAID
        if cell.problem and key not in PERSONAL and not silent:
            yield Fault(key, cell.address, cell.raw, cell.problem)
    place = known.places.get(row["county"] or "")
    if place and not _ours(place, sent) and not (title and place == title.factory.division):
        cure = "请改为本部门管辖的县（市、区），或由当地主管部门报送"
        yield _fault(row, "county", f"{place.name}不归{sent.office.short_name}管辖", cure)
    if "stated" in found:
        for name, said in stated_faults(sent.office, TIER, found["stated"], sent.on):
            yield from _stated_fault(row, name, said)
        if not title or found["stated"].covers != title.covers:
            yield from _uncovered(row, sent)


def _stated_fault(row: Row, name: str, said: str) -> Iterator[Fault]:
    key = {"maturity_level": "level"}.get(name, name)
    if key == "level" and (row["level"] is None or row["assessed_on"] is None):
        return  # the empty cell has its own fault
    yield _fault(row, key, said)


def _uncovered(row: Row, sent: Sent) -> Iterator[Fault]:
    """The parts of the factory that the gate of the tier asks for and the row does not name."""
    given = row["dimensions"]
    try:
        rules = policy.current(sent.office.province_code, row["decided_on"])
    except LookupError:
        return
    edition = standard.get(rules.standard)
    gate = edition.gates[TIER]
    if given is None or gate.dimension_rule == "in_principle":
        return
    names = {one.id: one.name for one in edition.dimensions}
    if lacking := [names[one] for one in gate.dimensions if one not in given]:
        wanted = "、".join(lacking)
        cure = f"{TIER.label}须覆盖{wanted}，核实后补填，没有覆盖的从清单中删去"
        yield _fault(row, "dimensions", f"覆盖环节没有“{wanted}”", cure)


def _stated(row: Row, sent: Sent, title: Certification | None) -> Stated:
    return Stated(
        decided_on=row["decided_on"],
        document_no=row["document_no"] or sent.given.get("document_no", ""),
        maturity_level=row["level"] or (title.maturity_level if title else None),
        assessed_on=row["assessed_on"] or (title.assessed_on if title else None),
        last_day=row["last_day"],
        covers=coverage.joined(row["dimensions"]) or (title.covers if title else ""),
    )


def _ours(place: Division, sent: Sent) -> bool:
    return place.authority is not None and place.authority.path.startswith(sent.office.path)


def _in_file(
    row: Row, first: dict[tuple[str, str], int], names: dict[str, tuple[str, int]]
) -> Iterator[Fault]:
    """The same factory twice, or one code under two names. Two factories of a firm are neither."""
    code, factory, name = row["credit_code"], row["factory"], row["enterprise"]
    if not code:
        return
    if factory:
        earlier = first.setdefault((code, factory), row.number)
        if earlier != row.number:
            cure = "删去重复的一行；确是另一座工厂的，请填写能区分的工厂名称"
            yield _fault(row, "credit_code", f"与第 {earlier} 行重复：同一企业的同一工厂", cure)
    if name:
        other, number = names.setdefault(code, (name, row.number))
        if other != name:
            said = f"同一信用代码在第 {number} 行的企业名称是“{other}”"
            yield _fault(row, "enterprise", said, "请核对代码和名称")


def _found(row: Row, known: Register, sent: Sent) -> dict[str, Any]:
    """Firm, factory and title of the row, as far as the register knows them."""
    firm = known.firms.get(row["credit_code"] or "")
    title = known.title_of(row)
    factory = known.factories.get((firm.pk, row["factory"] or "")) if firm else None
    found: dict[str, Any] = {
        "code": row["credit_code"],
        "name": row["enterprise"],
        "factory_name": row["factory"],
        "place": known.places.get(row["county"] or ""),
        "industry": known.industries.get(row["industry"] or ""),
        "firm": firm,
        "factory": title.factory if title else factory,
        "title": title,
    }
    if row["decided_on"]:
        found["stated"] = _stated(row, sent, title)
    return found


def _against(
    row: Row, known: Register, found: dict[str, Any], sent: Sent
) -> tuple[list[Fault], list[tuple[str, str, str]]]:
    """What the register holds against the row, and where the two differ (what, old, new)."""
    firm, factory, title = found["firm"], found["factory"], found["title"]
    if firm is None:
        return [], []
    barred = () if title else known.barred.get(firm.pk, ())
    faults = [_fault(row, "credit_code", said) for said in barred]
    changes: list[tuple[str, str, str]] = []
    if firm.closed_on and not title:
        said = f"{firm.name}已于 {firm.closed_on:%Y-%m-%d} 注销"
        faults.append(_fault(row, "credit_code", said, "请以承继企业报送"))
    name = row["enterprise"]
    if name and name != firm.name and name not in known.former.get(firm.pk, ()):
        cure = "请核对代码；企业已更名的，先办理更名再导入"
        said = f"这个代码登记的企业名称是“{firm.name}”"
        faults.append(_fault(row, "enterprise", said, cure))
        changes.append(("企业名称", firm.name, name))
    if factory is None:
        return faults, changes
    place = found["place"]
    if not title and not factory.authority.path.startswith(sent.office.path):
        said = f"“{factory.name}”由{factory.authority.short_name}管辖"
        faults.append(_fault(row, "factory", said, "请由当地主管部门报送"))
    elif place and factory.division and place != factory.division:
        said = f"这座工厂登记在{factory.division.name}"
        faults.append(_fault(row, "county", said, "工厂已搬迁的，先办理搬迁再导入"))
        changes.append(("所属县（市、区）", factory.division.name, place.name))
    if title:
        more, differing = _of_register(row, title, found)
        faults, changes = faults + more, changes + differing
    if "stated" in found:
        more, differing = _with_titles(row, known, found)
        faults, changes = faults + more, changes + differing
    return faults, changes


def _of_register(
    row: Row, title: Certification, found: dict[str, Any]
) -> tuple[list[Fault], list[tuple[str, str, str]]]:
    """What the row says otherwise of a factory on record: kept with the factory, not with its
    title.
    """
    factory, name, faults, changes = title.factory, row["factory"], [], []
    if name and name not in (factory.name, title.printed_factory):
        said = f"{title.number} 登记的工厂名称是“{factory.name}”"
        faults.append(_fault(row, "factory", said, "工厂已更名的，先办理更名再导入"))
        changes.append(("工厂名称", factory.name, name))
    held, given = factory.industry, found["industry"]
    codes = [one.code for one in (held, given) if one]
    # A division of industries and a class of it do not contradict each other.
    if len(codes) == 2 and not (codes[0].startswith(codes[1]) or codes[1].startswith(codes[0])):
        said = f"这座工厂登记的所属行业是“{held}”"
        faults.append(_fault(row, "industry", said, "行业有误的，先在工厂页面更正"))
        changes.append(("所属行业", str(held), str(given)))
    return faults, changes


def _with_titles(
    row: Row, known: Register, found: dict[str, Any]
) -> tuple[list[Fault], list[tuple[str, str, str]]]:
    """The titles of the tier that the factory has had: the same one, or one that stands in the
    way.
    """
    stated, same = found["stated"], found["title"]
    if same is None:
        titles = known.titles.get(found["factory"].pk, [])
        older = next((one for one in titles if not one.ending), None)
        said = certification.hindrance(older, stated.decided_on, renews=False) if older else ""
        return ([_fault(row, "factory", said)] if said else []), []
    entry = known.entries.get(same.pk)
    changes = differences(same, stated)
    if not changes:
        return [], []
    if entry is None or same.source != Certification.Source.IMPORTED:
        said = f"与已登记的认定（{same.number}）不一致，该认定不在本部门整理中的清单上"
        return [_fault(row, "factory", said, "确需更正的，请在认定页面办理")], changes
    found["entry"] = entry
    return [], changes


def differences(title: Certification, stated: Stated) -> list[tuple[str, str, str]]:
    was, now = (coverage.said(one, title.policy) for one in (title.covers, stated.covers))
    pairs: list[tuple[str, Any, Any]] = [
        ("认定日期", title.valid_from, stated.decided_on),
        ("认定文号", title.document_no, stated.document_no),
        ("成熟度", title.maturity_level, stated.maturity_level),
        ("自评日期", title.assessed_on, stated.assessed_on),
        ("覆盖环节", was, now),
    ]
    if stated.last_day:
        pairs.append(("有效期至", title.last_day, stated.last_day))
    return [
        (what, str(old or "未填"), str(new or "未填")) for what, old, new in pairs if old != new
    ]


def _effects(found: dict[str, Any], known: Register) -> Iterator[str]:
    if found["firm"] is None:
        yield "登记企业"
    elif found["firm"].name != found["name"]:
        yield f"按曾用名找到“{found['firm'].name}”"
    if found["factory"] is None:
        yield "登记工厂"
    yield f"认定为{TIER.label}，列入备案清单"


def outlook(verdicts: Sequence[Verdict], sent: Sent) -> list[str]:
    """What taking over all good rows would do, counted."""
    fresh = [one for one in verdicts if one.outcome == Outcome.NEW]
    said = []
    if fresh:
        said.append(f"新认定{TIER.label} {len(fresh)} 座，列入整理中的备案清单，报备前不公开")
    return said
