"""The book's own Sphinx extension: figures that follow the page, notebooks worth downloading.

Pages ask nothing of other hosts: formulas are typeset and icons drawn while the book is built.

It knows Sphinx, MyST-NB and built pages; it knows nothing of roofline or of grading.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from coursesite import (
    around,
    assets,
    cache,
    downloads,
    editor,
    exercise,
    explorers,
    figures,
    hunt,
    kernel,
    lite,
    mathematics,
    napkin,
    predict,
    repository,
    run,
    search,
    theme,
    versions,
)

STATIC = Path(__file__).parent / "static"


def _configure(app: Sphinx, config: Config) -> None:
    static = STATIC.relative_to(app.confdir)  # absolute, it would tell builds apart by their folder
    config.html_static_path.append(str(static))
    config.html_math_renderer = mathematics.RENDERER
    config.html_favicon = str(static / "favicon.svg")
    build_dir = Path(app.outdir).parent
    config.nb_execution_cache_path = str(cache.choose(Path(app.confdir), build_dir))
    kernel.configure(build_dir)


def _finish(app: Sphinx, error: Exception | None) -> None:
    mathematics.finish(app, error)
    if error is None and app.builder.format == "html":
        mathematics.write_style(app)
        around.write_map(app)
        run.write_engine(app)
        editor.write_editor(app)
        theme.mend(Path(app.outdir))
        versions.stamp(Path(app.outdir))
        lite.write_lite(app)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx: called once, by name, from `_config.yml`."""
    app.connect("config-inited", _configure)
    app.connect("env-updated", cache.complete)
    app.add_html_math_renderer(
        mathematics.RENDERER,
        inline_renderers=(mathematics.visit_inline, None),
        block_renderers=(mathematics.visit_block, None),
    )
    app.add_css_file("course.css")
    app.add_css_file("icons.css")
    app.add_config_value("coursesite_pyodide_url", "", "html")
    app.add_directive("explorer", explorers.ExplorerDirective)
    app.add_directive("hunt", hunt.HuntDirective)
    app.add_post_transform(figures.InlineSvg)
    app.add_post_transform(run.RunButtons)
    app.add_post_transform(exercise.ExerciseCells)
    app.connect("html-page-context", exercise.name_download, priority=600)
    predict.register(app)
    napkin.register(app)
    repository.register(app)
    search.register(app)
    app.connect("html-collect-pages", around.lost_page)
    app.connect("html-page-context", around.describe)
    app.connect("html-page-context", run.tell_engine)
    app.connect("html-page-context", assets.load)
    app.connect("html-page-context", assets.leave_out, priority=990)
    app.connect("html-page-context", mathematics.load_style)
    app.connect("html-page-context", downloads.offer, priority=400)
    app.connect("build-finished", downloads.write_notebooks)
    app.connect("build-finished", _finish, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": False}
