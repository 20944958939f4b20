"""The explorer of the hardware lottery in Chromium: equal to `hwmath`, and it changes winners."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

import pytest
from playwright.sync_api import Locator

from browser import explorer_parts
from browser.conftest import Visit
from browser.explorer_parts import cells, facts, page_of
from hwmath.explorers import load
from hwmath.explorers.introduction import rows
from hwmath.introduction.lottery import (
    IDEAS,
    Idea,
    Machine,
    break_even_density,
    phases_s,
)

POINTS: Final = 128
pytestmark = pytest.mark.browser


@pytest.fixture
def seen(visit: Callable[..., Visit]) -> Visit:
    return visit(page_of("introduction"))


def explorer(seen: Visit) -> Locator:
    return explorer_parts.explorer(seen.page, "introduction")


def drawn(draw: random.Random) -> tuple[Idea, Machine]:
    """An idea and a machine at random; some machines lack matrix units."""
    matrix_flop, vector_flop, branchy_flop = (10 ** draw.uniform(6, 13) for _ in range(3))
    density = draw.choice([1.0, draw.uniform(0.01, 1)])
    moved_bytes = 10 ** draw.uniform(6, 12)
    idea = Idea("any", matrix_flop, vector_flop, branchy_flop, moved_bytes, density)
    matrix = draw.choice([0.0, 10 ** draw.uniform(9, 16)])
    lanes = draw.choice([1, 8, 32])
    return idea, Machine("", 10 ** draw.uniform(9, 15), 10 ** draw.uniform(9, 16), lanes, matrix)


def test_the_model_equals_hwmath(seen: Visit) -> None:
    draw = random.Random(9)  # noqa: S311
    points = [drawn(draw) for _ in range(POINTS)]
    given = [
        [
            {
                "matrixFlop": idea.matrix_flop,
                "vectorFlop": idea.vector_flop,
                "branchyFlop": idea.branchy_flop,
                "movedBytes": idea.moved_bytes,
                "density": idea.density,
            },
            {
                "lanes": machine.lanes,
                "vectorFlopPerS": machine.vector_flop_per_s,
                "matrixFlopPerS": machine.matrix_flop_per_s,
                "bytesPerS": machine.bytes_per_s,
            },
        ]
        for idea, machine in points
    ]
    theirs = seen.page.evaluate(
        """async (points) => {
          const model = await import(new URL("../_static/introduction-model.js", location.href));
          return points.map(([idea, machine]) => {
            const parts = model.phases(idea, machine);
            return [parts, model.binding(parts), model.usefulFlop(idea),
              machine.matrixFlopPerS ? model.breakEvenDensity(machine) : 0];
          });
        }""",
        given,
    )
    for (idea, machine), (parts, binds, useful, density) in zip(points, theirs, strict=True):
        ours = phases_s(idea, machine)
        assert parts == pytest.approx(ours, rel=1e-12, abs=0)
        assert binds == max(ours, key=lambda name: ours[name])
        assert useful == pytest.approx(idea.useful_flop, rel=1e-12, abs=0)
        if machine.matrix_flop_per_s:
            even = break_even_density(machine.vector_flop_per_s, machine.matrix_flop_per_s)
            assert density == pytest.approx(even, rel=1e-12, abs=0)
    assert {binds for _, binds, _, _ in theirs} == {"matrix units", "lanes", "memory"}


def test_each_machine_has_its_winner(seen: Visit) -> None:
    made = explorer(seen)
    start: Any = load("introduction").data["start"]
    assert facts(made)["winner"] == "dense network"
    made.get_by_label("matrix units").press("Home")
    assert facts(made)["winner"] == "sparse network"
    lanes = Machine("lanes", start["vectorFlopPerS"], start["bytesPerS"], start["lanes"])
    assert cells(made) == [list(row) for row in rows(lanes, start["density"])]
    made.get_by_label("width in lanes").press("Home")
    assert facts(made)["winner"] == "tree search"
    made.get_by_label("width in lanes").press("End")
    made.get_by_label("memory").press("End")
    assert facts(made)["winner"] == "table lookup"
    assert seen.errors == []


def test_bars_are_as_high_as_the_speeds_and_coloured_by_what_binds(seen: Visit) -> None:
    made = explorer(seen)
    script = (
        "bars => bars.filter(one => !one.closest('p'))"
        ".map(one => [+one.getAttribute('height'), one.getAttribute('class')])"
    )
    bars = made.locator("rect.explorer-bar").evaluate_all(script)
    highest = max(height for height, _ in bars)
    hues = {"matrix units": 1, "lanes": 2, "memory": 3}
    for (height, kind), row in zip(bars, cells(made), strict=True):
        assert 100 * height / highest == pytest.approx(float(row[3].split()[0]), rel=0.06)
        assert f"explorer-hue-{hues[row[4]]}" in kind.split()
    assert len(bars) == len(IDEAS)


@pytest.mark.parametrize("width", [390, 1280])
def test_each_bar_says_its_time(width: int, visit: Callable[..., Visit]) -> None:
    made = explorer(visit(page_of("introduction"), width=width))
    times = [row[2] for row in cells(made)]
    assert made.locator("svg text.explorer-name").all_text_contents() == times


def test_a_denser_network_costs_more_on_paper_and_no_more_on_matrix_units(seen: Visit) -> None:
    made = explorer(seen)
    before = cells(made)[1]
    made.get_by_label("sparse network, not zero").press("End")
    after = cells(made)[1]
    assert after[1] != before[1]
    assert after[2] == before[2]
