"""Oracles for the roofline exercises: each reference against a way of its own to the answer.

A wrong reference would fail every student, so nothing here uses `hwmath` or the hidden module's
formulas: elements are counted as they move, and answers are searched for in exact fractions.
"""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from counting import Counted, Memory
from hidden.roofline import PARTS
from hidden_books import Books, single_calls

# A word of each hint that no other hint of its part has: a second entry in the books.
WORD_OF_HINT = {
    "takes_the_higher_roof": "outrun",
    "knows_only_the_slanted_roof": "without end",
    "compares_single_numbers": "element by element",
    "divides_by_the_intensity": "units",
    "inverts_the_ridge": "ridge",
    "forgets_to_write_the_product": "go home",
    "counts_macs_for_flop": "multiply-accumulate",
    "counts_elements_for_bytes": "Memory moves bytes",
    "counts_only_the_weights": "weights are not all",
    "fetches_every_factor_again": "fetch",
    "forgets_the_fill": "whole line",
    "fills_always": "write_allocate is False",
    "reads_every_neighbour": "still holds it",
    "forgets_the_new_grid": "new grid",
    "counts_one_flop_for_each_point": "signs",
    "forgets_the_way_back": "go home",
    "rounds_down": "really no longer",
    "steps_past_the_ridge": "exactly the same time",
    "divides_the_wrong_way_round": "grow with the peak",
    "stops_between_two_turns": "fraction of a turn",
    "wants_two_single_times": "one answer for a whole array",
    "always_overlaps": "nothing overlaps",
    "never_overlaps": "while the compute units work",
    "reads_the_overlap_backwards": "overlap = 1",
    "hides_the_longer_phase": "disappear",
    "picks_the_most_bytes": "most bytes",
    "picks_the_slowest_memory": "slow memory",
    "never_says_compute": "no memory holds up",
    "picks_the_shortest_time": "whose end",
    "adds_the_levels": "add up",
    "forgets_the_activations": "activations",
    "takes_the_ridge_for_the_batch": "counts rows",
    "forgets_the_output": "moves out",
    "always_finds_a_batch": "without end",
    "steps_over_the_ridge": "exactly at the ridge",
}

# For each law, a misconception that this law alone would reject.
BROKEN_BY = {
    "no intensity lifts the rate above the peak": "knows_only_the_slanted_roof",
    "more work for each byte never lowers the rate": "divides_by_the_intensity",
    "any two of m, n and k can change places": "forgets_to_write_the_product",
    "elements of half the size bring twice the intensity": "counts_elements_for_bytes",
    "more rows bring more intensity": "fetches_every_factor_again",
    "write-allocate lowers the intensity": "forgets_the_fill",
    "a further neighbour raises the intensity": "reads_every_neighbour",
    "at the answer memory does not set the time, and one repeat fewer it does": "rounds_down",
    "a faster memory never asks for more repeats": "divides_the_wrong_way_round",
    "the bound is never below either phase alone": "hides_the_longer_phase",
    "more overlap never makes it slower": "reads_the_overlap_backwards",
    "without overlap both phases are paid in full": "always_overlaps",
    "slowing down what binds does not change what binds": "picks_the_shortest_time",
    "with enough FLOP, compute binds": "never_says_compute",
    "at the answer the product is not memory bound, and with one row fewer it is": (
        "takes_the_ridge_for_the_batch"
    ),
    "swapping d_in and d_out changes nothing": "forgets_the_output",
    "where even an endless batch stays memory bound, there is no answer": "always_finds_a_batch",
}


pytestmark = pytest.mark.usefixtures("every_secret")


class TestBooks(Books):
    parts, word_of_hint, broken_by = PARTS, WORD_OF_HINT, BROKEN_BY


def test_attainable_rate_is_the_highest_that_fits_into_one_second() -> None:
    part = PARTS["attainable_flop_per_s"]

    def fits(rate: float, intensity: float, peak: float, bandwidth: float) -> bool:
        computing_s = rate / peak
        moving_s = 0.0 if rate == 0 else (rate / intensity / bandwidth if intensity else np.inf)
        return computing_s <= 1 and moving_s <= 1

    for intensity, peak, bandwidth in single_calls(part):
        low, high = 0.0, 2 * peak
        for _ in range(200):
            middle = (low + high) / 2
            low, high = (
                (middle, high) if fits(middle, intensity, peak, bandwidth) else (low, middle)
            )
        assert part.reference(intensity, peak, bandwidth) == pytest.approx(
            low, rel=1e-9, abs=1e-300
        )


