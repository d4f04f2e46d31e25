"""Deadlines counted anew when the working days of a year become known or change."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from registry import workdays
from registry.models import AuditEvent, CountedYear, Notification
from tests import build
from tests.registry import tables
from tiers import deadlines
from tiers.models import Application

AT = build.moment("2026-12-21 10:00")
NIGHT = build.moment("2026-12-22 00:05")
#: Fifteen working days from Monday 2026-12-21 by the week alone, and by the table in tests.registry
#: (26 December is worked, 1 January is free: one for one).
BEFORE, AFTER = date(2027, 1, 11), date(2027, 1, 11)
#: With New Year until the 8th, which the week does not know.
LONG = tables.TABLE_2027.replace("2027-01-03,放假", "2027-01-08,放假").replace(
    "2026-12-26,,上班,元旦调休\n", ""
)


@pytest.fixture
def case(staff, changan, city_officer):
    factory = build.factory_at(changan, enterprise=staff.enterprise)
    return build.application_at("submitted", factory=factory, at=AT)


@pytest.fixture
def counted(case):
    """The night has run before the table came."""
    recount()
    return case


def recount(at=NIGHT):
    return deadlines.recount(on=at.date(), at=at)


def due(case):
    return Application.objects.get(pk=case.pk).due_on


def told(user):
    return list(
        Notification.objects.filter(recipient=user, event__endswith="redated").values_list(
            "result", flat=True
        )
    )


def test_loaded_table_moves_the_deadline_and_tells_both_sides_once(counted, staff, city_officer):
    assert due(counted) == BEFORE
    tables.load(LONG)

    runs = [recount(), recount(), recount()]

    # 1 January and 4 to 8 January are free: six working days later.
    assert runs == [1, 0, 0]
    assert due(counted) == date(2027, 1, 19)
    line = f"1 件申报的办理限期重新计算：{counted.number} 由 2027-01-11 改为 2027-01-19"
    assert told(staff) == told(city_officer) == [line]
    changed = AuditEvent.objects.get(verb="application.redate")
    assert (changed.data["before"], changed.data["after"]) == ("2027-01-11", "2027-01-19")


def test_table_that_moves_no_day_tells_nobody(counted, staff):
    tables.load()

    assert (recount(), due(counted), told(staff)) == (0, AFTER, [])
    assert CountedYear.objects.get(year=2027).official


def test_office_with_several_cases_gets_one_message(counted, changan, city_officer):
    for _ in range(3):
        build.application_at("submitted", where=changan, at=AT)
    tables.load(LONG)

    assert recount() == 4
    (result,) = told(city_officer)
    assert result.startswith("4 件申报的办理限期重新计算：")


def test_correction_of_a_loaded_table_is_counted_and_told_again(counted, staff):
    tables.load(LONG)
    recount()
    tables.load(LONG.replace("2027-01-08,放假", "2027-01-07,放假"))

    assert (recount(), due(counted)) == (1, date(2027, 1, 18))
    assert len(told(staff)) == 2


def test_case_at_rest_is_left_alone_and_continues_by_the_new_table(counted, city_officer):
    build.decide(counted, "send_back", opinion="请补充", at=build.moment("2026-12-25 10:00"))
    tables.load(LONG)
    assert recount() == 0

    again = build.submit(counted, at=build.moment("2026-12-31 10:00"))

    assert again.due_on == workdays.add(date(2026, 12, 31), 11) == date(2027, 1, 25)


def test_file_that_is_gone_moves_nobodys_deadline_back(counted, settings, caplog):
    tables.load(LONG)
    recount()
    (settings.WORKDAYS_DIR / "2027.csv").unlink()

    assert (recount(), due(counted)) == (0, date(2027, 1, 19))
    assert "workday table is missing" in caplog.text


def test_command_loads_counts_and_says_what_it_did(tmp_path, time_machine, counted):
    time_machine.move_to(NIGHT)
    file, out = tmp_path / "2027.csv", StringIO()
    file.write_text(LONG, encoding="utf-8")

    for _ in range(2):
        call_command("load_workdays", str(file), stdout=out)

    first, second = out.getvalue().splitlines()
    assert first == (
        "已载入2027年安排：放假 31 天，调休上班 1 天；"
        "依据国务院办公厅关于2027年部分节假日安排的通知（虚构）。重新计算限期 1 件。"
    )
    assert second.endswith("重新计算限期 0 件。")
    assert due(counted) == date(2027, 1, 19)


def test_command_refuses_a_wrong_file_and_changes_nothing(tmp_path, counted):
    file = tmp_path / "2027.csv"
    file.write_text(LONG.replace("上班", "补班"), encoding="utf-8")

    with pytest.raises(CommandError) as refusal:
        call_command("load_workdays", str(file))
    with pytest.raises(CommandError, match="读不到文件"):
        call_command("load_workdays", str(tmp_path / "none.csv"))

    assert str(refusal.value) == (
        "没有载入，请改好后再执行：\n第 6 行：“安排”一列写的是“补班”，请写“放假”或“上班”"
    )
    assert not workdays.is_official(2027)
    assert due(counted) == BEFORE
