"""The explorer of training memory in Chromium: equal to `hwmath`, stacked, beside a memory."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from hwmath.chips import load_chips
from hwmath.explorers import load
from hwmath.introduction.training_memory import RECIPES, training_bytes
from hwmath.units import format_si

POINTS: Final = 128
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("training"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "training")


def total(parameters: float, recipe: str) -> float:
    return sum(float(size) for size in training_bytes(parameters, recipe).values())


def test_the_model_equals_hwmath(seen: Visit) -> None:
    draw = random.Random(5)  # noqa: S311
    data: Any = load("training").data
    given = {recipe["key"]: recipe for recipe in data["recipes"]}
    points = [(10 ** draw.uniform(6, 13), draw.choice(list(RECIPES))) for _ in range(POINTS)]
    theirs = seen.page.evaluate(
        """async (points) => {
          const model = await import(new URL("../_static/training-model.js", location.href));
          return points.map(([parameters, recipe]) => {
            const parts = model.trainingBytes(parameters, recipe);
            const all = model.total(parts);
            return [parts, all, model.mostParameters(all, recipe)];
          });
        }""",
        [(parameters, given[recipe]) for parameters, recipe in points],
    )
    assert {recipe for _, recipe in points} == set(RECIPES)
    for (parameters, recipe), (parts, all_bytes, most) in zip(points, theirs, strict=True):
        ours = training_bytes(parameters, recipe)
        assert parts == pytest.approx(ours, rel=1e-12, abs=0)
        assert all_bytes == pytest.approx(total(parameters, recipe), rel=1e-12, abs=0)
        assert most == pytest.approx(parameters, rel=1e-12, abs=0)


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("key", ["h100-sxm5-80gb", "mi300x"])
def test_what_it_shows_equals_hwmath(key: str, recipe: str, seen: Visit) -> None:
    made, machine = explorer(seen), load_chips()[key]
    made.get_by_label("memory of").select_option(key)
    made.get_by_label("recipe").select_option(recipe)
    assert facts(made)["in all"] == format_si(total(7e9, recipe), "B")
    fits = total(7e9, recipe) <= machine.capacity_bytes()
    sentence = f"fit into {machine.name}" if fits else "at least 2 such chips"
    made.locator(".explorer-sentence", has_text=sentence).wait_for()
    assert seen.errors == []


def heights(made: Locator, kind: str) -> list[float]:
    found: list[float] = made.locator(f"rect.explorer-bar{kind}").evaluate_all(
        "bars => bars.filter(one => !one.closest('p')).map(one => +one.getAttribute('height'))"
    )
    return found


def test_bars_are_as_high_as_their_bytes_and_the_line_as_its_memory(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("recipe").select_option("bf16")
    chosen = heights(made, ":not(.explorer-pale)")
    bytes_each = [float(size) for size in training_bytes(7e9, "bf16").values()]
    assert [round(h, 3) for h in chosen] == [round(chosen[0], 3)] * 4 + [0]
    assert len(heights(made, "")) == len(RECIPES) * len(bytes_each)
    line = made.locator(".explorer-plot path.explorer-line").bounding_box()
    foot = made.locator("rect.explorer-bar:not(.explorer-pale)").first.bounding_box()
    assert line
    assert foot
    rise = foot["y"] + foot["height"] - (line["y"] + line["height"] / 2)
    capacity = load_chips()["h100-sxm5-80gb"].capacity_bytes()
    assert rise / chosen[0] == pytest.approx(capacity / bytes_each[0], rel=0.02)


def test_the_table_is_not_cut_on_a_wide_screen(seen: Visit) -> None:
    made = explorer(seen)
    made.locator("summary").click()
    width, room = made.locator(".explorer-scroll").evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert width <= room


def test_the_slider_changes_all_of_it(seen: Visit) -> None:
    made = explorer(seen)
    made.get_by_label("parameters").press("End")
    assert facts(made)["in all"] == "16 TB"
    assert [row[-1] for row in cells(made)] == [format_si(total(1e12, r), "B") for r in RECIPES]
    made.get_by_label("parameters").press("Home")
    assert facts(made)["in all"] == "1.6 GB"
