"""The lane microscope: its threads by hand, hashed and repeated, and what its table says."""

from __future__ import annotations

import numpy as np
import pytest

from hwmath.explorers import load
from hwmath.explorers.simd import (
    ELSE_INSTRUCTIONS,
    IF_INSTRUCTIONS,
    RUNS,
    SHARE,
    WARPS,
    drawn,
    issued,
    taken,
)


def murmur(x: int) -> int:
    """MurmurHash3's finaliser on unbounded integers."""
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        x = (x ^ (x >> shift)) * factor % 2**32
    return x ^ (x >> 16)


def test_draws_are_the_published_hash_and_look_random() -> None:
    found = drawn(4096)
    assert found.tolist() == [murmur(n) / 2**32 for n in range(1, 4097)]
    assert found.mean() == pytest.approx(0.5, abs=0.02)
    assert np.corrcoef(found[:-1], found[1:])[0, 1] == pytest.approx(0, abs=0.05)


@pytest.mark.parametrize("run", RUNS)
def test_threads_agree_in_runs(run: int) -> None:
    flat = taken(run, SHARE).ravel()
    for i in range(len(flat)):
        assert flat[i] == (murmur(i // run + 1) / 2**32 < SHARE)


@pytest.mark.parametrize("run", RUNS)
def test_the_table_is_what_lanes_counted_one_by_one_give(run: int) -> None:
    (row,) = [[*map(str, row)] for row in load("simd").table.rows if row[0] == str(run)]
    mixed = instructions = useful = 0
    for warp in taken(run, SHARE).tolist():
        sides = set(warp)
        mixed += len(sides) == 2
        for takes in sides:
            each = IF_INSTRUCTIONS if takes else ELSE_INSTRUCTIONS
            instructions += each
            useful += each * warp.count(takes)
    assert row[1] == str(mixed)
    assert row[2] == f"{instructions:,}"
    assert row[3].endswith(" %")
    assert float(row[3][:-2]) == pytest.approx(100 * useful / (32 * instructions), abs=0.5)


def test_whole_warps_alike_waste_nothing() -> None:
    assert issued(32, 0.3, 12, 4).utilisation == 1
    assert issued(1, 0.3, 12, 4).utilisation < 0.6
    assert taken(64, 0.5).shape == (WARPS, 32)


def test_what_is_no_run_or_no_share_is_refused() -> None:
    with pytest.raises(ValueError, match="run=0 must be a whole number of at least 1"):
        taken(0, 0.5)
    with pytest.raises(ValueError, match=r"share=1\.5 must lie between 0 and 1"):
        taken(1, 1.5)
