"""What is written into a cell: numbers, safe text, and feedback on one line."""

from __future__ import annotations

import math
from typing import Final

from coursework.pages.state import is_right, state
from coursework.results import HandInResult, PartResult

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""What a cell must not begin with, or a spreadsheet may run it (OWASP, CSV Injection)."""

BY_MACHINE: Final = "Graded automatically."
LONGEST_FEEDBACK: Final = 2000


def number(value: float) -> str:
    """Points with a decimal point where they need one.

    Raises: ValueError for what is no finite number.

    >>> number(2.0), number(0.1 + 0.2)
    ('2', '0.3')
    """
    if not math.isfinite(value):
        raise ValueError(f"points={value} is no finite number")
    return f"{value + 0.0:.6f}".rstrip("0").rstrip(".")


def is_formula(text: str) -> bool:
    """Whether a spreadsheet may take a text for a formula."""
    return text.startswith(FORMULA)


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula: a `'` goes before one that it might.

    >>> guarded("=1+1"), guarded("anna")
    ("'=1+1", 'anna')
    """
    return f"'{text}" if is_formula(text) else text


def feedback(result: HandInResult) -> str:
    """Which parts lost points and why, on one line."""
    lost = [part for part in result.parts if not is_right(part)]
    if state(result) == "unread":
        said = " ".join(notice.text for notice in result.notices)
        return f"{BY_MACHINE} {said}"[:LONGEST_FEEDBACK]
    said = " ".join(map(_sentence, lost)) or "All parts are right."
    line = " ".join(f"{BY_MACHINE} {said}".split())
    return line if len(line) <= LONGEST_FEEDBACK else f"{line[:LONGEST_FEEDBACK]}…"


def _sentence(part: PartResult) -> str:
    reason = part.hint or part.failed or "not all checks pass."
    return f"{part.part}, {number(part.points)} of {number(part.max_points)}: {reason}"
