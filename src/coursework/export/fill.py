"""Grades put into a file that a school's system wrote, row by row, by the ids in that file."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from coursework.disk import write_if_changed
from coursework.export.cells import BY_MACHINE, feedback, number
from coursework.export.report import Report, grades, nothing_read
from coursework.export.table import Table
from coursework.pages.state import has_grade
from coursework.results import HandInResult

MOST_NAMED: Final = 12
ROUNDING: Final = 1e-6
READ_ONLY: Final = "(read only)"


@dataclass(frozen=True, slots=True)
class Form:
    """How a system's file is laid out.

    `ids` are the columns that can hold a student's id, `keys` what such a cell is called by.
    `grade` matches the columns of grades, with the title as its first group; a title that is
    `always` needs no topic in it.  `maximum` finds the points of a column, `kept` are cells that
    stay, `feedback` is the column of comments and `as_feedback` how a text is written there.
    """

    ids: tuple[str, ...]
    grade: re.Pattern[str]
    maximum: Callable[[Table, int], str]
    always: str = ""
    kept: frozenset[str] = frozenset()
    feedback: str = ""
    as_feedback: Callable[[str], str] = str
    keys: Callable[[str, str], tuple[str, ...]] = lambda _name, cell: (cell,)
    is_student: Callable[[Table, int], bool] = lambda table, line: any(table.lines[line])


def fill(
    results: Sequence[HandInResult],
    template: Path,
    path: Path,
    form: Form,
    column: str,
    id_column: str,
) -> Report:
    """Write `template` to `path` with a grade for each student of `results` who is in it.

    Everything else in it stays to the byte, the cells of students without a grade as well.

    Raises: ValueError for a template that lacks a column or does not say which, for two rows or
    two results of one student, and where no student is in the template.
    """
    by_student = grades(results)
    table = Table.read(template)
    topic = next((result.topic for result in results), "")
    grade = grade_column(table, form, column, topic)
    ids, lines = match(table, form, list(by_student), id_column)
    graded = {student for student, result in by_student.items() if has_grade(result)}
    notes = [*_points_differ(table, form, grade, results), *nothing_read(results)]
    filled = 0
    for student in sorted(graded & lines.keys()):
        before, after = table.cell(lines[student], grade), number(by_student[student].points)
        if before in form.kept:
            notes.append(f"{student!r}: the cell says {before} and stays so; the grade is {after}")
            continue
        _put(table, lines[student], grade, after)
        _say(table, form, lines[student], by_student[student])
        filled += 1
        if _differ(before, after) or (_value(before) is None and re.search(r"\d", before)):
            notes.append(f"{student!r}: {before} became {after}")
    write_if_changed(path, table.content())
    others = [line for line in table.rows if line not in lines.values()]
    return Report(
        filled=filled,
        no_hand_in=tuple(_name(table, ids, n) for n in others if form.is_student(table, n)),
        absent=tuple(sorted(graded - lines.keys())),
        ungraded=tuple(sorted(by_student.keys() - graded)),
        notes=tuple(notes),
    )


def grade_column(table: Table, form: Form, column: str, topic: str) -> int:
    """The column of grades with a title or name, or else the only one that names the topic.

    Raises: ValueError where there is none, or more than one.
    """
    titles = {
        i: found[1] for i, name in enumerate(table.head) if (found := form.grade.search(name))
    }
    if column:
        wanted = f"column={column!r}"
        chosen = [i for i, name in enumerate(table.head) if column in (name, titles.get(i))]
    else:
        wanted = f"topic={topic!r}"
        named = topic.casefold()
        chosen = [i for i, t in titles.items() if t == form.always or named in t.casefold()]
    if len(chosen) != 1:
        there = ", ".join(repr(table.head[i]) for i in titles)
        if not titles:
            every = ", ".join(map(repr, table.head[:MOST_NAMED]))
            there = f"none (is it another system's file?); all columns: {every}"
        how_many = "no column" if not chosen else f"{len(chosen)} columns"
        raise ValueError(f"the template has {how_many} for {wanted}; columns of grades: {there}")
    if READ_ONLY in form.maximum(table, chosen[0]):
        name = table.head[chosen[0]]
        raise ValueError(f"the template's column {name!r} is marked {READ_ONLY}; name another")
    return chosen[0]


def match(
    table: Table, form: Form, students: list[str], id_column: str
) -> tuple[int, dict[str, int]]:
    """The column of ids that has most of the students, and the line of each.

    An id that is nowhere is tried again without regard to capitals, on lines that are left.

    Raises: ValueError for a template without such a column, or with none of the students, and
    for two rows of one student or two students of one row.
    """
    names = [id_column] if id_column else list(form.ids)
    columns = [table.head.index(name) for name in names if name in table.head]
    if not columns:
        wanted, there = " or ".join(map(repr, names)), ", ".join(map(repr, table.head))
        raise ValueError(f"the template has no column {wanted}; its columns: {there}")
    tried = {column: _lines(table, form, column, students) for column in columns}
    best = max(columns, key=lambda column: len(tried[column]))
    if not tried[best]:
        ids = ", ".join(map(repr, sorted(students)[:MOST_NAMED]))
        raise ValueError(f"no student is in the template's columns {names}; looked for {ids}")
    owner: dict[int, str] = {}
    for student, lines in tried[best].items():
        if len(lines) > 1:
            at = " and ".join(str(line + 1) for line in lines)
            raise ValueError(f"student={student!r} is on the template's lines {at}")
        if lines[0] in owner:
            pair = f"{owner[lines[0]]!r} and {student!r}"
            raise ValueError(f"students {pair} are both line {lines[0] + 1} of the template")
        owner[lines[0]] = student
    return best, {student: line for line, student in owner.items()}


def _lines(table: Table, form: Form, column: int, students: list[str]) -> dict[str, list[int]]:
    """The lines of each student that a column of ids has."""
    rows = [line for line in table.rows if form.is_student(table, line)]
    keys = {line: set(form.keys(table.head[column], table.cell(line, column))) for line in rows}
    exact: dict[str, list[int]] = defaultdict(list)
    for line in rows:
        for key in keys[line]:
            exact[key].append(line)
    found = {student: exact[student] for student in students if student in exact}
    taken = {line for lines in found.values() for line in lines}
    folded: dict[str, list[int]] = defaultdict(list)
    for line in rows:
        for key in keys[line]:
            if line not in taken:
                folded[key.casefold()].append(line)
    for student in students:
        if student not in found and student.casefold() in folded:
            found[student] = folded[student.casefold()]
    return found


def _points_differ(
    table: Table, form: Form, grade: int, results: Sequence[HandInResult]
) -> list[str]:
    ours = max((result.max_points for result in results), default=0.0)
    theirs = form.maximum(table, grade)
    if not theirs or not _differ(theirs, number(ours)):
        return []
    there = f"the template's column {table.head[grade]!r} has {theirs} points"
    return [f"{there}, the exercise {number(ours)}: change that in the system, or grades mislead"]


def _value(cell: str) -> float | None:
    """The number in a cell, with a decimal point or comma."""
    try:
        return float(cell.replace(",", "."))
    except ValueError:
        return None


def _differ(before: str, after: str) -> bool:
    """Whether both cells hold a number, and not the same."""
    old, new = _value(before), _value(after)
    return old is not None and new is not None and abs(old - new) > ROUNDING


def _put(table: Table, line: int, column: int, grade: str) -> None:
    """Write a grade, unless the cell says the same in other words, such as 14.00 for 14."""
    before = table.cell(line, column)
    if _value(before) is None or _differ(before, grade):
        table.put(line, column, grade)


def _say(table: Table, form: Form, line: int, result: HandInResult) -> None:
    """Put feedback where there is a column for it, and nothing that a person wrote."""
    if form.feedback not in table.head:
        return
    column = table.head.index(form.feedback)
    if not table.cell(line, column) or table.cell(line, column).startswith(BY_MACHINE):
        table.put(line, column, form.as_feedback(feedback(result)))


def _name(table: Table, ids: int, line: int) -> str:
    """What a row is called: its id, or the first cell that holds anything."""
    cells = (table.cell(line, column) for column in (ids, *range(len(table.head))))
    return next(filter(None, cells), "")
