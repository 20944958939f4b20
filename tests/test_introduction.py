"""Why hardware decides: growth, training memory, regimes and budgets against other ways to them."""

from __future__ import annotations

import heapq
import math
import statistics
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest
from counting import Counted, Memory
from hypothesis import assume, given
from hypothesis import strategies as st

from hwmath.introduction import cramming, regimes, trends
from hwmath.introduction import training_memory as memory
from hwmath.introduction.runs import training_runs
from hwmath.introduction.training_memory import BLOCK, PARTS, RECIPES, Matrix
from hwmath.published import published, published_range

SEVILLA, GALORE, HE = "sevilla2022trends", "zhao2024galore", "he2022brrr"
CRAMMING, HOOKER, IVANOV = "geiping2022cramming", "hooker2020lottery", "ivanov2021movement"
months = st.floats(1, 60)
seconds = st.floats(1e-6, 1e3)


# Growth


@given(st.integers(1, 30), st.floats(0.5, 60))
def test_growth_is_what_doubling_again_and_again_gives(doublings: int, each: float) -> None:
    amount = 1.0
    for _ in range(doublings):
        amount *= 2
    years = doublings * each / 12
    assert trends.growth(years, each) == pytest.approx(amount, rel=1e-9)
    assert trends.doubling_months_between(years, 3.0, 3.0 * amount) == pytest.approx(each, rel=1e-9)
    assert trends.years_to_grow(amount, each) == pytest.approx(years, rel=1e-9)


@given(months, st.floats(0.1, 40), st.floats(0.1, 40))
def test_growth_over_two_spans_multiplies(doubling: float, first: float, then: float) -> None:
    both = trends.growth(first, doubling) * trends.growth(then, doubling)
    assert trends.growth(first + then, doubling) == pytest.approx(both, rel=1e-9)
    assert trends.oom_per_year(doubling) == pytest.approx(math.log10(2) * 12 / doubling, rel=1e-12)


def test_what_no_float_can_hold_is_infinite_without_a_warning() -> None:
    assert trends.growth(86, 1) == math.inf
    assert trends.oom_per_year(0.01) == pytest.approx(1200 * math.log10(2), rel=1e-12)
    doubling_monthly = trends.fit_trend([2000, 2001], [1, 2.0**12])
    assert np.asarray(doubling_monthly.at([2000, 2100])).tolist() == [1, math.inf]
    _, high = trends.bootstrap_band([2000, 2001], [1, 2.0**12], [2100])
    assert high == [math.inf]


points = st.lists(
    st.tuples(st.floats(1950, 2030), st.floats(1, 1e25)), min_size=3, max_size=20
).filter(lambda found: max(found)[0] - min(found)[0] > 1)


@given(points)
def test_a_fit_is_that_of_the_standard_library(found: list[tuple[float, float]]) -> None:
    years, amounts = zip(*found, strict=True)
    slope, at_zero = statistics.linear_regression(years, [math.log2(a) for a in amounts])
    fitted = trends.fit_trend(years, amounts)
    assert fitted.doublings_per_year == pytest.approx(slope, rel=1e-6, abs=1e-9)
    middle = statistics.fmean(years)
    at_middle = math.log2(float(fitted.at(middle)))
    assert at_middle == pytest.approx(at_zero + slope * middle, rel=1e-6, abs=1e-6)


@given(points, st.floats(1e-3, 1e3), st.floats(-100, 100))
def test_neither_the_unit_of_the_amounts_nor_the_first_year_changes_a_fit(
    found: list[tuple[float, float]], unit: float, later: float
) -> None:
    years, amounts = np.array(found).T
    slope = trends.fit_trend(years, amounts).doublings_per_year
    moved = trends.fit_trend(years + later, unit * amounts).doublings_per_year
    assert moved == pytest.approx(slope, rel=1e-5, abs=1e-7)


@pytest.mark.parametrize("slope", [1.25, -0.5])
def test_points_on_a_line_give_the_line_back(slope: float) -> None:
    years = np.array([2010.0, 2013.5, 2014.0, 2020.0])
    fitted = trends.fit_trend(years, 2.0 ** (slope * (years - 2000)))
    assert fitted.doubling_months == pytest.approx(12 / slope, rel=1e-12)
    np.testing.assert_allclose(fitted.at(years), 2.0 ** (slope * (years - 2000)), rtol=1e-9)


