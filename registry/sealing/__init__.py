"""The provable record: the trail and the facts of the register, sealed day by day in a tree of
hashes (RFC 6962), so that nobody can change what was, unseen.

``acts`` seals, ``checking`` compares everything with what was sealed, ``night`` does both once a
day, ``proofs`` is for outsiders. A head is written in one transaction that locks no other
row: it is begun first, so that two nights wait for each other and the second finds it done.
"""

from registry.sealing.acts import LATE, PURPOSE, published, seal, sign_open
from registry.sealing.checking import RECORD, Findings, check, compare
from registry.sealing.leaves import Fact, Fault, Kind, Source
from registry.sealing.night import keep, run
from registry.sealing.proofs import all_heads, between, heads, is_sealed, newest, of_rows

__all__ = [
    "LATE",
    "PURPOSE",
    "RECORD",
    "Fact",
    "Fault",
    "Findings",
    "Kind",
    "Source",
    "all_heads",
    "between",
    "check",
    "compare",
    "heads",
    "is_sealed",
    "keep",
    "newest",
    "of_rows",
    "published",
    "run",
    "seal",
    "sign_open",
]
