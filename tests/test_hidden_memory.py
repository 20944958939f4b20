"""Oracles for the memory exercises: each reference against a way of its own to the answer.

A wrong reference would fail every student, so nothing here uses `hwmath` or the hidden module's
formulas: bytes are marked, tiles are carried, and answers are searched for in exact fractions.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from hidden.memory import PARTS
from hidden_books import Books

# A word of each hint that no other hint of its part has: a second entry in the books.
WORD_OF_HINT = {
    "adds_the_pieces_always": "not split",
    "looks_at_one_piece_always": "takes its part",
    "takes_a_thousand_bytes": "one KiB",
    "takes_the_first_that_fits": "any order",
    "wants_a_byte_to_spare": "last byte",
    "brings_what_lies_between": "ten lines",
    "uses_one_element_of_each_line": "when the stride is 1",
    "takes_elements_for_bytes": "unit",
    "compares_single_numbers": "element by element",
    "counts_in_the_first_line": "over many",
    "throws_out_the_first_that_came": "just now",
    "counts_the_misses": "a hit or a miss",
    "throws_out_the_newest": "old end",
    "throws_out_one_too_early": "just before",
    "looks_back_over_so_many_accesses": "three times in a row",
    "pays_only_where_it_hits": "pays for the look",
    "takes_shares_of_all_accesses": "reach its level",
    "goes_on_after_a_hit": "go on",
    "looks_everywhere_always": "levels behind",
    "forgets_the_last_level": "every cache",
    "counts_bytes_for_lines": "one piece",
    "rounds_down": "all the time",
    "divides_by_the_latency": "twice as late",
    "takes_one_to_spare": "exactly busy",
    "leaves_a_fraction": "part of a line",
    "fills_it_with_one_tile": "How many matrices",
    "takes_bytes_for_elements": "in bytes",
    "rounds_up": "rounded up",
    "forgets_the_multiple": "allowed",
    "gives_the_area": "number of its elements",
    "swaps_the_passes": "beside each other",
    "makes_a_part_of_a_pass": "half a tile",
    "reads_each_matrix_once": "every tile of C is done",
    "writes_c_at_every_step": "finished",
    "fills_up_the_last_tile": "rows of A does it want",
}

# For each law, a misconception that this law alone would reject.
BROKEN_BY = {
    "the fewer the bytes, the less room is taken": "takes_the_first_that_fits",
    "a store that is filled to the last byte holds what fills it": "wants_a_byte_to_spare",
    "no share is above one, and none below one element of a line": "brings_what_lies_between",
    "whoever takes every element uses every byte": "uses_one_element_of_each_line",
    "a larger cache never hits less": "counts_the_misses",
    "a repeated walk over one line more than fit never hits": "throws_out_the_newest",
    "if the first level always hits, it alone is paid": "looks_everywhere_always",
    "an access that misses everywhere has looked everywhere": "pays_only_where_it_hits",
    "with that many lines under way the memory is busy, and with one fewer it is not": (
        "rounds_down"
    ),
    "a longer latency asks for more lines": "divides_by_the_latency",
    "three tiles of the answer fit, and three of the next larger one do not": "rounds_up",
    "the answer is a multiple of what was asked for": "forgets_the_multiple",
    "a tile that covers C reads A and B once and writes C once": "writes_c_at_every_step",
    "tiles of half the side bring in twice as much": "reads_each_matrix_once",
    "wide matrices make A be read more often": "swaps_the_passes",
}

pytestmark = pytest.mark.usefixtures("every_secret")


class TestBooks(Books):
    parts, word_of_hint, broken_by = PARTS, WORD_OF_HINT, BROKEN_BY


def cases(name: str) -> Iterable[tuple[Any, ...]]:
    """The argument tuples that students meet."""
    return [case.args for case in PARTS[name].draw()]


def answer(name: str, *args: Any) -> Any:
    """What the reference says."""
    return PARTS[name].reference(*args)


def test_the_smallest_store_is_the_one_that_overflows_first_among_those_that_hold() -> None:
    seen = set()
    for size, piece_kib, pieces, split in cases("smallest_store"):
        growing = Fraction(size)
        alive = [
            (Fraction(kib) * 2**10 * (pieces[name] if split else 1), name)
            for name, kib in piece_kib.items()
        ]
        alive = sorted(one for one in alive if one[0] >= growing)
        found = answer("smallest_store", size, piece_kib, pieces, split)
        assert found == (alive[0][1] if alive else None)
        seen.add(found)
    assert {None, "shared", "l2", "dram"} <= seen


def test_line_utilisation_counts_bytes_that_are_marked() -> None:
    for stride, element, line in cases("line_utilisation"):
        found = np.atleast_1d(answer("line_utilisation", stride, element, line))
        for step, share in zip(np.atleast_1d(stride).tolist(), found.tolist(), strict=True):
            period = math.lcm(step * element, line)
            used = range(0, period, step * element)
            touched = {start // line for start in used}
            assert share == pytest.approx(len(used) * element / (len(touched) * line))


def test_lru_hits_are_those_of_pythons_own_cache() -> None:
    for lines, capacity in cases("lru_hits"):

        @lru_cache(maxsize=int(capacity))
        def look(line: int) -> int:
            return line

        for line in lines:
            look(line)
        assert answer("lru_hits", lines, capacity) == look.cache_info().hits


def test_an_average_access_is_weighed_by_the_ways_it_can_go() -> None:
    for latencies, hits in cases("average_access_s"):
        mean = Fraction(0)
        for ends_at in range(len(latencies)):
            chance = math.prod((1 - Fraction(hit) for hit in hits[:ends_at]), start=Fraction(1))
            if ends_at < len(hits):
                chance *= Fraction(hits[ends_at])
            mean += chance * sum(map(Fraction, latencies[: ends_at + 1]))
        found = answer("average_access_s", latencies, hits)
        assert found == pytest.approx(float(mean), rel=1e-12)


def test_lines_in_flight_are_the_fewest_whose_bytes_outlast_the_latency() -> None:
    for latency, bandwidth, line in cases("lines_in_flight"):
        lines = answer("lines_in_flight", latency, bandwidth, line)
        assert isinstance(lines, int)
        a_line_s = Fraction(line) / Fraction(bandwidth)
        assert lines * a_line_s >= Fraction(latency) > (lines - 1) * a_line_s


def test_the_largest_tile_is_the_last_that_fits_on_the_way_up() -> None:
    zeros = 0
    for capacity, element, multiple in cases("largest_tile"):
        last = 0
        while 3 * element * (last + multiple) ** 2 <= capacity:
            last += multiple
        assert answer("largest_tile", capacity, element, multiple) == last
        zeros += last == 0
    assert zeros


@pytest.mark.parametrize("tile", [1, 2, 3, 4, 7])
def test_tiled_bytes_are_those_of_a_program_that_carries_each_number(tile: int) -> None:
    for m, n, k in itertools.product((1, 2, 5, 6), repeat=3):
        carried = 0
        for i, j in itertools.product(range(0, m, tile), range(0, n, tile)):
            held: set[tuple[str, int, int]] = set()
            for row, column, inner in itertools.product(
                range(i, min(i + tile, m)), range(j, min(j + tile, n)), range(k)
            ):
                held |= {("A", row, inner), ("B", inner, column), ("C", row, column)}
            carried += len(held)
        assert answer("tiled_matmul_bytes", m, n, k, tile, 2) == 2 * carried
