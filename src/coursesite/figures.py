"""Inline the SVG figures of executed cells, with colours that follow light and dark."""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from coursesite.themes import themed

LOGGER = logging.getLogger(__name__)


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


def _executed_svg(app: Sphinx, uri: str) -> Path | None:
    if not uri.endswith(".svg") or "jupyter_execute" not in uri:
        return None
    path = Path(uri) if Path(uri).is_absolute() else Path(app.srcdir) / uri
    return path if path.is_file() else None
