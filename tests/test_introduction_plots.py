"""The introduction's figures draw what they are given, with units on the axes."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from hwmath.introduction import plots
from hwmath.introduction.trends import fit_trend


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def test_the_podium_divides_by_the_winner_and_has_it_on_top() -> None:
    ax = plots.plot_podium(["slow", "fast"], {"a": [1.0, 6.0], "b": [4.0, 2.0]})
    drawn = {line.get_label(): np.asarray(line.get_ydata()).tolist() for line in ax.lines}
    assert drawn == {"a": [1.0, 3.0], "b": [4.0, 1.0]}
    bottom, top = ax.get_ylim()
    assert top < bottom
    assert [text.get_text() for text in ax.get_xticklabels()] == ["slow", "fast"]


def test_an_era_has_its_points_its_line_and_its_band() -> None:
    years, flop = np.array([2000.0, 2010.0]), np.array([1e3, 1e9])
    band = (np.array([1e2, 1e8]), np.array([1e4, 1e10]))
    ax = plots.plot_eras({"old": (years, flop, fit_trend(years, flop), band)})
    points, line = ax.lines
    assert np.asarray(points.get_ydata()).tolist() == flop.tolist()
    assert np.asarray(line.get_ydata()) == pytest.approx(flop)
    corners = np.asarray(ax.collections[0].get_paths()[0].vertices)[:, 1]
    assert (corners.min(), corners.max()) == (1e2, 1e10)
    assert "FLOP" in ax.get_ylabel()


def test_bars_stand_on_each_other_and_the_line_at_the_card() -> None:
    bars = {
        "one": {"weights": 2e9, "states": 3e9, "master copy": 0.0},
        "two": {"weights": 1e9, "projector": 5e8},
    }
    ax = plots.plot_memory(bars, [6e9, 2e9], 4e9, "a card")
    tops = {
        (container.get_label(), i): bar.get_y() + bar.get_height()
        for container in ax.containers
        for i, bar in enumerate(container)
    }
    assert {label for label, _ in tops} == {"weights", "states", "projector"}
    assert tops["weights", 0] == 2e9
    assert tops["states", 0] == 5e9
    assert tops["projector", 1] == 1.5e9
    heights = [np.asarray(line.get_ydata()).tolist() for line in ax.lines]
    assert heights == [[6e9, 2e9], [4e9, 4e9]]
    assert [text.get_text() for text in ax.texts] == ["a card"]
    assert ax.get_axisbelow() is True, "no line of the grid crosses a bar"


def test_scaling_draws_each_program_on_log_axes() -> None:
    ax = plots.plot_scaling([1, 10], {"a": [1e-3, 1e-2]}, "rows")
    assert np.asarray(ax.lines[0].get_ydata()).tolist() == [1e-3, 1e-2]
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel()) == ("log", "log", "rows")
