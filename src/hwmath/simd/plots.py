"""Figures of lanes: who works and who waits, what wider vectors gained, which bank holds what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter
from numpy.typing import ArrayLike

from hwmath.plots import MUTED_COLOUR


def plot_lanes(active: ArrayLike, labels: Sequence[str], *, ax: Axes | None = None) -> Axes:
    """One row for each issued instruction, one cell for each lane; filled where the lane works.

    Rows of the same label share a colour.
    """
    ax = ax or plt.subplots()[1]
    mask = np.asarray(active, dtype=bool)
    colours = {label: f"C{i}" for i, label in enumerate(dict.fromkeys(labels))}
    for row, (working, label) in enumerate(zip(mask, labels, strict=True)):
        lanes = np.flatnonzero(working)
        ax.barh(np.full(len(lanes), row), 0.8, left=lanes - 0.4, height=0.8, color=colours[label])
        idle = np.flatnonzero(~working)
        ax.barh(
            np.full(len(idle), row),
            0.8,
            left=idle - 0.4,
            height=0.8,
            color="none",
            edgecolor=MUTED_COLOUR,
            lw=0.5,
        )
    ax.set_yticks(range(len(labels)), labels)
    ax.invert_yaxis()
    ax.set_xlim(-1, mask.shape[1])
    ax.set_xlabel("lane")
    ax.set_ylabel("issued instruction")
    ax.grid(visible=False)
    return ax


def plot_utilisation(
    curves: Mapping[str, tuple[ArrayLike, ArrayLike]], xlabel: str, *, ax: Axes | None = None
) -> Axes:
    """Used share of the lane slots against something on a log axis, one line a name."""
    ax = ax or plt.subplots()[1]
    for name, (xs, shares) in curves.items():
        ax.plot(xs, shares, marker="o", ms=4, label=name)
    ax.set_xscale("log")
    ax.set_ylim(0, 1.05)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.set_xlabel(xlabel)
    ax.set_ylabel("used share of lane slots")
    ax.legend()
    return ax


def plot_gains(gains: Mapping[str, tuple[float, float]], *, ax: Axes | None = None) -> Axes:
    """For each kernel two bars on a log axis: the gain that lanes promise, and that reached."""
    ax = ax or plt.subplots()[1]
    rows = np.arange(len(gains))[::-1]
    for offset, index, label in ((0.2, 0, "expected"), (-0.2, 1, "reached")):
        values = [pair[index] for pair in gains.values()]
        bars = ax.barh(rows + offset, values, height=0.36, label=label)
        ax.bar_label(bars, [f"{value:.2g}×" for value in values], padding=4)
    ax.set_axisbelow(True)
    ax.set_yticks(rows, list(gains))
    ax.set_xscale("log", base=2)
    highest = max(max(pair) for pair in gains.values())
    ax.set_xlim(0.5, 2 * highest)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("times faster than with the narrowest vectors (1)")
    ax.legend(loc="lower right")
    return ax


def plot_banks(
    banks_by_layout: Mapping[str, ArrayLike], column: int, *, ax: Sequence[Axes] | None = None
) -> list[Axes]:
    """For each layout of a tile the bank of every word, as a shade, and a ring on one column."""
    axes = ax or plt.subplots(1, len(banks_by_layout), figsize=(8, 3), layout="constrained")[1]
    for one, (name, banks) in zip(axes, banks_by_layout.items(), strict=True):
        shown = np.asarray(banks)
        one.imshow(shown, cmap="twilight", vmin=0, vmax=31, interpolation="nearest")
        rows = np.arange(shown.shape[0])
        one.plot(np.full(len(rows), column), rows, "o", ms=4, mfc="none", mec="C1", mew=1.2)
        one.set_title(name)
        one.set_xlabel("column")
        one.set_xticks([0, 8, 16, 24])
        one.set_yticks([0, 8, 16, 24])
        one.grid(visible=False)
    axes[0].set_ylabel("row")
    return list(axes)
