"""How often product and floor take turns."""

import pytest

from bench import turns


def test_turns_are_as_many_as_asked_for():
    done = []

    floor, ours = turns.in_turns(lambda: done.append("f"), lambda: done.append("p"), 4)

    assert (len(floor), len(ours), done) == (4, 4, ["f", "p"] * 5)


def test_what_takes_long_has_a_few_turns_and_each_is_cleared_after(monkeypatch):
    monkeypatch.setattr(turns, "PATIENCE", 0)
    cleared = []

    floor, ours = turns.in_turns(lambda: 0, lambda: 0, 9, after=lambda: cleared.append(1))

    assert (len(floor), len(ours), len(cleared)) == (3, 3, 8)


def test_rows_measured_before_a_fault_are_kept():
    rows = []

    def measure():
        yield turns.Measured("one", (1.0,), (1.0,))
        raise SystemExit("a page did not answer")

    with pytest.raises(SystemExit, match="a page did not answer"):
        turns.gathered(measure, rows, lambda one: None)

    assert [one.name for one in rows] == ["one"]
