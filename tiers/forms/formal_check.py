"""What an officer answers in a formal check, for one case or for several at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict

from tiers.formal_check import NOTE_LENGTH, Answer, Given, Line, Question

CHOICES = [("yes", "符合"), ("no", "不符合"), ("na", "不适用")]


class AnswerForm(forms.Form):
    """One question. An answer left open is no answer; the act says what is wrong with the rest."""

    answer = forms.ChoiceField(
        label="回答", choices=CHOICES, required=False, widget=forms.RadioSelect
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"max_length": f"说明不超过 {NOTE_LENGTH} 个字"},
    )
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, line: Line) -> None:
        told = line.answer
        super().__init__(
            data,
            prefix=line.question.id,
            initial={
                "answer": told.answer if told else "",
                "note": told.note if told else "",
                "seen": line.version,
            },
        )
        self.line = line

    @property
    def given(self) -> Given | None:
        said = self.cleaned_data
        if not said.get("answer") and not said.get("note"):
            return None
        return Given(said.get("answer", ""), said.get("note", ""), said.get("seen") or 0)


def given_in(rows: Iterable[AnswerForm]) -> dict[str, Given]:
    """The answers of a page by question; the open ones left out."""
    found = {row.line.question.id: row.given for row in rows}
    return {id: one for id, one in found.items() if one is not None}


class BatchForm(forms.Form):
    """The questions for people answered once for all chosen cases, with one opinion."""

    opinion = forms.CharField(
        label="办理意见（企业可见）",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请填写办理意见"},
    )

    def __init__(self, *args: Any, questions: Iterable[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = tuple(questions)
        for one in self.questions:
            self.fields[one.id] = forms.BooleanField(
                label=f"所选各件均符合：{one.title}",
                error_messages={
                    "required": f"“{one.title}”要核对过所选各件再勾选，有不符合的请逐件审查"
                },
            )
        self.order_fields([*(one.id for one in self.questions), "opinion"])

    @property
    def answers(self) -> Mapping[str, Given]:
        return {one.id: Given(str(Answer.YES)) for one in self.questions}
