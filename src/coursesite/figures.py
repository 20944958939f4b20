"""Inline the SVG figures of executed cells, with colours that follow light and dark.

Matplotlib writes fixed colours; here black becomes the page's text colour, white becomes
transparent, and the colour cycle becomes CSS variables that `course.css` sets for each theme.
"""

from __future__ import annotations

import hashlib
import html
import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

LOGGER = logging.getLogger(__name__)

CYCLE = ("0072b2", "d55e00", "009e73", "b0568f", "b07a00", "2a8fcb")
"""The colour cycle of `matplotlibrc`, in order; number n becomes `var(--figure-n)`."""

_COLOURS = {f"#{code}": f"var(--figure-{n})" for n, code in enumerate(CYCLE, start=1)} | {
    "#000000": "currentColor",
    "#ffffff": "none",
    "#d0d0d0": "var(--figure-grid)",
    "#737373": "var(--figure-muted)",
}


class InlineSvg(SphinxPostTransform):
    """Replace each SVG image that a cell produced by the SVG itself."""

    default_priority = 150
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Sphinx calls this once for each page."""
        for image in list(self.document.findall(nodes.image)):
            path = _executed_svg(self.app, image["uri"])
            if path is None:
                continue
            alt = image.get("alt", "").strip()
            if not alt:
                LOGGER.warning("figure without alt text: %s", path.name, location=image)
            svg = themed(path.read_text(encoding="utf-8"), alt)
            scroller = f'<div class="figure-scroll" tabindex="0">{svg}</div>'
            image.replace_self(nodes.raw("", scroller, format="html"))


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


def _executed_svg(app: Sphinx, uri: str) -> Path | None:
    if not uri.endswith(".svg") or "jupyter_execute" not in uri:
        return None
    path = Path(uri) if Path(uri).is_absolute() else Path(app.srcdir) / uri
    return path if path.is_file() else None
