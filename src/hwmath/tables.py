"""Tables for a page and for a terminal: rows in, HTML or aligned text out."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


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
        numeric = [self._is_numeric(i) for i in range(len(self.headers))]
        head = "".join(
            f'<th scope="col"{_align(right)}>{html.escape(text)}</th>'
            for text, right in zip(self.headers, numeric, strict=True)
        )
        body = "\n".join(
            "<tr>"
            + "".join(
                f"<td{_align(right)}>{html.escape(str(cell))}</td>"
                for cell, right in zip(row, numeric, strict=True)
            )
            + "</tr>"
            for row in self.rows
        )
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"

    def _is_numeric(self, column: int) -> bool:
        """Whether every cell of the column starts as a number does."""
        return all(str(row[column])[:1] in "0123456789.-−+<>≥≤" for row in self.rows)


def _align(right: bool) -> str:
    return ' style="text-align: right"' if right else ' style="text-align: left"'