def test_a_bootstrap_is_one_fit_after_another() -> None:
    runs = training_runs()
    old = runs.year < trends.DEEP_LEARNING_YEAR
    years, logs = runs.year[old].tolist(), np.log2(runs.flop[old]).tolist()
    fits = []
    for drawn in np.random.default_rng(7).integers(len(years), size=(300, len(years))).tolist():
        line = statistics.linear_regression([years[i] for i in drawn], [logs[i] for i in drawn])
        fits.append(12 / line.slope)
    cuts = statistics.quantiles(fits, n=40, method="inclusive")
    found = trends.bootstrap_months(runs.year[old], runs.flop[old], resamples=300, seed=7)
    assert found == pytest.approx((cuts[0], statistics.median(fits), cuts[-1]), rel=1e-9)


def test_a_band_is_narrower_for_a_smaller_share_and_encloses_the_fit() -> None:
    runs = training_runs()
    wide, narrow = (
        trends.bootstrap_months(runs.year, runs.flop, share=share) for share in (0.95, 0.5)
    )
    fitted = trends.fit_trend(runs.year, runs.flop).doubling_months
    assert wide[0] < narrow[0] < fitted < narrow[2] < wide[2]
    assert wide[1] == narrow[1]


def test_the_band_of_lines_is_theirs_point_by_point() -> None:
    runs = training_runs()
    old = runs.year < trends.DEEP_LEARNING_YEAR
    years, logs = runs.year[old].tolist(), np.log2(runs.flop[old]).tolist()
    at = [1955.0, 1980.0, 2009.0]
    lines = []
    for drawn in np.random.default_rng(3).integers(len(years), size=(200, len(years))).tolist():
        line = statistics.linear_regression([years[i] for i in drawn], [logs[i] for i in drawn])
        lines.append([line.slope * year + line.intercept for year in at])
    low, high = trends.bootstrap_band(
        runs.year[old], runs.flop[old], at, resamples=200, seed=3, share=0.9
    )
    for i, of_year in enumerate(zip(*lines, strict=True)):
        cuts = statistics.quantiles(of_year, n=20, method="inclusive")
        assert np.log2([low[i], high[i]]) == pytest.approx([cuts[0], cuts[-1]], rel=1e-6)
    assert np.argmin(high / low) == 1, "in the middle of the points the lines lie closest"


def test_what_stands_out_is_so_many_deviations_above_its_neighbours() -> None:
    runs = training_runs()
    logs = [math.log2(flop) for flop in runs.flop]
    expected = []
    for year, log in zip(runs.year, logs, strict=True):
        near = [other for y, other in zip(runs.year, logs, strict=True) if abs(y - year) <= 1]
        expected.append(log > statistics.fmean(near) + 0.76 * statistics.pstdev(near))
    assert trends.stands_out(runs.year, runs.flop).tolist() == expected


def test_the_systems_stand_in_order_and_a_year_is_its_day() -> None:
    runs = training_runs()
    assert all(first <= later for first, later in pairwise(runs.year))
    assert len(set(runs.name)) == len(runs)
    year = runs.year[runs.name.index("AlexNet")]
    day = date(int(year), 1, 1) + timedelta(days=round(year % 1 * 366))
    assert day == date(2012, 9, 30)


@pytest.mark.parametrize(
    ("key", "exact", "digits"),
    [
        pytest.param("before", 0.169594363754356, 0.2, id="SEV-01"),
        pytest.param("deep", 0.633747359292592, 0.6, id="SEV-02"),
        pytest.param("large", 0.364884843229068, 0.4, id="SEV-03"),
    ],
)
def test_sevilla_prints_orders_of_magnitude_a_year(key: str, exact: float, digits: float) -> None:
    found = trends.oom_per_year(published(SEVILLA, f"{key}_months"))
    assert found == pytest.approx(exact, rel=1e-6)
    assert found == pytest.approx(digits, abs=0.05), "half a unit of the one digit printed"


@pytest.mark.parametrize(
    ("key", "years", "exact", "near"),
    [
        # 3e4 to 2e14 FLOP from 1952 to 2010; the table prints 21.3
        pytest.param("before", 58, 21.3272417840061, 0.002, id="SEV-04"),
        # 4e21 to 8e23 FLOP from September 2015 to February 2022; the table prints 9.9
        pytest.param("large", 6.4, 10.047284785752, 0.02, id="SEV-05"),
    ],
)
def test_sevilla_ends_imply_the_doubling_times(
    key: str, years: float, exact: float, near: float
) -> None:
    found = trends.doubling_months_between(years, *published_range(SEVILLA, f"{key}_ends"))
    assert found == pytest.approx(exact, rel=1e-6)
    assert found == pytest.approx(published(SEVILLA, f"{key}_months"), rel=near)


