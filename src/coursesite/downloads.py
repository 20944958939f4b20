"""The notebook a page offers for download: its executed cells, with the page's markup undone.

MyST-NB stores a notebook whose text is full of directives and roles that only a book builder
reads.  Here glued numbers become the numbers, admonitions become quotes, and roles become plain
text, so that the file reads well in Jupyter, VS Code or Colab.  Code cells and their outputs
stay as they are on the page.
"""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx

from coursesite import cache, hunt

NotebookNode = Any

_GLUE_ROLE = re.compile(r"\{glue:text\}`([^`:]+)(?::([^`]+))?`")
_CITE_ROLE = re.compile(r"\{cite(?::[tp])?\}`([^`]+)`")
_OTHER_ROLE = re.compile(r"\{(?:doc|ref|numref|eq|term|download)\}`([^`<]+?)(?:\s*<[^>]+>)?`")
_FENCE = re.compile(r"^(:{3,}|`{3,})\{([\w-]+)\}[ \t]*(.*)$")
_NOTE = (
    "*This page as a notebook. It needs the course's package, `hwmath`: "
    '`pip install ".[plots]"` in a clone of the course.*'
)
_EXPLORER = "*On the website this one can be moved by hand; here it is left out.*"
_OPTION = re.compile(r"^:([\w-]+):[ \t]*(.*)$")
_DETAILS = {"dropdown": "", "answer": "The answer"}
"""Directives that are folded, and what stands on the fold if not their own title."""
_FOLDED = {"hide-input": "source_hidden", "hide-output": "outputs_hidden"}
_TARGET = re.compile(r"^\([\w-]+\)=\n", flags=re.MULTILINE)


def offer(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Tell the theme's download button of a page's notebook; to run before the theme does."""
    del templatename, doctree
    if cache.written(app, pagename).is_file() and not _is_notebook_file(app, pagename):
        context["ipynb_source"] = f"{pagename}.ipynb"


def write_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """After a build, put the notebook of every page that is no notebook file beside its source."""
    if exception is not None or app.builder.format != "html":
        return
    for pagename in sorted(app.env.found_docs):
        executed = cache.written(app, pagename)
        if executed.is_file() and not _is_notebook_file(app, pagename):
            target = Path(app.outdir) / "_sources" / f"{pagename}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            notebook = nbformat.read(executed, as_version=4)
            nbformat.write(readable(notebook, _glued_values(executed)), target)


def _is_notebook_file(app: Sphinx, pagename: str) -> bool:
    """Whether the page's source is a notebook already: an exercise, offered as it is."""
    return Path(app.env.doc2path(pagename)).suffix == ".ipynb"


def readable(notebook: NotebookNode, glued: Mapping[str, str | float]) -> NotebookNode:
    """A copy of `notebook` whose Markdown needs no book builder.

    Raises: KeyError for a glued name that no cell of the notebook stored.
    """
    result = copy.deepcopy(notebook)
    for cell in result.cells:
        if cell.cell_type == "markdown":
            cell.source = plain_markdown(cell.source, glued)
        folded = [_FOLDED[tag] for tag in cell.metadata.get("tags", ()) if tag in _FOLDED]
        if folded:
            cell.metadata["jupyter"] = dict.fromkeys(folded, True)
    note = nbformat.v4.new_markdown_cell(_NOTE)
    result.cells = [note, *(cell for cell in result.cells if _belongs(cell))]
    for number, cell in enumerate(result.cells):
        cell.id = f"cell-{number}"  # drawn by lot otherwise, anew at each build
    _count(cell for cell in result.cells if cell.cell_type == "code")
    return result


def _count(cells: Iterable[NotebookNode]) -> None:
    """Number what was executed; notebooks out of the cache have no numbers."""
    for number, cell in enumerate(cells, 1):
        for one in (cell, *cell.outputs):
            if "execution_count" in one:
                one.execution_count = number


def plain_markdown(source: str, glued: Mapping[str, str | float]) -> str:
    """MyST Markdown as ordinary Markdown.

    >>> plain_markdown("Speed: {glue:text}`x:.1f`, by {cite:t}`he2022brrr`.", {"x": 2.04})
    'Speed: 2.0, by [he2022brrr].'
    >>> print(plain_markdown(":::{admonition} Takeaway\\nMove less.\\n:::", {}))
    > **Takeaway**
    >
    > Move less.
    """
    text = _TARGET.sub("", source)
    text = _GLUE_ROLE.sub(lambda m: formatted(glued[m[1]], m[2]), text)
    text = _CITE_ROLE.sub(lambda m: f"[{m[1]}]", text)
    text = _OTHER_ROLE.sub(lambda m: m[1], text)
    lines = _quote_directives(text.splitlines())
    return "\n".join(line.rstrip() for line in lines)


def _belongs(cell: NotebookNode) -> bool:
    """Whether a cell says something to a reader: not empty, not one that only the builder reads."""
    return bool(cell.source.strip()) and "remove-cell" not in cell.metadata.get("tags", ())


def _glued_values(executed: Path) -> dict[str, str | float]:
    """The values that the cells of a notebook stored, which MyST-NB keeps in a file beside it."""
    stored = executed.with_suffix(".glue.json")
    if not stored.is_file():
        return {}
    outputs = json.loads(stored.read_text(encoding="utf-8"))
    return {name: literal(output["data"]["text/plain"]) for name, output in outputs.items()}


def literal(text: str) -> str | float:
    """A glued value from its text: a number, or a word without its quotes.

    >>> literal("76"), literal("2.5"), literal("'left'")
    (76, 2.5, 'left')
    """
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return kind(text)
    return text.strip("'\"")


def formatted(value: str | float, spec: str | None) -> str:
    """A glued value as the role of glue writes it."""
    if spec is None or isinstance(value, str):
        return str(value)
    return format(int(value) if spec.endswith("d") else value, spec)


def _quote_directives(lines: list[str]) -> list[str]:
    """Fenced directives as block quotes headed by their title, answers as folded details."""
    result: list[str] = []
    fences: list[tuple[str, str]] = []
    in_options = False
    choices: list[str] = []
    for line in lines:
        start = _FENCE.match(line.strip())
        option = _OPTION.match(line.strip())
        if start:
            fence, name, title = start.groups()
            fences.append((fence, name))
            prefix = _prefix(fences)
            if name in _DETAILS:
                result += [f"{prefix}<details><summary>{_DETAILS[name] or title}</summary>", prefix]
            elif name == "explorer":
                result.append(prefix + _EXPLORER)
            elif name == "hunt":
                result += hunt.plain_markdown(title)
            elif title:
                head = f"Predict: {title}" if name == "predict" else title
                result += [f"{prefix}**{head}**", prefix]
            in_options = True
        elif fences and line.strip() == fences[-1][0]:
            prefix = _prefix(fences)
            if fences[-1][1] in _DETAILS:
                result += [prefix, f"{prefix}</details>"]
            elif choices:
                result += [prefix, *(f"{prefix}- {choice}" for choice in choices)]
            choices, in_options = [], False
            fences.pop()
        elif in_options and (option or not line.strip()):
            if option and option[1] == "choices":
                choices = [choice.rpartition("=")[2].strip() for choice in option[2].split("|")]
        else:
            in_options = False
            result.append(_prefix(fences) + line)
    return result


def _prefix(fences: list[tuple[str, str]]) -> str:
    return "> " * sum(name not in _DETAILS for _, name in fences)
