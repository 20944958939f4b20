"""Lanes: slow machines as oracles, printed figures, and laws of warps, sectors and banks."""

from __future__ import annotations

import itertools
import json
import math
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from counting import Counted, Memory
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from hwmath import simd
from hwmath.chips import chip
from hwmath.machine.child import ChildError, environment
from hwmath.machine.description import describe
from hwmath.published import published
from hwmath.roofline import Roofline
from hwmath.simd import engine, load_engines, loops, narrowed
from hwmath.simd.engines import Engine
from hwmath.simd.narrowed import Step, steps_of
from hwmath.units import FLOP_PER_MAC, GIGA, KIB

SPECTOR = "spector2024brrr"
H100 = "h100-sxm5-80gb"
A100 = "a100-80gb-sxm"
some_lanes = st.integers(1, 9)
counts = st.integers(1, 6)


# The peak and its factors


def counted_flop(units: int, lanes: int, ticks: int, fused: bool) -> int:
    """A second of a toy chip: every lane of every unit, tick by tick."""
    flop = 0
    for _ in range(ticks):
        for _ in range(units):
            for _ in range(lanes):
                flop += 1
                flop += fused
    return flop


@given(counts, counts, counts, st.booleans())
def test_the_peak_is_what_a_toy_chip_does_in_a_second(
    units: int, lanes: int, ticks: int, fused: bool
) -> None:
    flop_per_lane = FLOP_PER_MAC if fused else 1
    peak = simd.peak_flop_per_s(units, lanes, ticks, flop_per_lane)
    assert peak == counted_flop(units, lanes, ticks, fused)
    assert simd.implied_clock_hz(peak, units, lanes, flop_per_lane) == pytest.approx(ticks)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.float16, np.int8])
