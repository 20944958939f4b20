"""Figures of transformers: each takes results and returns Axes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter
from numpy.typing import ArrayLike

from hwmath.plots import MUTED_COLOUR, ROOF_COLOUR, mark
from hwmath.units import format_time

DASHES: Final = ("-", "--", "-.", ":")
"""Curves that may lie on each other are told apart by these."""


def plot_terms(
    tokens: ArrayLike,
    terms: Mapping[str, ArrayLike],
    marks: Mapping[str, float],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Share of each term in their sum against tokens, stacked; each mark is a dotted line.

    A term that is zero everywhere is left out.
    """
    ax = ax or plt.subplots()[1]
    at = np.asarray(tokens, dtype=float)
    kept = {
        name: np.broadcast_to(np.asarray(value, dtype=float), at.shape)
        for name, value in terms.items()
        if np.any(np.asarray(value))
    }
    total = np.sum(list(kept.values()), axis=0)
    ax.stackplot(at, [100 * value / total for value in kept.values()], labels=list(kept))
    ax.set_xscale("log", base=2)
    ax.set_xlim(at[0], at[-1])
    ax.set_ylim(0, 100)
    _whole_numbers(ax)
    ax.set_xlabel("tokens that a token can see")
    ax.set_ylabel("share of the FLOP (%)")
    for text, where in marks.items():
        ax.axvline(where, color=ROOF_COLOUR, lw=1, ls=":")
        ax.annotate(
            text,
            (where, 1),
            (0, 3),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            va="bottom",
            color=MUTED_COLOUR,
        )
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.15), ncols=2)
    return ax


def plot_step(
    batch: ArrayLike,
    terms_s: Mapping[str, ArrayLike],
    step_s: ArrayLike,
    fits: float | None = None,
    *,
    ax: Axes | None = None,
) -> Axes:
    """Seconds of each term of a step against the batch, and of the step; both axes log.

    From the batch `fits` on the caches no longer fit: a dotted line.
    """
    ax = ax or plt.subplots()[1]
    at = np.asarray(batch, dtype=float)
    ax.plot(at, np.broadcast_to(step_s, at.shape), color=ROOF_COLOUR, lw=4, alpha=0.3, label="step")
    for name, seconds in terms_s.items():
        value = np.broadcast_to(np.asarray(seconds, dtype=float), at.shape)
        if np.any(value > 0):
            ax.plot(at, value, label=name)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(at[0], at[-1])
    _whole_numbers(ax)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_time(value)))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("batch: sequences that write a token in one step")
    ax.set_ylabel("time (s)")
    if fits is not None:
        mark(ax, fits, "memory is full")
    ax.legend(loc="upper left")
    return ax


def plot_prices(
    batch: ArrayLike,
    dollars: Mapping[str, ArrayLike],
    floor: Mapping[str, float],
    *,
    ax: Axes | None = None,
) -> Axes:
    """Dollars a million tokens against the batch, a curve each, up to the batch that fits.

    Where a curve is not finite, its batch does not fit; `floor` are level lines with names.
    """
    ax = ax or plt.subplots()[1]
    at = np.asarray(batch, dtype=float)
    for style, (name, price) in zip(DASHES, dollars.items(), strict=False):
        shown = np.isfinite(price)
        xs, ys = at[shown], np.asarray(price, dtype=float)[shown]
        (drawn,) = ax.plot(xs, ys, style, label=name)
        ax.plot(xs[-1:], ys[-1:], "o", color=drawn.get_color())
    for name, value in floor.items():
        ax.axhline(value, color=MUTED_COLOUR, lw=1, ls=":")
        ax.annotate(
            name,
            (at[0], value),
            (4, 3),
            textcoords="offset points",
            va="bottom",
            color=MUTED_COLOUR,
        )
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlim(at[0], at[-1])
    _whole_numbers(ax)
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("batch: sequences that write a token in one step")
    ax.set_ylabel("price of a million tokens (dollars)")
    ax.legend(loc="upper right")
    return ax


def plot_ratios_by_source(
    ratios: Mapping[str, Mapping[str, ArrayLike]], *, ax: Axes | None = None
) -> Axes:
    """Measured over bound: a row of points for each source, of each task in its colour; log axis.

    A stroke marks the median of a source's task; the line at 1 is the bound.
    """
    ax = ax or plt.subplots(figsize=(5.4, 0.6 + 0.27 * len(ratios)))[1]
    tasks = dict.fromkeys(task for by_task in ratios.values() for task in by_task)
    colours = {task: f"C{number}" for number, task in enumerate(tasks)}
    places = np.arange(len(ratios))[::-1]
    for place, by_task in zip(places, ratios.values(), strict=True):
        for task, values in by_task.items():
            shown = np.sort(np.asarray(values, dtype=float))
            height = place + np.linspace(-0.25, 0.25, shown.size + 2)[1:-1]
            ax.plot(shown, height, "o", color=colours[task], ms=3.5, alpha=0.6)
            ax.plot([np.median(shown)], [place], "|", color=colours[task], ms=15, mew=2.5)
    for task, colour in colours.items():
        ax.plot([], [], "o", color=colour, label=task)
    ax.axvline(1, color=ROOF_COLOUR, lw=2.5)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_yticks(places, list(ratios))
    ax.set_ylim(-0.7, len(ratios) - 0.3)
    ax.grid(visible=False, axis="y")
    ax.set_xlabel("measured time / lower bound")
    ax.legend(loc="lower right")
    return ax


def _whole_numbers(ax: Axes) -> None:
    ax.xaxis.set_major_locator(LogLocator(base=4))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
