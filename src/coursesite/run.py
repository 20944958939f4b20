"""Code cells that run in the page: their buttons, and what the page's script has to know.

The buttons are written while the book is built, so that nothing moves when the script comes.
"""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from coursesite import pyodide
from coursesite.assets import element

FOLDER: Final = "pyodide"
WHY_NOT: Final = {
    "nbval-ignore-output": "This cell measures the machine it runs on, so it does not run here.",
    "no-browser": "This cell needs the whole course, so it does not run here.",
}
"""Tags of cells that do not run in the page, and what stands in the place of the buttons."""
BAR: Final = """\
<div class="run-bar pst-js-only" data-cell="{number}">
<button type="button" class="run-start" aria-label="Run cell {number}">Run</button>
<button type="button" class="run-edit" aria-label="Edit cell {number}">Edit</button>
<span class="run-says" role="status"></span>
</div>
<div class="run-output" hidden></div>"""
NOT_HERE: Final = '<p class="run-bar pst-js-only">{why}</p>'


class RunButtons(SphinxPostTransform):
    """Put the buttons below the source of each cell, and the hidden cells into the page."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Sphinx calls this once for each page."""
        cells = list(executed_cells(self.app, self.env.docname))
        shown = [cell for cell in cells if "remove-cell" not in tags(cell)]
        places = [node for node in self.document.findall(nodes.container) if _is_cell(node)]
        if not any(why_not(cell) == "" for cell in shown):
            return
        if len(places) != len(shown):
            raise ExtensionError(f"{self.env.docname}: {len(shown)} cells, {len(places)} places")
        for place, cell in zip(places, shown, strict=True):
            number, why = cells.index(cell) + 1, why_not(cell)
            bar = NOT_HERE.format(why=html.escape(why)) if why else BAR.format(number=number)
            at = next((i for i, one in enumerate(place.children, 1) if _has_source(one)), 0)
            place.insert(at, element(bar, "run.js", "run.css"))
        known = [None if why_not(cell) else cell.source for cell in cells]
        text = json.dumps(known, ensure_ascii=False).replace("<", "\\u003c")
        self.document += nodes.raw(
            "", f'<script type="application/json" id="cells">{text}</script>', format="html"
        )


def executed_cells(app: Any, pagename: str) -> Iterator[Any]:
    """The code cells of a page that is executed, the hidden ones as well."""
    path = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if path.is_file() and Path(app.env.doc2path(pagename)).suffix != ".ipynb":
        notebook = nbformat.read(path, as_version=4)
        yield from (cell for cell in notebook.cells if cell.cell_type == "code")


def tags(cell: Any) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", ()))


def why_not(cell: Any) -> str:
    """Why a cell does not run in the page; "" where it does."""
    return next((WHY_NOT[tag] for tag in tags(cell) if tag in WHY_NOT), "")


def write_engine(app: Sphinx) -> None:
    """Copy Pyodide to the built site, if it hosts its own, and pack the course for it.

    The lock is always there: by it the packages are checked, wherever they come from.

    Raises: FileNotFoundError where Pyodide was not put together.
    """
    engine, folder = Path(app.outdir).parent / FOLDER, Path(app.outdir) / FOLDER
    if not (engine / pyodide.LOCK).is_file():
        raise FileNotFoundError(f"{engine}, Python for the pages, is missing; make book brings it")
    folder.mkdir(exist_ok=True)
    pyodide.pack_course(folder / pyodide.COURSE)
    shutil.copyfile(engine / pyodide.LOCK, folder / pyodide.LOCK)
    if not app.config.coursesite_pyodide_url:
        shutil.copytree(engine, folder, dirs_exist_ok=True)


def tell_engine(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Tell pages where Pyodide lies, if not on the site itself."""
    del pagename, templatename, doctree
    if app.config.coursesite_pyodide_url:
        address = html.escape(app.config.coursesite_pyodide_url, quote=True)
        tag = f'<meta name="pyodide" content="{address}">'
        context["metatags"] = f"{context.get('metatags', '')}\n{tag}"


def _is_cell(node: nodes.container) -> bool:
    return "cell" in node.get("classes", ())


def _has_source(node: nodes.Node) -> bool:
    return any("cell_input" in one.get("classes", ()) for one in node.findall(nodes.container))
