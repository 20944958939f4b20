"""Scripts and styles of single pages: a page loads those that something on it asks for.

A node of a page asks by its attribute `assets`: names of files in `static/`.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def load(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add to a page the files that its nodes ask for, scripts as modules."""
    del pagename, templatename, context
    if doctree is None:
        return
    asked = (node.get("assets", ()) for node in doctree.findall(nodes.Element))
    for name in dict.fromkeys(name for names in asked for name in names):
        if name.endswith(".js"):
            app.add_js_file(name, type="module")
        else:
            app.add_css_file(name)


def element(html: str, *assets: str) -> nodes.raw:
    """Markup of a page, and the files that it needs."""
    return nodes.raw("", html, format="html", assets=assets)
