"""Code cells that run in the page: their buttons, and what the page's script has to know.

The buttons are written while the book is built, so that nothing moves when the script comes.
"""

from __future__ import annotations

import html
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from coursesite import cache, pyodide
from coursesite.assets import element

FOLDER: Final = "pyodide"
WHY_NOT: Final = {
    "nbval-ignore-output": "This cell measures the machine it runs on, so it does not run here.",
    "no-browser": "This cell needs the whole course, so it does not run here.",
}
"""Tags of cells that do not run in the page, and what stands in the place of the buttons."""


class Button(NamedTuple):
    """A button of a cell: its name, the word on it, what a screen reader says, when it comes."""

    name: str
    word: str
    spoken: str
    later: bool = False


BAR: Final = """\
<div class="run-bar pst-js-only" data-cell="{number}"{more}>
{buttons}
<span class="run-number">cell {number}</span>
<span class="run-says" role="status"></span>
</div>
<div class="run-output" hidden></div>"""
RUN: Final = Button("start", "Run", "Run cell {}")
EDIT: Final = Button("edit", "Edit", "Edit cell {}")
RESET: Final = Button("reset", "Reset", "Reset cell {}", later=True)
RESTART: Final = Button("restart", "Restart", "Restart Python", later=True)
NOT_HERE: Final = '<p class="run-bar pst-js-only">{why}</p>'


class RunButtons(SphinxPostTransform):
    """Put the buttons below the source of each cell, and the hidden cells into the page."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Sphinx calls this once for each page."""
        cells = list(executed_cells(self.app, self.env.docname))
        shown = [cell for cell in cells if "remove-cell" not in tags(cell)]
        places = code_cells(self.document)
        if not any(why_not(cell) == "" for cell in shown):
            return
        if len(places) != len(shown):
            raise ExtensionError(f"{self.env.docname}: {len(shown)} cells, {len(places)} places")
        for place, cell in zip(places, shown, strict=True):
            number, why = cells.index(cell) + 1, why_not(cell)
            here = bar(number, RUN, EDIT, RESET, RESTART)
            put(place, NOT_HERE.format(why=html.escape(why)) if why else here, "run.js")
        known = [None if why_not(cell) else cell.source for cell in cells]
        self.document += data("cells", known)


def bar(number: int | str, *buttons: Button, more: str = "") -> str:
    """The row below a cell: its buttons, and what they say."""
    made = (
        f'<button type="button" class="run-{name}" aria-label="{spoken.format(number)}"'
        f"{' hidden' * later}>{word}</button>"
        for name, word, spoken, later in buttons
    )
    return BAR.format(number=number, buttons="\n".join(made), more=more)


def code_cells(document: nodes.document) -> list[nodes.container]:
    """The places of a page where code cells stand."""
    return [one for one in document.findall(nodes.container) if "cell" in one.get("classes", ())]


def put(place: nodes.container, markup: str, script: str) -> None:
    """Put the row of buttons below the source of a cell."""
    at = next((i for i, one in enumerate(place.children, 1) if _has_source(one)), 0)
    place.insert(at, element(markup, script, "run.css"))


def data(name: str, content: object) -> nodes.raw:
    """What a page's script has to know, as JSON in an element with this id."""
    text = json.dumps(content, ensure_ascii=False).replace("<", "\\u003c")
    script = f'<script type="application/json" id="{name}">{text}</script>'
    return nodes.raw("", script, format="html")


def executed_cells(app: Any, pagename: str) -> Iterator[Any]:
    """The code cells of a page that is executed, the hidden ones as well."""
    path = cache.written(app, pagename)
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

    The lock and the digests of the runtime are always there: by them the packages and Pyodide
    itself are checked, wherever they come from.

    Raises: FileNotFoundError where Pyodide was not put together.
    """
    engine, folder = Path(app.outdir).parent / FOLDER, Path(app.outdir) / FOLDER
    if not (engine / pyodide.LOCK).is_file():
        raise FileNotFoundError(f"{engine}, Python for the pages, is missing; make book brings it")
    folder.mkdir(exist_ok=True)
    pyodide.pack_course(folder / pyodide.COURSE)
    shutil.copyfile(engine / pyodide.LOCK, folder / pyodide.LOCK)
    digests = json.dumps(pyodide.digests(engine), indent=1)
    (folder / pyodide.DIGESTS).write_text(digests, encoding="utf-8")
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


def _has_source(node: nodes.Node) -> bool:
    return any("cell_input" in one.get("classes", ()) for one in node.findall(nodes.container))
