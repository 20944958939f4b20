"""Canvas: the gradebook as exported there, with one assignment filled in.

Canvas writes a column `<title> (<id>)` for each assignment, a row of points possible, and above
that a row of words where grades are posted by hand.  On import it looks for a student by `ID`,
then `SIS User ID`, `SIS Login ID` and the name; a column that it does not know becomes a new
assignment, and an emptied cell empties a grade, so that untouched cells have to stay.

Checked in Canvas's source: lib/gradebook_exporter.rb and lib/gradebook_importer.rb of
https://github.com/instructure/canvas-lms.  Not checked: an import on a running Canvas.
How an instructor does it: https://teaching.resources.osu.edu/toolsets/carmencanvas/guides/\
calculating-final-grades/import-csv-file-carmen-grades
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from coursework.export.fill import Form, fill
from coursework.export.report import Report
from coursework.export.table import Table
from coursework.results import HandInResult

POINTS_POSSIBLE: Final = "Points Possible"


def fill_canvas(
    results: Sequence[HandInResult],
    template: Path,
    path: Path,
    *,
    column: str = "",
    id_column: str = "",
) -> Report:
    """Fill in a gradebook that Canvas exported; `column` is the title of the assignment.

    A cell that says EX (excused) or N/A (not assigned) stays.

    Raises: ValueError as `coursework.export.fill.fill` does.
    """
    return fill(results, template, path, CANVAS, column, id_column)


def _maximum(table: Table, column: int) -> str:
    lines = (line for line in table.rows if POINTS_POSSIBLE in table.cell(line, 0))
    return next((table.cell(line, column) for line in lines), "")


def _is_student(table: Table, line: int) -> bool:
    """Whether a line has a name that is not that of the points possible."""
    return bool(table.cell(line, 0)) and POINTS_POSSIBLE not in table.cell(line, 0)


CANVAS: Final = Form(
    ids=("SIS Login ID", "SIS User ID", "ID", "Integration ID"),
    grade=re.compile(r"^(.+) \(\d+\)$"),
    kept=frozenset({"EX", "N/A"}),
    maximum=_maximum,
    is_student=_is_student,
)
