"""The rows of nbgrader's gradebook that belong to hand-ins, made and updated many at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any, Final, Self

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    new_uuid,
)
from nbgrader.utils import parse_utc
from sqlalchemy import Connection, Table, bindparam, insert, or_, select, update

from coursework.store import NOT_GRADED, GradedHandIn

STUDENTS: Final[Table] = Student.__table__
SUBMISSIONS: Final[Table] = SubmittedAssignment.__table__
NOTEBOOKS: Final[Table] = SubmittedNotebook.__table__
GRADES: Final[Table] = Grade.__table__
COMMENTS: Final[Table] = Comment.__table__
CELLS: Final[Table] = BaseCell.__table__

NO_RESPONSE: Final = "No response."


@dataclass(frozen=True, slots=True)
class Exercise:
    """What the gradebook knows of an exercise; the ids of its cells, by name.

    `stubs` are the sources of the cells to be filled in, as they were released.
    """

    assignment_id: str
    duedate: datetime | None
    notebook_id: str
    graded: Mapping[str, str]
    commented: Mapping[str, str]
    stubs: Mapping[str, str]

    @classmethod
    def of(cls, notebook: Any) -> Self:
        """Read a notebook of the gradebook."""
        answers = {cell.name: cell.id for cell in notebook.solution_cells}
        tasks = {cell.name: cell.id for cell in notebook.task_cells}
        return cls(
            assignment_id=notebook.assignment.id,
            duedate=notebook.assignment.duedate,
            notebook_id=notebook.id,
            graded={cell.name: cell.id for cell in notebook.grade_cells} | tasks,
            commented=answers | tasks,
            stubs={
                cell.name: cell.source for cell in notebook.source_cells if cell.name in answers
            },
        )


def write(
    connection: Connection, exercise: Exercise, hand_ins: Sequence[GradedHandIn]
) -> list[str]:
    """Write hand-ins; the students who were late by the common date, for their penalties."""
    results = [graded.result for graded in hand_ins]
    students = sorted({result.student for result in results})  # in one order for all writers
    known = set(connection.scalars(select(STUDENTS.c.id).where(STUDENTS.c.id.in_(students))))
    _insert(connection, STUDENTS, [{"id": student} for student in students if student not in known])

    assignment = exercise.assignment_id
    ids = _ensure(connection, SUBMISSIONS, assignment_id=[assignment], student_id=students)
    submissions = {student: ids[assignment, student] for student in students}
    times = {submissions[r.student]: parse_utc(r.submitted_at) for r in results if r.submitted_at}
    _update(connection, SUBMISSIONS, [{"row": r, "timestamp": t} for r, t in times.items()])

    ids = _ensure(
        connection,
        NOTEBOOKS,
        notebook_id=[exercise.notebook_id],
        assignment_id=submissions.values(),
    )
    notebooks = {student: ids[exercise.notebook_id, row] for student, row in submissions.items()}
    no_penalty = [{"row": row, "late_submission_penalty": None} for row in notebooks.values()]
    _update(connection, NOTEBOOKS, no_penalty)
    _write_grades(connection, exercise, hand_ins, notebooks)
    _write_comments(connection, exercise, hand_ins, notebooks)
    if exercise.duedate is None:
        return []
    late = select(SUBMISSIONS.c.student_id).where(
        SUBMISSIONS.c.id.in_(submissions.values()), SUBMISSIONS.c.timestamp > exercise.duedate
    )
    return list(connection.scalars(late))


def _write_grades(
    connection: Connection,
    exercise: Exercise,
    hand_ins: Sequence[GradedHandIn],
    notebooks: Mapping[str, str],
) -> None:
    """Set the scores.  A hand-in that was not graded has none, and waits for a person."""
    cells = exercise.graded
    ids = _ensure(connection, GRADES, cell_id=cells.values(), notebook_id=list(notebooks.values()))
    scores = []
    for result in (graded.result for graded in hand_ins):
        no_score = any(notice.code == NOT_GRADED for notice in result.notices)
        for part in result.parts:
            row = ids[cells[part.grade_id], notebooks[result.student]]
            score = None if no_score else part.points
            scores.append({"row": row, "auto_score": score, "waits": no_score})
    _update(
        connection,
        GRADES,
        scores,
        needs_manual_grade=or_(GRADES.c.manual_score.is_not(None), bindparam("waits")),
    )


def _write_comments(
    connection: Connection,
    exercise: Exercise,
    hand_ins: Sequence[GradedHandIn],
    notebooks: Mapping[str, str],
) -> None:
    """Say which answers were left as they were released."""
    cells = exercise.commented
    ids = _ensure(
        connection, COMMENTS, cell_id=cells.values(), notebook_id=list(notebooks.values())
    )
    comments = []
    for graded in hand_ins:
        for name, source in _sources(graded.notebook):
            if name in cells:
                row = ids[cells[name], notebooks[graded.result.student]]
                said = NO_RESPONSE if source == exercise.stubs.get(name) else None
                comments.append({"row": row, "auto_comment": said})
    _update(connection, COMMENTS, comments)


def _sources(notebook: str) -> Iterator[tuple[str, str]]:
    """The sources of a notebook's cells that nbgrader knows, by name."""
    for cell in json.loads(notebook)["cells"] if notebook else []:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name:
            yield name, "".join(cell["source"])


def _ensure(
    connection: Connection, table: Table, **values: Collection[str]
) -> dict[tuple[str, ...], str]:
    """The ids of the rows with these values, by value; rows that are missing are made."""
    columns = [table.c[name] for name in values]
    chosen = [c.in_(v) for c, v in zip(columns, values.values(), strict=True)]
    query = select(table.c.id, *columns).where(*chosen)
    ids = {tuple(key): row for row, *key in connection.execute(query)}
    fresh = {key: new_uuid() for key in product(*values.values()) if key not in ids}
    rows = [{"id": row, **dict(zip(values, key, strict=True))} for key, row in fresh.items()]
    _insert(connection, table, rows)
    return ids | fresh


def _insert(connection: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _update(
    connection: Connection, table: Table, rows: Sequence[Mapping[str, object]], **set_to: Any
) -> None:
    """Set the columns that the rows name; their ids are under "row"."""
    if rows:
        named: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name in table.c}
        change = update(table).where(table.c.id == bindparam("row"))
        connection.execute(change.values(**named, **set_to), rows)
