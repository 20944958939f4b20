"""Oracles for the introduction's exercises: each reference against a way of its own to the answer.

A wrong reference would fail every student, so nothing here uses `hwmath` or the hidden module's
formulas: lines are searched for, programs are played, and machines are counted in exact fractions.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hidden.introduction import PARTS
from hidden_books import Books

# A word of each hint that no other hint of its part has: a second entry in the books.
WORD_OF_HINT = {
    "fits_the_amounts_themselves": "straight line",
    "waits_for_a_factor_of_e": "base",
    "waits_for_a_factor_of_ten": "factor of ten",
    "looks_at_the_two_ends": "first and the last",
    "averages_the_pairs": "neighbours",
    "keeps_one_moment": "mean of squares",
    "counts_bits_for_bytes": "in bytes",
    "always_keeps_a_master_copy": "second copy",
    "forgets_the_gradients": "backward pass",
    "rounds_to_whole_bytes": "half a byte",
    "counts_every_kernel_alone": "separate kernels",
    "forgets_to_write": "go home",
    "reads_an_input_at_each_use": "second trip",
    "writes_every_result": "asked for afterwards",
    "divides_by_the_number_of_steps": "plain chain",
    "swaps_memory_and_compute": "bytes stay",
    "wants_the_whole_factor": "as clean as",
    "knows_only_doubling": "at 2 and at 8",
    "compares_seconds": "milliseconds",
    "never_says_overhead": "cost it nothing",
    "takes_hours_for_seconds": "seconds",
    "takes_the_peak_for_what_is_reached": "at its peak",
    "counts_macs_for_flop": "How many FLOP",
    "pays_for_the_forward_pass_alone": "learns nothing",
    "forgets_the_other_devices": "share the work",
    "goes_by_the_density_alone": "who is idle",
    "does_everything_on_matrix_units": "nothing else",
    "lets_matrix_units_skip_zeros": "is zero before",
    "forgets_the_memory": "moves bytes",
    "fills_all_lanes_with_branches": "path of its own",
}

# For each law, a misconception that this law alone would reject.
BROKEN_BY = {
    "amounts that double at every step double in one step": "waits_for_a_factor_of_e",
    "squaring every amount halves the time": "fits_the_amounts_themselves",
    "a point in the middle counts, too": "looks_at_the_two_ends",
    "the order of the points does not matter": "averages_the_pairs",
    "a bit more in each moment costs as much as two bits more in each weight": "keeps_one_moment",
    "weights of eight bits alone take a byte each": "counts_bits_for_bytes",
    "without a master copy nothing is paid for one": "always_keeps_a_master_copy",
    "a further step on what was made inside costs nothing": "counts_every_kernel_alone",
    "an array from outside that is read once more costs nothing": "reads_an_input_at_each_use",
    "to keep one result more costs one access more": "forgets_to_write",
    "times in milliseconds say what times in seconds say": "compares_seconds",
    "a program whose time never changes waits for neither data nor arithmetic": (
        "never_says_overhead"
    ),
    "a program whose time grows with both as they do computes": "swaps_memory_and_compute",
    "a time that grows by two thirds of what was scaled follows it, by any scale": (
        "wants_the_whole_factor"
    ),
    "half the utilisation pays for half the tokens": "takes_the_peak_for_what_is_reached",
    "two devices do in an hour what one does in two": "forgets_the_other_devices",
    "at six FLOP a second a network of one weight takes a token each second": (
        "takes_hours_for_seconds"
    ),
    "of two ideas of as many FLOP, the one whose numbers take one path wins": (
        "fills_all_lanes_with_branches"
    ),
    "work that is no matrix product gains nothing from matrix units": (
        "does_everything_on_matrix_units"
    ),
    "zeros that matrix units multiply take as long as other numbers": (
        "lets_matrix_units_skip_zeros"
    ),
    "where memory sets the time of all, the one that moves least wins": "forgets_the_memory",
}

pytestmark = pytest.mark.usefixtures("every_secret")


class TestBooks(Books):
    parts, word_of_hint, broken_by = PARTS, WORD_OF_HINT, BROKEN_BY


def cases(name: str) -> Iterator[tuple[Any, tuple[Any, ...]]]:
    """The reference's answers beside the arguments that students meet."""
    part = PARTS[name]
    for case in part.draw():
        yield part.reference(*case.args), case.args


