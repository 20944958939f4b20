"""Results on disk: a JSON record for each hand-in, and the executed notebook beside it.

Records lie in `graded/<topic>/<student>.json`, notebooks where nbgrader looks for them,
in `autograded/<student>/<topic>/<topic>.ipynb`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from coursework.disk import safe_name, write_if_changed
from coursework.results import HandInResult

GRADED: Final = "graded"
AUTOGRADED: Final = "autograded"
LONGEST_ID: Final = 128  # what nbgrader's gradebook holds
NOT_GRADED: Final = "not-graded"
"""The notice of a hand-in whose grading did not come to an end: its zero points are no grade."""


@dataclass(frozen=True, slots=True)
class GradedHandIn:
    """A result, and the executed notebook as JSON text ("" to leave the one there is)."""

    result: HandInResult
    notebook: str = ""


class Store:
    """The records and executed notebooks below a course's directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def record(self, topic: str, student: str) -> Path:
        """Where the record of a hand-in lies."""
        return self.directory / GRADED / topic / f"{safe_name(student)}.json"

    def notebook(self, topic: str, student: str) -> Path:
        """Where the executed notebook of a hand-in lies."""
        return self.directory / AUTOGRADED / student / topic / f"{topic}.ipynb"

    def load(self, topic: str, student: str) -> HandInResult | None:
        """The record of a hand-in; None where there is none that can be read."""
        try:
            return HandInResult.from_json(self.record(topic, student).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None

    def results(self, topic: str) -> Iterator[HandInResult]:
        """All records of a topic, by student.

        Raises: ValueError for a file that holds no record.
        """
        found = []
        for path in (self.directory / GRADED / topic).glob("[!.]*.json"):
            try:
                found.append(HandInResult.from_json(path.read_text(encoding="utf-8")))
            except ValueError as error:
                raise ValueError(f"{path}: {error}; grade this student again") from None
        yield from sorted(found, key=lambda result: result.student)

    def save(self, graded: GradedHandIn) -> None:
        """Keep a record and its notebook; the record last, since it says that all is kept.

        Raises: ValueError for a student's id that cannot be kept.
        """
        result = graded.result
        check_student(result.student)
        if graded.notebook:
            notebook = self.notebook(result.topic, result.student)
            write_if_changed(notebook, graded.notebook.encode())
        write_if_changed(self.record(result.topic, result.student), result.to_json().encode())


def check_student(student: str) -> None:
    """Refuse a student's id that a folder or the gradebook cannot hold.

    Raises: ValueError for an id that is empty, too long, or no name of a folder.
    """
    if not 1 <= len(student) <= LONGEST_ID:
        raise ValueError(f"student={student!r} has not 1 to {LONGEST_ID} characters")
    if student in (".", "..") or "/" in student or "\0" in student:
        raise ValueError(f"student={student!r} is no name of a folder")
    if not student.isascii() and student != student.encode(errors="ignore").decode():
        raise ValueError(f"student={student!r} is not valid Unicode")


def merged(kept: HandInResult, fresh: HandInResult) -> HandInResult:
    """`kept` with the parts of `fresh` in the place of its own.

    Where the two differ in what their grades depend on, the whole has no digest, so that it is
    graded again next time.
    """
    parts = {part.grade_id: part for part in (*kept.parts, *fresh.parts)}
    return replace(
        fresh,
        parts=tuple(parts.values()),
        digest=fresh.digest if fresh.digest == kept.digest else "",
        sandbox=_both(kept.sandbox, fresh.sandbox),
        secret=_both(kept.secret, fresh.secret),
    )


def _both(kept: str, fresh: str) -> str:
    return kept if fresh in kept.split(", ") else f"{kept}, {fresh}"
