"""Oracles for the exercises on lanes: each reference against a way of its own to the answer.

A wrong reference would fail every student, so nothing here uses `hwmath` or the hidden module's
formulas: instructions are issued, words are served and tiles are multiplied one by one.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from counting import Counted, Memory
from hidden.simd import PARTS
from hidden_books import Books

from coursework.parts import Part

# A word of each hint that no other hint of its part has: a second entry in the books.
WORD_OF_HINT = {
    "counts_a_fused_operation_once": "two operations",
    "returns_gigaflop_per_s": "ends in a unit",
    "always_fuses": "`fused` is False",
    "knows_only_fp32": "64 bits",
    "takes_the_register_in_bytes": "eight bits",
    "waits_for_the_longer_side": "one after the other",
    "issues_both_sides_always": "lanes agree",
    "sees_one_large_warp": "another warp",
    "counts_every_thread": "serve",
    "shares_out_by_lanes": "thirty-second",
    "averages_the_warps": "weigh",
    "waits_for_the_longest_of_all": "most often",
    "forgets_the_idle_lanes": "zero times",
    "returns_what_is_wasted": "equally often",
    "fetches_lines_of_128_bytes": "task say",
    "fetches_one_for_each_lane": "Two lanes want different bytes",
    "fetches_only_what_is_asked": "comes with",
    "compares_neighbouring_lanes": "be neighbours",
    "fetches_everything_between": "Between two",
    "counts_lanes_for_words": "same word",
    "counts_what_is_too_many": "no conflict at all",
    "lets_the_banks_wait": "another bank do",
    "takes_words_for_bytes": "four",
    "shares_the_words_out": "take some of them over",
    "streams_one_input": "both",
    "holds_one_stage": "under way",
    "leaves_a_byte_free": "last byte",
    "cuts_elements_up": "less than one",
    "always_fits": "room_bytes for",
}

# For each law, a misconception that this law alone would reject.
BROKEN_BY = {
    "a fused multiply-add doubles the peak": "always_fuses",
    "elements of half the size double the peak": "knows_only_fp32",
    "one lane that goes its own way costs its warp the other side as well": (
        "waits_for_the_longer_side"
    ),
    "a warp whose lanes agree pays for one side": "issues_both_sides_always",
    "what one warp does costs the others nothing": "sees_one_large_warp",
    "equal trips keep every lane busy": "returns_what_is_wasted",
    "a lane that runs alone uses one slot of thirty-two": "forgets_the_idle_lanes",
    "a short warp does not wait for a long one": "waits_for_the_longest_of_all",
    "moving all addresses by one sector changes nothing": "fetches_lines_of_128_bytes",
    "lanes that want the same bytes share one sector": "fetches_one_for_each_lane",
    "lanes far from each other cost one sector each": "fetches_only_what_is_asked",
    "all lanes may read one word at once": "counts_lanes_for_words",
    "an odd stride is free of conflicts": "counts_what_is_too_many",
    "words that lie 32 apart meet in one bank": "takes_words_for_bytes",
    "banks work at the same time": "lets_the_banks_wait",
    "the answer reaches the ridge, and half of it does not": "streams_one_input",
    "where nothing fits, there is no answer": "always_fits",
    "what just fits does not fit with another stage": "holds_one_stage",
}


pytestmark = pytest.mark.usefixtures("every_secret")


class TestBooks(Books):
    parts, word_of_hint, broken_by = PARTS, WORD_OF_HINT, BROKEN_BY


def cases(part: Part) -> list[tuple[Any, ...]]:
    """The arguments that students meet."""
    return [case.args for case in part.draw()]


def test_the_peak_is_what_the_elements_of_all_registers_do_in_a_second() -> None:
    part = PARTS["peak_flop_per_s"]
    for units, register_bits, element_bits, clock_hz, fused in cases(part):
        bits_left, elements = register_bits, 0
        while bits_left >= element_bits:
            bits_left -= element_bits
            elements += 1
        a_clock = sum(1 + bool(fused) for _ in range(elements))
        got = part.reference(units, register_bits, element_bits, clock_hz, fused)
        assert got == pytest.approx(np.multiply(units, clock_hz) * a_clock)


def test_a_warp_issues_what_any_of_its_lanes_stands_at() -> None:
    part = PARTS["warp_instructions"]
    for taken, yes, no in cases(part):
        issued = 0
        for start in range(0, len(taken), 32):
            lanes = taken[start : start + 32]
            wanted = {("if", i) for i in range(yes) for lane in lanes if lane}
            wanted |= {("else", i) for i in range(no) for lane in lanes if not lane}
            issued += len(wanted)
        assert part.reference(taken, yes, no) == issued


def test_a_loop_is_over_when_its_last_lane_is() -> None:
    part = PARTS["loop_utilisation"]
    for (trips,) in cases(part):
        busy = places = 0
        for start in range(0, len(trips), 32):
            lanes = [int(n) for n in trips[start : start + 32]]
            round_ = 0
            while any(n > round_ for n in lanes):
                busy += sum(n > round_ for n in lanes)
                places += 32
                round_ += 1
        assert part.reference(trips) == pytest.approx(float(Fraction(busy, places)))


def test_sectors_are_those_that_a_byte_lies_in() -> None:
    part = PARTS["sectors_touched"]
    for addresses, size in cases(part):
        memory = np.zeros(1 << 18, dtype=bool)
        for address in addresses:
            memory[address : address + size] = True
        assert part.reference(addresses, size) == memory.reshape(-1, 32).any(axis=1).sum()


def test_banks_are_done_when_the_fullest_has_shown_its_words() -> None:
    part = PARTS["bank_passes"]
    seen = set()
    for (words,) in cases(part):
        queue = Counter(int(word) % 32 for word in set(words.tolist()))
        passes = 0
        while queue:
            queue -= Counter(dict.fromkeys(queue, 1))
            passes += 1
        assert part.reference(words) == passes
        seen.add(passes)
    assert {1, 2, 3, 32} <= seen


def test_a_tile_is_fed_as_fast_as_a_triple_loop_uses_it() -> None:
    part = PARTS["tile_side"]
    for side, depth in ((1, 1), (2, 3), (4, 2), (8, 1)):
        memory = Memory()
        for i in range(side):
            for j in range(side):
                total = Counted(memory)
                for p in range(depth):
                    left, right = memory.load("A", i * depth + p), memory.load("B", p * side + j)
                    total = total + left * right
        moved_bytes = 2 * memory.elements_moved()
        ridge = memory.operations / moved_bytes
        assert part.reference(ridge, 2, depth, 3, 3 * moved_bytes) == side
        assert part.reference(ridge, 2, depth, 3, 3 * moved_bytes - 1) is None
        assert part.reference(ridge * 1.01, 2, depth, 1, 1e9) == 2 * side
