"""The explorer of a cache in Chromium: equal to `hwmath`, its cliff at the capacity, a point."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from hwmath.explorers.memory import (
    CACHE,
    CAPACITIES,
    ELEMENT_BYTES,
    LINES,
    STRIDES,
    WAYS,
    rows,
)
from hwmath.memory import CacheShape, line_utilisation, sweep_misses
from hwmath.units import KIB, format_number

POINTS: Final = 256
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("memory"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "memory")


def test_the_model_equals_hwmath(seen: Visit) -> None:
    draw = random.Random(7)  # noqa: S311
    points: list[tuple[dict[str, Any], float, int]] = [
        (
            {
                "capacityBytes": draw.choice(CAPACITIES),
                "lineBytes": draw.choice(LINES),
                "ways": draw.choice(WAYS),
            },
            round(2 ** draw.uniform(8, 20)),
            draw.choice(STRIDES),
        )
        for _ in range(POINTS)
    ]
    theirs = seen.page.evaluate(
        """async (points) => {
          const model = await import(new URL("../_static/memory-model.js", location.href));
          return points.map(([cache, size, stride]) => [
            model.sweepMisses(cache, size, stride), model.walk(cache, size, stride).accesses,
            model.lineUtilisation(stride, 8, cache.lineBytes), model.shape(cache).sets,
          ]);
        }""",
        points,
    )
    missing = 0
    for (given, size, stride), found in zip(points, theirs, strict=True):
        cache = CacheShape(given["capacityBytes"], given["lineBytes"], given["ways"])
        misses = sweep_misses(cache, size, stride)
        used = line_utilisation(stride, 8, cache.line_bytes)
        expected = [misses, -(-size // stride), used, cache.sets]
        assert found == pytest.approx(expected, rel=1e-12, abs=0)
        missing += int(misses > 0)
    assert POINTS / 4 < missing < POINTS


@pytest.mark.parametrize("ways", ["1", "16", "null"])
@pytest.mark.parametrize("stride", [8, 1024])
def test_what_it_shows_equals_hwmath(ways: str, stride: int, seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("ways").select_option(ways)
    made.get_by_label("stride").fill(str(STRIDES.index(stride)))
    cache = CacheShape(
        CACHE.capacity_bytes, CACHE.line_bytes, None if ways == "null" else int(ways)
    )
    assert cells(made) == [list(row) for row in rows(cache, stride)]
    used = float(line_utilisation(stride, ELEMENT_BYTES, cache.line_bytes))
    assert facts(made)["used of each line"] == f"{format_number(100 * used)} %"
    assert seen.errors == []


def test_the_verdict_tells_a_conflict_from_too_much_and_from_room(seen: Visit) -> None:
    made = explorer(seen)
    said = made.locator(".explorer-sentence")
    assert said.inner_text().startswith("Too much")
    assert "into 64 of 64 sets" in said.inner_text()
    made.get_by_label("walk over").press("Home")
    said.filter(has_text="All 16 lines find room").wait_for()
    assert facts(made)["misses"] == "0"
    made.get_by_label("stride").press("End")
    said.filter(has_text="The only line finds room").wait_for()
    made.get_by_label("walk over").fill("96")
    made.get_by_label("stride").fill(str(STRIDES.index(4096)))
    said.filter(has_text="A conflict").wait_for()
    assert float(facts(made)["misses an access"]) == 1
    assert "into 1 of 64 sets" in said.inner_text()


def test_the_point_moves_along_the_walk_and_keeps_to_the_curve(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("ways").select_option("null")
    point = made.get_by_role("slider", name="size of the walk")
    point.press("Home")
    assert facts(made)["misses"] == "0"
    before = float(point.get_attribute("aria-valuenow") or 0)
    point.press("PageUp")
    assert float(point.get_attribute("aria-valuenow") or 0) > before == KIB
    point.press("End")
    share = sweep_misses(CacheShape(32 * KIB), KIB * KIB, 64) / (KIB * KIB / 64)
    assert float(facts(made)["misses an access"]) == share
