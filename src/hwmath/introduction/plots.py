"""Figures of the introduction: each takes results and returns Axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from hwmath.introduction.trends import Trend
from hwmath.plots import MUTED_COLOUR
from hwmath.units import format_si, format_time
from hwmath.validate import FloatArray

Era = tuple[ArrayLike, ArrayLike, Trend, tuple[FloatArray, FloatArray]]
"""Years and FLOP of an era's systems, the line through them, and the band around the line."""


def plot_podium(
    machines: Sequence[str], seconds: Mapping[str, Sequence[float]], *, ax: Axes | None = None
) -> Axes:
    """Each idea's time on each machine, in times of the fastest there; log axis, best on top."""
    ax = ax or plt.subplots()[1]
    fastest = np.min(list(seconds.values()), axis=0)
    places = np.arange(len(machines))
    for marker, (name, times) in zip("osD^vPX", seconds.items(), strict=False):
        ax.plot(places, np.asarray(times) / fastest, marker=marker, label=name)
    ax.set_yscale("log")
    ax.invert_yaxis()
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xticks(places, machines)
    ax.set_xlim(-0.3, len(machines) - 0.7)
    ax.set_ylabel("time / time of the winner")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.1), ncols=3)
    return ax


def plot_eras(eras: Mapping[str, Era], *, ax: Axes | None = None) -> Axes:
    """Compute by year on a log axis: points, the line through each era, and its band.

    The band has as many places as its era has systems, between the first and the last of them.
    """
    ax = ax or plt.subplots()[1]
    for marker, (name, (years, flop, trend, (low, high))) in zip(
        "osD^v", eras.items(), strict=False
    ):
        (drawn,) = ax.plot(years, flop, marker, ms=5, alpha=0.7, label=name)
        ends = np.linspace(np.min(years), np.max(years), len(low))
        ax.plot(ends, trend.at(ends), color=drawn.get_color(), lw=2)
        ax.fill_between(ends, low, high, color=drawn.get_color(), alpha=0.2, lw=0)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(base=10, numticks=8))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("year of publication")
    ax.set_ylabel("compute of training (FLOP)")
    ax.legend(loc="upper left")
    return ax


def plot_memory(
    bars: Mapping[str, Mapping[str, float]],
    printed_bytes: Sequence[float],
    card_bytes: float,
    card: str,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Stacked bytes of each way to train, the total that was printed, and a card's memory.

    A part that no way keeps is left out.
    """
    ax = ax or plt.subplots()[1]
    places = np.arange(len(bars))
    below = np.zeros(len(bars))
    for part in dict.fromkeys(part for bar in bars.values() for part in bar if bar[part]):
        sizes = np.array([bar.get(part, 0.0) for bar in bars.values()])
        ax.bar(places, sizes, 0.6, below, label=part)
        below += sizes
    ax.plot(places, printed_bytes, "_", ms=44, mew=2, color="black", label="printed, in all")
    ax.axhline(card_bytes, color=MUTED_COLOUR, lw=1.5, ls="--")
    right = len(bars) - 0.45
    ax.annotate(
        card, (right, card_bytes), (0, 4), textcoords="offset points", ha="right", va="bottom"
    )
    ax.set_xticks(places, list(bars))
    ax.set_xlim(-0.5, right)
    ax.set_axisbelow(True)
    ax.grid(visible=False, axis="x")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "B")))
    ax.set_ylabel("memory (B)")
    ax.legend(loc="upper right", markerscale=0.4)
    return ax


def plot_scaling(
    sizes: ArrayLike,
    seconds: Mapping[str, ArrayLike],
    xlabel: str,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Time against size, both on log axes, one line for each program."""
    ax = ax or plt.subplots()[1]
    for marker, (name, times) in zip("osD^v", seconds.items(), strict=False):
        ax.plot(sizes, times, marker=marker, ms=4, label=name)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "").strip()))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_time(value)))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(xlabel)
    ax.set_ylabel("time (s)")
    ax.legend(loc="upper left")
    return ax
