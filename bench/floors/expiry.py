"""Floor of the night's expiry: one statement that ends what is due and writes the trail and the
messages of it, on PostgreSQL. What the rules of each province tell a holder is put in.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import connection

SQL = """
WITH rules (prefix, tier, late_months, words) AS (VALUES {rules}),
ended AS (
    UPDATE tiers_certification t SET ending = 'expired', ended_at = %(at)s
    FROM (
        SELECT id FROM tiers_certification
        WHERE ending = '' AND ends_on <= %(on)s ORDER BY id FOR UPDATE SKIP LOCKED
    ) due
    WHERE t.id = due.id
    RETURNING t.*
),
placed AS (
    SELECT e.*, f.enterprise_id, a.path
    FROM ended e
    JOIN registry_factory f ON f.id = e.factory_id
    JOIN registry_authority a ON a.id = f.authority_id
),
trail AS (
    INSERT INTO registry_auditevent (
        at, actor_name, verb, target_type, target_id, target_name, authority_path, enterprise_id,
        data, request_id
    )
    SELECT %(at)s, '系统', 'certification.expire', 'tiers.certification', id::text, number, path,
        enterprise_id,
        jsonb_build_object(
            'number', number, 'factory', factory_id, 'tier', tier, 'source', source,
            'application', application_id, 'honour', honour_id, 'policy', policy, 'basis', basis,
            'issuer', issuer_id, 'document_no', document_no, 'valid_from', valid_from,
            'last_day', last_day, 'ends_on', ends_on, 'ending', ending,
            'ending_reason', ending_reason, 'ending_document_no', ending_document_no,
            'must_file', must_file, 'published_on', published_on,
            'printed_enterprise', printed_enterprise, 'printed_factory', printed_factory,
            'printed_credit_code', printed_credit_code, 'maturity_level', maturity_level,
            'assessed_on', assessed_on, 'covers', covers
        ),
        ''
    FROM placed
)
INSERT INTO registry_notification (
    recipient_id, event, matter, result, next_step, link, key, created_at
)
SELECT u.id, 'title.expired',
    printed_factory || '的' || CASE p.tier WHEN 'basic' THEN '基础级' ELSE '先进级' END || '认定',
    to_char(last_day, '"已于 "YYYY"年"FMMM"月"FMDD"日 到期"'),
    CASE WHEN r.late_months > 0
        THEN to_char(last_day + r.late_months * interval '1 month', 'YYYY"年"FMMM"月"FMDD"日"')
            || r.words
        ELSE r.words END,
    '/titles/' || p.id || '/renewal/', 'expired:' || p.id || ':' || u.id, %(at)s
FROM placed p
JOIN rules r ON p.path LIKE r.prefix || '%%' AND r.tier = p.tier
JOIN registry_user u ON u.enterprise_id = p.enterprise_id AND u.is_active
"""

Rule = tuple[str, str, int, str]


def expire(rules: Iterable[Rule], *, on: date, at: datetime) -> int:
    """Returns how many messages were written."""
    with connection.cursor() as cursor:
        told = ", ".join(
            cursor.mogrify("(%s, %s, %s, %s)", rule).decode() for rule in rules
        ).replace("%", "%%")
        cursor.execute(SQL.format(rules=told), {"on": on, "at": at})
        return cursor.rowcount
