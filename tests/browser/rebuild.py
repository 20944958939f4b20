"""`python -m browser.rebuild BUILT [--all]`: build the book here, with another build's timings.

Cells tagged `nbval-ignore-output` measure the machine.  They are executed, and then given the
outputs that they have in BUILT, so that any other difference between the two builds is a fault.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_book.cli.main import main as jupyter_book
from myst_nb.core.execute import cache

MEASURES = "nbval-ignore-output"

Cells = list[Any]


def code_cells(notebook: Any) -> Cells:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def sources(cells: Cells) -> tuple[str, ...]:
    return tuple(cell.source for cell in cells)


def stored_name(output: Any) -> str:
    """The name under which an output was glued; "" where it was not."""
    return str(output.get("metadata", {}).get("scrapbook", {}).get("name", ""))


def give(cells: Cells, earlier: Cells, glued: dict[str, Any]) -> None:
    """Give to the cells that measure what they showed and stored in an earlier run."""
    for cell, before in zip(cells, earlier, strict=True):
        if MEASURES not in cell.metadata.get("tags", ()):
            continue
        stored = [output for output in cell.outputs if stored_name(output)]
        for output in stored:
            data = glued[stored_name(output)]["data"]
            prefix = output["metadata"]["scrapbook"]["mime_prefix"]
            output["data"] = {f"{prefix}{kind}": value for kind, value in data.items()}
        shown = [output for output in before.outputs if not stored_name(output)]
        cell.outputs = [*stored, *shown]


def main(built: Path, *options: str) -> None:
    known = {}
    for path in (built / "jupyter_execute").rglob("*.ipynb"):
        cells = code_cells(nbformat.read(path, as_version=4))
        glue = path.with_suffix(".glue.json")
        known[sources(cells)] = (cells, json.loads(glue.read_text()) if glue.is_file() else {})
    execute = cache.single_nb_execution

    def replayed(notebook: Any, *args: Any, **options: Any) -> Any:
        result = execute(notebook, *args, **options)
        cells = code_cells(notebook)
        give(cells, *known[sources(cells)])
        return result

    cache.single_nb_execution = replayed
    jupyter_book(["build", ".", "--quiet", "-n", "-W", "--keep-going", *options])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
