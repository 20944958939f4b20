"""Scripts and styles of single pages: a page loads those that something on it asks for.

A node of a page asks by its attributes: names of files in `static/`.  Scripts in `assets` are
modules and run when all of the page has been read; those in `early` run before any of it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from docutils import nodes
from sphinx.application import Sphinx

UNUSED: Final = ("thebe", "THEBE", "design-tabs.js")
"""What other extensions put on every page, and nothing here uses."""
FILE_NOTE: Final = "opened-as-file.js"
"""The one script that a browser runs on a page without a server: it says what is missing."""


def load(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Add to a page the files that its nodes ask for."""
    del pagename, templatename, context
    if doctree is None:
        return
    modules = list(_asked(doctree, "assets"))
    if any(name.endswith(".js") for name in modules):
        app.add_js_file(FILE_NOTE)
    for name in _asked(doctree, "early"):
        app.add_js_file(name)
    for name in modules:
        if name.endswith(".js"):
            app.add_js_file(name, type="module")
        else:
            app.add_css_file(name)


def _asked(doctree: Any, attribute: str) -> dict[str, None]:
    lists = (node.get(attribute, ()) for node in doctree.findall(nodes.Element))
    return dict.fromkeys(name for names in lists for name in names)


def leave_out(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Take off a page what nothing on it uses, and what is there twice; to run last."""
    del app, pagename, templatename, doctree
    for kind in ("script_files", "css_files"):
        kept: dict[str, Any] = {}
        for asset in context.get(kind, ()):
            text = f"{asset.filename} {getattr(asset, 'attributes', {}).get('body', '')}"
            if not any(word in text for word in UNUSED):
                kept.setdefault(text, asset)
        context[kind] = list(kept.values())


def element(html: str, *assets: str, early: Sequence[str] = ()) -> nodes.raw:
    """Markup of a page, and the files that it needs."""
    return nodes.raw("", html, format="html", assets=assets, early=early)
