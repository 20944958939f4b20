"""Grades for other systems: Canvas, Moodle, Blackboard, and a form of the course's own.

A file of another system is filled in rather than made: ids, names, order and all else in it are
that system's own, and stay to the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from coursework.export.blackboard import fill_blackboard
from coursework.export.canvas import fill_canvas
from coursework.export.moodle import fill_moodle, to_moodle
from coursework.export.own import to_csv
from coursework.export.report import Report
from coursework.results import HandInResult

__all__ = [
    "FORMS",
    "NEW_FORMS",
    "Report",
    "fill_blackboard",
    "fill_canvas",
    "fill_moodle",
    "to_csv",
    "to_moodle",
    "write",
]

NEW_FORMS: Final[Mapping[str, Callable[[Sequence[HandInResult], Path], Report]]] = {
    "csv": to_csv,
    "moodle-new": to_moodle,
}
FORMS: Final[Mapping[str, Callable[..., Report]]] = {
    **NEW_FORMS,
    "canvas": fill_canvas,
    "moodle": fill_moodle,
    "blackboard": fill_blackboard,
}
"""By name: those in `NEW_FORMS` take results and a path, the others a template in between."""


def write(
    form: str,
    results: Sequence[HandInResult],
    path: Path,
    template: Path | None = None,
    *,
    column: str = "",
    id_column: str = "",
) -> Report:
    """Write grades in a form, into a copy of the system's own file where it fills one in.

    Raises: ValueError for an unknown form, for a template too few or too many, and as the form
    itself does; OSError for files that cannot be read or written.
    """
    if form not in FORMS:
        raise ValueError(f"form={form!r} is none of {', '.join(FORMS)}")
    if form in NEW_FORMS:
        if template or column or id_column:
            given = str(template or column or id_column)
            raise ValueError(f"form={form!r} fills in no template: {given!r} has no use")
        return NEW_FORMS[form](results, path)
    if template is None:
        raise ValueError(f"form={form!r} needs a template: a file that the system exported")
    if path.exists() and template.samefile(path):
        raise ValueError(f"path={str(path)!r} is the template itself")
    return FORMS[form](results, template, path, column=column, id_column=id_column)
