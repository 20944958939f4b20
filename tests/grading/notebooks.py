"""Hand-ins for the tests of intake, and what holds for every notebook that comes out of it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.utils import is_grade, is_locked

from coursework import course, sample_class
from coursework.results import Notice

ROOT = Path(__file__).parent.parent.parent
TOPIC = "roofline"
"""Answers that these tests spoil in ways of their own are to this exercise."""
RELEASED = course.read(course.notebook(ROOT, course.RELEASE, TOPIC))
RIGHT = next(h.answers for h in sample_class.plan(ROOT, TOPIC) if h.student == "right")
PARTS = list(RIGHT)
FIRST, SECOND, *_ = course.graded_cells(RELEASED, TOPIC)
MARK = "zebra"

Notebook = dict[str, Any]


def right() -> Notebook:
    """The right hand-in, as the JSON that an editor writes."""
    filled = sample_class.fill(RELEASED, TOPIC, RIGHT)
    found: Notebook = json.loads(nbformat.writes(filled))
    return found


def at(nb: Notebook, name: str) -> int:
    """The place of the first cell with a grade id or an id."""
    for i, cell in enumerate(nb["cells"]):
        nbgrader = cell["metadata"].get("nbgrader", {})
        if name in (nbgrader.get("grade_id"), cell.get("id")):
            return i
    raise KeyError(name)


def cell_of(nb: Notebook, name: str) -> Any:
    return nb["cells"][at(nb, name)]


def answer_to(graded: course.Graded) -> str:
    return graded.grade_id + course.SOLUTION_SUFFIX


def code(source: str, **more: object) -> Notebook:
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], **more}


def sources(nb: Any) -> list[str]:
    return [cell.source for cell in nb.cells]


def passed(nb: Any) -> list[str]:
    """The parts whose visible checks pass when the notebook runs from top to bottom."""
    names: dict[str, object] = {}
    good = []
    for cell in nb.cells:
        if cell.cell_type == "code":
            with contextlib.suppress(Exception):
                exec(cell.source, names)  # noqa: S102 - texts of this file
                if is_grade(cell):
                    good.append(cell.metadata.nbgrader.grade_id.rpartition("-")[2])
    return good


def check_clean(nb: Any) -> None:
    """What holds for every rebuilt notebook."""
    nbformat.validate(nb)
    nbformat.writes(nb).encode()
    assert (nb.nbformat, nb.nbformat_minor, nb.metadata) == (4, 5, RELEASED.metadata)
    ids = [cell.id for cell in nb.cells]
    assert len(set(ids)) == len(ids)
    released = {cell.id: cell for cell in RELEASED.cells}
    assert [i for i in ids if i in released] == list(released)
    for cell in nb.cells:
        original = released.get(cell.id)
        assert cell.metadata == (original.metadata if original else {})
        assert set(cell) <= {"cell_type", "id", "metadata", "source", "outputs", "execution_count"}
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        if original and (is_locked(original) or original.cell_type != "code"):
            assert cell.source == original.source


def check_said(notices: tuple[Notice, ...], codes: set[str]) -> None:
    assert {n.code for n in notices} == codes
    assert len(notices) == len(codes), "each is said once"
    for said in notices:
        assert "{" not in said.text
        assert MARK not in said.text
