"""Moodle: a grading worksheet or a gradebook export filled in, or a new file of grades.

The worksheet of an assignment ("Download grading worksheet") has `Identifier` (`Participant 12`),
`Email address`, `Grade`, `Maximum grade`, `Last modified (grade)` and `Feedback comments`; what
columns of ids it has is the site's choice, and the names are in the site's language (then give
`column` and `id_column`).  On upload Moodle needs identifier, grade and the time of the last
change, passes over a grade above the maximum without a word, and takes comments for HTML.

The import of the gradebook takes any CSV, and its form asks which column is what.  It stops as a
whole at the first student that it does not know, clears the grade where the cell is empty, and
loses grades where comments are imported without them.

Checked in Moodle's source (mod/assign/feedback/offline, mod/assign/feedback/comments,
grade/import/csv and its tests, of https://github.com/moodle/moodle) and in
https://docs.moodle.org/311/en/Grade_import.  Seen in public code, not documented: the ending
`(Real)` of a column of grades.  Not checked: an upload to a running Moodle.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from coursework.disk import write_if_changed
from coursework.export.cells import feedback, is_formula, number
from coursework.export.fill import Form, fill
from coursework.export.report import Report, grades, nothing_read
from coursework.export.table import Table
from coursework.pages.state import has_grade
from coursework.results import HandInResult

PROFILE: Final = ("Username", "ID number", "Email address")
MAXIMUM: Final = ("Maximum grade", "Maximum Grade")


def fill_moodle(
    results: Sequence[HandInResult],
    template: Path,
    path: Path,
    *,
    column: str = "",
    id_column: str = "",
) -> Report:
    """Fill in an assignment's grading worksheet, or a gradebook that Moodle exported as text.

    A comment that a person wrote stays; one that this function wrote is renewed.

    Raises: ValueError as `coursework.export.fill.fill` does.
    """
    return fill(results, template, path, MOODLE, column, id_column)


def to_moodle(results: Sequence[HandInResult], path: Path, identifier: str = "Username") -> Report:
    """Write a new file for the gradebook's import: identifier, grade, feedback.

    `identifier` is the name of the first column; in Moodle's form, map it to what the ids are.
    Ids that a spreadsheet could take for a formula are left out and reported as absent.

    Raises: ValueError for two results of one student.
    """
    by_student = grades(results)
    graded = {student for student, result in by_student.items() if has_grade(result)}
    safe = sorted(student for student in graded if not is_formula(student))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([identifier, "Grade", "Feedback"])
    for student in safe:
        result = by_student[student]
        writer.writerow(
            [student, number(result.points), html.escape(feedback(result), quote=False)]
        )
    write_if_changed(path, text.getvalue().encode("utf-8", errors="backslashreplace"))
    return Report(
        filled=len(safe),
        absent=tuple(sorted(graded - set(safe))),
        ungraded=tuple(sorted(by_student.keys() - graded)),
        notes=tuple(nothing_read(results)),
    )


def _keys(name: str, cell: str) -> tuple[str, ...]:
    """An id as it stands, and the number at the end of an identifier like `Participant 12`."""
    found = re.fullmatch(r"\D+(\d+)", cell)
    return (cell, found[1]) if found and name not in PROFILE else (cell,)


def _maximum(table: Table, _column: int) -> str:
    columns = [table.head.index(name) for name in MAXIMUM if name in table.head]
    found = {table.cell(line, one) for one in columns for line in table.rows} - {""}
    return found.pop() if len(found) == 1 else ""


MOODLE: Final = Form(
    ids=(*PROFILE, "Identifier"),
    grade=re.compile(
        r"^(?!.*\((?:Percentage|Letter|Feedback)\)$)"
        r"(Grade|Assignment: .+?|.+(?= \(Real\)))(?: \(Real\))?$"
    ),
    always="Grade",
    feedback="Feedback comments",
    keys=_keys,
    maximum=_maximum,
    as_feedback=lambda text: html.escape(text, quote=False),
)
