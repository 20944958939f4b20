"""A machine's roofs, and kernels under them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from hwmath.plots.axes import ROOF_COLOUR, as_fraction, enough_ticks, log_axes
from hwmath.plots.names import Height, Name, Place, Side, around, write_names
from hwmath.roofline import Roofline
from hwmath.units import format_si
from hwmath.validate import FloatArray

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
    log_axes(ax, "arithmetic intensity (FLOP/B)", "performance (FLOP/s)")
    ax.set_xlim(*intensity_range)
    named = _scatter(ax, points)
    ax.xaxis.set_major_formatter(FuncFormatter(as_fraction))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_si(value, "FLOP/s")))
    ax.set_ylim(top=max(2 * roofline.peak_flop_per_s, first_top))
    enough_ticks(ax)
    roofs = [
        *(_flat_roof_name(text, ends, colour) for text, ends in flat.items()),
        *_slanted_roof_names(slanted, colour),
    ]
    write_names(ax, [*roofs, *named])
    return ax


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
