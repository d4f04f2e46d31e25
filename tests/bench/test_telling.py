"""The document of `make bench` grows part by part."""

import subprocess
import sys

from bench import serving, telling

ORDER = ["lists", "export", "expiry"]


def test_part_measured_anew_takes_its_own_place_and_no_other():
    before = "# Performance\n\nHead.\n\n## lists\n\nold\n\n## expiry\n\nkept\n"

    once = telling.joined(before, "lists", "## lists\n\nnew\n", ORDER)
    twice = telling.joined("# Performance\n\n" + once, "export", "## export\n\nadded\n", ORDER)

    assert once == "## lists\n\nnew\n\n## expiry\n\nkept\n"
    assert twice == "## lists\n\nnew\n\n## export\n\nadded\n\n## expiry\n\nkept\n"


def test_row_measured_anew_stands_in_no_other_part():
    head = "|  | floor |\n| --- | --- |\n"
    before = f"# Performance\n\n## lists\n\n{head}| Titles | 1 ms |\n| Register | 2 ms |\n"

    text = telling.joined(
        before, "register", f"## register\n\n{head}| Register | 3 ms |\n", ["register", "lists"]
    )

    assert text == (
        f"## register\n\n{head}| Register | 3 ms |\n\n## lists\n\n{head}| Titles | 1 ms |\n"
    )


def test_document_of_one_table_gives_way_to_parts():
    assert telling.joined("# Performance\n\n- Day\n", "export", "## export\n", ORDER) == (
        "## export\n"
    )


def test_server_that_does_not_end_is_ended(monkeypatch):
    command = (
        "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    )
    process = subprocess.Popen([sys.executable, "-c", command], stdout=subprocess.PIPE)
    process.stdout.readline()
    monkeypatch.setattr(serving, "KINDLY", 0.2)

    serving.end(process)

    assert process.returncode == -9
    process.stdout.close()
