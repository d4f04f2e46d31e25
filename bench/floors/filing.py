"""Floor of a list taken over: the same rows, with every column ready in hand, as plain INSERTs of a
thousand rows each, in one transaction, against the same indexes and constraints.
"""

from collections.abc import Sequence

from django.db import connection, transaction
from psycopg2.extras import execute_values

#: A table, its columns, and its rows with each value as the text of an SQL literal, or None.
Written = tuple[str, Sequence[str], Sequence[tuple]]
AT_A_TIME = 1000


@transaction.atomic
def store(written: Sequence[Written]) -> None:
    with connection.cursor() as cursor:
        for table, columns, rows in written:
            listed = ", ".join(f'"{name}"' for name in columns)
            execute_values(
                cursor, f'INSERT INTO "{table}" ({listed}) VALUES %s', rows, page_size=AT_A_TIME
            )
