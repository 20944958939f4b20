"""Figures that follow light and dark: while the book is built, and in the page itself.

Matplotlib writes fixed colours; here black becomes the page's text colour, white becomes
transparent, and the colour cycle becomes CSS variables that `course.css` sets for each theme.
"""

from __future__ import annotations

import hashlib
import html
import re

CYCLE = ("0072b2", "d55e00", "009e73", "b0568f", "b07a00", "2a8fcb")
"""The colour cycle of `matplotlibrc`, in order; number n becomes `var(--figure-n)`."""

_COLOURS = {f"#{code}": f"var(--figure-{n})" for n, code in enumerate(CYCLE, start=1)} | {
    "#000000": "currentColor",
    "#ffffff": "none",
    "#d0d0d0": "var(--figure-grid)",
    "#737373": "var(--figure-muted)",
}


def themed(svg: str, alt: str) -> str:
    """The SVG as an element for a page: named for a screen reader, coloured by the theme.

    Ids get a prefix drawn from the content, so that several figures can share a page.

    >>> themed('<?xml?><svg id="a"><g style="fill: #0072b2"/></svg>', "a dot")[:41]
    '<svg role="img" aria-label="a dot" class='
    """
    body = svg[svg.index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>\s*", "", body, flags=re.DOTALL)
    prefix = f"fig-{hashlib.sha256(body.encode()).hexdigest()[:6]}-"
    body = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}\1"', body)
    body = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}\1)", body)
    body = re.sub(r'href="#([^"]+)"', rf'href="#{prefix}\1"', body)
    for fixed, variable in _COLOURS.items():
        body = re.sub(re.escape(fixed), variable, body, flags=re.IGNORECASE)
    label = html.escape(alt, quote=True)
    return body.replace("<svg", f'<svg role="img" aria-label="{label}" class="figure"', 1)
