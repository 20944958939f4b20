"""Graded exercises in the page: a released notebook whose cells can be filled in and checked.

It knows how nbgrader marks cells, and the notebook's file; what is graded it does not know.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform

from coursesite import lite, run
from coursesite.assets import element
from coursesite.run import Button

SCRIPT: Final = "exercise.js"
EARLY: Final = ("while-reading.js", "exercise-early.js")
THEMES_DOWNLOAD: Final = "download-source-button"
CHECK: Final = run.RUN._replace(word="Check", spoken="Check cell {}")
RESET: Final = run.RESET._replace(spoken="Reset cell {} to what was released")
ADD: Final = Button("add", "+ Cell", "Add a cell below cell {}")
REMOVE: Final = Button("remove", "Remove", "Remove cell {}")
PANEL: Final = """\
<section class="exercise-bar pst-js-only" aria-label="Your work" data-file="{file}"
 data-release="{release}">
<p>Type your answers into the cells and check them here. They are kept in this browser, and nowhere
else, until you download the notebook to hand in. In a cell, Ctrl-Enter runs it; Esc and then Tab
leaves it.</p>
<div class="exercise-buttons">
<button type="button" class="exercise-check">Check all</button>
<button type="button" class="exercise-download">Download to hand in</button>
<button type="button" class="exercise-open">Open a notebook</button>
<button type="button" class="exercise-clear">Start over</button>
<input type="file" accept=".ipynb" aria-label="A started notebook" hidden>
</div>
<p class="exercise-says" role="status"></p>
<p class="exercise-foot" role="status" hidden></p>
<ol class="exercise-parts">
{parts}
</ol>
<p class="exercise-full"><a href="{full}" target="_blank">Full notebook in a new tab</a>: as
released, in JupyterLab's manner. What you typed here stays here; to take it along, download it, and
open it from <a href="{files}" target="_blank">the list of files</a> there.</p>
</section>"""
PART: Final = '<li data-part="{part}"><a href="#{anchor}">{title}</a> <span>not checked</span></li>'
DONE: Final = """\
<p class="exercise-end pst-js-only"><button type="button" class="exercise-download">Download to hand
in</button></p>"""
OWN_TEXT: Final = """\
<template id="own-text"><div class="exercise-own"><pre></pre></div></template>"""
OWN_CODE: Final = """\
<template id="own-code"><div class="exercise-own cell docutils container">
<div class="cell_input docutils container"><div class="highlight-python notranslate">
<div class="highlight"><pre></pre></div></div></div>
{bar}
</div></template>"""


class ExerciseCells(SphinxPostTransform):
    """Put buttons to the cells of an exercise, and a panel above them."""

    default_priority = 900
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Sphinx calls this once for each page."""
        path = Path(self.env.doc2path(self.env.docname))
        notebook = nbformat.read(path, as_version=4) if path.suffix == ".ipynb" else None
        if notebook is None or not any(map(is_check, notebook.cells)):
            return
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        places = run.code_cells(self.document)
        if len(places) != len(cells):
            raise ExtensionError(f"{self.env.docname}: {len(cells)} cells, {len(places)} places")
        for number, (place, cell) in enumerate(zip(places, cells, strict=True), 1):
            bar = run.bar(number, *buttons(cell), more=f' data-id="{html.escape(cell.id)}"')
            run.put(place, bar, SCRIPT)
        parts = "\n".join(_parts(places, cells))
        release = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
        root = "../" * self.env.docname.count("/")
        panel = PANEL.format(
            file=html.escape(path.name),
            full=html.escape(root + lite.notebook_address(self.env.docname)),
            files=f"{root}{lite.FOLDER}/index.html",
            release=release,
            parts=parts,
        )
        title = next(iter(self.document.findall(nodes.title)))
        title.parent.insert(
            title.parent.index(title) + 1, element(panel, "exercise.css", early=EARLY)
        )
        own = run.bar("of your own", run.RUN, ADD, REMOVE, run.RESTART)
        self.document += [
            element(DONE + OWN_TEXT + OWN_CODE.format(bar=own)),
            run.data("exercise", json.loads(path.read_text(encoding="utf-8"))),
        ]


def name_download(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Say of the theme's download that it has no answers in it; to run after the theme."""
    del templatename
    if doctree is None or Path(app.env.doc2path(pagename)).suffix != ".ipynb":
        return
    for group in context["header_buttons"]:
        for one in group.get("buttons", ()):
            if one.get("label") == THEMES_DOWNLOAD:
                one["text"] = "As released, without answers (.ipynb)"


def is_check(cell: Any) -> bool:
    """Whether a cell holds the visible checks of a part."""
    marks = cell.metadata.get("nbgrader", {})
    return bool(marks.get("grade") and marks.get("locked"))


def buttons(cell: Any) -> tuple[Button, ...]:
    """The buttons of a cell: what may be changed can be brought back."""
    if is_check(cell):
        return CHECK, run.RESTART
    if cell.metadata.get("nbgrader", {}).get("locked"):
        return run.RUN, run.RESTART
    return run.RUN, RESET, ADD, run.RESTART


def _parts(places: list[nodes.container], cells: list[Any]) -> Iterator[str]:
    """A row of the panel for each part, which leads to its section."""
    for place, cell in zip(places, cells, strict=True):
        if is_check(cell):
            section = place.parent
            while not isinstance(section, nodes.section):
                section = section.parent
            title = section.next_node(nodes.title)
            assert title is not None  # noqa: S101
            yield PART.format(
                part=html.escape(cell.metadata.nbgrader.grade_id),
                anchor=section["ids"][0],
                title=html.escape(title.astext().partition(" (")[0]),
            )
