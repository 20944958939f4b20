"""Figures of transformers draw what they are given: shares, terms, prices and ratios."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from hwmath.transformers import plots


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def points(line: Line2D) -> list[list[float]]:
    """The values of a line."""
    xs, ys = (np.asarray(values, dtype=float).tolist() for values in line.get_data())
    return [[x, y] for x, y in zip(xs, ys, strict=True)]


def drawn(ax: Axes, label: str) -> list[list[float]]:
    """The values of the line that is called `label`."""
    (line,) = (one for one in ax.lines if one.get_label() == label)
    return points(line)


def words(ax: Axes) -> set[str]:
    """What is written in the figure, and in its legend."""
    legend = ax.get_legend()
    return {text.get_text() for text in (*ax.texts, *(legend.get_texts() if legend else ()))}


def test_terms_are_stacked_to_a_hundred_and_what_is_zero_is_left_out() -> None:
    terms: dict[str, ArrayLike] = {"mlp": 3.0, "scores": np.array([1.0, 3.0]), "router": 0.0}
    ax = plots.plot_terms([256, 512], terms, {"here": 300})
    outlines = [np.asarray(area.get_paths()[0].vertices) for area in ax.collections]
    tops = [float(outline[:, 1].max()) for outline in outlines]
    assert tops == pytest.approx([75, 100])
    assert words(ax) == {"mlp", "scores", "here"}
    assert points(ax.lines[0])[0][0] == 300
    assert "(%)" in ax.get_ylabel()


def test_a_step_and_its_terms_keep_their_seconds() -> None:
    batch = [1, 2, 4]
    terms: dict[str, ArrayLike] = {"weights": 1e-3, "kv": [1e-4, 2e-4, 4e-4], "communication": 0.0}
    ax = plots.plot_step(batch, terms, [1.1e-3, 1.2e-3, 1.4e-3], fits=3)
    assert drawn(ax, "weights") == [[1, 1e-3], [2, 1e-3], [4, 1e-3]]
    assert drawn(ax, "kv") == [[1, 1e-4], [2, 2e-4], [4, 4e-4]]
    assert drawn(ax, "step")[2] == [4, 1.4e-3]
    assert words(ax) == {"step", "weights", "kv", "memory is full"}
    assert "(s)" in ax.get_ylabel()
    assert "memory is full" not in words(plots.plot_step(batch, terms, 1e-3))


def test_prices_end_with_the_batch_that_fits() -> None:
    ax = plots.plot_prices(
        [1, 2, 4], {"few": [8.0, 4.0, np.inf], "many": [8.0, 4.0, 2.0]}, {"prompt": 0.5}
    )
    assert drawn(ax, "few") == [[1, 8], [2, 4]]
    assert drawn(ax, "many")[-1] == [4, 2]
    ends = [points(line) for line in ax.lines if line.get_marker() == "o"]
    assert ends == [[[2, 4]], [[4, 2]]]
    assert {"few", "many", "prompt"} <= words(ax)
    assert "dollars" in ax.get_ylabel()


def test_each_source_has_a_row_with_a_median_for_each_task() -> None:
    ax = plots.plot_ratios_by_source(
        {"ours": {"decode": [3.0, 1.0, 2.0], "train": [5.0]}, "theirs": {"train": [4.0]}}
    )
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["ours", "theirs"]
    medians = [points(line)[0] for line in ax.lines if line.get_marker() == "|"]
    assert medians == [[2, 1], [5, 1], [4, 0]]
    rows = [line for line in ax.lines if line.get_marker() == "o" and points(line)]
    assert [x for x, _ in points(rows[0])] == [1, 2, 3]
    assert rows[1].get_color() == rows[2].get_color() != rows[0].get_color()
    assert words(ax) == {"decode", "train"}
    assert plots.plot_ratios_by_source({}, ax=ax) is ax
