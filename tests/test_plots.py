"""Plots draw what they are given: data, units on the axes, names on the roofs."""

from collections.abc import Iterator

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes

from hwmath import plots
from hwmath.chips import Chip, load_chips
from hwmath.flops import plots as flop_plots
from hwmath.plots import Point
from hwmath.roofline import Roofline

MACHINE = Roofline("toy", {"peak": 100.0, "adds only": 50.0}, {"L2": 200.0, "DRAM": 25.0})


@pytest.fixture(autouse=True)
def _no_screen() -> Iterator[None]:
    mpl.use("Agg")
    yield
    plt.close("all")


def texts(ax: Axes) -> set[str]:
    return {text.get_text() for text in ax.texts}


def test_the_drawn_roofs_are_the_machine() -> None:
    ax = plots.plot_roofline(MACHINE, intensity_range=(1 / 8, 64))
    for line in ax.lines:
        xs, ys = (np.asarray(values, dtype=float) for values in line.get_data())
        if ys[0] == ys[-1]:
            assert ys[0] in (100.0, 50.0)
        else:
            assert np.allclose(ys / xs, ys[0] / xs[0])
            assert ys[0] / xs[0] == pytest.approx(200.0) or ys[0] / xs[0] == pytest.approx(25.0)
            assert ys.max() <= 100.0
    assert len(ax.lines) == 4
    assert texts(ax) == {"peak 100 FLOP/s", "adds only 50 FLOP/s", "L2 200 B/s", "DRAM 25 B/s"}
    assert "FLOP/B" in ax.get_xlabel()
    assert "FLOP/s" in ax.get_ylabel()


def test_points_keep_their_place_and_series() -> None:
    points = [
        Point("a", 1.0, 20.0, "one"),
        Point("b", 8.0, 90.0, "two"),
        Point("c", 2.0, 30.0, "one"),
    ]
    ax = plots.plot_roofline(MACHINE, points)
    drawn = {
        line.get_label(): np.column_stack(line.get_data()).tolist()
        for line in ax.lines
        if line.get_label() in ("one", "two")
    }
    assert drawn == {"one": [[1.0, 20.0], [2.0, 30.0]], "two": [[8.0, 90.0]]}
    assert {"a", "b", "c"} <= texts(ax)
    assert ax.get_legend() is not None


@pytest.mark.parametrize(
    ("rates", "names"),
    [
        ({"L1": 250.0, "L2": 200.0, "DRAM": 25.0}, {"L1 250, L2 200 B/s", "DRAM 25 B/s"}),
        ({"L1": 1100.0, "L2": 900.0}, {"L1 1.1 kB/s, L2 900 B/s"}),
        ({"L1": 250.0, "DRAM": 25.0}, {"L1 250 B/s", "DRAM 25 B/s"}),
    ],
)
def test_lines_too_close_to_name_apart_share_a_name(
    rates: dict[str, float], names: set[str]
) -> None:
    ax = plots.plot_roofline(Roofline("toy", {"peak": 1e4}, rates))
    assert texts(ax) == {*names, "peak 10 kFLOP/s"}


@pytest.mark.parametrize(
    "machine",
    [machine for machine in load_chips().values() if machine.dense_peaks and machine.bandwidths],
    ids=lambda machine: machine.key,
)
def test_no_name_of_a_kernel_lies_on_another(machine: Chip) -> None:
    (dtype, _), *_ = machine.dense_peaks
    roof = Roofline.of_chip(machine, dtype)
    at = np.geomspace(1 / 4, 1024, 5)
    points = [Point(f"kernel {x:.0f}", x, float(roof.attainable_flop_per_s(x))) for x in at]
    ax = plots.plot_roofline(roof, points)
    level = [text.get_window_extent() for text in ax.texts if text.get_rotation() == 0]
    assert len(level) > len(points)
    for i, one in enumerate(level):
        assert not any(one.overlaps(other) for other in level[:i])


def test_two_machines_share_axes() -> None:
    ax = plots.plot_roofline(MACHINE)
    assert plots.plot_roofline(MACHINE, ax=ax) is ax
    assert len(ax.lines) == 8
    smaller = Roofline("small", {"peak": 1.0}, {"DRAM": 1.0})
    top = ax.get_ylim()[1]
    assert plots.plot_roofline(smaller, ax=ax).get_ylim()[1] == top


def test_phases_print_their_times() -> None:
    ax = plots.plot_phases({"gemm": (1e-3, 2e-6), "axpy": (3e-6, 4e-3)})
    widths = sorted(patch.get_width() for patch in ax.patches)  # type: ignore[attr-defined]
    assert widths == [2e-6, 3e-6, 1e-3, 4e-3]
    assert {"1 ms", "2 µs", "3 µs", "4 ms"} <= texts(ax)


def test_bandwidth_curve_names_its_levels() -> None:
    ax = plots.plot_bandwidth_by_size(
        {"1 thread": ([1e3, 1e6], [2e9, 1e9]), "2 threads": ([1e3], [3e9])}, {"L1": 32768}
    )
    assert texts(ax) == {"L1 32 KiB"}
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["1 thread", "2 threads"]  # type: ignore[union-attr]


def test_measured_against_bound_draws_the_roof_at_one() -> None:
    measured = {"H100": ([1.0, 300.0], [1.2, 2.0])}
    ax = plots.plot_measured_against_bound(measured, {"H100": 295.0})
    assert texts(ax) == {"ridge H100"}
    assert any(list(line.get_ydata()) == [1, 1] for line in ax.lines)  # type: ignore[arg-type]
    assert ax.get_ylim()[0] == 0


def test_ridges_leave_unnamed_points_unnamed() -> None:
    ax = plots.plot_ridges([2008, 2022], [1.0, 300.0], ["", "H100"], ["fp64", "bf16"])
    assert texts(ax) == {"H100"}
    assert ax.get_yscale() == "log"


def test_places_outside_of_the_input_are_hollow() -> None:
    ax = flop_plots.plot_places([[-1, 0, 1], [1, 2, 3]], 3)
    drawn = {
        line.get_label(): (np.column_stack(line.get_data()).tolist(), line.get_fillstyle())
        for line in ax.lines
        if str(line.get_label()).startswith("meets")
    }
    assert drawn == {
        "meets an input": ([[0, 0], [1, 0], [1, 1], [2, 1]], "full"),
        "meets a zero": ([[-1, 0], [3, 1]], "none"),
    }
    low, high = ax.get_ylim()
    assert low > high, "the first place stands at the top"


def test_shares_are_drawn_in_per_cent_and_crossings_named() -> None:
    ax = flop_plots.plot_shares([1, 2], {"attention": [0.25, 0.5]}, {"here": 2.0})
    (curve,) = [line for line in ax.lines if line.get_label() == "attention"]
    assert np.asarray(curve.get_ydata()).tolist() == [25.0, 50.0]
    assert texts(ax) == {"here"}
    assert "%" in ax.get_ylabel()
