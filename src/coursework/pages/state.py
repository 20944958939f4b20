"""In which state a hand-in is: graded or not, read or not, right or not."""

from __future__ import annotations

from typing import Final, Literal

from coursework.results import HandInResult, PartResult
from coursework.store import NOT_GRADED

State = Literal["ungraded", "unread", "uncalled", "lost", "right"]

NO_GRADE: Final = frozenset({NOT_GRADED, "no-folder"})
NOT_READ: Final = frozenset(
    {
        "folder-not-read",
        "no-cells",
        "no-notebook",
        "not-a-notebook",
        "nothing-recognised",
        "notebook-empty",
        "notebook-hard-linked",
        "notebook-not-a-file",
        "notebook-not-readable",
        "notebook-too-large",
    }
)
"""Notices that explain why a hand-in earned nothing, where it did."""


def state(result: HandInResult) -> State:
    """The state of a hand-in.

    Without a grade (`ungraded`); with nothing earned since no answer was read (`unread`) or none
    could be called (`uncalled`); with points lost in some part; or right.
    """
    codes = {notice.code for notice in result.notices}
    if codes & NO_GRADE:
        return "ungraded"
    if result.points <= 0 and codes & NOT_READ:
        return "unread"
    if result.points <= 0 and not any(part.calls for part in result.parts):
        return "uncalled"
    return "right" if all(map(is_right, result.parts)) else "lost"


def has_grade(result: HandInResult) -> bool:
    """Whether points are a grade: something was handed in, and its grading came to an end."""
    return state(result) != "ungraded"


def is_right(part: PartResult) -> bool:
    """Whether a part passed and earned all its points."""
    return part.passed and part.points >= part.max_points
