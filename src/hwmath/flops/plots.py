"""Figures of the chapter on counting: each function takes results and returns Axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import ArrayLike

from hwmath.plots import MUTED_COLOUR, mark


def plot_places(places: Sequence[Sequence[int]], size: int, *, ax: Axes | None = None) -> Axes:
    """For each place of a kernel the inputs under its weights; those outside are zeros, hollow."""
    ax = ax or plt.subplots()[1]
    ats = np.array([[at, row] for row, place in enumerate(places) for at in place])
    real = (ats[:, 0] >= 0) & (ats[:, 0] < size)
    for chosen, fill, label in ((real, "full", "meets an input"), (~real, "none", "meets a zero")):
        xs, ys = ats[chosen].T
        ax.plot(xs, ys, "s", ms=9, color="C0", fillstyle=fill, label=label)
    for edge in (-0.5, size - 0.5):
        ax.axvline(edge, color=MUTED_COLOUR, lw=1, ls=":")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    ax.invert_yaxis()
    ax.set_xlabel("input (number)")
    ax.set_ylabel("place of the kernel (number)")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
    return ax


def plot_shares(
    tokens: ArrayLike,
    shares: Mapping[str, ArrayLike],
    crossings: Mapping[str, float],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Shares of the work against the length of a text; each crossing is a dotted line."""
    ax = ax or plt.subplots()[1]
    for (name, share), style in zip(shares.items(), ("-", "--", "-."), strict=False):
        ax.plot(tokens, 100 * np.asarray(share), style, label=name)
    for name, at in crossings.items():
        mark(ax, at, name)
    ax.set_xscale("log", base=2)
    ax.set_xticks([2**power for power in range(8, 19, 2)])
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    ax.set_ylim(0, 100)
    ax.set_xlabel("tokens")
    ax.set_ylabel("share of the MACs (%)")
    ax.legend(loc="upper left")
    return ax
