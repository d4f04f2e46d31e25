"""Holiday tables for a year that has none yet: invented, in the form in which one is typed."""

from registry import holidays, workdays

TABLE_2027 = """年份,2027
依据,国务院办公厅关于2027年部分节假日安排的通知（虚构）
开始,结束,安排,说明
2027-01-01,2027-01-03,放假,元旦
2027-02-05,2027-02-12,放假,春节
2027-02-20,,上班,春节调休
2027-04-03,2027-04-05,放假,清明节
2027-05-01,2027-05-05,放假,劳动节
2027-10-01,2027-10-07,放假,国庆节
2026-12-26,,上班,元旦调休
"""


def load(text=TABLE_2027):
    table = holidays.read(text.encode())
    workdays.install(table)
    return table
