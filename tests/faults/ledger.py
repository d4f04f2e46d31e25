"""What the database holds of what was promised: nothing lost, nothing twice."""

from dataclasses import dataclass

SUBMISSIONS = """
SELECT a.id, a.number,
  (SELECT count(*) FROM tiers_decision d WHERE d.application_id = a.id AND d.action = 'submit'),
  (SELECT count(*) FROM registry_auditevent e
    WHERE e.verb = 'application.submit' AND e.target_id = a.id::text),
  (SELECT count(*) FROM registry_notification n WHERE n.key LIKE 'application:' || a.id || ':%%')
FROM tiers_application a WHERE a.id = ANY(%s)
"""
EXPIRIES = """
SELECT c.id, (c.ending = 'expired')::int,
  (SELECT count(*) FROM registry_auditevent e
    WHERE e.verb = 'certification.expire' AND e.target_id = c.id::text),
  (SELECT count(*) FROM registry_notification n WHERE n.key LIKE 'expired:' || c.id || ':%%')
FROM tiers_certification c WHERE c.id = ANY(%s)
"""
LETTERS = """
SELECT d.id FROM registry_delivery d JOIN registry_notification n ON n.id = d.notification_id
JOIN tiers_application a ON n.key LIKE 'application:' || a.id || ':%%' WHERE a.id = ANY(%s)
"""


@dataclass
class Count:
    """How many were promised, how many of them are not there, how many are there twice."""

    promised: int = 0
    lost: int = 0
    doubled: int = 0

    def add(self, found, expected):
        """One of them: how often each of its facts is found, and how often it should be."""
        self.promised += 1
        self.lost += any(have < want for have, want in zip(found, expected, strict=True))
        self.doubled += any(have > want for have, want in zip(found, expected, strict=True))


def submissions(database, cases, *, told=2):
    """Each has one decision, one line in the trail, one number of its own, and one message for
    each who is told: the firm's person and the officer whose turn it is.
    """
    rows = _rows(database, SUBMISSIONS, cases)
    numbers = [number for _, number, *_ in rows.values()]
    counted = Count()
    for case in cases:
        _, number, *found = rows.get(case, (case, None, 0, 0, 0))
        counted.add([numbers.count(number) if number else 0, *found], [1, 1, 1, told])
    return counted


def expiries(database, titles, *, told=1):
    """Each is marked once, in the trail once, and told to the firm's person once."""
    rows = _rows(database, EXPIRIES, titles)
    counted = Count()
    for title in titles:
        counted.add(rows.get(title, (title, 0, 0, 0))[1:], [1, 1, told])
    return counted


def letters(database, cases, arrived):
    """Every e-mail that was written for these cases has arrived once."""
    counted = Count()
    for (delivery,) in _all(database, LETTERS, cases):
        counted.add([arrived.count(f"<delivery-{delivery}@portal.test>")], [1])
    return counted


def _rows(database, sql, keys):
    return {row[0]: row for row in _all(database, sql, keys)}


def _all(database, sql, keys):
    with database.cursor() as cursor:
        cursor.execute(sql, [list(keys)])
        return cursor.fetchall()
