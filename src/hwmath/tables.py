"""Tables for a page and for a terminal: rows in, HTML or aligned text out."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

SHORT: Final = 20
"""Characters up to which a cell stays on one line."""

SENTENCE: Final = 40
"""Characters from which a cell is read as a sentence and may break into lines."""


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads somewhere: its text, and the address as the page sees it."""

    text: str
    address: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of ready-made cells under headers; numbers are printed as they come, so format first.

    Raises: ValueError for a row whose length differs from the headers'.

    >>> Table(("kernel", "FLOP/B"), [("dot", 0.25), ("gemm", 315)])
    kernel  FLOP/B
    dot       0.25
    gemm       315
    """

    headers: Sequence[str]
    rows: Iterable[Sequence[object]]

    def __post_init__(self) -> None:
        rows = tuple(tuple(row) for row in self.rows)
        for row in rows:
            if len(row) != len(self.headers):
                raise ValueError(f"row {row!r} has {len(row)} cells, not {len(self.headers)}")
        object.__setattr__(self, "rows", rows)

    def __repr__(self) -> str:
        cells = [tuple(self.headers), *(tuple(map(str, row)) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        numeric = [self._is_numeric(i) for i in range(len(self.headers))]
        lines = (
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(row, widths, numeric, strict=True)
            ).rstrip()
            for row in cells
        )
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        styles = [self._style(i) for i in range(len(self.headers))]
        head = "".join(
            f'<th scope="col" style="{style}">{html.escape(text)}</th>'
            for text, style in zip(self.headers, styles, strict=True)
        )
        body = "\n".join(
            "<tr>"
            + "".join(
                f'<td style="{style}">{_markup(cell)}</td>'
                for cell, style in zip(row, styles, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"

    def _is_numeric(self, column: int) -> bool:
        """Whether every cell of the column starts as a number does, or is a dash for none."""
        return all(str(row[column])[:1] in "0123456789.-−+<>≥≤–" for row in self.rows)

    def _style(self, column: int) -> str:
        """Numbers to the right; short cells on one line, room for a column that holds sentences."""
        longest = max((len(str(row[column])) for row in self.rows), default=0)
        side = "right" if self._is_numeric(column) else "left"
        width = "; white-space: nowrap" if longest <= SHORT else ""
        return f"text-align: {side}{width}{'; min-width: 16rem' if longest > SENTENCE else ''}"


def _markup(cell: object) -> str:
    text = html.escape(str(cell))
    return f'<a href="{html.escape(cell.address)}">{text}</a>' if isinstance(cell, Link) else text
