"""Floor of a day's sealing and of its check: one statement that reads the lines, and as many
SHA-256 over the same bytes as leaves and tree need.
"""

from collections.abc import Sequence
from hashlib import sha256

from django.db import connection

COLUMNS = (
    "id, at, recorded_at, actor_id, on_behalf_of_id, delegation_id, actor_name, verb, target_type,"
    " target_id, target_name, authority_path, enterprise_id, data::text, request_id"
)
#: What is hashed for two parts of the tree: a byte and both their hashes.
PAIR = bytes(65)


def seal(lines: Sequence[bytes]) -> int:
    """Returns how many lines were read."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM registry_auditevent ORDER BY id")
        rows = cursor.fetchall()
    for line in lines:
        sha256(line).digest()
    for _ in lines[1:]:
        sha256(PAIR).digest()
    return len(rows)
