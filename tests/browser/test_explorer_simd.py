"""The lane microscope in Chromium: equal to `hwmath`, and its lanes are those of the warp."""

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
from hwmath.explorers.simd import RUNS, SHARES, issued, taken
from hwmath.units import format_number

POINTS: Final = 96
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("simd"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "simd")


def percent(share: float) -> str:
    return f"{format_number(100 * share, 2)} %"


def test_the_model_equals_hwmath(seen: Visit) -> None:
    draw = random.Random(7)  # noqa: S311
    data: Any = load("simd").data
    points = [
        (draw.randint(1, 70), draw.uniform(0, 1), draw.randint(1, 16), draw.randint(0, 16))
        for _ in range(POINTS)
    ]
    theirs = seen.page.evaluate(
        """async ([data, points]) => {
          const model = await import(new URL("../_static/simd-model.js", location.href));
          return points.map(([run, share, yes, no]) => {
            const masks = model.taken(data, run, share);
            return [masks, model.together(masks, yes, no)];
          });
        }""",
        [{"warps": data["warps"], "lanes": data["lanes"]}, points],
    )
    for (run, share, yes, no), (masks, all_warps) in zip(points, theirs, strict=True):
        mask, ours = taken(run, share), issued(run, share, yes, no)
        assert np.array_equal(masks, mask)
        assert all_warps == pytest.approx(
            {
                "instructions": np.sum(ours.instructions),
                "useful": np.sum(ours.useful),
                "mixed": np.sum(mask.any(axis=1) & ~mask.all(axis=1)),
                "utilisation": ours.utilisation,
            },
            rel=1e-12,
            abs=0,
        )


def lanes(made: Locator, kind: str) -> int:
    return made.locator(f"svg.explorer-plot rect.explorer-bar{kind}").count()


def test_it_draws_each_lane_of_the_warp_once_for_each_side(seen: Visit) -> None:
    made = explorer(seen)
    mask = taken(1, 0.3)[0]
    takers = int(mask.sum())
    assert 0 < takers < len(mask)
    assert lanes(made, ".explorer-hue-1:not(.explorer-pale)") == takers
    assert lanes(made, ".explorer-hue-2:not(.explorer-pale)") == len(mask) - takers
    assert lanes(made, ".explorer-pale") == len(mask)
    made.get_by_label("alike in runs of").press("End")
    assert lanes(made, ".explorer-pale") == 0
    assert lanes(made, "") == len(mask)


@pytest.mark.parametrize("run", RUNS)
def test_what_it_shows_equals_hwmath(run: int, seen: Visit) -> None:
    made = explorer(seen)
    for _ in range(RUNS.index(run)):
        made.get_by_label("alike in runs of").press("ArrowRight")
    made.get_by_label("take the branch").press("Home")
    ours = issued(run, SHARES[0], 12, 4)
    assert facts(made)["used slots, all warps"] == percent(float(ours.utilisation))
    assert facts(made)["instructions issued"] == format_number(float(np.sum(ours.instructions)))
    assert facts(made)["issued if none waited"] == format_number(float(np.sum(ours.useful)) / 32)
    assert [row[-1] for row in cells(made)] == [
        percent(float(issued(one, SHARES[0], 12, 4).utilisation)) for one in RUNS
    ]
    assert seen.errors == []


def test_it_says_what_the_warp_does(seen: Visit) -> None:
    made = explorer(seen)
    made.locator(".explorer-sentence", has_text="Warp 0 has lanes on both sides").wait_for()
    made.get_by_label("alike in runs of").press("End")
    made.locator(".explorer-sentence", has_text="All lanes of warp 0 agree").wait_for()
    made.get_by_label("warp", exact=True).press("End")
    made.locator(".explorer-sentence", has_text="warp 63").wait_for()
