"""Figures of memory draw what they are given: points, steps, lines and their names."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from hwmath.memory import plots
from hwmath.units import KIB, MIB


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def drawn(ax: Axes, label: str) -> list[list[float]]:
    """The values of the line that is called `label`."""
    (line,) = (one for one in ax.lines if one.get_label() == label)
    xs, ys = (np.asarray(values, dtype=float).tolist() for values in line.get_data())
    return [[x, y] for x, y in zip(xs, ys, strict=True)]


def test_memories_keep_their_place_and_a_dotted_line_takes_its_time() -> None:
    sram, dram = [(MIB, 1e12), (2 * MIB, 3e12)], [(64e9, 1e11)]
    ax = plots.plot_capacity_and_bandwidth(
        {"SRAM": sram, "DRAM": dram}, {dram[0]: "far"}, (1e-3, 1.0)
    )
    assert drawn(ax, "SRAM") == [list(point) for point in sram]
    assert drawn(ax, "DRAM") == [list(point) for point in dram]
    times = {
        float(np.divide(*line.get_data())[0]) for line in ax.lines if line.get_linestyle() == ":"
    }
    assert sorted(times) == pytest.approx([1e-3, 1.0])
    words = {text.get_text() for text in ax.texts}
    assert words == {"far", "once in 1 ms", "once in 1 s"}
    assert ("(B)" in ax.get_xlabel(), "(B/s)" in ax.get_ylabel()) == (True, True)


def test_misses_are_steps_from_zero_with_marks_where_they_belong() -> None:
    sizes, misses = [KIB, 2 * KIB, 4 * KIB], [0.0, 0.5, 1.0]
    ax = plots.plot_misses({"one set": (sizes, misses)}, {"capacity": 2 * KIB}, "walk over (B)")
    assert drawn(ax, "one set") == [list(pair) for pair in zip(sizes, misses, strict=True)]
    assert ax.lines[0].get_drawstyle() == "steps-post"
    assert ax.lines[1].get_xdata()[0] == 2 * KIB  # type: ignore[index]
    assert ax.get_ylim()[0] == 0
    assert [text.get_text() for text in ax.texts] == ["capacity"]
    assert plots.plot_misses({}, {}, "more (B)", ax=ax) is ax


def test_traffic_by_tile_stands_over_its_bound() -> None:
    tiles, moved = [4, 8, 16], [4e6, 2e6, 1e6]
    ax = plots.plot_traffic_by_tile(tiles, {"formula": moved}, 5e5, largest=11)
    assert drawn(ax, "formula") == [list(pair) for pair in zip(tiles, moved, strict=True)]
    assert {y for _, y in drawn(ax, "lower bound")} == {5e5}
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["4", "8", "16"]
    assert [text.get_text() for text in ax.texts] == ["three tiles fit"]
    assert "(B)" in ax.get_ylabel()
