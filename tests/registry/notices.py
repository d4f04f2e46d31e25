"""The State Council's holiday notices as they were published, written down by hand and apart from
what the portal reads: per year the days off (放假) and the weekend days worked (上班).
"""

from datetime import date, timedelta


def days(year, *spans):
    """1月1日 is "1.1"; a period is "2.10-2.17"."""
    found = []
    for span in spans:
        first, _, last = span.partition("-")
        start, end = (date(year, *map(int, text.split("."))) for text in (first, last or first))
        found += [start + timedelta(days=n) for n in range((end - start).days + 1)]
    return frozenset(found)


# 国办发明电〔2023〕7号, 国办发明电〔2024〕12号, 国办发明电〔2025〕7号
FREE = {
    2024: days(2024, "1.1", "2.10-2.17", "4.4-4.6", "5.1-5.5", "6.10", "9.15-9.17", "10.1-10.7"),
    2025: days(2025, "1.1", "1.28-2.4", "4.4-4.6", "5.1-5.5", "5.31-6.2", "10.1-10.8"),
    2026: days(
        2026, "1.1-1.3", "2.15-2.23", "4.4-4.6", "5.1-5.5", "6.19-6.21", "9.25-9.27", "10.1-10.7"
    ),
}
WORKED = {
    2024: days(2024, "2.4", "2.18", "4.7", "4.28", "5.11", "9.14", "9.29", "10.12"),
    2025: days(2025, "1.26", "2.8", "4.27", "9.28", "10.11"),
    2026: days(2026, "1.4", "2.14", "2.28", "5.9", "9.20", "10.10"),
}