def test_lanes_are_what_numpy_fits_into_the_bytes_of_a_register(kind: type) -> None:
    for bits in (128, 256, 512):
        held: NDArray[Any] = np.frombuffer(bytes(bits // 8), dtype=kind)
        assert simd.lanes(bits, 8 * np.dtype(kind).itemsize) == len(held)


@given(st.integers(1, 40), st.integers(0, 40), st.integers(1, 16))
def test_speedup_against_a_program_run_element_by_element(
    scalar: int, vectors: int, lanes: int
) -> None:
    left, ticks = vectors * lanes, 0
    while left > 0:
        left -= lanes
        ticks += 1
    before = scalar + vectors * lanes
    found = simd.speedup(vectors * lanes / before, lanes)
    assert found == pytest.approx(before / (scalar + ticks))
    assert 1 <= found <= lanes * (1 + 1e-12)


@pytest.mark.parametrize("sizes", list(itertools.product((1, 2, 5), repeat=3)))
def test_tile_work_counts_what_a_triple_loop_touches(sizes: tuple[int, int, int]) -> None:
    m, n, k = sizes
    memory = Memory()
    for i, j in itertools.product(range(m), range(n)):
        total = Counted(memory)
        for p in range(k):
            total = total + memory.load("A", i * k + p) * memory.load("B", p * n + j)
    work = simd.tile_work(m, n, k, element_bytes=2)
    assert work.flop == memory.operations
    assert work.traffic.memory_bytes == 2 * memory.elements_moved()
    assert simd.tile_bytes(m, n, k, 2, stages=3) == 3 * 2 * memory.elements_moved()


def test_the_depth_of_a_tile_changes_its_room_and_not_its_intensity() -> None:
    depth = np.array([16, 32, 64])
    work = simd.tile_work(128, 256, depth, element_bytes=2)
    assert np.ptp(np.asarray(work.intensity_flop_per_byte)) == 0
    assert np.asarray(simd.tile_bytes(128, 256, depth, 2)) == pytest.approx(2 * 384 * depth)


@pytest.mark.parametrize(
    ("units", "lanes", "clock_hz", "flop_per_lane", "exact", "printed"),
    [
        pytest.param(108, 64, 1.41e9, 2, 19.49184e12, 19.5e12, id="SIMD-01"),
        pytest.param(108, 1024, 1.41e9, 2, 311.86944e12, 312e12, id="SIMD-02"),
        pytest.param(132, 2048, 1.83e9, 2, 989.42976e12, 989e12, id="SIMD-03"),
        pytest.param(132, 128, 1.98e9, 2, 66.90816e12, 67e12, id="SIMD-04"),
        pytest.param(108, 64, 1.41e9, 1, 9.74592e12, 9.75e12, id="HE-08"),
    ],
)
def test_printed_peaks(
    units: int, lanes: int, clock_hz: float, flop_per_lane: int, exact: float, printed: float
) -> None:
    # the white papers of A100 and H100; He 2022, footnote, on the rate without multiply-adds
    found = simd.peak_flop_per_s(units, lanes, clock_hz, flop_per_lane)
    assert found == pytest.approx(exact, rel=1e-9)
    assert found == pytest.approx(printed, rel=2e-3)


def test_simd_05_the_sparse_peak_is_twice_the_dense_one() -> None:
    machine = chip(A100)
    assert machine.peak_flop_per_s("fp16", sparse=True) == 2 * machine.peak_flop_per_s("fp16")


def test_simd_06_a_register_of_512_bits_holds_sixteen_fp32() -> None:
    assert simd.lanes(512, 32) == 16


def test_he_03_matrix_units_do_sixteen_times_the_work_of_vector_lanes() -> None:
    # He 2022, Compute: the text rounds the factor to 15; his own two peaks give 16
    ratio = published("he2022brrr", "a100_matrix_peak") / published(
        "he2022brrr", "a100_vector_peak"
    )
    assert ratio == pytest.approx(16.0, rel=1e-9)
    matrix, vector = engine(A100, "bf16", "matrix"), engine(A100, "fp32", "vector")
    assert matrix.lanes / vector.lanes == 16


def test_one_clock_for_both_units_of_an_h100_is_eight_per_cent_off() -> None:
    matrix, vector = engine(H100, "bf16", "matrix"), engine(H100, "fp32", "vector")
    wrong = simd.peak_flop_per_s(matrix.count, matrix.lanes, vector.clock_hz)
    assert wrong / chip(H100).peak_flop_per_s("bf16") - 1 == pytest.approx(0.082, abs=5e-4)
    clock = simd.implied_clock_hz(chip(H100).peak_flop_per_s("bf16"), 132, 2048)
    assert clock / GIGA == pytest.approx(1.83, abs=0.005)


@pytest.mark.parametrize("one", load_engines(), ids=lambda e: f"{e.chip}-{e.dtype}")
def test_engines_give_the_peaks_of_the_catalogue(one: Engine) -> None:
    # the largest difference is fp64 of the H100, which its sheet rounds from 33.5 to 34
    assert one.peak_flop_per_s == pytest.approx(
        chip(one.chip).peak_flop_per_s(one.dtype, one.unit), rel=0.017
    )


def test_spector_shares_of_an_h100() -> None:
    matrix, other = published(SPECTOR, "matrix_peak"), published(SPECTOR, "other_peak")
    share = matrix / (matrix + other)
    # TK-01: 0.9428, printed 94 %; TK-02: 0.0572, printed 6 %
    assert share == pytest.approx(0.94280266920877, rel=1e-9)
    assert round(share, 2) == published(SPECTOR, "matrix_share")
    assert 1 - share == pytest.approx(0.0571973307912297, rel=1e-9)
    assert round(1 - share, 2) == published(SPECTOR, "other_share")


def test_spector_memories_of_an_h100() -> None:
    units = published(SPECTOR, "multiprocessors")
    block_bytes = published(SPECTOR, "shared_memory_per_block")
    # TK-04: 132 times 227 KiB
    assert units * block_bytes / KIB == 29964
    # TK-06: 33.45 TB/s from 128 bytes a clock, printed 33
    rate = simd.shared_memory_bytes_per_s(units, 1.98e9)
    assert rate == pytest.approx(33.45408e12, rel=1e-9)
    assert rate == pytest.approx(published(SPECTOR, "shared_memory_bandwidth"), rel=0.02)
    assert rate == chip(H100).bytes_per_s("sram")
    # TK-07: 132 multiprocessors, 80 GB, 50 MB of L2
    machine, one = chip(H100), engine(H100, "bf16", "matrix")
    assert units == one.count
    assert published(SPECTOR, "dram_capacity") == machine.capacity_bytes("dram")
    assert published(SPECTOR, "l2_capacity") == pytest.approx(
        machine.capacity_bytes("l2"), rel=0.05
    )


def test_tk_05_each_memory_of_an_h100_has_a_ridge_of_its_own() -> None:
    levels = ("dram", "l2", "shared_memory")
    rates = {name: published(SPECTOR, f"{name}_bandwidth") for name in levels}
    machine = Roofline("H100", {"bf16": published(SPECTOR, "matrix_peak")}, rates)
    ridges = [machine.ridge_flop_per_byte(name) for name in levels]
    assert ridges == pytest.approx([329.6667, 82.4167, 29.9697], rel=1e-5)


# Warps


def ticked(code: list[tuple[str, int]], state: list[list[int]]) -> tuple[int, int]:
    """Lanes with a program counter each; a tick issues the earliest instruction any lane is at.

    ("work", _) is an instruction; ("to", n) goes on at n; ("case", _) goes on where the lane's
    state says; ("again", n) goes back to n while the lane has trips left.
    """
    at = [0] * len(state)
    issued = active = 0
    while min(at) < len(code):
        here = min(at)
        kind, where = code[here]
        lanes = [i for i in range(len(state)) if at[i] == here]
        issued += kind == "work"
        active += len(lanes) if kind == "work" else 0
        for i in lanes:
            at[i] = here + 1
            if kind == "to":
                at[i] = where
            elif kind == "case":
                at[i] = state[i][0]
            elif kind == "again" and state[i][0] > 0:
                state[i][0] -= 1
                at[i] = where
    return issued, active


def switch_code(instructions: Sequence[int]) -> tuple[list[tuple[str, int]], list[int]]:
    """Cases one after the other, each with a jump to the end; and where each begins."""
    end = 1 + sum(instructions) + len(instructions)
    code: list[tuple[str, int]] = [("case", 0)]
    starts = []
    for count in instructions:
        starts.append(len(code))
        code += [("work", 0)] * count + [("to", end)]
    return code, starts


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.data())
def test_a_switch_against_lanes_with_program_counters(
    instructions: list[int], data: st.DataObject
) -> None:
    cases = st.lists(st.integers(0, len(instructions) - 1), min_size=1, max_size=9)
    taken = data.draw(cases)
    code, starts = switch_code(instructions)
    issued, active = ticked(code, [[starts[case]] for case in taken])
    found = simd.switch(taken, instructions)
    assert (found.instructions, found.useful) == (issued, active)


@given(st.lists(st.integers(0, 7), min_size=1, max_size=9), st.integers(1, 5))
def test_a_loop_against_lanes_with_program_counters(trips: list[int], instructions: int) -> None:
    body = [("work", 0)] * instructions
    code = [("again", 2), ("to", 2 + instructions + 1), *body, ("again", 2)]
    issued, active = ticked(code, [[n] for n in trips])
    found = simd.loop(trips, instructions)
    assert (found.instructions, found.useful) == (issued, active)


def test_many_warps_at_once_are_each_warp_alone() -> None:
    rng = np.random.default_rng(3)
    taken = rng.random((50, simd.WARP_LANES)) < 0.05
    together = simd.branch(taken, 20, 5)
    alone = [simd.branch(warp, 20, 5).instructions for warp in taken]
    assert np.asarray(together.instructions).tolist() == alone
    assert set(alone) == {5.0, 25.0}
    trips = rng.integers(0, 9, size=(50, simd.WARP_LANES))
    found = simd.loop(trips, 3)
    assert np.asarray(found.instructions).tolist() == [3 * max(warp) for warp in trips.tolist()]


@given(st.lists(st.booleans(), min_size=1, max_size=32), counts, counts)
def test_a_branch_is_paid_once_for_each_side_that_has_a_lane(
    taken: list[bool], yes: int, no: int
) -> None:
    found = simd.branch(taken, yes, no)
    assert found.instructions == (yes if any(taken) else 0) + (no if not all(taken) else 0)
    assert (found.utilisation == 1) == (len(set(taken)) == 1)
    assert simd.branch(taken[::-1], yes, no).instructions == found.instructions


def test_threads_in_order_waste_less_than_threads_mixed() -> None:
    kinds = np.random.default_rng(5).integers(0, 4, size=64 * simd.WARP_LANES)
    cost = [10, 20, 30, 40]
    mixed = simd.switch(simd.by_warp(kinds), cost)
    sorted_ = simd.switch(simd.by_warp(np.sort(kinds)), cost)
    assert np.sum(mixed.useful) == np.sum(sorted_.useful)
    assert mixed.utilisation < 0.35
    assert sorted_.utilisation > 0.9


def test_pieces_of_a_program_add_up() -> None:
    whole = simd.branch([[True, False]], 4, 2) + simd.loop([[1, 3]], 5)
    assert np.asarray(whole.instructions).tolist() == [4 + 2 + 15]
    assert np.asarray(whole.useful).tolist() == [4 + 2 + 20]
    assert whole.utilisation == pytest.approx(26 / 42)
    assert simd.loop([0, 0], 5).utilisation == 1
    with pytest.raises(ValueError, match="lanes=2 and lanes=3 do not add"):
        whole + simd.loop([1, 1, 1], 1)
    with pytest.raises(TypeError):
        whole + 1  # type: ignore[operator]


# Sectors and banks


def fetched(addresses: Sequence[int], element_bytes: int) -> set[int]:
    """Sectors, byte by byte."""
    return {(a + i) // 32 for a in addresses for i in range(element_bytes)}


def served(words: Sequence[int]) -> int:
    """Clocks of 32 banks, each of which shows one word in a clock to all who want it."""
    waiting, clocks = list(words), 0
    while waiting:
        shown: dict[int, int] = {}
        for word in waiting:
            shown.setdefault(word % 32, word)
        waiting = [word for word in waiting if shown[word % 32] != word]
        clocks += 1
    return clocks


addresses = st.lists(st.integers(0, 120), min_size=1, max_size=32)


@given(addresses, st.sampled_from([1, 2, 4, 8, 16, 32]))
def test_sectors_against_bytes_in_a_set(elements: list[int], size: int) -> None:
    at = [size * e for e in elements]
    assert simd.sectors(at, size) == len(fetched(at, size))
    asked = {a + i for a in at for i in range(size)}
    assert simd.sector_use(at, size) == pytest.approx(len(asked) / (32 * len(fetched(at, size))))
    moved = [a + 32 * 7 for a in at]
    assert simd.sectors(moved, size) == simd.sectors(at, size)


@given(addresses, st.sampled_from([1, 2, 4]))
def test_bank_passes_against_a_memory_that_ticks(elements: list[int], size: int) -> None:
    at = [size * e for e in elements]
    passes = simd.bank_passes(at, size)
    assert passes == served([a // 4 for a in at])
    assert simd.bank_passes([a + 128 for a in at], size) == passes
    assert passes >= math.ceil(len({a // 4 for a in at}) / 32)


@given(st.integers(0, 200))
def test_a_stride_of_words_conflicts_by_its_common_divisor_with_the_banks(stride: int) -> None:
    # Nvidia 2024, Best Practices Guide: odd strides are free of conflicts; 0 is a broadcast
    passes = simd.bank_passes(4 * stride * np.arange(32))
    assert passes == (math.gcd(stride, 32) if stride else 1)


@pytest.mark.parametrize("size", [4, 8, 16, 32])
def test_padding_and_xor_free_columns_and_leave_rows_free(size: int) -> None:
    plain = simd.tile_addresses(32, size)
    padded = simd.tile_addresses(32, size, pad_words=1)
    swizzled = simd.tile_addresses(32, size, swizzled=True)
    assert set(swizzled.ravel()) == set(plain.ravel()), "no room is lost, no word kept twice"
    assert np.asarray(simd.bank_passes(plain.T)).max() == size
    for free in (padded, swizzled):
        assert np.asarray(simd.bank_passes(free.T)).max() == 1
    for kept in (plain, padded, swizzled):
        assert np.asarray(simd.bank_passes(kept)).max() == 1


def test_a_column_of_a_padded_tile_is_free_and_takes_more_room() -> None:
    padded = simd.tile_addresses(32, 32, pad_words=1)
    assert np.asarray(simd.bank_passes(padded.T)).tolist() == [1] * 32
    assert padded.max() - simd.tile_addresses(32, 32).max() == 31 * simd.BANK_BYTES


# What is refused


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: simd.lanes(512, 48), r"register_bits / element_bits=10.6667 must be a whole"),
        (lambda: simd.peak_flop_per_s(1.5, 64, 1e9), "units=1.5 must be a whole number"),
        (lambda: simd.peak_flop_per_s(1, 64, 0.0), "clock_hz=0 must be finite and above zero"),
        (lambda: simd.implied_clock_hz(-1.0, 1, 1), "peak_flop_per_s=-1 must be"),
        (lambda: simd.speedup(1.5, 4), "vector_share=1.5 must lie between 0 and 1"),
        (lambda: simd.tile_work(0, 1, 1, 2), "m=0 must be a whole number of at least 1"),
        (lambda: simd.tile_bytes(1, 1, 1, 2, stages=0), "stages=0 must be a whole number"),
        (lambda: simd.shared_memory_bytes_per_s(132, -1.0), "clock_hz=-1 must be finite"),
        (lambda: simd.switch([0, 2], [1, 1]), r"case_of_lane=2 has no entry in instructions"),
        (lambda: simd.switch([0.5], [1, 1]), r"case_of_lane\[0\]=0.5 must be a whole number"),
        (lambda: simd.switch([], [1]), r"case_of_lane=\[\] has no lanes"),
        (lambda: simd.loop([-1], 1), r"trips\[0\]=-1 must be a whole number of at least 0"),
        (lambda: simd.loop(3, 1), "trips=3 has no lanes"),
        (lambda: simd.by_warp(range(40)), r"shape \(40,\) do not fill warps of 32 lanes"),
        (lambda: simd.sectors([2], 4), "addresses_bytes / element_bytes"),
        (lambda: simd.sectors([0], 12), "elements of a sector=2.66667 must be"),
        (lambda: simd.sectors(4), "addresses_bytes=4 has no lanes"),
        (lambda: simd.bank_passes([0], 8), "element_bytes=8 is more than a word of 4 bytes"),
        (lambda: simd.tile_addresses(4, 12, swizzled=True), "columns=12 is not a power of two"),
        (lambda: simd.tile_addresses(4, 4, pad_words=-1), "pad_words=-1 must be"),
        (
            lambda: engine(H100, "int4", "matrix"),
            "has no int4.matrix engine; it has fp64",
        ),
        (lambda: engine("l4", "fp32", "vector"), "it has none"),
    ],
)
def test_bad_input_is_refused_with_its_value(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def test_a_mask_is_true_or_false() -> None:
    with pytest.raises(TypeError, match="not an array of true and false"):
        simd.branch([0, 1], 1)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"chip": "h1000"}, "unknown chip 'h1000'"),
        ({"dtype": "fp12"}, f"{H100}: unknown dtype 'fp12'"),
        ({"unit": "tensor"}, f"{H100}: unknown unit 'tensor'"),
        ({"source": "hearsay"}, f"{H100}: unknown source 'hearsay'"),
        ({"status": "sure"}, f"{H100}: unknown status 'sure'"),
        ({"lanes": 0}, f"{H100}: lanes=0 must be a whole number"),
        ({"clock_hz": 0.0}, f"{H100}: clock_hz=0 must be finite"),
    ],
)
def test_a_bad_engine_does_not_load(changed: dict[str, object], message: str) -> None:
    good = {f: getattr(load_engines()[7], f) for f in Engine.__dataclass_fields__}
    assert good["chip"] == H100
    with pytest.raises(ValueError, match=message):
        Engine(**{**good, **changed})


# NumPy, narrowed


@pytest.mark.parametrize("name", loops.KERNELS)
def test_a_kernel_and_its_loop_in_python_give_the_same(name: str) -> None:
    a, b, c = loops.operands(100)
    wide = np.array(loops.KERNELS[name].wide(a, b, c), dtype=np.float64)
    python = loops.KERNELS[name].python(a.tolist(), b.tolist())
    assert wide == pytest.approx(np.array(python), rel=1e-6)


@pytest.mark.parametrize("name", loops.KERNELS)
def test_the_arrays_of_a_kernel_fill_a_small_first_cache(name: str) -> None:
    kernel = loops.KERNELS[name]
    a, b, c = loops.operands(8)
    b.fill(np.inf)
    c.fill(np.nan)
    reads_b = np.isinf(kernel.wide(a, b, c)).any()
    writes_c = not np.isnan(c).any()
    assert kernel.arrays == 1 + reads_b + writes_c
    assert 0.9 < kernel.arrays * kernel.long * 4 / (32 * KIB) < 1


ZEN_5 = ["X86_V3", "X86_V4", "AVX512_ICL", "AVX512_SPR"]
OLD = ["SSE41", "AVX", "FMA3", "AVX2", "AVX512F", "AVX512_SKX"]
ARM = ["ASIMDHP", "ASIMDDP", "SVE"]


@pytest.mark.parametrize(
    ("features", "baseline", "dispatch", "wanted"),
    [
        pytest.param(
            {"SSE2", "FMA3", "X86_V3", "X86_V4", "AVX512_ICL"},
            ["X86_V2"],
            ZEN_5,
            [
                (128, ZEN_5, 1, "Nehalem"),
                (256, ZEN_5[1:], 2, "Haswell"),
                (512, [], 2, "SkylakeX"),
            ],
            id="AVX-512",
        ),
        pytest.param(
            {"SSE2", "FMA3", "X86_V3"},
            ["X86_V2"],
            ZEN_5,
            [(128, ZEN_5, 1, "Nehalem"), (256, ZEN_5[1:], 2, "Haswell")],
            id="AVX2",
        ),
        pytest.param({"SSE2"}, ["X86_V2"], ZEN_5, [(128, ZEN_5, 1, "Nehalem")], id="neither"),
        pytest.param(
            {"SSE2", *OLD},
            ["SSE2"],
            OLD,
            [
                (128, OLD[1:], 1, "Nehalem"),
                (256, OLD[4:], 2, "Haswell"),
                (512, [], 2, "SkylakeX"),
            ],
            id="names of NumPy 2.0",
        ),
        pytest.param(
            {"SSE2", "SSE41", "AVX"},
            ["SSE2"],
            OLD,
            [(128, OLD[1:], 1, "Nehalem"), (256, OLD[4:], 1, "Sandybridge")],
            id="wide, not fused",
        ),
        pytest.param(
            {"SSE2", "FMA3", "X86_V3", "X86_V4"},
            ["X86_V3"],
            ["X86_V4"],
            [(256, ["X86_V4"], 2, "Haswell"), (512, [], 2, "SkylakeX")],
            id="built for AVX2",
        ),
        pytest.param({"NEON", *ARM}, ["NEON"], ARM, [(128, [], 2, "")], id="Arm"),
    ],
)
def test_steps_take_away_what_is_wider_whether_it_is_there_or_not(
    features: set[str],
    baseline: list[str],
    dispatch: list[str],
    wanted: list[tuple[int, list[str], int, str]],
) -> None:
    # what the caller's environment took away must stay away, so each step names all that is wider
    found = steps_of(dict.fromkeys(features, True), baseline, dispatch)
    assert [
        (s.register_bits, list(s.disabled), s.flop_per_lane, s.core_type) for s in found
    ] == wanted
    assert [s.lanes for s in found] == [s.register_bits // 32 for s in found]


@pytest.fixture(scope="module")
def mine() -> narrowed.Narrowed:
    return narrowed.measure(effort=0.02)


@pytest.mark.slow
def test_every_kernel_is_timed_at_every_width_of_this_machine(mine: narrowed.Narrowed) -> None:
    assert mine.steps == narrowed.steps()
    assert [set(mine.seconds[s.register_bits]) for s in mine.steps] == [
        {*loops.KERNELS, loops.MATRIX_PRODUCT}
    ] * len(mine.steps)
    first, last = mine.steps[0], mine.steps[-1]
    for kernel in loops.KERNELS:
        assert mine.reached(kernel, first) == 1
        assert mine.expected(kernel, last) == last.register_bits / first.register_bits
        assert mine.over_python(kernel, last) > 0
    fused = last.flop_per_lane / first.flop_per_lane
    product = mine.expected(loops.MATRIX_PRODUCT, last)
    assert product == fused * last.register_bits / first.register_bits
    with pytest.raises(ValueError, match="unknown kernel 'expp'; nearest: exp"):
        mine.reached("expp", first)


def test_the_table_of_gains_says_what_was_promised_and_what_came() -> None:
    steps = (Step(128, (), 1, ""), Step(256, (), 2, ""))
    seconds = {
        128: {"max": 4.0, loops.MATRIX_PRODUCT: 6.0},
        256: {"max": 1.6, loops.MATRIX_PRODUCT: 2.0},
    }
    table = narrowed.Narrowed(describe(), steps, seconds, {"max": 160.0}).table()
    assert list(table.headers) == ["fp32", "128 bits", "256 bits", "Python"]
    assert list(table.rows) == [
        ("max", "1 / 1.00", "2 / 2.50", "100"),
        (loops.MATRIX_PRODUCT, "1 / 1.00", "4 / 3.00", "–"),
    ]


def test_a_process_held_to_narrow_vectors_has_no_wider_ones() -> None:
    step = narrowed.steps()[0]
    done = subprocess.run(
        [sys.executable, "-m", "hwmath.simd.narrowed", "1e-4"],
        env={**environment(1), **step.variables},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout)["register_bits"] == step.register_bits


def test_a_process_with_other_vectors_than_it_was_held_to_is_told() -> None:
    with pytest.raises(ChildError, match=r"held to 1024 bits, NumPy has \d+"):
        narrowed.in_child(Step(1024, (), 2, ""), 1e-4)


def test_a_long_array_that_takes_no_longer_is_refused() -> None:
    times = {
        f"{name} {n}": 1.0
        for name, kernel in loops.KERNELS.items()
        for n in (loops.SHORT, kernel.long)
    }
    with pytest.raises(ValueError, match=r"max on 7680 elements was no slower than on 512"):
        loops.element_seconds({**times, loops.MATRIX_PRODUCT: 1.0})
