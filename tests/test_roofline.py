"""The roofline: a numeric oracle, printed figures, and laws that hold for any machine."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwmath import kernels, roofline
from hwmath.chips import chip, load_chips
from hwmath.published import matmul_measurements, published, published_range
from hwmath.roofline import Roofline
from hwmath.units import bytes_per_element
from hwmath.work import Traffic, Work

rates = st.floats(1e3, 1e18)
intensities = st.floats(0, 1e6)
amounts = st.floats(0, 1e18)


def simulated_s(flop: int, moved: int, flop_per_tick: int, bytes_per_tick: int) -> int:
    """An oracle without a formula: two workers, ticking, until both are done."""
    ticks = 0
    while flop > 0 or moved > 0:
        flop -= flop_per_tick
        moved -= bytes_per_tick
        ticks += 1
    return ticks


@given(*(st.integers(0, 400),) * 2, *(st.integers(1, 20),) * 2)
def test_time_against_two_workers_ticking(flop: int, moved: int, peak: int, rate: int) -> None:
    bound = roofline.time_lower_bound_s(flop, moved, peak, rate)
    assert math.ceil(bound - 1e-9) == simulated_s(flop, moved, peak, rate)


@given(rates, rates, st.floats(1e-3, 1e6))
def test_performance_is_work_over_time(peak: float, rate: float, intensity: float) -> None:
    moved = 1e6
    seconds = roofline.time_lower_bound_s(intensity * moved, moved, peak, rate)
    attainable = roofline.attainable_flop_per_s(intensity, peak, rate)
    assert attainable == pytest.approx(intensity * moved / seconds, rel=1e-12)


@pytest.mark.parametrize(
    ("intensity", "peak", "rate", "expected"),
    [
        # the formula min(π, β I), worked by hand
        (1.0, 100e9, 50e9, 50e9),
        (2.0, 100e9, 50e9, 100e9),
        (8.0, 100e9, 50e9, 100e9),
        # Chng 2024's definition on an A100 40 GB: 312 TFLOP/s, 1555 GB/s
        (100, 312e12, 1555e9, 155.5e12),
        (300, 312e12, 1555e9, 312e12),
        # Williams et al. 2009, Opteron X4 at 0.25 FLOP/B: peak 73.6e9 at ridge 4.4
        (0.25, 73.6e9, 73.6e9 / 4.4, 4.18181818181818e9),
    ],
)
def test_worked_values(intensity: float, peak: float, rate: float, expected: float) -> None:
    found = roofline.attainable_flop_per_s(intensity, peak, rate)
    assert found == pytest.approx(expected, rel=1e-12)


def test_printed_ridges() -> None:
    # Williams et al. 2009: X2 printed as 1.0, exact quotient 1.1733
    peak, rate = (published("williams2009roofline", q) for q in ("x2_peak", "x2_bandwidth"))
    assert roofline.ridge_flop_per_byte(peak, rate) == pytest.approx(1.17333333333333, rel=1e-9)
    # Austin et al. 2025: 1.97e14 / 8.2e11 printed as 240
    peak, rate = (published("austin2025scaling", q) for q in ("v5e_peak", "v5e_bandwidth"))
    ridge = roofline.ridge_flop_per_byte(peak, rate)
    assert ridge == pytest.approx(240.243902439024, rel=1e-12)
    assert ridge == pytest.approx(published("austin2025scaling", "v5e_ridge"), rel=2e-3)
    # Williams et al. 2009, section 6.3: 6.7 FLOP/B is about 55 FLOP for each 8-byte operand
    xeon = published("williams2009roofline", "xeon_ridge")
    printed = published("williams2009roofline", "xeon_flop_per_operand")
    assert 8 * xeon == pytest.approx(printed, rel=0.03)


def test_he_crossover_lies_in_his_measured_bracket() -> None:
    # He 2022: 9.75 TFLOP/s without fused multiply-add, 1.5 TB/s, 8 bytes an element: 52
    peak = published("he2022brrr", "a100_vector_peak") / 2
    crossover = 8 * roofline.ridge_flop_per_byte(peak, 1.5e12)
    assert crossover == pytest.approx(52.0, rel=1e-12)
    low, high = published_range("he2022brrr", "repeat_bracket")
    assert low < crossover < high
    # with fused multiply-adds: 104, "about a hundred operations"
    assert 8 * roofline.ridge_flop_per_byte(2 * peak, 1.5e12) == pytest.approx(104.0, rel=1e-12)


def test_he_printed_rates() -> None:
    he = "he2022brrr"
    bandwidth, vector = published(he, "a100_bandwidth"), published(he, "a100_vector_peak")
    # He 2022, micro-benchmark: one multiplication an element achieves 0.2 TFLOP/s (0.1875)
    intensity = kernels.repeated_multiply(2**24, 1, 4).intensity_flop_per_byte
    achieved = roofline.attainable_flop_per_s(intensity, vector / 2, bandwidth)
    assert achieved == pytest.approx(187.5e9, rel=1e-9)
    # Bandwidth: 5000 sweeps a second over 2^24 fp32 elements, in and out, are 0.671 TB/s
    sweep = kernels.repeated_multiply(2**24, 1, 4).traffic.memory_bytes
    assert 5000 * np.asarray(sweep) == pytest.approx(671088640000, rel=1e-9)
    # Overhead: 9.75 million FLOP pass on an A100 while Python adds two numbers
    per_addition = published(he, "a100_matrix_peak") / published(he, "python_additions_per_s")
    assert per_addition == pytest.approx(9.75e6, rel=1e-9)
    # Compute: tensor cores over vector lanes, which the text rounds to 15
    assert published(he, "a100_matrix_peak") / vector == pytest.approx(16.0, rel=1e-9)


def test_ivanov_normalisation_gets_a_245th_of_the_rate() -> None:
    # Ivanov et al. 2021, Table 1, as He 2022 prints the quotient: about 250
    shares = {
        (kind, what): published("ivanov2021movement", f"{kind}_{what}_share")
        for kind in ("matmul", "normalisation")
        for what in ("flop", "time")
    }
    rate = {k: shares[k, "flop"] / shares[k, "time"] for k in ("matmul", "normalisation")}
    assert rate["matmul"] / rate["normalisation"] == pytest.approx(245.409836065574, rel=1e-6)


def test_the_opteron_grew_fourfold_and_its_ridge_moved_right() -> None:
    # Williams et al. 2009, section 3: "more than four times"; ridges 1.0 and 4.4
    x2, x4 = (published("williams2009roofline", f"{q}_peak") for q in ("x2", "x4"))
    assert x4 / x2 == pytest.approx(4.18181818181818, rel=1e-9)
    x4_ridge = published("williams2009roofline", "x4_ridge")
    implied = x4 / x4_ridge
    assert roofline.is_memory_bound(0.25, x4, implied)
    assert roofline.ridge_flop_per_byte(x4, implied) == pytest.approx(x4_ridge, rel=1e-12)


def test_williams_kernels_on_williams_machines() -> None:
    # Williams et al. 2009, Table 2 (best intensity) against the ridges of figure 3: SpMV is
    # memory bound everywhere; by the ridge test eleven of the sixteen pairs are
    ridges = {
        q: published("williams2009roofline", f"{q}_ridge") for q in ("xeon", "x4", "t2plus", "cell")
    }
    best = {
        k: max(published_range("williams2009roofline", f"{k}_intensity"))
        for k in ("spmv", "stencil", "lbmhd", "fft")
    }
    bound = {
        machine: {k for k, i in best.items() if roofline.is_memory_bound(i, ridge, 1.0)}
        for machine, ridge in ridges.items()
    }
    assert all("spmv" in kinds for kinds in bound.values())
    assert sum(map(len, bound.values())) == 11
    assert bound["t2plus"] == {"spmv"}
    assert bound["cell"] == {"spmv", "stencil"}
    assert bound["xeon"] == bound["x4"] == set(best)


@given(intensities, rates, rates)
def test_no_point_lies_above_a_roof_and_one_roof_is_met(i: float, peak: float, rate: float) -> None:
    found = roofline.attainable_flop_per_s(i, peak, rate)
    assert found <= peak
    assert found <= rate * i
    assert found in (peak, rate * i)


@given(intensities, rates, rates, st.floats(1, 1e3))
def test_more_of_anything_never_hurts(i: float, peak: float, rate: float, more: float) -> None:
    base = roofline.attainable_flop_per_s(i, peak, rate)
    for better in ((i * more, peak, rate), (i, peak * more, rate), (i, peak, rate * more)):
        assert roofline.attainable_flop_per_s(*better) >= base
    assert roofline.attainable_flop_per_s(i, 2 * peak, 2 * rate) == 2 * base


@given(rates, rates)
def test_at_the_ridge_both_roofs_meet(peak: float, rate: float) -> None:
    ridge = roofline.ridge_flop_per_byte(peak, rate)
    assert roofline.attainable_flop_per_s(ridge, peak, rate) == pytest.approx(peak, rel=1e-12)
    assert not roofline.is_memory_bound(ridge, peak, rate)
    assert roofline.is_memory_bound(ridge * (1 - 1e-9), peak, rate)


@given(amounts, amounts, rates, rates, st.floats(0, 1))
def test_overlap_saves_at_most_half(
    flop: float, moved: float, peak: float, rate: float, overlap: float
) -> None:
    best = roofline.time_lower_bound_s(flop, moved, peak, rate)
    worst = roofline.time_lower_bound_s(flop, moved, peak, rate, overlap=0)
    some = roofline.time_lower_bound_s(flop, moved, peak, rate, overlap)
    assert best <= some * (1 + 1e-12)
    assert some <= worst * (1 + 1e-12)
    assert worst <= 2 * best * (1 + 1e-12)


def test_everything_broadcasts() -> None:
    peaks, bandwidths = np.array([[1e12], [2e12]]), np.array([[1e9], [4e9]])
    grid = np.array([1.0, 600.0, 1e4])
    swept = roofline.attainable_flop_per_s(grid, peaks, bandwidths)
    assert np.shape(swept) == (2, 3)
    for row in range(2):
        for column in range(3):
            single = roofline.attainable_flop_per_s(grid[column], peaks[row, 0], bandwidths[row, 0])
            assert np.asarray(swept)[row, column] == single
    assert np.shape(roofline.is_memory_bound(grid, peaks, bandwidths)) == (2, 3)
    assert np.shape(roofline.time_lower_bound_s(grid, 1.0, peaks, bandwidths, 0.5)) == (2, 3)


def test_ceilings_lowest_in_force_decides() -> None:
    # Williams et al. 2009, figure 2: additions alone reach half of a multiply-add balanced peak
    machine = Roofline(
        "X2", {"peak": 17.6e9, "adds only": 8.8e9}, {"DRAM": 15e9, "no prefetch": 5e9}
    )
    assert machine.attainable_flop_per_s(8.0, "DRAM", "adds only") == 8.8e9
    assert machine.attainable_flop_per_s(0.5, "DRAM", "adds only") == 7.5e9
    assert machine.attainable_flop_per_s(0.5) == 2.5e9
    assert machine.peak_flop_per_s == 17.6e9
    assert machine.ridge_flop_per_byte("DRAM") == pytest.approx(17.6 / 15)
    assert machine.ridge_flop_per_byte("no prefetch", "adds only") == pytest.approx(1.76)


def test_each_level_sees_its_own_traffic() -> None:
    machine = Roofline("toy", {"peak": 100.0}, {"L1": 40.0, "DRAM": 10.0})
    by_level = machine.attainable_by_level_flop_per_s
    assert by_level({"L1": 1.0, "DRAM": 8.0}) == 40.0
    assert by_level({"L1": 2.0, "DRAM": 2.0}) == 20.0
    assert by_level({"L1": 9.0, "DRAM": 99.0}) == 100.0
    assert np.asarray(by_level({"L1": [1.0, 9.0], "DRAM": 8.0})).tolist() == [40.0, 80.0]


def test_a_chip_as_a_roofline() -> None:
    h100 = Roofline.of_chip(chip("H100 SXM5 80GB"), "bf16")
    assert set(h100.bytes_per_s) == {"sram", "dram"}
    # H100 data sheet: 989.4 TFLOP/s dense over 3.35 TB/s
    assert h100.ridge_flop_per_byte("dram") == pytest.approx(989.4 / 3.35, rel=1e-12)


def test_predict_takes_the_slowest_of_all_units_and_memory() -> None:
    h100 = chip("H100 SXM5 80GB")
    work = Work("both", {"matrix": 989.4e12, "vector": 67e12 * 3}, Traffic(act_in=3.35e12 * 2))
    times = roofline.predict(work, h100, "bf16", vector_dtype="fp32")
    assert times.compute_s == pytest.approx(3.0)
    assert times.memory_s == pytest.approx(2.0)
    assert times.lower_bound_s == times.compute_s
    assert times.memory_bound is False
    less = Work("matrix", {"matrix": 989.4e12}, Traffic(act_in=3.35e12 * 2))
    assert roofline.predict(less, h100, "bf16").lower_bound_s == pytest.approx(2.0)
    assert roofline.predict(less, h100, "bf16").memory_bound is True


def test_matrix_work_falls_back_to_vector_units_and_vector_work_never_to_matrix_units() -> None:
    core = next(c for c in load_chips().values() if c.kind == "cpu")
    product = kernels.gemm(64, 64, 64, 4)
    expected = product.flop / core.peak_flop_per_s("fp32", "vector")
    assert roofline.predict(product, core, "fp32").compute_s == pytest.approx(expected)
    with pytest.raises(ValueError, match=r"vector"):
        roofline.predict(kernels.dot(8, 2), chip("TPU v4"), "bf16")


def test_no_published_matmul_beats_its_bound_and_the_median_is_near() -> None:
    timed = matmul_measurements()
    ratios = []
    for i in range(len(timed)):
        dtype = str(timed.dtype[i])
        # fp8 products write 16-bit results in the sources; the bound counts them as fp8: lower
        work = kernels.gemm(timed.m[i], timed.n[i], timed.k[i], bytes_per_element(dtype))
        bound = roofline.predict(work, chip(str(timed.chip[i])), dtype).lower_bound_s
        ratios.append(timed.time_s[i] / bound)
    assert min(ratios) > 1.0
    assert np.median(ratios) < 1.6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: roofline.attainable_flop_per_s(-1, 1, 1), "intensity_flop_per_byte=-1 must"),
        (lambda: roofline.attainable_flop_per_s(math.nan, 1, 1), "intensity_flop_per_byte=nan"),
        (lambda: roofline.attainable_flop_per_s(1, 1, 0), "bytes_per_s=0 must be finite and above"),
        (lambda: roofline.attainable_flop_per_s([1, -2], 1, 1), r"intensity_flop_per_byte\[1\]=-2"),
        (lambda: roofline.time_lower_bound_s(1, -8, 1, 1), "moved_bytes=-8 must"),
        (lambda: roofline.time_lower_bound_s(1, 8, 1, 1, 1.5), "overlap=1.5 must lie"),
        (lambda: roofline.ridge_flop_per_byte(math.inf, 1), "peak_flop_per_s=inf must"),
        (lambda: Roofline("m", {}, {"DRAM": 1.0}), "m: flop_per_s is empty"),
        (lambda: Roofline("m", {"peak": 1.0}, {}), "m: bytes_per_s is empty"),
        (lambda: Roofline("m", {"peak": -1.0}, {"DRAM": 1.0}), "flop_per_s of peak=-1 must"),
        (
            lambda: Roofline("m", {"p": 1.0}, {"DRAM": 1.0}).attainable_flop_per_s(1, "HBM"),
            "m: unknown roof 'HBM'",
        ),
        (
            lambda: Roofline("m", {"p": 1.0}, {"D": 1.0}).attainable_by_level_flop_per_s({}),
            "m: intensity_by_level is empty",
        ),
    ],
)
def test_bad_input_carries_the_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
