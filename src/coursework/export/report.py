"""What an export did, and whom it left out: nobody is dropped without a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coursework.pages.state import state
from coursework.results import HandInResult


@dataclass(frozen=True, slots=True)
class Report:
    """How many grades were written, and everything that an instructor has to know besides.

    `no_hand_in` are in the template and have no result, `absent` have a grade and are not in the
    template, `ungraded` have a hand-in whose grading did not come to its end.
    """

    filled: int
    no_hand_in: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    ungraded: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.filled} grades written"]
        for names, what in (
            (self.absent, "graded, but not in the template; their grades are NOT in the file"),
            (self.no_hand_in, "in the template without a hand-in; left as they are"),
            (self.ungraded, "handed in, but not graded; left as they are"),
        ):
            if names:
                lines.append(f"{len(names)} {what}: {', '.join(map(repr, names))}")
        return "\n".join((*lines, *self.notes))


def grades(results: Sequence[HandInResult]) -> dict[str, HandInResult]:
    """Results by student.

    Raises: ValueError for two results of one student.
    """
    found: dict[str, HandInResult] = {}
    for result in results:
        if result.student in found:
            raise ValueError(f"student={result.student!r} has two results")
        found[result.student] = result
    return found


def nothing_read(results: Sequence[HandInResult]) -> list[str]:
    """A note on those whose zero points may be no fault of their answers."""
    names = sorted(row.student for row in results if state(row) in ("unread", "uncalled"))
    what = "have zero points because nothing could be read or called; look at them first"
    return [f"{len(names)} {what}: {', '.join(map(repr, names))}"] if names else []
