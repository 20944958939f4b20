"""Explorers: figures that a reader moves by hand, as small custom elements.

`{explorer} <topic>` becomes `<topic-explorer>` with the topic's numbers as JSON inside, and a
table that is all there is where no script runs.
"""

from __future__ import annotations

import html
import json
from typing import Final

from docutils import nodes
from docutils.parsers.rst import Directive

from coursesite import assets
from hwmath.explorers import Explorer, load

STYLE: Final = "explorer.css"


class ExplorerDirective(Directive):
    """The directive `explorer`; its argument is the topic."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Raises: a build error for a topic without an explorer."""
        try:
            return [element(self.arguments[0])]
        except ValueError as error:
            raise self.error(str(error)) from None


def element(topic: str) -> nodes.raw:
    """The explorer of a topic, and the files that it needs.

    Raises: ValueError for a topic without one.
    """
    return assets.element(markup(topic, load(topic)), STYLE, f"explorer-{topic}.js")


def markup(topic: str, explorer: Explorer) -> str:
    """The element as it stands in the page before its script runs."""
    data = json.dumps(explorer.data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    label, caption = html.escape(explorer.label), html.escape(explorer.caption)
    wide, narrow = explorer.height_rem
    height = f"--height-wide: {wide:g}rem; --height-narrow: {narrow:g}rem"
    return f"""\
<{topic}-explorer class="explorer" role="group" aria-label="{label}" style="{height}">
<script type="application/json">{data}</script>
<details class="explorer-table" open><summary>Show as a table</summary>
<div class="explorer-scroll" tabindex="0" role="region" aria-label="{label}, as a table">
<p>{caption}</p>
{explorer.table._repr_html_()}
</div></details>
</{topic}-explorer>"""
