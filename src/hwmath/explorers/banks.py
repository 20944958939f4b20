"""The bank explorer: the column of a tile in shared memory, and which bank shows which word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hwmath.explorers import Explorer
from hwmath.simd import BANKS, WARP_LANES, bank_passes, tile_addresses
from hwmath.tables import Table

COLUMNS, PAD_WORDS, LAYOUT, COLUMN = 32, 0, "plain", 0
"""What a reader finds."""

WIDTHS: Final = (4, 8, 16, 32, 64, 128)
PADS: Final = (0, 1, 2, 3, 4)
LAYOUTS: Final = {"plain": "plain", "xor": "swizzled (xor)"}
HEADERS: Final = ("words in a row", "plain", "one word unused", "swizzled (xor)")


def column_passes(columns: int, pad_words: int, layout: str, column: int) -> float:
    """Clocks in which a warp reads one column of a tile of 32 rows.

    Raises: ValueError as `hwmath.simd.tile_addresses`.

    >>> column_passes(32, 0, "plain", 0), column_passes(32, 1, "plain", 0)
    (32.0, 1.0)
    """
    tile = tile_addresses(WARP_LANES, columns, pad_words=pad_words, swizzled=layout == "xor")
    return float(bank_passes(tile[:, column]))


def explorer() -> Explorer:
    """Sizes for the script; for the table, every width in three layouts."""
    return Explorer(
        label="Bank explorer",
        data={
            "start": {
                "columns": COLUMNS,
                "padWords": PAD_WORDS,
                "layout": LAYOUT,
                "column": COLUMN,
            },
            "lanes": WARP_LANES,
            "banks": BANKS,
            "widths": WIDTHS,
            "pads": PADS,
            "layouts": LAYOUTS,
        },
        caption=f"Clocks to read a column of {WARP_LANES} rows",
        table=Table(HEADERS, list(_rows())),
        height_rem=(45, 51),
    )


def _rows() -> Iterator[tuple[str, ...]]:
    for columns in WIDTHS:
        kept = ((0, "plain"), (1, "plain"), (0, "xor"))
        yield (
            f"{columns}",
            *(f"{column_passes(columns, pad, layout, COLUMN):.0f}" for pad, layout in kept),
        )
