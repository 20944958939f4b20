"""Blackboard, Original and Ultra: the gradebook as downloaded to work offline, filled in.

Files are comma-delimited with quotes, or tab-delimited with the ending .xls.  Columns begin with
last name, first name, user name and student id.  Students are known by user name, columns of
grades by a number that must not change; a column without one becomes a new column of text.

Read in https://help.blackboard.com/he/Learn/Instructor/Ultra/Grade/Grading_Tasks/\
Work_Offline_With_Grade_Data and https://und.teamdynamix.com/TDClient/2048/IT/KB/ArticleDet?ID=59084.
Not documented, but seen in public code that reads such files: the exact names (`Last Name`,
`Username`, `<title> [Total Pts: 16 Score] |<number>`, `Feedback to Learner`), UTF-16 with tabs,
and UTF-8 with a byte order mark and commas.  Not checked: an upload to a running Blackboard.
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

TOTAL: Final = re.compile(r"\[Total Pts: (?:up to )?([\d.,]+)")


def fill_blackboard(
    results: Sequence[HandInResult],
    template: Path,
    path: Path,
    *,
    column: str = "",
    id_column: str = "",
) -> Report:
    """Fill in a gradebook that Blackboard let download; `column` is the title of a column.

    Raises: ValueError as `coursework.export.fill.fill` does.
    """
    return fill(results, template, path, BLACKBOARD, column, id_column)


def _maximum(table: Table, column: int) -> str:
    found = TOTAL.search(table.head[column])
    return found[1] if found else ""


BLACKBOARD: Final = Form(
    ids=("Username", "Student ID"),
    grade=re.compile(r"^(.+?)(?: \[[^\]]*\])? ?\|\d+$"),
    feedback="Feedback to Learner",
    maximum=_maximum,
)
