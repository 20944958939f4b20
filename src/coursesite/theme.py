"""What the theme's own templates leave to mend, on every page of a built site.

Each mend names the fault that it takes away; `tests/browser/test_pages.py` finds them again where
a new version of the theme writes its pages in other words.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from coursesite import icons

SCRIPT: Final = r'\s*<script defer src="[^"]*/fontawesome\.js[^"]*"></script>'
MENDS: Final = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # half a megabyte of script for a dozen icons
        (SCRIPT, ""),
        # on a first visit no colours, and another height of lines, until the last script has run
        (
            r'(localStorage\.getItem\("theme"\) \|\|) ""',
            r'\1 (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")',
        ),
        # a name for screen readers that is not what the button says
        (
            r'(<button class="btn search-button-field[^>]*?) title="Search" aria-label="Search"',
            r"\1",
        ),
        (r'<summary aria-label="Toggle hidden content">', "<summary>"),
        # a button without any name
        (
            r'<summary>(?=<span class="toctree-toggle")',
            '<summary aria-label="Show or hide the pages below">',
        ),
        # content outside of every landmark
        (
            r'<div id="pst-primary-sidebar"(?! role)',
            '<div id="pst-primary-sidebar" role="region" aria-label="The book"',
        ),
        # a role that a plain block may not have
        (r'(<div class="citation"[^>]*) role="doc-biblioentry"', r"\1"),
        (r'<div role="list" class="citation-list">', '<div class="citation-list">'),
        # a table that scrolls and cannot be reached by keyboard
        (
            r'<div class="output text_html">(?=\s*<table)',
            '<div class="output text_html" tabindex="0">',
        ),
    )
)


def mended(page: str) -> str:
    """The HTML of a page without the faults.

    >>> mended('<summary aria-label="Toggle hidden content">Show</summary>')
    '<summary>Show</summary>'
    """
    for pattern, replacement in MENDS:
        page = pattern.sub(replacement, page)
    return page


def mend(site: Path) -> None:
    """Mend the pages of a built site, and write the style sheet with their icons."""
    pages = {path: path.read_text(encoding="utf-8") for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        better = mended(page)
        if better != page:
            path.write_text(better, encoding="utf-8")
    drawings = icons.style(icons.named(pages.values()))
    (site / "_static" / "icons.css").write_text(drawings, encoding="utf-8")
    (site / "_static" / "scripts" / "fontawesome.js").unlink(missing_ok=True)