def test_sevilla_printed_end_of_the_deep_learning_era_is_reached_too_early() -> None:
    # SEV-06, a puzzle: 7e14 to 2e18 at 5.7 months takes 5.45 years, not 12
    first, last = published_range(SEVILLA, "deep_ends")
    pace = published(SEVILLA, "deep_months")
    assert trends.years_to_grow(last / first, pace) == pytest.approx(5.45316979230863, rel=1e-6)
    # the points themselves: the line starts at the printed FLOP, passes the printed end in 2015,
    # and ends thousands of times above it
    line = trends.fit_trend(*regular())
    assert line.at(2010) == pytest.approx(first, rel=0.25)
    assert line.at(2015) < last < line.at(2016)
    assert line.at(2022) > 1000 * last


def test_sevilla_growth_a_year_and_against_the_older_pace() -> None:
    before, deep = published(SEVILLA, "before_months"), published(SEVILLA, "deep_months")
    # SEV-07 and SEV-08
    assert trends.growth(1, deep) == pytest.approx(4.30276234488073, rel=1e-6)
    assert trends.oom_per_year(deep) / trends.oom_per_year(before) == pytest.approx(
        3.73684210526316, rel=1e-6
    )


def test_sevilla_three_doubling_times_lie_in_one_interval() -> None:
    # SEV-09: the interval holds the abstract's, the table's, the conclusion's, and Moore's
    low, high = published_range(SEVILLA, "before_interval")
    times = [
        published(SEVILLA, f"before_{where}") for where in ("abstract", "months", "conclusion")
    ]
    assert len(set(times)) == 3
    assert all(low < found < high for found in (*times, published(HOOKER, "moore_months")))


def regular() -> tuple[np.ndarray, np.ndarray]:
    """Years and FLOP since 2010, without the systems that stand out."""
    runs = training_runs()
    large = trends.stands_out(runs.year, runs.flop) & (runs.year >= trends.LARGE_SCALE_YEAR)
    chosen = (runs.year >= trends.DEEP_LEARNING_YEAR) & ~large
    return runs.year[chosen], runs.flop[chosen]


def test_refitted_eras_lie_in_the_printed_intervals() -> None:
    runs = training_runs()
    old = runs.year < trends.DEEP_LEARNING_YEAR
    large = trends.stands_out(runs.year, runs.flop) & (runs.year >= trends.LARGE_SCALE_YEAR)
    eras = {
        "before": (runs.year[old], runs.flop[old]),
        "deep": regular(),
        "large": (runs.year[large], runs.flop[large]),
    }
    for key, (years, flop) in eras.items():
        low, high = published_range(SEVILLA, f"{key}_interval")
        assert low < trends.fit_trend(years, flop).doubling_months < high
        ours_low, _, ours_high = trends.bootstrap_months(years, flop)
        assert ours_low < published(SEVILLA, f"{key}_months") < ours_high


def test_hooker() -> None:
    moore = published(HOOKER, "moore_months")
    # HOO-01: 4000 cores of 2012 for each GPU of 2013 lie between the eleventh and the twelfth
    # doubling, which Moore's law reaches after 22 and 24 years
    cores_for_a_gpu = published(HOOKER, "cores_2012") / published(HOOKER, "gpus_2013")
    assert cores_for_a_gpu == 4000
    assert 22 < trends.years_to_grow(cores_for_a_gpu, moore) < 24
    # HOO-03: five doublings in ten years
    assert trends.growth(10, moore) == 2 * 2 * 2 * 2 * 2


# Training memory

ALIKE = {"fp32": np.float32, "bf16": np.float16, "int8": np.int8}
"""NumPy has no bf16; fp16 is as long."""
ARRAYS = {
    "fp32": ("fp32", "fp32", "fp32", "fp32", None),
    "mixed": ("bf16", "bf16", "fp32", "fp32", "fp32"),
    "bf16": ("bf16", "bf16", "bf16", "bf16", None),
    "8-bit": ("bf16", "bf16", "int8", "int8", "fp32"),
    "lean": ("bf16", "bf16", "int8", "int8", None),
}


