"""What a hand-in may have suffered on its way, mended before it is graded."""

from __future__ import annotations

from typing import Any

from nbgrader.preprocessors import NbGraderPreprocessor


class PlainCopies(NbGraderPreprocessor):  # type: ignore[misc]
    """Make a copied cell an ordinary one.

    nbgrader empties the grading fields of the second of two cells with one id, and then refuses
    the notebook, and with it the rest of the batch, because the fields are empty.
    """

    def preprocess_cell(self, cell: Any, resources: Any, cell_index: int) -> tuple[Any, Any]:  # noqa: ARG002
        """Drop grading fields that hold nothing."""
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources
