"""Figures: each function takes results and returns Axes; it computes nothing but the drawing.

The only module that needs Matplotlib (`pip install hwmath[plots]`).  Colours come from the
style in force, so that a page, a slide and a dark screen can each bring their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import ArrayLike

from hwmath.labels import Height, Name, Place, Side, around, write_names
from hwmath.roofline import Roofline
from hwmath.units import format_capacity, format_si, format_time
from hwmath.validate import FloatArray

ROOF_COLOUR = "black"
MUTED_COLOUR = "0.45"
OVER_AND_UNDER: Final[tuple[tuple[float, Height], ...]] = ((4, "bottom"), (-4, "top"))
TOO_CLOSE: Final = 1.6
"""Ratio of two bandwidths below which their lines have no room for a name between them."""


@dataclass(frozen=True, slots=True)
class Point:
    """A kernel on a roofline: where it stands, what it is called, to which series it belongs."""

    label: str
    intensity_flop_per_byte: float
    flop_per_s: float
    series: str = ""


def plot_roofline(
    roofline: Roofline,
    points: Iterable[Point] = (),
    *,
    intensity_range: tuple[float, float] = (1 / 16, 4096.0),
    colour: str = ROOF_COLOUR,
    ax: Axes | None = None,
) -> Axes:
    """A machine's roofs on log-log axes, with kernels on or under them.

    The slowest memory level and the peak form the roof (thick); every other level and ceiling
    is drawn thin.  Points of one series share a marker and a colour.
    """
    first_top = ax.get_ylim()[1] if ax else 0.0
    ax = ax or plt.subplots()[1]
    left, right = intensity_range
    slowest = min(roofline.bytes_per_s, key=lambda name: roofline.bytes_per_s[name])
    slanted: dict[str, FloatArray] = {}
    for name, rate in roofline.bytes_per_s.items():
        ends = (left, min(roofline.ridge_flop_per_byte(name), right))
        if ends[0] < ends[1]:
            line = np.array([(end, rate * end) for end in ends])
            slanted[f"{name} {format_si(rate, 'B/s')}"] = line
            ax.plot(*line.T, color=colour, lw=2.5 if name == slowest else 1.2)
    flat: dict[str, FloatArray] = {}
    for name, rate in roofline.flop_per_s.items():
        top = rate == roofline.peak_flop_per_s
        start = roofline.ridge_flop_per_byte(_fastest(roofline) if top else slowest, name)
        ends = (min(start, right), right)
        flat[f"{name} {format_si(rate, 'FLOP/s')}"] = np.array([(end, rate) for end in ends])
        ax.plot(ends, (rate, rate), color=colour, lw=2.5 if top else 1.2)
    _log_axes(ax, "arithmetic intensity (FLOP/B)", "performance (FLOP/s)")
    ax.set_xlim(*intensity_range)
    named = _scatter(ax, points)
    ax.xaxis.set_major_formatter(FuncFormatter(_as_fraction))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "FLOP/s")))
    ax.set_ylim(top=max(2 * roofline.peak_flop_per_s, first_top))
    _enough_ticks(ax)
    roofs = [
        *(_flat_roof_name(text, ends, colour) for text, ends in flat.items()),
        *_slanted_roof_names(slanted, colour),
    ]
    write_names(ax, [*roofs, *named])
    return ax


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
    _log_axes(ax, "working set (B)", "bandwidth (B/s)")
    ax.set_ylim(bottom=ax.get_ylim()[0] / 2)
    _enough_ticks(ax)
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
    _log_axes(ax, "arithmetic intensity (FLOP/B)", "measured time / lower bound")
    ax.xaxis.set_major_formatter(FuncFormatter(_as_fraction))
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


def _as_fraction(value: float, _: object = None) -> str:
    return f"{value:g}" if value >= 1 else f"1/{1 / value:g}"


def _fastest(roofline: Roofline) -> str:
    return max(roofline.bytes_per_s, key=lambda name: roofline.bytes_per_s[name])


def _scatter(ax: Axes, points: Iterable[Point]) -> list[Name]:
    """Draw the points, and return the name of each."""
    by_series: dict[str, list[Point]] = {}
    for point in points:
        by_series.setdefault(point.series, []).append(point)
    for marker, (series, members) in zip("osD^v", by_series.items(), strict=False):
        xs = [p.intensity_flop_per_byte for p in members]
        ys = [p.flop_per_s for p in members]
        ax.plot(xs, ys, marker, label=series or None)
    if len(by_series) > 1:
        ax.legend(loc="lower right")
    return [
        Name(p.label, around((p.intensity_flop_per_byte, p.flop_per_s)))
        for members in by_series.values()
        for p in members
        if p.label
    ]


def _flat_roof_name(text: str, ends: FloatArray, colour: str) -> Name:
    """The name of a peak or ceiling: at its right end, over it before under it."""
    (left, rate), (right, _) = ends
    middle = float(np.sqrt(left * right))
    stops: tuple[tuple[float, Side], ...] = ((right, "right"), (middle, "center"), (left, "left"))
    places = [Place((x, rate), (0, off), ha, va) for x, ha in stops for off, va in OVER_AND_UNDER]
    return Name(text, places, colour=colour)


def _slanted_roof_names(roofs: Mapping[str, FloatArray], colour: str) -> list[Name]:
    """Names of memory levels along their lines; lines too close to name apart share one."""
    groups: list[list[str]] = []
    for text in sorted(roofs, key=lambda text: -roofs[text][0, 1]):
        if groups and roofs[groups[-1][-1]][0, 1] < TOO_CLOSE * roofs[text][0, 1]:
            groups[-1].append(text)
        else:
            groups.append([text])
    names = []
    for group in groups:
        line = roofs[group[0]]
        low, high = np.log(line)
        stops = [tuple(np.exp(low + share * (high - low))) for share in np.linspace(0.03, 0.6, 8)]
        places = [Place(stop, (0, off), va=va) for off, va in OVER_AND_UNDER for stop in stops]
        names.append(Name(_in_one(group), places, line, colour))
    return names


def _in_one(texts: Sequence[str]) -> str:
    """Texts that end in units, with a unit that they share said once."""
    values, units = zip(*(text.rsplit(" ", 1) for text in texts), strict=True)
    return f"{', '.join(values)} {units[0]}" if len(set(units)) == 1 else ", ".join(texts)


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


def _enough_ticks(ax: Axes) -> None:
    """Ticks at 1, 2 and 5 where there are too few powers of ten to read a value off."""
    low, high = ax.get_ylim()
    if high < 1e2 * low:
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))


def _log_axes(ax: Axes, xlabel: str, ylabel: str) -> None:
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.yaxis.set_minor_formatter(NullFormatter())
