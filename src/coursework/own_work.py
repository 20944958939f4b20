"""One notebook graded on its own, for somebody who studies alone: points and messages by part."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.utils import is_grade

from coursework.course import Graded, Pipeline, graded_cells, read, topics
from coursework.feedback import message_of

STUDENT = "you"
MISSING = "Its graded cell is gone. Put your answer into a fresh copy of the exercise."


@dataclass(frozen=True, slots=True)
class Earned:
    """A part, what it earned, and what the grading said; no message where all is right."""

    cell: Graded
    points: float
    message: str


def topic_of(nb: Any, root: Path) -> str:
    """The topic whose exercise a notebook is, by the ids of its graded cells.

    Raises: ValueError for a notebook that is no exercise of this course.
    """
    ids = [str(cell.metadata.nbgrader.grade_id) for cell in filter(is_grade, nb.cells)]
    for topic in topics(root):
        if ids and all(grade_id.startswith(f"{topic}-") for grade_id in ids):
            return topic
    known = ", ".join(topics(root))
    raise ValueError(f"this notebook is no exercise of the course (topics: {known})")


def grade(root: Path, path: Path) -> Iterator[Earned]:
    """Grade the notebook at `path` in a course of its own; the notebook is left as it is.

    Raises: ValueError for a notebook that is no exercise of this course.
    """
    nb = read(path)
    topic = topic_of(nb, root)
    with tempfile.TemporaryDirectory() as scratch:
        pipeline = Pipeline(root, Path(scratch))
        released = read(pipeline.release(topic))
        pipeline.hand_in(STUDENT, topic, nb)
        graded = pipeline.grade(STUDENT, topic)
        points = pipeline.points(STUDENT, topic)
    said = {str(c.metadata.nbgrader.grade_id): _message(c) for c in filter(is_grade, graded.cells)}
    for cell in graded_cells(released, topic):
        yield Earned(cell, points[cell.grade_id], said.get(cell.grade_id, MISSING))


def _message(cell: Any) -> str:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    return message_of(errors[-1]) if errors else ""
