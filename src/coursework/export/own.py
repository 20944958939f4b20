"""The course's own form: one line for each hand-in, with the points of each part."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from coursework.disk import write_if_changed
from coursework.export.cells import guarded, number
from coursework.export.report import Report, grades, nothing_read
from coursework.pages.state import has_grade
from coursework.results import HandInResult


def to_csv(results: Sequence[HandInResult], path: Path) -> Report:
    """Write all results as CSV in UTF-8: student, total, points of each part, times, notices.

    A hand-in that is not graded has no points, and no zero.  A student's id that a spreadsheet
    could take for a formula begins with a `'` here, and only here: the forms for other systems
    echo those systems' own cells.

    Raises: ValueError for two results of one student.
    """
    by_student = grades(results)
    parts = list(dict.fromkeys(part.part for result in results for part in result.parts))
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    names = ["student", "total", "max", *map(guarded, parts)]
    writer.writerow([*names, "submitted_at", "graded_at", "sandbox", "notices"])
    for student in sorted(by_student):
        result = by_student[student]
        by_part = {part.part: number(part.points) for part in result.parts}
        points = [number(result.points), number(result.max_points)]
        points += [by_part.get(part, "") for part in parts]
        if not has_grade(result):
            points = [""] * len(points)
        texts = [result.submitted_at, result.graded_at, result.sandbox]
        cells = [guarded(student), *points, *map(guarded, texts), str(len(result.notices))]
        writer.writerow(cells)
    write_if_changed(path, text.getvalue().encode("utf-8", errors="backslashreplace"))
    graded = [student for student, result in by_student.items() if has_grade(result)]
    ungraded = sorted(by_student.keys() - set(graded))
    return Report(filled=len(graded), ungraded=tuple(ungraded), notes=tuple(nothing_read(results)))
