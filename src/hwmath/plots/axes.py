"""What figures share: colours, axes, and a line with a name."""

from __future__ import annotations

from typing import Final

from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullFormatter

ROOF_COLOUR: Final = "black"
MUTED_COLOUR: Final = "0.45"


def as_fraction(value: float, _: object = None) -> str:
    """A power of two as a tick says it, below one as a fraction."""
    return f"{value:g}" if value >= 1 else f"1/{1 / value:g}"


def mark(ax: Axes, at: float, text: str) -> None:
    """A dotted upright line, its name along its foot."""
    ax.axvline(at, color=MUTED_COLOUR, lw=1, ls=":")
    ax.annotate(
        text,
        (at, 0.03),
        (-3, 0),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        rotation=90,
        ha="right",
        color=MUTED_COLOUR,
    )


def enough_ticks(ax: Axes) -> None:
    """Ticks at 1, 2 and 5 where there are too few powers of ten to read a value off."""
    low, high = ax.get_ylim()
    if high < 1e2 * low:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))


def log_axes(ax: Axes, xlabel: str, ylabel: str) -> None:
    """Powers of two to the right, powers of ten upward."""
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.yaxis.set_minor_formatter(NullFormatter())