def test_gemm_intensity_counts_what_a_triple_loop_touches() -> None:
    for m, n, k in itertools.product((1, 2, 3, 5), repeat=3):
        memory = Memory()
        for i, j in itertools.product(range(m), range(n)):
            total = Counted(memory)
            for p in range(k):
                total = total + memory.load("A", i * k + p) * memory.load("B", p * n + j)
            memory.store("C", i * n + j)
        counted = memory.operations / (2 * memory.elements_moved())
        assert PARTS["gemm_intensity"].reference(m, n, k, 2) == pytest.approx(counted)


@pytest.mark.parametrize("write_allocate", [False, True])
@pytest.mark.parametrize("offsets", [(1, -1), (1, -1, 7, -7), (1, -1, 7, -7, 49, -49), (1, 2, 3)])
def test_stencil_intensity_counts_what_a_sweep_touches(
    offsets: tuple[int, ...], write_allocate: bool
) -> None:
    points, memory = 7**3, Memory()
    a, b = Counted(memory), Counted(memory)
    for point in range(points):
        around = [memory.load("old", (point + offset) % points) for offset in offsets]
        total = around[0]
        for neighbour in around[1:]:
            total = total + neighbour
        _ = a * total + b * memory.load("old", point)
        memory.store("new", point)
    counted = memory.operations / (8 * memory.elements_moved(write_allocate=write_allocate))
    got = PARTS["stencil_intensity"].reference(len(offsets), 8, write_allocate)
    assert got == pytest.approx(counted)


def test_crossover_repeat_is_the_first_whose_compute_time_reaches_the_memory_time() -> None:
    part = PARTS["crossover_repeat"]
    for peak, bandwidth, element_bytes in single_calls(part):
        moved = Fraction(element_bytes) + Fraction(element_bytes)  # in, and out again
        memory_s = moved / Fraction(bandwidth)
        repeat = part.reference(peak, bandwidth, element_bytes)
        assert isinstance(repeat, int)
        assert repeat / Fraction(peak) >= memory_s
        assert repeat == 1 or (repeat - 1) / Fraction(peak) < memory_s


def test_time_is_when_the_later_of_two_overlapping_phases_ends() -> None:
    part = PARTS["time_lower_bound_s"]
    for flop, moved, peak, bandwidth, overlap in single_calls(part):
        computing, moving = Fraction(flop) / Fraction(peak), Fraction(moved) / Fraction(bandwidth)
        shorter, longer = sorted((computing, moving))
        longer_ends = longer
        shorter_starts = longer_ends - Fraction(overlap) * shorter  # so much of it runs before
        ends = max(longer_ends, shorter_starts + shorter)
        assert part.reference(flop, moved, peak, bandwidth, overlap) == pytest.approx(float(ends))


def test_binding_level_is_the_last_to_finish() -> None:
    part = PARTS["binding_level"]
    seen = set()
    for flop, moved, peak, rates in single_calls(part):
        finished = [(Fraction(moved[name]) / Fraction(rates[name]), 0, name) for name in moved]
        finished.append((Fraction(flop) / Fraction(peak), 1, "compute"))  # last in a tie
        assert part.reference(flop, moved, peak, rates) == sorted(finished)[-1][2]
        seen.add(sorted(finished)[-1][2])
    assert len(seen) >= 3, "the cases have several answers"


def test_batch_is_the_first_that_a_search_from_one_row_upward_finds() -> None:
    part = PARTS["batch_to_be_compute_bound"]
    without = 0
    for d_in, d_out, element_bytes, peak, bandwidth in single_calls(part):
        ridge, size = Fraction(peak) / Fraction(bandwidth), Fraction(element_bytes)

        def starved(
            rows: int, d_in: int = d_in, d_out: int = d_out, need: Fraction = ridge * size
        ) -> bool:
            elements = rows * d_in + d_in * d_out + rows * d_out
            flop = rows * d_out * (d_in + d_in)
            return flop * need.denominator < need.numerator * elements

        answer = part.reference(d_in, d_out, element_bytes, peak, bandwidth)
        if starved(10**15):
            assert answer is None
            without += 1
        else:
            assert answer == next(rows for rows in itertools.count(1) if not starved(rows))
    assert without >= 2, "some layers have no answer"
