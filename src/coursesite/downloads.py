"""The notebook a page offers for download: its executed cells, with the page's markup undone.

MyST-NB stores a notebook whose text is full of directives and roles that only a book builder
reads.  Here glued numbers become the numbers, admonitions become quotes, and roles become plain
text, so that the file reads well in Jupyter, VS Code or Colab.  Code cells and their outputs
stay as they are on the page.
"""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx

NotebookNode = Any

GLUE_PREFIX = "application/papermill.record/"
"""What MyST-NB puts before the type of a stored value."""

_GLUE_ROLE = re.compile(r"\{glue:text\}`([^`:]+)(?::([^`]+))?`")
_CITE_ROLE = re.compile(r"\{cite(?::[tp])?\}`([^`]+)`")
_OTHER_ROLE = re.compile(r"\{(?:doc|ref|numref|eq|term|download)\}`([^`<]+?)(?:\s*<[^>]+>)?`")
_FENCE = re.compile(r"^(:{3,}|`{3,})\{([\w-]+)\}[ \t]*(.*)$")
_NOTE = (
    "*This page as a notebook. It needs the course's package, `hwmath`: "
    '`pip install ".[plots]"` in a clone of the course.*'
)
_TARGET = re.compile(r"^\([\w-]+\)=\n", flags=re.MULTILINE)


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """After a build, rewrite every executed notebook that a page links to."""
    if exception is not None or app.builder.format != "html":
        return
    for executed in sorted((Path(app.outdir) / "_sources").rglob("*.ipynb")):
        notebook = nbformat.read(executed, as_version=4)
        if any("nbgrader" in cell.metadata for cell in notebook.cells):
            continue
        nbformat.write(readable(notebook), executed)


def readable(notebook: NotebookNode) -> NotebookNode:
    """A copy of `notebook` whose Markdown needs no book builder.

    Raises: KeyError for a glued name that no cell of the notebook stored.
    """
    glued = _glued_values(notebook)
    result = copy.deepcopy(notebook)
    for cell in result.cells:
        if cell.cell_type == "markdown":
            cell.source = plain_markdown(cell.source, glued)
    note = nbformat.v4.new_markdown_cell(_NOTE, id="note")
    result.cells = [note, *(cell for cell in result.cells if _belongs(cell))]
    return result


def plain_markdown(source: str, glued: dict[str, Any]) -> str:
    """MyST Markdown as ordinary Markdown.

    >>> plain_markdown("Speed: {glue:text}`x:.1f`, by {cite:t}`he2022brrr`.", {"x": 2.04})
    'Speed: 2.0, by [he2022brrr].'
    >>> print(plain_markdown(":::{admonition} Takeaway\\nMove less.\\n:::", {}))
    > **Takeaway**
    >
    > Move less.
    """
    text = _TARGET.sub("", source)
    text = _GLUE_ROLE.sub(lambda m: _format(glued[m[1]], m[2]), text)
    text = _CITE_ROLE.sub(lambda m: f"[{m[1]}]", text)
    text = _OTHER_ROLE.sub(lambda m: m[1], text)
    lines = _quote_directives(text.splitlines())
    return "\n".join(line.rstrip() for line in lines)


def _belongs(cell: NotebookNode) -> bool:
    """Whether a cell says something to a reader: not empty, not one that only the builder reads."""
    return bool(cell.source.strip()) and "remove-cell" not in cell.metadata.get("tags", ())


def _glued_values(notebook: NotebookNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if name:
                values[name] = _literal(output.data[f"{GLUE_PREFIX}text/plain"])
    return values


def _literal(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text.strip("'\"")


def _format(value: str | float, spec: str | None) -> str:
    if spec is None:
        return str(value)
    return format(int(value) if spec.endswith("d") else value, spec)


def _quote_directives(lines: list[str]) -> list[str]:
    """Turn fenced directives into block quotes headed by their title; keep their bodies."""
    result: list[str] = []
    open_fences: list[str] = []
    in_options = False
    for line in lines:
        start = _FENCE.match(line.strip())
        prefix = "> " * len(open_fences)
        if start:
            open_fences.append(start[1])
            prefix = "> " * len(open_fences)
            if start[3]:
                result += [f"{prefix}**{start[3]}**", prefix]
            in_options = True
        elif open_fences and line.strip() == open_fences[-1]:
            open_fences.pop()
        elif in_options and re.match(r"^:[\w-]+:", line.strip()):
            continue
        else:
            in_options = False
            result.append(prefix + line)
    return result
