"""`python -m browser.rebuild BUILT`: build the book in this folder, with another build's timings.

Cells tagged `nbval-ignore-output` measure the machine.  They are executed, and then given the
outputs that they have in BUILT, so that any other difference between the two builds is a fault.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_book.cli.main import main as jupyter_book
from myst_nb.core.execute import direct

from coursesite.downloads import without_merged

MEASURES = "nbval-ignore-output"

Cells = list[Any]


def code_cells(notebook: Any) -> Cells:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def sources(cells: Cells) -> tuple[str, ...]:
    return tuple(cell.source for cell in cells)


def give(cells: Cells, earlier: Cells) -> None:
    """Give to the cells that measure the outputs of an earlier run."""
    for cell, before in zip(cells, earlier, strict=True):
        if MEASURES in cell.metadata.get("tags", ()):
            cell.outputs = list(without_merged(before.outputs))


def main(built: Path) -> None:
    notebooks = sorted((built / "jupyter_execute").rglob("*.ipynb"))
    executed = [code_cells(nbformat.read(path, as_version=4)) for path in notebooks]
    known = {sources(cells): cells for cells in executed}
    execute = direct.single_nb_execution

    def replayed(notebook: Any, *args: Any, **options: Any) -> Any:
        result = execute(notebook, *args, **options)
        cells = code_cells(notebook)
        give(cells, known[sources(cells)])
        return result

    direct.single_nb_execution = replayed
    jupyter_book(["build", ".", "--quiet", "--all", "-n", "-W", "--keep-going"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
