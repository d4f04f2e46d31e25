"""A list of determinations taken over: checked, stored, audited and told to the firms, beside the
bare INSERTs of the same rows.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from django.db import connection, models, transaction

from assessments import standard
from bench import turns
from bench.floors import filing as floor
from bench.nation.rows import TODAY, Nation, moment
from registry import creditcode, policy
from registry.intake import Outcome, Sent
from registry.models import (
    AuditEvent,
    Authority,
    Division,
    Enterprise,
    Factory,
    Industry,
    Notification,
    User,
)
from registry.policy import Tier
from registry.workbook.shapes import Cell, Row, Table
from reports.intake.worker import PART
from tiers import filing_intake
from tiers.models import Certification, FilingEntry, FilingList

ROWS = 10_000
#: One firm in so many is not known yet; the others have a person who is told.
UNKNOWN = 5
#: In the order in which they refer to each other.
TABLES: tuple[type[models.Model], ...] = (
    Enterprise, Factory, FilingList, Certification, FilingEntry, AuditEvent, Notification,
)  # fmt: skip


def measure(nation: Nation, number_of_turns: int, rows: int) -> turns.Measured:
    rows = min(rows, nation.enterprises)
    sent = sender()
    table = listed(nation, sent, rows)

    @transaction.atomic
    def ours() -> None:
        verdicts = filing_intake.check(table, sent)
        if wrong := [one for one in verdicts if one.outcome != Outcome.NEW]:
            raise SystemExit(f"{len(wrong)} rows were refused: {wrong[0].faults}")
        for start in range(0, rows, PART):
            filing_intake.apply(verdicts[start : start + PART], sent)

    written: list[floor.Written] = []
    turns.undone(lambda: written.extend(left_by(ours)))()
    complete(written, rows)
    taken = turns.in_turns(
        turns.undone(lambda: floor.store(written)),
        turns.undone(ours),
        number_of_turns,
        after=lambda: turns.swept(*TABLES),
    )
    return turns.Measured(f"Filing of {rows:,} rows", *taken, limit=3.0)


def sender() -> Sent:
    """An officer of the first city whose office files such lists."""
    at = moment(TODAY + timedelta(days=1))
    for office in Authority.objects.filter(kind="city").order_by("pk"):
        user = User(username=f"bench-filer-{office.pk}", name="经办人", role="city")
        user.authority = office
        if filing_intake.may_send(user, TODAY):
            user.save()
            return Sent(office, user, at, batch=1)
    raise SystemExit("no city files lists of determinations")


def listed(nation: Nation, sent: Sent, rows: int) -> Table:
    """The list as it has been read: factories that are not known yet, most of firms that are."""
    counties = Division.objects.filter(authority__path__startswith=sent.office.path)
    places = list(counties.filter(authority__kind="county").order_by("code"))
    trades = list(Industry.objects.filter(level="class", code__gte="13", code__lt="44"))
    rules = policy.current(sent.office.province_code, TODAY)
    dimensions = standard.get(rules.standard).gates[Tier.BASIC].dimensions
    found = []
    for n in range(1, rows + 1):
        place, known = places[n % len(places)], n % UNKNOWN
        code = nation.code(n) if known else creditcode.complete(f"91{place.code}{90_000_000 + n}")
        values = {
            "enterprise": nation.name(n)
            if known
            else f"{place.name}{nation.brand(n)}新办{n}有限公司",
            "credit_code": code,
            "factory": f"{nation.brand(n)}第{n}智能工厂",
            "county": place.code,
            "industry": trades[n % len(trades)].code,
            "level": 2,
            "assessed_on": TODAY - timedelta(days=60),
            "dimensions": tuple(dimensions),
            "decided_on": TODAY - timedelta(days=20),
            "document_no": "工信〔2026〕77号",
            "last_day": None,
            "number": None,
        }
        cells = {
            key: Cell(f"{chr(65 + column)}{n}", "" if value is None else str(value), value)
            for column, (key, value) in enumerate(values.items())
        }
        found.append(Row(n, cells))
    return Table("清单", 1, 2, {}, {}, found)


def left_by(act: Callable[[], object]) -> Iterator[floor.Written]:
    """The rows that the act writes, with all columns but those the database works out."""
    last = {one: one._base_manager.aggregate(last=models.Max("pk"))["last"] or 0 for one in TABLES}
    act()
    for model, before in last.items():
        names = [field.column for field in model._meta.concrete_fields if not field.generated]
        listed = ", ".join(f'"{name}"::text' for name in names)
        table, key = model._meta.db_table, model._meta.pk.column
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT {listed} FROM "{table}" WHERE "{key}" > %s ORDER BY "{key}"', [before]
            )
            yield table, names, cursor.fetchall()


def complete(written: list[floor.Written], rows: int) -> None:
    """Every row has become a factory, a title and a place on the list, each told in the trail; and
    each firm that was known has heard of it.
    """
    counts = {table: len(held) for table, _, held in written}
    fresh = rows // UNKNOWN
    expected = {
        "registry_enterprise": fresh,
        "registry_factory": rows,
        "tiers_certification": rows,
        "tiers_filingentry": rows,
        "registry_notification": rows - fresh,
    }
    wrong = {name: counts[name] for name, many in expected.items() if counts[name] != many}
    if wrong or counts["registry_auditevent"] < 2 * rows + fresh:
        raise SystemExit(f"a filing of {rows} rows left {counts}")
