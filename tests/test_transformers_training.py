"""The cost of training: six FLOP counted by a machine that differentiates, figures, and laws."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest
from tiny_transformers import one_of_each_kind

from hwmath.introduction.training_memory import LLAMA_7B, galore_bytes
from hwmath.models import model, parameters, parameters_by_part, weight_parameters
from hwmath.transformers.flop import training_flop
from hwmath.transformers.training import (
    JOULE_PER_KWH,
    chip_hours,
    compute_optimal_tokens,
    cost_usd,
    energy_j,
    galore_state_bytes,
    hfu,
    mfu,
    six_nd_errors,
    six_nd_flop,
    training_s,
)

DAY_S = 24 * 60 * 60
PETAFLOP_DAY = 86_400 * 10**15  # TM-02
DECODERS = [key for key in one_of_each_kind() if model(key).kind == "decoder"]


class Counted:
    """A number that counts what is done with it."""

    done = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __add__(self, other: Counted) -> Counted:
        Counted.done += 1
        return Counted(self.value + other.value)

    def __mul__(self, other: Counted) -> Counted:
        Counted.done += 1
        return Counted(self.value * other.value)


Matrix = list[list[Counted]]


def times(matrix: Matrix, vector: Sequence[Counted]) -> list[Counted]:
    """A matrix times a vector; each sum begins at a zero."""
    out = []
    for row in matrix:
        total = Counted(0.0)
        for weight, x in zip(row, vector, strict=True):
            total = total + weight * x
        out.append(total)
    return out


def back(
    matrix: Matrix,
    gradient: list[Counted],
    into: Matrix,
    inputs: Sequence[Counted],
    asked: bool,
) -> list[Counted]:
    """Adds the gradient of the weights to `into`; gives that of the inputs if it is asked for."""
    for row, g in zip(into, gradient, strict=True):
        for j, x in enumerate(inputs):
            row[j] = row[j] + g * x
    if not asked:
        return []
    transposed = [list(column) for column in zip(*matrix, strict=True)]
    return times(transposed, gradient)


def train(
    layers: list[Matrix], texts: list[list[Counted]], *, again: bool
) -> tuple[list[Matrix], list[int]]:
    """Gradients of the sum of all outputs, and what forward, backward and recomputing did."""
    gradients = [[[Counted(0.0) for _ in row] for row in matrix] for matrix in layers]
    counts = [0, 0, 0]
    for x in texts:
        kept = [x]
        Counted.done = 0
        for matrix in layers:
            kept.append(times(matrix, kept[-1]))
        counts[0] += Counted.done
        Counted.done = 0
        if again:  # from the input alone
            kept = [x]
            for matrix in layers:
                kept.append(times(matrix, kept[-1]))
        counts[2] += Counted.done
        Counted.done = 0
        gradient = [Counted(1.0) for _ in kept[-1]]
        for i in reversed(range(len(layers))):
            gradient = back(layers[i], gradient, gradients[i], kept[i], asked=i > 0)
        counts[1] += Counted.done
    return gradients, counts


def random_network(widths: list[int], tokens: int) -> tuple[list[Matrix], list[list[Counted]]]:
    rng = np.random.default_rng(7)
    layers = [
        [[Counted(float(rng.normal())) for _ in range(i)] for _ in range(o)]
        for i, o in itertools.pairwise(widths)
    ]
    return layers, [[Counted(float(rng.normal())) for _ in range(widths[0])] for _ in range(tokens)]


def loss(layers: list[Matrix], texts: list[list[Counted]]) -> float:
    total = 0.0
    for x in texts:
        out = np.array([v.value for v in x])
        for matrix in layers:
            out = np.array([[w.value for w in row] for row in matrix]) @ out
        total += out.sum()
    return float(total)


@pytest.mark.parametrize("widths", [[3, 4], [3, 4, 5], [6, 2, 7, 3]])
@pytest.mark.parametrize("again", [False, True])
def test_six_flop_a_weight_by_counting_them(widths: list[int], again: bool) -> None:
    """BAH-06: two forward, two for the gradient of the input, two for that of the weight."""
    tokens = 5
    layers, texts = random_network(widths, tokens)
    gradients, (forward, backward, recomputed) = train(layers, texts, again=again)
    weights = sum(i * o for i, o in itertools.pairwise(widths))
    first = widths[0] * widths[1]
    assert forward == 2 * weights * tokens
    assert backward == 4 * weights * tokens - 2 * first * tokens  # its inputs are data
    assert recomputed == (2 * weights * tokens if again else 0)
    rule = six_nd_flop(weights, tokens, recompute="full" if again else "none")
    assert forward + backward + recomputed == rule - 2 * first * tokens
    # and they are gradients
    for i, matrix in enumerate(layers):
        for r, row in enumerate(matrix):
            for c, weight in enumerate(row):
                before, step = loss(layers, texts), 1e-3
                weight.value += step
                slope = (loss(layers, texts) - before) / step
                weight.value -= step
                assert gradients[i][r][c].value == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_bahdanaus_example() -> None:
    flop = six_nd_flop(82e9, 150e9)
    assert flop == pytest.approx(7.38e22, rel=1e-9)  # BAH-01
    days = training_s(flop, 1024, 312e12) / DAY_S
    assert days == pytest.approx(2.67354851095085, rel=1e-9)  # BAH-02
    assert days == pytest.approx(2.67, abs=0.005)
    assert 13.4 / 2.67 == pytest.approx(5.0187265917603)  # BAH-03, with the printed days
    assert 13.4 / days == pytest.approx(5, abs=0.05)
    reached = flop / (1024 * 13.4 * DAY_S)
    assert reached == pytest.approx(62_249_786_225_124.4, rel=1e-6)  # BAH-04
    share = mfu(flop, 13.4 * DAY_S, 1024, 312e12)
    assert share == pytest.approx(0.199518545593347, rel=1e-6)  # BAH-05
    assert share == pytest.approx(reached / 312e12)
    again = six_nd_flop(82e9, 150e9, recompute="full")
    assert again == pytest.approx(9.84e22, rel=1e-9)  # BAH-07
    slow, fast = (training_s(flop, 1024, rate) / DAY_S for rate in (50e12, 150e12))
    assert (slow, fast) == pytest.approx((16.682943, 5.560981), rel=1e-4)  # BAH-08
    assert fast < 13.4 < slow
    assert six_nd_flop(175e9, 300e9) == pytest.approx(3.15e23, rel=1e-9)  # BAH-09


def test_anthony_biderman_and_schoelkopfs_figures() -> None:
    flop = six_nd_flop(175e9, 300e9)
    assert flop == pytest.approx(3.15e23, rel=1e-9)  # TM-01
    assert PETAFLOP_DAY == 8.64e19  # TM-02
    assert flop / PETAFLOP_DAY == pytest.approx(3645.83333333333)  # TM-03
    assert compute_optimal_tokens(70e9) == 1.4e12  # TM-04
    backward = 2 * 2e18
    forward = [six_nd_flop(1e9, 1e9, recompute=how) - backward for how in ("none", "full")]
    assert forward == [2e18, 4e18]  # TM-20
    rates = [mfu(tera * 1e12, 1, 1, 312e12) for tera in (150, 180)]
    assert rates == pytest.approx([0.480769, 0.576923], rel=1e-4)  # TM-21
    hours = chip_hours(six_nd_flop(20e9, 400e9), 150e12)
    assert hours == pytest.approx(88_888.8888888889, rel=1e-9)  # TM-22


def test_gpt_3s_own_table_is_close_to_the_count() -> None:
    """Brown et al. 2020, table D.1: 3.14e23 FLOP, by 6 N D with 174.6e9 parameters."""
    gpt3 = model("gpt-3-175b")
    exact = training_flop(gpt3, 300e9, 2048, causal=True)
    assert six_nd_flop(parameters(gpt3), 300e9) == pytest.approx(3.14e23, rel=0.005)
    assert 1 < exact / 3.14e23 < 1.02


@pytest.mark.parametrize("key", DECODERS)
@pytest.mark.parametrize("causal", [False, True])
def test_the_errors_of_six_nd_sum_to_its_error(key: str, causal: bool) -> None:
    m = model(key)
    sequence = min(m.context, 2048)
    errors = six_nd_errors(m, sequence, causal=causal)
    ratio = six_nd_flop(parameters(m), 1e9) / training_flop(m, 1e9, sequence, causal=causal)
    assert sum(errors.values()) == pytest.approx(ratio - 1, abs=1e-12)
    assert errors["scores and values"] < 0
    assert (errors["idle experts"] > 0) == (m.experts is not None)
    looked_up = not m.tied or parameters_by_part(m)["positions"] > 0
    assert (errors["tables looked up"] > 0) == looked_up
    assert 0 <= errors["norms and biases"] < 0.02
    on_weights = six_nd_flop(weight_parameters(m), 1e9)
    assert on_weights < training_flop(m, 1e9, sequence, causal=causal)


def test_long_texts_leave_six_nd_behind() -> None:
    m = model("llama-3.1-8b")
    shares = [six_nd_errors(m, n)["scores and values"] for n in (1024, 8192, 131_072)]
    assert shares == sorted(shares, reverse=True)
    assert -0.05 < shares[0] < 0
    assert shares[2] < -0.75
    with pytest.raises(ValueError, match="BERT"):
        six_nd_errors(model("bert-base-uncased"), 512)


def test_time_energy_and_price_scale_as_they_must() -> None:
    one = training_s(1e20, 8, 1e15, 0.4)
    assert training_s(1e20, 16, 1e15, 0.4) == pytest.approx(one / 2)
    assert training_s(1e20, 8, 1e15) == pytest.approx(0.4 * one)
    # the same chip seconds draw and cost the same, however many chips share them
    for chips in (1, 8, 1000):
        seconds = training_s(1e20, chips, 1e15, 0.4)
        assert energy_j(seconds, chips, 700, 1.2) == pytest.approx(energy_j(8 * one, 1, 700, 1.2))
        assert cost_usd(seconds, chips, 2.0) == pytest.approx(chip_hours(1e20, 0.4e15) * 2)
    assert energy_j(3600, 1, 1000) == JOULE_PER_KWH
    assert hfu(6e20, 2e20, 100, 10, 1e18) == pytest.approx(mfu(6e20, 100, 10, 1e18) * 8 / 6)
    assert hfu(6e20, 0, 100, 10, 1e18) == mfu(6e20, 100, 10, 1e18)
    swept = training_s([1e20, 2e20], [[1], [2], [4]], 1e15)
    assert np.shape(swept) == (3, 2)


def test_palms_utilisation() -> None:
    """Chowdhery et al. 2022, section 4.1 and appendix B: 6144 chips, 238.3e3 tokens a second.

    They print 46.2 % with the attention term and 45.7 % without it, of 275e12 FLOP/s.
    """
    palm = model("palm-540b")
    exact = training_flop(palm, 238.3e3, 2048)
    assert mfu(exact, 1, 6144, 275e12) == pytest.approx(0.462, abs=0.003)
    weights = six_nd_flop(parameters(palm), 238.3e3)
    assert mfu(weights, 1, 6144, 275e12) == pytest.approx(0.457, abs=0.003)


def test_galore_of_llama_7b_is_that_of_its_list_of_matrices() -> None:
    for keep in (False, True):
        found = galore_state_bytes(model("llama-7b"), 1024, keep_gradients=keep)
        assert found == galore_bytes(LLAMA_7B, 1024, keep_gradients=keep)
    experts = galore_state_bytes(model("mixtral-8x7b"), 1024)
    assert experts["weights"] == pytest.approx(2 * parameters(model("mixtral-8x7b")), rel=1e-3)
    t5 = galore_state_bytes(model("t5-small"), 64)
    assert t5["weights"] == pytest.approx(2 * parameters(model("t5-small")), rel=1e-3)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: six_nd_flop(0, 1), "parameters"),
        (lambda: six_nd_flop(1, 1, recompute="all"), "unknown recompute"),  # type: ignore[arg-type]
        (lambda: training_s(1, 1, 1, 1.5), "utilisation"),
        (lambda: training_s(1, 1, 1, 0), "utilisation"),
        (lambda: energy_j(1, 1, 1, 0.9), r"pue=0\.9"),
        (lambda: cost_usd(1, 0, 1), "chips"),
        (lambda: hfu(1, -1, 1, 1, 1), "recomputed_flop"),
        (lambda: mfu(1, 0, 1, 1), "seconds"),
    ],
)
def test_nonsense_is_refused_by_name(call: object, said: str) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=said):
        call()
