"""Figures of memory: each function takes results and returns Axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from hwmath.plots import MUTED_COLOUR
from hwmath.units import format_capacity, format_si, format_time


def plot_capacity_and_bandwidth(
    series: Mapping[str, Sequence[tuple[float, float]]],
    labels: Mapping[tuple[float, float], str],
    sweeps_s: Sequence[float] = (),
    *,
    ax: Axes | None = None,
) -> Axes:
    """Memories as points (capacity, bandwidth); `labels` names some of them.

    Each of `sweeps_s` is a dotted line: the memories that can be read once in that time.
    """
    ax = ax or plt.subplots()[1]
    for marker, (name, points) in zip("osD^v", series.items(), strict=False):
        ax.plot(*zip(*points, strict=True), marker, label=name, alpha=0.8)
    for at, text in labels.items():
        ax.annotate(text, at, (6, -6), textcoords="offset points", va="top")
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.margins(x=0.15, y=0.12)
    (left, right), bottom = ax.get_xlim(), ax.get_ylim()[0]
    ax.set_autoscale_on(False)
    for seconds in sweeps_s:
        ax.plot((left, right), (left / seconds, right / seconds), ":", color=MUTED_COLOUR, lw=1)
        low = max(left, bottom * seconds) * 1.3
        ax.annotate(
            f"once in {format_time(seconds)}",
            (low, low / seconds),
            (0, 4),
            textcoords="offset points",
            color=MUTED_COLOUR,
            rotation=45,
            rotation_mode="anchor",
            transform_rotates_text=True,
        )
    _capacities(ax, "capacity (B)", base=32)
    ax.set_ylabel("bandwidth (B/s)")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "B/s")))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend(loc="upper left")
    return ax


def plot_misses(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    marks_bytes: Mapping[str, float],
    xlabel: str,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Misses for each access, by a size in bytes; each mark is a dotted line with its name."""
    ax = ax or plt.subplots()[1]
    for name, (sizes, misses) in curves.items():
        ax.plot(sizes, misses, label=name, drawstyle="steps-post")
    ax.set_xscale("log", base=2)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("misses an access")
    for name, size in marks_bytes.items():
        ax.axvline(size, color=MUTED_COLOUR, lw=1, ls=":")
        ax.annotate(
            name,
            (size, 0.5),
            (-3, 0),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            rotation=90,
            ha="right",
            va="center",
            color=MUTED_COLOUR,
        )
    _capacities(ax, xlabel)
    ax.legend()
    return ax


def plot_traffic_by_tile(
    tiles: ArrayLike,
    curves: Mapping[str, ArrayLike],
    bound_bytes: float,
    largest: float,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Bytes moved against the side of a tile, over a lower bound; `largest` is a dotted line."""
    ax = ax or plt.subplots()[1]
    for marker, (name, moved) in zip("osD^v", curves.items(), strict=False):
        ax.plot(tiles, moved, marker=marker, ms=5, label=name)
    ax.axhline(bound_bytes, color="black", lw=2.5, label="lower bound")
    ax.axvline(largest, color=MUTED_COLOUR, lw=1, ls=":")
    ax.annotate(
        "three tiles fit",
        (largest, 0.97),
        (-3, 0),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        rotation=90,
        ha="right",
        va="top",
        color=MUTED_COLOUR,
    )
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    sides = np.asarray(tiles)
    ax.set_xticks(sides, [f"{side:g}" for side in sides])
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("side of a tile")
    ax.set_ylabel("traffic (B)")
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "B")))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.legend(loc="upper left")
    return ax


def _capacities(ax: Axes, label: str, base: float = 4) -> None:
    ax.set_xlabel(label)
    ax.xaxis.set_major_locator(LogLocator(base=base))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_capacity(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
