"""Names in a figure, each written where it covers least.

A name comes with the places where it may stand, the best first.  It takes the first that covers
nothing, or the one that covers least: lines, markers, the legend and the names before it count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.text import Annotation

from hwmath.validate import FloatArray

Side = Literal["left", "center", "right"]
Height = Literal["bottom", "center", "top"]

CLEAR: Final = 2.0
"""Pixels that a name keeps from what is drawn."""

POINTS_PER_INCH: Final = 72

ON_A_NAME: Final = 10
"""How much worse it is to lie on another text than on a line."""

STEP: Final = 3.0
"""Pixels between the points that stand for a line or a box; less than a letter."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a name may stand: a point in data coordinates, and how the text lies at it.

    offset: points along and across the text, away from the point.
    """

    at: tuple[float, float]
    offset: tuple[float, float] = (0.0, 0.0)
    ha: Side = "left"
    va: Height = "bottom"


@dataclass(frozen=True, slots=True)
class Name:
    """A text, its places in the order of preference, and its colour.

    along: two points in data coordinates whose line the text follows; None for level text.
    """

    text: str
    places: Sequence[Place]
    along: FloatArray | None = None
    colour: str = "black"


def around(at: tuple[float, float], gap: float = 5.0) -> list[Place]:
    """The places about a point: right first, then left, over and under it, then a line farther.

    gap: points between the point and the text.

    >>> [(p.ha, p.va) for p in around((1.0, 2.0))[:2]]
    [('left', 'top'), ('left', 'bottom')]
    """
    sides: tuple[tuple[Side, float], ...] = (("left", gap), ("right", -gap))
    heights: tuple[tuple[Height, float], ...] = (("top", -1), ("bottom", 1))
    beside = [Place(at, (x, y * gap), ha, va) for ha, x in sides for va, y in heights]
    level = [Place(at, (1.5 * x, 0), ha, "center") for ha, x in sides]
    apart = [
        Place(at, (0, y * far), "center", va) for far in (1.5 * gap, 4 * gap) for va, y in heights
    ]
    return [*beside, *level, *apart]


def write_names(ax: Axes, names: Iterable[Name]) -> list[Annotation]:
    """Write each name in turn where it covers least; all else must be drawn before."""
    figure = ax.figure.figure  # of a subfigure, the whole
    figure.draw_without_rendering()
    drawn = np.concatenate([np.empty((0, 2)), *_lines_and_markers(ax)])
    texts = [np.empty((0, 2)), *_texts(ax)]
    written = []
    for name in names:
        text = ax.annotate(
            name.text,
            name.places[0].at,
            (0, 0),
            textcoords="offset points",
            rotation_mode="anchor",
            color=name.colour,
        )
        size = text.get_window_extent()
        angle = 0.0 if name.along is None else _angle(ax, name.along)
        spots = [_Spot.of(place, angle, size.width, size.height, ax) for place in name.places]
        best = min(spots, key=_cost(ax, drawn, np.concatenate(texts)))
        best.set(text)
        texts.append(best.points())
        written.append(text)
    return written


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in pixels: a rectangle that is turned about its anchor."""

    place: Place
    angle: float
    anchor: FloatArray
    low: FloatArray
    high: FloatArray
    turn: FloatArray

    @classmethod
    def of(cls, place: Place, angle: float, width: float, height: float, ax: Axes) -> _Spot:
        pixels = ax.figure.dpi / POINTS_PER_INCH
        shift = {"left": 0, "bottom": 0, "center": -0.5, "right": -1, "top": -1}
        corner = np.array([shift[place.ha] * width, shift[place.va] * height])
        low = corner + pixels * np.array(place.offset)
        radians = np.deg2rad(angle)
        turn = np.array([[np.cos(radians), -np.sin(radians)], [np.sin(radians), np.cos(radians)]])
        anchor = ax.transData.transform(place.at)
        return cls(place, angle, anchor, low, low + np.array([width, height]), turn)

    def covered(self, points: FloatArray) -> int:
        """How many of the points lie in the rectangle."""
        own = (points - self.anchor) @ self.turn
        inside = (own > self.low - CLEAR) & (own < self.high + CLEAR)
        return int(np.count_nonzero(inside.all(axis=1)))

    def points(self) -> FloatArray:
        """Points all over the rectangle, in pixels."""
        sides = (
            np.linspace(a, b, 2 + int((b - a) / STEP))
            for a, b in zip(self.low, self.high, strict=True)
        )
        own = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
        return own @ self.turn.T + self.anchor

    def outside(self, ax: Axes) -> int:
        """How many of its own points lie outside of the axes."""
        box = ax.get_window_extent()
        own = self.points()
        inside = (own >= [box.x0, box.y0]) & (own <= [box.x1, box.y1])
        return int(np.count_nonzero(~inside.all(axis=1)))

    def set(self, text: Annotation) -> None:
        along = self.turn @ np.array(self.place.offset)
        text.set(
            x=along[0],
            y=along[1],
            rotation=self.angle,
            ha=self.place.ha,
            va=self.place.va,
        )
        text.xy = self.place.at


def _cost(ax: Axes, drawn: FloatArray, texts: FloatArray) -> Callable[[_Spot], int]:
    return lambda spot: spot.covered(drawn) + ON_A_NAME * spot.covered(texts) + spot.outside(ax)


def _angle(ax: Axes, along: FloatArray) -> float:
    (x0, y0), (x1, y1) = ax.transData.transform(along)
    return float(np.rad2deg(np.arctan2(y1 - y0, x1 - x0)))


def _lines_and_markers(ax: Axes) -> Iterator[FloatArray]:
    """Points in pixels along the lines of the axes and on their markers."""
    for line in ax.lines:
        corners = line.get_transform().transform(np.column_stack(line.get_data()).astype(float))
        corners = corners[np.isfinite(corners).all(axis=1)]
        if line.get_linestyle() != "None":
            for start, end in pairwise(corners):
                steps = np.linspace(0, 1, 2 + int(np.hypot(*(end - start)) / STEP))
                yield start + steps[:, np.newaxis] * (end - start)
        if line.get_marker() not in ("None", "", None):
            radius = line.get_markersize() / 2
            square = radius * np.array([(-1, -1), (-1, 1), (1, -1), (1, 1), (0, 0)])
            yield (corners[:, np.newaxis] + square).reshape(-1, 2)


def _texts(ax: Axes) -> Iterator[FloatArray]:
    """Points in pixels all over the texts and the legend that the axes have already."""
    for artist in (*ax.texts, ax.get_legend()):
        if artist is not None:
            box = artist.get_window_extent()
            xs, ys = np.arange(box.x0, box.x1, STEP), np.arange(box.y0, box.y1, STEP)
            yield np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)
