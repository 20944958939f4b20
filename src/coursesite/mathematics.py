"""Formulas are typeset while the book is built, by MathJax in Node, not in the reader's browser.

A formula that MathJax does not understand is a warning, so the strict build fails on it.
"""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

LOGGER = logging.getLogger(__name__)
WEB: Final = Path(__file__).parents[2] / "web"
FONTS: Final = WEB / "node_modules" / "mathjax" / "es5" / "output" / "chtml" / "fonts" / "woff-v2"
FOLDER: Final = "mathematics"
RENDERER: Final = "typeset"


class Typesetter:
    """A Node process that turns TeX into HTML, formula by formula; started when needed."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._known: dict[tuple[str, bool], str] = {}

    def html(self, tex: str, *, display: bool) -> str:
        """The formula as HTML.

        Raises: ValueError for TeX that MathJax does not understand, with what it says.
        """
        key = (tex, display)
        if key not in self._known:
            answer = self._ask(json.dumps({"tex": tex, "display": display}))
            if "error" in answer:
                raise ValueError(f"{tex!r}: {answer['error']}")
            self._known[key] = answer["html"]
        return self._known[key]

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.communicate()
            self._process = None

    def _ask(self, line: str) -> dict[str, str]:
        if self._process is None:
            pipe = subprocess.PIPE
            self._process = subprocess.Popen(_node(), stdin=pipe, stdout=pipe, text=True)  # noqa: S603
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer: dict[str, str] = json.loads(self._process.stdout.readline())
        return answer


def style() -> str:
    """The style sheet that typeset formulas need; its fonts lie in `fonts` beside it."""
    done = subprocess.run([*_node(), "--style"], check=True, capture_output=True, text=True)  # noqa: S603
    return done.stdout


def write_style(app: Sphinx) -> None:
    """Put style sheet and fonts below the site's `_static`, where no theme looks for them."""
    if app.builder.format == "html":
        folder = Path(app.outdir) / "_static" / FOLDER
        shutil.copytree(FONTS, folder / "fonts", dirs_exist_ok=True)
        (folder / "style.css").write_text(style(), encoding="utf-8")


def load_style(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give the style sheet to the pages that have formulas."""
    del templatename, context
    if doctree is not None and app.env.get_domain("math").has_equations(pagename):  # type: ignore[attr-defined]
        app.add_css_file(f"{FOLDER}/style.css")


def visit_inline(translator: Any, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    translator.body.append(translator.starttag(node, "span", "", CLASS="math"))
    translator.body.append(_typeset(node, node.astext(), display=False) + "</span>")
    raise nodes.SkipNode


def visit_block(translator: Any, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number if it has one."""
    translator.body.append(
        translator.starttag(node, "div", CLASS="math", tabindex="0", role="group")
    )
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    tex = node.astext()
    if "\\\\" in tex and not node["nowrap"]:
        tex = rf"\begin{{split}}{tex}\end{{split}}"
    translator.body.append(_typeset(node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def _typeset(node: nodes.Node, tex: str, *, display: bool) -> str:
    try:
        return _typesetter.html(tex, display=display)
    except ValueError as error:
        LOGGER.warning("formula: %s", error, location=node)
        return html.escape(tex)


def _node() -> list[str]:
    """The command of the Node process.

    Raises: FileNotFoundError where Node or MathJax is missing, with the command that brings it.
    """
    node = shutil.which("node")
    if node is None or not FONTS.is_dir():
        missing = "Node.js is" if node is None else f"{FONTS} is"
        raise FileNotFoundError(f"{missing} missing, which typesets formulas; make book brings it")
    return [node, str(WEB / "math.mjs")]


_typesetter = Typesetter()


def finish(_app: Sphinx, _error: Exception | None) -> None:
    """End the Node process after a build."""
    _typesetter.close()
