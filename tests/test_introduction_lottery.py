"""The hardware lottery: against a machine that ticks, a matrix with real zeros, and laws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hwmath.chips import chip
from hwmath.introduction.lottery import (
    IDEAS,
    Idea,
    Machine,
    break_even_density,
    idea_time_s,
    rank_ideas,
    ways,
)
from hwmath.published import published
from hwmath.roofline import predict

CORE = Machine("one plain core", vector_flop_per_s=6e9, bytes_per_s=20e9)
H100 = Machine.of_chip(chip("h100-sxm5-80gb"), "bf16", "fp32", lanes=32)
LANES = replace(H100, matrix_flop_per_s=0.0)
amounts = st.floats(1e6, 1e13)
rates = st.floats(1e9, 1e16)


def ticks(
    matrix_flop: int, vector_flop: int, branchy_flop: int, moved: int, machine: dict[str, int]
) -> int:
    """A machine that ticks: each tick a tile of products, one instruction of lanes, some bytes."""
    count = 0
    while matrix_flop > 0 or vector_flop > 0 or branchy_flop > 0 or moved > 0:
        count += 1
        matrix_flop -= machine["matrix"]
        moved -= machine["bytes"]
        if branchy_flop > 0:
            branchy_flop -= 1
        else:
            vector_flop -= machine["lanes"]
    return count


@given(*(st.integers(0, 300),) * 4, st.integers(1, 9), st.integers(1, 32), st.integers(1, 16))
def test_time_against_a_machine_that_ticks(
    matrix: int, vector: int, branchy: int, moved: int, per_tick: int, lanes: int, rate: int
) -> None:
    """Products of full density; the machine does them on its matrix units, or on its lanes."""
    lanes_full = vector // lanes * lanes, matrix // lanes * lanes
    idea = Idea("any", lanes_full[1], lanes_full[0], branchy, moved)
    machine = Machine("ticking", lanes, rate, lanes, per_tick)
    played = {"matrix": per_tick, "lanes": lanes, "bytes": rate}
    on_units = ticks(lanes_full[1], lanes_full[0], branchy, moved, played)
    on_lanes = ticks(0, lanes_full[0] + lanes_full[1], branchy, moved, played)
    assert np.ceil(idea_time_s(idea, machine) - 1e-9) == min(on_units, on_lanes)


def test_zeros_are_multiplied_by_matrix_units_and_skipped_by_lanes() -> None:
    draw = np.random.default_rng(11)
    weights = draw.random((48, 64)) * (draw.random((48, 64)) < 0.2)
    columns = 5
    every = useful = 0
    for row in weights:
        for weight in row:
            every += 2 * columns
            useful += 2 * columns if weight else 0
    idea = Idea("sparse", float(every), density=np.count_nonzero(weights) / weights.size)
    on_units, on_lanes = ways(idea, H100)
    assert on_units.flop == every
    assert on_lanes.flop == pytest.approx(useful)
    assert idea.useful_flop == pytest.approx(useful)


def test_it_is_the_roofline_of_the_chip() -> None:
    h100 = chip("h100-sxm5-80gb")
    for idea in IDEAS:
        bounds = [
            predict(work, h100, "bf16", vector_dtype="fp32").lower_bound_s
            for work in ways(idea, H100)
        ]
        assert idea_time_s(idea, H100) == pytest.approx(min(bounds), rel=1e-12)


def winner(machine: Machine) -> str:
    return rank_ideas(IDEAS, machine)[0][0].name


def test_the_machine_decides_who_wins() -> None:
    fast_memory = replace(LANES, bytes_per_s=100 * LANES.bytes_per_s)
    assert winner(CORE) == "tree search"
    assert winner(LANES) == "sparse network"
    assert winner(H100) == "dense network"
    assert winner(fast_memory) == "table lookup"
    on_paper = sorted(IDEAS, key=lambda idea: idea.useful_flop)
    assert on_paper[0].name == "tree search"
    assert on_paper[-1].name == "dense network"


@given(amounts, amounts, amounts, amounts, st.floats(0.01, 1), rates, rates, rates)
def test_more_hardware_never_hurts(
    matrix: float,
    vector: float,
    branchy: float,
    moved: float,
    density: float,
    pi: float,
    pi_matrix: float,
    beta: float,
) -> None:
    idea = Idea("any", matrix, vector, branchy, moved, density)
    machine = Machine("base", pi, beta, 32, pi_matrix)
    base = idea_time_s(idea, machine)
    for better in (
        replace(machine, vector_flop_per_s=2 * pi),
        replace(machine, bytes_per_s=2 * beta),
        replace(machine, matrix_flop_per_s=2 * pi_matrix),
        replace(machine, lanes=16),
    ):
        assert idea_time_s(idea, better) <= base
    assert base <= idea_time_s(idea, replace(machine, matrix_flop_per_s=0.0))


@given(rates, rates, st.floats(0.01, 0.99), amounts)
def test_below_the_break_even_density_lanes_win_and_above_it_matrix_units(
    vector: float, matrix: float, share: float, flop: float
) -> None:
    assume(vector < matrix)
    machine = Machine("both", vector, 1e15, 32, matrix)
    even = float(break_even_density(vector, matrix))
    dense_s = flop / matrix
    below = idea_time_s(Idea("sparser", flop, density=share * even), machine)
    above = idea_time_s(Idea("denser", flop, density=even + share * (1 - even)), machine)
    assert below < dense_s
    assert above == pytest.approx(dense_s, rel=1e-9)


def test_break_even_on_printed_rates() -> None:
    # He 2022, Compute: 19.5 TFLOP/s on lanes, 312 on matrix units, so one part in 16 (HE-03)
    he = "he2022brrr"
    rates_of_he = published(he, "a100_vector_peak"), published(he, "a100_matrix_peak")
    assert break_even_density(*rates_of_he) == 1 / 16
    assert break_even_density(2.0, 1.0) == 1.0
    assert np.shape(break_even_density([1.0, 2.0], [[4.0], [8.0]])) == (2, 2)


def test_equal_ideas_keep_their_order() -> None:
    ideas = [Idea(name, vector_flop=1e9) for name in ("b", "a", "c")]
    assert [idea.name for idea, _ in rank_ideas(ideas, CORE)] == ["b", "a", "c"]


def test_a_chip_without_matrix_units_for_a_format_has_none() -> None:
    assert Machine.of_chip(chip("h100-sxm5-80gb"), "fp32", "fp32", 32).matrix_flop_per_s == 0
    core = Machine.of_chip(chip("avx512-core"), "fp32", "fp32", 16)
    assert core.matrix_flop_per_s == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Idea("x", matrix_flop=-1), "x: matrix_flop=-1 must"),
        (lambda: Idea("x", moved_bytes=float("nan")), "x: moved_bytes=nan must"),
        (lambda: Idea("x", density=0), "x: density=0 must be finite and above zero"),
        (lambda: Idea("x", density=1.5), "x: density=1.5 must lie"),
        (lambda: Machine("m", 0, 1), "m: vector_flop_per_s=0 must"),
        (lambda: Machine("m", 1, 1, lanes=1.5), "m: lanes=1.5 must be a whole"),
        (lambda: Machine("m", 1, 1, matrix_flop_per_s=-1), "m: matrix_flop_per_s=-1 must"),
        (lambda: rank_ideas([], CORE), "ideas is empty"),
        (lambda: break_even_density(1, 0), "matrix_flop_per_s=0 must"),
    ],
)
def test_bad_input_carries_the_value(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
