"""Figures of lanes draw what they are given."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Rectangle

from hwmath.simd.plots import plot_banks, plot_gains, plot_lanes, plot_utilisation


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def bars(ax: Axes) -> list[Rectangle]:
    return [patch for patch in ax.patches if isinstance(patch, Rectangle)]


def test_lanes_are_filled_where_they_work() -> None:
    active = np.array([[True, False, True], [False, True, False]])
    ax = plot_lanes(active, ["if", "else"])
    filled = [bar for bar in bars(ax) if to_rgba(bar.get_facecolor())[3] > 0]
    places = sorted((bar.get_y() + 0.4, bar.get_x() + 0.4) for bar in filled)
    assert places == [(0, 0), (0, 2), (1, 1)]
    assert len(ax.patches) == active.size
    assert len({bar.get_facecolor() for bar in filled}) == 2
    assert ax.get_xlabel() == "lane"


def test_utilisation_keeps_its_curves() -> None:
    ax = plot_utilisation({"mixed": ([1, 10], [0.9, 0.5])}, "threads (%)")
    (line,) = ax.lines
    assert np.column_stack(line.get_data()).tolist() == [[1, 0.9], [10, 0.5]]
    assert (line.get_label(), ax.get_xlabel()) == ("mixed", "threads (%)")


def test_gains_stand_beside_what_was_expected() -> None:
    ax = plot_gains({"sum": (4.0, 1.0), "exp": (4.0, 4.4)})
    assert [bar.get_width() for bar in bars(ax)] == [4.0, 4.0, 1.0, 4.4]
    assert {text.get_text() for text in ax.texts} == {"4×", "1×", "4.4×"}
    assert ax.get_axisbelow() is True, "the grid lies behind the bars"
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["expected", "reached"]


def test_banks_of_every_layout_are_shown_with_a_column_ringed() -> None:
    banks = {"plain": np.arange(16).reshape(4, 4), "turned": np.arange(16).reshape(4, 4).T}
    axes = plot_banks(banks, column=2)
    assert [ax.get_title() for ax in axes] == ["plain", "turned"]
    for ax, shown in zip(axes, banks.values(), strict=True):
        assert np.array_equal(ax.images[0].get_array(), shown)  # type: ignore[arg-type]
        assert set(np.asarray(ax.lines[0].get_xdata())) == {2}
