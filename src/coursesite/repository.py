"""Links to the public repository: edit a page, launch its notebook.

The theme makes them of `repository` and `launch_buttons` in `_config.yml`; without an address
there are none.  Binder opens chapters as notebooks (`binder/` sees to it).  Colab reads notebook
files of the repository alone, so it is offered for exercises; a chapter runs in its own page.
An exercise has no link to edit it: it is made from its solution, which no page points to.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from sphinx.application import Sphinx
from sphinx.config import Config

NEED_ADDRESS: Final = ("launch_buttons", "use_edit_page_button")
EDIT, LAUNCH, COLAB = "source-edit-button", "launch-buttons", "Colab"
"""What the theme calls its buttons."""

Button = dict[str, Any]


def register(app: Sphinx) -> None:
    """Tell Sphinx what to do to the theme's buttons."""
    app.connect("config-inited", configure)
    app.connect("html-page-context", keep_what_works, priority=600)


def configure(_app: Sphinx, config: Config) -> None:
    """Take away what the theme can only make with the repository's address."""
    options = config.html_theme_options
    if not options.get("repository_url"):
        for name in NEED_ADDRESS:
            options.pop(name, None)


def keep_what_works(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: object
) -> None:
    """Take off a page the buttons that do not fit its source; to run after the theme."""
    del templatename
    if doctree is None:
        return
    buttons: list[Button] = context["header_buttons"]
    if Path(app.env.doc2path(pagename)).suffix == ".ipynb":
        buttons[:] = [one for one in buttons if one.get("label") != EDIT]
        return
    for group in buttons:
        if group.get("label") == LAUNCH:
            group["buttons"] = [one for one in group["buttons"] if one["text"] != COLAB]
