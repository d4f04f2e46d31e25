"""A list on its way out as a workbook, from the question to the kept file, beside XlsxWriter that
writes the same cells; and what the making adds to the memory of its process.
"""

import resource
import tempfile
from datetime import timedelta

from django.test import override_settings

from bench import lists, turns
from bench.floors import export as floor
from bench.nation.rows import TODAY, moment
from reports import exports
from reports.models import Export, FileForm

KEY = "enterprises"
#: MiB that an export may add, however long it is.
MEMORY = 64


def measure(number_of_turns: int) -> list[turns.Measured]:
    _, _, officer = lists.signed_in()
    listing = exports.LISTINGS[KEY].listing
    shown = [column for column in listing.columns if column.shown]
    at = moment(TODAY + timedelta(days=1))
    with tempfile.TemporaryDirectory() as folder, override_settings(MEDIA_ROOT=folder):

        def ours() -> Export:
            wanted = exports.Wanted([(one.key, one.caption) for one in shown], FileForm.XLSX)
            asked = exports.ask(listing, "", wanted, by=officer, at=at)
            made = exports.make(asked.pk, at=at)
            if made is None or made.state != Export.State.READY:
                raise SystemExit(f"no export was made: {made and made.state}")
            return made

        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        ours()
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        found = exports.found_for(listing, officer, "", at)
        cells = [
            tuple(column.value(row) for column in shown) for part in found.chunks() for row in part
        ]
        captions = [column.caption for column in shown]
        taken = turns.in_turns(
            lambda: floor.write(f"{folder}/floor.xlsx", captions, cells), ours, number_of_turns
        )
    name = f"Export of {len(cells):,} rows of {len(shown)} columns"
    return [
        turns.Measured(name, *taken, limit=1.5),
        turns.Measured.counted(f"{name}: MiB added to the process", MEMORY, grown),
    ]
