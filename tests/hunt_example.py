"""A small hunt: what `coursesite.hunt` is given in tests that need to know every statement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SETUP: Final = "from hwmath.units import *"


@dataclass(frozen=True, slots=True)
class Example:
    """A statement, as a topic gives it."""

    key: str
    author: str
    claim: str
    printed: float
    unit: str
    recomputed: float
    slip: bool
    why: str
    code: str


def rows() -> list[Example]:
    """Two slips and two statements that hold, of two authors who take turns."""
    return [
        Example("sum", "Ann & Bo", "2 + 2 = 4", 4, "", 4, False, "Two and two.", "2 + 2"),
        Example(
            "cache",
            "Cy",
            "a token of <b>cache</b> takes 320 MB",
            320e6,
            "B",
            327_680,
            True,
            "It takes kilobytes, not megabytes.",
            "320 * KIB",
        ),
        Example(
            "product", "Ann & Bo", "6 times 9 is 42", 42, "apples", 54, True, "It is more.", "6 * 9"
        ),
        Example("half", "Cy", "half of 8 is 4", 4, "apples", 4, False, "It is.", "8 / 2"),
    ]
