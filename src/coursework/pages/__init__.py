"""Pages that people read: feedback for each student, and an overview for the instructor.

A page is one HTML file without any script, made from results alone: no hidden test is in it, and
of a student's text no more than what a visible check quotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

from jinja2 import Environment

from coursework.disk import safe_name, write_if_changed
from coursework.pages.outline import Outline
from coursework.pages.render import environment
from coursework.pages.state import is_right, state
from coursework.pages.summary import summary
from coursework.results import HandInResult, Notice

__all__ = ["FOLDER", "Outline", "class_page", "student_page", "write"]

FOLDER = "feedback"


def student_page(result: HandInResult, outline: Outline) -> str:
    """What a student gets back: points, what failed in which part, and the question to it."""
    titles = outline.titles(part.part for part in result.parts)
    parts = [(titles[part.part], part) for part in result.parts]
    right = [pair for pair in parts if is_right(pair[1])]
    lost = [pair for pair in parts if not is_right(pair[1])]
    template = _environment().get_template("student.html.j2")
    return template.render(
        result=result, outline=outline, state=state(result), parts=parts, lost=lost, right=right
    )


def class_page(
    results: Sequence[HandInResult], outline: Outline, refused: Mapping[str, Notice] | None = None
) -> str:
    """What an instructor wants to know of a class; `refused` is what was no hand-in, and why.

    Raises: ValueError for two results of one student.
    """
    numbers = summary(results, outline)
    anchors = {row.student: f"s{i}" for i, row in enumerate(numbers.rows, start=1)}
    template = _environment().get_template("class.html.j2")
    return template.render(
        outline=outline, summary=numbers, anchors=anchors, refused=sorted((refused or {}).items())
    )


def write(
    results: Iterable[HandInResult],
    directory: Path,
    topic: str,
    outline: Outline,
    refused: Mapping[str, Notice] | None = None,
) -> list[Path]:
    """Write the pages of a topic below `directory/feedback`; the paths of those that changed.

    Raises: ValueError for a result of another topic, or two of one student.
    """
    rows = list(results)
    for row in rows:
        if row.topic != topic:
            raise ValueError(f"topic={row.topic!r} of student={row.student!r} is not {topic!r}")
    overview = class_page(rows, outline, refused)
    folder = directory / FOLDER
    pages = {
        folder / safe_name(row.student) / topic / f"{topic}.html": student_page(row, outline)
        for row in rows
    }
    pages[folder / f"{topic}-class.html"] = overview
    return [path for path, page in pages.items() if write_if_changed(path, page.encode())]


@cache
def _environment() -> Environment:
    return environment()
