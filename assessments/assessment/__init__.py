"""Self-assessments: acts on them, their files, their result, their contents to read, the plan.

The one place to import from; inside, a module per concern.
"""

from assessments.assessment.acts import (
    INSTANCE_FIELDS,
    Conflict,
    Saved,
    copy_from,
    instance_facts,
    lock,
    remove_instance,
    save_answers,
    save_instance,
    start,
)
from assessments.assessment.criteria import Criterion, criteria, plain, result_with, with_values
from assessments.assessment.differences import REMOVED, Change, differences, kind_of
from assessments.assessment.evidence import (
    ACCEPTED,
    FILE_LIMIT,
    TOTAL_LIMIT,
    Vetted,
    add_evidence,
    described,
    earlier_versions,
    remove_evidence,
    vetted,
)
from assessments.assessment.outcome import (
    Facts,
    answers_of,
    evidenced_items,
    facts_of,
    gate_overrides,
    instances_of,
    result,
)
from assessments.assessment.plan import MEASURE_FIELDS, measure_facts, save_measure
from assessments.assessment.sheet import Contents, Part, Row, Sheet, contents, contents_of, sheet
from assessments.assessment.wording import PART_LABELS, section_with, titles

__all__ = [
    "ACCEPTED",
    "FILE_LIMIT",
    "INSTANCE_FIELDS",
    "MEASURE_FIELDS",
    "PART_LABELS",
    "REMOVED",
    "TOTAL_LIMIT",
    "Change",
    "Conflict",
    "Contents",
    "Criterion",
    "Facts",
    "Part",
    "Row",
    "Saved",
    "Sheet",
    "Vetted",
    "add_evidence",
    "answers_of",
    "contents",
    "contents_of",
    "copy_from",
    "criteria",
    "described",
    "differences",
    "earlier_versions",
    "evidenced_items",
    "facts_of",
    "gate_overrides",
    "instance_facts",
    "instances_of",
    "kind_of",
    "lock",
    "measure_facts",
    "plain",
    "remove_evidence",
    "remove_instance",
    "result",
    "result_with",
    "save_answers",
    "save_instance",
    "save_measure",
    "section_with",
    "sheet",
    "start",
    "titles",
    "vetted",
    "with_values",
]
