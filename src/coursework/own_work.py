"""One notebook graded on its own, for somebody who studies alone: points and messages by part."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coursework import intake
from coursework.course import topics
from coursework.grading import Exercise, Grader
from coursework.limits import Limits
from coursework.pages.state import NOT_READ
from coursework.results import Notice, PartResult
from coursework.sandbox.ladder import Rung

MOST_BYTES: Final = 10**7


@dataclass(frozen=True, slots=True)
class Graded:
    """What each part earned, and what was found in the notebook."""

    parts: Sequence[PartResult]
    notices: Sequence[Notice]


def topic_of(raw: bytes, root: Path) -> str:
    """The topic whose exercise a notebook is: the one whose graded cells its bytes name most.

    Raises: ValueError for a notebook that is no exercise of this course.
    """
    named = {
        topic: sum(cell.grade_id.encode() in raw for cell in Exercise(root, topic).graded)
        for topic in topics(root)
    }
    best = max(named, key=lambda topic: named[topic])
    if not named[best]:
        known = ", ".join(named)
        raise ValueError(f"this notebook is no exercise of the course (topics: {known})")
    return best


def grade(root: Path, path: Path, rung: Rung) -> Graded:
    """Grade the notebook at `path`; it is left as it is.

    Raises: ValueError for a notebook that is no exercise of this course.
    """
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    size_bytes = path.stat().st_size
    if size_bytes > MOST_BYTES:
        raise ValueError(f"a notebook of {size_bytes} bytes; at most {MOST_BYTES} are read")
    raw = path.read_bytes()
    exercise = Exercise(root, topic_of(raw, root))
    nb, notices = intake.rebuild(exercise.released, raw)
    for found in notices:
        if found.code in NOT_READ:
            raise ValueError(found.text)
    with Grader(exercise, Limits(), rung) as grader:
        parts, _ = grader.grade(nb)
    return Graded(parts, notices)
