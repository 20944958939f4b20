"""The bank explorer in Chromium: equal to `hwmath`, and its bars are the words of each bank."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from hwmath.explorers import load
from hwmath.explorers.banks import LAYOUTS, WIDTHS, column_passes
from hwmath.simd import tile_addresses

POINTS: Final = 128
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("banks"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "banks")


def test_the_model_equals_hwmath(seen: Visit) -> None:
    draw = random.Random(8)  # noqa: S311
    data: Any = load("banks").data
    points = []
    for _ in range(POINTS):
        columns = draw.choice(WIDTHS)
        layout, pad = draw.choice(list(LAYOUTS)), draw.randint(0, 9)
        points.append((columns, pad, layout, draw.randrange(columns)))
    theirs = seen.page.evaluate(
        """async ([data, points]) => {
          const model = await import(new URL("../_static/banks-model.js", location.href));
          return points.map(([columns, padWords, layout, column]) => {
            const words = model.columnWords(data, {columns, padWords, layout, column});
            return [words, model.passes(model.wordsByBank(words, data.banks))];
          });
        }""",
        [{"lanes": data["lanes"], "banks": data["banks"]}, points],
    )
    assert {point[2] for point in points} == set(LAYOUTS)
    for (columns, pad, layout, column), (words, clocks) in zip(points, theirs, strict=True):
        tile = tile_addresses(32, columns, pad_words=pad, swizzled=layout == "xor")
        assert np.array_equal(words, tile[:, column] / 4)
        assert clocks == column_passes(columns, pad, layout, column)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("steps", range(len(WIDTHS)))
def test_what_it_shows_equals_hwmath(steps: int, layout: str, seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("layout").select_option(layout)
    made.get_by_label("words in a row").press("Home")
    for _ in range(steps):
        made.get_by_label("words in a row").press("ArrowRight")
    clocks = column_passes(WIDTHS[steps], 0, layout, 0)
    assert facts(made)["clocks for the column"] == f"{clocks:.0f}"
    assert made.locator("rect.explorer-bar:not(p *)").count() >= 32
    rows = f"in {'plain' if layout == 'plain' else 'swizzled'} rows of {WIDTHS[steps]} words"
    made.locator(".explorer-sentence", has_text=rows).wait_for()
    said = "no conflict" if clocks == 1 else f"has {clocks:.0f} words to show"
    made.locator(".explorer-sentence", has_text=said).wait_for()
    assert [row[1] for row in cells(made)] == [
        f"{column_passes(width, 0, 'plain', 0):.0f}" for width in WIDTHS
    ]
    assert seen.errors == []


def test_an_unused_word_frees_the_column_and_costs_room(seen: Visit) -> None:
    made = explorer(seen)
    assert facts(made)["banks at work"] == "1 of 32"
    made.get_by_label("unused words after it").press("ArrowRight")
    assert facts(made) == {
        "clocks for the column": "1",
        "banks at work": "32 of 32",
        "room, of the plain tile": "1.03",
    }
