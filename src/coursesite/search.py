"""What the search of the site leaves alone: numbers that a cell measured or glued into the text.

They are nobody's search words.  And with what was measured in the index, each build would write
another one, which every page names by its version.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

MEASURED, GLUED = "tag_nbval-ignore-output", "pasted-text"
"""Classes that MyST-NB gives to cells with that tag, and to glued values."""


class unsearched(nodes.General, nodes.Inline, nodes.Element):  # noqa: N801 docutils' way
    """A box around a node that is shown: no child of the box, so that the index passes by."""

    def astext(self) -> str:
        """The text that is shown."""
        return str(self["shown"].astext())


class LeaveNumbersOut(SphinxPostTransform):
    """Put the boxes into a page; the last of its transforms."""

    default_priority = 950
    formats = ("html",)

    def run(self, **_: object) -> None:
        """Sphinx calls this once for each page."""
        for node in list(machine_made(self.document)):
            node.replace_self(unsearched(shown=node))


def machine_made(document: nodes.document) -> Iterator[nodes.Element]:
    """The outputs of cells that measure, and the values that any cell glued into the text."""
    for cell in document.findall(nodes.container):
        if MEASURED in cell["classes"]:
            for output in cell.findall(nodes.container):
                if "cell_output" in output["classes"]:
                    yield from output.findall(nodes.literal_block)
                    yield from output.findall(nodes.raw)
    for inline in document.findall(nodes.inline):
        if GLUED in inline["classes"]:
            yield inline


def _show(writer: Any, node: unsearched) -> None:
    node["shown"].walkabout(writer)
    raise nodes.SkipNode


def register(app: Sphinx) -> None:
    """Tell Sphinx of the box."""
    app.add_node(unsearched, html=(_show, None))
    app.add_post_transform(LeaveNumbersOut)
