"""Figures of times, rates and ridges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import ArrayLike

from hwmath.plots.axes import ROOF_COLOUR, as_fraction, enough_ticks, log_axes, mark
from hwmath.plots.names import Name, around, write_names
from hwmath.units import format_capacity, format_si, format_time


def plot_phases(times: Mapping[str, tuple[float, float]], *, ax: Axes | None = None) -> Axes:
    """For each kernel two bars, seconds of computing and seconds of moving, log axis."""
    ax = ax or plt.subplots()[1]
    rows = np.arange(len(times))[::-1]
    for offset, index, label in ((0.2, 0, "computing"), (-0.2, 1, "moving")):
        seconds = [pair[index] for pair in times.values()]
        bars = ax.barh(rows + offset, seconds, height=0.36, label=label)
        ax.bar_label(bars, [format_time(s) for s in seconds], padding=4)
    ax.set_yticks(rows, list(times))
    ax.set_xscale("log")
    longest = max(max(pair) for pair in times.values())
    shortest = min(min(pair) for pair in times.values())
    ax.set_xlim(shortest / 3, longest * 20)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_time(value)))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("time (s)")
    ax.legend(loc="lower right")
    return ax


def plot_bandwidth_by_size(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]],
    level_bytes: Mapping[str, float],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Bandwidth against working-set size, with the capacity of each cache as a line."""
    ax = ax or plt.subplots()[1]
    for name, (sizes, bytes_per_s) in curves.items():
        ax.plot(sizes, bytes_per_s, marker="o", ms=4, label=name)
    log_axes(ax, "working set (B)", "bandwidth (B/s)")
    ax.set_ylim(bottom=ax.get_ylim()[0] / 2)
    enough_ticks(ax)
    for name, size in level_bytes.items():
        mark(ax, size, f"{name} {format_capacity(size)}")
    ax.xaxis.set_major_locator(LogLocator(base=16))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_capacity(value)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "B/s")))
    if len(curves) > 1:
        ax.legend()
    return ax


def plot_measured_against_bound(
    series: Mapping[str, tuple[ArrayLike, ArrayLike]],
    ridges_flop_per_byte: Mapping[str, float],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Measured seconds over bound seconds, against intensity; the line at 1 is the roof.

    Each ridge is a dotted line with the name of its machine.
    """
    ax = ax or plt.subplots()[1]
    for marker, (name, (intensity, ratio)) in zip("osD^v", series.items(), strict=False):
        ax.plot(intensity, ratio, marker, label=name, alpha=0.8)
    ax.axhline(1, color=ROOF_COLOUR, lw=2.5)
    log_axes(ax, "arithmetic intensity (FLOP/B)", "measured time / lower bound")
    ax.xaxis.set_major_formatter(FuncFormatter(as_fraction))
    ax.set_yscale("linear")
    ax.set_ylim(bottom=0)
    for name, ridge in ridges_flop_per_byte.items():
        mark(ax, ridge, f"ridge {name}")
    ax.legend(loc="lower left")
    return ax


def plot_ridges(
    years: Sequence[float],
    ridges_flop_per_byte: Sequence[float],
    labels: Sequence[str],
    series: Sequence[str],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Ridge points by year, one marker a series; an empty label leaves its point unnamed."""
    ax = ax or plt.subplots()[1]
    for marker, name in zip("osD^v", dict.fromkeys(series), strict=False):
        rows = [i for i, s in enumerate(series) if s == name]
        xs, ys = [years[i] for i in rows], [ridges_flop_per_byte[i] for i in rows]
        ax.plot(xs, ys, marker, label=name, alpha=0.8)
    ax.set_yscale("log")
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlim(min(years) - 1, max(years) + 2)
    ax.set_xlabel("year")
    ax.set_ylabel("ridge point (FLOP/B)")
    ax.legend(loc="upper left")
    named = zip(years, ridges_flop_per_byte, labels, strict=True)
    write_names(ax, [Name(label, around((x, y))) for x, y, label in named if label])
    return ax
