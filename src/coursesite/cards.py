"""The picture that stands beside a page's address where it is shared, drawn at build time."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from matplotlib import style
from matplotlib.figure import Figure
from sphinx.application import Sphinx

FOLDER: Final = "_images/cards"
WIDTH_PX, HEIGHT_PX, DPI = 1200, 630, 100
GROUND, TEXT, MUTED, ROOF, DOT = "#14181e", "#f2f4f7", "#a8b0ba", "#5db8f0", "#ff9a56"
"""The favicon's colours, and those of text in the dark theme."""
LARGE, SMALL = (22, 2, 58), (28, 3, 46)
"""How a title is set: letters a line, lines, and points."""
LEFT: Final = 0.07
ROUND: Final[dict[str, Any]] = {"solid_capstyle": "round", "solid_joinstyle": "round"}


def draw(path: Path, title: str, place: str, book: str) -> None:
    """Write a card as PNG: the title, where in the book that is, the book's name."""
    with style.context("default"):
        figure = Figure(figsize=(WIDTH_PX / DPI, HEIGHT_PX / DPI), dpi=DPI, facecolor=GROUND)
        roof = figure.add_axes((0.7, 0.13, 0.22, 0.24), xlim=(0, 22), ylim=(0, 17))
        roof.set_axis_off()
        roof.plot([0, 12, 22], [0, 17, 17], color=ROOF, lw=14, clip_on=False, **ROUND)
        roof.plot(16, 9, "o", color=DOT, ms=22)
        text, points = fitted(title)
        write: dict[str, Any] = {"ha": "left", "color": TEXT, "parse_math": False}
        figure.text(LEFT, 0.87, place, size=24, va="top", **write | {"color": MUTED})
        figure.text(
            LEFT, 0.76, text, size=points, va="top", weight="bold", linespacing=1.15, **write
        )
        figure.text(LEFT, 0.1, book, size=26, va="bottom", **write)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Software": None})


def fitted(title: str) -> tuple[str, int]:
    """A title broken into lines, and the size of its letters; cut if it is too long for any.

    >>> fitted("The roofline")
    ('The roofline', 58)
    """
    for width, most, points in (LARGE, SMALL):
        lines = textwrap.wrap(title, width)
        if len(lines) <= most:
            return "\n".join(lines), points
    width, most, points = SMALL
    return "\n".join(textwrap.wrap(title, width, max_lines=most, placeholder=" …")), points


def place(app: Sphinx, pagename: str) -> str:
    """Where in the book a page stands: the part, then the pages above it."""
    return " · ".join(reversed(list(_above(app, pagename))))


def _above(app: Sphinx, pagename: str) -> Iterator[str]:
    contents = app.env.external_site_map  # type: ignore[attr-defined]
    for name, document in contents.items():
        for tree in document.subtrees:
            if pagename in (Path(file).with_suffix("").as_posix() for file in tree.files()):
                if name != contents.root.docname:
                    yield app.env.titles[name].astext()
                if tree.caption:
                    yield tree.caption
                yield from _above(app, name)


def make(app: Sphinx, pagename: str, title: str, book: str) -> dict[str, str]:
    """Draw the card of a page; what its head says of it, the address from the site's root."""
    path = f"{FOLDER}/{pagename}.png"
    draw(Path(app.outdir, path), title, place(app, pagename), book)
    return {
        "og:image": path,
        "og:image:width": str(WIDTH_PX),
        "og:image:height": str(HEIGHT_PX),
        "og:image:alt": f"{title}. {book}.",
        "twitter:card": "summary_large_image",
    }