@pytest.mark.parametrize("recipe", RECIPES)
def test_training_takes_what_arrays_of_those_formats_take(recipe: str) -> None:
    parameters = 300 * BLOCK
    sizes = {}
    for part, dtype in zip(PARTS, ARRAYS[recipe], strict=True):
        sizes[part] = np.empty(parameters, ALIKE[dtype]).nbytes if dtype else 0
        if dtype == "int8":
            sizes[part] += np.empty((parameters // BLOCK, 1), np.float32).nbytes
    assert memory.training_bytes(parameters, recipe) == sizes


@pytest.mark.parametrize("recipe", RECIPES)
def test_training_bytes_grow_with_the_parameters(recipe: str) -> None:
    many = memory.training_bytes(np.array([1e9, 3e9]), recipe)
    one = memory.training_bytes(1e9, recipe)
    for part in PARTS:
        np.testing.assert_allclose(many[part], np.array([1, 3]) * one[part], rtol=1e-15)


def test_zero_prints_the_same_baseline() -> None:
    # Rajbhandari et al. 2020, ZeRO, figure 1: 7.5 billion parameters take 120 GB on each device
    assert sum(memory.training_bytes(7.5e9, "mixed").values()) == 120e9


def projected_step(rows: int, columns: int, rank: int) -> list[np.ndarray]:
    """What a step of GaLore keeps, made by taking one: a projector, and two small moments."""
    gradient = np.random.default_rng(3).normal(size=(rows, columns))
    left, _, right = np.linalg.svd(gradient, full_matrices=False)
    if rows <= columns:
        projector = left[:, :rank].copy()
        small = projector.T @ gradient
        update = projector @ small
    else:
        projector = right[:rank].copy()
        small = gradient @ projector.T
        update = small @ projector
    assert update.shape == gradient.shape
    return [projector, 0.1 * small, 0.001 * small**2]


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_galore_keeps_what_a_step_of_it_leaves_behind(
    rows: int, columns: int, data: st.DataObject
) -> None:
    rank = data.draw(st.integers(1, min(rows, columns)))
    kept = projected_step(rows, columns, rank)
    assert memory.galore_state_elements(rows, columns, rank) == sum(one.size for one in kept)
    thin = [np.empty((rows, rank)), np.empty((rank, columns))]
    assert memory.lora_state_elements(rows, columns, rank) == sum(2 * one.size for one in thin)
    assert memory.adam_state_elements(rows, columns) == 2 * np.empty((rows, columns)).size


def test_galore_bytes_are_those_of_the_arrays_of_a_small_model() -> None:
    model = (Matrix(64, 128, 3), Matrix(256, 64, 2), Matrix(512, 32, 1, projected=False))
    made = dict.fromkeys(("weights", "first moment", "projector"), 0.0)
    for matrix in model:
        for _ in range(matrix.count):
            made["weights"] += np.empty((matrix.rows, matrix.columns), np.float16).nbytes
            projector, moment, _ = projected_step(matrix.rows, matrix.columns, 16)
            if not matrix.projected:
                projector, moment = np.empty(0), np.empty((matrix.rows, matrix.columns))
            made["projector"] += projector.astype(np.float16).nbytes
            made["first moment"] += moment.astype(np.int8).nbytes + 4 * moment.size / BLOCK
    found = memory.galore_bytes(model, 16)
    assert {part: found[part] for part in made} == pytest.approx(made)
    assert found["second moment"] == found["first moment"]
    assert found["gradients"] == np.empty((512, 32), np.float16).nbytes
    assert memory.galore_bytes(model, 16, keep_gradients=True)["gradients"] == made["weights"]


@given(st.integers(2, 4096), st.integers(2, 4096), st.data())
def test_more_rank_costs_more_and_sides_may_change_places(
    rows: int, columns: int, data: st.DataObject
) -> None:
    rank = data.draw(st.integers(1, min(rows, columns) - 1))
    found = memory.galore_state_elements(rows, columns, rank)
    assert found == memory.galore_state_elements(columns, rows, rank)
    assert found < memory.galore_state_elements(rows, columns, rank + 1)
    assert found < memory.lora_state_elements(rows, columns, rank)


def test_galore_paper_counts_of_a_matrix() -> None:
    # GAL-03 and GAL-04, Table 1
    assert memory.galore_state_elements(4096, 4096, 1024) == 12582912
    assert memory.lora_state_elements(4096, 4096, 1024) == 16777216
    # GAL-05, section 4.2: weights and states; LoRA's thin matrices are weights as well
    weights, rank = 4096 * 11008, 1024
    galore = weights + memory.galore_state_elements(4096, 11008, rank)
    lora = weights + rank * (4096 + 11008) + memory.lora_state_elements(4096, 11008, rank)
    assert [galore, lora] == [71827456, 91488256]
    # GAL-06, section 5.2: up to 62.5 % less than Adam
    saved = 1 - memory.galore_state_elements(2048, 2048, 512) / memory.adam_state_elements(
        2048, 2048
    )
    assert saved == pytest.approx(published(GALORE, "state_saving"), rel=1e-12)


def test_galore_paper_bytes_of_training() -> None:
    sizes = memory.training_bytes(7e9, "bf16")
    # GAL-01: with 2 GB of activations 58 GB; GAL-02: 8 bytes a parameter, so no fp32 copy of the
    # weights
    left = published(GALORE, "training_bytes") - published(GALORE, "activations_bytes")
    assert sum(sizes.values()) == left == 8 * 7e9
    assert sizes["weights"] == published(GALORE, "weights_bytes")
    assert sum(sizes.values()) - sizes["weights"] == published(GALORE, "gradients_and_states_bytes")


def test_galore_paper_tables() -> None:
    state = memory.training_bytes(1.3e9, "bf16")
    moments = state["first moment"] + state["second moment"]
    # GAL-07, Table 6, 1B: 5.20 GB of states over 2.60 GB of weights
    assert moments / state["weights"] == pytest.approx(5.20 / 2.60, rel=1e-9)
    # GAL-14, Table 2, 1B: 7.80 GB of both
    assert moments + state["weights"] == pytest.approx(7.80e9, rel=1e-9)
    # GAL-08 and GAL-09, appendix C.2: 42.7 million numbers of adaptors beside 60 million weights
    adaptors = memory.training_bytes(42.7e6, "bf16")
    both = adaptors["first moment"] + adaptors["second moment"]
    assert both == pytest.approx(0.1708e9, rel=1e-9)
    assert both == pytest.approx(0.17e9, abs=0.005e9)
    weights = adaptors["weights"] + memory.training_bytes(60e6, "bf16")["weights"]
    assert weights == pytest.approx(0.2054e9, rel=1e-9)
    assert weights == pytest.approx(0.20e9, rel=0.03), "the model of 60M has some 58 million"


def printed_total(compared: str) -> float:
    """What section 5.5 says that another way takes: GaLore saves so many bytes, and that share."""
    saved = published(GALORE, f"saved_from_{compared}")
    return saved / published(GALORE, f"saved_share_of_{compared}")


def test_galore_paper_totals_behind_its_savings() -> None:
    # GAL-10 and GAL-12, section 5.5
    assert printed_total("bf16") == pytest.approx(59.9052132701422e9, rel=1e-9)
    assert printed_total("8bit") == pytest.approx(46.8451242829828e9, rel=1e-9)
    printed = published(GALORE, "galore_bytes")
    half_a_digit = 0.05e9
    left = printed_total("bf16") - published(GALORE, "saved_from_bf16")
    assert left == pytest.approx(printed, abs=half_a_digit)
    # for 8-bit Adam the three printed numbers do not agree: 22.3 GB are left, not 22.0
    left = printed_total("8bit") - published(GALORE, "saved_from_8bit")
    assert left == pytest.approx(22.3451242829828e9, rel=1e-9)
    # GAL-11: the card holds the one and not the other
    assert printed < published(GALORE, "card_bytes") < printed_total("8bit")
    # GAL-13: the two printed rates give the printed gain of updates that are not layer by layer
    by_layer = published(GALORE, "tokens_per_s_by_layer")
    gain = published(GALORE, "tokens_per_s_at_once") / by_layer - 1
    assert gain == pytest.approx(0.0880221256730385, rel=1e-9)
    assert gain == pytest.approx(published(GALORE, "at_once_gain"), abs=0.0005)


def test_galore_figure_rebuilt_bar_by_bar() -> None:
    # The state alone explains nine tenths of each total; activations and buffers are the rest
    weights = sum(matrix.elements for matrix in memory.LLAMA_7B)
    assert weights == 6738149376
    state = {
        "bf16": sum(memory.training_bytes(weights, "bf16").values()),
        "lean": sum(memory.training_bytes(weights, "lean").values()),
        "galore": sum(memory.galore_bytes(memory.LLAMA_7B, 1024).values()),
    }
    printed = {
        "bf16": printed_total("bf16"),
        "lean": printed_total("8bit"),
        "galore": published(GALORE, "galore_bytes"),
    }
    for name, total in printed.items():
        assert 0.85 < state[name] / total < 1
    card = published(GALORE, "card_bytes")
    assert [name for name, total in state.items() if total < card] == ["galore"]


# Regimes


def played_s(kernels: int, kernel_s: float, dispatch_s: float) -> float:
    """A host and a device as events: the device takes what was sent, in order, when it is free."""
    events = [(dispatch_s * (i + 1), i) for i in range(kernels)]
    heapq.heapify(events)
    free = 0.0
    while events:
        sent, _ = heapq.heappop(events)
        free = max(free, sent) + kernel_s
    return free


@given(st.integers(1, 50), st.floats(0, 1), st.floats(0, 1))
def test_run_time_is_when_the_last_kernel_ends(n: int, kernel_s: float, dispatch_s: float) -> None:
    found = regimes.run_time_s(n, kernel_s, dispatch_s)
    assert found == pytest.approx(played_s(n, kernel_s, dispatch_s), rel=1e-9, abs=1e-12)
    assert found >= max(n * kernel_s, n * dispatch_s) * (1 - 1e-12)


def program_s(host_s: float, memory_s: float, compute_s: float) -> Callable[..., float]:
    """The time of a program with three terms, of which the longest hides the others."""

    def run(data: float = 1.0, flop: float = 1.0) -> float:
        return max(host_s, data * memory_s, data * flop * compute_s)

    return run


@given(seconds, seconds, seconds, st.floats(1.5, 8))
def test_regime_names_the_longest_of_three_terms(
    host: float, moving: float, computing: float, scale: float
) -> None:
    terms = {"overhead": host, "memory": moving, "compute": computing}
    longest = max(terms, key=lambda name: terms[name])
    others = [value for name, value in terms.items() if name != longest]
    assume(terms[longest] > scale * max(others))
    run = program_s(host, moving, computing)
    assert regimes.regime(run(), run(data=scale), run(flop=scale), scale) == longest


@given(seconds, st.floats(0.5, 4), st.floats(0.5, 4), st.floats(1.1, 8), st.floats(1e-3, 1e3))
def test_regime_does_not_depend_on_the_unit_of_time(
    base: float, data: float, flop: float, scale: float, unit: float
) -> None:
    enough = 1 + (scale - 1) / 2
    assume(min(abs(data / enough - 1), abs(flop / enough - 1)) > 1e-6)
    first = regimes.regime(base, base * data, base * flop, scale)
    assert regimes.regime(unit * base, unit * base * data, unit * base * flop, scale) == first


def test_he_takes_ten_per_cent_more_for_twice_the_batch_as_overhead() -> None:
    # HE-15
    assert regimes.regime(1.0, 1.1, 1.1) == "overhead"


def test_he_prints_what_passes_while_python_is_busy() -> None:
    peak, vector = published(HE, "a100_matrix_peak"), published(HE, "a100_vector_peak")
    # HE-01: 9.75 million FLOP for an addition in Python; HE-02: a billion for one in PyTorch
    assert peak / published(HE, "python_additions_per_s") == pytest.approx(9.75e6, rel=1e-9)
    per_call = peak / published(HE, "torch_operations_per_s")
    assert per_call == pytest.approx(1114285714.28571, rel=1e-9)
    # HE-03: 16, which the text rounds to 15
    assert peak / vector == pytest.approx(16.0, rel=1e-9)
    # HE-04: 375 billion numbers a second, printed as 400 billion
    loaded = published(HE, "a100_bandwidth") / 4
    assert loaded == pytest.approx(3.75e11, rel=1e-9)
    assert loaded == pytest.approx(published(HE, "fp32_numbers_per_s"), rel=0.07)
    # HE-05: 104 operations, "about a hundred"
    to_fill = vector * 8 / published(HE, "a100_bandwidth")
    assert to_fill == pytest.approx(104.0, rel=1e-9)
    assert to_fill == pytest.approx(published(HE, "operations_to_fill"), rel=0.05)


def test_he_bert_shares_bound_what_fusion_can_win() -> None:
    # Ivanov et al. 2021, Table 1, as He prints it
    shares = {
        (kind, what): published(IVANOV, f"{kind}_{what}_share")
        for kind in ("matmul", "normalisation", "elementwise")
        for what in ("flop", "time")
    }
    rate = {kind: shares[kind, "flop"] / shares[kind, "time"] for kind, _ in shares}
    # HE-11: element-wise operations at 1/736 of the rate, printed as 700
    assert rate["matmul"] / rate["elementwise"] == pytest.approx(736.229508196721, rel=1e-6)
    others = ("normalisation", "elementwise")
    # HE-12: 0.20 % of the FLOP; HE-13: free, they would make the program 1.64 times faster
    assert sum(shares[kind, "flop"] for kind in others) == pytest.approx(0.0020, rel=1e-9)
    rest = sum(shares[kind, "time"] for kind in others)
    assert regimes.speedup_at_most(rest) == pytest.approx(1.63934426229508, rel=1e-9)


@given(st.floats(0, 0.99))
def test_what_is_left_after_a_share_is_gone_is_the_new_time(share: float) -> None:
    assert (1 - share) * regimes.speedup_at_most(share) == pytest.approx(1.0)


@st.composite
def chains(draw: st.DrawFn) -> list[tuple[str, list[str]]]:
    steps: list[tuple[str, list[str]]] = []
    for i in range(draw(st.integers(1, 6))):
        known = ["a", "b", *(output for output, _ in steps)]
        steps.append((f"t{i}", draw(st.lists(st.sampled_from(known), min_size=1, max_size=3))))
    return steps


@given(chains())
def test_accesses_are_what_a_counting_memory_sees(steps: list[tuple[str, list[str]]]) -> None:
    eager = 0
    whole = Memory()
    for output, inputs in steps:
        alone = Memory()
        for name in inputs:
            alone.load(name, 0)
            whole.load(name, 0)
        alone.store(output, 0)
        whole.store(output, 0)
        eager += alone.elements_moved()
    made = [output for output, _ in steps]
    assert regimes.eager_accesses(steps) == eager
    assert regimes.fused_accesses(steps, made) == whole.elements_moved()
    last_alone = regimes.fused_accesses(steps, made[-1:])
    assert last_alone == len(whole.read) + 1
    assert last_alone <= regimes.eager_accesses(steps)


def test_he_fuses_two_cosines_from_four_trips_to_two() -> None:
    # HE-09: x.cos().cos()
    steps = [("y", ["x"]), ("z", ["y"])]
    assert regimes.eager_accesses(steps) == published(HE, "cosines_apart")
    assert regimes.fused_accesses(steps, ["z"]) == published(HE, "cosines_fused")


# A budget


def test_training_flop_are_those_of_three_passes_counted() -> None:
    rows, columns, tokens = 3, 4, 5
    counting = Memory()
    one = Counted(counting)

    def product(m: int, n: int, k: int) -> None:
        for _ in range(m * n):
            total = one
            for _ in range(k):
                total = total + one * one

    product(tokens, columns, rows)  # outputs: activations times weights
    product(tokens, rows, columns)  # gradients of the activations
    product(rows, columns, tokens)  # gradients of the weights
    assert cramming.training_flop(rows * columns, tokens) == counting.operations


@given(st.integers(1, 3), st.integers(1, 2), st.integers(1, 20))
def test_a_budget_is_what_devices_do_second_by_second(
    devices: int, hours: int, peak_flop_per_s: int
) -> None:
    done = 0
    for _ in range(devices):
        for _ in range(hours * 60 * 60):
            done += peak_flop_per_s
    assert cramming.budget_flop(devices, hours, peak_flop_per_s) == done


@given(st.floats(1e15, 1e24), st.floats(1e6, 1e12), st.floats(0.01, 1))
def test_the_tokens_of_a_budget_use_the_share_of_it(budget: float, n: float, used: float) -> None:
    tokens = cramming.tokens_in_budget(budget, n, used)
    assert cramming.training_flop(n, tokens) == pytest.approx(used * budget, rel=1e-9)
    assert cramming.tokens_in_budget(budget, 2 * n, used) == pytest.approx(tokens / 2)


def test_cramming_prints_its_budget() -> None:
    # CRAM-01, section 5.2: eight cards for two days, at 13 exaFLOP a card and day
    assert 8 * 2 * published(CRAMMING, "day_budget") == published(CRAMMING, "budget")
    # CRAM-02: so each was reckoned at 150.5 TFLOP/s
    implied = published(CRAMMING, "budget") / cramming.budget_flop(8, 48, 1.0)
    assert implied == pytest.approx(150462962962963.0, rel=1e-9)
    # CRAM-03: the data sheet's 154.8 TFLOP/s, dense, 16 bit, for a day; Table 1 prints 13
    day = cramming.budget_flop(1, 24, 154.8385e12)
    assert day == pytest.approx(13.3780464e18, rel=1e-9)
    assert day == pytest.approx(published(CRAMMING, "day_budget"), abs=0.5e18)
    # CRAM-07: tokens in a step of the recipe
    step = published(CRAMMING, "sequences_per_step") * published(CRAMMING, "tokens_per_sequence")
    assert step == 524288


def test_everything_broadcasts() -> None:
    grid = np.array([[1.0], [2.0]]), np.array([6.0, 12.0, 24.0])
    for formula in (trends.growth, trends.years_to_grow, cramming.training_flop):
        swept = np.asarray(formula(*grid))
        assert swept.shape == (2, 3)
        assert swept[1, 2] == formula(2.0, 24.0)
    assert np.shape(memory.galore_state_elements(64, [64, 128], [[1], [2]])) == (2, 2)
    assert np.shape(regimes.run_time_s([1, 2], 1.0, [[1.0], [3.0]])) == (2, 2)
    assert np.shape(cramming.tokens_in_budget(1e18, [1e9, 2e9], [[0.5], [1.0]])) == (2, 2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: trends.growth(1, 0), "doubling_months=0 must"),
        (lambda: trends.doubling_months_between(1, 8, 8), "first=8 and last=8 are equal"),
        (lambda: trends.years_to_grow(-2, 1), "factor=-2 must"),
        (lambda: trends.fit_trend([2000, 2001], [1, 0]), r"amounts\[1\]=0 must"),
        (lambda: trends.fit_trend([2000, 2000], [1, 2]), r"years=\[2000.0, 2000.0\] do not differ"),
        (lambda: trends.fit_trend([2000, 2001], [1]), r"shape \(2,\) and amounts of \(1,\)"),
        (lambda: trends.bootstrap_months([1, 2], [1, 2], share=2), "share=2 must lie"),
        (lambda: trends.bootstrap_months([1, 2], [1, 2], resamples=0), "resamples=0 must"),
        (lambda: trends.stands_out([1, 2], [1, 2], window_years=0), "window_years=0 must"),
        (lambda: memory.training_bytes(1e9, "mixd"), "unknown recipe 'mixd'; nearest: mixed"),
        (lambda: memory.training_bytes(0, "mixed"), "parameters=0 must be finite and above zero"),
        (
            lambda: RECIPES["mixed"].bytes_per_parameter("weight"),
            "unknown part 'weight'; nearest: weights",
        ),
        (lambda: memory.galore_state_elements(8, 4, 5), "rank=5 is above the smaller of rows=8"),
        (lambda: memory.lora_state_elements(8, 4.5, 1), "columns=4.5 must be a whole"),
        (lambda: memory.adam_state_elements(0, 4), "rows=0 must be a whole"),
        (lambda: regimes.run_time_s(0, 1, 1), "kernels=0 must be a whole"),
        (lambda: regimes.regime(0, 1, 1), "base_s=0 must"),
        (lambda: regimes.regime(1, 1, 1, scale=1), "scale=1 must be above one"),
        (lambda: regimes.speedup_at_most(1.0), "time_share=1.0 must be below one"),
        (lambda: regimes.eager_accesses([("y", [])]), "the step that makes 'y' reads nothing"),
        (lambda: regimes.fused_accesses([("y", "x"), ("y", "x")], "y"), "'y' is made twice"),
        (lambda: regimes.fused_accesses([("y", ["x"])], ["x"]), "unknown kept array 'x'"),
        (lambda: cramming.budget_flop(1, -1, 1), "hours=-1 must"),
        (lambda: cramming.tokens_in_budget(1, 1, 1.5), "utilisation=1.5 must lie"),
        (lambda: cramming.tokens_in_budget(1, 1, 0), "utilisation=0 must be finite and above"),
    ],
)
def test_bad_input_carries_the_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
