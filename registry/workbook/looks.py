"""How marked files look, whichever way they are made. Only the standard library."""

from __future__ import annotations

from collections.abc import Iterable

#: The caption of the column of explanations, and the author of the comments.
OWN, AUTHOR = "错误说明", "智能工厂登记系统"
FAULTY = "FFC7CE"
WIDTH = 60
#: What a cell of a spreadsheet holds at most.
LONGEST = 32_000


def joined(sentences: Iterable[str]) -> str:
    return "；\n".join(sentence.rstrip("。；") for sentence in sentences) + "。"


def breadth(text: str) -> int:
    """How wide a text is, a Chinese character taking two."""
    return sum(2 if ord(sign) > 255 else 1 for sign in text)


def lines(text: str) -> int:
    """How many lines it takes in the column of explanations."""
    return sum(-(-breadth(line) // (WIDTH - 4)) or 1 for line in text.split("\n"))
