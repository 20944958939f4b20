"""Figures: each function takes results and returns Axes; it computes nothing but the drawing.

Needs Matplotlib (`pip install hwmath[plots]`), as the `plots` modules of the topics do.  Colours
come from the style in force, so that a page, a slide and a dark screen can each bring their own.
"""

from hwmath.plots.axes import MUTED_COLOUR, ROOF_COLOUR, mark
from hwmath.plots.figures import (
    plot_bandwidth_by_size,
    plot_measured_against_bound,
    plot_phases,
    plot_ridges,
)
from hwmath.plots.names import Name, Place, around, write_names
from hwmath.plots.roofline import Point, plot_roofline

__all__ = [
    "MUTED_COLOUR",
    "ROOF_COLOUR",
    "Name",
    "Place",
    "Point",
    "around",
    "mark",
    "plot_bandwidth_by_size",
    "plot_measured_against_bound",
    "plot_phases",
    "plot_ridges",
    "plot_roofline",
    "write_names",
]
