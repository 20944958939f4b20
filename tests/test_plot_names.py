"""Names in figures: where they lie, held against Matplotlib's own boxes and simple geometry."""

from __future__ import annotations

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from hwmath.plots import Name, Place, around, write_names

MIDDLE = (5.0, 5.0)
OVER = Place(MIDDLE, (0, 4), "center")
UNDER = Place(MIDDLE, (0, -4), "center", "top")


@pytest.fixture
def ax() -> Iterator[Axes]:
    mpl.use("Agg")
    ax = plt.subplots()[1]
    ax.set(xlim=(0, 10), ylim=(0, 10))
    yield ax
    plt.close("all")


def middle_of(ax: Axes, index: int = -1) -> tuple[float, float]:
    """The middle of a text, in data coordinates."""
    box = ax.texts[index].get_window_extent()
    x, y = ax.transData.inverted().transform(((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2))
    return float(x), float(y)


def test_a_name_takes_its_first_place_where_that_is_free(ax: Axes) -> None:
    write_names(ax, [Name("a name", [OVER, UNDER])])
    x, y = middle_of(ax)
    assert x == pytest.approx(5, abs=0.01)
    assert 5 < y < 6


@pytest.mark.parametrize("thing", ["line", "marker", "text", "legend"])
def test_a_name_avoids_what_is_drawn(ax: Axes, thing: str) -> None:
    if thing == "line":
        ax.plot((0, 10), (5.3, 5.3))
    elif thing == "marker":
        ax.plot([5.2], [5.3], "o")
    elif thing == "text":
        ax.annotate("here", MIDDLE, (0, 3), textcoords="offset points", ha="center")
    else:
        ax.plot([], [], label="here")
        ax.legend(loc="lower center", bbox_to_anchor=(0.5, 0.5))
    write_names(ax, [Name("a name", [OVER, UNDER])])
    assert middle_of(ax)[1] < 5


def test_what_lies_apart_is_no_reason_to_move(ax: Axes) -> None:
    ax.plot((0, 10), (6.5, 6.5))
    ax.plot([1.0, np.nan], [5.3, 5.3], "o")
    write_names(ax, [Name("a name", [OVER, UNDER])])
    assert middle_of(ax)[1] > 5


def test_a_name_that_covers_something_everywhere_covers_least(ax: Axes) -> None:
    for y in (5.3, 5.4, 4.7):
        ax.plot((0, 10), (y, y))
    write_names(ax, [Name("a name", [OVER, UNDER])])
    assert middle_of(ax)[1] < 5


def test_a_name_stays_on_the_axes(ax: Axes) -> None:
    write_names(ax, [Name("a long name at the edge", around((9.9, 9.9)))])
    box, edge = ax.texts[0].get_window_extent(), ax.get_window_extent()
    assert box.x1 < edge.x1
    assert box.y1 < edge.y1


def test_names_about_one_point_keep_clear_of_each_other(ax: Axes) -> None:
    names = [Name(f"name {n}", around(MIDDLE)) for n in range(4)]
    boxes = [text.get_window_extent() for text in write_names(ax, names)]
    for i, one in enumerate(boxes):
        assert not any(one.overlaps(other) for other in boxes[:i])


def test_a_name_follows_a_line_as_it_is_seen(ax: Axes) -> None:
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlim=(1, 1e6), ylim=(1, 1e3))
    line = np.array([(1.0, 1.0), (1e3, 1e3)])
    (text,) = write_names(ax, [Name("slanted", [Place((10.0, 10.0), (0, 3))], line)])
    box = ax.get_window_extent()
    seen = np.degrees(np.arctan2(box.height / 3, box.width / 6))
    assert text.get_rotation() == pytest.approx(seen)


def test_a_slanted_name_sees_what_lies_across_its_own_direction(ax: Axes) -> None:
    line = np.array([(0.0, 0.0), (10.0, 10.0)])
    places = [Place((4.0, 4.0), (0, 4)), Place((4.0, 4.0), (0, -4), va="top")]
    beside = np.array([(4.3, 5.0), (4.7, 5.4)])  # a piece over the line, next to it
    ax.plot(*beside.T)
    (text,) = write_names(ax, [Name("slanted", places, line)])
    assert text.get_verticalalignment() == "top"
