"""What was tried and how it ended, as rows of docs/quality.md."""

from dataclasses import dataclass
from pathlib import Path

from tests.faults.ledger import Count
from tests.quality import document

TITLE = "Faults, and what they cost"
HEAD = """From one run of the suite that `make test-faults` and CI run
(`tests/faults/`): the stack of `docker-compose.yml` without an engine, two webs, two workers, beat,
PostgreSQL, Redis and nginx. People submit over HTTPS through nginx, with sign-in, pages and forms
as in a browser; after a failed answer they open the page again.

- **Promised**: what a person was told is done, or what the day itself makes true.
- **Repeated**: answers that failed, after which the person tried again.
- **Lost**: promised, but not there whole: one decision, one line in the trail, one number of its
  own, one message for each who is told (an expiry: the mark, the line, the message).
- **Doubled**: any of these there more than once.

CI fails if anything is lost or doubled. Seconds are until all was well again, and depend on the
machine. Processes are killed, not machines: what a power cut takes is not tried here.

| Fault | What was done | Promised | Strikes | Repeated | Lost | Doubled | Seconds |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |
"""
CONTROLS = """
Whether the counting would notice:

| Control | Counted | Found lost | Found doubled |
| --- | ---: | ---: | ---: |
"""


@dataclass(frozen=True)
class Fault:
    title: str
    how: str
    count: Count
    strikes: int
    failed: int
    seconds: float

    def __str__(self):
        counted = f"{self.count.promised} | {self.strikes} | {self.failed}"
        bad = f"{self.count.lost} | {self.count.doubled}"
        return f"| {self.title} | {self.how} | {counted} | {bad} | {self.seconds:.0f} |"


@dataclass(frozen=True)
class Control:
    title: str
    count: Count

    def __str__(self):
        counted = f"{self.count.promised} | {self.count.lost} | {self.count.doubled}"
        return f"| {self.title} | {counted} |"


class Record:
    """Rows in the order in which they were tried."""

    def __init__(self):
        self.faults, self.controls = [], []

    def fault(self, *told, **more):
        self.faults.append(Fault(*told, **more))
        print(self.faults[-1])

    def control(self, *told):
        self.controls.append(Control(*told))
        print(self.controls[-1])

    def write(self, path: Path):
        faults, controls = ("\n".join(map(str, rows)) for rows in (self.faults, self.controls))
        document.put(path, TITLE, f"{HEAD}{faults}\n{CONTROLS}{controls}")


def titles(text):
    """The faults and controls that the text of a record names."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    names = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    return [name for name in names if name not in ("Fault", "Control", "---")]
