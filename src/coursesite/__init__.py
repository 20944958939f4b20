"""The book's own Sphinx extension: figures that follow the page, notebooks worth downloading.

It knows Sphinx, MyST-NB and built pages; it knows nothing of roofline or of grading.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from coursesite import assets, downloads, figures, kernel

STATIC = Path(__file__).parent / "static"


def _configure(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(STATIC))
    kernel.configure(Path(app.outdir).parent)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx: called once, by name, from `_config.yml`."""
    app.connect("config-inited", _configure)
    app.add_css_file("course.css")
    app.add_post_transform(figures.InlineSvg)
    app.connect("html-page-context", assets.load)
    app.connect("html-page-context", downloads.offer, priority=400)
    app.connect("build-finished", downloads.write_notebooks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
