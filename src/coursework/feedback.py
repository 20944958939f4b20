"""What nbgrader's own feedback shows to a student: the message of a failed check, and no output."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade


class MessagesOnly(NbGraderPreprocessor):  # type: ignore[misc]
    """Show what the checks say, and nothing that a student's code printed while they ran."""

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:  # noqa: ARG002
        """Empty one cell, unless it is graded."""
        if cell.cell_type == "code" and not is_grade(cell):
            cell.outputs = []
        return cell, resources
