"""What changed from one assessment to a later one: answers, scenario instances and files.

Two versions are compared by what the firm put in, never by row: a copy has new rows for the same
things. A file is the same while its content is; one of the same name with other content changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from assessments import standard
from assessments.assessment.sheet import Contents, contents_of
from assessments.assessment.wording import in_words, section_with, titles
from assessments.models import Assessment, Evidence, ScenarioInstance
from assessments.standard import Standard

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
KIND_LABELS = {ADDED: "新增", REMOVED: "删除", CHANGED: "修改"}
_NOTHING = Contents(answers={}, instances=(), files={})
_INSTANCE_PARTS = (
    ("problem", "解决的问题"),
    ("solution", "做法"),
    ("equipment", "智能制造装备"),
    ("software", "工业软件"),
    ("suppliers", "供应商"),
    ("uses_ai", "应用人工智能"),
    ("effect", "成效"),
)


@dataclass(frozen=True)
class Change:
    """One thing that is not what it was, in words; a file also as the file it was and is.

    ``item`` is where it stands in the form, ``part`` and ``section`` are id and title of its
    section.
    """

    part: str
    section: str
    item: str
    label: str
    old: str
    new: str
    kind: str
    old_file: Evidence | None = None
    new_file: Evidence | None = None

    @property
    def anchor(self) -> str:
        """Where it stands on a page with all answers; the section, where it has no row there."""
        gone = self.kind == REMOVED or self.item.startswith(("cmmm.", "maturity."))
        return f"part-{self.part}" if gone else f"row-{self.item}"

    @property
    def kind_label(self) -> str:
        return KIND_LABELS[self.kind]


def differences(
    before: Assessment | None,
    after: Assessment | None,
    held: Mapping[int, Contents] | None = None,
) -> tuple[Change, ...]:
    """Everything that was added, removed or changed, in the order of the form. ``held`` saves
    reading again.
    """
    same = before is not None and after is not None and before.pk == after.pk
    shown = after or before
    if same or shown is None:
        return ()
    edition = standard.get(shown.standard)
    held = held or contents_of([one for one in (before, after) if one])
    was, now = (held[one.pk] if one else _NOTHING for one in (before, after))
    order = {item: place for place, item in enumerate(titles(edition))}
    found = [*_answers(edition, was, now), *_instances(edition, was, now)]
    found += _files(edition, was.files, now.files)
    return tuple(sorted(found, key=lambda one: order.get(one.item, len(order))))


def kind_of(old: str, new: str) -> str:
    """Whether something came, went or changed; nothing at all is an empty text."""
    if not old:
        return ADDED
    return CHANGED if new else REMOVED


def _answers(edition: Standard, was: Contents, now: Contents) -> Iterator[Change]:
    for item in dict.fromkeys((*was.answers, *now.answers)):
        old = in_words(edition, item, was.answers.get(item))
        new = in_words(edition, item, now.answers.get(item))
        if old != new:
            label, place = titles(edition).get(item, item), section_with(edition, item)
            yield Change(place.id, place.title, item, label, old, new, kind_of(old, new))


def _instances(edition: Standard, was: Contents, now: Contents) -> Iterator[Change]:
    place = section_with(edition, "scenario.1")
    earlier, later = _by_name(was.instances), _by_name(now.instances)
    for key in dict.fromkeys((*earlier, *later)):
        number, name, _ = key
        old, new = _instance_texts(earlier.get(key), later.get(key))
        if old != new:
            item = f"scenario.{number}"
            label = f"场景实例“{name}”（{titles(edition).get(item, item)}）"
            yield Change(place.id, place.title, item, label, old, new, kind_of(old, new))


def _by_name(
    instances: tuple[ScenarioInstance, ...],
) -> dict[tuple[int, str, int], ScenarioInstance]:
    """By scenario and name; the second of a name is another one."""
    found: dict[tuple[int, str, int], ScenarioInstance] = {}
    for one in instances:
        turn = sum(key[:2] == (one.scenario_no, one.name) for key in found)
        found[one.scenario_no, one.name, turn] = one
    return found


def _instance_texts(old: ScenarioInstance | None, new: ScenarioInstance | None) -> tuple[str, str]:
    """Both in words: of one that stayed only what differs, of one that came or went all of it."""
    texts: list[list[str]] = [[], []]
    for name, label in _INSTANCE_PARTS:
        pair = [_instance_text(one, name) for one in (old, new)]
        if pair[0] != pair[1] or old is None or new is None:
            for lines, text in zip(texts, pair, strict=True):
                if text:
                    lines.append(f"{label}：{text}")
    both = tuple("\n".join(lines) for lines in texts)
    if old is not None and new is not None and both[0] != both[1]:
        return both[0] or "未填写", both[1] or "未填写"
    return both[0], both[1]


def _instance_text(one: ScenarioInstance | None, name: str) -> str:
    if one is None:
        return ""
    value = getattr(one, name)
    return ("是" if value else "否") if name == "uses_ai" else str(value)


def _files(
    edition: Standard,
    was: Mapping[str, tuple[Evidence, ...]],
    now: Mapping[str, tuple[Evidence, ...]],
) -> Iterator[Change]:
    for item in dict.fromkeys((*was, *now)):
        kept = {one.sha256 for one in was.get(item, ())} & {one.sha256 for one in now.get(item, ())}
        gone = [one for one in was.get(item, ()) if one.sha256 not in kept]
        come = [one for one in now.get(item, ()) if one.sha256 not in kept]
        place = section_with(edition, item)
        label = f"佐证材料（{titles(edition).get(item, item)}）"
        for new in come:
            old = next((one for one in gone if one.name == new.name), None)
            if old is not None:
                gone.remove(old)
            kind = CHANGED if old else ADDED
            names = (old.name if old else "", new.name)
            yield Change(place.id, place.title, item, label, *names, kind, old, new)
        for old in gone:
            yield Change(place.id, place.title, item, label, old.name, "", REMOVED, old, None)
