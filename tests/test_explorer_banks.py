"""The bank explorer: its clocks against words dealt out by hand, and what its table says."""

from __future__ import annotations

from collections import Counter

import pytest

from hwmath.explorers import load
from hwmath.explorers.banks import LAYOUTS, PADS, WIDTHS, column_passes


def dealt(columns: int, pad: int, layout: str, column: int) -> int:
    """The most words of a column in one bank, row by row."""
    banks: Counter[int] = Counter()
    for row in range(32):
        filled = row if columns >= 32 else row * columns // 32
        kept_in = column ^ (filled % columns) if layout == "xor" else column
        banks[(row * (columns + pad) + kept_in) % 32] += 1
    return max(banks.values())


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("columns", WIDTHS)
def test_clocks_are_the_words_of_the_fullest_bank(columns: int, layout: str) -> None:
    for pad in PADS:
        for column in range(4):
            found = column_passes(columns, pad, layout, column)
            assert found == dealt(columns, pad, layout, column)


def test_the_table_has_one_cure_for_every_width() -> None:
    rows = [tuple(map(str, row)) for row in load("banks").table.rows]
    assert [row[0] for row in rows] == [str(width) for width in WIDTHS]
    for width, plain, padded, swizzled in rows:
        assert plain == str(dealt(int(width), 0, "plain", 0))
        assert int(plain) > 1
        assert (padded, swizzled) == ("1", "1")