def test_no_other_line_leaves_less_between_itself_and_the_points() -> None:
    for answer, (times, amounts) in cases("doubling_time"):
        logs = np.log2(amounts)

        def left(months: float, times: Any = times, logs: Any = logs) -> float:
            rest = logs - times / months
            return float(statistics.pvariance(rest.tolist()))

        assert all(left(answer) <= left(answer * other) for other in (0.9, 0.999, 1.001, 1.1))


def test_training_keeps_numbers_that_are_laid_out_bit_by_bit() -> None:
    for answer, (parameters, *bits) in cases("training_bytes"):
        weight, gradient, moment, master = bits
        kept = [weight, gradient, moment, moment, master]
        for found, count in zip(np.ravel(answer), np.ravel(parameters), strict=True):
            exact = sum(Fraction(float(count)) * one for one in kept) / 8
            assert found == pytest.approx(float(exact), rel=1e-12)


def test_a_fused_kernel_is_played_with_a_memory_that_counts() -> None:
    for answer, (steps, kept) in cases("fused_accesses"):
        trips, registers = 0, set()
        for output, inputs in steps:
            for name in inputs:
                if name not in registers:
                    registers.add(name)
                    trips += 1
            registers.add(output)
            trips += output in kept
        assert answer == trips


def test_a_regime_is_what_two_ratios_say() -> None:
    seen = set()
    for answer, (base, data, flop, scale) in cases("regime"):
        half = (1 + Fraction(scale)) / 2
        follows = [Fraction(time) / Fraction(base) >= half for time in (data, flop)]
        wanted = {
            (False, False): "overhead",
            (False, True): "overhead",
            (True, False): "memory",
            (True, True): "compute",
        }
        assert answer == wanted[follows[0], follows[1]]
        seen.add(answer)
    assert seen == {"overhead", "memory", "compute"}


def test_tokens_use_up_what_was_achieved() -> None:
    for answer, (devices, hours, peak, used, parameters) in cases("tokens_in_budget"):
        seconds = Fraction(hours) * 60 * 60
        achieved = Fraction(devices) * seconds * Fraction(peak) * Fraction(used)
        forward = Fraction(parameters) * 2  # a multiplication and an addition each
        assert answer == pytest.approx(float(achieved / (forward + forward + forward)), rel=1e-12)


def test_the_fastest_idea_is_the_first_across_the_line() -> None:
    winners = set()
    for answer, (ideas, machine) in cases("fastest_idea"):
        pi_m, pi_v, beta = (
            Fraction(machine[key])
            for key in ("matrix_flop_per_s", "vector_flop_per_s", "bytes_per_s")
        )
        ends = {}
        for name, idea in ideas.items():
            exact = {key: Fraction(value) for key, value in idea.items()}
            busy = (exact["vector_flop"] + exact["branchy_flop"] * machine["lanes"]) / pi_v
            moving = exact["moved_bytes"] / beta
            plans = [[busy + exact["matrix_flop"] * exact["density"] / pi_v, moving]]
            if pi_m:
                plans.append([busy, exact["matrix_flop"] / pi_m, moving])
            ends[name] = min(max(plan) for plan in plans)
        first, *others = sorted(ends, key=lambda name: ends[name])
        assert answer == first
        assert all(ends[other] > ends[first] for other in others)
        winners.add(answer)
    assert {"dense", "sparse", "table", "search"} <= winners, "the machine decides"
