"""What a graded notebook shows to its student: the message of a failed check, not its source."""

from __future__ import annotations

from typing import Any, Final

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade

SAYS_IT_ALL: Final = ("PartFailed", "AssertionError", "Stopped")


class MessagesOnly(NbGraderPreprocessor):  # type: ignore[misc]
    """In graded cells, put the message in the place of each traceback.

    A traceback quotes the lines around the failure, and in a graded cell some are hidden tests.
    """

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:  # noqa: ARG002
        """Shorten the errors of one cell, if it is graded."""
        if is_grade(cell):
            errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
            for error in errors:
                error.traceback = message_of(error).splitlines()
            for error in errors[:-1]:  # stopping a cell leaves two; the last one says why
                cell.outputs.remove(error)
        return cell, resources


def message_of(error: Any) -> str:
    """What an error output says to a student: its message, and its type where that helps."""
    if error.ename in SAYS_IT_ALL:
        return str(error.evalue)
    if error.ename == "NameError":
        return f"{error.evalue}. Did the cell that defines it run without an error?"
    return f"{error.ename}: {error.evalue}"
